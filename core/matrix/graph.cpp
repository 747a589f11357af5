// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/graph.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule::matrix {

std::string_view opName(Op op)
{
    switch (op) {
    case Op::Leaf:
        return "leaf";
    case Op::Matmul:
        return "@";
    case Op::Add:
        return "+";
    case Op::Multiply:
        return "*";
    case Op::Activation:
        return "activation";
    case Op::Softmax:
        return "softmax";
    case Op::CrossEntropy:
        return "cross entropy";
    case Op::MeanLoss:
        return "mean loss";
    }
    return "";
}

template <typename T>
Graph<T> makeGraph(Eigen::Index capacity)
{
    assert(capacity > 0);
    Graph<T> graph;
    graph.capacity = capacity;
    graph.samples = capacity;
    return graph;
}

namespace {

template <typename T>
Eigen::Index usedColumns(const Graph<T>& graph, const Node<T>& node)
{
    return node.perSample ? graph.samples : node.columns;
}

template <typename T>
T* allocate(Graph<T>& graph, Eigen::Index rows, Eigen::Index columns)
{
    // Moving a buffer keeps its memory in place, so the vector of buffers may grow under the nodes.
    graph.buffers.emplace_back(static_cast<std::size_t>(rows * columns), T(0));
    return graph.buffers.back().data();
}

template <typename T>
NodeId append(Graph<T>& graph, Node<T> node, bool wantGradient)
{
    if (!node.data)
        node.data = allocate(graph, node.rows, node.columns);
    if (wantGradient && !node.grad)
        node.grad = allocate(graph, node.rows, node.columns);
    graph.nodes.push_back(node);
    return NodeId(graph.nodes.size() - 1);
}

template <typename T>
const Node<T>& at(const Graph<T>& graph, NodeId id)
{
    assert(index(id) < graph.nodes.size());
    return graph.nodes[index(id)];
}

template <typename T>
MatrixView<T> dataOf(const Graph<T>& graph, const Node<T>& node)
{
    return {node.data, node.rows, usedColumns(graph, node)};
}

template <typename T>
MatrixView<T> gradOf(const Graph<T>& graph, const Node<T>& node)
{
    assert(node.grad);
    return {node.grad, node.rows, usedColumns(graph, node)};
}

// ---- forward ------------------------------------------------------------------------------------------

template <typename T>
void forwardAdd(MatrixView<T> out, MatrixView<T> a, MatrixView<T> b)
{
    const auto repeated = [&out](const MatrixView<T>& m) {
        return m.replicate(out.rows() / m.rows(), out.cols() / m.cols());
    };
    const bool sameA = a.rows() == out.rows() && a.cols() == out.cols();
    if (sameA && b.rows() == out.rows() && b.cols() == 1)
        out = a.colwise() + b.col(0); // a layer's bias
    else
        out = repeated(a) + repeated(b);
}

template <typename T>
void forwardSoftmax(MatrixView<T> out, MatrixView<T> a) // both (classes, samples)
{
    for (Eigen::Index s = 0; s < a.cols(); ++s) {
        out.col(s) = (a.col(s).array() - a.col(s).maxCoeff()).exp();
        out.col(s) /= out.col(s).sum();
    }
}

// -log softmax(z)[y] = log(sum exp(z - max)) - (z[y] - max)
template <typename T>
T crossEntropy(MatrixView<T> logits, MatrixView<T> targets) // both (classes, samples)
{
    T sum = T(0);
    for (Eigen::Index s = 0; s < logits.cols(); ++s) {
        const T maximum = logits.col(s).maxCoeff();
        const T logSum = std::log((logits.col(s).array() - maximum).exp().sum());
        sum += (targets.col(s).array() * (logSum - (logits.col(s).array() - maximum))).sum();
    }
    return sum;
}

template <typename T>
T meanLossOf(Loss loss, MatrixView<T> outputs, MatrixView<T> targets) // both (outputs, samples)
{
    double sum = 0.0;
    for (Eigen::Index s = 0; s < outputs.cols(); ++s)
        for (Eigen::Index i = 0; i < outputs.rows(); ++i)
            sum += lossPart(loss, outputs(i, s), targets(i, s)).value;
    return static_cast<T>(sum / static_cast<double>(outputs.rows()));
}

template <typename T>
void compute(Graph<T>& graph, NodeId id)
{
    const Node<T>& node = graph.nodes[index(id)];
    if (node.op == Op::Leaf)
        return;
    MatrixView<T> out = dataOf(graph, node);
    const Node<T>& first = at(graph, node.parents[0]);
    const MatrixView<T> a = dataOf(graph, first);
    switch (node.op) {
    case Op::Leaf:
        return;
    case Op::Matmul:
        out.noalias() = a * dataOf(graph, at(graph, node.parents[1]));
        return;
    case Op::Add:
        forwardAdd<T>(out, a, dataOf(graph, at(graph, node.parents[1])));
        return;
    case Op::Multiply:
        out = a.cwiseProduct(dataOf(graph, at(graph, node.parents[1])));
        return;
    case Op::Activation:
        out = a.unaryExpr([&](T z) { return activationFormula(node.activation, z).value; });
        return;
    case Op::Softmax:
        forwardSoftmax<T>(out, a);
        return;
    case Op::CrossEntropy:
        out(0, 0) = graph.lossScale * crossEntropy<T>(dataOf(graph, at(graph, first.parents[0])),
                                                      dataOf(graph, at(graph, node.parents[1])));
        return;
    case Op::MeanLoss:
        out(0, 0) = graph.lossScale * meanLossOf<T>(node.loss, a, dataOf(graph, at(graph, node.parents[1])));
        return;
    }
}

// ---- backward -----------------------------------------------------------------------------------------

template <typename T>
void backwardAdd(MatrixView<T> outGrad, MatrixView<T> grad) // grad += outGrad summed over the repetitions
{
    const bool sameRows = grad.rows() == outGrad.rows();
    const bool sameColumns = grad.cols() == outGrad.cols();
    if (sameRows && sameColumns)
        grad += outGrad;
    else if (sameRows)
        grad += outGrad.rowwise().sum();
    else if (sameColumns)
        grad += outGrad.colwise().sum();
    else
        grad(0, 0) += outGrad.sum();
}

template <typename T>
void propagate(Graph<T>& graph, const Node<T>& node)
{
    if (node.op == Op::Leaf)
        return;
    const MatrixView<T> out = dataOf(graph, node);
    const MatrixView<T> outGrad = gradOf(graph, node);
    const Node<T>& first = at(graph, node.parents[0]);
    switch (node.op) {
    case Op::Leaf:
        return;
    case Op::Matmul: {
        const Node<T>& second = at(graph, node.parents[1]);
        if (first.grad)
            gradOf(graph, first).noalias() += outGrad * dataOf(graph, second).transpose();
        if (second.grad)
            gradOf(graph, second).noalias() += dataOf(graph, first).transpose() * outGrad;
        return;
    }
    case Op::Add:
        for (const NodeId parent : node.parents) {
            if (at(graph, parent).grad)
                backwardAdd<T>(outGrad, gradOf(graph, at(graph, parent)));
        }
        return;
    case Op::Multiply: {
        const Node<T>& second = at(graph, node.parents[1]);
        if (first.grad)
            gradOf(graph, first) += outGrad.cwiseProduct(dataOf(graph, second));
        if (second.grad)
            gradOf(graph, second) += outGrad.cwiseProduct(dataOf(graph, first));
        return;
    }
    case Op::Activation:
        if (first.grad) {
            const auto derivative = [&](T z) { return activationFormula(node.activation, z).derivative; };
            gradOf(graph, first) += outGrad.cwiseProduct(dataOf(graph, first).unaryExpr(derivative));
        }
        return;
    case Op::Softmax:
        // The Jacobian of a column times its gradient: p * (g - p . g)
        if (first.grad) {
            MatrixView<T> grad = gradOf(graph, first);
            for (Eigen::Index s = 0; s < out.cols(); ++s) {
                const T mean = out.col(s).dot(outGrad.col(s));
                grad.col(s).array() += out.col(s).array() * (outGrad.col(s).array() - mean);
            }
        }
        return;
    case Op::CrossEntropy: {
        const Node<T>& logits = at(graph, first.parents[0]);
        if (logits.grad) {
            const T scale = graph.lossScale * outGrad(0, 0);
            gradOf(graph, logits) +=
                scale * (dataOf(graph, first) - dataOf(graph, at(graph, node.parents[1])));
        }
        return;
    }
    case Op::MeanLoss:
        if (first.grad) {
            const T scale = graph.lossScale * outGrad(0, 0) / static_cast<T>(first.rows);
            const auto derivative = [&](T output, T target) {
                return scale * static_cast<T>(lossPart(node.loss, output, target).derivative);
            };
            gradOf(graph, first) +=
                dataOf(graph, first).binaryExpr(dataOf(graph, at(graph, node.parents[1])), derivative);
        }
        return;
    }
}

template <typename T>
NodeId record(Graph<T>& graph, Node<T> node, NodeId a, NodeId b, Eigen::Index rows, Eigen::Index columns)
{
    const Op op = node.op;
    node.parents = {a, b};
    node.rows = rows;
    node.columns = columns;
    const bool second = b != noNode;
    const bool scalar = op == Op::CrossEntropy || op == Op::MeanLoss;
    node.perSample = !scalar && (at(graph, a).perSample || (second && at(graph, b).perSample));
    const bool wantGradient = at(graph, a).grad || (second && at(graph, b).grad) ||
                              (op == Op::CrossEntropy && at(graph, at(graph, a).parents[0]).grad);
    const NodeId id = append(graph, node, wantGradient);
    compute(graph, id);
    return id;
}

template <typename T>
Node<T> nodeOf(Op op)
{
    Node<T> node;
    node.op = op;
    return node;
}

} // namespace

