// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/formats/modelfile.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtEndian>
#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace chainrule;

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

ModelFile someModel(Precision precision)
{
    Random random = makeRandom(3);
    const LayerStack stack{5, {{4, Activation::Tanh}, {3, Activation::Sigmoid}, {2, Activation::Softmax}}};
    ModelFile model;
    model.parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    for (double& value : model.parameters.parameters) {
        value += 0.25 * normal(random); // biases too
        if (precision == Precision::Float)
            value = static_cast<double>(static_cast<float>(value));
    }
    model.precision = precision;
    model.settings = R"({"epochs":3})";
    model.history = R"({"epochs":[]})";
    return model;
}

Result<ModelFile> decode(const QByteArray& bytes)
{
    return decodeModel(std::span<const char>(bytes.constData(), static_cast<std::size_t>(bytes.size())),
                       "test");
}

QByteArray encoded(const ModelFile& model)
{
    return QByteArray::fromStdString(encodeModel(model));
}

// A file of this header and that many bytes of zeros, built without the code under test.
QByteArray handBuilt(const QByteArray& header, qsizetype dataBytes)
{
    QByteArray bytes(8, '\0');
    qToLittleEndian<quint64>(static_cast<quint64>(header.size()), bytes.data());
    return bytes + header + QByteArray(dataBytes, '\0');
}

QByteArray handBuilt(const QJsonObject& header, qsizetype dataBytes)
{
    return handBuilt(QJsonDocument(header).toJson(QJsonDocument::Compact), dataBytes);
}

QJsonObject tensor(const QString& dtype, const QJsonArray& shape, double begin, double end)
{
    return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", QJsonArray{begin, end}}};
}

// Two inputs, three units, two outputs in F32: 9 + 8 = 17 values, 68 bytes.
QJsonObject smallTensors()
{
    return {{"layers.0.weight", tensor("F32", {3, 2}, 0, 24)},
            {"layers.0.bias", tensor("F32", {3}, 24, 36)},
            {"layers.1.weight", tensor("F32", {2, 3}, 36, 60)},
            {"layers.1.bias", tensor("F32", {2}, 60, 68)}};
}

constexpr qsizetype smallBytes = 68;

QJsonObject with(QJsonObject object, const QString& name, const QJsonValue& value)
{
    object[name] = value;
    return object;
}

QJsonObject without(QJsonObject object, const QString& name)
{
    object.remove(name);
    return object;
}

QJsonObject withMetadata(const QJsonObject& metadata)
{
    return with(smallTensors(), "__metadata__", metadata);
}

} // namespace

class TestModelFile : public QObject {
    Q_OBJECT

private slots:
    void comesBack_data();
    void comesBack();
    void readByAnIndependentReader_data();
    void readByAnIndependentReader();
    void readByPython();
    void readsForeignFiles();
    void headerIsAligned();
    void keepsClassNames();
    void keepsTheInputsScale();
    void keepsTheInitialFile();
    void writesNothingThatItDoesNotRead();
    void everyTruncationIsAnError();
    void bitFlipsAreSurvived();
    void randomBytesAreSurvived();
    void refusesHeaders_data();
    void refusesHeaders();
    void refusesLengths();
    void refusesTexts_data();
    void refusesTexts();
    void refusesNonFinite_data();
    void refusesNonFinite();
    void loadsFiles();
};

void TestModelFile::comesBack_data()
{
    QTest::addColumn<Precision>("precision");
    QTest::newRow("float") << Precision::Float;
    QTest::newRow("double") << Precision::Double;
}

void TestModelFile::comesBack()
{
    QFETCH(Precision, precision);
    const ModelFile model = someModel(precision);
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->parameters.stack == model.parameters.stack);
    QVERIFY(back->parameters.parameters == model.parameters.parameters); // bit for bit: none is NaN
    QCOMPARE(back->precision, precision);
    QCOMPARE(back->settings, model.settings);
    QCOMPARE(back->history, model.history);
    QCOMPARE(encoded(*back), bytes);
}

void TestModelFile::readByAnIndependentReader_data()
{
    comesBack_data();
}

