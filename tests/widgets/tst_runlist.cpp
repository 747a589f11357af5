// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/runlistmodel.h"

#include <QTest>

using namespace chainrule;

namespace {

FinishedRun run(std::vector<DenseLayer> layers)
{
    FinishedRun made;
    made.settings.layers = std::move(layers);
    made.history.test = Metrics{0.1, 95.75};
    made.history.trainSeconds = 1.5;
    return made;
}

const std::vector<DenseLayer> two = {
    {128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}};

} // namespace

class TestRunList : public QObject {
    Q_OBJECT

private slots:
    void oneRunIsNamedByItsLayers()
    {
        QCOMPARE(runNames({run(two)}, QLocale::c()), (std::vector<QString>{"128-64"}));
        QCOMPARE(runNames({run({{10, Activation::Softmax}})}, QLocale::c()).front(),
                 QString("no hidden layer"));
    }

    void onlyDifferencesAreNamed()
    {
        std::vector<FinishedRun> runs = {run(two), run(two), run({{10, Activation::Softmax}})};
        runs[1].settings.learningRate = 0.5;
        const auto names = runNames(runs, QLocale::c());
        QCOMPARE(names[0], QString("128-64 · relu · rate 0.1"));
        QCOMPARE(names[1], QString("128-64 · relu · rate 0.5"));
        QCOMPARE(names[2], QString("no hidden layer · rate 0.1"));
    }

    void aRateChangedUnderWayShows()
    {
        std::vector<FinishedRun> runs = {run(two), run(two)};
        EpochRecord record;
        record.learningRate = 0.05;
        runs[1].history.epochs.push_back(record);
        QCOMPARE(runNames(runs, QLocale::c())[1], QString("128-64 · rate 0.1 → 0.05"));
    }

    void newestStandsFirst()
    {
        QLocale::setDefault(QLocale::c());
        RunListModel model;
        FinishedRun first = run(two);
        FinishedRun second = run(two);
        second.settings.seed = 7;
        second.history.test.reset();
        model.add(first);
        model.add(second);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.run(0).settings.seed, std::uint64_t(7));
        const auto text = [&model](int row, int column) {
            return model.data(model.index(row, column), Qt::DisplayRole).toString();
        };
        QCOMPARE(text(0, RunListModel::NameColumn), QString("128-64 · seed 7"));
        QCOMPARE(text(0, RunListModel::TestColumn), QString("–"));
        QCOMPARE(text(1, RunListModel::TestColumn), QString("95.8"));
        QCOMPARE(text(1, RunListModel::SecondsColumn), QString("1.5"));
    }

    void theOldestAreForgotten()
    {
        RunListModel model;
        for (std::size_t i = 0; i < RunListModel::maximumRuns + 3; ++i) {
            FinishedRun next = run(two);
            next.settings.seed = i;
            model.add(next);
        }
        QCOMPARE(model.rowCount(), static_cast<int>(RunListModel::maximumRuns));
        QCOMPARE(model.run(model.rowCount() - 1).settings.seed, std::uint64_t(3));
    }
};

QTEST_GUILESS_MAIN(TestRunList)
#include "tst_runlist.moc"
