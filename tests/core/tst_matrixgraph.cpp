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

/// An operation, and which one where it is one of several.
struct Tested {
    Op op = Op::Leaf;
    Activation activation = Activation::Linear;
    Loss loss = Loss::CrossEntropy;
};

std::string nameOf(const Tested& tested)
{
    return std::string(matrix::opName(tested.op)) + " " + std::string(activationName(tested.activation)) +
           " " + std::string(lossName(tested.loss));
}

std::vector<Tested> allTested()
{
    std::vector<Tested> all;
    for (const Op op : matrix::allOps) {
        if (op == Op::Activation) {
            for (const ActivationRow& row : activationTable) {
                if (row.activation != Activation::Softmax && row.activation != Activation::Linear)
                    all.push_back({op, row.activation});
            }
        } else if (op == Op::MeanLoss) {
            for (const LossRow& row : lossTable) {
                if (row.loss != Loss::CrossEntropy)
                    all.push_back({op, Activation::Linear, row.loss});
            }
        } else {
            all.push_back({op});
        }
    }
    return all;
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
    case Op::Multiply:
        return {{make(3, 4), make(3, 4)}, {make(1, 1), make(1, 1)}};
    case Op::Activation:
        return {{make(9, 7), {}}, {make(1, 1), {}}, {2.5 * make(4, 3), {}}};
    case Op::Softmax:
        return {{make(5, 3), {}}, {make(1, 4), {}}, {3.0 * make(10, 2), {}}};
    case Op::CrossEntropy: {
        Matrix<double> targets = Matrix<double>::Zero(4, 3);
        targets(0, 0) = targets(3, 1) = targets(2, 2) = 1.0;
        return {{make(4, 3), targets}};
    }
    case Op::MeanLoss: { // outputs that are probabilities, so that every loss can be taken of them
        Matrix<double> targets = Matrix<double>::Zero(4, 3);
        targets(0, 0) = targets(3, 1) = targets(2, 2) = 1.0;
        const Matrix<double> outputs = (make(4, 3).array() * 0.1 + 0.5).max(0.05).min(0.95);
        return {{outputs, targets}};
    }
    }
    return {};
}

/// The node; for the cross-entropy a holds logits.
template <typename T>
std::optional<NodeId> apply(matrix::Graph<T>& graph, const Tested& tested, NodeId a, NodeId b)
{
    switch (tested.op) {
    case Op::Leaf:
        return a;
    case Op::Matmul:
        return matrix::matmul(graph, a, b);
    case Op::Add:
        return matrix::add(graph, a, b);
    case Op::Multiply:
        return matrix::multiply(graph, a, b);
    case Op::Activation:
        return matrix::activate(graph, tested.activation, a);
    case Op::Softmax:
        return matrix::softmax(graph, a);
    case Op::CrossEntropy:
        return matrix::crossEntropyLoss(graph, matrix::softmax(graph, a), b);
    case Op::MeanLoss:
        return matrix::meanLoss(graph, tested.loss, a, b);
    }
    return std::nullopt;
}

/// The operation in plain loops.
Matrix<double> expectedValue(const Tested& tested, const Operands& operands)
{
    const auto& [a, b] = operands;
    Matrix<double> out = a;
    switch (tested.op) {
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
    case Op::Multiply:
        for (Eigen::Index i = 0; i < a.size(); ++i)
            out.data()[i] = a.data()[i] * b.data()[i];
        return out;
    case Op::Activation:
    case Op::Softmax:
        for (Eigen::Index c = 0; c < a.cols(); ++c) {
            const std::vector<double> column(a.col(c).begin(), a.col(c).end());
            const Activation activation = tested.op == Op::Softmax ? Activation::Softmax : tested.activation;
            const auto result = plainActivation(activation, column);
            std::copy(result.begin(), result.end(), out.col(c).begin());
        }
        return out;
    case Op::CrossEntropy: {
        const Matrix<double> probabilities = expectedValue({Op::Softmax}, operands);
        out = Matrix<double>::Constant(1, 1, -(b.array() * probabilities.array().log()).sum());
        return out;
    }
    case Op::MeanLoss: {
        double sum = 0.0;
        for (Eigen::Index i = 0; i < a.size(); ++i) {
            const double output = a.data()[i];
            const double target = b.data()[i];
            sum += tested.loss == Loss::Squared
                       ? (output - target) * (output - target)
                       : -target * std::log(output) - (1.0 - target) * std::log(1.0 - output);
        }
        out = Matrix<double>::Constant(1, 1, sum / static_cast<double>(a.rows()));
        return out;
    }
    }
    return out;
}

/// The weighted sum of the results, a number to differentiate.
double objective(const Tested& tested, const Operands& operands, const Matrix<double>& weights)
{
    return (expectedValue(tested, operands).array() * weights.array()).sum();
}

