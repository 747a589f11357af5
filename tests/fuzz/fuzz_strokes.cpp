// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/canvas.h"
#include "core/data/ink/digitimage.h"
#include "core/data/ink/strokes.h"
#include "tests/fuzz/fuzz.h"

#include <cmath>

using namespace chainrule;
using namespace fuzz;

namespace {

void checkSample(const StrokeSample& sample)
{
    std::size_t points = 0;
    for (const Stroke& stroke : sample.strokes) {
        points += stroke.size();
        for (const StrokePoint& point : stroke)
            require(std::abs(point.x) <= maximumCoordinate && std::abs(point.y) <= maximumCoordinate);
    }
    require(points <= maximumStrokePoints);
    require(points > 0 || !sample.picture.ink.empty());
    require(!sample.label || (*sample.label >= 0 && *sample.label <= maximumStrokeLabel));
    require(sample.pens.empty() || sample.pens.size() == sample.strokes.size());
    for (const double pen : sample.pens)
        require(std::abs(pen) >= thinnestPen && std::abs(pen) <= widestPen);
    const InkImage& picture = sample.picture;
    require(picture.ink.size() ==
            static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
}

void tryDrawing(const StrokeSample& sample)
{
    const Result<InkImage> ink = drawingInk(sample);
    if (!ink) {
        checkError(ink.error());
        return;
    }
    require(ink->ink.size() == static_cast<std::size_t>(ink->width) * static_cast<std::size_t>(ink->height));
    for (const Result<PreparedDigit>& digit : {prepareDigit(*ink), shrinkCanvas(*ink)})
        if (!digit)
            checkError(digit.error());
}

} // namespace

/// Any bytes as a line of strokes: either a fault or a drawing within its limits that comes back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const Result<StrokeSample> sample = readStrokeLine(asText({bytes, size}), "input:1");
    if (!sample) {
        checkError(sample.error());
        return 0;
    }
    checkSample(*sample);
    const std::string line = writeStrokeLine(*sample);
    require(line.find('\n') == std::string::npos);
    const Result<StrokeSample> back = readStrokeLine(line, "written:1");
    require(back.has_value());
    require(*back == *sample && writeStrokeLine(*back) == line);
    if (isChosen({bytes, size}, 64)) // drawing takes a thousand times as long as reading
        tryDrawing(*sample);
    return 0;
}
