// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/predictiongrid.h"
#include "widgets/style/theme.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QMenu>
#include <QSignalSpy>
#include <QTimer>
#include <QtTest>

#include <limits>
#include <map>
#include <memory>
#include <vector>

using namespace chainrule;

namespace {

QImage checkered()
{
    QImage image(28, 28, QImage::Format_Grayscale8);
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x)
            image.scanLine(y)[x] = (x + y) % 2 ? 255 : 0;
    }
    return image;
}

/// Sample 100 + i says i; number 3 is predicted as 8, the others rightly.
std::vector<Prediction> tenPredictions()
{
    std::vector<Prediction> predictions;
    for (int i = 0; i < 10; ++i) {
        const int predicted = i == 3 ? 8 : i;
        predictions.push_back({static_cast<std::size_t>(100 + i), checkered(), QString::number(predicted),
                               QString::number(i), predicted == i, 0.5});
    }
    return predictions;
}

std::unique_ptr<PredictionGrid> makeGrid(QSize size = {820, 300})
{
    auto grid = std::make_unique<PredictionGrid>();
    grid->setPalette(themePalette(false));
    grid->resize(size);
    grid->setPredictions(tenPredictions());
    grid->show();
    grid->activateWindow();
    static_cast<void>(QTest::qWaitForWindowActive(grid.get()));
    return grid;
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

class PaintCounter : public QObject {
public:
    explicit PaintCounter(const PredictionGrid& grid)
    {
        for (int i = 0; i < PredictionGrid::tileCount; ++i)
            grid.tile(i)->installEventFilter(this);
    }
    std::map<QObject*, int> counts;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint)
            ++counts[watched];
        return false;
    }
};

} // namespace

