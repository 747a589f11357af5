// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/network/layers.h"
#include "core/network/network.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace chainrule;

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

} // namespace

class TestLayers : public QObject {
    Q_OBJECT

private slots:
    void namesAreReadBack();
    void parsesLayers_data();
    void parsesLayers();
    void refusesLayers_data();
    void refusesLayers();
    void everyByteStringGetsAnAnswer();
    void countsParameters();
    void validates();
    void refusesStacks_data();
    void refusesStacks();
    void spansLieOneAfterTheOther();
    void dropoutHasNoParameters();
    void outputsFitTheirLosses();
    void outputsStayWithinTheirRange();
    void initializationHasItsDeviation();
    void initializationRepeats();
};

void TestLayers::namesAreReadBack()
{
    for (const ActivationRow& row : activationTable) {
        const auto back = activationFromName(row.name);
        QVERIFY(back);
        QCOMPARE(*back, row.activation);
    }
    for (const char* name : {"relu", "sigmoid", "tanh", "linear", "softmax"}) // of the first files
        QVERIFY(activationFromName(name));
    const auto unknown = activationFromName("swish");
    QVERIFY(!unknown);
    for (const ActivationRow& row : activationTable)
        QVERIFY(text(unknown.error().mend.english()).contains(text(std::string(row.name))));
    QVERIFY(text(unknown.error().message()).contains("'swish'"));
}

void TestLayers::parsesLayers_data()
{
    QTest::addColumn<QString>("input");
    QTest::addColumn<QString>("canonical");
    QTest::newRow("named") << "128:relu,64:relu,10:softmax"
                           << "128:relu,64:relu,10:softmax";
    QTest::newRow("bare") << "128,64,10"
                          << "128:relu,64:relu,10:softmax";
    QTest::newRow("mixed") << "32:tanh,16:sigmoid,8:linear,10"
                           << "32:tanh,16:sigmoid,8:linear,10:softmax";
    QTest::newRow("one") << "10"
                         << "10:softmax";
    QTest::newRow("last named") << "10:relu"
                                << "10:relu";
    QTest::newRow("spaces") << "  12 : relu ,\t10 "
                            << "12:relu,10:softmax";
    QTest::newRow("dropout") << "128,dropout:0.2,10"
                             << "128:relu,dropout:0.2,10:softmax";
    QTest::newRow("no dropout") << " dropout : 0 ,10"
                                << "dropout:0,10:softmax";
    QTest::newRow("largest") << "65536,1"
                             << "65536:relu,1:softmax";
}

void TestLayers::parsesLayers()
{
    QFETCH(QString, input);
    QFETCH(QString, canonical);
    const auto layers = parseLayers(input.toStdString());
    QVERIFY2(layers, layers ? "" : layers.error().message().c_str());
    QCOMPARE(text(formatLayers(*layers)), canonical);
    const auto again = parseLayers(canonical.toStdString());
    QVERIFY(again);
    QVERIFY(*again == *layers);
}

void TestLayers::refusesLayers_data()
{
    QTest::addColumn<QString>("input");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("why");
    QTest::newRow("letters") << "12x:relu"
                             << "'12x' in '12x:relu'"
                             << "not a whole number";
    QTest::newRow("bare letters") << "12x,10"
                                  << "'12x' in '12x,10'"
                                  << "not a whole number";
    QTest::newRow("zero") << "0:relu,10"
                          << "'0' in '0:relu'"
                          << "1 to 65,536";
    QTest::newRow("negative") << "-5,10"
                              << "'-5' in '-5,10'"
                              << "1 to 65,536";
    QTest::newRow("too large") << "65537,10"
                               << "'65537' in '65537,10'"
                               << "1 to 65,536";
    QTest::newRow("huge") << "99999999999999999999999:relu,10"
                          << "in '99999999999999999999999:relu'"
                          << "1 to 65,536";
    QTest::newRow("fraction") << "1.5,10"
                              << "'1.5' in '1.5,10'"
                              << "not a whole number";
    QTest::newRow("plus") << "+5,10"
                          << "'+5' in '+5,10'"
                          << "not a whole number";
    QTest::newRow("exponent") << "1e3,10"
                              << "'1e3' in '1e3,10'"
                              << "not a whole number";
    QTest::newRow("empty") << ""
                           << "layers"
                           << "no layers";
    QTest::newRow("spaces") << "   "
                            << "layers"
                            << "no layers";
    QTest::newRow("comma at the end") << "10,"
                                      << "'10,'"
                                      << "comma";
    QTest::newRow("between commas") << "10,,5"
                                    << "'10,,5'"
                                    << "comma";
    QTest::newRow("no units") << ":relu,10"
                              << "in ':relu'"
                              << "missing";
    QTest::newRow("no activation") << "12:,10"
                                   << "in '12:'"
                                   << "no such activation";
    QTest::newRow("unknown activation") << "12:rleu,10"
                                        << "'rleu' in '12:rleu'"
                                        << "no such activation";
    QTest::newRow("two colons") << "12:relu:3,10"
                                << "'12:relu:3' in '12:relu:3,10'"
                                << "at most one colon";
    QTest::newRow("dropout without a rate") << "9,dropout,10"
                                            << "'dropout' in '9,dropout,10'"
                                            << "after a colon";
    for (const char* rate : {"1", "-0.1", "nan", "x", "1e999", ""}) {
        QTest::addRow("dropout of %s", rate) << QString("9,dropout:%1,10").arg(rate)
                                             << QString("'dropout:%1'").arg(rate) << "at least 0 and below 1";
    }
    QTest::newRow("too many") << QString("1,").repeated(maximumLayers) + "10"
                              << "layers"
                              << "more than 64";
}

