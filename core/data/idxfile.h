// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/idx.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

struct z_stream_s; // zlib's z_stream

namespace chainrule {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

struct EndInflate {
    void operator()(z_stream_s* stream) const;
};

/// An IDX file whose header has been read and found possible, standing at its first body byte.
struct IdxFile {
    std::string path;
    std::unique_ptr<std::FILE, CloseFile> file;
    std::uint64_t fileSize = 0; ///< bytes on the disk

    // Only for gzip: the stream, what was read from the file for it, and whether its end (with the checksum
    // verified) has been seen.
    std::unique_ptr<z_stream_s, EndInflate> stream;
    std::vector<std::uint8_t> packed;
    bool ended = false;

    std::uint64_t contentRead = 0; ///< unpacked bytes so far, header included
    std::vector<std::uint32_t> dimensions;
    std::uint64_t headerSize = 0;
    std::uint64_t bodySize = 0; ///< bytes the header declares after itself; 0 while it is not read
};

/// Opens a plain or gzip-packed file and reads its header. Fails as readIdx() does.
[[nodiscard]] Result<IdxFile> openIdx(const std::string& path, IdxKind kind);

/// Appends the body to `out` and makes sure that nothing follows it. May throw std::bad_alloc.
[[nodiscard]] Result<void> readBody(IdxFile& idx, std::vector<std::uint8_t>& out);

[[nodiscard]] Error unreadable(const std::string& path, const std::string& reason);
[[nodiscard]] Error outOfMemory(const std::string& path);

} // namespace chainrule
