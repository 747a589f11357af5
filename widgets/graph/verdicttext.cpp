// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/verdicttext.h"

#include <QCoreApplication>

namespace chainrule {

using scalar::Verdict;

QString verdictText(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Agrees:
        return QCoreApplication::translate("Verdict", "agrees");
    case Verdict::Kink:
        return QCoreApplication::translate("Verdict", "kink");
    case Verdict::Clipped:
        return QCoreApplication::translate("Verdict", "clipped");
    case Verdict::Undefined:
        return QCoreApplication::translate("Verdict", "undefined");
    case Verdict::Drowned:
        return QCoreApplication::translate("Verdict", "drowned");
    case Verdict::Disagrees:
        return QCoreApplication::translate("Verdict", "disagrees");
    }
    return {};
}

QString verdictExplanation(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Agrees:
        return QCoreApplication::translate("Verdict",
                                           "Moving this value a little moves the root as the gradient says.");
    case Verdict::Kink:
        return QCoreApplication::translate("Verdict",
                                           "A relu on the way is at its bend: the slopes to both sides "
                                           "differ, so there is no one derivative. Either is right.");
    case Verdict::Clipped:
        return QCoreApplication::translate(
            "Verdict", "An exp, sigmoid or log on the way is clipped. The root stands still, "
                       "while the gradient keeps a direction to learn from.");
    case Verdict::Undefined:
        return QCoreApplication::translate(
            "Verdict", "The root or a derivative is no finite number here: there is nothing to compare.");
    case Verdict::Drowned:
        return QCoreApplication::translate(
            "Verdict", "The root moves by less than its last digit is worth, so the check "
                       "cannot tell. The gradient may well be right.");
    case Verdict::Disagrees:
        return QCoreApplication::translate("Verdict",
                                           "Moving this value gives another slope than the chain rule: "
                                           "one of the two is wrong. Please report this.");
    }
    return {};
}

} // namespace chainrule