template <typename T>
MatrixView<T> value(const Graph<T>& graph, NodeId node)
{
    return dataOf(graph, at(graph, node));
}

template <typename T>
MatrixView<T> gradient(const Graph<T>& graph, NodeId node)
{
    return gradOf(graph, at(graph, node));
}

template <typename T>
NodeId createValue(Graph<T>& graph, const Matrix<T>& data)
{
    Node<T> node;
    node.rows = data.rows();
    node.columns = data.cols();
    const NodeId id = append(graph, node, true);
    value(graph, id) = data;
    return id;
}

template <typename T>
NodeId createView(Graph<T>& graph, T* data, T* grad, Eigen::Index rows, Eigen::Index columns)
{
    assert(data);
    Node<T> node;
    node.data = data;
    node.grad = grad;
    node.rows = rows;
    node.columns = columns;
    return append(graph, node, false);
}

template <typename T>
NodeId createSamples(Graph<T>& graph, Eigen::Index rows, bool wantGradient)
{
    Node<T> node;
    node.rows = rows;
    node.columns = graph.capacity;
    node.perSample = true;
    return append(graph, node, wantGradient);
}

template <typename T>
NodeId matmul(Graph<T>& graph, NodeId a, NodeId b)
{
    assert(at(graph, a).columns == at(graph, b).rows && !at(graph, a).perSample);
    return record(graph, nodeOf<T>(Op::Matmul), a, b, at(graph, a).rows, at(graph, b).columns);
}

