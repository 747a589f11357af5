// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maps/decisionmap.h"
#include "widgets/maps/maplegend.h"
#include "widgets/network/unitmaps.h"
#include "widgets/style/theme.h"

#include <QSignalSpy>
#include <QtTest>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

using namespace chainrule;

namespace {

constexpr int rows = 11;
constexpr double extent = 1.0;

/// f(x, y) = (x + 2 y + 3) / 6, from 0 in the lower left corner to 1 in the upper right one.
double plane(double x, double y)
{
    return (x + 2.0 * y + 3.0) / 6.0;
}

std::vector<float> planeValues()
{
    std::vector<float> values;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < rows; ++column)
            values.push_back(static_cast<float>(plane(-1.0 + 0.2 * column, 1.0 - 0.2 * row)));
    }
    return values;
}

std::unique_ptr<DecisionMap> makeMap()
{
    auto map = std::make_unique<DecisionMap>();
    map->setPalette(themePalette(false));
    map->resize(200, 200);
    map->setValues(planeValues(), rows, extent, 0.0F, 1.0F);
    map->setSamples({{QPointF(0.4, -0.2), 1}, {QPointF(-0.5, 0.5), 0}, {QPointF(0.0, 0.9), 1}});
    map->show();
    map->activateWindow();
    static_cast<void>(QTest::qWaitForWindowActive(map.get()));
    return map;
}

int pixelsLike(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += image.pixelColor(x, y).rgb() == color.rgb() ? 1 : 0;
    }
    return count;
}

} // namespace

