// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/axisscale.h"
#include "widgets/curves/curveheader.h"
#include "widgets/curves/curveplot.h"
#include "widgets/curves/mergedcurve.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <qcustomplot.h>

#include <QAction>
#include <QClipboard>
#include <QSignalSpy>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

using namespace chainrule;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::unique_ptr<CurvePlot> makePlot(CurvePlot::Quantity quantity)
{
    auto plot = std::make_unique<CurvePlot>(quantity);
    plot->setPalette(themePalette(false));
    plot->resize(400, 270);
    plot->show();
    QCoreApplication::processEvents();
    return plot;
}

/// Three epochs: training 0.9, 0.4, 0.052; validation 0.8, 0.5, 0.163.
void appendThreeEpochs(CurvePlot& plot)
{
    const double training[] = {0.9, 0.4, 0.052};
    const double validation[] = {0.8, 0.5, 0.163};
    for (int epoch = 1; epoch <= 3; ++epoch) {
        plot.appendTraining(epoch, training[epoch - 1]);
        plot.appendValidation(epoch, validation[epoch - 1]);
    }
    plot.refresh();
    QCoreApplication::processEvents();
}

QCustomPlot* inner(CurvePlot& plot)
{
    return plot.findChild<QCustomPlot*>();
}

int pixelsOf(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += image.pixelColor(x, y).rgb() == color.rgb() ? 1 : 0;
    }
    return count;
}

void moveMouse(QWidget& widget, QPoint to)
{
    QMouseEvent move(QEvent::MouseMove, to, widget.mapToGlobal(to), Qt::NoButton, Qt::NoButton,
                     Qt::NoModifier);
    QCoreApplication::sendEvent(&widget, &move);
}

} // namespace

