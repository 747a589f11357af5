// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/chains.h"

#include <algorithm>
#include <map>
#include <utility>

namespace chainrule::scalar {

namespace {

// Smaller bundles would not be faster than their nodes one by one.
constexpr std::size_t fewestChains = 4;
constexpr std::size_t fewestSteps = 4;

// Which nodes of the graph may have which role in a chain.
struct Candidates {
    std::vector<std::uint8_t> weight;  // a parameter that is used once
    std::vector<std::uint8_t> product; // of such a weight; used once, as the second parent of an addition
    std::vector<std::uint8_t> step;    // an addition of such a product
    std::vector<std::uint8_t> inner;   // used once, and not named in the spec
};

Candidates candidatesIn(const Graph& graph, const ScheduleSpec& spec, const GraphUses& uses)
{
    const std::size_t count = graph.nodes.size();
    Candidates found{std::vector<std::uint8_t>(count), std::vector<std::uint8_t>(count),
                     std::vector<std::uint8_t>(count), std::vector<std::uint8_t>(count)};
    for (std::size_t i = 0; i < count; ++i)
        found.inner[i] = uses.first[i + 1] - uses.first[i] == 1;
    for (const auto* asked : {&spec.roots, &spec.outputs, &spec.inputs}) {
        for (const NodeId node : *asked)
            found.inner[index(node)] = 0;
    }
    for (const Maximum& maximum : spec.maxima) {
        found.inner[index(maximum.leaf)] = 0;
        for (const NodeId node : maximum.of)
            found.inner[index(node)] = 0;
    }
    for (const NodeId parameter : spec.parameters)
        found.weight[index(parameter)] = found.inner[index(parameter)];
    for (std::size_t i = 0; i < count; ++i) {
        const Node& node = graph.nodes[i];
        if (node.op == Op::Multiply && found.inner[i]) {
            const Node& user = graph.nodes[uses.users[uses.first[i]]];
            found.product[i] = user.op == Op::Add && user.parents[1] == NodeId(i) &&
                               (found.weight[index(node.parents[0])] || found.weight[index(node.parents[1])]);
        } else if (node.op == Op::Add) {
            found.step[i] = found.product[index(node.parents[1])];
        }
    }
    return found;
}

NodeId inputOf(const Graph& graph, const Candidates& candidates, NodeId product)
{
    const Node& node = graph.nodes[index(product)];
    return candidates.weight[index(node.parents[0])] ? node.parents[1] : node.parents[0];
}

std::vector<Chain> chainsIn(const Graph& graph, const Candidates& candidates)
{
    std::vector<Chain> chains;
    std::vector<std::uint32_t> chainOf(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!candidates.step[i])
            continue;
        const auto [before, product] = graph.nodes[i].parents;
        if (candidates.step[index(before)] && candidates.inner[index(before)]) {
            chainOf[i] = chainOf[index(before)];
        } else {
            chainOf[i] = static_cast<std::uint32_t>(chains.size());
            chains.push_back({before, {}, {}});
        }
        Chain& chain = chains[chainOf[i]];
        chain.sums.push_back(NodeId(i));
        chain.products.push_back(product);
    }
    for (Chain& chain : chains) {
        // Other users of the start would have to run in between, so the chain begins one step later.
        if (!candidates.inner[index(chain.start)]) {
            chain.start = chain.sums.front();
            chain.sums.erase(chain.sums.begin());
            chain.products.erase(chain.products.begin());
        }
    }
    std::erase_if(chains, [](const Chain& chain) { return chain.sums.size() < fewestSteps; });
    return chains;
}

bool allDifferent(std::vector<NodeId> nodes)
{
    std::sort(nodes.begin(), nodes.end());
    return std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end();
}

// Whether in each step the product of `b` was created after that of `a`. Then the inputs receive gradients
// from the later lane first.
bool isLater(const Chain& a, const Chain& b)
{
    return std::equal(a.products.begin(), a.products.end(), b.products.begin(),
                      [](NodeId x, NodeId y) { return x < y; });
}

} // namespace

GraphUses usesOf(const Graph& graph)
{
    GraphUses uses;
    uses.first.assign(graph.nodes.size() + 1, 0);
    for (const Node& node : graph.nodes) {
        for (const NodeId parent : node.parents) {
            if (parent != noNode)
                ++uses.first[index(parent) + 1];
        }
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        uses.first[i + 1] += uses.first[i];
    uses.users.resize(uses.first.back());
    std::vector<std::uint32_t> next(uses.first.begin(), uses.first.end() - 1);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const NodeId parent : graph.nodes[i].parents) {
            if (parent != noNode)
                uses.users[next[index(parent)]++] = static_cast<std::uint32_t>(i);
        }
    }
    return uses;
}