void TestModelFile::readByAnIndependentReader()
{
    QFETCH(Precision, precision);
    const ModelFile model = someModel(precision);
    const QByteArray bytes = encoded(model);
    const auto length = static_cast<qsizetype>(qFromLittleEndian<quint64>(bytes.constData()));
    const QJsonObject header = QJsonDocument::fromJson(bytes.mid(8, length)).object();
    const QByteArray data = bytes.mid(8 + length);
    QCOMPARE(header.size(), 7);

    const QJsonObject metadata = header["__metadata__"].toObject();
    QCOMPARE(metadata["format"].toString(), QString("chainrule/1"));
    QCOMPARE(metadata["layers"].toString(),
             QString(R"([{"units":4,"activation":"tanh"},{"units":3,"activation":"sigmoid"},)"
                     R"({"units":2,"activation":"softmax"}])"));
    QCOMPARE(metadata["settings"].toString(), text(model.settings));
    QCOMPARE(metadata["history"].toString(), text(model.history));

    const bool isDouble = precision == Precision::Double;
    const QList<std::pair<QString, QJsonArray>> expected{{"layers.0.weight", {4, 5}}, {"layers.0.bias", {4}},
                                                         {"layers.1.weight", {3, 4}}, {"layers.1.bias", {3}},
                                                         {"layers.2.weight", {2, 3}}, {"layers.2.bias", {2}}};
    std::size_t next = 0;
    for (const auto& [name, shape] : expected) {
        const QJsonObject entry = header[name].toObject();
        QCOMPARE(entry["dtype"].toString(), isDouble ? QString("F64") : QString("F32"));
        QCOMPARE(entry["shape"].toArray(), shape);
        const qsizetype begin = entry["data_offsets"][0].toInt();
        const qsizetype end = entry["data_offsets"][1].toInt();
        for (qsizetype at = begin; at < end; at += isDouble ? 8 : 4) {
            double value = 0.0;
            float narrow = 0.0F;
            if (isDouble) {
                std::memcpy(&value, data.constData() + at, 8);
            } else {
                std::memcpy(&narrow, data.constData() + at, 4);
                value = narrow;
            }
            QVERIFY(value == model.parameters.parameters.at(next++));
        }
    }
    QCOMPARE(next, model.parameters.parameters.size());
    QCOMPARE(data.size(), static_cast<qsizetype>(next) * (isDouble ? 8 : 4));
}

void TestModelFile::readByPython()
{
    const QString python = QStandardPaths::findExecutable("python3");
    if (python.isEmpty())
        QSKIP("python3 not found");
    QTemporaryDir folder;
    const ModelFile model = someModel(Precision::Double);
    const QString path = folder.filePath("model.safetensors");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QByteArray bytes = encoded(model);
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();

    const QString script = R"(
import json, math, struct, sys
raw = open(sys.argv[1], 'rb').read()
n, = struct.unpack('<Q', raw[:8])
header = json.loads(raw[8:8 + n])
header.pop('__metadata__')
for name, t in sorted(header.items()):
    b, e = t['data_offsets']
    values = struct.unpack('<%dd' % math.prod(t['shape']), raw[8 + n + b:8 + n + e])
    print(name, *t['shape'], math.fsum(values).hex(), values[-1].hex())
)";
    QProcess process;
    process.start(python, {"-c", script, path});
    QVERIFY(process.waitForFinished());
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    const QStringList lines = QString::fromUtf8(process.readAllStandardOutput()).trimmed().split('\n');
    QCOMPARE(lines.size(), 6);

    QStringList starts{"layers.0.bias 4 ",     "layers.0.weight 4 5 ", "layers.1.bias 3 ",
                       "layers.1.weight 3 4 ", "layers.2.bias 2 ",     "layers.2.weight 2 3 "};
    const auto spans = layerSpans(model.parameters.stack);
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QVERIFY2(lines[i].startsWith(starts[i]), qPrintable(lines[i]));
        const LayerSpan& span = spans[static_cast<std::size_t>(i / 2)];
        const bool isBias = i % 2 == 0;
        const std::size_t begin = isBias ? span.bias : span.weight;
        const std::size_t end = isBias ? span.bias + static_cast<std::size_t>(span.units) : span.bias;
        double sum = 0.0;
        for (std::size_t at = begin; at < end; ++at)
            sum += model.parameters.parameters[at];
        const QStringList words = lines[i].split(' ');
        const double pythonSum = std::strtod(words[words.size() - 2].toLatin1().constData(), nullptr);
        const double pythonLast = std::strtod(words.back().toLatin1().constData(), nullptr);
        QVERIFY(std::abs(sum - pythonSum) < 1e-14);
        QVERIFY(pythonLast == model.parameters.parameters[end - 1]);
    }
}

