// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/formats/checkpoint.h"
#include "core/formats/modelfile.h"
#include "core/network/initialweights.h"

#include <QtEndian>
#include <QtTest>

#include <cmath>
#include <limits>

using namespace chainrule;

namespace {

std::vector<double> numbers(std::size_t count, double scale, Precision precision)
{
    Random random = makeRandom(11);
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) {
        const double value = scale * normal(random);
        values.push_back(precision == Precision::Float ? static_cast<double>(static_cast<float>(value))
                                                       : value);
    }
    return values;
}

Checkpoint someCheckpoint(OptimizerKind kind, Precision precision)
{
    Random random = makeRandom(3);
    const LayerStack stack{Shape(1, 2, 2),
                           {DropoutLayer{0.1}, {3, Activation::Gelu}, {2, Activation::Softmax}}};
    Checkpoint checkpoint;
    checkpoint.network = makeNetwork(stack, {WeightRule::He}, random);
    const std::size_t count = checkpoint.network.parameters.size();
    checkpoint.network.parameters = numbers(count, 1.0, precision);
    checkpoint.network.precision = precision;
    checkpoint.network.outputNames = {"no", "yes"};
    checkpoint.network.scale = {{0.1, 1.0 / 3.0}, {2.0, 0.0}, {-1e300, 1e-300}, {0.0, 1.0}};
    checkpoint.optimizer.kind = kind;
    const int memories = optimizerRow(kind).memories;
    if (memories > 0)
        checkpoint.optimizer.first = numbers(count, 1e-3, precision);
    if (memories > 1)
        checkpoint.optimizer.second = numbers(count, 1e-6, precision);
    checkpoint.optimizer.steps = 123'456'789'012;
    checkpoint.step = 123'456'789'013;
    checkpoint.samplesDone = 640;
    checkpoint.epochsMeasured = 7;
    checkpoint.epochLossSum = 0.1 + 0.2;
    checkpoint.best = BestEpoch{5, 1.0 / 3.0, numbers(count, 2.0, precision)};
    checkpoint.journal = {{40, LiveField::LearningRate, 0.05}, {41, LiveField::L2, -1e-300}};
    return checkpoint;
}

Result<Checkpoint> decode(const std::string& bytes)
{
    return decodeCheckpoint(bytes, "test");
}

QString said(const Result<Checkpoint>& refused)
{
    return refused ? QString() : QString::fromStdString(refused.error().message());
}

// Here ' is for " and ` for \", as moc does not get over the raw text.
std::string quoted(const char* text)
{
    return QByteArray(text).replace('\'', "\"").replace('`', "\\\"").toStdString();
}

// The header changed, the same bytes behind it.
std::string replaced(const std::string& bytes, const std::string& before, const std::string& after)
{
    const auto length = static_cast<std::size_t>(qFromLittleEndian<quint64>(bytes.data()));
    std::string header = bytes.substr(8, length);
    const std::size_t at = header.find(before);
    if (at == std::string::npos)
        qFatal("not in the header: %s in %s", before.c_str(), header.c_str());
    header.replace(at, before.size(), after);
    std::string changed(8, '\0');
    qToLittleEndian<quint64>(header.size(), changed.data());
    return changed + header + bytes.substr(8 + length);
}

} // namespace

class TestCheckpoint : public QObject {
    Q_OBJECT

private slots:
    void comesBack_data()
    {
        QTest::addColumn<int>("optimizer");
        QTest::addColumn<Precision>("precision");
        for (const OptimizerRow& row : optimizerTable) {
            QTest::addRow("%s, float", row.name.data()) << static_cast<int>(row.kind) << Precision::Float;
            QTest::addRow("%s, double", row.name.data()) << static_cast<int>(row.kind) << Precision::Double;
        }
    }

