// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression.h"

#include "core/base/text.h"
#include "core/scalar/expressionfunctions.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace chainrule::scalar {

namespace {

constexpr const char* expectedOperand = "expected a number, a name or '('";

struct Known {
    NodeId node = noNode;
    std::size_t offset = 0; ///< of its first appearance
    bool assigned = false;  ///< no: a variable
};

/// A recursive-descent parser's state. Its functions return noNode once a fault is found.
struct Parser {
    std::string_view text;
    Tokens tokens;
    const VariableValues& values;
    double missing = 0.0;
    NamedGraph made = {};
    std::map<std::string, Known, std::less<>> known = {};
    std::size_t at = 0; ///< the present token
    int depth = 0;
    std::size_t namesUsed = 0; ///< how often a name stood for a node
    std::size_t faultOffset = 0;
    std::optional<Error> fault = {};
};

const Token& present(const Parser& parser)
{
    return parser.tokens.all[parser.at];
}

/// The token after the present one; the last one has none after it but itself.
const Token& following(const Parser& parser)
{
    return parser.tokens.all[std::min(parser.at + 1, parser.tokens.all.size() - 1)];
}

void advance(Parser& parser)
{
    if (parser.at + 1 < parser.tokens.all.size())
        ++parser.at;
}

std::string_view textOf(const Parser& parser, const Token& token)
{
    return parser.text.substr(token.offset, token.length);
}

std::string placeInWords(std::string_view text, std::size_t offset)
{
    const TextPlace place = placeOf(text, offset);
    const std::string column = "column " + std::to_string(place.column);
    return text.find('\n') == std::string_view::npos ? column
                                                     : "line " + std::to_string(place.line) + ", " + column;
}

NodeId failAt(Parser& parser, std::size_t offset, std::string why, std::string mend)
{
    if (!parser.fault) {
        parser.faultOffset = offset;
        parser.fault = Error{placeInWords(parser.text, offset), std::move(why), std::move(mend)};
    }
    return noNode;
}

/// Fails at the present token, where something else was expected.
NodeId failExpecting(Parser& parser, const std::string& expected, std::string mend)
{
    const Token& token = present(parser);
    if (token.kind == TokenKind::Invalid)
        return failAt(parser, token.offset, parser.tokens.invalidWhy, parser.tokens.invalidMend);
    return failAt(parser, token.offset, expected + ", found " + shown(parser.text, token), std::move(mend));
}

void setName(NamedGraph& made, NodeId node, std::string_view name)
{
    if (made.names.size() <= index(node))
        made.names.resize(index(node) + 1);
    if (made.names[index(node)].empty())
        made.names[index(node)] = name;
}

NodeId parseSum(Parser& parser);

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

/// What the present '(' holds, up to and with its ')': expressions with commas between. Empty after a fault.
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
        failExpecting(parser,
                      "expected an operator, a comma or the ')' of the '(' in " +
                          placeInWords(parser.text, open),
                      "Close the parenthesis");
        return {};
    }
    advance(parser);
    return arguments;
}