void TestModelFile::readsForeignFiles()
{
    // Without metadata; the tensors in an order of their own, as other writers sort them.
    const QJsonObject tensors{{"layers.0.weight", tensor("F32", {3, 2}, 44, 68)},
                              {"layers.0.bias", tensor("F32", {3}, 0, 12)},
                              {"layers.1.weight", tensor("F32", {2, 3}, 20, 44)},
                              {"layers.1.bias", tensor("F32", {2}, 12, 20)}};
    QByteArray bytes = handBuilt(tensors, smallBytes);
    for (int i = 0; i < 17; ++i) {
        const float value = static_cast<float>(i) + 0.5F;
        std::memcpy(bytes.data() + bytes.size() - smallBytes + 4 * i, &value, 4);
    }
    const auto model = decode(bytes);
    QVERIFY2(model, model ? "" : model.error().message().c_str());
    const LayerStack stack{2, {{3, Activation::Relu}, {2, Activation::Softmax}}};
    QVERIFY(model->parameters.stack == stack);
    QCOMPARE(model->precision, Precision::Float);
    QVERIFY(model->settings.empty() && model->history.empty());
    const std::vector<double> expected{11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 0.5, 1.5, 2.5,
                                       5.5,  6.5,  7.5,  8.5,  9.5,  10.5, 3.5, 4.5};
    QVERIFY(model->parameters.parameters == expected);

    QVERIFY(decode(handBuilt(withMetadata({{"format", "pt"}}), smallBytes)));
    QVERIFY(decode(handBuilt(withMetadata({}), smallBytes)));
    // Padded with spaces.
    QVERIFY(decode(handBuilt(QJsonDocument(tensors).toJson() + "     \n  ", smallBytes)));
}

void TestModelFile::headerIsAligned()
{
    ModelFile model = someModel(Precision::Double);
    for (int i = 0; i < 16; ++i) {
        model.settings = "\"" + std::string(static_cast<std::size_t>(i), 'x') + "\"";
        const QByteArray bytes = encoded(model);
        QCOMPARE(qFromLittleEndian<quint64>(bytes.constData()) % 8, quint64{0});
        QVERIFY(decode(bytes));
    }
}

void TestModelFile::keepsClassNames()
{
    ModelFile model = someModel(Precision::Double);
    const QByteArray without = encoded(model);
    model.classNames = {"0", "1"}; // which are no names
    QCOMPARE(encoded(model), without);
    model.classNames = {"T-shirt", "caf\u00e9 \"x\""};
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->classNames, model.classNames);
    QCOMPARE(encoded(*back), bytes);
    model.classNames = {"caf\xe9"};
    const auto latin = decode(encoded(model));
    QVERIFY(latin);
    QCOMPARE(latin->classNames.size(), std::size_t{1});
    QByteArray broken = bytes;
    broken.replace("[\\\"T-shirt\\\"", "[12345678901");
    QCOMPARE(broken.size(), bytes.size());
    const auto refused = decode(broken);
    QVERIFY(!refused);
    QVERIFY2(refused.error().what.find("classes") != std::string::npos, refused.error().message().c_str());
}

