// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/interrupt.h"

#include <atomic>
#include <csignal>

namespace chainrule {

namespace {

std::atomic<int> interrupted = 0; // the handler may run on any thread
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void remember(int /*signal*/)
{
    interrupted = 1;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

} // namespace

void catchInterrupt()
{
    interrupted = 0;
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

bool wasInterrupted()
{
    return interrupted != 0;
}

} // namespace chainrule
