// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/matrix/network.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;
using matrix::Matrix;
using matrix::NodeId;
using matrix::noNode;
using matrix::Op;

namespace {

template <typename T>
double tolerance() // relative, of values and gradients that took a few roundings
{
    return std::is_same_v<T, float> ? 2e-5 : 1e-12;
}

Matrix<double> randomMatrix(Eigen::Index rows, Eigen::Index columns, Random& random)
{
    Matrix<double> result(rows, columns);
    for (double& value : result.reshaped())
        value = normal(random);
    return result;
}

/// Operands of one operation; `b` is empty where there is no second.
struct Operands {
    Matrix<double> a;
    Matrix<double> b;
};

/// Shapes that show each way to use an operation; nothing for an operation without test data.
std::vector<Operands> operandsOf(Op op)
{
    Random random = makeRandom(21, static_cast<std::uint64_t>(op));
    const auto make = [&random](Eigen::Index rows, Eigen::Index columns) {
        return randomMatrix(rows, columns, random);
    };
    switch (op) {
    case Op::Leaf:
        return {{make(2, 3), {}}};
    case Op::Matmul:
        return {{make(3, 4), make(4, 5)}, {make(1, 6), make(6, 1)}, {make(5, 1), make(1, 3)}};
    case Op::Add:
        // The same shape, then what is repeated: columns, rows, both; on either side; each on one axis.
        return {{make(3, 4), make(3, 4)}, {make(3, 4), make(3, 1)}, {make(3, 1), make(3, 4)},
                {make(3, 4), make(1, 4)}, {make(1, 4), make(3, 4)}, {make(3, 4), make(1, 1)},
                {make(1, 1), make(3, 4)}, {make(3, 1), make(1, 4)}, {make(1, 4), make(3, 1)}};
    case Op::Relu:
    case Op::Sigmoid:
    case Op::Tanh:
        return {{make(9, 7), {}}, {make(1, 1), {}}, {2.5 * make(4, 3), {}}};
    case Op::Softmax:
        return {{make(5, 3), {}}, {make(1, 4), {}}, {3.0 * make(10, 2), {}}};
    case Op::CrossEntropy: {
        Matrix<double> targets = Matrix<double>::Zero(4, 3);
        targets(0, 0) = targets(3, 1) = targets(2, 2) = 1.0;
        return {{make(4, 3), targets}};
    }
    }
    return {};
}

/// The node; for the cross-entropy a holds logits.
template <typename T>
std::optional<NodeId> apply(matrix::Graph<T>& graph, Op op, NodeId a, NodeId b)
{
    switch (op) {
    case Op::Leaf:
        return a;
    case Op::Matmul:
        return matrix::matmul(graph, a, b);
    case Op::Add:
        return matrix::add(graph, a, b);
    case Op::Relu:
        return matrix::relu(graph, a);
    case Op::Sigmoid:
        return matrix::sigmoid(graph, a);
    case Op::Tanh:
        return matrix::tanh(graph, a);
    case Op::Softmax:
        return matrix::softmax(graph, a);
    case Op::CrossEntropy:
        return matrix::crossEntropyLoss(graph, matrix::softmax(graph, a), b);
    }
    return std::nullopt;
}

/// The operation in plain loops.
Matrix<double> expectedValue(Op op, const Operands& operands)
{
    const auto& [a, b] = operands;
    Matrix<double> out = a;
    switch (op) {
    case Op::Leaf:
        return out;
    case Op::Matmul:
        out = Matrix<double>::Zero(a.rows(), b.cols());
        for (Eigen::Index r = 0; r < a.rows(); ++r)
            for (Eigen::Index c = 0; c < b.cols(); ++c)
                for (Eigen::Index k = 0; k < a.cols(); ++k)
                    out(r, c) += a(r, k) * b(k, c);
        return out;
    case Op::Add:
        out.resize(std::max(a.rows(), b.rows()), std::max(a.cols(), b.cols()));
        for (Eigen::Index r = 0; r < out.rows(); ++r)
            for (Eigen::Index c = 0; c < out.cols(); ++c)
                out(r, c) = a(a.rows() == 1 ? 0 : r, a.cols() == 1 ? 0 : c) +
                            b(b.rows() == 1 ? 0 : r, b.cols() == 1 ? 0 : c);
        return out;
    case Op::Relu:
    case Op::Sigmoid:
    case Op::Tanh:
    case Op::Softmax:
        for (Eigen::Index c = 0; c < a.cols(); ++c) {
            const std::vector<double> column(a.col(c).begin(), a.col(c).end());
            const Activation activation = op == Op::Relu      ? Activation::Relu
                                          : op == Op::Sigmoid ? Activation::Sigmoid
                                          : op == Op::Tanh    ? Activation::Tanh
                                                              : Activation::Softmax;
            const auto result = plainActivation(activation, column);
            std::copy(result.begin(), result.end(), out.col(c).begin());
        }
        return out;
    case Op::CrossEntropy: {
        const Matrix<double> probabilities = expectedValue(Op::Softmax, operands);
        out = Matrix<double>::Constant(1, 1, -(b.array() * probabilities.array().log()).sum());
        return out;
    }
    }
    return out;
}

/// The weighted sum of the results, a number to differentiate.
double objective(Op op, const Operands& operands, const Matrix<double>& weights)
{
    return (expectedValue(op, operands).array() * weights.array()).sum();
}

template <typename T>
void checkOperation(Op op, const Operands& operands, double numericTolerance)
{
    Random random = makeRandom(22);
    matrix::Graph<T> graph = matrix::makeGraph<T>(1);
    const NodeId a = matrix::createValue<T>(graph, operands.a.cast<T>());
    const NodeId b = operands.b.size() > 0 ? matrix::createValue<T>(graph, operands.b.cast<T>()) : noNode;
    const NodeId node = apply(graph, op, a, b).value();
    const Matrix<double> value = matrix::value(graph, node).template cast<double>();
    const Matrix<double> expected = expectedValue(op, operands);
    QCOMPARE(value.rows(), expected.rows());
    QCOMPARE(value.cols(), expected.cols());
    for (Eigen::Index i = 0; i < value.size(); ++i)
        VERIFY_AGREE(value.data()[i], expected.data()[i], tolerance<T>(), tolerance<T>());

    // weights-left * node * weights-right, so that each entry gets an upstream gradient of its own.
    const Matrix<double> left = randomMatrix(1, expected.rows(), random).cast<T>().template cast<double>();
    const Matrix<double> right = randomMatrix(expected.cols(), 1, random).cast<T>().template cast<double>();
    const NodeId root =
        matrix::matmul(graph, matrix::matmul(graph, matrix::createValue<T>(graph, left.cast<T>()), node),
                       matrix::createValue<T>(graph, right.cast<T>()));
    matrix::backward(graph, root);
    const Matrix<double> weights = left.transpose() * right.transpose();
    for (const bool second : {false, true}) {
        if (second && (b == noNode || op == Op::CrossEntropy)) // no gradient is meant for the targets
            continue;
        const Matrix<double> gradient = matrix::gradient(graph, second ? b : a).template cast<double>();
        for (Eigen::Index i = 0; i < gradient.size(); ++i) {
            Operands moved = operands;
            double& entry = (second ? moved.b : moved.a).data()[i];
            const double at = entry;
            const double numeric = derivative(
                [&](double x) {
                    entry = x;
                    return objective(op, moved, weights);
                },
                at, 1e-3 * std::max(0.05, std::abs(at)));
            VERIFY_AGREE(gradient.data()[i], numeric, numericTolerance, numericTolerance * 1e-1);
        }
    }
}

/// Gradient of a's only entry for the operation applied to x.
template <typename T>
std::pair<T, T> at(Op op, T x)
{
    matrix::Graph<T> graph = matrix::makeGraph<T>(1);
    const NodeId a = matrix::createValue<T>(graph, Matrix<T>::Constant(1, 1, x));
    const NodeId root = apply(graph, op, a, noNode).value();
    matrix::backward(graph, root);
    return {matrix::value(graph, root)(0, 0), matrix::gradient(graph, a)(0, 0)};
}

LayerStack stackWith(Activation activation)
{
    return {5, {{4, activation}, {3, activation}, {3, Activation::Softmax}}};
}

void addActivationRows()
{
    QTest::addColumn<int>("activation");
    for (const Activation activation : allActivations)
        QTest::newRow(std::string(activationName(activation)).c_str()) << static_cast<int>(activation);
}

struct Sample {
    std::vector<double> x;
    int target = 0;
};

/// Fills the batch and computes the mean loss of these samples and its gradients.
template <typename T>
double runBatch(matrix::Recording<T>& recording, const std::vector<Sample>& samples)
{
    auto& graph = recording.graph;
    graph.samples = static_cast<Eigen::Index>(samples.size());
    graph.lossScale = T(1) / static_cast<T>(samples.size());
    auto inputs = matrix::value(graph, recording.inputs);
    auto targets = matrix::value(graph, recording.targets);
    targets.setZero();
    for (std::size_t s = 0; s < samples.size(); ++s) {
        const auto column = static_cast<Eigen::Index>(s);
        for (std::size_t i = 0; i < samples[s].x.size(); ++i)
            inputs(static_cast<Eigen::Index>(i), column) = static_cast<T>(samples[s].x[i]);
        targets(samples[s].target, column) = T(1);
    }
    matrix::replay(graph);
    matrix::zeroGradients(graph);
    matrix::backward(graph, recording.loss);
    return static_cast<double>(matrix::value(graph, recording.loss)(0, 0));
}

std::vector<double> normals(std::size_t count, Random& random, double deviation = 1.0)
{
    std::vector<double> values(count);
    for (double& value : values)
        value = deviation * normal(random);
    return values;
}

/// Weights and biases small enough that no probability comes near the floor under the plain loss.
std::vector<double> randomValues(const LayerStack& stack, Random& random)
{
    return normals(static_cast<std::size_t>(parameterCount(stack)), random, 0.6);
}

std::vector<Sample> randomSamples(int count, Random& random)
{
    std::vector<Sample> samples;
    for (int i = 0; i < count; ++i)
        samples.push_back({normals(5, random), i % 3});
    return samples;
}

/// Loss and gradients of a network over the samples, in the layout of Network.
template <typename T>
struct Outcome {
    double loss = 0.0;
    std::vector<double> gradients;
};

template <typename T>
Outcome<T> run(const LayerStack& stack, const std::vector<double>& values, const std::vector<Sample>& samples,
               int capacity)
{
    auto parameters = matrix::toEngine<T>({stack, values});
    matrix::Buffer<T> gradients(parameters.size(), T(0));
    auto recording = matrix::recordNetwork<T>(stack, parameters.data(), gradients.data(), capacity);
    Outcome<T> outcome;
    outcome.loss = runBatch(recording, samples);
    outcome.gradients = matrix::fromEngine<T>(stack, gradients).values;
    return outcome;
}

} // namespace

