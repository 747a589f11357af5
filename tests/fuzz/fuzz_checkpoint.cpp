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
    const int memories = optimizerRow(checkpoint.optimizer.kind).memories;
    require(memories > 0 ? isFor(checkpoint.optimizer.first, network) : checkpoint.optimizer.first.empty());
    require(memories > 1 ? isFor(checkpoint.optimizer.second, network) : checkpoint.optimizer.second.empty());
    require(!checkpoint.best ||
            ((checkpoint.best->parameters.empty() || isFor(checkpoint.best->parameters, network)) &&
             std::isfinite(checkpoint.best->validationLoss)));
    require(checkpoint.step >= 0 && checkpoint.epochsMeasured >= 0 && checkpoint.optimizer.steps >= 0);
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
    require(back->optimizer.first == checkpoint->optimizer.first &&
            back->optimizer.second == checkpoint->optimizer.second);
    require(back->best == checkpoint->best && back->journal == checkpoint->journal);
    require(encodeCheckpoint(*back) == saved);
    return 0;
}