NodeId parseCall(Parser& parser)
{
    const Token token = present(parser);
    const std::string_view name = textOf(parser, token);
    const ExpressionFunction& function = *functionNamed(name);
    if (function.values == 0) {
        return failAt(parser, token.offset, "softmax has several values, and one is expected here",
                      "Write p, q = softmax(a, b) as a statement of its own, then use p and q");
    }
    advance(parser);
    const std::vector<NodeId> arguments = parseArguments(parser);
    if (arguments.empty())
        return noNode;
    if (function.values == 1 && arguments.size() > 1) {
        return failAt(parser, token.offset,
                      std::string(name) + " takes one value, and here are " +
                          std::to_string(arguments.size()),
                      "Leave one between its parentheses");
    }
    if (function.values == 2 && arguments.size() == 1) {
        return failAt(parser, token.offset, std::string(name) + " takes two values or more, and here is one",
                      "Write " + std::string(name) + "(a, b)");
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
        return failAt(parser, token.offset, inQuotes(name) + " is a function and needs its values",
                      "Write " + std::string(name) + "(...), or choose another name");
    }
    if (called && parser.known.find(name) != parser.known.end()) {
        return failAt(parser, following(parser).offset, "expected an operator after " + inQuotes(name),
                      "Write * between factors");
    }
    if (called) {
        const std::string_view nearest = nearestFunction(name);
        return failAt(parser, token.offset, "there is no function " + inQuotes(name),
                      (nearest.empty() ? std::string("There are ")
                                       : "The nearest is " + std::string(nearest) + "; there are ") +
                          allFunctions() + ", and factors need * between them");
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
            return failExpecting(parser,
                                 "expected an operator or the ')' of the '(' in " +
                                     placeInWords(parser.text, token.offset),
                                 "Close the parenthesis");
        }
        advance(parser);
        return inner;
    }
    default:
        return failExpecting(parser, expectedOperand, "Complete the expression there");
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
        return failAt(parser, start, "the exponent is not a finite number", "Choose another exponent");
    parser.made.graph.nodes.resize(size);
    return power(parser.made.graph, base, exponent);
}

