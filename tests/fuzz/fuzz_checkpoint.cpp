// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint.h"
#include "tests/fuzz/networkproperties.h"

using namespace chainrule;
using namespace fuzz;

namespace {

bool isFor(const std::vector<double>& values, const Network& network)
{
    return values.size() == network.parameters.size() &&
           std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

void checkCheckpoint(const Checkpoint& checkpoint)
{
    const Network& network = checkpoint.network;
    checkNetwork(network);
    const int memories = optimizerRow(checkpoint.kind).memories;
    require(memories > 0 ? isFor(checkpoint.first, network) : checkpoint.first.empty());
    require(memories > 1 ? isFor(checkpoint.second, network) : checkpoint.second.empty());
    require(!checkpoint.best ||
            (isFor(checkpoint.best->parameters, network) && std::isfinite(checkpoint.best->loss)));
    require(checkpoint.step >= 0 && checkpoint.epoch >= 0 && checkpoint.optimizerSteps >= 0);
    require(checkpoint.epochsSinceBest >= 0);
}

} // namespace

/// Any bytes as a checkpoint.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string file = safetensorsOf(asText({bytes, size}));
    const Result<Checkpoint> checkpoint = decodeCheckpoint(file, "input");
    if (!checkpoint) {
        checkError(checkpoint.error());
        return 0;
    }
    checkCheckpoint(*checkpoint);
    const std::string saved = encodeCheckpoint(*checkpoint);
    const Result<Checkpoint> back = decodeCheckpoint(saved, "saved");
    require(back.has_value());
    require(back->network.parameters == checkpoint->network.parameters);
    require(back->first == checkpoint->first && back->second == checkpoint->second);
    require(back->best == checkpoint->best && back->events == checkpoint->events);
    require(encodeCheckpoint(*back) == saved);
    return 0;
}
