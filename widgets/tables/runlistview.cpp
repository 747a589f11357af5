// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/runlistview.h"

#include "widgets/style/icons.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QTextLayout>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int padding = 4;   // above and below what a row shows, and between columns
constexpr int margin = 8;    // at the left, beside the bar of the chosen row
constexpr int mostLines = 3; // of a name
constexpr int longestName = 200;

/// The text in at most so many lines; the last one is elided.
QStringList linesOf(const QString& text, const QFont& font, int width, int most)
{
    QTextLayout layout(text, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    layout.beginLayout();
    QStringList lines;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        if (lines.size() + 1 == most) {
            lines << QFontMetrics(font).elidedText(text.mid(line.textStart()), Qt::ElideRight, width);
            break;
        }
        lines << text.mid(line.textStart(), line.textLength());
    }
    layout.endLayout();
    return lines;
}

// Breaks lines between settings, not within one.
QString breakable(QString name)
{
    const QString dot = QStringLiteral(" · ");
    if (!name.contains(dot))
        return name; // that a person gave
    constexpr QChar space(0x00a0);
    return name.replace(dot, QStringLiteral("\n"))
        .replace(QLatin1Char(' '), space)
        .replace(QLatin1Char('\n'), space + QStringLiteral("· "));
}

class WordFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setWords(const QString& words)
    {
        m_words = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        invalidateFilter();
    }

    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override
    {
        if (m_words.isEmpty())
            return true;
        const QString text = sourceModel()
                                 ->index(row, RunListModel::NameColumn, parent)
                                 .data(RunListModel::SearchRole)
                                 .toString();
        return std::ranges::all_of(
            m_words, [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
    }

private:
    QStringList m_words;
};

class RunDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyleOptionViewItem item = option;
        initStyleOption(&item, index);
        item.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &item, painter, option.widget);
        const int left = index.column() == RunListModel::NameColumn ? margin : padding;
        const QRect inner = QStyle::visualRect(option.direction, option.rect,
                                               option.rect.adjusted(left, padding, -padding, -padding));
        painter->save();
        painter->setFont(option.font);
        painter->setPen(option.palette.color(QPalette::Text));
        if (index.column() == RunListModel::NameColumn)
            paintName(painter, option, inner, index);
        else
            paintTest(painter, option, inner.adjusted(0, 0, -padding, 0), index);
        painter->restore();
    }

    static void paintTest(QPainter* painter, const QStyleOptionViewItem& option, const QRect& inner,
                          const QModelIndex& index)
    {
        painter->drawText(inner, Qt::AlignTrailing | Qt::AlignTop, index.data().toString());
        if (!index.siblingAtColumn(RunListModel::NameColumn).data(RunListModel::PinnedRole).toBool())
            return;
        const int height = option.fontMetrics.height();
        icon(QStringLiteral("pin"), IconRole::Accent)
            .paint(painter, QStyle::alignedRect(option.direction, Qt::AlignTrailing | Qt::AlignBottom,
                                                QSize(height, height), inner));
    }

    static void paintName(QPainter* painter, const QStyleOptionViewItem& option, const QRect& inner,
                          const QModelIndex& index)
    {
        const int height = option.fontMetrics.height();
        const QRect line(inner.left(), inner.top(), inner.width(), height);
        const QStringList lines = linesOf(breakable(index.data().toString()), option.font, inner.width(),
                                          std::max(1, inner.height() / height - 1));
        for (int i = 0; i < lines.size(); ++i)
            painter->drawText(line.translated(0, i * height), Qt::AlignLeading | Qt::AlignVCenter, lines[i]);
        const QRect detail = line.translated(0, static_cast<int>(lines.size()) * height);
        painter->setPen(option.palette.color(QPalette::PlaceholderText));
        painter->drawText(detail, Qt::AlignLeading | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data(RunListModel::DetailRole).toString(),
                                                        Qt::ElideRight, detail.width()));
    }

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem&,
                          const QModelIndex& index) const override
    {
        auto* field = new QLineEdit(index.data(Qt::EditRole).toString(), parent);
        field->setPlaceholderText(index.data(RunListModel::AutomaticNameRole).toString());
        field->setMaxLength(longestName);
        field->setAccessibleName(RunListView::tr("Name of the run"));
        return field;
    }

    // Only once, as it is made: the run may go on, and its row change, while a person types.
    void setEditorData(QWidget*, const QModelIndex&) const override {}

    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex&) const override
    {
        editor->setGeometry(
            QRect(option.rect.topLeft(), QSize(option.rect.width(), editor->sizeHint().height())));
    }
};

} // namespace

