// SPDX-License-Identifier: GPL-3.0-or-later
// Names, signs and numbers; chainruletext.cpp writes the sentences made of them.
#include "widgets/graph/graphcontent.h"

#include "widgets/fields/numbertext.h"
#include "widgets/layers/layerstackmodel.h"

#include <QCoreApplication>

#include <cmath>
#include <string_view>

namespace chainrule {

using scalar::NodeId;
using scalar::Op;

namespace {

constexpr QChar minus(0x2212);
constexpr QChar dash(0x2013);

QString words(const char* text)
{
    return QCoreApplication::translate("GraphContent", text);
}

QString functionName(Op op)
{
    switch (op) {
    case Op::Leaf:
        return words("leaf");
    case Op::Add:
        return QStringLiteral("add");
    case Op::Subtract:
        return QStringLiteral("subtract");
    case Op::Multiply:
        return QStringLiteral("multiply");
    case Op::Divide:
        return QStringLiteral("divide");
    case Op::Negate:
        return QStringLiteral("negate");
    case Op::Power:
    case Op::VariablePower:
        return QStringLiteral("power");
    default:
        break;
    }
    const std::string_view name = opName(op);
    return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
}

} // namespace

bool isChangeable(const scalar::NamedGraph& named, NodeId node)
{
    if (node == scalar::noNode || named.graph.nodes[index(node)].op != Op::Leaf)
        return false;
    return contains(named.parameters, node) || contains(named.inputs, node) ||
           std::any_of(named.variables.begin(), named.variables.end(),
                       [&](const scalar::Variable& variable) { return variable.node == node; });
}

QString nodeTitle(const scalar::NamedGraph& named, NodeId node, const QLocale& locale)
{
    const std::size_t i = index(node);
    if (i >= named.graph.nodes.size())
        return {};
    if (i < named.names.size() && !named.names[i].empty())
        return QString::fromStdString(named.names[i]);
    if (named.graph.nodes[i].op == Op::Leaf && !isChangeable(named, node))
        return valueText(named.graph.nodes[i].data, locale);
    return QLatin1Char('#') + QString::number(i);
}

QString groupTitle(const scalar::NamedGraph& named, int group)
{
    if (group < 0 || static_cast<std::size_t>(group) >= named.groups.size())
        return {};
    const scalar::Group& each = named.groups[static_cast<std::size_t>(group)];
    switch (each.kind) {
    case scalar::GroupKind::Inputs:
        return words("Inputs");
    case scalar::GroupKind::Layer:
        return words("Dense %1 · %2").arg(each.outputs.size()).arg(activationText(each.activation));
    case scalar::GroupKind::Neuron:
        return words("Neuron %1").arg(each.unit);
    case scalar::GroupKind::Softmax:
        return words("Softmax");
    case scalar::GroupKind::Loss:
        return words("Loss");
    }
    return {};
}

QString operationSign(const scalar::Node& node, const QLocale& locale)
{
    switch (node.op) {
    case Op::Leaf:
        return {};
    case Op::Add:
        return QStringLiteral("+");
    case Op::Subtract:
    case Op::Negate:
        return QString(minus);
    case Op::Multiply:
        return QStringLiteral("×");
    case Op::Divide:
        return QStringLiteral("÷");
    case Op::Power:
        return QLatin1Char('^') + valueText(node.exponent, locale);
    case Op::Sigmoid:
        return QStringLiteral("σ");
    case Op::VariablePower:
        return QStringLiteral("^");
    default:
        return functionName(node.op);
    }
}

QString argumentSeparator(const QLocale& locale)
{
    // Where the comma separates decimals, it cannot separate arguments too.
    return locale.decimalPoint() == QLatin1String(",") ? QStringLiteral("; ") : QStringLiteral(", ");
}

QString operationCall(const scalar::NamedGraph& named, NodeId node, const QLocale& locale)
{
    const scalar::Node& each = named.graph.nodes[index(node)];
    if (each.op == Op::Leaf)
        return functionName(each.op);
    const QString separator = argumentSeparator(locale);
    QString call = functionName(each.op) + QLatin1Char('(') + nodeTitle(named, each.parents[0], locale);
    if (each.op == Op::Power)
        call += separator + valueText(each.exponent, locale);
    else if (each.parents[1] != scalar::noNode)
        call += separator + nodeTitle(named, each.parents[1], locale);
    return call + QLatin1Char(')');
}

bool isGradientWhole(const GraphContent& content, NodeId node)
{
    const scalar::Walk& walk = content.walk;
    if (walk.position.passes > 0 || walk.position.computed < walk.forwardOrder.size())
        return false;
    if (node == walk.root)
        return walk.position.visited > 0;
    const std::uint32_t last = walk.lastUse[index(node)];
    return last == scalar::noRank || walk.position.visited > last;
}

QString valueOf(const GraphContent& content, NodeId node, const QLocale& locale)
{
    return isComputed(content.walk, node) ? valueText(content.named.graph.nodes[index(node)].data, locale)
                                          : QString(dash);
}

QString gradientOf(const GraphContent& content, NodeId node, const QLocale& locale)
{
    return valueText(content.named.graph.nodes[index(node)].grad, locale);
}

} // namespace chainrule
