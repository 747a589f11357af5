// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/dropout.h"
#include "tests/core/numeric.h"
#include "tests/core/trainingcases.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

// Both engines against PyTorch in double precision: 50 steps of every activation, loss and optimizer, with
// penalties, clipping, schedules and dropout. PyTorch is asked where it is installed; everywhere the engines
// are held against what it answered once (torch_recorded.json). To record anew:
//
//     CHAINRULE_RECORD_TORCH=1 tst_torch
using namespace chainrule;
using namespace chainrule::tests;
using nlohmann::json;

class TestTorch : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void everyRowHasCases();
    void referencesDiffer();
    void recordedIsWhatTorchSays();
    void enginesMatch_data();
    void enginesMatch();
    void ratesMatch_data();
    void ratesMatch();

private:
    std::vector<TrainingCase> m_cases = allCases();
    json m_torch;    ///< what PyTorch answers now; null where it is not installed
    json m_recorded; ///< what it answered once
};

namespace {

constexpr const char* script = CHAINRULE_SOURCE_DIR "/tests/python/torch_reference.py";
constexpr const char* recordedPath = CHAINRULE_SOURCE_DIR "/tests/core/torch_recorded.json";
constexpr double tolerance = 1e-10;     // of a parameter after all steps
constexpr double rateTolerance = 1e-12; // of a schedule's factor

struct RateRun {
    std::string name;
    RateSchedule schedule;
    int steps;
    int warmup;
};

std::vector<RateRun> rateRuns()
{
    std::vector<RateRun> runs;
    for (const RateScheduleRow& row : rateScheduleTable) {
        for (const int steps : {30, 31, 1000}) {
            for (const int warmup : {0, 7, 45}) // the last one is longer than the short runs
                runs.push_back({std::string(row.name) + ", " + std::to_string(steps) + " steps, warm-up " +
                                    std::to_string(warmup),
                                row.schedule, steps, warmup});
        }
    }
    return runs;
}

json layersOf(const LayerStack& stack)
{
    json layers = json::array();
    for (const Layer& layer : stack.layers) {
        if (const auto* const dense = std::get_if<DenseLayer>(&layer))
            layers.push_back({{"units", dense->units}, {"activation", activationName(dense->activation)}});
        else
            layers.push_back({{"dropout", true}});
    }
    return layers;
}

// What each sample's inputs are multiplied with: for a dropout layer at each place of a stack, each step and
// each position in the batch.
json masksOf()
{
    json masks = json::object();
    for (std::size_t layer = 0; layer < 3; ++layer) {
        json steps = json::array();
        for (std::int64_t step = 0; step < caseSteps; ++step) {
            json positions = json::array();
            for (std::size_t position = 0; position < caseBatch; ++position) {
                std::array<double, caseUnits> factors{};
                fillDropout<double>(dropoutKey(caseSeed, step, layer, position), caseDropout, factors);
                positions.push_back(factors);
            }
            steps.push_back(std::move(positions));
        }
        masks[std::to_string(layer)] = std::move(steps);
    }
    return masks;
}

// Targets as the reference wants them: classes for cross-entropy, else a row of numbers for each sample.
json targetsOf(const TargetKind& kind)
{
    const Dataset data = caseData(kind);
    if (kind.loss == Loss::CrossEntropy)
        return data.labels;
    json rows = json::array();
    for (std::size_t sample = 0; sample < caseSamples; ++sample) {
        std::vector<double> row;
        for (int i = 0; i < kind.outputs; ++i) {
            const std::size_t output = static_cast<std::size_t>(i);
            if (kind.classes == 0)
                row.push_back(static_cast<double>(
                    data.amounts[sample * static_cast<std::size_t>(kind.outputs) + output]));
            else if (kind.outputs == 1)
                row.push_back(data.labels[sample] == 1 ? 1.0 : 0.0);
            else
                row.push_back(data.labels[sample] == i ? 1.0 : 0.0);
        }
        rows.push_back(row);
    }
    return rows;
}

json specOf(const std::vector<TrainingCase>& cases)
{
    json spec;
    spec["steps"] = caseSteps;
    const Dataset data = caseData(targetKinds.front());
    for (std::size_t sample = 0; sample < caseSamples; ++sample) {
        std::array<double, caseInputs> inputs{};
        copySample(data, sample, inputs.data());
        spec["inputs"].push_back(inputs);
    }
    for (std::size_t step = 0; step < caseSamples / caseBatch; ++step) {
        const auto batch = caseBatchOf(static_cast<std::int64_t>(step));
        spec["batches"].push_back(std::vector(batch.begin(), batch.end()));
    }
    for (const TargetKind& kind : targetKinds)
        spec["targets"][std::string(kind.name)] = targetsOf(kind);
    spec["masks"] = masksOf();
    for (const TrainingCase& each : cases)
        spec["cases"].push_back({{"name", each.name},
                                 {"data", each.kind.name},
                                 {"layers", layersOf(each.stack)},
                                 {"parameters", caseNetwork(each.stack, each.kind.loss).parameters},
                                 {"loss", lossName(each.kind.loss)},
                                 {"optimizer", optimizerName(each.optimizer)},
                                 {"rate", each.rule.learningRate},
                                 {"l1", each.rule.l1},
                                 {"l2", each.rule.l2},
                                 {"clip", each.rule.clip},
                                 {"schedule", rateScheduleName(each.schedule)},
                                 {"warmup", each.warmup}});
    for (const RateRun& run : rateRuns())
        spec["schedules"].push_back({{"name", run.name},
                                     {"schedule", rateScheduleName(run.schedule)},
                                     {"steps", run.steps},
                                     {"warmup", run.warmup}});
    return spec;
}

json parsedFile(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return nullptr;
    const QByteArray bytes = file.readAll();
    return json::parse(bytes.begin(), bytes.end(), nullptr, false);
}

std::vector<double> numbersOf(const json& reference, const std::string& name)
{
    const auto parameters = reference.find("parameters");
    if (parameters == reference.end() || !parameters->contains(name))
        return {};
    return parameters->at(name).get<std::vector<double>>();
}

// As largestDifference(); infinite where there is nothing to compare.
double farthest(const std::vector<double>& a, const std::vector<double>& b)
{
    return a.empty() ? INFINITY : largestDifference(a, b);
}

} // namespace

