// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/modelorigin.h"

#include <QCoreApplication>
#include <QLocale>

namespace chainrule {

QString epochText(double epoch)
{
    return QLocale().toString(epoch, 'f', epoch < 1.0 ? 2 : 1);
}

QString momentOf(double epoch, bool trained, ModelOrigin origin)
{
    const auto say = [](const char* text) { return QCoreApplication::translate("ModelOrigin", text); };
    if (epoch > 0.0)
        return say(QT_TRANSLATE_NOOP("ModelOrigin", "at epoch %1")).arg(epochText(epoch));
    if (!trained)
        return say(QT_TRANSLATE_NOOP("ModelOrigin", "before training"));
    switch (origin) {
    case ModelOrigin::File:
        return say(QT_TRANSLATE_NOOP("ModelOrigin", "of the opened model"));
    case ModelOrigin::Session:
        return say(QT_TRANSLATE_NOOP("ModelOrigin", "of the kept session"));
    case ModelOrigin::Run:
        return say(QT_TRANSLATE_NOOP("ModelOrigin", "of the chosen run"));
    }
    return {};
}

} // namespace chainrule
