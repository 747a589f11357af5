// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/losses.h"

#include "core/base/names.h"

namespace chainrule {

Result<Loss> lossFromName(std::string_view name)
{
    return fromName(name, lossTable, &LossRow::loss, "--loss", MessageId::kindLoss);
}

} // namespace chainrule
