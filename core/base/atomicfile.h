// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chainrule {

/// The calls into the system that a save is made of, with the results and errno of POSIX. A test replaces
/// them by a disk that fills up, or by one whose nth call fails.
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

/// That a file is not written, and why: the system's errno in words. All that ask or try say it alike.
[[nodiscard]] Error notWritten(const std::string& path, int number);

/// Writes a whole file or leaves what was there. The bytes go to a new file beside the old one, every count
/// is checked, they are sent to the disk, and only then the new file takes the old one's place and the folder
/// is sent to the disk as well. A link is followed; the old file's permissions are kept. Fails where any of
/// the calls does: the old file is then untouched, unless it was the folder's last one, which leaves the new
/// file in place, whole, and says so.
[[nodiscard]] Result<void> writeAtomically(const std::string& path, std::string_view bytes);
[[nodiscard]] Result<void> writeAtomically(const std::string& path, std::string_view bytes, FileCalls& calls);

struct FileToWrite {
    std::string path;
    std::string_view bytes;
};
/// Writes several files that belong together, or leaves what was there: all of them are on the disk, as
/// writeAtomically() does it, before the first takes its place, and where a later one cannot take its own the
/// earlier ones give theirs back. Only a file system without hard links keeps those that were replaced.
[[nodiscard]] Result<void> writeTogether(std::span<const FileToWrite> files);
[[nodiscard]] Result<void> writeTogether(std::span<const FileToWrite> files, FileCalls& calls);

/// Removes what killed saves have left in a folder: temporary files of writeAtomically() that no living
/// program is writing. Returns how many there were.
std::size_t removeAbandonedFiles(const std::string& folder);

} // namespace chainrule
