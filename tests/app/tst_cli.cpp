// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <functional>

using program::Finished;

/// What the command line answers to wrong words and to bad input, before any work.
class TestCli : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_set;   // a good one
    QString m_model; // a good one, of that set

    /// "chainrule: WHAT: WHY. HOW TO MEND." on one line, and nothing on standard output.
    static bool refused(const Finished& finished, int status)
    {
        static const QRegularExpression form(
            "\\Achainrule: [^\\n]+: [^\\n]+[^.]\\. [A-Z][^\\n]+[^.]\\.\\n\\z");
        const bool good = finished.exit == status && finished.out.isEmpty() &&
                          form.match(QString::fromUtf8(finished.err)).hasMatch();
        if (!good)
            qInfo("exit %d, output '%s', error '%s'", finished.exit, finished.out.constData(),
                  finished.err.constData());
        return good;
    }

    /// A fresh copy of the good set.
    QString ownSet(const QString& name)
    {
        const QString folder = m_folder.filePath(name);
        return program::writeSet(folder) ? folder : QString();
    }

private slots:
    void initTestCase()
    {
        m_set = ownSet("set");
        m_model = m_folder.filePath("good.safetensors");
        const Finished trained = program::run(
            {"train", "--data", m_set, "--layers", "10", "--epochs", "1", "--json", "--save", m_model});
        QCOMPARE(trained.err, QByteArray());
        QCOMPARE(trained.exit, 0);
    }

    void helpAndVersion()
    {
        const Finished help = program::run({"--help"});
        QCOMPARE(help.exit, 0);
        QCOMPARE(help.err, QByteArray());
        for (const char* words : {"[FILE]", "--data", "--train", "chainrule train", "chainrule evaluate"})
            QVERIFY2(help.out.contains(words), words);

        const Finished version = program::run({"--version"});
        QCOMPARE(version.exit, 0);
        static const QRegularExpression form("\\Achainrule \\d+\\.\\d+\\.\\d+\\n\\z");
        QVERIFY(form.match(QString::fromUtf8(version.out)).hasMatch());

        const Finished train = program::run({"train", "--help"});
        QCOMPARE(train.exit, 0);
        QCOMPARE(train.err, QByteArray());
        QVERIFY(train.out.startsWith("Usage: chainrule train [options]"));
        for (const char* option : {"--preset",     "--data",    "--train",
                                   "--validation", "--test",    "--loss",
                                   "--layers",     "--engine",  "--precision",
                                   "--optimizer",  "--lr",      "--schedule",
                                   "--warmup",     "--l1",      "--l2",
                                   "--clip",       "--batch",   "--epochs",
                                   "--patience",   "--keep",    "--initial-weights",
                                   "--seed",       "--threads", "--kernels",
                                   "--no-shuffle", "--augment", "--drawings",
                                   "--init",       "--save",    "--history",
                                   "--json"})
            QVERIFY2(train.out.contains(option), option);
        for (const char* preset :
             {"scalar:", "matrix:", "scalar-improved:", "matrix-full:", "matrix-augmented:"})
            QVERIFY2(train.out.contains(preset), preset);

        const Finished evaluate = program::run({"evaluate", "--help"});
        QCOMPARE(evaluate.exit, 0);
        QVERIFY(evaluate.out.startsWith("Usage: chainrule evaluate [options] MODEL"));
        for (const char* option :
             {"--data", "--split", "--train", "--validation", "--test", "--seed", "--no-shuffle", "--json"})
            QVERIFY2(evaluate.out.contains(option), option);
    }

    void refusesWrongWords_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("named"); // what the message must name
        const auto row = [](const QStringList& words, const QString& named) {
            QTest::newRow(qPrintable(words.join(' '))) << words << named;
        };
        row({"--nonsense"}, "nonsense");
        row({"train", "--nonsense"}, "nonsense");
        row({"train", "-x"}, "x");
        row({"train", "now"}, "now");
        row({"train", "--json=yes"}, "json");
        row({"train", "--epochs"}, "epochs");
        row({"train", "--data", ""}, "--data");
        row({"train", "--data", "spiral:samples=1"}, "samples must be a whole number from 2 to 1,000,000");
        row({"train", "--data", "moons:noise=2"}, "noise must be a number from 0 to 1");
        row({"train", "--data", "xor:size=3"}, "no option 'size'");
        row({"train", "--data", "xor:seed=1,seed=2"}, "is given twice");
        row({"train", "--save", ""}, "--save");
        row({"train", "--history", ""}, "--history");
        row({"train", "--save", "same", "--history", "./same"}, "--history");
        row({"train", "--init", m_model, "--layers", "10"}, "--layers");
        for (const QString option : {"--preset", "--engine", "--precision", "--optimizer", "--loss",
                                     "--schedule", "--keep", "--initial-weights", "--kernels"}) {
            for (const QString name : {"frobnicate", "", "Matrix "})
                row({"train", option, name}, option);
        }
        row({"train", "--engine", "scalar", "--precision", "float"}, "--precision");
        row({"train", "--loss", "binary", "--layers", "10:linear"}, "which the loss binary does not accept");
        row({"train", "--layers", "10:sigmoid"}, "which the loss cross-entropy does not accept");
        row({"train", "--loss", "squared", "--layers", "10:softmax"},
            "which the loss squared does not accept");
        row({"train", "--layers", "16,dropout:0.2"}, "the last layer gives the network's answers");
        for (const QString rate : {"1", "-0.1", "nan", "", "x"})
            row({"train", "--layers", "16,dropout:" + rate + ",10"}, "dropout rate");
        row({"train", "--layers", "dropout:0.2"}, "dropout has none of its own");
        row({"train", "--layers", "16,dropout,10"}, "dropout needs the share of units");
        row({"train", "--lr", "--epochs", "3"}, "--lr");
        row({"train", "--epochs", "99999999999"}, "not between 1 and");
        row({"train", "--patience", "3", "--validation", "0"}, "--patience");
        row({"train", "--keep", "best", "--validation", "0"}, "--keep best");
        for (const QString rule : {"normal", "normal:", "normal:-1", "normal:nan", "normal:2000000"})
            row({"train", "--initial-weights", rule}, "normal needs a standard deviation");
        row({"train", "--initial-weights", "he:2"}, "none can be given");

        const QStringList never{"abc",
                                "",
                                "-1",
                                "1.5",
                                "1e3",
                                "0x10",
                                "1,000",
                                "12 monkeys",
                                "2000000000",
                                "99999999999999999999",
                                "-99999999999999999999"};
        for (const QString option :
             {"train", "validation", "test", "batch", "epochs", "threads", "warmup", "patience"}) {
            for (const QString& value : never)
                row({"train", "--" + option, value}, "--" + option);
        }
        for (const QString option : {"train", "batch", "epochs", "threads"})
            row({"train", "--" + option, "0"}, "--" + option);
        for (const QString& value : never) {
            if (value != "2000000000")
                row({"train", "--seed", value}, "--seed");
        }
        for (const QString value :
             {"abc", "", "0", "-1", "-0.1", "nan", "inf", "1e400", "1e10", "0,1", "1,000"})
            row({"train", "--lr", value}, "--lr");
        for (const QString option : {"--l1", "--l2", "--clip"}) {
            for (const QString value : {"abc", "", "-1", "nan", "inf", "1e400", "1e10", "0,1"})
                row({"train", option, value}, option);
        }
        for (const QString layers :
             {"", ",", "10,", ",10", "0", "-5,10", "x,10", "16:", ":relu,10", "16:frob,10", "1.5,10",
              "10:relu", "999999999999,10", "65536,65536,10", "16:relu:10"})
            row({"train", "--layers", layers}, "");
        row({"train", "--layers", QString("1,").repeated(64) + "10"}, "layers");

        row({"evaluate"}, "evaluate");
        row({"evaluate", "a", "b"}, "evaluate");
        row({"evaluate", "a", "--nonsense"}, "nonsense");
        row({"evaluate", m_model, "--split", "all"}, "--split");
        row({"evaluate", m_model, "--engine", "steam"}, "--engine");
        row({"evaluate", m_model, "--test", "many"}, "--test");
        row({"evaluate", "nowhere", "--train", "0"}, "--train");
    }

    void refusesWrongWords()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, named);
        const Finished finished = program::run(words);
        QVERIFY(refused(finished, 2));
        QVERIFY2(finished.err.contains(named.toUtf8()), finished.err.constData());
    }

    void refusesBadData_data()
    {
        using Spoil = std::function<bool(const QString& folder)>;
        QTest::addColumn<Spoil>("spoil");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const QString& file, const QString& reason,
                            const Spoil& spoil) { QTest::newRow(name) << spoil << file << reason; };
        const QString images = "train-images-idx3-ubyte";
        const QString labels = "t10k-labels-idx1-ubyte";
        const auto replace = [](const QString& file, const QByteArray& bytes) {
            return [=](const QString& folder) { return idxbytes::write(folder + "/" + file, bytes); };
        };
        const QByteArray good = program::imagesOf(0, program::trainingImages);
        row("no folder", "", "no data set, file or folder of that name",
            [](const QString& folder) { return QDir(folder).removeRecursively(); });
        row("file missing", labels, "no " + labels,
            [=](const QString& folder) { return QFile::remove(folder + "/" + labels); });
        row("empty file", images, "empty", replace(images, ""));
        row("cut in the header", images, "truncated", replace(images, good.left(9)));
        row("cut in the images", images, "truncated", replace(images, good.chopped(1)));
        row("too long", images, "oversized", replace(images, good + '\0'));
        row("wrong magic", images, "magic", replace(images, "PK\x03\x04" + good.mid(4)));
        row("labels as images", images, "labels where images", replace(images, program::labelsOf(0, 200)));
        row("images as labels", labels, "images where labels", replace(labels, program::imagesOf(0, 100)));
        row("counts differ", labels, "99 labels", replace(labels, program::labelsOf(200, 99)));
        row("declares too much", images, "truncated",
            replace(images, idxbytes::imagesHeader(0xffffffffU, 28, 28) + good.mid(16)));
        row("label 10", "", "label 10", [=](const QString& folder) {
            QByteArray bytes = program::labelsOf(200, 100);
            bytes[8 + 17] = 10;
            return idxbytes::write(folder + "/" + labels, bytes);
        });
        row("web page as archive", images + ".gz", "web page", [=](const QString& folder) {
            return QFile::remove(folder + "/" + images) &&
                   idxbytes::write(folder + "/" + images + ".gz", "<!DOCTYPE html><title>404</title>");
        });
        row("archive cut", images + ".gz", "truncated", [=](const QString& folder) {
            return QFile::remove(folder + "/" + images) &&
                   idxbytes::write(folder + "/" + images + ".gz", idxbytes::gzip(good).chopped(9));
        });
    }

    void refusesBadData()
    {
        QFETCH(std::function<bool(const QString&)>, spoil);
        QFETCH(QString, file);
        QFETCH(QString, reason);
        const QString folder = ownSet(QString("bad %1").arg(QTest::currentDataTag()));
        QVERIFY(spoil(folder));
        const QString save = m_folder.filePath("never.safetensors");
        for (const QStringList& words : {QStringList{"train", "--layers", "10", "--json", "--save", save},
                                         QStringList{"evaluate", m_model}}) {
            const Finished finished = program::run(words + QStringList{"--data", folder});
            QVERIFY(refused(finished, 1));
            QVERIFY2(finished.err.contains(file.toUtf8()), finished.err.constData());
            QVERIFY2(finished.err.contains(reason.toUtf8()), finished.err.constData());
        }
        QVERIFY(!QFile::exists(save));
    }

    void refusesBadModels_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray good = program::content(m_model);
        const auto changed = [&](const QByteArray& from, const QByteArray& to) {
            const auto length = static_cast<qsizetype>(qFromLittleEndian<quint64>(good.constData()));
            const QByteArray header = good.mid(8, length).replace(from, to);
            QByteArray bytes(8, '\0');
            qToLittleEndian(static_cast<quint64>(header.size()), bytes.data());
            return bytes + header + good.mid(8 + length);
        };
        QByteArray longHeader = good;
        qToLittleEndian<quint64>(1'000'000'000, longHeader.data());
        QByteArray infinite = good;
        qToLittleEndian<quint32>(0x7f800000U, infinite.data() + infinite.size() - 4);
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("7 bytes") << good.left(7);
        QTest::newRow("cut in the header") << good.left(50);
        QTest::newRow("cut in the weights") << good.chopped(1);
        QTest::newRow("surplus") << good + '\0';
        QTest::newRow("web page") << QByteArray("<!DOCTYPE html><html></html>");
        QTest::newRow("header of 1 GB") << longHeader;
        QTest::newRow("shape of too many units") << changed("[10,36]", "[11,36]");
        QTest::newRow("shape beyond 64 bits") << changed("[10,36]", "[4294967296,4294967296]");
        QTest::newRow("offsets outside") << changed("[0,1440]", "[0,9999999]");
        QTest::newRow("overlap") << changed("[1440,1480]", "[1400,1440]");
        QTest::newRow("other units") << changed(R"(\"units\":10)", R"(\"units\":9)");
        QTest::newRow("other activation") << changed("softmax", "softmin");
        QTest::newRow("newer version") << changed("chainrule/1", "chainrule/3");
        QTest::newRow("infinite weight") << infinite;
        QTest::newRow("settings of a wrong type") << changed(R"(\"seed\":42)", R"(\"seed\":[])");
    }

    void refusesBadModels()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(bytes != program::content(m_model)); // the row really changed something
        const QString path = m_folder.filePath("bad.safetensors");
        QVERIFY(idxbytes::write(path, bytes));
        QVERIFY(refused(program::run({"evaluate", path, "--data", m_set}), 1));
        // Only the settings play no part in training further.
        if (QByteArray(QTest::currentDataTag()) != "settings of a wrong type")
            QVERIFY(refused(program::run({"train", "--init", path, "--data", m_set, "--json"}), 1));
    }

    void refusesUnreadableModelsAndOtherInputs()
    {
        for (const QString& path : {m_folder.filePath("nowhere"), m_folder.path(), QString("/dev/zero")}) {
            QVERIFY(refused(program::run({"evaluate", path, "--data", m_set}), 1));
            QVERIFY(refused(program::run({"train", "--init", path, "--data", m_set}), 1));
        }
        QVERIFY(refused(program::run({"train", "--init", m_model, "--data", "xor"}), 1)); // 36 inputs, not 2
        QVERIFY(refused(program::run({"train", "--data", m_set, "--layers", "5"}), 1));   // labels to 9
        // More outputs than classes are no fault, but as a rule one layer was forgotten.
        const auto more =
            program::run({"train", "--data", m_set, "--layers", "8,16", "--epochs", "1", "--json"});
        QCOMPARE(more.exit, 0);
        QVERIFY2(more.err.contains("has 10 classes: the other 6 of its 16 units"), more.err.constData());
        QVERIFY(refused(program::run({"train", "--data", m_set, "--train", "301"}), 1));
        QVERIFY(refused(program::run({"train", "--data", "mnist"}), 1)); // not in this environment
        QVERIFY(refused(program::run({"evaluate", m_model, "--data", m_set, "--split", "validation",
                                      "--validation", "0"}),
                        1));
    }

    // Where the system does not let anybody look, nobody says that there is nothing. A name that is too long
    // is such a place for root, too.
    void whereNobodyMayLook()
    {
        const QString place = m_folder.filePath(QString(300, QLatin1Char('x'))) + "/a";
        for (const QStringList& words :
             {QStringList{place}, QStringList{"train", "--data", place}, QStringList{"evaluate", place},
              QStringList{"classify", m_model, place + ".png"},
              QStringList{"train", "--data", "digits", "--drawings", place},
              QStringList{"train", "--data", "digits", "--init", place}}) {
            const Finished finished = program::run(words);
            QVERIFY2(refused(finished, 1), finished.err.constData());
            QVERIFY2(finished.err.contains("it cannot be read: File name too long"),
                     finished.err.constData());
        }
    }

    void refusesUnwritablePlacesBeforeAnyWork()
    {
        // Days of training: these come back at once, or run into the time limit.
        const QStringList endless{"train", "--data", m_set, "--epochs", "1000000", "--json"};
        for (const QString& path : {m_folder.filePath("no/such/folder/file"), m_folder.path(),
                                    m_model + "/file", QString("/dev/full")}) {
            for (const QString option : {"--save", "--history"})
                QVERIFY(refused(program::run(endless + QStringList{option, path}, 20), 1));
        }
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