void TestTorch::initTestCase()
{
    const QTemporaryDir folder;
    QVERIFY(folder.isValid());
    const QString specPath = folder.filePath(QStringLiteral("spec.json"));
    const QString resultPath = folder.filePath(QStringLiteral("result.json"));
    {
        QFile file(specPath);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const QByteArray text = QByteArray::fromStdString(specOf(m_cases).dump());
        QCOMPARE(file.write(text), text.size());
    }
    QStringList arguments{QString::fromUtf8(script), specPath, resultPath};
    if (qEnvironmentVariableIsSet("CHAINRULE_RECORD_TORCH"))
        arguments << QString::fromUtf8(recordedPath);
    QProcess python;
    python.start(QStringLiteral("/usr/bin/python3"), arguments);
    const bool started = python.waitForStarted();
    QVERIFY2(!started || python.waitForFinished(270'000), "the reference does not come to an end");
    if (started && python.exitCode() != 77) {
        QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
        m_torch = parsedFile(resultPath);
        QVERIFY(m_torch.is_object());
    } else {
        qInfo("PyTorch is not installed: compared with recorded values only");
    }
    m_recorded = parsedFile(QString::fromUtf8(recordedPath));
    QVERIFY(m_recorded.is_object());
}

void TestTorch::everyRowHasCases()
{
    std::set<std::tuple<Activation, Loss, OptimizerKind>> products;
    std::set<RateSchedule> schedules;
    std::set<std::string> names;
    for (const TrainingCase& each : m_cases) {
        const auto hidden =
            std::find_if(each.stack.layers.begin(), each.stack.layers.end(),
                         [](const Layer& layer) { return std::holds_alternative<DenseLayer>(layer); });
        products.emplace(std::get<DenseLayer>(*hidden).activation, each.kind.loss, each.optimizer);
        schedules.insert(each.schedule);
        names.insert(each.name);
    }
    QCOMPARE(products.size(), activationTable.size() * lossTable.size() * optimizerTable.size());
    QCOMPARE(schedules.size(), rateScheduleTable.size());
    QCOMPARE(names.size(), m_cases.size());
}

void TestTorch::referencesDiffer()
{
    // A comparison would be worth nothing if another rule led to the same parameters: then a clip would never
    // cut, a penalty be lost, one optimizer stand for another. Only Adam and AdamW are one without l2, and
    // two limits that cut every step are one for a rule that looks at the gradients' proportions only.
    std::map<std::size_t, std::vector<const TrainingCase*>> ofSize;
    for (const TrainingCase& each : m_cases) {
        const std::vector<double> own = numbersOf(m_recorded, each.name);
        const std::vector<double> first = caseNetwork(each.stack, each.kind.loss).parameters;
        QVERIFY2(own.size() == first.size() && farthest(own, first) > 1e-3, each.name.c_str());
        ofSize[own.size()].push_back(&each);
    }
    for (const auto& [size, cases] : ofSize) {
        for (std::size_t i = 0; i < cases.size(); ++i) {
            const std::vector<double> own = numbersOf(m_recorded, cases[i]->name);
            for (std::size_t k = 0; k < i; ++k) {
                const bool adams = cases[i]->optimizer != cases[k]->optimizer &&
                                   std::min(cases[i]->optimizer, cases[k]->optimizer) >= OptimizerKind::Adam;
                if (adams && cases[i]->rule.l2 == 0.0 && cases[k]->rule.l2 == 0.0)
                    continue;
                const double clips[] = {cases[i]->rule.clip, cases[k]->rule.clip};
                if ((clips[0] > 0.0 && clips[1] > 0.0) || std::max(clips[0], clips[1]) >= 0.4)
                    continue; // the high limit is there to be out of reach for some
                if (farthest(own, numbersOf(m_recorded, cases[k]->name)) <= 1e-6)
                    QFAIL(qPrintable(QString::fromStdString(cases[i]->name + " and " + cases[k]->name)));
            }
        }
    }
}

void TestTorch::recordedIsWhatTorchSays()
{
    QCOMPARE(m_recorded["parameters"].size(), m_cases.size());
    if (m_torch.is_null())
        return;
    for (const TrainingCase& each : m_cases) {
        const double difference = farthest(numbersOf(m_recorded, each.name), numbersOf(m_torch, each.name));
        QVERIFY2(difference <= 2e-11, // rounded to 11 decimals
                 qPrintable(QStringLiteral("%1 is off by %2: record anew")
                                .arg(QString::fromStdString(each.name))
                                .arg(difference)));
    }
}

void TestTorch::enginesMatch_data()
{
    QTest::addColumn<EngineKind>("engine");
    QTest::addColumn<std::string>("kernels");
    for (const std::string& kernels : kernelNames()) {
        QTest::addRow("scalar, %s", kernels.c_str()) << EngineKind::Scalar << kernels;
        QTest::addRow("matrix, %s", kernels.c_str()) << EngineKind::Matrix << kernels;
    }
}

void TestTorch::enginesMatch()
{
    QFETCH(const EngineKind, engine);
    QFETCH(const std::string, kernels);
    double worst = 0.0;
    QString worstName;
    QStringList wrong;
    for (const TrainingCase& each : m_cases) {
        const std::vector<double> actual = trainedParameters(each, engine, kernels);
        double difference = farthest(actual, numbersOf(m_recorded, each.name));
        if (!m_torch.is_null())
            difference = std::max(difference, farthest(actual, numbersOf(m_torch, each.name)));
        if (difference > worst) {
            worst = difference;
            worstName = QString::fromStdString(each.name);
        }
        if (!(difference <= tolerance))
            wrong << QStringLiteral("%1: %2").arg(QString::fromStdString(each.name)).arg(difference);
    }
    qInfo("%zu cases, the largest difference is %g (%s)", m_cases.size(), worst, qPrintable(worstName));
    QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("%1 of %2 cases are off: %3")
                                             .arg(wrong.size())
                                             .arg(m_cases.size())
                                             .arg(wrong.mid(0, 20).join(QStringLiteral("; ")))));
}

