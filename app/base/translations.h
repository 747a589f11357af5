// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QCoreApplication;

namespace chainrule {

/// Installs the embedded translation of the chosen language above the English plural forms, which serve
/// whatever it leaves open ("1 thread", not "1 thread(s)"). To be called before the first text is shown.
/// Without a language, it is the default locale's, where that is embedded.
void installTranslations(QCoreApplication& application, const QString& language = {});

namespace translations {

/// The embedded languages, as "de"; English among them.
[[nodiscard]] QStringList languages();

/// What a person chose, for the next start; empty: the system's.
[[nodiscard]] QString chosen();
void choose(const QString& language);

} // namespace translations

} // namespace chainrule
