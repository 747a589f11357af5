// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/translations.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTranslator>

#include <memory>

namespace chainrule {

void installTranslations(QCoreApplication& application)
{
    const QString folder = QStringLiteral(":/i18n");
    const QString english = folder + QStringLiteral("/chainrule_en.qm");

    // The one installed last is asked first.
    auto fallback = std::make_unique<QTranslator>(&application);
    if (fallback->load(english))
        QCoreApplication::installTranslator(fallback.release());
    auto own = std::make_unique<QTranslator>(&application);
    if (own->load(QLocale(), QStringLiteral("chainrule"), QStringLiteral("_"), folder) &&
        own->filePath() != english)
        QCoreApplication::installTranslator(own.release());
}

} // namespace chainrule
