// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/chains.h"
#include "core/scalar/replay/schedule.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace chainrule::scalar {

namespace {

// What a schedule computes at once: a node of the graph, or a bundle of chains. Bundles are numbered after
// the nodes.
using Unit = std::uint32_t;

struct Edge {
    Unit from = 0;
    Unit to = 0;
};

struct Compiler {
    const Graph& graph;
    const ScheduleSpec& spec;
    GraphUses uses;
    std::vector<NodeRole> roles;
    std::vector<std::uint32_t> general; // the nodes outside bundles, and the ends of chains
    ReachClasses reach;
    std::vector<ChainBundle> bundles;
    std::vector<Unit> unitOf;             // of each node; its own number outside bundles
    std::vector<std::uint32_t> maximumOf; // of each node that is a maximum's leaf, its number in the spec
    Schedule made;
};

constexpr std::uint32_t none = 0xffffffff;

bool isComputed(const Compiler& compiler, std::size_t node)
{
    return compiler.graph.nodes[node].op != Op::Leaf || compiler.maximumOf[node] != none;
}

std::uint32_t placeOf(const Compiler& compiler, NodeId node)
{
    return compiler.made.valueAt[index(node)];
}

// Sorts the units topologically and groups units of one operation into runs where possible. Returns false
// where there is a cycle, which only bundles can cause; `left` receives the bundles that could not be
// ordered.
bool orderUnits(const Compiler& compiler, const std::vector<Unit>& units, std::vector<Edge>& edges,
                Program& program, std::vector<std::size_t>& left)
{
    const std::size_t nodes = compiler.graph.nodes.size();
    const std::size_t all = nodes + compiler.bundles.size();
    std::vector<std::uint32_t> waiting(all, 0);
    std::vector<std::uint32_t> firstEdge(all + 1, 0);
    for (const Edge& edge : edges) {
        ++waiting[edge.to];
        ++firstEdge[edge.from + 1];
    }
    for (std::size_t i = 0; i < all; ++i)
        firstEdge[i + 1] += firstEdge[i];
    std::vector<Unit> targets(edges.size());
    std::vector<std::uint32_t> next(firstEdge.begin(), firstEdge.end() - 1);
    for (const Edge& edge : edges)
        targets[next[edge.from]++] = edge.to;

    // Ready units by operation; the last two are bundles and maxima.
    constexpr std::size_t kinds = operationCount + 2;
    const auto kindOf = [&](Unit unit) {
        if (unit >= nodes)
            return operationCount;
        if (compiler.maximumOf[unit] != none)
            return operationCount + 1;
        return static_cast<std::size_t>(compiler.graph.nodes[unit].op);
    };
    std::array<std::vector<Unit>, kinds> ready;
    for (const Unit unit : units) {
        if (waiting[unit] == 0)
            ready[kindOf(unit)].push_back(unit);
    }

    std::size_t done = 0;
    const auto emit = [&](Unit unit) {
        ++done;
        for (std::uint32_t i = firstEdge[unit]; i < firstEdge[unit + 1]; ++i) {
            if (--waiting[targets[i]] == 0)
                ready[kindOf(targets[i])].push_back(targets[i]);
        }
    };
    while (true) {
        const auto largest = std::max_element(
            ready.begin(), ready.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
        if (largest->empty())
            break;
        const auto kind = static_cast<std::size_t>(largest - ready.begin());
        const auto first = static_cast<std::uint32_t>(program.instructions.size());
        // The vector grows during the loop: units that become ready by one instruction join the run.
        for (std::size_t i = 0; i < largest->size(); ++i) {
            const Unit unit = (*largest)[i];
            if (kind >= operationCount) {
                const bool bundle = kind == operationCount;
                program.runs.push_back(
                    {bundle ? RunKind::Bundle : RunKind::Maximum, Op::Leaf,
                     bundle ? static_cast<std::uint32_t>(unit - nodes) : compiler.maximumOf[unit], 1});
            } else {
                const Node& node = compiler.graph.nodes[unit];
                const std::uint32_t a = placeOf(compiler, node.parents[0]);
                const std::uint32_t b = node.parents[1] == noNode ? a : placeOf(compiler, node.parents[1]);
                program.instructions.push_back({node.exponent, placeOf(compiler, NodeId(unit)), a, b});
            }
            emit(unit);
        }
        if (kind < operationCount)
            program.runs.push_back({RunKind::Operations, static_cast<Op>(kind), first,
                                    static_cast<std::uint32_t>(program.instructions.size()) - first});
        largest->clear();
    }
    if (done == units.size())
        return true;
    for (const Unit unit : units) {
        if (unit >= nodes && waiting[unit] > 0)
            left.push_back(unit - nodes);
    }
    return false;
}

// The units with a node for which `wanted` is true. All nodes of a bundle are of the same class.
template <typename Wanted>
std::vector<Unit> unitsOf(const Compiler& compiler, const Wanted& wanted)
{
    const std::size_t nodes = compiler.graph.nodes.size();
    std::vector<Unit> units;
    for (const std::uint32_t node : compiler.general) {
        if (compiler.unitOf[node] == node && isComputed(compiler, node) && wanted(node))
            units.push_back(node);
    }
    for (std::size_t i = 0; i < compiler.bundles.size(); ++i) {
        if (wanted(index(compiler.bundles[i].chains.front().ends())))
            units.push_back(static_cast<Unit>(nodes + i));
    }
    return units;
}

template <typename Wanted>
bool orderForward(const Compiler& compiler, const Wanted& wanted, Program& program,
                  std::vector<std::size_t>& left)
{
    std::vector<Edge> edges;
    const auto addEdge = [&](NodeId parent, Unit to) {
        const Unit from = compiler.unitOf[index(parent)];
        if (from != to && isComputed(compiler, index(parent)) && wanted(index(parent)))
            edges.push_back({from, to});
    };
    for (const std::uint32_t user : compiler.general) {
        if (compiler.unitOf[user] != user || !wanted(user))
            continue;
        for (const NodeId parent : compiler.graph.nodes[user].parents) {
            if (parent != noNode)
                addEdge(parent, user);
        }
    }
    for (std::size_t i = 0; i < compiler.bundles.size(); ++i) {
        const ChainBundle& bundle = compiler.bundles[i];
        if (!wanted(index(bundle.chains.front().ends())))
            continue;
        const auto unit = static_cast<Unit>(compiler.graph.nodes.size() + i);
        for (const NodeId input : bundle.inputs)
            addEdge(input, unit);
        for (const Chain& chain : bundle.chains) {
            addEdge(chain.start, unit);
            // Where a chain begins with the end of another chain of the bundle, the bundle waits for itself.
            if (compiler.unitOf[index(chain.start)] == unit)
                edges.push_back({unit, unit});
        }
    }
    for (const Maximum& maximum : compiler.spec.maxima) {
        for (const NodeId parent : maximum.of) {
            if (wanted(index(maximum.leaf)))
                addEdge(parent, static_cast<Unit>(index(maximum.leaf)));
        }
    }
    return orderUnits(compiler, unitsOf(compiler, wanted), edges, program, left);
}

// A node receives its gradient from its users in reverse order of creation, and passes it on after the last
// of them.
bool orderBackward(const Compiler& compiler, std::size_t root, Program& program,
                   std::vector<std::size_t>& left)
{
    const auto reached = [&](std::size_t node) {
        return compiler.graph.nodes[node].op != Op::Leaf && reachedFrom(compiler.reach, node, root);
    };
    std::vector<Edge> edges;
    // The gradients of all other nodes are passed on within their bundle.
    for (const std::uint32_t node : compiler.general) {
        Unit last = none;
        const auto follow = [&](Unit unit) {
            if (last != none && last != unit)
                edges.push_back({last, unit});
            last = unit;
        };
        for (std::uint32_t i = compiler.uses.first[node + 1]; i-- > compiler.uses.first[node];) {
            if (const std::uint32_t user = compiler.uses.users[i]; reached(user))
                follow(compiler.unitOf[user]);
        }
        if (reached(node))
            follow(compiler.unitOf[node]);
    }
    return orderUnits(compiler, unitsOf(compiler, reached), edges, program, left);
}

// ---- memory -----------------------------------------------------------------------------------------------

std::size_t roundUp(std::size_t count, std::size_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

struct Layout {
    std::size_t end = 0;
    std::size_t columns = 0;
};

// A column in cache lines of its own. Columns that advance together start at different offsets in a page: a
// load whose address differs from that of a recent store by a multiple of 4096 bytes would wait for the
// store.
std::size_t takeColumn(Layout& layout, std::size_t count)
{
    constexpr std::size_t page = 512;
    constexpr std::size_t stagger = 104;
    std::size_t offset = roundUp(layout.end, laneMultiple);
    const std::size_t wanted = layout.columns++ * stagger % page;
    offset += (wanted + page - offset % page) % page;
    layout.end = offset + count;
    return offset;
}

void layOut(Compiler& compiler)
{
    Schedule& made = compiler.made;
    const std::size_t nodes = compiler.graph.nodes.size();
    made.valueAt.assign(nodes, none);
    made.gradientAt.assign(nodes, none);

    std::size_t places = 0;
    const auto give = [&](NodeId node) {
        if (compiler.roles[index(node)] == NodeRole::General && made.valueAt[index(node)] == none)
            made.valueAt[index(node)] = static_cast<std::uint32_t>(places++);
    };
    for (const NodeId parameter : compiler.spec.parameters)
        give(parameter);
    places = roundUp(places, laneMultiple);
    made.parameterPlaces = static_cast<std::uint32_t>(places);
    for (const NodeId input : compiler.spec.inputs)
        give(input);
    for (const ChainBundle& bundle : compiler.bundles) {
        places = roundUp(places, laneMultiple);
        for (const Chain& chain : bundle.chains)
            give(chain.ends());
        places = roundUp(places, laneMultiple);
    }
    for (std::size_t node = 0; node < nodes; ++node)
        give(NodeId(node));
    made.places = static_cast<std::uint32_t>(roundUp(places, laneMultiple));

    Layout layout;
    layout.end = made.places;
    made.gradients = takeColumn(layout, made.places);
    for (std::size_t node = 0; node < nodes; ++node) {
        if (made.valueAt[node] != none)
            made.gradientAt[node] = static_cast<std::uint32_t>(made.gradients + made.valueAt[node]);
    }

    for (const ChainBundle& from : compiler.bundles) {
        Bundle bundle;
        bundle.chains = static_cast<std::uint32_t>(from.chains.size());
        bundle.lanes = static_cast<std::uint32_t>(roundUp(bundle.chains, laneMultiple));
        bundle.steps = static_cast<std::uint32_t>(from.inputs.size());
        const std::size_t size = std::size_t{bundle.lanes} * bundle.steps;
        bundle.weights = takeColumn(layout, size);
        bundle.products = takeColumn(layout, size);
        bundle.sums = takeColumn(layout, size);
        bundle.weightGradients = takeColumn(layout, size);
        bundle.before = takeColumn(layout, size);
        bundle.end = made.valueAt[index(from.chains.front().ends())];
        for (const NodeId input : from.inputs)
            bundle.inputs.push_back(placeOf(compiler, input));
        bundle.consecutive = true;
        for (std::size_t k = 0; k < bundle.steps; ++k)
            bundle.consecutive = bundle.consecutive && bundle.inputs[k] == bundle.inputs[0] + k;
        if (!bundle.consecutive) {
            bundle.gathered.resize(bundle.steps);
            bundle.gatheredGradients.resize(bundle.steps);
        }
        bundle.terminal = std::all_of(from.inputs.begin(), from.inputs.end(), [&](NodeId input) {
            return compiler.graph.nodes[index(input)].op == Op::Leaf &&
                   placeOf(compiler, input) >= made.parameterPlaces;
        });
        for (std::size_t root = 0; root < compiler.spec.roots.size(); ++root)
            bundle.reached.push_back(
                reachedFrom(compiler.reach, index(from.chains.front().ends()), root) ? 1 : 0);
        bundle.nonzero.resize(bundle.steps + nonzeroMargin);
        bundle.beforeRows.resize(bundle.steps);
        for (std::size_t lane = 0; lane < from.chains.size(); ++lane) {
            const Chain& chain = from.chains[lane];
            bundle.starts.push_back(placeOf(compiler, chain.start));
            for (std::size_t k = 0; k < bundle.steps; ++k) {
                const std::size_t row = k * bundle.lanes + lane;
                const std::size_t product = index(chain.products[k]);
                const std::size_t weight = index(weightOf(compiler.graph, compiler.roles, chain.products[k]));
                made.valueAt[weight] = static_cast<std::uint32_t>(bundle.weights + row);
                made.gradientAt[weight] = static_cast<std::uint32_t>(bundle.weightGradients + row);
                made.valueAt[product] = static_cast<std::uint32_t>(bundle.products + row);
                // An addition passes its gradient on unchanged, so the whole chain has one gradient.
                const auto shared = static_cast<std::uint32_t>(made.gradients + bundle.end + lane);
                made.gradientAt[product] = shared;
                if (k + 1 < bundle.steps) {
                    made.valueAt[index(chain.sums[k])] = static_cast<std::uint32_t>(bundle.sums + row);
                    made.gradientAt[index(chain.sums[k])] = shared;
                }
            }
        }
        made.bundles.push_back(std::move(bundle));
    }
    made.memory.assign(roundUp(std::max<std::size_t>(layout.end, 1), laneMultiple) / laneMultiple,
                       MemoryLine{});
}

void fillIn(Compiler& compiler)
{
    Schedule& made = compiler.made;
    double* const memory = made.memory.front().numbers;
    for (std::size_t node = 0; node < compiler.graph.nodes.size(); ++node)
        memory[made.valueAt[node]] = compiler.graph.nodes[node].data;
    for (const NodeId input : compiler.spec.inputs)
        made.inputAt.push_back(placeOf(compiler, input));
    for (const NodeId root : compiler.spec.roots)
        made.rootAt.push_back(placeOf(compiler, root));
    for (const NodeId parameter : compiler.spec.parameters) {
        made.parameterAt.push_back(placeOf(compiler, parameter));
        made.parameterGradientAt.push_back(made.gradientAt[index(parameter)]);
        const double magnitude = std::abs(memory[placeOf(compiler, parameter)]);
        made.parameterBound =
            std::max(made.parameterBound,
                     std::isfinite(magnitude) ? magnitude : std::numeric_limits<double>::infinity());
    }
    for (const Maximum& maximum : compiler.spec.maxima) {
        MaximumPlaces places;
        places.out = placeOf(compiler, maximum.leaf);
        for (const NodeId node : maximum.of)
            places.of.push_back(placeOf(compiler, node));
        made.maxima.push_back(std::move(places));
    }
}

// Makes all programs. Returns false where one of them has no order; `left` then receives the bundles that
// prevent it.
bool makePrograms(Compiler& compiler, std::vector<std::size_t>& left)
{
    Schedule& made = compiler.made;
    const std::size_t roots = compiler.spec.roots.size();
    const auto shared = [&](std::size_t node) {
        for (std::size_t root = 0; root < roots; ++root) {
            if (!neededFor(compiler.reach, node, root))
                return false;
        }
        return true;
    };
    if (!orderForward(
            compiler, [](std::size_t) { return true; }, made.forwardAll, left) ||
        !orderForward(compiler, shared, made.forwardShared, left))
        return false;
    for (std::size_t root = 0; root < roots; ++root) {
        const auto own = [&](std::size_t node) {
            return neededFor(compiler.reach, node, root) && !shared(node);
        };
        if (!orderForward(compiler, own, made.forwardOwn.emplace_back(), left) ||
            !orderBackward(compiler, root, made.backward.emplace_back(), left))
            return false;
    }
    return true;
}

} // namespace

Schedule compile(const Graph& graph, const ScheduleSpec& spec)
{
    assert(!spec.roots.empty());
    Compiler compiler{graph, spec, usesOf(graph), {}, {}, classify(graph, spec), {}, {}, {}, {}};
    compiler.maximumOf.assign(graph.nodes.size(), none);
    for (std::size_t i = 0; i < spec.maxima.size(); ++i)
        compiler.maximumOf[index(spec.maxima[i].leaf)] = static_cast<std::uint32_t>(i);

    std::vector<ChainBundle> bundles = findBundles(graph, spec, compiler.uses, compiler.reach);
    while (true) {
        compiler.bundles = bundles;
        compiler.roles = rolesIn(graph, bundles);
        compiler.general.clear();
        for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
            if (compiler.roles[node] == NodeRole::General)
                compiler.general.push_back(static_cast<std::uint32_t>(node));
        }
        compiler.unitOf.resize(graph.nodes.size());
        for (std::size_t node = 0; node < graph.nodes.size(); ++node)
            compiler.unitOf[node] = static_cast<Unit>(node);
        for (std::size_t i = 0; i < bundles.size(); ++i) {
            for (const Chain& chain : bundles[i].chains) {
                for (std::size_t k = 0; k < chain.sums.size(); ++k) {
                    compiler.unitOf[index(chain.sums[k])] = static_cast<Unit>(graph.nodes.size() + i);
                    compiler.unitOf[index(chain.products[k])] = static_cast<Unit>(graph.nodes.size() + i);
                }
            }
        }
        compiler.made = Schedule{};
        layOut(compiler);
        std::vector<std::size_t> left;
        if (makePrograms(compiler, left))
            break;
        // The nodes of bundles that wait for one another are computed one by one.
        std::vector<ChainBundle> kept;
        for (std::size_t i = 0; i < bundles.size(); ++i) {
            if (std::find(left.begin(), left.end(), i) == left.end())
                kept.push_back(std::move(bundles[i]));
        }
        assert(kept.size() < bundles.size());
        bundles = std::move(kept);
    }
    fillIn(compiler);
    compiler.made.kernels = availableChainKernels().front();
    return std::move(compiler.made);
}

} // namespace chainrule::scalar
