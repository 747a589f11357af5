// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/network/network.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace chainrule {

/// `value` as the network sees it.
[[nodiscard]] double scaled(double value, const InputScale& scale);

/// Mean and deviation of every column of a table over those of its samples that are named, taken from the
/// table's own numbers in double: the deviation is the root of the mean square, and exactly 0 where all are
/// the same number. None for images and toy sets, whose numbers stay as they are, and where no sample is
/// named.
[[nodiscard]] std::vector<InputScale> scaleFrom(const Dataset& data, std::span<const std::uint32_t> samples);

/// One for each input; none where the data's numbers are as they were read.
[[nodiscard]] std::vector<InputScale> scaleOf(const Dataset& data);

/// Makes a table's own numbers (`measured`) its features: each less its column's mean, over its deviation, in
/// double, and only then a float. One scale for each input. Fails on numbers that the scale brings beyond
/// what a float holds.
[[nodiscard]] Result<void> applyScale(Dataset& data, std::span<const InputScale> scale);

/// The data with their own numbers brought to another scale, that of the network that reads them; the same
/// data where nothing changes: the scale is the data's own, or not of as many inputs. Fails on images, and as
/// applyScale() does.
[[nodiscard]] Result<std::shared_ptr<const Dataset>> withScale(std::shared_ptr<const Dataset> data,
                                                               std::span<const InputScale> scale);

} // namespace chainrule
