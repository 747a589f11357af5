// SPDX-License-Identifier: GPL-3.0-or-later
// What files may ask of the computer. tests/fuzz tries small ones of every kind; these are the large ones
// that somebody would have to write on purpose.
#include "core/base/files/base64.h"
#include "core/data/ink/drawings.h"
#include "core/data/readers/idx.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/core/idxbytes.h"
#include "tests/fuzz/memorywatch.h"

#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>
#include <ctime>
#include <functional>
#include <map>
#include <optional>

using namespace chainrule;
using namespace idxbytes;

namespace {

constexpr std::size_t mostMemory = std::size_t{256} << 20; // bytes, beside the file's own
constexpr double mostSeconds = 1.0;

using Reader = std::function<std::optional<Error>()>;

template <typename T>
std::optional<Error> faultOf(const Result<T>& result)
{
    return result ? std::nullopt : std::optional(result.error());
}

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// A model file with this header, and so many zeros after it.
QByteArray modelFile(const QByteArray& header, qsizetype zeros = 0)
{
    QByteArray bytes(8, '\0');
    qToLittleEndian<quint64>(static_cast<quint64>(header.size()), bytes.data());
    return bytes + header + QByteArray(zeros, '\0');
}

/// `text`, repeated with commas between up to about `size` bytes, within `open` and `close`.
QByteArray listOf(const char* open, const QByteArray& text, const char* close, qsizetype size)
{
    QByteArray list = (text + ',').repeated(size / (text.size() + 1));
    list.chop(1);
    return open + list + close;
}

/// An object with as many different members as fit.
QByteArray manyMembers(qsizetype size)
{
    QByteArray object = "{";
    for (int i = 0; object.size() < size; ++i)
        object += '"' + QByteArray::number(i, 36) + "\":0,";
    object.chop(1);
    return object + '}';
}

QByteArray asMember(const QByteArray& name, QByteArray text)
{
    return "{\"__metadata__\":{\"" + name + "\":\"" + text.replace('"', "\\\"") + "\"}}";
}

} // namespace

class TestReaderLimits : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    std::string filed(const QByteArray& bytes) const
    {
        const QString path = m_folder.filePath("file");
        if (!write(path, bytes))
            qFatal("cannot write the test's file");
        return path.toStdString();
    }

