// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/probabilitytable.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"
#include "widgets/tables/probabilitymodel.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int inset = 6; ///< from a row's ends to what it says
constexpr int gap = 10;  ///< between columns

QFont strongFont(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

class ProbabilityDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const ThemeColors& colors = themeColors(option.palette);
        painter->save();
        // A mouse over one cell says nothing about its row.
        QStyleOptionViewItem ground = option;
        ground.index = index;
        ground.state &= ~QStyle::State_MouseOver;
        const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
        style->drawPrimitive(QStyle::PE_PanelItemViewItem, &ground, painter, option.widget);
        if (index.column() == ProbabilityModel::BarColumn)
            paintBar(*painter, option, index);
        else
            paintText(*painter, option, index, colors);
        painter->restore();
    }

private:
    static void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                          const ThemeColors& colors)
    {
        const bool most = index.data(ProbabilityModel::MostProbableRole).toBool();
        const bool isName = index.column() == ProbabilityModel::ClassColumn;
        const QFont font = isName || most ? strongFont(option.font) : option.font;
        const QFontMetricsF metrics(font);
        const QRectF room = QRectF(option.rect).adjusted(isName ? inset : 0, 0, isName ? 0 : -inset, 0);
        QString text = index.data().toString();
        if (tabularWidth(text, metrics) > room.width() + 0.5)
            text = metrics.elidedText(text, Qt::ElideRight, room.width());
        const double left = isName ? room.left() : room.right() - tabularWidth(text, metrics);
        const double baseline = std::round(room.center().y() + (metrics.ascent() - metrics.descent()) / 2.0);
        painter.setFont(font);
        painter.setPen(isName || most ? colors.text : colors.quietText);
        drawTabular(painter, {left, baseline}, text);
    }

    static void paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
    {
        const ThemeColors& colors = themeColors(option.palette);
        const QFontMetrics metrics(option.font);
        const int height = std::max(8, static_cast<int>(std::lround(metrics.height() * 0.6)));
        const QRectF track(option.rect.left() + gap, option.rect.center().y() + 1 - (height + 1) / 2,
                           option.rect.width() - 2 * gap, height);
        if (track.width() <= 0.0)
            return;
        drawBox(&painter, track, 2.0, mix(colors.panel, colors.line, 0.6));
        const QVariant share = index.data(ProbabilityModel::ShareRole);
        if (!share.isValid())
            return;
        // A probability that rounds to nothing is there all the same.
        const double width = std::max(1.0, track.width() * share.toDouble());
        const bool most = index.data(ProbabilityModel::MostProbableRole).toBool();
        drawBox(&painter, QRectF(track.topLeft(), QSizeF(width, track.height())), 2.0,
                most ? colors.accent : colors.quietText);
    }
};

} // namespace

ProbabilityTable::ProbabilityTable(QWidget* parent)
    : QTableView(parent)
    , m_model(new ProbabilityModel(this))
{
    setAccessibleName(tr("Class probabilities"));
    setModel(m_model);
    setItemDelegate(new ProbabilityDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    viewport()->setAutoFillBackground(false);
    viewport()->setAttribute(Qt::WA_Hover);
    for (QHeaderView* header : {horizontalHeader(), verticalHeader()}) {
        header->hide();
        header->setMinimumSectionSize(1);
        header->setSectionResizeMode(QHeaderView::Fixed);
    }
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        const std::optional<int> chosen = chosenClass();
        if (!m_following && chosen)
            emit classChosen(*chosen);
    });
    m_model->setLocale(locale());
    measure();
}

void ProbabilityTable::setClasses(const QStringList& names)
{
    if (names == m_model->classes())
        return;
    const std::optional<int> chosen = chosenClass();
    {
        const QScopedValueRollback guard(m_following, true);
        m_model->setClasses(names);
    }
    setChosenClass(chosen);
    measure();
}

void ProbabilityTable::setProbabilities(std::span<const double> probabilities)
{
    m_model->setProbabilities(probabilities);
}

std::optional<int> ProbabilityTable::chosenClass() const
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    return rows.isEmpty() ? std::nullopt : std::optional(rows.first().row());
}

