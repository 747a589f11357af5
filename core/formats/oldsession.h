// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/modelfile.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// What versions before the library kept of a window in case that it crashed (chainrule-session/1 and /2).
struct OldSession {
    std::string settings;            ///< those that were edited, JSON text
    std::string drawing;             ///< on the canvas, as readStrokeLine() reads it; empty: none
    std::string expression;          ///< empty: none of one's own
    std::string variables;           ///< of the expression: JSON object of numbers
    std::string graphPage;           ///< what else the Graph page was set to, in its own notation
    std::vector<ModelFile> networks; ///< that of the window first, then those of its runs
};

/// Nothing where it is no such file, or is damaged. Parts that cannot be read are left out.
[[nodiscard]] std::optional<OldSession> readOldSession(std::span<const char> bytes);

} // namespace chainrule
