// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/libraryruns.h"

#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>

#include <limits>

using namespace chainrule;
using namespace chainrule::tests;

using Steps = std::vector<std::int64_t>;

class TestLibrary : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path() const { return m_folder->filePath("below/library.db"); }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void idsAreUuids()
    {
        QSet<QString> ids;
        static const QRegularExpression form(
            "\\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\z");
        for (int i = 0; i < 1000; ++i) {
            const QString id = QString::fromStdString(newRunId());
            QVERIFY2(form.match(id).hasMatch(), qPrintable(id));
            ids.insert(id);
        }
        QCOMPARE(ids.size(), 1000);
    }

    void aRunComesBack()
    {
        RunRecord run = someRun();
        run.name = "my 'run'";
        run.parent = RunParent{newRunId(), 123};
        run.initial = InitialFile{"/a/model.safetensors", std::string(64, 'e')};
        run.resumedAt = 1.0 / 3.0;
        run.pinned = true;
        const History history{{}, Metrics{0.1 + 0.2, 99.5}, 1.0 / 7.0, 1e5 / 3.0, 2, {}, 0.25};
        {
            const auto library = opened(path());
            QVERIFY(library && !library->isReadOnly());
            QVERIFY(library->beginRun(run));
            RunChanges changes;
            changes.epochs = {someEpoch(1), someEpoch(2)};
            changes.events = {{3, LiveField::L2, 1.0 / 3.0}, {5, LiveField::LearningRate, -1.0}};
            changes.checkpoints = {someBytes(8, 1000), someBytes(16, 100'000)};
            changes.samples = std::string(64, 'd');
            changes.progress = RunProgress{16, 2.0};
            QVERIFY(library->append(run.id, changes));
            changes = {};
            changes.epochs = {someEpoch(3)};
            changes.epochs.front().validation.reset();
            QVERIFY(library->append(run.id, changes));
            const auto found = library->find(run.id);
            QVERIFY(found);
            QCOMPARE(found->state, RunState::Running);
            QVERIFY(found->validationLoss == someEpoch(2).validation->loss);
            QCOMPARE(found->trainSeconds, 1.0);
            changes = {};
            changes.end = RunEnd{
                RunState::Diverged, "it left all bounds", {20, 2.5}, history, {{4, LiveField::L1, 0.5}}, {8}};
            QVERIFY(library->append(run.id, changes));
        }
        const auto library = opened(path());
        QVERIFY(library);
        const auto runs = library->list();
        QVERIFY(runs && runs->size() == 1);
        const RunRecord& back = runs->front();
        QCOMPARE(back.id, run.id);
        QCOMPARE(back.created, run.created);
        QVERIFY(back.name == run.name && back.parent == run.parent && back.initial == run.initial);
        QCOMPARE(back.state, RunState::Diverged);
        QCOMPARE(back.fault, std::string("it left all bounds"));
        QCOMPARE(back.settings, run.settings);
        QCOMPARE(back.source, run.source);
        QCOMPARE(back.samples, std::string(64, 'd'));
        QCOMPARE(back.trainingSamples, run.trainingSamples);
        QVERIFY(back.kernels == run.kernels && back.version == run.version && back.process == run.process);
        QVERIFY(back.step == 20 && back.epoch == 2.5 && back.pinned && !back.deleted);
        QVERIFY(back.test && back.test->loss == 0.1 + 0.2 && back.test->accuracy == 99.5);
        QVERIFY(back.trainSeconds == 1.0 / 7.0 && back.samplesPerSecond == 1e5 / 3.0);
        QVERIFY(back.bestEpoch == 2 && back.resumedAt == 0.25);
        const auto epochs = library->epochs(run.id);
        QVERIFY(epochs && epochs->size() == 3 && !epochs->back().validation);
        for (int i = 0; i < 2; ++i) {
            const EpochRecord& record = (*epochs)[static_cast<std::size_t>(i)];
            const EpochRecord expected = someEpoch(i + 1);
            QVERIFY(record.epoch == expected.epoch && record.trainLoss == expected.trainLoss &&
                    record.trainAccuracy == expected.trainAccuracy &&
                    record.validation->loss == expected.validation->loss &&
                    record.validation->accuracy == expected.validation->accuracy &&
                    record.learningRate == expected.learningRate &&
                    record.trainSeconds == expected.trainSeconds);
        }
        QCOMPARE(library->epochs(run.id, 2)->size(), std::size_t{1});
        QVERIFY(*library->journal(run.id) == Journal({{4, LiveField::L1, 0.5}})); // the end's is all of it
        QCOMPARE(stepsOf(*library, run.id), Steps{8});                            // the last good one
    }

    void lossesThatAreNoNumbersComeBack()
    {
        const auto library = opened(":memory:");
        const RunRecord run = someRun();
        QVERIFY(library->beginRun(run));
        RunChanges changes;
        changes.epochs = {someEpoch(1)};
        changes.epochs.front().trainLoss = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(library->append(run.id, changes));
        QVERIFY(std::isnan(library->epochs(run.id)->front().trainLoss));
    }

    void isAllOrNothing()
    {
        const auto library = opened(path());
        const RunRecord run = someRun();
        QVERIFY(library->beginRun(run));
        QVERIFY(!library->beginRun(run));
        RunChanges changes;
        changes.epochs = {someEpoch(1)};
        QVERIFY(!library->append(newRunId(), changes));
        QVERIFY(library->epochs(run.id)->empty());
    }

    void idsMayBeShortened()
    {
        const auto library = opened(":memory:");
        const std::string first = "aabbccdd-0000-4000-8000-000000000000";
        const std::string second = "aabbccdf-0000-4000-8000-000000000000";
        const std::string third = "ffffffff-ffff-4fff-bfff-ffffffffffff";
        for (const std::string& id : {first, second, third})
            QVERIFY(library->beginRun(someRun(id)));
        QCOMPARE(library->find(first)->id, first);
        QCOMPARE(library->find("AABBCCDF")->id, second);
        QCOMPARE(library->find("f")->id, third);
        QCOMPARE(library->find("aabbccdd-0")->id, first);
        for (const char* none :
             {"", "0", "aabbccde", "g", "%", "aabbccdd_", "aabbccdd-0000-4000-8000-0000000000000"}) {
            const auto found = library->find(none);
            QVERIFY2(!found && said(found.error()).contains("no run in the library"), none);
        }
        const auto several = library->find("aabb");
        QVERIFY(!several);
        QVERIFY(said(several.error()).contains(QString::fromStdString(second + ", " + first)));
        QVERIFY(said(several.error()).contains("Write more of the id"));

        // A deleted run makes no id ambiguous; its id finds it where no other run's begins so.
        RunChanges changes;
        changes.end = RunEnd{};
        QVERIFY(library->append(second, changes) && library->setDeleted(second, true));
        QCOMPARE(library->find("aabb")->id, first);
        QVERIFY(library->find("aabbccdf")->deleted);
    }

    void listsWhatIsAskedFor()
    {
        const auto library = opened(":memory:");
        std::vector<RunRecord> runs;
        for (int i = 0; i < 4; ++i) {
            runs.push_back(someRun());
            QVERIFY(library->beginRun(runs.back()));
        }
        RunChanges ended;
        ended.end = RunEnd{};
        for (const std::size_t i : {0U, 1U, 2U})
            QVERIFY(library->append(runs[i].id, ended));
        QVERIFY(library->rename(runs[1].id, "Größte"));
        QVERIFY(library->setPinned(runs[2].id, true));
        QVERIFY(library->setDeleted(runs[0].id, true));
        const auto ids = [&](const RunFilter& filter) {
            std::vector<std::string> all;
            const auto listed = library->list(filter);
            for (const RunRecord& run : *listed)
                all.push_back(run.id);
            return all;
        };
        using Ids = std::vector<std::string>;
        QCOMPARE(ids({}), Ids({runs[3].id, runs[2].id, runs[1].id}));
        QCOMPARE(ids({.most = 1}), Ids({runs[3].id}));
        QCOMPARE(ids({.deleted = true}), Ids({runs[0].id}));
        QCOMPARE(ids({.state = RunState::Finished}), Ids({runs[2].id, runs[1].id}));
        QCOMPARE(ids({.text = "GRö"}), Ids({runs[1].id}));
        QCOMPARE(ids({.text = "learning_rate\":0.1"}).size(), std::size_t{3});
        QCOMPARE(ids({.text = "%"}), Ids());
        QVERIFY(library->setDeleted(runs[0].id, false));
        QCOMPARE(ids({}).size(), std::size_t{4});
        QVERIFY(library->rename(runs[1].id, ""));
        QVERIFY(!library->find(runs[1].id)->name);

        const auto running = library->setDeleted(runs[3].id, true);
        QVERIFY(!running && said(running.error()).contains("still being trained"));
        for (const auto& done :
             {library->rename("0", "a"), library->setPinned("0", true), library->setDeleted("0", true)})
            QVERIFY(!done && said(done.error()).contains("no run in the library"));
    }

    void runsOfDeadProcessesAreInterrupted()
    {
        const auto library = opened(path());
        RunRecord own = someRun();
        RunRecord dead = someRun();
        dead.process.start += 1; // its number was given to another
        RunRecord earlier = someRun();
        earlier.process.boot = "before";
        RunRecord elsewhere = someRun();
        elsewhere.process = {"elsewhere.example", "another", 1, 1};
        for (const RunRecord& run : {own, dead, earlier, elsewhere})
            QVERIFY(library->beginRun(run));
        QCOMPARE(*library->markInterrupted(), 2);
        QCOMPARE(*library->markInterrupted(), 0);
        QCOMPARE(library->find(own.id)->state, RunState::Running);
        QCOMPARE(library->find(elsewhere.id)->state, RunState::Running);
        QCOMPARE(library->find(dead.id)->state, RunState::Interrupted);
        QCOMPARE(library->find(earlier.id)->state, RunState::Interrupted);
        // One that was taken for dead and is not.
        RunChanges changes;
        changes.progress = RunProgress{1, 0.5};
        QVERIFY(library->append(dead.id, changes));
        QCOMPARE(library->find(dead.id)->state, RunState::Running);
    }

    void keepsTheBudget()
    {
        auto library = opened(path());
        std::vector<std::string> ids;
        constexpr std::size_t size = 100'000;
        for (int i = 0; i < 5; ++i) {
            const RunRecord run = someRun();
            ids.push_back(run.id);
            QVERIFY(library->beginRun(run));
            RunChanges changes;
            changes.epochs = {someEpoch(1), someEpoch(2)};
            changes.checkpoints = {someBytes(8, size), someBytes(16, size), someBytes(24, size)};
            if (i != 4) // which goes on
                changes.end = RunEnd{};
            QVERIFY(library->append(run.id, changes));
        }
        QVERIFY(library->setPinned(ids[0], true) && library->setDeleted(ids[3], true));
        const auto steps = [&](std::size_t i) { return stepsOf(*library, ids[i]); };
        const Steps all{8, 16, 24};
        const Steps last{24};

        auto use = library->keepBudget(15 * size);
        QVERIFY(use && use->before == 15 * size && use->after == 15 * size);
        use = library->keepBudget(14 * size); // the deleted one first
        QVERIFY(use->after == 13 * size && steps(3) == last && steps(1) == all);
        use = library->keepBudget(11 * size); // then the oldest that is not pinned
        QVERIFY(use->after == 11 * size && steps(0) == all && steps(1) == last && steps(2) == all);
        use = library->keepBudget(8 * size); // where intermediate ones are not enough, the last too
        QVERIFY(use->after == 8 * size && steps(1) == last && steps(2) == last && steps(3).empty());
        const qint64 before = QFileInfo(path()).size();
        use = library->keepBudget(1); // never of those that are pinned or go on
        QVERIFY(use->after == 6 * size && steps(1).empty() && steps(0) == all && steps(4) == all);
        for (const std::string& id : ids)
            QCOMPARE(library->epochs(id)->size(), std::size_t{2});
        QCOMPARE(library->list()->size(), std::size_t{4});

        // The file gives back what is free, when the last connection closes.
        library.reset();
        QVERIFY2(QFileInfo(path()).size() < qint64{8} * qint64{size},
                 qPrintable(QString::number(before) + " " + QString::number(QFileInfo(path()).size())));
    }

    void twoConnectionsShareAFile()
    {
        const auto one = opened(path());
        const auto other = opened(path());
        QVERIFY(one && other);
        const RunRecord run = someRun();
        QVERIFY(one->beginRun(run));
        QCOMPARE(other->list()->size(), std::size_t{1});
        QVERIFY(other->rename(run.id, "seen"));
        QCOMPARE(*one->find(run.id)->name, std::string("seen"));

        // Both write at once, each its own run, and lose nothing.
        const RunRecord second = someRun();
        QVERIFY(other->beginRun(second));
        const auto fill = [](Library& library, const std::string& id) {
            int failed = 0;
            for (int epoch = 1; epoch <= 200; ++epoch) {
                RunChanges changes;
                changes.epochs = {someEpoch(epoch)};
                changes.checkpoints = {someBytes(epoch, 5000)};
                failed += library.append(id, changes) ? 0 : 1;
            }
            return failed;
        };
        int failed = -1;
        std::thread thread([&] { failed = fill(*other, second.id); });
        QCOMPARE(fill(*one, run.id), 0);
        thread.join();
        QCOMPARE(failed, 0);
        QCOMPARE(one->epochs(second.id)->size(), std::size_t{200});
        QCOMPARE(other->checkpoints(run.id)->size(), std::size_t{200});
    }
};

QTEST_APPLESS_MAIN(TestLibrary)
#include "tst_library.moc"