class TestMatrixGraph : public QObject {
    Q_OBJECT

private slots:
    void everyOperationIsTested();
    void operationsInDouble();
    void operationsInFloat();
    void edges();
    void nanIsNotHidden();
    void softmaxOfExtremes();
    void softmaxGradientIsItsJacobian();
    void fusedLossGradient();
    void fusedLossOfAHopelessSample();
    void lossScaleScales();
    void aValueUsedTwice();
    void gradientsAccumulate();
    void aSecondRootDoesNotPushTheFirstsGradients();
    void lentMemoryIsUsed();
    void noGradientWhereNoneIsWanted();
    void aShortBatchEqualsAFullOne_data();
    void aShortBatchEqualsAFullOne();
    void replayAllocatesNothingNew();
    void parametersThereAndBack();
    void initializationHasItsDeviation();
    void networksMatchCentralDifferences_data();
    void networksMatchCentralDifferences();
    void networksMatchTheTextbook_data();
    void networksMatchTheTextbook();
};

void TestMatrixGraph::everyOperationIsTested()
{
    for (const Op op : matrix::allOps) {
        QVERIFY(!matrix::opName(op).empty());
        QVERIFY2(!operandsOf(op).empty(), std::string(matrix::opName(op)).c_str());
    }
    QCOMPARE(matrix::allOps.size(),
             static_cast<std::size_t>(*std::max_element(matrix::allOps.begin(), matrix::allOps.end())) + 1);
    QVERIFY2(matrix::opName(static_cast<Op>(matrix::allOps.size())).empty(),
             "an operation is missing in allOps");
}

