// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/modelmetadata.h"

#include <QString>

#include <optional>
#include <stop_token>

namespace chainrule {

/// What has become of the model file that a run began from.
enum class InitialState {
    None,    ///< the first weights were drawn by the seed
    Same,    ///< the file is there, with the content that it had
    Missing, ///< it is no longer there, or can no longer be read
    Changed, ///< its content is another
    Unknown, ///< nobody knows what it held, or nobody has looked
    InNoFile ///< there was none: the weights were those of a window
};

/// Path and content of a file as it is now. Takes as long as reading it does.
[[nodiscard]] InitialFile initialFileOf(const QString& path);

/// Reads the file again to compare it. Not for the window's thread.
[[nodiscard]] InitialState stateOf(const std::optional<InitialFile>& initial,
                                   const std::stop_token& stop = {});

} // namespace chainrule
