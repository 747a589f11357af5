// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/interrupt.h"

#include <csignal>

namespace chainrule {

namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void remember(int signal)
{
    interrupted = 1;
    std::signal(signal, SIG_DFL);
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