void TestMatrixGraph::operationsInDouble()
{
    for (const Op op : matrix::allOps) {
        for (const Operands& operands : operandsOf(op)) {
            checkOperation<double>(op, operands, 1e-6);
            if (QTest::currentTestFailed())
                QFAIL(std::string(matrix::opName(op)).c_str());
        }
    }
}

void TestMatrixGraph::operationsInFloat()
{
    for (const Op op : matrix::allOps) {
        for (Operands operands : operandsOf(op)) {
            // What a float can hold, so that only the operation's own rounding is measured.
            operands.a = operands.a.cast<float>().cast<double>().eval();
            operands.b = operands.b.cast<float>().cast<double>().eval();
            checkOperation<float>(op, operands, 1e-4);
            if (QTest::currentTestFailed())
                QFAIL(std::string(matrix::opName(op)).c_str());
        }
    }
}

void TestMatrixGraph::edges()
{
    QVERIFY(at(Op::Relu, 0.0) == std::pair(0.0, 0.0));
    QVERIFY(at(Op::Relu, 0.0f) == std::pair(0.0f, 0.0f));
    QVERIFY(at(Op::Relu, -5.0) == std::pair(0.0, 0.0));
    QVERIFY(at(Op::Relu, 1e-300) == std::pair(1e-300, 1.0));
    for (const double x : {1e3, 1e300}) {
        QVERIFY(at(Op::Tanh, x) == std::pair(1.0, 0.0));
        QVERIFY(at(Op::Tanh, -x) == std::pair(-1.0, 0.0));
        QVERIFY(at(Op::Sigmoid, x) == std::pair(1.0, 0.0));
        QVERIFY(at(Op::Sigmoid, -x).first >= 0.0 && at(Op::Sigmoid, -x).first < 1e-200);
    }
    for (const float x : {1e3f, 1e38f}) {
        for (const float sign : {1.0f, -1.0f}) {
            const auto [t, dt] = at(Op::Tanh, sign * x);
            QVERIFY(std::abs(t - sign) < 1e-6f && dt >= 0.0f && dt < 1e-6f);
            const auto [s, ds] = at(Op::Sigmoid, sign * x);
            QVERIFY(std::abs(s - (sign > 0.0f ? 1.0f : 0.0f)) < 1e-6f && ds >= 0.0f && ds < 1e-6f);
        }
    }
}

