// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/gradientcheck.h"

#include "core/base/table.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace chainrule::scalar {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// What lies between the pieces on which an operation is smooth.
enum class Edge : std::uint8_t {
    None, ///< smooth everywhere, apart from the limits that its operand is clipped to
    Kink, ///< the derivative jumps
    Pole, ///< a value that is not finite, or the end of the domain
};

struct Smoothness {
    Op op;
    Edge edge = Edge::None;
    int (*piece)(const Operands&) = nullptr; ///< the number of the smooth piece, where there are several
};

/// -1, 0 or 1.
constexpr int signOf(double x)
{
    return x > 0.0 ? 1 : x < 0.0 ? -1 : 0;
}

/// Whether a^n is smooth for all a.
bool isPolynomial(double n)
{
    return n >= 0.0 && n == std::floor(n);
}

/// Where each operation is smooth, in the order of Op.
// clang-format off
constexpr auto smoothness = std::to_array<Smoothness>({
    {Op::Leaf},
    {Op::Add},
    {Op::Subtract},
    {Op::Multiply},
    {Op::Divide, Edge::Pole, [](const Operands& x) { return signOf(x.b); }},
    {Op::Negate},
    {Op::Power, Edge::Pole, [](const Operands& x) { return isPolynomial(x.n) ? 0 : signOf(x.a); }},
    {Op::Relu, Edge::Kink, [](const Operands& x) { return x.a > 0.0 ? 1 : 0; }},
    {Op::Sigmoid},
    {Op::Tanh},
    {Op::Exp},
    {Op::Log},
    {Op::Sin},
    {Op::Cos},
    {Op::Erf},
    {Op::Max, Edge::Kink, [](const Operands& x) { return signOf(x.a - x.b); }},
    {Op::Min, Edge::Kink, [](const Operands& x) { return signOf(x.a - x.b); }},
    {Op::VariablePower, Edge::Pole, [](const Operands& x) { return isPolynomial(x.b) ? 1 : signOf(x.a); }},
});
// clang-format on
static_assert(hasEachRow(smoothness, &Smoothness::op, operations[operationCount - 1].op));

const Smoothness& smoothnessOf(Op op)
{
    return smoothness[static_cast<std::size_t>(op)];
}

/// The smooth piece of its function that a node is on, for these values of its parents.
int pieceOf(const Node& node, double a, double b)
{
    const double taken = clipped(ruleOf(node.op), a);
    if (taken < a || taken > a)
        return taken < a ? 1 : -1;
    const auto piece = smoothnessOf(node.op).piece;
    return piece ? piece({.a = a, .b = b, .n = node.exponent}) : 0;
}

/// Whether the operation clips its operand.
bool isClip(Op op)
{
    const auto [lowest, highest] = ruleOf(op).limits;
    return lowest > -infinity || highest < infinity;
}

/// The part of a graph between a node whose value is varied and the root.
struct Way {
    const Graph& graph;
    std::vector<std::size_t> nodes; // those that depend on the varied one and that the root depends on
    std::vector<int> pieces;        // of each of these, at the original value
    std::vector<double> values;     // of all nodes up to the root
    std::size_t moved = 0;
    std::size_t root = 0;
};

struct Switches {
    bool kink = false;
    bool clip = false;
    bool pole = false;     // or the edge of a power's domain
    double coarsest = 0.0; // the largest value on the way, whose rounding error may reach the root
};

double parentValue(const Way& way, const Node& node, std::size_t i)
{
    return node.parents[i] == noNode ? 0.0 : way.values[index(node.parents[i])];
}

Way findWay(const Graph& graph, NodeId root, NodeId node)
{
    Way way{graph, {}, {}, {}, index(node), index(root)};
    const std::size_t count = way.root + 1;
    std::vector<std::uint8_t> needed(count, 0);
    needed[way.root] = 1;
    for (std::size_t i = count; i-- > way.moved;) {
        for (const NodeId parent : graph.nodes[i].parents) {
            if (needed[i] && parent != noNode)
                needed[index(parent)] = 1;
        }
    }
    std::vector<std::uint8_t> depends(count, 0);
    depends[way.moved] = 1;
    way.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        way.values.push_back(graph.nodes[i].data);
    for (std::size_t i = way.moved + 1; i < count; ++i) {
        const Node& each = graph.nodes[i];
        for (const NodeId parent : each.parents)
            depends[i] = depends[i] || (parent != noNode && depends[index(parent)]) ? 1 : 0;
        if (depends[i] && needed[i]) {
            way.nodes.push_back(i);
            way.pieces.push_back(pieceOf(each, parentValue(way, each, 0), parentValue(way, each, 1)));
        }
    }
    return way;
}

