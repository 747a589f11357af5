// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/namedgraph.h"

#include "core/base/text.h"

namespace chainrule::scalar {

std::string labelOf(const NamedGraph& named, NodeId node)
{
    const std::size_t i = index(node);
    return i < named.names.size() && !named.names[i].empty() ? named.names[i] : "#" + std::to_string(i);
}

std::string operationOf(const Node& node)
{
    std::string name(opName(node.op));
    return node.op == Op::Power ? name + " " + shortestNumber(node.exponent) : name;
}

} // namespace chainrule::scalar
