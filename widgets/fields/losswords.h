// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/losses.h"

#include <QString>

namespace chainrule {

/// What stands along the axis of a loss: "cross-entropy (nats)".
[[nodiscard]] QString lossAxis(Loss loss);
/// Its unit alone: "nats"; "squared" where it has none.
[[nodiscard]] QString lossUnit(Loss loss);
/// A mean loss in words: "mean cross-entropy 0.12 nats"; `number` is the value as it is to stand there.
[[nodiscard]] QString meanLossText(Loss loss, const QString& number);

} // namespace chainrule