void TestModelFile::keepsTheInputsScale()
{
    ModelFile model = someModel(Precision::Float);
    const QByteArray without = encoded(model);
    QVERIFY(
        !without.contains("input_scale")); // older readers find nothing new where there is nothing to tell
    model.scale = {{0.1, 1.0 / 3.0},
                   {-1e300, std::numeric_limits<double>::denorm_min()},
                   {std::nextafter(1.0, 2.0), 0.0},
                   {-0.0, std::numeric_limits<double>::max()},
                   {123456789.123456789, 2.0}};
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->scale.size(), model.scale.size());
    for (std::size_t i = 0; i < model.scale.size(); ++i) {
        QCOMPARE(std::bit_cast<quint64>(back->scale[i].mean), std::bit_cast<quint64>(model.scale[i].mean));
        QCOMPARE(std::bit_cast<quint64>(back->scale[i].deviation),
                 std::bit_cast<quint64>(model.scale[i].deviation));
    }
    QCOMPARE(encoded(*back), bytes);

    // Too long beside a history, and too long by itself: the weights are read again in any case.
    model.history = "\"" + std::string((std::size_t{16} << 20) - 400, 'x') + "\"";
    const auto scaleFirst = decode(encoded(model));
    QVERIFY2(scaleFirst, scaleFirst ? "" : scaleFirst.error().message().c_str());
    QVERIFY(scaleFirst->history.empty() && scaleFirst->scale == model.scale);
    constexpr int wide = 1'000'000;
    ModelFile large;
    large.parameters.stack = {wide, {{1, Activation::Softmax}}};
    large.parameters.parameters.assign(wide + 1, 0.5);
    large.scale.assign(wide, {1.0 / 3.0, 2.0 / 3.0});
    const auto cut = decode(encoded(large));
    QVERIFY2(cut, cut ? "" : cut.error().message().c_str());
    QVERIFY(cut->scale.empty());
}

void TestModelFile::keepsTheInitialFile()
{
    ModelFile model = someModel(Precision::Double);
    model.initial = InitialFile{"/home/caf\u00e9 \"x\"/first one.safetensors", std::string(64, 'a')};
    model.recorded = false;
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->initial, model.initial);
    QVERIFY(!back->recorded);
    QCOMPARE(encoded(*back), bytes);
    model.initial = InitialFile{"/" + std::string(4090, '\xe9'), {}}; // Latin-1 in a name, as long as may be
    const QByteArray latin = encoded(model);
    const auto replaced = decode(latin);
    QVERIFY2(replaced, replaced ? "" : replaced.error().message().c_str());
    QCOMPARE(replaced->initial->file.size(), std::size_t{1 + 3 * 4090});
    QCOMPARE(encoded(*replaced), latin); // what was written is what comes back
    model.initial = InitialFile{};       // weights that were in no file
    model.recorded = true;
    const auto nowhere = decode(encoded(model));
    QVERIFY(nowhere && nowhere->recorded);
    QCOMPARE(nowhere->initial, model.initial);
    model.initial.reset();
    const auto drawn = decode(encoded(model));
    QVERIFY(drawn && !drawn->initial);
}

void TestModelFile::writesNothingThatItDoesNotRead()
{
    ModelFile model = someModel(Precision::Float);
    model.parameters.parameters[0] = 1e300;                                    // beyond float
    model.history = "\"" + std::string(std::size_t{17} << 20, 'x') + "\""; // beyond the header's limit
    const auto back = decode(encoded(model));
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->parameters.parameters[0] == static_cast<double>(std::numeric_limits<float>::max()));
    QVERIFY(back->history.empty());
    QCOMPARE(back->settings, model.settings);
}

void TestModelFile::everyTruncationIsAnError()
{
    const QByteArray bytes = encoded(someModel(Precision::Float));
    for (qsizetype size = 0; size < bytes.size(); ++size) {
        // A copy of exactly that size, so that a sanitizer sees a read beyond it.
        const QByteArray cut(bytes.constData(), size);
        const auto model = decode(cut);
        QVERIFY2(!model, qPrintable(QString::number(size)));
        QVERIFY(text(model.error().what).startsWith("model file test"));
        QVERIFY(!model.error().why.empty() && !model.error().mend.empty());
    }
    QVERIFY(!decode(bytes + '\0'));
}

