// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/openmodel.h"

#include "app/base/commandtext.h"
#include "app/commands/cliarguments.h"
#include "app/data/datasource.h"

#include "core/base/text.h"
#include "core/data/check.h"
#include "core/data/classnames.h"
#include "core/data/readers/sources.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"

#include <cstdio>
#include <new>

namespace chainrule {

namespace {

// Data and a finished model: training's words, of weights to begin from and layers to change, would not fit.
Result<std::shared_ptr<const Dataset>> fitted(std::shared_ptr<const Dataset> data,
                                              const TrainedNetwork& network, const QString& path)
try {
    const LayerStack& stack = network.parameters->stack;
    const std::string& trainedOn = network.settings.data;
    const std::string mend = network.recorded && !trainedOn.empty() && trainedOn != data->source
                                 ? "Measure it on what it was trained on: --data " + shellWord(trainedOn)
                                 : "Name data of its kind with --data";
    if (inputCount(*data) != stack.input.size()) {
        return Error{path.toStdString(),
                     "the model has " + std::to_string(stack.input.size()) + " inputs, but a sample of " +
                         data->name + " has " + std::to_string(inputCount(*data)) + " numbers",
                     mend};
    }
    auto aligned = alignClasses(std::move(data), network.classNames, classCount(*network.parameters));
    if (aligned && !checkLabels(**aligned, classCount(*network.parameters))) {
        return Error{path.toStdString(),
                     "the model tells " + std::to_string(classCount(*network.parameters)) +
                         " classes apart, but " + (*aligned)->name + " has " +
                         std::to_string((*aligned)->classes),
                     mend};
    }
    return aligned;
} catch (const std::bad_alloc&) {
    return notEnoughMemory(network.parameters->stack);
}

Result<std::shared_ptr<const RunSetup>> loadSamples(const QCommandLineParser& parser,
                                                    const TrainedNetwork& network, bool hasSettings,
                                                    const QString& path)
{
    TrainingSettings settings = network.settings;
    settings.augment = false; // samples are measured as they are, and drawings are none of the data's
    settings.drawings.clear();
    settings.kernels.clear(); // nor does it matter how the training was done
    settings.patience = 0;
    settings.keep = Keep::Last;
    Given given;
    if (const auto read = readDataOptions(parser, settings, given); !read)
        return read.error();
    if (const auto valid = validate(settings); !valid)
        return valid.error();
    // The counts of the training must not give way to a larger --test, or training samples would be tested
    // on.
    if (hasSettings && !network.settings.data.empty() && settings.data == network.settings.data)
        given.samples = {true, true, true};
    if (settings.data.empty())
        settings.data = defaultSource();
    auto data = loadSourceForCommand(settings.data);
    if (!data)
        return data.error();
    if (hasSettings && network.scale.empty())
        tellOfOtherScale(*data, network.settings.data);
    auto samples = fitted(std::make_shared<const Dataset>(std::move(*data)), network, path);
    if (!samples)
        return samples.error();
    auto setup = prepareRun(settings, given, std::move(*samples),
                            withNames(*network.parameters, network.classNames, network.scale));
    if (!setup)
        return setup.error();
    return std::make_shared<const RunSetup>(std::move(*setup));
}

} // namespace

void tellOfKnownSamples(std::size_t known, std::size_t samples, const QString& split)
{
    if (known > 0) {
        std::fprintf(stderr,
                     "chainrule: %zu of the %zu %s samples are among those that the model was trained "
                     "on, as they were chosen otherwise than for its training.\n",
                     known, samples, qUtf8Printable(split));
    }
}

Result<void> checkDataWords(const QCommandLineParser& parser)
{
    TrainingSettings settings = presets().front().settings;
    Given given;
    if (const auto read = readDataOptions(parser, settings, given); !read)
        return read;
    return validate(settings);
}

Result<TrainedNetwork> openModel(const QCommandLineParser& parser, const QString& path, DataNeed need)
{
    auto model = loadModel(path.toStdString());
    if (!model)
        return model.error();
    TrainedNetwork network;
    network.settings = presets().front().settings;
    const bool hasSettings = !model->settings.empty();
    network.recorded = hasSettings && model->recorded;
    if (hasSettings) {
        auto saved = settingsFromJson(model->settings);
        if (!saved)
            return saved.error();
        network.settings = *saved;
    }
    if (!model->history.empty()) {
        auto saved = historyFromJson(model->history);
        if (!saved)
            return saved.error();
        network.history = std::move(*saved);
    }
    network.classNames = model->network.outputNames;
    network.scale = model->network.scale;
    network.initial = model->initial;
    checkInitial(network);
    network.settings.layers = model->network.stack.layers;
    network.settings.precision = model->network.precision;
    if (model->network.precision == Precision::Float)
        network.settings.engine = EngineKind::Matrix; // the scalar engine's weights are double
    network.parameters = std::make_shared<const Network>(std::move(model->network));
    if (need == DataNeed::None)
        return network;
    auto setup = loadSamples(parser, network, hasSettings, path);
    if (setup)
        network.setup = *setup;
    else if (need == DataNeed::Required)
        return setup.error();
    return network;
}

} // namespace chainrule
