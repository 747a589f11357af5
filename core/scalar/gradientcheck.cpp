// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/gradientcheck.h"

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

/// On which smooth piece of its function a node is, for these values of its parents.
int piece(const Node& node, double a, double b)
{
    const Operation& operation = ruleOf(node.op);
    const double taken = clipped(operation, a);
    if (taken < a || taken > a)
        return taken < a ? 1 : -1;
    return operation.traits.piece ? operation.traits.piece({.a = a, .b = b, .n = node.exponent}) : 0;
}

bool isClip(Op op)
{
    const Traits& traits = ruleOf(op).traits;
    return traits.lowest > -infinity || traits.highest < infinity;
}

/// The part of a graph between a node that is moved and the root.
struct Way {
    const Graph& graph;
    std::vector<std::size_t> nodes; // those that depend on the moved one and that the root depends on
    std::vector<int> pieces;        // of each of these, at the unmoved value
    std::vector<double> values;     // of all nodes up to the root
    std::size_t moved = 0;
    std::size_t root = 0;
};

struct Switches {
    bool kink = false;
    bool clip = false;
    bool pole = false;     // or the edge of a power's domain
    double coarsest = 0.0; // the largest value on the way, whose rounding the root may inherit
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
            way.pieces.push_back(piece(each, parentValue(way, each, 0), parentValue(way, each, 1)));
        }
    }
    return way;
}

/// The root's value where the moved node has this one. Notes the pieces that were left on the way.
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
        if (piece(node, a, b) == way.pieces[i])
            continue;
        const Edge edge = ruleOf(node.op).traits.edge;
        switches.kink = switches.kink || edge == Edge::Kink;
        switches.clip = switches.clip || isClip(node.op);
        switches.pole = switches.pole || edge == Edge::Pole;
    }
    return way.values[way.root];
}

struct Difference {
    double slope = 0.0;
    double largest = 0.0; // of the root's values
    double bend = 0.0;    // by how much the mean of the values on both sides is off that in the middle
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

/// A power of two near the largest step that makes sense: sums with it round little.
double firstStep(double x)
{
    return std::exp2(std::floor(std::log2(std::max(std::abs(x), 1.0))) - 3.0);
}

constexpr int halvings = 60; // down to where a step hardly differs from the value's own rounding
constexpr std::size_t columns = 6;

} // namespace

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
        // A smooth function bends with step^2. Where it does not yet, differences may be equal for another
        // reason, as those across a narrow valley are; its sides' slopes then tell how little is known.
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
        // Rounding grows as the step falls, and what seems more exact much later is so by chance.
        const double size = std::abs(result.value);
        if (rows >= columns &&
            (bestError <= 1e-12 * size || (bestError <= 1e-7 * size && step < bestStep / 50.0)))
            break;
    }

    if (std::isfinite(bestError)) {
        result.error = bestError;
        // Whether larger steps, which would have been more exact, were cut off.
        Switches beyond;
        static_cast<void>(evaluate(way, x + 4.0 * bestStep, beyond));
        static_cast<void>(evaluate(way, x - 4.0 * bestStep, beyond));
        result.kink = beyond.kink;
        result.nearClip = beyond.clip;
        return result;
    }
    // No step stays on the piece that the value is on.
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

    // What the numeric value may be wrong by. Where that is small as such, it tells enough of a gradient that
    // is 0 but for rounding.
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