void TestMatrixGraph::nanIsNotHidden()
{
    const auto check = [](auto nan) {
        using T = decltype(nan);
        // Wide enough for Eigen's packets and their remainder; only one entry is broken.
        for (Eigen::Index broken = 0; broken < 11; ++broken) {
            for (const Op op : {Op::Relu, Op::Sigmoid, Op::Tanh, Op::Softmax}) {
                matrix::Graph<T> graph = matrix::makeGraph<T>(1);
                Matrix<T> values = Matrix<T>::Constant(11, 1, T(0.5));
                values(broken, 0) = nan;
                const NodeId a = matrix::createValue<T>(graph, values);
                const NodeId node = apply(graph, op, a, noNode).value();
                QVERIFY2(std::isnan(matrix::value(graph, node)(broken, 0)),
                         std::string(matrix::opName(op)).c_str());
            }
        }
    };
    check(std::numeric_limits<double>::quiet_NaN());
    check(std::numeric_limits<float>::quiet_NaN());
}

void TestMatrixGraph::softmaxOfExtremes()
{
    const auto check = [](auto zero) {
        using T = decltype(zero);
        matrix::Graph<T> graph = matrix::makeGraph<T>(1);
        Matrix<T> logits(3, 2);
        logits << T(1e4), T(-1e4), T(-1e4), T(-1e4), T(1e4), T(-1e4);
        const NodeId a = matrix::createValue<T>(graph, logits);
        const NodeId node = matrix::softmax(graph, a);
        const auto p = matrix::value(graph, node);
        QCOMPARE(p(0, 0), T(0.5));
        QVERIFY(p(1, 0) >= zero && p(1, 0) < T(1e-30));
        QCOMPARE(p(2, 0), T(0.5));
        for (Eigen::Index i = 0; i < 3; ++i)
            QCOMPARE(p(i, 1), T(1) / T(3));
        matrix::backward(graph, node);
        QVERIFY(matrix::gradient(graph, a).allFinite());
    };
    check(0.0);
    check(0.0f);
}

