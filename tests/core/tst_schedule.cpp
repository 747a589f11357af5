// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/scalar/network.h"
#include "core/scalar/replay/lanes.h"
#include "core/scalar/replay/schedule.h"

#include <QtTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

bool sameBits(double a, double b)
{
    // NaNs differ in sign and payload by which operand the compiler puts first.
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

struct Recorded {
    Graph graph;
    ScheduleSpec spec;
};

// The walk that the schedule is compared with: node after node in order of creation, and back.
void walkForward(Recorded& plain)
{
    for (std::size_t i = 0; i < plain.graph.nodes.size(); ++i) {
        Node& node = plain.graph.nodes[i];
        const auto data = [&](std::size_t p) {
            return node.parents[p] == noNode ? 0.0 : plain.graph.nodes[index(node.parents[p])].data;
        };
        if (node.op != Op::Leaf)
            node.data = compute(node.op, data(0), data(1), node.exponent);
        for (const Maximum& maximum : plain.spec.maxima) {
            if (index(maximum.leaf) != i)
                continue;
            node.data = plain.graph.nodes[index(maximum.of.front())].data;
            for (const NodeId other : maximum.of)
                node.data = std::max(node.data, plain.graph.nodes[index(other)].data);
        }
    }
}

void walkBackward(Recorded& plain, std::size_t root, Gradients mode)
{
    std::vector<double> kept;
    for (const NodeId parameter : plain.spec.parameters)
        kept.push_back(plain.graph.nodes[index(parameter)].grad);
    zeroGradients(plain.graph);
    for (std::size_t i = 0; mode == Gradients::Add && i < kept.size(); ++i)
        plain.graph.nodes[index(plain.spec.parameters[i])].grad = kept[i];
    std::vector<std::uint8_t> reached(plain.graph.nodes.size(), 0);
    const std::size_t from = index(plain.spec.roots[root]);
    reached[from] = 1;
    plain.graph.nodes[from].grad = 1.0;
    for (std::size_t i = from + 1; i-- > 0;) {
        if (!reached[i])
            continue;
        for (const NodeId parent : plain.graph.nodes[i].parents) {
            if (parent != noNode)
                reached[index(parent)] = 1;
        }
        propagate(plain.graph, NodeId(i));
    }
}

void setLeaves(Recorded& plain, const std::vector<NodeId>& leaves, const std::vector<double>& numbers)
{
    for (std::size_t i = 0; i < leaves.size(); ++i)
        plain.graph.nodes[index(leaves[i])].data = numbers[i];
}

// The first node that differs, or nothing.
QString difference(const Graph& a, const Graph& b)
{
    for (std::size_t i = 0; i < a.nodes.size(); ++i) {
        if (!sameBits(a.nodes[i].data, b.nodes[i].data) || !sameBits(a.nodes[i].grad, b.nodes[i].grad))
            return QString("node %1 (%2): value %3 for %4, gradient %5 for %6")
                .arg(i)
                .arg(QString::fromStdString(std::string(opName(a.nodes[i].op))))
                .arg(b.nodes[i].data, 0, 'g', 17)
                .arg(a.nodes[i].data, 0, 'g', 17)
                .arg(b.nodes[i].grad, 0, 'g', 17)
                .arg(a.nodes[i].grad, 0, 'g', 17);
    }
    return {};
}

std::size_t upTo(Random& random, std::size_t count)
{
    return static_cast<std::size_t>(uniform(random) * static_cast<double>(count)) % count;
}

double anyNumber(Random& random, bool wild)
{
    const double kind = uniform(random);
    if (kind < 0.3)
        return 0.0;
    if (kind < 0.4)
        return -0.0;
    if (wild && kind < 0.42)
        return std::numeric_limits<double>::infinity();
    if (wild && kind < 0.43)
        return std::numeric_limits<double>::quiet_NaN();
    if (wild && kind < 0.45)
        return 1e200;
    return 4.0 * uniform(random) - 2.0;
}

std::vector<double> anyNumbers(Random& random, std::size_t count, bool wild)
{
    std::vector<double> numbers(count);
    for (double& number : numbers)
        number = anyNumber(random, wild);
    return numbers;
}

NodeId anyOperation(Graph& graph, Random& random)
{
    const auto node = [&] { return NodeId(upTo(random, graph.nodes.size())); };
    const Op op = allOps[upTo(random, allOps.size())];
    if (op == Op::Leaf)
        return createValue(graph, anyNumber(random, false));
    const NodeId a = node();
    return record(graph, op, a, parentCount(op) == 2 ? node() : noNode,
                  op == Op::Power ? std::floor(5.0 * uniform(random)) - 2.0 : 0.0);
}

// Chains over the same inputs, with or without what makes them less regular.
void anyChains(Recorded& made, Random& random)
{
    Graph& graph = made.graph;
    const std::size_t lanes = 1 + upTo(random, 40);
    const bool overInputs = uniform(random) < 0.25;
    const std::size_t steps = 1 + upTo(random, overInputs ? made.spec.inputs.size() : 14);
    const bool odd = uniform(random) < 0.5;
    const auto rarely = [&] { return odd && uniform(random) < 0.03; };
    const auto parameter = [&] {
        made.spec.parameters.push_back(createValue(graph, anyNumber(random, false)));
        return made.spec.parameters.back();
    };
    std::vector<NodeId> inputs;
    const bool consecutive = uniform(random) < 0.3 && graph.nodes.size() > steps;
    for (std::size_t k = 0; k < steps; ++k)
        inputs.push_back(overInputs    ? made.spec.inputs[k]
                         : consecutive ? NodeId(graph.nodes.size() - steps + k)
                                       : NodeId(upTo(random, graph.nodes.size())));
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        NodeId sum = uniform(random) < 0.8 ? parameter() : NodeId(upTo(random, graph.nodes.size()));
        for (std::size_t k = 0; k < steps; ++k) {
            const NodeId weight = rarely() ? NodeId(upTo(random, graph.nodes.size())) : parameter();
            const NodeId product =
                rarely() ? multiply(graph, inputs[k], weight) : multiply(graph, weight, inputs[k]);
            sum = rarely() ? add(graph, product, sum) : add(graph, sum, product);
            if (rarely())
                anyOperation(graph, random);
        }
    }
}

