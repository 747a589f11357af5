// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/formats/onnx.h"
#include "core/network/initialweights.h"
#include "tests/core/plainoutputs.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtEndian>
#include <QtTest>

#include <bit>
#include <cmath>
#include <map>
#include <optional>

using namespace chainrule;
using chainrule::tests::plainOutputs;

namespace {

/// One field of a Protocol Buffers message, read by the wire format's definition.
struct Field {
    int number = 0;
    quint64 value = 0;  ///< of kind 0
    QByteArray content; ///< of kind 2
};

std::optional<quint64> varint(const QByteArray& bytes, qsizetype& at)
{
    quint64 value = 0;
    for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
        const auto byte = static_cast<quint8>(bytes[at++]);
        value |= quint64(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    return {};
}

std::optional<std::vector<Field>> fieldsOf(const QByteArray& bytes)
{
    std::vector<Field> fields;
    for (qsizetype at = 0; at < bytes.size();) {
        const auto key = varint(bytes, at);
        const auto value = key ? varint(bytes, at) : std::nullopt;
        if (!value || ((*key & 7) != 0 && (*key & 7) != 2))
            return {};
        Field field{static_cast<int>(*key >> 3), *value, {}};
        if ((*key & 7) == 2) {
            field.content = bytes.mid(at, static_cast<qsizetype>(*value));
            if (field.content.size() != static_cast<qsizetype>(*value))
                return {};
            at += field.content.size();
        }
        fields.push_back(field);
    }
    return fields;
}

std::vector<QByteArray> contents(const QByteArray& message, int number)
{
    std::vector<QByteArray> found;
    for (const Field& field : fieldsOf(message).value_or(std::vector<Field>())) {
        if (field.number == number)
            found.push_back(field.content);
    }
    return found;
}

std::vector<quint64> values(const QByteArray& message, int number)
{
    std::vector<quint64> found;
    for (const Field& field : fieldsOf(message).value_or(std::vector<Field>())) {
        if (field.number == number)
            found.push_back(field.value);
    }
    return found;
}

QByteArray one(const QByteArray& message, int number)
{
    const auto all = contents(message, number);
    return all.size() == 1 ? all.front() : QByteArray("?");
}

Network network(const std::vector<Layer>& layers, int inputs = 5)
{
    Random random = makeRandom(7);
    return makeNetwork({inputs, layers}, {WeightRule::Xavier}, random);
}

OnnxNotes notes()
{
    return {"1.2.3", "What it does", {{"class_names", "[\"a\"]"}, {"data", "none"}}};
}

} // namespace

class TestOnnx : public QObject {
    Q_OBJECT

private slots:
    void isAModelOfOpset13()
    {
        const Network parameters = network({{4, Activation::Relu}, {3, Activation::Softmax}});
        const QByteArray model = QByteArray::fromStdString(encodeOnnx(parameters, Precision::Float, notes()));
        QVERIFY(fieldsOf(model));
        QCOMPARE(values(model, 1), std::vector<quint64>{7}); // IR version
        QCOMPARE(one(model, 2), QByteArray("Chainrule"));
        QCOMPARE(one(model, 3), QByteArray("1.2.3"));
        QCOMPARE(one(model, 6), QByteArray("What it does"));
        QCOMPARE(values(one(model, 8), 2), std::vector<quint64>{13});
        const auto metadata = contents(model, 14);
        QCOMPARE(metadata.size(), std::size_t(2));
        QCOMPARE(one(metadata[0], 1), QByteArray("class_names"));
        QCOMPARE(one(metadata[0], 2), QByteArray("[\"a\"]"));

        const QByteArray graph = one(model, 7);
        const auto nodes = contents(graph, 1);
        const struct {
            const char* op;
            std::vector<QByteArray> inputs;
            const char* output;
        } expected[] = {{"Gemm", {"input", "layers.0.weight", "layers.0.bias"}, "layers.0.sum"},
                        {"Relu", {"layers.0.sum"}, "layers.0.output"},
                        {"Gemm", {"layers.0.output", "layers.1.weight", "layers.1.bias"}, "layers.1.sum"},
                        {"Softmax", {"layers.1.sum"}, "probabilities"}};
        QCOMPARE(nodes.size(), std::size(expected));
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            QCOMPARE(one(nodes[i], 4), QByteArray(expected[i].op));
            QCOMPARE(contents(nodes[i], 1), expected[i].inputs);
            QCOMPARE(one(nodes[i], 2), QByteArray(expected[i].output));
        }
        // The batch has a name and no length; the width has a length.
        for (const int number : {11, 12}) {
            const QByteArray info = one(graph, number);
            QCOMPARE(one(info, 1), QByteArray(number == 11 ? "input" : "probabilities"));
            const QByteArray type = one(one(info, 2), 1);
            QCOMPARE(values(type, 1), std::vector<quint64>{1});
            const auto dims = contents(one(type, 2), 1);
            QCOMPARE(dims.size(), std::size_t(2));
            QCOMPARE(one(dims[0], 2), QByteArray("batch"));
            QCOMPARE(values(dims[1], 1), std::vector<quint64>{number == 11 ? 5U : 3U});
        }
        const auto tensors = contents(graph, 5);
        QCOMPARE(tensors.size(), std::size_t(4));
        QCOMPARE(values(tensors[0], 1), (std::vector<quint64>{4, 5}));
        QCOMPARE(one(tensors[2], 8), QByteArray("layers.1.weight"));
        const QByteArray raw = one(tensors[2], 9);
        QCOMPARE(raw.size(), 3 * 4 * 4);
        for (int i = 0; i < 12; ++i)
            QCOMPARE(std::bit_cast<float>(qFromLittleEndian<quint32>(raw.constData() + 4 * i)),
                     static_cast<float>(parameters.parameters[24 + static_cast<std::size_t>(i)]));
        QCOMPARE(QByteArray::fromStdString(encodeOnnx(parameters, Precision::Float, notes())), model);
    }