void TestModelFile::bitFlipsAreSurvived()
{
    const ModelFile original = someModel(Precision::Float);
    const QByteArray bytes = encoded(original);
    Random random = makeRandom(8);
    int loaded = 0;
    int refused = 0;
    for (int i = 0; i < 10'000; ++i) {
        QByteArray flipped = bytes;
        const auto flips = 1 + uniformBelow(random, 3);
        for (std::uint64_t flip = 0; flip < flips; ++flip) {
            const std::uint64_t bit = uniformBelow(random, static_cast<std::uint64_t>(bytes.size()) * 8);
            char& byte = flipped.data()[bit / 8];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
        }
        const auto model = decode(flipped);
        if (!model) {
            ++refused;
            QVERIFY(text(model.error().what).startsWith("model file test"));
            continue;
        }
        ++loaded;
        QCOMPARE(model->parameters.parameters.size(), original.parameters.parameters.size());
        QVERIFY(validate(model->parameters.stack));
        for (const double value : model->parameters.parameters)
            QVERIFY(std::isfinite(value));
    }
    QVERIFY(loaded > 100 && refused > 100);
}

void TestModelFile::randomBytesAreSurvived()
{
    Random random = makeRandom(9);
    for (int i = 0; i < 2'000; ++i) {
        QByteArray header(static_cast<qsizetype>(uniformBelow(random, 100)), '\0');
        for (char& byte : header)
            byte = i % 2 == 0 ? static_cast<char>(nextBits(random))
                              : R"({}[]",:0-e\ )"[uniformBelow(random, 12)];
        QVERIFY(!decode(handBuilt("{" + header, 8)));
        QVERIFY(!decode(header));
    }
}

