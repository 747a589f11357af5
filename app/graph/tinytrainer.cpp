// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinytrainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace chainrule {

namespace {

// Epochs in ever larger bundles, since each call has its own costs, but none so large that it could take
// much longer than what is left.
void trainFor(const TinyRequest& request, TinyAnswer& answer, const std::stop_token& stop)
{
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    int bundle = 1;
    while (!stop.stop_requested() && !answer.broken) {
        answer.broken =
            !trainTiny(request.settings, *request.data, answer.parameters, answer.epoch, bundle, stop);
        if (answer.broken)
            return;
        answer.epoch += bundle;
        const std::chrono::duration<double, std::milli> passed = Clock::now() - begin;
        const double left = request.budget - passed.count();
        const double each = passed.count() / std::max(1, answer.epoch - request.firstEpoch);
        if (left < each)
            return;
        bundle = std::clamp(static_cast<int>(left / std::max(each, 1e-3)), 1, 2 * bundle);
    }
}

} // namespace

TinyAnswer trainAndMap(const TinyRequest& request, const std::stop_token& stop)
{
    TinyAnswer answer;
    answer.run = request.run;
    answer.parameters = request.parameters;
    answer.epoch = request.firstEpoch;
    const bool trains = request.data && sampleCount(*request.data) > 0;
    if (trains && request.budget > 0.0) {
        trainFor(request, answer, stop);
    } else if (trains && request.epochs > 0) {
        answer.broken = !trainTiny(request.settings, *request.data, answer.parameters, request.firstEpoch,
                                   request.epochs, stop);
        answer.epoch += answer.broken ? 0 : request.epochs;
    }
    if (stop.stop_requested())
        return answer;
    if (trains)
        answer.score = scoreTiny(request.settings, *request.data, answer.parameters);
    if (request.settings.inputs == 2)
        answer.maps = std::make_shared<const TinyMaps>(makeTinyMaps(answer.parameters, tinyMapRows));
    return answer;
}

std::vector<float> coarserMap(const std::vector<float>& map)
{
    std::vector<float> coarse;
    if (map.size() != static_cast<std::size_t>(tinyMapRows) * static_cast<std::size_t>(tinyMapRows))
        return coarse;
    coarse.reserve(static_cast<std::size_t>(tinyPictureRows) * static_cast<std::size_t>(tinyPictureRows));
    for (std::size_t row = 0; row < tinyMapRows; row += 2) {
        for (std::size_t column = 0; column < tinyMapRows; column += 2)
            coarse.push_back(map[row * tinyMapRows + column]);
    }
    return coarse;
}

} // namespace chainrule
