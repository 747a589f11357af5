// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/translations.h"

#include <QCoreApplication>
#include <QDir>
#include <QLocale>
#include <QSettings>
#include <QTranslator>

#include <memory>

namespace chainrule {

namespace {

const QString folder = QStringLiteral(":/i18n");
const QString name = QStringLiteral("chainrule_");
const QString languageKey = QStringLiteral("language");

} // namespace

void installTranslations(QCoreApplication& application, const QString& language)
{
    const QString english = folder + QStringLiteral("/chainrule_en.qm");

    // The one installed last is asked first.
    auto fallback = std::make_unique<QTranslator>(&application);
    if (fallback->load(english))
        QCoreApplication::installTranslator(fallback.release());
    auto own = std::make_unique<QTranslator>(&application);
    const bool found = language.isEmpty()
                           ? own->load(QLocale(), QStringLiteral("chainrule"), QStringLiteral("_"), folder)
                           : own->load(name + language, folder);
    if (found && own->filePath() != english)
        QCoreApplication::installTranslator(own.release());
}

QStringList translations::languages()
{
    QStringList languages;
    for (const QString& file : QDir(folder).entryList({name + QStringLiteral("*.qm")}))
        languages << file.mid(name.size()).section(QLatin1Char('.'), 0, 0);
    return languages;
}

QString translations::chosen()
{
    const QString language = QSettings().value(languageKey).toString();
    return languages().contains(language) ? language : QString();
}

void translations::choose(const QString& language)
{
    QSettings().setValue(languageKey, language);
}

} // namespace chainrule
