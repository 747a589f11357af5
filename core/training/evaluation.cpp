// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/evaluation.h"

#include "core/base/text.h"

#include <algorithm>
#include <cassert>

namespace chainrule {

double getAccuracy(std::span<const SamplePrediction> predictions, const Dataset& data,
                   std::span<const std::uint32_t> samples)
{
    assert(predictions.size() == samples.size() && !samples.empty());
    std::size_t correct = 0;
    for (std::size_t i = 0; i < samples.size(); ++i)
        correct += predictions[i].label == data.labels[samples[i]];
    return 100.0 * static_cast<double>(correct) / static_cast<double>(samples.size());
}

Metrics metricsOf(std::span<const SamplePrediction> predictions, const Dataset& data,
                  std::span<const std::uint32_t> samples)
{
    double loss = 0.0;
    for (const SamplePrediction& prediction : predictions)
        loss += prediction.loss;
    return {loss / static_cast<double>(predictions.size()), getAccuracy(predictions, data, samples)};
}

Result<void> checkConfusion(int classes)
{
    if (classes <= maximumConfusionClasses)
        return {};
    return Error{
        MessageId::theConfusionMatrix,
        {MessageId::tooManyOutputs, withSeparators(classes), withSeparators(maximumConfusionClasses)},
        MessageId::oneOutputForEachClass};
}

std::vector<std::vector<int>> confusionMatrix(std::span<const SamplePrediction> predictions,
                                              const Dataset& data, std::span<const std::uint32_t> samples,
                                              int classes)
{
    assert(checkConfusion(classes));
    const auto size = static_cast<std::size_t>(classes);
    std::vector<std::vector<int>> matrix(size, std::vector<int>(size, 0));
    for (std::size_t i = 0; i < samples.size(); ++i)
        ++matrix[data.labels[samples[i]]][static_cast<std::size_t>(predictions[i].label)];
    return matrix;
}

std::vector<std::size_t> mistakes(std::span<const SamplePrediction> predictions, const Dataset& data,
                                  std::span<const std::uint32_t> samples)
{
    std::vector<std::size_t> wrong;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (predictions[i].label != data.labels[samples[i]])
            wrong.push_back(i);
    }
    std::stable_sort(wrong.begin(), wrong.end(), [&](std::size_t a, std::size_t b) {
        return predictions[a].confidence > predictions[b].confidence;
    });
    return wrong;
}

} // namespace chainrule
