// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/runsetup.h"

#include "core/base/text.h"
#include "core/data/check.h"
#include "core/data/classnames.h"
#include "core/data/ink/drawings.h"
#include "core/training/engines/engine.h"
#include "core/training/engines/scalarengine.h"
#include "core/training/loop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

constexpr Loss lossOfAmounts = Loss::Squared; // unless another one is named

// Appends the drawings that the settings name to the data's samples, and adds all of them to the training
// samples.
Result<void> addDrawings(RunSetup& setup)
{
    const std::string& file = setup.settings.drawings;
    const auto drawings = readDrawings(file);
    if (!drawings)
        return drawings.error();
    if (drawings->empty())
        return Error{file, MessageId::noDrawings, MessageId::keepSomeFirst};
    const auto images = drawnImages(*drawings, file);
    if (!images)
        return images.error();
    auto both = withDrawings(*setup.data, *images, file);
    if (!both)
        return both.error();
    for (std::size_t i = sampleCount(*setup.data); i < sampleCount(*both); ++i)
        setup.split.training.push_back(static_cast<std::uint32_t>(i));
    setup.data = std::make_shared<const Dataset>(std::move(*both));
    return {};
}

// Fits the loss and the output layer to the data's targets, unless they were given.
void fitOutput(TrainingSettings& settings, const Given& given, const Dataset& data)
{
    if (!given.loss && hasAmounts(data) && lossRow(settings.loss).wantsClasses)
        settings.loss = lossOfAmounts;
    if (given.layers || settings.layers.empty() ||
        !std::holds_alternative<DenseLayer>(settings.layers.back()))
        return;
    DenseLayer& output = outputLayer(settings.layers);
    // A softmax fits the squared error, but its outputs add up to 1, and amounts do not.
    const bool forClasses = hasAmounts(data) && output.activation == Activation::Softmax;
    if (forClasses || !lossFits(settings.loss, output.activation))
        output.activation = lossRow(settings.loss).output;
    if (hasAmounts(data))
        output.units = static_cast<int>(targetCount(data));
    else if (lossRow(settings.loss).singleOutputIsYesNo && data.classes == 2)
        output.units = 1;
    else if (given.presetOutput || !isImageSet(data))
        output.units = data.classes;
}

Result<void> checkFit(const TrainingSettings& settings, const LayerStack& stack, const Dataset& data)
{
    if (settings.augment && !isImageSet(data)) {
        return Error{"--augment", {MessageId::noImagesToDeform, data.name}, MessageId::leaveOutOrImages};
    }
    if (!settings.kernels.empty()) {
        const std::vector<std::string> names = kernelNames();
        if (std::find(names.begin(), names.end(), settings.kernels) == names.end())
            return Error{"--kernels " + settings.kernels,
                         MessageId::processorLacks,
                         {MessageId::useInstead, "--kernels " + names.back()}};
    }
    if (auto valid = validate(stack, settings.loss); !valid)
        return valid;
    if (hasAmounts(data)) {
        if (lossRow(settings.loss).wantsClasses)
            return Error{"--loss " + std::string(lossName(settings.loss)),
                         {MessageId::amountsHaveNoClasses, data.name},
                         {MessageId::useInstead, "--loss " + std::string(lossName(lossOfAmounts))}};
        if (static_cast<std::size_t>(outputCount(stack)) != targetCount(data)) {
            return Error{"--layers",
                         {MessageId::outputsForTargets, std::to_string(outputCount(stack)),
                          std::to_string(targetCount(data)), data.name},
                         {MessageId::giveOutputs, std::to_string(targetCount(data))}};
        }
        return {};
    }
    return checkLabels(data, classCount({.stack = stack, .parameters = {}, .loss = settings.loss}));
}

Result<void> checkInitial(const Network& initial, const TrainingSettings& settings, const Dataset& data)
{
    if (initial.stack.input.size() != inputCount(data)) {
        return Error{MessageId::initialWeights,
                     {MessageId::initialInputs, std::to_string(initial.stack.input.size()), data.name,
                      std::to_string(inputCount(data))},
                     MessageId::chooseItsData};
    }
    constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
    for (const double value : initial.parameters) {
        if (settings.precision == Precision::Float && std::abs(value) > largest) {
            return Error{MessageId::initialWeights,
                         {MessageId::initialTooLarge, shortestNumber(value)},
                         MessageId::chooseDouble};
        }
    }
    return {};
}

