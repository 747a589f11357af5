// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/settingsjson.h"
#include "core/network/initialweights.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <clocale>
#include <cmath>
#include <ctime>
#include <limits>
#include <optional>

using namespace chainrule;

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

TrainingSettings preset(const char* name)
{
    const auto settings = presetSettings(name);
    return settings ? *settings : TrainingSettings{};
}

History someHistory()
{
    History history;
    // 0.1 + 0.2 and 1/3 need all 17 digits.
    history.epochs.push_back({1, 0.1 + 0.2, 93.5, Metrics{1.0 / 3.0, 91.0}, 0.1, 1.25});
    history.epochs.push_back({2, 1e-17, 100.0, std::nullopt, 0.05, 3.0});
    history.test = Metrics{0.25, 94.75};
    history.trainSeconds = 4.25;
    history.samplesPerSecond = 123456.789;
    return history;
}

} // namespace

class TestRunJson : public QObject {
    Q_OBJECT

private slots:
    void settingsJsonComesBack();
    void settingsJsonHasNames();
    void settingsJsonBytes();
    void untoldInitialWeightsAreTheEngines();
    void settingsJsonDefaults();
    void refusesSettingsJson_data();
    void refusesSettingsJson();
    void historyJsonComesBack();
    void historyJsonHasNames();
    void historyJsonOfADivergedRun();
    void refusesHistoryJson_data();
    void refusesHistoryJson();
    void historyOfManyEpochsIsQuick();
    void historyCsv();
};

void TestRunJson::settingsJsonComesBack()
{
    for (const Preset& each : presets()) {
        const auto back = settingsFromJson(settingsToJson(each.settings));
        QVERIFY2(back, back ? "" : back.error().message().c_str());
        QVERIFY(*back == each.settings);
    }
    TrainingSettings settings;
    settings.data = "/a \"b\"\\ü\n";
    settings.samples = {1, 2, 3};
    settings.layers = {{3, Activation::Sigmoid}, {2, Activation::Linear}, {2, Activation::Softmax}};
    settings.engine = EngineKind::Scalar;
    settings.precision = Precision::Double;
    settings.optimizer = OptimizerKind::Adam;
    settings.learningRate = 0.1 + 0.2;
    settings.batchSize = 5;
    settings.epochs = 6;
    settings.seed = std::numeric_limits<std::uint64_t>::max();
    settings.threads = 4;
    settings.shuffle = false;
    settings.augment = true;
    const std::string json = settingsToJson(settings);
    const auto back = settingsFromJson(json);
    QVERIFY(back);
    QVERIFY(*back == settings);
    QCOMPARE(settingsToJson(*back), json);

    settings.loss = Loss::Binary;
    settings.layers = *parseLayers("8:gelu,dropout:0.25,3:sigmoid");
    settings.initialWeights = {WeightRule::Normal, 0.05};
    settings.kernels = "avx2";
    settings.schedule = RateSchedule::Cosine;
    settings.warmup = 30;
    settings.l1 = 1e-5;
    settings.l2 = 1e-4;
    settings.clip = 2.5;
    settings.patience = 3;
    settings.keep = Keep::Best;
    const std::string all = settingsToJson(settings);
    const auto allBack = settingsFromJson(all);
    QVERIFY2(allBack, allBack ? "" : allBack.error().message().c_str());
    QVERIFY(*allBack == settings);
    QCOMPARE(settingsToJson(*allBack), all);

    settings.layers.clear();
    QVERIFY(*settingsFromJson(settingsToJson(settings)) == settings);
    settings.data = "\xff\xfe not UTF-8";
    QVERIFY(settingsFromJson(settingsToJson(settings)));
}

