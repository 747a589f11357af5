// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings.h"

#include "core/base/text.h"

#include <cmath>
#include <optional>

namespace chainrule {

namespace {

TrainingSettings scalarSettings()
{
    TrainingSettings settings;
    settings.samples = {400, 100, 100};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
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

// Looks `name` up among `values`; `what` and `option` are for the error.
template <typename T, typename NameOf, std::size_t N>
Result<T> fromName(std::string_view name, const T (&values)[N], NameOf nameOf, const char* what,
                   const char* option)
{
    std::string names;
    for (std::size_t i = 0; i < N; ++i) {
        if (name == nameOf(values[i]))
            return values[i];
        if (i > 0)
            names += i + 1 == N ? " or " : ", ";
        names += nameOf(values[i]);
    }
    return Error{std::string(option) + " " + inQuotes(name), std::string("there is no such ") + what,
                 "Use " + names + ", for instance " + option + " " + std::string(nameOf(values[0]))};
}

// An error where `value` is not in [low, high].
std::optional<Error> outside(const char* option, std::int64_t value, std::int64_t low, std::int64_t high,
                             int example)
{
    if (value >= low && value <= high)
        return {};
    return Error{option,
                 withSeparators(value) + " is not between " + withSeparators(low) + " and " +
                     withSeparators(high),
                 std::string("Give a whole number within these bounds, for instance ") + option + " " +
                     std::to_string(example)};
}

std::optional<Error> layersError(const std::vector<DenseLayer>& layers)
{
    if (layers.empty())
        return Error{"--layers", "there are none",
                     "Give at least the output, for instance --layers 10:softmax"};
    // With one input the network is as small as it can be: what is left to fail is the layers themselves.
    const Result<void> valid = validate(LayerStack{1, layers});
    if (valid)
        return {};
    Error error = valid.error();
    error.what = "--layers, " + error.what;
    return error;
}

// The options in which `settings` differ from `base`, each as it is typed.
std::vector<std::string> differences(const TrainingSettings& settings, const TrainingSettings& base,
                                     const std::string& initialModel)
{
    std::vector<std::string> options;
    const auto add = [&options](bool differs, const char* option, const std::string& value) {
        if (differs)
            options.push_back(std::string(option) + " " + value);
    };
    const auto addNumber = [&add](const char* option, int value, int baseValue) {
        add(value != baseValue, option, std::to_string(value));
    };
    add(!initialModel.empty(), "--init", shellWord(initialModel));
    add(settings.data != base.data, "--data", shellWord(settings.data));
    addNumber("--train", settings.samples.training, base.samples.training);
    addNumber("--validation", settings.samples.validation, base.samples.validation);
    addNumber("--test", settings.samples.test, base.samples.test);
    add(initialModel.empty() && settings.layers != base.layers, "--layers",
        shellWord(formatLayers(settings.layers)));
    add(settings.engine != base.engine, "--engine", std::string(engineName(settings.engine)));
    add(settings.precision != base.precision, "--precision", std::string(precisionName(settings.precision)));
    add(settings.optimizer != base.optimizer, "--optimizer", std::string(optimizerName(settings.optimizer)));
    add(settings.learningRate != base.learningRate, "--lr", shortestNumber(settings.learningRate));
    addNumber("--batch", settings.batchSize, base.batchSize);
    addNumber("--epochs", settings.epochs, base.epochs);
    add(settings.seed != base.seed, "--seed", std::to_string(settings.seed));
    addNumber("--threads", settings.threads, base.threads);
    if (settings.shuffle != base.shuffle)
        options.emplace_back("--no-shuffle"); // every preset shuffles
    if (settings.augment != base.augment)
        options.emplace_back("--augment");
    add(settings.drawings != base.drawings, "--drawings", shellWord(settings.drawings));
    return options;
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
    return Error{"--preset " + inQuotes(name), "there is no such preset",
                 "Use one of " + names + ", for instance --preset matrix"};
}

std::string_view engineName(EngineKind engine)
{
    switch (engine) {
    case EngineKind::Scalar:
        return "scalar";
    case EngineKind::Matrix:
        return "matrix";
    }
    return {};
}

std::string_view precisionName(Precision precision)
{
    switch (precision) {
    case Precision::Float:
        return "float";
    case Precision::Double:
        return "double";
    }
    return {};
}

std::string_view optimizerName(OptimizerKind optimizer)
{
    switch (optimizer) {
    case OptimizerKind::Sgd:
        return "sgd";
    case OptimizerKind::Momentum:
        return "momentum";
    case OptimizerKind::Adam:
        return "adam";
    }
    return {};
}

Result<EngineKind> engineFromName(std::string_view name)
{
    constexpr EngineKind all[] = {EngineKind::Scalar, EngineKind::Matrix};
    return fromName(name, all, engineName, "engine", "--engine");
}

Result<Precision> precisionFromName(std::string_view name)
{
    constexpr Precision all[] = {Precision::Float, Precision::Double};
    return fromName(name, all, precisionName, "precision", "--precision");
}

Result<OptimizerKind> optimizerFromName(std::string_view name)
{
    constexpr OptimizerKind all[] = {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam};
    return fromName(name, all, optimizerName, "optimizer", "--optimizer");
}

Initialization initializationOf(EngineKind engine)
{
    switch (engine) {
    case EngineKind::Scalar:
        return Initialization::FanIn;
    case EngineKind::Matrix:
        return Initialization::FanInAndFanOut;
    }
    return Initialization::FanIn;
}

Result<void> validate(const TrainingSettings& settings)
{
    if (auto error = outside("--train", settings.samples.training, 1, maximumSamples, 10'000))
        return *error;
    if (auto error = outside("--validation", settings.samples.validation, 0, maximumSamples, 1'000))
        return *error;
    if (auto error = outside("--test", settings.samples.test, 0, maximumSamples, 2'000))
        return *error;
    if (auto error = layersError(settings.layers))
        return *error;
    if (settings.engine == EngineKind::Scalar && settings.precision != Precision::Double) {
        return Error{"--precision float", "the scalar engine computes in double precision only",
                     "Use --precision double, or --engine matrix"};
    }
    if (!std::isfinite(settings.learningRate) || settings.learningRate <= 0.0 ||
        settings.learningRate > maximumLearningRate) {
        return Error{"--lr",
                     shortestNumber(settings.learningRate) + " is not a number above 0 and up to " +
                         withSeparators(static_cast<std::int64_t>(maximumLearningRate)),
                     "Give a learning rate within these bounds, for instance --lr 0.1"};
    }
    if (auto error = outside("--batch", settings.batchSize, 1, maximumBatch, 64))
        return *error;
    if (auto error = outside("--epochs", settings.epochs, 1, maximumEpochs, 20))
        return *error;
    if (auto error = outside("--threads", settings.threads, 1, maximumThreads, 1))
        return *error;
    return {};
}

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
        // There is no option that takes deforming back.
        if (preset.settings.engine != settings.engine || (preset.settings.augment && !settings.augment))
            continue;
        std::vector<std::string> candidate = differences(settings, preset.settings, initialModel);
        if (nearest == nullptr || candidate.size() < options.size()) {
            nearest = &preset;
            options = std::move(candidate);
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
