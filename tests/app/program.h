// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/idxbytes.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QtEndian>
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

/// The executable as a script sees it: words in, bytes and an exit status out.
namespace program {

struct Finished {
    int exit = -1; ///< -1: it crashed, or was not done in time
    QByteArray out;
    QByteArray err;
};

/// An environment in which no data set is found but those that are named by their folder.
inline QProcessEnvironment environment()
{
    QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
    own.remove("CHAINRULE_DATA");
    own.remove("XDG_DATA_HOME");
    own.insert("HOME", "/nonexistent");
    own.insert("CHAINRULE_LIBRARY", ":memory:"); // keeps nothing
    for (const char* proxy :
         {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
        own.remove(proxy);
    own.insert("QT_QPA_PLATFORM", "offscreen");
    return own;
}

inline Finished run(const QStringList& words, const QProcessEnvironment& own, int seconds = 60)
{
    QProcess process;
    process.setProcessEnvironment(own);
    process.start(CHAINRULE_EXECUTABLE, words);
    if (!process.waitForFinished(1000 * seconds)) {
        process.kill();
        process.waitForFinished();
        return {-1, process.readAllStandardOutput(), process.readAllStandardError()};
    }
    const bool crashed = process.exitStatus() != QProcess::NormalExit;
    return {crashed ? -1 : process.exitCode(), process.readAllStandardOutput(),
            process.readAllStandardError()};
}

inline Finished run(const QStringList& words, int seconds = 60)
{
    return run(words, environment(), seconds);
}

/// The objects of a text that has one on each line and nothing else; none where it has anything else.
inline QList<QJsonObject> objects(const QByteArray& text)
{
    QList<QJsonObject> all;
    if (!text.endsWith('\n'))
        return {};
    for (const QByteArray& line : text.chopped(1).split('\n')) {
        const QJsonDocument document = QJsonDocument::fromJson(line);
        if (!document.isObject())
            return {};
        all.append(document.object());
    }
    return all;
}

inline constexpr int side = 6; ///< pixels
inline constexpr int trainingImages = 200;
inline constexpr int testImages = 100;

/// Image `i` of a set that a small network learns in a few epochs: noise, and a stroke where the label says.
inline QByteArray image(std::uint32_t i, int label)
{
    QByteArray pixels;
    for (std::uint32_t at = 0; at < side * side; ++at)
        pixels.append(static_cast<char>((i * 7919U + at * 104729U + i * at * 31U) % 97U));
    for (int k = 0; k < 3; ++k)
        pixels[label * 3 + k] = static_cast<char>(180 + static_cast<int>(i % 70U));
    return pixels;
}

inline int labelOf(std::uint32_t i)
{
    return static_cast<int>(i * 13U % 10U);
}

inline QByteArray imagesOf(std::uint32_t first, std::uint32_t count)
{
    QByteArray bytes = idxbytes::imagesHeader(count, side, side);
    for (std::uint32_t i = first; i < first + count; ++i)
        bytes.append(image(i, labelOf(i)));
    return bytes;
}

inline QByteArray labelsOf(std::uint32_t first, std::uint32_t count)
{
    QList<int> labels;
    for (std::uint32_t i = first; i < first + count; ++i)
        labels.append(labelOf(i));
    return idxbytes::labelsFile(labels);
}

/// Writes the four files of that set; the test file's images are those after the training file's.
inline bool writeSet(const QString& folder)
{
    return QDir().mkpath(folder) &&
           idxbytes::write(folder + "/train-images-idx3-ubyte", imagesOf(0, trainingImages)) &&
           idxbytes::write(folder + "/train-labels-idx1-ubyte", labelsOf(0, trainingImages)) &&
           idxbytes::write(folder + "/t10k-images-idx3-ubyte", imagesOf(trainingImages, testImages)) &&
           idxbytes::write(folder + "/t10k-labels-idx1-ubyte", labelsOf(trainingImages, testImages));
}

inline QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A tensor of a safetensors file, read as its specification says and independently of the program.
inline std::vector<double> tensor(const QByteArray& model, const QString& name)
{
    if (model.size() < 8)
        return {};
    const auto length = static_cast<qsizetype>(qFromLittleEndian<quint64>(model.constData()));
    const QJsonObject entry = QJsonDocument::fromJson(model.mid(8, length)).object().value(name).toObject();
    const QJsonArray offsets = entry.value("data_offsets").toArray();
    const QByteArray bytes =
        model.mid(8 + length + offsets.at(0).toInt(), offsets.at(1).toInt() - offsets.at(0).toInt());
    const bool isDouble = entry.value("dtype").toString() == "F64";
    std::vector<double> values;
    for (qsizetype at = 0; at < bytes.size(); at += isDouble ? 8 : 4) {
        const char* from = bytes.constData() + at;
        values.push_back(isDouble ? std::bit_cast<double>(qFromLittleEndian<quint64>(from))
                                  : double{std::bit_cast<float>(qFromLittleEndian<quint32>(from))});
    }
    return values;
}

struct Measured {
    double loss = 0;
    double accuracy = 0;
};

/// Loss and accuracy of a saved 36 -> 12 ReLU -> 10 softmax network on the set's images from `first` on,
/// written out here by the definition.
inline Measured measure(const QByteArray& model, std::uint32_t first, std::uint32_t count)
{
    const auto w0 = tensor(model, "layers.0.weight");
    const auto b0 = tensor(model, "layers.0.bias");
    const auto w1 = tensor(model, "layers.1.weight");
    const auto b1 = tensor(model, "layers.1.bias");
    if (w0.size() != 12 * 36 || b0.size() != 12 || w1.size() != 10 * 12 || b1.size() != 10)
        return {};
    Measured measured;
    for (std::uint32_t i = first; i < first + count; ++i) {
        const QByteArray pixels = image(i, labelOf(i));
        std::vector<double> hidden = b0;
        for (std::size_t u = 0; u < 12; ++u) {
            for (std::size_t k = 0; k < 36; ++k)
                hidden[u] += w0[u * 36 + k] * static_cast<std::uint8_t>(pixels[static_cast<int>(k)]) / 255.0;
            hidden[u] = std::max(hidden[u], 0.0);
        }
        std::vector<double> logits = b1;
        double sum = 0;
        for (std::size_t u = 0; u < 10; ++u) {
            for (std::size_t k = 0; k < 12; ++k)
                logits[u] += w1[u * 12 + k] * hidden[k];
            sum += std::exp(logits[u]);
        }
        const auto label = static_cast<std::size_t>(labelOf(i));
        measured.loss += (std::log(sum) - logits[label]) / count;
        if (std::max_element(logits.begin(), logits.end()) - logits.begin() ==
            static_cast<std::ptrdiff_t>(label))
            measured.accuracy += 100.0 / count;
    }
    return measured;
}

} // namespace program
