// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/runlistmodel.h"

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
    std::vector<RunPointer> pointers;
    for (const Run& each : runs)
        pointers.push_back(std::make_shared<const Run>(each));
    return runNames(pointers, QLocale::c());
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
    std::vector<RunPointer> runs;
    for (int row = model.rowCount() - 1; row >= 0; --row)
        runs.push_back(model.run(row));
    run.id = std::to_string(runs.size());
    runs.push_back(std::make_shared<const Run>(std::move(run)));
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
        QCOMPARE(text(1, RunListModel::SecondsColumn), QString("1.5"));
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
            QCOMPARE(text(row, Qt::ToolTipRole),
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

    // A run that goes on changes its numbers, not the list: what is chosen stays so.
    void numbersChangeInPlace()
    {
        RunListModel model;
        add(model, run(two));
        add(model, run(two));
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        Run further = run(two);
        further.id = "1";
        further.history.trainSeconds = 9.0;
        model.setRuns({model.run(1), std::make_shared<const Run>(further)});
        QCOMPARE(resets.size(), 0);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(model.data(model.index(0, RunListModel::SecondsColumn), Qt::DisplayRole).toString(),
                 QString("9.0"));
        QCOMPARE(model.rowOf("0"), 1);
        QCOMPARE(model.rowOf("1"), 0);
        QCOMPARE(model.rowOf("2"), -1);
        model.setRuns({model.run(0)});
        QCOMPARE(resets.size(), 1);
        QCOMPARE(model.rowCount(), 1);
    }
};

QTEST_GUILESS_MAIN(TestRunList)
#include "tst_runlist.moc"
