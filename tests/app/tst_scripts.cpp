// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/npz.h"
#include "tests/app/program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using program::Finished;

namespace {

/// Whether the system's Python has the module.
bool hasModule(const QString& name)
{
    QProcess python;
    python.start("/usr/bin/python3", {"-c", "import " + name});
    return python.waitForStarted() && python.waitForFinished(120'000) &&
           python.exitStatus() == QProcess::NormalExit && python.exitCode() == 0;
}

Finished runScript(const QString& script, const QStringList& words = {})
{
    QProcess python;
    python.setProcessEnvironment(program::environment());
    python.setWorkingDirectory("/"); // it finds its weights beside itself
    python.start("/usr/bin/python3", QStringList{"-W", "error", script} + words);
    if (!python.waitForFinished(300'000))
        return {};
    return {python.exitCode(), python.readAllStandardOutput(), python.readAllStandardError()};
}

/// "Test accuracy: 92.40 % (1848 of 2000)": the two counts.
std::pair<int, int> counted(const QByteArray& out)
{
    static const QRegularExpression form("Test accuracy: [\\d.]+ % \\((\\d+) of (\\d+)\\)");
    const auto found = form.match(QString::fromUtf8(out));
    return {found.captured(1).toInt(), found.captured(2).toInt()};
}

double printedLoss(const QByteArray& out)
{
    static const QRegularExpression form("Test loss: ([\\d.]+)");
    return form.match(QString::fromUtf8(out)).captured(1).toDouble();
}

} // namespace

/// The Python scripts that a model is exported to, run: they measure what `chainrule evaluate` measures.
class TestScripts : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_set;
    bool m_numpy = false;
    bool m_torch = false;

    QString in(const QString& name) { return m_folder.filePath(name); }

private slots:
    void initTestCase()
    {
        m_numpy = hasModule("numpy");
        m_torch = m_numpy && hasModule("torch");
        m_set = in("my \"own\" set's \\ folder");
        QVERIFY(program::writeSet(m_set));
    }

    void measureTheSame_data()
    {
        QTest::addColumn<QStringList>("training");
        QTest::addColumn<bool>("torch");
        const QStringList idx{"--data", m_set, "--train", "150", "--validation", "30", "--test", "110"};
        for (const bool torch : {false, true}) {
            const QByteArray kind = torch ? ", PyTorch" : ", NumPy";
            QTest::newRow("IDX files" + kind)
                << idx + QStringList{"--layers", "12:relu,10", "--epochs", "2"} << torch;
            QTest::newRow("in the files' order" + kind) << QStringList{"--data",
                                                                       m_set,
                                                                       "--train",
                                                                       "150",
                                                                       "--validation",
                                                                       "30",
                                                                       "--test",
                                                                       "90",
                                                                       "--no-shuffle",
                                                                       "--layers",
                                                                       "12:tanh,8:sigmoid,10",
                                                                       "--epochs",
                                                                       "2"}
                                                        << torch;
            QTest::newRow("scalar engine" + kind)
                << idx + QStringList{"--preset", "scalar", "--layers", "6:relu,5:linear,10", "--epochs", "1"}
                << torch;
            QTest::newRow("softmax within" + kind)
                << idx + QStringList{"--layers", "9:softmax,10", "--precision", "double", "--epochs", "1"}
                << torch;
            QTest::newRow("built-in digits" + kind)
                << QStringList{"--data", "digits", "--train",  "2000",  "--validation", "0",
                               "--test", "500",    "--layers", "32,10", "--epochs",     "2"}
                << torch;
            QTest::newRow("a toy set" + kind)
                << QStringList{"--data", "spiral",   "--train",   "500",      "--test",
                               "300",    "--layers", "16:tanh,3", "--epochs", "3"}
                << torch;
        }
    }

    void measureTheSame()
    {
        QFETCH(QStringList, training);
        QFETCH(bool, torch);
        if (torch ? !m_torch : !m_numpy)
            QSKIP(torch ? "python3-torch is not installed" : "python3-numpy is not installed");
        const QString model = in("model.safetensors");
        const QString script = in("it's a \"script\" \\.py");
        const Finished trained = program::run(QStringList{"train", "--json", "--save", model} + training);
        QVERIFY2(trained.exit == 0, trained.err.constData());
        const Finished evaluated = program::run({"evaluate", model, "--json"});
        QCOMPARE(evaluated.exit, 0);
        const QJsonObject wanted = program::objects(evaluated.out).value(0);
        const int samples = wanted.value("samples").toInt();
        QVERIFY(samples > 0);

        const Finished exported = program::run({"export", model, script, torch ? "--torch" : "--numpy"});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        QCOMPARE(exported.err, QByteArray());
        const Finished ran = runScript(script);
        QVERIFY2(ran.exit == 0, ran.err.constData());
        QCOMPARE(ran.err, QByteArray());
        // Not one sample is read otherwise.
        const auto [correct, all] = counted(ran.out);
        QCOMPARE(all, samples);
        QCOMPARE(correct, qRound(wanted.value("accuracy").toDouble() / 100.0 * samples));
        QVERIFY(std::abs(printedLoss(ran.out) - wanted.value("loss").toDouble()) < 2e-4);
        QVERIFY(ran.out.contains(
            "Chainrule measured: " + QByteArray::number(wanted.value("accuracy").toDouble(), 'f', 2) + " %"));
    }

    // A table's own numbers are in the file with the weights, and the script brings them to the model's
    // scale.
    void measureOtherTables_data()
    {
        QTest::addColumn<bool>("torch");
        QTest::addColumn<QString>("precision");
        QTest::newRow("NumPy, float") << false << "float";
        QTest::newRow("NumPy, double") << false << "double";
        QTest::newRow("PyTorch, float") << true << "float";
    }

    void measureOtherTables()
    {
        QFETCH(bool, torch);
        QFETCH(QString, precision);
        if (torch ? !m_torch : !m_numpy)
            QSKIP(torch ? "python3-torch is not installed" : "python3-numpy is not installed");
        const auto table = [this](const QString& name, double shift, double stretch) {
            QByteArray text("a,b,c,label\n");
            for (int i = 0; i < 300; ++i) {
                const int label = i % 3;
                text += QByteArray::number(shift + stretch * (label + 0.21 * ((i * 5) % 13)), 'f', 3) + "," +
                        QByteArray::number(-0.5 * ((i * 11) % 17) + label * label, 'f', 3) + "," +
                        QByteArray::number(shift) + "," + "xyz"[label] + "\n";
            }
            QVERIFY(idxbytes::write(in(name), text));
        };
        table("first.csv", 0.25, 1.0);
        table("second.csv", 1.5, 0.75);
        const QString model = in("table.safetensors");
        const QString script = in("table.py");
        QCOMPARE(program::run({"train", "--data", in("first.csv"), "--layers", "8,3", "--train", "150",
                               "--test", "100", "--validation", "50", "--epochs", "10", "--no-shuffle",
                               "--precision", precision, "--json", "--save", model})
                     .exit,
                 0);
        for (const char* name : {"first.csv", "second.csv"}) {
            const QStringList data{"--data", in(name)};
            const Finished evaluated = program::run(QStringList{"evaluate", model, "--json"} + data);
            QVERIFY2(evaluated.exit == 0 && evaluated.err.isEmpty(), evaluated.err.constData());
            const QJsonObject wanted = program::objects(evaluated.out).value(0);
            const Finished exported =
                program::run(QStringList{"export", model, script, torch ? "--torch" : "--numpy"} + data);
            QVERIFY2(exported.exit == 0, exported.err.constData());
            const Finished ran = runScript(script);
            QVERIFY2(ran.exit == 0 && ran.err.isEmpty(), ran.err.constData());
            const auto [correct, all] = counted(ran.out);
            QCOMPARE(all, wanted.value("samples").toInt());
            QCOMPARE(correct, qRound(wanted.value("accuracy").toDouble() / 100.0 * all));
            QVERIFY(std::abs(printedLoss(ran.out) - wanted.value("loss").toDouble()) < 2e-4);
        }
        // By what is in the file alone: the table's numbers, and mean and deviation of the training samples,
        // which are the first 150 rows.
        const QString check = in("raw.py");
        QVERIFY(idxbytes::write(check, R"(
import sys
import numpy as np
with np.load(sys.argv[1]) as file:
    x, mean, deviation = file['X_test'], file['input_mean'], file['input_deviation']
first = np.loadtxt(sys.argv[2], delimiter=',', skiprows=1, usecols=(0, 1, 2))[:150]
second = np.loadtxt(sys.argv[3], delimiter=',', skiprows=1, usecols=(0, 1, 2))
rows = {tuple(row) for row in second}
print(all(tuple(row) in rows for row in x), np.allclose(mean, first.mean(axis=0), rtol=1e-12),
      np.allclose(deviation, first.std(axis=0), rtol=1e-12), deviation[2])
)"));
        const Finished raw = runScript(check, {in("table.weights.npz"), in("first.csv"), in("second.csv")});
        QCOMPARE(raw.err, QByteArray());
        QCOMPARE(raw.out, QByteArray("True True True 0.0\n"));
    }

    // A script counts no confusion matrix, and more outputs than one has room for are none too many.
    void manyOutputs()
    {
        if (!m_numpy)
            QSKIP("python3-numpy is not installed");
        const QString model = in("many.safetensors");
        QCOMPARE(
            program::run({"train", "--data", "xor", "--layers", "8:tanh,2100", "--train", "100",
                          "--validation", "0", "--test", "40", "--epochs", "5", "--json", "--save", model})
                .exit,
            0);
        const Finished exported = program::run({"export", model, in("many.py"), "--numpy"});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        const Finished ran = runScript(in("many.py"));
        QVERIFY2(ran.exit == 0, ran.err.constData());
        const auto [correct, all] = counted(ran.out);
        QCOMPARE(all, 40);
        const QByteArray measured = QByteArray::number(2.5 * correct, 'f', 2);
        QVERIFY2(ran.out.contains("Chainrule measured: " + measured + " %"), ran.out.constData());
    }

    // A script that was passed on alone says what it lacks; so does one with a torn file.
    void saysThatTheWeightsAreMissing_data()
    {
        QTest::addColumn<bool>("torch");
        QTest::newRow("NumPy") << false;
        QTest::newRow("PyTorch") << true;
    }

    void saysThatTheWeightsAreMissing()
    {
        QFETCH(const bool, torch);
        if (torch ? !m_torch : !m_numpy)
            QSKIP(torch ? "python3-torch is not installed" : "python3-numpy is not installed");
        const QString model = in("alone.safetensors");
        const QString script = in("alone.py");
        const QString weights = in("alone.weights.npz");
        QCOMPARE(program::run({"train", "--data", "spiral", "--layers", "4,3", "--epochs", "1", "--train",
                               "50", "--test", "20", "--json", "--save", model})
                     .exit,
                 0);
        QCOMPARE(program::run({"export", model, script, torch ? "--torch" : "--numpy"}).exit, 0);
        QCOMPARE(runScript(script).exit, 0);
        QFile file(weights);
        QVERIFY(file.open(QIODevice::ReadWrite) && file.resize(file.size() / 2));
        file.close();
        const auto refused = [&](const char* why) {
            const Finished ran = runScript(script);
            return ran.exit == 1 && ran.out.isEmpty() && ran.err.contains(why) &&
                   ran.err.contains("alone.weights.npz") && ran.err.contains("export both again") &&
                   !ran.err.contains("Traceback") && ran.err.count('\n') == 1;
        };
        QVERIFY2(refused("it cannot be read"), runScript(script).err.constData());
        const chainrule::NpyArray other = chainrule::npyText("other", "not ours");
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(QByteArray::fromStdString(chainrule::encodeNpz({&other, 1})));
        file.close();
        QVERIFY2(refused("it has no array"), runScript(script).err.constData());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate)); // empty
        file.close();
        QVERIFY2(refused("it cannot be read"), runScript(script).err.constData());
        QVERIFY(file.remove());
        QVERIFY2(refused("there is no such file"), runScript(script).err.constData());
    }

    // The same samples from another folder are welcome, other samples are not.
    void saysThatTheDataAreOthers()
    {
        if (!m_numpy)
            QSKIP("python3-numpy is not installed");
        const QString model = in("idx.safetensors");
        const QString script = in("idx.py");
        QCOMPARE(program::run({"train", "--data", m_set, "--layers", "10", "--epochs", "1", "--train", "100",
                               "--test", "100", "--validation", "10", "--json", "--save", model})
                     .exit,
                 0);
        QCOMPARE(program::run({"export", model, script, "--numpy"}).exit, 0);
        const QByteArray here = runScript(script).out;
        const QString moved = in("moved");
        QVERIFY(program::writeSet(moved));
        QCOMPARE(runScript(script, {moved}).out, here);

        QVERIFY(
            idxbytes::write(moved + "/t10k-labels-idx1-ubyte", program::labelsOf(3, program::testImages)));
        const Finished other = runScript(script, {moved});
        QCOMPARE(other.exit, 1);
        QVERIFY2(other.err.contains("another data set"), other.err.constData());
        const Finished none = runScript(script, {in("nowhere")});
        QCOMPARE(none.exit, 1);
        QVERIFY2(none.err.contains("give the folder"), none.err.constData());
    }

    // Every '_backward' of the NumPy script against central differences.
    void numpyGradientsAreRight()
    {
        if (!m_numpy)
            QSKIP("python3-numpy is not installed");
        const QString model = in("all.safetensors");
        const QString script = in("all.py");
        QCOMPARE(program::run({"train", "--data", m_set, "--layers",
                               "12:relu,9:tanh,8:sigmoid,7:softmax,6:linear,10", "--precision", "double",
                               "--epochs", "1", "--train", "100", "--test", "50", "--validation", "10",
                               "--json", "--save", model})
                     .exit,
                 0);
        QCOMPARE(program::run({"export", model, script, "--numpy"}).exit, 0);
        const QString check = in("check.py");
        QVERIFY(idxbytes::write(check, R"(
import importlib.util, sys
import numpy as np
spec = importlib.util.spec_from_file_location('net', sys.argv.pop(1))
net = importlib.util.module_from_spec(spec)
spec.loader.exec_module(net)
with np.load(net.WEIGHTS) as file:
    mlp = net.load_model_vec(file)
    x, y = net.test_samples(file)
X, Y = x[:20].T / 255.0, np.eye(10)[y[:20]].T
loss = lambda: net.categorical_crossentropy_loss_vec(net.forward_vec(mlp, X), Y)
net.backward_vec(loss())
worst = largest = 0.0
for p in mlp['parameters']:
    values, gradient = p['data'].reshape(-1), p['grad'].reshape(-1)
    for i in range(0, values.size, max(1, values.size // 30)):
        kept = values[i]
        values[i] = kept + 1e-6
        up = float(loss()['data'])
        values[i] = kept - 1e-6
        down = float(loss()['data'])
        values[i] = kept
        worst = max(worst, abs((up - down) / 2e-6 - gradient[i]))
        largest = max(largest, abs(gradient[i]))
print('right' if worst < 1e-7 and largest > 1e-3 else (worst, largest))
)"));
        const Finished checked = runScript(check, {script});
        QCOMPARE(checked.err, QByteArray());
        QCOMPARE(checked.out, QByteArray("right\n"));
    }

    // A script that cannot be written leaves no file with weights, and the reverse.
    void bothFilesOrNone()
    {
        const QString model = in("model10.safetensors");
        QCOMPARE(program::run({"train", "--data", m_set, "--layers", "10", "--epochs", "1", "--train", "100",
                               "--test", "50", "--validation", "10", "--json", "--save", model})
                     .exit,
                 0);
        QVERIFY(QDir().mkpath(in("blocked.weights.npz")));
        const Finished blocked = program::run({"export", model, in("blocked.py"), "--torch"});
        QCOMPARE(blocked.exit, 1);
        QVERIFY(blocked.err.contains("blocked.weights.npz"));
        QVERIFY(!QFile::exists(in("blocked.py")));
    }
};

QTEST_GUILESS_MAIN(TestScripts)
#include "tst_scripts.moc"
