// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/digitimage.h"
#include "core/data/photo/pictureink.h"
#include "core/data/readers/imagefile.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

using namespace chainrule;
using namespace fuzz;

/// Any bytes as an image file that may be damaged, and one in sixteen, after two bytes for its sides, as a
/// picture's pixels, which are repeated where they end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    (void)isDamagedImageFile({bytes, size});
    if (size < 3 || !isChosen({bytes, size}, 16))
        return 0;
    constexpr int longest = 24;
    const int width = 1 + bytes[0] % longest;
    const int height = 1 + bytes[1] % longest;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(4 * width * height));
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = bytes[2 + i % (size - 2)];
    const Result<InkImage> ink = findInk({width, height, pixels});
    if (!ink) {
        checkError(ink.error());
        return 0;
    }
    require(ink->width == width && ink->height == height);
    require(ink->ink.size() == static_cast<std::size_t>(width * height));
    for (const Result<PreparedDigit>& digit : {prepareDigit(*ink), shrinkCanvas(*ink)})
        if (!digit)
            checkError(digit.error());
    return 0;
}
