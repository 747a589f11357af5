// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/formats/npz.h"
#include "core/network/initialweights.h"
#include "tests/core/plainoutputs.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtEndian>
#include <QtTest>

#include <zlib.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <string>

using namespace chainrule;
using chainrule::tests::plainOutputs;

namespace {

/// A file of a ZIP archive, read as its specification says and independently of the program.
struct Member {
    QByteArray content;
    int method = -1;
};

quint32 at32(const QByteArray& bytes, qsizetype at)
{
    return qFromLittleEndian<quint32>(bytes.constData() + at);
}

int at16(const QByteArray& bytes, qsizetype at)
{
    return qFromLittleEndian<quint16>(bytes.constData() + at);
}

QByteArray inflated(const QByteArray& packed, quint32 size)
{
    QByteArray out(static_cast<qsizetype>(size) + 1, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return {};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.constData()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream, Z_FINISH);
    out.truncate(static_cast<qsizetype>(stream.total_out));
    inflateEnd(&stream);
    return status == Z_STREAM_END ? out : QByteArray();
}

/// Every file by its name; empty where anything about the archive is wrong.
std::map<QString, Member> unzipped(const QByteArray& archive)
{
    const qsizetype end = archive.size() - 22;
    if (end < 0 || !archive.mid(end).startsWith("PK\x05\x06"))
        return {};
    const int count = at16(archive, end + 10);
    qsizetype at = at32(archive, end + 16);
    if (at + at32(archive, end + 12) != end || at16(archive, end + 8) != count)
        return {};
    std::map<QString, Member> members;
    for (int i = 0; i < count; ++i) {
        if (archive.mid(at, 4) != QByteArray("PK\x01\x02"))
            return {};
        const QByteArray described = archive.mid(at + 6, 24); // the same as in front of the file
        const QString name = QString::fromUtf8(archive.mid(at + 46, at16(archive, at + 28)));
        const qsizetype place = at32(archive, at + 42);
        if (archive.mid(place, 4) != QByteArray("PK\x03\x04") || archive.mid(place + 4, 24) != described ||
            QString::fromUtf8(archive.mid(place + 30, at16(archive, place + 26))) != name)
            return {};
        const auto packedSize = static_cast<qsizetype>(at32(archive, at + 20));
        const quint32 size = at32(archive, at + 24);
        const QByteArray packed = archive.mid(place + 30 + at16(archive, place + 26), packedSize);
        Member member;
        member.method = at16(archive, at + 10);
        member.content = member.method == 8 ? inflated(packed, size) : packed;
        if (member.content.size() != static_cast<qsizetype>(size) ||
            crc32(0, reinterpret_cast<const Bytef*>(member.content.constData()),
                  static_cast<uInt>(member.content.size())) != at32(archive, at + 16))
            return {};
        members[name] = member;
        at += 46 + at16(archive, at + 28);
    }
    return at == end ? members : std::map<QString, Member>();
}

/// Header and values of a .npy file.
struct Npy {
    QByteArray header;
    QByteArray values;
};

Npy npy(const QByteArray& file)
{
    if (!file.startsWith(QByteArray("\x93NUMPY\x01\x00", 8)))
        return {};
    const int length = at16(file, 8);
    if ((10 + length) % 64 != 0 || file.at(9 + length) != '\n')
        return {};
    return {file.mid(10, length).trimmed(), file.mid(10 + length)};
}

QByteArray bytesOf(const std::string& text)
{
    return QByteArray::fromStdString(text);
}

Network smallNetwork()
{
    Network parameters;
    parameters.stack = {3, {{2, Activation::Tanh}, {2, Activation::Softmax}}};
    for (int i = 0; i < 14; ++i)
        parameters.parameters.push_back(0.1 * i - 0.35);
    return parameters;
}

} // namespace

class TestNpz : public QObject {
    Q_OBJECT

private slots:
    void holdsTheNetwork_data()
    {
        QTest::addColumn<bool>("isDouble");
        QTest::newRow("float") << false;
        QTest::newRow("double") << true;
    }

