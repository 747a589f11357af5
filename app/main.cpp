// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/gui.h"

#include <QCoreApplication>

int main(int argc, char** argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    if (!chainrule::isCommand(arguments))
        return chainrule::runWindow(argc, argv);
    QCoreApplication application(argc, argv);
    return chainrule::runCommand(arguments);
}
