// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"

namespace chainrule {

/// nodeTitle() of at most about 16 characters, the middle of longer ones replaced by "…".
[[nodiscard]] QString shortTitle(const scalar::NamedGraph& named, scalar::NodeId node, const QLocale& locale);
/// shortTitle() in parentheses where it is no name but a constant's value: "(2)" in "∂e/∂(2)".
[[nodiscard]] QString variableTitle(const scalar::NamedGraph& named, scalar::NodeId node,
                                    const QLocale& locale);
/// "∂e/∂a"; where both parents of e are a, "∂e/∂a (left)" and "∂e/∂a (right)".
[[nodiscard]] QString derivativeTitle(const scalar::NamedGraph& named, scalar::NodeId node, int slot,
                                      const QLocale& locale);
/// What localDerivativeText() cannot say in symbols: "as a > 0" of a relu, "a is clipped to 50" of a sigmoid,
/// exp or log outside of its limits; else empty.
[[nodiscard]] QString derivativeReason(const scalar::NamedGraph& named, scalar::NodeId node,
                                       const QLocale& locale);

} // namespace chainrule
