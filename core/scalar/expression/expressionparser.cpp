// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expressionparser.h"

#include "core/base/text.h"
#include "core/scalar/expression/expressionfunctions.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace chainrule::scalar {

Message placeInWords(std::string_view text, std::size_t offset)
{
    const TextPlace place = placeOf(text, offset);
    const std::string column = std::to_string(place.column);
    if (text.find('\n') == std::string_view::npos)
        return {MessageId::textColumn, column};
    return {MessageId::textLineColumn, std::to_string(place.line), column};
}

NodeId failAt(Parser& parser, std::size_t offset, Message why, Message mend)
{
    if (!parser.fault) {
        parser.faultOffset = offset;
        parser.fault = Error{placeInWords(parser.text, offset), std::move(why), std::move(mend)};
    }
    return noNode;
}

/// Fails at the present token, where something else was expected.
NodeId failExpecting(Parser& parser, Message expected, Message mend)
{
    const Token& token = present(parser);
    if (token.kind == TokenKind::Invalid)
        return failAt(parser, token.offset, parser.tokens.invalidWhy, parser.tokens.invalidMend);
    return failAt(parser, token.offset,
                  {MessageId::expectedFound, std::move(expected), shown(parser.text, token)},
                  std::move(mend));
}

void setName(NamedGraph& made, NodeId node, std::string_view name)
{
    if (made.names.size() <= index(node))
        made.names.resize(index(node) + 1);
    if (made.names[index(node)].empty())
        made.names[index(node)] = name;
}

