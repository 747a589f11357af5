// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings/settings.h"
#include "core/training/settings/settingsfields.h"

#include <QtTest>

#include <limits>

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

} // namespace

class TestSettings : public QObject {
    Q_OBJECT

private slots:
    void presetsAreAsPromised();
    void presetsAreValidAndListed();
    void namesAreReadBack();
    void everyScheduleCanWarmUp();
    void helpNamesTheChoices();
    void fieldsComeBack();
    void boundsAreValid();
    void refusesSettings_data();
    void refusesSettings();
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
    QVERIFY(text(unknown.error().what.english()).startsWith("--preset"));
    for (const QString& name : names)
        QVERIFY(text(unknown.error().mend.english()).contains(name));
}

void TestSettings::namesAreReadBack()
{
    for (const EngineRow& row : engineTable)
        QCOMPARE(*engineFromName(row.name), row.engine);
    for (const PrecisionRow& row : precisionTable)
        QCOMPARE(*precisionFromName(row.name), row.precision);
    for (const OptimizerRow& row : optimizerTable)
        QCOMPARE(*optimizerFromName(row.name), row.kind);
    QCOMPARE(*engineFromName("scalar"), EngineKind::Scalar);
    QCOMPARE(*precisionFromName("double"), Precision::Double);
    QCOMPARE(*optimizerFromName("adam"), OptimizerKind::Adam);

    QCOMPARE(
        text(engineFromName("gpu").error().message()),
        QString(
            "--engine 'gpu': there is no such engine. Use scalar or matrix, for instance --engine scalar."));
    QVERIFY(text(precisionFromName("half").error().message()).contains("float or double"));
    QVERIFY(text(optimizerFromName("").error().message()).contains("adam or adamw"));
}

// The command line's texts: every field comes back from its own, and out of each preset.
void TestSettings::fieldsComeBack()
{
    for (const Preset& each : presets()) {
        TrainingSettings read;
        for (const SettingsField& field : settingsFields()) {
            const auto taken = setText(field, read, textOf(field, each.settings));
            QVERIFY2(taken, taken ? "" : taken.error().message().c_str());
        }
        QVERIFY(read == each.settings);
    }
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

void TestSettings::everyScheduleCanWarmUp()
{
    for (const RateScheduleRow& row : rateScheduleTable) {
        TrainingSettings settings = preset("matrix");
        settings.schedule = row.schedule;
        settings.warmup = 10;
        QVERIFY2(validate(settings), row.name.data());
    }
}

void TestSettings::helpNamesTheChoices()
{
    const auto choices = [](std::string_view option) {
        for (const SettingsField& field : settingsFields()) {
            if (field.option == option)
                return text(choicesOf(field).english());
        }
        return QString();
    };
    QCOMPARE(choices("engine"), QString("scalar or matrix"));
    QCOMPARE(choices("precision"), QString("float or double"));
    QCOMPARE(choices("keep"), QString("best or last"));
    QCOMPARE(choices("loss"), QString("cross-entropy, binary or squared"));
    QVERIFY(choices("epochs").isEmpty());
    for (const SettingsField& field : settingsFields())
        QCOMPARE(field.help.find("{1}") != std::string_view::npos, !choicesOf(field).empty());
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
    row("no units", "--layers", [](TrainingSettings& s) { std::get<DenseLayer>(s.layers[0]).units = 0; });
    row("many units", "--layers",
        [](TrainingSettings& s) { std::get<DenseLayer>(s.layers[0]).units = maximumUnits + 1; });
    row("no softmax", "--layers",
        [](TrainingSettings& s) { outputLayer(s.layers).activation = Activation::Relu; });
    row("many layers", "--layers",
        [](TrainingSettings& s) { s.layers.insert(s.layers.begin(), 64, Layer(2, Activation::Relu)); });
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
    QVERIFY2(text(valid.error().what.english()).startsWith(option), valid.error().message().c_str());
    QVERIFY(!valid.error().why.empty());
    QVERIFY(!valid.error().mend.empty());
    if (option == "--precision")
        QVERIFY(text(valid.error().mend.english()).contains("--precision double"));
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
