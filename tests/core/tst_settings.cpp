// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/history.h"
#include "core/training/settings.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <clocale>
#include <cmath>
#include <limits>
#include <optional>

using namespace chainrule;

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

TrainingSettings preset(const char* name)
{
    const auto settings = presetSettings(name);
    return settings ? *settings : TrainingSettings{};
}

History someHistory()
{
    History history;
    // 0.1 + 0.2 and 1/3 need all 17 digits.
    history.epochs.push_back({1, 0.1 + 0.2, 93.5, Metrics{1.0 / 3.0, 91.0}, 0.1, 1.25});
    history.epochs.push_back({2, 1e-17, 100.0, std::nullopt, 0.05, 3.0});
    history.test = Metrics{0.25, 94.75};
    history.trainSeconds = 4.25;
    history.samplesPerSecond = 123456.789;
    return history;
}

} // namespace

class TestSettings : public QObject {
    Q_OBJECT

private slots:
    void presetsAreAsPromised();
    void presetsAreValidAndListed();
    void namesAreReadBack();
    void enginesAskForTheirInitialization();
    void boundsAreValid();
    void refusesSettings_data();
    void refusesSettings();
    void writesArguments_data();
    void writesArguments();
    void argumentsQuoteForTheShell();
    void argumentsComeBack();
    void settingsJsonComesBack();
    void settingsJsonHasNames();
    void settingsJsonDefaults();
    void refusesSettingsJson_data();
    void refusesSettingsJson();
    void historyJsonComesBack();
    void historyJsonHasNames();
    void historyJsonOfADivergedRun();
    void refusesHistoryJson_data();
    void refusesHistoryJson();
    void historyCsv();
};

