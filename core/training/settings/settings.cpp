// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings/settings.h"

#include "core/base/names.h"
#include "core/training/settings/settingsfields.h"

namespace chainrule {

namespace {

TrainingSettings scalarSettings()
{
    TrainingSettings settings;
    settings.samples = {400, 100, 100};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
    settings.initialWeights = {WeightRule::Xavier};
    settings.engine = EngineKind::Scalar;
    settings.precision = Precision::Double;
    settings.learningRate = 0.01;
    settings.batchSize = 1;
    settings.epochs = 5;
    return settings;
}

TrainingSettings matrixSettings()
{
    TrainingSettings settings;
    settings.layers = {{128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}};
    return settings;
}

TrainingSettings improvedScalarSettings()
{
    TrainingSettings settings = scalarSettings();
    settings.samples = {2000, 200, 500};
    settings.layers = {{32, Activation::Relu}, {10, Activation::Softmax}};
    settings.epochs = 10;
    return settings;
}

TrainingSettings fullMatrixSettings()
{
    TrainingSettings settings = matrixSettings();
    settings.samples = {60'000, 0, 10'000};
    settings.optimizer = OptimizerKind::Momentum;
    settings.learningRate = 0.02;
    return settings;
}

TrainingSettings augmentedMatrixSettings()
{
    TrainingSettings settings = fullMatrixSettings();
    settings.layers = {{256, Activation::Relu}, {128, Activation::Relu}, {10, Activation::Softmax}};
    settings.augment = true;
    settings.epochs = 60;
    return settings;
}

Result<void> checkLayers(const TrainingSettings& settings)
{
    if (settings.layers.empty())
        return Error{"--layers", MessageId::noneThere, MessageId::giveLayersOption};
    // With one input the network is as small as it can be, so that only the layers themselves can fail.
    const Result<void> valid = validate(LayerStack{1, settings.layers}, settings.loss);
    if (valid)
        return {};
    Error error = valid.error();
    error.what = {MessageId::optionPart, "--layers", error.what};
    return error;
}

// Settings that are valid each by itself, but not together.
Result<void> checkTogether(const TrainingSettings& settings)
{
    if (settings.engine == EngineKind::Scalar && settings.precision != Precision::Double)
        return Error{"--precision float", MessageId::scalarIsDouble, MessageId::useDoubleOrMatrix};
    if (settings.patience > 0 && settings.samples.validation == 0)
        return Error{
            "--patience", MessageId::needsValidation, {MessageId::giveOrLeaveOut, "--validation 1000"}};
    if (settings.keep == Keep::Best && settings.samples.validation == 0)
        return Error{
            "--keep best", MessageId::needsValidation, {MessageId::giveOrLeaveOut, "--validation 1000"}};
    return {};
}

} // namespace

const std::vector<Preset>& presets()
{
    static const std::vector<Preset> all{
        {"matrix",
         "128 and 64 ReLU units, softmax; 10,000 training samples, batches of 64, rate 0.1, 20 epochs, "
         "matrix engine (the default)",
         matrixSettings()},
        {"scalar",
         "16 ReLU units, softmax; 400 training samples one at a time, rate 0.01, 5 epochs, scalar engine",
         scalarSettings()},
        {"scalar-improved", "the scalar engine with more units, samples and epochs: at least 82 % on MNIST",
         improvedScalarSettings()},
        {"matrix-full", "all of MNIST through the matrix engine, with momentum: about 98.2 %",
         fullMatrixSettings()},
        {"matrix-augmented",
         "256 and 128 ReLU units, all of MNIST, its images deformed anew in every one of 60 epochs: reads "
         "other people's writing best",
         augmentedMatrixSettings()},
    };
    return all;
}

Result<TrainingSettings> presetSettings(std::string_view name)
{
    std::string names;
    for (const Preset& preset : presets()) {
        if (preset.name == name)
            return preset.settings;
        names += (names.empty() ? "" : ", ") + preset.name;
    }
    return Error{"--preset " + inQuotes(name),
                 {MessageId::noSuchName, MessageId::kindPreset},
                 {MessageId::useOneOfList, names, "--preset matrix"}};
}

std::string_view engineName(EngineKind engine)
{
    return engineTable[static_cast<std::size_t>(engine)].name;
}

std::string_view precisionName(Precision precision)
{
    return precisionTable[static_cast<std::size_t>(precision)].name;
}

Result<EngineKind> engineFromName(std::string_view name)
{
    return fromName(name, engineTable, &EngineRow::engine, "--engine", MessageId::kindEngine);
}

Result<Precision> precisionFromName(std::string_view name)
{
    return fromName(name, precisionTable, &PrecisionRow::precision, "--precision", MessageId::kindPrecision);
}

Result<void> validate(const TrainingSettings& settings)
{
    for (const SettingsField& field : settingsFields()) {
        if (auto valid = checkBounds(field, settings); !valid)
            return valid;
        if (field.option == "layers") {
            if (auto valid = checkLayers(settings); !valid)
                return valid;
        }
    }
    return checkTogether(settings);
}

} // namespace chainrule
