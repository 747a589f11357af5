// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/openmodel.h"

#include "app/cliarguments.h"
#include "app/datasource.h"

#include "core/data/sources.h"
#include "core/model/modelfile.h"

namespace chainrule {

namespace {

Result<std::shared_ptr<const RunSetup>> loadSamples(const QCommandLineParser& parser,
                                                    const TrainedNetwork& network, bool hasSettings)
{
    TrainingSettings settings = network.settings;
    settings.augment = false; // samples are measured as they are, and drawings are none of the data's
    settings.drawings.clear();
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
    if (hasSettings)
        tellOfOtherScale(*data, network.settings.data);
    auto setup = prepareRun(settings, given, std::make_shared<const Dataset>(std::move(*data)),
                            *network.parameters, network.classNames);
    if (!setup)
        return setup.error();
    return std::make_shared<const RunSetup>(std::move(*setup));
}

} // namespace

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
    network.recorded = hasSettings;
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
    network.classNames = model->classNames;
    network.settings.layers = model->parameters.stack.layers;
    network.settings.precision = model->precision;
    if (model->precision == Precision::Float)
        network.settings.engine = EngineKind::Matrix; // the scalar engine's weights are double
    network.parameters = std::make_shared<const Parameters>(std::move(model->parameters));
    if (need == DataNeed::None)
        return network;
    auto setup = loadSamples(parser, network, hasSettings);
    if (setup)
        network.setup = *setup;
    else if (need == DataNeed::Required)
        return setup.error();
    return network;
}

} // namespace chainrule
