// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <cstdint>
#include <vector>

namespace chainrule {

struct SampleCounts {
    int training = 0;
    int validation = 0;
    int test = 0;
    bool operator==(const SampleCounts&) const = default;
};

/// Indices into a data set's pool; no sample is in two of them.
struct Split {
    std::vector<std::uint32_t> training;
    std::vector<std::uint32_t> validation;
    std::vector<std::uint32_t> test;
};

/// Takes the first samples of the pool in the order that the seed shuffles it into: training, then
/// validation, then test. With `shuffled` false: training samples are the first of the training file,
/// validation samples the ones right after them, test samples the first of the test file (a set that is one
/// file, as a toy set, gives those after the validation samples).
/// Fails where the pool (or the file) is too small or a count is negative or the training set empty.
[[nodiscard]] Result<Split> makeSplit(const Dataset& data, SampleCounts counts, std::uint64_t seed,
                                      bool shuffled);

/// Counts cut down to what the pool can give: those the person asked for stay, the others shrink, test
/// and validation first, to a tenth of the pool each while training samples can give way instead, so that
/// a small set still trains, and is measured, with the settings of a large one. Where the counts asked for
/// are too many by themselves, they stay so, for makeSplit() to refuse.
struct AskedFor {
    bool training = false;
    bool validation = false;
    bool test = false;
};
[[nodiscard]] SampleCounts fitCounts(SampleCounts counts, AskedFor asked, std::size_t pool);

} // namespace chainrule
