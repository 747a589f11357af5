// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/settingsjson.h"
#include "core/library/samplesdigest.h"
#include "core/library/storedmodel.h"
#include "core/library/writer.h"
#include "tests/core/libraryruns.h"
#include "tests/support/looprun.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/mount.h>

using namespace chainrule;
using namespace chainrule::tests;

using Steps = std::vector<std::int64_t>;

namespace {

/// Trains and hands on all that is posted, as `chainrule train` does.
TrainingOutcome keptRun(LibraryWriter& writer, const RunRecord& record, const RunSetup& setup,
                        std::optional<std::int64_t> stopAt = {})
{
    writer.begin(record, setup);
    Control control(setup.settings.learningRate);
    Feed feed;
    RunStart start;
    start.postsCheckpoints = true;
    start.stopAt = stopAt;
    TrainingOutcome outcome = train(setup, control, feed, {}, start);
    writer.news(record.id, feed.take());
    writer.end(record.id, outcome);
    return outcome;
}

/// The file that `chainrule train --save` writes.
std::string savedModel(const RunSetup& setup, const TrainingOutcome& outcome)
{
    return encodeModel({outcome.network, settingsToJson(setup.settings), historyToJson(outcome.history)});
}

std::string exported(Library& library, const std::string& id, std::optional<std::int64_t> step = {})
{
    const auto run = library.find(id);
    const auto model = run ? storedModel(library, *run, step) : Result<ModelFile>(run.error());
    return model ? encodeModel(*model) : model.error().message();
}

} // namespace

