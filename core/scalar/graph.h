// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The scalar engine: one Value node for every number, after the assignment "Multi-Layer Perceptrons from
// scratch". Plain data and free functions; creating a node records how it was computed, backward() walks
// the record in reverse and applies the chain rule.
namespace chainrule::scalar {

enum class Op : std::uint8_t {
    Leaf,
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    Power,
    Relu,
    Sigmoid,
    Tanh,
    Exp,
    Log,
};

/// Every operation; what holds for all of them is tested by walking this list.
inline constexpr std::array allOps = {Op::Leaf,  Op::Add,  Op::Subtract, Op::Multiply, Op::Divide, Op::Negate,
                                      Op::Power, Op::Relu, Op::Sigmoid,  Op::Tanh,     Op::Exp,    Op::Log};

/// How many parents a node of this operation has: 0, 1 or 2.
[[nodiscard]] int parentCount(Op op);

/// "leaf", "+", "-", "*", "/", "neg", "**", "relu", "sigmoid", "tanh", "exp", "log".
[[nodiscard]] std::string_view opName(Op op);

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
    std::vector<std::uint8_t> reached; ///< scratch space of backward(): the nodes that the root depends on
};

/// Limits inside which sigmoid and exp take their input, and the floor under log's, as in the assignment.
/// Their derivatives are the assignment's formulas at the clipped input, not 0: s (1 - s) with the clipped
/// sigmoid s, the clipped exponential itself, and 1 / 1e-10 below log's floor. So a saturated node still
/// passes a gradient of the right sign, and a wrong one for whoever expects the derivative of the clip.
inline constexpr double sigmoidLimit = 50.0;
inline constexpr double expLimit = 88.0;
inline constexpr double logFloor = 1e-10;

NodeId createValue(Graph& graph, double data);
NodeId add(Graph& graph, NodeId a, NodeId b);
NodeId subtract(Graph& graph, NodeId a, NodeId b);
NodeId multiply(Graph& graph, NodeId a, NodeId b);
/// sum + weight * input for each of them in turn: the nodes that multiply() and add() record one by one.
NodeId addProducts(Graph& graph, NodeId sum, std::span<const NodeId> weights, std::span<const NodeId> inputs);
NodeId divide(Graph& graph, NodeId a, NodeId b);
NodeId negate(Graph& graph, NodeId a);
NodeId power(Graph& graph, NodeId a, double exponent); ///< a ** n; for n = 0 the derivative is 0 everywhere
NodeId relu(Graph& graph, NodeId a);                   ///< derivative 0 at 0
NodeId sigmoid(Graph& graph, NodeId a);
NodeId tanh(Graph& graph, NodeId a);
NodeId exp(Graph& graph, NodeId a);
NodeId log(Graph& graph, NodeId a);

/// Softmax out of the operations above; the maximum that is subtracted first is a constant leaf, through
/// which no gradient flows on. `logits` is not empty. `maximumLeaf`, where given, receives that leaf.
[[nodiscard]] std::vector<NodeId> softmax(Graph& graph, std::span<const NodeId> logits,
                                          NodeId* maximumLeaf = nullptr);

/// The value that a node of this operation has for these parents' values; b is unused by unary operations.
[[nodiscard]] double compute(Op op, double a, double b, double exponent);

/// Whether the node's parent is beyond the limit that sigmoid, exp or log takes it to.
[[nodiscard]] bool isClipped(const Graph& graph, const Node& node);

/// d node / d parent for each parent, at the present values; 0 where there is no parent.
[[nodiscard]] std::array<double, 2> localDerivatives(const Graph& graph, NodeId node);

/// Adds grad * local derivative to the grad of each of the node's parents.
void propagate(Graph& graph, NodeId node);

/// Sets the root's grad to 1 and propagates from every node that the root depends on, in reverse order of
/// creation. Gradients accumulate, those of inner nodes too, which push all that they hold further down:
/// whoever wants fresh ones calls zeroGradients() before. No recursion; linear in the number of nodes.
void backward(Graph& graph, NodeId root);

void zeroGradients(Graph& graph);
void zeroGradients(Graph& graph, std::span<const NodeId> nodes);

} // namespace chainrule::scalar