void TestMatrixGraph::softmaxGradientIsItsJacobian()
{
    const std::vector<double> z = {0.3, 2.0, -1.1, 1.9};
    const auto p = plainSoftmax(z);
    for (Eigen::Index i = 0; i < 4; ++i) {
        matrix::Graph<double> graph = matrix::makeGraph<double>(1);
        const NodeId a = matrix::createValue<double>(graph, Eigen::Map<const Matrix<double>>(z.data(), 4, 1));
        Matrix<double> pick = Matrix<double>::Zero(1, 4);
        pick(0, i) = 1.0;
        const NodeId chosen = matrix::createValue(graph, pick);
        matrix::backward(graph, matrix::matmul(graph, chosen, matrix::softmax(graph, a)));
        for (Eigen::Index j = 0; j < 4; ++j) {
            const double expected =
                p[static_cast<std::size_t>(i)] * ((i == j ? 1.0 : 0.0) - p[static_cast<std::size_t>(j)]);
            VERIFY_AGREE(matrix::gradient(graph, a)(j, 0), expected, 1e-12, 1e-15);
        }
    }
}

void TestMatrixGraph::fusedLossGradient()
{
    Random random = makeRandom(23);
    constexpr int m = 6;
    const Matrix<double> logits = randomMatrix(4, m, random);
    Matrix<double> y = Matrix<double>::Zero(4, m);
    for (int s = 0; s < m; ++s)
        y((s * 3) % 4, s) = 1.0;
    matrix::Graph<double> graph = matrix::makeGraph<double>(m);
    graph.lossScale = 1.0 / m;
    const NodeId z = matrix::createValue(graph, logits);
    const NodeId p = matrix::softmax(graph, z);
    const NodeId loss = matrix::crossEntropyLoss(graph, p, matrix::createValue(graph, y));
    matrix::backward(graph, loss);
    double mean = 0.0;
    for (Eigen::Index s = 0; s < m; ++s) {
        const auto q = plainSoftmax({logits.col(s).begin(), logits.col(s).end()});
        for (Eigen::Index c = 0; c < 4; ++c) {
            const double probability = q[static_cast<std::size_t>(c)];
            mean -= y(c, s) * std::log(probability) / m;
            VERIFY_AGREE(matrix::gradient(graph, z)(c, s), (probability - y(c, s)) / m, 1e-12, 1e-16);
            QCOMPARE(matrix::gradient(graph, p)(c, s), 0.0); // past the softmax node
        }
    }
    VERIFY_AGREE(matrix::value(graph, loss)(0, 0), mean, 1e-13);
}