void TestModelFile::refusesHeaders_data()
{
    QTest::addColumn<QJsonObject>("header");
    QTest::addColumn<QString>("tensorName");
    QTest::addColumn<QString>("why");
    const auto row = [](const char* name, const QJsonObject& header, const char* tensorName,
                        const char* why) {
        QTest::newRow(name) << header << QString(tensorName) << QString(why);
    };
    const auto changed = [](const char* name, const QJsonValue& entry) {
        return with(smallTensors(), name, entry);
    };
    const char* weight = "layers.0.weight";
    const char* bias = "layers.1.bias";

    // 2^32 * 2^32 is 0 in 64 bits; 2^33 * 2^31 likewise.
    row("overflow", changed(weight, tensor("F32", {4294967296.0, 4294967296.0}, 0, 0)), weight,
        "larger than the file");
    row("overflow to size", changed(weight, tensor("F32", {8589934592.0, 2147483648.0}, 0, 24)), weight,
        "larger than the file");
    row("1e18", changed(weight, tensor("F32", {1e18, 2}, 0, 24)), weight, "shape");
    row("1e30", changed(weight, tensor("F32", {1e30, 2}, 0, 24)), weight, "whole numbers");
    row("negative", changed(weight, tensor("F32", {-3, -2}, 0, 24)), weight, "whole numbers");
    row("fraction", changed(weight, tensor("F32", {1.5, 4}, 0, 24)), weight, "whole numbers");
    row("zero", changed(weight, tensor("F32", {0, 2}, 0, 0)), weight, "has a 0");
    row("text", changed(weight, tensor("F32", {"3", 2}, 0, 24)), weight, "whole numbers");
    row("one dimension", changed(weight, tensor("F32", {6}, 0, 24)), weight, "dimensions");
    row("three dimensions", changed(weight, tensor("F32", {3, 2, 1}, 0, 24)), weight, "dimensions");
    row("no dimension", changed(bias, tensor("F32", {}, 60, 68)), bias, "dimensions");
    row("matrix as bias", changed(bias, tensor("F32", {2, 1}, 60, 68)), bias, "dimensions");

    row("overlap", changed("layers.1.weight", tensor("F32", {2, 3}, 32, 56)), "layers.1.weight", "overlap");
    row("the same bytes", changed("layers.1.weight", tensor("F32", {2, 3}, 0, 24)), "", "overlap");
    row("outside", changed(bias, tensor("F32", {2}, 64, 72)), bias, "outside");
    row("far outside", changed(bias, tensor("F32", {2}, 1e15, 1e15 + 8)), bias, "outside");
    row("backwards", changed(bias, tensor("F32", {2}, 68, 60)), bias, "end before they begin");
    row("negative offset", changed(bias, tensor("F32", {2}, -8, 0)), bias, "data_offsets");
    row("wrong size", changed(bias, tensor("F32", {2}, 60, 67)), bias, "do not have the size");
    row("double size", changed(weight, tensor("F64", {3, 2}, 0, 24)), weight, "do not have the size");
    row("one offset",
        changed(bias,
                QJsonObject{{"dtype", "F32"}, {"shape", QJsonArray{2}}, {"data_offsets", QJsonArray{60}}}),
        bias, "data_offsets");
    row("a hole",
        {{"layers.0.weight", tensor("F32", {10, 1}, 0, 40)}, {"layers.0.bias", tensor("F32", {6}, 44, 68)}},
        "layers.0.bias", "belong to no tensor");
    row("bytes at the end",
        {{"layers.0.weight", tensor("F32", {3, 2}, 0, 24)}, {"layers.0.bias", tensor("F32", {3}, 24, 36)}},
        "", "32 bytes at its end");

    row("half precision", changed(weight, tensor("F16", {3, 2}, 0, 12)), weight, "'F16'");
    row("no dtype",
        changed(weight, QJsonObject{{"shape", QJsonArray{3, 2}}, {"data_offsets", QJsonArray{0, 24}}}),
        weight, "dtype");
    row("mixed dtypes",
        {{"layers.0.weight", tensor("F32", {9, 1}, 0, 36)}, {"layers.0.bias", tensor("F64", {4}, 36, 68)}},
        "layers.0.bias", "differs");
    row("not an object", changed(weight, 5), weight, "object");

    row("unknown name", changed("conv.weight", tensor("F32", {2}, 60, 68)), "conv.weight", "name");
    row("leading zero", changed("layers.01.bias", tensor("F32", {2}, 60, 68)), "layers.01.bias", "name");
    row("more than 64", changed("layers.64.bias", tensor("F32", {2}, 60, 68)), "layers.64.bias", "name");
    row("huge number", changed("layers.99999999999999999999.bias", tensor("F32", {2}, 60, 68)),
        "layers.99999999999999999999.bias", "name");
    row("no weight", without(smallTensors(), "layers.0.weight"), "", "'layers.0.weight' is missing");
    row("no bias", without(smallTensors(), "layers.1.bias"), "", "'layers.1.bias' is missing");
    row("gap",
        {{"layers.1.weight", tensor("F32", {2, 3}, 0, 24)}, {"layers.1.bias", tensor("F32", {2}, 24, 32)}},
        "", "'layers.0.weight' is missing");
    row("nothing", {}, "", "no tensors");

    row("chain", changed("layers.1.weight", tensor("F32", {3, 2}, 36, 60)), "layers.1.weight", "2 inputs");
    row("bias of another size",
        {{"layers.0.weight", tensor("F32", {3, 4}, 0, 48)}, {"layers.0.bias", tensor("F32", {5}, 48, 68)}},
        "layers.0.bias", "3 units");

    row("newer", withMetadata({{"format", "chainrule/2"}}), "", "newer version");
    row("newer, otherwise strange",
        {{"__metadata__", QJsonObject{{"format", "chainrule/12"}}}, {"blocks", 3}}, "", "newer version");
    row("unknown format", withMetadata({{"format", "chainrule/one"}}), "", "'chainrule/one'");
    row("metadata a list", with(smallTensors(), "__metadata__", QJsonArray{}), "", "object");
    row("metadata a number", withMetadata({{"settings", 3}}), "", "'settings' is not a text");
    row("settings not JSON", withMetadata({{"settings", "{"}}), "", "JSON");
    row("history deep", withMetadata({{"history", QString(1000, '[') + QString(1000, ']')}}), "", "deep");
    row("layers not JSON", withMetadata({{"layers", "128:relu"}}), "", "JSON");
    row("layers not a list", withMetadata({{"layers", "{}"}}), "", "list");
    row("layers too few", withMetadata({{"layers", R"([{"units":3,"activation":"relu"}])"}}), "", "1 layers");
    row("layers of other units",
        withMetadata({{"layers", R"([{"units":4,"activation":"relu"},{"units":2,"activation":"softmax"}])"}}),
        "layers.0.weight", "4 units");
    row("layers of unknown activation",
        withMetadata({{"layers", R"([{"units":3,"activation":"gelu"},{"units":2,"activation":"softmax"}])"}}),
        "", "'gelu'");
    row("layers without softmax",
        withMetadata({{"layers", R"([{"units":3,"activation":"relu"},{"units":2,"activation":"linear"}])"}}),
        "", "softmax");
    // The small network has 2 inputs.
    const auto scale = [](const char* text) { return withMetadata({{"input_scale", text}}); };
    row("scale not JSON", scale("[1,"), "input_scale", "JSON");
    row("scale a list", scale("[1,2]"), "input_scale", "'mean'");
    row("scale without deviations", scale(R"({"mean":[1,2]})"), "input_scale", "'deviation'");
    row("scale of too few", scale(R"({"mean":[1],"deviation":[1,1]})"), "mean", "1 numbers");
    row("scale of too many", scale(R"({"mean":[1,2],"deviation":[1,1,1]})"), "deviation", "3 numbers");
    row("scale of words", scale(R"({"mean":[1,"2"],"deviation":[1,1]})"), "mean, entry 1", "finite");
    row("scale of null", scale(R"({"mean":[1,2],"deviation":[null,1]})"), "deviation, entry 0", "finite");
    row("scale of infinity", scale(R"({"mean":[1e999,2],"deviation":[1,1]})"), "input_scale", "JSON");
    row("scale of NaN", scale(R"({"mean":[NaN,2],"deviation":[1,1]})"), "input_scale", "JSON");
    row("scale below 0", scale(R"({"mean":[1,2],"deviation":[1,-1]})"), "deviation, entry 1", "below 0");
    row("scale of very many",
        scale(qPrintable("{\"mean\":[" + QStringLiteral("1,").repeated(100000) + "1],\"deviation\":[]}")),
        "input_scale", "values");
    const auto init = [](const QString& text) { return withMetadata({{"init", text}}); };
    row("init a list", init("[]"), "init", "file");
    row("init without sha256", init(R"({"file":"/a"})"), "init", "sha256");
    row("init with another hash", init(R"({"file":"/a","sha256":"0123"})"), "init", "sha256");
    row("init of a long name", init("{\"file\":\"/" + QString(16000, 'a') + "\",\"sha256\":\"\"}"), "init",
        "name");
    row("layers without units", withMetadata({{"layers", R"([{"activation":"relu"},5])"}}), "", "units");
}