    void comesBack()
    {
        QFETCH(int, optimizer);
        QFETCH(Precision, precision);
        Checkpoint checkpoint = someCheckpoint(OptimizerKind(optimizer), precision);
        for (const bool hasBest : {true, false}) {
            if (!hasBest)
                checkpoint.best.reset();
            const std::string bytes = encodeCheckpoint(checkpoint);
            const auto back = decode(bytes);
            QVERIFY2(back, qPrintable(said(back)));
            QVERIFY(back->network.stack == checkpoint.network.stack);
            QVERIFY(back->network.parameters == checkpoint.network.parameters);
            QVERIFY(back->network.precision == precision);
            QVERIFY(back->network.scale == checkpoint.network.scale);
            QVERIFY(back->network.outputNames == checkpoint.network.outputNames);
            QVERIFY(back->optimizer.kind == checkpoint.optimizer.kind);
            QCOMPARE(back->optimizer.steps, checkpoint.optimizer.steps);
            QVERIFY(back->optimizer.first == checkpoint.optimizer.first &&
                    back->optimizer.second == checkpoint.optimizer.second);
            QCOMPARE(back->step, checkpoint.step);
            QCOMPARE(back->samplesDone, checkpoint.samplesDone);
            QCOMPARE(back->epochsMeasured, checkpoint.epochsMeasured);
            QVERIFY(back->epochLossSum == checkpoint.epochLossSum); // to the last bit
            QVERIFY(back->best == checkpoint.best);
            QVERIFY(back->journal == checkpoint.journal);
            QVERIFY(encodeCheckpoint(*back) == bytes);
        }
    }

    void keepsTheLoss()
    {
        Checkpoint checkpoint = someCheckpoint(OptimizerKind::Sgd, Precision::Double);
        outputLayer(checkpoint.network.stack.layers).activation = Activation::Linear;
        checkpoint.network.loss = Loss::Squared;
        checkpoint.epochLossSum = std::numeric_limits<double>::infinity();
        const auto back = decode(encodeCheckpoint(checkpoint));
        QVERIFY2(back, qPrintable(said(back)));
        QCOMPARE(back->network.loss, Loss::Squared);
        QVERIFY(std::isnan(back->epochLossSum)); // JSON knows neither infinity nor NaN
    }

    void isNoModelFile()
    {
        const Checkpoint checkpoint = someCheckpoint(OptimizerKind::Adam, Precision::Float);
        QVERIFY(!decodeModel(encodeCheckpoint(checkpoint), "test"));
        const auto model = decode(encodeModel({checkpoint.network, {}, {}}));
        QVERIFY(said(model).contains("not a checkpoint"));
    }

