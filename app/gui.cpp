// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui.h"

#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/data/digitreader.h"
#include "app/window/mainwindow.h"
#include "app/window/windowstate.h"

#include "core/base/text.h"
#include "core/library/library.h"
#include "core/training/settings/settings.h"

#include "widgets/style/accessibility.h"
#include "widgets/style/icons.h"

#include <QApplication>
#include <QFile>
#include <QFileInfo>
#include <QImageReader>
#include <QNetworkProxyFactory>

#include <filesystem>
#include <system_error>

namespace chainrule {

int runWindow(int& argc, char** argv)
{
    // The words are read before a screen is asked for: where there is none, wrong words are still answered.
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("FILE"), QString());
    parser.addOption({QStringLiteral("data"), QString(), QStringLiteral("SOURCE")});
    parser.addOption(QCommandLineOption(QStringLiteral("train")));
    if (!parser.parse(arguments))
        return failParsing(parser, "chainrule --help");
    const QStringList files = parser.positionalArguments();
    if (files.size() > 1) {
        return failUsage({inQuotes(files.at(1).toStdString()), "there is one model file at the most",
                          "See chainrule --help"});
    }
    if (!files.isEmpty() && !QFileInfo::exists(files.first())) {
        std::error_code failure;
        const auto status = std::filesystem::status(QFile::encodeName(files.first()).toStdString(), failure);
        if (status.type() == std::filesystem::file_type::none) // it may be there, and none may look
            return failWork({files.first().toStdString(), "it cannot be read: " + failure.message(),
                             "Check the path and the permissions"});
        return failUsage({inQuotes(files.first().toStdString()), "it is neither a subcommand nor a file",
                          "See chainrule --help"});
    }

    QApplication application(argc, argv);
    QImageReader::setAllocationLimit(maximumImageMegabytes); // of the clipboard's images too
    QApplication::setApplicationName(QStringLiteral("chainrule"));
    QApplication::setApplicationDisplayName(QStringLiteral("Chainrule"));
    QApplication::setOrganizationName(QStringLiteral("chainrule"));
    QApplication::setApplicationVersion(QStringLiteral(CHAINRULE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("chainrule"));
    QApplication::setWindowIcon(applicationIcon());
    QNetworkProxyFactory::setUseSystemConfiguration(true);
    installTranslations(application, translations::chosen());
    installAccessibility();

    const QString unreadable = windowState::mendSettings();
    TrainingSettings settings = presets().front().settings;
    if (parser.isSet(QStringLiteral("data")))
        settings.data = parser.value(QStringLiteral("data")).toStdString();
    ThemeSwitch theme;
    MainWindow window(settings, theme, libraryPath());
    window.show();
    window.begin(files.value(0), parser.value(QStringLiteral("data")).toStdString(),
                 parser.isSet(QStringLiteral("train")));
    if (!unreadable.isEmpty()) {
        window.say({"the settings", "their file could not be read",
                    "Everything has its default; the file is kept as " + unreadable.toStdString()});
    }
    return QApplication::exec();
}

} // namespace chainrule
