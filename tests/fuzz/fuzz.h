// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

/// What the fuzzers share.
namespace fuzz {

using Bytes = std::span<const std::uint8_t>;

/// An assertion that holds in every kind of build and says where it stands.
inline void require(bool condition, int line = __builtin_LINE(), const char* file = __builtin_FILE())
{
    if (condition)
        return;
    std::fprintf(stderr, "%s:%d: this does not hold\n", file, line);
    std::abort();
}

/// Every refusal says what failed, why, and how to mend it.
inline void checkError(const chainrule::Error& error, int line = __builtin_LINE(),
                       const char* file = __builtin_FILE())
{
    require(!error.what.empty() && !error.why.empty() && !error.mend.empty(), line, file);
}

inline std::string_view asText(Bytes bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes asBytes(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One input in `each`, always the same ones: for what takes far longer than reading.
inline bool isChosen(Bytes bytes, std::uint32_t each)
{
    std::uint32_t hash = 2166136261U; // FNV-1a
    for (const std::uint8_t byte : bytes)
        hash = (hash ^ byte) * 16777619U;
    return hash % each == 0;
}

/// A file that lies in memory, for readers that want a path; nothing of it stays behind.
class MemoryFile {
public:
    MemoryFile()
        : m_descriptor(memfd_create("fuzz", MFD_CLOEXEC))
    {
        require(m_descriptor >= 0);
        m_path = "/proc/self/fd/" + std::to_string(m_descriptor);
    }
    ~MemoryFile() { close(m_descriptor); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    [[nodiscard]] const std::string& path() const { return m_path; }

    void set(Bytes bytes) const
    {
        require(pwrite(m_descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        require(ftruncate(m_descriptor, static_cast<off_t>(bytes.size())) == 0);
    }

private:
    int m_descriptor = -1;
    std::string m_path;
};

} // namespace fuzz

/// What libFuzzer, or replay.cpp, calls with every input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
