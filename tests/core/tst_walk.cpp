// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "core/scalar/walk.h"
#include "tests/core/expressiontree.h"

#include <QtTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::scalar;
using expressiontree::below;

namespace {

NamedGraph parsed(const std::string& text, const VariableValues& values = {})
{
    auto named = parseExpression(text, values);
    if (!named)
        qFatal("%s", named.error().message().c_str());
    return *named;
}

NodeId nodeNamed(const NamedGraph& named, const std::string& name)
{
    for (std::size_t i = 0; i < named.names.size(); ++i) {
        if (named.names[i] == name)
            return NodeId(i);
    }
    qFatal("no node is called %s", name.c_str());
}

/// Bit for bit: 0 is not -0. NaN equals NaN, whose sign is the compiler's choice.
bool same(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) ||
           std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool sameNumbers(const Graph& a, const Graph& b)
{
    return a.nodes.size() == b.nodes.size() &&
           std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), [](const Node& x, const Node& y) {
               return same(x.data, y.data) && same(x.grad, y.grad);
           });
}

bool sameGradients(const Graph& a, const Graph& b)
{
    return std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(),
                      [](const Node& x, const Node& y) { return same(x.grad, y.grad); });
}

bool sameVisit(const std::optional<Visit>& a, const std::optional<Visit>& b)
{
    if (!a || !b)
        return a.has_value() == b.has_value();
    if (a->node != b->node || !same(a->grad, b->grad) || a->count != b->count)
        return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(a->count); ++i) {
        const Contribution& x = a->contributions[i];
        const Contribution& y = b->contributions[i];
        if (x.parent != y.parent || x.slot != y.slot || !same(x.local, y.local) ||
            !same(x.product, y.product) || !same(x.before, y.before) || !same(x.after, y.after) ||
            x.path != y.path || x.paths != y.paths)
            return false;
    }
    return true;
}

/// An expression of all operations, up to three variables, and a statement that the root does not need.
NamedGraph grown(expressiontree::Random& random)
{
    const std::vector<std::string> ops{"+",       "-",    "*",   "/",   "neg",  "^",   "relu",
                                       "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "max",
                                       "min",     "sin",  "cos", "erf", "pow"};
    for (;;) {
        VariableValues values;
        for (const char* name : {"a", "b", "c"})
            values[name] = static_cast<double>(below(random, 6001)) / 1000.0 - 3.0;
        std::string text = "p = " + expressiontree::written(expressiontree::grow(random, ops, {2, -1}, 3, 3));
        text += "\nunused = p*a + 1\n";
        text += "L = " + expressiontree::written(expressiontree::grow(random, ops, {2, 3, 0.5}, 4, 5));
        NamedGraph named = parsed(text, values);
        if (std::isfinite(named.graph.nodes[index(named.root)].data))
            return named;
    }
}

using Step = void (*)(Graph&, Walk&);
constexpr Step allSteps[] = {stepForward,  runForward,  stepBackward,
                             stepBackward, runBackward, zeroGradientsStep};

/// The visit of one node as the assignment's lines have it, worked out without the walk.
void checkVisit(const Visit& visit, const Graph& before, const Graph& after)
{
    const Node& node = before.nodes[index(visit.node)];
    QCOMPARE(visit.count, parentCount(node.op));
    const auto local = localDerivatives(before, visit.node);
    for (std::size_t i = 0; i < static_cast<std::size_t>(visit.count); ++i) {
        const Contribution& made = visit.contributions[i];
        QVERIFY(made.parent == node.parents[i]);
        QCOMPARE(made.slot, static_cast<int>(i));
        QVERIFY(same(made.local, local[i]));
        QVERIFY(same(made.product, local[i] * visit.grad));
        QVERIFY(same(made.after, made.before + made.product));
        QVERIFY(made.path >= 1 && made.path <= made.paths);
        const bool twice = visit.count == 2 && node.parents[0] == node.parents[1];
        if (!twice || i == 0)
            QVERIFY(same(made.before, before.nodes[index(made.parent)].grad));
        if (!twice || i == 1)
            QVERIFY(same(made.after, after.nodes[index(made.parent)].grad));
        if (twice && i == 1)
            QVERIFY(same(made.before, visit.contributions[0].after));
    }
}

} // namespace

