// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/document.h"

#include "core/base/random.h"

#include <QtTest>

#include <algorithm>
#include <vector>

using namespace chainrule;

namespace {

TrainingSettings start()
{
    return presets().front().settings;
}

TrainingSettings withSeed(std::uint64_t seed)
{
    TrainingSettings settings = start();
    settings.seed = seed;
    return settings;
}

// One of the edits that the window has; each is another value of one part.
TrainingSettings changed(TrainingSettings settings, Random& random)
{
    const auto number = [&random](int most) { return 1 + static_cast<int>(uniformBelow(random, most)); };
    auto& layers = settings.layers;
    const auto hidden = [&] {
        return layers.begin() + static_cast<std::ptrdiff_t>(uniformBelow(random, layers.size()));
    };
    switch (uniformBelow(random, 12)) {
    case 0:
        settings.data = uniformBelow(random, 2) == 0 ? "digits" : "spiral";
        break;
    case 1:
        settings.samples.training = number(60'000);
        break;
    case 2:
        settings.samples.test = number(10'000);
        break;
    case 3:
        layers.insert(hidden(), {number(300), Activation::Tanh});
        if (layers.size() > 12)
            layers.erase(layers.begin() + 1, layers.end() - 1);
        break;
    case 4:
        if (layers.size() > 1)
            layers.erase(layers.begin());
        break;
    case 5:
        std::get<DenseLayer>(*hidden()).units = number(300);
        break;
    case 6:
        settings.engine = settings.engine == EngineKind::Matrix ? EngineKind::Scalar : EngineKind::Matrix;
        settings.precision = Precision::Double;
        break;
    case 7:
        settings.optimizer = static_cast<OptimizerKind>(uniformBelow(random, 3));
        break;
    case 8:
        settings.learningRate = uniform(random, 0.001, 1.0);
        break;
    case 9:
        settings.batchSize = number(512);
        break;
    case 10:
        settings.epochs = number(3); // often the same again, which is no edit
        break;
    default:
        settings.seed = nextBits(random);
        break;
    }
    return settings;
}

} // namespace

class TestDocument : public QObject {
    Q_OBJECT

private slots:
    void editsAreSaidAndUndone()
    {
        Document document(start());
        std::vector<TrainingSettings> heard;
        connect(&document, &Document::changed, this,
                [&heard](const TrainingSettings& settings) { heard.push_back(settings); });
        QCOMPARE(document.settings(), start());
        QVERIFY(!document.undoStack().canUndo());

        document.edit(withSeed(1), QStringLiteral("Seed"));
        QCOMPARE(document.settings(), withSeed(1));
        QCOMPARE(document.undoStack().undoText(), QStringLiteral("Seed"));
        document.undoStack().undo();
        QCOMPARE(document.settings(), start());
        QCOMPARE(document.undoStack().redoText(), QStringLiteral("Seed"));
        document.undoStack().redo();
        QCOMPARE(document.settings(), withSeed(1));
        QCOMPARE(heard, (std::vector{withSeed(1), start(), withSeed(1)}));
    }

    void whatChangesNothingIsNoEdit()
    {
        Document document(start());
        int heard = 0;
        connect(&document, &Document::changed, this, [&heard] { ++heard; });
        document.edit(start(), QStringLiteral("Nothing"));
        document.adjust(start());
        QCOMPARE(document.undoStack().count(), 0);
        QCOMPARE(heard, 0);
    }

    void editsWithOneKeyAreOne()
    {
        Document document(start());
        const QString seed = QStringLiteral("Seed");
        for (std::uint64_t value = 1; value <= 50; ++value)
            document.edit(withSeed(value), seed, seed);
        QCOMPARE(document.undoStack().count(), 1);
        QCOMPARE(document.settings().seed, 50U);
        document.undoStack().undo();
        QCOMPARE(document.settings(), start());
        document.undoStack().redo();
        QCOMPARE(document.settings().seed, 50U);
    }

    void otherEditsStayApart()
    {
        Document document(start());
        document.edit(withSeed(1), QStringLiteral("Seed"), QStringLiteral("seed"));
        TrainingSettings rate = withSeed(1);
        rate.learningRate = 0.5;
        document.edit(rate, QStringLiteral("Rate"), QStringLiteral("rate"));
        TrainingSettings seed = rate;
        seed.seed = 2;
        document.edit(seed, QStringLiteral("Seed"), QStringLiteral("seed")); // not right after its like
        QCOMPARE(document.undoStack().count(), 3);
        // Without a key nothing is merged, even under one name.
        seed.seed = 3;
        document.edit(seed, QStringLiteral("Weights"));
        seed.seed = 4;
        document.edit(seed, QStringLiteral("Weights"));
        QCOMPARE(document.undoStack().count(), 5);
        for (const std::uint64_t expected : {3U, 2U, 1U, 1U}) {
            document.undoStack().undo();
            QCOMPARE(document.settings().seed, expected);
        }
        document.undoStack().undo();
        QCOMPARE(document.settings(), start());
    }

    void editsThatCancelOutLeaveNoCommand()
    {
        Document document(start());
        const QString seed = QStringLiteral("Seed");
        document.edit(withSeed(1), seed, seed);
        document.edit(withSeed(2), seed, seed);
        document.edit(start(), seed, seed);
        QCOMPARE(document.settings(), start());
        QVERIFY(!document.undoStack().canUndo());
        QVERIFY(!document.undoStack().canRedo());
    }

    void anEditAfterUndoDropsWhatWasUndone()
    {
        Document document(start());
        document.edit(withSeed(1), QStringLiteral("Seed"));
        document.edit(withSeed(2), QStringLiteral("Seed"));
        document.undoStack().undo();
        document.edit(withSeed(3), QStringLiteral("Seed"));
        QVERIFY(!document.undoStack().canRedo());
        document.undoStack().undo();
        QCOMPARE(document.settings().seed, 1U);
    }

    void adjustmentsGoWithTheirEdit()
    {
        Document document(start());
        std::vector<TrainingSettings> heard;
        connect(&document, &Document::changed, this,
                [&heard](const TrainingSettings& settings) { heard.push_back(settings); });
        TrainingSettings toy = start();
        toy.data = "xor";
        document.edit(toy, QStringLiteral("Data set"));
        TrainingSettings fitted = toy;
        outputLayer(fitted.layers).units = 2;
        document.adjust(fitted);
        QCOMPARE(document.settings(), fitted);
        QCOMPARE(heard.back(), fitted);
        QCOMPARE(document.undoStack().count(), 1);
        document.undoStack().undo();
        QCOMPARE(document.settings(), start());

        // An edit after an adjustment goes back to the adjusted settings.
        document.undoStack().redo();
        document.adjust(fitted);
        TrainingSettings seed = fitted;
        seed.seed = 5;
        document.edit(seed, QStringLiteral("Seed"), QStringLiteral("seed"));
        document.undoStack().undo();
        QCOMPARE(document.settings(), fitted);
        document.undoStack().undo();
        QCOMPARE(document.settings(), start());
    }

    void tenThousandEditsAreUndoneAndRedone_data()
    {
        QTest::addColumn<bool>("merging");
        QTest::addColumn<bool>("adjusting");
        QTest::newRow("edits") << false << false;
        QTest::newRow("with merging") << true << false;
        QTest::newRow("with adjustments") << true << true;
    }

    void tenThousandEditsAreUndoneAndRedone()
    {
        QFETCH(bool, merging);
        QFETCH(bool, adjusting);
        Random random = makeRandom(3);
        Document document(start());
        QUndoStack& stack = document.undoStack();
        const QString keys[] = {QString(), QStringLiteral("a"), QStringLiteral("b")};
        std::vector<TrainingSettings> walked{start()}; // without merging: after each edit
        for (int i = 0; i < 10'000; ++i) {
            const TrainingSettings next = changed(document.settings(), random);
            if (!merging && next != document.settings())
                walked.push_back(next);
            document.edit(next, QStringLiteral("Edit"), merging ? keys[uniformBelow(random, 3)] : QString());
            QCOMPARE(document.settings(), next);
            if (adjusting && uniformBelow(random, 4) == 0 && i < 9'999)
                document.adjust(changed(document.settings(), random));
            if (merging && uniformBelow(random, 10) == 0)
                stack.undo();
        }
        const TrainingSettings end = changed(document.settings(), random);
        document.edit(end, QStringLiteral("Edit"));
        if (!merging && walked.back() != end)
            walked.push_back(end);
        QVERIFY(stack.count() > 1000);

        if (!merging)
            QCOMPARE(static_cast<std::size_t>(stack.count()) + 1, walked.size());
        for (std::size_t i = walked.size(); stack.canUndo();) {
            stack.undo();
            if (!merging)
                QCOMPARE(document.settings(), walked.at(--i - 1));
        }
        QCOMPARE(document.settings(), start());
        while (stack.canRedo())
            stack.redo();
        QCOMPARE(document.settings(), end);
    }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "tst_document.moc"
