// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/files/file.h"
#include "core/base/result.h"
#include "core/data/readers/idx.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

struct z_stream_s; // zlib's z_stream

namespace chainrule {

struct EndInflate {
    void operator()(z_stream_s* stream) const;
};

/// An IDX file whose header has been read and found possible, standing at its first body byte.
struct IdxFile {
    InputFile file;

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

/// Appends the body to `out` and makes sure that nothing follows it. Stopped, it gives up with an error at
/// the next chunk. May throw std::bad_alloc.
[[nodiscard]] Result<void> readBody(IdxFile& idx, std::vector<std::uint8_t>& out,
                                    const std::stop_token& stop = {});

/// "28 x 28": rows and columns out of the dimensions of images.
[[nodiscard]] std::string sides(const std::vector<std::uint32_t>& dimensions);

} // namespace chainrule
