// SPDX-License-Identifier: GPL-3.0-or-later
//
// The scalar lesson: one Value node for every number, after the assignment "Multi-Layer Perceptrons from
// scratch". Creating a node records how it was computed; backward() walks the record in reverse and applies
// the chain rule. Nothing in here is optimized for speed: core/scalar/replay/schedule.h is the engine that
// trains, compiled from this file's table, with the same numbers to the last bit.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>
#include <vector>

namespace chainrule::scalar {

enum class Op : std::uint8_t {
    Leaf,
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    Power, ///< with a constant exponent
    Relu,
    Sigmoid,
    Tanh,
    Exp,
    Log,
    Sin,
    Cos,
    Erf,
    Max,
    Min,
    VariablePower, ///< a to the power of b, both of them nodes
};

/// Limits inside which sigmoid and exp take their input, and the floor under log's, as in the assignment.
/// Their derivatives are the assignment's formulas at the clipped input, not 0: s (1 - s) with the clipped
/// sigmoid s, the clipped exponential itself, and 1 / 1e-10 below log's floor. So a saturated node still
/// passes a gradient of the right sign. The clip's own derivative would be 0 there.
inline constexpr double sigmoidLimit = 50.0;
inline constexpr double expLimit = 88.0;
inline constexpr double logFloor = 1e-10;

/// What an operation computes with.
struct Operands {
    double a = 0.0;   ///< the first parent's value, clipped to the operation's limits
    double b = 0.0;   ///< the second parent's
    double n = 0.0;   ///< the constant exponent of Op::Power
    double out = 0.0; ///< the node's own value, for the derivatives only
};

/// d node / d a and d node / d b; 0 where there is no such parent.
struct Derivatives {
    double a = 0.0;
    double b = 0.0;
};

/// The limits that an operation clips its first operand to.
struct Limits {
    double lowest = -std::numeric_limits<double>::infinity();
    double highest = std::numeric_limits<double>::infinity();
};

struct Operation {
    Op op;
    std::string_view name;
    int parents;
    double (*value)(const Operands&);
    Derivatives (*derivatives)(const Operands&);
    Limits limits = {};
};

/// d max(a, b) / d a: 1 where a is the larger one, 0 where b is. Where both are equal there is no derivative,
/// and each is given a half, as by PyTorch's maximum().
[[nodiscard]] constexpr double shareOfMax(double a, double b)
{
    return a > b ? 1.0 : a < b ? 0.0 : 0.5;
}

/// d a^b / d b = a^b ln a. At a = 0, where the formula is 0 * -infinity, it is 0 for b >= 0, the derivative
/// for b > 0. Below 0 it is NaN, as there is no real logarithm; a^b itself is a number there for whole b.
[[nodiscard]] inline double derivativeByExponent(double a, double b, double power)
{
    return a == 0.0 && b >= 0.0 ? 0.0 : power * std::log(a);
}

/// n a^(n - 1). For n = 0 the derivative is 0 everywhere; the formula would be 0 * infinity at a = 0.
[[nodiscard]] inline double derivativeByBase(double a, double n)
{
    return n == 0.0 ? 0.0 : n * std::pow(a, n - 1.0);
}

/// Every operation's value and derivatives, in the order of Op. All that the program computes with nodes,
/// whether it records, walks, checks or replays them, is compiled from these lines.
// clang-format off
inline constexpr Operation operations[] = {
    {Op::Leaf, "leaf", 0,
     [](const Operands& x) { return x.a; },       [](const Operands&)   { return Derivatives{}; }},
    {Op::Add, "+", 2,
     [](const Operands& x) { return x.a + x.b; }, [](const Operands&)   { return Derivatives{1.0, 1.0}; }},
    {Op::Subtract, "-", 2,
     [](const Operands& x) { return x.a - x.b; }, [](const Operands&)   { return Derivatives{1.0, -1.0}; }},
    {Op::Multiply, "*", 2,
     [](const Operands& x) { return x.a * x.b; }, [](const Operands& x) { return Derivatives{x.b, x.a}; }},
    {Op::Divide, "/", 2,
     [](const Operands& x) { return x.a / x.b; },
     [](const Operands& x) { return Derivatives{1.0 / x.b, -x.out / x.b}; }},
    {Op::Negate, "neg", 1,
     [](const Operands& x) { return -x.a; },      [](const Operands&)   { return Derivatives{-1.0}; }},

    {Op::Power, "**", 1,
     [](const Operands& x) { return std::pow(x.a, x.n); },
     [](const Operands& x) { return Derivatives{derivativeByBase(x.a, x.n)}; }},

    // The value is written so that NaN comes through: a broken number must not look like an inactive unit.
    {Op::Relu, "relu", 1,
     [](const Operands& x) { return x.a <= 0.0 ? 0.0 : x.a; },
     [](const Operands& x) { return Derivatives{x.a > 0.0 ? 1.0 : 0.0}; }},

    {Op::Sigmoid, "sigmoid", 1,
     [](const Operands& x) { return 1.0 / (1.0 + std::exp(-x.a)); },
     [](const Operands& x) { return Derivatives{x.out * (1.0 - x.out)}; },
     {.lowest = -sigmoidLimit, .highest = sigmoidLimit}},
    {Op::Tanh, "tanh", 1,
     [](const Operands& x) { return std::tanh(x.a); },
     [](const Operands& x) { return Derivatives{1.0 - x.out * x.out}; }},
    {Op::Exp, "exp", 1,
     [](const Operands& x) { return std::exp(x.a); }, [](const Operands& x) { return Derivatives{x.out}; },
     {.lowest = -expLimit, .highest = expLimit}},
    {Op::Log, "log", 1,
     [](const Operands& x) { return std::log(x.a); }, [](const Operands& x) { return Derivatives{1.0 / x.a}; },
     {.lowest = logFloor}},
    {Op::Sin, "sin", 1,
     [](const Operands& x) { return std::sin(x.a); },
     [](const Operands& x) { return Derivatives{std::cos(x.a)}; }},
    {Op::Cos, "cos", 1,
     [](const Operands& x) { return std::cos(x.a); },
     [](const Operands& x) { return Derivatives{-std::sin(x.a)}; }},
    {Op::Erf, "erf", 1,
     [](const Operands& x) { return std::erf(x.a); },
     [](const Operands& x) { return Derivatives{2.0 * std::numbers::inv_sqrtpi * std::exp(-x.a * x.a)}; }},

    // A NaN on either side comes through.
    {Op::Max, "max", 2,
     [](const Operands& x) { return x.b > x.a || std::isnan(x.b) ? x.b : x.a; },
     [](const Operands& x) { return Derivatives{shareOfMax(x.a, x.b), shareOfMax(x.b, x.a)}; }},
    {Op::Min, "min", 2,
     [](const Operands& x) { return x.b < x.a || std::isnan(x.b) ? x.b : x.a; },
     [](const Operands& x) { return Derivatives{shareOfMax(x.b, x.a), shareOfMax(x.a, x.b)}; }},

    {Op::VariablePower, "pow", 2,
     [](const Operands& x) { return std::pow(x.a, x.b); },
     [](const Operands& x) {
         return Derivatives{derivativeByBase(x.a, x.b), derivativeByExponent(x.a, x.b, x.out)};
     }},
};
// clang-format on

inline constexpr std::size_t operationCount = std::size(operations);
static_assert(operationCount == static_cast<std::size_t>(Op::VariablePower) + 1,
              "each operation has one row");

/// An operation's row.
[[nodiscard]] constexpr const Operation& ruleOf(Op op)
{
    return operations[static_cast<std::size_t>(op)];
}
static_assert(std::ranges::all_of(operations, [](const Operation& row) { return &ruleOf(row.op) == &row; }),
              "the rows are in the order of Op");

/// Every operation.
inline constexpr std::array allOps = [] {
    std::array<Op, operationCount> all{};
    std::ranges::transform(operations, all.begin(), &Operation::op);
    return all;
}();

/// How many parents a node of this operation has: 0, 1 or 2.
[[nodiscard]] constexpr int parentCount(Op op)
{
    return ruleOf(op).parents;
}

/// "leaf", "+", "**", "relu": as in the table above.
[[nodiscard]] constexpr std::string_view opName(Op op)
{
    return ruleOf(op).name;
}

/// Index of a node in its graph.
enum class NodeId : std::uint32_t {};
inline constexpr NodeId noNode{0xffffffff};

[[nodiscard]] constexpr std::size_t index(NodeId id)
{
    return static_cast<std::size_t>(id);
}

struct Node {
    double data = 0.0;                             ///< computed when the node is created
    double grad = 0.0;                             ///< d root / d this, summed over all backward() calls
    double exponent = 0.0;                         ///< the constant n of Op::Power
    std::array<NodeId, 2> parents{noNode, noNode}; ///< what it was computed from
    Op op = Op::Leaf;
};

/// Nodes in the order of their creation, which is a topological order: parents come before children.
struct Graph {
    std::vector<Node> nodes;
};

/// The nearest number within the limits of the operation's first operand.
[[nodiscard]] constexpr double clipped(const Operation& operation, double a)
{
    const auto [lowest, highest] = operation.limits;
    return a < lowest ? lowest : a > highest ? highest : a;
}

/// The value that a node of this operation has for these parents' values; b is unused by unary operations.
[[nodiscard]] inline double compute(Op op, double a, double b, double exponent)
{
    const Operation& operation = ruleOf(op);
    return operation.value({.a = clipped(operation, a), .b = b, .n = exponent});
}

inline NodeId createValue(Graph& graph, double data)
{
    graph.nodes.emplace_back().data = data;
    return NodeId(graph.nodes.size() - 1);
}

/// Records a node of any operation but Leaf. `b` is noNode for an operation with one parent; `exponent` is
/// the constant of Op::Power.
inline NodeId record(Graph& graph, Op op, NodeId a, NodeId b = noNode, double exponent = 0.0)
{
    assert(index(a) < graph.nodes.size());
    assert(parentCount(op) == 2 ? index(b) < graph.nodes.size() : b == noNode);
    const double first = graph.nodes[index(a)].data;
    const double second = b == noNode ? 0.0 : graph.nodes[index(b)].data;
    graph.nodes.push_back({compute(op, first, second, exponent), 0.0, exponent, {a, b}, op});
    return NodeId(graph.nodes.size() - 1);
}

// clang-format off
inline NodeId add(Graph& graph, NodeId a, NodeId b)           { return record(graph, Op::Add, a, b); }
inline NodeId subtract(Graph& graph, NodeId a, NodeId b)      { return record(graph, Op::Subtract, a, b); }
inline NodeId multiply(Graph& graph, NodeId a, NodeId b)      { return record(graph, Op::Multiply, a, b); }
inline NodeId divide(Graph& graph, NodeId a, NodeId b)        { return record(graph, Op::Divide, a, b); }
inline NodeId negate(Graph& graph, NodeId a)                  { return record(graph, Op::Negate, a); }
inline NodeId power(Graph& graph, NodeId a, double exponent)  { return record(graph, Op::Power, a, noNode, exponent); }
inline NodeId relu(Graph& graph, NodeId a)                    { return record(graph, Op::Relu, a); }
inline NodeId sigmoid(Graph& graph, NodeId a)                 { return record(graph, Op::Sigmoid, a); }
inline NodeId tanh(Graph& graph, NodeId a)                    { return record(graph, Op::Tanh, a); }
inline NodeId exp(Graph& graph, NodeId a)                     { return record(graph, Op::Exp, a); }
inline NodeId log(Graph& graph, NodeId a)                     { return record(graph, Op::Log, a); }
inline NodeId sin(Graph& graph, NodeId a)                     { return record(graph, Op::Sin, a); }
inline NodeId cos(Graph& graph, NodeId a)                     { return record(graph, Op::Cos, a); }
inline NodeId erf(Graph& graph, NodeId a)                     { return record(graph, Op::Erf, a); }
inline NodeId max(Graph& graph, NodeId a, NodeId b)           { return record(graph, Op::Max, a, b); }
inline NodeId min(Graph& graph, NodeId a, NodeId b)           { return record(graph, Op::Min, a, b); }
inline NodeId power(Graph& graph, NodeId a, NodeId b)         { return record(graph, Op::VariablePower, a, b); }
// clang-format on

/// Softmax, composed of the operations above. The maximum that is subtracted first is a constant leaf, which
/// passes no gradient on. `logits` is not empty. `maximumLeaf`, where given, receives that leaf.
[[nodiscard]] std::vector<NodeId> softmax(Graph& graph, std::span<const NodeId> logits,
                                          NodeId* maximumLeaf = nullptr);

/// Whether the node's parent is beyond a limit that its operation clips it to.
[[nodiscard]] bool isClipped(const Graph& graph, const Node& node);

/// Whether the node is a max or min of two equal numbers, of which each is given half of its gradient.
[[nodiscard]] bool isTie(const Graph& graph, const Node& node);

/// d node / d parent for each parent, at the present values; 0 where there is no parent.
[[nodiscard]] std::array<double, 2> localDerivatives(const Graph& graph, NodeId node);

/// Adds grad * local derivative to the grad of each of the node's parents: the chain rule.
void propagate(Graph& graph, NodeId node);

/// Every node that the root depends on, the root included, in reverse order of creation: each one comes
/// before the nodes that it was computed from. No recursion; linear in the number of nodes.
[[nodiscard]] std::vector<NodeId> backwardOrder(const Graph& graph, NodeId root);

/// Sets the root's grad to 1, because d root / d root = 1, and propagates from every node in backwardOrder().
/// Gradients accumulate over several calls, in inner nodes too, which then pass on all that they hold: call
/// zeroGradients() first for the gradients of one root alone.
void backward(Graph& graph, NodeId root);

void zeroGradients(Graph& graph);
void zeroGradients(Graph& graph, std::span<const NodeId> nodes);

} // namespace chainrule::scalar