void TestRunJson::settingsJsonHasNames()
{
    const std::string json = settingsToJson(preset("scalar"));
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
    QCOMPARE(object["data"].toString("?"), QString());
    QCOMPARE(object["train"].toInt(), 400);
    QCOMPARE(object["validation"].toInt(), 100);
    QCOMPARE(object["test"].toInt(), 100);
    QCOMPARE(object["layers"].toString(), QString("16:relu,10:softmax"));
    QCOMPARE(object["engine"].toString(), QString("scalar"));
    QCOMPARE(object["precision"].toString(), QString("double"));
    QCOMPARE(object["optimizer"].toString(), QString("sgd"));
    QCOMPARE(object["learning_rate"].toDouble(), 0.01);
    QCOMPARE(object["batch"].toInt(), 1);
    QCOMPARE(object["epochs"].toInt(), 5);
    QCOMPARE(object["seed"].toInt(), 42);
    QCOMPARE(object["threads"].toInt(), 1);
    QCOMPARE(object["shuffle"].toBool(), true);
    QVERIFY(object["augment"].isBool());
    QCOMPARE(object["augment"].toBool(), false);
}

// Settings that need nothing new are the bytes that files had before there was anything new.
void TestRunJson::settingsJsonBytes()
{
    QCOMPARE(text(settingsToJson(preset("scalar"))),
             QString(R"({"data":"","train":400,"validation":100,"test":100,"layers":"16:relu,10:softmax",)"
                     R"("engine":"scalar","precision":"double","optimizer":"sgd","learning_rate":0.01,)"
                     R"("batch":1,"epochs":5,"seed":42,"threads":1,"shuffle":true,"augment":false})"));
    TrainingSettings settings = preset("matrix");
    settings.drawings = "d.jsonl";
    QCOMPARE(text(settingsToJson(settings)),
             QString(R"({"data":"","train":10000,"validation":1000,"test":2000,)"
                     R"("layers":"128:relu,64:relu,10:softmax","engine":"matrix","precision":"float",)"
                     R"("optimizer":"sgd","learning_rate":0.1,"batch":64,"epochs":20,"seed":42,"threads":1,)"
                     R"("shuffle":true,"augment":false,"drawings":"d.jsonl"})"));
}

// Files of before tell no initial weights: each engine had its own.
void TestRunJson::untoldInitialWeightsAreTheEngines()
{
    const auto scalar = settingsFromJson(R"({"engine":"scalar"})");
    QVERIFY(scalar && scalar->initialWeights == InitialWeights{WeightRule::Xavier});
    const auto matrix = settingsFromJson(R"({"engine":"matrix"})");
    QVERIFY(matrix && matrix->initialWeights == InitialWeights{WeightRule::Glorot});
    for (const EngineKind engine : {EngineKind::Scalar, EngineKind::Matrix}) {
        for (const WeightRuleRow& row : weightRuleTable) {
            TrainingSettings settings;
            settings.engine = engine;
            settings.initialWeights = {row.rule};
            const std::string json = settingsToJson(settings);
            const auto back = settingsFromJson(json);
            QVERIFY2(back, json.c_str());
            QVERIFY(*back == settings);
            const bool own =
                row.rule == (engine == EngineKind::Scalar ? WeightRule::Xavier : WeightRule::Glorot);
            QCOMPARE(json.find("initial_weights") == std::string::npos, own);
        }
    }
}

void TestRunJson::settingsJsonDefaults()
{
    QVERIFY(*settingsFromJson("{}") == TrainingSettings{});
    TrainingSettings expected;
    expected.epochs = 3;
    QVERIFY(*settingsFromJson(R"({"epochs":3,"of a later version":[1,{"x":null}]})") == expected);
    expected.learningRate = 2.0;
    QVERIFY(*settingsFromJson(R"({"epochs":3,"learning_rate":2})") == expected);
}