Recorded anyGraph(std::uint64_t seed)
{
    Random random = makeRandom(seed);
    Recorded made;
    const std::size_t inputs = 1 + upTo(random, 12);
    for (std::size_t i = 0; i < inputs; ++i)
        made.spec.inputs.push_back(createValue(made.graph, anyNumber(random, false)));
    for (std::size_t i = upTo(random, 5); i > 0; --i)
        made.spec.parameters.push_back(createValue(made.graph, anyNumber(random, false)));
    for (std::size_t part = upTo(random, 6); part > 0; --part) {
        for (std::size_t i = upTo(random, 12); i > 0; --i)
            anyOperation(made.graph, random);
        if (uniform(random) < 0.6)
            anyChains(made, random);
        if (uniform(random) < 0.3) {
            Maximum maximum;
            for (std::size_t i = 1 + upTo(random, 4); i > 0; --i)
                maximum.of.push_back(NodeId(upTo(random, made.graph.nodes.size())));
            maximum.leaf = createValue(made.graph, 0.0);
            made.spec.maxima.push_back(maximum);
        }
    }
    for (std::size_t i = upTo(random, 30); i > 0; --i)
        anyOperation(made.graph, random);
    // A sum over many of the last nodes reaches most of the graph.
    NodeId sum{static_cast<std::uint32_t>(made.graph.nodes.size() - 1)};
    for (std::size_t i = upTo(random, 40); i > 0; --i)
        sum = add(made.graph, sum, NodeId(upTo(random, made.graph.nodes.size())));
    made.spec.roots.push_back(sum);
    for (std::size_t i = upTo(random, 3); i > 0; --i)
        made.spec.roots.push_back(NodeId(upTo(random, made.graph.nodes.size())));
    for (std::size_t i = upTo(random, 3); i > 0; --i)
        made.spec.outputs.push_back(NodeId(upTo(random, made.graph.nodes.size())));
    walkForward(made);
    return made;
}

void plainDescend(Recorded& plain, double rate, double scale)
{
    for (const NodeId parameter : plain.spec.parameters) {
        Node& node = plain.graph.nodes[index(parameter)];
        node.data -= rate * (node.grad * scale);
    }
}

} // namespace