class TestWalk : public QObject {
    Q_OBJECT

private slots:
    void theAssignmentsExample();
    void usedTwiceByOneNode();
    void usedThreeTimes();
    void forward();
    void graphsOfOneNode();
    void theLivePositionIsAWholePass();
    void passesAreCallsOfBackward();
    void visitsAreTheEnginesSteps();
    void gradientsPileUp();
    void zeroing();
    void everythingIsTakenBack();
    void aLeafChangesOnTheWay();
    void theRootNeedNotBeLast();
    void theOldestStepsAreForgotten();
    void aMillionNodes();
};

void TestWalk::theAssignmentsExample()
{
    NamedGraph named = parsed("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
    Graph& graph = named.graph;
    const auto node = [&](const char* name) { return nodeNamed(named, name); };
    const auto grad = [&](const char* name) { return graph.nodes[index(node(name))].grad; };
    Walk walk = makeWalk(graph, named.root);
    QVERIFY(walk.position.live && isComplete(walk) && hasTrueGradients(walk));
    QVERIFY(currentNode(walk) == noNode);
    QVERIFY(!walk.visit);
    QCOMPARE(graph.nodes[index(named.root)].data, 16.0);
    QCOMPARE(grad("a"), -24.0);
    QCOMPARE(grad("b"), 16.0);
    QCOMPARE(grad("c"), 8.0);

    struct Added {
        const char* parent;
        double local, product, before, after;
    };
    const auto visits = [&](const char* name, double gradient, const std::vector<Added>& added) {
        stepBackward(graph, walk);
        QVERIFY(walk.visit.has_value());
        QVERIFY(!walk.position.live);
        QVERIFY(walk.visit->node == node(name));
        QVERIFY(currentNode(walk) == node(name));
        QVERIFY(isVisited(walk, node(name)));
        QCOMPARE(walk.visit->grad, gradient);
        QCOMPARE(walk.visit->count, static_cast<int>(added.size()));
        for (std::size_t i = 0; i < added.size(); ++i) {
            const Contribution& made = walk.visit->contributions[i];
            QVERIFY(made.parent == node(added[i].parent));
            QCOMPARE(made.slot, static_cast<int>(i));
            QCOMPARE(made.local, added[i].local);
            QCOMPARE(made.product, added[i].product);
            QCOMPARE(made.before, added[i].before);
            QCOMPARE(made.after, added[i].after);
            QCOMPARE(made.path, 1);
            QCOMPARE(made.paths, 1);
        }
    };
    // L = d^2, d = 4: 2 d = 8.
    visits("L", 1.0, {{"d", 8.0, 8.0, 0.0, 8.0}});
    QCOMPARE(grad("L"), 1.0);
    QCOMPARE(grad("d"), 8.0);
    QCOMPARE(grad("e"), 0.0);
    QVERIFY(!isVisited(walk, node("d")));
    QVERIFY(!isComplete(walk));
    visits("d", 8.0, {{"e", 1.0, 8.0, 0.0, 8.0}, {"c", 1.0, 8.0, 0.0, 8.0}});
    // The order of creation is a, b, e, c, d, L.
    visits("c", 8.0, {});
    QCOMPARE(grad("a"), 0.0);
    visits("e", 8.0, {{"a", -3.0, -24.0, 0.0, -24.0}, {"b", 2.0, 16.0, 0.0, 16.0}});
    visits("b", 16.0, {});
    visits("a", -24.0, {});
    QVERIFY(hasTrueGradients(walk) && !walk.position.live);
    QCOMPARE(walk.past.size(), std::size_t(6));
}

void TestWalk::usedTwiceByOneNode()
{
    NamedGraph named = parsed("L = a*a", {{"a", 3.0}});
    Walk walk = makeWalk(named.graph, named.root);
    stepBackward(named.graph, walk);
    QVERIFY(walk.visit.has_value());
    QCOMPARE(walk.visit->count, 2);
    const auto& [first, second] = walk.visit->contributions;
    QVERIFY(first.parent == second.parent);
    QCOMPARE(first.slot, 0);
    QCOMPARE(second.slot, 1);
    QCOMPARE(first.before, 0.0);
    QCOMPARE(first.after, 3.0);
    QCOMPARE(second.before, 3.0);
    QCOMPARE(second.after, 6.0);
    QCOMPARE(first.path, 1);
    QCOMPARE(second.path, 2);
    QCOMPARE(first.paths, 2);
    QCOMPARE(second.paths, 2);
    QCOMPARE(named.graph.nodes[index(first.parent)].grad, 6.0);
}

void TestWalk::usedThreeTimes()
{
    // Twice by u, once by v; a fourth use is none of the root's.
    NamedGraph named = parsed("u = a*a; v = 5*a; w = -a; L = u + v", {{"a", 2.0}});
    const NodeId a = nodeNamed(named, "a");
    Walk walk = makeWalk(named.graph, named.root);
    struct Seen {
        double product, before, after;
        int path;
    };
    std::vector<Seen> seen;
    while (!(isComplete(walk) && !walk.position.live)) {
        stepBackward(named.graph, walk);
        for (std::size_t i = 0; i < static_cast<std::size_t>(walk.visit->count); ++i) {
            const Contribution& made = walk.visit->contributions[i];
            if (made.parent != a)
                continue;
            QCOMPARE(made.paths, 3);
            seen.push_back({made.product, made.before, made.after, made.path});
        }
    }
    const std::vector<Seen> expected{{5, 0, 5, 1}, {2, 5, 7, 2}, {2, 7, 9, 3}};
    QCOMPARE(seen.size(), expected.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        QCOMPARE(seen[i].product, expected[i].product);
        QCOMPARE(seen[i].before, expected[i].before);
        QCOMPARE(seen[i].after, expected[i].after);
        QCOMPARE(seen[i].path, expected[i].path);
    }
    QCOMPARE(named.graph.nodes[index(a)].grad, 9.0);
}

void TestWalk::forward()
{
    NamedGraph named = parsed("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
    Graph& graph = named.graph;
    const NodeId nodes[] = {nodeNamed(named, "e"), nodeNamed(named, "d"), nodeNamed(named, "L")};
    const double values[] = {-6.0, 4.0, 16.0};
    Walk walk = makeWalk(graph, named.root);
    runForward(graph, walk); // nothing is left to compute
    QVERIFY(walk.position.live && walk.past.empty());

    stepForward(graph, walk);
    QCOMPARE(walk.position, (WalkPosition{0, 0, 0, false}));
    QVERIFY(currentNode(walk) == noNode);
    QVERIFY(isComputed(walk, nodeNamed(named, "a")));
    for (const Node& node : graph.nodes)
        QCOMPARE(node.grad, 0.0);
    for (std::size_t i = 0; i < 3; ++i)
        graph.nodes[index(nodes[i])].data = -1000.0; // what is there is not looked at
    for (std::size_t i = 0; i < 3; ++i) {
        QVERIFY(!isComputed(walk, nodes[i]));
        stepForward(graph, walk);
        QVERIFY(isComputed(walk, nodes[i]));
        QVERIFY(currentNode(walk) == nodes[i]);
        QCOMPARE(graph.nodes[index(nodes[i])].data, values[i]);
        QVERIFY(!walk.visit && !isComplete(walk));
        if (i < 2)
            QCOMPARE(graph.nodes[index(nodes[i + 1])].data, -1000.0);
    }
    QCOMPARE(walk.position, (WalkPosition{3, 0, 0, false}));
    stepForward(graph, walk);
    QCOMPARE(walk.position, (WalkPosition{0, 0, 0, false}));
    runForward(graph, walk);
    QCOMPARE(walk.position, (WalkPosition{3, 0, 0, false}));
    QVERIFY(currentNode(walk) == nodes[2]);

    // From the middle of the way forward, the way back first goes to its end.
    stepForward(graph, walk);
    stepForward(graph, walk);
    graph.nodes[index(nodes[2])].data = -1000.0;
    stepBackward(graph, walk);
    QCOMPARE(graph.nodes[index(nodes[2])].data, 16.0);
    QCOMPARE(walk.position, (WalkPosition{3, 1, 0, false}));
    stepForward(graph, walk);
    QCOMPARE(walk.position, (WalkPosition{0, 0, 0, false}));
    QVERIFY(!walk.visit);
    for (const Node& node : graph.nodes)
        QCOMPARE(node.grad, 0.0);
}

void TestWalk::graphsOfOneNode()
{
    NamedGraph named = parsed("a", {{"a", 5.0}});
    Walk walk = makeWalk(named.graph, named.root);
    QCOMPARE(named.graph.nodes[0].grad, 1.0);
    stepForward(named.graph, walk);
    QCOMPARE(named.graph.nodes[0].grad, 0.0);
    stepForward(named.graph, walk); // there is nothing before that
    QCOMPARE(walk.past.size(), std::size_t(1));
    stepBackward(named.graph, walk);
    QVERIFY(walk.visit && walk.visit->count == 0 && walk.visit->grad == 1.0);
    QVERIFY(hasTrueGradients(walk));
    stepBack(named.graph, walk);
    stepBack(named.graph, walk);
    QVERIFY(walk.position.live);
    QCOMPARE(named.graph.nodes[0].grad, 1.0);
}

void TestWalk::theLivePositionIsAWholePass()
{
    expressiontree::Random random(1);
    for (int i = 0; i < 100; ++i) {
        NamedGraph named = grown(random);
        Graph expected = named.graph;
        backward(expected, named.root);
        // Whatever stands there before.
        for (Node& node : named.graph.nodes) {
            node.grad = 77.0;
            if (node.op != Op::Leaf)
                node.data = 77.0;
        }
        Walk walk = makeWalk(named.graph, named.root);
        QVERIFY(sameNumbers(named.graph, expected));
        stepForward(named.graph, walk);
        stepForward(named.graph, walk);
        stepBackward(named.graph, walk);
        resetWalk(named.graph, walk);
        QVERIFY(sameNumbers(named.graph, expected));
        QVERIFY(walk.position.live && walk.past.empty() && !walk.visit);
    }
}

void TestWalk::passesAreCallsOfBackward()
{
    expressiontree::Random random(2);
    for (int i = 0; i < 100; ++i) {
        NamedGraph named = grown(random);
        Graph expected = named.graph;
        Graph byRuns = named.graph;
        Walk walk = makeWalk(named.graph, named.root);
        Walk runs = makeWalk(byRuns, named.root);
        for (int pass = 0; pass < 4; ++pass) {
            backward(expected, named.root);
            do {
                stepBackward(named.graph, walk);
            } while (!isComplete(walk));
            QVERIFY(sameNumbers(named.graph, expected));
            QCOMPARE(walk.position.passes, pass);
            QCOMPARE(hasTrueGradients(walk), pass == 0);
            runBackward(byRuns, runs);
            QVERIFY(sameNumbers(byRuns, expected));
            QCOMPARE(runs.position, walk.position);
            // From scratch it is the same.
            refresh(named.graph, walk);
            QVERIFY(sameNumbers(named.graph, expected));
        }
        // A run from the middle of a pass ends where the steps do.
        for (std::size_t k = 0; k < runs.backwardOrder.size() / 2; ++k)
            stepBackward(byRuns, runs);
        runBackward(byRuns, runs);
        backward(expected, named.root);
        QVERIFY(sameNumbers(byRuns, expected));
    }
}

void TestWalk::visitsAreTheEnginesSteps()
{
    expressiontree::Random random(3);
    for (int i = 0; i < 100; ++i) {
        NamedGraph named = grown(random);
        Graph& graph = named.graph;
        Walk walk = makeWalk(graph, named.root);
        std::vector<int> seen(graph.nodes.size(), 0);
        std::vector<int> promised(graph.nodes.size(), 0);
        zeroGradientsStep(graph, walk);
        NodeId last = noNode;
        while (!isComplete(walk)) {
            const Graph before = graph;
            stepBackward(graph, walk);
            QVERIFY(walk.visit.has_value());
            const Visit& visit = *walk.visit;
            QVERIFY(last == noNode ? visit.node == named.root : index(visit.node) < index(last));
            last = visit.node;
            Graph told = before;
            if (visit.node == named.root)
                told.nodes[index(named.root)].grad = 1.0;
            QVERIFY(same(visit.grad, told.nodes[index(visit.node)].grad));
            checkVisit(visit, told, graph);
            if (QTest::currentTestFailed())
                return;
            propagate(told, visit.node);
            QVERIFY(sameNumbers(graph, told));
            for (std::size_t k = 0; k < static_cast<std::size_t>(visit.count); ++k) {
                const Contribution& made = visit.contributions[k];
                QCOMPARE(made.path, ++seen[index(made.parent)]);
                promised[index(made.parent)] = made.paths;
            }
        }
        QVERIFY(seen == promised);
    }
}

void TestWalk::gradientsPileUp()
{
    // Inner nodes push on all that they hold: in the second pass d is 8 + 8, so c gets 16 more, and
    // e = 8 + 16 brings a -3 * 24.
    NamedGraph named = parsed("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
    const auto grad = [&](const char* name) { return named.graph.nodes[index(nodeNamed(named, name))].grad; };
    Walk walk = makeWalk(named.graph, named.root);
    runBackward(named.graph, walk);
    QCOMPARE(grad("a"), -24.0);
    QCOMPARE(walk.position, (WalkPosition{3, 6, 0, false}));
    stepBackward(named.graph, walk);
    QCOMPARE(walk.position, (WalkPosition{3, 1, 1, false}));
    QCOMPARE(walk.visit->grad, 1.0);
    QCOMPARE(walk.visit->contributions[0].before, 8.0);
    QCOMPARE(walk.visit->contributions[0].after, 16.0);
    QCOMPARE(grad("c"), 8.0);
    stepBackward(named.graph, walk);
    QCOMPARE(walk.visit->grad, 16.0);
    QCOMPARE(walk.visit->contributions[1].before, 8.0);
    QCOMPARE(walk.visit->contributions[1].after, 24.0);
    QCOMPARE(walk.visit->contributions[1].path, 1);
    runBackward(named.graph, walk);
    QCOMPARE(grad("a"), -24.0 - 72.0);
    QVERIFY(isComplete(walk) && !hasTrueGradients(walk));
}

void TestWalk::zeroing()
{
    NamedGraph named = parsed("L = (a*b + c)^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
    Walk walk = makeWalk(named.graph, named.root);
    const std::size_t computed = walk.forwardOrder.size();
    const auto allZero = [&] {
        return std::all_of(named.graph.nodes.begin(), named.graph.nodes.end(),
                           [](const Node& node) { return node.grad == 0.0; });
    };
    runBackward(named.graph, walk);
    runBackward(named.graph, walk);
    zeroGradientsStep(named.graph, walk);
    QVERIFY(allZero() && !walk.visit);
    QCOMPARE(walk.position, (WalkPosition{computed, 0, 0, false}));
    QVERIFY(currentNode(walk) == noNode); // the step was the zeroing
    QCOMPARE(walk.past.size(), std::size_t(3));
    zeroGradientsStep(named.graph, walk); // nothing to zero is no step
    QCOMPARE(walk.past.size(), std::size_t(3));
    runBackward(named.graph, walk);
    QVERIFY(hasTrueGradients(walk));
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "a"))].grad, -24.0);
    // Taking the zeroing back brings both passes back.
    stepBack(named.graph, walk);
    QVERIFY(allZero());
    stepBack(named.graph, walk);
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "a"))].grad, -24.0 - 72.0);
    // From the live position too, and in the middle of a pass.
    resetWalk(named.graph, walk);
    zeroGradientsStep(named.graph, walk);
    QVERIFY(allZero() && !walk.position.live);
    stepBackward(named.graph, walk);
    zeroGradientsStep(named.graph, walk);
    QVERIFY(allZero());
    QCOMPARE(walk.position, (WalkPosition{computed, 0, 0, false}));
}