    void predictsTheSame_data()
    {
        QTest::addColumn<QString>("layers");
        QTest::addColumn<Loss>("loss");
        QTest::addColumn<bool>("isDouble");
        // Every activation that there is, hidden and, where it can be, as the output.
        for (const ActivationRow& row : activationTable) {
            for (const bool isDouble : {false, true}) {
                const QString name = QString::fromLatin1(row.name.data());
                const QString kind = name + (isDouble ? ", double" : ", float");
                QTest::newRow(qPrintable(kind)) << QStringLiteral("7:%1,dropout:0.5,6:%1,4:softmax").arg(name)
                                                << Loss::CrossEntropy << isDouble;
                if (lossFits(Loss::Squared, row.activation)) {
                    QTest::newRow(qPrintable(kind + ", at the end"))
                        << "7:tanh,4:" + name << Loss::Squared << isDouble;
                }
            }
        }
        QTest::newRow("yes or no") << "7:tanh,1:sigmoid" << Loss::Binary << true;
        QTest::newRow("one layer") << "3:softmax" << Loss::CrossEntropy << false;
        QTest::newRow("a table's own numbers, float") << "7:tanh,4:softmax" << Loss::CrossEntropy << false;
        QTest::newRow("a table's own numbers, double") << "7:tanh,4:softmax" << Loss::CrossEntropy << true;
        QTest::newRow("large") << "64:relu,32:tanh,16:sigmoid,10:softmax" << Loss::CrossEntropy << false;
    }

    void predictsTheSame()
    {
        QFETCH(QString, layers);
        QFETCH(Loss, loss);
        QFETCH(bool, isDouble);
        const auto stack = parseLayers(layers.toStdString());
        QVERIFY(stack);
        const Precision precision = isDouble ? Precision::Double : Precision::Float;
        Network parameters = network(*stack, 9);
        parameters.loss = loss;
        QVERIFY(validate(parameters.stack, loss));
        if (!isDouble) {
            for (double& value : parameters.parameters)
                value = static_cast<double>(static_cast<float>(value));
        }
        constexpr std::size_t rows = 11;
        const bool isTable = QByteArray(QTest::currentDataTag()).startsWith("a table");
        std::vector<InputScale> scale;
        std::vector<double> features;
        QByteArray inputs;
        for (std::size_t i = 0; i < rows * 9; ++i) {
            const auto value = static_cast<float>(std::fmod(static_cast<double>(i) * 0.37, 1.0));
            features.push_back(static_cast<double>(value));
            double wide = value;
            if (isTable) { // by hand: a mean that is large beside the deviation, and a column that was
                           // constant
                if (i < 9)
                    scale.push_back({i == 3 ? 65536.0 : static_cast<double>(i) - 4.0, i == 7 ? 0.0 : 0.125});
                wide = std::ldexp(std::floor(16.0 * std::fmod(static_cast<double>(i) * 0.37, 1.0)), -7) +
                       scale[i % 9].mean; // a float holds it
                features.back() = i % 9 == 7 ? 0.0 : (wide - scale[i % 9].mean) * 8.0;
            }
            inputs.append(reinterpret_cast<const char*>(&wide), sizeof wide);
        }
        std::vector<double> expected;
        for (std::size_t row = 0; row < rows; ++row) {
            const auto outputs =
                plainOutputs(parameters, std::span<const double>(features).subspan(9 * row, 9));
            expected.insert(expected.end(), outputs.begin(), outputs.end());
        }

        const QTemporaryDir folder;
        const auto write = [&folder](const char* name, const QByteArray& bytes) {
            QFile file(folder.filePath(QLatin1String(name)));
            return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
        };
        QVERIFY(write("model.onnx",
                      QByteArray::fromStdString(encodeOnnx(parameters, precision, notes(), scale))));
        QVERIFY(write("inputs.bin", inputs));
        QProcess python;
        python.start("/usr/bin/python3",
                     {CHAINRULE_SOURCE_DIR "/tests/python/run_onnx.py", folder.filePath("model.onnx"),
                      folder.filePath("inputs.bin"), QString::number(rows)});
        if (!python.waitForStarted())
            QSKIP("python3 is not installed");
        QVERIFY(python.waitForFinished(120'000));
        if (python.exitCode() == 77)
            QSKIP("python3-onnx or python3-numpy is not installed");
        QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
        const QList<QByteArray> words = python.readAllStandardOutput().simplified().split(' ');
        QCOMPARE(static_cast<std::size_t>(words.size()), expected.size());
        double worst = 0.0;
        for (qsizetype i = 0; i < words.size(); ++i)
            worst = std::max(worst, std::abs(words[i].toDouble() - expected[static_cast<std::size_t>(i)]));
        QVERIFY2(worst < (isDouble ? 1e-12 : 2e-6), qPrintable(QString::number(worst)));
    }
};

QTEST_APPLESS_MAIN(TestOnnx)
#include "tst_onnx.moc"
