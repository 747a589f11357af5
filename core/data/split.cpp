// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/split.h"

#include "core/base/random.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <string>

namespace chainrule {

namespace {

constexpr std::uint64_t splitStream = 1; // of the seed's random streams

Error tooFew(const Dataset& data, const Message& asked, const Message& there)
{
    return {data.name, {MessageId::askedButThereAre, asked, there}, MessageId::lowerCounts};
}

std::vector<std::uint32_t> indicesFrom(std::size_t first, int count)
{
    std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
    std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(first));
    return indices;
}

Result<Split> splitInFileOrder(const Dataset& data, SampleCounts counts)
{
    const std::size_t pool = sampleCount(data);
    const std::size_t trainingFile = std::min(data.official.training, pool);
    const std::size_t testFile = firstTestSample(data);
    // A toy set has no second file: its test samples follow the validation samples.
    const bool oneFile = testFile == pool;
    const auto training = static_cast<std::size_t>(counts.training);
    const std::size_t learning = training + static_cast<std::size_t>(counts.validation);
    const auto test = static_cast<std::size_t>(counts.test);
    if (oneFile && learning + test > pool)
        return tooFew(data, {MessageId::samplesInAll, std::to_string(learning + test)}, std::to_string(pool));
    if (learning > trainingFile)
        return tooFew(data, {MessageId::learningInOrder, std::to_string(learning)},
                      {MessageId::inTrainingFile, std::to_string(trainingFile)});
    if (!oneFile && test > pool - testFile)
        return tooFew(data, {MessageId::testInOrder, std::to_string(test)},
                      {MessageId::inTestFile, std::to_string(pool - testFile)});
    return Split{indicesFrom(0, counts.training), indicesFrom(training, counts.validation),
                 indicesFrom(oneFile ? learning : testFile, counts.test)};
}

} // namespace

Result<Split> makeSplit(const Dataset& data, SampleCounts counts, std::uint64_t seed, bool shuffled)
{
    struct Named {
        int count;
        MessageId name;
        const char* option;
    };
    for (const Named& part : {Named{counts.training, MessageId::theTraining, "--train"},
                              Named{counts.validation, MessageId::theValidation, "--validation"},
                              Named{counts.test, MessageId::theTest, "--test"}})
        if (part.count < 0)
            return Error{data.name,
                         {MessageId::negativeSamples, std::to_string(part.count), part.name},
                         {MessageId::giveFromZero, part.option}};
    if (counts.training == 0)
        return Error{data.name, MessageId::noTrainingSamples, MessageId::giveTrainOne};

    const std::size_t pool = sampleCount(data);
    if (pool > std::numeric_limits<std::uint32_t>::max())
        return Error{data.name, {MessageId::tooManyToNumber, std::to_string(pool)}, MessageId::useSmallerSet};
    if (!shuffled)
        return splitInFileOrder(data, counts);

    const auto training = static_cast<std::size_t>(counts.training);
    const auto validation = static_cast<std::size_t>(counts.validation);
    const auto test = static_cast<std::size_t>(counts.test);
    if (training + validation + test > pool)
        return tooFew(data,
                      {MessageId::samplesOfParts, std::to_string(training + validation + test),
                       std::to_string(training), std::to_string(validation), std::to_string(test)},
                      std::to_string(pool));

    std::vector<std::uint32_t> order(pool);
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    Random random = makeRandom(seed, splitStream);
    shuffle(std::span(order), random);

    const std::span<const std::uint32_t> all(order);
    const auto copy = [](std::span<const std::uint32_t> part) {
        return std::vector<std::uint32_t>(part.begin(), part.end());
    };
    return Split{copy(all.subspan(0, training)), copy(all.subspan(training, validation)),
                 copy(all.subspan(training + validation, test))};
}

SampleCounts fitCounts(SampleCounts counts, AskedFor asked, std::size_t pool)
{
    const auto atLeastNone = [](int count) { return std::int64_t{std::max(count, 0)}; };
    const auto available =
        static_cast<std::int64_t>(std::min<std::size_t>(pool, std::numeric_limits<std::uint32_t>::max()));
    const auto shrink = [&](int& count, bool keep, std::int64_t floor) {
        const std::int64_t excess = atLeastNone(counts.training) + atLeastNone(counts.validation) +
                                    atLeastNone(counts.test) - available;
        if (!keep && excess > 0 && count > floor)
            count = static_cast<int>(std::max(floor, count - excess));
    };
    // A tenth of the pool is left to each at first: what is trained should also be measured.
    const std::int64_t tenth = available / 10;
    shrink(counts.test, asked.test, tenth);
    shrink(counts.validation, asked.validation, tenth);
    shrink(counts.training, asked.training, std::max<std::int64_t>(tenth, 1));
    shrink(counts.test, asked.test, 0);
    shrink(counts.validation, asked.validation, 0);
    shrink(counts.training, asked.training, 1);
    return counts;
}

} // namespace chainrule
