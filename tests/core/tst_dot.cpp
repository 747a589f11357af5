// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/initialweights.h"
#include "core/scalar/dot.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/networkgraph.h"

#include <QRegularExpression>
#include <QtTest>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

QStringList linesOf(const NamedGraph& named, std::span<const GradientCheck> checks = {})
{
    QStringList lines = QString::fromStdString(toDot(named, checks)).split('\n');
    if (lines.takeLast() != "")
        qFatal("the last line has no end");
    return lines;
}

/// What the lines say: titles of the clusters around each node, the outermost first, and all edges.
struct Read {
    std::map<int, QStringList> clustersOf;
    std::vector<QString> clusterIds;
    std::multimap<int, int> edges;
};

Read read(const QStringList& lines)
{
    static const QRegularExpression opening("\\A( *)subgraph (cluster_\\d+) \\{\\z");
    static const QRegularExpression title("\\A *label=\"([^\"]+)\";\\z");
    static const QRegularExpression box("\\A *n(\\d+) \\[label=\"[^\"]+\"(, penwidth=2)?\\];\\z");
    static const QRegularExpression edge("\\A  n(\\d+) -> n(\\d+);\\z");
    Read result;
    QStringList open;
    if (lines.size() < 4 || lines.first() != "digraph chainrule {" || lines.last() != "}")
        qFatal("no digraph");
    for (qsizetype i = 3; i + 1 < lines.size(); ++i) {
        const QString& line = lines[i];
        if (const auto match = opening.match(line); match.hasMatch()) {
            result.clusterIds.push_back(match.captured(2));
            const auto label = title.match(lines[++i]);
            if (match.captured(1).size() != 2 * (open.size() + 1) || !label.hasMatch())
                qFatal("%s", qPrintable(line));
            open.push_back(label.captured(1));
        } else if (line.trimmed() == "}") {
            if (open.isEmpty())
                qFatal("a brace too many");
            open.removeLast();
        } else if (const auto node = box.match(line); node.hasMatch()) {
            if (!result.clustersOf.emplace(node.captured(1).toInt(), open).second)
                qFatal("twice: %s", qPrintable(line));
        } else if (const auto arrow = edge.match(line); arrow.hasMatch()) {
            if (!open.isEmpty())
                qFatal("an edge inside a cluster");
            result.edges.emplace(arrow.captured(1).toInt(), arrow.captured(2).toInt());
        } else {
            qFatal("not understood: %s", qPrintable(line));
        }
    }
    if (!open.isEmpty())
        qFatal("a cluster is left open");
    return result;
}

std::multimap<int, int> edgesOf(const Graph& graph)
{
    std::multimap<int, int> edges;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const NodeId parent : graph.nodes[i].parents) {
            if (parent != noNode)
                edges.emplace(static_cast<int>(index(parent)), static_cast<int>(i));
        }
    }
    return edges;
}

} // namespace

class TestDot : public QObject {
    Q_OBJECT

private slots:
    void expressionsHaveNoClusters();
    void clustersOfANetwork();
    void everyNodeAndEdge_data();
    void everyNodeAndEdge();
    void nodesWithoutAGroup();
};

void TestDot::expressionsHaveNoClusters()
{
    auto named = parseExpression("s = a*a\nL = -s", {{"a", 3.0}});
    QVERIFY(named.has_value());
    backward(named->graph, named->root);
    const QStringList expected{
        "digraph chainrule {",
        "  rankdir=LR;",
        "  node [shape=box];",
        "  n0 [label=\"a\\nleaf\\nvalue 3\\ngradient -6\"];",
        "  n1 [label=\"s\\n*\\nvalue 9\\ngradient -1\"];",
        "  n2 [label=\"L\\nneg\\nvalue -9\\ngradient 1\", penwidth=2];",
        "  n0 -> n1;",
        "  n0 -> n1;",
        "  n1 -> n2;",
        "}",
    };
    QCOMPARE(linesOf(*named), expected);
    std::vector<GradientCheck> checks(3);
    checks[1].verdict = Verdict::Kink;
    const QStringList checked = linesOf(*named, checks);
    QCOMPARE(checked[4], QString("  n1 [label=\"s\\n*\\nvalue 9\\ngradient -1\\nkink\"];"));
    QCOMPARE(checked[5], QString("  n2 [label=\"L\\nneg\\nvalue -9\\ngradient 1\\nagrees\", penwidth=2];"));
}

