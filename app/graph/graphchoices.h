// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace chainrule {

class GraphPage;

/// What the Graph page is set to, but for its expression: which kind of graph, and the tiny network. A text
/// for the settings file and for sessions.
namespace graphChoices {

[[nodiscard]] QString write(const GraphPage& page);
/// Leaves aside what is missing or cannot be used. True where the page is to show a digit, which it cannot do
/// without one.
bool apply(const QString& text, GraphPage& page);

} // namespace graphChoices

} // namespace chainrule
