// SPDX-License-Identifier: GPL-3.0-or-later
// What the cells say; nodetableorder.cpp sorts and filters the rows.
#include "widgets/graph/table/nodetablemodel.h"

#include "core/base/text.h"
#include "widgets/fields/numbertext.h"
#include "widgets/graph/verdicttext.h"

#include <QStringList>

#include <cmath>

namespace chainrule {

using scalar::NodeId;

namespace {

constexpr int tableDigits = 4;
constexpr QChar dash(0x2013);

const std::optional<scalar::GradientCheck>* checkOf(const GraphContent& content, NodeId node)
{
    const std::size_t i = index(node);
    return i < content.checks.size() && content.checks[i] ? &content.checks[i] : nullptr;
}

void appendQuoted(std::string& text, const std::string& cell)
{
    text += '"';
    for (const char c : cell) {
        if (c == '"')
            text += '"';
        text += c;
    }
    text += '"';
}

void appendCsvRow(std::string& text, const GraphContent& content, NodeId node)
{
    const scalar::Node& each = content.named.graph.nodes[index(node)];
    appendQuoted(text, labelOf(content.named, node));
    text += ',';
    appendQuoted(text, operationOf(each));
    text += ',';
    if (isComputed(content.walk, node))
        text += shortestNumber(each.data);
    text += ',';
    text += shortestNumber(each.grad);
    text += ',';
    if (const auto* check = checkOf(content, node)) {
        text += shortestNumber((*check)->numeric);
        text += ',';
        text += shortestNumber((*check)->relativeError);
        text += ',';
        text += verdictName((*check)->verdict);
    } else {
        text += ",,";
    }
    text += '\n';
}

constexpr const char* csvHeader = "node,op,value,gradient,numeric,relative_error,check\n";

} // namespace

NodeTableModel::NodeTableModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

NodeId NodeTableModel::nodeAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)] : scalar::noNode;
}

int NodeTableModel::rowOf(NodeId node) const
{
    return scalar::index(node) < m_rowOf.size() ? m_rowOf[scalar::index(node)] : -1;
}

int NodeTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int NodeTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString NodeTableModel::shownText(NodeId node, int column) const
{
    const scalar::Node& each = m_content->named.graph.nodes[scalar::index(node)];
    const QLocale locale;
    switch (column) {
    case NodeColumn:
        return nodeTitle(m_content->named, node, locale);
    case OpColumn:
        return each.op == scalar::Op::Leaf ? tr("leaf") : operationSign(each, locale);
    case ValueColumn:
        return isComputed(m_content->walk, node) ? valueText(each.data, locale, tableDigits) : QString(dash);
    case GradientColumn:
        return valueText(each.grad, locale, tableDigits);
    case CheckColumn:
        if (const auto* check = checkOf(*m_content, node); check && isGradientWhole(*m_content, node)) {
            return (*check)->verdict == scalar::Verdict::Agrees
                       ? QStringLiteral("✓ ") + valueText((*check)->numeric, locale, tableDigits)
                       : QStringLiteral("⚠ ") + verdictText((*check)->verdict);
        }
        return dash;
    default:
        return {};
    }
}

QString NodeTableModel::toolTip(NodeId node, int column) const
{
    const scalar::Node& each = m_content->named.graph.nodes[scalar::index(node)];
    const QLocale locale;
    const auto precise = [&](double number) { return valueText(number, locale, 17); };
    switch (column) {
    case NodeColumn: {
        QStringList path;
        for (int group = groupOf(m_content->named, node); group >= 0;
             group = m_content->named.groups[static_cast<std::size_t>(group)].parent)
            path.prepend(groupTitle(m_content->named, group));
        path.append(nodeTitle(m_content->named, node, locale));
        QString text = path.join(QStringLiteral(" › "));
        if (m_changeable[scalar::index(node)])
            text += QLatin1Char('\n') + tr("Ticked: moves in Descend");
        return text;
    }
    case OpColumn:
        return operationCall(m_content->named, node, locale);
    case ValueColumn:
        return isComputed(m_content->walk, node) ? precise(each.data) : tr("Not computed yet");
    case GradientColumn:
        return hasTrueGradients(m_content->walk)
                   ? precise(each.grad)
                   : tr("%1, where the walk stands now").arg(precise(each.grad));
    case CheckColumn:
        if (!isGradientWhole(*m_content, node))
            return tr("The gradient is not that of one whole pass from zero: there is nothing to check");
        if (const auto* check = checkOf(*m_content, node)) {
            return verdictExplanation((*check)->verdict) + QLatin1Char('\n') +
                   tr("Numeric gradient %1, relative error %2")
                       .arg(precise((*check)->numeric), valueText((*check)->relativeError, locale, 2));
        }
        return tr("Not checked yet");
    default:
        return {};
    }
}

