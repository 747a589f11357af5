// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/replay/schedule.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Values of several samples at once, for evaluation: without gradients and the nodes within chains, and with
// the same bits as a replay of each sample alone.
namespace chainrule::scalar {

struct Lanes {
    std::vector<MemoryLine> lines;  ///< for each general place of the schedule, its number in every sample
    std::vector<MemoryLine> inputs; ///< for each sample, the spec's inputs in their order
    std::size_t inputStride = 0;    ///< from sample to sample, in numbers
    bool inputsInLines = false;     ///< whether anything but chains over the inputs uses them
    std::vector<std::uint8_t>
        whole; ///< for each bundle, whether its inputs are consecutive inputs of the spec
    std::vector<std::uint32_t> nonzero; ///< scratch space: the steps with a nonzero input
};

/// Lanes with the schedule's present parameters. Call it again when these have changed.
[[nodiscard]] Lanes makeLanes(const Schedule& schedule);

/// The inputs of one of sampleLanes samples, for the caller to write.
[[nodiscard]] std::span<double> inputsOf(const Schedule& schedule, Lanes& lanes, std::size_t sample);

/// Computes the values that the outputs and each sample's root need, for as many samples as there are roots.
void replay(const Schedule& schedule, Lanes& lanes, std::span<const std::size_t> roots);

/// Of an output, or of the root of that sample.
[[nodiscard]] double valueOf(const Schedule& schedule, const Lanes& lanes, NodeId node, std::size_t sample);

} // namespace chainrule::scalar