void TestSettings::presetsAreAsPromised()
{
    const TrainingSettings matrix = preset("matrix");
    QCOMPARE(text(formatLayers(matrix.layers)), QString("128:relu,64:relu,10:softmax"));
    QVERIFY((matrix.samples == SampleCounts{10'000, 1'000, 2'000}));
    QCOMPARE(matrix.batchSize, 64);
    QCOMPARE(matrix.learningRate, 0.1);
    QCOMPARE(matrix.epochs, 20);
    QCOMPARE(matrix.optimizer, OptimizerKind::Sgd);
    QCOMPARE(matrix.engine, EngineKind::Matrix);
    QCOMPARE(matrix.precision, Precision::Float);
    QCOMPARE(matrix.seed, std::uint64_t{42});
    QVERIFY(matrix.shuffle);

    const TrainingSettings scalar = preset("scalar");
    QCOMPARE(text(formatLayers(scalar.layers)), QString("16:relu,10:softmax"));
    QVERIFY((scalar.samples == SampleCounts{400, 100, 100}));
    QCOMPARE(scalar.batchSize, 1);
    QCOMPARE(scalar.learningRate, 0.01);
    QCOMPARE(scalar.epochs, 5);
    QCOMPARE(scalar.optimizer, OptimizerKind::Sgd);
    QCOMPARE(scalar.engine, EngineKind::Scalar);
    QCOMPARE(scalar.precision, Precision::Double);
    QCOMPARE(scalar.seed, std::uint64_t{42});

    QCOMPARE(preset("scalar-improved").engine, EngineKind::Scalar);
    QCOMPARE(preset("matrix-full").engine, EngineKind::Matrix);
    QCOMPARE(preset("matrix-full").samples.training, 60'000);
    QCOMPARE(preset("matrix-full").samples.test, 10'000);
}

void TestSettings::presetsAreValidAndListed()
{
    QStringList names;
    for (const Preset& each : presets()) {
        names << text(each.name);
        QVERIFY(!each.summary.empty());
        const auto valid = validate(each.settings);
        QVERIFY2(valid, valid ? "" : valid.error().message().c_str());
    }
    QCOMPARE(names, (QStringList{"matrix", "scalar", "scalar-improved", "matrix-full", "matrix-augmented"}));
    const auto unknown = presetSettings("matrix2");
    QVERIFY(!unknown);
    QVERIFY(text(unknown.error().what).startsWith("--preset"));
    for (const QString& name : names)
        QVERIFY(text(unknown.error().mend).contains(name));
}

void TestSettings::namesAreReadBack()
{
    for (const EngineKind each : {EngineKind::Scalar, EngineKind::Matrix})
        QCOMPARE(*engineFromName(engineName(each)), each);
    for (const Precision each : {Precision::Float, Precision::Double})
        QCOMPARE(*precisionFromName(precisionName(each)), each);
    for (const OptimizerKind each : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam})
        QCOMPARE(*optimizerFromName(optimizerName(each)), each);
    QCOMPARE(*engineFromName("scalar"), EngineKind::Scalar);
    QCOMPARE(*precisionFromName("double"), Precision::Double);
    QCOMPARE(*optimizerFromName("adam"), OptimizerKind::Adam);

    QCOMPARE(
        text(engineFromName("gpu").error().message()),
        QString(
            "--engine 'gpu': there is no such engine. Use scalar or matrix, for instance --engine scalar."));
    QVERIFY(text(precisionFromName("half").error().message()).contains("float or double"));
    QVERIFY(text(optimizerFromName("").error().message()).contains("sgd, momentum or adam"));
}

void TestSettings::enginesAskForTheirInitialization()
{
    QCOMPARE(initializationOf(EngineKind::Scalar), {WeightRule::Xavier});
    QCOMPARE(initializationOf(EngineKind::Matrix), {WeightRule::Glorot});
}

void TestSettings::boundsAreValid()
{
    TrainingSettings settings = preset("matrix");
    settings.samples = {1, 0, 0};
    settings.batchSize = settings.epochs = settings.threads = 1;
    settings.learningRate = std::numeric_limits<double>::denorm_min();
    QVERIFY(validate(settings));
    settings.samples = {maximumSamples, maximumSamples, maximumSamples};
    settings.batchSize = maximumBatch;
    settings.epochs = maximumEpochs;
    settings.threads = maximumThreads;
    settings.learningRate = maximumLearningRate;
    settings.seed = std::numeric_limits<std::uint64_t>::max();
    QVERIFY(validate(settings));
}

using Change = void (*)(TrainingSettings&);
Q_DECLARE_METATYPE(Change)

void TestSettings::refusesSettings_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("option");
    const auto row = [](const char* name, const char* option, Change change) {
        QTest::newRow(name) << change << QString(option);
    };
    constexpr int lowest = std::numeric_limits<int>::min();
    row("no samples", "--train", [](TrainingSettings& s) { s.samples.training = 0; });
    row("negative samples", "--train", [](TrainingSettings& s) { s.samples.training = lowest; });
    row("too many samples", "--train", [](TrainingSettings& s) { s.samples.training = maximumSamples + 1; });
    row("negative validation", "--validation", [](TrainingSettings& s) { s.samples.validation = -1; });
    row("too much validation", "--validation",
        [](TrainingSettings& s) { s.samples.validation = maximumSamples + 1; });
    row("negative test", "--test", [](TrainingSettings& s) { s.samples.test = -1; });
    row("too many tests", "--test", [](TrainingSettings& s) { s.samples.test = maximumSamples + 1; });
    row("no layers", "--layers", [](TrainingSettings& s) { s.layers.clear(); });
    row("no units", "--layers", [](TrainingSettings& s) { s.layers[0].units = 0; });
    row("many units", "--layers", [](TrainingSettings& s) { s.layers[0].units = maximumUnits + 1; });
    row("no softmax", "--layers", [](TrainingSettings& s) { s.layers.back().activation = Activation::Relu; });
    row("many layers", "--layers", [](TrainingSettings& s) {
        s.layers.insert(s.layers.begin(), 64, {2, {}});
    });
    row("scalar float", "--precision", [](TrainingSettings& s) { s.engine = EngineKind::Scalar; });
    row("rate 0", "--lr", [](TrainingSettings& s) { s.learningRate = 0.0; });
    row("rate negative", "--lr", [](TrainingSettings& s) { s.learningRate = -0.1; });
    row("rate NaN", "--lr",
        [](TrainingSettings& s) { s.learningRate = std::numeric_limits<double>::quiet_NaN(); });
    row("rate infinite", "--lr",
        [](TrainingSettings& s) { s.learningRate = std::numeric_limits<double>::infinity(); });
    row("rate enormous", "--lr", [](TrainingSettings& s) { s.learningRate = 1.1e9; });
    row("batch 0", "--batch", [](TrainingSettings& s) { s.batchSize = 0; });
    row("batch enormous", "--batch", [](TrainingSettings& s) { s.batchSize = maximumBatch + 1; });
    row("epochs 0", "--epochs", [](TrainingSettings& s) { s.epochs = 0; });
    row("epochs enormous", "--epochs", [](TrainingSettings& s) { s.epochs = maximumEpochs + 1; });
    row("threads 0", "--threads", [](TrainingSettings& s) { s.threads = 0; });
    row("threads enormous", "--threads", [](TrainingSettings& s) { s.threads = maximumThreads + 1; });
}

void TestSettings::refusesSettings()
{
    QFETCH(Change, change);
    QFETCH(QString, option);
    TrainingSettings settings = preset("matrix");
    QVERIFY(validate(settings));
    change(settings);
    const auto valid = validate(settings);
    QVERIFY(!valid);
    QVERIFY2(text(valid.error().what).startsWith(option), valid.error().message().c_str());
    QVERIFY(!valid.error().why.empty());
    QVERIFY(!valid.error().mend.empty());
    if (option == "--precision")
        QVERIFY(text(valid.error().mend).contains("--precision double"));
}

void TestSettings::writesArguments_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("arguments");
    const auto row = [](const char* base, const char* arguments, Change change) {
        QTest::newRow(*arguments != '\0' ? arguments : "(none)")
            << QString(base) << change << QString(arguments);
    };
    row("matrix", "", [](TrainingSettings&) {});
    row("scalar", "--preset scalar", [](TrainingSettings&) {});
    row("scalar-improved", "--preset scalar-improved", [](TrainingSettings&) {});
    row("matrix-full", "--preset matrix-full", [](TrainingSettings&) {});
    row("matrix-augmented", "--preset matrix-augmented", [](TrainingSettings&) {});
    row("matrix-augmented", "--preset matrix-full --layers 256:relu,128:relu,10:softmax --epochs 60",
        [](TrainingSettings& s) { s.augment = false; });
    row("matrix", "--drawings '/home/me/my drawings.jsonl'",
        [](TrainingSettings& s) { s.drawings = "/home/me/my drawings.jsonl"; });
    row("matrix", "--data mnist --layers 32:tanh,10:softmax --lr 0.3 --batch 16", [](TrainingSettings& s) {
        s.data = "mnist";
        s.layers = {{32, Activation::Tanh}, {10, Activation::Softmax}};
        s.learningRate = 0.3;
        s.batchSize = 16;
    });
    row("scalar", "--preset scalar --train 1000 --seed 7 --no-shuffle", [](TrainingSettings& s) {
        s.samples.training = 1000;
        s.seed = 7;
        s.shuffle = false;
    });
    row("matrix", "--precision double --optimizer adam --lr 0.001 --epochs 3 --threads 2",
        [](TrainingSettings& s) {
            s.precision = Precision::Double;
            s.optimizer = OptimizerKind::Adam;
            s.learningRate = 0.001;
            s.epochs = 3;
            s.threads = 2;
        });
    row("matrix", "--validation 0 --test 0 --seed 18446744073709551615", [](TrainingSettings& s) {
        s.samples.validation = s.samples.test = 0;
        s.seed = std::numeric_limits<std::uint64_t>::max();
    });
    row("matrix-full", "--preset matrix-full --seed 5 --augment", [](TrainingSettings& s) {
        s.seed = 5;
        s.augment = true;
    });
    row("matrix", "--lr 0.30000000000000004", [](TrainingSettings& s) { s.learningRate = 0.1 + 0.2; });
    row("matrix", "--data '/home/ann/my data'", [](TrainingSettings& s) { s.data = "/home/ann/my data"; });
    row("matrix", "--data 'it'\\''s'", [](TrainingSettings& s) { s.data = "it's"; });
}

void TestSettings::writesArguments()
{
    QFETCH(QString, base);
    QFETCH(Change, change);
    QFETCH(QString, arguments);
    TrainingSettings settings = preset(base.toLatin1().constData());
    change(settings);
    QCOMPARE(text(commandArguments(settings)), arguments);
}

// What a POSIX shell makes of the quoting.
void TestSettings::argumentsQuoteForTheShell()
{
    for (const QString data : {"plain", "two  words", "it's", "$HOME `date` \"x\" \\ ~ * ; #", "'", "~/mnist",
                               "line\nbreak", "ünïcode"}) {
        TrainingSettings settings = preset("matrix");
        settings.data = data.toStdString();
        QProcess shell;
        shell.start("sh", {"-c", "printf '%s|' " + text(commandArguments(settings))});
        QVERIFY(shell.waitForFinished());
        QCOMPARE(QString::fromUtf8(shell.readAllStandardOutput()), "--data|" + data + "|");
    }
}

// The arguments, read by a reader of this test's own on top of the preset, give the settings back.
void TestSettings::argumentsComeBack()
{
    TrainingSettings settings = preset("matrix-full");
    settings.samples = {123, 45, 6};
    settings.learningRate = 1.0 / 3.0;
    settings.epochs = 7;
    settings.optimizer = OptimizerKind::Sgd;
    settings.shuffle = false;
    settings.augment = true;
    const QStringList words = text(commandArguments(settings)).split(' ');
    const qsizetype named = words.indexOf("--preset");
    TrainingSettings read = preset(named < 0 ? "matrix" : words[named + 1].toLatin1().constData());
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString value = words.value(i + 1);
        if (words[i] == "--train")
            read.samples.training = value.toInt();
        else if (words[i] == "--validation")
            read.samples.validation = value.toInt();
        else if (words[i] == "--test")
            read.samples.test = value.toInt();
        else if (words[i] == "--lr")
            read.learningRate = value.toDouble();
        else if (words[i] == "--epochs")
            read.epochs = value.toInt();
        else if (words[i] == "--optimizer")
            read.optimizer = *optimizerFromName(value.toStdString());
        else if (words[i] == "--no-shuffle")
            read.shuffle = false;
        else if (words[i] == "--augment")
            read.augment = true;
    }
    QVERIFY2(read == settings, commandArguments(settings).c_str());
}

void TestSettings::settingsJsonComesBack()
{
    for (const Preset& each : presets()) {
        const auto back = settingsFromJson(settingsToJson(each.settings));
        QVERIFY2(back, back ? "" : back.error().message().c_str());
        QVERIFY(*back == each.settings);
    }
    TrainingSettings settings;
    settings.data = "/a \"b\"\\ü\n";
    settings.samples = {1, 2, 3};
    settings.layers = {{3, Activation::Sigmoid}, {2, Activation::Linear}, {2, Activation::Softmax}};
    settings.engine = EngineKind::Scalar;
    settings.precision = Precision::Double;
    settings.optimizer = OptimizerKind::Adam;
    settings.learningRate = 0.1 + 0.2;
    settings.batchSize = 5;
    settings.epochs = 6;
    settings.seed = std::numeric_limits<std::uint64_t>::max();
    settings.threads = 4;
    settings.shuffle = false;
    settings.augment = true;
    const std::string json = settingsToJson(settings);
    const auto back = settingsFromJson(json);
    QVERIFY(back);
    QVERIFY(*back == settings);
    QCOMPARE(settingsToJson(*back), json);

    settings.layers.clear();
    QVERIFY(*settingsFromJson(settingsToJson(settings)) == settings);
    settings.data = "\xff\xfe not UTF-8";
    QVERIFY(settingsFromJson(settingsToJson(settings)));
}

void TestSettings::settingsJsonHasNames()
{
    const std::string json = settingsToJson(preset("scalar"));
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
    QCOMPARE(object["data"].toString("?"), QString());
    QCOMPARE(object["train"].toInt(), 400);
    QCOMPARE(object["validation"].toInt(), 100);
    QCOMPARE(object["test"].toInt(), 100);
    QCOMPARE(object["layers"].toString(), QString("16:relu,10:softmax"));
    QCOMPARE(object["engine"].toString(), QString("scalar"));
    QCOMPARE(object["precision"].toString(), QString("double"));
    QCOMPARE(object["optimizer"].toString(), QString("sgd"));
    QCOMPARE(object["learning_rate"].toDouble(), 0.01);
    QCOMPARE(object["batch"].toInt(), 1);
    QCOMPARE(object["epochs"].toInt(), 5);
    QCOMPARE(object["seed"].toInt(), 42);
    QCOMPARE(object["threads"].toInt(), 1);
    QCOMPARE(object["shuffle"].toBool(), true);
    QVERIFY(object["augment"].isBool());
    QCOMPARE(object["augment"].toBool(), false);
}

void TestSettings::settingsJsonDefaults()
{
    QVERIFY(*settingsFromJson("{}") == TrainingSettings{});
    TrainingSettings expected;
    expected.epochs = 3;
    QVERIFY(*settingsFromJson(R"({"epochs":3,"of a later version":[1,{"x":null}]})") == expected);
    expected.learningRate = 2.0;
    QVERIFY(*settingsFromJson(R"({"epochs":3,"learning_rate":2})") == expected);
}

void TestSettings::refusesSettingsJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("said");
    QTest::newRow("empty") << QByteArray() << "JSON";
    QTest::newRow("cut") << QByteArray(R"({"epochs":3)") << "JSON";
    QTest::newRow("more after the end") << QByteArray("{}{}") << "JSON";
    QTest::newRow("zero byte") << QByteArray("{}\0x", 4) << "zero byte";
    QTest::newRow("list") << QByteArray("[]") << "object";
    QTest::newRow("number") << QByteArray("1") << "object";
    QTest::newRow("text for a number") << QByteArray(R"({"epochs":"3"})") << "epochs";
    QTest::newRow("fraction") << QByteArray(R"({"epochs":3.5})") << "epochs";
    QTest::newRow("too large") << QByteArray(R"({"train":4294967297})") << "train";
    QTest::newRow("enormous") << QByteArray(R"({"train":1e300})") << "train";
    QTest::newRow("beyond double") << QByteArray(R"({"learning_rate":1e999})") << "JSON";
    QTest::newRow("negative seed") << QByteArray(R"({"seed":-1})") << "seed";
    QTest::newRow("number for a text") << QByteArray(R"({"data":3})") << "data";
    QTest::newRow("number for a truth") << QByteArray(R"({"shuffle":1})") << "shuffle";
    QTest::newRow("text for a truth") << QByteArray(R"({"augment":"yes"})") << "augment";
    QTest::newRow("unknown engine") << QByteArray(R"({"engine":"gpu"})") << "'gpu'";
    QTest::newRow("unknown precision") << QByteArray(R"({"precision":"half"})") << "'half'";
    QTest::newRow("wrong layers") << QByteArray(R"({"layers":"12x:relu"})") << "'12x' in '12x:relu'";
    QTest::newRow("layers as a list") << QByteArray(R"({"layers":[]})") << "layers";
    QTest::newRow("twice") << QByteArray(R"({"epochs":3,"epochs":4})") << "twice";
    QTest::newRow("deep") << QByteArray(R"({"x":)") + QByteArray(1'000'000, '[') << "deep";
    QTest::newRow("deep and whole") << QByteArray(R"({"x":)") + QByteArray(40, '[') + QByteArray(40, ']') +
                                           '}'
                                    << "deep";
}

