// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// How a step moves the parameters along their gradients, one row for each rule. A new one is a value of the
// enum, a row of the table and its formula for one number below; both engines use that formula, the matrix
// engine for a whole vector at once.
namespace chainrule {

enum class OptimizerKind : std::uint8_t { Sgd, Momentum, Nesterov, Adagrad, Rmsprop, Adam, AdamW };

struct OptimizerRow {
    OptimizerKind kind;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    int memories;           ///< numbers that it remembers of each parameter
    std::string_view summary;
};

/// In the order in which a person is offered them; row i is OptimizerKind(i)'s.
inline constexpr std::array optimizerTable{
    OptimizerRow{OptimizerKind::Sgd, "sgd", "SGD", 0, "Straight down the gradient"},
    OptimizerRow{OptimizerKind::Momentum, "momentum", "Momentum", 1,
                 "Keeps nine tenths of its speed from step to step"},
    OptimizerRow{OptimizerKind::Nesterov, "nesterov", "Nesterov", 1, "Momentum that looks one step ahead"},
    OptimizerRow{OptimizerKind::Adagrad, "adagrad", "Adagrad", 1,
                 "A rate of its own for each weight, which only falls"},
    OptimizerRow{OptimizerKind::Rmsprop, "rmsprop", "RMSprop", 1,
                 "A rate of its own for each weight, by its recent gradients"},
    OptimizerRow{OptimizerKind::Adam, "adam", "Adam", 2, "Momentum, and a rate of its own for each weight"},
    OptimizerRow{OptimizerKind::AdamW, "adamw", "AdamW", 2,
                 "Adam, with the l2 penalty apart from the gradient"},
};
static_assert(hasEachRow(optimizerTable, &OptimizerRow::kind, OptimizerKind::AdamW));

[[nodiscard]] constexpr const OptimizerRow& optimizerRow(OptimizerKind kind)
{
    return optimizerTable[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr std::string_view optimizerName(OptimizerKind kind)
{
    return optimizerRow(kind).name;
}
[[nodiscard]] Result<OptimizerKind> optimizerFromName(std::string_view name);

// The optimizers' constants without a setting of their own. Their values are PyTorch's defaults.
inline constexpr double momentumFactor = 0.9;
inline constexpr double adagradEpsilon = 1e-10;
inline constexpr double rmspropAlpha = 0.99;
inline constexpr double rmspropEpsilon = 1e-8;
inline constexpr double adamBeta1 = 0.9;
inline constexpr double adamBeta2 = 0.999;
inline constexpr double adamEpsilon = 1e-8;

/// What one step's rule needs besides the numbers it moves. T: float or double.
template <typename T>
struct UpdateRule {
    OptimizerKind kind = OptimizerKind::Sgd;
    T rate = T(0);
    T scale = T(1);       ///< what the summed gradients are multiplied by: 1 / batch, and less where clipped
    T l1 = T(0);          ///< added to the gradient: l1 * sign(p); 0 for biases
    T l2 = T(0);          ///< added to the gradient: l2 * p; in AdamW p loses rate * l2 * p instead
    T correction1 = T(1); ///< Adam's 1 / (1 - beta1^step)
    T correction2 = T(1); ///< and 1 / (1 - beta2^step)
};

/// base to the power of `exponent`, by squaring: multiplications alone, so that every machine gets the same
/// bits, as it does not from std::pow().
[[nodiscard]] constexpr double wholePower(double base, std::int64_t exponent)
{
    double power = 1.0;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1)
            power *= base;
        base *= base;
    }
    return power;
}

/// The rule of the step that is number `step`, counted from 1.
template <typename T>
[[nodiscard]] UpdateRule<T> updateRule(OptimizerKind kind, double rate, double scale, double l1, double l2,
                                       std::int64_t step);

/// The gradient with the penalties of a weight. `V` is a number, or a vector of them.
template <OptimizerKind kind, typename V, typename T>
[[gnu::always_inline]] inline V penalized(V gradient, V p, const UpdateRule<T>& rule)
{
    gradient = gradient * rule.scale;
    const V zero = p - p;
    if (rule.l1 != T(0))
        gradient = gradient + (p > zero ? zero + rule.l1 : (p < zero ? zero - rule.l1 : zero));
    if (kind != OptimizerKind::AdamW && rule.l2 != T(0))
        gradient = gradient + rule.l2 * p;
    return gradient;
}

/// One parameter's step: the new value of p for its gradient g (penalties included). `m` and `v` are what the
/// rule remembers of it, `root` is the square root. V is a number or a vector of numbers; no operation is
/// fused, so that every instruction set gives the same bits.
///
/// Momentum: Polyak, 1964, as PyTorch's SGD has it, the rate outside the velocity. Nesterov: Sutskever et
/// al., 2013. Adagrad: Duchi et al., 2011. RMSprop: Tieleman and Hinton, 2012. Adam: Kingma and Ba, 2015,
/// algorithm 1. AdamW: Loshchilov and Hutter, 2019.
template <OptimizerKind kind, typename V, typename T, typename Root>
[[gnu::always_inline]] inline V moved(V p, V g, [[maybe_unused]] V& m, [[maybe_unused]] V& v,
                                      const UpdateRule<T>& rule, [[maybe_unused]] const Root& root)
{
    if constexpr (kind == OptimizerKind::Sgd) {
        return p - rule.rate * g;
    } else if constexpr (kind == OptimizerKind::Momentum) {
        m = T(momentumFactor) * m + g;
        return p - rule.rate * m;
    } else if constexpr (kind == OptimizerKind::Nesterov) {
        m = T(momentumFactor) * m + g;
        return p - rule.rate * (g + T(momentumFactor) * m);
    } else if constexpr (kind == OptimizerKind::Adagrad) {
        m = m + g * g;
        return p - rule.rate * g / (root(m) + T(adagradEpsilon));
    } else if constexpr (kind == OptimizerKind::Rmsprop) {
        m = T(rmspropAlpha) * m + T(1 - rmspropAlpha) * g * g;
        return p - rule.rate * g / (root(m) + T(rmspropEpsilon));
    } else if constexpr (kind == OptimizerKind::Adam || kind == OptimizerKind::AdamW) {
        if constexpr (kind == OptimizerKind::AdamW)
            p = p - rule.rate * rule.l2 * p;
        m = T(adamBeta1) * m + T(1 - adamBeta1) * g;
        v = T(adamBeta2) * v + T(1 - adamBeta2) * g * g;
        return p - rule.rate * (m * rule.correction1) / (root(v * rule.correction2) + T(adamEpsilon));
    } else {
        static_assert(kind == OptimizerKind::Sgd, "this optimizer has no formula");
    }
}

/// Calls `use.template operator()<kind>()` with the kind as a constant, so that its formula is chosen once
/// for all parameters.
template <typename Use>
[[gnu::always_inline]] inline void withOptimizer(OptimizerKind kind, const Use& use)
{
    switch (kind) {
    case OptimizerKind::Sgd:
        return use.template operator()<OptimizerKind::Sgd>();
    case OptimizerKind::Momentum:
        return use.template operator()<OptimizerKind::Momentum>();
    case OptimizerKind::Nesterov:
        return use.template operator()<OptimizerKind::Nesterov>();
    case OptimizerKind::Adagrad:
        return use.template operator()<OptimizerKind::Adagrad>();
    case OptimizerKind::Rmsprop:
        return use.template operator()<OptimizerKind::Rmsprop>();
    case OptimizerKind::Adam:
        return use.template operator()<OptimizerKind::Adam>();
    case OptimizerKind::AdamW:
        return use.template operator()<OptimizerKind::AdamW>();
    }
}

/// What an optimizer remembers between steps, in the engine's own order of the parameters.
template <typename T>
struct OptimizerState {
    OptimizerKind kind = OptimizerKind::Sgd;
    std::vector<T> first;  ///< empty where the rule remembers nothing
    std::vector<T> second; ///< empty where it remembers one number or none
    std::int64_t steps = 0;
};

template <typename T>
[[nodiscard]] OptimizerState<T> makeOptimizer(OptimizerKind kind, std::size_t parameters)
{
    OptimizerState<T> state;
    state.kind = kind;
    if (optimizerRow(kind).memories > 0)
        state.first.assign(parameters, T(0));
    if (optimizerRow(kind).memories > 1)
        state.second.assign(parameters, T(0));
    return state;
}

/// What an optimizer remembers, in the order of Network::parameters.
struct OptimizerMemory {
    OptimizerKind kind = OptimizerKind::Sgd;
    std::int64_t steps = 0;
    std::vector<double> first;  ///< empty where the rule remembers nothing
    std::vector<double> second; ///< empty where it remembers one number or none
    bool operator==(const OptimizerMemory&) const = default;
};

} // namespace chainrule
