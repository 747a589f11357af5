// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/settingsjson.h"
#include "core/training/settings/settingsfields.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>

using namespace chainrule;
using namespace fuzz;

namespace {

/// Settings that may be trained with are read back the same, also from the command line's texts.
void checkTexts(const TrainingSettings& settings, const TrainingSettings& back)
{
    require(back == settings);
    TrainingSettings read;
    for (const SettingsField& field : settingsFields())
        require(setText(field, read, textOf(field, settings)).has_value());
    require(read == settings);
}

void trySettings(const std::string& text)
{
    const Result<TrainingSettings> settings = settingsFromJson(text);
    if (!settings) {
        checkError(settings.error());
        return;
    }
    const std::string saved = settingsToJson(*settings);
    const Result<TrainingSettings> back = settingsFromJson(saved);
    require(back.has_value());
    // NaN differs from itself, so the texts are compared.
    require(settingsToJson(*back) == saved);
    if (const Result<void> valid = validate(*settings); !valid)
        checkError(valid.error());
    else
        checkTexts(*settings, *back);
}

void tryHistory(const std::string& text)
{
    const Result<History> history = historyFromJson(text);
    if (!history) {
        checkError(history.error());
        return;
    }
    const std::string saved = historyToJson(*history);
    const Result<History> back = historyFromJson(saved);
    require(back.has_value());
    require(historyToJson(*back) == saved);
    require(back->epochs.size() == history->epochs.size());
    const std::string csv = historyToCsv(*history);
    require(std::ranges::count(csv, '\n') == static_cast<std::ptrdiff_t>(history->epochs.size()) + 1);
}

} // namespace

/// Any text as the settings and as the history of a model file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string text(asText({bytes, size}));
    trySettings(text);
    tryHistory(text);
    return 0;
}
