// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/trainednetwork.h"

#include "core/training/engine.h"
#include "core/training/evaluation.h"

#include <algorithm>

namespace chainrule {

Result<Measurement> measure(const TrainedNetwork& network, const std::stop_token& stop)
{
    if (!network.setup)
        return Error{"the test samples", "their data set is not at hand", "Name it with --data"};
    const Dataset& data = *network.setup->data;
    const auto& samples = network.setup->split.test;
    if (samples.empty())
        return Error{"the test samples", "there are none", "Ask for some with --test"};
    if (const auto checked = checkConfusion(outputCount(network.parameters->stack)); !checked)
        return checked.error();
    Engine engine = makeEngine(*network.parameters, EngineKind::Matrix, network.settings.precision, 0, 1);
    Measurement measured;
    measured.predictions = predict(engine, data, samples, stop);
    if (measured.predictions.size() != samples.size())
        return Error{"the test samples", "measuring them was stopped", "Try it again"};
    measured.metrics = metricsOf(measured.predictions, data, samples);
    measured.confusion =
        confusionMatrix(measured.predictions, data, samples, outputCount(network.parameters->stack));
    for (std::size_t i = 0; i < measured.confusion.size(); ++i)
        measured.correct += static_cast<std::size_t>(measured.confusion[i][i]);
    return measured;
}

std::vector<std::string> classNamesOf(const TrainedNetwork& network)
{
    const auto outputs = static_cast<std::size_t>(outputCount(network.parameters->stack));
    std::vector<std::string> names = network.setup ? network.setup->data->classNames : network.classNames;
    names.resize(std::min(names.size(), outputs));
    while (names.size() < outputs)
        names.push_back(std::to_string(names.size()));
    return names;
}

std::string shapeOf(const LayerStack& stack)
{
    std::string text = std::to_string(stack.inputs);
    for (const DenseLayer& layer : stack.layers)
        text += " → " + std::to_string(layer.units);
    return text;
}

std::string commandOf(const TrainedNetwork& network)
{
    const std::string arguments = commandArguments(network.settings, network.initialModel);
    return "chainrule train" + (arguments.empty() ? "" : " " + arguments);
}

} // namespace chainrule
