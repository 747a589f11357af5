// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include "widgets/tables/datapreview.h"

#include <memory>
#include <stop_token>

namespace chainrule {

/// What a summary shows of each class at the most.
inline constexpr std::size_t examplesPerClass = 24;

/// Counts classes, takes the mean of their images (of features: of what sampleImage() makes of them) and the
/// first samples of each. Looks at every sample; stopped, it gives up and tells what it has.
[[nodiscard]] DataSummary summarize(const Dataset& data, const std::stop_token& stop = {});

/// "70,000 images of 28 × 28 in 10 classes", in the language of the window.
[[nodiscard]] QString aboutData(const Dataset& data);

} // namespace chainrule
