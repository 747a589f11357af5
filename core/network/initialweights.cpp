// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/initialweights.h"

#include "core/base/names.h"

#include <cmath>
#include <cstddef>

namespace chainrule {

Result<InitialWeights> parseInitialWeights(std::string_view text)
{
    constexpr std::string_view option = "--initial-weights";
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const auto rule = name == "lecun" ? Result<WeightRule>(WeightRule::Xavier)
                                      : fromName(name, weightRuleTable, &WeightRuleRow::rule, option,
                                                 MessageId::kindWeightRule);
    if (!rule)
        return rule.error();
    if (*rule != WeightRule::Normal) {
        if (colon == std::string_view::npos)
            return InitialWeights{*rule, 0.0};
        return Error{std::string(option) + " " + inQuotes(text),
                     {MessageId::onlyNormalHasDeviation, name},
                     {MessageId::useInstead, std::string(option) + " " + std::string(name)}};
    }
    const std::string_view number =
        colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const auto deviation = parseDecimal(number);
    if (!deviation || !(*deviation >= 0.0 && *deviation <= maximumWeightDeviation)) {
        return Error{std::string(option) + " " + inQuotes(text),
                     {MessageId::normalNeedsDeviation, withSeparators(std::llround(maximumWeightDeviation))},
                     {MessageId::useInstead, std::string(option) + " normal:0.05"}};
    }
    return InitialWeights{WeightRule::Normal, *deviation};
}

std::string formatInitialWeights(const InitialWeights& initial)
{
    std::string text(weightRuleTable[static_cast<std::size_t>(initial.rule)].name);
    if (initial.rule == WeightRule::Normal)
        text += ":" + shortestNumber(initial.deviation);
    return text;
}

Network makeNetwork(const LayerStack& stack, const InitialWeights& initial, Random& random, Loss loss)
{
    Network network;
    network.stack = stack;
    network.loss = loss;
    network.parameters.resize(static_cast<std::size_t>(parameterCount(stack)), 0.0);
    if (initial.rule == WeightRule::Zero)
        return network;
    for (const LayerSpan& span : layerSpans(stack)) {
        const double deviation = deviationOf(initial, span.inputs, span.units);
        for (std::size_t i = span.weight; i < span.bias; ++i)
            network.parameters[i] = deviation * normal(random);
    }
    return network;
}

} // namespace chainrule
