// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/commandtext.h"

#include "core/training/settings/settingsfields.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace chainrule {

namespace {

// The options in which `settings` differ from `base`, each as it is typed. Nothing: a switch of the base
// would have to be taken back, for which there are no words.
std::optional<std::vector<std::string>> differences(const TrainingSettings& settings, TrainingSettings base,
                                                    const std::string& initialModel)
{
    std::vector<std::string> options;
    if (!initialModel.empty()) {
        options.push_back("--init " + shellWord(initialModel));
        base.layers = settings.layers;
        base.initialWeights = settings.initialWeights;
    }
    if (settings.patience > 0 && base.patience == 0)
        base.keep = Keep::Best; // which --patience brings
    for (const SettingsField& field : settingsFields()) {
        const std::string value = textOf(field, settings);
        if (value == textOf(field, base))
            continue;
        std::string option = "--" + std::string(field.option);
        if (!std::holds_alternative<FlagField>(field.kind))
            option += " " + shellWord(value);
        else if (value == "no")
            return std::nullopt;
        options.push_back(std::move(option));
    }
    return options;
}

} // namespace

std::string shellWord(const std::string& word)
{
    constexpr std::string_view safe =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-";
    if (!word.empty() && word.find_first_not_of(safe) == std::string::npos)
        return word;
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string commandArguments(const TrainingSettings& settings, const std::string& initialModel)
{
    const Preset* nearest = nullptr;
    std::vector<std::string> options;
    for (const Preset& preset : presets()) {
        if (preset.settings.engine != settings.engine)
            continue;
        auto candidate = differences(settings, preset.settings, initialModel);
        if (candidate && (nearest == nullptr || candidate->size() < options.size())) {
            nearest = &preset;
            options = std::move(*candidate);
        }
    }
    std::string text;
    if (nearest != nullptr && nearest != &presets().front())
        text = "--preset " + nearest->name;
    for (const std::string& option : options)
        text += (text.empty() ? "" : " ") + option;
    return text;
}

} // namespace chainrule