void TestSettings::refusesSettingsJson()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, said);
    const auto settings = settingsFromJson(json.toStdString());
    QVERIFY(!settings);
    QVERIFY2(text(settings.error().message()).contains(said), settings.error().message().c_str());
    QVERIFY(text(settings.error().what).startsWith("settings"));
    QVERIFY(!settings.error().mend.empty());
}

void TestSettings::historyJsonComesBack()
{
    const History history = someHistory();
    const std::string json = historyToJson(history);
    const auto back = historyFromJson(json);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->epochs.size(), std::size_t{2});
    // Exact: == of doubles, not QCOMPARE's fuzzy comparison.
    QVERIFY(back->epochs[0].epoch == 1);
    QVERIFY(back->epochs[0].trainLoss == 0.1 + 0.2);
    QVERIFY(back->epochs[0].trainAccuracy == 93.5);
    QVERIFY(back->epochs[0].validation);
    QVERIFY(back->epochs[0].validation->loss == 1.0 / 3.0);
    QVERIFY(back->epochs[0].validation->accuracy == 91.0);
    QVERIFY(back->epochs[0].learningRate == 0.1);
    QVERIFY(back->epochs[0].trainSeconds == 1.25);
    QVERIFY(back->epochs[1].epoch == 2);
    QVERIFY(back->epochs[1].trainLoss == 1e-17);
    QVERIFY(!back->epochs[1].validation);
    QVERIFY(back->test);
    QVERIFY(back->test->loss == 0.25 && back->test->accuracy == 94.75);
    QVERIFY(back->trainSeconds == 4.25);
    QVERIFY(back->samplesPerSecond == 123456.789);
    QCOMPARE(historyToJson(*back), json);

    const auto empty = historyFromJson(historyToJson(History{}));
    QVERIFY(empty);
    QVERIFY(empty->epochs.empty() && !empty->test);
    QVERIFY(historyFromJson("{}"));
}

