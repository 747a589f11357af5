// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/momenttext.h"

#include <QCoreApplication>
#include <QLocale>

namespace chainrule {

QString epochText(double epoch)
{
    return QLocale().toString(epoch, 'f', epoch < 1.0 ? 2 : 1);
}

QString momentOf(double epoch, bool trained)
{
    const auto say = [](const char* text) { return QCoreApplication::translate("MomentText", text); };
    if (epoch > 0.0)
        return say(QT_TRANSLATE_NOOP("MomentText", "at epoch %1")).arg(epochText(epoch));
    return trained ? say(QT_TRANSLATE_NOOP("MomentText", "of the opened model"))
                   : say(QT_TRANSLATE_NOOP("MomentText", "before training"));
}

} // namespace chainrule
