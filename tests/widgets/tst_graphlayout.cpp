// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/networkgraph.h"
#include "widgets/graph/layout/graphlayout.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

using namespace chainrule;

namespace {

scalar::NamedGraph expression(const char* text)
{
    return scalar::parseExpression(text).value();
}

scalar::NamedGraph network(const LayerStack& stack)
{
    Random random = makeRandom(3);
    const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    return scalar::recordSample(parameters,
                                std::vector<double>(static_cast<std::size_t>(stack.input.size()), 0.5), 0)
        .value();
}

const LayerStack smallStack{2, {{3, Activation::Tanh}, {2, Activation::Softmax}}};

QRectF rectOf(const GraphLayout& layout, const scalar::NamedGraph& named, const std::string& name)
{
    const auto at = std::ranges::find(named.names, name) - named.names.begin();
    return layout.items[layout.itemOfNode[static_cast<std::size_t>(at)]].rect;
}

bool isFinite(const QPointF& point)
{
    return std::isfinite(point.x()) && std::isfinite(point.y());
}

bool covers(const QRectF& outer, const QRectF& inner)
{
    return outer.adjusted(-1e-6, -1e-6, 1e-6, 1e-6).contains(inner);
}

/// The first pair of rectangles that lie over one another, found from left to right; equal frames apart.
QString overlapAmong(std::vector<QRectF> rects)
{
    std::ranges::sort(rects, {}, [](const QRectF& r) { return r.left(); });
    std::multimap<double, QRectF> open; // by right side
    for (const QRectF& rect : rects) {
        open.erase(open.begin(), open.upper_bound(rect.left() + 1e-6));
        for (const auto& [right, other] : open) {
            if (other.top() < rect.bottom() - 1e-6 && rect.top() < other.bottom() - 1e-6) {
                return QStringLiteral("%1,%2 and %3,%4")
                    .arg(other.left())
                    .arg(other.top())
                    .arg(rect.left())
                    .arg(rect.top());
            }
        }
        open.emplace(rect.right(), rect);
    }
    return {};
}

/// What must hold for every drawing; empty, or what does not.
QString faultOf(const scalar::NamedGraph& named, const std::vector<bool>& open, const GraphLayout& layout)
{
    const auto groupIsShown = [&](int group) {
        for (int g = named.groups[static_cast<std::size_t>(group)].parent; g >= 0;
             g = named.groups[static_cast<std::size_t>(g)].parent) {
            if (!open[static_cast<std::size_t>(g)]) {
                return false;
            }
        }
        return true;
    };
    // Items: each shown group and node once, siblings apart, in their frames.
    std::map<int, std::vector<QRectF>> siblings;
    std::set<int> groups;
    std::set<std::uint32_t> nodes;
    for (std::size_t i = 0; i < layout.items.size(); ++i) {
        const LayoutItem& item = layout.items[i];
        if (!isFinite(item.rect.topLeft()) || !isFinite(item.rect.bottomRight()) || item.rect.isEmpty()) {
            return QStringLiteral("item %1 has no proper rectangle").arg(i);
        }
        siblings[item.parent].push_back(item.rect);
        if (item.parent >= static_cast<int>(i)) {
            return QStringLiteral("item %1 comes before its frame").arg(i);
        }
        const bool inside = item.parent < 0
                                ? covers(layout.bounds, item.rect)
                                : covers(layout.items[static_cast<std::size_t>(item.parent)].rect, item.rect);
        if (!inside) {
            return QStringLiteral("item %1 sticks out").arg(i);
        }
        if (item.group >= 0) {
            if (!groupIsShown(item.group) || item.frame != open[static_cast<std::size_t>(item.group)] ||
                !groups.insert(item.group).second) {
                return QStringLiteral("group %1 is shown wrongly").arg(item.group);
            }
        } else if (!nodes.insert(static_cast<std::uint32_t>(item.node)).second ||
                   layout.itemOfNode[scalar::index(item.node)] != i) {
            return QStringLiteral("item %1 is not its node's").arg(i);
        }
    }
    for (std::size_t g = 0; g < named.groups.size(); ++g) {
        if (groupIsShown(static_cast<int>(g)) != groups.contains(static_cast<int>(g))) {
            return QStringLiteral("group %1 is missing").arg(g);
        }
    }
    for (const auto& [parent, rects] : siblings) {
        if (const QString overlap = overlapAmong(rects); !overlap.isEmpty()) {
            return QStringLiteral("in %1: %2").arg(parent).arg(overlap);
        }
    }

    // Uses: counted from the graph by the items that the nodes are in.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> uses;
    for (std::size_t i = 0; i < named.graph.nodes.size(); ++i) {
        const std::uint32_t to = layout.itemOfNode[i];
        if (to >= layout.items.size() || layout.items[to].frame) {
            return QStringLiteral("node %1 is nowhere").arg(i);
        }
        for (const scalar::NodeId parent : named.graph.nodes[i].parents) {
            if (parent != scalar::noNode && layout.itemOfNode[scalar::index(parent)] != to) {
                ++uses[{layout.itemOfNode[scalar::index(parent)], to}];
            }
        }
    }
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> drawn;
    std::set<std::pair<std::uint32_t, int>> single;
    for (const LayoutEdge& edge : layout.edges) {
        const LayoutItem& from = layout.items[edge.from];
        const LayoutItem& to = layout.items[edge.to];
        const bool joined = from.group >= 0 || to.group >= 0;
        std::uint32_t& sum = drawn[{edge.from, edge.to}];
        if (joined && (sum > 0 || edge.child != scalar::noNode)) {
            return QStringLiteral("edges from item %1 to %2 are not joined").arg(edge.from).arg(edge.to);
        }
        sum += edge.uses;
        if (!joined &&
            (edge.uses != 1 || edge.child != to.node ||
             named.graph.nodes[scalar::index(edge.child)].parents[static_cast<std::size_t>(edge.slot)] !=
                 from.node ||
             !single.insert({static_cast<std::uint32_t>(edge.child), edge.slot}).second)) {
            return QStringLiteral("edge from item %1 to %2 is no use").arg(edge.from).arg(edge.to);
        }
        // Its way.
        if (edge.pointCount < 2 || edge.firstPoint + edge.pointCount > layout.points.size()) {
            return QStringLiteral("an edge without a way");
        }
        const QPointF* points = &layout.points[edge.firstPoint];
        for (std::uint32_t k = 0; k < edge.pointCount; ++k) {
            if (!isFinite(points[k]) || (k > 0 && points[k].x() <= points[k - 1].x())) {
                return QStringLiteral("edge from item %1 to %2 turns back").arg(edge.from).arg(edge.to);
            }
        }
        const QPointF start = points[0];
        const QPointF end = points[edge.pointCount - 1];
        if (std::abs(start.x() - from.rect.right()) > 1e-6 || std::abs(end.x() - to.rect.left()) > 1e-6 ||
            start.y() < from.rect.top() || start.y() > from.rect.bottom() || end.y() < to.rect.top() ||
            end.y() > to.rect.bottom()) {
            return QStringLiteral("edge from item %1 to %2 ends elsewhere").arg(edge.from).arg(edge.to);
        }
    }
    return drawn == uses ? QString() : QStringLiteral("the edges do not stand for the uses");
}

std::vector<bool> allOpen(const scalar::NamedGraph& named, bool open)
{
    return std::vector<bool>(named.groups.size(), open);
}

bool sameDrawing(const GraphLayout& a, const GraphLayout& b)
{
    return a.points == b.points && a.bounds == b.bounds && a.itemOfNode == b.itemOfNode &&
           std::ranges::equal(a.items, b.items,
                              [](const LayoutItem& x, const LayoutItem& y) { return x.rect == y.rect; });
}

scalar::NamedGraph randomGraph(std::uint64_t seed, std::uint32_t count)
{
    Random random = makeRandom(seed);
    const auto below = [&random](std::uint32_t limit) {
        return static_cast<std::uint32_t>(uniform(random) * limit);
    };
    scalar::NamedGraph named;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t kind = i == 0 ? 0 : below(4);
        // Far and near parents both.
        const scalar::NodeId a{below(i + 1) == i ? i / 2 : below(std::max(i, 1U))};
        const scalar::NodeId b{i - std::min(i, 1 + below(6))};
        if (kind == 0) {
            scalar::createValue(named.graph, 1.0);
        } else if (kind == 1) {
            scalar::tanh(named.graph, b);
        } else {
            scalar::multiply(named.graph, a, b);
        }
    }
    // Groups of consecutive nodes keep the contracted graph free of cycles: pairs of neighbours in a larger
    // one.
    for (int g = 0; g < 12; ++g) {
        scalar::Group group;
        group.parent = g % 3 == 0 ? -1 : g - g % 3;
        named.groups.push_back(group);
    }
    named.groupOf.assign(count, -1);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t part = i * 16 / count; // every fourth part is in no group
        if (part % 4 != 3) {
            named.groupOf[i] = static_cast<int>(part / 4 * 3 + part % 4);
        }
    }
    return named;
}

} // namespace

