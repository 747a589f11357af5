// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/utf8.h"
#include "core/data/readers/csv.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cmath>

using namespace chainrule;
using namespace fuzz;

namespace {

constexpr std::uint64_t room = 64U << 20; // bytes

void checkTable(const Dataset& data)
{
    const std::size_t samples = sampleCount(data);
    const auto inputs = static_cast<std::size_t>(inputCount(data));
    require(samples >= 2 && data.width > 0 && data.height > 0);
    require(data.pixels.empty() != data.features.empty());
    if (isImageSet(data)) {
        require(data.width == data.height && data.pixels.size() == samples * inputs);
        require(data.columns.empty());
    } else {
        require(data.height == 1 && data.features.size() == samples * inputs);
        require(std::ranges::all_of(data.features, [](float value) { return std::isfinite(value); }));
        require(data.columns.size() == inputs);
    }
    for (const FeatureColumn& column : data.columns) {
        require(!column.name.empty() && isUtf8(column.name) && column.deviation >= 0.0);
        require(column.least <= column.mean && column.mean <= column.largest);
    }
    require(data.classes >= 2 && data.classes <= maximumClasses);
    require(data.classNames.size() == static_cast<std::size_t>(data.classes));
    require(std::ranges::all_of(data.classNames, [](const std::string& name) { return isUtf8(name); }));
    require(std::ranges::all_of(data.labels, [&](std::uint8_t label) { return label < data.classes; }));
}

bool isSame(const Dataset& a, const Dataset& b)
{
    return a.width == b.width && a.height == b.height && a.classNames == b.classNames &&
           a.pixels == b.pixels && a.features == b.features && a.labels == b.labels;
}

} // namespace

/// Any bytes as a CSV table: either a fault, or samples that hold together, the same out of a file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const Result<Dataset> data = parseCsv(asText({bytes, size}), "input", room);
    if (data)
        checkTable(*data);
    else
        checkError(data.error());
    if (isChosen({bytes, size}, 16)) { // files take longer
        static const MemoryFile file;
        file.set({bytes, size});
        const Result<Dataset> loaded = loadCsv(file.path());
        require(loaded.has_value() == data.has_value());
        if (data)
            require(isSame(*data, *loaded));
        else
            require(data.error().why.english() == loaded.error().why.english());
    }
    return 0;
}
