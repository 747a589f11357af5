// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of NodeTableModel: which nodes, and in which order.
#include "widgets/graph/table/nodetablemodel.h"

#include "widgets/fields/numbertext.h"
#include "widgets/graph/verdicttext.h"

#include "core/base/naturalorder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

namespace chainrule {

using scalar::NodeId;

namespace {

/// Worse verdicts behind better ones, and larger errors behind smaller ones.
double badness(const scalar::GradientCheck& check)
{
    constexpr std::array order = {scalar::Verdict::Agrees,    scalar::Verdict::Drowned,
                                  scalar::Verdict::Kink,      scalar::Verdict::Clipped,
                                  scalar::Verdict::Undefined, scalar::Verdict::Disagrees};
    const auto place = std::find(order.begin(), order.end(), check.verdict) - order.begin();
    const double error = std::isfinite(check.relativeError) ? check.relativeError : 0.0;
    return 4.0 * static_cast<double>(place) + std::min(error, 3.0);
}

/// Sorts the first part of the nodes and leaves the others, in the order of creation, behind them in either
/// order: what has no name or no number is not of interest to whoever sorts by it.
template <typename Has, typename Less>
void sortThoseWith(std::vector<NodeId>& nodes, Qt::SortOrder order, Has has, Less less)
{
    const auto end = std::stable_partition(nodes.begin(), nodes.end(), has);
    std::sort(nodes.begin(), end, [&](NodeId a, NodeId b) {
        if (order == Qt::AscendingOrder ? less(a, b) : less(b, a))
            return true;
        if (order == Qt::AscendingOrder ? less(b, a) : less(a, b))
            return false;
        return a < b;
    });
}

/// As above, by a number of each node that is computed once.
template <typename Number>
void sortByNumber(std::vector<NodeId>& nodes, Qt::SortOrder order, Number number)
{
    struct Key {
        double value;
        NodeId node;
    };
    std::vector<Key> keys;
    keys.reserve(nodes.size());
    for (const NodeId node : nodes)
        keys.push_back({number(node), node});
    const auto end = std::stable_partition(keys.begin(), keys.end(),
                                           [](const Key& key) { return !std::isnan(key.value); });
    if (order == Qt::DescendingOrder)
        std::for_each(keys.begin(), end, [](Key& key) { key.value = -key.value; });
    std::sort(keys.begin(), end, [](const Key& a, const Key& b) {
        return a.value != b.value ? a.value < b.value : a.node < b.node;
    });
    std::transform(keys.begin(), keys.end(), nodes.begin(), [](const Key& key) { return key.node; });
}

/// Whether a text could be part of a number as valueText() writes it.
bool mayBeNumber(const QString& text, const QLocale& locale)
{
    if (text == QLatin1String("nan") || text == QString(QChar(0x221e)))
        return true;
    const QString point = locale.decimalPoint();
    const auto belongs = [&](QChar c) {
        return c.isDigit() || point.contains(c) || c == QChar(0x2212) || c == QLatin1Char('e');
    };
    return std::all_of(text.begin(), text.end(), belongs) &&
           std::any_of(text.begin(), text.end(), [](QChar c) { return c.isDigit(); });
}

/// A text to look for, in lower case.
struct Needle {
    const GraphContent& content;
    QString text;
    QString numberText; ///< with a real minus sign; empty where it can be part of no number
    std::array<bool, scalar::allOps.size()> ops{};

    Needle(const GraphContent& searched, const QString& words)
        : content(searched)
        , text(words.toLower())
    {
        QString number = text;
        number.replace(QLatin1Char('-'), QChar(0x2212));
        if (mayBeNumber(number, QLocale()))
            numberText = number;
        for (const scalar::Op op : scalar::allOps) {
            const std::string_view name = opName(op);
            ops[static_cast<std::size_t>(op)] =
                contains(QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()))) ||
                contains(callName(op));
        }
    }
    [[nodiscard]] bool contains(const QString& hay) const { return hay.contains(text, Qt::CaseInsensitive); }

    /// "multiply" and "×", for those who look for either.
    static QString callName(scalar::Op op)
    {
        switch (op) {
        case scalar::Op::Add:
            return QStringLiteral("add");
        case scalar::Op::Subtract:
            return QStringLiteral("subtract −");
        case scalar::Op::Multiply:
            return QStringLiteral("multiply × ·");
        case scalar::Op::Divide:
            return QStringLiteral("divide ÷");
        case scalar::Op::Negate:
            return QStringLiteral("negate −");
        case scalar::Op::Power:
        case scalar::Op::VariablePower:
            return QStringLiteral("power ^");
        case scalar::Op::Sigmoid:
            return QStringLiteral("sigmoid σ");
        default:
            return {};
        }
    }

    [[nodiscard]] bool matches(NodeId id) const
    {
        const std::size_t i = index(id);
        const scalar::Node& node = content.named.graph.nodes[i];
        if (ops[static_cast<std::size_t>(node.op)])
            return true;
        if (i < content.named.names.size() && !content.named.names[i].empty()
                ? contains(QString::fromStdString(content.named.names[i]))
                : contains(QLatin1Char('#') + QString::number(i)))
            return true;
        const QLocale locale;
        if (node.op == scalar::Op::Power && contains(operationSign(node, locale)))
            return true;
        if (i < content.checks.size() && content.checks[i] &&
            content.checks[i]->verdict != scalar::Verdict::Agrees &&
            contains(verdictText(content.checks[i]->verdict)))
            return true;
        if (numberText.isEmpty())
            return false;
        const auto shows = [&](double number) {
            return valueText(number, locale, 4).contains(numberText, Qt::CaseInsensitive);
        };
        return (isComputed(content.walk, id) && shows(node.data)) || shows(node.grad);
    }
};

} // namespace

