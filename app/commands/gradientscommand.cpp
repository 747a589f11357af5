// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"

#include "core/base/text.h"
#include "core/scalar/dot.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/gradientcheck.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

namespace {

using scalar::NamedGraph;
using scalar::NodeId;
using Checks = std::vector<scalar::GradientCheck>; // of each node; empty without --check

std::string number(double value)
{
    return shortestNumber(value + 0.0); // -0 is 0 to a reader
}

std::string parentsOf(const NamedGraph& expression, const scalar::Node& node)
{
    std::string all;
    for (const NodeId parent : node.parents) {
        if (parent != scalar::noNode)
            all += (all.empty() ? "" : ", ") + labelOf(expression, parent);
    }
    return all;
}

std::string explanation(scalar::Verdict verdict)
{
    const std::string name(scalar::verdictName(verdict));
    switch (verdict) {
    case scalar::Verdict::Agrees:
    case scalar::Verdict::Disagrees:
        return name;
    case scalar::Verdict::Kink:
        return name + ": a relu crosses 0, or max or min its other value";
    case scalar::Verdict::Clipped:
        return name + ": exp, sigmoid or log beyond its limit";
    case scalar::Verdict::Undefined:
        return name + ": no finite number here";
    case scalar::Verdict::Drowned:
        return name + ": rounding hides the change";
    }
    return name;
}

/// What has to be known of a node's gradient; empty where there is nothing.
std::string remarkOn(const NamedGraph& expression, const scalar::Node& node)
{
    const std::string name(scalar::opName(node.op));
    if (isClipped(expression.graph, node)) {
        const double value = expression.graph.nodes[scalar::index(node.parents[0])].data;
        return name + " takes " + number(value) + " for " + number(clipped(scalar::ruleOf(node.op), value)) +
               ", its limit, and has the gradient of its formula there";
    }
    if (isTie(expression.graph, node))
        return name + " has equal values, and each gets half of its gradient";
    return {};
}

void printRemarks(const NamedGraph& expression)
{
    for (std::size_t i = 0; i < expression.graph.nodes.size(); ++i) {
        const std::string remark = remarkOn(expression, expression.graph.nodes[i]);
        if (!remark.empty())
            std::printf("%s: %s\n", labelOf(expression, NodeId(i)).c_str(), remark.c_str());
    }
}

void printTable(const NamedGraph& expression, const Checks& checks)
{
    std::vector<std::vector<std::string>> rows{{"node", "op", "of", "value", "gradient"}};
    if (!checks.empty())
        rows.front().insert(rows.front().end(), {"numeric", "check"});
    for (std::size_t i = 0; i < expression.names.size(); ++i) {
        const scalar::Node& node = expression.graph.nodes[i];
        rows.push_back({labelOf(expression, NodeId(i)), operationOf(node), parentsOf(expression, node),
                        number(node.data), number(node.grad)});
        if (!checks.empty())
            rows.back().insert(rows.back().end(),
                               {number(checks[i].numeric), explanation(checks[i].verdict)});
    }
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string gap(widths[i] - row[i].size(), ' ');
            const bool isNumber = i >= 3 && i <= 5;
            line += (i == 0 ? "" : "  ") + (isNumber ? gap + row[i] : row[i] + gap);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        std::printf("%s\n", line.c_str());
    }
}

void printJson(const NamedGraph& expression, const Checks& checks)
{
    nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
    nlohmann::ordered_json order = nlohmann::ordered_json::array();
    const auto& graph = expression.graph;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const scalar::Node& node = graph.nodes[i];
        nlohmann::ordered_json parents = nlohmann::ordered_json::array();
        for (const NodeId parent : node.parents) {
            if (parent != scalar::noNode)
                parents.push_back(scalar::index(parent));
        }
        nodes.push_back({{"id", i},
                         {"name", expression.names[i]},
                         {"op", scalar::opName(node.op)},
                         {"value", node.data},
                         {"grad", node.grad},
                         {"parents", std::move(parents)}});
        if (node.op == scalar::Op::Power)
            nodes.back()["exponent"] = node.exponent;
        if (isClipped(graph, node))
            nodes.back()["clipped"] = true;
        if (isTie(graph, node))
            nodes.back()["tie"] = true;
        if (!checks.empty()) {
            nodes.back()["numeric"] = checks[i].numeric;
            nodes.back()["check"] = scalar::verdictName(checks[i].verdict);
        }
    }
    for (const scalar::NodeId node : scalar::backwardOrder(graph, expression.root))
        order.push_back(scalar::index(node));
    const nlohmann::ordered_json line = {
        {"nodes", std::move(nodes)}, {"root", scalar::index(expression.root)}, {"order", std::move(order)}};
    std::printf("%s\n", line.dump().c_str());
}

/// The line of the text on which the place is, and a caret under its column, cut to what a terminal shows.
void printCaret(const std::string& text, const scalar::TextPlace& place)
{
    const std::size_t offset = std::min(place.offset, text.size());
    const std::size_t before = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    const std::size_t start = before == std::string::npos ? 0 : before + 1;
    const QString line = QString::fromStdString(text.substr(start, text.find('\n', start) - start));
    const auto column = QString::fromStdString(text.substr(start, offset - start)).size();
    constexpr qsizetype around = 50;
    const qsizetype from = std::max<qsizetype>(0, column - around);
    QString shown = line.mid(from, 2 * around);
    for (QChar& c : shown) {
        if (!c.isPrint())
            c = QLatin1Char(c.isSpace() ? ' ' : '?');
    }
    std::fprintf(stderr, "    %s\n    %s^\n", qUtf8Printable(shown),
                 std::string(static_cast<std::size_t>(column - from), ' ').c_str());
}