ReachClasses classify(const Graph& graph, const ScheduleSpec& spec)
{
    ReachClasses classes;
    classes.classOf.assign(graph.nodes.size(), 0);
    classes.reached.emplace_back();
    std::vector<std::vector<NodeId>> groups;
    for (const NodeId root : spec.roots)
        groups.push_back({root});
    groups.push_back(spec.outputs);
    for (const Maximum& maximum : spec.maxima) // the operands of a maximum are needed like outputs
        groups.back().insert(groups.back().end(), maximum.of.begin(), maximum.of.end());

    std::vector<std::uint8_t> reached;
    for (const std::vector<NodeId>& group : groups) {
        reached.assign(graph.nodes.size(), 0);
        for (const NodeId node : group)
            reached[index(node)] = 1;
        for (std::size_t i = graph.nodes.size(); i-- > 0;) {
            for (const NodeId parent : graph.nodes[i].parents) {
                if (reached[i] && parent != noNode)
                    reached[index(parent)] = 1;
            }
        }
        // Splits each class into the nodes that the group depends on and the others.
        std::vector<std::vector<std::uint8_t>> split;
        constexpr std::uint32_t unnumbered = 0xffffffff;
        std::vector<std::uint32_t> numbers(2 * classes.reached.size(), unnumbered);
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            std::uint32_t& number = numbers[2 * std::size_t{classes.classOf[i]} + reached[i]];
            if (number == unnumbered) {
                number = static_cast<std::uint32_t>(split.size());
                split.push_back(classes.reached[classes.classOf[i]]);
                split.back().push_back(reached[i]);
            }
            classes.classOf[i] = number;
        }
        classes.reached = std::move(split);
    }
    return classes;
}

bool reachedFrom(const ReachClasses& classes, std::size_t node, std::size_t root)
{
    return classes.reached[classes.classOf[node]][root] != 0;
}

bool neededFor(const ReachClasses& classes, std::size_t node, std::size_t root)
{
    const std::vector<std::uint8_t>& reached = classes.reached[classes.classOf[node]];
    return reached[root] || reached.back() || std::find(reached.begin(), reached.end(), 1) == reached.end();
}

std::vector<ChainBundle> findBundles(const Graph& graph, const ScheduleSpec& spec, const GraphUses& uses,
                                     const ReachClasses& reach)
{
    const Candidates candidates = candidatesIn(graph, spec, uses);
    std::map<std::pair<std::uint32_t, std::vector<NodeId>>, std::vector<Chain>> groups;
    for (Chain& chain : chainsIn(graph, candidates)) {
        std::vector<NodeId> inputs;
        for (const NodeId product : chain.products)
            inputs.push_back(inputOf(graph, candidates, product));
        groups[{reach.classOf[index(chain.ends())], std::move(inputs)}].push_back(std::move(chain));
    }

    std::vector<ChainBundle> bundles;
    for (auto& [key, chains] : groups) {
        std::sort(chains.begin(), chains.end(),
                  [](const Chain& a, const Chain& b) { return a.products.front() < b.products.front(); });
        bool ordered = chains.size() >= fewestChains && allDifferent(key.second);
        for (std::size_t i = 1; i < chains.size(); ++i)
            ordered = ordered && isLater(chains[i - 1], chains[i]);
        if (!ordered)
            continue;
        // Parts of nearly the same size, rather than full ones and a small rest.
        const std::size_t parts = (chains.size() + maximumLanes - 1) / maximumLanes;
        for (std::size_t part = 0; part < parts; ++part) {
            ChainBundle bundle;
            bundle.inputs = key.second;
            for (std::size_t i = chains.size() * part / parts; i < chains.size() * (part + 1) / parts; ++i)
                bundle.chains.push_back(std::move(chains[i]));
            bundles.push_back(std::move(bundle));
        }
    }
    return bundles;
}

std::vector<NodeRole> rolesIn(const Graph& graph, const std::vector<ChainBundle>& bundles)
{
    std::vector<NodeRole> roles(graph.nodes.size(), NodeRole::General);
    for (const ChainBundle& bundle : bundles) {
        for (const Chain& chain : bundle.chains) {
            for (std::size_t k = 0; k < chain.sums.size(); ++k) {
                roles[index(chain.products[k])] = NodeRole::Interior;
                if (k + 1 < chain.sums.size())
                    roles[index(chain.sums[k])] = NodeRole::Interior;
                const auto [a, b] = graph.nodes[index(chain.products[k])].parents;
                roles[index(a == bundle.inputs[k] ? b : a)] = NodeRole::Weight;
            }
        }
    }
    return roles;
}

NodeId weightOf(const Graph& graph, const std::vector<NodeRole>& roles, NodeId product)
{
    const auto [a, b] = graph.nodes[index(product)].parents;
    return roles[index(a)] == NodeRole::Weight ? a : b;
}

} // namespace chainrule::scalar
