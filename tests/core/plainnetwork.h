// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/network/network.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// A network in plain loops over doubles, and its gradients by the textbook formulas: what both engines are
// held against. It knows Network's layout and shares no code with them.
namespace chainrule::tests {

struct PlainLayer {
    std::vector<double> input; ///< what came in
    std::vector<double> sum;   ///< before the activation
    std::vector<double> output;
};

/// The assignment's `softmax`: exp(z - max) added up from the left, then times 1 / sum.
inline std::vector<double> plainSoftmax(const std::vector<double>& logits)
{
    const double maximum = *std::max_element(logits.begin(), logits.end());
    std::vector<double> result;
    for (const double logit : logits)
        result.push_back(std::exp(std::max(std::min(logit + maximum * -1.0, 88.0), -88.0)));
    double sum = result[0];
    for (std::size_t i = 1; i < result.size(); ++i)
        sum = sum + result[i];
    const double inverse = 1.0 / sum;
    for (double& value : result)
        value = value * inverse;
    return result;
}

inline std::vector<double> plainActivation(Activation activation, const std::vector<double>& sums)
{
    std::vector<double> result = sums;
    switch (activation) {
    case Activation::Relu:
        for (double& value : result)
            value = std::max(0.0, value);
        return result;
    case Activation::LeakyRelu:
        for (double& value : result)
            value = value > 0.0 ? value : 0.01 * value;
        return result;
    case Activation::Elu:
        for (double& value : result)
            value = value > 0.0 ? value : std::expm1(value);
        return result;
    case Activation::Gelu:
        for (double& value : result)
            value = value * 0.5 * (1.0 + std::erf(value / std::sqrt(2.0)));
        return result;
    case Activation::Silu:
        for (double& value : result)
            value = value / (1.0 + std::exp(-value));
        return result;
    case Activation::Softplus:
        for (double& value : result)
            value = std::log1p(std::exp(-std::abs(value))) + std::max(value, 0.0);
        return result;
    case Activation::Sigmoid:
        for (double& value : result)
            value = 1.0 / (1.0 + std::exp(-std::max(std::min(value, 50.0), -50.0)));
        return result;
    case Activation::Tanh:
        for (double& value : result)
            value = std::tanh(value);
        return result;
    case Activation::Linear:
        return result;
    case Activation::Softmax:
        return plainSoftmax(sums);
    }
    return {};
}

/// The assignment's `forward`: for each neuron the bias first, then weight times input from the left.
inline std::vector<PlainLayer> plainForward(const LayerStack& stack, const std::vector<double>& parameters,
                                            const std::vector<double>& x)
{
    std::vector<PlainLayer> layers;
    std::vector<double> current = x;
    std::size_t offset = 0;
    for (const LayerSpan& dense : layerSpans(stack)) {
        const auto units = static_cast<std::size_t>(dense.units);
        const std::size_t inputs = current.size();
        PlainLayer layer;
        layer.input = current;
        for (std::size_t unit = 0; unit < units; ++unit) {
            double sum = parameters[offset + units * inputs + unit];
            for (std::size_t i = 0; i < inputs; ++i)
                sum = sum + parameters[offset + unit * inputs + i] * current[i];
            layer.sum.push_back(sum);
        }
        layer.output = plainActivation(dense.activation, layer.sum);
        current = layer.output;
        offset += units * (inputs + 1);
        layers.push_back(std::move(layer));
    }
    return layers;
}

inline double plainLoss(const LayerStack& stack, const std::vector<double>& parameters,
                        const std::vector<double>& x, int target)
{
    const auto output = plainForward(stack, parameters, x).back().output;
    return -std::log(std::max(output[static_cast<std::size_t>(target)], 1e-10));
}

/// d output / d sum times `gradient`, for one layer.
inline std::vector<double> throughActivation(Activation activation, const PlainLayer& layer,
                                             const std::vector<double>& gradient)
{
    double mean = 0.0;
    for (std::size_t i = 0; i < gradient.size(); ++i)
        mean += gradient[i] * layer.output[i];
    std::vector<double> result;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        const double out = layer.output[i];
        const double sum = layer.sum[i];
        const double sigmoid = 1.0 / (1.0 + std::exp(-sum));
        double local = 1.0;
        switch (activation) {
        case Activation::Relu:
            local = sum > 0.0 ? 1.0 : 0.0;
            break;
        case Activation::LeakyRelu:
            local = sum > 0.0 ? 1.0 : 0.01;
            break;
        case Activation::Elu:
            local = sum > 0.0 ? 1.0 : std::exp(sum);
            break;
        case Activation::Gelu:
            local = 0.5 * (1.0 + std::erf(sum / std::sqrt(2.0))) +
                    sum * std::exp(-sum * sum / 2.0) / std::sqrt(2.0 * std::acos(-1.0));
            break;
        case Activation::Silu:
            local = sigmoid + sum * sigmoid * (1.0 - sigmoid);
            break;
        case Activation::Softplus:
            local = sigmoid;
            break;
        case Activation::Sigmoid:
            local = out * (1.0 - out);
            break;
        case Activation::Tanh:
            local = 1.0 - out * out;
            break;
        case Activation::Linear:
            break;
        case Activation::Softmax:
            result.push_back(out * (gradient[i] - mean));
            continue;
        }
        result.push_back(local * gradient[i]);
    }
    return result;
}

