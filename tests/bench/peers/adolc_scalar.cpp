// SPDX-License-Identifier: GPL-3.0-or-later
// The step with ADOL-C (Debian's libadolc-dev): each sample traced anew.
#include "step.h"

#include <adolc/adolc.h>

int main(int count, char** arguments)
{
    const step::Data data = step::read(arguments[1]);
    const std::string seconds = count > 2 ? arguments[2] : "1";
    std::vector<double> values = data.parameters;
    std::vector<double> gradients(values.size());
    std::vector<adouble> parameters(values.size());
    step::measure("adolc", data, seconds, [&](const double* x, int label) {
        trace_on(1, 1);
        for (std::size_t i = 0; i < values.size(); ++i)
            parameters[i] <<= values[i];
        const adouble* weight = parameters.data();
        const adouble* bias = weight + step::hidden * step::inputs;
        std::vector<adouble> units(step::hidden);
        for (std::size_t unit = 0; unit < step::hidden; ++unit) {
            adouble sum = bias[unit];
            for (std::size_t i = 0; i < step::inputs; ++i)
                sum = sum + weight[unit * step::inputs + i] * x[i];
            units[unit] = fmax(sum, 0.0);
        }
        weight = bias + step::hidden;
        bias = weight + step::outputs * step::hidden;
        std::vector<adouble> exponentials(step::outputs);
        double largest = 0.0;
        for (std::size_t unit = 0; unit < step::outputs; ++unit) {
            adouble sum = bias[unit];
            for (std::size_t i = 0; i < step::hidden; ++i)
                sum = sum + weight[unit * step::hidden + i] * units[i];
            exponentials[unit] = sum;
            if (unit == 0 || sum.value() > largest)
                largest = sum.value();
        }
        for (adouble& exponential : exponentials)
            exponential = exp(exponential - largest);
        adouble sum = exponentials[0];
        for (std::size_t unit = 1; unit < step::outputs; ++unit)
            sum = sum + exponentials[unit];
        const adouble inverse = 1.0 / sum;
        adouble loss = -log(exponentials[static_cast<std::size_t>(label)] * inverse);
        double result = 0.0;
        loss >>= result;
        trace_off();
        double weight1 = 1.0;
        reverse(1, 1, static_cast<int>(values.size()), 0, &weight1, gradients.data());
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] -= step::rate * gradients[i];
        return result;
    });
}
