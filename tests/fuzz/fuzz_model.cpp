// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/fuzz/networkproperties.h"

using namespace chainrule;
using namespace fuzz;

namespace {

/// What was saved is read back the same, and saved again to the same bytes.
void checkComesBack(const ModelFile& model)
{
    const std::string saved = encodeModel(model);
    const Result<ModelFile> back = decodeModel(saved, "saved");
    require(back.has_value());
    const Network& network = back->network;
    require(network.stack.layers == model.network.stack.layers && network.loss == model.network.loss);
    require(network.stack.input.size() == model.network.stack.input.size());
    require(network.parameters == model.network.parameters && network.precision == model.network.precision);
    require(network.scale == model.network.scale && network.outputNames.size() <= maximumUnits);
    require(back->settings == model.settings && back->history == model.history);
    require(back->initial == model.initial);
    require(back->recorded == model.recorded && back->next == model.next);
    require(encodeModel(*back) == saved);
}

} // namespace

/// Any bytes as a model file, and its settings and history as the program reads them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string file = safetensorsOf(asText({bytes, size}));
    const Result<ModelFile> model = decodeModel(file, "input");
    if (!model) {
        checkError(model.error());
        return 0;
    }
    checkNetwork(model->network);
    require(!model->initial || model->initial->file.size() <= 15'000);
    checkComesBack(*model);
    if (const Result<TrainingSettings> settings = settingsFromJson(model->settings); !settings)
        checkError(settings.error());
    if (const Result<TrainingSettings> next = settingsFromJson(model->next); !next)
        checkError(next.error());
    if (const Result<History> history = historyFromJson(model->history); !history)
        checkError(history.error());
    return 0;
}
