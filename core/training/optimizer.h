// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Update rules as functions over flat parameters and their gradients, the same for both engines. All spans of
// one call have the same length.
namespace chainrule {

/// p -= rate * g
template <typename T>
void sgdStep(std::span<T> p, std::span<const T> g, T rate)
{
    for (std::size_t i = 0; i < p.size(); ++i)
        p[i] -= rate * g[i];
}

inline constexpr double momentumFactor = 0.9;

/// v = 0.9 v + g; p -= rate * v (Polyak, 1964, in the form of Sutskever et al., 2013, with the rate outside)
template <typename T>
void momentumStep(std::span<T> p, std::span<const T> g, std::span<T> v, T rate)
{
    const T factor = static_cast<T>(momentumFactor);
    for (std::size_t i = 0; i < p.size(); ++i) {
        v[i] = factor * v[i] + g[i];
        p[i] -= rate * v[i];
    }
}

inline constexpr double adamBeta1 = 0.9;
inline constexpr double adamBeta2 = 0.999;
inline constexpr double adamEpsilon = 1e-8;

/// Adam (Kingma and Ba, 2015, algorithm 1). `m` and `v` are the running means of the gradient and of its
/// square; `step` counts from 1.
template <typename T>
void adamStep(std::span<T> p, std::span<const T> g, std::span<T> m, std::span<T> v, std::int64_t step, T rate)
{
    const T beta1 = static_cast<T>(adamBeta1);
    const T beta2 = static_cast<T>(adamBeta2);
    const T correction1 = static_cast<T>(1.0 / (1.0 - std::pow(adamBeta1, static_cast<double>(step))));
    const T correction2 = static_cast<T>(1.0 / (1.0 - std::pow(adamBeta2, static_cast<double>(step))));
    const T epsilon = static_cast<T>(adamEpsilon);
    for (std::size_t i = 0; i < p.size(); ++i) {
        m[i] = beta1 * m[i] + (T(1) - beta1) * g[i];
        v[i] = beta2 * v[i] + (T(1) - beta2) * g[i] * g[i];
        p[i] -= rate * (m[i] * correction1) / (std::sqrt(v[i] * correction2) + epsilon);
    }
}

/// What an optimizer remembers between steps.
template <typename T>
struct OptimizerState {
    OptimizerKind kind = OptimizerKind::Sgd;
    std::vector<T> first;  ///< velocity, or Adam's mean of the gradient; empty for SGD
    std::vector<T> second; ///< Adam's mean of the squared gradient; else empty
    std::int64_t steps = 0;
};

template <typename T>
[[nodiscard]] OptimizerState<T> makeOptimizer(OptimizerKind kind, std::size_t parameters)
{
    OptimizerState<T> state;
    state.kind = kind;
    if (kind != OptimizerKind::Sgd)
        state.first.assign(parameters, T(0));
    if (kind == OptimizerKind::Adam)
        state.second.assign(parameters, T(0));
    return state;
}

/// Moves a part of the parameters, which lie from `offset` on in the state, by the rule of the step that
/// state.steps counts.
template <typename T>
void moveParameters(OptimizerState<T>& state, std::size_t offset, std::span<T> p, std::span<const T> g,
                    T rate)
{
    const auto part = [&](std::vector<T>& memory) { return std::span<T>(memory).subspan(offset, p.size()); };
    switch (state.kind) {
    case OptimizerKind::Sgd:
        sgdStep(p, g, rate);
        return;
    case OptimizerKind::Momentum:
        momentumStep(p, g, part(state.first), rate);
        return;
    case OptimizerKind::Adam:
        adamStep(p, g, part(state.first), part(state.second), state.steps, rate);
        return;
    }
}

/// Moves all parameters by one step of the state's rule.
template <typename T>
void optimizerStep(OptimizerState<T>& state, std::span<T> p, std::span<const T> g, T rate)
{
    ++state.steps;
    moveParameters(state, 0, p, g, rate);
}

} // namespace chainrule
