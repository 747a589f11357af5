// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint.h"

#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/formats/jsonmembers.h"
#include "core/formats/modelmetadata.h"
#include "core/formats/networktensors.h"
#include "core/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <new>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view formatPrefix = "chainrule-checkpoint/";
constexpr std::uint64_t newestVersion = 1;
constexpr std::uint64_t networkVersion = 2; // the network is stored as in this version of model files
constexpr std::size_t mostPositionValues = 16;
constexpr std::size_t mostJournalValues = 1'000'000;

constexpr std::string_view firstName = "optimizer.first";
constexpr std::string_view secondName = "optimizer.second";
constexpr std::string_view bestName = "best.parameters";
constexpr std::array ownTensors{firstName, secondName, bestName};

constexpr MessageId mend = MessageId::useAnotherCheckpoint;

Message metadataIn(const Message& file, const char* member)
{
    return {MessageId::optionPart, file, Message(MessageId::metadataMember, member)};
}

// A tensor that is not the network's own, with one number for each parameter.
struct OwnTensor {
    std::string_view name;
    const std::vector<double>* values;
};

std::vector<OwnTensor> ownTensorsOf(const Checkpoint& checkpoint)
{
    std::vector<OwnTensor> tensors;
    if (!checkpoint.optimizer.first.empty())
        tensors.push_back({firstName, &checkpoint.optimizer.first});
    if (!checkpoint.optimizer.second.empty())
        tensors.push_back({secondName, &checkpoint.optimizer.second});
    if (checkpoint.best && !checkpoint.best->parameters.empty())
        tensors.push_back({bestName, &checkpoint.best->parameters});
    return tensors;
}

std::string positionToJson(const Checkpoint& checkpoint)
{
    ordered_json root;
    root["step"] = checkpoint.step;
    root["samples_done"] = checkpoint.samplesDone;
    root["epoch_loss_sum"] = checkpoint.epochLossSum;
    root["epochs_measured"] = checkpoint.epochsMeasured;
    root["optimizer_steps"] = checkpoint.optimizer.steps;
    if (checkpoint.best) {
        root["best_epoch"] = checkpoint.best->epoch;
        root["best_loss"] = checkpoint.best->validationLoss;
    }
    return root.dump();
}

Result<void> readPosition(const std::string& text, Checkpoint& checkpoint, const Message& what)
{
    const auto root = parsedJson(text, mostPositionValues, what, mend);
    if (!root)
        return root.error();
    Members members(*root, what);
    std::uint64_t samplesDone = 0;
    const bool all = members.read("step", checkpoint.step) && members.read("samples_done", samplesDone) &&
                     members.read("epoch_loss_sum", checkpoint.epochLossSum) &&
                     members.read("epochs_measured", checkpoint.epochsMeasured) &&
                     members.read("optimizer_steps", checkpoint.optimizer.steps);
    BestEpoch best;
    const bool hasBest =
        members.read("best_epoch", best.epoch) && members.read("best_loss", best.validationLoss);
    if (const auto result = members.result(); !result)
        return result.error();
    const bool possible = checkpoint.step >= 0 && checkpoint.epochsMeasured >= 0 &&
                          checkpoint.optimizer.steps >= 0 &&
                          (!hasBest || (best.epoch >= 1 && std::isfinite(best.validationLoss)));
    if (!all || !possible)
        return Error{what, MessageId::noPosition, mend};
    checkpoint.samplesDone = static_cast<std::size_t>(samplesDone);
    if (hasBest)
        checkpoint.best = best;
    return {};
}

std::string journalToJson(const Journal& events)
{
    ordered_json list = ordered_json::array();
    for (const JournalEvent& event : events)
        list.push_back(ordered_json::array({event.step, liveFieldRow(event.field).name, event.value}));
    return writtenJson(list);
}

Result<Journal> journalFromJson(const std::string& text, const Message& what)
{
    const auto list = parsedJson(text, mostJournalValues, what, mend);
    if (!list)
        return list.error();
    if (!list->is_array())
        return Error{what, MessageId::isNoList, mend};
    Journal events;
    for (const json& each : *list) {
        const bool isEvent = each.is_array() && each.size() == 3 && each[0].is_number_unsigned() &&
                             each[0].get<std::uint64_t>() <= std::uint64_t{1} << 62 && each[1].is_string() &&
                             each[2].is_number();
        const auto field = isEvent ? liveFieldFromName(each[1].get<std::string>()) : std::nullopt;
        if (!field) {
            return Error{
                {MessageId::optionPart, what, Message(MessageId::entryNumber, std::to_string(events.size()))},
                MessageId::noJournalEvent,
                mend};
        }
        events.push_back({each[0].get<std::int64_t>(), *field, each[2].get<double>()});
    }
    return events;
}

// The named tensor's values; empty where there is no such tensor.
Result<std::vector<double>> valuesOf(const SafetensorsHeader& header, std::string_view name,
                                     std::size_t parameters, std::span<const char> data, const Message& file)
{
    std::vector<double> values;
    const auto tensor = std::ranges::find(*header.tensors, name, &TensorEntry::name);
    if (tensor == header.tensors->end())
        return values;
    if (tensor->shape.size() != 1 || tensor->shape.front() != parameters) {
        return Error{
            tensorIn(file, tensor->name),
            {MessageId::shapeDoesNotFitParameters, shapeText(tensor->shape), std::to_string(parameters)},
            mend};
    }
    values.reserve(parameters);
    if (const auto read = appendTensorValues(*tensor, data, file, values); !read)
        return read.error();
    return values;
}

