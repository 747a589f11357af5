// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/commandtext.h"

#include "core/network/initialweights.h"
#include "core/training/settings/settingsfields.h"

#include <QProcess>
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
    return *presetSettings(name);
}

using Change = void (*)(TrainingSettings&);

} // namespace

/// The commands that repeat a run.
class TestCommandText : public QObject {
    Q_OBJECT

private slots:
    void writesArguments_data();
    void writesArguments();
    void quotesForTheShell();
    void comesBack_data();
    void comesBack();
};

void TestCommandText::writesArguments_data()
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
    row("matrix", "--optimizer adamw --schedule one-cycle --l2 0.01", [](TrainingSettings& s) {
        s.optimizer = OptimizerKind::AdamW;
        s.schedule = RateSchedule::OneCycle;
        s.l2 = 0.01;
    });
    row("matrix", "--patience 5", [](TrainingSettings& s) {
        s.patience = 5;
        s.keep = Keep::Best;
    });
    row("matrix", "--patience 5 --keep last", [](TrainingSettings& s) { s.patience = 5; });
    row("matrix", "--data 'it'\\''s'", [](TrainingSettings& s) { s.data = "it's"; });
}

void TestCommandText::writesArguments()
{
    QFETCH(QString, base);
    QFETCH(Change, change);
    QFETCH(QString, arguments);
    TrainingSettings settings = preset(base.toLatin1().constData());
    change(settings);
    QCOMPARE(text(commandArguments(settings)), arguments);
}

// What a POSIX shell makes of the quoting.
void TestCommandText::quotesForTheShell()
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

void TestCommandText::comesBack_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<Change>("change");
    QTest::newRow("samples and steps") << "matrix-full" << Change([](TrainingSettings& s) {
        s.samples = {123, 45, 6};
        s.learningRate = 1.0 / 3.0;
        s.epochs = 7;
        s.optimizer = OptimizerKind::Nesterov;
        s.shuffle = false;
        s.augment = true;
    });
    QTest::newRow("amounts") << "scalar" << Change([](TrainingSettings& s) {
        s.loss = Loss::Squared;
        s.layers = {{16, Activation::Tanh}, {DropoutLayer{0.25}}, {1, Activation::Linear}};
        s.initialWeights = {WeightRule::Normal, 0.05};
        s.clip = 0.5;
    });
    QTest::newRow("rate and penalties") << "matrix" << Change([](TrainingSettings& s) {
        s.schedule = RateSchedule::Cosine;
        s.warmup = 100;
        s.l1 = 1e-5;
        s.l2 = 5e-4;
        s.kernels = "baseline";
    });
    QTest::newRow("patience") << "matrix" << Change([](TrainingSettings& s) {
        s.patience = 5;
        s.keep = Keep::Best;
    });
    QTest::newRow("patience, last epoch") << "matrix" << Change([](TrainingSettings& s) { s.patience = 5; });
    QTest::newRow("best epoch") << "matrix" << Change([](TrainingSettings& s) { s.keep = Keep::Best; });
}

// The arguments, read as `chainrule train` reads them, give the settings back.
void TestCommandText::comesBack()
{
    QFETCH(QString, base);
    QFETCH(Change, change);
    TrainingSettings settings = preset(base.toLatin1().constData());
    change(settings);
    const std::string arguments = commandArguments(settings);
    const QStringList words = text(arguments).split(' ');
    const qsizetype named = words.indexOf("--preset");
    TrainingSettings read = preset(named < 0 ? "matrix" : words[named + 1].toLatin1().constData());
    for (const SettingsField& field : settingsFields()) {
        if (field.option == "keep" && read.patience > 0)
            read.keep = Keep::Best;
        const qsizetype at = words.indexOf("--" + QString::fromLatin1(field.option.data()));
        if (at < 0)
            continue;
        const bool isSwitch = std::holds_alternative<FlagField>(field.kind);
        QVERIFY(setText(field, read, isSwitch ? "yes" : words.value(at + 1).toStdString()));
    }
    QVERIFY2(read == settings, arguments.c_str());
}

QTEST_APPLESS_MAIN(TestCommandText)

#include "tst_commandtext.moc"
