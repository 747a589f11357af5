// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"

#include "tests/app/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <csignal>
#include <span>
#include <sys/types.h>

using program::Finished;

/// Whole runs of `chainrule train` and `chainrule evaluate`.
class TestCliRun : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_set;

    QString path(const QString& name) const { return m_folder.filePath(name); }

    /// A short run on the small set; the words after these may say otherwise.
    QStringList shortRun(const QStringList& more = {}) const
    {
        return QStringList{"train", "--data",   m_set,   "--train",  "120", "--validation", "40", "--test",
                           "60",    "--layers", "12,10", "--epochs", "3",   "--batch",      "16", "--json"} +
               more;
    }

    /// The lines of a run that was to end well; none where it did not.
    static QList<QJsonObject> lines(const QStringList& words)
    {
        const Finished finished = program::run(words);
        if (finished.exit != 0 || !finished.err.isEmpty()) {
            qInfo("exit %d, error '%s'", finished.exit, finished.err.constData());
            return {};
        }
        return program::objects(finished.out);
    }

    static bool isCount(const QJsonValue& value)
    {
        return value.isDouble() && value.toDouble() >= 0 && value.toDouble() == std::floor(value.toDouble());
    }

    static bool isPositive(const QJsonValue& value) { return value.isDouble() && value.toDouble() > 0; }

    /// Whether an accuracy in per cent is that of a whole number of `samples`.
    static bool isShareOf(const QJsonValue& accuracy, int samples)
    {
        const double correct = accuracy.toDouble(-1) / 100 * samples;
        return accuracy.isDouble() && correct >= 0 && correct < samples + 1e-9 &&
               std::abs(correct - std::round(correct)) < 1e-9;
    }

    static bool near(double a, double b, double tolerance)
    {
        if (std::abs(a - b) <= tolerance)
            return true;
        qInfo("%.12g and %.12g differ by more than %g", a, b, tolerance);
        return false;
    }

    /// The lines without what a clock says.
    static QList<QJsonObject> timeless(QList<QJsonObject> all)
    {
        for (QJsonObject& line : all) {
            line.remove("train_seconds");
            line.remove("samples_per_second");
        }
        return all;
    }

