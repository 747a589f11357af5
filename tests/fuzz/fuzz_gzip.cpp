// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/idxproperties.h"

#include <algorithm>
#include <optional>
#include <zlib.h>

using namespace chainrule;
using namespace fuzz;

namespace {

constexpr std::size_t mostUnpacked = 1 << 20; // bytes

std::string littleEndian(std::uint64_t value, int count)
{
    std::string bytes;
    for (int i = 0; i < count; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xffU);
    return bytes;
}

/// A gzip file (RFC 1952) of deflate data and of what they unpack to.
std::string archive(std::string_view deflated, std::string_view content)
{
    const auto sum = crc32(0, asBytes(content).data(), static_cast<uInt>(content.size()));
    return std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + std::string(deflated) + littleEndian(sum, 4) +
           littleEndian(content.size(), 4);
}

/// Deflate data of blocks that are not packed (RFC 1951, 3.2.4).
std::string stored(std::string_view content)
{
    std::string blocks;
    do {
        const std::string_view block = content.substr(0, 0xffff);
        content.remove_prefix(block.size());
        blocks += content.empty() ? '\1' : '\0';
        blocks += littleEndian(block.size(), 2) + littleEndian(~block.size(), 2);
        blocks += block;
    } while (!content.empty());
    return blocks;
}

/// What deflate data (windowBits -15) or one gzip file (15 + 16) unpack to, all of it used; by one call of
/// zlib, as simply as can be.
std::optional<std::string> unpacked(std::string_view data, int windowBits)
{
    static std::string room(mostUnpacked, '\0');
    z_stream stream{};
    require(inflateInit2(&stream, windowBits) == Z_OK);
    stream.next_in = const_cast<Bytef*>(asBytes(data).data());
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int status = inflate(&stream, Z_FINISH);
    const std::size_t left = stream.avail_in;
    const std::size_t size = stream.total_out;
    inflateEnd(&stream);
    if (status != Z_STREAM_END || left > 0)
        return std::nullopt;
    return room.substr(0, size);
}

Result<IdxArray> read(const MemoryFile& file, std::string_view bytes, IdxKind kind)
{
    file.set(asBytes(bytes));
    Result<IdxArray> array = readIdx(file.path(), kind);
    if (array)
        checkArray(*array, kind);
    else
        checkError(array.error());
    return array;
}

/// An archive is read as what is in it is, where it is sound.
void tryArchive(std::string_view packed, const std::optional<std::string>& content)
{
    static const MemoryFile file;
    const bool labels = content && content->starts_with(std::string_view("\0\0\x08\x01", 4));
    const IdxKind kind = labels ? IdxKind::Labels : IdxKind::Images;
    const Result<IdxArray> array = read(file, packed, kind);
    if (!content)
        require(!array || packed.size() * 1032 > mostUnpacked);
    else if (!content->starts_with("\x1f\x8b"))
        require(isSame(array, read(file, *content, kind)));
}

} // namespace

/// Bytes that begin as gzip does are an archive as they are; after a 'D' stand the deflate data of an archive
/// with the right checksum, so that changed ones come further than to that; all others are packed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view input = asText({bytes, size});
    if (input.starts_with("\x1f\x8b")) {
        tryArchive(input, unpacked(input, MAX_WBITS + 16));
    } else if (input.starts_with('D')) {
        const std::string_view deflated = input.substr(1);
        if (const auto content = unpacked(deflated, -MAX_WBITS))
            tryArchive(archive(deflated, *content), content);
    } else {
        tryArchive(archive(stored(input), input), std::string(input));
    }
    return 0;
}