void TestSettings::historyJsonHasNames()
{
    const QByteArray json = QByteArray::fromStdString(historyToJson(someHistory()));
    const QJsonObject root = QJsonDocument::fromJson(json).object();
    const QJsonArray epochs = root["epochs"].toArray();
    QCOMPARE(epochs.size(), 2);
    QCOMPARE(epochs[0]["epoch"].toInt(), 1);
    QCOMPARE(epochs[0]["validation_accuracy"].toDouble(), 91.0);
    QCOMPARE(epochs[1]["learning_rate"].toDouble(), 0.05);
    QVERIFY(epochs[1]["validation_loss"].isUndefined());
    QCOMPARE(root["test"]["accuracy"].toDouble(), 94.75);
    QCOMPARE(root["train_seconds"].toDouble(), 4.25);
}

void TestSettings::historyJsonOfADivergedRun()
{
    History history;
    history.epochs.push_back({1, std::numeric_limits<double>::infinity(), 9.8, std::nullopt, 1e6, 0.5});
    const auto back = historyFromJson(historyToJson(history));
    QVERIFY(back);
    QVERIFY(std::isnan(back->epochs.at(0).trainLoss)); // JSON knows neither infinity nor NaN
    QVERIFY(back->epochs.at(0).trainAccuracy == 9.8);
}

