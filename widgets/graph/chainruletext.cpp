// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/chainruletext.h"

#include "widgets/fields/numbertext.h"

#include "core/scalar/gradientcheck.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace chainrule {

using scalar::NodeId;
using scalar::Op;

namespace {

constexpr QChar minus(0x2212);
constexpr QChar ellipsis(0x2026);
constexpr int longestTitle = 16;
constexpr qsizetype longestOrder = 60;

QString words(const char* text)
{
    return QCoreApplication::translate("ChainRuleText", text);
}

QString inParentheses(const QString& text)
{
    return QLatin1Char('(') + text + QLatin1Char(')');
}

/// A negative number in parentheses, as it stands behind another sign.
QString asFactor(const QString& text)
{
    return text.startsWith(minus) ? inParentheses(text) : text;
}

/// Plain text, or HTML in which names are escaped.
struct Pen {
    bool rich = false;
    [[nodiscard]] QString plain(const QString& text) const { return rich ? text.toHtmlEscaped() : text; }
    [[nodiscard]] QString bold(const QString& text) const
    {
        return rich ? QStringLiteral("<b>") + text.toHtmlEscaped() + QStringLiteral("</b>") : text;
    }
    [[nodiscard]] QString lines(const QStringList& all) const
    {
        return all.join(rich ? QStringLiteral("<br>") : QStringLiteral("\n"));
    }
};

double dataOf(const scalar::NamedGraph& named, NodeId node)
{
    return node == scalar::noNode ? 0.0 : named.graph.nodes[index(node)].data;
}

bool isConstant(const scalar::NamedGraph& named, NodeId node)
{
    const std::size_t i = index(node);
    const bool hasName = i < named.names.size() && !named.names[i].empty();
    return named.graph.nodes[i].op == Op::Leaf && !hasName && !isChangeable(named, node);
}

QString powerText(const QString& base, double exponent, const QLocale& locale)
{
    return asFactor(base) + QLatin1Char('^') + asFactor(valueText(exponent, locale));
}

/// How a node is computed out of such operands: "a · b", "relu(z)".
QString formula(const scalar::Node& node, const QString& a, const QString& b, const QLocale& locale)
{
    switch (node.op) {
    case Op::Leaf:
        return {};
    case Op::Add:
        return a + QStringLiteral(" + ") + asFactor(b);
    case Op::Subtract:
        return a + QStringLiteral(" − ") + asFactor(b);
    case Op::Multiply:
        return asFactor(a) + QStringLiteral(" · ") + asFactor(b);
    case Op::Divide:
        return asFactor(a) + QStringLiteral(" / ") + asFactor(b);
    case Op::Negate:
        return minus + asFactor(a);
    case Op::Power:
        return powerText(a, node.exponent, locale);
    case Op::VariablePower:
        return asFactor(a) + QLatin1Char('^') + asFactor(b);
    default: // functions
        return QLatin1String(opName(node.op).data(), static_cast<qsizetype>(opName(node.op).size())) +
               inParentheses(parentCount(node.op) == 2 ? a + argumentSeparator(locale) + b : a);
    }
}

/// localDerivativeText() as the first factor of a product.
QString derivativeFactor(const scalar::NamedGraph& named, NodeId node, int slot, const QLocale& locale)
{
    const QString text = localDerivativeText(named, node, slot, locale);
    switch (named.graph.nodes[index(node)].op) {
    case Op::Divide:
    case Op::Tanh:
    case Op::Log:
        return inParentheses(text);
    default:
        return text;
    }
}

/// "a.grad += ∂e/∂a · e.grad = b · e.grad = (−3) · 8 = −24", and the running total.
QString contributionText(const GraphContent& content, const scalar::Visit& visit,
                         const scalar::Contribution& made, const QLocale& locale, const Pen& pen)
{
    const scalar::NamedGraph& named = content.named;
    const QString parentGrad = variableTitle(named, made.parent, locale) + QStringLiteral(".grad");
    const QString times =
        QStringLiteral(" · ") + shortTitle(named, visit.node, locale) + QStringLiteral(".grad");
    const QString local = valueText(made.local, locale);

    QString text =
        pen.plain(parentGrad) + QLatin1Char(' ') + pen.bold(QStringLiteral("+=")) +
        pen.plain(QLatin1Char(' ') + derivativeTitle(named, visit.node, made.slot, locale) + times);
    if (localDerivativeText(named, visit.node, made.slot, locale) != local)
        text +=
            pen.plain(QStringLiteral(" = ") + derivativeFactor(named, visit.node, made.slot, locale) + times);
    text += pen.plain(QStringLiteral(" = ") + asFactor(local) + QStringLiteral(" · ") +
                      asFactor(valueText(visit.grad, locale)) + QStringLiteral(" = ")) +
            pen.bold(valueText(made.product, locale));
    if (const QString reason = derivativeReason(named, visit.node, locale); !reason.isEmpty())
        text += pen.plain(QLatin1Char(' ') + inParentheses(reason));

    const bool adds = made.path > 1 || content.walk.position.passes > 0;
    if (!adds && made.paths == 1)
        return text;
    text += pen.plain(QStringLiteral("; ") + parentGrad + QStringLiteral(" = "));
    if (adds)
        text += pen.plain(valueText(made.before, locale) + QStringLiteral(" + ") +
                          asFactor(valueText(made.product, locale)) + QStringLiteral(" = "));
    text += pen.bold(valueText(made.after, locale));
    if (made.paths > 1)
        text += pen.plain(QLatin1Char(' ') +
                          inParentheses(words("path %1 of %2").arg(made.path).arg(made.paths)));
    return text;
}

QString leafText(const GraphContent& content, const scalar::Visit& visit, const QLocale& locale,
                 const Pen& pen)
{
    const QString title = pen.plain(shortTitle(content.named, visit.node, locale));
    const QString grad = pen.bold(valueText(visit.grad, locale));
    const QString text =
        isConstant(content.named, visit.node) ? words("%1 is a constant: its gradient %2 is used by nothing.")
        : content.walk.position.passes > 0    ? words("%1 is a leaf: %1.grad = %2, of all passes together.")
                                              : words("%1 is a leaf: %1.grad = %2 is complete.");
    return text.arg(title, grad);
}

QString visitText(const GraphContent& content, const scalar::Visit& visit, const QLocale& locale,
                  const Pen& pen)
{
    QStringList lines;
    QStringList remarks;
    if (visit.node == content.walk.root)
        remarks += words("%1.grad = %2, as it is the root.")
                       .arg(pen.plain(variableTitle(content.named, visit.node, locale)),
                            pen.bold(valueText(visit.grad, locale)));
    if (const int passes = content.walk.position.passes; passes > 0)
        remarks +=
            words("Pass %1 on gradients that were not zeroed: what inner nodes pass on has grown, too.")
                .arg(passes + 1);
    if (!remarks.isEmpty())
        lines += remarks.join(QLatin1Char(' '));
    if (visit.count == 0)
        lines += leafText(content, visit, locale, pen);
    for (std::size_t i = 0; i < static_cast<std::size_t>(visit.count); ++i)
        lines += contributionText(content, visit, visit.contributions[i], locale, pen);
    return pen.lines(lines);
}

/// "e = a · b = 2 · (−3) = −6".
QString computedText(const GraphContent& content, NodeId id, const QLocale& locale, const Pen& pen)
{
    const scalar::NamedGraph& named = content.named;
    const scalar::Node& node = named.graph.nodes[index(id)];
    const auto title = [&](NodeId parent) {
        return parent == scalar::noNode ? QString() : shortTitle(named, parent, locale);
    };
    const auto number = [&](NodeId parent) { return valueText(dataOf(named, parent), locale); };
    const QString symbols = formula(node, title(node.parents[0]), title(node.parents[1]), locale);
    const QString numbers = formula(node, number(node.parents[0]), number(node.parents[1]), locale);
    QString text = shortTitle(named, id, locale) + QStringLiteral(" = ") + symbols;
    if (numbers != symbols)
        text += QStringLiteral(" = ") + numbers;
    QString line = pen.plain(text + QStringLiteral(" = ")) + pen.bold(valueText(node.data, locale));
    // Why a function with a kink has this value stands in its numbers.
    const QString reason = scalar::hasKink(node.op) ? QString() : derivativeReason(named, id, locale);
    return reason.isEmpty() ? line : line + pen.plain(QLatin1Char(' ') + inParentheses(reason));
}

/// Nodes of an order around one of them, which is bold where `marked`.
QString orderText(const GraphContent& content, const std::vector<NodeId>& order, std::size_t present,
                  bool marked, const QLocale& locale, const Pen& pen)
{
    if (order.empty())
        return {};
    const auto title = [&](std::size_t i) { return shortTitle(content.named, order[i], locale); };
    std::size_t first = present;
    std::size_t last = present;
    const QString here = title(present);
    QString text = marked ? pen.bold(here) : pen.plain(here);
    qsizetype room = longestOrder - here.size();
    bool before = true;
    bool after = true;
    while (before || after) {
        after = after && last + 1 < order.size();
        if (after) {
            const QString next = title(last + 1);
            after = next.size() + 2 <= room;
            if (after) {
                text += QStringLiteral(", ") + pen.plain(next);
                room -= next.size() + 2;
                ++last;
            }
        }
        before = before && first > 0;
        if (before) {
            const QString next = title(first - 1);
            before = next.size() + 2 <= room;
            if (before) {
                text = pen.plain(next) + QStringLiteral(", ") + text;
                room -= next.size() + 2;
                --first;
            }
        }
    }
    if (first > 0)
        text = ellipsis + QStringLiteral(", ") + text;
    if (last + 1 < order.size())
        text += QStringLiteral(", ") + ellipsis;
    return text;
}

} // namespace

