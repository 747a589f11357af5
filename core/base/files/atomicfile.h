// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chainrule {

/// The system calls of a save, with the results and errno of POSIX. Tests replace them to simulate a disk
/// that fills up, or one whose nth call fails.
class FileCalls {
public:
    FileCalls() = default;
    FileCalls(const FileCalls&) = delete;
    FileCalls& operator=(const FileCalls&) = delete;
    virtual ~FileCalls() = default;

    virtual int open(const char* path, int flags, unsigned mode);
    virtual std::int64_t write(int file, const char* bytes, std::size_t count);
    /// The length of an open file in bytes, or -1.
    virtual std::int64_t length(int file);
    virtual int fsync(int file);
    virtual int close(int file);
    virtual int rename(const char* from, const char* to);
};

/// The error for a file that cannot be written, with the system's errno in words.
[[nodiscard]] Error notWritten(const std::string& path, int number);

/// Writes a whole file, or leaves the old one untouched. The bytes are written to a new file in the same
/// folder, with every count checked, and synchronized with the disk. Only then is the new file renamed to the
/// old one's name, and the folder synchronized too. A link is followed; the old file's permissions are kept.
/// Fails where any of the calls fails. The old file is then untouched, except where the last call failed,
/// which synchronizes the folder: then the new file is complete and in place, and the error says so.
[[nodiscard]] Result<void> writeAtomically(const std::string& path, std::string_view bytes);
[[nodiscard]] Result<void> writeAtomically(const std::string& path, std::string_view bytes, FileCalls& calls);

struct FileToWrite {
    std::string path;
    std::string_view bytes;
};
/// Writes several files that belong together, or leaves the old ones untouched. All of them are on the disk,
/// as with writeAtomically(), before the first is renamed; where a later one cannot be renamed, the old files
/// are put back in place of the earlier ones. On a file system without hard links those stay replaced.
[[nodiscard]] Result<void> writeTogether(std::span<const FileToWrite> files);
[[nodiscard]] Result<void> writeTogether(std::span<const FileToWrite> files, FileCalls& calls);

/// Removes the temporary files that interrupted saves have left in a folder, but not those that a running
/// program is writing. Returns their number.
std::size_t removeAbandonedFiles(const std::string& folder);

} // namespace chainrule