class TestGraphLayout : public QObject {
    Q_OBJECT

private slots:
    void nothing();
    void oneLeaf();
    void columnsOfAnExpression();
    void twoUsesAreTwoWays();
    void leavesStandBeforeTheirUse();
    void expressions_data();
    void expressions();
    void straightChain();
    void ladderStaysLow();
    void separateParts();
    void valuesDoNotMatter();
    void groupsOpenAndClosed();
    void unitsInTheirOrder();
    void randomGraphs_data();
    void randomGraphs();
    void sampleOfAnImage();
    void largeFont();
};

void TestGraphLayout::nothing()
{
    const GraphLayout layout = layoutGraph({}, {});
    QVERIFY(layout.items.empty());
    QVERIFY(layout.edges.empty());
    QVERIFY(layout.bounds.isEmpty());
}

void TestGraphLayout::oneLeaf()
{
    const scalar::NamedGraph named = expression("a");
    const GraphLayout layout = layoutGraph(named, {});
    QCOMPARE(faultOf(named, {}, layout), QString());
    QCOMPARE(layout.bounds, QRectF(QPointF(), LayoutMetrics().node));
    QCOMPARE(layout.items.front().rect, layout.bounds);
}

void TestGraphLayout::columnsOfAnExpression()
{
    const scalar::NamedGraph named = expression("e = a*b; d = e + c; L = d^2");
    const GraphLayout layout = layoutGraph(named, {});
    QCOMPARE(faultOf(named, {}, layout), QString());
    const LayoutMetrics metrics;
    const double step = metrics.node.width() + metrics.columnGap;
    const auto column = [&](const char* name) { return rectOf(layout, named, name).left() / step; };
    QCOMPARE(column("a"), 0.0);
    QCOMPARE(column("b"), 0.0);
    QCOMPARE(column("c"), 1.0);
    QCOMPARE(column("e"), 1.0);
    QCOMPARE(column("d"), 2.0);
    QCOMPARE(column("L"), 3.0);
    const auto middle = [&](const char* name) { return rectOf(layout, named, name).center().y(); };
    QVERIFY(middle("a") < middle("b"));
    QVERIFY(middle("e") < middle("c"));
    QVERIFY(std::abs(middle("e") - (middle("a") + middle("b")) / 2) < 1.0);
    QVERIFY(std::abs(middle("d") - (middle("e") + middle("c")) / 2) < 1.0);
    QVERIFY(std::abs(middle("L") - middle("d")) < 1.0);
    // The first parent's end lies above the second's.
    for (const LayoutEdge& edge : layout.edges) {
        const double end = layout.points[edge.firstPoint + edge.pointCount - 1].y();
        const double target = layout.items[edge.to].rect.center().y();
        const bool binary = scalar::parentCount(named.graph.nodes[scalar::index(edge.child)].op) == 2;
        QVERIFY(!binary ? end == target : edge.slot == 0 ? end < target : end > target);
    }
}

