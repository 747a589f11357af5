// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace chainrule {

/// How the pen passes through a control point.
enum class Pass : std::uint8_t {
    Smooth, ///< the curve goes through without a bend
    Corner, ///< the pen stops and sets off in another direction
    Down,   ///< a new stroke begins here
};

/// A point of a skeleton in two poses, between and slightly beyond which people vary. Units: the digit
/// is about 100 high, x to the right, y downwards.
struct ControlPoint {
    std::int16_t ax;
    std::int16_t ay;
    std::int16_t bx;
    std::int16_t by;
    Pass pass = Pass::Smooth;
};

/// One way to write a digit.
struct Skeleton {
    int weight; ///< how often, relative to the digit's other skeletons
    std::span<const ControlPoint> points;
};

inline constexpr std::size_t maximumControlPoints = 20;

/// The ways to write `digit`, 0 to 9. Every skeleton begins with Pass::Down, has at most
/// maximumControlPoints points and at least two in each stroke.
[[nodiscard]] std::span<const Skeleton> skeletons(int digit);

} // namespace chainrule
