// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/runlistmodel.h"

#include <QSignalSpy>
#include <QTest>

using namespace chainrule;

namespace {

Run run(std::vector<Layer> layers)
{
    Run made;
    made.settings.layers = std::move(layers);
    made.history.test = Metrics{0.1, 95.75};
    made.history.trainSeconds = 1.5;
    return made;
}

std::vector<QString> names(const std::vector<Run>& runs)
{
    std::vector<RunAspects> aspects;
    for (const Run& each : runs)
        aspects.push_back(aspectsOf(each, QLocale::c()));
    return runNames(aspects).whole;
}

ListedRunPointer listed(Run run)
{
    return std::make_shared<const ListedRun>(ListedRun{std::make_shared<const Run>(std::move(run))});
}

std::vector<ListedRunPointer> runsOf(const RunListModel& model)
{
    std::vector<ListedRunPointer> runs;
    for (int row = model.rowCount() - 1; row >= 0; --row)
        runs.push_back(std::make_shared<const ListedRun>(model.listed(row)));
    return runs;
}

// Adds a run behind those that are there, as the library lists them.
void add(RunListModel& model, Run run)
{
    auto runs = runsOf(model);
    run.id = std::to_string(runs.size());
    runs.push_back(listed(std::move(run)));
    model.setRuns(std::move(runs));
}

const std::vector<Layer> two = {{128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}};

} // namespace

class TestRunList : public QObject {
    Q_OBJECT

private slots:
    void oneRunIsNamedByItsLayers()
    {
        QCOMPARE(names({run(two)}), (std::vector<QString>{"128-64"}));
        QCOMPARE(names({run({{10, Activation::Softmax}})}).front(), QString("no hidden layer"));
    }

    void onlyDifferencesAreNamed()
    {
        std::vector<Run> runs = {run(two), run(two), run({{10, Activation::Softmax}})};
        runs[1].settings.learningRate = 0.5;
        const auto all = names(runs);
        QCOMPARE(all[0], QString("128-64 · relu · rate 0.1"));
        QCOMPARE(all[1], QString("128-64 · relu · rate 0.5"));
        QCOMPARE(all[2], QString("no hidden layer · rate 0.1"));
    }

    void aRateChangedUnderWayShows()
    {
        std::vector<Run> runs = {run(two), run(two)};
        EpochRecord record;
        record.learningRate = 0.05;
        runs[1].history.epochs.push_back(record);
        QCOMPARE(names(runs)[1], QString("128-64 · rate 0.1 → 0.05"));
    }