void TestTorch::ratesMatch_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const RateRun& run : rateRuns())
        QTest::addRow("%s", run.name.c_str()) << index++;
}

void TestTorch::ratesMatch()
{
    QFETCH(const int, index);
    const RateRun run = rateRuns()[static_cast<std::size_t>(index)];
    const auto verify = [&](int step, double expected) {
        const double actual = rateFactor(run.schedule, step, run.steps, run.warmup);
        QVERIFY2(std::abs(actual - expected) <= rateTolerance,
                 qPrintable(QStringLiteral("step %1: %2, not %3")
                                .arg(step)
                                .arg(actual, 0, 'g', 17)
                                .arg(expected, 0, 'g', 17)));
    };
    QVERIFY(m_recorded["rates"].contains(run.name));
    const json& recorded = m_recorded["rates"][run.name];
    QVERIFY(recorded.size() >= 30);
    for (const auto& [step, expected] : recorded.items())
        verify(std::stoi(step), expected.get<double>());
    if (m_torch.is_null())
        return;
    const auto all = m_torch["rates"][run.name].get<std::vector<double>>();
    QCOMPARE(all.size(), static_cast<std::size_t>(run.steps));
    for (int step = 0; step < run.steps; ++step)
        verify(step, all[static_cast<std::size_t>(step)]);
}

QTEST_GUILESS_MAIN(TestTorch)
#include "tst_torch.moc"
