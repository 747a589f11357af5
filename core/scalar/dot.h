// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/gradientcheck.h"
#include "core/scalar/namedgraph.h"

#include <span>
#include <string>

namespace chainrule::scalar {

/// The graph as text in Graphviz's DOT language: a box for each node with name, operation, value and
/// gradient, an edge for each use (two where a node is used twice); groups as nested clusters. `checks` of
/// each node may be empty.
[[nodiscard]] std::string toDot(const NamedGraph& named, std::span<const GradientCheck> checks = {});

} // namespace chainrule::scalar
