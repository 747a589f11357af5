// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/runsetup.h"

#include "core/base/text.h"
#include "core/data/check.h"
#include "core/data/classnames.h"
#include "core/data/ink/drawings.h"
#include "core/training/loop.h"
#include "core/training/scalarengine.h"

#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

// Puts the drawings that the settings name behind the data's own samples, and all of them into the training.
Result<void> addDrawings(RunSetup& setup)
{
    const std::string& file = setup.settings.drawings;
    const auto drawings = readDrawings(file);
    if (!drawings)
        return drawings.error();
    if (drawings->empty())
        return Error{file, "it has no drawings", "Keep some there first, or leave it out"};
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

Result<RunSetup> prepareUnguarded(TrainingSettings settings, const Given& given,
                                  std::shared_ptr<const Dataset> data, const Network* initial,
                                  const std::vector<std::string>& classNames,
                                  const std::vector<InputScale>& scale)
{
    if (initial && initial->stack.input.size() == inputCount(*data)) { // else it is refused below
        auto aligned = alignClasses(std::move(data), classNames, outputCount(initial->stack));
        if (!aligned)
            return aligned.error();
        auto onScale = withScale(std::move(*aligned), scale);
        if (!onScale)
            return onScale.error();
        data = std::move(*onScale);
    }
    settings.samples = fitCounts(settings.samples, given.samples, sampleCount(*data));
    if (initial)
        settings.layers = initial->stack.layers;
    else if (!given.layers && !isImageSet(*data) && !settings.layers.empty())
        outputLayer(settings.layers).units = data->classes;

    if (const auto valid = validate(settings); !valid)
        return valid.error();
    if (settings.augment && !isImageSet(*data)) {
        return Error{"--augment", data->name + " has no images that could be shifted and turned",
                     "Leave it out, or choose a set of images, for instance --data digits"};
    }
    const LayerStack stack{inputCount(*data), settings.layers};
    if (const auto valid = validate(stack, settings.loss); !valid)
        return valid.error();
    if (initial && initial->stack.input.size() != stack.input.size()) {
        return Error{"the initial weights",
                     "they are for " + std::to_string(initial->stack.input.size()) +
                         " inputs, but a sample of " + data->name + " has " +
                         std::to_string(stack.input.size()),
                     "Choose the data set that the model was trained on, or start without a model"};
    }
    if (const auto labels = checkLabels(*data, outputCount(stack)); !labels)
        return labels.error();
    if (initial && settings.precision == Precision::Float) {
        constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
        for (const double value : initial->parameters) {
            if (std::abs(value) > largest) {
                return Error{"the initial weights",
                             "one of them is " + shortestNumber(value) + ", which a float cannot hold",
                             "Choose double precision (--precision double)"};
            }
        }
    }
    auto split = makeSplit(*data, settings.samples, settings.seed, settings.shuffle);
    if (!split)
        return split.error();
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
    setup.initial = initial ? *initial : initialParameters(setup.settings, stack.input.size());
    return setup;
}

Result<RunSetup> prepare(TrainingSettings settings, const Given& given, std::shared_ptr<const Dataset> data,
                         const Network* initial, const std::vector<std::string>& classNames,
                         const std::vector<InputScale>& scale)
{
    const LayerStack stack{inputCount(*data), initial ? initial->stack.layers : settings.layers};
    try {
        if (settings.engine == EngineKind::Scalar && validate(settings))
            const ScalarMemory enough(stack);
        return prepareUnguarded(std::move(settings), given, std::move(data), initial, classNames, scale);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(stack);
    }
}

} // namespace

Error notEnoughMemory(const LayerStack& stack)
{
    const auto megabytes = parameterCount(stack) * static_cast<std::int64_t>(sizeof(double)) / 1'000'000;
    return {"the network",
            "there is not enough memory: its parameters alone take " + withSeparators(megabytes) +
                " MB, and training takes several times that",
            "Use fewer units or layers, or a smaller batch"};
}

Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                            std::shared_ptr<const Dataset> data)
{
    return prepare(std::move(settings), given, std::move(data), nullptr, {}, {});
}

Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                            std::shared_ptr<const Dataset> data, const Network& initial,
                            const std::vector<std::string>& classNames, const std::vector<InputScale>& scale)
{
    return prepare(std::move(settings), given, std::move(data), &initial, classNames, scale);
}

} // namespace chainrule