void TestWalk::everythingIsTakenBack()
{
    expressiontree::Random random(4);
    for (int i = 0; i < 60; ++i) {
        NamedGraph named = grown(random);
        Graph& graph = named.graph;
        Walk walk = makeWalk(graph, named.root);
        struct Shot {
            WalkPosition position;
            std::optional<Visit> visit;
            NodeId current;
            Graph graph;
        };
        const auto shot = [&] { return Shot{walk.position, walk.visit, currentNode(walk), graph}; };
        std::vector<Shot> shots{shot()};
        for (int step = 0; step < 60; ++step) {
            const std::size_t past = walk.past.size();
            allSteps[below(random, std::size(allSteps))](graph, walk);
            if (walk.past.size() == past) {
                QVERIFY(walk.position == shots.back().position);
                continue;
            }
            shots.push_back(shot());
        }
        QVERIFY(shots.size() > 20);
        while (shots.size() > 1) {
            shots.pop_back();
            stepBack(graph, walk);
            const Shot& expected = shots.back();
            QVERIFY(walk.position == expected.position);
            QVERIFY(currentNode(walk) == expected.current);
            QVERIFY(sameVisit(walk.visit, expected.visit));
            QVERIFY(sameGradients(graph, expected.graph));
            for (std::size_t k = 0; k < graph.nodes.size(); ++k)
                QVERIFY(!isComputed(walk, NodeId(k)) ||
                        same(graph.nodes[k].data, expected.graph.nodes[k].data));
        }
        QVERIFY(walk.position.live && walk.past.empty());
        stepBack(graph, walk); // at the start it does nothing
        QVERIFY(walk.position.live && sameNumbers(graph, shots.front().graph));
    }
}

