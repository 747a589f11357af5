// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/expression/expression.h"
#include "core/training/tinynetwork.h"

#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace chainrule {

/// Something to look at on the Graph page.
struct GraphExample {
    QString title;
    QString notice; ///< one sentence: what to notice
    QString expression = {};
    scalar::VariableValues values = {};
    std::optional<TinySettings> network = {}; ///< instead of an expression
    std::vector<std::string> still = {};      ///< variables that Descend does not move: samples and targets
};

/// The first one is what the page starts with.
[[nodiscard]] std::vector<GraphExample> graphExamples();

} // namespace chainrule
