// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/imagefile.h"

#include "core/base/files/byteorder.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace chainrule {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::string_view pngBeginning("\x89PNG\r\n\x1a\n", 8);

bool beginsWith(Bytes bytes, std::string_view text)
{
    return bytes.size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(),
                      [](char a, auto b) { return static_cast<std::uint8_t>(a) == b; });
}

// There must be as many bytes.
std::uint64_t number(Bytes bytes, std::size_t at, std::size_t count)
{
    return littleEndian(bytes.subspan(at, count));
}

// Chunks: length, four letters, data, checksum.
bool isDamagedPng(Bytes bytes)
{
    std::size_t at = 8;
    while (bytes.size() - at >= 12) {
        const std::uint64_t length = bigEndian(bytes.subspan(at, 4));
        if (length > bytes.size() - at - 12)
            return true;
        const Bytes chunk = bytes.subspan(at + 4, 4 + static_cast<std::size_t>(length));
        const std::uint64_t sum = bigEndian(bytes.subspan(at + 4 + chunk.size(), 4));
        // The others, written with a small letter, may be left out.
        const bool isCritical = (chunk[0] & 0x20U) == 0;
        if (isCritical && sum != crc32_z(0, chunk.data(), chunk.size()))
            return true;
        if (beginsWith(chunk, "IEND"))
            return false;
        at += 8 + chunk.size();
    }
    return true;
}

// Segments up to the first scan, whose bytes end with the mark of the image's end.
bool isDamagedJpeg(Bytes bytes)
{
    std::size_t at = 2;
    while (bytes.size() - at >= 4) {
        const std::uint8_t marker = bytes[at + 1];
        if (bytes[at] != 0xFF)
            return false; // the reader's business
        if (marker == 0xFF) {
            ++at;
            continue;
        }
        if (marker == 0xDA) {
            constexpr std::array<std::uint8_t, 2> end{0xFF, 0xD9};
            const Bytes rest = bytes.subspan(at);
            return std::search(rest.begin(), rest.end(), end.begin(), end.end()) == rest.end();
        }
        const std::uint64_t length = bigEndian(bytes.subspan(at + 2, 2));
        if (length + 2 > bytes.size() - at)
            return true;
        at += 2 + length;
    }
    return true;
}

// Header, palette, then blocks that are made of sub-blocks; the first picture's is enough.
bool isDamagedGif(Bytes bytes)
{
    const auto palette = [](std::uint8_t flags) {
        return (flags & 0x80U) != 0 ? std::size_t{3} << ((flags & 7U) + 1U) : std::size_t{0};
    };
    if (bytes.size() < 13)
        return true;
    std::size_t at = 13 + palette(bytes[10]);
    const auto skipSubBlocks = [&] {
        while (at < bytes.size() && bytes[at] != 0)
            at += std::size_t{1} + bytes[at];
        ++at;
    };
    while (at < bytes.size()) {
        if (bytes[at] == 0x21) {
            at += 2;
            skipSubBlocks();
        } else if (bytes[at] == 0x2C) {
            if (bytes.size() - at < 11)
                return true;
            at += 11 + palette(bytes[at + 9]); // with the byte that tells how wide codes are
            skipSubBlocks();
            return at > bytes.size();
        } else {
            return false; // the reader's business
        }
    }
    return true;
}

bool isDamagedBmp(Bytes bytes)
{
    if (bytes.size() < 34)
        return true;
    const std::uint64_t start = number(bytes, 10, 4);
    const std::uint64_t width = number(bytes, 18, 4);
    const auto height = static_cast<std::int32_t>(number(bytes, 22, 4));
    const std::uint64_t bits = number(bytes, 28, 2);
    const std::uint64_t compression = number(bytes, 30, 4);
    if (number(bytes, 14, 4) < 40 || (compression != 0 && compression != 3) || width > (1U << 24U))
        return false;
    if (bits > 64) // and no product below can overflow
        return true;
    const auto rows = static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height)));
    return start + (width * bits + 31) / 32 * 4 * rows > bytes.size();
}

// A directory that says where each picture lies, some of which are PNGs.
bool isDamagedIco(Bytes bytes)
{
    const std::uint64_t count = number(bytes, 4, 2);
    if (bytes.size() < 6 + 16 * count)
        return true;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t size = number(bytes, 6 + 16 * i + 8, 4);
        const std::uint64_t start = number(bytes, 6 + 16 * i + 12, 4);
        if (start + size > bytes.size())
            return true;
        const Bytes picture = bytes.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(size));
        if (beginsWith(picture, pngBeginning) && isDamagedPng(picture))
            return true;
    }
    return false;
}

} // namespace

bool isDamagedImageFile(Bytes bytes)
{
    using namespace std::string_view_literals;
    if (beginsWith(bytes, pngBeginning))
        return isDamagedPng(bytes);
    if (beginsWith(bytes, "\xFF\xD8"sv))
        return isDamagedJpeg(bytes);
    if (beginsWith(bytes, "GIF8"sv))
        return isDamagedGif(bytes);
    if (beginsWith(bytes, "BM"sv))
        return isDamagedBmp(bytes);
    if (bytes.size() >= 6 && beginsWith(bytes, "\0\0\1\0"sv))
        return isDamagedIco(bytes);
    return false;
}

} // namespace chainrule