void TestWalk::aLeafChangesOnTheWay()
{
    // Where the walk stands after some steps does not depend on when the leaf took its value.
    expressiontree::Random random(5);
    for (int i = 0; i < 60; ++i) {
        NamedGraph early = grown(random);
        NamedGraph late = early;
        if (early.variables.empty())
            continue;
        Walk lateWalk = makeWalk(late.graph, late.root);
        early.graph.nodes[index(early.variables[0].node)].data = 1.25;
        Walk earlyWalk = makeWalk(early.graph, early.root);
        for (int step = 0; step < 40; ++step) {
            const Step move = allSteps[below(random, std::size(allSteps))];
            move(early.graph, earlyWalk);
            move(late.graph, lateWalk);
        }
        late.graph.nodes[index(late.variables[0].node)].data = 1.25;
        refresh(late.graph, lateWalk);
        for (int step = 0; step < 20; ++step) {
            QVERIFY(lateWalk.position == earlyWalk.position);
            QVERIFY(sameVisit(lateWalk.visit, earlyWalk.visit));
            QVERIFY(sameGradients(late.graph, early.graph));
            for (std::size_t k = 0; k < late.graph.nodes.size(); ++k)
                QVERIFY(!isComputed(lateWalk, NodeId(k)) ||
                        same(late.graph.nodes[k].data, early.graph.nodes[k].data));
            stepBack(early.graph, earlyWalk);
            stepBack(late.graph, lateWalk);
        }
    }

    // By hand: after L and d were visited, a goes from 2 to 4, so that d = -2 and what L adds is -4.
    NamedGraph named = parsed("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
    Walk walk = makeWalk(named.graph, named.root);
    stepBackward(named.graph, walk);
    stepBackward(named.graph, walk);
    named.graph.nodes[index(nodeNamed(named, "a"))].data = 4.0;
    refresh(named.graph, walk);
    QCOMPARE(walk.visit->grad, -4.0);
    QCOMPARE(walk.visit->contributions[0].after, -4.0);
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "e"))].grad, -4.0);
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "a"))].grad, 0.0);
    runBackward(named.graph, walk);
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "a"))].grad, 12.0);
    QCOMPARE(named.graph.nodes[index(nodeNamed(named, "b"))].grad, -16.0);
}

