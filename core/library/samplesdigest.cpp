// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/samplesdigest.h"

#include "core/base/sha256.h"

#include <cstdint>
#include <span>
#include <vector>

namespace chainrule {

namespace {

std::span<const std::uint8_t> bytesOf(std::span<const float> numbers)
{
    return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()};
}

void addSamples(Sha256& digest, const Dataset& data, const std::vector<std::uint32_t>& samples)
{
    digest.addValue(static_cast<std::uint64_t>(samples.size()));
    const auto inputs = static_cast<std::size_t>(inputCount(data));
    const std::size_t targets = targetCount(data);
    for (const std::uint32_t sample : samples) {
        if (isImageSet(data))
            digest.add(image(data, sample));
        else
            digest.add(bytesOf(std::span(data.features).subspan(sample * inputs, inputs)));
        if (hasAmounts(data))
            digest.add(bytesOf(std::span(data.amounts).subspan(sample * targets, targets)));
        else
            digest.addValue(data.labels[sample]);
    }
}

} // namespace

std::string samplesDigest(const Dataset& data, const Split& split)
{
    Sha256 digest;
    for (const int size : {data.width, data.height, data.classes, static_cast<int>(targetCount(data))})
        digest.addValue(static_cast<std::int32_t>(size));
    for (const auto* samples : {&split.training, &split.validation, &split.test})
        addSamples(digest, data, *samples);
    return digest.result();
}

} // namespace chainrule
