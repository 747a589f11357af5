// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

using program::Finished;

// `chainrule runs`, and what `chainrule train` leaves in the library.

class TestRunsCommand : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path(const QString& name) const { return m_folder->filePath(name); }

    [[nodiscard]] QProcessEnvironment environment() const
    {
        QProcessEnvironment own = program::environment();
        own.remove("CHAINRULE_LIBRARY");
        own.insert("XDG_DATA_HOME", path("data"));
        return own;
    }
    [[nodiscard]] Finished run(const QStringList& words) const { return program::run(words, environment()); }

    [[nodiscard]] QList<QJsonObject> listed(const QStringList& more = {}) const
    {
        return program::objects(run(QStringList{"runs", "--json"} + more).out);
    }
    [[nodiscard]] QJsonObject shown(const QString& id) const
    {
        return program::objects(run({"runs", "show", id, "--json"}).out).value(0);
    }

    /// Trains for a moment; returns the lines of --json.
    [[nodiscard]] QList<QJsonObject> trained(const QStringList& more = {}) const
    {
        const QStringList words{"train", "--data",  "digits", "--train",      "300",   "--validation",
                                "100",   "--test",  "100",    "--layers",     "16,10", "--epochs",
                                "3",     "--batch", "50",     "--no-shuffle", "--json"};
        const Finished finished = run(words + more);
        if (finished.exit != 0 || !finished.err.isEmpty())
            qWarning("exit %d: %s", finished.exit, finished.err.constData());
        return program::objects(finished.out);
    }

    [[nodiscard]] QList<std::vector<double>> weightsOf(const QString& name) const
    {
        QList<std::vector<double>> all;
        for (const char* tensor : {"layers.0.weight", "layers.0.bias"})
            all.append(program::tensor(program::content(path(name)), tensor));
        return all;
    }

    void fails(const QStringList& words, int exit, const QString& says) const
    {
        const Finished finished = run(words);
        const QString err = QString::fromUtf8(finished.err);
        QVERIFY2(finished.exit == exit, qPrintable(words.join(' ') + ": " + err));
        QVERIFY2(finished.out.isEmpty(), finished.out.constData());
        QVERIFY2(err.contains(says), qPrintable(err));
        static const QRegularExpression form("\\Achainrule: [^\\n]+: [^\\n]+\\. [A-Z][^\\n]+\\.\\n\\z");
        QVERIFY2(form.match(err).hasMatch(), qPrintable(err));
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void withoutALibrary()
    {
        const Finished none = run({"runs"});
        QCOMPARE(none.exit, 0);
        QVERIFY(none.out.startsWith("there are no runs in"));
        QCOMPARE(run({"runs", "--json"}).out, QByteArray());
        fails({"runs", "show", "1"}, 1, "no run in the library");
        QVERIFY(!QFile::exists(path("data"))); // looking makes nothing
    }

    void everyRunIsThere()
    {
        const auto first = trained();
        const auto second = trained({"--lr", "0.05", "--optimizer", "adam"});
        QCOMPARE(first.size(), 5);
        const auto runs = listed();
        QCOMPARE(runs.size(), 2); // newest first
        QCOMPARE(runs[1]["id"], first[0]["run"]);
        QCOMPARE(runs[0]["id"], second[0]["run"]);
        for (const char* member : {"id", "created", "state", "parent", "parent_step", "step", "epoch",
                                   "settings", "validation_loss", "test_accuracy", "pinned", "name"})
            QVERIFY2(runs[0].contains(member), member);
        static const QRegularExpression time("\\A\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\\z");
        QVERIFY(time.match(runs[0]["created"].toString()).hasMatch());
        QCOMPARE(runs[1]["state"].toString(), "finished");
        QCOMPARE(runs[1]["step"].toInt(), 18);
        QCOMPARE(runs[1]["epoch"].toDouble(), 3.0);
        QVERIFY(runs[1]["parent"].isNull() && runs[1]["name"].isNull() && !runs[1]["pinned"].toBool());
        QCOMPARE(runs[0]["settings"].toObject()["learning_rate"].toDouble(), 0.05);
        QCOMPARE(runs[0]["settings"].toObject()["optimizer"].toString(), "adam");
        QCOMPARE(runs[1]["test_accuracy"], first.last()["test_accuracy"]);
        double best = 1e9;
        for (const QJsonObject& line : first)
            best = std::min(best, line["validation_loss"].toDouble(1e9));
        QCOMPARE(runs[1]["validation_loss"].toDouble(), best);

        const QJsonObject all = shown(first[0]["run"].toString().left(8));
        QCOMPARE(all["id"], first[0]["run"]);
        const QJsonArray epochs = all["epochs"].toArray();
        QCOMPARE(epochs.size(), 3);
        for (int i = 0; i < 3; ++i) {
            QJsonObject line = first[i + 1];
            line.remove("event");
            QCOMPARE(epochs[i].toObject(), line);
        }
        QList<int> steps;
        for (const QJsonValue& checkpoint : all["checkpoints"].toArray())
            steps.append(checkpoint["step"].toInt());
        QCOMPARE(steps, QList<int>({6, 12, 18}));
        QCOMPARE(all["samples_sha256"].toString().size(), 64);
        QCOMPARE(shown(second[0]["run"].toString())["samples_sha256"], all["samples_sha256"]);

        const QByteArray people = run({"runs"}).out;
        QVERIFY(people.contains(first[0]["run"].toString().left(8).toUtf8()) && people.contains("finished"));
        const QByteArray one = run({"runs", "show", second[0]["run"].toString()}).out;
        QVERIFY2(one.contains("--optimizer adam") && one.contains("after step 6, 12, 18"), one.constData());
    }

    void exportsWhatSaveWrites()
    {
        for (const QStringList& more :
             {QStringList{}, QStringList{"--keep", "best"}, QStringList{"--precision", "double"},
              QStringList{"--data", "moons", "--layers", "8,2"}}) {
            const auto lines = trained(more + QStringList{"--save", path("saved")});
            const QString id = lines.value(0)["run"].toString();
            const Finished exported = run({"runs", "export", id, path("exported")});
            QCOMPARE(exported.err, QByteArray());
            QCOMPARE(exported.exit, 0);
            QVERIFY(!program::content(path("saved")).isEmpty());
            QCOMPARE(program::content(path("exported")), program::content(path("saved")));
        }
    }

    // After K steps: the weights of a run of so many epochs.
    void exportsAnEarlierStep()
    {
        const QString id = trained().value(0)["run"].toString();
        QCOMPARE(trained({"--epochs", "2", "--save", path("two")}).size(), 4);
        QCOMPARE(run({"runs", "export", id, path("exported"), "--step", "12"}).exit, 0);
        for (const char* tensor : {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"}) {
            const auto weights = program::tensor(program::content(path("exported")), tensor);
            QVERIFY(!weights.empty() && weights == program::tensor(program::content(path("two")), tensor));
        }
        // Within an epoch, where nothing is stored: computed again, as a run has it that is forked there.
        QCOMPARE(run({"runs", "export", id, path("within"), "--step", "13"}).exit, 0);
        QVERIFY(weightsOf("within") != weightsOf("exported"));
        fails({"runs", "export", id, path("none"), "--step", "19"}, 1, "the run has 18 steps");
        QVERIFY(!QFile::exists(path("none")));
    }

    // What the run learned from is no longer there: stored steps only, and a word about it.
    void computesNothingAgainFromOtherData()
    {
        QFile table(path("table.csv"));
        QVERIFY(table.open(QIODevice::WriteOnly));
        for (int i = 0; i < 300; ++i)
            table.write(QByteArray::number(i * 7 % 11) + ',' + QByteArray::number(i * 5 % 13) + ',' +
                        (i % 2 ? "a" : "b") + '\n');
        table.close();
        const QStringList words{
            "--data", table.fileName(), "--train", "200", "--validation", "50", "--test", "50", "--layers",
            "4,2",    "--batch",        "20"};
        const QString id = trained(words).value(0)["run"].toString();
        QCOMPARE(run({"runs", "export", id, path("same"), "--step", "15"}).exit, 0);
        QVERIFY(table.open(QIODevice::ReadWrite) && table.write("9") == 1); // the first number was 0
        table.close();
        fails({"runs", "export", id, path("none"), "--step", "15"}, 1, "have changed since the run");
        QVERIFY(!QFile::exists(path("none")));
        QCOMPARE(run({"runs", "export", id, path("stored"), "--step", "20"}).exit, 0);
        QVERIFY(table.remove());
        fails({"runs", "fork", id, "--step", "15"}, 1, "cannot be read");
    }

    void forks()
    {
        for (const QStringList& more : {QStringList{"--optimizer", "momentum", "--lr", "0.02"},
                                        QStringList{"--layers", "16,dropout:0.3,10", "--patience", "3"}}) {
            const QString id =
                trained(more + QStringList{"--save", path("parent")}).value(0)["run"].toString();
            const auto lines = program::objects(
                run({"runs", "fork", id.left(10), "--step", "13", "--json", "--save", path("child")}).out);
            const QString child = lines.value(0)["run"].toString();
            QVERIFY(!child.isEmpty() && child != id);
            QCOMPARE(weightsOf("child"), weightsOf("parent"));
            const QJsonObject shownChild = shown(child);
            QCOMPARE(shownChild["parent"].toString(), id);
            QCOMPARE(shownChild["parent_step"].toInt(), 13);
            QCOMPARE(shownChild["step"].toInt(), 18);
            QCOMPARE(shownChild["epochs"].toArray().size(), 3); // its parent's until then
            QCOMPARE(shownChild["epochs"][0], shown(id)["epochs"][0]);
            // Its own steps can be computed again; those before are its parent's.
            QCOMPARE(run({"runs", "export", child, path("15"), "--step", "15"}).exit, 0);
            QCOMPARE(run({"runs", "export", id, path("parent15"), "--step", "15"}).exit, 0);
            QCOMPARE(weightsOf("15"), weightsOf("parent15"));
            fails({"runs", "export", child, path("none"), "--step", "3"}, 1, "began after step 13");

            const auto longer =
                program::objects(run({"runs", "fork", id, "--epochs", "5", "--lr", "0.001", "--json"}).out);
            QCOMPARE(longer.size(), 4); // two epochs more
            const QJsonObject grandchild = shown(longer.value(0)["run"].toString());
            QCOMPARE(grandchild["parent_step"].toInt(), 18);
            QCOMPARE(grandchild["settings"]["learning_rate"].toDouble(), 0.001);
        }
        const QString id = listed().last()["id"].toString();
        fails({"runs", "fork", id}, 2, "no steps are left to train");
        fails({"runs", "fork", id, "--step", "6", "--layers", "8,10"}, 2, "--layers");
        fails({"runs", "fork", id, "--step", "6", "--batch", "7"}, 2, "--batch");
        fails({"runs", "fork", id, "--step", "99"}, 1, "the run has 18 steps");
        fails({"runs", "fork"}, 2, "a run's id");
        fails({"runs", "fork", id, "--step", "-3"}, 2, "--step");
    }

    // What --init began from goes into the exported file, too.
    void remembersTheInitialFile()
    {
        static_cast<void>(trained({"--save", path("first")}));
        const QStringList words{"train",   "--init", path("first"), "--data",     "digits",
                                "--train", "300",    "--test",      "100",        "--epochs",
                                "1",       "--json", "--save",      path("saved")};
        const QString id = program::objects(run(words).out).value(0)["run"].toString();
        QCOMPARE(run({"runs", "export", id, path("exported")}).exit, 0);
        QCOMPARE(program::content(path("exported")), program::content(path("saved")));
        QCOMPARE(shown(id)["init"].toString(), path("first"));
    }

    void namesPinsAndDeletes()
    {
        const QString id = trained().value(0)["run"].toString();
        const QString other = trained().value(0)["run"].toString();
        const auto done = [&](const QStringList& words) {
            const Finished finished = run(QStringList{"runs"} + words);
            return finished.exit == 0 && finished.out.isEmpty() && finished.err.isEmpty();
        };
        QVERIFY(done({"name", id, "the  first "}));
        QCOMPARE(shown(id)["name"].toString(), "the first");
        QVERIFY(run({"runs"}).out.contains("the first"));
        QVERIFY(done({"name", id, ""}));
        QVERIFY(shown(id)["name"].isNull());
        QVERIFY(done({"pin", id}));
        QVERIFY(listed().value(1)["pinned"].toBool());
        QVERIFY(done({"unpin", id}));
        QVERIFY(!listed().value(1)["pinned"].toBool());

        QVERIFY(done({"delete", id}));
        QCOMPARE(listed().size(), 1);
        QCOMPARE(listed().value(0)["id"].toString(), other);
        QCOMPARE(listed({"--deleted"}).value(0)["id"].toString(), id);
        fails({"runs", "export", id, path("none")}, 1, "Bring it back with chainrule runs undelete");
        fails({"runs", "pin", id}, 1, "it was deleted");
        QVERIFY(shown(id)["deleted"].toBool());
        QVERIFY(done({"undelete", id}));
        QCOMPARE(listed().size(), 2);
        QCOMPARE(run({"runs", "export", id, path("back")}).exit, 0);
    }

    void idsMustBeUnambiguous()
    {
        // Of 17 ids two begin with the same digit.
        for (int i = 0; i < 17; ++i)
            QVERIFY(!trained({"--data", "xor", "--layers", "2,2", "--epochs", "1"}).isEmpty());
        QMap<QString, QStringList> byDigit;
        const auto runs = listed();
        for (const QJsonObject& each : runs)
            byDigit[each["id"].toString().left(1)].append(each["id"].toString());
        bool found = false;
        for (const QStringList& ids : byDigit) {
            if (ids.size() < 2)
                continue;
            found = true;
            fails({"runs", "show", ids.first().left(1)}, 1, ids.first());
            fails({"runs", "show", ids.first().left(1)}, 1, "Write more of the id");
            break;
        }
        QVERIFY(found);
    }

    void keepsNothingWhereThatIsAsked()
    {
        const auto lines = trained({"--no-library"});
        QCOMPARE(lines.size(), 5);
        QVERIFY(lines[0]["run"].isNull());
        QVERIFY(!QFile::exists(path("data")));
        static_cast<void>(trained());
        static_cast<void>(trained({"--no-library"}));
        QCOMPARE(listed().size(), 1);
    }

    void anotherPlace()
    {
        QProcessEnvironment own = environment();
        own.insert("CHAINRULE_LIBRARY", path("my runs.db"));
        const QStringList words{"train", "--data", "xor", "--layers", "4,2", "--epochs", "1"};
        QCOMPARE(program::run(words, own).exit, 0);
        QVERIFY(QFile::exists(path("my runs.db")) && !QFile::exists(path("data")));
        QCOMPARE(program::objects(program::run({"runs", "--json"}, own).out).size(), 1);
        own.insert("CHAINRULE_LIBRARY", ":memory:");
        const auto unkept = program::run(words + QStringList{"--json"}, own);
        QCOMPARE(unkept.err, QByteArray());
        QVERIFY(program::objects(unkept.out).value(0)["run"].isNull());
        QCOMPARE(program::run({"runs", "--json"}, own).out, QByteArray());
    }

    // Training goes on where its run cannot be kept, and says so once.
    void aLibraryThatCannotBeWritten()
    {
        QVERIFY(QDir().mkpath(path("data/chainrule")));
        QFile file(path("data/chainrule/library.db"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(5000, 'x')) == 5000);
        file.close();
        const Finished finished =
            run({"train", "--data", "xor", "--layers", "4,2", "--epochs", "2", "--save", path("saved")});
        QCOMPARE(finished.exit, 0);
        QCOMPARE(finished.err.count('\n'), 1);
        QVERIFY2(finished.err.contains("it is damaged, or it is not a library of Chainrule"),
                 finished.err.constData());
        QVERIFY(QFile::exists(path("saved")));
        QCOMPARE(program::content(file.fileName()), QByteArray(5000, 'x'));
        fails({"runs"}, 1, "it is damaged");
    }

    void stoppedAndDivergedRunsAreThere()
    {
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(CHAINRULE_EXECUTABLE,
                      {"train", "--data", "digits", "--train", "300", "--test", "100", "--layers", "16,10",
                       "--epochs", "1000000", "--json", "--save", path("saved")});
        QVERIFY(process.waitForReadyRead(30'000));
        QTRY_VERIFY_WITH_TIMEOUT(listed().value(0)["epoch"].toDouble() > 0, 60'000);
        QCOMPARE(listed().value(0)["state"].toString(), "running"); // it is there while it goes on
        fails({"runs", "delete", listed().value(0)["id"].toString()}, 1, "still being trained");
        process.terminate();
        QVERIFY(process.waitForFinished(30'000));
        const QJsonObject stopped = listed().value(0);
        QCOMPARE(stopped["state"].toString(), "stopped");
        QCOMPARE(run({"runs", "export", stopped["id"].toString(), path("exported")}).exit, 0);
        QCOMPARE(program::content(path("exported")), program::content(path("saved")));
        QVERIFY(shown(stopped["id"].toString())["checkpoints"].toArray().size() <= 18);

        QCOMPARE(run({"train", "--data", "digits", "--train", "300", "--test", "100", "--layers", "16,10",
                      "--lr", "1e9", "--epochs", "5"})
                     .exit,
                 1);
        const QJsonObject diverged = shown(listed().value(0)["id"].toString());
        QCOMPARE(diverged["state"].toString(), "diverged");
        QVERIFY(!diverged["fault"].toString().isEmpty());
    }

    void killedRunsAreInterrupted()
    {
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(CHAINRULE_EXECUTABLE, {"train", "--data", "digits", "--train", "300", "--test", "100",
                                             "--layers", "16,10", "--epochs", "1000000", "--json"});
        QVERIFY(process.waitForReadyRead(30'000));
        QTRY_VERIFY_WITH_TIMEOUT(
            !shown(listed().value(0)["id"].toString())["checkpoints"].toArray().isEmpty(), 60'000);
        process.kill();
        QVERIFY(process.waitForFinished(30'000));
        const QJsonObject killed = listed().value(0);
        QCOMPARE(killed["state"].toString(), "interrupted");
        QCOMPARE(run({"runs", "export", killed["id"].toString(), path("exported")}).exit, 0);
        QCOMPARE(run({"runs", "delete", killed["id"].toString()}).exit, 0);
    }

    void wrongWords()
    {
        fails({"runs", "frobnicate"}, 2, "'frobnicate'");
        fails({"runs", "fork", "zz"}, 1, "no run in the library");
        fails({"runs", "show"}, 2, "runs show");
        fails({"runs", "show", "1", "2"}, 2, "runs show");
        fails({"runs", "export", "1"}, 2, "a run's id and a FILE");
        fails({"runs", "name", "1"}, 2, "a run's id and a NAME");
        fails({"runs", "--step", "1"}, 2, "--step");
        fails({"runs", "show", "1", "--deleted"}, 2, "--deleted");
        fails({"runs", "pin", "1", "--json"}, 2, "--json");
        for (const QString step : {"-1", "1.5", "x", ""})
            fails({"runs", "export", "1", "file", "--step=" + step}, 2, "--step");
        fails({"runs", "export", "1", "a.chainrule-run"}, 2, "whole runs cannot be exported");
        fails({"runs", "--nonsense"}, 2, "nonsense");
        fails({"runs", "show", "zz"}, 1, "no run in the library");
        const Finished help = run({"runs", "--help"});
        QCOMPARE(help.exit, 0);
        QVERIFY(help.out.startsWith("Usage: chainrule runs [options] "));
        QVERIFY(run({"runs", "fork", "--help"}).out.contains("--optimizer"));
        QVERIFY(run({"--help"}).out.contains("chainrule runs "));
        QVERIFY(run({"train", "--help"}).out.contains("--no-library"));
    }
};

QTEST_GUILESS_MAIN(TestRunsCommand)
#include "tst_runscommand.moc"
