// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

namespace chainrule {

/// The same with a capital at its beginning.
[[nodiscard]] inline QString capitalized(QString text)
{
    return text.replace(0, 1, text.left(1).toUpper());
}

/// An error as a sentence for the window.
[[nodiscard]] inline QString sentenceOf(const Error& error)
{
    return capitalized(QString::fromStdString(error.message()));
}

} // namespace chainrule