void TestDot::clustersOfANetwork()
{
    const LayerStack stack{1, {{2, Activation::Tanh}, {2, Activation::Softmax}}};
    const Network parameters{stack, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
    const auto named = recordSample(parameters, std::vector{0.5}, 1);
    QVERIFY(named.has_value());
    const Read seen = read(linesOf(*named));
    const std::map<std::string, QStringList> expected{
        {"x[0]", {"Inputs"}},
        {"w1[0,0]", {"Layer 1, tanh", "Neuron 0"}},
        {"b1[1]", {"Layer 1, tanh", "Neuron 1"}},
        {"h1[1]", {"Layer 1, tanh", "Neuron 1"}},
        {"w2[1,0]", {"Layer 2, softmax", "Neuron 1"}},
        {"z2[0]", {"Layer 2, softmax", "Neuron 0"}},
        {"p[0]", {"Layer 2, softmax", "Softmax"}},
        {"loss", {"Loss"}},
    };
    std::size_t found = 0;
    for (std::size_t i = 0; i < named->names.size(); ++i) {
        const auto entry = expected.find(named->names[i]);
        if (entry == expected.end())
            continue;
        ++found;
        QCOMPARE(seen.clustersOf.at(static_cast<int>(i)), entry->second);
    }
    QCOMPARE(found, expected.size());
    QCOMPARE(seen.clusterIds.size(), named->groups.size());
}

void TestDot::everyNodeAndEdge_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<bool>("squared");
    QTest::newRow("tanh and softmax") << "3:tanh,2:softmax" << false;
    QTest::newRow("three layers") << "3:relu,4:softmax,2:sigmoid,3:softmax" << false;
    QTest::newRow("squared error") << "3:linear,1:tanh" << true;
    QTest::newRow("single sigmoid") << "2:tanh,1:sigmoid" << true;
}

void TestDot::everyNodeAndEdge()
{
    QFETCH(const QString, layers);
    QFETCH(const bool, squared);
    auto stack = parseLayers(layers.toStdString());
    QVERIFY(stack.has_value());
    Random random = makeRandom(1);
    const Network parameters = makeNetwork({3, *stack}, {WeightRule::Xavier}, random);
    const auto named = recordSample(parameters, std::vector{0.5, 1.0, -2.0}, 0,
                                    squared ? Loss::Squared : Loss::CrossEntropy);
    QVERIFY(named.has_value());
    const QStringList lines = linesOf(*named);
    const Read seen = read(lines);
    QCOMPARE(seen.clustersOf.size(), named->graph.nodes.size());
    for (std::size_t i = 0; i < named->graph.nodes.size(); ++i) {
        qsizetype depth = 0;
        for (int group = groupOf(*named, NodeId(i)); group >= 0; ++depth)
            group = named->groups[static_cast<std::size_t>(group)].parent;
        QCOMPARE(seen.clustersOf.at(static_cast<int>(i)).size(), depth);
    }
    // Graphviz takes two clusters of one name for one.
    QCOMPARE(std::set(seen.clusterIds.begin(), seen.clusterIds.end()).size(), named->groups.size());
    const auto edges = edgesOf(named->graph);
    const auto sorted = [](const std::multimap<int, int>& map) {
        std::vector<std::pair<int, int>> pairs(map.begin(), map.end());
        std::sort(pairs.begin(), pairs.end());
        return pairs;
    };
    QVERIFY(sorted(seen.edges) == sorted(edges));
    QCOMPARE(lines.filter("penwidth=2").size(), 1);
}

void TestDot::nodesWithoutAGroup()
{
    const LayerStack stack{1, {{2, Activation::Softmax}}};
    const Network parameters{stack, {1, 2, 3, 4}};
    auto named = recordSample(parameters, std::vector{0.5}, 1);
    QVERIFY(named.has_value());
    named->groupOf[0] = -1;
    const NodeId later = add(named->graph, named->root, named->root);
    named->names.push_back("sum");
    named->groupOf.push_back(-1);
    const Read seen = read(linesOf(*named));
    QCOMPARE(seen.clustersOf.at(0), QStringList());
    QCOMPARE(seen.clustersOf.at(static_cast<int>(index(later))), QStringList());
    QCOMPARE(seen.clustersOf.at(1), (QStringList{"Layer 1, softmax", "Neuron 1"}));
}

QTEST_GUILESS_MAIN(TestDot)
#include "tst_dot.moc"
