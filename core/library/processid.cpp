// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/processid.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

namespace chainrule {

namespace {

std::string lineOf(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

struct ProcessState {
    std::int64_t start = 0;
    bool isZombie = false; ///< it has ended, and its parent has not asked for that yet
};

// Fields 3 and 22 of /proc/PID/stat. The second, the program's name in brackets, may contain spaces and
// brackets itself.
ProcessState stateOf(std::int64_t process)
{
    const std::string line = lineOf("/proc/" + std::to_string(process) + "/stat");
    const std::size_t name = line.rfind(')');
    if (name == std::string::npos)
        return {};
    std::istringstream fields(line.substr(name + 1));
    ProcessState state;
    std::string field;
    fields >> field;
    state.isZombie = field == "Z" || field == "X";
    for (int skipped = 4; skipped < 22; ++skipped)
        fields >> field;
    if (!(fields >> state.start))
        state.start = 0;
    return state;
}

std::string hostName()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::string bootId()
{
    return lineOf("/proc/sys/kernel/random/boot_id");
}

} // namespace

ProcessId thisProcess()
{
    const std::int64_t process = ::getpid();
    return {hostName(), bootId(), process, stateOf(process).start};
}

bool hasEnded(const ProcessId& process)
{
    if (process.host != hostName())
        return false;
    if (process.boot != bootId())
        return true;
    if (::kill(static_cast<pid_t>(process.process), 0) != 0 && errno == ESRCH)
        return true;
    const ProcessState state = stateOf(process.process);
    return state.isZombie || (state.start != 0 && process.start != 0 && state.start != process.start);
}

} // namespace chainrule