class TestCurvePlot : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void mergedCurveKeepsItsHeightWithinItsCapacity()
    {
        MergedCurve curve(64);
        for (int i = 0; i < 10'000; ++i) {
            curve.append(i, i == 5 ? -9.0 : i == 7'777 ? 9.0 : std::sin(i));
            const std::vector<PlotPoint>& points = curve.points();
            QVERIFY(points.size() <= 64 && (i < 64 || points.size() >= 32));
            const auto [low, high] =
                std::ranges::minmax_element(points, {}, [](const PlotPoint& point) { return point.y; });
            QCOMPARE(low->y, i < 5 ? low->y : -9.0);
            QCOMPARE(high->y, i < 7'777 ? high->y : 9.0);
        }
        for (std::size_t i = 1; i < curve.points().size(); ++i) { // evenly
            const double gap = curve.points()[i].x - curve.points()[i - 1].x;
            QVERIFY(gap > 0.0 && gap < 4.0 * 10'000 / 64);
        }
        for (const PlotPoint& point : curve.points()) { // each a given one
            const int x = static_cast<int>(point.x);
            QCOMPARE(point.y, x == 5 ? -9.0 : x == 7'777 ? 9.0 : std::sin(x));
        }
        curve.clear();
        QVERIFY(curve.points().empty());
    }

    void oneStepIsSeen()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        plot->setEpochs(20);
        const QImage nothing = inner(*plot)->grab().toImage();
        plot->appendPoint(0.1, 1.5);
        plot->refresh();
        QTest::qWait(20);
        const QImage one = inner(*plot)->grab().toImage();
        const QColor line = inner(*plot)->graph(1)->pen().color();
        QVERIFY(pixelsOf(one, line) > 10);
        QCOMPARE(pixelsOf(nothing, line), 0);
    }

    void scales_data()
    {
        QTest::addColumn<double>("newest");
        QTest::addColumn<int>("total");
        QTest::addColumn<double>("least");
        QTest::addColumn<double>("most");
        QTest::newRow("start") << 0.01 << 20 << 0.02 << 0.5;
        QTest::newRow("first epoch") << 1.0 << 20 << 1.02 << 2.0;
        QTest::newRow("thirteenth") << 13.0 << 20 << 13.2 << 16.0;
        QTest::newRow("last") << 20.0 << 20 << 20.0 << 20.0;
        QTest::newRow("beyond the last") << 23.0 << 20 << 23.0 << 30.0;
        QTest::newRow("total not known") << 23.0 << 0 << 23.2 << 30.0;
    }

    void scales()
    {
        QFETCH(double, newest);
        QFETCH(int, total);
        QFETCH(double, least);
        QFETCH(double, most);
        const AxisScale scale = epochScale(newest, total);
        QCOMPARE(scale.lower, 0.0);
        QVERIFY2(scale.upper >= least && scale.upper <= most, qPrintable(QString::number(scale.upper)));
        QVERIFY(scale.upper / scale.step <= 7.0 && scale.upper / scale.step >= 2.0);
    }

    void lossAndAccuracyScalesHoldTheirData()
    {
        for (const double highest : {1e-9, 0.004, 0.37, 2.3026, 2.4, 99.0, 1e7, 1e300}) {
            const AxisScale scale = lossScale(highest);
            QCOMPARE(scale.lower, 0.0);
            QVERIFY(scale.upper >= std::min(highest, lossCeiling) * 0.999999);
            QVERIFY(scale.upper <= std::max(2e-3, 2.0 * std::min(highest, lossCeiling)));
            QVERIFY(std::isfinite(scale.upper));
        }
        for (const double lowest : {-5.0, 0.0, 9.7, 31.0, 55.0, 89.9, 97.0, 100.0}) {
            const AxisScale scale = accuracyScale(lowest);
            QCOMPARE(scale.upper, 100.0);
            QVERIFY(scale.lower <= std::max(0.0, lowest) && scale.lower >= 0.0);
            QCOMPARE(std::fmod(scale.upper - scale.lower, scale.step), 0.0);
        }
    }

    void numbersAreSetForPeople()
    {
        QCOMPARE(numberText(-0.5, 2, QLocale::c()), QStringLiteral("\u22120.50"));
        QCOMPARE(numberText(99.7, 1, QLocale(QLocale::German, QLocale::Germany)), QStringLiteral("99,7"));
        QCOMPARE(numberText(2.5e9, 2, QLocale::c()), QStringLiteral("2.5e+09"));
    }

    void namesAndWords()
    {
        const auto loss = makePlot(CurvePlot::Quantity::Loss);
        const auto accuracy = makePlot(CurvePlot::Quantity::Accuracy);
        QCOMPARE(loss->accessibleName(), QStringLiteral("Loss plot"));
        QCOMPARE(accuracy->accessibleName(), QStringLiteral("Accuracy plot"));
        QVERIFY(!loss->latestTraining() && !loss->latestValidation());

        loss->appendPoint(0.25, 1.5);
        loss->refresh();
        QCOMPARE(loss->accessibleDescription(), QStringLiteral("Epoch 0.25: training loss 1.500"));
        QCOMPARE(loss->latestTraining().value(), 1.5);

        appendThreeEpochs(*loss);
        QCOMPARE(loss->accessibleDescription(),
                 QStringLiteral("Epoch 3: training loss 0.052, validation loss 0.163"));
        QCOMPARE(loss->latestTraining().value(), 0.052);
        QCOMPARE(loss->latestValidation().value(), 0.163);
        // What was before the first step may be told after them, of a run that is shown again.
        loss->appendValidation(0, 2.3);
        QCOMPARE(loss->latestValidation().value(), 0.163);

        accuracy->appendTraining(1, 88.04);
        accuracy->refresh();
        QCOMPARE(accuracy->accessibleDescription(), QStringLiteral("Epoch 1: training accuracy 88.0 %"));
        accuracy->appendValidation(1, 100.0);
        accuracy->refresh();
        QCOMPARE(accuracy->accessibleDescription(),
                 QStringLiteral("Epoch 1: training accuracy 88.0 %, validation accuracy 100.0 %"));

        loss->clear();
        QVERIFY(!loss->latestTraining() && !loss->latestValidation());
        QCOMPARE(loss->accessibleDescription(), QStringLiteral("No values yet"));
    }

    void valuesThatAreNotFiniteStayOut()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        plot->setEpochs(20);
        appendThreeEpochs(*plot);
        const QCPRange before = inner(*plot)->yAxis->range();
        plot->appendPoint(2.4, notANumber);
        plot->appendPoint(2.5, infinity);
        plot->appendPoint(notANumber, 1.0);
        plot->appendTraining(4, notANumber);
        plot->appendValidation(4, -infinity);
        plot->refresh();
        QCOMPARE(plot->latestTraining().value(), 0.052);
        QCOMPARE(inner(*plot)->yAxis->range().upper, before.upper);
        for (int i = 0; i < inner(*plot)->graphCount(); ++i) {
            const auto data = inner(*plot)->graph(i)->data();
            for (const QCPGraphData& point : *data)
                QVERIFY(std::isfinite(point.key) && std::isfinite(point.value));
        }
        const QString note = QStringLiteral("not a number from epoch 2.4 on");
        QCOMPARE(plot->findChild<CurveHeader*>()->note(), note);
        QVERIFY(plot->accessibleDescription().endsWith(note));
        plot->clear();
        QCOMPARE(plot->findChild<CurveHeader*>()->note(), QString());
        plot->appendPoint(0.5, 1e300); // finite, but no axis should go there
        plot->refresh();
        QVERIFY(inner(*plot)->yAxis->range().upper <= lossCeiling);
    }

    void denseLineIsCappedAndCheap()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        for (int i = 0; i < 100000; ++i)
            plot->appendPoint(i / 10000.0, 1.0 + std::sin(i));
        plot->refresh();
        int densest = 0;
        for (int i = 0; i < inner(*plot)->graphCount(); ++i) {
            QCPGraph* graph = inner(*plot)->graph(i);
            densest = std::max(densest, graph->dataCount());
            if (graph->dataCount() > 0) {
                QVERIFY(!graph->antialiased());
                QCOMPARE(graph->pen().widthF(), 1.0);
            }
        }
        QVERIFY2(densest > 500 && densest <= 2000, qPrintable(QString::number(densest)));
        QVERIFY(inner(*plot)->plottingHints().testFlag(QCP::phFastPolylines));

        for (int epoch = 1; epoch <= 300; ++epoch)
            plot->appendTraining(epoch, 1.0);
        plot->refresh();
        for (int i = 0; i < inner(*plot)->graphCount(); ++i)
            QVERIFY(inner(*plot)->graph(i)->dataCount() != 300 || !inner(*plot)->graph(i)->antialiased());
    }

    void aMillionEpochsAreThinned()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        plot->appendValidation(0, 2.5);
        constexpr int epochs = 1'000'000; // without validation samples
        for (int epoch = 1; epoch <= epochs; ++epoch) {
            plot->appendTraining(epoch, 1.0 / epoch);
            if (epoch % 100'000 == 1)
                plot->refresh();
        }
        plot->refresh();
        QCOMPARE(plot->latestTraining(), std::optional(1.0 / epochs));
        QCOMPARE(plot->latestValidation(), std::optional(2.5));
        const std::vector<PlotPoint> shown = plot->values().training;
        QVERIFY2(shown.size() > 2000 && shown.size() <= 4096, qPrintable(QString::number(shown.size())));
        QCOMPARE(shown.back().x, double(epochs));
        // Evenly, and each with its own value.
        const double stride = shown[1].x - shown[0].x;
        for (std::size_t i = 0; i < shown.size(); ++i) {
            QCOMPARE(shown[i].y, 1.0 / shown[i].x);
            QVERIFY(i == 0 || shown[i].x - shown[i - 1].x <= stride);
        }
        plot->clear();
        plot->appendTraining(1, 0.5);
        plot->appendTraining(2, 0.25);
        QCOMPARE(plot->values().training.size(), std::size_t{2});

        QVector<double> other(epochs);
        std::iota(other.begin(), other.end(), 1.0);
        plot->setComparison(other, other);
        QVERIFY(plot->values().comparison.size() <= 4097);
        QCOMPARE(plot->values().comparison.back().x, double(epochs));
    }

    void refreshReplotsOnceAndOnlyWhenNeeded()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        appendThreeEpochs(*plot);
        QTest::qWait(20);
        QSignalSpy replots(inner(*plot), &QCustomPlot::afterReplot);
        plot->appendPoint(3.1, 0.2);
        plot->appendPoint(3.2, 0.2);
        plot->refresh();
        plot->refresh();
        QCOMPARE(replots.count(), 0); // queued, not at once
        QTRY_COMPARE(replots.count(), 1);
        plot->refresh();
        QTest::qWait(20);
        QCOMPARE(replots.count(), 1);
    }

    // A strip above makes the plot lower: what is drawn has the words that fit now.
    void aLowerPlotIsDrawnWithShorterWords()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        const auto low = std::make_unique<CurvePlot>(CurvePlot::Quantity::Loss);
        low->setPalette(themePalette(false));
        low->resize(400, 150);
        low->show();
        plot->resize(400, 150);
        QCoreApplication::processEvents();
        inner(*low)->replot();
        QCOMPARE(inner(*plot)->yAxis->label(), inner(*low)->yAxis->label());
        QVERIFY(inner(*plot)->yAxis->label() != inner(*makePlot(CurvePlot::Quantity::Loss))->yAxis->label());
        const QImage drawn = inner(*plot)->grab().toImage();
        QCOMPARE(drawn, inner(*low)->grab().toImage());
    }

    void crosshairByKeyboard()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        QTest::keyClick(plot.get(), Qt::Key_Right);
        QVERIFY(!plot->crosshairEpoch()); // nothing to stand on
        appendThreeEpochs(*plot);
        QSignalSpy changes(plot.get(), &CurvePlot::crosshairChanged);
        QTest::keyClick(plot.get(), Qt::Key_Left);
        QCOMPARE(plot->crosshairText(), QStringLiteral("Epoch 3: training 0.052, validation 0.163"));
        QTest::keyClick(plot.get(), Qt::Key_Right); // no further
        QCOMPARE(plot->crosshairEpoch().value(), 3.0);
        QTest::keyClick(plot.get(), Qt::Key_Left);
        QCOMPARE(plot->crosshairText(), QStringLiteral("Epoch 2: training 0.400, validation 0.500"));
        QTest::keyClick(plot.get(), Qt::Key_Home);
        QCOMPARE(plot->crosshairEpoch().value(), 1.0);
        QTest::keyClick(plot.get(), Qt::Key_End);
        QCOMPARE(plot->crosshairEpoch().value(), 3.0);
        QTest::keyClick(plot.get(), Qt::Key_Escape);
        QVERIFY(!plot->crosshairEpoch());
        QVERIFY(plot->crosshairText().isEmpty());
        QVERIFY(changes.count() >= 5);
    }

    void crosshairFollowsTheMouseAndStaysInside()
    {
        for (const QSize size : {QSize(400, 270), QSize(210, 160), QSize(900, 200)}) {
            const auto plot = makePlot(CurvePlot::Quantity::Loss);
            plot->resize(size);
            appendThreeEpochs(*plot);
            QTest::qWait(20);
            QCustomPlot* area = inner(*plot);
            for (int epoch = 1; epoch <= 3; ++epoch) {
                const QPoint at(static_cast<int>(area->xAxis->coordToPixel(epoch + 0.3)),
                                area->axisRect()->center().y());
                moveMouse(*plot, area->mapTo(plot.get(), at));
                QCOMPARE(plot->crosshairEpoch().value(), static_cast<double>(epoch));
                QVERIFY(!plot->crosshairRect().isEmpty());
                QVERIFY(area->geometry().contains(plot->crosshairRect()));
            }
            moveMouse(*plot, QPoint(5, 5));
            QVERIFY(!plot->crosshairEpoch());
        }
    }

    void comparisonIsDrawnAndRead()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        appendThreeEpochs(*plot);
        plot->setComparison({1, 2, 3, 4}, {4.0, 3.0, notANumber, 1.0});
        QVERIFY(inner(*plot)->yAxis->range().upper >= 4.0);
        plot->setCrosshair(2.2);
        QCOMPARE(plot->crosshairText(),
                 QStringLiteral("Epoch 2: training 0.400, validation 0.500, earlier 3.000"));
        plot->clearComparison();
        QVERIFY(inner(*plot)->yAxis->range().upper < 4.0);
    }

    void copies()
    {
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        plot->appendTraining(1, 0.5);
        plot->appendTraining(2, 0.25);
        plot->appendValidation(2, 0.125);
        plot->refresh();
        QLocale::setDefault(QLocale::c());
        QCOMPARE(plot->valuesAsCsv(),
                 QStringLiteral("epoch,training_loss,validation_loss\n1,0.5,\n2,0.25,0.125\n"));
        for (QAction* action : plot->actions())
            action->trigger();
        QCOMPARE(plot->actions().size(), 2);
        QCOMPARE(QGuiApplication::clipboard()->text(), plot->valuesAsCsv()); // the last action's
        QCOMPARE(plot->picture().size(), plot->size() * plot->devicePixelRatioF());
    }

    void themeChangeRecolours()
    {
        const auto plot = makePlot(CurvePlot::Quantity::Loss);
        appendThreeEpochs(*plot);
        QTest::qWait(20);
        const ThemeColors& light = themeColors(themePalette(false));
        const ThemeColors& dark = themeColors(themePalette(true));
        const QImage before = plot->grab().toImage();
        QVERIFY(pixelsOf(before, light.panel) > before.width() * before.height() / 2);
        QVERIFY(pixelsOf(before, light.accent) > 20);
        QVERIFY(pixelsOf(before, light.validation) > 20);
        plot->setPalette(themePalette(true));
        QTest::qWait(20);
        const QImage after = plot->grab().toImage();
        QVERIFY(pixelsOf(after, dark.panel) > after.width() * after.height() / 2);
        QVERIFY(pixelsOf(after, dark.accent) > 20);
        QVERIFY(pixelsOf(after, dark.validation) > 20);
        QCOMPARE(pixelsOf(after, light.panel), 0);
        QCOMPARE(pixelsOf(after, light.validation), 0);
    }
};

QTEST_MAIN(TestCurvePlot)
#include "tst_curveplot.moc"
