// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/workbench.h"

#include "tests/support/benches.h"

#include "core/base/random.h"
#include "core/data/digits/digits.h"
#include "core/data/readers/csv.h"
#include "core/data/readers/sources.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/core/idxbytes.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

using namespace chainrule;

namespace {

constexpr int longRun = 1'000'000; // epochs: as good as endless

/// Everything that a workbench says.
struct Listener {
    explicit Listener(Workbench& bench)
    {
        QObject::connect(&bench, &Workbench::cleared, &context, [this] { ++cleared; });
        QObject::connect(&bench, &Workbench::historyOpened, &context,
                         [this](const History& history, int epochs) {
                             histories.push_back(history);
                             historyEpochs = epochs;
                         });
        QObject::connect(&bench, &Workbench::gridChanged, &context,
                         [this](const GridAnswer& answer) { grids.push_back(answer); });
        QObject::connect(&bench, &Workbench::problem, &context,
                         [this](const Error& error) { problems.push_back(error); });
        QObject::connect(&bench, &Workbench::updated, &context, [this] { ++updated; });
        QObject::connect(&bench.store(), &DataStore::loaded, &context, [this] { ++loaded; });
        QObject::connect(&bench.training(), &TrainingController::stateChanged, &context,
                         [this](TrainingState state) { states.push_back(state); });
        QObject::connect(&bench.training(), &TrainingController::news, &context,
                         [this](const FeedContent& content) {
                             if (content.progress)
                                 samplesDone = content.progress->samplesDone;
                             if (!content.epochs.empty())
                                 epoch = content.epochs.back().epoch;
                         });
        QObject::connect(&bench.training(), &TrainingController::ended, &context,
                         [this](const TrainingOutcome& outcome) { outcomes.push_back(outcome); });
    }

    [[nodiscard]] GridAnswer grid() const { return grids.empty() ? GridAnswer() : grids.back(); }

    QObject context;
    int cleared = 0;
    int updated = 0;
    int loaded = 0;
    std::vector<History> histories;
    int historyEpochs = 0;
    std::vector<GridAnswer> grids;
    std::vector<Error> problems;
    std::vector<TrainingState> states;
    std::size_t samplesDone = 0;
    int epoch = 0;
    std::vector<TrainingOutcome> outcomes;
};

bool isSame(const std::vector<SamplePrediction>& a, const std::vector<SamplePrediction>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const SamplePrediction& left, const SamplePrediction& right) {
                          return left.label == right.label && left.confidence == right.confidence;
                      });
}

} // namespace