QString shortTitle(const scalar::NamedGraph& named, NodeId node, const QLocale& locale)
{
    const QString title = nodeTitle(named, node, locale);
    if (title.size() <= longestTitle)
        return title;
    return title.left(longestTitle / 2) + ellipsis + title.right(longestTitle / 2 - 1);
}

QString variableTitle(const scalar::NamedGraph& named, NodeId node, const QLocale& locale)
{
    const QString title = shortTitle(named, node, locale);
    return isConstant(named, node) ? inParentheses(title) : title;
}

QString derivativeTitle(const scalar::NamedGraph& named, NodeId node, int slot, const QLocale& locale)
{
    const scalar::Node& each = named.graph.nodes[index(node)];
    if (slot < 0 || slot >= parentCount(each.op))
        return {};
    const QString text = QStringLiteral("∂%1/∂%2").arg(
        variableTitle(named, node, locale),
        variableTitle(named, each.parents[static_cast<std::size_t>(slot)], locale));
    if (each.parents[0] != each.parents[1])
        return text;
    return text + QLatin1Char(' ') + inParentheses(slot == 0 ? words("left") : words("right"));
}

QString derivativeReason(const scalar::NamedGraph& named, NodeId node, const QLocale& locale)
{
    const scalar::Node& each = named.graph.nodes[index(node)];
    if (each.op == Op::Leaf)
        return {};
    const double a = dataOf(named, each.parents[0]);
    const QString title = shortTitle(named, each.parents[0], locale);
    const auto clipped = [&](double limit) {
        return words("%1 is clipped to %2").arg(title, valueText(limit, locale));
    };
    switch (each.op) {
    case Op::Relu:
        return std::isnan(a) ? words("as %1 is no number").arg(title)
               : a > 0.0     ? words("as %1 > 0").arg(title)
                             : words("as %1 ≤ 0").arg(title);
    case Op::Sigmoid:
        return std::abs(a) > scalar::sigmoidLimit ? clipped(std::copysign(scalar::sigmoidLimit, a))
                                                  : QString();
    case Op::Exp:
        return std::abs(a) > scalar::expLimit ? clipped(std::copysign(scalar::expLimit, a)) : QString();
    case Op::Log:
        return a < scalar::logFloor ? clipped(scalar::logFloor) : QString();
    case Op::Max:
    case Op::Min:
        return scalar::isTie(named.graph, each) ? words("as %1 = %2, each has a half")
                                                      .arg(title, shortTitle(named, each.parents[1], locale))
                                                : QString();
    default:
        return {};
    }
}

