// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/table/nodetable.h"

#include "widgets/graph/table/nodecelldelegate.h"
#include "widgets/graph/table/nodetablemodel.h"

#include <QAction>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace chainrule {

using scalar::NodeId;

namespace {

constexpr int manyNodes = 20'000; ///< so many are not filtered at each key
constexpr int measuredRows = 200;

} // namespace

NodeTable::NodeTable(QWidget* parent)
    : QWidget(parent)
    , m_model(new NodeTableModel(this))
    , m_table(new QTableView)
    , m_filter(new QLineEdit)
    , m_groupNote(new QLabel)
    , m_filterTimer(new QTimer(this))
{
    m_filter->setPlaceholderText(tr("Filter nodes"));
    m_filter->setAccessibleName(tr("Filter nodes"));
    m_filter->setToolTip(tr("Shows only nodes whose name, operation or number contains this"));
    m_filter->setClearButtonEnabled(true);
    m_groupNote->setAccessibleName(tr("Group of the nodes"));
    m_groupNote->setTextFormat(Qt::RichText);
    m_groupNote->setWordWrap(true);
    m_groupNote->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_groupNote->hide();

    m_table->setModel(m_model);
    m_table->setItemDelegate(new NodeCellDelegate(m_table));
    m_table->setAccessibleName(tr("Nodes"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(1);
    // A third click on a heading goes back to the order of creation.
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    m_table->viewport()->installEventFilter(this);
    m_table->setCornerWidget(new QWidget);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_filter);
    layout->addWidget(m_groupNote);
    layout->addWidget(m_table, 1);
    setFocusProxy(m_table);

    m_sortTimer = new QTimer(this);
    m_sortTimer->setSingleShot(true);
    m_sortTimer->setInterval(400);
    connect(m_sortTimer, &QTimer::timeout, this, [this] {
        const QScopedValueRollback guard(m_following, true);
        m_model->showValues(true);
    });
    m_filterTimer->setSingleShot(true);
    m_filterTimer->setInterval(150);
    connect(m_filterTimer, &QTimer::timeout, this, &NodeTable::applyFilter);
    connect(m_filter, &QLineEdit::textChanged, this, [this] {
        const bool many = m_content != nullptr && m_content->named.graph.nodes.size() > manyNodes;
        if (many)
            m_filterTimer->start();
        else
            applyFilter();
    });
    connect(m_groupNote, &QLabel::linkActivated, this, [this] {
        filterBy(m_filter->text(), -1);
        if (m_selection.group >= 0) {
            m_selection = {};
            emit selected(m_selection);
        }
    });
    connect(m_model, &NodeTableModel::descendChanged, this, &NodeTable::descendChanged);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                const NodeId node = m_model->nodeAt(current.isValid() ? current.row() : -1);
                if (m_following || node == scalar::noNode || m_selection == GraphSelection{node, -1})
                    return;
                m_selection = {node, -1};
                emit selected(m_selection);
            });
    connect(header, &QHeaderView::sortIndicatorChanged, this, [this] { measureColumns(false); });
    connect(header, &QHeaderView::sectionResized, this, [this] { m_ownWidths = m_ownWidths || !m_sharing; });
    addActions();
    measureColumns(true);
}

void NodeTable::addActions()
{
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    const auto add = [this](const QString& text, const QKeySequence& keys, auto slot) {
        auto* action = new QAction(text, m_table);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetShortcut);
        connect(action, &QAction::triggered, this, slot);
        m_table->addAction(action);
        return action;
    };
    add(tr("Copy"), QKeySequence::Copy, [this] { copy(false); });
    add(tr("Copy as CSV"), {}, [this] { copy(true); });
    add(tr("Select all"), QKeySequence::SelectAll, [this] { m_table->selectAll(); });
    auto* separator = new QAction(m_table);
    separator->setSeparator(true);
    m_table->addAction(separator);
    add(tr("Save as CSV…"), {}, [this] { emit exportWanted(); });
}

void NodeTable::setContent(const GraphContent* content)
{
    m_content = content;
    m_group = -1;
    m_selection = {};
    const QScopedValueRollback guard(m_following, true);
    m_model->setContent(content);
    showGroup();
    measureColumns(true);
}

void NodeTable::showValues()
{
    m_model->showValues();
    measureColumns(false);
    m_sortTimer->start();
}

void NodeTable::setSelection(const GraphSelection& selection)
{
    m_selection = selection;
    const auto inGroup = [&](int outer) {
        for (int group = groupOf(m_content->named, selection.node); group >= 0;
             group = m_content->named.groups[static_cast<std::size_t>(group)].parent) {
            if (group == outer)
                return true;
        }
        return false;
    };
    int group = selection.group;
    // A node of the group whose nodes are shown leaves it at that.
    if (m_content != nullptr && selection.node != scalar::noNode && m_group >= 0 && inGroup(m_group))
        group = m_group;
    if (group != m_group)
        filterBy(m_filter->text(), group);
    else
        showCurrent();
}

