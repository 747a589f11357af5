// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/labelbuttons.h"

#include "widgets/fields/gridkeys.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QStylePainter>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int mostColumns = 5;
constexpr int mostRows = 3;
constexpr int mostButtons = 10;
constexpr int gap = 6;
constexpr int padding = 10;       ///< beside a button's name
constexpr int widestName = 7;     ///< on a button, in average characters
constexpr int leastListWidth = 8; ///< in average characters
constexpr int besideName = 44;    ///< of a list: its arrow and what stands around

bool isDigit(const QString& name)
{
    return name.size() == 1 && name.at(0) >= QLatin1Char('0') && name.at(0) <= QLatin1Char('9');
}

QString tipFor(const QString& name)
{
    if (!isDigit(name))
        return LabelButtons::tr("Keep the drawing, as “%1”").arg(name);
    return name == QLatin1String("8")
               ? LabelButtons::tr("Keep the drawing, as an %1 (key %1)", "8").arg(name)
               : LabelButtons::tr("Keep the drawing, as a %1 (key %1)", "a digit other than 8").arg(name);
}

/// An ampersand in a name is no mnemonic.
QString asLabel(QString name)
{
    return name.replace(QLatin1Char('&'), QLatin1String("&&"));
}

/// Shows a name that is too long for it with an ellipsis instead of a cut letter.
class ElidingComboBox : public QComboBox {
public:
    using QComboBox::QComboBox;

    void showPopup() override
    {
        // The list itself has room for the names.
        view()->setMinimumWidth(view()->sizeHintForColumn(0) + besideName);
        QComboBox::showPopup();
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QStylePainter painter(this);
        QStyleOptionComboBox option;
        initStyleOption(&option);
        if (currentIndex() < 0) {
            painter.setPen(palette().color(QPalette::PlaceholderText));
            option.palette.setBrush(QPalette::ButtonText, palette().brush(QPalette::PlaceholderText));
            option.currentText = placeholderText();
        }
        painter.drawComplexControl(QStyle::CC_ComboBox, option);
        const QRect room =
            style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
        option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room.width() - 4);
        painter.drawControl(QStyle::CE_ComboBoxLabel, option);
    }
};

} // namespace

