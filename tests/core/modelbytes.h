// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/formats/modelfile.h"
#include "core/network/initialweights.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>

// Model files for tests: a small network, and files that are built without the code under test.
namespace chainrule::tests {

inline QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

inline QString text(const Message& message)
{
    return text(message.english());
}

inline ModelFile someModel(Precision precision)
{
    Random random = makeRandom(3);
    const LayerStack stack{5, {{4, Activation::Tanh}, {3, Activation::Sigmoid}, {2, Activation::Softmax}}};
    ModelFile model;
    model.network = makeNetwork(stack, {WeightRule::Xavier}, random);
    for (double& value : model.network.parameters) {
        value += 0.25 * normal(random); // biases too
        if (precision == Precision::Float)
            value = static_cast<double>(static_cast<float>(value));
    }
    model.network.precision = precision;
    model.settings = R"({"epochs":3})";
    model.history = R"({"epochs":[]})";
    return model;
}

inline Result<ModelFile> decode(const QByteArray& bytes)
{
    return decodeModel(std::span<const char>(bytes.constData(), static_cast<std::size_t>(bytes.size())),
                       "test");
}

inline QByteArray encoded(const ModelFile& model)
{
    return QByteArray::fromStdString(encodeModel(model));
}

// A file of this header and that many bytes of zeros, built without the code under test.
inline QByteArray handBuilt(const QByteArray& header, qsizetype dataBytes)
{
    QByteArray bytes(8, '\0');
    qToLittleEndian<quint64>(static_cast<quint64>(header.size()), bytes.data());
    return bytes + header + QByteArray(dataBytes, '\0');
}

inline QByteArray handBuilt(const QJsonObject& header, qsizetype dataBytes)
{
    return handBuilt(QJsonDocument(header).toJson(QJsonDocument::Compact), dataBytes);
}

inline QJsonObject tensor(const QString& dtype, const QJsonArray& shape, double begin, double end)
{
    return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", QJsonArray{begin, end}}};
}

// Two inputs, three units, two outputs in F32: 9 + 8 = 17 values, 68 bytes.
inline QJsonObject smallTensors()
{
    return {{"layers.0.weight", tensor("F32", {3, 2}, 0, 24)},
            {"layers.0.bias", tensor("F32", {3}, 24, 36)},
            {"layers.1.weight", tensor("F32", {2, 3}, 36, 60)},
            {"layers.1.bias", tensor("F32", {2}, 60, 68)}};
}

inline constexpr qsizetype smallBytes = 68;

inline QJsonObject with(QJsonObject object, const QString& name, const QJsonValue& value)
{
    object[name] = value;
    return object;
}

inline QJsonObject without(QJsonObject object, const QString& name)
{
    object.remove(name);
    return object;
}

inline QJsonObject withMetadata(const QJsonObject& metadata)
{
    return with(smallTensors(), "__metadata__", metadata);
}

} // namespace chainrule::tests
