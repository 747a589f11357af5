// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/modelfile.h"
#include "core/library/library.h"

#include <cstdint>
#include <optional>

namespace chainrule {

/// A run's network with its settings and its history until then, as a model file has them: the run's result,
/// the very file that `chainrule train --save` writes; or its network after so many steps, of those that are
/// stored. Fails where the weights are not there; the error names the steps that are.
[[nodiscard]] Result<ModelFile> storedModel(Library& library, const RunRecord& run,
                                            std::optional<std::int64_t> step = {});

} // namespace chainrule