template <typename T>
void checkOperation(const Tested& tested, const Operands& operands, double numericTolerance)
{
    Random random = makeRandom(22);
    matrix::Graph<T> graph = matrix::makeGraph<T>(1);
    const NodeId a = matrix::createValue<T>(graph, operands.a.cast<T>());
    const NodeId b = operands.b.size() > 0 ? matrix::createValue<T>(graph, operands.b.cast<T>()) : noNode;
    const NodeId node = apply(graph, tested, a, b).value();
    const Matrix<double> value = matrix::value(graph, node).template cast<double>();
    const Matrix<double> expected = expectedValue(tested, operands);
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
        if (second && (b == noNode || tested.op == Op::CrossEntropy ||
                       tested.op == Op::MeanLoss)) // no gradient is meant for the targets
            continue;
        const Matrix<double> gradient = matrix::gradient(graph, second ? b : a).template cast<double>();
        for (Eigen::Index i = 0; i < gradient.size(); ++i) {
            Operands moved = operands;
            double& entry = (second ? moved.b : moved.a).data()[i];
            const double at = entry;
            const double numeric = derivative(
                [&](double x) {
                    entry = x;
                    return objective(tested, moved, weights);
                },
                at, 1e-3 * std::max(0.05, std::abs(at)));
            VERIFY_AGREE(gradient.data()[i], numeric, numericTolerance, numericTolerance * 1e-1);
        }
    }
}

/// Gradient of a's only entry for the operation applied to x.
template <typename T>
std::pair<T, T> at(Activation activation, T x)
{
    matrix::Graph<T> graph = matrix::makeGraph<T>(1);
    const NodeId a = matrix::createValue<T>(graph, Matrix<T>::Constant(1, 1, x));
    const NodeId root = matrix::activate(graph, activation, a);
    matrix::backward(graph, root);
    return {matrix::value(graph, root)(0, 0), matrix::gradient(graph, a)(0, 0)};
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
    for (const Tested& tested : allTested()) {
        for (const Operands& operands : operandsOf(tested.op)) {
            checkOperation<double>(tested, operands, 1e-6);
            if (QTest::currentTestFailed())
                QFAIL(nameOf(tested).c_str());
        }
    }
}

void TestMatrixGraph::operationsInFloat()
{
    for (const Tested& tested : allTested()) {
        for (Operands operands : operandsOf(tested.op)) {
            // What a float can hold, so that only the operation's own rounding is measured.
            operands.a = operands.a.cast<float>().cast<double>().eval();
            operands.b = operands.b.cast<float>().cast<double>().eval();
            checkOperation<float>(tested, operands, 1e-4);
            if (QTest::currentTestFailed())
                QFAIL(nameOf(tested).c_str());
        }
    }
}

void TestMatrixGraph::edges()
{
    QVERIFY(at(Activation::Relu, 0.0) == std::pair(0.0, 0.0));
    QVERIFY(at(Activation::Relu, 0.0f) == std::pair(0.0f, 0.0f));
    QVERIFY(at(Activation::Relu, -5.0) == std::pair(0.0, 0.0));
    QVERIFY(at(Activation::Relu, 1e-300) == std::pair(1e-300, 1.0));
    for (const double x : {1e3, 1e300}) {
        QVERIFY(at(Activation::Tanh, x) == std::pair(1.0, 0.0));
        QVERIFY(at(Activation::Tanh, -x) == std::pair(-1.0, 0.0));
        QVERIFY(at(Activation::Sigmoid, x) == std::pair(1.0, 0.0));
        QVERIFY(at(Activation::Sigmoid, -x).first >= 0.0 && at(Activation::Sigmoid, -x).first < 1e-200);
    }
    for (const float x : {1e3f, 1e38f}) {
        for (const float sign : {1.0f, -1.0f}) {
            const auto [t, dt] = at(Activation::Tanh, sign * x);
            QVERIFY(std::abs(t - sign) < 1e-6f && dt >= 0.0f && dt < 1e-6f);
            const auto [s, ds] = at(Activation::Sigmoid, sign * x);
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
            for (const ActivationRow& row : activationTable) {
                matrix::Graph<T> graph = matrix::makeGraph<T>(1);
                Matrix<T> values = Matrix<T>::Constant(11, 1, T(0.5));
                values(broken, 0) = nan;
                const NodeId a = matrix::createValue<T>(graph, values);
                const NodeId node = matrix::activate(graph, row.activation, a);
                QVERIFY2(std::isnan(matrix::value(graph, node)(broken, 0)), row.name.data());
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

QTEST_GUILESS_MAIN(TestMatrixGraph)
#include "tst_matrixgraph.moc"