    void holdsTheNetwork()
    {
        QFETCH(bool, isDouble);
        const Network network = smallNetwork();
        const auto arrays = modelArrays(network, isDouble ? Precision::Double : Precision::Float);
        const auto members = unzipped(bytesOf(encodeNpz(arrays)));
        QCOMPARE(members.size(), std::size_t(5));
        const struct {
            const char* name;
            const char* shape;
            std::size_t first;
            int count;
        } expected[] = {
            {"W1", "(2, 3)", 0, 6}, {"b1", "(2,)", 6, 2}, {"W2", "(2, 2)", 8, 4}, {"b2", "(2,)", 12, 2}};
        for (const auto& each : expected) {
            const auto found = members.find(QString::fromLatin1(each.name) + ".npy");
            QVERIFY(found != members.end());
            const Npy file = npy(found->second.content);
            QCOMPARE(file.header, QByteArray("{'descr': '") + (isDouble ? "<f8" : "<f4") +
                                      "', 'fortran_order': False, 'shape': " + each.shape + ", }");
            QCOMPARE(file.values.size(), each.count * (isDouble ? 8 : 4));
            for (int i = 0; i < each.count; ++i) {
                const double wanted = network.parameters[each.first + static_cast<std::size_t>(i)];
                if (isDouble)
                    QCOMPARE(
                        std::bit_cast<double>(qFromLittleEndian<quint64>(file.values.constData() + 8 * i)),
                        wanted);
                else
                    QCOMPARE(
                        std::bit_cast<float>(qFromLittleEndian<quint32>(file.values.constData() + 4 * i)),
                        static_cast<float>(wanted));
            }
        }
        const Npy names = npy(members.at("activations.npy").content);
        QCOMPARE(names.header, QByteArray("{'descr': '<U7', 'fortran_order': False, 'shape': (2,), }"));
        QCOMPARE(QString::fromUcs4(reinterpret_cast<const char32_t*>(names.values.constData()), 4),
                 QString("tanh"));
    }

    void packsWhatGrowsSmaller()
    {
        const std::vector<std::uint8_t> zeros(5000);
        std::vector<std::uint8_t> noise;
        std::uint32_t state = 1;
        for (int i = 0; i < 5000; ++i) {
            state = state * 1664525U + 1013904223U;
            noise.push_back(static_cast<std::uint8_t>(state >> 24));
        }
        const std::vector<NpyArray> arrays{npyBytes("zeros", {50, 100}, zeros),
                                           npyBytes("noise", {5000}, noise)};
        const QByteArray archive = bytesOf(encodeNpz(arrays));
        auto members = unzipped(archive);
        QCOMPARE(members.size(), std::size_t(2));
        QCOMPARE(members["zeros.npy"].method, 8);
        QCOMPARE(npy(members["zeros.npy"].content).values, QByteArray(5000, '\0'));
        QCOMPARE(npy(members["noise.npy"].content).values,
                 QByteArray(reinterpret_cast<const char*>(noise.data()), 5000));
        QVERIFY(archive.size() < 6000);
        QCOMPARE(bytesOf(encodeNpz(arrays)), archive);
        // What reads it here really checks.
        QByteArray torn = archive;
        torn[archive.size() / 2] = static_cast<char>(torn[archive.size() / 2] ^ 1);
        QVERIFY(unzipped(torn).empty());
    }

