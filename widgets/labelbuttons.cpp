// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/labelbuttons.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QPushButton>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int columns = 5;
constexpr int mostButtons = 10;
constexpr int gap = 6;
constexpr int padding = 10;       ///< beside a button's name
constexpr int widestName = 7;     ///< on a button, in average characters
constexpr int leastListWidth = 8; ///< in average characters

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

bool LabelButtons::fitButtons() const
{
    if (m_names.size() > mostButtons)
        return false;
    const int most = widestName * fontMetrics().averageCharWidth();
    return std::all_of(m_names.begin(), m_names.end(),
                       [&](const QString& name) { return fontMetrics().horizontalAdvance(name) <= most; });
}

void LabelButtons::build()
{
    clear();
    if (m_names.isEmpty())
        return;
    m_asButtons = fitButtons();
    if (m_asButtons)
        makeButtons();
    else
        makeList();
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
    for (int column = 0; column < columns; ++column)
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
        m_grid->addWidget(button, i / columns, i % columns);
        m_grid->setColumnStretch(i % columns, 1);
        m_buttons.push_back(button);
    }
    fitWidths();
    updateTabStop(m_buttons.front());
}

void LabelButtons::makeList()
{
    m_list = new QComboBox(this);
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
    connect(m_list, &QComboBox::currentIndexChanged, m_keep,
            [this](int index) { m_keep->setEnabled(index >= 0); });
    connect(m_keep, &QPushButton::clicked, this, [this] { emit labelChosen(m_list->currentIndex()); });
    m_grid->addWidget(m_list, 0, 0);
    m_grid->addWidget(m_keep, 0, 1);
    m_grid->setColumnStretch(0, 1);
}

void LabelButtons::updateTabStop(const QPushButton* stop)
{
    for (QPushButton* button : m_buttons)
        button->setFocusPolicy(button == stop ? Qt::StrongFocus : Qt::ClickFocus);
}

bool LabelButtons::moveFocus(int from, int key)
{
    const int last = static_cast<int>(m_buttons.size()) - 1;
    int to = from;
    switch (key) {
    case Qt::Key_Left:
        to = from - 1;
        break;
    case Qt::Key_Right:
        to = from + 1;
        break;
    case Qt::Key_Up:
        to = from - columns;
        break;
    case Qt::Key_Down:
        to = from + columns;
        break;
    case Qt::Key_Home:
        to = 0;
        break;
    case Qt::Key_End:
        to = last;
        break;
    default:
        return false;
    }
    if (to >= 0 && to <= last)
        m_buttons[static_cast<std::size_t>(to)]->setFocus(Qt::TabFocusReason);
    return true;
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
    int widest = 0;
    for (const QString& name : m_names)
        widest = std::max(widest, fontMetrics().horizontalAdvance(name));
    for (QPushButton* button : m_buttons)
        button->setMinimumWidth(widest + 2 * padding);
}

void LabelButtons::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() != QEvent::FontChange || m_names.isEmpty())
        return;
    if (fitButtons() != m_asButtons)
        build();
    else
        fitWidths();
}

} // namespace chainrule
