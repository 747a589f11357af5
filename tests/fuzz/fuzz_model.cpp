// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"
#include "core/training/history.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cmath>

using namespace chainrule;
using namespace fuzz;

namespace {

/// Input that begins with a '{' is a header, up to its first zero byte, and what follows it: the length is
/// put before it. Else nearly every change of the header would come no further than to its length.
std::string fileOf(std::string_view input)
{
    if (!input.starts_with('{'))
        return std::string(input);
    const std::size_t end = std::min(input.find('\0'), input.size());
    std::string file;
    for (int shift = 0; shift < 64; shift += 8)
        file += static_cast<char>(std::uint64_t{end} >> shift & 0xffU);
    file += input.substr(0, end);
    return file + std::string(input.substr(std::min(end + 1, input.size())));
}

void checkModel(const ModelFile& model)
{
    const Network& parameters = model.parameters;
    require(validate(parameters.stack).has_value());
    require(parameters.parameters.size() == static_cast<std::size_t>(parameterCount(parameters.stack)));
    require(std::ranges::all_of(parameters.parameters, [](double value) { return std::isfinite(value); }));
    require(model.scale.empty() || model.scale.size() == static_cast<std::size_t>(parameters.stack.input.size()));
    require(std::ranges::all_of(model.scale, [](const InputScale& scale) {
        return std::isfinite(scale.mean) && std::isfinite(scale.deviation) && scale.deviation >= 0.0;
    }));
    require(!model.initial || model.initial->file.size() <= 15'000);
}

/// What was saved is read back the same, and saved again to the same bytes.
void checkComesBack(const ModelFile& model)
{
    const std::string saved = encodeModel(model);
    const Result<ModelFile> back = decodeModel(saved, "saved");
    require(back.has_value());
    require(back->parameters.stack == model.parameters.stack);
    require(back->parameters.parameters == model.parameters.parameters);
    require(back->precision == model.precision);
    require(back->settings == model.settings && back->history == model.history);
    require(back->scale == model.scale && back->initial == model.initial);
    require(back->recorded == model.recorded && back->next == model.next);
    require(encodeModel(*back) == saved);
}

} // namespace

/// Any bytes as a model file, and its settings and history as the program reads them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string file = fileOf(asText({bytes, size}));
    const Result<ModelFile> model = decodeModel(file, "input");
    if (!model) {
        checkError(model.error());
        return 0;
    }
    checkModel(*model);
    checkComesBack(*model);
    if (const Result<TrainingSettings> settings = settingsFromJson(model->settings); !settings)
        checkError(settings.error());
    if (const Result<TrainingSettings> next = settingsFromJson(model->next); !next)
        checkError(next.error());
    if (const Result<History> history = historyFromJson(model->history); !history)
        checkError(history.error());
    return 0;
}