Result<void> readTensors(const SafetensorsHeader& header, std::span<const char> data, Checkpoint& checkpoint,
                         const Message& file)
{
    const auto parameters = static_cast<std::size_t>(parameterCount(checkpoint.network.stack));
    auto first = valuesOf(header, firstName, parameters, data, file);
    if (!first)
        return first.error();
    auto second = valuesOf(header, secondName, parameters, data, file);
    if (!second)
        return second.error();
    auto best = valuesOf(header, bestName, parameters, data, file);
    if (!best)
        return best.error();
    const OptimizerRow& row = optimizerRow(checkpoint.optimizer.kind);
    const int there = (first->empty() ? 0 : 1) + (second->empty() ? 0 : 1);
    // Weights with an optimizer that is yet to make its first step.
    const bool isFresh = there == 0 && checkpoint.optimizer.steps == 0;
    if (there != row.memories && !isFresh) {
        return Error{file,
                     {MessageId::optimizerTensorsDiffer, row.name, std::to_string(row.memories),
                      std::to_string(there)},
                     mend};
    }
    if (first->empty() && !second->empty())
        return Error{file, {MessageId::tensorIsMissing, inQuotes(firstName)}, mend};
    if (!best->empty() && !checkpoint.best)
        return Error{file, MessageId::bestWithoutLoss, mend};
    checkpoint.optimizer.first = std::move(*first);
    checkpoint.optimizer.second = std::move(*second);
    if (checkpoint.best)
        checkpoint.best->parameters = std::move(*best);
    return {};
}

Result<Checkpoint> decode(std::span<const char> bytes, const std::string& name)
{
    const Message file{MessageId::checkpointNamed, name};
    const auto opened = readVersionedHeader(bytes, formatPrefix, newestVersion, file);
    if (!opened)
        return opened.error();
    const auto& [header, version, data] = *opened;
    if (version == 0)
        return Error{file, MessageId::noCheckpoint, mend};
    auto networkHeader = readNetworkHeader(header, networkVersion, ownTensors, data.size(), file);
    if (!networkHeader)
        return networkHeader.error();

    Checkpoint checkpoint;
    const std::string optimizer = metadataText(header, "optimizer");
    const auto kind = optimizerFromName(optimizer);
    if (!kind)
        return Error{
            metadataIn(file, "optimizer"), {MessageId::colon, inQuotes(optimizer), kind.error().why}, mend};
    checkpoint.optimizer.kind = *kind;
    if (const auto read =
            readPosition(metadataText(header, "position"), checkpoint, metadataIn(file, "position"));
        !read)
        return read.error();
    if (const std::string text = metadataText(header, "journal"); !text.empty()) {
        auto events = journalFromJson(text, metadataIn(file, "journal"));
        if (!events)
            return events.error();
        checkpoint.journal = std::move(*events);
    }
    auto network = readNetwork(std::move(*networkHeader), data, file);
    if (!network)
        return network.error();
    checkpoint.network = std::move(*network);
    if (const auto read = readTensors(header, data, checkpoint, file); !read)
        return read.error();
    return checkpoint;
}

std::string encodeHeader(const Checkpoint& checkpoint, bool withScale)
{
    const Network& network = checkpoint.network;
    TextPairs metadata{{"format", std::string(formatPrefix) + std::to_string(newestVersion)},
                       {"layers", layersToJson(network.stack.layers)}};
    appendNetworkMetadata(metadata, network);
    if (!areIndices(network.outputNames))
        metadata.emplace_back("classes", namesToJson(network.outputNames));
    if (withScale && !network.scale.empty())
        metadata.emplace_back("input_scale", scaleToJson(network.scale));
    metadata.emplace_back("optimizer", optimizerName(checkpoint.optimizer.kind));
    metadata.emplace_back("position", positionToJson(checkpoint));
    if (!checkpoint.journal.empty())
        metadata.emplace_back("journal", journalToJson(checkpoint.journal));

    std::vector<TensorEntry> tensors;
    appendNetworkTensors(tensors, network);
    for (const OwnTensor& tensor : ownTensorsOf(checkpoint)) {
        assert(tensor.values->size() == network.parameters.size());
        appendTensorEntry(tensors, std::string(tensor.name), network.precision == Precision::Double,
                          {tensor.values->size()});
    }
    return encodeSafetensorsHeader(metadata, tensors);
}

} // namespace

std::string encodeCheckpoint(const Checkpoint& checkpoint)
{
    const Network& network = checkpoint.network;
    assert(network.parameters.size() == static_cast<std::size_t>(parameterCount(network.stack)));
    assert(checkpoint.optimizer.steps == 0 ||
           (checkpoint.optimizer.first.empty() ? 0 : 1) + (checkpoint.optimizer.second.empty() ? 0 : 1) ==
               optimizerRow(checkpoint.optimizer.kind).memories);
    std::string bytes = encodeHeader(checkpoint, true);
    if (bytes.size() > safetensorsLengthBytes + maximumSafetensorsHeader)
        bytes = encodeHeader(checkpoint, false);
    const bool isDouble = network.precision == Precision::Double;
    appendEncodedValues(bytes, network.parameters, isDouble);
    for (const OwnTensor& tensor : ownTensorsOf(checkpoint))
        appendEncodedValues(bytes, *tensor.values, isDouble);
    return bytes;
}

Result<Checkpoint> decodeCheckpoint(std::span<const char> bytes, const std::string& name)
{
    try {
        return decode(bytes, name);
    } catch (const std::bad_alloc&) {
        return Error{{MessageId::checkpointNamed, name},
                     MessageId::notEnoughMemoryToRead,
                     MessageId::closeOtherPrograms};
    }
}

} // namespace chainrule