    void everyTruncationIsAnError()
    {
        const std::string bytes = encodeCheckpoint(someCheckpoint(OptimizerKind::Adam, Precision::Float));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            const auto read = decodeCheckpoint(cut, "test");
            QVERIFY2(!read, qPrintable(QString::number(size)));
            QVERIFY(said(read).startsWith("checkpoint test") && !read.error().mend.empty());
        }
        QVERIFY(!decode(bytes + '\0'));
    }

    void bitFlipsAreSurvived()
    {
        const Checkpoint original = someCheckpoint(OptimizerKind::Adam, Precision::Float);
        const std::string bytes = encodeCheckpoint(original);
        Random random = makeRandom(8);
        int loaded = 0;
        int refused = 0;
        for (int i = 0; i < 5'000; ++i) {
            std::string flipped = bytes;
            const std::uint64_t bit = uniformBelow(random, static_cast<std::uint64_t>(bytes.size()) * 8);
            char& byte = flipped[bit / 8];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
            const auto read = decode(flipped);
            if (!read) {
                ++refused;
                QVERIFY(said(read).startsWith("checkpoint test"));
                continue;
            }
            ++loaded;
            QCOMPARE(read->network.parameters.size(), original.network.parameters.size());
            QCOMPARE(read->optimizer.first.size(), original.optimizer.first.size());
            QVERIFY(encodeCheckpoint(*decode(encodeCheckpoint(*read))) == encodeCheckpoint(*read));
        }
        QVERIFY(loaded > 100 && refused > 100);
    }

    void refuses_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("after");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, const char* before, const char* after, const char* why) {
            QTest::newRow(name) << quoted(before) << quoted(after) << QString(why);
        };
        row("newer", "chainrule-checkpoint/1", "chainrule-checkpoint/2", "newer version");
        row("other format", "chainrule-checkpoint/1", "chainrule/1", "not a checkpoint");
        row("no version", "chainrule-checkpoint/1", "chainrule-checkpoint/x", "not a format");
        row("unknown optimizer", "'adam'", "'adamx'", "adamx");
        row("optimizer with one memory", "'adam'", "'momentum'",
            "does not fit momentum: the number of state tensors should be 1, not 2");
        row("optimizer with none", "'adam'", "'sgd'",
            "does not fit sgd: the number of state tensors should be 0, not 2");
        row("memories with a gap", "optimizer.first", "optimizer.third", "its name is not");
        row("memory of another size", "'optimizer.first':{'dtype':'F32','shape':[23]",
            "'optimizer.first':{'dtype':'F32','shape':[23,1]", "23 parameters");
        row("memory of fewer", "'optimizer.first':{'dtype':'F32','shape':[23]",
            "'optimizer.first':{'dtype':'F32','shape':[22]", "do not match the size");
        row("best without its loss", "`best_loss`", "`beast_loss`", "but not that epoch's loss");
        row("best of infinite loss", "`best_loss`:0.3333333333333333", "`best_loss`:null",
            "where in the run the checkpoint was saved");
        row("no step", "`step`", "`stop`", "where in the run the checkpoint was saved");
        row("step below 0", "`step`:", "`step`:-", "where in the run the checkpoint was saved");
        row("step of a fraction", "`step`:", "`step`:0.", "step is not a whole number");
        row("samples below 0", "`samples_done`:", "`samples_done`:-", "samples_done");
        row("epoch too large", "`epochs_measured`:7", "`epochs_measured`:7000000000",
            "epochs_measured is not a whole number");
        row("loss of words",
            "`epoch_loss_sum`:", "`epoch_loss_sum`:`x`,`was`:", "epoch_loss_sum is not a number");
        row("journal no list", "'[[40,", "'[40,[", "journal, entry 0");
        row("journal of words", "[40,`lr`,0.05]", "[40,`lr`,`0.05`]", "journal, entry 0");
        row("journal of an unknown field", "`l2`", "`l3`", "journal, entry 1");
        row("journal before the run", "[41,", "[-41,", "journal, entry 1");
        row("broken network", "`activation`:`softmax`", "`activation`:`tanh`", "the loss");
    }

    void refuses()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, after);
        QFETCH(QString, why);
        const std::string bytes = encodeCheckpoint(someCheckpoint(OptimizerKind::Adam, Precision::Float));
        const auto read = decode(replaced(bytes, before, after));
        QVERIFY(!read);
        QVERIFY2(said(read).startsWith("checkpoint test") && said(read).contains(why),
                 qPrintable(said(read)));
        QVERIFY(!read.error().mend.empty());
    }

    void refusesNonFinite()
    {
        for (const double value :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
            Checkpoint checkpoint = someCheckpoint(OptimizerKind::Adam, Precision::Double);
            checkpoint.optimizer.second[5] = value;
            QVERIFY(said(decode(encodeCheckpoint(checkpoint))).contains("'optimizer.second': its value 5 "));
            checkpoint = someCheckpoint(OptimizerKind::Adam, Precision::Double);
            checkpoint.best->parameters[3] = value;
            QVERIFY(said(decode(encodeCheckpoint(checkpoint))).contains("'best.parameters': its value 3 "));
        }
    }
};

QTEST_APPLESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"