NodeId parseSigned(Parser& parser)
{
    const Token token = present(parser);
    if (parser.depth >= maximumExpressionDepth) {
        return failAt(parser, token.offset,
                      "more than " + std::to_string(maximumExpressionDepth) +
                          " parentheses, signs and powers inside one another",
                      "Give inner parts a name: e = a*b; L = e + c");
    }
    if (parser.made.graph.nodes.size() > maximumExpressionNodes) {
        return failAt(parser, token.offset,
                      "the graph has more than " + std::to_string(maximumExpressionNodes) + " nodes",
                      "Shorten the expression");
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

/// Whether a name can be assigned to: it is no function's and means nothing yet.
bool checkFree(Parser& parser, const Token& token)
{
    const std::string_view name = textOf(parser, token);
    if (functionNamed(name)) {
        failAt(parser, token.offset, inQuotes(name) + " is a function", "Choose another name");
        return false;
    }
    const auto found = parser.known.find(name);
    if (found == parser.known.end())
        return true;
    failAt(parser, token.offset,
           inQuotes(name) +
               (found->second.assigned ? " is assigned twice, first in "
                                       : " is assigned after it was used, first in ") +
               placeInWords(parser.text, found->second.offset),
           found->second.assigned ? "Choose another name" : "Assign it before, or choose another name");
    return false;
}

/// The right side of p, q = softmax(a, b).
std::vector<NodeId> parseSoftmax(Parser& parser, std::size_t nameCount)
{
    const Token token = present(parser);
    if (token.kind != TokenKind::Name || textOf(parser, token) != "softmax" ||
        following(parser).kind != TokenKind::Open) {
        failExpecting(parser, "expected softmax(...), which alone has several values",
                      "Give each other value a statement of its own");
        return {};
    }
    advance(parser);
    const std::vector<NodeId> logits = parseArguments(parser);
    if (logits.empty())
        return {};
    if (logits.size() != nameCount) {
        failAt(parser, token.offset,
               "softmax of " + std::to_string(logits.size()) + " has as many values, and the names are " +
                   std::to_string(nameCount),
               "Give each of its values a name");
        return {};
    }
    return softmax(parser.made.graph, logits);
}

/// Returns the node that is the root if no other statement follows.
NodeId parseAssignment(Parser& parser)
{
    std::vector<Token> targets;
    for (;;) {
        const Token token = present(parser);
        if (token.kind != TokenKind::Name)
            return failExpecting(parser, "expected a name", "Write p, q = softmax(a, b)");
        if (!checkFree(parser, token))
            return noNode;
        targets.push_back(token);
        advance(parser);
        if (present(parser).kind != TokenKind::Comma)
            break;
        advance(parser);
    }
    if (present(parser).kind != TokenKind::Equals)
        return failExpecting(parser, "expected '=' or a comma", "Write p, q = softmax(a, b)");
    advance(parser);

    const bool several = targets.size() > 1 || (present(parser).kind == TokenKind::Name &&
                                                textOf(parser, present(parser)) == "softmax");
    std::vector<NodeId> nodes;
    if (several)
        nodes = parseSoftmax(parser, targets.size());
    else if (const NodeId node = parseSum(parser); node != noNode)
        nodes.push_back(node);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        // Again: by now the right side may have used it, or the left side named it twice.
        if (!checkFree(parser, targets[i]))
            return noNode;
        parser.known.emplace(textOf(parser, targets[i]), Known{nodes[i], targets[i].offset, true});
        setName(parser.made, nodes[i], textOf(parser, targets[i]));
    }
    return nodes.empty() ? noNode : nodes.back();
}

void failAfterStatement(Parser& parser)
{
    switch (present(parser).kind) {
    case TokenKind::Close:
        failAt(parser, present(parser).offset, "there is no '(' for this ')'", "Take it away");
        return;
    case TokenKind::Equals:
        failAt(parser, present(parser).offset, "only a name can stand before '='", "Write name = expression");
        return;
    case TokenKind::Number:
    case TokenKind::Name:
    case TokenKind::Open:
        failExpecting(parser, "expected an operator", "Write * between factors, and ; between statements");
        return;
    default:
        failExpecting(parser, "expected an operator or the end of the statement",
                      "Write one expression in each statement");
    }
}

void parseStatements(Parser& parser)
{
    std::optional<std::size_t> nameless; // the offset of the latest statement that assigns nothing
    std::size_t names = 0;               // of the latest statement
    std::size_t start = 0;
    while (!parser.fault) {
        while (present(parser).kind == TokenKind::Separator)
            advance(parser);
        if (present(parser).kind == TokenKind::End)
            break;
        if (nameless) {
            failAt(parser, *nameless, "this value has no name, so that nothing after it can use it",
                   "Write name = in front of it");
            return;
        }
        start = present(parser).offset;
        const TokenKind second = following(parser).kind;
        if (present(parser).kind == TokenKind::Name &&
            (second == TokenKind::Equals || second == TokenKind::Comma)) {
            names = second == TokenKind::Comma ? 2 : 1;
            parser.made.root = parseAssignment(parser);
        } else {
            names = 0;
            nameless = start;
            parser.made.root = parseSum(parser);
        }
        const TokenKind kind = present(parser).kind;
        if (!parser.fault && kind != TokenKind::Separator && kind != TokenKind::End)
            failAfterStatement(parser);
    }
    if (parser.fault)
        return;
    if (parser.made.root == noNode) {
        failExpecting(parser, expectedOperand, "Write an expression, for instance L = (a*b + c)^2");
    } else if (names > 1) {
        failAt(parser, start, "the last statement has several values, and the root is one",
               "Add a statement that makes one value of them, for instance L = -log(p)");
    } else if (parser.made.graph.nodes.size() > maximumExpressionNodes) {
        failAt(parser, start, "the graph has more than " + std::to_string(maximumExpressionNodes) + " nodes",
               "Shorten the expression");
    }
}

} // namespace

Result<NamedGraph> parseExpression(std::string_view text, const VariableValues& values, double missing,
                                   TextPlace* place)
{
    const bool tooLong = text.size() > maximumExpressionLength;
    Parser parser{text, tokenize(tooLong ? std::string_view() : text), values, missing};
    if (tooLong) {
        failAt(parser, maximumExpressionLength,
               "the expression is longer than " + withSeparators(maximumExpressionLength) + " bytes",
               "Shorten it");
    } else {
        parseStatements(parser);
    }
    if (parser.fault) {
        if (place != nullptr)
            *place = placeOf(text, parser.faultOffset);
        return *parser.fault;
    }
    parser.made.names.resize(parser.made.graph.nodes.size());
    return std::move(parser.made);
}

} // namespace chainrule::scalar