void TestSettings::refusesHistoryJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("said");
    QTest::newRow("cut") << QByteArray(R"({"epochs":[)") << "JSON";
    QTest::newRow("list") << QByteArray("[]") << "object";
    QTest::newRow("epochs not a list") << QByteArray(R"({"epochs":3})") << "epochs";
    QTest::newRow("epoch not an object") << QByteArray(R"({"epochs":[{},5]})") << "entry 2 of epochs";
    QTest::newRow("text for a loss") << QByteArray(R"({"epochs":[{"train_loss":"x"}]})") << "train_loss";
    QTest::newRow("test not an object") << QByteArray(R"({"test":3})") << "test";
    QTest::newRow("test loss") << QByteArray(R"({"test":{"loss":[]}})") << "loss";
    QTest::newRow("seconds") << QByteArray(R"({"train_seconds":"x"})") << "train_seconds";
    QTest::newRow("millions of values")
        << QByteArray(R"({"x":[0)") + QByteArray(",0").repeated(4'000'001) + "]}"
        << "values";
}

void TestSettings::refusesHistoryJson()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, said);
    const auto history = historyFromJson(json.toStdString());
    QVERIFY(!history);
    QVERIFY2(text(history.error().message()).contains(said), history.error().message().c_str());
    QVERIFY(text(history.error().what).startsWith("history"));
}

void TestSettings::historyCsv()
{
    // A locale with a decimal comma, where the system has one, must not show.
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    const std::string csv = historyToCsv(someHistory());
    std::setlocale(LC_ALL, "C");
    QCOMPARE(text(csv), QString("epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,"
                                "learning_rate,train_seconds\n"
                                "1,0.30000000000000004,93.5,0.3333333333333333,91.0,0.1,1.25\n"
                                "2,1e-17,100.0,,,0.05,3.0\n"));
    QCOMPARE(text(historyToCsv(History{})).count('\n'), 1);
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
