// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"

#include "core/base/text.h"
#include "core/scalar/expression/expressionfunctions.h"
#include "core/scalar/expression/expressionparser.h"

#include <optional>
#include <utility>

namespace chainrule::scalar {

namespace {

/// Whether a name can be assigned to: it is no function's and means nothing yet.
bool checkFree(Parser& parser, const Token& token)
{
    const std::string_view name = textOf(parser, token);
    if (functionNamed(name)) {
        failAt(parser, token.offset, {MessageId::isAFunction, inQuotes(name)}, MessageId::chooseAnotherName);
        return false;
    }
    const auto found = parser.known.find(name);
    if (found == parser.known.end())
        return true;
    failAt(parser, token.offset,
           {found->second.assigned ? MessageId::assignedTwice : MessageId::assignedAfterUse, inQuotes(name),
            placeInWords(parser.text, found->second.offset)},
           found->second.assigned ? MessageId::chooseAnotherName : MessageId::assignBefore);
    return false;
}

/// The right side of p, q = softmax(a, b).
std::vector<NodeId> parseSoftmax(Parser& parser, std::size_t nameCount)
{
    const Token token = present(parser);
    if (token.kind != TokenKind::Name || textOf(parser, token) != "softmax" ||
        following(parser).kind != TokenKind::Open) {
        failExpecting(parser, MessageId::expectedSoftmax, MessageId::statementForEachValue);
        return {};
    }
    advance(parser);
    const std::vector<NodeId> logits = parseArguments(parser);
    if (logits.empty())
        return {};
    if (logits.size() != nameCount) {
        failAt(parser, token.offset,
               {MessageId::softmaxAndNames, std::to_string(logits.size()), std::to_string(nameCount)},
               MessageId::nameEachValue);
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
            return failExpecting(parser, MessageId::expectedName, MessageId::writeSoftmax);
        if (!checkFree(parser, token))
            return noNode;
        targets.push_back(token);
        advance(parser);
        if (present(parser).kind != TokenKind::Comma)
            break;
        advance(parser);
    }
    if (present(parser).kind != TokenKind::Equals)
        return failExpecting(parser, MessageId::expectedEquals, MessageId::writeSoftmax);
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
        failAt(parser, present(parser).offset, MessageId::noOpenForClose, MessageId::takeItAway);
        return;
    case TokenKind::Equals:
        failAt(parser, present(parser).offset, MessageId::onlyNamesAssigned, MessageId::writeNameEquals);
        return;
    case TokenKind::Number:
    case TokenKind::Name:
    case TokenKind::Open:
        failExpecting(parser, MessageId::expectedOperator, MessageId::writeTimesOrSemicolon);
        return;
    default:
        failExpecting(parser, MessageId::expectedStatementEnd, MessageId::oneExpressionEach);
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
            failAt(parser, *nameless, MessageId::valueHasNoName, MessageId::writeNameBefore);
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
        failExpecting(parser, MessageId::expectedOperand, MessageId::writeAnExpression);
    } else if (names > 1) {
        failAt(parser, start, MessageId::lastHasSeveralValues, MessageId::makeOneValue);
    } else if (parser.made.graph.nodes.size() > maximumExpressionNodes) {
        failAt(parser, start, {MessageId::graphTooLarge, std::to_string(maximumExpressionNodes)},
               MessageId::shortenExpression);
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
               {MessageId::expressionTooLong, withSeparators(maximumExpressionLength)}, MessageId::shortenIt);
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