/// A plain decimal number, the same in every locale.
std::optional<double> decimal(const std::string& text)
{
    const char* first = text.data();
    const char* last = first + text.size();
    if (text.size() > 1 && text[0] == '+' && text[1] != '-')
        ++first;
    double value = 0.0;
    const auto [end, status] = std::from_chars(first, last, value);
    if (status != std::errc() || end != last || !std::isfinite(value))
        return std::nullopt;
    return value;
}

Result<scalar::VariableValues> readValues(const QStringList& words)
{
    scalar::VariableValues values;
    for (const QString& each : words) {
        const std::string word = each.toStdString();
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            return Error{inQuotes(word), "it is not name=value",
                         "Put the whole expression into quotes, and give values as a=2"};
        }
        const std::string name = word.substr(0, equals);
        const auto value = decimal(word.substr(equals + 1));
        if (!value)
            return Error{inQuotes(word), "the value is not a number",
                         "Give one, for instance a=-3 or a=1e-3"};
        if (!values.emplace(name, *value).second)
            return Error{inQuotes(word), "the name has a value already", "Give each name once"};
    }
    return values;
}

/// Whether exactly the expression's variables have values.
Result<void> checkValues(const NamedGraph& expression, const scalar::VariableValues& values)
{
    std::string missing;
    for (const scalar::Variable& variable : expression.variables) {
        if (!variable.given)
            missing += (missing.empty() ? "" : " ") + variable.name + "=1";
    }
    if (!missing.empty()) {
        const std::string first = missing.substr(0, missing.find('='));
        const bool several = missing.find(' ') != std::string::npos;
        return Error{"the variable " + inQuotes(first),
                     several ? "it and others have no value" : "it has no value",
                     "Add values after the expression, for instance " + missing};
    }
    for (const auto& [name, value] : values) {
        const auto isIt = [&name = name](const scalar::Variable& variable) { return variable.name == name; };
        if (std::any_of(expression.variables.begin(), expression.variables.end(), isIt))
            continue;
        const bool assigned =
            std::find(expression.names.begin(), expression.names.end(), name) != expression.names.end();
        return Error{inQuotes(name + "=" + shortestNumber(value)),
                     assigned ? "the expression computes that name itself"
                              : "the expression has no variable of that name",
                     "Take it away, or use the name in the expression"};
    }
    return {};
}

} // namespace

int gradientsCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr(
        "Value and gradient of every node of an expression, such as 'e = a*b; d = e + c; L = d^2'.\n"
        "Statements end with the line or ';', the last one is the root. There are + - * / ^ ( ) and the\n"
        "functions relu, sigmoid, tanh, exp, log, sin, cos, erf, sqrt, abs, max, min, and\n"
        "p, q = softmax(a, b); pi and e are numbers unless they are given. Where max or min has equal\n"
        "values, each gets half of the gradient."));
    parser.addPositionalArgument(QStringLiteral("EXPRESSION"), CommandLine::tr("What to compute."));
    parser.addPositionalArgument(QStringLiteral("name=value"), CommandLine::tr("The value of each variable."),
                                 QStringLiteral("[name=value...]"));
    parser.addOptions({
        {QStringLiteral("check"),
         CommandLine::tr("Compare every gradient with a central difference; fail where they disagree.")},
        {QStringLiteral("json"), CommandLine::tr("One JSON object on standard output.")},
        {QStringLiteral("dot"), CommandLine::tr("The graph as text for Graphviz.")},
    });
    // An expression may begin with a minus: only -h and what begins with two of them are options.
    QStringList options;
    QStringList positional;
    bool onlyPositional = false;
    for (const QString& word : arguments) {
        if (!onlyPositional && word == QLatin1String("--"))
            onlyPositional = true;
        else if (!onlyPositional && (word.startsWith(QLatin1String("--")) || word == QLatin1String("-h")))
            options << word;
        else
            positional << word;
    }
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("gradients"),
                    options + QStringList{QStringLiteral("--")} + positional, status))
        return status;
    if (positional.isEmpty())
        return failUsage({"gradients", "the expression is missing", "See chainrule gradients --help"});
    const bool asJson = parser.isSet(QStringLiteral("json"));
    const bool asDot = parser.isSet(QStringLiteral("dot"));
    if (asJson && asDot)
        return failUsage({"--json and --dot", "they exclude each other", "Choose one of them"});

    const auto values = readValues(positional.mid(1));
    if (!values)
        return failUsage(values.error());
    const std::string text = positional.first().toStdString();
    scalar::TextPlace place;
    auto expression = scalar::parseExpression(text, *values, 1.0, &place);
    if (!expression) {
        Error error = expression.error();
        error.what = {MessageId::optionPart, "the expression", error.what};
        failUsage(error);
        printCaret(text, place);
        return exitUsage;
    }
    if (const auto checked = checkValues(*expression, *values); !checked)
        return failUsage(checked.error());

    scalar::backward(expression->graph, expression->root);
    Checks checks;
    std::size_t disagreeing = 0;
    if (parser.isSet(QStringLiteral("check"))) {
        for (std::size_t i = 0; i < expression->names.size(); ++i) {
            checks.push_back(scalar::checkGradient(expression->graph, expression->root, NodeId(i)));
            disagreeing += checks.back().verdict == scalar::Verdict::Disagrees ? 1 : 0;
        }
    }
    if (asJson) {
        printJson(*expression, checks);
    } else if (asDot) {
        std::printf("%s", scalar::toDot(*expression, checks).c_str());
    } else {
        printTable(*expression, checks);
        printRemarks(*expression);
    }
    if (disagreeing > 0) {
        return failWork({"--check",
                         std::to_string(disagreeing) + " gradients disagree with central differences",
                         "Please report the expression and the values"});
    }
    return exitDone;
}

} // namespace chainrule
