// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files/base64.h"
#include "core/base/random.h"
#include "core/data/digits/digits.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/digitimage.h"
#include "core/data/ink/drawings.h"
#include "core/data/readers/drawingfiles.h"
#include "core/data/readers/idx.h"
#include "core/training/runsetup.h"
#include "tests/core/drawings.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

std::vector<StrokeSample> labelledDigits()
{
    std::vector<StrokeSample> all;
    const auto digits = drawnDigits();
    for (std::size_t i = 0; i < digits.size(); ++i)
        all.push_back({digits[i], static_cast<int>(i), {}, {}});
    return all;
}

InkImage noisePicture(int width, int height)
{
    Random random = makeRandom(3);
    InkImage ink = emptyInk(width, height);
    for (std::uint8_t& value : ink.ink)
        value = static_cast<std::uint8_t>(uniform(random, 0.0, 256.0));
    return ink;
}

void write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), qint64{bytes.size()});
}

} // namespace

class TestDrawings : public QObject {
    Q_OBJECT

private slots:
    void base64()
    {
        // RFC 4648, section 10.
        const std::pair<const char*, const char*> known[] = {{"", ""},
                                                             {"f", "Zg=="},
                                                             {"fo", "Zm8="},
                                                             {"foo", "Zm9v"},
                                                             {"foob", "Zm9vYg=="},
                                                             {"fooba", "Zm9vYmE="},
                                                             {"foobar", "Zm9vYmFy"}};
        for (const auto& [plain, coded] : known) {
            const std::string text = plain;
            const std::vector<std::uint8_t> bytes(text.begin(), text.end());
            QCOMPARE(toBase64(bytes), std::string(coded));
            QVERIFY(fromBase64(coded) == bytes);
        }
        for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 9",
                                "Zg==Zg==", "Zm9v\n", "-_-_"})
            QVERIFY2(!fromBase64(bad), bad);
        std::vector<std::uint8_t> all;
        for (int i = 0; i < 1000; ++i)
            all.push_back(static_cast<std::uint8_t>(i * 7));
        const QByteArray qt = QByteArray(reinterpret_cast<const char*>(all.data()), 1000).toBase64();
        QCOMPARE(toBase64(all), qt.toStdString());
        QVERIFY(fromBase64(qt.toStdString()) == all);
    }

    void linesComeBack()
    {
        const StrokeSample samples[] = {
            {{{{0.25, 0.5}, {0.75, 0.125}}, {{0.1, 0.2}}}, 7, {0.09, -0.18}, {}},
            {{}, 3, {}, noisePicture(31, 17)},
            {{{{0.5, 0.5}, {0.6, 0.6}}}, {}, {0.05}, noisePicture(64, 64)},
        };
        for (const StrokeSample& sample : samples) {
            const std::string line = writeStrokeLine(sample);
            const auto back = readStrokeLine(line, "x");
            QVERIFY2(back, back ? "" : back.error().message().c_str());
            QVERIFY(*back == sample);
        }
        // Drawings of the pen alone are what classify reads anyway.
        QVERIFY(writeStrokeLine(samples[0]).starts_with("{\"strokes\":[[[0.25,0.5],"));
    }

    void badLines_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QByteArray& members, const char* said) {
            QTest::newRow(name) << "{\"strokes\":[[[0,0],[1,1]]]," + members + "}" << said;
        };
        row("too few pens", "\"pens\":[]", "pens");
        row("too many pens", "\"pens\":[0.1,0.1]", "pens");
        row("pens that are no list", "\"pens\":0.1", "pens");
        row("a pen of words", "\"pens\":[\"thick\"]", "pen 1");
        row("a pen of no width", "\"pens\":[0]", "pen 1");
        row("too wide a pen", "\"pens\":[0.6]", "pen 1");
        row("too wide an eraser", "\"pens\":[-0.6]", "pen 1");
        row("a picture without pens", "\"picture\":{\"width\":1,\"height\":1,\"ink\":\"eJxjAAAAAQAB\"}",
            "pens");
        row("a picture of words", "\"pens\":[0.1],\"picture\":\"cat\"", "picture");
        row("no width", "\"pens\":[0.1],\"picture\":{\"height\":1,\"ink\":\"\"}", "width");
        row("an absurd height", "\"pens\":[0.1],\"picture\":{\"width\":1,\"height\":1000000000,\"ink\":\"\"}",
            "height");
        row("no ink", "\"pens\":[0.1],\"picture\":{\"width\":1,\"height\":1}", "ink");
        row("not base64", "\"pens\":[0.1],\"picture\":{\"width\":1,\"height\":1,\"ink\":\"a?\"}", "base64");
        row("not packed", "\"pens\":[0.1],\"picture\":{\"width\":1,\"height\":1,\"ink\":\"AAAA\"}", "unpack");
        row("more pixels than said",
            "\"pens\":[0.1],\"picture\":{\"width\":1,\"height\":1,\"ink\":\"eJxjYAAAAAIAAQ==\"}", "unpack");
        row("fewer pixels than said",
            "\"pens\":[0.1],\"picture\":{\"width\":3,\"height\":1,\"ink\":\"eJxjYAAAAAIAAQ==\"}", "unpack");
    }

    void badLines()
    {
        QFETCH(const QByteArray, line);
        QFETCH(const QString, said);
        const auto read = readStrokeLine({line.constData(), static_cast<std::size_t>(line.size())}, "x:3");
        QVERIFY(!read);
        const QString message = QString::fromStdString(read.error().message());
        QVERIFY2(message.startsWith("x:3: ") && message.contains(said), qPrintable(message));
        QVERIFY(!read.error().mend.empty());
    }

    void filesAreRead()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("some.jsonl");
        QByteArray lines;
        for (const StrokeSample& sample : labelledDigits())
            lines += QByteArray::fromStdString(writeStrokeLine(sample)) + (lines.isEmpty() ? "\r\n\n" : "\n");
        lines.chop(1); // the last line need not end
        write(path, lines);
        const auto read = readDrawings(path.toStdString());
        QVERIFY2(read, read ? "" : read.error().message().c_str());
        QVERIFY(*read == labelledDigits());

        write(path, lines + "\n{}\n");
        const auto broken = readDrawings(path.toStdString());
        QVERIFY(!broken);
        QVERIFY(broken.error().message().find("some.jsonl:12: ") != std::string::npos);
        QVERIFY(!readDrawings(folder.filePath("none.jsonl").toStdString()));
        QVERIFY(!readDrawings(folder.path().toStdString()));
        write(path, {});
        QVERIFY(readDrawings(path.toStdString())->empty());
        // A line without an end is given up before it fills the memory.
        write(path, QByteArray(static_cast<qsizetype>(maximumStrokeLine) + 10, 'x'));
        QVERIFY(!readDrawings(path.toStdString()));
    }

    void imagesAndLabels()
    {
        auto drawings = labelledDigits();
        const auto images = drawnImages(drawings, "mine");
        QVERIFY(images);
        QCOMPARE(images->labels.size(), std::size_t{10});
        const auto eight = prepareDigit(*inkFromStrokes(drawings[8].strokes));
        QVERIFY(std::equal(eight->image.begin(), eight->image.end(), images->pixels.begin() + 8 * 784));
        QCOMPARE(int{images->labels[8]}, 8);
        drawings[4].label.reset();
        const auto unlabelled = drawnImages(drawings, "mine");
        QVERIFY(!unlabelled);
        QVERIFY(unlabelled.error().message().find("mine, drawing 5") != std::string::npos);
        drawings[4] = {{{{1, 1}}}, 4, {}, {}};
        QVERIFY(!drawnImages(drawings, "mine"));
    }

    void joinDataAndTraining()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("mine.jsonl");
        QByteArray lines;
        for (const StrokeSample& sample : labelledDigits())
            lines += QByteArray::fromStdString(writeStrokeLine(sample)) + "\n";
        write(path, lines);
        const auto digits = std::make_shared<const Dataset>(makeDigits(600, 1));
        TrainingSettings settings;
        settings.samples = {300, 50, 100};
        settings.layers = {{10, Activation::Softmax}};
        const auto without = prepareRun(settings, {}, digits);
        settings.drawings = path.toStdString();
        const auto with = prepareRun(settings, {}, digits);
        QVERIFY2(with, with ? "" : with.error().message().c_str());
        QCOMPARE(sampleCount(*with->data), std::size_t{610});
        QCOMPARE(with->split.training.size(), std::size_t{310});
        // What is measured on is what it was without them.
        QVERIFY(with->split.test == without->split.test);
        QVERIFY(with->split.validation == without->split.validation);
        const auto images = *drawnImages(labelledDigits(), "");
        for (std::size_t i = 0; i < 10; ++i) {
            const std::uint32_t sample = with->split.training[300 + i];
            QCOMPARE(int{with->data->labels[sample]}, static_cast<int>(i));
            const auto pixels = image(*with->data, sample);
            QVERIFY(
                std::equal(pixels.begin(), pixels.end(), images.pixels.begin() + static_cast<long>(784 * i)));
        }
        settings.drawings = folder.filePath("gone.jsonl").toStdString();
        const auto gone = prepareRun(settings, {}, digits);
        QVERIFY(!gone);
        QVERIFY(gone.error().message().find("gone.jsonl") != std::string::npos);
    }

    void labelsMustBeClasses()
    {
        const Dataset digits = makeDigits(20, 1);
        DrawnImages images{std::vector<std::uint8_t>(784), {10}};
        const auto refused = withDrawings(digits, images, "mine");
        QVERIFY(!refused);
        QVERIFY(refused.error().message().find("0 to 9") != std::string::npos);
        Dataset small = digits;
        small.width = 14;
        small.height = 56;
        images.labels[0] = 3;
        QVERIFY(!withDrawings(small, images, "mine"));
        QVERIFY(withDrawings(digits, images, "mine"));
    }

    void exportedSetsAreReadAgain()
    {
        QTemporaryDir folder;
        const auto images = *drawnImages(labelledDigits(), "");
        for (const IdxFileBytes& file : idxFiles(images))
            write(folder.filePath(QString::fromStdString(file.name)), QByteArray::fromStdString(file.bytes));
        const auto read = loadIdxFolder(folder.path().toStdString());
        QVERIFY2(read, read ? "" : read.error().message().c_str());
        QCOMPARE(sampleCount(*read), std::size_t{10});
        QCOMPARE(read->official.training, std::size_t{8});
        // The second and the eighth are the test file's.
        const std::vector<std::uint8_t> order{0, 2, 3, 4, 5, 6, 8, 9, 1, 7};
        QVERIFY(read->labels == order);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto pixels = image(*read, i);
            QVERIFY(std::equal(pixels.begin(), pixels.end(), images.pixels.begin() + 784 * order[i]));
        }
    }
};

QTEST_GUILESS_MAIN(TestDrawings)
#include "tst_drawings.moc"