private slots:
    void initTestCase()
    {
        m_set = path("set");
        QVERIFY(program::writeSet(m_set));
    }

    void printsThePromisedLines()
    {
        const auto all = lines(shortRun());
        QCOMPARE(all.size(), 5);
        const QJsonObject& start = all.first();
        QCOMPARE(start["event"].toString(), "start");
        QCOMPARE(start["engine"].toString(), "matrix");
        QCOMPARE(start["parameters"].toInt(), 36 * 12 + 12 + 12 * 10 + 10);
        const QJsonArray layers = start["layers"].toArray();
        QCOMPARE(layers.size(), 2);
        QCOMPARE(layers[0].toObject()["units"].toInt(), 12);
        QCOMPARE(layers[0].toObject()["activation"].toString(), "relu");
        QCOMPARE(layers[1].toObject()["units"].toInt(), 10);
        QCOMPARE(layers[1].toObject()["activation"].toString(), "softmax");
        QCOMPARE(start["train"].toInt(), 120);
        QCOMPARE(start["validation"].toInt(), 40);
        QCOMPARE(start["test"].toInt(), 60);

        double seconds = 0;
        for (int epoch = 1; epoch <= 3; ++epoch) {
            const QJsonObject& line = all[epoch];
            QCOMPARE(line["event"].toString(), "epoch");
            QCOMPARE(line["epoch"].toInt(), epoch);
            QVERIFY(isPositive(line["train_loss"]));
            QVERIFY(isPositive(line["validation_loss"]));
            QVERIFY(isShareOf(line["train_accuracy"], 120));
            QVERIFY(isShareOf(line["validation_accuracy"], 40));
            QVERIFY(isPositive(line["train_seconds"]));
            seconds += line["train_seconds"].toDouble();
        }
        const QJsonObject& end = all.last();
        QCOMPARE(end["event"].toString(), "end");
        QVERIFY(isPositive(end["test_loss"]));
        QVERIFY(isShareOf(end["test_accuracy"], 60));
        QVERIFY(near(end["train_seconds"].toDouble(), seconds, 1e-6));
        const double rate = 3 * 120 / end["train_seconds"].toDouble();
        QVERIFY(near(end["samples_per_second"].toDouble() / rate, 1.0, 1e-6));
    }

    void leavesOutWhatWasNotMeasured()
    {
        const auto all = lines(shortRun({"--validation", "0", "--test", "0"}));
        QCOMPARE(all.size(), 5);
        QCOMPARE(all.first()["validation"].toInt(-1), 0);
        for (int epoch = 1; epoch <= 3; ++epoch) {
            for (const char* member : {"validation_loss", "validation_accuracy"})
                QVERIFY(all[epoch].contains(member) && all[epoch][member].isNull());
        }
        for (const char* member : {"test_loss", "test_accuracy"})
            QVERIFY(all.last().contains(member) && all.last()[member].isNull());
    }

    void printsATableForPeople()
    {
        QStringList words = shortRun();
        words.removeOne("--json");
        const Finished finished = program::run(words);
        QCOMPARE(finished.exit, 0);
        QCOMPARE(finished.err, QByteArray()); // the progress bar is for terminals
        for (const char* expected :
             {"120 training, 40 validation, 60 test samples", "574 parameters", "test accuracy"})
            QVERIFY2(finished.out.contains(expected), finished.out.constData());
        QVERIFY(!finished.out.contains('\033'));
    }

    void learns()
    {
        const auto all = lines(shortRun({"--epochs", "30", "--lr", "0.5"}));
        QCOMPARE(all.size(), 32);
        QVERIFY(all[30]["train_loss"].toDouble() < all[1]["train_loss"].toDouble() / 4);
        QVERIFY(all.last()["test_accuracy"].toDouble() > 90);
    }

    void savedModelsEvaluateTheSame_data()
    {
        QTest::addColumn<QString>("trainedBy");
        QTest::addColumn<QString>("precision");
        QTest::addColumn<QString>("otherEngine");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("matrix, float") << "matrix"
                                       << "float"
                                       << "scalar" << 1e-5;
        QTest::newRow("matrix, double") << "matrix"
                                        << "double"
                                        << "scalar" << 1e-6;
        QTest::newRow("scalar") << "scalar"
                                << "double"
                                << "matrix" << 1e-6;
    }

    void savedModelsEvaluateTheSame()
    {
        QFETCH(QString, trainedBy);
        QFETCH(QString, precision);
        QFETCH(QString, otherEngine);
        QFETCH(double, tolerance);
        const QString model = path("saved.safetensors");
        const auto all = lines(shortRun({"--engine", trainedBy, "--precision", precision, "--lr", "0.3",
                                         "--no-shuffle", "--test", "90", "--save", model}));
        QCOMPARE(all.size(), 5);
        const QJsonObject& end = all.last();

        // In file order: the first of the training file, and the first of the test file.
        const QByteArray saved = program::content(model);
        const program::Measured test = program::measure(saved, program::trainingImages, 90);
        QVERIFY(near(end["test_loss"].toDouble(), test.loss, tolerance));
        QVERIFY(near(end["test_accuracy"].toDouble(), test.accuracy, 1e-9));
        const program::Measured training = program::measure(saved, 0, 120);
        QVERIFY(near(all[3]["train_accuracy"].toDouble(), training.accuracy, 1e-9));
        const program::Measured validation = program::measure(saved, 120, 40);
        QVERIFY(near(all[3]["validation_loss"].toDouble(), validation.loss, tolerance));

        for (const QString& engine : {trainedBy, otherEngine}) {
            const QStringList evaluate{"evaluate", model, "--engine", engine, "--json"};
            const auto onTest = lines(evaluate);
            QCOMPARE(onTest.size(), 1);
            QCOMPARE(onTest[0]["samples"].toInt(), 90);
            QVERIFY(near(onTest[0]["loss"].toDouble(), end["test_loss"].toDouble(), tolerance));
            QVERIFY(near(onTest[0]["accuracy"].toDouble(), end["test_accuracy"].toDouble(), 1e-9));

            const QJsonArray confusion = onTest[0]["confusion"].toArray();
            QCOMPARE(confusion.size(), 10);
            int diagonal = 0;
            for (int label = 0; label < 10; ++label) {
                const QJsonArray row = confusion[label].toArray();
                QCOMPARE(row.size(), 10);
                int sum = 0;
                for (const QJsonValue& count : row) {
                    QVERIFY(isCount(count));
                    sum += count.toInt();
                }
                int there = 0; // rows are the true classes
                for (std::uint32_t i = program::trainingImages; i < program::trainingImages + 90U; ++i)
                    there += program::labelOf(i) == label ? 1 : 0;
                QCOMPARE(sum, there);
                diagonal += row[label].toInt();
            }
            QVERIFY(near(100.0 * diagonal / 90, test.accuracy, 1e-9));

            const auto onTraining = lines(evaluate + QStringList{"--split", "training"});
            QCOMPARE(onTraining.size(), 1);
            QCOMPARE(onTraining[0]["samples"].toInt(), 120);
            QVERIFY(near(onTraining[0]["accuracy"].toDouble(), all[3]["train_accuracy"].toDouble(), 1e-9));
            const auto onValidation = lines(evaluate + QStringList{"--split", "validation"});
            QCOMPARE(onValidation.size(), 1);
            QVERIFY(
                near(onValidation[0]["loss"].toDouble(), all[3]["validation_loss"].toDouble(), tolerance));
        }
    }

    void evaluatesTheSamplesOfAShuffledRun()
    {
        const QString model = path("shuffled.safetensors");
        const auto all = lines(shortRun({"--seed", "7", "--save", model}));
        QCOMPARE(all.size(), 5);
        const auto same = lines({"evaluate", model, "--json"});
        QCOMPARE(same.size(), 1);
        QCOMPARE(same[0]["loss"].toDouble(), all.last()["test_loss"].toDouble());
        QCOMPARE(same[0]["accuracy"].toDouble(), all.last()["test_accuracy"].toDouble());
        const auto said = lines({"evaluate", model, "--data", m_set, "--train", "120", "--validation", "40",
                                 "--test", "60", "--seed", "7", "--json"});
        QCOMPARE(said, same);
        // Another seed draws other samples, some of which the model was trained on: that is said.
        const Finished others = program::run({"evaluate", model, "--seed", "8", "--json"});
        QCOMPARE(others.exit, 0);
        QCOMPARE(program::objects(others.out).size(), 1);
        QVERIFY(program::objects(others.out) != same);
        QVERIFY2(others.err.contains("of the 60 test samples are among those that the model was trained on"),
                 others.err.constData());
    }

    void goingOnWithAnotherSeedWarns()
    {
        const QString model = path("goeson.safetensors");
        (void)lines(shortRun({"--epochs", "1", "--seed", "7", "--save", model}));
        for (const auto& [seed, warns] : {std::pair{"7", false}, std::pair{"8", true}}) {
            QStringList words = shortRun({"--epochs", "1", "--seed", seed, "--init", model});
            words.remove(words.indexOf("--layers"), 2); // the model brings its own
            const Finished run = program::run(words);
            QCOMPARE(run.exit, 0);
            QVERIFY2(run.err.contains("test samples are among those that the model was trained on") == warns,
                     run.err.constData());
        }
    }

    void goesOnFromASavedModel()
    {
        // Without shuffling, plain gradient descent forgets nothing between two runs of one epoch each.
        const QString half = path("half.safetensors");
        const QStringList exact{"--no-shuffle", "--precision", "double"};
        const auto whole = lines(shortRun(exact + QStringList{"--epochs", "2"}));
        const auto first = lines(shortRun(exact + QStringList{"--epochs", "1", "--save", half}));
        QStringList words = shortRun(exact + QStringList{"--epochs", "1", "--init", half});
        words.remove(words.indexOf("--layers"), 2); // the model brings its own
        const auto second = lines(words);
        QCOMPARE(whole.size(), 4);
        QCOMPARE(second.size(), 3);
        QCOMPARE(first[1]["train_loss"].toDouble(), whole[1]["train_loss"].toDouble());
        QCOMPARE(second[1]["train_loss"].toDouble(), whole[2]["train_loss"].toDouble());
        QCOMPARE(second[2]["test_loss"].toDouble(), whole[3]["test_loss"].toDouble());
        QCOMPARE(second[0]["layers"], whole[0]["layers"]);
        QVERIFY(whole[1]["train_loss"] != whole[2]["train_loss"]);
    }

    void tooManyOutputsForAMatrixAreRefused()
    {
        const QString model = path("wide.safetensors");
        const QStringList train{"train", "--data",       "xor", "--layers", "2,20000", "--train",
                                "50",    "--validation", "0",   "--test",   "20",      "--epochs",
                                "1",     "--save",       model};
        QCOMPARE(program::run(train).exit, 0);
        for (const QStringList& words :
             {QStringList{"evaluate", model}, QStringList{"evaluate", model, "--json"},
              QStringList{"export", model, path("wide.html")}}) {
            const auto refused = program::run(words);
            QCOMPARE(refused.exit, 1);
            QVERIFY(refused.out.isEmpty());
            QVERIFY2(refused.err.startsWith(
                         "chainrule: the confusion matrix: it would have a row and a column for each"),
                     refused.err.constData());
        }
        QVERIFY(!QFile::exists(path("wide.html")));
        const auto script = program::run({"export", model, path("wide.py"), "--numpy"}); // nor does this
        QVERIFY2(script.exit == 0, script.err.constData());
        QCOMPARE(program::run({"export", model, path("wide.onnx")}).exit, 0); // which needs none
    }

    void classesKeepTheirPlaces_data()
    {
        QTest::addColumn<QStringList>("kinds");
        QTest::newRow("names") << QStringList{"ant", "bee", "cat"};
        QTest::newRow("numbers") << QStringList{"0", "1", "2"};
    }

    // A model of three classes, and data in which the first has no samples.
    void classesKeepTheirPlaces()
    {
        QFETCH(QStringList, kinds);
        const auto write = [&](const QString& file, int from) {
            QByteArray text("size,weight,kind\n");
            for (int i = 0; i < 300; ++i) {
                const int kind = from + i % (3 - from);
                text += QByteArray::number(10 * kind + i % 7) + ".5," +
                        QByteArray::number((i / 3) % 5 - kind) + "," + kinds[kind].toUtf8() + "\n";
            }
            QVERIFY(idxbytes::write(file, text));
        };
        const QString all = path("kinds-all.csv");
        const QString some = path("kinds-some.csv");
        write(all, 0);
        write(some, 1);
        const QString model = path("kinds.safetensors");
        const QString next = path("kinds-next.safetensors");
        const QStringList train{"train", "--seed", "3",       "--epochs", "20",     "--batch", "16",
                                "--lr",  "0.1",    "--train", "200",      "--test", "60"};
        QCOMPARE(program::run(train + QStringList{"--data", all, "--layers", "8,3", "--save", model}).exit,
                 0);
        const auto own = program::run({"evaluate", model});
        QCOMPARE(own.exit, 0);
        QVERIFY2(own.err.isEmpty(), own.err.constData());
        // The objects of a run that was to end well, with nothing to say about the table's scale.
        const auto objects = [](const QString& data, const QStringList& words) {
            const auto done = program::run(words + QStringList{"--json", "--data", data});
            if (done.exit == 0 && done.err.isEmpty())
                return program::objects(done.out);
            qInfo("exit %d, error '%s'", done.exit, done.err.constData());
            return QList<QJsonObject>();
        };
        const auto judged = objects(some, {"evaluate", model});
        QCOMPARE(judged.size(), 1);
        const QJsonArray names = QJsonArray::fromStringList(kinds);
        QCOMPARE(judged[0]["classes"].toArray(), names);
        const QJsonArray confusion = judged[0]["confusion"].toArray();
        QCOMPARE(confusion[0].toArray(), (QJsonArray{0, 0, 0}));

        const QString onnx = path("kinds.onnx");
        QCOMPARE(program::run({"export", model, onnx}).exit, 0);
        QVERIFY(program::content(onnx).contains(
            "columns in their own numbers, which the model brings to its scale. Output"));

        // Learning on: the weights are right from the first batch on, and the model keeps its names.
        const auto on = objects(some, train + QStringList{"--init", model, "--save", next, "--lr", "1e-9"});
        QVERIFY(!on.isEmpty());
        QCOMPARE(on.last()["test_accuracy"].toDouble(), judged[0]["accuracy"].toDouble());
        const auto after = objects(all, {"evaluate", next});
        QCOMPARE(after.size(), 1);
        QCOMPARE(after[0]["classes"].toArray(), names);

        QVERIFY(idxbytes::write(some, "a,b,kind\n1.5,1.5,7\n2.5,2.5,1\n1.25,2.5,7\n3.5,4.5,dog\n"));
        const auto refused = program::run(train + QStringList{"--data", some, "--init", model});
        if (kinds[0] != "0") { // else the model has no names to compare with
            QCOMPARE(refused.exit, 1);
            QVERIFY2(refused.err.contains("is not one of the model's"), refused.err.constData());
        }
    }

    // A table of other means and ranges than the one that was trained on, and what the model makes of it by a
    // computation of the test's own.
    void tablesAreReadByTheModelsScale()
    {
        struct Row {
            double values[3];
            int label;
        };
        const auto rowsOf = [](int count, double shift, double stretch) {
            std::vector<Row> rows;
            for (int i = 0; i < count; ++i) {
                const int label = i % 2;
                const double a = shift + stretch * (label + 0.37 * (i % 5));
                const double b = -3.0 + 0.01 * stretch * ((i * 7) % 11) - label;
                // Numbers that a float holds, and a column that is constant where it is trained on.
                rows.push_back({{std::ldexp(std::round(std::ldexp(a, 8)), -8),
                                 std::ldexp(std::round(std::ldexp(b, 8)), -8), shift},
                                label});
            }
            return rows;
        };
        const auto write = [&](const QString& file, const std::vector<Row>& rows) {
            QByteArray text("a,b,c,label\n");
            for (const Row& row : rows) {
                for (const double value : row.values)
                    text += QByteArray::number(value, 'g', 17) + ",";
                text += row.label == 1 ? "yes\n" : "no\n";
            }
            return idxbytes::write(file, text);
        };
        const std::vector<Row> known = rowsOf(200, 0.5, 1.0);
        const std::vector<Row> seen = rowsOf(81, 1.75, 0.625); // the first is none of the test samples
        const QString first = path("scale-first.csv");
        const QString second = path("scale-second.csv");
        QVERIFY(write(first, known) && write(second, seen));
        const QString model = path("scale.safetensors");
        const QStringList train{"train",   "--json", "--precision", "double",       "--train",
                                "100",     "--test", "60",          "--validation", "20",
                                "--batch", "8",      "--lr",        "0.1",          "--no-shuffle"};
        QCOMPARE(program::run(train + QStringList{"--data", first, "--layers", "4:tanh,2", "--epochs", "6",
                                                  "--save", model})
                     .exit,
                 0);
        // The means and deviations of the first table, over its training samples.
        const auto trainedOn = std::span(known).first(100);
        double means[3] = {};
        double deviations[3] = {};
        for (int i = 0; i < 3; ++i) {
            for (const Row& row : trainedOn)
                means[i] += row.values[i] / static_cast<double>(trainedOn.size());
            for (const Row& row : trainedOn)
                deviations[i] +=
                    std::pow(row.values[i] - means[i], 2) / static_cast<double>(trainedOn.size());
            deviations[i] = std::sqrt(deviations[i]);
        }
        const auto byHand = [&](const QString& file, int& right) {
            const auto loaded = chainrule::loadModel(file.toStdString());
            if (!loaded)
                qFatal("no model");
            const std::vector<double>& p = loaded->network.parameters;
            double loss = 0.0;
            for (const Row& row : std::span(seen).subspan(1)) {
                double hidden[4];
                for (std::size_t unit = 0; unit < 4; ++unit) {
                    double sum = p[12 + unit];
                    for (std::size_t i = 0; i < 2; ++i) // the third input is 0
                        sum += p[3 * unit + i] * (row.values[i] - means[i]) / deviations[i];
                    hidden[unit] = std::tanh(sum);
                }
                double scores[2];
                for (std::size_t unit = 0; unit < 2; ++unit) {
                    scores[unit] = p[24 + unit];
                    for (std::size_t i = 0; i < 4; ++i)
                        scores[unit] += p[16 + 4 * unit + i] * hidden[i];
                }
                const std::size_t truth = row.label == 1 ? 1 : 0; // "no" comes before "yes"
                right += scores[truth] > scores[1 - truth];
                loss += std::log1p(std::exp(scores[1 - truth] - scores[truth])) / 80.0;
            }
            return loss;
        };
        const QStringList secondOnly{"--data", second,   "--train", "1",           "--validation",
                                     "0",      "--test", "80",      "--no-shuffle"};
        int right = 0;
        const double loss = byHand(model, right);
        const auto judged =
            lines(QStringList{"evaluate", model, "--json"} + secondOnly); // and not a word on standard error
        QCOMPARE(judged.size(), 1);
        QVERIFY2(std::abs(judged[0]["loss"].toDouble() - loss) < 1e-6, qPrintable(QString::number(loss)));
        QCOMPARE(qRound(judged[0]["accuracy"].toDouble() * 0.8), right);

        // Learning on from there, on the second table, stays on the first one's scale.
        const QString next = path("scale-next.safetensors");
        const auto on =
            lines(train + QStringList{"--data", second, "--train", "60", "--test", "20", "--validation", "0",
                                      "--epochs", "3", "--init", model, "--save", next});
        QVERIFY(!on.isEmpty());
        right = 0;
        const double after = byHand(next, right);
        QVERIFY(std::abs(after - loss) > 1e-3);
        // Some of these samples it has learned from by now, which is said.
        const auto continued = program::run(QStringList{"evaluate", next, "--json"} + secondOnly);
        QVERIFY(std::abs(program::objects(continued.out).value(0)["loss"].toDouble() - after) < 1e-6);
        QVERIFY(chainrule::loadModel(next.toStdString())->network.scale ==
                chainrule::loadModel(model.toStdString())->network.scale);

        // A file from before it was kept: the table's own rows, and a word about it.
        auto old = chainrule::loadModel(model.toStdString());
        old->network.scale.clear();
        QVERIFY(idxbytes::write(path("scale-old.safetensors"),
                                QByteArray::fromStdString(chainrule::encodeModel(*old))));
        const auto told =
            program::run(QStringList{"evaluate", path("scale-old.safetensors"), "--json"} + secondOnly);
        QCOMPARE(told.exit, 0);
        QVERIFY2(told.err.contains("by its own rows"), told.err.constData());
        QVERIFY(std::abs(program::objects(told.out).value(0)["loss"].toDouble() - loss) > 1e-3);

        // Images are no columns of such a table.
        const auto wideModel = [&](int columns) {
            QByteArray text;
            for (int i = 0; i < 20; ++i) {
                for (int column = 0; column < columns; ++column)
                    text += QByteArray::number(0.5 + (i * column) % 7) + ",";
                text += i % 2 == 0 ? "0\n" : "1\n";
            }
            const QString table = path("scale-wide.csv");
            const QString wide = path("scale-wide.safetensors");
            const QStringList words{
                "train", "--data",       table, "--layers", "10", "--train", "10",     "--test",
                "5",     "--validation", "0",   "--epochs", "1",  "--json",  "--save", wide};
            return idxbytes::write(table, text) && program::run(words).exit == 0 ? wide : QString();
        };
        const auto images = program::run({"evaluate", wideModel(36), "--data", m_set});
        QCOMPARE(images.exit, 1);
        QVERIFY2(images.err.contains("its samples are images"), images.err.constData());
        QVERIFY(idxbytes::write(path("one.jsonl"), "{\"strokes\":[[[0,0],[1,1]]]}\n"));
        const auto strokes = program::run({"classify", wideModel(784), path("one.jsonl")});
        QCOMPARE(strokes.exit, 1);
        QVERIFY2(strokes.err.contains("reads the numbers of a table"), strokes.err.constData());
    }

    void evaluatingHasItsOwnWords()
    {
        const QString model = path("own-words.safetensors");
        QCOMPARE(lines(shortRun({"--epochs", "1", "--save", model})).size(), 3);
        const auto inputs = program::run({"evaluate", model, "--data", "xor"});
        QCOMPARE(inputs.exit, 1);
        QCOMPARE(inputs.err,
                 "chainrule: " + model.toUtf8() +
                     ": the model has 36 inputs, but a sample of XOR has 2 numbers. Measure it on "
                     "what it was trained on: --data " +
                     m_set.toUtf8() + ".\n");
        const QString two = path("two-classes.safetensors");
        QCOMPARE(program::run({"train", "--data", "xor", "--layers", "4,2", "--epochs", "1", "--json",
                               "--train", "50", "--validation", "0", "--test", "20", "--save", two})
                     .exit,
                 0);
        const QString three = path("three.csv");
        QVERIFY(
            idxbytes::write(three, QByteArray("0.5,1.5,0\n0.25,2,1\n1.75,3.5,2\n0.5,1,1\n").repeated(30)));
        const auto classes = program::run({"evaluate", two, "--data", three});
        QCOMPARE(classes.exit, 1);
        for (const auto* refused : {&inputs, &classes}) {
            for (const char* word : {"initial", "start without", "output layer", "units"})
                QVERIFY2(!refused->err.contains(word), refused->err.constData());
            QVERIFY2(refused->err.contains("--data"), refused->err.constData());
        }
    }

    // Names that begin alike are told apart above the columns too.
    void longNamesAreNumbered()
    {
        const QStringList kinds{"Ankle", "Ankle boot with laces", "Ankle boot without any laces"};
        QByteArray text("size,weight,kind\n");
        for (int i = 0; i < 300; ++i)
            text += QByteArray::number(10 * (i % 3) + i % 7) + ".5," + QByteArray::number(i % 5) + "," +
                    kinds[i % 3].toUtf8() + "\n";
        const QString data = path("boots.csv");
        QVERIFY(idxbytes::write(data, text));
        const QString model = path("boots.safetensors");
        QCOMPARE(
            program::run({"train", "--data", data, "--layers", "3", "--epochs", "1", "--save", model}).exit,
            0);
        const auto done = program::run({"evaluate", model});
        QCOMPARE(done.exit, 0);
        const QStringList lines = QString::fromUtf8(done.out).split('\n');
        const auto head = lines.indexOf("true \\ predicted") + 1;
        QVERIFY(head > 0);
        QCOMPARE(lines[head].simplified(), QString("0 1 2"));
        QVERIFY2(lines[head + 1].startsWith("0 Ankle "), qPrintable(lines[head + 1]));
        QVERIFY2(lines[head + 2].startsWith("1 Ankle boot with laces "), qPrintable(lines[head + 2]));
        QVERIFY2(lines[head + 3].startsWith(QString::fromUtf8("2 Ankle boot w…")),
                 qPrintable(lines[head + 3]));
        for (int row = 1; row <= 3; ++row) // the counts end where their heads do
            QCOMPARE(lines[head + row].size(), lines[head].size());
        QVERIFY(lines.contains("2 Ankle boot without any laces"));
    }

    void writesTheHistory()
    {
        const QString file = path("history.csv");
        const auto all = lines(shortRun({"--history", file}));
        QCOMPARE(all.size(), 5);
        const QList<QByteArray> rows = program::content(file).split('\n');
        QCOMPARE(rows.size(), 5); // a header, three epochs, and nothing after the last line's end
        QCOMPARE(rows.last(), QByteArray());
        const QList<QByteArray> names = rows.first().split(',');
        for (const char* name : {"epoch", "train_loss", "train_accuracy", "validation_loss",
                                 "validation_accuracy", "train_seconds"}) {
            const auto column = names.indexOf(name);
            QVERIFY2(column >= 0, name);
            for (int epoch = 1; epoch <= 3; ++epoch) {
                bool ok = false;
                QCOMPARE(rows[epoch].split(',').value(column).toDouble(&ok), all[epoch][name].toDouble());
                QVERIFY(ok);
            }
        }
    }

    void endsWellWhenInterrupted()
    {
        const QString model = path("interrupted.safetensors");
        const QString history = path("interrupted.csv");
        QProcess process;
        process.setProcessEnvironment(program::environment());
        process.start(CHAINRULE_EXECUTABLE,
                      shortRun({"--epochs", "1000000", "--save", model, "--history", history}));
        QByteArray out;
        while (!out.contains("\"epoch\":3,") && process.waitForReadyRead(20000))
            out += process.readAllStandardOutput();
        QVERIFY(out.contains("\"epoch\":3,"));
        QVERIFY(!QFile::exists(model)); // only whole files, and at the end
        QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
        QVERIFY(process.waitForFinished(20000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 0);
        QCOMPARE(process.readAllStandardError(), QByteArray());

        out += process.readAllStandardOutput();
        const auto all = program::objects(out);
        QVERIFY(all.size() >= 5);
        QCOMPARE(all.last()["event"].toString(), "end");
        QVERIFY(all.last().contains("test_loss"));
        // A header and as many epochs as were printed.
        QCOMPARE(program::content(history).count('\n'), all.size() - 1);
        QCOMPARE(lines({"evaluate", model, "--json"}).size(), 1);
    }

    void repeatsItself()
    {
        for (const QStringList& engine : {QStringList{"--engine", "matrix", "--threads", "2"},
                                          QStringList{"--engine", "scalar", "--batch", "1"}}) {
            const QString model = path("repeated.safetensors");
            const auto one = timeless(lines(shortRun(engine + QStringList{"--save", model})));
            const QByteArray weights = program::content(model).right(1000);
            const auto two = timeless(lines(shortRun(engine + QStringList{"--save", model})));
            QCOMPARE(one.size(), 5);
            QCOMPARE(one, two);
            QCOMPARE(weights, program::content(model).right(1000));
            const auto other = timeless(lines(shortRun(engine + QStringList{"--seed", "43"})));
            QCOMPARE(other.size(), 5);
            QVERIFY(other.last() != one.last());
        }
    }

    void learnsToySets_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<double>("leastAccuracy");
        // What a straight line cannot reach on any of them.
        QTest::newRow("xor") << "xor" << 90.0;
        QTest::newRow("circles") << "circles" << 90.0;
        QTest::newRow("moons") << "moons" << 90.0;
        QTest::newRow("spiral") << "spiral" << 70.0;
    }

    void learnsToySets()
    {
        QFETCH(QString, name);
        QFETCH(double, leastAccuracy);
        const auto all =
            lines({"train",  "--data",  name,       "--train",  "400",         "--validation", "0",
                   "--test", "200",     "--preset", "matrix",   "--optimizer", "adam",         "--lr",
                   "0.01",   "--batch", "16",       "--epochs", "40",          "--json"});
        QCOMPARE(all.size(), 42);
        QCOMPARE(all.first()["train"].toInt(), 400);
        QVERIFY(all.last()["test_accuracy"].toDouble() > leastAccuracy);
    }

    void toyPartsStayWithOtherTestCounts()
    {
        const QString model = path("moons.safetensors");
        QVERIFY(!lines({"train", "--data", "moons", "--train", "300", "--validation", "0", "--test", "100",
                        "--layers", "4,2", "--epochs", "1", "--save", model, "--json"})
                     .isEmpty());
        const auto training = [&](const QStringList& more) {
            return lines(QStringList{"evaluate", model, "--split", "training", "--json"} + more);
        };
        const auto same = training({});
        QCOMPARE(same.size(), 1);
        QCOMPARE(same.first()["samples"].toInt(), 300);
        QCOMPARE(training({"--test", "500"}), same);
        QVERIFY(training({"--seed", "43"}) != same);
    }

    void keepsFiniteWeightsWhereTrainingDiverges()
    {
        const QString model = path("diverged.safetensors");
        const QString history = path("diverged.csv");
        const Finished finished =
            program::run(shortRun({"--lr", "1e6", "--epochs", "50", "--layers", "12,12,12,10", "--save",
                                   model, "--history", history}));
        QCOMPARE(finished.exit, 1);
        for (const char* word :
             {"chainrule: training stopped at step ", "epoch", "learning rate of 1e6", "Lower"})
            QVERIFY2(finished.err.contains(word), finished.err.constData());
        QCOMPARE(finished.err.count('\n'), 1);
        const auto all = program::objects(finished.out);
        QVERIFY(all.size() >= 2);
        QCOMPARE(all.last()["event"].toString(), "end");
        QVERIFY(all.last().contains("test_loss") && all.last()["test_loss"].isNull());

        const QByteArray saved = program::content(model);
        for (int layer = 0; layer < 4; ++layer) {
            for (const char* part : {"weight", "bias"}) {
                const auto values = program::tensor(saved, QString("layers.%1.%2").arg(layer).arg(part));
                QVERIFY(!values.empty());
                QVERIFY(std::all_of(values.begin(), values.end(),
                                    [](double value) { return std::isfinite(value); }));
            }
        }
        QVERIFY(program::content(history).startsWith("epoch,"));
        QCOMPARE(program::run({"evaluate", model}).exit, 0);
    }

    void reportsAFullDisk()
    {
        QProcess process;
        process.setProcessEnvironment(program::environment());
        process.setStandardOutputFile("/dev/full");
        process.start(CHAINRULE_EXECUTABLE, shortRun());
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().startsWith("chainrule: standard output: "));
    }

    void leavesNoOtherFiles()
    {
        const QStringList stray = QDir(m_folder.path())
                                      .entryList(QDir::Files | QDir::Hidden)
                                      .filter(QRegularExpression("(csv|safetensors)."));
        QCOMPARE(stray, QStringList());
    }
};

QTEST_GUILESS_MAIN(TestCliRun)
#include "tst_clirun.moc"