class TestSchedule : public QObject {
    Q_OBJECT

private slots:
    void backwardIsThePlainWalk();
    void randomGraphs();
    void severalSamplesAtOnce();
    void findsTheChainsOfANetwork();
    void networks_data();
    void networks();
    void batchesAddUp();
    void undoPutsBack();
    void degenerate();
    void millionNodes();
};

void TestSchedule::backwardIsThePlainWalk()
{
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        Recorded plain = anyGraph(seed);
        for (std::size_t root = 0; root < plain.spec.roots.size(); ++root) {
            Graph quick = plain.graph;
            zeroGradients(quick);
            backward(quick, plain.spec.roots[root]);
            walkBackward(plain, root, Gradients::Fresh);
            QCOMPARE(difference(plain.graph, quick), QString());
        }
    }
    // Gradients that are there already are passed on as well.
    Recorded plain = anyGraph(3);
    Random random = makeRandom(3);
    for (Node& node : plain.graph.nodes)
        node.grad = uniform(random);
    Graph quick = plain.graph;
    backward(quick, NodeId(quick.nodes.size() - 1));
    Graph slow = plain.graph;
    std::vector<std::uint8_t> reached(slow.nodes.size(), 0);
    reached.back() = 1;
    slow.nodes.back().grad = 1.0;
    for (std::size_t i = slow.nodes.size(); i-- > 0;) {
        for (const NodeId parent : slow.nodes[i].parents) {
            if (reached[i] && parent != noNode)
                reached[index(parent)] = 1;
        }
        if (reached[i])
            propagate(slow, NodeId(i));
    }
    QCOMPARE(difference(slow, quick), QString());
}

void TestSchedule::randomGraphs()
{
    std::size_t bundles = 0;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        const Recorded first = anyGraph(seed);
        for (const ChainKernels* kernels : availableChainKernels()) {
            Recorded plain = first;
            Random random = makeRandom(seed + 10000);
            Schedule schedule = compile(plain.graph, plain.spec);
            schedule.kernels = kernels;
            bundles += schedule.bundles.size();
            for (int round = 0; round < 6; ++round) {
                const bool wild = seed % 3 == 0 && round > 2;
                const auto inputs = anyNumbers(random, plain.spec.inputs.size(), wild);
                setInputs(schedule, inputs);
                setLeaves(plain, plain.spec.inputs, inputs);
                if (uniform(random) < 0.4) {
                    const auto parameters = anyNumbers(random, plain.spec.parameters.size(), wild);
                    setParameters(schedule, parameters);
                    setLeaves(plain, plain.spec.parameters, parameters);
                }
                const std::size_t root = upTo(random, plain.spec.roots.size());
                const Keep keep = uniform(random) < 0.5 ? Keep::EveryNode : Keep::OnDemand;
                const Gradients mode = round > 0 && uniform(random) < 0.3 ? Gradients::Add : Gradients::Fresh;
                walkForward(plain);
                replay(schedule, keep, root);
                for (const NodeId asked : plain.spec.outputs)
                    QVERIFY(sameBits(valueOf(schedule, asked), plain.graph.nodes[index(asked)].data));
                QVERIFY(sameBits(valueOf(schedule, plain.spec.roots[root]),
                                 plain.graph.nodes[index(plain.spec.roots[root])].data));
                walkBackward(plain, root, mode);
                if (mode == Gradients::Add) {
                    // What is added to has to be there.
                    std::vector<double> unused(plain.spec.parameters.size());
                    readParameterGradients(schedule, unused);
                }
                backward(schedule, mode);
                if (keep == Keep::EveryNode && plain.spec.roots.size() == 1) {
                    for (std::size_t i = 0; i < plain.graph.nodes.size(); ++i) {
                        QVERIFY(sameBits(valueOf(schedule, NodeId(i)), plain.graph.nodes[i].data));
                        QVERIFY(sameBits(gradientOf(schedule, NodeId(i)), plain.graph.nodes[i].grad));
                    }
                }
                if (uniform(random) < 0.5) {
                    const double scale = uniform(random) < 0.5 ? 1.0 : 0.25;
                    descend(schedule, 0.125, scale);
                    plainDescend(plain, 0.125, scale);
                }
                Graph asked = plain.graph;
                materialise(schedule, asked);
                const QString found = difference(plain.graph, asked);
                QVERIFY2(
                    found.isEmpty(),
                    qPrintable(
                        QString("seed %1, round %2, %3: %4").arg(seed).arg(round).arg(kernels->name, found)));
            }
        }
    }
    QVERIFY(bundles > 300); // else the chains of the graphs are not what is tested
}