void TestRunJson::refusesSettingsJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("said");
    QTest::newRow("empty") << QByteArray() << "JSON";
    QTest::newRow("cut") << QByteArray(R"({"epochs":3)") << "JSON";
    QTest::newRow("more after the end") << QByteArray("{}{}") << "JSON";
    QTest::newRow("zero byte") << QByteArray("{}\0x", 4) << "zero byte";
    QTest::newRow("list") << QByteArray("[]") << "object";
    QTest::newRow("number") << QByteArray("1") << "object";
    QTest::newRow("text for a number") << QByteArray(R"({"epochs":"3"})") << "epochs";
    QTest::newRow("fraction") << QByteArray(R"({"epochs":3.5})") << "epochs";
    QTest::newRow("too large") << QByteArray(R"({"train":4294967297})") << "train";
    QTest::newRow("enormous") << QByteArray(R"({"train":1e300})") << "train";
    QTest::newRow("beyond double") << QByteArray(R"({"learning_rate":1e999})") << "JSON";
    QTest::newRow("negative seed") << QByteArray(R"({"seed":-1})") << "seed";
    QTest::newRow("number for a text") << QByteArray(R"({"data":3})") << "data";
    QTest::newRow("number for a truth") << QByteArray(R"({"shuffle":1})") << "shuffle";
    QTest::newRow("text for a truth") << QByteArray(R"({"augment":"yes"})") << "augment";
    QTest::newRow("unknown loss") << QByteArray(R"({"loss":"hinge"})") << "'hinge'";
    QTest::newRow("unknown initial weights") << QByteArray(R"({"initial_weights":"ones"})") << "'ones'";
    QTest::newRow("number for a word") << QByteArray(R"({"schedule":1})") << "schedule";
    QTest::newRow("text for a penalty") << QByteArray(R"({"l2":"1"})") << "l2";
    QTest::newRow("unknown engine") << QByteArray(R"({"engine":"gpu"})") << "'gpu'";
    QTest::newRow("unknown precision") << QByteArray(R"({"precision":"half"})") << "'half'";
    QTest::newRow("wrong layers") << QByteArray(R"({"layers":"12x:relu"})") << "'12x' in '12x:relu'";
    QTest::newRow("layers as a list") << QByteArray(R"({"layers":[]})") << "layers";
    QTest::newRow("twice") << QByteArray(R"({"epochs":3,"epochs":4})") << "twice";
    QTest::newRow("deep") << QByteArray(R"({"x":)") + QByteArray(1'000'000, '[') << "deep";
    QTest::newRow("deep and whole") << QByteArray(R"({"x":)") + QByteArray(40, '[') + QByteArray(40, ']') +
                                           '}'
                                    << "deep";
}

void TestRunJson::refusesSettingsJson()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, said);
    const auto settings = settingsFromJson(json.toStdString());
    QVERIFY(!settings);
    QVERIFY2(text(settings.error().message()).contains(said), settings.error().message().c_str());
    QVERIFY(text(settings.error().what.english()).startsWith("settings"));
    QVERIFY(!settings.error().mend.empty());
}

void TestRunJson::historyJsonComesBack()
{
    const History history = someHistory();
    const std::string json = historyToJson(history);
    const auto back = historyFromJson(json);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    QCOMPARE(back->epochs.size(), std::size_t{2});
    // Exact: == of doubles, not QCOMPARE's fuzzy comparison.
    QVERIFY(back->epochs[0].epoch == 1);
    QVERIFY(back->epochs[0].trainLoss == 0.1 + 0.2);
    QVERIFY(back->epochs[0].trainAccuracy == 93.5);
    QVERIFY(back->epochs[0].validation);
    QVERIFY(back->epochs[0].validation->loss == 1.0 / 3.0);
    QVERIFY(back->epochs[0].validation->accuracy == 91.0);
    QVERIFY(back->epochs[0].learningRate == 0.1);
    QVERIFY(back->epochs[0].trainSeconds == 1.25);
    QVERIFY(back->epochs[1].epoch == 2);
    QVERIFY(back->epochs[1].trainLoss == 1e-17);
    QVERIFY(!back->epochs[1].validation);
    QVERIFY(back->test);
    QVERIFY(back->test->loss == 0.25 && back->test->accuracy == 94.75);
    QVERIFY(back->trainSeconds == 4.25);
    QVERIFY(back->samplesPerSecond == 123456.789);
    QCOMPARE(historyToJson(*back), json);

    const auto empty = historyFromJson(historyToJson(History{}));
    QVERIFY(empty);
    QVERIFY(empty->epochs.empty() && !empty->test);
    QVERIFY(historyFromJson("{}"));
}

