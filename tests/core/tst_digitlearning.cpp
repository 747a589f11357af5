// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digits.h"
#include "core/data/readers/sources.h"
#include "core/network/initialweights.h"
#include "core/training/engines/engine.h"
#include "core/training/evaluation.h"

#include <QtTest>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace chainrule;

namespace {

std::optional<std::string> mnistFolder()
{
    if (const auto found = findIdxFolder("mnist"))
        return found;
    const QString beside = QStringLiteral(CHAINRULE_SOURCE_DIR "/../shared/data/mnist");
    return QFileInfo::exists(beside) ? std::optional(beside.toStdString()) : std::nullopt;
}

std::vector<std::uint32_t> indices(std::size_t from, std::size_t count)
{
    std::vector<std::uint32_t> samples(count);
    std::iota(samples.begin(), samples.end(), static_cast<std::uint32_t>(from));
    return samples;
}

} // namespace

class TestDigitLearning : public QObject {
    Q_OBJECT

private slots:
    void whoHasSeenOnlyBuiltInDigitsReadsMnist();
};

void TestDigitLearning::whoHasSeenOnlyBuiltInDigitsReadsMnist()
{
    const auto folder = mnistFolder();
    if (!folder)
        QSKIP("MNIST (t10k-images-idx3-ubyte.gz and the other three) not found");
    const auto mnist = loadDataset(*folder);
    QVERIFY2(mnist, mnist ? "" : mnist.error().message().c_str());

    constexpr std::size_t count = 20000;
    const Dataset digits = makeDigits(count, 31);
    Random random = makeRandom(5);
    const LayerStack stack{784, {{32, Activation::Relu}, {10, Activation::Softmax}}};
    Engine engine = makeEngine(makeNetwork(stack, {WeightRule::Glorot}, random), EngineKind::Matrix,
                               Precision::Float, 64, 2);
    Optimizer optimizer = makeOptimizer(engine, OptimizerKind::Adam);
    std::vector<std::uint32_t> order = indices(0, count);
    for (int epoch = 0; epoch < 4; ++epoch) {
        shuffle(std::span(order), random);
        for (std::size_t begin = 0; begin + 64 <= count; begin += 64) {
            const auto result =
                trainBatch(engine, optimizer, digits, std::span(order).subspan(begin, 64), {0.002});
            QVERIFY(!result.brokenLayer);
        }
    }
    // The test file's images follow the training file's.
    const auto test = indices(mnist->official.training, 10000);
    const double share = getAccuracy(predict(engine, *mnist, test), *mnist, test);
    qInfo("a network with 32 hidden units, four times through 20,000 built-in digits, reads %.1f %% of "
          "MNIST's test images",
          share);
    QVERIFY(share >= 88.0);
}

QTEST_GUILESS_MAIN(TestDigitLearning)
#include "tst_digitlearning.moc"