class TestDecisionMap : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void heatColoursInBothThemes()
    {
        const std::vector<float> values{-1.0F, 0.0F, 1.0F, 5.0F};
        for (const bool dark : {false, true}) {
            const QPalette palette = themePalette(dark);
            const ThemeColors& colors = themeColors(palette);
            const QImage image = heatImage(values, 2, -1.0F, 1.0F, palette);
            QCOMPARE(image.size(), QSize(2, 2));
            QCOMPARE(image.pixelColor(0, 0).rgb(), colors.accent.rgb());
            QCOMPARE(image.pixelColor(1, 0).rgb(), colors.panel.rgb());
            QCOMPARE(image.pixelColor(0, 1).rgb(), colors.validation.rgb());
            QCOMPARE(image.pixelColor(1, 1).rgb(), colors.validation.rgb()); // beyond the end
        }
        const std::vector<float> broken{std::numeric_limits<float>::quiet_NaN(), INFINITY, -INFINITY, 0.5F};
        const QImage image = heatImage(broken, 2, 0.0F, 1.0F, themePalette(false));
        const ThemeColors& colors = themeColors(themePalette(false));
        QCOMPARE(image.pixelColor(0, 0).rgb(), colors.panel.rgb());
        QCOMPARE(image.pixelColor(1, 0).rgb(), colors.validation.rgb());
        QCOMPARE(image.pixelColor(0, 1).rgb(), colors.accent.rgb());
        QVERIFY(heatImage(values, 3, 0.0F, 1.0F, themePalette(false)).isNull());
        QVERIFY(!heatImage(values, 2, 1.0F, 1.0F, themePalette(false)).isNull());
    }

    void valuesBetweenTheGrid()
    {
        const auto map = makeMap();
        for (const QPointF at : {QPointF(-1.0, -1.0), QPointF(1.0, 1.0), QPointF(0.33, -0.71), QPointF(0, 0)})
            QVERIFY(std::abs(map->valueAt(at) - plane(at.x(), at.y())) < 1e-6); // bilinear: a plane is exact
        QVERIFY(std::isnan(map->valueAt(QPointF(1.1, 0.0))));
        map->setValues({}, 0, extent, 0.0F, 1.0F);
        QVERIFY(std::isnan(map->valueAt(QPointF(0.0, 0.0))));
    }

    void pointsLieWhereTheyAreDrawn()
    {
        const auto map = makeMap();
        QCOMPARE(map->pixelOf(QPointF(-1.0, 1.0)), QPointF(0.0, 0.0));
        QCOMPARE(map->pixelOf(QPointF(0.5, -0.5)), QPointF(150.0, 150.0));
        map->resize(300, 200); // a square in the middle
        QCOMPARE(map->pixelOf(QPointF(0.0, 0.0)), QPointF(150.0, 100.0));
        QCOMPARE(map->heightForWidth(123), 123);
    }

    void colourAndContourFollowTheValues()
    {
        const auto map = makeMap();
        map->setSamples({});
        const QImage shown = map->grab().toImage().scaled(200, 200);
        // Half way to the ends, far from the contour: blue below, orange above.
        const QColor low = shown.pixelColor(40, 180);
        const QColor high = shown.pixelColor(160, 20);
        QVERIFY(low.blue() > low.red() + 60);
        QVERIFY(high.red() > high.blue() + 60);
        // x + 2 y = 0 passes through the middle.
        int darkest = 255;
        for (int y = 98; y <= 102; ++y)
            darkest = std::min(darkest, qGray(shown.pixel(100, y)));
        QVERIFY(darkest < 120);
        QVERIFY(qGray(shown.pixel(100, 120)) > 150);
    }

    void classesDifferInShape()
    {
        const auto map = makeMap();
        map->setSamples({{QPointF(0.0, 0.5), 1}, {QPointF(0.0, -0.5), 0}});
        const ThemeColors& colors = themeColors(map->palette());
        const QImage shown = map->grab().toImage().scaled(200, 200);
        QCOMPARE(shown.pixelColor(100, 50).rgb(), colors.validation.rgb()); // filled
        QCOMPARE(shown.pixelColor(100, 150).rgb(), colors.panel.rgb());     // open
    }

    void selectionIsMarkedAndSaid()
    {
        const auto map = makeMap();
        const QImage before = map->grab().toImage();
        QCOMPARE(map->accessibleDescription(), QStringLiteral("3 sample(s), none chosen"));
        QSignalSpy spy(map.get(), &DecisionMap::sampleChosen);
        map->setSelected(0);
        QCOMPARE(spy.count(), 0);
        // (0.4 - 0.4 + 3) / 6
        QCOMPARE(map->accessibleDescription(),
                 QStringLiteral("Sample 1: (0.40, \u22120.20), class 1, output 0.50"));
        const ThemeColors& colors = themeColors(map->palette());
        QVERIFY(pixelsLike(map->grab().toImage(), colors.text) > pixelsLike(before, colors.text));
        map->setSelected(7);
        QCOMPARE(map->selected(), -1);
        map->setMark(QPointF(0.5, 0.5));
        QCOMPARE(map->accessibleDescription(), QStringLiteral("x 0.50  y 0.50  output 0.75"));
    }

    void aClickChoosesTheNearestSample()
    {
        const auto map = makeMap();
        QSignalSpy spy(map.get(), &DecisionMap::sampleChosen);
        QSignalSpy points(map.get(), &DecisionMap::pointChosen);
        QTest::mouseClick(map.get(), Qt::LeftButton, {}, QPoint(53, 52)); // sample 1 is at (50, 50)
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toInt(), 1);
        QCOMPARE(map->selected(), 1);
        QTest::mouseClick(map.get(), Qt::LeftButton, {}, QPoint(10, 190)); // far from all
        QCOMPARE(spy.count(), 1);
        QCOMPARE(points.count(), 0);
        map->setSamples({});
        QCOMPARE(map->selected(), -1);
        QTest::mouseClick(map.get(), Qt::LeftButton, {}, QPoint(150, 50));
        QCOMPARE(points.count(), 1);
        const QPointF at = points[0][0].toPointF();
        QVERIFY(std::abs(at.x() - 0.5) < 0.02 && std::abs(at.y() - 0.5) < 0.02);
    }

    void keysGoThroughTheSamples()
    {
        const auto map = makeMap();
        map->setFocus();
        QSignalSpy spy(map.get(), &DecisionMap::sampleChosen);
        const auto press = [&](Qt::Key key) {
            QTest::keyClick(map.get(), key);
            return map->selected();
        };
        QCOMPARE(press(Qt::Key_Right), 0);
        QCOMPARE(press(Qt::Key_Down), 1);
        QCOMPARE(press(Qt::Key_End), 2);
        QCOMPARE(press(Qt::Key_Right), 0); // round the end
        QCOMPARE(press(Qt::Key_Left), 2);
        QCOMPARE(press(Qt::Key_Home), 0);
        QCOMPARE(spy.count(), 6);
        map->setSamples({});
        QCOMPARE(press(Qt::Key_Right), -1);
        QCOMPARE(spy.count(), 6);
    }

    void theMouseReadsTheValue()
    {
        const auto map = makeMap();
        const QImage before = map->grab().toImage();
        QTest::mouseMove(map.get(), QPoint(120, 150));
        QTRY_VERIFY(map->grab().toImage() != before);
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(map.get(), &leave);
        QCOMPARE(map->grab().toImage(), before);
    }

    void aThemeIsFollowed()
    {
        const auto map = makeMap();
        const QImage light = map->grab().toImage();
        map->setPalette(themePalette(true));
        const QImage dark = map->grab().toImage();
        QVERIFY(qGray(dark.pixel(100, 115)) + 60 < qGray(light.pixel(100, 115)));
    }

    void unitMaps()
    {
        UnitMaps maps;
        maps.setPalette(themePalette(false));
        QVERIFY(maps.setShape({3, 2}));
        QVERIFY(!maps.setShape({3, 2}));
        const int width = maps.sizeHint().width();
        maps.resize(width, maps.heightForWidth(width));
        maps.show();
        maps.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&maps));
        QCOMPARE(maps.findChildren<UnitTile*>().size(), 5);
        QCOMPARE(maps.tile(1, 0)->accessibleName(), QStringLiteral("Map of h2[0]"));
        QVERIFY(!maps.tile(1, 2));
        for (const UnitTile* tile : maps.findChildren<UnitTile*>())
            QVERIFY(maps.rect().contains(tile->geometry()));
        QVERIFY(maps.tile(1, 0)->y() > maps.tile(0, 0)->geometry().bottom());

        QImage picture(5, 5, QImage::Format_RGB32);
        picture.fill(Qt::green);
        maps.setPicture(0, 1, picture);
        const QImage shown = maps.tile(0, 1)->grab().toImage();
        const QColor middle = shown.pixelColor(shown.width() / 2, shown.width() / 2);
        QVERIFY(middle.green() > middle.red() + 60);
        maps.setPicture(4, 4, picture); // no such unit

        QSignalSpy spy(&maps, &UnitMaps::neuronChosen);
        QTest::mouseClick(maps.tile(0, 1), Qt::LeftButton);
        QCOMPARE(spy.takeFirst(), (QVariantList{0, 1}));
        maps.tile(0, 1)->setFocus();
        QTest::keyClick(maps.tile(0, 1), Qt::Key_Right);
        QVERIFY(maps.tile(0, 2)->hasFocus());
        QTest::keyClick(maps.tile(0, 2), Qt::Key_Down);
        QVERIFY(maps.tile(1, 1)->hasFocus()); // the last of the shorter layer
        QTest::keyClick(maps.tile(1, 1), Qt::Key_Return);
        QCOMPARE(spy.takeFirst(), (QVariantList{1, 1}));
        QTest::keyClick(maps.tile(1, 1), Qt::Key_Up);
        QVERIFY(maps.tile(0, 1)->hasFocus() || maps.tile(0, 2)->hasFocus());
        QVERIFY(maps.setShape({}));
        QCOMPARE(maps.heightForWidth(width), 0);
    }

    void legendNamesTheMarks()
    {
        MapLegend legend;
        legend.setPalette(themePalette(false));
        legend.resize(220, legend.sizeHint().height());
        const QImage shown = legend.grab().toImage();
        const ThemeColors& colors = themeColors(legend.palette());
        QVERIFY(pixelsLike(shown.copy(0, 0, 20, shown.height()), colors.accent) > 0);
        QVERIFY(pixelsLike(shown.copy(shown.width() - 20, 0, 20, shown.height()), colors.validation) > 0);
        QVERIFY(legend.accessibleDescription().contains(QStringLiteral("class 1")));
    }
};

QTEST_MAIN(TestDecisionMap)
#include "tst_decisionmap.moc"
