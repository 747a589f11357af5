// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/activations.h"
#include "core/network/losses.h"

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The matrix engine's lesson: one node for every matrix operation, samples as columns. This one is to be
// read, and what is fast is held against it; a network is trained by core/matrix/fast. A graph is recorded
// once, with room for so many samples, and then replayed for each batch: nothing is allocated while it
// computes.
namespace chainrule::matrix {

enum class Op : std::uint8_t { Leaf, Matmul, Add, Multiply, Activation, Softmax, CrossEntropy, MeanLoss };

inline constexpr std::array allOps = {Op::Leaf,       Op::Matmul,  Op::Add,          Op::Multiply,
                                      Op::Activation, Op::Softmax, Op::CrossEntropy, Op::MeanLoss};

/// "leaf", "@", "+", "*", "activation", "softmax", "cross entropy", "mean loss".
[[nodiscard]] std::string_view opName(Op op);

enum class NodeId : std::uint32_t {};
inline constexpr NodeId noNode{0xffffffff};

[[nodiscard]] constexpr std::size_t index(NodeId id)
{
    return static_cast<std::size_t>(id);
}

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>; // column-major
template <typename T>
using MatrixView = Eigen::Map<Matrix<T>>;

/// Memory aligned for Eigen's widest loads.
template <typename T>
using Buffer = std::vector<T, Eigen::aligned_allocator<T>>;

template <typename T>
struct Node {
    T* data = nullptr; ///< (rows, columns), column after column
    T* grad = nullptr; ///< the same shape; null where no gradient is wanted
    Eigen::Index rows = 0;
    Eigen::Index columns = 0; ///< for a per-sample node: the graph's capacity
    std::array<NodeId, 2> parents{noNode, noNode};
    Op op = Op::Leaf;
    Activation activation = Activation::Linear; ///< of Op::Activation
    Loss loss = Loss::CrossEntropy;             ///< of Op::CrossEntropy and Op::MeanLoss
    bool perSample = false; ///< one column for each sample; only the graph's `samples` columns are in use
};

template <typename T>
struct Graph {
    std::vector<Node<T>> nodes;        ///< in the order of creation: parents come before children
    std::vector<Buffer<T>> buffers;    ///< what the nodes point into, unless it was lent by the caller
    Eigen::Index capacity = 0;         ///< the most samples that a batch can have
    Eigen::Index samples = 0;          ///< of the present batch, at most the capacity
    std::vector<std::uint8_t> reached; ///< scratch space of backward(): what the root depends on
    T lossScale = T(1);                ///< a loss is this times the sum over the samples: 1 / m for a mean
};

/// An empty graph for batches of up to `capacity` samples; `samples` starts at the capacity.
template <typename T>
[[nodiscard]] Graph<T> makeGraph(Eigen::Index capacity);

/// The used part of a node's values or gradients: (rows, columns), or (rows, samples) for per-sample nodes.
template <typename T>
[[nodiscard]] MatrixView<T> value(const Graph<T>& graph, NodeId node);
template <typename T>
[[nodiscard]] MatrixView<T> gradient(const Graph<T>& graph, NodeId node);

/// A leaf with a copy of `data`, its gradient 0.
template <typename T>
NodeId createValue(Graph<T>& graph, const Matrix<T>& data);

/// A leaf whose values and gradients (may be null: none wanted) lie in the caller's memory, which must
/// outlive the graph: (rows, columns), column after column.
template <typename T>
NodeId createView(Graph<T>& graph, T* data, T* grad, Eigen::Index rows, Eigen::Index columns);

/// A leaf with a column for each sample, values 0, to be filled before each replay.
template <typename T>
NodeId createSamples(Graph<T>& graph, Eigen::Index rows, bool wantGradient = false);

/// a (r, k) times b (k, c).
template <typename T>
NodeId matmul(Graph<T>& graph, NodeId a, NodeId b);

/// a + b; where one has a single row or column it is repeated to the other's size, and its gradient is the
/// sum over the repetitions.
template <typename T>
NodeId add(Graph<T>& graph, NodeId a, NodeId b);

/// a times b, entry by entry; both have the same shape.
template <typename T>
NodeId multiply(Graph<T>& graph, NodeId a, NodeId b);

/// The activation of every entry: activationFormula(). Softmax is
/// softmax(), and linear is `a` itself.
template <typename T>
NodeId activate(Graph<T>& graph, Activation activation, NodeId a);

/// Softmax of each column, the column's maximum subtracted first.
template <typename T>
NodeId softmax(Graph<T>& graph, NodeId a);

/// lossScale * sum over the samples of -log(probability of the target class), in nats, shape (1, 1).
/// `probabilities` is a softmax node and `targets` a leaf of the same shape, one-hot columns. Fused: the
/// value is computed from the logits, so that a probability of 0 costs no infinity, and the gradient
/// (p - y) * lossScale goes straight to the logits, past the softmax node.
template <typename T>
NodeId crossEntropyLoss(Graph<T>& graph, NodeId probabilities, NodeId targets);

/// lossScale * sum over the samples of the mean over the outputs of lossPart(), shape (1, 1). `outputs` and
/// the leaf `targets` have the same shape; the loss is not cross-entropy.
template <typename T>
NodeId meanLoss(Graph<T>& graph, Loss loss, NodeId outputs, NodeId targets);

/// Computes every node anew, in order, from the leaves' present values and the present `samples`.
template <typename T>
void replay(Graph<T>& graph);

/// Sets the root's gradient to 1 and adds to the gradients of all that it depends on. Gradients accumulate.
template <typename T>
void backward(Graph<T>& graph, NodeId root);

/// Zeroes the gradients of every node, lent memory included.
template <typename T>
void zeroGradients(Graph<T>& graph);

} // namespace chainrule::matrix
