// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/gui.h"

#include <QCoreApplication>
#include <QGuiApplication>

int main(int argc, char** argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    if (!chainrule::isCommand(arguments))
        return chainrule::runWindow(argc, argv);
    if (chainrule::paintsText(arguments)) {
        qputenv("QT_QPA_PLATFORM", "offscreen"); // there may be no screen, and none is needed
        const QGuiApplication application(argc, argv);
        return chainrule::runCommand(arguments);
    }
    const QCoreApplication application(argc, argv);
    return chainrule::runCommand(arguments);
}
