// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/memory.h"
#include "core/data/dataset.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/scalar/network.h"
#include "core/scalar/replay/schedule.h"
#include "core/training/engines/batch.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

// The scalar engine behind engine.h. The network's graph for one sample is recorded once, with a loss for
// every class that a sample may have, and replayed for each sample.
namespace chainrule {

struct ScalarEngine {
    /// The mask of one dropout layer among the schedule's inputs.
    struct Mask {
        std::size_t first = 0; ///< of the schedule's inputs
        std::size_t units = 0;
        std::size_t layer = 0; ///< place in the stack
        double rate = 0.0;
    };

    Network shape;       ///< as it was given, with its first parameters
    scalar::Graph graph; ///< parameters, inputs, layers, losses; its numbers are those of the recording
    scalar::NetworkLeaves network;
    scalar::Schedule schedule; ///< the present parameters, and the numbers of the last sample
    std::vector<scalar::NodeId> outputs;
    std::vector<scalar::NodeId> losses;     ///< of each class; a single one where the loss is a mean
    std::size_t firstTarget = 0;            ///< of the schedule's inputs
    std::size_t targets = 0;                ///< 0 where each class has a loss of its own
    std::vector<Mask> masks;                ///< behind the targets
    std::vector<std::size_t> layerEnds;     ///< size of the graph after each layer with parameters
    std::vector<std::size_t> updateOffsets; ///< of each parameter, in the columns of an update
    std::vector<std::uint8_t> penalties;    ///< for each number of those columns, whether it is a weight
};

/// A claim to the memory that training and measuring a network in the scalar engine takes. It is made before
/// any of that memory is used, since Linux grants more memory than it has and kills a program that then uses
/// it.
class ScalarMemory {
public:
    /// Throws std::bad_alloc where such a network needs more than the `available` bytes without those that
    /// other threads have claimed.
    explicit ScalarMemory(const LayerStack& stack, std::optional<std::uint64_t> available = {});
    ~ScalarMemory();
    ScalarMemory(const ScalarMemory&) = delete;
    ScalarMemory& operator=(const ScalarMemory&) = delete;

private:
    std::uint64_t m_bytes = 0;
};

/// Throws where ScalarMemory does. `kernels` names an instruction set of this processor; empty: the best.
[[nodiscard]] ScalarEngine makeScalarEngine(const Network& network, std::string_view kernels = {},
                                            std::optional<std::uint64_t> available = {});

// As in engine.h.
[[nodiscard]] Network networkOf(const ScalarEngine& engine);
void setNetwork(ScalarEngine& engine, const Network& network);
[[nodiscard]] Network networkBefore(ScalarEngine& engine);
[[nodiscard]] OptimizerMemory memoryOf(const ScalarEngine& engine, const OptimizerState<double>& optimizer);
void setMemory(const ScalarEngine& engine, OptimizerState<double>& optimizer, const OptimizerMemory& memory);
[[nodiscard]] std::size_t columnBytes(const ScalarEngine& engine);
void copyState(const ScalarEngine& engine, const OptimizerState<double>& optimizer, std::byte* state);
BatchResult trainOn(ScalarEngine& engine, OptimizerState<double>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, const StepRule& rule,
                    const std::stop_token& stop);
void undoStep(ScalarEngine& engine);
[[nodiscard]] std::vector<SamplePrediction> predictWith(ScalarEngine& engine, const Dataset& data,
                                                        std::span<const std::uint32_t> samples,
                                                        const std::stop_token& stop);
[[nodiscard]] std::vector<double> probabilitiesWith(ScalarEngine& engine, const Dataset& data,
                                                    std::span<const std::uint32_t> samples,
                                                    const std::stop_token& stop);

} // namespace chainrule