LabelButtons::LabelButtons(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(gap);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void LabelButtons::setClasses(const QStringList& names)
{
    if (names == m_names)
        return;
    m_names = names;
    build();
}

int LabelButtons::buttonWidth() const
{
    int widest = 0;
    for (const QString& name : m_names)
        widest = std::max(widest, fontMetrics().horizontalAdvance(name));
    return widest + 2 * padding;
}

// Zero where there is no room for the names, or only in so many rows that a list is calmer.
int LabelButtons::fittingColumns() const
{
    const int count = static_cast<int>(m_names.size());
    const int wide = buttonWidth();
    if (count > mostButtons || wide - 2 * padding > widestName * fontMetrics().averageCharWidth())
        return 0;
    if (m_room <= 0) // not placed yet
        return mostColumns;
    const int fitting = std::min(mostColumns, (m_room + gap) / (wide + gap));
    return fitting > 0 && (count + fitting - 1) / fitting <= mostRows ? fitting : 0;
}

void LabelButtons::build()
{
    clear();
    if (!m_names.isEmpty()) {
        m_columns = fittingColumns();
        if (m_columns > 0)
            makeButtons();
        else
            makeList();
    }
    emit rebuilt();
}

void LabelButtons::clear()
{
    // Out of reach at once; deleted later, for the change may have come from a click on one of them.
    const auto drop = [this](QWidget* widget) {
        if (widget == nullptr)
            return;
        m_grid->removeWidget(widget);
        widget->hide();
        widget->setParent(nullptr);
        widget->deleteLater();
    };
    for (QPushButton* button : m_buttons)
        drop(button);
    m_buttons.clear();
    drop(m_list);
    drop(m_keep);
    m_list = nullptr;
    m_keep = nullptr;
    for (int column = 0; column < mostColumns; ++column)
        m_grid->setColumnStretch(column, 0);
}

void LabelButtons::makeButtons()
{
    for (int i = 0; i < static_cast<int>(m_names.size()); ++i) {
        const QString& name = m_names[i];
        auto* button = new QPushButton(asLabel(name), this);
        button->setAccessibleName(tr("Keep as %1").arg(name));
        button->setToolTip(tipFor(name));
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        button->setAutoDefault(false);
        button->installEventFilter(this);
        connect(button, &QPushButton::clicked, this, [this, i] { emit labelChosen(i); });
        m_grid->addWidget(button, i / m_columns, i % m_columns);
        m_grid->setColumnStretch(i % m_columns, 1);
        m_buttons.push_back(button);
    }
    fitWidths();
    updateTabStop(m_buttons.front());
}

void LabelButtons::makeList()
{
    m_list = new ElidingComboBox(this);
    m_list->setAccessibleName(tr("True class"));
    m_list->setToolTip(tr("Which class the drawing is"));
    m_list->addItems(m_names);
    // The first of many names is no better guess than any other.
    m_list->setPlaceholderText(tr("Which class?"));
    m_list->setCurrentIndex(-1);
    m_list->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_list->setMinimumContentsLength(leastListWidth);
    m_list->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_keep = new QPushButton(tr("Keep"), this);
    m_keep->setAccessibleName(tr("Keep"));
    m_keep->setToolTip(tr("Keep the drawing, as the class beside this button"));
    m_keep->setAutoDefault(false);
    m_keep->setEnabled(false);
    connect(m_list, &QComboBox::currentIndexChanged, m_keep, [this](int index) {
        m_keep->setEnabled(index >= 0);
        m_list->setToolTip(index >= 0 ? tr("The drawing is: %1").arg(m_names[index])
                                      : tr("Which class the drawing is"));
    });
    connect(m_keep, &QPushButton::clicked, this, [this] { emit labelChosen(m_list->currentIndex()); });
    m_grid->setColumnStretch(0, 1);
    placeList();
}

// Beside each other where that leaves room for every name, else the button below the list.
void LabelButtons::placeList()
{
    m_grid->removeWidget(m_list);
    m_grid->removeWidget(m_keep);
    int widest = fontMetrics().horizontalAdvance(m_list->placeholderText());
    for (const QString& name : m_names)
        widest = std::max(widest, fontMetrics().horizontalAdvance(name));
    const bool below = m_room > 0 && widest + besideName + gap + m_keep->sizeHint().width() > m_room;
    m_grid->addWidget(m_list, 0, 0, 1, below ? 2 : 1);
    m_grid->addWidget(m_keep, below ? 1 : 0, below ? 0 : 1, 1, below ? 2 : 1);
}

void LabelButtons::updateTabStop(const QPushButton* stop)
{
    for (QPushButton* button : m_buttons)
        button->setFocusPolicy(button == stop ? Qt::StrongFocus : Qt::ClickFocus);
}

bool LabelButtons::moveFocus(int from, int key)
{
    const auto to = gridPlace(from, key, m_columns, static_cast<int>(m_buttons.size()));
    if (to && *to != from)
        m_buttons[static_cast<std::size_t>(*to)]->setFocus(Qt::TabFocusReason);
    return to.has_value();
}

bool LabelButtons::eventFilter(QObject* watched, QEvent* event)
{
    const auto found = std::find(m_buttons.begin(), m_buttons.end(), watched);
    if (found == m_buttons.end())
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::FocusIn)
        updateTabStop(*found);
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        (*found)->click();
        return true;
    }
    return moveFocus(static_cast<int>(std::distance(m_buttons.begin(), found)), key);
}

void LabelButtons::fitWidths()
{
    const int wide = buttonWidth();
    for (QPushButton* button : m_buttons)
        button->setMinimumWidth(wide);
}

void LabelButtons::refit()
{
    if (m_names.isEmpty())
        return;
    if (fittingColumns() != m_columns)
        build();
    else if (m_list)
        placeList();
    else
        fitWidths();
}

void LabelButtons::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        refit();
}

void LabelButtons::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (width() == m_room)
        return;
    m_room = width();
    refit();
}

} // namespace chainrule