void TestGraphLayout::twoUsesAreTwoWays()
{
    // Next to one another, and with columns between them.
    for (const char* text :
         {"L = a*a", "b = exp(exp(a)); c = a*a; L = b*c", "b = tanh(a); c = a*a + b*b; L = c/a"}) {
        const scalar::NamedGraph named = expression(text);
        const GraphLayout layout = layoutGraph(named, {});
        QCOMPARE(faultOf(named, {}, layout), QString());
        int twins = 0;
        for (const LayoutEdge& a : layout.edges) {
            for (const LayoutEdge& b : layout.edges) {
                if (a.from != b.from || a.to != b.to || a.slot != 0 || b.slot != 1) {
                    continue;
                }
                ++twins;
                const auto first = [&](const LayoutEdge& e) { return layout.points[e.firstPoint].y(); };
                const auto last = [&](const LayoutEdge& e) {
                    return layout.points[e.firstPoint + e.pointCount - 1].y();
                };
                QVERIFY(last(b) - last(a) > 5.0);
                QVERIFY(first(b) - first(a) > 5.0);
            }
        }
        QVERIFY(twins > 0);
    }
}

void TestGraphLayout::leavesStandBeforeTheirUse()
{
    const scalar::NamedGraph named = expression("L = (((a*b + c)*d + e)*f + g)*h + i");
    const GraphLayout layout = layoutGraph(named, {});
    QCOMPARE(faultOf(named, {}, layout), QString());
    const LayoutMetrics metrics;
    for (const LayoutEdge& edge : layout.edges) {
        const double gap = layout.items[edge.to].rect.left() - layout.items[edge.from].rect.right();
        QVERIFY(std::abs(gap - metrics.columnGap) < 1e-6);
        QCOMPARE(edge.pointCount, 2U);
    }
}