RunListView::RunListView(RunListModel& model, QWidget* parent)
    : QTableView(parent)
    , m_runs(model)
    , m_filter(new WordFilter(this))
{
    m_filter->setSourceModel(&model);
    setModel(m_filter);
    setItemDelegate(new RunDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionResizeMode(RunListModel::NameColumn, QHeaderView::Stretch);
    horizontalHeader()->setSectionResizeMode(RunListModel::TestColumn, QHeaderView::Fixed);
    connect(this, &QAbstractItemView::doubleClicked, this, &RunListView::editName);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunListView::chosenChanged);
    connect(&model, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        const ListedRun* run = chosen();
        m_chosen = run ? run->run->id : std::string();
    });
    connect(m_filter, &QAbstractItemModel::modelReset, this, [this] {
        fitRows();
        const QModelIndex place = m_filter->mapFromSource(m_runs.index(m_runs.rowOf(m_chosen), 0));
        if (place.isValid())
            selectRow(place.row());
        else
            emit chosenChanged();
    });
    connect(&model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& first, const QModelIndex& last) {
                fitRows(); // names may be longer now
                const ListedRun* run = chosen();
                const int row = run ? m_runs.rowOf(run->run->id) : -1;
                if (row >= first.row() && row <= last.row())
                    emit chosenChanged();
            });
    fitRows();
}

void RunListView::setFilter(const QString& words)
{
    static_cast<WordFilter*>(m_filter)->setWords(words);
}

const ListedRun* RunListView::chosen() const
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : &m_runs.listed(m_filter->mapToSource(rows.first()).row());
}

void RunListView::editName()
{
    if (const QModelIndex index = currentIndex(); index.isValid())
        edit(index.siblingAtColumn(RunListModel::NameColumn));
}

void RunListView::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    fitRows();
}

void RunListView::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fitRows();
}

// As many lines as the longest name needs.
void RunListView::fitRows()
{
    const QFontMetrics metrics = fontMetrics();
    const QString head =
        m_runs.headerData(RunListModel::TestColumn, Qt::Horizontal, Qt::DisplayRole).toString();
    horizontalHeader()->resizeSection(
        RunListModel::TestColumn,
        std::max(metrics.horizontalAdvance(head), metrics.horizontalAdvance(QStringLiteral("100.0"))) +
            5 * padding);
    QString longest;
    for (int row = 0; row < m_runs.rowCount(); ++row) {
        const QString name = m_runs.index(row, RunListModel::NameColumn).data().toString();
        if (name.size() > longest.size())
            longest = name;
    }
    const int width = columnWidth(RunListModel::NameColumn) - margin - padding;
    const auto lines =
        std::max<qsizetype>(1, linesOf(breakable(longest), font(), std::max(1, width), mostLines).size());
    const int height = (static_cast<int>(lines) + 1) * metrics.height() + 2 * padding;
    verticalHeader()->setMinimumSectionSize(height);
    verticalHeader()->setDefaultSectionSize(height);
    verticalScrollBar()->setSingleStep(height);
}

// Rows that come or go above leave those in view where they are.
void RunListView::keepPlace(int row, int rows)
{
    const int height = verticalHeader()->defaultSectionSize();
    QScrollBar* bar = verticalScrollBar();
    if (row * height >= bar->value() || bar->value() == 0)
        return;
    executeDelayedItemsLayout(); // the bar knows of the new rows
    bar->setValue(bar->value() + rows * height);
}

void RunListView::rowsInserted(const QModelIndex& parent, int start, int end)
{
    QTableView::rowsInserted(parent, start, end);
    keepPlace(start, end - start + 1);
}

void RunListView::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end)
{
    QTableView::rowsAboutToBeRemoved(parent, start, end);
    keepPlace(start, start - end - 1);
}

} // namespace chainrule