class TestWorkbench : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string m_digits; ///< a folder with the four files: 500 and 100 of the built-in digits
    std::shared_ptr<const Dataset> m_data;

    [[nodiscard]] TrainingSettings tiny(int epochs = 2) const
    {
        TrainingSettings settings;
        settings.data = m_digits;
        settings.samples = {200, 50, 100};
        settings.layers = {{12, Activation::Relu}, {10, Activation::Softmax}};
        settings.batchSize = 16;
        settings.learningRate = 0.2;
        settings.epochs = epochs;
        return settings;
    }

    [[nodiscard]] RunSetup prepared(const TrainingSettings& settings) const
    {
        auto setup = prepareRun(settings, {}, m_data);
        if (!setup)
            qFatal("%s", setup.error().message().c_str());
        return std::move(*setup);
    }

    [[nodiscard]] std::vector<SamplePrediction> predicted(const TrainingSettings& settings,
                                                          const Network& parameters,
                                                          const std::vector<std::uint32_t>& samples) const
    {
        Engine engine = makeEngine(parameters, settings.engine, settings.precision, 0, 1);
        return predict(engine, *m_data, samples);
    }

    [[nodiscard]] static std::vector<std::uint32_t> firstTen(const Split& split)
    {
        return {split.test.begin(), split.test.begin() + 10};
    }

    [[nodiscard]] QString write(const QString& name, const std::string& bytes) const
    {
        const QString path = m_folder.filePath(name);
        if (!idxbytes::write(path, QByteArray::fromStdString(bytes)))
            qFatal("cannot write");
        return path;
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_folder.filePath(QStringLiteral("nothing")).toUtf8());
        const QString folder = m_folder.filePath(QStringLiteral("set"));
        QVERIFY(QDir().mkpath(folder));
        const Dataset all = makeDigits(600, 3);
        const auto part = [&all](std::size_t from, std::size_t count) {
            QByteArray images = idxbytes::imagesHeader(static_cast<std::uint32_t>(count), 28, 28);
            QList<int> labels;
            for (std::size_t i = from; i < from + count; ++i) {
                for (const std::uint8_t pixel : image(all, i))
                    images.append(static_cast<char>(pixel));
                labels.append(all.labels[i]);
            }
            return std::pair(images, idxbytes::labelsFile(labels));
        };
        const auto [images, labels] = part(0, 500);
        const auto [testImages, testLabels] = part(500, 100);
        QVERIFY(idxbytes::write(folder + "/train-images-idx3-ubyte", images));
        QVERIFY(idxbytes::write(folder + "/train-labels-idx1-ubyte", labels));
        QVERIFY(idxbytes::write(folder + "/t10k-images-idx3-ubyte", testImages));
        QVERIFY(idxbytes::write(folder + "/t10k-labels-idx1-ubyte", testLabels));
        m_digits = folder.toStdString();
        auto data = loadDataset(m_digits);
        QVERIFY(data);
        m_data = std::make_shared<const Dataset>(std::move(*data));
        QCOMPARE(m_data->labels, all.labels);
    }

    void loadsDigitsInTheBackground()
    {
        TrainingSettings settings = presets().front().settings;
        QVERIFY(settings.data.empty());
        Workbench bench(settings);
        Listener heard(bench);
        QVERIFY(!bench.store().isLoading());
        bench.begin();
        QVERIFY2(bench.store().isLoading(), "begin() waits for the data");
        QVERIFY(!bench.store().data());
        QCOMPARE(bench.document().settings().data, std::string("digits")); // no MNIST here
        QTRY_COMPARE_WITH_TIMEOUT(heard.loaded, 1, 60'000);
        QVERIFY(!bench.store().isLoading());
        QCOMPARE(sampleCount(*bench.store().data()), 70'000U);
        QTRY_COMPARE_WITH_TIMEOUT(heard.grids.size(), 1U, 60'000);
        QCOMPARE(heard.grids.front().samples.size(), 10U);
        QVERIFY(!heard.grids.front().trained);
        QVERIFY(!bench.document().undoStack().canUndo()); // what the data decide is nobody's edit
        QVERIFY(heard.problems.empty());
        QVERIFY(!bench.isStartPending());
        QCOMPARE(bench.training().state(), TrainingState::Idle);
    }

    void startsWhenTheDataAreThere_data()
    {
        QTest::addColumn<bool>("begun");
        QTest::newRow("while loading") << true;
        QTest::newRow("before loading") << false;
    }

    void startsWhenTheDataAreThere()
    {
        QFETCH(bool, begun);
        Workbench bench(tiny());
        Listener heard(bench);
        if (begun)
            bench.begin();
        bench.run();
        QVERIFY(bench.isStartPending());
        QVERIFY(bench.store().isLoading());
        QCOMPARE(bench.training().state(), TrainingState::Idle);
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QVERIFY(!bench.isStartPending());
        QCOMPARE(heard.states, (std::vector{TrainingState::Running, TrainingState::Finished}));
    }

    void openedWhileOthersLoad()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        std::vector<Error> refused;
        connect(&bench, &Workbench::dataRefused, this,
                [&refused](const Error& error) { refused.push_back(error); });
        bench.begin();
        bench.openData("/nowhere/at-all"); // before the first have come, which must not be lost
        bench.run();
        QVERIFY(bench.isStartPending());
        QTRY_COMPARE(refused.size(), 1U);
        QVERIFY(!bench.isStartPending());
        QTRY_COMPARE(heard.loaded, 1);
        QCOMPARE(bench.store().data()->source, tiny().data);
        QVERIFY(heard.problems.empty());

        bench.openData("moons");
        bench.run(); // on what is asked for
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(bench.training().setup()->data->source, std::string("moons"));
        QCOMPARE(bench.document().undoStack().count(), 1);

        bench.openData("circles");
        bench.store().stopOpening();
        QVERIFY(!bench.store().isOpening());
        bench.openData("/nowhere/at-all"); // an answer to the one before would have come first
        QTRY_COMPARE(refused.size(), 2U);
        QCOMPARE(bench.store().data()->source, std::string("moons"));
        QCOMPARE(bench.document().settings().data, std::string("moons"));
    }

    void stepsWhenTheDataAreThere()
    {
        {
            Workbench bench(tiny());
            Listener heard(bench);
            bench.stepBatch();
            QVERIFY(bench.isStartPending());
            QTRY_COMPARE(heard.samplesDone, 16U);
            QCOMPARE(bench.training().state(), TrainingState::Paused);
            bench.stepBatch();
            QTRY_COMPARE(heard.samplesDone, 32U);
            bench.stepEpoch();
            QTRY_COMPARE(heard.epoch, 1);
        }
        Workbench bench(tiny());
        Listener heard(bench);
        bench.stepEpoch();
        QTRY_COMPARE(heard.epoch, 1);
        QTest::qWait(60);
        QCOMPARE(heard.samplesDone, 200U);
        QCOMPARE(bench.training().state(), TrainingState::Paused);
    }

    void resetTakesAWaitingStartBack()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        bench.run();
        bench.reset();
        QVERIFY(!bench.isStartPending());
        QTRY_COMPARE(heard.loaded, 1);
        QTest::qWait(60);
        QCOMPARE(bench.training().state(), TrainingState::Idle);
        QVERIFY(heard.states.empty());
    }

    void trainPauseResumeReset()
    {
        Workbench bench(tiny(longRun));
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.loaded, 1);
        bench.run();
        QCOMPARE(bench.training().state(), TrainingState::Running);
        QCOMPARE(heard.cleared, 1);
        QTRY_VERIFY(heard.samplesDone > 0);
        bench.run();
        QCOMPARE(bench.training().state(), TrainingState::Paused);
        bench.run();
        QCOMPARE(bench.training().state(), TrainingState::Running);
        bench.reset();
        QCOMPARE(bench.training().state(), TrainingState::Idle);
        QCOMPARE(heard.cleared, 2);

        TrainingSettings settings = bench.document().settings();
        settings.epochs = 2;
        bench.document().edit(settings, QStringLiteral("Epochs"));
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(bench.training().state(), TrainingState::Finished);
        bench.run(); // once more, from the same weights
        QTRY_COMPARE(heard.outcomes.size(), 2U);
        QCOMPARE(heard.outcomes[0].network.parameters, heard.outcomes[1].network.parameters);
    }

    // What Show in graph takes: the weights that the grid shows, and how far they are.
    void presentParametersAreTheGrids()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        QVERIFY(!bench.presentParameters()); // no data, so no inputs
        QCOMPARE(bench.presentEpoch(), 0.0);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        const RunSetup setup = prepared(tiny());
        QVERIFY(bench.presentParameters());
        QCOMPARE(bench.presentParameters()->parameters, setup.initial.parameters);
        QCOMPARE(bench.presentEpoch(), 0.0);

        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QTRY_COMPARE(bench.presentEpoch(), 2.0);
        QCOMPARE(bench.presentParameters()->parameters, heard.outcomes[0].network.parameters);
        const std::shared_ptr<const Network> kept = bench.presentParameters();
        QTRY_VERIFY(isSame(heard.grid().predictions, predicted(tiny(), *kept, firstTen(setup.split))));

        bench.reset();
        QCOMPARE(bench.presentParameters()->parameters, setup.initial.parameters);
        QCOMPARE(bench.presentEpoch(), 0.0);
        QCOMPARE(kept->parameters, heard.outcomes[0].network.parameters); // as long as somebody looks at them

        TrainingSettings seeded = tiny();
        seeded.seed += 1;
        bench.document().edit(seeded, QStringLiteral("Seed"));
        QCOMPARE(bench.presentParameters()->parameters, prepared(seeded).initial.parameters);
    }

    void gridShowsTheFirstTen()
    {
        const TrainingSettings settings = tiny();
        const RunSetup setup = prepared(settings);
        Workbench bench(settings);
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        const GridAnswer before = heard.grid();
        QVERIFY(before.setup);
        QVERIFY(!before.error.has_value());
        QCOMPARE(before.choice, GridChoice::FirstTen);
        QVERIFY(!before.trained);
        QCOMPARE(before.samples, firstTen(setup.split));
        QVERIFY(isSame(before.predictions, predicted(settings, setup.initial, firstTen(setup.split))));

        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        const auto expected = predicted(settings, heard.outcomes.front().network, firstTen(setup.split));
        QVERIFY(!isSame(before.predictions, expected));
        QTRY_VERIFY(heard.grid().epoch == 2.0 && heard.grid().trained);
        QTRY_VERIFY(isSame(heard.grid().predictions, expected));
        QCOMPARE(heard.grid().samples, firstTen(setup.split));

        bench.reset(); // the first weights again
        QTRY_VERIFY(!heard.grid().trained);
        QVERIFY(isSame(heard.grid().predictions, before.predictions));
    }

    void gridShowsRandomOnes()
    {
        const RunSetup setup = prepared(tiny());
        const std::set<std::uint32_t> test(setup.split.test.begin(), setup.split.test.end());
        Workbench bench(tiny());
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        std::set<std::vector<std::uint32_t>> draws;
        for (std::size_t draw = 1; draw <= 4; ++draw) {
            bench.setGridChoice(GridChoice::Random);
            QCOMPARE(bench.gridChoice(), GridChoice::Random);
            QTRY_COMPARE(heard.grids.size(), 1 + draw);
            const GridAnswer answer = heard.grid();
            QCOMPARE(answer.choice, GridChoice::Random);
            QCOMPARE(std::set(answer.samples.begin(), answer.samples.end()).size(), 10U);
            for (const std::uint32_t sample : answer.samples)
                QVERIFY(test.contains(sample));
            QVERIFY(isSame(answer.predictions, predicted(tiny(), setup.initial, answer.samples)));
            draws.insert(answer.samples);
        }
        QCOMPARE(draws.size(), 4U);
    }

    void gridShowsMistakes()
    {
        Workbench bench(tiny(4));
        Listener heard(bench);
        bench.setGridChoice(GridChoice::Mistakes);
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QTRY_COMPARE(heard.grid().epoch, 4.0);
        const GridAnswer answer = heard.grid();
        QCOMPARE(answer.choice, GridChoice::Mistakes);

        const RunSetup setup = prepared(tiny(4));
        const auto all = predicted(tiny(4), heard.outcomes.front().network, setup.split.test);
        std::vector<double> wrong; // confidences of all mistakes
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].label != m_data->labels[setup.split.test[i]])
                wrong.push_back(all[i].confidence);
        }
        std::sort(wrong.rbegin(), wrong.rend());
        QVERIFY2(!wrong.empty(), "this run is to leave mistakes");
        QCOMPARE(answer.wrong, wrong.size());
        QCOMPARE(answer.samples.size(), std::min<std::size_t>(10, wrong.size()));
        QCOMPARE(answer.predictions.size(), answer.samples.size());
        for (std::size_t i = 0; i < answer.samples.size(); ++i) {
            QVERIFY(answer.predictions[i].label != m_data->labels[answer.samples[i]]);
            QCOMPARE(answer.predictions[i].confidence, wrong[i]);
        }
    }

    void gridFollowsTheRun()
    {
        Workbench bench(tiny(longRun));
        Listener heard(bench);
        bench.run();
        QTRY_VERIFY(heard.grids.size() > 4);
        double before = -1.0;
        for (const GridAnswer& answer : heard.grids) {
            QVERIFY(answer.epoch >= before);
            before = answer.epoch;
        }
        QVERIFY(before > 0.0);
        // A pause shows the weights of that moment.
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(heard.grid().epoch * 200.0, static_cast<double>(heard.samplesDone), 5000);
    }

    void gridSaysWhyItIsEmpty()
    {
        TrainingSettings settings = tiny();
        std::get<DenseLayer>(settings.layers.front()).units = 0;
        Workbench bench(settings);
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        QVERIFY(!heard.grid().setup);
        QVERIFY(heard.grid().error.has_value());
        QVERIFY(heard.grid().samples.empty());

        bench.run();
        QTRY_COMPARE(heard.problems.size(), 1U);
        QCOMPARE(bench.training().state(), TrainingState::Failed);
        QVERIFY(heard.problems.front().what.english().find("--layers") != std::string::npos);
    }

    void dataThatFailAreSaidAndReplaced()
    {
        TrainingSettings settings = tiny();
        settings.data = m_folder.filePath(QStringLiteral("missing")).toStdString();
        Workbench bench(settings);
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.problems.size(), 1U);
        QVERIFY(heard.problems.front().what.english().find("missing") != std::string::npos);
        QVERIFY(!bench.store().data());
        QVERIFY(!bench.store().isLoading());
        QVERIFY(heard.grids.empty());

        bench.run(); // tries again
        QVERIFY(bench.isStartPending());
        QTRY_COMPARE(heard.problems.size(), 2U);
        QVERIFY(!bench.isStartPending());
        QCOMPARE(bench.training().state(), TrainingState::Idle);

        settings.data = m_digits;
        bench.document().edit(settings, QStringLiteral("Data set"));
        QTRY_COMPARE(heard.loaded, 1);
        QTRY_COMPARE(heard.grids.size(), 1U);
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(heard.problems.size(), 2U);

        bench.document().undoStack().undo();
        QTRY_COMPARE(heard.problems.size(), 3U);
        bench.document().undoStack().redo();
        QTRY_COMPARE(heard.loaded, 2);
    }

    void newWeightsAreTheNextSeeds()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        bench.newWeights();
        QCOMPARE(bench.document().settings().seed, 43U);
        QCOMPARE(bench.training().state(), TrainingState::Idle);
        TrainingSettings next = tiny();
        next.seed = 43;
        const RunSetup setup = prepared(next);
        QTRY_VERIFY(!heard.grid().trained);
        QTRY_COMPARE(heard.grid().samples, firstTen(setup.split));
        QVERIFY(isSame(heard.grid().predictions, predicted(next, setup.initial, firstTen(setup.split))));
        bench.reset();
        QCOMPARE(bench.document().settings().seed, 43U);
        bench.document().undoStack().undo();
        QCOMPARE(bench.document().settings(), tiny());
    }

    void changesWaitOrActAtOnce()
    {
        Workbench bench(tiny(longRun));
        Listener heard(bench);
        QVERIFY(!bench.differsFromRun());
        bench.run();
        QTRY_VERIFY(heard.samplesDone > 0);
        QVERIFY(!bench.differsFromRun());

        TrainingSettings settings = bench.document().settings();
        settings.learningRate = 0.0625;
        const int updates = heard.updated;
        bench.document().edit(settings, QStringLiteral("Learning rate"));
        QVERIFY(heard.updated > updates);
        QVERIFY(!bench.differsFromRun());
        double rate = 0.0;
        connect(&bench.training(), &TrainingController::news, &heard.context,
                [&rate](const FeedContent& content) {
                    if (!content.epochs.empty())
                        rate = content.epochs.back().learningRate;
                });
        QTRY_COMPARE(rate, 0.0625);

        std::get<DenseLayer>(settings.layers.front()).units = 20;
        bench.document().edit(settings, QStringLiteral("Units"));
        QVERIFY(bench.differsFromRun());
        QCOMPARE(std::get<DenseLayer>(bench.shownSettings().layers.front()).units, 12);
        QVERIFY(bench.training().isActive());
        bench.document().undoStack().undo();
        QVERIFY(!bench.differsFromRun());
        bench.document().undoStack().redo();
        bench.reset();
        QVERIFY(!bench.differsFromRun());
        QCOMPARE(std::get<DenseLayer>(bench.shownSettings().layers.front()).units, 20);
    }

    void divergenceIsAProblem()
    {
        TrainingSettings settings = tiny(longRun);
        settings.learningRate = 1e9;
        settings.layers = {{12, Activation::Relu}, {12, Activation::Linear}, {10, Activation::Softmax}};
        Workbench bench(settings);
        Listener heard(bench);
        bench.run();
        QTRY_COMPARE(heard.problems.size(), 1U);
        QCOMPARE(bench.training().state(), TrainingState::Diverged);
        QVERIFY(heard.problems.front().mend.english().find("learning rate") != std::string::npos);
        // The grid still shows what the last finite weights make of the images.
        QTRY_VERIFY(!heard.grids.empty() && heard.grid().predictions.size() == 10U);
        settings.learningRate = 0.1;
        settings.epochs = 1;
        bench.document().edit(settings, QStringLiteral("Learning rate"));
        bench.run();
        QTRY_COMPARE(bench.training().state(), TrainingState::Finished);
    }

    void opensAModel()
    {
        TrainingSettings other = tiny();
        other.layers = {{9, Activation::Tanh}, {10, Activation::Softmax}};
        other.seed = 77;
        ModelFile model;
        model.network = prepared(other).initial;
        for (double& value : model.network.parameters)
            value = static_cast<float>(value); // as a file of floats holds it
        const QString path = write(QStringLiteral("plain.safetensors"), encodeModel(model));

        Workbench bench(tiny());
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        QVERIFY(benches::openModel(bench, path));
        TrainingSettings expected = tiny();
        expected.layers = other.layers;
        QCOMPARE(bench.document().settings(), expected);
        QCOMPARE(heard.cleared, 1);
        const RunSetup setup = prepared(expected);
        const auto predictions = predicted(expected, model.network, firstTen(setup.split));
        QTRY_VERIFY(heard.grid().trained);
        QCOMPARE(heard.grid().samples, firstTen(setup.split));
        QVERIFY(isSame(heard.grid().predictions, predictions));

        // A run goes on from there, after Reset too.
        for (std::size_t run = 1; run <= 2; ++run) {
            bench.run();
            QTRY_COMPARE(heard.outcomes.size(), run);
            QCOMPARE(bench.training().setup()->initial.parameters, model.network.parameters);
            bench.reset();
            QTRY_VERIFY(isSame(heard.grid().predictions, predictions));
        }
        // Not with another architecture, or with new weights.
        bench.newWeights();
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 3U);
        QVERIFY(bench.training().setup()->initial.parameters != model.network.parameters);
        QVERIFY(heard.problems.empty());
    }

    void opensAModelWithItsSettingsAndHistory()
    {
        TrainingSettings saved = tiny(7);
        saved.layers = {{8, Activation::Sigmoid}, {10, Activation::Softmax}};
        saved.optimizer = OptimizerKind::Adam;
        saved.samples = {120, 30, 40};
        History history;
        history.epochs.push_back({1, 1.5, 60.0, Metrics{1.4, 61.0}, 0.2, 0.1});
        history.test = Metrics{1.3, 62.5};
        ModelFile model;
        model.network = prepared(saved).initial;
        model.settings = settingsToJson(saved);
        model.history = historyToJson(history);
        const QString path = write(QStringLiteral("whole.safetensors"), encodeModel(model));

        Workbench bench(tiny());
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.grids.size(), 1U);
        QVERIFY(benches::openModel(bench, path));
        QCOMPARE(bench.document().settings(), saved);
        QCOMPARE(heard.histories.size(), 1U);
        QCOMPARE(heard.historyEpochs, 7);
        QCOMPARE(heard.histories.front().epochs.size(), 1U);
        QCOMPARE(heard.histories.front().epochs.front().trainLoss, 1.5);
        QCOMPARE(heard.histories.front().test->accuracy, 62.5);
        bench.document().undoStack().undo();
        QCOMPARE(bench.document().settings(), tiny());

        // Settings that name no data leave the present ones.
        saved.data.clear();
        model.settings = settingsToJson(saved);
        QVERIFY(benches::openModel(bench, write(QStringLiteral("nodata.safetensors"), encodeModel(model))));
        QCOMPARE(bench.document().settings().data, m_digits);
        QTest::qWait(60);
        QVERIFY(heard.problems.empty());
    }

    void savesWhatItOpens()
    {
        const QTemporaryDir folder;
        Workbench bench(tiny());
        bench.begin();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading() && bench.store().data(), 60'000);
        QVERIFY(!bench.hasWeights());
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.hasWeights());
        const QString path = folder.filePath(QStringLiteral("kept.safetensors"));
        QVERIFY(benches::save(bench, path));
        const auto model = loadModel(path.toStdString());
        QVERIFY(model);
        // The weights that the same settings give without any window.
        const auto setup = prepareRun(bench.shownSettings(), {}, bench.store().data());
        Control control(setup->settings.learningRate);
        Feed feed;
        const TrainingOutcome direct = train(*setup, control, feed, {});
        QVERIFY(model->network.parameters == direct.network.parameters);
        QCOMPARE(historyFromJson(model->history)->epochs.size(), direct.history.epochs.size());
        QVERIFY(!benches::save(bench, folder.filePath(QStringLiteral("no/such/folder.safetensors"))));

        Workbench other(tiny());
        QVERIFY(benches::openModel(other, path));
        QCOMPARE(other.initialModel(), path);
        other.document().undoStack().undo();
        QVERIFY(other.initialModel().isEmpty());
        other.document().undoStack().redo();
        QCOMPARE(other.initialModel(), path);
        TrainingSettings wider = other.document().settings();
        wider.layers.insert(wider.layers.begin(), {5, Activation::Relu});
        other.document().edit(wider, QStringLiteral("Add layer"));
        QVERIFY(other.initialModel().isEmpty());
        other.document().undoStack().undo();
        QCOMPARE(other.initialModel(), path);

        // Saved again untrained, it is the same model: the history of a run that was put away is not its own.
        other.begin();
        QTRY_VERIFY_WITH_TIMEOUT(!other.store().isLoading() && other.store().data(), 60'000);
        other.run();
        QTRY_COMPARE_WITH_TIMEOUT(other.training().state(), TrainingState::Finished, 60'000);
        other.reset();
        const QString again = folder.filePath(QStringLiteral("again.safetensors"));
        QVERIFY(benches::save(other, again));
        const auto reread = loadModel(again.toStdString());
        QVERIFY(reread->network.parameters == model->network.parameters);
        QCOMPARE(reread->history, model->history);
    }

    void badModelsChangeNothing()
    {
        ModelFile model;
        model.network = prepared(tiny()).initial;
        const std::string good = encodeModel(model);
        ModelFile badSettings = model;
        badSettings.settings = R"({"epochs":"many"})";
        ModelFile badHistory = model;
        badHistory.history = R"({"epochs":7})";
        const QString paths[] = {
            m_folder.filePath(QStringLiteral("missing.safetensors")),
            m_folder.path(),
            write(QStringLiteral("empty.safetensors"), {}),
            write(QStringLiteral("noise.safetensors"), "this is no model, but it is long enough"),
            write(QStringLiteral("cut.safetensors"), good.substr(0, good.size() - 4)),
            write(QStringLiteral("settings.safetensors"), encodeModel(badSettings)),
            write(QStringLiteral("history.safetensors"), encodeModel(badHistory)),
        };
        Workbench bench(tiny(longRun));
        Listener heard(bench);
        bench.run();
        QTRY_VERIFY(heard.samplesDone > 0);
        const int cleared = heard.cleared;
        for (const QString& path : paths) {
            heard.problems.clear();
            QVERIFY2(!benches::openModel(bench, path), qPrintable(path));
            QVERIFY(!heard.problems.back().what.empty() && !heard.problems.back().why.empty());
            QCOMPARE(bench.document().settings(), tiny(longRun));
            QVERIFY(!bench.document().undoStack().canUndo());
            QCOMPARE(bench.training().state(), TrainingState::Running);
        }
        QCOMPARE(heard.cleared, cleared);
        QVERIFY(heard.histories.empty());
        const std::size_t samples = heard.samplesDone;
        QTRY_VERIFY(heard.samplesDone > samples);
    }

    void toySetsHaveTwoOutputsAndDigitsTen()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.loaded, 1);
        TrainingSettings toy = bench.document().settings();
        toy.data = "xor";
        bench.document().edit(toy, QStringLiteral("Data set"));
        QTRY_COMPARE(heard.loaded, 2);
        QCOMPARE(bench.document().settings().layers.back(), (Layer{2, Activation::Softmax}));
        QCOMPARE(sampleCount(*bench.store().data()), 70000U);
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(bench.training().state(), TrainingState::Finished);
        QTRY_COMPARE(heard.grid().epoch, 2.0);
        QCOMPARE(heard.grid().samples.size(), 10U);

        TrainingSettings back = bench.document().settings();
        back.data = m_digits;
        bench.document().edit(back, QStringLiteral("Data set"));
        QTRY_COMPARE(heard.loaded, 3);
        QCOMPARE(bench.document().settings(), tiny());
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 2U);
        QVERIFY(heard.problems.empty());

        QUndoStack& stack = bench.document().undoStack();
        stack.undo();
        QCOMPARE(bench.document().settings().data, std::string("xor"));
        QTRY_COMPARE(heard.loaded, 4);
        QCOMPARE(outputLayer(bench.document().settings().layers).units, 2);
        stack.undo();
        QTRY_COMPARE(heard.loaded, 5);
        QCOMPARE(bench.document().settings(), tiny());
    }

    // It must not stand in the way of a set without images.
    void theOutputFollowsOwnData()
    {
        const QString table = write(QStringLiteral("kinds.csv"), [] {
            std::string text = "size,weight,kind\n";
            for (int i = 0; i < 60; ++i)
                text += std::to_string(i % 7) + ".5," + std::to_string(i % 5) + ",kind " +
                        std::to_string(i % 4) + "\n";
            return text;
        }());
        Workbench bench(tiny());
        QSignalSpy followed(&bench, &Workbench::outputFollowed);
        bench.begin();
        QTRY_VERIFY_WITH_TIMEOUT(bench.store().data(), 60'000);
        QCOMPARE(followed.count(), 0);
        TrainingSettings settings = bench.document().settings();
        settings.data = table.toStdString();
        bench.document().edit(settings, QStringLiteral("Data set"));
        QTRY_COMPARE_WITH_TIMEOUT(outputLayer(bench.document().settings().layers).units, 4, 60'000);
        QCOMPARE(followed.count(), 1);
        QCOMPARE(followed[0][0].toInt(), 4);
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QCOMPARE(bench.shownNetwork().classNames,
                 (std::vector<std::string>{"kind 0", "kind 1", "kind 2", "kind 3"}));
        const QString model = m_folder.filePath(QStringLiteral("kinds.safetensors"));
        QVERIFY(benches::save(bench, model));
        const auto saved = loadModel(model.toStdString());
        QVERIFY(saved);
        QCOMPARE(saved->network.outputNames, bench.shownNetwork().classNames);
        bench.document().undoStack().undo();
        QTRY_COMPARE_WITH_TIMEOUT(outputLayer(bench.document().settings().layers).units, 10, 60'000);
        QCOMPARE(bench.document().settings().data, m_digits);

        // A model keeps its names where it is opened and saved again.
        Workbench other(tiny());
        QVERIFY(benches::openModel(other, model));
        QCOMPARE(other.shownNetwork().classNames, saved->network.outputNames);
    }

    void classesOfOtherDataAreTheModels()
    {
        const auto tableOf = [](int from, int to) {
            std::string text = "size,weight,kind\n";
            for (int i = 0; i < 60; ++i) {
                const std::string kind = std::to_string(from + i % (to - from));
                text += kind + "." + std::to_string(i % 7) + "," + kind + "5,kind " + kind + "\n";
            }
            return text;
        };
        const std::vector<std::string> names{"kind 0", "kind 1", "kind 2"};
        TrainingSettings settings = tiny(20);
        settings.data = write(QStringLiteral("all.csv"), tableOf(0, 3)).toStdString();
        outputLayer(settings.layers).units = 3;
        const auto table = loadCsv(settings.data);
        QVERIFY(table);
        const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(*table));
        QVERIFY(setup);
        const QString model =
            write(QStringLiteral("all.safetensors"),
                  encodeModel({withNames(setup->initial, names, {}), settingsToJson(settings), {}}));
        const QString some = write(QStringLiteral("some.csv"), tableOf(1, 3)); // kind 0 has no samples

        Workbench bench(tiny());
        Listener listener(bench);
        QVERIFY(benches::openModel(bench, model, some.toStdString()));
        QTRY_VERIFY_WITH_TIMEOUT(!listener.grids.empty() && listener.grids.back().setup, 60'000);
        const auto isAligned = [&](const Dataset& data) {
            return data.classNames == names &&
                   std::set<std::uint8_t>(data.labels.begin(), data.labels.end()) ==
                       std::set<std::uint8_t>{1, 2};
        };
        QVERIFY(isAligned(*listener.grids.back().setup->data));
        QCOMPARE(bench.shownNetwork().classNames, names);
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(isAligned(*bench.shownNetwork().setup->data));
        QCOMPARE(bench.shownMomentToSave().network.classNames, names);

        TrainingSettings others = bench.document().settings();
        others.data = write(QStringLiteral("others.csv"), tableOf(2, 5)).toStdString();
        bench.document().edit(others, QStringLiteral("Data set"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading() && bench.store().data()->source == others.data,
                                 60'000);
        const auto before = bench.presentParameters();
        listener.problems.clear();
        bench.run();
        QTRY_VERIFY_WITH_TIMEOUT(!listener.problems.empty(), 60'000);
        QVERIFY(listener.problems.back().why.english().find("is not one of the model's") !=
                std::string::npos);
        QVERIFY(bench.presentParameters() == before); // the run that is there stays
        QCOMPARE(bench.training().state(), TrainingState::Failed);
    }

    // A table is seen on the scale of the model that reads it, and what is learned on from there stays on it.
    void tablesTakeTheModelsScale()
    {
        const auto tableOf = [](double shift, double stretch) {
            std::string text = "size,weight,kind\n";
            for (int i = 0; i < 80; ++i)
                text += std::to_string(shift + stretch * (i % 7)) + "," + std::to_string(i % 5 - shift) +
                        "," + std::to_string(i % 2) + "\n";
            return text;
        };
        TrainingSettings settings = tiny(3);
        settings.samples = {40, 10, 20};
        outputLayer(settings.layers).units = 2;
        settings.data = write(QStringLiteral("scale-a.csv"), tableOf(0.0, 1.0)).toStdString();
        const auto table = loadCsv(settings.data);
        QVERIFY(table);
        const std::vector<InputScale> scale = scaleOf(*table);
        const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(*table));
        QVERIFY(setup);
        ModelFile model{setup->initial, settingsToJson(settings), {}};
        model.network.scale = scale;
        const QString path = write(QStringLiteral("scale.safetensors"), encodeModel(model));
        const QString second = write(QStringLiteral("scale-b.csv"), tableOf(20.0, 3.0));

        Workbench bench(tiny());
        Listener heard(bench);
        QVERIFY(benches::openModel(bench, path, second.toStdString()));
        QTRY_VERIFY_WITH_TIMEOUT(!heard.grids.empty() && heard.grids.back().setup, 60'000);
        const auto isOnScale = [&](const Dataset& data) {
            return scaleOf(data) == scale &&
                   std::abs(data.features[0] - (20.0 - scale[0].mean) / scale[0].deviation) < 1e-5;
        };
        QVERIFY(isOnScale(*heard.grids.back().setup->data));
        QVERIFY(!isOnScale(*bench.store().data())); // which the preview shows by itself
        QVERIFY(bench.shownNetwork().scale == scale);
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(isOnScale(*bench.shownNetwork().setup->data));
        QVERIFY(benches::save(bench, path));
        QVERIFY(loadModel(path.toStdString())->network.scale == scale);
        bench.newWeights(); // which have none but the table's own
        QVERIFY(bench.shownNetwork().scale.empty());
    }

    // What a report can tell of a model that was opened is what its file tells, whatever is set for the next
    // run.
    void tellsWhatTheModelsFileTells()
    {
        ModelFile model;
        model.network = prepared(tiny(7)).initial;
        const QString bare = write(QStringLiteral("told-bare.safetensors"), encodeModel(model));
        model.settings = settingsToJson(tiny(7));
        const QString noHistory = write(QStringLiteral("told.safetensors"), encodeModel(model));

        Workbench bench(tiny());
        bench.begin();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading() && bench.store().data(), 60'000);
        QVERIFY(benches::openModel(bench, noHistory));
        QVERIFY(bench.shownNetwork().recorded);
        TrainingSettings edited = bench.document().settings();
        edited.learningRate = 0.75;
        edited.epochs = 9;
        bench.document().edit(edited, QStringLiteral("Learning rate"));
        QVERIFY(bench.shownNetwork().settings == tiny(7));
        // What is set for the next run is nothing of the file's.
        const QString again = m_folder.filePath(QStringLiteral("told-again.safetensors"));
        QVERIFY(benches::save(bench, again));
        const auto saved = loadModel(again.toStdString());
        QVERIFY(saved && saved->recorded && saved->next.empty());
        QVERIFY(*settingsFromJson(saved->settings) == tiny(7));
        // Earlier versions have put it there.
        model.next = settingsToJson(edited);
        Workbench older(tiny());
        QVERIFY(
            benches::openModel(older, write(QStringLiteral("told-next.safetensors"), encodeModel(model))));
        QVERIFY(older.document().settings() == edited);
        QVERIFY(older.shownNetwork().settings == tiny(7));

        QVERIFY(benches::openModel(bench, bare));
        QVERIFY(!bench.shownNetwork().recorded);
        QVERIFY(!commandRepeats(bench.shownNetwork()));
        // Saved again it has settings, for the window to come back with, but they are still none of its own.
        bench.document().edit(edited, QStringLiteral("Learning rate"));
        QVERIFY(benches::save(bench, again));
        QVERIFY(!loadModel(again.toStdString())->recorded);
        Workbench other(tiny());
        QVERIFY(benches::openModel(other, again));
        QVERIFY(!other.shownNetwork().recorded);
        bench.run(); // from here on it is
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.shownNetwork().recorded);
        QVERIFY(benches::save(bench, again));
        QVERIFY(loadModel(again.toStdString())->recorded);
    }

    void namesTheFileThatARunBeganFrom()
    {
        ModelFile model;
        model.network = prepared(tiny()).initial;
        model.settings = settingsToJson(tiny());
        const std::string bytes = encodeModel(model);
        const QString path = write(QStringLiteral("began.safetensors"), bytes);
        const QByteArray hash =
            QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex();

        Workbench bench(tiny());
        QVERIFY(benches::openModel(bench, path));
        QVERIFY(!bench.shownNetwork().initial); // its own weights were drawn, as far as its file says
        bench.begin();
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        TrainedNetwork shown = bench.shownNetwork();
        QVERIFY(shown.initial);
        QCOMPARE(QString::fromStdString(shown.initial->file), path);
        QCOMPARE(QByteArray::fromStdString(shown.initial->sha256), hash);
        checkInitial(shown);
        QVERIFY(commandRepeats(shown));
        QVERIFY(commandOf(shown).find("--init " + path.toStdString()) != std::string::npos);

        const QString next = m_folder.filePath(QStringLiteral("began-next.safetensors"));
        QVERIFY(benches::save(bench, next));
        QCOMPARE(loadModel(next.toStdString())->initial, shown.initial);
        Workbench other(tiny());
        QVERIFY(benches::openModel(other, next));
        QCOMPARE(other.shownNetwork().initial, shown.initial);

        // Saved over the very file that it began from: that command gives another network now.
        QVERIFY(benches::save(bench, path));
        shown = bench.shownNetwork();
        checkInitial(shown);
        QVERIFY(shown.initialState == InitialState::Changed);
        QVERIFY(!commandRepeats(shown));
        QVERIFY(provenanceOf(shown).find("changed since") != std::string::npos);
    }

    void deformsNoToySets()
    {
        TrainingSettings settings = tiny();
        settings.augment = true;
        Workbench bench(settings);
        Listener heard(bench);
        bench.begin();
        QTRY_COMPARE(heard.loaded, 1);
        QVERIFY(bench.document().settings().augment);
        TrainingSettings toy = bench.document().settings();
        toy.data = "xor";
        bench.document().edit(toy, QStringLiteral("Data set"));
        QTRY_COMPARE(heard.loaded, 2);
        QVERIFY(!bench.document().settings().augment);
        bench.run();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QVERIFY2(heard.problems.empty(), heard.problems.empty() ? "" : heard.problems[0].message().c_str());

        bench.document().undoStack().undo();
        QTRY_COMPARE(heard.loaded, 3);
        QCOMPARE(bench.document().settings(), settings);
    }

    void toySetsHaveOnePoolWhateverIsAsked()
    {
        TrainingSettings settings = tiny();
        settings.data = "moons";
        outputLayer(settings.layers).units = 2;
        settings.samples = {60, 20, 20};
        Workbench bench(settings);
        Listener heard(bench);
        bench.begin();
        settings.samples = {300, 50, 50}; // while it is being made
        bench.document().edit(settings, QStringLiteral("Samples"));
        QTRY_VERIFY(bench.store().data() && !bench.store().isLoading());
        QCOMPARE(sampleCount(*bench.store().data()), 70000U);
        QCOMPARE(bench.document().settings(), settings);
        settings.samples = {500, 50, 50};
        bench.document().edit(settings, QStringLiteral("Samples"));
        QCOMPARE(bench.document().settings(), settings);
        QTest::qWait(60);
        QCOMPARE(heard.loaded, 1);
        QCOMPARE(bench.document().settings(), settings);
    }

    void theLastDataAskedForComeOut()
    {
        Workbench bench(tiny());
        Listener heard(bench);
        bench.begin();
        TrainingSettings settings = tiny();
        for (const char* source : {"moons", "xor", "spiral", "circles"}) {
            settings.data = source;
            bench.document().edit(settings, QStringLiteral("Data set"));
        }
        QTRY_VERIFY(bench.store().data() && !bench.store().isLoading());
        QCOMPARE(bench.store().data()->source, std::string("circles"));
        QTest::qWait(60);
        QCOMPARE(bench.store().data()->source, std::string("circles"));
        QCOMPARE(heard.loaded, 1);
        QCOMPARE(outputLayer(bench.document().settings().layers).units, 2);
    }

    void endsAtAnyMoment()
    {
        for (int moment = 0; moment < 12; ++moment) {
            auto bench = std::make_unique<Workbench>(tiny(longRun));
            Listener heard(*bench);
            if (moment > 0)
                bench->run();
            if (moment > 1)
                QTest::qWait(moment * 10);
            bench->setGridChoice(GridChoice::Mistakes);
            QElapsedTimer time;
            time.start();
            bench.reset();
            QVERIFY(time.elapsed() < 10'000); // it does not wait for an end that never comes
        }
    }
};

QTEST_GUILESS_MAIN(TestWorkbench)
#include "tst_workbench.moc"
