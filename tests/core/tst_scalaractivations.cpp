// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/gradientcheck.h"
#include "core/scalar/network.h"
#include "tests/core/numeric.h"

#include <QtTest>

#include <cmath>
#include <vector>

using namespace chainrule;
using scalar::Graph;
using scalar::NodeId;

namespace {

/// An activation beside its formula in textbooks, and the derivative of that; at 0 they are PyTorch's.
struct Row {
    const char* name;
    NodeId (*record)(Graph&, NodeId);
    double (*value)(double);
    double (*derivative)(double);
};

double logistic(double x)
{
    return x > 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}

double normalDistribution(double x)
{
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

const Row rows[] = {
    {"leaky relu", scalar::leakyRelu, [](double x) { return x > 0.0 ? x : 0.01 * x; },
     [](double x) { return x > 0.0 ? 1.0 : 0.01; }},
    {"elu", scalar::elu, [](double x) { return x > 0.0 ? x : std::expm1(x); },
     [](double x) { return x > 0.0 ? 1.0 : std::exp(x); }},
    {"gelu", scalar::gelu, [](double x) { return x * normalDistribution(x); },
     [](double x) { return normalDistribution(x) + x * std::exp(-x * x / 2.0) / std::sqrt(2.0 * M_PI); }},
    {"silu", scalar::silu, [](double x) { return x * logistic(x); },
     [](double x) { return logistic(x) * (1.0 + x * (1.0 - logistic(x))); }},
    {"softplus", scalar::softplus,
     [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }, logistic},
};

struct At {
    double value = 0.0;
    double slope = 0.0;
    scalar::GradientCheck check;
};

At at(const Row& row, double x)
{
    Graph graph;
    const NodeId unit = scalar::createValue(graph, x);
    const NodeId root = row.record(graph, unit);
    scalar::backward(graph, root);
    return {graph.nodes[scalar::index(root)].data, graph.nodes[scalar::index(unit)].grad,
            scalar::checkGradient(graph, root, unit)};
}

std::vector<NodeId> leaves(Graph& graph, const std::vector<double>& values)
{
    std::vector<NodeId> nodes;
    for (const double value : values)
        nodes.push_back(scalar::createValue(graph, value));
    return nodes;
}

} // namespace

/// Activations and losses that are composed of the scalar engine's operations.
class TestScalarActivations : public QObject {
    Q_OBJECT

private slots:
    void valuesAndDerivatives()
    {
        for (const Row& row : rows) {
            for (const double x : {-40.0, -12.5, -6.0, -2.5, -0.75, -1e-3, 0.0, 1e-3, 0.5, 1.75, 7.0, 40.0}) {
                const At found = at(row, x);
                const QString where = QString("%1 at %2: ").arg(row.name).arg(x);
                QVERIFY2(tests::agree(found.value, row.value(x), 1e-12, 1e-15), qPrintable(where + "value"));
                QVERIFY2(tests::agree(found.slope, row.derivative(x), 1e-12, 1e-15),
                         qPrintable(where + QString::number(found.slope, 'g', 17)));
                const bool kink = found.check.verdict == scalar::Verdict::Kink;
                QVERIFY2(found.check.verdict == scalar::Verdict::Agrees || (kink && x == 0.0),
                         qPrintable(where + "numeric " + QString::number(found.check.numeric, 'g', 17)));
            }
        }
    }

    void valuesOfPyTorch()
    {
        // torch.nn.functional of PyTorch 1.13 in double precision, softplus with its threshold raised: value
        // and gradient at these places, in the order of the rows.
        constexpr double places[] = {-2.5, -0.75, 0.0, 0.5, 1.75};
        constexpr double expected[][5][2] = {
            {{-0.025000000000000001, 0.01}, {-0.0074999999999999997, 0.01}, {0, 0.01}, {0.5, 1}, {1.75, 1}},
            {{-0.91791500137610116, 0.0820849986238988},
             {-0.52763344725898531, 0.47236655274101469},
             {0, 1},
             {0.5, 1},
             {1.75, 1}},
            {{-0.015524163314440398, -0.037611085908145193},
             {-0.16997051428265111, 0.00077427826076481576},
             {0, 0.5},
             {0.34573123063700656, 0.86749512465616285},
             {1.6798964754883201, 1.1109261510825781}},
            {{-0.18964545005310887, -0.099401111341526835},
             {-0.24061597561845527, 0.15740005550324651},
             {0, 0.5},
             {0.3112296656009273, 0.73996118730265192},
             {1.4909174034445436, 1.0726789460449571}},
            {{0.078889734292549626, 0.07585818002124356},
             {0.38687100611489994, 0.32082130082460697},
             {0.69314718055994529, 0.5},
             {0.97407698418010669, 0.62245933120185459},
             {1.9102241504380872, 0.85195280196831058}},
        };
        static_assert(std::size(expected) == std::size(rows));
        for (std::size_t i = 0; i < std::size(rows); ++i) {
            for (std::size_t k = 0; k < std::size(places); ++k) {
                const At found = at(rows[i], places[k]);
                VERIFY_AGREE(found.value, expected[i][k][0], 1e-12, 0.0);
                VERIFY_AGREE(found.slope, expected[i][k][1], 1e-12, 0.0);
            }
        }
    }