void TestLayers::refusesLayers()
{
    QFETCH(QString, input);
    QFETCH(QString, what);
    QFETCH(QString, why);
    const auto layers = parseLayers(input.toStdString());
    QVERIFY(!layers);
    QVERIFY2(text(layers.error().what.english()).contains(what), layers.error().message().c_str());
    QVERIFY2(text(layers.error().why.english()).contains(why), layers.error().message().c_str());
    QVERIFY(!layers.error().mend.empty());
}

void TestLayers::everyByteStringGetsAnAnswer()
{
    Random random = makeRandom(7);
    const std::string alphabet = "0123456789:,relusoftmax -\t\n\xc3\xa9";
    int read = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string input(static_cast<std::size_t>(uniformBelow(random, 60)), '\0');
        for (char& c : input)
            c = alphabet[static_cast<std::size_t>(uniformBelow(random, alphabet.size()))];
        const auto layers = parseLayers(input);
        if (!layers) {
            QVERIFY(!layers.error().what.empty() && !layers.error().why.empty() &&
                    !layers.error().mend.empty());
            continue;
        }
        ++read;
        for (const Layer& layer : *layers) {
            const auto* const dense = std::get_if<DenseLayer>(&layer);
            QVERIFY(dense && dense->units >= 1 && dense->units <= maximumUnits);
        }
    }
    QVERIFY(read > 0);
}