/// Adds `weight` times one sample's gradient of the cross-entropy (softmax at the end) to `gradients`;
/// returns the sample's loss.
inline double addPlainGradients(const LayerStack& stack, const std::vector<double>& parameters,
                                const std::vector<double>& x, int target, double weight,
                                std::vector<double>& gradients)
{
    const auto layers = plainForward(stack, parameters, x);
    const std::vector<LayerSpan> spans = layerSpans(stack);
    std::vector<double> delta = layers.back().output; // of the sums: p - y
    delta[static_cast<std::size_t>(target)] -= 1.0;
    std::size_t end = parameters.size();
    for (std::size_t l = layers.size(); l-- > 0;) {
        const std::size_t units = layers[l].sum.size();
        const std::size_t inputs = layers[l].input.size();
        const std::size_t offset = end - units * (inputs + 1);
        std::vector<double> inputGradient(inputs, 0.0);
        for (std::size_t unit = 0; unit < units; ++unit) {
            for (std::size_t i = 0; i < inputs; ++i) {
                gradients[offset + unit * inputs + i] += weight * delta[unit] * layers[l].input[i];
                inputGradient[i] += delta[unit] * parameters[offset + unit * inputs + i];
            }
            gradients[offset + units * inputs + unit] += weight * delta[unit];
        }
        if (l > 0)
            delta = throughActivation(spans[l - 1].activation, layers[l - 1], inputGradient);
        end = offset;
    }
    return plainLoss(stack, parameters, x, target);
}

inline std::vector<double> sampleInputs(const Dataset& data, std::size_t sample)
{
    std::vector<double> x(static_cast<std::size_t>(inputCount(data)));
    copySample(data, sample, x.data());
    return x;
}

/// The distance of sums from their activation's kink, the smallest over these samples: central differences
/// must not step across it.
inline double distanceFromKinks(const LayerStack& stack, const std::vector<double>& parameters,
                                const std::vector<std::vector<double>>& samples)
{
    double distance = 1.0;
    const std::vector<LayerSpan> spans = layerSpans(stack);
    for (const auto& x : samples) {
        const auto layers = plainForward(stack, parameters, x);
        for (std::size_t l = 0; l < layers.size(); ++l) {
            if (spans[l].activation != Activation::Relu && spans[l].activation != Activation::LeakyRelu)
                continue;
            for (const double sum : layers[l].sum)
                distance = std::min(distance, std::abs(sum));
        }
    }
    return distance;
}

} // namespace chainrule::tests
