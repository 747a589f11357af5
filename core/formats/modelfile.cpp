// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"

#include "core/base/files/json.h"
#include "core/data/classnames.h"
#include "core/formats/networktensors.h"
#include "core/formats/safetensors.h"

#include <cassert>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>

namespace chainrule {

namespace {

// Other programs put names of their own into format ("pt"); the tensors then say what the model is.
constexpr std::string_view formatPrefix = "chainrule/";
constexpr std::uint64_t newestVersion = 2;

constexpr MessageId mendFile = MessageId::chooseSavedModel;

Message metadataIn(const Message& file, const char* member)
{
    return {MessageId::optionPart, file, Message(MessageId::metadataMember, member)};
}

Result<void> checkTexts(const SafetensorsHeader& header, const Message& file)
{
    for (const char* member : {"settings", "next", "history"}) {
        const std::string text = metadataText(header, member);
        const Message fault = text.empty() ? Message() : faultInJson(text, maximumHistoryValues);
        if (!fault.empty())
            return Error{metadataIn(file, member), fault, mendFile};
    }
    return {};
}

Result<ModelFile> decode(std::span<const char> bytes, const std::string& name)
{
    const Message file{MessageId::modelFile, name};
    const auto opened = readVersionedHeader(bytes, formatPrefix, newestVersion, file);
    if (!opened)
        return opened.error();
    const auto& [header, version, data] = *opened;
    if (const auto texts = checkTexts(header, file); !texts)
        return texts.error();
    auto networkHeader = readNetworkHeader(header, version, {}, data.size(), file);
    if (!networkHeader)
        return networkHeader.error();

    ModelFile model;
    model.settings = metadataText(header, "settings");
    model.history = metadataText(header, "history");
    if (const std::string text = metadataText(header, "init"); !text.empty()) {
        auto initial = initialFileFromJson(text, metadataIn(file, "init"));
        if (!initial)
            return initial.error();
        model.initial = std::move(*initial);
    }
    model.recorded = metadataText(header, "recorded") != "no";
    model.next = metadataText(header, "next");
    auto network = readNetwork(std::move(*networkHeader), data, file);
    if (!network)
        return network.error();
    model.network = std::move(*network);
    return model;
}

Result<ModelFile> load(const std::string& path)
{
    const Message what{MessageId::modelFile, path};
    const std::filesystem::path file(path);
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found)
        return Error{what, MessageId::noSuchFile, MessageId::checkThePath};
    if (!std::filesystem::exists(status)) // a folder on its way may not be entered, for instance
        return Error{what, {MessageId::cannotBeReadBecause, error.message()}, MessageId::checkPathAndReaders};
    if (!std::filesystem::is_regular_file(status))
        return Error{what, MessageId::noRegularFile, mendFile};
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error)
        return Error{what, error.message(), MessageId::checkThePath};
    if (size >
        safetensorsLengthBytes + maximumSafetensorsHeader + static_cast<std::uint64_t>(maximumParameters) * 8)
        return Error{what, MessageId::largerThanModels, mendFile};

    std::ifstream stream(file, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!stream || !stream.read(bytes.data(), static_cast<std::streamsize>(size)))
        return Error{what, MessageId::cannotBeRead, MessageId::checkYouMayRead};
    return decode(bytes, path);
}

Error notEnoughMemory(const std::string& name)
{
    return Error{
        {MessageId::modelFile, name}, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
}

struct HeaderParts {
    bool history = true;
    bool scale = true;
};

std::string encodeHeader(const ModelFile& model, const HeaderParts& with)
{
    const Network& network = model.network;
    const int version = formatVersionOf(network);
    TextPairs metadata{{"format", std::string(formatPrefix) + std::to_string(version)},
                       {"layers", layersToJson(network.stack.layers)}};
    if (version >= 2)
        appendNetworkMetadata(metadata, network);
    if (!model.settings.empty())
        metadata.emplace_back("settings", model.settings);
    if (!areIndices(network.outputNames))
        metadata.emplace_back("classes", namesToJson(network.outputNames));
    if (with.scale && !network.scale.empty())
        metadata.emplace_back("input_scale", scaleToJson(network.scale));
    if (model.initial)
        metadata.emplace_back("init", initialFileToJson(*model.initial));
    if (!model.recorded)
        metadata.emplace_back("recorded", "no");
    if (!model.next.empty())
        metadata.emplace_back("next", model.next);
    if (with.history && !model.history.empty())
        metadata.emplace_back("history", model.history);

    std::vector<TensorEntry> tensors;
    appendNetworkTensors(tensors, network);
    return encodeSafetensorsHeader(metadata, tensors);
}

} // namespace

std::string encodeModel(const ModelFile& model)
{
    const Network& network = model.network;
    assert(network.parameters.size() == static_cast<std::size_t>(parameterCount(network.stack)));
    assert(network.scale.empty() ||
           network.scale.size() == static_cast<std::size_t>(network.stack.input.size()));

    // A history of very many epochs, or the scale of hundreds of thousands of inputs, must not make a file
    // that nothing reads again: the weights matter more.
    std::string bytes;
    for (const HeaderParts& with : {HeaderParts{}, HeaderParts{false, true}, HeaderParts{false, false}}) {
        bytes = encodeHeader(model, with);
        if (bytes.size() <= safetensorsLengthBytes + maximumSafetensorsHeader)
            break;
    }
    appendEncodedValues(bytes, network.parameters, network.precision == Precision::Double);
    return bytes;
}

Result<ModelFile> decodeModel(std::span<const char> bytes, const std::string& name)
{
    try {
        return decode(bytes, name);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(name);
    }
}

Result<ModelFile> loadModel(const std::string& path)
{
    try {
        return load(path);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(path);
    }
}

} // namespace chainrule
