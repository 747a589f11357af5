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

/// That a file cannot be read, and why. All that read files say it alike.
[[nodiscard]] Error unreadable(const std::string& path, const Message& reason);

/// The error of a read that its caller stopped by a stop token before the end of the file.
[[nodiscard]] Error stoppedReading(const std::string& path);

/// A file that is open for reading, closed with this object.
class InputFile {
public:
    /// What may be opened: opening a pipe waits for its writer, so that only what a person names to be read
    /// as a stream may be one.
    enum class Kind : std::uint8_t { Regular, Stream };

    /// Fails where there is no such file, it is a folder or (unless streams are welcome) a device or a pipe,
    /// and where the system does not open it.
    [[nodiscard]] static Result<InputFile> open(const std::string& path, Kind kind = Kind::Regular);

    [[nodiscard]] const std::string& path() const { return m_path; }
    [[nodiscard]] std::uint64_t size() const { return m_size; } ///< bytes; 0 of a stream

    /// Reads as many bytes as `out` has; fewer only at the file's end. Fails where the disk does.
    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> out);
    [[nodiscard]] Result<std::size_t> read(std::span<char> out);

    /// The next byte, of a stream as soon as it is there; nothing at the end.
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

/// A regular file's bytes. Fails as InputFile does, and where there are more than `most` of them, about which
/// the error says `tooLarge`.
[[nodiscard]] Result<std::string> readFile(const std::string& path, std::uint64_t most,
                                           const Error& tooLarge);

} // namespace chainrule
