// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/expression/expression.h"
#include "widgets/graph/graphcontent.h"

#include <utility>

namespace chainrule {

/// An expression's graph at the live position, every node checked.
inline GraphContent contentOf(const char* text, const scalar::VariableValues& values)
{
    GraphContent content;
    auto parsed = scalar::parseExpression(text, values);
    if (!parsed)
        qFatal("the expression is broken");
    content.named = std::move(*parsed);
    content.walk = scalar::makeWalk(content.named.graph, content.named.root);
    for (std::size_t i = 0; i < content.named.graph.nodes.size(); ++i)
        content.checks.emplace_back(
            scalar::checkGradient(content.named.graph, content.named.root, scalar::NodeId(i)));
    return content;
}

} // namespace chainrule
