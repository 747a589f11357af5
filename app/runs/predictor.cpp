// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/predictor.h"

#include "app/runs/trainednetwork.h"

#include "core/training/evaluation.h"

#include <algorithm>
#include <new>

namespace chainrule {

namespace {

std::vector<std::uint32_t> chosenSamples(const GridRequest& request, const std::vector<std::uint32_t>& test)
{
    if (request.choice == GridChoice::Mistakes)
        return test;
    std::vector<std::uint32_t> samples = test;
    if (request.choice == GridChoice::Random) {
        Random random = makeRandom(request.draw);
        shuffle(std::span(samples), random);
    }
    samples.resize(std::min(samples.size(), gridSize));
    return samples;
}

} // namespace

namespace {

GridAnswer predictUnguarded(const GridRequest& request, const std::stop_token& stop)
{
    GridAnswer answer;
    answer.choice = request.choice;
    answer.epoch = request.epoch;
    answer.trained = request.trained;
    answer.setup = request.setup;
    if (!answer.setup) {
        TrainingSettings settings = request.settings;
        settings.drawings.clear(); // nothing is learned from them here, and their file may be gone
        auto prepared = request.parameters
                            ? prepareRun(settings, {}, request.data, Network(*request.parameters))
                            : prepareRun(settings, {}, request.data);
        if (!prepared) {
            answer.error = prepared.error();
            return answer;
        }
        answer.setup = std::make_shared<const RunSetup>(std::move(*prepared));
    }

    const RunSetup& setup = *answer.setup;
    answer.parameters = request.parameters ? request.parameters
                                           : std::shared_ptr<const Network>(answer.setup, &setup.initial);
    Engine engine = makeEngine(*answer.parameters, setup.settings.engine, setup.settings.precision, 0, 1);
    const auto samples = chosenSamples(request, setup.split.test);
    const auto predictions = predict(engine, *setup.data, samples, stop);
    if (predictions.size() != samples.size())
        return answer;

    if (request.choice != GridChoice::Mistakes) {
        answer.samples = samples;
        answer.predictions = predictions;
        return answer;
    }
    const auto wrong = mistakes(predictions, *setup.data, samples);
    answer.wrong = wrong.size();
    for (std::size_t i = 0; i < std::min(wrong.size(), gridSize); ++i) {
        answer.samples.push_back(samples[wrong[i]]);
        answer.predictions.push_back(predictions[wrong[i]]);
    }
    return answer;
}

} // namespace

GridAnswer predictGrid(const GridRequest& request, const std::stop_token& stop)
{
    try {
        return predictUnguarded(request, stop);
    } catch (const std::bad_alloc&) {
        GridAnswer answer;
        answer.choice = request.choice;
        answer.error =
            notEnoughMemory({0, request.setup ? request.setup->settings.layers : request.settings.layers});
        return answer;
    }
}

} // namespace chainrule