template <typename T>
NodeId add(Graph<T>& graph, NodeId a, NodeId b)
{
    const Node<T>& first = at(graph, a);
    const Node<T>& second = at(graph, b);
    const Eigen::Index rows = std::max(first.rows, second.rows);
    const Eigen::Index columns = std::max(first.columns, second.columns);
    assert((first.rows == rows || first.rows == 1) && (second.rows == rows || second.rows == 1));
    assert((first.columns == columns || first.columns == 1) &&
           (second.columns == columns || second.columns == 1));
    return record(graph, nodeOf<T>(Op::Add), a, b, rows, columns);
}

template <typename T>
NodeId multiply(Graph<T>& graph, NodeId a, NodeId b)
{
    const Node<T>& first = at(graph, a);
    assert(first.rows == at(graph, b).rows && first.columns == at(graph, b).columns);
    return record(graph, nodeOf<T>(Op::Multiply), a, b, first.rows, first.columns);
}

template <typename T>
NodeId activate(Graph<T>& graph, Activation activation, NodeId a)
{
    if (activation == Activation::Softmax)
        return softmax(graph, a);
    if (activation == Activation::Linear)
        return a;
    Node<T> node = nodeOf<T>(Op::Activation);
    node.activation = activation;
    return record(graph, node, a, noNode, at(graph, a).rows, at(graph, a).columns);
}

