// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/activations.h"

#include "core/base/names.h"

namespace chainrule {

Result<Activation> activationFromName(std::string_view name)
{
    return fromName(name, activationTable, &ActivationRow::activation, "activation",
                    MessageId::kindActivation, "128:relu");
}

} // namespace chainrule