void NodeTableModel::setContent(const GraphContent* content)
{
    beginResetModel();
    m_content = content;
    m_group = -1;
    m_changeable.clear();
    if (content != nullptr) {
        const scalar::NamedGraph& named = content->named;
        m_changeable.assign(named.graph.nodes.size(), false);
        const auto mark = [&](const scalar::NodeRange& range) {
            for (std::size_t i = 0; range.first != scalar::noNode && i < range.count; ++i)
                m_changeable[scalar::index(range.first) + i] = true;
        };
        mark(named.parameters);
        mark(named.inputs);
        for (const scalar::Variable& variable : named.variables)
            m_changeable[scalar::index(variable.node)] = true;
    }
    std::vector<NodeId> nodes = filteredNodes();
    sortNodes(nodes);
    takeRows(std::move(nodes));
    endResetModel();
}

void NodeTableModel::showValues(bool resort)
{
    if (m_content == nullptr)
        return;
    if (resort && m_sortColumn > OpColumn)
        sortRows();
    if (!m_rows.empty())
        emit dataChanged(index(0, NodeColumn), index(rowCount() - 1, ColumnCount - 1));
}

void NodeTableModel::setFilter(const QString& text, int group)
{
    const QString trimmed = text.trimmed();
    if (trimmed == m_filter && group == m_group)
        return;
    beginResetModel();
    m_filter = trimmed;
    m_group = group;
    std::vector<NodeId> nodes = filteredNodes();
    sortNodes(nodes);
    takeRows(std::move(nodes));
    endResetModel();
}

void NodeTableModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    sortRows();
}

std::vector<bool> NodeTableModel::chosenGroups() const
{
    const std::vector<scalar::Group>& groups = m_content->named.groups;
    std::vector<bool> chosen(groups.size(), false);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const int parent = groups[i].parent;
        chosen[i] =
            static_cast<int>(i) == m_group || (parent >= 0 && chosen[static_cast<std::size_t>(parent)]);
    }
    return chosen;
}

std::vector<NodeId> NodeTableModel::filteredNodes() const
{
    std::vector<NodeId> nodes;
    if (m_content == nullptr)
        return nodes;
    nodes.resize(m_content->named.graph.nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        nodes[i] = NodeId(i);
    if (m_group >= 0) {
        const std::vector<bool> chosen = chosenGroups();
        std::erase_if(nodes, [&](NodeId node) {
            const int group = groupOf(m_content->named, node);
            return group < 0 || !chosen[static_cast<std::size_t>(group)];
        });
    }
    if (!m_filter.isEmpty()) {
        const Needle needle(*m_content, m_filter);
        std::erase_if(nodes, [&](NodeId node) { return !needle.matches(node); });
    }
    return nodes;
}

void NodeTableModel::sortNodes(std::vector<NodeId>& nodes) const
{
    if (m_content == nullptr)
        return;
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const scalar::NamedGraph& named = m_content->named;
    const auto nodeOf = [&](NodeId node) -> const scalar::Node& {
        return named.graph.nodes[scalar::index(node)];
    };
    switch (m_sortColumn) {
    case NodeColumn:
        sortThoseWith(
            nodes, m_sortOrder,
            [&](NodeId node) {
                return scalar::index(node) < named.names.size() && !named.names[scalar::index(node)].empty();
            },
            [&](NodeId a, NodeId b) {
                return naturalLess(named.names[scalar::index(a)], named.names[scalar::index(b)]);
            });
        break;
    case OpColumn:
        // Powers among themselves by their exponents.
        sortByNumber(nodes, m_sortOrder, [&](NodeId node) {
            return static_cast<double>(nodeOf(node).op) + std::atan(nodeOf(node).exponent) / 4.0;
        });
        break;
    case ValueColumn:
        sortByNumber(nodes, m_sortOrder, [&](NodeId node) {
            return isComputed(m_content->walk, node) ? nodeOf(node).data : none;
        });
        break;
    case GradientColumn:
        sortByNumber(nodes, m_sortOrder, [&](NodeId node) { return nodeOf(node).grad; });
        break;
    case CheckColumn:
        sortByNumber(nodes, m_sortOrder, [&](NodeId node) {
            const std::size_t i = scalar::index(node);
            return i < m_content->checks.size() && m_content->checks[i] ? badness(*m_content->checks[i])
                                                                        : none;
        });
        break;
    default:
        break;
    }
}

void NodeTableModel::takeRows(std::vector<NodeId> nodes)
{
    m_rows = std::move(nodes);
    m_rowOf.assign(m_content != nullptr ? m_content->named.graph.nodes.size() : 0, -1);
    for (std::size_t row = 0; row < m_rows.size(); ++row)
        m_rowOf[scalar::index(m_rows[row])] = static_cast<int>(row);
}

void NodeTableModel::sortRows()
{
    if (m_content == nullptr)
        return;
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    std::vector<NodeId> nodes = m_rows;
    std::sort(nodes.begin(), nodes.end());
    sortNodes(nodes);
    const QModelIndexList before = persistentIndexList();
    std::vector<NodeId> held;
    held.reserve(static_cast<std::size_t>(before.size()));
    for (const QModelIndex& each : before)
        held.push_back(nodeAt(each.row()));
    takeRows(std::move(nodes));
    QModelIndexList after;
    after.reserve(before.size());
    for (qsizetype i = 0; i < before.size(); ++i)
        after.append(index(rowOf(held[static_cast<std::size_t>(i)]), before[i].column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

} // namespace chainrule
