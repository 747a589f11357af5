// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/initialweights.h"
#include "tests/core/modelbytes.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace chainrule;
using namespace chainrule::tests;

class TestModelFile : public QObject {
    Q_OBJECT

private slots:
    void comesBack_data();
    void comesBack();
    void readByAnIndependentReader_data();
    void readByAnIndependentReader();
    void readByPython();
    void readsForeignFiles();
    void version1HasTheseBytes();
    void version2SaysTheRest_data();
    void version2SaysTheRest();
    void version2KeepsTheInputShape();
    void headerIsAligned();
    void keepsClassNames();
    void keepsTheInputsScale();
    void keepsTheInitialFile();
    void writesNothingThatItDoesNotRead();
    void everyTruncationIsAnError();
    void bitFlipsAreSurvived();
    void randomBytesAreSurvived();
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
    QVERIFY(back->network.stack == model.network.stack);
    QVERIFY(back->network.parameters == model.network.parameters); // bit for bit: none is NaN
    QCOMPARE(back->network.precision, precision);
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
            QVERIFY(value == model.network.parameters.at(next++));
        }
    }
    QCOMPARE(next, model.network.parameters.size());
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
    const auto spans = layerSpans(model.network.stack);
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QVERIFY2(lines[i].startsWith(starts[i]), qPrintable(lines[i]));
        const LayerSpan& span = spans[static_cast<std::size_t>(i / 2)];
        const bool isBias = i % 2 == 0;
        const std::size_t begin = isBias ? span.bias : span.weight;
        const std::size_t end = isBias ? span.bias + static_cast<std::size_t>(span.units) : span.bias;
        double sum = 0.0;
        for (std::size_t at = begin; at < end; ++at)
            sum += model.network.parameters[at];
        const QStringList words = lines[i].split(' ');
        const double pythonSum = std::strtod(words[words.size() - 2].toLatin1().constData(), nullptr);
        const double pythonLast = std::strtod(words.back().toLatin1().constData(), nullptr);
        QVERIFY(std::abs(sum - pythonSum) < 1e-14);
        QVERIFY(pythonLast == model.network.parameters[end - 1]);
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
    QVERIFY(model->network.stack == stack);
    QCOMPARE(model->network.precision, Precision::Float);
    QVERIFY(model->settings.empty() && model->history.empty());
    const std::vector<double> expected{11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 0.5, 1.5, 2.5,
                                       5.5,  6.5,  7.5,  8.5,  9.5,  10.5, 3.5, 4.5};
    QVERIFY(model->network.parameters == expected);

    QVERIFY(decode(handBuilt(withMetadata({{"format", "pt"}}), smallBytes)));
    QVERIFY(decode(handBuilt(withMetadata({}), smallBytes)));
    // Padded with spaces.
    QVERIFY(decode(handBuilt(QJsonDocument(tensors).toJson() + "     \n  ", smallBytes)));
}

// What version 1 can say is the bytes that it always was, whatever the program has learned since.
void TestModelFile::version1HasTheseBytes()
{
    ModelFile model;
    model.network.stack = {Shape(1, 1, 2), {{2, Activation::Relu}, {2, Activation::Softmax}}};
    model.network.parameters = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    model.network.outputNames = {"no", "yes"};
    model.network.scale = {{0.5, 2.0}, {-1.0, 0.25}};
    model.settings = "{}";
    model.history = "[]";
    model.next = "{}";
    model.initial = InitialFile{"/a", {}};
    model.recorded = false;
    QByteArray header =
        R"({"__metadata__":{"format":"chainrule/1","layers":"[{\"units\":2,\"activation\":\"relu\"},)"
        R"({\"units\":2,\"activation\":\"softmax\"}]","settings":"{}","classes":"[\"no\",\"yes\"]",)"
        R"("input_scale":"{\"mean\":[0.5,-1.0],\"deviation\":[2.0,0.25]}",)"
        R"("init":"{\"file\":\"/a\",\"sha256\":\"\"}","recorded":"no","next":"{}","history":"[]"},)"
        R"("layers.0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
        R"("layers.0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
        R"("layers.1.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[24,40]},)"
        R"("layers.1.bias":{"dtype":"F32","shape":[2],"data_offsets":[40,48]}})";
    header += QByteArray((8 - header.size() % 8) % 8, ' ');
    QByteArray expected = handBuilt(header, 48);
    for (int i = 0; i < 12; ++i)
        qToLittleEndian(static_cast<float>(i + 1), expected.data() + 8 + header.size() + 4 * i);
    QCOMPARE(encoded(model), expected);
    model.network.stack.input = Shape(2, 1, 1); // which version 1 does not tell
    QCOMPARE(encoded(model), expected);
    const auto back = decode(expected);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->network.stack.input == Shape(2));
    QVERIFY(back->network.loss == Loss::CrossEntropy);
}

void TestModelFile::version2SaysTheRest_data()
{
    QTest::addColumn<QString>("layers");
    QTest::addColumn<Loss>("loss");
    QTest::addColumn<bool>("isNew");
    for (const ActivationRow& row : activationTable) {
        const QString name = QString::fromLatin1(row.name.data());
        QTest::addRow("%s inside", row.name.data())
            << "4:" + name + ",2:softmax" << Loss::CrossEntropy
            << !QStringList{"relu", "sigmoid", "tanh", "linear", "softmax"}.contains(name);
        if (lossFits(Loss::Squared, row.activation))
            QTest::addRow("%s at the end", row.name.data()) << "4:relu,2:" + name << Loss::Squared << true;
    }
    QTest::newRow("dropout") << "dropout:0.125,4:relu,dropout:0.2,dropout:0,2:softmax" << Loss::CrossEntropy
                             << true;
    QTest::newRow("binary") << "4:relu,1:sigmoid" << Loss::Binary << true;
}