    void textsAreUnicode()
    {
        const std::string texts[] = {"a", "z\xc3\xa4hl", "\xf0\x9f\x98\x80", "\xff", "\xed\xa0\x80", ""};
        const NpyArray array = npyTexts("names", texts);
        QCOMPARE(array.type, std::string("<U4"));
        QCOMPARE(array.shape, std::vector<std::uint64_t>{6});
        QCOMPARE(array.bytes.size(), std::size_t(6 * 4 * 4));
        const auto at = [&array](int text, int character) {
            return qFromLittleEndian<quint32>(array.bytes.data() + 16 * text + 4 * character);
        };
        QCOMPARE(at(0, 0), quint32('a'));
        QCOMPARE(at(0, 1), quint32(0));
        QCOMPARE(at(1, 1), quint32(0xe4));
        QCOMPARE(at(2, 0), quint32(0x1f600));
        QCOMPARE(at(3, 0), quint32(0xfffd));
        QCOMPARE(at(4, 0), quint32(0xfffd)); // half of a surrogate pair is no character
        QCOMPARE(at(5, 0), quint32(0));
        QCOMPARE(npyText("one", "").type, std::string("<U1"));
        QVERIFY(npyText("one", "x").shape.empty());
    }

    void floatsStayFinite()
    {
        const double values[] = {1e300, -1e300, 1.0};
        const NpyArray array = npyNumbers("v", {3}, values, Precision::Float);
        QCOMPARE(std::bit_cast<float>(qFromLittleEndian<quint32>(array.bytes.data())),
                 std::numeric_limits<float>::max());
        QCOMPARE(std::bit_cast<float>(qFromLittleEndian<quint32>(array.bytes.data() + 4)),
                 -std::numeric_limits<float>::max());
    }

    void onlyOtherLossesAreTold()
    {
        Network network = smallNetwork();
        network.stack.layers.insert(network.stack.layers.begin() + 1, DropoutLayer{0.5});
        const auto arrays = modelArrays(network, Precision::Double);
        QVERIFY(encodeNpz(arrays) == encodeNpz(modelArrays(smallNetwork(), Precision::Double)));
        outputLayer(network.stack.layers).activation = Activation::Linear;
        network.loss = Loss::Squared;
        const auto members = unzipped(bytesOf(encodeNpz(modelArrays(network, Precision::Double))));
        QCOMPARE(
            QString::fromUcs4(
                reinterpret_cast<const char32_t*>(npy(members.at("loss.npy").content).values.constData()), 7),
            QString("squared"));
    }

