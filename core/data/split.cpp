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
constexpr const char* lowerCounts = "Lower --train, --validation or --test";

Error tooFew(const Dataset& data, const std::string& asked, const std::string& there)
{
    return {data.name, asked + " were asked for, but there are " + there, lowerCounts};
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
        return tooFew(data, std::to_string(learning + test) + " samples in all", std::to_string(pool));
    if (learning > trainingFile)
        return tooFew(data, std::to_string(learning) + " training and validation samples in file order",
                      std::to_string(trainingFile) + " in the training file");
    if (!oneFile && test > pool - testFile)
        return tooFew(data, std::to_string(test) + " test samples in file order",
                      std::to_string(pool - testFile) + " in the test file");
    return Split{indicesFrom(0, counts.training), indicesFrom(training, counts.validation),
                 indicesFrom(oneFile ? learning : testFile, counts.test)};
}

} // namespace

Result<Split> makeSplit(const Dataset& data, SampleCounts counts, std::uint64_t seed, bool shuffled)
{
    struct Named {
        int count;
        const char* name;
        const char* option;
    };
    for (const Named& part :
         {Named{counts.training, "training", "--train"},
          Named{counts.validation, "validation", "--validation"}, Named{counts.test, "test", "--test"}})
        if (part.count < 0)
            return Error{data.name,
                         std::to_string(part.count) + " " + part.name +
                             " samples were asked for; there cannot be fewer than none",
                         std::string("Give ") + part.option + " a number of 0 or more"};
    if (counts.training == 0)
        return Error{data.name, "0 training samples were asked for; training needs at least one",
                     "Give --train a number of 1 or more"};

    const std::size_t pool = sampleCount(data);
    if (pool > std::numeric_limits<std::uint32_t>::max())
        return Error{data.name, "its " + std::to_string(pool) + " samples are more than can be numbered",
                     "Use a smaller set"};
    if (!shuffled)
        return splitInFileOrder(data, counts);

    const auto training = static_cast<std::size_t>(counts.training);
    const auto validation = static_cast<std::size_t>(counts.validation);
    const auto test = static_cast<std::size_t>(counts.test);
    if (training + validation + test > pool)
        return tooFew(data,
                      std::to_string(training + validation + test) + " samples (" + std::to_string(training) +
                          " for training, " + std::to_string(validation) + " for validation, " +
                          std::to_string(test) + " for testing)",
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
