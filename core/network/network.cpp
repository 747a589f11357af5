// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/network.h"

namespace chainrule {

Result<void> validate(const LayerStack& stack, Loss loss)
{
    if (auto valid = validate(stack); !valid)
        return valid;
    const DenseLayer& output = outputLayer(stack.layers);
    if (lossFits(loss, output.activation))
        return {};
    const std::string_view wanted = activationName(lossRow(loss).output);
    return Error{{MessageId::layerTheOutput, std::to_string(stack.layers.size())},
                 {MessageId::outputDoesNotFitLoss, activationName(output.activation), lossName(loss)},
                 {MessageId::outputForLoss, std::to_string(output.units) + ":" + std::string(wanted)}};
}

} // namespace chainrule