    void farOut()
    {
        // Beyond the limits of exp and sigmoid there is nothing but the line or 0.
        for (const Row& row : rows) {
            for (const double x : {60.0, 100.0, 1e6}) {
                QCOMPARE(at(row, x).value, x);
                VERIFY_AGREE(at(row, x).slope, 1.0, 1e-15, 0.0);
                VERIFY_AGREE(at(row, -x).value, row.value(-x), 1e-12, 1e-12);
                VERIFY_AGREE(at(row, -x).slope, row.derivative(-x), 1e-12, 1e-12);
            }
        }
    }

    void leakyReluIsExact()
    {
        for (const double x : {0.1, 1.0 / 3.0, 1e-300, 12345.678}) {
            QCOMPARE(at(rows[0], x).value, x);
            QCOMPARE(at(rows[0], -x).value, 0.01 * -x);
        }
    }

    void brokenNumbersComeThrough()
    {
        for (const Row& row : rows)
            QVERIFY2(std::isnan(at(row, std::nan("")).value), row.name);
    }

    void binaryCrossEntropy()
    {
        const std::vector<double> p{0.2, 0.9, 0.5};
        const std::vector<double> t{0.0, 1.0, 0.25};
        for (std::size_t outputs = 1; outputs <= 3; ++outputs) {
            Graph graph;
            const auto outputNodes = leaves(graph, {p.begin(), p.begin() + static_cast<long>(outputs)});
            const auto targets = leaves(graph, {t.begin(), t.begin() + static_cast<long>(outputs)});
            const NodeId root = scalar::binaryLoss(graph, outputNodes, targets);
            scalar::backward(graph, root);
            double sum = 0.0;
            const auto n = static_cast<double>(outputs);
            for (std::size_t i = 0; i < outputs; ++i) {
                sum += -t[i] * std::log(p[i]) - (1.0 - t[i]) * std::log1p(-p[i]);
                VERIFY_AGREE(graph.nodes[scalar::index(outputNodes[i])].grad,
                             (p[i] - t[i]) / (p[i] * (1.0 - p[i])) / n, 1e-12);
                QCOMPARE(scalar::checkGradient(graph, root, outputNodes[i]).verdict, scalar::Verdict::Agrees);
            }
            VERIFY_AGREE(graph.nodes[scalar::index(root)].data, sum / n, 1e-14);
        }
        // What is held for impossible costs the logarithm's floor.
        Graph graph;
        const auto sure = leaves(graph, {1.0});
        const NodeId root = scalar::binaryLoss(graph, sure, leaves(graph, {0.0}));
        QCOMPARE(graph.nodes[scalar::index(root)].data, -std::log(1e-10));
    }

    void squaredError()
    {
        Graph graph;
        const auto outputs = leaves(graph, {0.25, -1.5, 3.0});
        const NodeId root = scalar::squaredLoss(graph, outputs, leaves(graph, {0.0, 1.0, 2.5}));
        scalar::backward(graph, root);
        VERIFY_AGREE(graph.nodes[scalar::index(root)].data, (0.0625 + 6.25 + 0.25) / 3.0, 1e-15);
        const double slopes[] = {0.5 / 3.0, -5.0 / 3.0, 1.0 / 3.0};
        for (std::size_t i = 0; i < 3; ++i)
            VERIFY_AGREE(graph.nodes[scalar::index(outputs[i])].grad, slopes[i], 1e-15);
    }
};

QTEST_GUILESS_MAIN(TestScalarActivations)
#include "tst_scalaractivations.moc"