void TestSchedule::severalSamplesAtOnce()
{
    std::size_t whole = 0;
    std::size_t others = 0;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        const Recorded first = anyGraph(seed);
        for (const ChainKernels* kernels : availableChainKernels()) {
            Recorded plain = first;
            Random random = makeRandom(seed + 20000);
            Schedule schedule = compile(plain.graph, plain.spec);
            schedule.kernels = kernels;
            for (int round = 0; round < 3; ++round) {
                const bool wild = seed % 3 == 0 && round == 2;
                if (round > 0) {
                    const auto parameters = anyNumbers(random, plain.spec.parameters.size(), wild);
                    setParameters(schedule, parameters);
                    setLeaves(plain, plain.spec.parameters, parameters);
                }
                Lanes lanes = makeLanes(schedule);
                const auto direct = std::count(lanes.whole.begin(), lanes.whole.end(), 1);
                whole += static_cast<std::size_t>(direct);
                others += lanes.whole.size() - static_cast<std::size_t>(direct);
                // Twice, so that what a sample leaves behind would be seen in the next.
                for (const std::size_t samples : {sampleLanes, 1 + upTo(random, sampleLanes)}) {
                    std::vector<std::vector<double>> x;
                    std::vector<std::size_t> roots;
                    for (std::size_t i = 0; i < samples; ++i) {
                        x.push_back(anyNumbers(random, plain.spec.inputs.size(), wild));
                        roots.push_back(upTo(random, plain.spec.roots.size()));
                        std::copy(x[i].begin(), x[i].end(), inputsOf(schedule, lanes, i).begin());
                    }
                    replay(schedule, lanes, roots);
                    for (std::size_t i = 0; i < samples; ++i) {
                        setLeaves(plain, plain.spec.inputs, x[i]);
                        walkForward(plain);
                        const NodeId root = plain.spec.roots[roots[i]];
                        QVERIFY2(
                            sameBits(valueOf(schedule, lanes, root, i), plain.graph.nodes[index(root)].data),
                            qPrintable(QString("seed %1, sample %2").arg(seed).arg(i)));
                        for (const NodeId asked : plain.spec.outputs)
                            QVERIFY(sameBits(valueOf(schedule, lanes, asked, i),
                                             plain.graph.nodes[index(asked)].data));
                    }
                }
            }
        }
    }
    QVERIFY(whole > 100);
    QVERIFY(others > 100);
}

namespace {

struct Case {
    Recorded recorded;
    NetworkLeaves network;
    std::vector<NodeId> outputs;
};

LayerStack stackOf(int inputs, std::vector<chainrule::Layer> layers)
{
    return {inputs, std::move(layers)};
}

Case recordCase(const LayerStack& stack, std::uint64_t seed)
{
    Case made;
    Random random = makeRandom(seed);
    made.network = initializeModel(made.recorded.graph, stack, random);
    made.recorded.spec.parameters = getParameters(made.network);
    for (int i = 0; i < stack.input.size(); ++i)
        made.recorded.spec.inputs.push_back(createValue(made.recorded.graph, 0.5));
    made.outputs = made.recorded.spec.inputs;
    for (const scalar::Layer& layer : made.network.layers) {
        LayerNodes nodes = forwardLayer(made.recorded.graph, layer, made.outputs);
        if (nodes.maximum != noNode)
            made.recorded.spec.maxima.push_back({nodes.maximum, nodes.sums});
        made.outputs = nodes.outputs;
    }
    for (std::size_t target = 0; target < made.outputs.size(); ++target)
        made.recorded.spec.roots.push_back(
            crossEntropyLoss(made.recorded.graph, made.outputs, static_cast<int>(target)));
    made.recorded.spec.outputs = made.outputs;
    return made;
}

} // namespace

void TestSchedule::findsTheChainsOfANetwork()
{
    const Case made = recordCase(stackOf(50, {{16, Activation::Relu}, {10, Activation::Softmax}}), 1);
    const Schedule schedule = compile(made.recorded.graph, made.recorded.spec);
    QCOMPARE(schedule.bundles.size(), std::size_t(2));
    QCOMPARE(schedule.forwardOwn.size(), std::size_t(10));
    // 16 units and what a softmax of 10 is made of; the loss of one class.
    QCOMPARE(schedule.forwardShared.instructions.size(), std::size_t(16 + 10 * 3 + 9 + 1 + 10));
    QCOMPARE(schedule.forwardOwn[3].instructions.size(), std::size_t(2));
}