QString localDerivativeText(const scalar::NamedGraph& named, NodeId node, int slot, const QLocale& locale)
{
    const scalar::Node& each = named.graph.nodes[index(node)];
    if (slot < 0 || slot >= parentCount(each.op))
        return {};
    const auto title = [&](std::size_t parent) {
        return asFactor(shortTitle(named, each.parents[parent], locale));
    };
    const QString self = shortTitle(named, node, locale);
    const QString one = valueText(1.0, locale);
    const QString zero = valueText(0.0, locale);
    switch (each.op) {
    case Op::Leaf:
        return {};
    case Op::Add:
        return one;
    case Op::Subtract:
        return slot == 0 ? one : minus + one;
    case Op::Multiply:
        return shortTitle(named, each.parents[slot == 0 ? 1 : 0], locale);
    case Op::Divide:
        return (slot == 0 ? one : minus + self) + QStringLiteral(" / ") + title(1);
    case Op::Negate:
        return minus + one;
    case Op::Power: {
        if (each.exponent == 0.0)
            return zero;
        const QString factor = valueText(each.exponent, locale);
        if (each.exponent == 1.0)
            return factor;
        const QString times = factor + QStringLiteral(" · ");
        return each.exponent == 2.0 ? times + title(0)
                                    : times + powerText(title(0), each.exponent - 1.0, locale);
    }
    case Op::Relu:
        return dataOf(named, each.parents[0]) > 0.0 ? one : zero;
    case Op::Sigmoid:
        return self + QStringLiteral(" · (") + one + QStringLiteral(" − ") + self + QLatin1Char(')');
    case Op::Tanh:
        return one + QStringLiteral(" − ") + self + QStringLiteral("²");
    case Op::Exp:
        return self;
    case Op::Log:
        return one + QStringLiteral(" / ") +
               (dataOf(named, each.parents[0]) < scalar::logFloor ? valueText(scalar::logFloor, locale)
                                                                  : title(0));
    case Op::Sin:
        return QStringLiteral("cos") + inParentheses(shortTitle(named, each.parents[0], locale));
    case Op::Cos:
        return minus + QStringLiteral("sin") + inParentheses(shortTitle(named, each.parents[0], locale));
    case Op::Erf:
        return QStringLiteral("2 / sqrt(pi) · exp(") + minus + title(0) +
               QStringLiteral("²)"); // not by %2, which ² would join
    case Op::Max:
    case Op::Min:
        return valueText(localDerivatives(named.graph, node)[static_cast<std::size_t>(slot)], locale);
    case Op::VariablePower: {
        const QString base = title(0);
        return slot == 0 ? title(1) + QStringLiteral(" · ") + base + QStringLiteral("^(") + title(1) +
                               QStringLiteral(" − ") + one + QLatin1Char(')')
                         : self + QStringLiteral(" · log") + inParentheses(base);
    }
    }
    return {};
}