void TestMatrixGraph::fusedLossOfAHopelessSample()
{
    matrix::Graph<float> graph = matrix::makeGraph<float>(1);
    Matrix<float> logits(2, 1);
    logits << 5000.0f, 0.0f;
    Matrix<float> y(2, 1);
    y << 0.0f, 1.0f;
    const NodeId z = matrix::createValue(graph, logits);
    const NodeId loss =
        matrix::crossEntropyLoss(graph, matrix::softmax(graph, z), matrix::createValue(graph, y));
    matrix::backward(graph, loss);
    QCOMPARE(matrix::value(graph, loss)(0, 0), 5000.0f); // -log e^-5000
    QCOMPARE(matrix::gradient(graph, z)(0, 0), 1.0f);
    QCOMPARE(matrix::gradient(graph, z)(1, 0), -1.0f);
}

void TestMatrixGraph::lossScaleScales()
{
    Random random = makeRandom(24);
    const Matrix<double> logits = randomMatrix(3, 2, random);
    Matrix<double> y = Matrix<double>::Zero(3, 2);
    y(0, 0) = y(2, 1) = 1.0;
    matrix::Graph<double> graph = matrix::makeGraph<double>(2);
    const NodeId z = matrix::createValue(graph, logits);
    const NodeId loss =
        matrix::crossEntropyLoss(graph, matrix::softmax(graph, z), matrix::createValue(graph, y));
    matrix::backward(graph, loss);
    const double sum = matrix::value(graph, loss)(0, 0);
    const Matrix<double> gradient = matrix::gradient(graph, z);
    graph.lossScale = 0.25;
    matrix::replay(graph);
    matrix::zeroGradients(graph);
    matrix::backward(graph, loss);
    QCOMPARE(matrix::value(graph, loss)(0, 0), 0.25 * sum);
    QVERIFY(matrix::gradient(graph, z).isApprox(0.25 * gradient, 1e-14));
}

void TestMatrixGraph::aValueUsedTwice()
{
    matrix::Graph<double> graph = matrix::makeGraph<double>(1);
    const NodeId a = matrix::createValue<double>(graph, Matrix<double>::Constant(1, 1, 3.0));
    matrix::backward(graph, matrix::add(graph, a, a));
    QCOMPARE(matrix::gradient(graph, a)(0, 0), 2.0);
    matrix::zeroGradients(graph);
    matrix::backward(graph, matrix::matmul(graph, a, a));
    QCOMPARE(matrix::gradient(graph, a)(0, 0), 6.0);
}

void TestMatrixGraph::gradientsAccumulate()
{
    matrix::Graph<double> graph = matrix::makeGraph<double>(1);
    const NodeId a = matrix::createValue<double>(graph, Matrix<double>::Constant(1, 1, 3.0));
    const NodeId b = matrix::createValue<double>(graph, Matrix<double>::Constant(1, 1, 5.0));
    const NodeId root = matrix::matmul(graph, a, b);
    matrix::backward(graph, root);
    matrix::backward(graph, root);
    QCOMPARE(matrix::gradient(graph, root)(0, 0), 1.0);
    QCOMPARE(matrix::gradient(graph, a)(0, 0), 10.0);
    QCOMPARE(matrix::gradient(graph, b)(0, 0), 6.0);
    matrix::zeroGradients(graph);
    QCOMPARE(matrix::gradient(graph, a)(0, 0), 0.0);
}

void TestMatrixGraph::aSecondRootDoesNotPushTheFirstsGradients()
{
    matrix::Graph<double> graph = matrix::makeGraph<double>(1);
    const NodeId a = matrix::createValue<double>(graph, Matrix<double>::Constant(1, 1, 3.0));
    const NodeId first = matrix::matmul(graph, a, a); // d/da = 6
    const NodeId second = matrix::add(graph, a, a);   // d/da = 2
    matrix::backward(graph, first);
    matrix::backward(graph, second);
    QCOMPARE(matrix::gradient(graph, a)(0, 0), 8.0);
}