void TestWalk::theRootNeedNotBeLast()
{
    NamedGraph named = parsed("u = a*b; v = u + a; w = v*v; L = u^2", {{"a", 2.0}, {"b", 3.0}});
    const NodeId v = nodeNamed(named, "v");
    const NodeId u = nodeNamed(named, "u");
    for (const NodeId root : {named.root, u}) {
        Walk walk = makeWalk(named.graph, root);
        QCOMPARE(walk.forwardOrder.size(), std::size_t(4)); // u, v, w and L
        QVERIFY(walk.forwardRank[index(v)] == 1 && walk.backwardRank[index(v)] == noRank);
        const std::vector<NodeId> expected =
            root == u ? std::vector{u, nodeNamed(named, "b"), nodeNamed(named, "a")}
                      : std::vector{root, u, nodeNamed(named, "b"), nodeNamed(named, "a")};
        QVERIFY(walk.backwardOrder == expected);
        stepForward(named.graph, walk);
        stepForward(named.graph, walk);
        named.graph.nodes[index(v)].data = 0.0;
        stepForward(named.graph, walk);
        QVERIFY(currentNode(walk) == v);
        QCOMPARE(named.graph.nodes[index(v)].data, 8.0);
        runBackward(named.graph, walk);
        QVERIFY(isComplete(walk) && !isVisited(walk, v));
        QCOMPARE(named.graph.nodes[index(v)].grad, 0.0);
        // d u / d a = 3, and 2 u * 3 = 36 for u squared.
        QCOMPARE(named.graph.nodes[index(nodeNamed(named, "a"))].grad, root == u ? 3.0 : 36.0);
    }
}

