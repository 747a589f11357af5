// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui.h"

#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/mainwindow.h"
#include "app/theme.h"
#include "app/translations.h"

#include "core/training/settings.h"

#include "widgets/accessibility.h"
#include "widgets/icons.h"

#include <QApplication>

namespace chainrule {

int runWindow(int& argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("chainrule"));
    QApplication::setApplicationDisplayName(QStringLiteral("Chainrule"));
    QApplication::setOrganizationName(QStringLiteral("chainrule"));
    QApplication::setApplicationVersion(QStringLiteral(CHAINRULE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("chainrule"));
    QApplication::setWindowIcon(applicationIcon());
    installTranslations(application);

    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("FILE"), QString());
    parser.addOption({QStringLiteral("data"), QString(), QStringLiteral("SOURCE")});
    parser.addOption(QCommandLineOption(QStringLiteral("train")));
    if (!parser.parse(QApplication::arguments())) {
        return failParsing(parser, "chainrule --help");
    }
    const QStringList files = parser.positionalArguments();
    if (files.size() > 1) {
        return failUsage({"'" + files.at(1).toStdString() + "'", "there is one model file at the most",
                          "See chainrule --help"});
    }

    TrainingSettings settings = presets().front().settings;
    settings.data = parser.value(QStringLiteral("data")).toStdString();
    installAccessibility();
    ThemeSwitch theme;
    MainWindow window(settings, theme);
    window.show();
    window.begin(files.value(0), parser.isSet(QStringLiteral("train")));
    return QApplication::exec();
}

} // namespace chainrule