void TestRunJson::historyJsonHasNames()
{
    const QByteArray json = QByteArray::fromStdString(historyToJson(someHistory()));
    const QJsonObject root = QJsonDocument::fromJson(json).object();
    const QJsonArray epochs = root["epochs"].toArray();
    QCOMPARE(epochs.size(), 2);
    QCOMPARE(epochs[0]["epoch"].toInt(), 1);
    QCOMPARE(epochs[0]["validation_accuracy"].toDouble(), 91.0);
    QCOMPARE(epochs[1]["learning_rate"].toDouble(), 0.05);
    QVERIFY(epochs[1]["validation_loss"].isUndefined());
    QCOMPARE(root["test"]["accuracy"].toDouble(), 94.75);
    QCOMPARE(root["train_seconds"].toDouble(), 4.25);
}

void TestRunJson::historyJsonOfADivergedRun()
{
    History history;
    history.epochs.push_back({1, std::numeric_limits<double>::infinity(), 9.8, std::nullopt, 1e6, 0.5});
    const auto back = historyFromJson(historyToJson(history));
    QVERIFY(back);
    QVERIFY(std::isnan(back->epochs.at(0).trainLoss)); // JSON knows neither infinity nor NaN
    QVERIFY(back->epochs.at(0).trainAccuracy == 9.8);
}

void TestRunJson::refusesHistoryJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("said");
    QTest::newRow("cut") << QByteArray(R"({"epochs":[)") << "JSON";
    QTest::newRow("list") << QByteArray("[]") << "object";
    QTest::newRow("epochs not a list") << QByteArray(R"({"epochs":3})") << "epochs";
    QTest::newRow("epoch not an object") << QByteArray(R"({"epochs":[{},5]})") << "entry 2 of epochs";
    QTest::newRow("text for a loss") << QByteArray(R"({"epochs":[{"train_loss":"x"}]})") << "train_loss";
    QTest::newRow("test not an object") << QByteArray(R"({"test":3})") << "test";
    QTest::newRow("test loss") << QByteArray(R"({"test":{"loss":[]}})") << "loss";
    QTest::newRow("seconds") << QByteArray(R"({"train_seconds":"x"})") << "train_seconds";
    QTest::newRow("millions of values")
        << QByteArray(R"({"x":[0)") + QByteArray(",0").repeated(4'000'001) + "]}"
        << "values";
}

void TestRunJson::refusesHistoryJson()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, said);
    const auto history = historyFromJson(json.toStdString());
    QVERIFY(!history);
    QVERIFY2(text(history.error().message()).contains(said), history.error().message().c_str());
    QVERIFY(text(history.error().what.english()).startsWith("history"));
}

void TestRunJson::historyOfManyEpochsIsQuick()
{
    History history;
    for (int epoch = 1; epoch <= 100'000; ++epoch)
        history.epochs.push_back({epoch, 1.0 / epoch, 90.0, Metrics{2.0 / epoch, 80.0}, 0.1, 0.25});
    // Of this process, whatever else the machine has to do.
    const std::clock_t start = std::clock();
    const auto back = historyFromJson(historyToJson(history));
    const auto milliseconds = static_cast<long long>(std::clock() - start) * 1000 / CLOCKS_PER_SEC;
    QVERIFY(back && back->epochs.size() == history.epochs.size());
    qInfo("100,000 epochs there and back: %lld ms", milliseconds);
    QVERIFY(milliseconds < 20'000);
}

void TestRunJson::historyCsv()
{
    // A locale with a decimal comma, where the system has one, must not show.
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    const std::string csv = historyToCsv(someHistory());
    std::setlocale(LC_ALL, "C");
    QCOMPARE(text(csv), QString("epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,"
                                "learning_rate,train_seconds\n"
                                "1,0.30000000000000004,93.5,0.3333333333333333,91.0,0.1,1.25\n"
                                "2,1e-17,100.0,,,0.05,3.0\n"));
    QCOMPARE(text(historyToCsv(History{})).count('\n'), 1);
}

QTEST_GUILESS_MAIN(TestRunJson)
#include "tst_runjson.moc"
