// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/memory.h"
#include "core/data/dataset.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/scalar/network.h"
#include "core/scalar/replay/schedule.h"
#include "core/training/batch.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

// The scalar engine behind engine.h: the network's graph for one sample is recorded once, with a loss for
// every class it may have, and replayed for each sample.
namespace chainrule {

struct ScalarEngine {
    scalar::Graph graph; ///< parameters, inputs, layers, losses; holds the numbers of its recording
    scalar::NetworkLeaves network;
    scalar::Schedule schedule; ///< the present parameters, and the numbers of the last sample
    std::vector<scalar::NodeId> outputs;
    std::vector<scalar::NodeId> losses; ///< for each class
    std::vector<std::size_t> layerEnds; ///< size of the graph after each layer
    std::vector<double> scaled;         ///< scratch space for optimizers other than SGD
};

/// Memory that training and measuring a network in the scalar engine takes, claimed before the first of it is
/// used: the system promises more than it has, and a program that uses it is ended without a word.
class ScalarMemory {
public:
    /// Throws std::bad_alloc where such a network needs more than is left of `available` bytes by the claims
    /// that other threads hold.
    explicit ScalarMemory(const LayerStack& stack, std::uint64_t available = availableMemory());
    ~ScalarMemory();
    ScalarMemory(const ScalarMemory&) = delete;
    ScalarMemory& operator=(const ScalarMemory&) = delete;

private:
    std::uint64_t m_bytes = 0;
};

/// Throws as ScalarMemory.
[[nodiscard]] ScalarEngine makeScalarEngine(const Network& parameters,
                                            std::uint64_t available = availableMemory());

[[nodiscard]] Network networkOf(const ScalarEngine& engine);

// As in engine.h.
void setParameters(ScalarEngine& engine, const Network& parameters);
[[nodiscard]] Network networkBefore(ScalarEngine& engine);
BatchResult trainOn(ScalarEngine& engine, OptimizerState<double>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, double learningRate, const std::stop_token& stop);
void undoStep(ScalarEngine& engine);
[[nodiscard]] std::vector<SamplePrediction> predictWith(ScalarEngine& engine, const Dataset& data,
                                                        std::span<const std::uint32_t> samples,
                                                        const std::stop_token& stop);
[[nodiscard]] std::vector<double> probabilitiesWith(ScalarEngine& engine, const Dataset& data,
                                                    std::span<const std::uint32_t> samples,
                                                    const std::stop_token& stop);

} // namespace chainrule