void TestMatrixGraph::lentMemoryIsUsed()
{
    std::vector<double> data = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}; // (2, 3), column after column
    std::vector<double> grad(6, 0.0);
    matrix::Graph<double> graph = matrix::makeGraph<double>(1);
    const NodeId a = matrix::createView(graph, data.data(), grad.data(), 2, 3);
    QCOMPARE(matrix::value(graph, a)(1, 0), 2.0);
    QCOMPARE(matrix::value(graph, a)(0, 2), 5.0);
    const NodeId ones = matrix::createValue<double>(graph, Matrix<double>::Ones(3, 1));
    const NodeId sums = matrix::matmul(graph, a, ones);
    data[0] = 10.0;
    matrix::replay(graph);
    QCOMPARE(matrix::value(graph, sums)(0, 0), 18.0);
    QCOMPARE(matrix::value(graph, sums)(1, 0), 12.0);
    matrix::backward(graph, sums);
    QVERIFY(grad == std::vector<double>(6, 1.0));
    matrix::zeroGradients(graph);
    QVERIFY(grad == std::vector<double>(6, 0.0));
}

void TestMatrixGraph::noGradientWhereNoneIsWanted()
{
    const LayerStack stack = stackWith(Activation::Relu);
    matrix::Buffer<float> parameters(static_cast<std::size_t>(parameterCount(stack)), 0.1f);
    const auto recording = matrix::recordNetwork<float>(stack, parameters.data(), nullptr, 4);
    for (const auto& node : recording.graph.nodes)
        QVERIFY(node.grad == nullptr);
    QCOMPARE(recording.layers.size(), stack.layers.size());
}

void TestMatrixGraph::aShortBatchEqualsAFullOne_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {1, 2, 5, 12, 13})
        QTest::addRow("%d of 13", size) << size;
}

void TestMatrixGraph::aShortBatchEqualsAFullOne()
{
    QFETCH(const int, size);
    for (const Activation activation : allActivations) {
        Random random = makeRandom(25);
        const LayerStack stack = stackWith(activation);
        const auto values = randomValues(stack, random);
        const auto all = randomSamples(13, random);
        const std::vector<Sample> some(all.begin(), all.begin() + size);

        auto parameters = matrix::toEngine<double>({stack, values});
        matrix::Buffer<double> gradients(parameters.size(), 0.0);
        auto recording = matrix::recordNetwork<double>(stack, parameters.data(), gradients.data(), 13);
        runBatch(recording, all); // leaves numbers in the columns that the short batch does not use
        const double loss = runBatch(recording, some);
        QCOMPARE(matrix::value(recording.graph, recording.probabilities).cols(), Eigen::Index(size));

        const auto exact = run<double>(stack, values, some, size);
        QVERIFY(loss == exact.loss);
        QVERIFY(largestDifference(matrix::fromEngine<double>(stack, gradients).values, exact.gradients) <
                1e-15);
    }
}

void TestMatrixGraph::replayAllocatesNothingNew()
{
    Random random = makeRandom(26);
    const LayerStack stack = stackWith(Activation::Tanh);
    auto parameters = matrix::toEngine<double>({stack, randomValues(stack, random)});
    matrix::Buffer<double> gradients(parameters.size(), 0.0);
    auto recording = matrix::recordNetwork<double>(stack, parameters.data(), gradients.data(), 8);
    const auto buffers = recording.graph.buffers.size();
    const auto nodes = recording.graph.nodes.size();
    const double* data = recording.graph.nodes.back().data;
    for (int i = 1; i <= 8; ++i)
        runBatch(recording, randomSamples(i, random));
    QCOMPARE(recording.graph.buffers.size(), buffers);
    QCOMPARE(recording.graph.nodes.size(), nodes);
    QVERIFY(recording.graph.nodes.back().data == data);
}