class TestLibraryWriter : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] std::string path() const { return m_folder->filePath("library.db").toStdString(); }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    // Few, spread over the whole run, the newest among them; and what goes was there.
    void thinning()
    {
        CheckpointThinning thinning;
        std::set<std::int64_t> there;
        for (int epoch = 1; epoch <= 5000; ++epoch) {
            for (const auto& [step, end] : {std::pair(10 * epoch - 5, 0), std::pair(10 * epoch, epoch)}) {
                there.insert(step);
                for (const std::int64_t gone : thinning.add(step, end))
                    QCOMPARE(there.erase(gone), std::size_t{1});
                QVERIFY(there.contains(step));
            }
            QVERIFY(there.size() <= CheckpointThinning::most + 1);
            std::int64_t last = 0;
            for (const std::int64_t step : there) {
                QVERIFY(step - last <= 10 + 10 * epoch / 4);
                last = step;
            }
        }
        QCOMPARE(thinning.add(50'000, 5000).size(), std::size_t{0}); // the end comes twice
    }

    void aRunThatFinishes()
    {
        const Setup plain = makeSetup(allKinds[2]);
        const RunSetup setup = borrowedRun(plain);
        const RunRecord record = newRun(setup, {}, "1.2.3");
        TrainingOutcome outcome;
        {
            LibraryWriter writer(path());
            outcome = keptRun(writer, record, setup);
            writer.finish();
            QVERIFY(!writer.takeNotice() && !writer.memory());
        }
        const auto library = opened(QString::fromStdString(path()));
        const auto run = library->find(record.id);
        QVERIFY(run);
        QCOMPARE(run->state, RunState::Finished);
        QVERIFY(run->step == 24 && run->epoch == 3.0 && run->version == "1.2.3");
        QCOMPARE(run->samples, samplesDigest(plain.data, plain.split));
        QCOMPARE(stepsOf(*library, record.id), Steps({8, 16, 24}));
        QCOMPARE(exported(*library, record.id), savedModel(setup, outcome));
        QCOMPARE(exported(*library, record.id, 24), savedModel(setup, outcome));

        // After 16 steps, as a run has it that stops there.
        LibraryWriter writer(path());
        const RunRecord stopped = newRun(setup, {}, "1.2.3");
        const TrainingOutcome half = keptRun(writer, stopped, setup, 16);
        writer.finish();
        const auto model = storedModel(*library, *run, 16);
        QVERIFY(model && model->network.parameters == half.network.parameters);
        QCOMPARE(historyFromJson(model->history)->epochs.size(), std::size_t{2});
        QCOMPARE(library->find(stopped.id)->state, RunState::Stopped);
        QCOMPARE(exported(*library, stopped.id), savedModel(setup, half));

        const QString refused = QString::fromStdString(exported(*library, record.id, 17));
        QVERIFY2(refused.contains("the weights after step 17") && refused.contains("8, 16, 24"),
                 qPrintable(refused));
    }

    void theResultIsTheBestEpochsWhereThatIsKept()
    {
        Setup plain = makeSetup(allKinds[1]);
        plain.settings.keep = Keep::Best;
        plain.settings.epochs = 30;
        plain.settings.learningRate = 2.0;
        const RunSetup setup = borrowedRun(plain);
        const RunRecord record = newRun(setup, {}, "1");
        LibraryWriter writer(path());
        const TrainingOutcome outcome = keptRun(writer, record, setup);
        writer.finish();
        const auto library = opened(QString::fromStdString(path()));
        QCOMPARE(exported(*library, record.id), savedModel(setup, outcome));
        QVERIFY(storedModel(*library, *library->find(record.id), 30 * 8)->network.parameters !=
                outcome.network.parameters);
    }

    void aRunThatDiverges()
    {
        Setup plain = makeSetup(allKinds[2], Activation::Relu);
        plain.settings.epochs = 50;
        const RunSetup setup = borrowedRun(plain);
        const RunRecord record = newRun(setup, {}, "1");
        LibraryWriter writer(path());
        writer.begin(record, setup);
        Control control(setup.settings.learningRate);
        Feed feed;
        RunStart start;
        start.postsCheckpoints = true;
        start.planned = {{20, LiveField::LearningRate, 1e9}};
        const TrainingOutcome outcome = train(setup, control, feed, {}, start);
        QCOMPARE(outcome.reason, EndReason::Diverged);
        writer.news(record.id, feed.take());
        writer.end(record.id, outcome);
        writer.finish();
        const auto library = opened(QString::fromStdString(path()));
        const auto run = library->find(record.id);
        QCOMPARE(run->state, RunState::Diverged);
        QVERIFY(!run->fault.empty());
        QCOMPARE(exported(*library, record.id), savedModel(setup, outcome));
        QVERIFY(*library->journal(record.id) == outcome.journal);
        const auto places = library->checkpoints(record.id);
        for (const CheckpointPlace& place : *places)
            QVERIFY(place.kind == CheckpointKind::Weights ||
                    place.step <= 8 * static_cast<std::int64_t>(outcome.history.epochs.size()));
    }

    void theDigestTellsSamplesApart()
    {
        Setup setup = makeSetup(allKinds[0]);
        const std::string digest = samplesDigest(setup.data, setup.split);
        QCOMPARE(digest.size(), std::size_t{64});
        QCOMPARE(samplesDigest(makeSetup(allKinds[0]).data, setup.split), digest);
        std::swap(setup.split.training[0], setup.split.training[1]);
        QVERIFY(samplesDigest(setup.data, setup.split) != digest);
        std::swap(setup.split.training[0], setup.split.training[1]);
        setup.data.features[7] += 1e-6F;
        QVERIFY(samplesDigest(setup.data, setup.split) != digest);
        setup = makeSetup(allKinds[0]);
        setup.data.labels[1] ^= 1U;
        QVERIFY(samplesDigest(setup.data, setup.split) != digest);
    }

    void whatCannotBeOpenedIsKeptInMemory_data()
    {
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("word");
        QTest::newRow("a device") << "/dev/null/library.db"
                                  << "could not be opened";
        QTest::newRow("damaged") << "damaged"
                                 << "it is damaged";
        QTest::newRow("another program's") << "theirs"
                                           << "of another program";
    }

    void whatCannotBeOpenedIsKeptInMemory()
    {
        QFETCH(QString, place);
        QFETCH(QString, word);
        QFile damaged(m_folder->filePath("damaged"));
        QVERIFY(damaged.open(QIODevice::WriteOnly) && damaged.write(QByteArray(8192, 'x')) == 8192);
        damaged.close();
        const auto theirs =
            Database::open(m_folder->filePath("theirs").toStdString(), Database::Access::Write);
        QVERIFY(theirs && (*theirs)->script("CREATE TABLE theirs (a)"));
        const Setup plain = makeSetup(allKinds[2]);
        const RunSetup setup = borrowedRun(plain);
        const RunRecord record = newRun(setup, {}, "1");
        LibraryWriter writer(QDir(m_folder->path()).filePath(place).toStdString());
        const TrainingOutcome outcome = keptRun(writer, record, setup);
        writer.finish();
        const auto notice = writer.takeNotice();
        QVERIFY(notice);
        QVERIFY2(said(*notice).contains(word) && said(*notice).contains("in memory"),
                 qPrintable(said(*notice)));
        QVERIFY(!writer.takeNotice()); // said once
        QVERIFY(writer.memory());
        QCOMPARE(exported(*writer.memory(), record.id), savedModel(setup, outcome));
    }

    void withoutAPlace()
    {
        LibraryWriter writer(
            Error{MessageId::theLibrary, MessageId::libraryNoPlace, MessageId::librarySetPlace});
        writer.finish();
        QVERIFY(said(*writer.takeNotice()).contains("neither CHAINRULE_LIBRARY"));
    }

    // A disk that fills up at any moment: the run goes on in memory with all that it had, and the file is
    // sound.
    void aFullDisk()
    {
        const QString disk = m_folder->filePath("disk");
        QVERIFY(QDir().mkpath(disk));
        const Setup plain = makeSetup(allKinds[2]);
        const RunSetup setup = borrowedRun(plain);
        int full = 0;
        int fitted = 0;
        for (int kilobytes = 4; kilobytes <= 400; kilobytes += kilobytes < 160 ? 4 : 40) {
            const QByteArray options = "size=" + QByteArray::number(kilobytes) + "k";
            if (::mount("tmpfs", QFile::encodeName(disk).constData(), "tmpfs", 0, options.constData()) != 0)
                QSKIP("no file system can be mounted here");
            const auto unmount = [&](void*) { ::umount(QFile::encodeName(disk).constData()); };
            const std::unique_ptr<void, decltype(unmount)> mounted(this, unmount);
            const std::string file = (disk + "/library.db").toStdString();
            const RunRecord record = newRun(setup, {}, "1");
            TrainingOutcome outcome;
            std::shared_ptr<Library> memory;
            std::optional<Error> notice;
            {
                LibraryWriter writer(file);
                writer.begin(record, setup);
                QTest::qWait(20); // begun on the disk, where it has room for that
                Control control(setup.settings.learningRate);
                Feed feed;
                RunStart start;
                start.postsCheckpoints = true;
                outcome = train(setup, control, feed, {}, start);
                writer.news(record.id, feed.take());
                writer.end(record.id, outcome);
                writer.finish();
                memory = writer.memory();
                notice = writer.takeNotice();
            }
            QCOMPARE(memory != nullptr, notice.has_value());
            if (memory) {
                ++full;
                QVERIFY2(said(*notice).contains("full"), qPrintable(said(*notice)));
                QCOMPARE(exported(*memory, record.id), savedModel(setup, outcome));
            } else {
                ++fitted;
                QCOMPARE(exported(*opened(QString::fromStdString(file)), record.id),
                         savedModel(setup, outcome));
            }
            if (const auto file2 = Database::open(file, Database::Access::Read)) {
                auto check = (*file2)->query("PRAGMA integrity_check");
                if (check && check->next())
                    QCOMPARE(check->text(0), std::string("ok"));
            }
        }
        QVERIFY2(full > 5 && fitted > 5, qPrintable(QString("%1 %2").arg(full).arg(fitted)));
    }
};

QTEST_GUILESS_MAIN(TestLibraryWriter)
#include "tst_librarywriter.moc"