void TestModelFile::refusesHeaders()
{
    QFETCH(QJsonObject, header);
    QFETCH(QString, tensorName);
    QFETCH(QString, why);
    QVERIFY(decode(handBuilt(smallTensors(), smallBytes))); // what the row changed is at fault
    const auto model = decode(handBuilt(header, smallBytes));
    QVERIFY(!model);
    const QString message = text(model.error().message());
    QVERIFY2(message.startsWith("model file test"), qPrintable(message));
    QVERIFY2(message.contains(tensorName), qPrintable(message));
    QVERIFY2(message.contains(why), qPrintable(message));
    QVERIFY(!model.error().mend.empty());
}

void TestModelFile::refusesLengths()
{
    const QByteArray good = handBuilt(smallTensors(), smallBytes);
    QVERIFY(decode(good));
    const auto headerLength = qFromLittleEndian<quint64>(good.constData());
    for (const quint64 length :
         {quint64{0}, quint64{1}, headerLength - 1, headerLength + 1, static_cast<quint64>(good.size()) - 8,
          static_cast<quint64>(good.size()) - 7, quint64{16} << 20, quint64{1'000'000'000}, quint64{1} << 63,
          std::numeric_limits<quint64>::max()}) {
        QByteArray bytes = good;
        qToLittleEndian<quint64>(length, bytes.data());
        QVERIFY(!decode(bytes));
    }
    QByteArray bytes = good;
    qToLittleEndian<quint64>(1'000'000'000, bytes.data());
    QVERIFY(text(decode(bytes).error().why).contains("1000000000 bytes"));
    QVERIFY(text(decode("<!DOCTYPE html><html></html>").error().why).contains("not a safetensors file"));
}

void TestModelFile::refusesTexts_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("why");
    const QByteArray good = QJsonDocument(smallTensors()).toJson(QJsonDocument::Compact);
    const QByteArray inside = good.mid(1, good.size() - 2);
    QTest::newRow("deep") << "{\"a\":" + QByteArray(1'000'000, '[') + QByteArray(1'000'000, ']') + "}"
                          << "deep";
    QTest::newRow("deep and open") << "{\"a\":" + QByteArray(1'000'000, '[') << "deep";
    QTest::newRow("deep objects") << QByteArray("{\"a\":").repeated(1'000'000) << "deep";
    QTest::newRow("tensor twice") << "{" + inside + "," + inside + "}"
                                  << "twice";
    QTest::newRow("member twice") << QByteArray(good).replace(R"("dtype":"F32")",
                                                              R"("dtype":"F32","dtype":"F32")")
                                  << "twice";
    QTest::newRow("very many values") << "{\"a\":[0" + QByteArray(",0").repeated(1'000'000) + "]}"
                                      << "values";
    QTest::newRow("after a zero byte") << good + QByteArray("\0{", 2) << "zero byte";
    QTest::newRow("after the end") << good + "{}"
                                   << "JSON";
    QTest::newRow("not UTF-8") << "{\"\xff\":1," + inside + "}"
                               << "JSON";
}

void TestModelFile::refusesTexts()
{
    QFETCH(QByteArray, header);
    QFETCH(QString, why);
    const auto model = decode(handBuilt(header, smallBytes));
    QVERIFY(!model);
    QVERIFY2(text(model.error().why).contains(why), model.error().message().c_str());
}

void TestModelFile::refusesNonFinite_data()
{
    QTest::addColumn<Precision>("precision");
    QTest::addColumn<double>("value");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const Precision precision : {Precision::Float, Precision::Double}) {
        const char* name = precision == Precision::Float ? "float" : "double";
        QTest::addRow("NaN, %s", name) << precision << std::numeric_limits<double>::quiet_NaN();
        QTest::addRow("infinity, %s", name) << precision << infinity;
        QTest::addRow("-infinity, %s", name) << precision << -infinity;
    }
}

