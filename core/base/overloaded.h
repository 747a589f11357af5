// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// One visitor of several functions, for std::visit().
template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>; // which clang 14 does not find by itself

} // namespace chainrule
