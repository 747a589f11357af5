// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx.h"

#include "core/base/text.h"

#include "core/formats/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>

namespace chainrule {

namespace {

// A message of Protocol Buffers as it is written: fields one after the other, each a key (number and kind)
// and a value. https://protobuf.dev/programming-guides/encoding/
class ProtoMessage {
public:
    void number(int field, std::uint64_t value)
    {
        varint(static_cast<std::uint64_t>(field) << 3 | 0);
        varint(value);
    }
    void text(int field, std::string_view bytes)
    {
        varint(static_cast<std::uint64_t>(field) << 3 | 2);
        varint(bytes.size());
        m_bytes += bytes;
    }
    void message(int field, const ProtoMessage& inner) { text(field, inner.m_bytes); }
    [[nodiscard]] const std::string& bytes() const { return m_bytes; }

private:
    void varint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            m_bytes += static_cast<char>((value & 0x7f) | 0x80);
        m_bytes += static_cast<char>(value);
    }

    std::string m_bytes;
};

// Field numbers and values of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
namespace model {
constexpr int irVersion = 1, producerName = 2, producerVersion = 3, docString = 6, graph = 7, opsetImport = 8,
              metadataProps = 14;
}
namespace graph {
constexpr int node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace node {
constexpr int input = 1, output = 2, name = 3, opType = 4, attribute = 5;
}
namespace attribute {
constexpr int name = 1, i = 3, type = 20;
constexpr int integer = 2; // of AttributeType
} // namespace attribute
namespace tensor {
constexpr int dims = 1, dataType = 2, name = 8, rawData = 9;
constexpr int float32 = 1, float64 = 11; // of DataType
} // namespace tensor

constexpr int irVersion = 7; // the first with opset 13

ProtoMessage tensorOf(const std::string& name, std::initializer_list<int> shape,
                      std::span<const double> values, Precision precision)
{
    const bool isDouble = precision == Precision::Double;
    ProtoMessage message;
    for (const int length : shape)
        message.number(tensor::dims, static_cast<std::uint64_t>(length));
    message.number(tensor::dataType, isDouble ? tensor::float64 : tensor::float32);
    message.text(tensor::name, name);
    std::string raw;
    appendEncodedValues(raw, values, isDouble);
    message.text(tensor::rawData, raw);
    return message;
}

// Name and type of the network's input or output, [batch, width].
ProtoMessage valueInfo(const std::string& name, int width, Precision precision)
{
    ProtoMessage batch;
    batch.text(2, "batch"); // dim_param
    ProtoMessage columns;
    columns.number(1, static_cast<std::uint64_t>(width)); // dim_value
    ProtoMessage shape;
    shape.message(1, batch);
    shape.message(1, columns);
    ProtoMessage tensorType;
    tensorType.number(1, precision == Precision::Double ? tensor::float64 : tensor::float32);
    tensorType.message(2, shape);
    ProtoMessage type;
    type.message(1, tensorType);
    ProtoMessage info;
    info.text(1, name);
    info.message(2, type);
    return info;
}

ProtoMessage integerAttribute(std::string_view name, int value)
{
    ProtoMessage message;
    message.text(attribute::name, name);
    message.number(attribute::i, static_cast<std::uint64_t>(value));
    message.number(attribute::type, attribute::integer);
    return message;
}

ProtoMessage nodeOf(std::string_view op, std::initializer_list<std::string> inputs, const std::string& output)
{
    ProtoMessage message;
    for (const std::string& input : inputs)
        message.text(node::input, input);
    message.text(node::output, output);
    message.text(node::name, output + "/" + std::string(op));
    message.text(node::opType, op);
    return message;
}

// The initializer that holds a number which an activation's operators need.
std::string constantName(double value)
{
    return "constant." + shortestNumber(value);
}

// The operators of an activation; none where the sum goes on as it is.
std::span<const OnnxStep> stepsOf(Activation activation)
{
    const auto& steps = activationRow(activation).onnx;
    const auto end = std::ranges::find_if(steps, [](const OnnxStep& step) { return step.op.empty(); });
    return {steps.begin(), end};
}

// The operators from `sum` to `output`; what lies between is named for the sum and its place.
void addActivation(ProtoMessage& message, std::span<const OnnxStep> steps, const std::string& sum,
                   const std::string& output)
{
    std::string from = sum;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const OnnxStep& step = steps[i];
        const std::string to = i + 1 == steps.size() ? output : sum + "." + std::to_string(i);
        ProtoMessage function = step.withSum ? nodeOf(step.op, {from, sum}, to)
                                : std::isnan(step.with)
                                    ? nodeOf(step.op, {from}, to)
                                    : nodeOf(step.op, {from, constantName(step.with)}, to);
        if (step.op == "Softmax")
            function.message(node::attribute, integerAttribute("axis", 1));
        message.message(graph::node, function);
        from = to;
    }
}

// Numbers of a table to inputs of mean 0 and deviation 1. In double, whatever follows: means may be large
// beside the deviations.
std::string addScaling(ProtoMessage& message, Precision precision)
{
    const auto cast = [&](const std::string& from, const std::string& to, int type) {
        ProtoMessage node = nodeOf("Cast", {from}, to);
        node.message(node::attribute, integerAttribute("to", type));
        message.message(graph::node, node);
    };
    const bool isDouble = precision == Precision::Double;
    const std::string wide = isDouble ? "input" : "input.double";
    if (!isDouble)
        cast("input", wide, tensor::float64);
    message.message(graph::node, nodeOf("Sub", {wide, "input.mean"}, "input.centred"));
    const std::string scaled = isDouble ? "input.scaled" : "input.scaled.double";
    message.message(graph::node, nodeOf("Div", {"input.centred", "input.deviation"}, scaled));
    if (!isDouble)
        cast(scaled, "input.scaled", tensor::float32);
    return "input.scaled";
}

void addScale(ProtoMessage& message, std::span<const InputScale> scale)
{
    std::vector<double> means;
    std::vector<double> deviations;
    for (const InputScale& each : scale) {
        means.push_back(each.mean);
        deviations.push_back(each.deviation > 0.0 ? each.deviation : std::numeric_limits<double>::max());
    }
    const int count = static_cast<int>(scale.size());
    message.message(graph::initializer, tensorOf("input.mean", {count}, means, Precision::Double));
    message.message(graph::initializer, tensorOf("input.deviation", {count}, deviations, Precision::Double));
}

ProtoMessage graphOf(const Network& network, Precision precision, std::span<const InputScale> scale)
{
    const std::vector<LayerSpan> layers = layerSpans(network.stack);
    const std::span<const double> values = network.parameters;
    const std::string outputs(lossRow(network.loss).exported);
    std::vector<double> constants; // in the order of their first use
    ProtoMessage message;
    std::string from = scale.empty() ? std::string("input") : addScaling(message, precision);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string prefix = "layers." + std::to_string(i);
        const std::string output = i + 1 == layers.size() ? outputs : prefix + ".output";
        const std::span<const OnnxStep> steps = stepsOf(layers[i].activation);
        const std::string sum = steps.empty() ? output : prefix + ".sum";
        ProtoMessage gemm = nodeOf("Gemm", {from, prefix + ".weight", prefix + ".bias"}, sum);
        gemm.message(node::attribute, integerAttribute("transB", 1)); // weights are [units, inputs]
        message.message(graph::node, gemm);
        addActivation(message, steps, sum, output);
        for (const OnnxStep& step : steps) {
            if (!std::isnan(step.with) && std::ranges::find(constants, step.with) == constants.end())
                constants.push_back(step.with);
        }
        from = output;
    }
    message.text(graph::name, "chainrule");
    if (!scale.empty())
        addScale(message, scale);
    for (const double& constant : constants)
        message.message(graph::initializer,
                        tensorOf(constantName(constant), {}, std::span(&constant, 1), precision));
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerSpan& layer = layers[i];
        const std::string prefix = "layers." + std::to_string(i);
        const auto units = static_cast<std::size_t>(layer.units);
        const std::size_t weights = units * static_cast<std::size_t>(layer.inputs);
        message.message(graph::initializer, tensorOf(prefix + ".weight", {layer.units, layer.inputs},
                                                     values.subspan(layer.weight, weights), precision));
        message.message(graph::initializer, tensorOf(prefix + ".bias", {layer.units},
                                                     values.subspan(layer.bias, units), precision));
    }
    message.message(graph::input, valueInfo("input", network.stack.input.size(), precision));
    message.message(graph::output, valueInfo(outputs, outputCount(network.stack), precision));
    return message;
}

} // namespace

std::string encodeOnnx(const Network& network, Precision precision, const OnnxNotes& notes,
                       std::span<const InputScale> scale)
{
    ProtoMessage message;
    message.number(model::irVersion, irVersion);
    message.text(model::producerName, "Chainrule");
    message.text(model::producerVersion, notes.producerVersion);
    if (!notes.description.empty())
        message.text(model::docString, notes.description);
    message.message(model::graph, graphOf(network, precision, scale));
    ProtoMessage opset;
    opset.text(1, ""); // the domain of ONNX itself
    opset.number(2, onnxOpset);
    message.message(model::opsetImport, opset);
    for (const auto& [key, value] : notes.metadata) {
        ProtoMessage entry;
        entry.text(1, key);
        entry.text(2, value);
        message.message(model::metadataProps, entry);
    }
    return message.bytes();
}

} // namespace chainrule
