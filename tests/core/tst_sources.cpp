// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/sources.h"

#include "core/data/toydata.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"
#include "tests/core/idxbytes.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <numbers>

using namespace chainrule;

class TestSources : public QObject {
    Q_OBJECT

private:
    /// The words of the error with which a source is refused.
    static QString refusal(const QString& source)
    {
        const Result<Dataset> data = loadDataset(source.toStdString());
        return data ? "loaded" : QString::fromStdString(data.error().message());
    }

    // Letter `label` of `side` x `side` pixels: noise, and a stroke whose place is the letter's own.
    static QByteArray letter(int side, int label, std::uint32_t sample)
    {
        QByteArray pixels;
        for (int at = 0; at < side * side; ++at)
            pixels.append(static_cast<char>((sample * 7919U + static_cast<std::uint32_t>(at) * 104729U +
                                             sample * static_cast<std::uint32_t>(at) * 31U) %
                                            97U));
        for (int k = 0; k < 4; ++k)
            pixels[label * 9 + k] = static_cast<char>(180 + static_cast<int>(sample % 70U));
        return pixels;
    }

    static bool writeLetters(const QString& folder, int side, std::uint32_t train, std::uint32_t test)
    {
        if (!QDir().mkpath(folder))
            return false;
        std::uint32_t sample = 0;
        const auto pair = [&](const QString& name, std::uint32_t count) {
            QByteArray images = idxbytes::imagesHeader(count, static_cast<std::uint32_t>(side),
                                                       static_cast<std::uint32_t>(side));
            QList<int> labels;
            for (std::uint32_t i = 0; i < count; ++i, ++sample) {
                labels.append(static_cast<int>(sample * 7U % 26U));
                images.append(letter(side, labels.back(), sample));
            }
            return idxbytes::write(folder + "/" + name + "-images-idx3-ubyte", images) &&
                   idxbytes::write(folder + "/" + name + "-labels-idx1-ubyte", idxbytes::labelsFile(labels));
        };
        return pair("train", train) && pair("t10k", test);
    }

private slots:
    void lettersOf16By16AreLearned()
    {
        QTemporaryDir folder;
        QVERIFY(writeLetters(folder.path(), 16, 2600, 520));
        QByteArray names;
        for (char name = 'a'; name <= 'z'; ++name)
            names += QByteArray(1, name) + "\n";
        QVERIFY(idxbytes::write(folder.filePath("classes.txt"), names));
        auto data = loadDataset(folder.path().toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->classes, 26);
        QCOMPARE(data->classNames[25], std::string("z"));
        QCOMPARE(inputCount(*data), 256);
        TrainingSettings settings = presets().front().settings;
        settings.layers = {{64, Activation::Relu}, {26, Activation::Softmax}};
        settings.samples = {2500, 100, 500};
        settings.epochs = 15;
        const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(std::move(*data)));
        QVERIFY2(setup.has_value(), setup ? "" : setup.error().message().c_str());
        Control control(settings.learningRate);
        Feed feed;
        const auto outcome = train(*setup, control, feed, {});
        QVERIFY(outcome.history.test.has_value());
        QVERIFY2(outcome.history.test->accuracy > 99.0,
                 qPrintable(QString::number(outcome.history.test->accuracy)));
    }

    void readsTables()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("flowers.csv");
        QVERIFY(idxbytes::write(path, "size,kind\n1.5,rose\n2.5,tulip\n3.5,rose\n"));
        const auto data = loadDataset(path.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->source, path.toStdString());
        QCOMPARE(data->classes, 2);
        QVERIFY(!isSourceName(path.toStdString()) && isSourceName("spiral") && isSourceName("mnist"));
    }

    void init()
    {
        qunsetenv("CHAINRULE_DATA");
        qunsetenv("XDG_DATA_HOME");
        qputenv("HOME", "/nonexistent");
    }

    void findsMnistWhereItIsPromised()
    {
        QTemporaryDir folder;
        const QString inData = folder.filePath("data/mnist");
        const QString inXdg = folder.filePath("xdg/chainrule/mnist");
        const QString inHome = folder.filePath("home/.local/share/chainrule/mnist");
        QCOMPARE(defaultSource(), std::string("digits"));

        QVERIFY(idxbytes::writeSet(inHome, {1}, {2}));
        qputenv("HOME", folder.filePath("home").toLocal8Bit());
        QCOMPARE(findIdxFolder("mnist"), inHome.toStdString());

        QVERIFY(idxbytes::writeSet(inXdg, {3}, {4}));
        qputenv("XDG_DATA_HOME", folder.filePath("xdg").toLocal8Bit());
        QCOMPARE(findIdxFolder("mnist"), inXdg.toStdString());

        QVERIFY(idxbytes::writeSet(inData, {5}, {6}));
        qputenv("CHAINRULE_DATA", folder.filePath("data").toLocal8Bit());
        QCOMPARE(findIdxFolder("mnist"), inData.toStdString());
        QCOMPARE(defaultSource(), std::string("mnist"));

        const Result<Dataset> data = loadDataset("mnist");
        QVERIFY(data.has_value());
        QCOMPARE(data->source, std::string("mnist"));
        QCOMPARE(data->name, std::string("MNIST"));
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{5, 6}));

        // An incomplete folder does not hide a complete one behind it.
        QVERIFY(QFile::remove(inData + "/t10k-labels-idx1-ubyte"));
        QCOMPARE(findIdxFolder("mnist"), inXdg.toStdString());

        // A relative XDG_DATA_HOME counts as unset.
        qputenv("XDG_DATA_HOME", "xdg");
        QCOMPARE(findIdxFolder("mnist"), inHome.toStdString());
    }

    void findsOtherNamesAndFolders()
    {
        QTemporaryDir folder;
        QVERIFY(idxbytes::writeSet(folder.filePath("fashion-mnist"), {1, 2}, {3}));
        const Result<Dataset> byPath = loadDataset(folder.filePath("fashion-mnist").toStdString());
        QVERIFY(byPath.has_value());
        QCOMPARE(byPath->source, folder.filePath("fashion-mnist").toStdString());

        qputenv("CHAINRULE_DATA", folder.path().toLocal8Bit());
        const Result<Dataset> byName = loadDataset("fashion-mnist");
        QVERIFY(byName.has_value());
        QCOMPARE(byName->source, std::string("fashion-mnist"));
        QVERIFY(!findIdxFolder("../" + QDir(folder.path()).dirName().toStdString() + "/fashion-mnist"));
    }

    void saysWhereMnistWasLookedFor()
    {
        QTemporaryDir folder;
        const QString incomplete = folder.filePath("mnist");
        QVERIFY(idxbytes::writeSet(incomplete, {1}, {2}));
        QVERIFY(QFile::remove(incomplete + "/train-labels-idx1-ubyte.gz"));
        qputenv("CHAINRULE_DATA", folder.path().toLocal8Bit());
        const QString message = refusal("mnist");
        QVERIFY2(message.contains(incomplete + " (which lacks train-labels-idx1-ubyte)"),
                 qPrintable(message));
        QVERIFY2(message.contains("/nonexistent/.local/share/chainrule/mnist"), qPrintable(message));
        QVERIFY2(message.contains("chainrule datasets fetch mnist"), qPrintable(message));
    }

    void refusesUnknownWords()
    {
        for (const QString& source :
             {QString("mnits"), QString(), QString("/nonexistent/folder"), QString("XOR")}) {
            const QString message = refusal(source);
            for (const char* known : {"mnist", "digits", "xor", "circles", "moons", "spiral", "folder"})
                QVERIFY2(message.contains(known), qPrintable(message));
            QVERIFY2(message.contains("'" + source + "'"), qPrintable(message));
        }
    }

    void drawsBuiltInDigits()
    {
        const Result<Dataset> data = loadDataset("digits");
        QVERIFY(data.has_value());
        QCOMPARE(data->source, std::string("digits"));
        QCOMPARE(sampleCount(*data), std::size_t{70000});
        QCOMPARE(data->classes, 10);
        QCOMPARE(data->pixels.size(), std::size_t{70000} * 784);
    }

    void drawsToySets_data()
    {
        QTest::addColumn<QString>("source");
        for (const char* source : {"xor", "circles", "moons", "spiral"})
            QTest::newRow(source) << source;
    }

    void drawsToySets()
    {
        QFETCH(QString, source);
        const Result<Dataset> data = loadDataset(source.toStdString());
        QVERIFY(data.has_value());
        QCOMPARE(data->source, source.toStdString());
        QCOMPARE(sampleCount(*data), std::size_t{70000});
        QCOMPARE(inputCount(*data), 2);
        QCOMPARE(data->classes, 2);
        QCOMPARE(data->classNames.size(), std::size_t{2});
        QCOMPARE(data->features.size(), std::size_t{140000});
        QVERIFY(!isImageSet(*data));
        for (std::size_t i = 0; i < sampleCount(*data); ++i)
            QCOMPARE(std::size_t{data->labels[i]}, i % 2);
        const auto [least, most] = std::minmax_element(data->features.begin(), data->features.end());
        QVERIFY2(*least > -1.35F, qPrintable(QString::number(*least)));
        QVERIFY2(*most < 1.35F, qPrintable(QString::number(*most)));

        QCOMPARE(loadDataset(source.toStdString())->features, data->features);
    }

    void toySetsTakeOptions_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("same"); // as the program writes it
        QTest::addColumn<int>("samples");
        QTest::addColumn<double>("noise");
        QTest::addColumn<quint64>("seed");
        QTest::newRow("none") << "spiral"
                              << "spiral" << 70'000 << 0.03 << quint64{20240};
        QTest::newRow("all") << "spiral:samples=400,noise=0.1,seed=3"
                             << "spiral:samples=400,noise=0.1,seed=3" << 400 << 0.1 << quint64{3};
        QTest::newRow("any order") << "xor:seed=3,samples=7"
                                   << "xor:samples=7,seed=3" << 7 << 0.05 << quint64{3};
        QTest::newRow("defaults") << "moons:noise=0.08,samples=70000"
                                  << "moons" << 70'000 << 0.08 << quint64{20240};
        QTest::newRow("ends") << "circles:samples=2,noise=1e0,seed=18446744073709551615"
                              << "circles:samples=2,noise=1,seed=18446744073709551615" << 2 << 1.0
                              << quint64{18446744073709551615U};
        QTest::newRow("no noise") << "circles:samples=9,noise=-0"
                                  << "circles:samples=9,noise=0" << 9 << 0.0 << quint64{20240};
    }

    void toySetsTakeOptions()
    {
        QFETCH(QString, source);
        QFETCH(QString, same);
        QFETCH(int, samples);
        QFETCH(double, noise);
        QFETCH(quint64, seed);
        QVERIFY(isSourceName(source.toStdString()));
        const auto options = parseToySource(source.toStdString());
        QVERIFY2(options, options ? "" : options.error().message().c_str());
        QCOMPARE(toySource(*options), same.toStdString());
        QVERIFY(*parseToySource(toySource(*options)) == *options);
        const Result<Dataset> data = loadDataset(source.toStdString());
        QVERIFY(data);
        QCOMPARE(data->source, same.toStdString());
        const Dataset expected = makeToySet(options->set, static_cast<std::size_t>(samples), noise, seed);
        QCOMPARE(data->features, expected.features);
        QCOMPARE(data->labels, expected.labels);
    }

    void wrongToyOptionsAreRefused_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("why");
        const QString samples =
            QStringLiteral("its samples must be a whole number from 2 to 1,000,000, not ");
        QTest::newRow("one sample") << "spiral:samples=1" << samples + "'1'";
        QTest::newRow("too many") << "spiral:samples=1000001" << samples + "'1000001'";
        QTest::newRow("no whole number") << "spiral:samples=4e2" << samples + "'4e2'";
        QTest::newRow("no number") << "spiral:samples" << samples + "''";
        QTest::newRow("negative noise") << "xor:noise=-0.1"
                                        << "its noise must be a number from 0 to 1, not '-0.1'";
        QTest::newRow("noise") << "xor:noise=1.01"
                               << "its noise must be a number from 0 to 1, not '1.01'";
        QTest::newRow("nan") << "xor:noise=nan"
                             << "its noise must be a number from 0 to 1, not 'nan'";
        QTest::newRow("seed")
            << "moons:seed=18446744073709551616"
            << "its seed must be a whole number from 0 to 2^64 - 1, not '18446744073709551616'";
        QTest::newRow("unknown") << "moons:size=3"
                                 << "it has no option 'size', only samples, noise and seed";
        QTest::newRow("twice") << "moons:seed=1,seed=1"
                               << "its option 'seed' is given twice";
        QTest::newRow("empty") << "moons:"
                               << "it has no option '', only samples, noise and seed";
        QTest::newRow("comma") << "moons:seed=1,"
                               << "it has no option '', only samples, noise and seed";
    }

    void wrongToyOptionsAreRefused()
    {
        QFETCH(QString, source);
        QFETCH(QString, why);
        QVERIFY(isSourceName(source.toStdString())); // no file is looked for
        const Result<Dataset> data = loadDataset(source.toStdString());
        QVERIFY(!data);
        QCOMPARE(data.error().what.english(), "data set '" + source.toStdString() + "'");
        QCOMPARE(data.error().why.english(), why.toStdString());
        QVERIFY(data.error().mend.english().ends_with(":samples=400,noise=0.1,seed=3"));
    }

    void toyShapesFollowTheirFormulas()
    {
        constexpr double pi = std::numbers::pi;
        const auto forEach = [](ToySet set, const auto& holds) {
            const Dataset data = makeToySet(set, 400, 0.0, 9);
            for (std::size_t i = 0; i < 400; ++i)
                if (!holds(double{data.features[2 * i]}, double{data.features[2 * i + 1]},
                           data.labels[i] == 1))
                    return false;
            return true;
        };
        QVERIFY(
            forEach(ToySet::Xor, [](double x, double y, bool one) { return ((x < 0) != (y < 0)) == one; }));
        QVERIFY(forEach(ToySet::Circles, [](double x, double y, bool inner) {
            return std::abs(std::hypot(x, y) - (inner ? 0.45 : 0.9)) < 1e-6;
        }));
        // Both moons are half circles of one radius; each is one half, and reaches into the other.
        QVERIFY(forEach(ToySet::Moons, [](double x, double y, bool lower) {
            const double fromX = x - (lower ? 0.3 : -0.3);
            const double fromY = y - (lower ? 0.15 : -0.15);
            return std::abs(std::hypot(fromX, fromY) - 0.6) < 1e-6 &&
                   (lower ? fromY <= 1e-6 : fromY >= -1e-6);
        }));
        // The radius tells the angle: 1.75 turns from the centre to 1.
        QVERIFY(forEach(ToySet::Spiral, [](double x, double y, bool second) {
            const double radius = std::hypot(x, y);
            const double angle = 3.5 * pi * radius + (second ? pi : 0.0);
            return std::abs(std::sin(std::atan2(x, y) - angle)) < 1e-5 &&
                   std::cos(std::atan2(x, y) - angle) > 0.0 && radius <= 1.0 + 1e-6;
        }));
    }

    void toyNoiseIsGaussianOfTheGivenDeviation()
    {
        const Dataset data = makeToySet(ToySet::Circles, 4000, 0.05, 5);
        double sum = 0.0;
        double squares = 0.0;
        for (std::size_t i = 0; i < 4000; ++i) {
            const double radius = std::hypot(data.features[2 * i], data.features[2 * i + 1]);
            const double off = radius - (data.labels[i] == 1 ? 0.45 : 0.9);
            sum += off;
            squares += off * off;
        }
        // Across the circle only the radial part shows, whose deviation is the noise's own.
        QVERIFY(std::abs(sum / 4000) < 0.006);
        QVERIFY2(std::abs(std::sqrt(squares / 4000) - 0.05) < 0.003,
                 qPrintable(QString::number(squares / 4000)));
    }

    void toySeedsDiffer()
    {
        QVERIFY(makeToySet(ToySet::Moons, 50, 0.1, 1).features !=
                makeToySet(ToySet::Moons, 50, 0.1, 2).features);
        QVERIFY(sampleCount(makeToySet(ToySet::Moons, 0, 0.1, 1)) == 0);
    }
};

QTEST_GUILESS_MAIN(TestSources)
#include "tst_sources.moc"
