// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/digitimage.h"
#include "tests/core/drawings.h"

#include <QtTest>

#include <numeric>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

// A hand that wanders over a canvas of side 1, partly beyond it.
Stroke wandering(Random& random, int points)
{
    Stroke stroke;
    StrokePoint at{uniform(random, 0.2, 0.8), uniform(random, 0.2, 0.8)};
    double dx = 0.0;
    double dy = 0.0;
    for (int i = 0; i < points; ++i) {
        stroke.push_back(at);
        dx = 0.8 * dx + 0.02 * normal(random);
        dy = 0.8 * dy + 0.02 * normal(random);
        at = {at.x + dx, at.y + dy};
    }
    return stroke;
}

StrokeSample onCanvas(const std::vector<Stroke>& digit)
{
    return *placedOnCanvas({digit, {}, {}, {}});
}

double mass(const InkImage& ink)
{
    return std::accumulate(ink.ink.begin(), ink.ink.end(), 0.0);
}

} // namespace

class TestCanvas : public QObject {
    Q_OBJECT

private slots:
    // However a stroke's points come in, the ink is that of the whole stroke, at every moment.
    void liveStrokesAreWholeStrokes()
    {
        Random random = makeRandom(1);
        for (int round = 0; round < 24; ++round) {
            const bool erases = round % 3 == 2;
            const double pen = uniform(random, 0.01, 0.2) * (erases ? -1.0 : 1.0);
            const Stroke points = wandering(random, 1 + static_cast<int>(uniform(random, 0.0, 120.0)));
            InkImage before = canvasWith({});
            drawOnCanvas(before, wandering(random, 40), 0.15);
            InkImage ground = before;
            InkImage shown;
            LiveStroke live = strokeOnCanvas({}, pen);
            for (std::size_t i = 0; i < points.size(); ++i) {
                live.points.push_back({points[i].x * canvasSide, points[i].y * canvasSide});
                showLive(live, ground, shown);
                if (i % 17 != 0 && i + 1 != points.size())
                    continue;
                InkImage whole = before;
                drawOnCanvas(
                    whole, Stroke(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(i) + 1), pen);
                QVERIFY(shown == whole);
            }
            // A long stroke is not drawn from its beginning again and again.
            if (points.size() > 100 && std::abs(pen) < 0.05)
                QVERIFY(live.settled > 20);
        }
    }

    void erasingTakesInkAway()
    {
        const Stroke line{{0.2, 0.5}, {0.5, 0.5}, {0.8, 0.5}};
        const StrokeSample drawn{{line}, {}, {0.08}, {}};
        const StrokeSample erased{{line, line}, {}, {0.08, -0.16}, {}};
        QVERIFY(mass(*drawingInk(drawn)) > 0.0);
        QCOMPARE(mass(*drawingInk(erased)), 0.0);
        // Ink that is drawn afterwards stays.
        const StrokeSample again{{line, line, line}, {}, {0.08, -0.16, 0.08}, {}};
        QVERIFY(*drawingInk(again) == *drawingInk(drawn));
    }

    // Strokes without a pen, placed on the canvas, look to a network as they do without one.
    void placedStrokesLookAlike()
    {
        for (const auto& digit : drawnDigits()) {
            const auto alone = prepareDigit(*inkFromStrokes(digit));
            const StrokeSample placed = onCanvas(digit);
            QCOMPARE(placed.pens.size(), digit.size());
            const auto there = prepareDigit(*drawingInk(placed));
            QVERIFY(alone && there);
            double difference = 0.0;
            for (std::size_t i = 0; i < alone->image.size(); ++i)
                difference += std::abs(alone->image[i] - there->image[i]);
            QVERIFY2(difference / 784.0 < 2.5, qPrintable(QString::number(difference / 784.0)));
            QVERIFY(*placedOnCanvas(placed) == placed);
        }
    }

    void nothingToPlace()
    {
        QVERIFY(!placedOnCanvas({{{{3, 4}}}, {}, {}, {}}));
        QVERIFY(!placedOnCanvas({{}, {}, {}, {}}));
    }

    void aPictureStaysAsItIs()
    {
        InkImage picture = emptyInk(20, 40);
        fillRectangle(picture, 5, 10, 8, 20, 200);
        QVERIFY(*drawingInk({{}, {}, {}, picture}) == picture);
        // With a stroke it is brought to the canvas: the same share of it is ink.
        const InkImage canvas = canvasWith(picture);
        QCOMPARE(canvas.width, canvasSide);
        QCOMPARE(canvas.height, canvasSide);
        const double share = mass(picture) / (40.0 * 40.0);
        const double fitted = mass(canvas) / (1.0 * canvasSide * canvasSide);
        QVERIFY(std::abs(fitted - share) < 0.02 * share);
        const StrokeSample both{{{{0.1, 0.1}, {0.2, 0.2}}}, {}, {0.05}, picture};
        QVERIFY(mass(*drawingInk(both)) > mass(canvas));
    }

    void fitsInk()
    {
        // 30 x 10 becomes 6 x 6: five pixels to one, with paper above and below.
        InkImage ink = emptyInk(30, 10);
        fillRectangle(ink, 0, 0, 5, 10, 100);
        fillRectangle(ink, 25, 5, 5, 5, 250);
        const InkImage fitted = fitInk(ink, 6);
        for (int y = 0; y < 6; ++y) {
            for (int x = 0; x < 6; ++x) {
                const int expected = x == 0 && (y == 2 || y == 3) ? 100 : x == 5 && y == 3 ? 250 : 0;
                QCOMPARE(int{fitted.ink[static_cast<std::size_t>(6 * y + x)]}, expected);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestCanvas)
#include "tst_canvas.moc"
