// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/losswords.h"

#include <QCoreApplication>

namespace chainrule {

namespace {

struct LossWords {
    Q_DECLARE_TR_FUNCTIONS(LossWords)
};

} // namespace

QString lossAxis(Loss loss)
{
    switch (loss) {
    case Loss::CrossEntropy:
        return LossWords::tr("cross-entropy (nats)");
    case Loss::Binary:
        return LossWords::tr("binary cross-entropy (nats)");
    case Loss::Squared:
        return LossWords::tr("squared error");
    }
    return {};
}

QString lossUnit(Loss loss)
{
    return loss == Loss::Squared ? LossWords::tr("squared") : LossWords::tr("nats");
}

QString meanLossText(Loss loss, const QString& number)
{
    switch (loss) {
    case Loss::CrossEntropy:
        return LossWords::tr("mean cross-entropy %1 nats").arg(number);
    case Loss::Binary:
        return LossWords::tr("mean binary cross-entropy %1 nats").arg(number);
    case Loss::Squared:
        return LossWords::tr("mean squared error %1").arg(number);
    }
    return {};
}

} // namespace chainrule
