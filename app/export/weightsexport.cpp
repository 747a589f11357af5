// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/weightsexport.h"

#include "app/base/files.h"

#include "core/base/files/atomicfile.h"
#include "core/data/readers/idx.h"
#include "core/data/readers/sources.h"
#include "core/formats/historyjson.h"
#include "core/formats/npz.h"
#include "core/formats/onnx.h"
#include "core/formats/settingsjson.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QFileInfo>

// Outside of every namespace, as the macro needs it.
static void readyScripts()
{
    Q_INIT_RESOURCE(scripts);
}

namespace chainrule {

namespace {

using nlohmann::json;

constexpr std::size_t mostBytes = 4'000'000'000; // of an archive whose offsets have 32 bits

// A column that was constant has the deviation 0, and its input is 0.
void appendScale(std::span<const InputScale> scale, std::vector<NpyArray>& arrays)
{
    if (scale.empty())
        return;
    std::vector<double> means;
    std::vector<double> deviations;
    for (const InputScale& each : scale) {
        means.push_back(each.mean);
        deviations.push_back(each.deviation);
    }
    arrays.push_back(npyNumbers("input_mean", {scale.size()}, means, Precision::Double));
    arrays.push_back(npyNumbers("input_deviation", {scale.size()}, deviations, Precision::Double));
}

std::vector<NpyArray> arraysOf(const TrainedNetwork& network)
{
    std::vector<NpyArray> arrays = modelArrays(*network.parameters, network.settings.precision);
    arrays.push_back(npyTexts("classes", classNamesOf(network)));
    appendScale(inputScaleOf(network), arrays);
    if (network.recorded)
        arrays.push_back(npyText("settings", settingsToJson(network.settings)));
    return arrays;
}

// What the numbers of a sample are; nothing where that is not known.
std::string inputText(const TrainedNetwork& network)
{
    if (!inputScaleOf(network).empty())
        return ", the table's columns in their own numbers, which the model brings to its scale";
    if (!network.setup)
        return {};
    const Dataset& data = *network.setup->data;
    if (isImageSet(data))
        return ", pixels from 0 (black) to 1 (white ink)";
    return data.columns.empty() ? ", its coordinates"
                                : ", the table's columns, each brought to mean 0 and deviation 1";
}

// The folder of the IDX files that the data set was read from; empty where it is made of something else.
std::string idxFolder(const Dataset& data)
{
    if (data.source == "digits" || !isImageSet(data))
        return {}; // built in, whatever folders there are of that name
    if (data.source != "mnist" && missingIdxFiles(data.source).empty())
        return QFileInfo(QString::fromStdString(data.source)).absoluteFilePath().toStdString();
    return findIdxFolder(data.source).value_or(std::string());
}

// The chosen samples' inputs, one row for each, and their labels: a table's own numbers where the scale of
// the network is known.
void appendSamples(const Dataset& data, std::span<const std::uint32_t> samples, bool asMeasured,
                   std::vector<NpyArray>& arrays)
{
    const auto width = static_cast<std::size_t>(inputCount(data));
    std::vector<std::uint8_t> pixels;
    std::vector<double> features;
    std::vector<std::uint8_t> labels;
    for (const std::uint32_t sample : samples) {
        labels.push_back(data.labels[sample]);
        if (isImageSet(data)) {
            const auto from = image(data, sample);
            pixels.insert(pixels.end(), from.begin(), from.end());
        } else {
            for (std::size_t i = sample * width; i < (sample + 1) * width; ++i)
                features.push_back(asMeasured ? data.measured[i] : static_cast<double>(data.features[i]));
        }
    }
    if (isImageSet(data))
        arrays.push_back(npyBytes("X_test", {samples.size(), width}, pixels));
    else
        arrays.push_back(npyNumbers("X_test", {samples.size(), width}, features,
                                    asMeasured ? Precision::Double : Precision::Float));
    arrays.push_back(npyBytes("Y_test", {samples.size()}, labels));
}

// A literal of Python, whose strings are written like JSON's.
QByteArray pythonText(const std::string& text)
{
    return QByteArray::fromStdString(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
}

QByteArray resource(const char* name)
{
    readyScripts();
    QFile file(QStringLiteral(":/chainrule/scripts/") + QString::fromLatin1(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// On one line, whatever stood in it, for a comment.
QByteArray commentText(std::string text)
{
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20)
            c = ' ';
    }
    return QByteArray::fromStdString(text);
}

QByteArray scriptOf(const TrainedNetwork& network, ScriptKind kind, const QString& path,
                    const std::string& folder)
{
    QByteArray script = resource(kind == ScriptKind::NumPy ? "numpy_network.py" : "torch_network.py");
    const QByteArray name = commentText(QFileInfo(path).fileName().toStdString());
    const QString weights = QFileInfo(weightsBeside(path)).fileName();
    const bool fromFiles = !folder.empty();
    script.replace("@SAMPLES@", resource(fromFiles ? "samples_idx.py" : "samples_kept.py"));
    if (fromFiles) {
        script.replace("import sys\n", "import gzip\nimport sys\n");
        script.replace("@DATA@", "DATA = Path(" + pythonText(folder) + ")  # " +
                                     commentText(network.setup->data->name) + "\n");
    } else {
        script.replace(" [FOLDER OF THE IDX FILES]", "");
        script.replace("@DATA@\n", "");
    }
    script.replace("@HEADER@", "Written by Chainrule " CHAINRULE_VERSION ". The weights are those of: " +
                                   commentText(provenanceOf(network)));
    // A name stands in a docstring, where quotes and backslashes would mean something.
    script.replace("@SCRIPT@", QByteArray(name).replace('\\', '_').replace('"', '_'));
    script.replace("@WEIGHTS_LITERAL@", pythonText(weights.toStdString()));
    script.replace("@WEIGHTS@", commentText(weights.toStdString()).replace('\\', '_').replace('"', '_'));
    return script;
}

} // namespace

std::string npzOf(const TrainedNetwork& network)
{
    return encodeNpz(arraysOf(network));
}

std::string onnxOf(const TrainedNetwork& network)
{
    OnnxNotes notes;
    notes.producerVersion = CHAINRULE_VERSION;
    notes.description = "Input: a row of " + std::to_string(network.parameters->stack.input.size()) +
                        " numbers for each sample" + inputText(network) +
                        ". Output: the probability of each class.";
    notes.metadata = {{"class_names", json(classNamesOf(network)).dump()}};
    if (commandRepeats(network))
        notes.metadata.emplace_back("command", commandOf(network));
    else
        notes.metadata.emplace_back("training", provenanceOf(network));
    if (network.recorded)
        notes.metadata.emplace_back("settings", settingsToJson(network.settings));
    if (network.recorded && network.setup)
        notes.metadata.emplace_back("data", network.setup->data->name);
    return encodeOnnx(*network.parameters, network.settings.precision, notes, inputScaleOf(network));
}

QString weightsBeside(const QString& script)
{
    const QFileInfo file(script);
    return file.path() + QLatin1Char('/') + file.completeBaseName() + QStringLiteral(".weights.npz");
}

Result<void> writeScript(const TrainedNetwork& network, const Measurement& measured, ScriptKind kind,
                         const QString& path)
{
    const QString weights = weightsBeside(path);
    for (const QString& each : {path, weights}) {
        if (const auto writable = checkWritable(each); !writable)
            return writable.error();
    }
    const Dataset& data = *network.setup->data;
    const auto& samples = network.setup->split.test;
    std::vector<NpyArray> arrays = arraysOf(network);
    const double accuracy = measured.metrics.accuracy;
    arrays.push_back(npyNumbers("accuracy", {}, std::span(&accuracy, 1), Precision::Double));
    const std::string folder = idxFolder(data);
    if (folder.empty()) {
        appendSamples(data, samples, !inputScaleOf(network).empty() && !data.measured.empty(), arrays);
    } else {
        std::vector<std::uint8_t> labels;
        for (const std::uint32_t sample : samples)
            labels.push_back(data.labels[sample]);
        arrays.push_back(npyIndices("test_samples", samples));
        arrays.push_back(npyBytes("Y_test", {labels.size()}, labels));
    }
    std::size_t size = 0;
    for (const NpyArray& array : arrays)
        size += array.bytes.size();
    if (size > mostBytes)
        return Error{weights.toStdString(),
                     "weights and test samples are more than 4 GB, the most that it holds",
                     "Measure on fewer samples, with --test"};
    const std::string packed = encodeNpz(arrays);
    const std::string script = scriptOf(network, kind, path, folder).toStdString();
    const FileToWrite files[] = {{QFile::encodeName(weights).toStdString(), packed},
                                 {QFile::encodeName(path).toStdString(), script}};
    return writeTogether(files);
}

} // namespace chainrule
