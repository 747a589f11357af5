// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"

#include <cstdint>
#include <string_view>

// Gradients without the chain rule: a node's value is moved a little to both sides, everything after it is
// computed anew, and the root's change is divided by the step.
namespace chainrule::scalar {

/// Computes every value anew, in order, from the leaves. Leaves keep their values, also the maximum that
/// softmax subtracts: its result does not depend on it.
void recompute(Graph& graph);

/// Whether the operation's derivative jumps somewhere: relu, max and min.
[[nodiscard]] bool hasKink(Op op);

/// The outcome of comparing a gradient with its numeric counterpart.
enum class Verdict : std::uint8_t {
    Agrees,
    Kink,      ///< a relu, max or min switches within the smallest step: there is no single derivative
    Clipped,   ///< an exp, sigmoid or log is clipped; its gradient is by convention not the clip's, 0
    Undefined, ///< the root or a derivative is not a finite number here
    Drowned,   ///< lost in rounding: the root changes by less than it is rounded
    Disagrees,
};

/// "agrees", "kink", "clipped", "undefined", "drowned", "disagrees".
[[nodiscard]] std::string_view verdictName(Verdict verdict);

struct NumericGradient {
    double value = 0.0;    ///< NaN where it is undefined
    double error = 0.0;    ///< the estimated absolute error of value; infinite where no step avoids a switch
    double blur = 0.0;     ///< how much rounding on the way to the root could change value
    bool kink = false;     ///< a relu, max or min switches within a few steps
    bool clipped = false;  ///< a node on the way is clipped
    bool nearClip = false; ///< a node on the way is clipped within a few steps
};

/// d root / d node at the present values, which must be up to date. For a node that is not a leaf, its own
/// value is what moves. Central differences, extrapolated to step 0 by Richardson's method with an error
/// estimate after Ridders (Advances in Engineering Software 4, 1982): steps are halved, those across which a
/// relu or a clip switches are left out, and the extrapolation with the smallest estimated error counts.
/// Across a kink that no step avoids, the value is the central difference of a small step.
/// Linear in the nodes between the two, for each of at most 125 evaluations.
[[nodiscard]] NumericGradient numericGradient(const Graph& graph, NodeId root, NodeId node);

struct GradientCheck {
    double numeric = 0.0;
    double relativeError = 0.0; ///< |gradient - numeric| over the larger of both; 0 where both are 0
    Verdict verdict = Verdict::Agrees;
};

/// The largest relative error at which the two agree.
inline constexpr double gradientTolerance = 1e-6;

/// Compares the node's present gradient, which backward() left there, with numericGradient().
[[nodiscard]] GradientCheck checkGradient(const Graph& graph, NodeId root, NodeId node);

} // namespace chainrule::scalar
