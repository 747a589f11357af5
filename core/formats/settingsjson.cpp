// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/settingsjson.h"

#include "core/base/files/json.h"
#include "core/base/overloaded.h"
#include "core/formats/jsonmembers.h"
#include "core/training/settings/settingsfields.h"

#include <nlohmann/json.hpp>

#include <new>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view initialWeightsMember = "initial_weights";

// What a file that does not tell it was drawn with.
InitialWeights untoldInitialWeights(EngineKind engine)
{
    return {engine == EngineKind::Scalar ? WeightRule::Xavier : WeightRule::Glorot};
}

bool isWritten(const SettingsField& field, const TrainingSettings& settings)
{
    if (field.always)
        return true;
    if (field.member == initialWeightsMember)
        return settings.initialWeights != untoldInitialWeights(settings.engine);
    return textOf(field, settings) != textOf(field, TrainingSettings{});
}

void readField(const SettingsField& field, Members& members, TrainingSettings& settings)
{
    const char* const name = field.member.data(); // of a literal
    std::visit(
        Overloaded{
            [&](const WordField& kind) {
                std::string word;
                if (!members.read(name, word))
                    return;
                const auto taken = kind.write(settings, word);
                if (!taken) {
                    const Error& error = taken.error();
                    members.fail({MessageId::colon, name, Message(MessageId::colon, error.what, error.why)});
                }
            },
            [&](const auto& kind) { members.read(name, kind.at(settings)); },
        },
        field.kind);
}

Result<TrainingSettings> readSettings(const std::string& text)
{
    const Message what = MessageId::settingsPart;
    const auto root = parsedJson(text, maximumHistoryValues, what, MessageId::useChainruleFile);
    if (!root)
        return root.error();
    if (!root->is_object())
        return Error{what, MessageId::areNoObject, MessageId::useChainruleFile};
    TrainingSettings settings;
    Members members(*root, what);
    for (const SettingsField& field : settingsFields())
        readField(field, members, settings);
    if (!root->contains(initialWeightsMember))
        settings.initialWeights = untoldInitialWeights(settings.engine);
    if (const auto result = members.result(); !result)
        return result.error();
    return settings;
}

} // namespace

std::string settingsToJson(const TrainingSettings& settings)
{
    TrainingSettings copy = settings; // a field gives the place of its value to write to
    ordered_json root;
    for (const SettingsField& field : settingsFields()) {
        if (!isWritten(field, settings))
            continue;
        ordered_json& member = root[std::string(field.member)];
        std::visit(Overloaded{
                       [&](const WordField& kind) { member = kind.read(settings); },
                       [&](const auto& kind) { member = kind.at(copy); },
                   },
                   field.kind);
    }
    return writtenJson(root);
}

Result<TrainingSettings> settingsFromJson(const std::string& text)
{
    try {
        return readSettings(text);
    } catch (const std::bad_alloc&) {
        return Error{MessageId::settingsPart, MessageId::notEnoughMemoryToRead,
                     MessageId::closeOtherPrograms};
    }
}

} // namespace chainrule