void NodeTable::applyFilter()
{
    filterBy(m_filter->text(), m_group);
}

void NodeTable::filterBy(const QString& text, int group)
{
    m_filterTimer->stop();
    m_group = group;
    const QScopedValueRollback guard(m_following, true);
    m_model->setFilter(text, group);
    showGroup();
    showCurrent();
    measureColumns(false);
}

void NodeTable::showGroup()
{
    m_groupNote->setVisible(m_group >= 0);
    if (m_group < 0 || m_content == nullptr)
        return;
    const QString title = groupTitle(m_content->named, m_group);
    m_groupNote->setText(tr("Only %1 · <a href=\"all\">show all</a>").arg(title.toHtmlEscaped()));
    m_groupNote->setAccessibleDescription(title);
}

void NodeTable::showCurrent()
{
    const QScopedValueRollback guard(m_following, true);
    const int row = m_selection.node == scalar::noNode ? -1 : m_model->rowOf(m_selection.node);
    if (row < 0) {
        m_table->clearSelection();
        m_table->selectionModel()->clearCurrentIndex();
        return;
    }
    QItemSelectionModel* selection = m_table->selectionModel();
    const QModelIndex index = m_model->index(row, NodeTableModel::NodeColumn);
    // More rows may be chosen, to be copied: they stay as long as the node is one of them.
    if (selection->isRowSelected(row))
        selection->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    else
        selection->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    const int across = m_table->horizontalScrollBar()->value();
    m_table->scrollTo(index);
    m_table->horizontalScrollBar()->setValue(across);
}

void NodeTable::measureColumns(bool anew)
{
    const QFontMetrics metrics = m_table->fontMetrics();
    const int rowHeight = metrics.height() + 10;
    if (m_table->verticalHeader()->defaultSectionSize() != rowHeight)
        m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    if (anew)
        m_neededWidths = {};
    const QStyleOptionViewItem option = NodeCellDelegate::measuringOption(m_table);
    const int first = std::max(0, m_table->rowAt(0));
    const int visible = m_table->viewport()->height() / rowHeight + 1;
    const int end = std::min(m_model->rowCount(), first + (anew ? measuredRows : visible));
    const int widestName = metrics.averageCharWidth() * 17;
    for (int column = 0; column < NodeTableModel::ColumnCount; ++column) {
        int& needed = m_neededWidths[static_cast<std::size_t>(column)];
        needed = std::max(needed, headingWidth(column));
        for (int row = first; row < end; ++row) {
            const int width = m_table->itemDelegate()->sizeHint(option, m_model->index(row, column)).width();
            needed =
                std::max(needed, column == NodeTableModel::NodeColumn ? std::min(width, widestName) : width);
        }
    }
    shareWidth();
}

int NodeTable::headingWidth(int column) const
{
    // The header asks for the sort arrow's room in every section; only one has it.
    const QHeaderView* header = m_table->horizontalHeader();
    if (header->sortIndicatorSection() == column)
        return header->sectionSizeHint(column);
    const QString text = m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    return header->fontMetrics().horizontalAdvance(text) + 12;
}

void NodeTable::shareWidth()
{
    if (m_ownWidths)
        return;
    const QScopedValueRollback guard(m_sharing, true);
    const int needed = std::accumulate(m_neededWidths.begin(), m_neededWidths.end(), 0);
    const int spare = std::max(0, m_table->viewport()->width() - needed);
    for (int column = 0; column < NodeTableModel::ColumnCount; ++column) {
        // Names and operations stay narrow; the numbers share what is left.
        const int share = column >= NodeTableModel::ValueColumn ? spare / 3 : 0;
        const int rest = column == NodeTableModel::CheckColumn ? spare % 3 : 0;
        m_table->setColumnWidth(column, m_neededWidths[static_cast<std::size_t>(column)] + share + rest);
    }
}

void NodeTable::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    shareWidth();
}

bool NodeTable::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        shareWidth();
    return QWidget::eventFilter(watched, event);
}

void NodeTable::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        measureColumns(true);
}

std::vector<int> NodeTable::chosenRows() const
{
    std::vector<int> rows;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection()) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

void NodeTable::copy(bool csv) const
{
    const std::vector<int> rows = chosenRows();
    if (!rows.empty())
        QGuiApplication::clipboard()->setText(csv ? m_model->asCsv(rows) : m_model->asText(rows));
}

} // namespace chainrule