    // The scripts that a model is exported to know every activation and loss, and agree with PyTorch's
    // gradients to 1e-12 (check_scripts.py) and with the formulas of the table.
    void scriptsKnowEveryActivationAndLoss()
    {
        QTemporaryDir folder;
        QStringList words{CHAINRULE_SOURCE_DIR "/tests/python/check_scripts.py",
                          CHAINRULE_SOURCE_DIR "/resources/scripts"};
        std::vector<double> expected;
        const auto add = [&](const Network& network, std::vector<double> targets, bool amounts) {
            constexpr std::size_t rows = 9;
            std::vector<double> inputs;
            for (std::size_t i = 0; i < 3 * rows; ++i)
                inputs.push_back(std::fmod(1.7 * static_cast<double>(i), 5.0) - 2.5);
            auto arrays = modelArrays(network, Precision::Double);
            arrays.push_back(npyNumbers("X", {rows, 3}, inputs, Precision::Double));
            const auto outputs = static_cast<std::size_t>(outputCount(network.stack));
            if (amounts) {
                arrays.push_back(npyNumbers("Y", {rows, outputs}, targets, Precision::Double));
            } else {
                std::vector<std::uint8_t> classes;
                for (std::size_t row = 0; row < rows; ++row)
                    classes.push_back(static_cast<std::uint8_t>(row % std::max<std::size_t>(outputs, 2)));
                arrays.push_back(npyBytes("Y", {rows}, classes));
                targets.clear();
                for (std::size_t row = 0; row < rows; ++row) {
                    for (std::size_t i = 0; i < outputs; ++i)
                        targets.push_back(outputs == 1 ? classes[row] : classes[row] == i ? 1.0 : 0.0);
                }
            }
            double loss = 0.0;
            for (std::size_t row = 0; row < rows; ++row) {
                const auto output =
                    plainOutputs(network, std::span<const double>(inputs).subspan(3 * row, 3));
                expected.insert(expected.end(), output.begin(), output.end());
                for (std::size_t i = 0; i < outputs; ++i) {
                    const double target = targets[row * outputs + i];
                    loss +=
                        network.loss == Loss::CrossEntropy
                            ? -target * std::log(output[i])
                            : lossPart(network.loss, output[i], target).value / static_cast<double>(outputs);
                }
            }
            expected.push_back(loss / static_cast<double>(rows));
            words << folder.filePath(QString::number(words.size()) + ".npz");
            QFile file(words.back());
            const QByteArray bytes = bytesOf(encodeNpz(arrays));
            return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
        };
        Random random = makeRandom(4);
        const auto made = [&random](const std::string& layers, Loss loss) {
            return makeNetwork({3, *parseLayers(layers)}, {WeightRule::Normal, 0.4}, random, loss);
        };
        for (const ActivationRow& row : activationTable)
            QVERIFY(add(made("5:" + std::string(row.name) + ",dropout:0.5,4:softmax", Loss::CrossEntropy), {},
                        false));
        QVERIFY(add(made("5:gelu,1:sigmoid", Loss::Binary), {}, false));
        QVERIFY(add(made("5:silu,3:sigmoid", Loss::Binary), {}, false));
        QVERIFY(add(made("5:elu,2:linear", Loss::Squared), {}, false));
        std::vector<double> amounts;
        for (int i = 0; i < 18; ++i)
            amounts.push_back(0.3 * i - 2.0);
        QVERIFY(add(made("5:softplus,2:tanh", Loss::Squared), amounts, true));

        QProcess python;
        python.start("/usr/bin/python3", words);
        if (!python.waitForStarted())
            QSKIP("python3 is not installed");
        QVERIFY(python.waitForFinished(240'000));
        if (python.exitCode() == 77)
            QSKIP("python3-torch or python3-numpy is not installed");
        QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
        const QList<QByteArray> numbers = python.readAllStandardOutput().simplified().split(' ');
        QCOMPARE(static_cast<std::size_t>(numbers.size()), expected.size());
        for (qsizetype i = 0; i < numbers.size(); ++i) {
            const double wanted = expected[static_cast<std::size_t>(i)];
            QVERIFY2(std::abs(numbers[i].toDouble() - wanted) < 1e-12 * std::max(1.0, std::abs(wanted)),
                     qPrintable(QString("%1: %2, not %3").arg(i).arg(numbers[i]).arg(wanted, 0, 'g', 17)));
        }
    }

    void numpyReadsIt()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("network.npz");
        auto arrays = modelArrays(smallNetwork(), Precision::Double);
        const std::uint32_t indices[] = {7, 4'000'000'000U};
        arrays.push_back(npyIndices("indices", indices));
        arrays.push_back(npyText("said", "gr\xc3\xbc\xc3\x9f"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytesOf(encodeNpz(arrays)));
        file.close();
        QProcess python;
        python.start("/usr/bin/python3",
                     {"-c",
                      "import sys\n"
                      "try:\n    import numpy\nexcept ImportError:\n    sys.exit(77)\n"
                      "f = numpy.load(sys.argv[1])\n"
                      "print(sorted(f.files), f['W1'].dtype, f['W1'].shape, f['W1'].sum().round(6), "
                      "f['b2'].round(6).tolist(),"
                      " f['activations'].tolist(), f['indices'].tolist(), ascii(str(f['said'])))\n",
                      path});
        if (!python.waitForStarted())
            QSKIP("python3 is not installed");
        QVERIFY(python.waitForFinished(120'000));
        if (python.exitCode() == 77)
            QSKIP("python3-numpy is not installed");
        QCOMPARE(python.readAllStandardError(), QByteArray());
        QCOMPARE(python.readAllStandardOutput().trimmed(),
                 QByteArray("['W1', 'W2', 'activations', 'b1', 'b2', 'indices', 'said'] float64 (2, 3) -0.6 "
                            "[0.85, 0.95] ['tanh', 'softmax'] [7, 4000000000] "
                            "'gr\\xfc\\xdf'"));
    }
};

QTEST_APPLESS_MAIN(TestNpz)
#include "tst_npz.moc"
