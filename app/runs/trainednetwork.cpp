// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/trainednetwork.h"

#include "app/base/commandtext.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/training/engines/engine.h"
#include "core/training/evaluation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace chainrule {

Network withNames(Network network, std::vector<std::string> outputNames, std::vector<InputScale> scale)
{
    network.outputNames = std::move(outputNames);
    network.scale = std::move(scale);
    return network;
}

Result<Measurement> measure(const TrainedNetwork& network, const std::stop_token& stop,
                            WithConfusion confusion)
{
    if (!network.setup)
        return Error{"the test samples", "their data set is not at hand", "Name it with --data"};
    const Dataset& data = *network.setup->data;
    const auto& samples = network.setup->split.test;
    if (samples.empty())
        return Error{"the test samples", "this run has none", "Ask for some with --test"};
    if (confusion == WithConfusion::Yes) {
        if (const auto checked = checkConfusion(classCount(*network.parameters)); !checked)
            return checked.error();
    }
    Engine engine = makeEngine(*network.parameters, EngineKind::Matrix, network.settings.precision, 0, 1);
    Measurement measured;
    measured.predictions = predict(engine, data, samples, stop);
    if (measured.predictions.size() != samples.size())
        return Error{"the test samples", "measuring them was stopped", "Try it again"};
    measured.metrics = metricsOf(measured.predictions, data, samples);
    for (std::size_t i = 0; i < samples.size(); ++i)
        measured.correct += measured.predictions[i].label == data.labels[samples[i]];
    if (confusion == WithConfusion::Yes)
        measured.confusion =
            confusionMatrix(measured.predictions, data, samples, classCount(*network.parameters));
    return measured;
}

void checkInitial(TrainedNetwork& network, const std::stop_token& stop)
{
    network.initialState = stateOf(network.initial, stop);
}

std::vector<InputScale> inputScaleOf(const TrainedNetwork& network)
{
    if (!network.scale.empty() || !measuresItsOwnSet(network))
        return network.scale;
    return scaleOf(*network.setup->data);
}

std::vector<std::string> classNamesOf(const TrainedNetwork& network)
{
    const auto outputs = static_cast<std::size_t>(classCount(*network.parameters));
    std::vector<std::string> names = network.setup ? network.setup->data->classNames : network.classNames;
    names.resize(std::min(names.size(), outputs));
    while (names.size() < outputs)
        names.push_back(std::to_string(names.size()));
    return names;
}

std::string shapeOf(const LayerStack& stack)
{
    std::string text = std::to_string(stack.input.size());
    for (const LayerSpan& span : layerSpans(stack))
        text += " → " + std::to_string(span.units);
    return text;
}

std::vector<RateChange> rateChanges(const TrainedNetwork& network)
{
    const TrainingSettings& settings = network.settings;
    const bool own = measuresItsOwnSet(network);
    const bool isConstant = settings.schedule == RateSchedule::Constant && settings.warmup == 0;
    // The number of drawings that joined the training samples is known only where the samples are loaded.
    if (!isConstant && !own && !settings.drawings.empty())
        return {};
    const auto samples = std::max<std::size_t>(1, own ? network.setup->split.training.size()
                                                      : static_cast<std::size_t>(settings.samples.training));
    const auto batch = static_cast<std::size_t>(settings.batchSize);
    const auto perEpoch = static_cast<std::int64_t>((samples + batch - 1) / batch);
    std::vector<RateChange> changes;
    double rate = settings.learningRate;
    for (const EpochRecord& record : network.history.epochs) {
        const double factor = isConstant ? 1.0
                                         : rateFactor(settings.schedule, perEpoch * record.epoch - 1,
                                                      perEpoch * settings.epochs, settings.warmup);
        // A history that does not tell the rate has 0. The bound is for the rounding of the division below.
        if (record.learningRate > 0.0 && factor > 0.0 &&
            std::abs(record.learningRate - rate * factor) > 1e-9 * record.learningRate)
            changes.push_back({record.epoch, rate = record.learningRate / factor});
    }
    return changes;
}

bool endedByItself(const TrainedNetwork& network)
{
    const int trained = epochsTrained(network);
    const TrainingSettings& settings = network.settings;
    return trained == settings.epochs || (settings.patience > 0 && network.history.bestEpoch > 0 &&
                                          trained - network.history.bestEpoch >= settings.patience);
}