void TestGraphLayout::expressions_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("softmax") << QByteArray("m = max(x, max(y, z)); a = exp(x-m); b = exp(y-m); c = exp(z-m);"
                                           "s = a+b+c; L = -log(b/s)");
    QTest::newRow("neuron") << QByteArray("z = w1*x1 + w2*x2 + b; o = sigmoid(z); L = (o - t)^2");
    QTest::newRow("shared") << QByteArray("b = a*a; c = b*b + a; d = c*a + b; L = d^2/(1 + exp(-a))");
    QTest::newRow("units") << QByteArray("h1 = tanh(u*x + v*y + b); h2 = tanh(p*x + q*y + c);"
                                         "L = (sigmoid(r*h1 + s*h2 + d) - t)^2");
}

void TestGraphLayout::expressions()
{
    QFETCH(QByteArray, text);
    const scalar::NamedGraph named = expression(text.constData());
    QCOMPARE(faultOf(named, {}, layoutGraph(named, {})), QString());
}

void TestGraphLayout::straightChain()
{
    scalar::NamedGraph named;
    scalar::NodeId last = scalar::createValue(named.graph, 1.0);
    for (int i = 1; i < 100'000; ++i) {
        last = scalar::tanh(named.graph, last);
    }
    const GraphLayout layout = layoutGraph(named, {});
    QCOMPARE(faultOf(named, {}, layout), QString());
    QCOMPARE(layout.bounds.height(), LayoutMetrics().node.height());
    QCOMPARE(layout.points.size(), std::size_t{2 * 99'999});

    // A value used at every link must not cost a point for every column that it passes.
    scalar::NamedGraph fan;
    const scalar::NodeId a = scalar::createValue(fan.graph, 1.0);
    last = a;
    for (int i = 1; i < 100'000; ++i) {
        last = scalar::add(fan.graph, last, a);
    }
    const GraphLayout fanLayout = layoutGraph(fan, {});
    QCOMPARE(faultOf(fan, {}, fanLayout), QString());
    QVERIFY(fanLayout.points.size() < 8 * fanLayout.edges.size());
}

void TestGraphLayout::ladderStaysLow()
{
    scalar::NamedGraph named;
    scalar::NodeId sum = scalar::createValue(named.graph, 0.0);
    for (int i = 0; i < 784; ++i) {
        const scalar::NodeId w = scalar::createValue(named.graph, 0.0);
        const scalar::NodeId x = scalar::createValue(named.graph, 0.0);
        sum = scalar::add(named.graph, sum, scalar::multiply(named.graph, w, x));
    }
    const GraphLayout layout = layoutGraph(named, {});
    QCOMPARE(faultOf(named, {}, layout), QString());
    // Four rows: the sum, the product, the weight and the input; a little more at the beginning.
    QVERIFY2(layout.bounds.height() < 8 * LayoutMetrics().node.height(),
             qPrintable(QString::number(layout.bounds.height())));
}

void TestGraphLayout::separateParts()
{
    scalar::NamedGraph named;
    for (int i = 0; i < 40; ++i) {
        const scalar::NodeId leaf = scalar::createValue(named.graph, 1.0);
        if (i % 3 == 0) {
            scalar::exp(named.graph, leaf);
        }
    }
    QCOMPARE(faultOf(named, {}, layoutGraph(named, {})), QString());

    scalar::NamedGraph leaves;
    for (int i = 0; i < 100; ++i) {
        scalar::createValue(leaves.graph, 1.0);
    }
    const GraphLayout layout = layoutGraph(leaves, {});
    QCOMPARE(faultOf(leaves, {}, layout), QString());
    QCOMPARE(layout.items[9].rect.top(), layout.items[0].rect.top()); // ten in a row
    QCOMPARE(layout.items[10].rect.left(), layout.items[0].rect.left());
}

void TestGraphLayout::valuesDoNotMatter()
{
    scalar::NamedGraph named = network(smallStack);
    const std::vector<bool> open = allOpen(named, true);
    const GraphLayout before = layoutGraph(named, open);
    for (scalar::Node& node : named.graph.nodes) {
        node.data = std::nan("");
        node.grad = 1e300;
    }
    QVERIFY(sameDrawing(before, layoutGraph(named, open)));
}

void TestGraphLayout::groupsOpenAndClosed()
{
    const scalar::NamedGraph named = network(smallStack);
    const std::size_t count = named.groups.size();
    QVERIFY(count >= 8 && count < 16);
    for (std::size_t choice = 0; choice < (std::size_t{1} << count); ++choice) {
        std::vector<bool> open(count);
        for (std::size_t g = 0; g < count; ++g) {
            open[g] = (choice >> g & 1U) != 0;
        }
        const QString fault = faultOf(named, open, layoutGraph(named, open));
        QVERIFY2(fault.isEmpty(), qPrintable(QStringLiteral("%1: %2").arg(choice).arg(fault)));
    }
    // No word on a group means that it is closed.
    QVERIFY(sameDrawing(layoutGraph(named, {}), layoutGraph(named, allOpen(named, false))));
}

void TestGraphLayout::unitsInTheirOrder()
{
    const scalar::NamedGraph named = network({3, {{5, Activation::Relu}, {4, Activation::Softmax}}});
    for (const bool neurons : {false, true}) {
        std::vector<bool> open = allOpen(named, true);
        for (std::size_t g = 0; g < open.size(); ++g) {
            open[g] = neurons || named.groups[g].kind != scalar::GroupKind::Neuron;
        }
        const GraphLayout layout = layoutGraph(named, open);
        std::map<int, double> bottom; // of the units so far, by layer
        for (const LayoutItem& item : layout.items) {
            if (item.group >= 0 &&
                named.groups[static_cast<std::size_t>(item.group)].kind == scalar::GroupKind::Neuron) {
                double& last = bottom[named.groups[static_cast<std::size_t>(item.group)].layer];
                QVERIFY(item.rect.top() > last);
                last = item.rect.bottom();
            }
        }
        QCOMPARE(bottom.size(), std::size_t{2});
    }
}

void TestGraphLayout::randomGraphs_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 40; ++seed) {
        QTest::addRow("%d", seed) << seed;
    }
}

