// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/activations.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chainrule {

/// The shape of one sample, or of what a layer makes of it: so many channels of rows by columns. A plain list
/// of numbers is one channel with one row.
struct Shape {
    int channels = 1;
    int rows = 1;
    int columns = 0;

    constexpr Shape() = default;
    constexpr Shape(int numbers)
        : columns(numbers)
    {
    }
    constexpr Shape(int channelCount, int rowCount, int columnCount)
        : channels(channelCount)
        , rows(rowCount)
        , columns(columnCount)
    {
    }
    /// How many numbers it holds.
    [[nodiscard]] constexpr int size() const { return channels * rows * columns; }
    bool operator==(const Shape&) const = default;
};

/// A fully connected layer: activation(weight * input + bias).
struct DenseLayer {
    int units = 0;
    Activation activation = Activation::Relu;
    bool operator==(const DenseLayer&) const = default;
};

/// Inverted dropout (Srivastava et al., 2014): in training each input is left out with this probability, and
/// the others are divided by 1 - rate; outside training it changes nothing.
struct DropoutLayer {
    double rate = 0.5;
    bool operator==(const DropoutLayer&) const = default;
};

/// One layer of a stack. The constructor from units and activation is a dense layer's.
struct Layer : std::variant<DenseLayer, DropoutLayer> {
    using variant::variant;
    Layer(int units, Activation activation)
        : variant(DenseLayer{units, activation})
    {
    }
};

/// Calls `use` with the layer as what it is. A kind that `use` has no overload for does not compile.
template <typename Use>
decltype(auto) visitLayer(const Layer& layer, const Use& use)
{
    return std::visit(use, static_cast<const Layer::variant&>(layer));
}

/// What a network is built of: the shape of a sample, then the layers; the last one is the output.
struct LayerStack {
    Shape input;
    std::vector<Layer> layers;
    bool operator==(const LayerStack&) const = default;
};

inline constexpr int maximumUnits = 65536;                    ///< of one layer
inline constexpr int maximumLayers = 64;                      ///< of one network, the output included
inline constexpr std::int64_t maximumParameters = 50'000'000; ///< 400 MB in double precision

/// The shape of the layer's outputs for inputs of this shape.
[[nodiscard]] Shape outputShape(const Layer& layer, Shape input);

/// Weights and biases of one layer; 0 where it has none.
[[nodiscard]] std::int64_t parameterCount(const Layer& layer, Shape input);
/// Weights and biases of all layers.
[[nodiscard]] std::int64_t parameterCount(const LayerStack& stack);

/// Number of outputs: those of the last layer, or the inputs where there is no layer.
[[nodiscard]] int outputCount(const LayerStack& stack);

/// The last layer, which must be there and dense.
[[nodiscard]] const DenseLayer& outputLayer(const std::vector<Layer>& layers);
[[nodiscard]] DenseLayer& outputLayer(std::vector<Layer>& layers);

/// Where one layer's weights and biases lie in Network::parameters: for each layer that has parameters first
/// its weights, row by row (units, inputs), then its biases (units).
struct LayerSpan {
    int inputs = 0;
    int units = 0;
    Activation activation = Activation::Linear;
    std::size_t weight = 0; ///< index of the first of units * inputs weights, row by row
    std::size_t bias = 0;   ///< index of the first of units biases
    std::size_t layer = 0;  ///< its place in the stack
};

/// Of the layers that have parameters, in their order. The stack has inputs, and layers with units.
[[nodiscard]] std::vector<LayerSpan> layerSpans(const LayerStack& stack);

/// Reads "128:relu,dropout:0.2,10:softmax". A bare number is ReLU, and `output` where it is the last.
[[nodiscard]] Result<std::vector<Layer>> parseLayers(std::string_view text,
                                                     Activation output = Activation::Softmax);
/// Writes what parseLayers() reads, every activation named.
[[nodiscard]] std::string formatLayer(const Layer& layer);
[[nodiscard]] std::string formatLayers(const std::vector<Layer>& layers);

/// Whether the stack can be computed within the limits above: at least one layer, the output dense, sizes
/// within bounds.
[[nodiscard]] Result<void> validate(const LayerStack& stack);

} // namespace chainrule