void TestWalk::theOldestStepsAreForgotten()
{
    NamedGraph named = parsed("L = a*a", {{"a", 3.0}});
    Walk walk = makeWalk(named.graph, named.root);
    // Forward by turns: nothing computed, L computed. Then ten more.
    for (std::size_t i = 0; i < maximumPast; ++i)
        stepForward(named.graph, walk);
    QCOMPARE(walk.past.size(), maximumPast);
    QVERIFY(walk.past.front().live);
    for (int i = 0; i < 10; ++i)
        stepForward(named.graph, walk);
    QCOMPARE(walk.past.size(), maximumPast);
    QVERIFY(!walk.past.front().live);
    QCOMPARE(walk.past.front().computed, std::size_t(1)); // after ten steps
    QCOMPARE(walk.past.back().computed, std::size_t(0));
    for (std::size_t i = 0; i < maximumPast + 3; ++i)
        stepBack(named.graph, walk);
    QVERIFY(walk.past.empty());
    QCOMPARE(walk.position, (WalkPosition{1, 0, 0, false}));
    QVERIFY(currentNode(walk) == named.root);
}

void TestWalk::aMillionNodes()
{
    constexpr std::size_t count = 1'000'000;
    Graph graph;
    graph.nodes.reserve(count + 2);
    const NodeId one = createValue(graph, 1.0);
    NodeId last = createValue(graph, 0.5);
    for (std::size_t i = 0; i < count; ++i)
        last = add(graph, last, one);
    Walk walk = makeWalk(graph, last);
    QCOMPARE(walk.forwardOrder.size(), count);
    QCOMPARE(graph.nodes[0].grad, static_cast<double>(count));
    for (int i = 1; i <= 3; ++i) {
        stepBackward(graph, walk);
        QCOMPARE(graph.nodes[0].grad, static_cast<double>(i));
        QCOMPARE(walk.visit->contributions[1].path, i);
        QCOMPARE(walk.visit->contributions[1].paths, static_cast<int>(count));
    }
    stepBack(graph, walk);
    QCOMPARE(graph.nodes[0].grad, 2.0);
    runBackward(graph, walk);
    QCOMPARE(graph.nodes[0].grad, static_cast<double>(count));
    QCOMPARE(graph.nodes[1].grad, 1.0);
}

QTEST_GUILESS_MAIN(TestWalk)
#include "tst_walk.moc"