class TestPredictionGrid : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void namesAndDescriptions()
    {
        const auto grid = makeGrid();
        QCOMPARE(grid->accessibleName(), QStringLiteral("Predictions"));
        QCOMPARE(grid->children().size(), 10);
        QCOMPARE(grid->tile(7)->accessibleName(), QStringLiteral("Pred: 7 (True: 7)"));
        QCOMPARE(grid->tile(7)->accessibleDescription(), QStringLiteral("correct"));
        QCOMPARE(grid->tile(3)->accessibleName(), QStringLiteral("Pred: 8 (True: 3)"));
        QCOMPARE(grid->tile(3)->accessibleDescription(), QStringLiteral("wrong"));
    }

    void tilesAreReusedAndMayBeEmpty()
    {
        const auto grid = makeGrid();
        const QObjectList before = grid->children();
        std::vector<Prediction> predictions = tenPredictions();
        predictions.resize(4);
        predictions[1].predicted.clear();
        grid->setPredictions(predictions);
        QCOMPARE(grid->children(), before);
        QCOMPARE(grid->tile(1)->accessibleName(), QStringLiteral("True: 1"));
        QVERIFY(grid->tile(1)->accessibleDescription() != QStringLiteral("correct"));
        QVERIFY(grid->tile(1)->accessibleDescription() != QStringLiteral("wrong"));
        QVERIFY(grid->tile(3)->isEnabled() && !grid->tile(4)->isEnabled());
        const ThemeColors& colors = themeColors(grid->palette());
        const QImage quiet = grid->tile(1)->grab().toImage();
        QCOMPARE(pixelsOf(quiet, colors.correctFill) + pixelsOf(quiet, colors.wrongFill), 0);
        predictions.assign(25, tenPredictions()[0]); // more than there is room for
        grid->setPredictions(predictions);
        QCOMPARE(grid->children(), before);
        grid->setPredictions({});
        QVERIFY(!grid->tile(0)->isEnabled());
    }

    void coloursByVerdict()
    {
        const auto grid = makeGrid();
        for (const bool dark : {false, true}) {
            grid->setPalette(themePalette(dark));
            const ThemeColors& colors = themeColors(grid->palette());
            const QImage correct = grid->tile(4)->grab().toImage();
            const QImage wrong = grid->tile(3)->grab().toImage();
            QVERIFY(pixelsOf(correct, colors.correctFill) > 1000);
            QVERIFY(pixelsOf(correct, colors.correct) > 100);
            QCOMPARE(pixelsOf(correct, colors.wrong) + pixelsOf(correct, colors.wrongFill), 0);
            QVERIFY(pixelsOf(wrong, colors.wrongFill) > 1000);
            QVERIFY(pixelsOf(wrong, colors.wrong) > 100);
            QCOMPARE(pixelsOf(wrong, colors.correct) + pixelsOf(wrong, colors.correctFill), 0);
        }
    }

    void imageIsNearestNeighbourInTheMiddle()
    {
        const auto grid = makeGrid();
        const QRectF rect = grid->tile(0)->imageRect();
        QCOMPARE(rect.width(), rect.height());
        QVERIFY(rect.width() >= 56.0);
        QVERIFY(std::abs(rect.center().x() - grid->tile(0)->width() / 2.0) <= 1.0);
        const QImage shown = grid->tile(0)->grab().toImage();
        for (int y = qCeil(rect.top()); y < qFloor(rect.bottom()); ++y) {
            for (int x = qCeil(rect.left()); x < qFloor(rect.right()); ++x) {
                const QRgb pixel = shown.pixel(x, y);
                QVERIFY(pixel == qRgb(0, 0, 0) || pixel == qRgb(255, 255, 255));
            }
        }
    }

    void confidenceBarHasItsShare()
    {
        const auto grid = makeGrid();
        std::vector<Prediction> predictions = tenPredictions();
        predictions[0].confidence = 0.25;
        predictions[1].confidence = 7.0; // clamped
        predictions[2].confidence = std::numeric_limits<double>::quiet_NaN();
        grid->setPredictions(predictions);
        const QColor green = themeColors(grid->palette()).correct;
        // The longest run of the colour in any row is the bar.
        const auto bar = [&](int index) {
            const QImage image = grid->tile(index)->grab().toImage();
            int longest = 0;
            for (int y = image.height() / 2; y < image.height(); ++y) {
                int run = 0;
                for (int x = 0; x < image.width(); ++x) {
                    run = image.pixel(x, y) == green.rgb() ? run + 1 : 0;
                    longest = std::max(longest, run);
                }
            }
            return static_cast<double>(longest) / image.width();
        };
        QVERIFY(std::abs(bar(0) - 0.25) < 0.03);
        QVERIFY(bar(1) > 0.95);
        QVERIFY(bar(2) < 0.03);
        QVERIFY(std::abs(bar(4) - 0.5) < 0.03);
    }

    void onlyChangedTilesRepaint()
    {
        const auto grid = makeGrid();
        QTest::qWait(20);
        PaintCounter counter(*grid);
        grid->setPredictions(tenPredictions());
        QTest::qWait(20);
        QVERIFY(counter.counts.empty());
        std::vector<Prediction> predictions = tenPredictions();
        predictions[6].confidence = 0.75;
        grid->setPredictions(predictions);
        QTRY_COMPARE(counter.counts.size(), std::size_t{1});
        QVERIFY(counter.counts.count(grid->tile(6)) == 1);
        grid->setPalette(themePalette(true));
        QTRY_COMPARE(counter.counts.size(), std::size_t{10});
    }

    void selectionIsExclusiveAndFollowsItsSample()
    {
        const auto grid = makeGrid();
        QSignalSpy activated(grid.get(), &PredictionGrid::tileActivated);
        QTest::mouseClick(grid->tile(2), Qt::LeftButton);
        QTest::mouseClick(grid->tile(5), Qt::LeftButton);
        QTest::mouseClick(grid->tile(5), Qt::LeftButton); // stays selected
        QCOMPARE(activated.count(), 3);
        QCOMPARE(activated.last().first().value<std::size_t>(), std::size_t{105});
        QCOMPARE(grid->selectedSample().value(), std::size_t{105});
        QVERIFY(!grid->tile(2)->isChecked());

        std::vector<Prediction> predictions = tenPredictions();
        std::swap(predictions[5], predictions[0]);
        grid->setPredictions(predictions);
        QVERIFY(grid->tile(0)->isChecked() && !grid->tile(5)->isChecked());
        predictions[0].sample = 7;
        grid->setPredictions(predictions);
        QVERIFY(!grid->selectedSample());
        grid->setSelectedSample(109);
        QVERIFY(grid->tile(9)->isChecked());
        QCOMPARE(activated.count(), 3);
    }

    void arrowKeysMoveTheFocus()
    {
        const auto grid = makeGrid();
        grid->tile(0)->setFocus();
        QTRY_VERIFY(grid->tile(0)->hasFocus());
        const auto press = [&](Qt::Key key) { QTest::keyClick(QApplication::focusWidget(), key); };
        press(Qt::Key_Right);
        QVERIFY(grid->tile(1)->hasFocus());
        press(Qt::Key_Down);
        QVERIFY(grid->tile(6)->hasFocus());
        press(Qt::Key_Down); // no third row
        QVERIFY(grid->tile(6)->hasFocus());
        press(Qt::Key_Left);
        press(Qt::Key_Up);
        QVERIFY(grid->tile(0)->hasFocus());
        press(Qt::Key_Left);
        QVERIFY(grid->tile(0)->hasFocus());
        press(Qt::Key_End);
        QVERIFY(grid->tile(9)->hasFocus());
        QVERIFY(!grid->selectedSample()); // looking is not choosing
        QSignalSpy activated(grid.get(), &PredictionGrid::tileActivated);
        press(Qt::Key_Return);
        press(Qt::Key_Space);
        QCOMPARE(activated.count(), 2);
        QCOMPARE(grid->selectedSample().value(), std::size_t{109});
        int tabStops = 0;
        for (int i = 0; i < 10; ++i)
            tabStops += (grid->tile(i)->focusPolicy() & Qt::TabFocus) ? 1 : 0;
        QCOMPARE(tabStops, 1);
    }

    void contextMenuIsAboutItsTile()
    {
        const auto grid = makeGrid();
        QAction action(QStringLiteral("Show"));
        int triggered = 0;
        connect(&action, &QAction::triggered, this, [&] { ++triggered; });
        // Qt sends the event to the tile and, as that ignores it, to the grid.
        const auto ask = [&](QContextMenuEvent::Reason reason, PredictionTile* tile, bool choose) {
            bool shown = false;
            QTimer::singleShot(0, this, [&] {
                auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
                shown = menu != nullptr;
                if (!menu)
                    return;
                if (choose)
                    QTest::keyClick(menu, Qt::Key_Down);
                QTest::keyClick(menu, choose ? Qt::Key_Return : Qt::Key_Escape);
            });
            const QPoint at = tile->rect().center();
            QContextMenuEvent event(reason, at, tile->mapToGlobal(at));
            QApplication::sendEvent(tile, &event);
            QCoreApplication::processEvents();
            return shown;
        };
        QVERIFY(!ask(QContextMenuEvent::Mouse, grid->tile(3), true)); // nothing to choose from
        QVERIFY(!grid->selectedSample());
        grid->addAction(&action);
        QSignalSpy activated(grid.get(), &PredictionGrid::tileActivated);
        QVERIFY(ask(QContextMenuEvent::Mouse, grid->tile(3), true));
        QCOMPARE(triggered, 1);
        QCOMPARE(grid->selectedSample().value(), std::size_t{103});
        QCOMPARE(activated.count(), 1);
        QVERIFY(ask(QContextMenuEvent::Mouse, grid->tile(8), false));
        QCOMPARE(triggered, 1);
        QCOMPARE(grid->selectedSample().value(), std::size_t{108});

        grid->activateWindow(); // as the desktop does after a menu
        grid->tile(6)->setFocus();
        QTRY_VERIFY(grid->tile(6)->hasFocus());
        QVERIFY(ask(QContextMenuEvent::Keyboard, grid->tile(6), true));
        QCOMPARE(triggered, 2);
        QCOMPARE(grid->selectedSample().value(), std::size_t{106});

        std::vector<Prediction> four = tenPredictions();
        four.resize(4);
        grid->setPredictions(four);
        QVERIFY(!ask(QContextMenuEvent::Mouse, grid->tile(9), true)); // an empty frame
        QCOMPARE(triggered, 2);
    }

    void staysWholeAtEverySize()
    {
        QFont large = QApplication::font();
        large.setPointSize(14);
        for (const int width : {560, 700, 900}) {
            for (const int height : {240, 420}) {
                const auto grid = makeGrid({width, height});
                grid->setFont(large);
                QVERIFY2(grid->minimumSizeHint().width() <= 560,
                         qPrintable(QString::number(grid->minimumSizeHint().width())));
                QVERIFY(grid->minimumSizeHint().height() <= 240);
                for (int i = 0; i < 10; ++i) {
                    const PredictionTile* tile = grid->tile(i);
                    QVERIFY(grid->rect().contains(tile->geometry()));
                    QVERIFY(tile->width() >= tile->narrowestWidth());
                    QVERIFY(QRectF(tile->rect()).contains(tile->imageRect()));
                    QVERIFY(tile->imageRect().width() >= 28.0);
                }
                QCOMPARE(grid->tile(9)->geometry().right(), width - 1);
            }
        }
    }
};

QTEST_MAIN(TestPredictionGrid)
#include "tst_predictiongrid.moc"
