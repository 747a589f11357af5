// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/scale.h"

#include "core/data/readers/csv.h"
#include "core/training/runsetup.h"

#include <QTest>
#include <cmath>

using namespace chainrule;

namespace {

std::shared_ptr<const Dataset> table(const std::string& text)
{
    auto data = parseCsv(text, "table.csv");
    return data ? std::make_shared<const Dataset>(std::move(*data)) : nullptr;
}

TrainingSettings settingsFor(SampleCounts samples, bool shuffle)
{
    TrainingSettings settings = presets().front().settings;
    settings.samples = samples;
    settings.shuffle = shuffle;
    return settings;
}

constexpr Given allSamples{{true, true, true}, false};

} // namespace

class TestScale : public QObject {
    Q_OBJECT

private slots:
    void isThatOfTheTrainingSamples()
    {
        // By hand, as numpy.mean() and numpy.std() over the first three rows: 3 and the root of (4 + 1 + 9) /
        // 3, 0.5 and the root of (0 + 1/4 + 1/4) / 3.
        const auto data = table("x,y,label\n1,0.5,a\n2,1,b\n6,0,a\n100,8,b\n-7,9.5,a\n");
        QVERIFY(data);
        const auto setup = prepareRun(settingsFor({3, 1, 1}, false), allSamples, data);
        QVERIFY2(setup, setup ? "" : setup.error().message().c_str());
        const std::vector<InputScale> expected{{3.0, std::sqrt(14.0 / 3.0)}, {0.5, std::sqrt(0.5 / 3.0)}};
        QVERIFY(scaleOf(*setup->data) == expected);
        QVERIFY(scaleFrom(*data, setup->split.training) == expected);
        // All samples are brought to it, those that it was not taken from as well.
        for (std::size_t row = 0; row < 5; ++row) {
            const double x = data->measured[2 * row];
            QCOMPARE(setup->data->features[2 * row], static_cast<float>((x - 3.0) / std::sqrt(14.0 / 3.0)));
        }
        // What is shown before there is a run is on the scale of all rows.
        QCOMPARE(scaleOf(*data)[0].mean, 20.4);
    }

    void otherSamplesHaveNoSay()
    {
        const auto data = table("x,label\n1,a\n2,b\n6,a\n100,b\n");
        const auto other = table("x,label\n1,a\n2,b\n6,a\n-123456,b\n");
        QVERIFY(data && other);
        const auto one = prepareRun(settingsFor({3, 0, 1}, false), allSamples, data);
        const auto two = prepareRun(settingsFor({3, 0, 1}, false), allSamples, other);
        QVERIFY(one && two);
        QVERIFY(scaleOf(*one->data) == scaleOf(*two->data));
        for (std::size_t row = 0; row < 3; ++row)
            QCOMPARE(one->data->features[row], two->data->features[row]);
        QVERIFY(one->data->features[3] != two->data->features[3]);
        QVERIFY(scaleOf(*data) != scaleOf(*other));
    }

    void followsTheShuffledSplit()
    {
        std::string text = "x,label\n";
        for (int i = 0; i < 40; ++i)
            text += std::to_string(i * i) + (i % 2 == 0 ? ",a\n" : ",b\n");
        const auto data = table(text);
        const auto setup = prepareRun(settingsFor({20, 10, 10}, true), allSamples, data);
        QVERIFY(setup);
        double sum = 0.0;
        double squares = 0.0;
        for (const std::uint32_t sample : setup->split.training) {
            sum += static_cast<double>(sample * sample);
            squares += static_cast<double>(sample * sample) * static_cast<double>(sample * sample);
        }
        const InputScale scale = scaleOf(*setup->data).front();
        QCOMPARE(scale.mean, sum / 20.0);
        QVERIFY(std::abs(scale.deviation - std::sqrt(squares / 20.0 - scale.mean * scale.mean)) < 1e-9);
    }

    // A float holds steps of 64 at 1e9: nothing of these differences would be left in one.
    void subtractsBeforeItRounds()
    {
        const auto data = table("x,label\n1000000000,a\n1000000000.25,b\n1000000000.5,a\n1000000000.75,b\n");
        QVERIFY(data);
        const auto setup = prepareRun(settingsFor({4, 0, 0}, false), allSamples, data);
        QVERIFY(setup);
        const double deviation = std::sqrt(0.3125 / 4.0); // of 0.375, 0.125, 0.125, 0.375
        QVERIFY(scaleOf(*setup->data) == (std::vector<InputScale>{{1000000000.375, deviation}}));
        for (std::size_t row = 0; row < 4; ++row)
            QCOMPARE(setup->data->features[row],
                     static_cast<float>((0.25 * static_cast<double>(row) - 0.375) / deviation));
    }

    void isNothingWhereTrainingSamplesAreAlike()
    {
        const auto data = table("x,y,label\n0.1,1,a\n0.1,2,b\n0.1,3,a\n5,4,b\n");
        QVERIFY(data);
        const auto setup = prepareRun(settingsFor({3, 0, 1}, false), allSamples, data);
        QVERIFY(setup);
        // Though a third of the sum of three 0.1 is another number.
        QVERIFY(scaleOf(*setup->data)[0] == (InputScale{0.1, 0.0}));
        QCOMPARE(setup->data->features[0], 0.0F);
        QCOMPARE(setup->data->features[6], 0.0F);
    }

    void isThatOfGivenWeights()
    {
        const auto data = table("x,label\n1,a\n2,b\n6,a\n100,b\n");
        QVERIFY(data);
        const auto own = prepareRun(settingsFor({3, 0, 1}, false), allSamples, data);
        QVERIFY(own);
        const std::vector<InputScale> given{{10.0, 4.0}};
        Network network = own->initial;
        network.scale = given;
        const auto setup = prepareRun(settingsFor({3, 0, 1}, false), allSamples, data, network);
        QVERIFY2(setup, setup ? "" : setup.error().message().c_str());
        QVERIFY(scaleOf(*setup->data) == given);
        QCOMPARE(setup->data->features[3], 22.5F);
        // Weights whose scale is not known, of a file from before it was kept, have learned from all rows'.
        network.scale.clear();
        const auto unknown = prepareRun(settingsFor({3, 0, 1}, false), allSamples, data, network);
        QVERIFY(unknown);
        QVERIFY(scaleOf(*unknown->data) == scaleOf(*data));
    }
};

QTEST_GUILESS_MAIN(TestScale)
#include "tst_scale.moc"
