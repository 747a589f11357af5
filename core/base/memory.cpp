// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/memory.h"

#include "core/base/text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

namespace chainrule {

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> numberIn(const std::filesystem::path& file)
{
    std::ifstream in(file);
    std::uint64_t number = 0;
    if (in >> number)
        return number;
    return std::nullopt; // no such file, or "max"
}

std::uint64_t freeOfMachine()
{
    std::ifstream in("/proc/meminfo");
    std::string word;
    while (in >> word) {
        if (word != "MemAvailable:")
            continue;
        std::uint64_t kibibytes = 0;
        return in >> kibibytes ? kibibytes * 1024 : unlimited;
    }
    return unlimited;
}

// A group and each of its parents have a limit. Cached files count as used, but the system frees them when
// memory is needed.
std::uint64_t freeOfGroups(const std::filesystem::path& root, std::filesystem::path group, const char* limit,
                           const char* usage)
{
    std::uint64_t least = unlimited;
    for (group = group.relative_path();; group = group.parent_path()) {
        const auto most = numberIn(root / group / limit);
        const auto used = numberIn(root / group / usage);
        if (most && used) {
            std::uint64_t cached = 0;
            std::ifstream in(root / group / "memory.stat");
            std::string word;
            std::uint64_t number = 0;
            while (in >> word >> number) {
                if (word == "inactive_file")
                    cached = number;
            }
            const std::uint64_t held = *used - std::min(*used, cached);
            least = std::min(least, *most - std::min(*most, held));
        }
        if (group.empty())
            return least;
    }
}

std::uint64_t freeOfControlGroups()
{
    std::uint64_t least = unlimited;
    std::ifstream in("/proc/self/cgroup");
    std::string line; // "0::/path" or "9:memory:/path"
    while (std::getline(in, line)) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos)
            continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::filesystem::path group = line.substr(second + 1);
        if (controllers.empty()) {
            least = std::min(least, freeOfGroups("/sys/fs/cgroup", group, "memory.max", "memory.current"));
        } else if (controllers == "memory") {
            least = std::min(least, freeOfGroups("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes",
                                                 "memory.usage_in_bytes"));
        }
    }
    return least;
}

std::uint64_t freeOfLimit(int resource, std::uint64_t used)
{
    rlimit limit{};
    if (getrlimit(static_cast<decltype(RLIMIT_AS)>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return unlimited;
    const std::uint64_t most = limit.rlim_cur;
    return most - std::min(most, used);
}

std::uint64_t freeOfLimits()
{
    // Pages: the whole program, resident, shared, text, 0, data and stack.
    std::uint64_t pages[6]{};
    std::ifstream in("/proc/self/statm");
    for (std::uint64_t& each : pages)
        in >> each;
    const auto page = static_cast<std::uint64_t>(std::max(1L, sysconf(_SC_PAGESIZE)));
    return std::min(freeOfLimit(RLIMIT_AS, pages[0] * page), freeOfLimit(RLIMIT_DATA, pages[5] * page));
}

} // namespace

std::uint64_t availableMemory()
{
    return std::min({freeOfMachine(), freeOfControlGroups(), freeOfLimits()});
}

std::string memoryText(std::uint64_t bytes)
{
    constexpr std::uint64_t kilo = 1000;
    const char* const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    std::uint64_t size = 1;
    while (unit + 1 < std::size(units) && bytes / size >= 10 * kilo) {
        size *= kilo;
        ++unit;
    }
    const std::uint64_t count = bytes / size + (bytes % size >= (size + 1) / 2 ? 1 : 0);
    return withSeparators(static_cast<std::int64_t>(count)) + " " + units[unit];
}

Result<void> checkMemory(const std::string& what, const Message& things, std::uint64_t needed,
                         std::uint64_t available)
{
    // A reserve for the reader itself and for the network.
    constexpr std::uint64_t reserve = std::uint64_t{32} << 20;
    if (available >= reserve && needed <= available - reserve)
        return {};
    return Error{what,
                 {MessageId::needsRoom, things, memoryText(needed), memoryText(available)},
                 MessageId::fewerSamplesOrClose};
}

Message imagesText(std::uint64_t count, std::uint64_t rows, std::uint64_t columns)
{
    if (count == 1)
        return {MessageId::oneImageOf, std::to_string(rows), std::to_string(columns)};
    return {MessageId::imagesOf, withSeparators(static_cast<std::int64_t>(count)), std::to_string(rows),
            std::to_string(columns)};
}

Error outOfMemory(const std::string& what)
{
    return {what, MessageId::noRoomForContent, MessageId::closeOrSmallerSet};
}

} // namespace chainrule
