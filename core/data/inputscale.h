// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/network/network.h"

#include <memory>
#include <span>
#include <vector>

namespace chainrule {

/// `value` as the network sees it.
[[nodiscard]] double scaled(double value, const InputScale& scale);

/// One for each input; none where the data's numbers are as they were read.
[[nodiscard]] std::vector<InputScale> scaleOf(const Dataset& data);

/// The data with their own numbers brought to another scale, that of the model that reads them; the same data
/// where nothing changes: the scale is the data's own, or not of as many inputs. Fails on images, and on
/// numbers that the scale brings beyond what a float holds.
[[nodiscard]] Result<std::shared_ptr<const Dataset>> withScale(std::shared_ptr<const Dataset> data,
                                                               std::span<const InputScale> scale);

} // namespace chainrule
