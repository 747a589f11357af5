// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/data/digits/digits.h"
#include "core/data/ink/digitimage.h"
#include "core/data/ink/strokeink.h"
#include "core/data/photo/pictureink.h"
#include "core/data/readers/sources.h"
#include "core/training/engines/engine.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"
#include "tests/core/drawings.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <array>
#include <memory>
#include <numeric>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

constexpr int canvas = 400;

/// A drawing on a canvas: `scale` canvas pixels for one of its units, its box's corner at (x, y).
InkImage onCanvas(const std::vector<Stroke>& strokes, double x, double y, double scale, double pen,
                  int side = canvas)
{
    InkImage ink = emptyInk(side, side);
    for (Stroke stroke : strokes) {
        for (StrokePoint& point : stroke)
            point = {x + scale * point.x, y + scale * point.y};
        drawStroke(ink, stroke, 0.5 * pen);
    }
    return ink;
}

DigitImage prepared(const InkImage& ink)
{
    const auto digit = prepareDigit(ink);
    if (!digit)
        qFatal("%s", digit.error().message().c_str());
    return digit->image;
}

DigitImage fromPicture(const std::vector<std::uint8_t>& rgba, int width, int height)
{
    const auto ink = findInk({width, height, rgba});
    if (!ink)
        qFatal("%s", ink.error().message().c_str());
    return prepared(*ink);
}

} // namespace

class TestDigitImage : public QObject {
    Q_OBJECT

private:
    // A small network that tells built-in digits from each other, and what it says.
    std::unique_ptr<Engine> m_engine;