void TestMatrixGraph::parametersThereAndBack()
{
    const LayerStack stack{3, {{2, Activation::Relu}, {2, Activation::Softmax}}};
    const std::vector<double> values = {1, 2, 3, 4, 5, 6, 10, 20, 7, 8, 9, 11, 30, 40};
    const auto buffer = matrix::toEngine<float>({stack, values});
    // Weights column after column.
    QVERIFY((buffer == matrix::Buffer<float>{1, 4, 2, 5, 3, 6, 10, 20, 7, 9, 8, 11, 30, 40}));
    const Network back = matrix::fromEngine<float>(stack, buffer);
    QVERIFY(back.values == values);
    QCOMPARE(back.stack, stack);
}

void TestMatrixGraph::initializationHasItsDeviation()
{
    Random random = makeRandom(27);
    const LayerStack stack{300, {{200, Activation::Relu}, {50, Activation::Softmax}}};
    const Network parameters = matrix::initializeModel(stack, random);
    std::size_t offset = 0;
    std::size_t inputs = 300;
    for (const std::size_t units : {std::size_t(200), std::size_t(50)}) {
        double squares = 0.0;
        for (std::size_t i = 0; i < units * inputs; ++i)
            squares += parameters.parameters[offset + i] * parameters.parameters[offset + i];
        const auto count = static_cast<double>(units * inputs);
        const double variance = 2.0 / static_cast<double>(inputs + units);
        QVERIFY(std::abs(squares / count / variance - 1.0) < 5.0 * std::sqrt(2.0 / count));
        offset += units * inputs;
        for (std::size_t i = 0; i < units; ++i)
            QCOMPARE(parameters.parameters[offset + i], 0.0);
        offset += units;
        inputs = units;
    }
    QCOMPARE(parameters.parameters.size(), offset);
}

void TestMatrixGraph::networksMatchCentralDifferences_data()
{
    addActivationRows();
}

void TestMatrixGraph::networksMatchCentralDifferences()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    Random random = makeRandom(28);
    int networks = 0;
    for (int tries = 0; networks < 2 && tries < 5000; ++tries) {
        const auto values = randomValues(stack, random);
        const auto samples = randomSamples(4, random);
        if (distanceFromKinks(stack, values, {samples[0].x, samples[1].x, samples[2].x, samples[3].x}) < 0.05)
            continue;
        ++networks;
        const auto outcome = run<double>(stack, values, samples, 6);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto lossOf = [&](double value) {
                auto moved = values;
                moved[i] = value;
                return run<double>(stack, moved, samples, 6).loss;
            };
            VERIFY_AGREE(outcome.gradients[i], derivative(lossOf, values[i], 1e-3), 1e-6, 1e-9);
        }
    }
    QCOMPARE(networks, 2);
}

void TestMatrixGraph::networksMatchTheTextbook_data()
{
    addActivationRows();
}

void TestMatrixGraph::networksMatchTheTextbook()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    Random random = makeRandom(29);
    for (int repeat = 0; repeat < 20; ++repeat) {
        const auto values = randomValues(stack, random);
        const auto samples = randomSamples(9, random);
        std::vector<double> expected(values.size(), 0.0);
        double loss = 0.0;
        for (const Sample& sample : samples)
            loss += addPlainGradients(stack, values, sample.x, sample.target, 1.0 / 9.0, expected) / 9.0;
        const auto doubles = run<double>(stack, values, samples, 10);
        VERIFY_AGREE(doubles.loss, loss, 1e-12);
        const auto floats = run<float>(stack, values, samples, 10);
        VERIFY_AGREE(floats.loss, loss, 1e-5);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            VERIFY_AGREE(doubles.gradients[i], expected[i], 1e-10, 1e-13);
            VERIFY_AGREE(floats.gradients[i], expected[i], 1e-3, 1e-5);
        }
    }
}

QTEST_GUILESS_MAIN(TestMatrixGraph)
#include "tst_matrixgraph.moc"