void TestSchedule::networks_data()
{
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("units");
    for (const Activation activation :
         {Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh, Activation::Softmax}) {
        for (const int units : {3, 16, 40})
            QTest::addRow("%s %d", std::string(activationName(activation)).c_str(), units)
                << static_cast<int>(activation) << units;
    }
}

// Each sample recorded anew by the ordinary functions, against one recording replayed.
void TestSchedule::networks()
{
    QFETCH(int, activation);
    QFETCH(int, units);
    const LayerStack stack = stackOf(
        30, {{units, static_cast<Activation>(activation)}, {7, Activation::Tanh}, {5, Activation::Softmax}});
    for (const Keep keep : {Keep::EveryNode, Keep::OnDemand}) {
        const Case made = recordCase(stack, 7);
        Schedule schedule = compile(made.recorded.graph, made.recorded.spec);
        Random random = makeRandom(11);
        Graph plain;
        Random same = makeRandom(7);
        const NetworkLeaves network = initializeModel(plain, stack, same);
        const std::size_t parameters = plain.nodes.size();
        for (int sample = 0; sample < 25; ++sample) {
            std::vector<double> x = anyNumbers(random, 30, false);
            const std::size_t target = upTo(random, 5);
            plain.nodes.resize(parameters);
            zeroGradients(plain);
            const auto outputs = forward(plain, network, x);
            const std::size_t layersEnd = plain.nodes.size();
            const NodeId loss = crossEntropyLoss(plain, outputs, static_cast<int>(target));
            backward(plain, loss);

            setInputs(schedule, x);
            replay(schedule, keep, target);
            backward(schedule);
            const NodeId root = made.recorded.spec.roots[target];
            QVERIFY(sameBits(valueOf(schedule, root), plain.nodes[index(loss)].data));
            Graph asked = made.recorded.graph;
            descend(schedule, 0.05);
            materialise(schedule, asked);
            for (const NodeId parameter : made.recorded.spec.parameters)
                plain.nodes[index(parameter)].data -= 0.05 * plain.nodes[index(parameter)].grad;
            for (std::size_t i = 0; i < layersEnd; ++i) {
                QVERIFY(sameBits(plain.nodes[i].data, asked.nodes[i].data));
                QVERIFY(sameBits(plain.nodes[i].grad, asked.nodes[i].grad));
            }
            for (std::size_t i = 0; i < 3; ++i) // log, -1, loss
                QVERIFY(sameBits(plain.nodes[index(loss) - i].grad, asked.nodes[index(root) - i].grad));
        }
    }
}

void TestSchedule::batchesAddUp()
{
    const LayerStack stack = stackOf(20, {{9, Activation::Relu}, {4, Activation::Softmax}});
    for (const Keep keep : {Keep::EveryNode, Keep::OnDemand}) {
        Case made = recordCase(stack, 3);
        Recorded& plain = made.recorded;
        Schedule schedule = compile(plain.graph, plain.spec);
        Random random = makeRandom(5);
        for (int batch = 0; batch < 4; ++batch) {
            zeroParameterGradients(schedule);
            zeroGradients(plain.graph);
            for (int sample = 0; sample < 5; ++sample) {
                const auto x = anyNumbers(random, 20, false);
                const std::size_t target = upTo(random, 4);
                setInputs(schedule, x);
                setLeaves(plain, plain.spec.inputs, x);
                replay(schedule, keep, target);
                backward(schedule, Gradients::Add);
                walkForward(plain);
                walkBackward(plain, target, Gradients::Add);
            }
            double largest = 0.0;
            for (const NodeId parameter : plain.spec.parameters)
                largest = std::max(largest, std::abs(plain.graph.nodes[index(parameter)].grad));
            QCOMPARE(largestGradient(schedule), largest);
            descend(schedule, 0.1, 0.2);
            plainDescend(plain, 0.1, 0.2);
            Graph asked = plain.graph;
            materialise(schedule, asked);
            QCOMPARE(difference(plain.graph, asked), QString());
        }
    }
}