/// The root's value for this value of the varied node. Records in `switches` which nodes are on another
/// piece.
double evaluate(Way& way, double value, Switches& switches)
{
    way.values[way.moved] = value;
    for (std::size_t i = 0; i < way.nodes.size(); ++i) {
        const Node& node = way.graph.nodes[way.nodes[i]];
        const double a = parentValue(way, node, 0);
        const double b = parentValue(way, node, 1);
        const double computed = compute(node.op, a, b, node.exponent);
        way.values[way.nodes[i]] = computed;
        switches.coarsest = std::max(switches.coarsest, std::abs(computed));
        if (pieceOf(node, a, b) == way.pieces[i])
            continue;
        const Edge edge = smoothnessOf(node.op).edge;
        switches.kink = switches.kink || edge == Edge::Kink;
        switches.clip = switches.clip || isClip(node.op);
        switches.pole = switches.pole || edge == Edge::Pole;
    }
    return way.values[way.root];
}

struct Difference {
    double slope = 0.0;
    double largest = 0.0; // of the root's values
    double bend = 0.0;    // how much the mean of the values on both sides differs from that in the middle
    Switches switches;
};

Difference centralDifference(Way& way, double x, double atX, double step)
{
    Difference difference;
    const double above = evaluate(way, x + step, difference.switches);
    const double below = evaluate(way, x - step, difference.switches);
    difference.slope = (above - below) / ((x + step) - (x - step));
    difference.largest = std::max({std::abs(above), std::abs(below), std::abs(atX)});
    difference.bend = std::abs((above - atX) + (below - atX)) / 2.0;
    return difference;
}

/// A power of two near the largest useful step: sums with a power of two are rounded little.
double firstStep(double x)
{
    return std::exp2(std::floor(std::log2(std::max(std::abs(x), 1.0))) - 3.0);
}

constexpr int halvings = 60; // down to where a step hardly differs from the value's own rounding
constexpr std::size_t columns = 6;

} // namespace

bool hasKink(Op op)
{
    return smoothnessOf(op).edge == Edge::Kink;
}

void recompute(Graph& graph)
{
    for (Node& node : graph.nodes) {
        if (node.op == Op::Leaf)
            continue;
        const double a = graph.nodes[index(node.parents[0])].data;
        const double b = node.parents[1] == noNode ? 0.0 : graph.nodes[index(node.parents[1])].data;
        node.data = compute(node.op, a, b, node.exponent);
    }
}

std::string_view verdictName(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Agrees:
        return "agrees";
    case Verdict::Kink:
        return "kink";
    case Verdict::Clipped:
        return "clipped";
    case Verdict::Undefined:
        return "undefined";
    case Verdict::Drowned:
        return "drowned";
    case Verdict::Disagrees:
        return "disagrees";
    }
    return "";
}

