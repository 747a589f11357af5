// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/pictureink.h"

#include "core/base/text.h"
#include "core/data/photo/inkshapes.h"
#include "core/data/photo/picturegrey.h"
#include "core/data/photo/picturepaper.h"
#include "core/data/photo/ruledlines.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace chainrule {

namespace {

constexpr float leastContrast = 20.0F;

// A shape's edge may be so much paler than its strokes.
constexpr float edgeShare = 0.3F;

// How far ink usually stands out, of what stands out and is kept: edges are paler than strokes. 0 where there
// is none.
float usualInk(const Grey& standing, const std::vector<bool>& kept = {})
{
    std::vector<float> values;
    for (std::size_t i = 0; i < standing.values.size(); ++i) {
        if (standing.values[i] > 0.0F && (kept.empty() || kept[i]))
            values.push_back(standing.values[i]);
    }
    return values.empty() ? 0.0F : quantile(std::move(values), 0.75);
}

// The contrast of what stands out from the paper and its grain, elsewhere 0.
Grey standingOut(const PaperContrast& paper)
{
    Grey standing = paper.contrast;
    for (std::size_t i = 0; i < standing.values.size(); ++i) {
        if (standing.values[i] <= std::max(5.0F * paper.grain.values[i], 0.5F * leastContrast))
            standing.values[i] = 0.0F;
    }
    return standing;
}

// Turns contrast into ink from 0 to 255, where it belongs to the digit. False: nothing stands out from the
// paper.
bool scaleToInk(PaperContrast& paper)
{
    Grey& contrast = paper.contrast;
    Grey standing = standingOut(paper);
    const Grey all = standing;
    eraseRuledLines(standing, 0.0F);
    for (std::size_t i = 0; i < contrast.values.size(); ++i) {
        if (all.values[i] > 0.0F && standing.values[i] <= 0.0F)
            contrast.values[i] = 0.0F;
    }
    float full = usualInk(standing);
    if (full < leastContrast)
        return false;
    // The digit may be blacker than most of what stands out.
    std::vector<bool> kept = digitShapes(standing, edgeShare * full);
    full = usualInk(standing, kept);
    if (full < leastContrast)
        return false;
    kept = digitShapes(standing, edgeShare * full);
    if (kept.empty())
        return false;
    for (std::size_t i = 0; i < contrast.values.size(); ++i) {
        float& value = contrast.values[i];
        const float grain = paper.grain.values[i];
        // Where the paper is clean every shade counts; otherwise ink varies as the paper does.
        const float low = std::min(3.0F * grain, edgeShare * full);
        const float high = full - std::min(2.0F * grain, 0.2F * full);
        value = kept[i] ? std::clamp((value - low) / (high - low), 0.0F, 1.0F) * 255.0F : 0.0F;
    }
    return true;
}

} // namespace

Result<InkImage> findInk(const Picture& picture)
{
    if (picture.width <= 0 || picture.height <= 0 ||
        picture.rgba.size() !=
            4 * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height))
        return Error{MessageId::theImage, MessageId::noPixels, MessageId::takeAnother};
    if (picture.width > maximumPictureSide || picture.height > maximumPictureSide) {
        return Error{MessageId::theImage,
                     {MessageId::largerThanSide, withSeparators(maximumPictureSide)},
                     MessageId::makeItSmaller};
    }
    PaperContrast paper = contrastWithPaper(greyOf(picture));
    if (!scaleToInk(paper)) {
        return Error{MessageId::theImage, MessageId::nothingStandsOut, MessageId::pictureOfOneDigit};
    }
    const Grey& grey = paper.contrast;
    InkImage ink{grey.width, grey.height, std::vector<std::uint8_t>(grey.values.size())};
    for (std::size_t i = 0; i < ink.ink.size(); ++i)
        ink.ink[i] = static_cast<std::uint8_t>(grey.values[i] + 0.5F);
    return ink;
}

} // namespace chainrule