void TestSchedule::undoPutsBack()
{
    const Case made = recordCase(stackOf(20, {{9, Activation::Relu}, {4, Activation::Softmax}}), 3);
    Schedule schedule = compile(made.recorded.graph, made.recorded.spec);
    std::vector<double> before(made.recorded.spec.parameters.size());
    std::vector<double> after(before.size());
    undo(schedule); // there is nothing to be undone
    readParameters(schedule, after);
    for (std::size_t i = 0; i < before.size(); ++i)
        QCOMPARE(after[i], made.recorded.graph.nodes[index(made.recorded.spec.parameters[i])].data);
    Random random = makeRandom(5);
    for (const double scale : {1.0, 0.5}) {
        readParameters(schedule, before);
        setInputs(schedule, anyNumbers(random, 20, false));
        replay(schedule, Keep::OnDemand, 1);
        backward(schedule);
        double largest = 0.0;
        readParameterGradients(schedule, after);
        for (const double gradient : after)
            largest = std::max(largest, std::abs(gradient));
        QCOMPARE(largestGradient(schedule), largest);
        descend(schedule, 0.1, scale);
        readParameters(schedule, after);
        QVERIFY(after != before);
        replay(schedule, Keep::OnDemand, 0);
        undo(schedule);
        undo(schedule);
        readParameters(schedule, after);
        QVERIFY(after == before);
    }
    setParameters(schedule, std::vector<double>(before.size(), 1.0));
    undo(schedule);
    readParameters(schedule, after);
    QVERIFY(after == before);
}

void TestSchedule::degenerate()
{
    Recorded leaf;
    leaf.spec.roots = {createValue(leaf.graph, 3.0)};
    Schedule schedule = compile(leaf.graph, leaf.spec);
    setInputs(schedule, {});
    setParameters(schedule, {});
    replay(schedule, Keep::OnDemand);
    backward(schedule);
    QCOMPARE(valueOf(schedule, leaf.spec.roots[0]), 3.0);
    QCOMPARE(gradientOf(schedule, leaf.spec.roots[0]), 1.0);
    QCOMPARE(largestGradient(schedule), 0.0);

    // A root that is a parameter, and one whose square is used twice by one node.
    Recorded small;
    const NodeId x = createValue(small.graph, 3.0);
    const NodeId square = multiply(small.graph, x, x);
    small.spec.parameters = {x};
    small.spec.roots = {x, add(small.graph, square, square)};
    for (const std::size_t root : {std::size_t(0), std::size_t(1)}) {
        schedule = compile(small.graph, small.spec);
        replay(schedule, Keep::EveryNode, root);
        backward(schedule);
        QCOMPARE(gradientOf(schedule, x), root == 0 ? 1.0 : 12.0);
    }
}

void TestSchedule::millionNodes()
{
    for (const std::size_t lanes : {std::size_t(1), std::size_t(8)}) {
        Recorded long_;
        std::vector<NodeId> inputs;
        const std::size_t steps = 500000 / lanes;
        for (std::size_t k = 0; k < steps; ++k)
            inputs.push_back(createValue(long_.graph, k % 3 == 0 ? 0.0 : 0.5));
        long_.spec.inputs = inputs;
        NodeId root = noNode;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            NodeId sum = createValue(long_.graph, 0.25);
            for (std::size_t k = 0; k < steps; ++k) {
                long_.spec.parameters.push_back(createValue(long_.graph, 0.001 * static_cast<double>(k % 7)));
                sum = add(long_.graph, sum, multiply(long_.graph, long_.spec.parameters.back(), inputs[k]));
            }
            root = root == noNode ? sum : add(long_.graph, root, sum);
        }
        long_.spec.roots = {root};
        Schedule schedule = compile(long_.graph, long_.spec);
        QCOMPARE(schedule.bundles.size(), lanes == 1 ? std::size_t(0) : std::size_t(1));
        replay(schedule, Keep::OnDemand);
        backward(schedule);
        walkForward(long_);
        walkBackward(long_, 0, Gradients::Fresh);
        Graph asked = long_.graph;
        materialise(schedule, asked);
        QCOMPARE(difference(long_.graph, asked), QString());
    }
}

QTEST_APPLESS_MAIN(TestSchedule)
#include "tst_schedule.moc"