void TestLayers::countsParameters()
{
    // By hand: 784 * 128 + 128, 128 * 64 + 64, 64 * 10 + 10.
    const LayerStack stack{784, {{128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}}};
    QCOMPARE(parameterCount(stack), std::int64_t{100'480 + 8'256 + 650});
    QCOMPARE(parameterCount(stack.layers[0], 784), std::int64_t{100'480});
    QCOMPARE(outputCount(stack), 10);
    QCOMPARE(outputCount(LayerStack{784, {}}), 784);
    QCOMPARE(parameterCount(LayerStack{784, {}}), std::int64_t{0});

    const int highest = std::numeric_limits<int>::max();
    const Layer absurd(highest, Activation::Relu);
    QCOMPARE(parameterCount(LayerStack{highest, {absurd, absurd, absurd, absurd}}),
             std::numeric_limits<std::int64_t>::max());
}

void TestLayers::validates()
{
    QVERIFY(validate(LayerStack{784, {{10, Activation::Softmax}}}));
    QVERIFY(validate(LayerStack{2, {{65536, Activation::Tanh}, {2, Activation::Softmax}}}));
    std::vector<Layer> most(static_cast<std::size_t>(maximumLayers), Layer(1, Activation::Relu));
    outputLayer(most).activation = Activation::Softmax;
    QVERIFY(validate(LayerStack{1, most}));
    // Exactly the limit: 49,999 * 1000 + 1000 parameters in one layer.
    QVERIFY(validate(LayerStack{49'999, {{1000, Activation::Softmax}}}));
}

void TestLayers::refusesStacks_data()
{
    QTest::addColumn<int>("inputs");
    QTest::addColumn<QList<int>>("units");
    QTest::addColumn<bool>("softmax");
    QTest::addColumn<QString>("said");
    QTest::newRow("no inputs") << 0 << QList<int>{10} << true << "inputs";
    QTest::newRow("negative inputs") << -1 << QList<int>{10} << true << "inputs";
    QTest::newRow("no layers") << 784 << QList<int>{} << true << "no layers are given";
    QTest::newRow("no units") << 784 << QList<int>{16, 0, 10} << true << "layer 2 with 0 units";
    QTest::newRow("negative") << 784 << QList<int>{-3, 10} << true << "layer 1 with -3 units";
    // 10^9 * (784 + 1) parameters, 8 bytes each: 6.28 TB.
    QTest::newRow("a billion") << 784 << QList<int>{1'000'000'000, 10} << true
                               << "785,000,000,000 parameters, which take 6 TB";
    QTest::newRow("no softmax") << 784 << QList<int>{16, 10} << false << "softmax";
    QTest::newRow("too many layers") << 784 << QList<int>(65, 1) << true << "64";
    // 65536 * 785 + 65536 * 65537 + 10 * 65537 parameters, 8 bytes each: 34.78 GB.
    QTest::newRow("too large") << 784 << QList<int>{65536, 65536, 10} << true
                               << "4,347,133,962 parameters, whose values alone take about 35 GB";
    QTest::newRow("one over") << 50'000 << QList<int>{1000} << true
                              << "50,001,000 parameters, whose values alone take about 400 MB";
}

void TestLayers::refusesStacks()
{
    QFETCH(int, inputs);
    QFETCH(QList<int>, units);
    QFETCH(bool, softmax);
    QFETCH(QString, said);
    LayerStack stack{inputs, {}};
    for (const int count : units)
        stack.layers.emplace_back(count, Activation::Relu);
    if (softmax && !stack.layers.empty())
        outputLayer(stack.layers).activation = Activation::Softmax;
    const auto valid = validate(stack, Loss::CrossEntropy);
    QVERIFY(!valid);
    QVERIFY2(text(valid.error().message()).contains(said), valid.error().message().c_str());
    QVERIFY(!valid.error().mend.empty());
}

void TestLayers::spansLieOneAfterTheOther()
{
    const LayerStack stack{3, {{4, Activation::Tanh}, {2, Activation::Softmax}}};
    const auto spans = layerSpans(stack);
    QCOMPARE(spans.size(), std::size_t{2});
    QCOMPARE(spans[0].inputs, 3);
    QCOMPARE(spans[0].units, 4);
    QCOMPARE(spans[0].activation, Activation::Tanh);
    QCOMPARE(spans[0].weight, std::size_t{0});
    QCOMPARE(spans[0].bias, std::size_t{12});
    QCOMPARE(spans[1].inputs, 4);
    QCOMPARE(spans[1].units, 2);
    QCOMPARE(spans[1].activation, Activation::Softmax);
    QCOMPARE(spans[1].weight, std::size_t{16});
    QCOMPARE(spans[1].bias, std::size_t{24});
    QCOMPARE(parameterCount(stack), std::int64_t{26});
}

// Dropout has no parameters, and what follows it takes what came before.
void TestLayers::dropoutHasNoParameters()
{
    const LayerStack stack{
        3, {DropoutLayer{0.1}, {4, Activation::Tanh}, DropoutLayer{0.5}, {2, Activation::Softmax}}};
    QVERIFY(validate(stack));
    const auto spans = layerSpans(stack);
    QCOMPARE(spans.size(), std::size_t{2});
    QCOMPARE(spans[0].layer, std::size_t{1});
    QCOMPARE(spans[1].layer, std::size_t{3});
    QCOMPARE(spans[1].inputs, 4);
    QCOMPARE(parameterCount(stack), std::int64_t{26});
    LayerStack wrong = stack;
    wrong.layers.push_back(DropoutLayer{0.5});
    const auto last = validate(wrong);
    QVERIFY(!last && last.error().why.id == MessageId::dropoutLast);
    wrong = stack;
    wrong.layers[2] = DropoutLayer{1.0};
    const auto rate = validate(wrong);
    QVERIFY(!rate && rate.error().why.id == MessageId::dropoutRate);
}

void TestLayers::outputsFitTheirLosses()
{
    for (const LossRow& row : lossTable) {
        for (const ActivationRow& activation : activationTable) {
            const auto valid = validate(LayerStack{3, {{2, activation.activation}}}, row.loss);
            QCOMPARE(valid.has_value(), lossFits(row.loss, activation.activation));
            if (!valid)
                QCOMPARE(valid.error().why.id, MessageId::outputDoesNotFitLoss);
        }
        QVERIFY(lossFits(row.loss, row.output));
    }
    for (const ActivationRow& activation : activationTable) {
        for (const LossRow& wanted : lossTable) {
            const Loss fitting = fittingLoss(wanted.loss, activation.activation);
            QVERIFY(lossFits(fitting, activation.activation));
            QVERIFY(fitting == wanted.loss || !lossFits(wanted.loss, activation.activation));
        }
    }
    QCOMPARE(fittingLoss(Loss::CrossEntropy, Activation::Sigmoid), Loss::Binary);
    QCOMPARE(fittingLoss(Loss::Binary, Activation::Softmax), Loss::CrossEntropy);
    QCOMPARE(fittingLoss(Loss::CrossEntropy, Activation::Tanh), Loss::Squared);
}

// The table's bounds hold, and are no wider than the outputs.
void TestLayers::outputsStayWithinTheirRange()
{
    for (const ActivationRow& row : activationTable) {
        if (row.activation == Activation::Softmax)
            continue; // of a whole layer
        double least = 0.0;
        double most = 0.0;
        for (int i = -40'000; i <= 40'000; ++i) {
            const double output = activationFormula(row.activation, i / 1000.0).value;
            QVERIFY2(output >= row.least && output <= row.most, row.name.data());
            least = std::min(least, output);
            most = std::max(most, output);
        }
        QVERIFY2(std::isfinite(row.least) ? least - row.least < 1e-3 : least < -0.3, row.name.data());
        QVERIFY2(std::isfinite(row.most) ? row.most - most < 1e-3 : most > 39.0, row.name.data());
    }
}

void TestLayers::initializationHasItsDeviation()
{
    const LayerStack stack{784, {{128, Activation::Relu}, {10, Activation::Softmax}}};
    const struct {
        InitialWeights initialization;
        double first;
        double second;
    } cases[] = {
        {{WeightRule::Xavier}, std::sqrt(1.0 / 784), std::sqrt(1.0 / 128)},
        {{WeightRule::Glorot}, std::sqrt(2.0 / 912), std::sqrt(2.0 / 138)},
    };
    for (const auto& each : cases) {
        Random random = makeRandom(5);
        const Network parameters = makeNetwork(stack, each.initialization, random);
        QCOMPARE(static_cast<std::int64_t>(parameters.parameters.size()), parameterCount(stack));
        const double expected[] = {each.first, each.second};
        int layer = 0;
        for (const LayerSpan& span : layerSpans(stack)) {
            double sum = 0.0;
            double squares = 0.0;
            for (std::size_t i = span.weight; i < span.bias; ++i) {
                sum += parameters.parameters[i];
                squares += parameters.parameters[i] * parameters.parameters[i];
            }
            const double count = static_cast<double>(span.bias - span.weight);
            const double deviation = expected[layer++];
            // Five standard errors of the mean and of the deviation of that many normal numbers.
            QVERIFY(std::abs(sum / count) < 5 * deviation / std::sqrt(count));
            QVERIFY(std::abs(std::sqrt(squares / count) / deviation - 1.0) < 5 / std::sqrt(2 * count));
            for (std::size_t i = span.bias; i < span.bias + static_cast<std::size_t>(span.units); ++i)
                QCOMPARE(parameters.parameters[i], 0.0);
        }
    }
}

void TestLayers::initializationRepeats()
{
    const LayerStack stack{5, {{4, Activation::Relu}, {3, Activation::Softmax}}};
    Random first = makeRandom(1);
    Random second = makeRandom(1);
    Random other = makeRandom(2);
    const auto parameters = makeNetwork(stack, {WeightRule::Xavier}, first);
    QVERIFY(parameters.parameters == makeNetwork(stack, {WeightRule::Xavier}, second).parameters);
    QVERIFY(parameters.parameters != makeNetwork(stack, {WeightRule::Xavier}, other).parameters);
}

QTEST_GUILESS_MAIN(TestLayers)
#include "tst_layers.moc"
