// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/idxfile.h"

#include "core/base/files/byteorder.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/base/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>
#include <zlib.h>

namespace chainrule {

namespace {

constexpr std::uint32_t longestSide = 32768;              // pixels; a count times two sides fits 64 bits
constexpr std::uint64_t deflateLimit = 1032;              // to 1: 258 bytes from 2 bits, RFC 1951
constexpr std::size_t chunkSize = std::size_t{256} << 10; // bytes; fits the second-level cache
constexpr MessageId downloadAgain = MessageId::downloadFileAgain;

Message bytes(std::uint64_t count)
{
    return count == 1 ? Message(MessageId::oneByte) : Message(MessageId::manyBytes, std::to_string(count));
}

Error truncated(const IdxFile& idx)
{
    const std::uint64_t declared = idx.headerSize + idx.bodySize;
    Message why = MessageId::noChecksum;
    if (idx.bodySize == 0)
        why = {MessageId::endsInHeader, bytes(idx.contentRead)};
    else if (idx.contentRead < declared)
        why = {MessageId::hasOfDeclared, std::to_string(idx.contentRead), bytes(declared)};
    return {idx.file.path(), std::move(why), downloadAgain};
}

Error oversized(const IdxFile& idx, const Message& more)
{
    return {
        idx.file.path(), {MessageId::oversized, more, bytes(idx.headerSize + idx.bodySize)}, downloadAgain};
}

/// Unpacks up to `wanted` bytes; fewer only where the archive has verifiably ended.
Result<std::size_t> readPacked(IdxFile& idx, std::uint8_t* out, std::size_t wanted)
{
    z_stream& stream = *idx.stream;
    stream.next_out = out;
    stream.avail_out = static_cast<uInt>(wanted);
    while (stream.avail_out > 0 && !idx.ended) {
        if (stream.avail_in == 0) {
            const Result<std::size_t> got = idx.file.read(std::span(idx.packed));
            if (!got)
                return got;
            if (*got == 0) {
                idx.contentRead += wanted - stream.avail_out;
                return truncated(idx);
            }
            stream.next_in = idx.packed.data();
            stream.avail_in = static_cast<uInt>(*got);
        }
        const int status = inflate(&stream, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
            idx.ended = true;
            std::uint8_t further = 0;
            const Result<std::size_t> more = idx.file.read(std::span(&further, 1));
            if (stream.avail_in > 0 || !more || *more > 0)
                return Error{idx.file.path(), MessageId::bytesAfterArchive, downloadAgain};
        } else if (status == Z_MEM_ERROR) {
            return outOfMemory(idx.file.path());
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            return Error{idx.file.path(),
                         {MessageId::archiveDamaged,
                          stream.msg ? Message(stream.msg) : Message(MessageId::noGzipData)},
                         downloadAgain};
        }
    }
    const std::size_t got = wanted - stream.avail_out;
    idx.contentRead += got;
    return got;
}

/// Reads up to `wanted` bytes of content, unpacked where the file is packed; fewer only at its end.
Result<std::size_t> readContent(IdxFile& idx, std::uint8_t* out, std::size_t wanted)
{
    if (idx.stream)
        return readPacked(idx, out, wanted);
    const Result<std::size_t> got = idx.file.read(std::span(out, wanted));
    if (got)
        idx.contentRead += *got;
    return got;
}

/// Opens a file for reading and starts the unpacking where it begins as gzip does.
Result<IdxFile> openContent(const std::string& path)
{
    Result<InputFile> file = InputFile::open(path);
    if (!file)
        return file.error();
    IdxFile idx;
    idx.file = std::move(*file);
    if (idx.file.size() == 0)
        return Error{path, MessageId::itIsEmpty, downloadAgain};

    std::array<std::uint8_t, 2> start{};
    const Result<std::size_t> got = idx.file.read(start);
    if (!got)
        return got.error();
    idx.file.rewind();
    if (*got == 2 && start[0] == 0x1f && start[1] == 0x8b) {
        idx.packed.resize(static_cast<std::size_t>(std::min<std::uint64_t>(idx.file.size(), chunkSize)));
        std::unique_ptr<z_stream> stream(new z_stream{});
        constexpr int gzipOnly = 16; // added to the window's bits, as zlib.h says
        if (inflateInit2(stream.get(), MAX_WBITS + gzipOnly) != Z_OK)
            return outOfMemory(path);
        idx.stream.reset(stream.release());
    }
    return idx;
}

bool looksLikeWebPage(std::string_view text)
{
    text = withoutByteOrderMark(text);
    const std::size_t first = text.find_first_not_of(" \t\r\n\f\v");
    return first != std::string_view::npos && text[first] == '<';
}

/// Says what a file is that does not start as an IDX file of `kind`, of which `start` has been read.
Error wrongStart(IdxFile& idx, std::span<const std::uint8_t> start, IdxKind kind)
{
    std::array<std::uint8_t, 256> text{};
    std::copy(start.begin(), start.end(), text.begin());
    std::size_t length = start.size();
    if (length == 4) {
        const Result<std::size_t> more = readContent(idx, text.data() + length, text.size() - length);
        length += more ? *more : 0;
    }
    if (looksLikeWebPage({reinterpret_cast<const char*>(text.data()), length}))
        return {idx.file.path(), MessageId::savedWebPage, MessageId::downloadFileItself};
    if (start.size() < 4)
        return truncated(idx);
    if (start[0] == 0 && start[1] == 0 && start[2] == 8) {
        if (kind == IdxKind::Images && start[3] == 1)
            return {idx.file.path(), MessageId::labelsForImages, MessageId::swapFiles};
        if (kind == IdxKind::Labels && start[3] == 3)
            return {idx.file.path(), MessageId::imagesForLabels, MessageId::swapFiles};
    }
    std::array<char, 12> magic{};
    std::snprintf(magic.data(), magic.size(), "%02x %02x %02x %02x", start[0], start[1], start[2], start[3]);
    return {
        idx.file.path(),
        {kind == IdxKind::Images ? MessageId::wrongMagicImages : MessageId::wrongMagicLabels, magic.data()},
        MessageId::useIdxFile};
}

/// Refuses dimensions that are zero or absurd, or that the file's size contradicts.
Result<void> checkDeclaredSize(const IdxFile& idx)
{
    const bool images = idx.dimensions.size() == 3;
    if (idx.dimensions[0] == 0)
        return Error{idx.file.path(), images ? MessageId::declaresNoImages : MessageId::declaresNoLabels,
                     downloadAgain};
    if (images && (idx.dimensions[1] == 0 || idx.dimensions[2] == 0))
        return Error{idx.file.path(), {MessageId::declaresImagesOf, sides(idx.dimensions)}, downloadAgain};
    if (images && std::max(idx.dimensions[1], idx.dimensions[2]) > longestSide)
        return Error{idx.file.path(),
                     {MessageId::declaresTooLarge, sides(idx.dimensions), std::to_string(longestSide)},
                     MessageId::downloadOrSmaller};

    const std::uint64_t declared = idx.headerSize + idx.bodySize;
    if (!idx.stream && idx.file.size() > declared)
        return oversized(idx, {MessageId::soManyMore, std::to_string(idx.file.size() - declared)});
    if (!idx.stream && idx.file.size() < declared)
        return Error{idx.file.path(),
                     {MessageId::hasOfDeclared, std::to_string(idx.file.size()), bytes(declared)},
                     downloadAgain};
    if (idx.stream && declared / deflateLimit > idx.file.size())
        return Error{idx.file.path(),
                     {MessageId::moreThanArchive, bytes(declared), bytes(idx.file.size())},
                     downloadAgain};
    const Message things = images ? imagesText(idx.dimensions[0], idx.dimensions[1], idx.dimensions[2])
                                  : Message(MessageId::manyLabels, withSeparators(idx.dimensions[0]));
    if (const auto room = checkMemory(idx.file.path(), things, idx.bodySize); !room)
        return room;
    return {};
}

} // namespace

void EndInflate::operator()(z_stream_s* stream) const
{
    inflateEnd(stream);
    delete stream;
}

std::string sides(const std::vector<std::uint32_t>& dimensions)
{
    return std::to_string(dimensions[1]) + " x " + std::to_string(dimensions[2]);
}

Result<IdxFile> openIdx(const std::string& path, IdxKind kind)
{
    Result<IdxFile> opened = openContent(path);
    if (!opened)
        return opened;
    IdxFile& idx = *opened;

    std::array<std::uint8_t, 4> magic{};
    const Result<std::size_t> magicSize = readContent(idx, magic.data(), magic.size());
    if (!magicSize)
        return magicSize.error();
    if (*magicSize == 0)
        return Error{path, MessageId::emptyArchive, downloadAgain};
    const std::uint8_t dimensionCount = kind == IdxKind::Images ? 3 : 1;
    if (*magicSize < 4 || magic != std::array<std::uint8_t, 4>{0, 0, 8, dimensionCount})
        return wrongStart(idx, std::span(magic).first(*magicSize), kind);

    std::array<std::uint8_t, 12> sizes{};
    const std::size_t sizesLength = 4 * std::size_t{dimensionCount};
    const Result<std::size_t> sizesRead = readContent(idx, sizes.data(), sizesLength);
    if (!sizesRead)
        return sizesRead.error();
    if (*sizesRead < sizesLength)
        return truncated(idx);

    for (std::size_t at = 0; at < sizesLength; at += 4)
        idx.dimensions.push_back(static_cast<std::uint32_t>(bigEndian(std::span(sizes).subspan(at, 4))));
    idx.headerSize = 4 + sizesLength;
    idx.bodySize = 1;
    // Cannot overflow once checkDeclaredSize has accepted the sides; before that nothing is made of it.
    for (const std::uint32_t dimension : idx.dimensions)
        idx.bodySize *= dimension;
    if (const Result<void> checked = checkDeclaredSize(idx); !checked)
        return checked.error();
    return opened;
}

Result<void> readBody(IdxFile& idx, std::vector<std::uint8_t>& out, const std::stop_token& stop)
{
    // A plain file has been measured. A packed one may still lie by a factor of a thousand: take what images
    // pack to at once, the rest only as it really comes.
    constexpr std::uint64_t usualRatio = 16;
    std::uint64_t trusted = idx.bodySize;
    if (idx.stream)
        trusted = std::min(trusted, std::max<std::uint64_t>(idx.file.size() * usualRatio, chunkSize));
    if (out.capacity() - out.size() < trusted)
        out.reserve(out.size() + trusted);

    for (std::uint64_t left = idx.bodySize; left > 0;) {
        if (stop.stop_requested())
            return stoppedReading(idx.file.path());
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, chunkSize));
        const std::size_t before = out.size();
        out.resize(before + wanted);
        const Result<std::size_t> got = readContent(idx, out.data() + before, wanted);
        if (!got)
            return got.error();
        if (*got < wanted)
            return truncated(idx);
        left -= wanted;
    }

    std::uint8_t surplus = 0;
    const Result<std::size_t> more = readContent(idx, &surplus, 1);
    if (!more)
        return more.error();
    if (*more > 0)
        return oversized(idx, MessageId::moreBytes);
    return {};
}

} // namespace chainrule
