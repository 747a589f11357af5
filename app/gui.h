// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace chainrule {

/// Opens the window for `chainrule [FILE] [--data SOURCE] [--train]`, runs the event loop and returns the
/// exit status.
int runWindow(int& argc, char** argv);

} // namespace chainrule
