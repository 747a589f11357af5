// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cli.h"
#include "app/gui.h"

#include <QCoreApplication>
#include <QFile>
#include <QGuiApplication>
#include <QTemporaryDir>

#include <optional>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

// While a run goes on, copies of its weights, of 0.9 MB in the preset matrix, are made and freed many times a
// second. By its own rule glibc gives such blocks back to the system and then gets them again page by page,
// which takes up to thirty times as long as filling them.
void keepFreedMemory()
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20); // of each thread's memory
#endif
}

} // namespace

int main(int argc, char** argv)
{
    keepFreedMemory();
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    if (!chainrule::isCommand(arguments))
        return chainrule::runWindow(argc, argv);
    if (chainrule::paintsText(arguments)) {
        qputenv("QT_QPA_PLATFORM", "offscreen"); // there may be no screen, and none is needed
        // Qt wants a folder that nobody else can read, which a service or a job of cron has none of.
        std::optional<QTemporaryDir> runtime;
        if (!qEnvironmentVariableIsSet("XDG_RUNTIME_DIR") && runtime.emplace().isValid())
            qputenv("XDG_RUNTIME_DIR", QFile::encodeName(runtime->path()));
        const QGuiApplication application(argc, argv);
        return chainrule::runCommand(arguments);
    }
    const QCoreApplication application(argc, argv);
    return chainrule::runCommand(arguments);
}