    int read(const DigitImage& image)
    {
        Dataset data;
        data.width = data.height = 28;
        data.classes = 10;
        data.pixels.assign(image.begin(), image.end());
        data.labels = {0};
        const auto answer = predict(*m_engine, data, indices(0, 1));
        return answer.front().label;
    }

private slots:
    void initTestCase()
    {
        TrainingSettings settings;
        settings.samples = {12000, 0, 0};
        settings.layers = {{48, Activation::Relu}, {10, Activation::Softmax}};
        settings.optimizer = OptimizerKind::Momentum;
        settings.learningRate = 0.02;
        settings.epochs = 8;
        settings.augment = true;
        const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(makeDigits(12000, 3)));
        Control control(settings.learningRate);
        Feed feed;
        const auto outcome = train(*setup, control, feed, {});
        m_engine =
            std::make_unique<Engine>(makeEngine(outcome.network, EngineKind::Matrix, Precision::Float, 0, 1));
    }

    // A bar of 6 by 40: two pixels of it make one of the network's, so that it is 3 by 20 there. Its centre
    // of mass comes to index 14 both ways: columns 13 to 15, and rows from half of 4 to half of 24.
    void goldenBar()
    {
        InkImage ink = emptyInk(100, 70);
        fillRectangle(ink, 11, 5, 6, 40);
        const auto digit = prepareDigit(ink);
        QVERIFY(digit);
        for (int y = 0; y < 28; ++y) {
            for (int x = 0; x < 28; ++x) {
                const int row = y == 4 || y == 24 ? 128 : (y > 4 && y < 24 ? 255 : 0);
                QCOMPARE(int{digit->image[static_cast<std::size_t>(y * 28 + x)]},
                         x >= 13 && x <= 15 ? row : 0);
            }
        }
        QCOMPARE(digit->pixel, 2.0);
        QCOMPARE(digit->left, 11.0 - 2 * 13);
        QCOMPARE(digit->top, 5.0 - 2 * 4.5);
    }

    // Ink that has the network's size already is only moved, by whole pixels: an L of 3 by 20 and 12 by 3.
    void goldenWholePixels()
    {
        InkImage ink = emptyInk(40, 30);
        fillRectangle(ink, 2, 1, 3, 20);
        fillRectangle(ink, 5, 18, 9, 3, 200);
        // Mass 60 at (1, 9.5), and 27 * 200 / 255 = 21.18 at (7, 18): the centre lies at (2.57, 11.72), and
        // 14 - 2.57 = 11.43 and 14 - 11.72 = 2.28 round to 11 and 2.
        DigitImage expected{};
        for (std::size_t y = 0; y < 20; ++y)
            for (std::size_t x = 0; x < 3; ++x)
                expected[(y + 2) * 28 + x + 11] = 255;
        for (std::size_t y = 17; y < 20; ++y)
            for (std::size_t x = 3; x < 12; ++x)
                expected[(y + 2) * 28 + x + 11] = 200;
        QVERIFY(prepared(ink) == expected);
    }

    // One pixel of the network's is the mean of what it covers.
    void goldenShrink()
    {
        InkImage ink = emptyInk(56, 28); // paper of 14 rows is added above and below
        fillRectangle(ink, 0, 0, 3, 1, 100);
        const auto raw = shrinkCanvas(ink);
        QVERIFY(raw);
        DigitImage expected{};
        expected[7 * 28] = 50;     // two of four pixels
        expected[7 * 28 + 1] = 25; // one of four
        QVERIFY(raw->image == expected);
        QCOMPARE(raw->pixel, 2.0);
        QCOMPARE(raw->left, 0.0);
        QCOMPARE(raw->top, -14.0);
    }

    void measuresStrokes()
    {
        // A long bar's edge is its circumference: 2 * 1800 / 612 = 5.88.
        InkImage ink = emptyInk(320, 20);
        fillRectangle(ink, 10, 5, 300, 6);
        QVERIFY(std::abs(strokeWidth(ink) - 5.88) < 0.05);
        for (const double pen : {6.0, 12.0, 25.0}) {
            // Its ends are tapered, and where strokes meet is less edge.
            const double width = strokeWidth(onCanvas(drawnDigits()[2], 60, 60, 2.5, pen));
            QVERIFY2(width > 0.85 * pen && width < 1.1 * pen, qPrintable(QString::number(width)));
        }
        QCOMPARE(strokeWidth(emptyInk(5, 5)), 0.0);
    }

    void frameIsMnists()
    {
        for (const auto& strokes : drawnDigits()) {
            const auto ink = inkFromStrokes(strokes);
            QVERIFY(ink);
            const DigitImage image = prepared(*ink);
            const Centre centre = centreOf(image);
            QVERIFY(std::abs(centre.x - 14.0) < 0.1);
            QVERIFY(std::abs(centre.y - 14.0) < 0.1);
            // 20 pixels, or 21 where its edges fall within pixels.
            int top = 28;
            int bottom = 0;
            for (int i = 0; i < 784; ++i) {
                if (image[static_cast<std::size_t>(i)] > 0) {
                    top = std::min(top, i / 28);
                    bottom = std::max(bottom, i / 28 + 1);
                }
            }
            QVERIFY(bottom - top == 20 || bottom - top == 21);
            // MNIST's own: 38 % of the inked pixels are full, 42 % between an eighth and seven eighths.
            int inked = 0;
            int full = 0;
            for (const std::uint8_t value : image) {
                inked += value > 0;
                full += value >= 250;
            }
            QVERIFY2(full > inked / 5 && full < inked * 3 / 5, qPrintable(QString::number(full)));
        }
    }

    // Built-in digits and MNIST's have the frame already: to prepare them again changes next to nothing.
    void preparedStaysPrepared()
    {
        std::vector<DigitImage> images;
        for (std::uint64_t i = 0; i < 100; ++i)
            images.push_back(drawDigit(static_cast<int>(i % 10), 4, i));
        if (const auto folder = mnistFolder()) {
            const auto mnist = loadDataset(*folder);
            QVERIFY(mnist);
            for (std::size_t i = 0; i < 300; ++i) {
                const auto bytes = image(*mnist, i);
                std::copy(bytes.begin(), bytes.end(), images.emplace_back().begin());
            }
        }
        double sum = 0.0;
        for (const DigitImage& image : images) {
            const InkImage ink{28, 28, {image.begin(), image.end()}};
            const double changed = difference(prepared(ink), image);
            sum += changed;
        }
        // Some have too thin or too thick strokes, and some an edge too faint to count.
        QVERIFY2(sum / static_cast<double>(images.size()) < 0.05,
                 qPrintable(QString::number(sum / static_cast<double>(images.size()))));
    }

    void shiftChangesNothing()
    {
        for (const auto& strokes : drawnDigits()) {
            const DigitImage here = prepared(onCanvas(strokes, 40, 50, 2.0, 24));
            QVERIFY(prepared(onCanvas(strokes, 163, 111, 2.0, 24)) == here);
            QVERIFY(difference(prepared(onCanvas(strokes, 90.4, 71.7, 2.0, 24)), here) < 0.03);
        }
    }

    void scaleHardlyMatters()
    {
        for (const auto& strokes : drawnDigits()) {
            const DigitImage small = prepared(onCanvas(strokes, 30, 30, 1.0, 12));
            QVERIFY(difference(prepared(onCanvas(strokes, 30, 30, 2.0, 24)), small) < 0.03);
            QVERIFY(difference(prepared(onCanvas(strokes, 90, 90, 10.0, 120, 1200)), small) < 0.04);
        }
    }

    // Pens from a hair to a marker: what they leave is brought into the range of MNIST's, and read the same.
    void penHardlyMatters()
    {
        int changed = 0;
        int all = 0;
        for (const auto& strokes : drawnDigits()) {
            const DigitImage usual = prepared(onCanvas(strokes, 90, 60, 2.6, 32));
            const int digit = read(usual);
            for (const double pen : {3.0, 8.0, 16.0, 24.0, 40.0, 56.0}) {
                const DigitImage other = prepared(onCanvas(strokes, 90, 60, 2.6, pen));
                QVERIFY2(difference(other, usual) < 0.35,
                         qPrintable(QString("pen %1: %2").arg(pen).arg(difference(other, usual))));
                changed += read(other) != digit;
                ++all;
            }
        }
        QVERIFY2(changed <= all / 10, qPrintable(QString("%1 of %2").arg(changed).arg(all)));
    }

    void thinStrokesAreNotFaint()
    {
        // A hairline's pixels would be a twentieth of full ink.
        const DigitImage image = prepared(onCanvas(drawnDigits()[1], 90, 60, 2.6, 1.2));
        QVERIFY(*std::max_element(image.begin(), image.end()) > 180);
    }

    void picturesAreAsTheCanvas()
    {
        for (const auto& strokes : drawnDigits()) {
            const InkImage ink = onCanvas(strokes, 120, 70, 2.2, 26);
            const DigitImage canvasImage = prepared(ink);
            for (const auto& [dark, light] : {std::pair{0, 255}, std::pair{255, 0}, std::pair{60, 190},
                                              std::pair{220, 100}, std::pair{110, 150}}) {
                const DigitImage image = fromPicture(painted(ink, dark, light), canvas, canvas);
                QVERIFY2(
                    difference(image, canvasImage) < 0.03,
                    qPrintable(
                        QString("%1 on %2: %3").arg(dark).arg(light).arg(difference(image, canvasImage))));
            }
        }
    }

    // A crop so tight that there is hardly any paper.
    void tightCrops()
    {
        for (const auto& strokes : drawnDigits()) {
            const InkImage ink = onCanvas(strokes, 14, 12, 0.9, 14, 114);
            InkImage crop = emptyInk(80, 114);
            for (int y = 0; y < 114; ++y)
                for (int x = 0; x < 80; ++x)
                    pixel(crop, x, y) = ink.ink[static_cast<std::size_t>(y * 114 + x)];
            const DigitImage expected = prepared(crop);
            QVERIFY(difference(fromPicture(painted(crop, 20, 230), 80, 114), expected) < 0.08);
            QVERIFY(difference(fromPicture(painted(crop, 230, 20), 80, 114), expected) < 0.08);
        }
    }

    void transparencyIsPaper()
    {
        const InkImage ink = onCanvas(drawnDigits()[3], 120, 70, 2.2, 26);
        const DigitImage expected = prepared(ink);
        for (const int level : {0, 255, 130}) {
            // Ink of one colour, more or less opaque; what is transparent has another one.
            std::vector<std::uint8_t> rgba;
            for (const std::uint8_t value : ink.ink) {
                const auto shade = static_cast<std::uint8_t>(value > 0 ? level : 255 - level);
                rgba.insert(rgba.end(), {shade, shade, shade, value});
            }
            QVERIFY(difference(fromPicture(rgba, canvas, canvas), expected) < 0.03);
        }
        // A white sticker with rounded corners, dark ink on it.
        std::vector<std::uint8_t> rgba = painted(ink, 10, 250);
        for (int y = 0; y < canvas; ++y)
            for (int x = 0; x < canvas; ++x)
                if (std::hypot(x - 200.0, y - 200.0) > 230.0)
                    rgba[static_cast<std::size_t>(4 * (y * canvas + x) + 3)] = 0;
        QVERIFY(difference(fromPicture(rgba, canvas, canvas), expected) < 0.03);
    }

    // A lamp on one side, a lens that darkens the corners, a hard shadow, grain, and specks of dust.
    void unevenPaper_data()
    {
        QTest::addColumn<int>("kind");
        const char* const names[] = {"lamp", "lens", "shadow", "grain", "all and specks"};
        for (int i = 0; i < 5; ++i)
            QTest::newRow(names[i]) << i;
    }

    void unevenPaper()
    {
        QFETCH(int, kind);
        Random random = makeRandom(6);
        double worst = 0.0;
        int changed = 0;
        for (const auto& strokes : drawnDigits()) {
            const InkImage ink = onCanvas(strokes, 120, 70, 2.2, 24);
            const DigitImage expected = prepared(ink);
            std::vector<std::uint8_t> rgba;
            for (int y = 0; y < canvas; ++y) {
                for (int x = 0; x < canvas; ++x) {
                    const double u = x / 399.0;
                    const double v = y / 399.0;
                    double light = 220.0;
                    if (kind == 0 || kind == 4)
                        light *= 0.45 + 0.55 * u;
                    if (kind == 1 || kind == 4)
                        light *= 1.0 - 0.5 * ((u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5));
                    if (kind == 2 && x + y > 420)
                        light *= 0.62;
                    double value =
                        light * (1.0 - 0.75 * ink.ink[static_cast<std::size_t>(y * canvas + x)] / 255.0);
                    if (kind >= 3)
                        value += 6.0 * normal(random);
                    if (kind == 4 && ((x - 30) * (x - 30) + (y - 340) * (y - 340) < 9 ||
                                      (x - 370) * (x - 370) + (y - 20) * (y - 20) < 6))
                        value *= 0.3;
                    const auto level = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
                    rgba.insert(rgba.end(), {level, level, level, 255});
                }
            }
            const DigitImage image = fromPicture(rgba, canvas, canvas);
            worst = std::max(worst, difference(image, expected));
            changed += read(image) != read(expected);
        }
        QVERIFY2(worst < 0.15, qPrintable(QString::number(worst)));
        QCOMPARE(changed, 0);
    }

    // A line of one pixel, not antialiased, in a large picture: averaged it would be paler than half ink.
    void hairlinesAreRead()
    {
        for (const auto& strokes : drawnDigits()) {
            InkImage ink = onCanvas(strokes, 60, 40, 8.0, 1.6, 900);
            for (std::uint8_t& value : ink.ink)
                value = value >= 128 ? 255 : 0;
            const DigitImage expected = prepared(onCanvas(strokes, 60, 40, 8.0, 40, 900));
            QVERIFY(difference(prepared(ink), expected) < 0.3);
            QVERIFY(difference(fromPicture(painted(ink, 0, 255), 900, 900), expected) < 0.3);
        }
    }

    // Ink and paper of the same brightness.
    void colourIsSeen()
    {
        const InkImage ink = onCanvas(drawnDigits()[2], 120, 70, 2.2, 26);
        const DigitImage expected = prepared(ink);
        const std::array<double, 3> red{200, 60, 60};
        const std::array<double, 3> green{60, 131, 60};
        for (const auto& [from, to] : {std::pair{red, green}, std::pair{green, red}}) {
            std::vector<std::uint8_t> rgba;
            for (const std::uint8_t value : ink.ink) {
                for (std::size_t c = 0; c < 3; ++c)
                    rgba.push_back(
                        static_cast<std::uint8_t>(std::lround(to[c] + (from[c] - to[c]) * value / 255.0)));
                rgba.push_back(255);
            }
            QVERIFY(difference(fromPicture(rgba, canvas, canvas), expected) < 0.03);
        }
    }

    // Ruled and squared paper, level or not, pale lines or lines as dark as the ink; and a frame. A line that
    // a stroke hides for most of its length is not known for one, which happens to a 1.
    void ruledPaper_data()
    {
        QTest::addColumn<int>("pitch");
        QTest::addColumn<double>("slope");
        QTest::addColumn<bool>("squared");
        QTest::addColumn<int>("lines");
        QTest::newRow("ruled") << 55 << 0.0 << false << 90;
        QTest::newRow("squared") << 36 << 0.0 << true << 90;
        QTest::newRow("dark lines") << 55 << 0.0 << true << 230;
        QTest::newRow("sloping") << 47 << 0.08 << true << 90;
        QTest::newRow("frame") << 330 << 0.0 << true << 230;
    }

    void ruledPaper()
    {
        QFETCH(int, pitch);
        QFETCH(double, slope);
        QFETCH(bool, squared);
        QFETCH(int, lines);
        int disturbed = 0;
        for (const auto& strokes : drawnDigits()) {
            InkImage ink = onCanvas(strokes, 120, 70, 2.2, 24);
            const DigitImage expected = prepared(ink);
            for (int along = 0; along < canvas; ++along) {
                for (int at = 45 + static_cast<int>(slope * (along - 200)); at < canvas; at += pitch) {
                    std::uint8_t& row = pixel(ink, along, at);
                    row = std::max(row, static_cast<std::uint8_t>(lines));
                    if (!squared)
                        continue;
                    std::uint8_t& column = pixel(ink, at, canvas - 1 - along);
                    column = std::max(column, static_cast<std::uint8_t>(lines));
                }
            }
            const DigitImage image = fromPicture(painted(ink, 30, 220), canvas, canvas);
            disturbed += difference(image, expected) >= 0.12;
            QCOMPARE(read(image), read(expected));
        }
        QVERIFY2(disturbed <= 1, qPrintable(QString::number(disturbed)));
    }

    // A sheet on a table with grain.
    void tableWithGrain()
    {
        Random random = makeRandom(8);
        for (const double table : {70.0, 150.0}) {
            for (const auto& strokes : drawnDigits()) {
                const InkImage ink = onCanvas(strokes, 150, 130, 1.3, 14);
                const DigitImage expected = prepared(ink);
                std::vector<std::uint8_t> rgba;
                double grain = 0.0;
                for (int y = 0; y < canvas; ++y) {
                    for (int x = 0; x < canvas; ++x) {
                        grain = 0.9 * grain + 0.436 * normal(random);
                        const double slant = 0.05 * (y - 200);
                        const bool sheet = x > 90 + slant && x < 320 + slant && y > 80 && y < 330;
                        const double value =
                            sheet ? 225.0 - 180.0 * ink.ink[static_cast<std::size_t>(y * canvas + x)] / 255.0
                                  : table * (1.0 + 0.12 * grain);
                        const auto level =
                            static_cast<std::uint8_t>(std::clamp(value + 2.0 * normal(random), 0.0, 255.0));
                        rgba.insert(rgba.end(), {level, level, level, 255});
                    }
                }
                const double off = difference(fromPicture(rgba, canvas, canvas), expected);
                QVERIFY2(off < 0.15, qPrintable(QString::number(off)));
            }
        }
    }

    // Shadows with a hard edge take more of the picture than thin ink does.
    void thinInkInShadow()
    {
        for (const auto& strokes : drawnDigits()) {
            const InkImage ink = onCanvas(strokes, 150, 130, 1.5, 5);
            const DigitImage expected = prepared(ink);
            for (const int shadowed : {-60, 60, 160}) {
                std::vector<std::uint8_t> rgba;
                for (int y = 0; y < canvas; ++y) {
                    for (int x = 0; x < canvas; ++x) {
                        const double light = x - 0.4 * y > shadowed ? 120.0 : 225.0;
                        const auto level = static_cast<std::uint8_t>(
                            light * (1.0 - 0.75 * ink.ink[static_cast<std::size_t>(y * canvas + x)] / 255.0));
                        rgba.insert(rgba.end(), {level, level, level, 255});
                    }
                }
                QVERIFY(difference(fromPicture(rgba, canvas, canvas), expected) < 0.15);
            }
        }
    }

    // A long strip keeps its pixels.
    void longStrips()
    {
        const InkImage ink = onCanvas(drawnDigits()[4], 20, 12, 0.7, 9, 100);
        const DigitImage expected = prepared(ink);
        InkImage strip = emptyInk(6000, 100);
        for (int y = 0; y < 100; ++y)
            for (int x = 0; x < 100; ++x)
                pixel(strip, 3000 + x, y) = ink.ink[static_cast<std::size_t>(y * 100 + x)];
        QVERIFY(difference(fromPicture(painted(strip, 20, 230), 6000, 100), expected) < 0.05);
    }

    // The table on which the sheet lies.
    void tableIsNoInk()
    {
        InkImage ink = onCanvas(drawnDigits()[5], 150, 90, 1.8, 20);
        const DigitImage expected = prepared(ink);
        fillRectangle(ink, 0, 0, canvas, 30);
        fillRectangle(ink, 370, 0, 30, canvas);
        QVERIFY(difference(fromPicture(painted(ink, 40, 220), canvas, canvas), expected) < 0.03);
    }

    void largePictures()
    {
        const InkImage ink = onCanvas(drawnDigits()[7], 600, 500, 14.0, 40, 3000);
        const DigitImage expected = prepared(ink);
        QVERIFY(difference(fromPicture(painted(ink, 30, 200), 3000, 3000), expected) < 0.1);
    }

    void smoothStrokesGoThroughTheirPoints()
    {
        for (const auto& strokes : drawnDigits()) {
            for (const Stroke& stroke : strokes) {
                const Stroke path = smoothStroke(stroke, 2.0);
                for (const StrokePoint& point : stroke) {
                    double nearest = 1e9;
                    for (const StrokePoint& at : path)
                        nearest = std::min(nearest, std::hypot(at.x - point.x, at.y - point.y));
                    QVERIFY(nearest < 1e-9);
                }
                for (std::size_t i = 1; i < path.size(); ++i)
                    QVERIFY(std::hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y) < 5.0);
            }
        }
        const Stroke still(50, {3.0, 4.0});
        QCOMPARE(smoothStroke(still, 1.0).size(), std::size_t{1});
        QVERIFY(smoothStroke({}, 1.0).empty());
    }

    void erasingTakesInkAway()
    {
        InkImage ink = emptyInk(60, 60);
        const Stroke line{{10, 30}, {50, 30}};
        drawStroke(ink, line, 5.0);
        QVERIFY(prepareDigit(ink));
        eraseStroke(ink, line, 7.0);
        QVERIFY(!prepareDigit(ink));
    }

    void saysWhatIsWrong()
    {
        const auto said = [](const InkImage& ink, const char* word) {
            const auto digit = prepareDigit(ink);
            if (digit || digit.error().why.english().find(word) == std::string::npos ||
                digit.error().mend.empty())
                return false;
            return true;
        };
        QVERIFY(said({}, "no pixels"));
        QVERIFY(said({10, 10, std::vector<std::uint8_t>(99)}, "no pixels"));
        QVERIFY(said({-1, -1, {1}}, "no pixels"));
        QVERIFY(said({9000, 1, std::vector<std::uint8_t>(9000)}, "larger"));
        QVERIFY(said(emptyInk(50, 50), "no ink"));
        QVERIFY(!shrinkCanvas(emptyInk(50, 50)));
        QVERIFY(!shrinkCanvas({}));
        InkImage faint = emptyInk(50, 50);
        fillRectangle(faint, 10, 10, 3, 20, 40);
        QVERIFY(said(faint, "no ink"));
        InkImage full = emptyInk(50, 50);
        fillRectangle(full, 0, 0, 50, 50);
        QVERIFY(said(full, "all ink"));
        InkImage dot = emptyInk(300, 300);
        drawStroke(dot, Stroke{{100, 100}}, 12.0);
        QVERIFY(said(dot, "dot"));
        InkImage single = emptyInk(300, 300);
        pixel(single, 7, 7) = 255;
        QVERIFY(said(single, "dot"));

        QVERIFY(!inkFromStrokes({}));
        const std::vector<Stroke> dots{{{1, 1}}, {}, {{1, 1}, {1, 1}}};
        const auto nothing = inkFromStrokes(dots);
        QVERIFY(!nothing);
        QVERIFY(nothing.error().why.english().find("dot") != std::string::npos);

        for (const int level : {0, 128, 255}) {
            const auto blank = findInk({60, 60, painted(emptyInk(60, 60), level, level)});
            QVERIFY(!blank);
            QVERIFY(blank.error().why.english().find("no ink") != std::string::npos);
        }
        QVERIFY(!findInk({0, 0, {}}));
        QVERIFY(!findInk({40'000, 1, std::vector<std::uint8_t>(160'000)}));
        QVERIFY(!findInk({1, 1, std::vector<std::uint8_t>{9, 9, 9, 255}}));
        QVERIFY(!findInk({60, 60, std::vector<std::uint8_t>(4 * 3600)}));
    }

    // Whatever the bytes are, there is an answer.
    void survivesNoise()
    {
        Random random = makeRandom(77);
        for (int round = 0; round < 300; ++round) {
            const auto width = static_cast<int>(1 + uniformBelow(random, 40));
            const auto height = static_cast<int>(1 + uniformBelow(random, 40));
            std::vector<std::uint8_t> rgba(static_cast<std::size_t>(4 * width * height));
            const bool sparse = uniformBelow(random, 2) == 0;
            for (std::uint8_t& byte : rgba)
                byte = static_cast<std::uint8_t>(
                    sparse && uniformBelow(random, 9) > 0 ? 255 : uniformBelow(random, 256));
            const auto ink = findInk({width, height, rgba});
            if (ink) {
                static_cast<void>(prepareDigit(*ink));
                static_cast<void>(shrinkCanvas(*ink));
            }
        }
        // Coordinates far apart and all over.
        const std::vector<Stroke> wild{{{1e9, -1e9}, {-1e9, 1e9}, {0, 0}, {1e-300, 0}}, {{3, 3}}};
        const auto ink = inkFromStrokes(wild);
        QVERIFY(ink);
        QVERIFY(prepareDigit(*ink));
    }

    // Thin straight bars that are a digit's own are no ruled lines.
    void barsOfThinDigitsStay()
    {
        const std::vector<std::vector<Stroke>> digits{
            {{{60, 0}, {5, 0}},
             {{5, 0}, {5, 45}},
             {{5, 45}, {50, 45}},
             {{50, 45}, {55, 90}},
             {{55, 90}, {0, 100}}},
            {{{0, 0}, {60, 0}}, {{60, 0}, {0, 100}}, {{0, 100}, {60, 100}}},
            {{{0, 0}, {60, 0}},
             {{60, 0}, {60, 50}},
             {{60, 50}, {0, 50}},
             {{0, 50}, {0, 100}},
             {{0, 100}, {60, 100}}},
        };
        for (const auto& digit : digits) {
            for (const int side : {300, 800}) {
                InkImage drawn = emptyInk(side * 3 / 4, side);
                const double scale = 0.009 * side;
                for (const Stroke& line : digit) {
                    Stroke placed;
                    for (const StrokePoint& point : line)
                        placed.push_back({0.1 * side + scale * point.x, 0.05 * side + scale * point.y});
                    drawStroke(drawn, placed, 0.005 * side);
                }
                const auto found = findInk({drawn.width, drawn.height, painted(drawn, 0, 255)});
                QVERIFY(found);
                const auto sum = [](const InkImage& ink) {
                    return std::accumulate(ink.ink.begin(), ink.ink.end(), 0.0);
                };
                QVERIFY2(sum(*found) > 0.9 * sum(drawn),
                         qPrintable(QString::number(sum(*found) / sum(drawn))));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestDigitImage)
#include "tst_digitimage.moc"