NumericGradient numericGradient(const Graph& graph, NodeId root, NodeId node)
{
    assert(index(root) < graph.nodes.size() && index(node) < graph.nodes.size());
    NumericGradient result;
    if (node == root) {
        result.value = 1.0;
        return result;
    }
    if (index(node) > index(root))
        return result;
    Way way = findWay(graph, root, node);
    if (way.nodes.empty())
        return result; // the root does not depend on it

    const double x = graph.nodes[way.moved].data;
    const double atX = graph.nodes[way.root].data;
    const double largestFirst = firstStep(x);
    for (std::size_t i = 0; i < way.nodes.size(); ++i) {
        if (isClip(graph.nodes[way.nodes[i]].op) && way.pieces[i] != 0)
            result.clipped = true;
    }

    // Neville's tableau: row k begins with the difference of step k, and each further column removes one
    // more even power of the step from the error.
    std::array<double, columns> row{};
    std::array<double, columns> previous{};
    std::size_t rows = 0; // since the last step that could not be used
    double bestError = infinity;
    double bestStep = 0.0;
    double lastBend = infinity;
    double step = largestFirst;
    for (int k = 0; k < halvings && x + step != x; ++k, step /= 2.0) {
        const Difference difference = centralDifference(way, x, atX, step);
        const Switches& switches = difference.switches;
        if (switches.kink || switches.clip || switches.pole || !std::isfinite(difference.slope)) {
            rows = 0;
            lastBend = infinity;
            continue;
        }
        // The bend of a smooth function is proportional to step^2. As long as it is not, differences may be
        // equal for another reason, as across a narrow valley; the bend then gives the error of the slope.
        const double rounding = epsilon * difference.largest;
        const bool rough =
            difference.bend > 0.6 * lastBend && difference.bend > 4.0 * epsilon * switches.coarsest;
        lastBend = difference.bend;
        if (rough) {
            const double error = difference.bend / step + std::abs(difference.slope - row[0]);
            if (rows > 0 && error < bestError) {
                bestError = error;
                bestStep = step;
                result.blur = epsilon * switches.coarsest / step;
                result.value = difference.slope;
            }
            rows = 0;
        }
        previous = row;
        row[0] = difference.slope;
        double factor = 1.0;
        for (std::size_t column = 1; column <= std::min(rows, columns - 1); ++column) {
            factor *= 4.0;
            row[column] = row[column - 1] + (row[column - 1] - previous[column - 1]) / (factor - 1.0);
            const double error = std::max(std::abs(row[column] - row[column - 1]),
                                          std::abs(row[column] - previous[column - 1])) +
                                 rounding / step;
            if (error < bestError) {
                bestError = error;
                bestStep = step;
                result.blur = epsilon * switches.coarsest / step;
                result.value = row[column];
            }
        }
        ++rows;
        // The rounding error grows as the step falls: a much later value that seems more exact is so by
        // chance.
        const double size = std::abs(result.value);
        if (rows >= columns &&
            (bestError <= 1e-12 * size || (bestError <= 1e-7 * size && step < bestStep / 50.0)))
            break;
    }

    if (std::isfinite(bestError)) {
        result.error = bestError;
        // Whether larger steps, which would have been more exact, were excluded.
        Switches beyond;
        static_cast<void>(evaluate(way, x + 4.0 * bestStep, beyond));
        static_cast<void>(evaluate(way, x - 4.0 * bestStep, beyond));
        result.kink = beyond.kink;
        result.nearClip = beyond.clip;
        return result;
    }
    // Every step leaves the piece that the value is on.
    const Difference across = centralDifference(way, x, atX, std::ldexp(largestFirst, -20));
    result.kink = across.switches.kink;
    result.clipped = result.clipped || across.switches.clip;
    const bool defined = (result.kink || result.clipped) && std::isfinite(across.slope);
    result.value = defined ? across.slope : std::numeric_limits<double>::quiet_NaN();
    result.error = infinity;
    return result;
}

GradientCheck checkGradient(const Graph& graph, NodeId root, NodeId node)
{
    const NumericGradient numeric = numericGradient(graph, root, node);
    const double gradient = graph.nodes[index(node)].grad;
    GradientCheck check;
    check.numeric = numeric.value;
    const double difference = std::abs(gradient - numeric.value);
    const double larger = std::max(std::abs(gradient), std::abs(numeric.value));
    check.relativeError = difference == 0.0 ? 0.0 : difference / larger;

    // The possible error of the numeric value. Where it is small in absolute terms, that suffices for a
    // gradient that is 0 apart from rounding.
    const double doubt = 10.0 * (numeric.error + numeric.blur);
    constexpr double negligible = 1e-8;
    if (!std::isfinite(gradient) || !std::isfinite(numeric.value) ||
        !std::isfinite(graph.nodes[index(root)].data))
        check.verdict = Verdict::Undefined;
    else if (numeric.kink && !std::isfinite(numeric.error))
        check.verdict = Verdict::Kink;
    else if (check.relativeError <= gradientTolerance)
        check.verdict = Verdict::Agrees;
    else if (numeric.clipped)
        check.verdict = Verdict::Clipped;
    else if (difference > doubt)
        check.verdict = Verdict::Disagrees;
    else if (doubt <= negligible)
        check.verdict = Verdict::Agrees;
    else
        check.verdict = numeric.kink ? Verdict::Kink : numeric.nearClip ? Verdict::Clipped : Verdict::Drowned;
    return check;
}

} // namespace chainrule::scalar