private slots:
    void refuses_data()
    {
        QTest::addColumn<QString>("reader");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("why");
        constexpr qsizetype headerRoom = 16 * 1024 * 1024 - 100;
        constexpr qsizetype historyRoom = headerRoom / 2;
        constexpr qsizetype lineRoom = 3'999'900;

        QByteArray lie = modelFile("{}");
        qToLittleEndian<quint64>(1'000'000'000, lie.data());
        QTest::newRow("model, 1 GB header") << "model" << lie << "at most 16 MiB are allowed";
        qToLittleEndian<quint64>(16'000'000, lie.data());
        QTest::newRow("model, header of 16 MB in 10 bytes") << "model" << lie << "should have 16000000";
        const auto tensor = [](const QByteArray& shape, const QByteArray& offsets) {
            return modelFile("{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":" + shape +
                                 ",\"data_offsets\":" + offsets + "}}",
                             64);
        };
        // 2^32 times 2^32 is 0 in 64 bits, and times 4 bytes so is 2^31 times 2^31.
        QTest::newRow("model, shape 2^32 x 2^32")
            << "model" << tensor("[4294967296,4294967296]", "[0,0]") << "larger than the file";
        QTest::newRow("model, shape 2^31 x 2^31")
            << "model" << tensor("[2147483648,2147483648]", "[0,0]") << "larger than the file";
        QTest::newRow("model, 10^9 units")
            << "model" << tensor("[1000000000,1]", "[0,4000000000]") << "larger than the file";
        QTest::newRow("model, offsets outside")
            << "model" << tensor("[4,4]", "[0,4000000000]") << "lie outside";
        QTest::newRow("model, deep") << "model" << modelFile(QByteArray("{\"a\":").repeated(3'000'000))
                                     << "levels deep";
        QTest::newRow("model, many values")
            << "model" << modelFile(listOf("{\"a\":[", "{}", "]}", headerRoom)) << "more values";
        QTest::newRow("model, many members") << "model" << modelFile(manyMembers(headerRoom)) << "members";
        QTest::newRow("model, long name")
            << "model" << modelFile("{\"" + QByteArray(headerRoom - 100, 'x') + "\":0}") << "its name is not";
        QTest::newRow("model, history of many objects")
            << "model" << modelFile(asMember("history", listOf("[", "{}", "]", headerRoom - 100)))
            << "more values";
        QTest::newRow("model, history of many members")
            << "model" << modelFile(asMember("history", manyMembers(historyRoom))) << "10,000 members";

        QTest::newRow("history, many objects")
            << "history" << listOf("[", "{}", "]", headerRoom) << "more values";
        QTest::newRow("history, many epochs")
            << "history" << listOf("{\"epochs\":[", "{}", "],\"test\":0}", headerRoom) << "more values";
        QTest::newRow("history, as many epochs as it may have")
            << "history" << listOf("{\"epochs\":[", "{\"epoch\":1}", "],\"test\":0}", 12 * 499'000)
            << "test is not an object";
        QTest::newRow("history, as many lists as it may have")
            << "history" << listOf("[", "[0]", "]", 4 * 499'000) << "not a JSON object";
        QTest::newRow("history, many members") << "history" << manyMembers(headerRoom) << "10,000 members";
        QTest::newRow("history, many texts")
            << "history" << listOf("[", "\"\"", "]", headerRoom) << "more values";
        QTest::newRow("settings, many members") << "settings" << manyMembers(headerRoom) << "10,000 members";
        QTest::newRow("settings, many layers")
            << "settings"
            << "{\"layers\":\"" + QByteArray("1,").repeated(8'000'000) + "1\"}"
            << "64";

        const QByteArray zeros(10'000'000, '\0');
        QTest::newRow("gzip, bomb behind two labels")
            << "labels" << gzip(labelsFile({1, 2}) + zeros) << "oversized: it has more than the 10 bytes";
        QTest::newRow("gzip, bomb without a header") << "images" << gzip(zeros) << "wrong magic number";
        QTest::newRow("gzip, more than it can hold")
            << "images" << gzip(imagesHeader(4'000'000, 28, 28)) << "can hold";
        QTest::newRow("IDX, 3 TB") << "images" << imagesHeader(0xf0000000, 28, 28) << "truncated";

        QTest::newRow("strokes, line without an end") << "strokes" << QByteArray(9'000'000, '[') << "longer";
        QTest::newRow("strokes, deep") << "strokes" << QByteArray(lineRoom, '[') << "levels deep";
        QTest::newRow("strokes, many strokes")
            << "strokes" << listOf("{\"strokes\":[", "[]", "]}", lineRoom) << "more values";
        QTest::newRow("strokes, many points")
            << "strokes" << listOf("{\"strokes\":[[", "[0,1]", "]]}", 1'500'000) << "points";
        QTest::newRow("strokes, many members") << "strokes" << manyMembers(lineRoom) << "10,000 members";
        const QByteArray packed = qCompress(QByteArray(50'000'000, '\0'), 9).mid(4).toBase64();
        QTest::newRow("strokes, picture that goes on")
            << "strokes"
            << "{\"strokes\":[],\"picture\":{\"width\":1,\"height\":1,\"ink\":\"" + packed + "\"}}"
            << "does not unpack";
        QTest::newRow("strokes, giant picture")
            << "strokes"
            << QByteArray("{\"strokes\":[],\"picture\":{\"width\":8192,\"height\":8192,\"ink\":\"\"}}")
            << "pixels";
    }

    void refuses()
    {
        QFETCH(QString, reader);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, why);
        const std::string path = filed(bytes);
        const std::string text = bytes.toStdString();
        const std::map<QString, Reader> readers{
            {"model", [&] { return faultOf(loadModel(path)); }},
            {"history", [&] { return faultOf(historyFromJson(text)); }},
            {"settings", [&] { return faultOf(settingsFromJson(text)); }},
            {"images", [&] { return faultOf(readIdx(path, IdxKind::Images)); }},
            {"labels", [&] { return faultOf(readIdx(path, IdxKind::Labels)); }},
            {"strokes", [&] { return faultOf(readDrawings(path)); }},
        };
        const double begun = processorSeconds();
        memorywatch::start();
        const std::optional<Error> fault = readers.at(reader)();
        const std::size_t used = memorywatch::peak();
        const double seconds = processorSeconds() - begun;
        QVERIFY(fault);
        QVERIFY2(QString::fromStdString(fault->why.english()).contains(why), fault->message().c_str());
        QVERIFY(!fault->what.empty() && !fault->mend.empty());
        qInfo("%.2f s, %.1f MB of %.1f MB: %s", seconds, double(used) / (1 << 20),
              double(bytes.size()) / (1 << 20), fault->why.english().substr(0, 80).c_str());
        if (!memorywatch::isWatching())
            return; // sanitizers take time and memory of their own
        QVERIFY2(used <= mostMemory, qPrintable(QString("%1 bytes").arg(used)));
        QVERIFY2(seconds <= mostSeconds, qPrintable(QString("%1 s").arg(seconds)));
    }
};

QTEST_GUILESS_MAIN(TestReaderLimits)
#include "tst_readerlimits.moc"