template <typename T>
NodeId softmax(Graph<T>& graph, NodeId a)
{
    return record(graph, nodeOf<T>(Op::Softmax), a, noNode, at(graph, a).rows, at(graph, a).columns);
}

template <typename T>
NodeId crossEntropyLoss(Graph<T>& graph, NodeId probabilities, NodeId targets)
{
    assert(at(graph, probabilities).op == Op::Softmax && at(graph, targets).op == Op::Leaf);
    assert(at(graph, probabilities).rows == at(graph, targets).rows);
    return record(graph, nodeOf<T>(Op::CrossEntropy), probabilities, targets, 1, 1);
}

template <typename T>
NodeId meanLoss(Graph<T>& graph, Loss loss, NodeId outputs, NodeId targets)
{
    assert(lossRow(loss).meanOverOutputs && at(graph, targets).op == Op::Leaf);
    assert(at(graph, outputs).rows == at(graph, targets).rows);
    Node<T> node = nodeOf<T>(Op::MeanLoss);
    node.loss = loss;
    return record(graph, node, outputs, targets, 1, 1);
}

template <typename T>
void replay(Graph<T>& graph)
{
    assert(graph.samples > 0 && graph.samples <= graph.capacity);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        compute(graph, NodeId(i));
}

template <typename T>
void backward(Graph<T>& graph, NodeId root)
{
    std::vector<std::uint8_t>& reached = graph.reached;
    reached.assign(index(root) + 1, 0);
    reached[index(root)] = 1;
    gradient(graph, root).setOnes();
    for (std::size_t i = index(root) + 1; i-- > 0;) {
        const Node<T>& node = graph.nodes[i];
        if (!reached[i] || !node.grad)
            continue;
        if (node.op == Op::CrossEntropy) {
            reached[index(at(graph, node.parents[0]).parents[0])] = 1;
        } else {
            for (const NodeId parent : node.parents) {
                if (parent != noNode)
                    reached[index(parent)] = 1;
            }
        }
        propagate(graph, node);
    }
}

template <typename T>
void zeroGradients(Graph<T>& graph)
{
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (graph.nodes[i].grad)
            gradient(graph, NodeId(i)).setZero();
    }
}

#define CHAINRULE_INSTANTIATE(T)                                                                             \
    template Graph<T> makeGraph(Eigen::Index);                                                               \
    template MatrixView<T> value(const Graph<T>&, NodeId);                                                   \
    template MatrixView<T> gradient(const Graph<T>&, NodeId);                                                \
    template NodeId createValue(Graph<T>&, const Matrix<T>&);                                                \
    template NodeId createView(Graph<T>&, T*, T*, Eigen::Index, Eigen::Index);                               \
    template NodeId createSamples(Graph<T>&, Eigen::Index, bool);                                            \
    template NodeId matmul(Graph<T>&, NodeId, NodeId);                                                       \
    template NodeId add(Graph<T>&, NodeId, NodeId);                                                          \
    template NodeId multiply(Graph<T>&, NodeId, NodeId);                                                     \
    template NodeId activate(Graph<T>&, Activation, NodeId);                                                 \
    template NodeId meanLoss(Graph<T>&, Loss, NodeId, NodeId);                                               \
    template NodeId softmax(Graph<T>&, NodeId);                                                              \
    template NodeId crossEntropyLoss(Graph<T>&, NodeId, NodeId);                                             \
    template void replay(Graph<T>&);                                                                         \
    template void backward(Graph<T>&, NodeId);                                                               \
    template void zeroGradients(Graph<T>&);

CHAINRULE_INSTANTIATE(float)
CHAINRULE_INSTANTIATE(double)
#undef CHAINRULE_INSTANTIATE

} // namespace chainrule::matrix