void TestGraphLayout::randomGraphs()
{
    QFETCH(int, seed);
    const auto count = static_cast<std::uint32_t>(20 + 17 * seed);
    const scalar::NamedGraph named = randomGraph(static_cast<std::uint64_t>(seed), count);
    Random random = makeRandom(static_cast<std::uint64_t>(seed), 1);
    for (int pattern = 0; pattern < 6; ++pattern) {
        std::vector<bool> open(named.groups.size());
        for (std::size_t g = 0; g < open.size(); ++g) {
            open[g] = pattern == 0 || (pattern > 1 && uniform(random) < 0.6);
        }
        const GraphLayout layout = layoutGraph(named, open);
        QCOMPARE(faultOf(named, open, layout), QString());
        QVERIFY(sameDrawing(layout, layoutGraph(named, open)));
    }
}

void TestGraphLayout::sampleOfAnImage()
{
    const scalar::NamedGraph named = network({784, {{16, Activation::Relu}, {10, Activation::Softmax}}});
    const GraphLayout open = layoutGraph(named, allOpen(named, true));
    QCOMPARE(faultOf(named, allOpen(named, true), open), QString());
    QVERIFY(open.points.size() < 8 * open.edges.size());
    // The inputs lie as in the image.
    const QRectF first = rectOf(open, named, "x[0]");
    QCOMPARE(rectOf(open, named, "x[27]").top(), first.top());
    QCOMPARE(rectOf(open, named, "x[28]").left(), first.left());
    // Each neuron is a ladder of a few rows.
    for (const LayoutItem& item : open.items) {
        if (item.frame &&
            named.groups[static_cast<std::size_t>(item.group)].kind == scalar::GroupKind::Neuron) {
            QVERIFY2(item.rect.height() < 800.0, qPrintable(QString::number(item.rect.height())));
        }
    }
    const GraphLayout closed = layoutGraph(named, allOpen(named, false));
    QCOMPARE(faultOf(named, allOpen(named, false), closed), QString());
    QCOMPARE(closed.items.size(), std::size_t{4}); // inputs, two layers, loss
}

void TestGraphLayout::largeFont()
{
    LayoutMetrics metrics;
    metrics.node = {260, 150};
    metrics.group = {340, 190};
    metrics.groupHeader = 60;
    const scalar::NamedGraph named = network(smallStack);
    for (const bool open : {false, true}) {
        QCOMPARE(faultOf(named, allOpen(named, open), layoutGraph(named, allOpen(named, open), metrics)),
                 QString());
    }
}

QTEST_GUILESS_MAIN(TestGraphLayout)
#include "tst_graphlayout.moc"