void TestModelFile::version2SaysTheRest()
{
    QFETCH(QString, layers);
    QFETCH(Loss, loss);
    QFETCH(bool, isNew);
    Random random = makeRandom(5);
    ModelFile model;
    model.network = makeNetwork({3, *parseLayers(layers.toStdString())}, {WeightRule::Xavier}, random, loss);
    model.network.precision = Precision::Double;
    const QByteArray bytes = encoded(model);
    QCOMPARE(bytes.contains("\"chainrule/2\""), isNew);
    QCOMPARE(bytes.contains("\"chainrule/1\""), !isNew);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->network.stack == model.network.stack);
    QCOMPARE(back->network.loss, loss);
    QVERIFY(back->network.parameters == model.network.parameters);
    QCOMPARE(encoded(*back), bytes);
}

void TestModelFile::version2KeepsTheInputShape()
{
    Random random = makeRandom(5);
    ModelFile model;
    model.network = makeNetwork({Shape(1, 3, 2), {{2, Activation::Gelu}, {2, Activation::Softmax}}},
                                {WeightRule::Xavier}, random);
    const QByteArray bytes = encoded(model);
    QVERIFY(bytes.contains(R"("input":"[1,3,2]")"));
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->network.stack == model.network.stack);
    for (const char* wrong : {"[1,3,3]", "[0,3,2]", "[6,1,0]", "[6,1]  ", "[-1,-3]", "[1,2,4]", "[1,1,1]"}) {
        QByteArray broken = bytes;
        broken.replace("[1,3,2]", QByteArray(wrong).leftJustified(7));
        const auto refused = decode(broken);
        QVERIFY2(!refused, wrong);
        QVERIFY(text(refused.error().what).endsWith("metadata, input"));
    }
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
    model.network.outputNames = {"0", "1"}; // which are no names
    QCOMPARE(encoded(model), without);
    model.network.outputNames = {"T-shirt", "caf\u00e9 \"x\""};
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->network.outputNames, model.network.outputNames);
    QCOMPARE(encoded(*back), bytes);
    model.network.outputNames = {"caf\xe9"};
    const auto latin = decode(encoded(model));
    QVERIFY(latin);
    QCOMPARE(latin->network.outputNames.size(), std::size_t{1});
    QByteArray broken = bytes;
    broken.replace("[\\\"T-shirt\\\"", "[12345678901");
    QCOMPARE(broken.size(), bytes.size());
    const auto refused = decode(broken);
    QVERIFY(!refused);
    QVERIFY2(text(refused.error().what).contains("classes"), refused.error().message().c_str());
}

void TestModelFile::keepsTheInputsScale()
{
    ModelFile model = someModel(Precision::Float);
    const QByteArray without = encoded(model);
    QVERIFY(
        !without.contains("input_scale")); // older readers find nothing new where there is nothing to tell
    model.network.scale = {{0.1, 1.0 / 3.0},
                           {-1e300, std::numeric_limits<double>::denorm_min()},
                           {std::nextafter(1.0, 2.0), 0.0},
                           {-0.0, std::numeric_limits<double>::max()},
                           {123456789.123456789, 2.0}};
    const QByteArray bytes = encoded(model);
    const auto back = decode(bytes);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->network.scale.size(), model.network.scale.size());
    for (std::size_t i = 0; i < model.network.scale.size(); ++i) {
        QCOMPARE(std::bit_cast<quint64>(back->network.scale[i].mean),
                 std::bit_cast<quint64>(model.network.scale[i].mean));
        QCOMPARE(std::bit_cast<quint64>(back->network.scale[i].deviation),
                 std::bit_cast<quint64>(model.network.scale[i].deviation));
    }
    QCOMPARE(encoded(*back), bytes);

    // Too long beside a history, and too long by itself: the weights are read again in any case.
    model.history = "\"" + std::string((std::size_t{16} << 20) - 400, 'x') + "\"";
    const auto scaleFirst = decode(encoded(model));
    QVERIFY2(scaleFirst, scaleFirst ? "" : scaleFirst.error().message().c_str());
    QVERIFY(scaleFirst->history.empty() && scaleFirst->network.scale == model.network.scale);
    constexpr int wide = 1'000'000;
    ModelFile large;
    large.network.stack = {wide, {{1, Activation::Softmax}}};
    large.network.parameters.assign(wide + 1, 0.5);
    large.network.scale.assign(wide, {1.0 / 3.0, 2.0 / 3.0});
    const auto cut = decode(encoded(large));
    QVERIFY2(cut, cut ? "" : cut.error().message().c_str());
    QVERIFY(cut->network.scale.empty());
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
    model.network.parameters[0] = 1e300;                                   // beyond float
    model.history = "\"" + std::string(std::size_t{17} << 20, 'x') + "\""; // beyond the header's limit
    const auto back = decode(encoded(model));
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QVERIFY(back->network.parameters[0] == static_cast<double>(std::numeric_limits<float>::max()));
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
        QCOMPARE(model->network.parameters.size(), original.network.parameters.size());
        QVERIFY(validate(model->network.stack, model->network.loss));
        for (const double value : model->network.parameters)
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