    void newestStandsFirst()
    {
        QLocale::setDefault(QLocale::c());
        RunListModel model;
        Run first = run(two);
        Run second = run(two);
        second.settings.seed = 7;
        second.history.test.reset();
        add(model, first);
        add(model, second);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.run(0)->settings.seed, std::uint64_t(7));
        const auto text = [&model](int row, int column) {
            return model.data(model.index(row, column), Qt::DisplayRole).toString();
        };
        QCOMPARE(text(0, RunListModel::NameColumn), QString("128-64 · seed 7"));
        QCOMPARE(text(0, RunListModel::TestColumn), QString("–"));
        QCOMPARE(text(1, RunListModel::TestColumn), QString("95.8"));
        QCOMPARE(model.data(model.index(1, 0), RunListModel::DetailRole).toString(),
                 QString("Trained for 1.5 s"));
    }

    void longPathsLackTheirMiddle()
    {
        RunListModel model;
        const std::string first = "/home/somebody/documents/experiments/spring/letters";
        const std::string second = "/home/somebody/documents/experiments/autumn/letters";
        for (const std::string& data : {first, second, std::string("mnist")}) {
            Run next = run(two);
            next.settings.data = data;
            add(model, next);
        }
        const auto text = [&model](int row, int role) {
            return model.data(model.index(row, RunListModel::NameColumn), role).toString();
        };
        QCOMPARE(text(0, Qt::DisplayRole), QString("128-64 · mnist"));
        for (const int row : {1, 2}) {
            QVERIFY2(text(row, Qt::DisplayRole).size() < 40, qPrintable(text(row, Qt::DisplayRole)));
            QVERIFY(text(row, Qt::DisplayRole).contains(QChar(0x2026)));
            QVERIFY(text(row, Qt::DisplayRole).endsWith("/letters"));
            QCOMPARE(text(row, Qt::ToolTipRole).section('\n', 0, 0),
                     "128-64 · " + QString::fromStdString(row == 1 ? second : first));
        }
        QVERIFY(text(1, Qt::DisplayRole) != text(2, Qt::DisplayRole));
        // What differs only in the middle shows it.
        Run other = run(two);
        other.settings.data = "/home/" + std::string(30, 'x') + "1" + std::string(50, 'y') + "/letters";
        add(model, other);
        other.settings.data[36] = '2';
        add(model, other);
        QVERIFY(text(0, Qt::DisplayRole) != text(1, Qt::DisplayRole));
    }

    // A run that goes on changes its row, not the list: what is chosen stays so.
    void rowsChangeInPlace()
    {
        RunListModel model;
        for (int i = 0; i < 3; ++i)
            add(model, run(two));
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        const QPersistentModelIndex oldest = model.index(2, 0);
        auto runs = runsOf(model);
        model.setRuns(runs);
        changes.clear(); // they are other objects
        model.setRuns(runs);
        QCOMPARE(changes.size(), 0);
        Run further = run(two);
        further.id = "1";
        further.history.trainSeconds = 9.0;
        runs[1] = listed(further);
        model.setRuns(runs);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes[0][0].toModelIndex().row(), 1);
        QCOMPARE(model.data(model.index(1, 0), RunListModel::DetailRole).toString(),
                 QString("Trained for 9.0 s"));
        QCOMPARE(model.rowOf("0"), 2);
        QCOMPARE(model.rowOf("3"), -1);

        // One goes, another one comes, and what tells them apart is another thing.
        Run other = run(two);
        other.id = "7";
        other.settings.seed = 7;
        runs.erase(runs.begin() + 1);
        runs.push_back(listed(other));
        model.setRuns(runs);
        QCOMPARE(resets.size(), 0);
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(oldest.row(), 2);
        QCOMPARE(model.name(0), QString("128-64 · seed 7"));
        QCOMPARE(model.name(2), QString("128-64 · seed 42"));
        std::swap(runs[0], runs[1]); // never in a library, but not wrong either
        model.setRuns(runs);
        QCOMPARE(model.run(2)->id, runs[0]->run->id);
        model.setRuns({});
        QCOMPARE(model.rowCount(), 0);
    }

    void whatAPersonGave()
    {
        RunListModel model;
        ListedRun given{std::make_shared<const Run>(run(two)), RunState::Diverged, "mine", true};
        model.setRuns({std::make_shared<const ListedRun>(given)});
        const QModelIndex index = model.index(0, RunListModel::NameColumn);
        QCOMPARE(index.data().toString(), QString("mine"));
        QCOMPARE(index.data(Qt::EditRole).toString(), QString("mine"));
        QCOMPARE(index.data(RunListModel::AutomaticNameRole).toString(), QString("128-64"));
        QCOMPARE(index.data(Qt::AccessibleTextRole).toString(), QString("mine, pinned. Diverged, epoch 0.0"));
        QSignalSpy wanted(&model, &RunListModel::renameWanted);
        QVERIFY(model.setData(index, "  mine "));
        QCOMPARE(wanted.size(), 0); // it has that name
        QVERIFY(model.setData(index, " "));
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][1].toString(), QString());
        QVERIFY(!model.setData(model.index(0, RunListModel::TestColumn), "x"));
        QCOMPARE(index.data().toString(), QString("mine")); // until the library says so
    }

    void aRunThatWaitsSaysSo()
    {
        RunListModel model;
        Run going = run(two);
        going.id = "a";
        going.epoch = 2.5;
        model.setRuns({std::make_shared<const ListedRun>(
            ListedRun{std::make_shared<const Run>(going), RunState::Running})});
        const auto detail = [&model] { return model.index(0, 0).data(RunListModel::DetailRole).toString(); };
        QCOMPARE(detail(), QString("Training, epoch 2.5"));
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.setPaused("a");
        QCOMPARE(detail(), QString("Paused, epoch 2.5"));
        model.setPaused({});
        QCOMPARE(detail(), QString("Training, epoch 2.5"));
        QCOMPARE(changes.size(), 2);
    }
};

QTEST_GUILESS_MAIN(TestRunList)
#include "tst_runlist.moc"
