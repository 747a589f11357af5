// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression.h"

#include "core/base/text.h"
#include "core/scalar/expressionfunctions.h"
#include "core/scalar/expressionparser.h"

#include <optional>
#include <utility>

namespace chainrule::scalar {

namespace {

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