void TestModelFile::refusesNonFinite()
{
    QFETCH(Precision, precision);
    QFETCH(double, value);
    ModelFile model = someModel(precision);
    model.parameters.parameters[layerSpans(model.parameters.stack)[1].weight + 7] = value;
    const auto back = decode(encoded(model));
    QVERIFY(!back);
    QVERIFY(text(back.error().what).contains("layers.1.weight"));
    QVERIFY(text(back.error().why).contains("value 7 "));
}

void TestModelFile::loadsFiles()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("a model with ünïcode.safetensors");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QByteArray bytes = encoded(someModel(Precision::Float));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    const auto model = loadModel(path.toStdString());
    QVERIFY2(model, model ? "" : model.error().message().c_str());
    QCOMPARE(encoded(*model), bytes);

    for (const QString& wrong :
         {folder.filePath("missing"), folder.path(), QString("/dev/zero"), QString()}) {
        const auto failed = loadModel(wrong.toStdString());
        QVERIFY(!failed);
        QVERIFY(text(failed.error().what).contains(wrong));
        QVERIFY(!failed.error().why.empty() && !failed.error().mend.empty());
    }
    // A sparse file larger than any model is refused by its size, before it is read.
    QVERIFY(file.resize(qint64{1} << 33));
    QVERIFY(text(loadModel(path.toStdString()).error().why).contains("larger than"));
    QVERIFY(file.resize(0));
    QVERIFY(text(loadModel(path.toStdString()).error().why).contains("empty"));
}

QTEST_GUILESS_MAIN(TestModelFile)
#include "tst_modelfile.moc"
