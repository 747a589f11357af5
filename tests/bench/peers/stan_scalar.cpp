// SPDX-License-Identifier: GPL-3.0-or-later
// The step with Stan Math (Debian's r-cran-stanheaders): each sample recorded anew, an operation a statement
// like Chainrule's recording functions.
#include "step.h"

#include <stan/math/rev/core.hpp>
#include <stan/math/rev/scal/fun/exp.hpp>
#include <stan/math/rev/scal/fun/log.hpp>

using stan::math::var;

int main(int count, char** arguments)
{
    const step::Data data = step::read(arguments[1]);
    const std::string seconds = count > 2 ? arguments[2] : "1";
    std::vector<double> values = data.parameters;
    std::vector<var> parameters(values.size());
    step::measure("stan", data, seconds, [&](const double* x, int label) {
        for (std::size_t i = 0; i < values.size(); ++i)
            parameters[i] = values[i];
        const var* weight = parameters.data();
        const var* bias = weight + step::hidden * step::inputs;
        var units[step::hidden];
        for (std::size_t unit = 0; unit < step::hidden; ++unit) {
            var sum = bias[unit];
            for (std::size_t i = 0; i < step::inputs; ++i)
                sum = sum + weight[unit * step::inputs + i] * x[i];
            units[unit] = sum.val() > 0.0 ? sum : var(0.0);
        }
        weight = bias + step::hidden;
        bias = weight + step::outputs * step::hidden;
        var exponentials[step::outputs];
        double largest = 0.0;
        for (std::size_t unit = 0; unit < step::outputs; ++unit) {
            var sum = bias[unit];
            for (std::size_t i = 0; i < step::hidden; ++i)
                sum = sum + weight[unit * step::hidden + i] * units[i];
            exponentials[unit] = sum;
            if (unit == 0 || sum.val() > largest)
                largest = sum.val();
        }
        for (var& exponential : exponentials)
            exponential = exp(exponential - largest);
        var sum = exponentials[0];
        for (std::size_t unit = 1; unit < step::outputs; ++unit)
            sum = sum + exponentials[unit];
        const var inverse = 1.0 / sum;
        var loss = -log(exponentials[label] * inverse);
        loss.grad();
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] -= step::rate * parameters[i].adj();
        const double result = loss.val();
        stan::math::recover_memory();
        return result;
    });
}
