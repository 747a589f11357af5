// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/expression/expressiontokens.h"
#include "core/scalar/graph.h"
#include "core/scalar/namedgraph.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The recursive-descent parser of expression.h: what a statement's right side is made of. The statements
// themselves are expression.cpp's.
namespace chainrule::scalar {

struct Known {
    NodeId node = noNode;
    std::size_t offset = 0; ///< of its first appearance
    bool assigned = false;  ///< false: it is a variable
};

/// The parser's state. Its functions return noNode once a fault is found.
struct Parser {
    std::string_view text;
    Tokens tokens;
    const VariableValues& values;
    double missing = 0.0;
    NamedGraph made = {};
    std::map<std::string, Known, std::less<>> known = {};
    std::size_t at = 0; ///< index of the present token
    int depth = 0;
    std::size_t namesUsed = 0; ///< how often a name stood for a node
    std::size_t faultOffset = 0;
    std::optional<Error> fault = {};
};

[[nodiscard]] inline const Token& present(const Parser& parser)
{
    return parser.tokens.all[parser.at];
}

/// The token after the present one; where that is the last, the last one.
[[nodiscard]] inline const Token& following(const Parser& parser)
{
    return parser.tokens.all[std::min(parser.at + 1, parser.tokens.all.size() - 1)];
}

inline void advance(Parser& parser)
{
    if (parser.at + 1 < parser.tokens.all.size())
        ++parser.at;
}

[[nodiscard]] inline std::string_view textOf(const Parser& parser, const Token& token)
{
    return parser.text.substr(token.offset, token.length);
}

/// "column 7" or, in a text of several lines, "line 2, column 7".
[[nodiscard]] Message placeInWords(std::string_view text, std::size_t offset);

/// Records a fault, unless there is one already. Returns noNode.
NodeId failAt(Parser& parser, std::size_t offset, Message why, Message mend);

/// Fails at the present token, where something else was expected: "a name", "an operator".
NodeId failExpecting(Parser& parser, Message expected, Message mend);

/// A node keeps the first name that it is given.
void setName(NamedGraph& made, NodeId node, std::string_view name);

/// Reads from the present '(' to its ')', both included: expressions with commas between. Empty after a
/// fault.
[[nodiscard]] std::vector<NodeId> parseArguments(Parser& parser);

/// Reads an expression, up to the first token that cannot continue it.
[[nodiscard]] NodeId parseSum(Parser& parser);

} // namespace chainrule::scalar
