// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCoreApplication;

namespace chainrule {

/// Installs the embedded translation of the default locale's language, where there is one, above the English
/// plural forms, which serve whatever it leaves open ("1 thread", not "1 thread(s)"). To be called before
/// the first text is shown.
void installTranslations(QCoreApplication& application);

} // namespace chainrule
