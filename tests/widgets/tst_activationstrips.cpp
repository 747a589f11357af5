// SPDX-License-Identifier: GPL-3.0-or-later
#include "contrast.h"

#include "widgets/network/activationstrips.h"
#include "widgets/style/style.h"
#include "widgets/style/theme.h"

#include <QElapsedTimer>
#include <QHelpEvent>
#include <QLineEdit>
#include <QTest>
#include <QToolTip>
#include <QVBoxLayout>

#include <limits>
#include <vector>

using namespace chainrule;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Values = std::vector<std::vector<double>>;

class LayoutCounter : public QObject {
public:
    explicit LayoutCounter(QObject* watched) { watched->installEventFilter(this); }
    int count = 0;

protected:
    bool eventFilter(QObject*, QEvent* event) override
    {
        count += event->type() == QEvent::LayoutRequest ? 1 : 0;
        return false;
    }
};

struct Fixture {
    QWidget window;
    QLineEdit* field = new QLineEdit;
    ActivationStrips* strips = new ActivationStrips;

    explicit Fixture(bool dark = false)
    {
        applyTheme(*qApp, dark);
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(field);
        layout->addWidget(strips);
        layout->addStretch();
        window.setBackgroundRole(QPalette::Base);
        window.resize(420, 500);
        window.show();
        window.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&window));
    }

    /// A layer of each kind: 128 rectified units, every other one active; 12 signed ones; 10 of a softmax.
    void show()
    {
        strips->setLayers({{QStringLiteral("Dense 128 · ReLU")},
                           {QStringLiteral("Dense 12 · tanh"), true},
                           {QStringLiteral("Output 10 · Softmax"), false, false}},
                          {128, 12, 10});
        strips->setActivations(values());
        QCoreApplication::processEvents();
    }
    static Values values()
    {
        Values all{std::vector<double>(128, 0.0), std::vector<double>(12, 0.0), std::vector<double>(10, 0.0)};
        for (std::size_t i = 0; i < 128; i += 2)
            all[0][i] = 0.025 * static_cast<double>(i + 1);
        all[1][0] = -0.98;
        all[1][1] = 0.49;
        all[1][2] = 0.98;
        all[2][8] = 0.976;
        return all;
    }
    /// Of an image of all the strips.
    [[nodiscard]] QColor colorOf(int layer, int cell) const
    {
        return strips->grab().toImage().pixelColor(strips->cellRect(layer, cell).center());
    }
    void press(Qt::Key key) const { QTest::keyClick(strips, key); }
    [[nodiscard]] QString firstLine() const
    {
        return strips->accessibleDescription().section(QLatin1Char('\n'), 0, 0);
    }
};

} // namespace