QString chainRuleText(const GraphContent& content, const QLocale& locale, bool rich)
{
    const scalar::Walk& walk = content.walk;
    const Pen pen{rich};
    if (walk.root == scalar::noNode)
        return {};
    if (walk.position.live) {
        const double value = dataOf(content.named, walk.root);
        const QString root = pen.plain(shortTitle(content.named, walk.root, locale)) + QStringLiteral(" = ") +
                             pen.bold(valueText(value, locale));
        return words("%1. Step backward to see how each gradient comes about.").arg(root);
    }
    if (walk.visit)
        return visitText(content, *walk.visit, locale, pen);
    if (const NodeId current = currentNode(walk); current != scalar::noNode)
        return computedText(content, current, locale, pen);
    if (walk.position.computed == 0 && !walk.forwardOrder.empty())
        return words("Only the leaves have values. Step forward to compute the first node.");
    return words("All gradients are 0. Step backward to begin at %1.")
        .arg(pen.plain(shortTitle(content.named, walk.root, locale)));
}

QString walkText(const GraphContent& content, const QLocale& locale, bool rich)
{
    const scalar::Walk& walk = content.walk;
    const scalar::WalkPosition& position = walk.position;
    const Pen pen{rich};
    if (walk.root == scalar::noNode)
        return {};
    const auto number = [&](std::size_t count) { return locale.toString(static_cast<qulonglong>(count)); };
    const bool forward =
        !position.live && position.visited == 0 && position.computed < walk.forwardOrder.size();
    const bool lastForward =
        !forward && !position.live && position.visited == 0 && currentNode(walk) != scalar::noNode;
    const bool onForward = forward || lastForward;
    const std::size_t taken = onForward ? position.computed : position.live ? 0 : position.visited;

    QString where;
    if (position.live)
        where = words("live");
    else if (onForward)
        where = position.computed == 0
                    ? words("start")
                    : words("forward, step %1 of %2")
                          .arg(number(position.computed), number(walk.forwardOrder.size()));
    else if (position.visited == 0)
        where = words("gradients zeroed");
    else if (position.passes == 0)
        where =
            words("backward, step %1 of %2").arg(number(position.visited), number(walk.backwardOrder.size()));
    else
        where = words("backward, pass %1, step %2 of %3")
                    .arg(number(static_cast<std::size_t>(position.passes) + 1), number(position.visited),
                         number(walk.backwardOrder.size()));
    const std::vector<NodeId>& order = onForward ? walk.forwardOrder : walk.backwardOrder;
    const QString nodes = orderText(content, order, taken > 0 ? taken - 1 : 0, taken > 0, locale, pen);
    const QString text =
        onForward ? words("%1 — topological order: %2") : words("%1 — reverse topological order: %2");
    return text.arg(where, nodes);
}

} // namespace chainrule