QVariant NodeTableModel::data(const QModelIndex& index, int role) const
{
    const NodeId node = index.isValid() ? nodeAt(index.row()) : scalar::noNode;
    if (m_content == nullptr || node == scalar::noNode)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return shownText(node, column);
    case Qt::ToolTipRole:
        return toolTip(node, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue<int>((column >= ValueColumn ? Qt::AlignRight : Qt::AlignLeft) |
                                        Qt::AlignVCenter);
    case Qt::CheckStateRole:
        if (column == NodeColumn && m_changeable[scalar::index(node)]) {
            const bool moves =
                scalar::index(node) < m_content->descends.size() && m_content->descends[scalar::index(node)];
            return static_cast<int>(moves ? Qt::Checked : Qt::Unchecked);
        }
        return {};
    case VerdictRole:
        if (const auto* check = column == CheckColumn ? checkOf(*m_content, node) : nullptr;
            check && isGradientWhole(*m_content, node))
            return static_cast<int>((*check)->verdict);
        return {};
    default:
        return {};
    }
}

QVariant NodeTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue<int>((section >= ValueColumn ? Qt::AlignRight : Qt::AlignLeft) |
                                        Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const bool tip = role == Qt::ToolTipRole;
    switch (section) {
    case NodeColumn:
        return tip ? tr("The node's name. Leaves that are ticked move in Descend.") : tr("node");
    case OpColumn:
        return tip ? tr("The operation that made it") : tr("op");
    case ValueColumn:
        return tip ? tr("Computed on the way forward") : tr("value");
    case GradientColumn:
        return tip ? tr("How fast the root changes with this value, by the chain rule") : tr("grad");
    case CheckColumn:
        return tip ? tr("The same slope without the chain rule: this value is moved a little to both sides, "
                        "and "
                        "the root is computed anew")
                   : tr("check");
    default:
        return {};
    }
}

Qt::ItemFlags NodeTableModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    const NodeId node = index.isValid() ? nodeAt(index.row()) : scalar::noNode;
    if (node != scalar::noNode && index.column() == NodeColumn && m_changeable[scalar::index(node)])
        flags |= Qt::ItemIsUserCheckable;
    return flags;
}

bool NodeTableModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable))
        return false;
    // The content is its owner's to change; showValues() follows.
    emit descendChanged(nodeAt(index.row()), value.toInt() == Qt::Checked);
    return true;
}

QString NodeTableModel::asText(const std::vector<int>& rows) const
{
    QStringList cells;
    for (int column = 0; column < ColumnCount; ++column)
        cells += headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    QString text = cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    for (const int row : rows) {
        const NodeId node = nodeAt(row);
        if (m_content == nullptr || node == scalar::noNode)
            continue;
        for (int column = 0; column < ColumnCount; ++column)
            text += shownText(node, column) + QLatin1Char(column + 1 < ColumnCount ? '\t' : '\n');
    }
    return text;
}

QString NodeTableModel::asCsv(const std::vector<int>& rows) const
{
    std::string text = csvHeader;
    for (const int row : rows) {
        if (const NodeId node = nodeAt(row); m_content != nullptr && node != scalar::noNode)
            appendCsvRow(text, *m_content, node);
    }
    return QString::fromStdString(text);
}

QString NodeTableModel::asCsv() const
{
    std::string text = csvHeader;
    const std::size_t count = m_content != nullptr ? m_content->named.graph.nodes.size() : 0;
    for (std::size_t i = 0; i < count; ++i)
        appendCsvRow(text, *m_content, NodeId(i));
    return QString::fromStdString(text);
}

} // namespace chainrule