Result<void> checkWarmup(const TrainingSettings& settings, std::size_t trainingSamples)
{
    const std::int64_t steps = stepCount(settings, trainingSamples);
    if (settings.warmup <= steps)
        return {};
    return Error{"--warmup " + std::to_string(settings.warmup),
                 {MessageId::warmupTooLong, withSeparators(steps)},
                 {MessageId::shortenWarmup, std::to_string(std::max<std::int64_t>(steps / 10, 1))}};
}

Result<RunSetup> prepareUnguarded(TrainingSettings settings, const Given& given,
                                  std::shared_ptr<const Dataset> data, const Network* initial)
{
    if (initial) {
        settings.layers = initial->stack.layers;
        settings.loss = initial->loss;
        if (initial->stack.input.size() == inputCount(*data)) { // else it is refused below
            auto aligned = alignClasses(std::move(data), initial->outputNames, classCount(*initial));
            if (!aligned)
                return aligned.error();
            auto onScale = withScale(std::move(*aligned), initial->scale);
            if (!onScale)
                return onScale.error();
            data = std::move(*onScale);
        }
    } else {
        fitOutput(settings, given, *data);
    }
    settings.samples = fitCounts(settings.samples, given.samples, sampleCount(*data));
    if (const auto valid = validate(settings); !valid)
        return valid.error();
    const Shape input = isImageSet(*data) ? Shape(1, data->height, data->width) : Shape(inputCount(*data));
    if (initial) {
        if (const auto fits = checkInitial(*initial, settings, *data); !fits)
            return fits.error();
    }
    if (const auto fits = checkFit(settings, {input, settings.layers}, *data); !fits)
        return fits.error();
    auto split = makeSplit(*data, settings.samples, settings.seed, settings.shuffle);
    if (!split)
        return split.error();
    if (const auto fits = checkWarmup(settings, split->training.size()); !fits)
        return fits.error();
    if (!initial) {
        const auto own = scaleFrom(*data, split->training);
        auto onScale = withScale(std::move(data), own);
        if (!onScale)
            return onScale.error();
        data = std::move(*onScale);
    }
    RunSetup setup{settings, std::move(data), std::move(*split), {}};
    if (!settings.drawings.empty()) {
        if (const auto added = addDrawings(setup); !added)
            return added.error();
    }
    setup.initial = initial ? *initial : initialNetwork(setup.settings, input);
    setup.initial.precision = settings.precision;
    setup.initial.scale = scaleOf(*setup.data);
    setup.initial.outputNames = hasAmounts(*setup.data) ? setup.data->targetNames : setup.data->classNames;
    return setup;
}

Result<RunSetup> prepare(TrainingSettings settings, const Given& given, std::shared_ptr<const Dataset> data,
                         const Network* initial)
{
    const LayerStack stack{inputCount(*data), initial ? initial->stack.layers : settings.layers};
    try {
        if (settings.engine == EngineKind::Scalar && validate(settings))
            const ScalarMemory enough(stack);
        return prepareUnguarded(std::move(settings), given, std::move(data), initial);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(stack);
    }
}

} // namespace

Result<void> checkSettings(const RunSetup& setup)
{
    if (auto valid = validate(setup.settings); !valid)
        return valid;
    if (auto fits = checkFit(setup.settings, setup.initial.stack, *setup.data); !fits)
        return fits;
    return checkWarmup(setup.settings, setup.split.training.size());
}

std::int64_t stepCount(const TrainingSettings& settings, std::size_t trainingSamples)
{
    const auto batch = static_cast<std::size_t>(settings.batchSize);
    return static_cast<std::int64_t>((trainingSamples + batch - 1) / batch) * settings.epochs;
}

Error notEnoughMemory(const LayerStack& stack)
{
    const auto megabytes = parameterCount(stack) * static_cast<std::int64_t>(sizeof(double)) / 1'000'000;
    return {MessageId::theNetwork,
            {MessageId::notEnoughForParameters, withSeparators(megabytes)},
            MessageId::useLess};
}

Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                            std::shared_ptr<const Dataset> data)
{
    return prepare(std::move(settings), given, std::move(data), nullptr);
}

Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                            std::shared_ptr<const Dataset> data, const Network& initial)
{
    return prepare(std::move(settings), given, std::move(data), &initial);
}

} // namespace chainrule
