// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/files/atomicfile.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

/// A system whose nth call of a kind fails, and whose disk holds so many bytes and no more.
class FaultyCalls : public chainrule::FileCalls {
public:
    enum Kind { Open, Write, Length, Sync, Close, Rename, kinds };

    Kind kind = Open;
    int number = 0;  ///< which call of that kind fails, from 1; 0: none
    int error = EIO; ///< what it fails with
    std::int64_t room = std::numeric_limits<std::int64_t>::max(); ///< bytes left on the disk
    std::size_t largestWrite = std::numeric_limits<std::size_t>::max();
    std::int64_t lost = 0; ///< bytes that were taken and are not in the file
    std::array<int, kinds> calls{};

    int open(const char* path, int flags, unsigned mode) override
    {
        return fails(Open) ? -1 : FileCalls::open(path, flags, mode);
    }
    std::int64_t write(int file, const char* bytes, std::size_t count) override
    {
        if (fails(Write))
            return -1;
        count = std::min(count, largestWrite);
        if (room == 0) {
            errno = ENOSPC;
            return -1;
        }
        count = static_cast<std::size_t>(std::min(static_cast<std::int64_t>(count), room));
        const std::int64_t written = FileCalls::write(file, bytes, count);
        room -= std::max<std::int64_t>(written, 0);
        return written;
    }
    std::int64_t length(int file) override { return fails(Length) ? -1 : FileCalls::length(file) - lost; }
    int fsync(int file) override { return fails(Sync) ? -1 : FileCalls::fsync(file); }
    int close(int file) override
    {
        const int status = FileCalls::close(file);
        return fails(Close) ? -1 : status;
    }
    int rename(const char* from, const char* to) override
    {
        return fails(Rename) ? -1 : FileCalls::rename(from, to);
    }

private:
    bool fails(Kind which)
    {
        const int call = ++calls[which];
        if (which != kind || call != number)
            return false;
        errno = error;
        return true;
    }
};