namespace {

/// The numbers that have a name unless a statement assigns it or a value is given for it.
std::optional<double> constantNamed(std::string_view name)
{
    return name == "pi"  ? std::optional(std::numbers::pi)
           : name == "e" ? std::optional(std::numbers::e)
                         : std::nullopt;
}

NodeId variable(Parser& parser, const Token& token)
{
    const std::string_view name = textOf(parser, token);
    if (const auto found = parser.known.find(name);
        found != parser.known.end() && found->second.node != noNode) {
        ++parser.namesUsed;
        return found->second.node;
    }
    const auto value = parser.values.find(name);
    if (const auto constant = constantNamed(name); constant && value == parser.values.end()) {
        parser.known.emplace(name, Known{noNode, token.offset, false}); // from now on it means that
        return createValue(parser.made.graph, *constant);
    }
    ++parser.namesUsed;
    const bool given = value != parser.values.end();
    const double number = given ? value->second : parser.missing;
    const NodeId node = createValue(parser.made.graph, number);
    parser.made.variables.push_back({std::string(name), node, number, given});
    parser.known.emplace(name, Known{node, token.offset, false});
    setName(parser.made, node, name);
    return node;
}

NodeId parseCall(Parser& parser)
{
    const Token token = present(parser);
    const std::string_view name = textOf(parser, token);
    const ExpressionFunction& function = *functionNamed(name);
    if (function.values == 0) {
        return failAt(parser, token.offset, MessageId::softmaxAmongValues, MessageId::softmaxOnItsOwn);
    }
    advance(parser);
    const std::vector<NodeId> arguments = parseArguments(parser);
    if (arguments.empty())
        return noNode;
    if (function.values == 1 && arguments.size() > 1) {
        return failAt(parser, token.offset,
                      {MessageId::takesOneValue, name, std::to_string(arguments.size())},
                      MessageId::leaveOneValue);
    }
    if (function.values == 2 && arguments.size() == 1) {
        return failAt(parser, token.offset, {MessageId::takesTwoValues, name},
                      {MessageId::writeTwoValues, name});
    }
    return applyFunction(parser.made.graph, function, arguments);
}

NodeId parseName(Parser& parser)
{
    const Token token = present(parser);
    const std::string_view name = textOf(parser, token);
    const bool called = following(parser).kind == TokenKind::Open;
    if (functionNamed(name)) {
        if (called)
            return parseCall(parser);
        return failAt(parser, token.offset, {MessageId::functionNeedsValues, inQuotes(name)},
                      {MessageId::writeCallOrRename, name});
    }
    if (called && parser.known.find(name) != parser.known.end()) {
        return failAt(parser, following(parser).offset, {MessageId::expectedOperatorAfter, inQuotes(name)},
                      MessageId::writeTimes);
    }
    if (called) {
        const std::string_view nearest = nearestFunction(name);
        return failAt(parser, token.offset, {MessageId::noSuchFunction, inQuotes(name)},
                      nearest.empty() ? Message{MessageId::functionsAre, allFunctions()}
                                      : Message{MessageId::nearestFunctionIs, nearest, allFunctions()});
    }
    advance(parser);
    return variable(parser, token);
}

NodeId parsePrimary(Parser& parser)
{
    const Token token = present(parser);
    switch (token.kind) {
    case TokenKind::Number:
        advance(parser);
        return createValue(parser.made.graph, token.number);
    case TokenKind::Name:
        return parseName(parser);
    case TokenKind::Open: {
        advance(parser);
        const NodeId inner = parseSum(parser);
        if (inner == noNode)
            return noNode;
        if (present(parser).kind != TokenKind::Close) {
            return failExpecting(parser, {MessageId::expectedClose, placeInWords(parser.text, token.offset)},
                                 MessageId::closeParenthesis);
        }
        advance(parser);
        return inner;
    }
    default:
        return failExpecting(parser, MessageId::expectedOperand, MessageId::completeExpression);
    }
}

NodeId parseSigned(Parser& parser);

NodeId parsePower(Parser& parser)
{
    const NodeId base = parsePrimary(parser);
    if (base == noNode)
        return noNode;
    const Token token = present(parser);
    if (token.kind == TokenKind::Raised) {
        advance(parser);
        return power(parser.made.graph, base, token.number);
    }
    if (token.kind != TokenKind::Caret)
        return base;
    advance(parser);
    // A constant exponent is computed by nodes that are dropped again: it is no part of the graph.
    const std::size_t size = parser.made.graph.nodes.size();
    const std::size_t start = present(parser).offset;
    const std::size_t namesBefore = parser.namesUsed;
    const NodeId exponentNode = parseSigned(parser);
    if (exponentNode == noNode)
        return noNode;
    if (parser.namesUsed != namesBefore)
        return power(parser.made.graph, base, exponentNode);
    const double exponent = parser.made.graph.nodes[index(exponentNode)].data;
    if (!std::isfinite(exponent))
        return failAt(parser, start, MessageId::exponentNotFinite, MessageId::chooseAnotherExponent);
    parser.made.graph.nodes.resize(size);
    return power(parser.made.graph, base, exponent);
}

NodeId parseSigned(Parser& parser)
{
    const Token token = present(parser);
    if (parser.depth >= maximumExpressionDepth) {
        return failAt(parser, token.offset,
                      {MessageId::nestedTooDeep, std::to_string(maximumExpressionDepth)},
                      MessageId::nameInnerParts);
    }
    if (parser.made.graph.nodes.size() > maximumExpressionNodes) {
        return failAt(parser, token.offset,
                      {MessageId::graphTooLarge, std::to_string(maximumExpressionNodes)},
                      MessageId::shortenExpression);
    }
    ++parser.depth;
    NodeId node = noNode;
    if (token.kind == TokenKind::Minus) {
        advance(parser);
        const bool isNumber = present(parser).kind == TokenKind::Number;
        node = parseSigned(parser);
        if (node != noNode) {
            Node& last = parser.made.graph.nodes[index(node)];
            if (isNumber && last.op == Op::Leaf)
                last.data = -last.data;
            else
                node = negate(parser.made.graph, node);
        }
    } else if (token.kind == TokenKind::Plus) {
        advance(parser);
        node = parseSigned(parser);
    } else {
        node = parsePower(parser);
    }
    --parser.depth;
    return node;
}

NodeId parseProduct(Parser& parser)
{
    NodeId left = parseSigned(parser);
    while (left != noNode) {
        const TokenKind kind = present(parser).kind;
        if (kind != TokenKind::Times && kind != TokenKind::Over)
            break;
        advance(parser);
        const NodeId right = parseSigned(parser);
        if (right == noNode)
            return noNode;
        left = kind == TokenKind::Times ? multiply(parser.made.graph, left, right)
                                        : divide(parser.made.graph, left, right);
    }
    return left;
}

} // namespace

std::vector<NodeId> parseArguments(Parser& parser)
{
    const std::size_t open = present(parser).offset;
    std::vector<NodeId> arguments;
    do {
        advance(parser);
        const NodeId argument = parseSum(parser);
        if (argument == noNode)
            return {};
        arguments.push_back(argument);
    } while (present(parser).kind == TokenKind::Comma);
    if (present(parser).kind != TokenKind::Close) {
        failExpecting(parser, {MessageId::expectedCommaOrClose, placeInWords(parser.text, open)},
                      MessageId::closeParenthesis);
        return {};
    }
    advance(parser);
    return arguments;
}

NodeId parseSum(Parser& parser)
{
    NodeId left = parseProduct(parser);
    while (left != noNode) {
        const TokenKind kind = present(parser).kind;
        if (kind != TokenKind::Plus && kind != TokenKind::Minus)
            break;
        advance(parser);
        const NodeId right = parseProduct(parser);
        if (right == noNode)
            return noNode;
        left = kind == TokenKind::Plus ? add(parser.made.graph, left, right)
                                       : subtract(parser.made.graph, left, right);
    }
    return left;
}

} // namespace chainrule::scalar
