// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/drawingfiles.h"

#include "core/data/readers/idx.h"

#include <cassert>
#include <tuple>

namespace chainrule {

namespace {
constexpr std::size_t imageSize = std::tuple_size_v<DigitImage>;
} // namespace

std::vector<IdxFileBytes> idxFiles(const DrawnImages& drawings)
{
    assert(drawings.labels.size() >= 2 && drawings.pixels.size() == drawings.labels.size() * imageSize);
    constexpr std::size_t every = 6;
    struct Part {
        IdxArray images{{0, 28, 28}, {}};
        IdxArray labels{{0}, {}};
    };
    Part training;
    Part test;
    for (std::size_t i = 0; i < drawings.labels.size(); ++i) {
        Part& part = i % every == 1 ? test : training;
        const auto* const image = drawings.pixels.data() + i * imageSize;
        part.images.bytes.insert(part.images.bytes.end(), image, image + imageSize);
        part.labels.bytes.push_back(drawings.labels[i]);
        ++part.images.dimensions[0];
        ++part.labels.dimensions[0];
    }
    return {{idxFileNames[0], encodeIdx(training.images)},
            {idxFileNames[1], encodeIdx(training.labels)},
            {idxFileNames[2], encodeIdx(test.images)},
            {idxFileNames[3], encodeIdx(test.labels)}};
}

} // namespace chainrule
