// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits.h"
#include "core/data/strokes.h"
#include "tests/app/program.h"
#include "tests/core/drawings.h"

#include <QFile>
#include <QImage>
#include <QPainter>
#include <QTemporaryDir>
#include <QTest>

using namespace chainrule;
using namespace chainrule::tests;
using program::Finished;

/// `chainrule classify` as a script sees it.
class TestClassify : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_model;
    QString m_strokes;

    QString file(const QString& name, const QByteArray& bytes)
    {
        const QString path = m_folder.filePath(name);
        QFile out(path);
        return out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() ? path : QString();
    }

    static QByteArray line(int digit, bool labelled = true)
    {
        StrokeSample sample{drawnDigits()[static_cast<std::size_t>(digit)], {}};
        if (labelled)
            sample.label = digit;
        return QByteArray::fromStdString(writeStrokeLine(sample)) + '\n';
    }

    /// A built-in digit, four pixels for one of its own.
    static QImage picture(int digit, std::uint64_t seed, bool darkOnLight)
    {
        const DigitImage bytes = drawDigit(digit, seed, 1);
        QImage image(28, 28, QImage::Format_Grayscale8);
        for (int y = 0; y < 28; ++y) {
            for (int x = 0; x < 28; ++x) {
                const int ink = bytes[static_cast<std::size_t>(y * 28 + x)];
                image.scanLine(y)[x] = static_cast<uchar>(darkOnLight ? 255 - ink : ink);
            }
        }
        return image.scaled(112, 112, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    }

    static QList<QByteArray> errors(const Finished& finished)
    {
        QList<QByteArray> lines = finished.err.split('\n');
        lines.removeAll(QByteArray());
        return lines;
    }

private slots:
    void initTestCase()
    {
        m_model = m_folder.filePath("digits.safetensors");
        const Finished trained = program::run(
            {"train",  "--data",   "digits",   "--train",   "4000",        "--validation", "0",
             "--test", "500",      "--layers", "32,10",     "--optimizer", "momentum",     "--lr",
             "0.02",   "--epochs", "6",        "--augment", "--json",      "--save",       m_model},
            240);
        QCOMPARE(trained.err, QByteArray());
        QCOMPARE(trained.exit, 0);
        QByteArray all;
        for (int digit = 0; digit < 10; ++digit)
            all += line(digit);
        m_strokes = file("ten.jsonl", all);
    }

    void strokesAsJson()
    {
        const Finished finished = program::run({"classify", m_model, m_strokes, "--json"});
        QCOMPARE(finished.err, QByteArray());
        QCOMPARE(finished.exit, 0);
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), 11);
        int right = 0;
        for (int i = 0; i < 10; ++i) {
            const QJsonObject& object = lines[i];
            QCOMPARE(object["source"].toString(), QString("%1:%2").arg(m_strokes).arg(i + 1));
            QCOMPARE(object["label"].toInt(-1), i);
            const QJsonArray probabilities = object["probabilities"].toArray();
            QCOMPARE(probabilities.size(), 10);
            double sum = 0.0;
            int best = 0;
            for (int k = 0; k < 10; ++k) {
                sum += probabilities[k].toDouble();
                best = probabilities[k].toDouble() > probabilities[best].toDouble() ? k : best;
            }
            QVERIFY(std::abs(sum - 1.0) < 1e-5);
            QCOMPARE(object["digit"].toInt(-1), best);
            right += best == i;
            QVERIFY(!object.contains("raw_digit"));
        }
        QVERIFY2(right >= 7, qPrintable(QString::number(right)));
        QCOMPARE(lines[10]["event"].toString(), QString("end"));
        QCOMPARE(lines[10]["samples"].toInt(), 10);
        QCOMPARE(lines[10]["accuracy"].toDouble(), 10.0 * right);
    }

    void rawBesideIt()
    {
        const Finished finished = program::run({"classify", "--raw", "--json", m_model, m_strokes});
        QCOMPARE(finished.exit, 0);
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), 11);
        int right = 0;
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(lines[i]["raw_probabilities"].toArray().size(), 10);
            right += lines[i]["raw_digit"].toInt(-1) == i;
        }
        QCOMPARE(lines[10]["raw_accuracy"].toDouble(), 10.0 * right);
    }

    void withoutLabelsThereIsNoEnd()
    {
        const QString path = file("unlabelled.jsonl", line(3, false) + "\n  \n" + line(7, false));
        const Finished finished = program::run({"classify", m_model, path, "--json"});
        QCOMPARE(finished.exit, 0);
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), 2);
        QCOMPARE(lines[1]["source"].toString(), path + ":4"); // empty lines are counted
        QVERIFY(!lines[0].contains("label"));
    }

    void images()
    {
        int right = 0;
        QStringList paths;
        for (int digit = 0; digit < 10; ++digit) {
            const char* const kinds[] = {"png", "jpg", "bmp"};
            const QString path = m_folder.filePath(QString("image%1.%2").arg(digit).arg(kinds[digit % 3]));
            QVERIFY(picture(digit, 11, digit % 2 == 0).save(path));
            paths.append(path);
        }
        const Finished finished = program::run(QStringList{"classify", m_model, "--json"} + paths);
        QCOMPARE(finished.err, QByteArray());
        QCOMPARE(finished.exit, 0);
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), 10);
        for (int digit = 0; digit < 10; ++digit) {
            QCOMPARE(lines[digit]["source"].toString(), paths[digit]);
            right += lines[digit]["digit"].toInt(-1) == digit;
        }
        QVERIFY2(right >= 8, qPrintable(QString::number(right)));
    }

    // Depth, alpha, palettes and the name's ending do not matter.
    void formatsAreReadAlike()
    {
        const QImage image = picture(3, 11, true);
        QImage transparent(112, 112, QImage::Format_ARGB32);
        for (int y = 0; y < 112; ++y)
            for (int x = 0; x < 112; ++x)
                transparent.setPixel(x, y, qRgba(20, 20, 120, 255 - image.constScanLine(y)[x]));
        const QList<QPair<QString, QImage>> all{
            {"grey.png", image},
            {"sixteen.png", image.convertToFormat(QImage::Format_Grayscale16)},
            {"palette.png", image.convertToFormat(QImage::Format_Indexed8)},
            {"deep.png", image.convertToFormat(QImage::Format_RGBA64)},
            {"transparent.png", transparent}};
        QStringList paths;
        for (const auto& [name, content] : all) {
            paths.append(m_folder.filePath(name));
            QVERIFY2(content.save(paths.last()), qPrintable(name));
        }
        paths.append(m_folder.filePath("no ending"));
        QVERIFY(image.save(paths.last(), "PNG"));
        const Finished finished = program::run(QStringList{"classify", m_model, "--json"} + paths);
        QCOMPARE(finished.err, QByteArray());
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), paths.size());
        for (const QJsonObject& object : lines)
            QCOMPARE(object["digit"].toInt(-1), lines[0]["digit"].toInt(-2));
    }

    void tableForPeople()
    {
        const Finished finished = program::run({"classify", m_model, m_strokes});
        QCOMPARE(finished.exit, 0);
        const QList<QByteArray> lines = finished.out.split('\n');
        QVERIFY(lines[0].contains("digit") && lines[0].contains("label") && lines[0].contains("source"));
        QVERIFY(lines[10].contains("ten.jsonl:10"));
        QVERIFY(finished.out.contains("10 labelled: "));
    }

    // What is broken is told, one line each, and the rest is done.
    void theRestGoesOn()
    {
        QByteArray mixed = line(1);
        mixed += "{\"strokes\":[[[0,NaN]]]}\n";
        mixed += "{\"label\":3}\n";
        mixed += "{\"strokes\":[[[5,5]]],\"label\":1}\n";
        mixed += "{\"strokes\":[[" + QByteArray("[1,2],").repeated(1'000'000) + "[1,2]]]}\n";
        mixed += "{\"strokes\":[[" + QByteArray("[1,2],").repeated(120'000) + "[1,2]]]}\n";
        mixed += line(2).chopped(1); // the last line without its end
        const QString strokes = file("mixed.jsonl", mixed);
        const QString text = file("text.png", "this is no image");
        QVERIFY(picture(4, 11, true).save(m_folder.filePath("whole.png")));
        const QString cut = file("cut.png", program::content(m_folder.filePath("whole.png")).left(300));
        QImage blank(50, 50, QImage::Format_RGB32);
        blank.fill(Qt::white);
        QVERIFY(blank.save(m_folder.filePath("blank.png")));
        const Finished finished =
            program::run({"classify", m_model, "--json", strokes, m_folder.filePath("none.png"), text, cut,
                          m_folder.filePath("blank.png"), m_folder.path(), m_folder.filePath("none.jsonl"),
                          m_folder.filePath("whole.png")});
        QCOMPARE(finished.exit, 1);
        const auto lines = program::objects(finished.out);
        QCOMPARE(lines.size(), 4);
        QCOMPARE(lines[0]["source"].toString(), strokes + ":1");
        QCOMPARE(lines[1]["source"].toString(), strokes + ":7");
        QCOMPARE(lines[2]["source"].toString(), m_folder.filePath("whole.png"));
        QCOMPARE(lines[3]["samples"].toInt(), 2);
        const QList<QByteArray> told = errors(finished);
        const QStringList named{"mixed.jsonl:2", "mixed.jsonl:3", "mixed.jsonl:4", "mixed.jsonl:5",
                                "mixed.jsonl:6", "none.png",      "text.png",      "cut.png",
                                "blank.png",     m_folder.path(), "none.jsonl"};
        QCOMPARE(told.size(), named.size());
        for (int i = 0; i < named.size(); ++i) {
            QVERIFY2(told[i].startsWith("chainrule: "), told[i]);
            QVERIFY2(told[i].contains(named[i].toUtf8() + ": "), told[i]);
            QVERIFY2(told[i].size() < 400, told[i]);
        }
    }

    // What readers of images would fill in with black is told; nobody else has a say on standard error.
    void damagedFilesAreRefused()
    {
        QStringList paths;
        for (const char* const kind : {"png", "jpg", "bmp"}) {
            const QString whole = m_folder.filePath(QString("good.%1").arg(kind));
            QVERIFY(picture(4, 11, true).save(whole));
            const QByteArray bytes = program::content(whole);
            for (const int percent : {3, 40, 90})
                paths.append(file(QString("cut%1.%2").arg(percent).arg(kind),
                                  bytes.left(bytes.size() * percent / 100)));
        }
        QByteArray damaged = program::content(m_folder.filePath("good.png"));
        damaged[20] = static_cast<char>(damaged[20] ^ 1); // in its size
        paths.append(file("damaged.png", damaged));
        paths.append(file("empty.png", ""));
        const Finished finished = program::run(QStringList{"classify", m_model, "--json"} + paths);
        QCOMPARE(finished.exit, 1);
        QCOMPARE(finished.out, QByteArray());
        const QList<QByteArray> told = errors(finished);
        QCOMPARE(told.size(), paths.size());
        for (int i = 0; i < paths.size(); ++i)
            QVERIFY2(told[i].startsWith("chainrule: " + paths[i].toUtf8() + ": "), told[i]);
    }

    // Many lines are answered in their order, across batches.
    void manyLines()
    {
        QByteArray all;
        for (int i = 0; i < 700; ++i)
            all += line(i % 10);
        const QString path = file("many.jsonl", all);
        const auto lines = program::objects(program::run({"classify", m_model, path, "--json"}).out);
        QCOMPARE(lines.size(), 701);
        for (int i = 0; i < 700; ++i) {
            QCOMPARE(lines[i]["source"].toString(), QString("%1:%2").arg(path).arg(i + 1));
            QCOMPARE(lines[i]["digit"], lines[i % 10]["digit"]);
        }
    }

    void wrongWords()
    {
        const QStringList none{"classify"};
        for (const QStringList& words :
             {none, none + QStringList{m_model}, none + QStringList{m_model, m_strokes, "--nonsense"}}) {
            const Finished finished = program::run(words);
            QCOMPARE(finished.exit, 2);
            QCOMPARE(finished.out, QByteArray());
            QVERIFY(finished.err.startsWith("chainrule: "));
        }
        const Finished help = program::run({"classify", "--help"});
        QCOMPARE(help.exit, 0);
        QVERIFY(help.out.startsWith("Usage: chainrule classify [options] MODEL FILE..."));
        for (const char* word : {"--raw", "--json", ".jsonl"})
            QVERIFY2(help.out.contains(word), word);
        QVERIFY(program::run({"--help"}).out.contains("chainrule classify"));
    }

    void otherInputsAreRefused()
    {
        const QString set = m_folder.filePath("small");
        QVERIFY(program::writeSet(set));
        const QString model = m_folder.filePath("small.safetensors");
        QCOMPARE(program::run(
                     {"train", "--data", set, "--layers", "10", "--epochs", "1", "--json", "--save", model})
                     .exit,
                 0);
        const Finished finished = program::run({"classify", model, m_strokes});
        QCOMPARE(finished.exit, 1);
        QCOMPARE(finished.out, QByteArray());
        QVERIFY(finished.err.contains("36 inputs"));
        QVERIFY(finished.err.contains("784"));
        QCOMPARE(program::run({"classify", m_folder.filePath("none.safetensors"), m_strokes}).exit, 1);
        // Augmentation needs images.
        const Finished toy = program::run({"train", "--data", "xor", "--augment"});
        QCOMPARE(toy.exit, 1);
        QVERIFY(toy.err.contains("--augment"));
    }
};

QTEST_GUILESS_MAIN(TestClassify)
#include "tst_classify.moc"
