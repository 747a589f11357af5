// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datasource.h"
#include "app/data/digitreader.h"
#include "core/data/digits/digits.h"
#include "core/data/ink/strokes.h"
#include "core/formats/modelfile.h"
#include "core/training/engines/engine.h"
#include "tests/app/nobody.h"
#include "tests/app/program.h"
#include "tests/core/drawings.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QPainter>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>
#include <optional>

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

    /// Dark shapes on light paper, off the centre: whatever looked for ink would move and invert them.
    static QImage shape(int label, int number, QSize size)
    {
        QImage image(size, QImage::Format_RGB32);
        image.fill(QColor(230, 225, 200 + number % 8));
        QPainter painter(&image);
        const int w = size.width();
        const int h = size.height();
        const QColor colour(20 + 9 * (number % 7), 30, 90);
        if (label == 0)
            painter.fillRect(0, h / 8, w / 2, h / 4, colour);
        else if (label == 1)
            painter.fillRect(w / 2, h / 2, w / 3, h / 2, colour);
        else
            painter.fillRect(w / 8, 0, w / 5, h, colour);
        return image;
    }

    /// A folder of three classes of eight images each: all of `sizes` in turn.
    QString imageSet(const QString& name, const QList<QSize>& sizes)
    {
        const char* const classes[] = {"bar", "corner", "pole"};
        for (int label = 0; label < 3; ++label) {
            for (int i = 0; i < 8; ++i) {
                const QString folder = m_folder.filePath(name + '/' + classes[label]);
                if (!QDir().mkpath(folder) ||
                    !shape(label, i, sizes[i % sizes.size()]).save(QString("%1/%2.png").arg(folder).arg(i)))
                    return {};
            }
        }
        return m_folder.filePath(name);
    }

    /// 28 x 28 bytes, light on black and off the centre: a digit's preparation would move and enlarge it.
    static QByteArray garment(int number)
    {
        QByteArray pixels(28 * 28, '\0');
        for (int y = 2; y < 8 + number % 10; ++y)
            for (int x = 1; x < 9; ++x)
                pixels[y * 28 + x] = static_cast<char>(90 + 10 * (number % 7) + x);
        return pixels;
    }

    QString trainOn(const QString& data, const QString& name)
    {
        const QString model = m_folder.filePath(name + ".safetensors");
        const Finished trained = program::run(
            {"train", "--data",   data, "--layers", "32,3",   "--train",     "18",   "--validation",
             "0",     "--test",   "6",  "--batch",  "6",      "--optimizer", "adam", "--lr",
             "0.002", "--epochs", "40", "--json",   "--save", model});
        return trained.exit == 0 ? model : QString();
    }

    /// What the model makes of every sample of a set, without the command.
    static std::vector<double> predictions(const QString& model, const Dataset& data)
    {
        const auto file = loadModel(model.toStdString());
        if (!file)
            return {};
        Engine engine = makeEngine(file->network, EngineKind::Matrix, file->network.precision, 0, 1);
        std::vector<std::uint32_t> samples(sampleCount(data));
        std::iota(samples.begin(), samples.end(), 0U);
        return probabilities(engine, data, samples);
    }

    static void compareWith(const std::vector<double>& expected, const Finished& finished,
                            const QStringList& names)
    {
        QCOMPARE(finished.err, QByteArray());
        QCOMPARE(finished.exit, 0);
        const auto lines = program::objects(finished.out);
        const std::size_t classes = static_cast<std::size_t>(names.size());
        QCOMPARE(static_cast<std::size_t>(lines.size()) * classes, expected.size());
        for (int i = 0; i < lines.size(); ++i) {
            const QJsonArray probabilities = lines[i]["probabilities"].toArray();
            QCOMPARE(probabilities.size(), names.size());
            for (int k = 0; k < names.size(); ++k) {
                const double wanted =
                    expected[static_cast<std::size_t>(i) * classes + static_cast<std::size_t>(k)];
                QVERIFY2(std::abs(probabilities[k].toDouble() - wanted) < 1e-6,
                         qPrintable(lines[i]["source"].toString()));
            }
            QCOMPARE(lines[i]["class"].toString(), names[lines[i]["digit"].toInt(-1)]);
        }
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

    // What may not be looked at is not missing.
    void filesInAClosedFolder()
    {
        QVERIFY(openToAll(m_folder.path()));
        const QString folder = m_folder.filePath("closed");
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(picture(4, 11, true).save(folder + "/1.png"));
        QVERIFY(QFile::setPermissions(folder, {}));
        const auto back = qScopeGuard([&] { openToAll(folder); });
        const auto refused = [&] {
            const AsNobody nobody;
            return nobody.isBound() ? std::optional(readImage(folder + "/1.png")) : std::nullopt;
        }();
        if (!refused)
            QSKIP("permissions do not bind this user");
        QVERIFY(!refused->has_value());
        QCOMPARE(QString::fromStdString(refused->error().message()),
                 folder +
                     "/1.png: it cannot be read: Permission denied. Check the name and the permissions.");
        const auto missing = readImage(m_folder.filePath("none.png"));
        QVERIFY(!missing);
        QCOMPARE(missing.error().why.english(), std::string("there is no such file"));
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
        for (const char* word : {"--raw", "--json", "--data", ".jsonl", "images of your own", "evaluate"})
            QVERIFY2(help.out.contains(word), word);
        QVERIFY(program::run({"--help"}).out.contains("chainrule classify"));
    }

    // Images of one's own are read as the training read them, whatever their size.
    void ownImages_data()
    {
        QTest::addColumn<QList<QSize>>("sizes");
        QTest::addColumn<int>("inputs");
        QTest::newRow("small") << QList<QSize>{{20, 12}} << 20 * 12;
        QTest::newRow("large") << QList<QSize>{{200, 150}} << 64 * 48;
        QTest::newRow("mixed") << QList<QSize>{{40, 30}, {31, 50}} << 28 * 28; // and yet no digits
    }
    void ownImages()
    {
        QFETCH(QList<QSize>, sizes);
        QFETCH(int, inputs);
        const QString name = QString("own ") + QTest::currentDataTag();
        const QString set = imageSet(name, sizes);
        QVERIFY(!set.isEmpty());
        const QString model = trainOn(set, name);
        QVERIFY(!model.isEmpty());
        const auto data = loadSource(set.toStdString());
        QVERIFY(data.has_value());
        QCOMPARE(inputCount(*data), inputs);
        const std::vector<double> expected = predictions(model, *data);
        QCOMPARE(expected.size(), std::size_t{24 * 3});

        const QStringList classes{"bar", "corner", "pole"};
        QStringList files; // in the set's order: one of each class in turn
        for (int i = 0; i < 8; ++i)
            for (const QString& each : classes)
                files << QString("%1/%2/%3.png").arg(set, each).arg(i);
        const Finished finished = program::run(QStringList{"classify", model, "--json"} + files);
        compareWith(expected, finished, classes);
        int right = 0;
        const auto lines = program::objects(finished.out);
        for (int i = 0; i < lines.size(); ++i)
            right += lines[i]["class"].toString() == classes[i % 3];
        QVERIFY2(right >= 22, qPrintable(QString::number(right)));

        // Another size than any of the training's.
        const QString larger = m_folder.filePath("larger.png");
        QVERIFY(shape(2, 3, sizes[0] * 5).save(larger));
        const auto other = program::objects(program::run({"classify", model, "--json", larger}).out);
        QCOMPARE(other.size(), 1);
        QCOMPARE(other[0]["class"].toString(), QString("pole"));
        const Finished table = program::run({"classify", model, larger});
        QVERIFY(table.out.contains("class  certainty") && table.out.contains("  pole  "));

        // The images are looked up; where they are gone, that is said, and --data names them.
        const QString moved = set + " moved";
        QVERIFY(QDir().rename(set, moved));
        const Finished gone = program::run({"classify", model, "--json", larger});
        QCOMPARE(gone.exit, 1);
        QCOMPARE(gone.out, QByteArray());
        QVERIFY2(gone.err.contains(set.toUtf8() + " any more. Give it with --data."), gone.err);
        const Finished again = program::run({"classify", model, "--json", "--data", moved, larger});
        QCOMPARE(again.err, QByteArray());
        QCOMPARE(program::objects(again.out), other);
    }

    void ownIdxFiles()
    {
        const QString set = m_folder.filePath("idx");
        QVERIFY(program::writeSet(set));
        const QString model = m_folder.filePath("idx.safetensors");
        QCOMPARE(program::run({"train", "--data", set, "--layers", "12,10", "--epochs", "3", "--json",
                               "--save", model})
                     .exit,
                 0);
        const auto data = loadSource(set.toStdString());
        QVERIFY(data.has_value());
        QStringList files;
        for (std::uint32_t i = 0; i < 20; ++i) {
            const QByteArray pixels = program::image(i, program::labelOf(i));
            const QImage image(reinterpret_cast<const uchar*>(pixels.constData()), program::side,
                               program::side, program::side, QImage::Format_Grayscale8);
            files << m_folder.filePath(QString("idx%1.png").arg(i));
            QVERIFY(image.save(files.last()));
        }
        std::vector<double> expected = predictions(model, *data);
        expected.resize(20 * 10);
        QStringList names;
        for (int i = 0; i < 10; ++i)
            names << QString::number(i);
        compareWith(expected, program::run(QStringList{"classify", model, "--json"} + files), names);
    }

    // As large as digits, and yet none: neither cropped nor centred, whether the set is told by its name or
    // by its folder.
    void garmentsAreReadAsTheyAre()
    {
        const QString set = m_folder.filePath("home/fashion-mnist");
        const auto write = [&set](const char* kind, int count) {
            QByteArray pixels = idxbytes::imagesHeader(static_cast<std::uint32_t>(count), 28, 28);
            QList<int> labels;
            for (int i = 0; i < count; ++i) {
                pixels += garment(i);
                labels << i % 10;
            }
            return idxbytes::write(set + '/' + kind + "-images-idx3-ubyte", pixels) &&
                   idxbytes::write(set + '/' + kind + "-labels-idx1-ubyte", idxbytes::labelsFile(labels));
        };
        QVERIFY(QDir().mkpath(set) && write("train", 40) && write("t10k", 10));
        QProcessEnvironment own = program::environment();
        own.insert("CHAINRULE_DATA", m_folder.filePath("home"));
        const QString model = m_folder.filePath("garments.safetensors");
        QCOMPARE(
            program::run({"train", "--data", "fashion-mnist", "--layers", "12,10", "--train", "30",
                          "--validation", "0", "--test", "10", "--epochs", "3", "--json", "--save", model},
                         own)
                .exit,
            0);
        QStringList files;
        for (int i = 0; i < 10; ++i) {
            const QByteArray pixels = garment(i);
            const QImage image(reinterpret_cast<const uchar*>(pixels.constData()), 28, 28, 28,
                               QImage::Format_Grayscale8);
            files << m_folder.filePath(QString("garment%1.png").arg(i));
            QVERIFY(image.save(files.last()));
        }
        const auto data = loadSource(set.toStdString());
        QVERIFY(data.has_value());
        QStringList names;
        for (const std::string& each : data->classNames)
            names << QString::fromStdString(each);
        QCOMPARE(names.value(9), QString("Ankle boot"));
        std::vector<double> expected = predictions(model, *data);
        expected.resize(10 * 10);
        const QStringList words = QStringList{"classify", model, "--json"} + files;
        compareWith(expected, program::run(words, own), names);
        compareWith(expected, program::run(words + QStringList{"--data", set}, own), names);
        compareWith(expected, program::run(words), names); // the set need not be there: its name tells
        const Finished raw = program::run({"classify", model, "--raw", files[0]}, own);
        QCOMPARE(raw.exit, 1);
        QVERIFY2(raw.err.startsWith("chainrule: --raw: "), raw.err);
        // Strokes become ink of 28 x 28, as on the Draw page.
        QCOMPARE(program::objects(program::run({"classify", model, "--json", m_strokes}, own).out).size(),
                 11);

        // Weights that have lost their classes' names: the set still tells that they are none of digits.
        auto nameless = loadModel(model.toStdString());
        QVERIFY(nameless.has_value());
        nameless->network.outputNames.clear();
        const QString plain = m_folder.filePath("nameless.safetensors");
        QVERIFY(idxbytes::write(plain, QByteArray::fromStdString(encodeModel(*nameless))));
        QStringList numbers;
        for (int i = 0; i < 10; ++i)
            numbers << QString::number(i);
        const QStringList plainWords = QStringList{"classify", plain, "--json"} + files;
        compareWith(expected, program::run(plainWords, own), numbers);
        compareWith(expected, program::run(plainWords + QStringList{"--data", set}, own), numbers);
    }

    void strokesAreForTheirSizeAlone()
    {
        const QString set = imageSet("shapes", {{20, 12}});
        const QString model = trainOn(set, "shapes");
        QVERIFY(!model.isEmpty());
        const QString image = set + "/bar/1.png";
        const Finished finished = program::run({"classify", model, "--json", m_strokes, image});
        QCOMPARE(finished.exit, 1);
        QCOMPARE(finished.err, "chainrule: " + m_strokes.toUtf8() +
                                   ": pen strokes become images of 28 x 28, but the network reads images of "
                                   "20 x 12. Use a model for 28 x 28, or give images.\n");
        QCOMPARE(program::objects(finished.out).size(), 1); // the rest is done
        const Finished raw = program::run({"classify", model, "--raw", image});
        QCOMPARE(raw.exit, 1);
        QCOMPARE(raw.out, QByteArray());
        QVERIFY(raw.err.startsWith("chainrule: --raw: "));
        // A set of another size is not what it was trained on.
        const Finished unlike =
            program::run({"classify", model, "--data", imageSet("unlike", {{9, 9}}), image});
        QCOMPARE(unlike.exit, 1);
        QVERIFY2(unlike.err.contains("240 inputs") && unlike.err.contains("9 x 9"), unlike.err);
    }

    // A table of squares of pixels is a set of images.
    void tablesOfImages()
    {
        QByteArray rows;
        for (int i = 0; i < 40; ++i) {
            rows += QByteArray::number(i % 2);
            for (int at = 0; at < 36; ++at)
                rows += ',' + QByteArray::number((at < 18) == (i % 2 == 0) ? 200 + i : 10);
            rows += '\n';
        }
        const QString table = file("squares.csv", rows);
        const QString model = m_folder.filePath("squares.safetensors");
        QCOMPARE(program::run({"train", "--data", table, "--layers", "4,2", "--optimizer", "adam", "--lr",
                               "0.01", "--epochs", "60", "--batch", "4", "--json", "--save", model})
                     .exit,
                 0);
        QImage image(12, 12, QImage::Format_Grayscale8);
        image.fill(Qt::black);
        QPainter painter(&image);
        painter.fillRect(0, 6, 12, 6, QColor(220, 220, 220));
        painter.end();
        const QString lower = m_folder.filePath("lower.png");
        QVERIFY(image.save(lower));
        const auto lines = program::objects(program::run({"classify", model, "--json", lower}).out);
        QCOMPARE(lines.size(), 1);
        QCOMPARE(lines[0]["digit"].toInt(-1), 1);
        QVERIFY(lines[0]["probabilities"].toArray().at(1).toDouble() > 0.8);
        QVERIFY(QFile::remove(table));
        const Finished gone = program::run({"classify", model, "--json", lower});
        QCOMPARE(gone.exit, 1);
        QVERIFY2(gone.err.contains("any more. Give it with --data; a model of a table is"), gone.err);
    }

    void modelsOfTablesAreRefused()
    {
        QByteArray rows = "size,weight,kind\n";
        for (int i = 0; i < 60; ++i)
            rows += QByteArray::number(i) + ',' + QByteArray::number(i % 7) + (i < 30 ? ",a\n" : ",b\n");
        const QString table = file("garden.csv", rows);
        for (const QString& data : {table, QString("moons")}) {
            const QString model = m_folder.filePath("table.safetensors");
            QCOMPARE(program::run({"train", "--data", data, "--layers", "4,2", "--epochs", "1", "--json",
                                   "--save", model})
                         .exit,
                     0);
            const Finished finished = program::run({"classify", model, m_strokes});
            QCOMPARE(finished.exit, 1);
            QCOMPARE(finished.out, QByteArray());
            QCOMPARE(finished.err, "chainrule: " + model.toUtf8() +
                                       ": its network reads the numbers of a table, not images. Measure it "
                                       "on such a table with chainrule evaluate.\n");
        }
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
        QVERIFY(finished.err.contains("6 x 6"));
        QVERIFY(finished.err.contains("28 x 28"));
        QCOMPARE(program::run({"classify", m_folder.filePath("none.safetensors"), m_strokes}).exit, 1);
        // Augmentation needs images.
        const Finished toy = program::run({"train", "--data", "xor", "--augment"});
        QCOMPARE(toy.exit, 1);
        QVERIFY(toy.err.contains("--augment"));
    }
};

QTEST_GUILESS_MAIN(TestClassify)
#include "tst_classify.moc"