void ProbabilityTable::setChosenClass(std::optional<int> index)
{
    const QScopedValueRollback guard(m_following, true);
    if (index && *index >= 0 && *index < m_model->rowCount())
        selectionModel()->setCurrentIndex(m_model->index(*index, 0),
                                          QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    else
        selectionModel()->clear();
}

int ProbabilityTable::heightOfRow() const
{
    return fontMetrics().height() + 4;
}

int ProbabilityTable::nameWidth() const
{
    const QFontMetricsF metrics(strongFont(font()));
    double widest = 0.0;
    for (const QString& name : m_model->classes())
        widest = std::max(widest, tabularWidth(name, metrics));
    return inset + static_cast<int>(std::ceil(widest));
}

int ProbabilityTable::percentWidth() const
{
    const QFontMetricsF metrics(strongFont(font()));
    return inset + static_cast<int>(std::ceil(tabularWidth(m_model->percentText(1.0), metrics)));
}

int ProbabilityTable::leastBarWidth() const
{
    return 4 * fontMetrics().height() + 2 * gap;
}

void ProbabilityTable::measure()
{
    m_nameWidth = nameWidth();
    verticalHeader()->setDefaultSectionSize(heightOfRow());
    shareWidth();
    updateGeometry();
}

void ProbabilityTable::shareWidth()
{
    const int all = viewport()->width();
    const int percent = percentWidth();
    const int name =
        std::clamp(m_nameWidth, 1, std::max(1, std::min(all * 2 / 5, all - percent - leastBarWidth())));
    setColumnWidth(ProbabilityModel::ClassColumn, name);
    setColumnWidth(ProbabilityModel::PercentColumn, percent);
    setColumnWidth(ProbabilityModel::BarColumn, std::max(1, all - name - percent));
}

QSize ProbabilityTable::sizeHint() const
{
    const int rows = m_model->rowCount();
    // Half a row at the lower edge shows that there is more.
    const int height =
        rows > mostVisibleRows ? mostVisibleRows * heightOfRow() + heightOfRow() / 2 : rows * heightOfRow();
    const int frame = 2 * frameWidth();
    return {std::min(m_nameWidth, 10 * fontMetrics().height()) + 2 * leastBarWidth() + percentWidth() + frame,
            height + frame};
}

QSize ProbabilityTable::minimumSizeHint() const
{
    const int name = std::min(m_nameWidth, 4 * fontMetrics().height());
    return {name + leastBarWidth() + percentWidth() + 2 * frameWidth(), sizeHint().height()};
}

QItemSelectionModel::SelectionFlags ProbabilityTable::selectionCommand(const QModelIndex& index,
                                                                       const QEvent* event) const
{
    // Ctrl and click would leave no row chosen without anybody being told.
    const QItemSelectionModel::SelectionFlags flags = QTableView::selectionCommand(index, event);
    return flags.testFlag(QItemSelectionModel::Deselect)
               ? QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows
               : flags;
}

QModelIndex ProbabilityTable::moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers)
{
    // Rows are chosen whole, so there is nowhere to go sideways.
    if (action == MoveLeft || action == MoveRight)
        return currentIndex();
    const int last = m_model->rowCount() - 1;
    if (last >= 0 && (action == MoveHome || action == MoveEnd))
        return m_model->index(action == MoveHome ? 0 : last, 0);
    return QTableView::moveCursor(action, modifiers);
}

void ProbabilityTable::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!currentIndex().isValid()) {
            event->ignore();
            return;
        }
        setChosenClass(currentIndex().row());
        emit classChosen(currentIndex().row());
        return;
    default:
        break;
    }
    // Digits label drawings; a search by name would take them away.
    if (!event->text().isEmpty() && event->text().at(0).isPrint()) {
        event->ignore();
        return;
    }
    QTableView::keyPressEvent(event);
}

void ProbabilityTable::mousePressEvent(QMouseEvent* event)
{
    const std::optional<int> before = chosenClass();
    const QModelIndex pressed = indexAt(event->position().toPoint());
    QTableView::mousePressEvent(event);
    if (event->button() == Qt::LeftButton && pressed.isValid() && before == pressed.row())
        emit classChosen(pressed.row());
}

void ProbabilityTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    const int row = currentIndex().row();
    if (!hasFocus() || row < 0 || !option.state.testFlag(QStyle::State_KeyboardFocusChange))
        return;
    // Around the row and not a cell: rows are what is chosen.
    QPainter painter(viewport());
    drawFocusRing(&painter, QRect(0, rowViewportPosition(row), viewport()->width(), rowHeight(row)), 4.0,
                  themeColors(palette()).accent);
}

void ProbabilityTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    shareWidth();
}

void ProbabilityTable::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (m_model == nullptr)
        return;
    if (event->type() == QEvent::LocaleChange)
        m_model->setLocale(locale());
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LocaleChange ||
        event->type() == QEvent::StyleChange)
        measure();
}

} // namespace chainrule
