// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/optimizers.h"

#include "core/base/names.h"

namespace chainrule {

Result<OptimizerKind> optimizerFromName(std::string_view name)
{
    return fromName(name, optimizerTable, &OptimizerRow::kind, "--optimizer", MessageId::kindOptimizer);
}

template <typename T>
UpdateRule<T> updateRule(OptimizerKind kind, double rate, double scale, double l1, double l2,
                         std::int64_t step)
{
    UpdateRule<T> rule;
    rule.kind = kind;
    rule.rate = static_cast<T>(rate);
    rule.scale = static_cast<T>(scale);
    rule.l1 = static_cast<T>(l1);
    rule.l2 = static_cast<T>(l2);
    rule.correction1 = static_cast<T>(1.0 / (1.0 - wholePower(adamBeta1, step)));
    rule.correction2 = static_cast<T>(1.0 / (1.0 - wholePower(adamBeta2, step)));
    return rule;
}

template UpdateRule<float> updateRule(OptimizerKind, double, double, double, double, std::int64_t);
template UpdateRule<double> updateRule(OptimizerKind, double, double, double, double, std::int64_t);

} // namespace chainrule