int epochsTrained(const TrainedNetwork& network)
{
    return network.history.epochs.empty() ? 0 : network.history.epochs.back().epoch;
}

std::optional<double> restartOf(const TrainedNetwork& network)
{
    const bool losesNothing = network.settings.optimizer == OptimizerKind::Sgd || network.forkedFrom;
    return losesNothing ? std::nullopt : network.history.resumedAt;
}

bool commandRepeats(const TrainedNetwork& network)
{
    return network.recorded && !network.forkedFrom && !restartOf(network) && endedByItself(network) &&
           rateChanges(network).empty() && (!network.initial || network.initialState == InitialState::Same);
}

namespace {

bool sameSet(const TrainingSettings& one, const TrainingSettings& other)
{
    const auto named = [](const std::string& source) { return source.empty() ? defaultSource() : source; };
    return named(one.data) == named(other.data);
}

} // namespace

bool measuresItsOwnSet(const TrainedNetwork& network)
{
    return network.recorded && network.setup && sameSet(network.settings, network.setup->settings);
}

std::size_t trainedOnAmong(const TrainedNetwork& network, std::span<const std::uint32_t> samples)
{
    return measuresItsOwnSet(network) ? trainedOnAmong(network.settings, *network.setup, samples) : 0;
}

std::size_t trainedOnAmong(const TrainingSettings& trained, const RunSetup& setup,
                           std::span<const std::uint32_t> samples)
{
    const TrainingSettings& measured = setup.settings;
    if (!sameSet(trained, measured) ||
        (trained.seed == measured.seed && trained.shuffle == measured.shuffle &&
         trained.samples == measured.samples))
        return 0;
    const Dataset& data = *setup.data;
    const auto split = makeSplit(data, trained.samples, trained.seed, trained.shuffle);
    if (!split)
        return 0;
    std::vector<bool> known(sampleCount(data));
    for (const std::uint32_t sample : split->training)
        known[sample] = true;
    return static_cast<std::size_t>(
        std::ranges::count_if(samples, [&](std::uint32_t sample) { return known[sample]; }));
}

namespace {

// Why the file that it began from keeps the command from repeating it; nothing where it does not.
std::string initialText(const TrainedNetwork& network)
{
    if (!network.initial)
        return {};
    switch (network.initialState) {
    case InitialState::None:
    case InitialState::Same:
        return {};
    case InitialState::Missing:
        return ", from an initial model that is no longer there";
    case InitialState::Changed:
        return ", from an initial model that has been changed since";
    case InitialState::Unknown:
        return ", from an initial model that may have been changed since";
    case InitialState::InNoFile:
        return ", from weights that were in no file";
    }
    return {};
}

} // namespace

std::string provenanceOf(const TrainedNetwork& network)
{
    if (!network.recorded)
        return "a model whose training is not recorded";
    std::string text = commandOf(network);
    if (!network.settings.drawings.empty())
        text += ", with the drawings that the file had then";
    if (commandRepeats(network))
        return text;
    const int trained = epochsTrained(network);
    if (!endedByItself(network)) {
        const std::string all = std::to_string(network.settings.epochs);
        text += trained == 0 ? ", none of whose " + all + " epochs is recorded"
                             : ", stopped after epoch " + std::to_string(trained) + " of " + all;
    }
    for (const RateChange& change : rateChanges(network))
        text += ", from epoch " + std::to_string(change.epoch) + " with learning rate " +
                shortestNumber(change.rate);
    if (network.forkedFrom) {
        text += ", as a fork after step " + std::to_string(network.forkedFrom->step) +
                (network.forkedFrom->id.empty() ? std::string(" of another run")
                                                : " of the run " + network.forkedFrom->id);
    }
    if (const auto at = restartOf(network))
        text += ", cut off at epoch " + shortestNumber(std::round(*at * 100.0) / 100.0) +
                " and resumed without the optimizer's state";
    text += initialText(network);
    return text + "; no single command repeats them";
}

std::string commandOf(const TrainedNetwork& network)
{
    if (!network.recorded)
        return {};
    const std::string arguments =
        commandArguments(network.settings, network.initial ? network.initial->file : std::string());
    return "chainrule train" + (arguments.empty() ? "" : " " + arguments);
}

} // namespace chainrule
