// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphitems.h"

#include <cstddef>

namespace chainrule {

namespace {

/// For each group its frame, its card, or the card of the closed group around it.
std::vector<std::uint32_t> addGroups(ShownGraph& shown, const scalar::NamedGraph& named,
                                     const std::vector<bool>& open)
{
    std::vector<std::uint32_t> itemOfGroup(named.groups.size(), noItem);
    for (std::size_t g = 0; g < named.groups.size(); ++g) {
        const int parent = named.groups[g].parent;
        const bool inside = parent >= 0 && static_cast<std::size_t>(parent) < g;
        const std::uint32_t around = inside ? itemOfGroup[static_cast<std::size_t>(parent)] : noItem;
        if (around != noItem && !shown.items[around].frame) {
            itemOfGroup[g] = around;
            continue;
        }
        LayoutItem item;
        item.group = static_cast<int>(g);
        item.frame = g < open.size() && open[g];
        item.parent = around == noItem ? -1 : static_cast<int>(around);
        itemOfGroup[g] = static_cast<std::uint32_t>(shown.items.size());
        shown.items.push_back(item);
    }
    return itemOfGroup;
}

void addNodes(ShownGraph& shown, const scalar::NamedGraph& named,
              const std::vector<std::uint32_t>& itemOfGroup)
{
    const std::size_t count = named.graph.nodes.size();
    shown.itemOfNode.assign(count, noItem);
    for (std::size_t i = 0; i < count; ++i) {
        const scalar::NodeId node{static_cast<std::uint32_t>(i)};
        const int group = scalar::groupOf(named, node);
        const std::uint32_t around = group < 0 ? noItem : itemOfGroup[static_cast<std::size_t>(group)];
        if (around != noItem && !shown.items[around].frame) {
            shown.itemOfNode[i] = around;
            continue;
        }
        LayoutItem item;
        item.node = node;
        item.parent = around == noItem ? -1 : static_cast<int>(around);
        shown.itemOfNode[i] = static_cast<std::uint32_t>(shown.items.size());
        shown.items.push_back(item);
    }
}

/// Every use that is not inside one item, as an edge of its own.
std::vector<LayoutEdge> allUses(const ShownGraph& shown, const scalar::NamedGraph& named)
{
    std::vector<LayoutEdge> uses;
    uses.reserve(named.graph.nodes.size() * 2);
    for (std::size_t i = 0; i < named.graph.nodes.size(); ++i) {
        for (std::size_t slot = 0; slot < 2; ++slot) {
            const scalar::NodeId parent = named.graph.nodes[i].parents[slot];
            if (parent == scalar::noNode) {
                continue;
            }
            LayoutEdge edge;
            edge.from = shown.itemOfNode[scalar::index(parent)];
            edge.to = shown.itemOfNode[i];
            edge.child = scalar::NodeId{static_cast<std::uint32_t>(i)};
            edge.slot = static_cast<int>(slot);
            if (edge.from != edge.to) {
                uses.push_back(edge);
            }
        }
    }
    return uses;
}

/// Sorted by the item that they start from, by counting; the order among those of one item stays.
std::vector<LayoutEdge> sortedByStart(const std::vector<LayoutEdge>& uses, std::size_t itemCount)
{
    std::vector<std::uint32_t> next(itemCount + 1, 0);
    for (const LayoutEdge& use : uses) {
        ++next[use.from + 1];
    }
    for (std::size_t i = 1; i <= itemCount; ++i) {
        next[i] += next[i - 1];
    }
    std::vector<LayoutEdge> sorted(uses.size());
    for (const LayoutEdge& use : uses) {
        sorted[next[use.from]++] = use;
    }
    return sorted;
}

} // namespace

ShownGraph shownGraph(const scalar::NamedGraph& named, const std::vector<bool>& open)
{
    ShownGraph shown;
    shown.items.reserve(named.groups.size() + named.graph.nodes.size());
    addNodes(shown, named, addGroups(shown, named, open));

    const std::vector<LayoutEdge> uses = sortedByStart(allUses(shown, named), shown.items.size());
    shown.edges.reserve(uses.size());
    std::vector<std::uint32_t> joined(shown.items.size(), noItem); // edge from the present start to each item
    std::size_t firstOfStart = 0;
    for (std::size_t i = 0; i < uses.size(); ++i) {
        if (i == 0 || uses[i].from != uses[i - 1].from) {
            firstOfStart = shown.edges.size();
        }
        LayoutEdge edge = uses[i];
        if (shown.items[edge.from].group < 0 && shown.items[edge.to].group < 0) {
            shown.edges.push_back(edge);
            continue;
        }
        const std::uint32_t known = joined[edge.to];
        if (known != noItem && known >= firstOfStart) {
            ++shown.edges[known].uses;
            continue;
        }
        edge.child = scalar::noNode;
        edge.slot = 0;
        joined[edge.to] = static_cast<std::uint32_t>(shown.edges.size());
        shown.edges.push_back(edge);
    }
    return shown;
}

} // namespace chainrule