class TestActivationStrips : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void cleanup() { QToolTip::hideText(); }

    void summariesAreHonest()
    {
        Fixture f;
        f.show();
        QCOMPARE(f.strips->summary(0), QStringLiteral("64 of 128 active, largest 3.18"));
        QCOMPARE(f.strips->summary(1), QStringLiteral("largest magnitude 0.98"));
        QCOMPARE(f.strips->summary(2), QStringLiteral("largest 0.98"));
        for (int layer = 0; layer < 3; ++layer)
            QVERIFY(f.strips->accessibleDescription().contains(f.strips->summary(layer)));
        QVERIFY(f.strips->accessibleDescription().contains(QStringLiteral("Dense 12 · tanh")));
        // What is small is not nothing.
        f.strips->setActivations({std::vector<double>(128, 4e-9)});
        QCOMPARE(f.strips->summary(0), QStringLiteral("128 of 128 active, largest 4.0e−09"));
        f.strips->setActivations({{0.0004}});
        QCOMPARE(f.strips->summary(0).section(QLatin1Char(' '), -4, -1),
                 QStringLiteral("0.00040, 127 not finite"));
    }

    void colourIsMagnitude()
    {
        for (const bool dark : {false, true}) {
            Fixture f(dark);
            f.show();
            const ThemeColors& colors = themeColors(f.strips->palette());
            const QColor empty = f.colorOf(0, 1);
            QCOMPARE(f.colorOf(0, 126), colors.accent); // the layer's largest
            QVERIFY(f.colorOf(0, 0) != empty);          // small and active
            QVERIFY(contrast(f.colorOf(0, 100), empty) > contrast(f.colorOf(0, 20), empty));
            QCOMPARE(f.colorOf(1, 0), colors.accent);
            QCOMPARE(f.colorOf(1, 2), colors.validation);
            QVERIFY(f.colorOf(1, 1) != colors.validation && f.colorOf(1, 1) != empty);
            QCOMPARE(f.colorOf(1, 3), empty);
            QCOMPARE(f.colorOf(2, 8), colors.accent);
            QVERIFY(empty != f.colorOf(0, 126));
            QVERIFY(contrast(empty, colors.panel) > 1.05); // empty cells are there
            QVERIFY(contrast(colors.quietText, colors.panel) >= 4.5);
        }
    }

    void nothingKnownIsEmpty()
    {
        Fixture f;
        f.show();
        const QColor empty = f.colorOf(0, 1);
        f.strips->setActivations({});
        for (const auto& [layer, cell] : {std::pair{0, 126}, {1, 0}, {2, 8}})
            QCOMPARE(f.colorOf(layer, cell), empty);
        QCOMPARE(f.strips->summary(0), QString());
        QCOMPARE(f.strips->cellText(2, 8), QStringLiteral("Output 10 · Softmax, unit 8: not known yet"));
        f.strips->setLayers({}, {});
        QCOMPARE(f.strips->heightForWidth(300), 0);
        QCOMPARE(f.strips->accessibleDescription(), QString());
        f.press(Qt::Key_Right);
        QVERIFY(!f.strips->grab().isNull());
        f.strips->setLayers({{QStringLiteral("none")}, {QStringLiteral("one")}}, {0, 1});
        f.press(Qt::Key_Left);
        f.strips->setActivations({{}, {1.0}});
        QVERIFY(f.firstLine().startsWith(QLatin1String("one, unit 0: 1")));
    }

    void whatIsNotFiniteIsSaid()
    {
        Fixture f;
        f.show();
        Values values = Fixture::values();
        values[1][5] = unknown;
        values[1][6] = std::numeric_limits<double>::infinity();
        f.strips->setActivations(values);
        QCOMPARE(f.strips->summary(1), QStringLiteral("largest magnitude 0.98, 2 not finite"));
        QCOMPARE(f.strips->cellText(1, 5), QStringLiteral("Dense 12 · tanh, unit 5: not finite"));
        const ThemeColors& colors = themeColors(f.strips->palette());
        QVERIFY(pixelsOf(f.strips->grab().toImage(), colors.wrong, f.strips->cellRect(1, 5)) > 0);
        QCOMPARE(f.colorOf(1, 0), colors.accent); // the others are as they were
    }

    void manyUnitsStayBounded()
    {
        Fixture f;
        f.strips->setLayers({{QStringLiteral("a")}, {QStringLiteral("b")}, {QStringLiteral("c")}},
                            {65'536, 4'096, ActivationStrips::mostCells});
        for (int layer = 0; layer < 3; ++layer)
            QVERIFY(f.strips->cellCount(layer) <= ActivationStrips::mostCells);
        QVERIFY(f.strips->heightForWidth(366) < 1000);
        QCOMPARE(f.strips->unitsPerCell(0), 128);
        QCOMPARE(f.strips->unitsPerCell(1), 8);
        QCOMPARE(f.strips->unitsPerCell(2), 1);
        // Of neighbours the largest magnitude is shown, and said to be.
        std::vector<double> values(4'096, 0.0);
        values[8] = 0.25;
        values[11] = 0.5;
        values[4'095] = 2.0;
        f.strips->setActivations({{}, values, {}});
        QVERIFY(f.strips->summary(1).startsWith(QStringLiteral("3 of 4096 active, largest 2.00; ")));
        QVERIFY(f.strips->summary(1).contains(QLatin1Char('8')));
        QCOMPARE(f.strips->cellText(1, 1),
                 QStringLiteral("b, units 8 to 15: the largest is unit 11 with 0.5000"));
        QCoreApplication::processEvents();
        QCOMPARE(f.colorOf(1, 511), themeColors(f.strips->palette()).accent);
    }

    void cellsStandInTheirPlaces()
    {
        Fixture f;
        f.show();
        QCOMPARE(f.strips->height(), f.strips->heightForWidth(f.strips->width()));
        QRegion taken;
        for (int layer = 0; layer < 3; ++layer) {
            for (int cell = 0; cell < f.strips->cellCount(layer); ++cell) {
                const QRect rect = f.strips->cellRect(layer, cell);
                QVERIFY(f.strips->rect().contains(rect));
                QVERIFY(!taken.intersects(rect));
                taken += rect;
            }
        }
        QVERIFY(f.strips->cellRect(0, 127).bottom() <
                f.strips->cellRect(1, 0).top() - f.strips->fontMetrics().height());
        // Narrower is higher.
        QVERIFY(f.strips->heightForWidth(200) > f.strips->heightForWidth(400));
        const int before = f.strips->height();
        QFont large = f.strips->font();
        large.setPointSize(14);
        f.strips->setFont(large);
        QCoreApplication::processEvents();
        const int needed = f.strips->heightForWidth(f.strips->width());
        QVERIFY(needed > before);
        f.strips->resize(f.strips->width(), needed); // as a layout of a higher window would
        QVERIFY(f.strips->rect().contains(f.strips->cellRect(2, 9)));
    }

    void updatesMoveNothing()
    {
        Fixture f;
        f.show();
        QCoreApplication::processEvents();
        const int height = f.strips->height();
        const QRect last = f.strips->cellRect(2, 9);
        LayoutCounter counter(&f.window);
        for (int step = 0; step < 50; ++step) {
            Values values = Fixture::values();
            values[0].assign(128, step * step * 40.0);
            values[1][3] = step % 5 == 0 ? unknown : step * -0.001;
            if (step % 11 == 10)
                values.clear();
            f.strips->setActivations(values);
            QCoreApplication::processEvents();
        }
        f.strips->setLayers({{QStringLiteral("Dense 128 · ReLU")},
                             {QStringLiteral("Dense 12 · tanh"), true},
                             {QStringLiteral("Output 10 · Softmax"), false, false}},
                            {128, 12, 10}); // nothing new
        QCoreApplication::processEvents();
        QCOMPARE(counter.count, 0);
        QCOMPARE(f.strips->height(), height);
        QCOMPARE(f.strips->cellRect(2, 9), last);
    }

    void arrowKeysTellAboutUnits()
    {
        Fixture f;
        f.show();
        f.field->setFocus();
        QTest::keyClick(f.field, Qt::Key_Tab);
        QVERIFY(f.strips->hasFocus());
        QCOMPARE(f.firstLine(), QStringLiteral("Dense 128 · ReLU, unit 0: 0.0250"));
        f.press(Qt::Key_Right);
        f.press(Qt::Key_Right);
        QCOMPARE(f.firstLine(), QStringLiteral("Dense 128 · ReLU, unit 2: 0.0750"));
        QVERIFY(QToolTip::isVisible());
        QCOMPARE(QToolTip::text(), f.firstLine());
        const QColor accent = themeColors(f.strips->palette()).accent;
        const QRect around = f.strips->cellRect(0, 2).adjusted(-3, -3, 3, 3);
        QVERIFY(pixelsOf(f.strips->grab().toImage(), accent, around) > 30);
        // Down through rows and layers, and up again to the same column.
        f.press(Qt::Key_End);
        QVERIFY(f.firstLine().contains(QStringLiteral("unit 127")));
        f.press(Qt::Key_Right);
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Dense 12 · tanh, unit 0: −0.98")));
        f.press(Qt::Key_Down);
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Output 10 · Softmax, unit 0")));
        f.press(Qt::Key_Down); // nowhere to go
        f.press(Qt::Key_End);
        f.press(Qt::Key_Right);
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Output 10 · Softmax, unit 9")));
        f.press(Qt::Key_Up);
        f.press(Qt::Key_Home);
        f.press(Qt::Key_Left);
        QVERIFY(f.firstLine().contains(QStringLiteral("ReLU, unit 127")));
        // The text follows the values.
        Values values = Fixture::values();
        values[0][127] = 7.0;
        f.strips->setActivations(values);
        QCOMPARE(f.firstLine(), QStringLiteral("Dense 128 · ReLU, unit 127: 7.0000"));
        QCOMPARE(QToolTip::text(), f.firstLine());
        f.press(Qt::Key_Tab);
        QVERIFY(f.field->hasFocus());
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Dense 128 · ReLU: ")));
    }

    void theKeyboardSurvivesOtherLayers()
    {
        Fixture f;
        f.show();
        f.field->setFocus();
        QTest::keyClick(f.field, Qt::Key_Tab);
        f.press(Qt::Key_End);
        f.strips->setLayers({{QStringLiteral("one")}}, {1});
        QVERIFY(f.firstLine().startsWith(QLatin1String("one, unit 0")));
        f.strips->setLayers({}, {});
        f.strips->setActivations({{1.0}});
        QVERIFY(!f.strips->grab().isNull());
        QCOMPARE(f.strips->accessibleDescription(), QString());
    }

    void othersTooltipsAreLeftAlone()
    {
        Fixture f;
        f.show();
        f.strips->setFocus();
        f.press(Qt::Key_Right);
        const QString words = QStringLiteral("about the field");
        QToolTip::showText(f.field->mapToGlobal(QPoint(2, 2)), words, f.field);
        Values values = Fixture::values();
        values[0].assign(128, 9.0);
        f.strips->setActivations(values);
        QCOMPARE(QToolTip::text(), words);
    }

    void hoveringTellsAboutUnits()
    {
        Fixture f;
        f.show();
        const QPoint at = f.strips->cellRect(1, 2).center();
        QHelpEvent help(QEvent::ToolTip, at, f.strips->mapToGlobal(at));
        QCoreApplication::sendEvent(f.strips, &help);
        QCOMPARE(QToolTip::text(), QStringLiteral("Dense 12 · tanh, unit 2: 0.9800"));
        // From there on it goes with the mouse.
        QTest::mouseMove(f.strips, f.strips->cellRect(1, 0).center());
        QTRY_COMPARE(QToolTip::text(), QStringLiteral("Dense 12 · tanh, unit 0: −0.9800"));
        // No cell, no tip; no ring for a click.
        QTest::mouseClick(f.strips, Qt::LeftButton, Qt::NoModifier, at);
        QVERIFY(f.strips->hasFocus());
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Dense 128 · ReLU: ")));
        f.press(Qt::Key_Left);
        QVERIFY(f.firstLine().startsWith(QStringLiteral("Dense 12 · tanh, unit 1:"))); // on from the click
    }

    void followsTheTheme()
    {
        Fixture f;
        f.show();
        const QColor before = f.colorOf(0, 126);
        applyTheme(*qApp, true);
        QCoreApplication::processEvents();
        QVERIFY(f.colorOf(0, 126) != before);
        QCOMPARE(f.colorOf(0, 126), themeColors(themePalette(true)).accent);
    }

    void fastEnoughForAPen()
    {
        Fixture f;
        f.strips->setLayers({{QStringLiteral("a")}, {QStringLiteral("b"), true}, {QStringLiteral("c")}},
                            {4'096, 640, 640});
        Values values{std::vector<double>(4'096, 0.5), std::vector<double>(640, -0.5),
                      std::vector<double>(640, 0.0)};
        QCoreApplication::processEvents();
        QVERIFY(f.strips->height() > 200);
        QElapsedTimer timer;
        timer.start();
        for (int step = 0; step < 20; ++step) {
            values[0][static_cast<std::size_t>(step)] = step;
            f.strips->setActivations(values);
            f.strips->repaint();
        }
        // A hundred times a second leaves 10 ms; how long it takes is measured elsewhere, this finds what
        // hangs.
        QVERIFY2(timer.elapsed() < 20 * 1000, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_MAIN(TestActivationStrips)
#include "tst_activationstrips.moc"
