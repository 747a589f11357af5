// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/check.h"

#include <algorithm>
#include <string>

namespace chainrule {

Result<void> checkLabels(const Dataset& data, int outputs)
{
    const auto& labels = data.labels;
    const auto bad = std::find_if(labels.begin(), labels.end(),
                                  [outputs](std::uint8_t label) { return int{label} >= outputs; });
    if (bad == labels.end())
        return {};

    const auto sample = static_cast<std::size_t>(bad - labels.begin());
    const std::size_t testFile = firstTestSample(data);
    const bool inTestFile = sample >= testFile;
    const bool inTrainingFile = sample < std::min(data.official.training, testFile);
    const std::size_t number = sample - (inTestFile ? testFile : inTrainingFile ? 0 : data.official.training);
    const int needed = int{*std::max_element(labels.begin(), labels.end())} + 1;
    const MessageId file = inTestFile       ? MessageId::theTest
                           : inTrainingFile ? MessageId::theTraining
                                            : MessageId::theValidation;
    const Message units =
        outputs == 1 ? Message(MessageId::oneUnit) : Message(MessageId::manyUnits, std::to_string(outputs));
    return Error{data.name,
                 {MessageId::labelWithoutOutput, std::to_string(number), file, std::to_string(*bad), units},
                 {MessageId::giveOutputUnits, std::to_string(needed)}};
}

} // namespace chainrule
