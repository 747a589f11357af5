// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace chainrule {

/// The error for a file that cannot be read, shared by all readers.
[[nodiscard]] Error unreadable(const std::string& path, const Message& reason);

/// The error for a file whose reading was stopped by a stop token before the end.
[[nodiscard]] Error stoppedReading(const std::string& path);

/// A file that is open for reading, closed with this object.
class InputFile {
public:
    /// What may be opened. Opening a pipe waits for its writer, so a stream must be asked for.
    enum class Kind : std::uint8_t { Regular, Stream };

    /// Fails where there is no such file, where it is a folder or, with Kind::Regular, a device or a pipe,
    /// and where the system refuses to open it.
    [[nodiscard]] static Result<InputFile> open(const std::string& path, Kind kind = Kind::Regular);

    [[nodiscard]] const std::string& path() const { return m_path; }
    [[nodiscard]] std::uint64_t size() const { return m_size; } ///< bytes; 0 for a stream

    /// Fills `out`, and returns fewer bytes than it has only at the end of the file. Fails where the system
    /// cannot read.
    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> out);
    [[nodiscard]] Result<std::size_t> read(std::span<char> out);

    /// The next byte, from a stream as soon as it arrives; nothing at the end.
    [[nodiscard]] Result<std::optional<char>> next();

    /// Back to the first byte; not of a stream.
    void rewind() { std::rewind(m_file.get()); }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::string m_path;
    std::unique_ptr<std::FILE, Close> m_file;
    std::uint64_t m_size = 0;
};

/// A regular file's bytes. Fails as InputFile does, and with `tooLarge` where there are more than `most` of
/// them.
[[nodiscard]] Result<std::string> readFile(const std::string& path, std::uint64_t most,
                                           const Error& tooLarge);

} // namespace chainrule
