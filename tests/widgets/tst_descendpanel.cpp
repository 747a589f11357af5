// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/axisscale.h"
#include "widgets/curves/valuecurve.h"
#include "widgets/fields/ratespinbox.h"
#include "widgets/graph/walk/descendpanel.h"
#include "widgets/style/style.h"

#include <qcustomplot.h>

#include <QApplication>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <limits>

using namespace chainrule;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

template <typename Widget>
Widget* named(const QWidget& parent, const QString& name)
{
    for (Widget* each : parent.findChildren<Widget*>()) {
        if (each->accessibleName() == name)
            return each;
    }
    return nullptr;
}

} // namespace

class TestDescendPanel : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        applyTheme(*qApp, false);
    }

    void aClickIsOneStep()
    {
        DescendPanel panel;
        panel.resize(400, 300);
        panel.show();
        auto* descend = named<QPushButton>(panel, "Descend");
        auto* repeat = named<QPushButton>(panel, "Repeat");
        QVERIFY(!descend->isEnabled());
        QVERIFY(!repeat->isEnabled());
        panel.setSubject("a, b, c", "L");
        panel.setRate(0.25);
        QVERIFY(descend->isEnabled());
        QCOMPARE(descend->text(), QString::fromUtf8("Descend: a, b, c −= 0.25 · grad"));
        QCOMPARE(named<RateSpinBox>(panel, "Rate")->value(), 0.25);
        const QSignalSpy spy(&panel, &DescendPanel::stepWanted);
        descend->click();
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toDouble(), 0.25);
        panel.setSubject({}, "L");
        QVERIFY(!descend->isEnabled());
    }

    void repeatsUntilItIsClickedAgain()
    {
        DescendPanel panel;
        panel.resize(400, 300);
        panel.show();
        panel.setSubject("a", "L");
        auto* repeat = named<QPushButton>(panel, "Repeat");
        const QSignalSpy spy(&panel, &DescendPanel::stepWanted);
        repeat->click();
        QVERIFY(panel.isRepeating());
        QCOMPARE(spy.count(), 1); // at once
        QTRY_VERIFY(spy.count() >= 3);
        panel.setSubject("a", "L"); // the same again stops nothing
        panel.restart(1.0);
        QVERIFY(panel.isRepeating());
        repeat->click();
        QVERIFY(!panel.isRepeating());
        const auto count = spy.count();
        QTest::qWait(250);
        QCOMPARE(spy.count(), count);
    }

    void stopsWhereNobodyLooksOrNothingMoves()
    {
        DescendPanel panel;
        panel.show();
        panel.setSubject("a", "L");
        auto* repeat = named<QPushButton>(panel, "Repeat");
        repeat->click();
        panel.hide();
        QVERIFY(!panel.isRepeating());
        QVERIFY(!repeat->isChecked());
        panel.show();
        repeat->click();
        QVERIFY(panel.isRepeating());
        panel.setSubject({}, "L");
        QVERIFY(!panel.isRepeating());
        panel.setSubject("a", "L");
        repeat->click();
        panel.stopRepeating();
        QVERIFY(!panel.isRepeating());
    }

    void stopsWithWordsWhereTheValueIsNoNumber()
    {
        for (const double bad : {notANumber, infinity, -infinity}) {
            DescendPanel panel;
            panel.show();
            panel.setSubject("a", "L");
            panel.restart(16.0);
            named<QPushButton>(panel, "Repeat")->click();
            panel.append(9.0);
            QVERIFY(panel.isRepeating());
            panel.append(bad);
            QVERIFY(!panel.isRepeating());
            QVERIFY(panel.status().contains(std::isnan(bad) ? "L is not a number" : "L is infinite"));
            QVERIFY(panel.status().contains("2 step"));
            QVERIFY(named<QPushButton>(panel, "Descend")->isEnabled());
            panel.restart(1.0);
            QCOMPARE(panel.status(), QString("L = 1"));
        }
    }

    void theCurveSaysItsValue()
    {
        ValueCurve curve;
        curve.resize(300, 200);
        curve.show();
        QCOMPARE(curve.accessibleName(), QString("Value over steps"));
        QCOMPARE(curve.accessibleDescription(), QString("No steps yet"));
        curve.setName("L");
        curve.restart(-2.5);
        QCOMPARE(curve.accessibleDescription(), QString::fromUtf8("L = −2.5"));
        curve.append(-3.0);
        curve.append(-3.25);
        QVERIFY(curve.accessibleDescription().startsWith(QString::fromUtf8("L = −3.25 after 2 step")));
        const auto* plot = curve.findChild<QCustomPlot*>();
        QCOMPARE(plot->graph(0)->dataCount(), 3);
        QVERIFY(plot->yAxis->range().contains(-2.5));
        QVERIFY(plot->yAxis->range().contains(-3.25));
        QCOMPARE(plot->yAxis->label(), QString("L"));
        QVERIFY(!plot->xAxis->label().isEmpty());
        // What is no number is left out, and what follows stands at its own step.
        curve.append(notANumber);
        curve.append(1.0);
        QCOMPARE(plot->graph(0)->dataCount(), 4);
        QCOMPARE(plot->graph(0)->dataMainKey(3), 4.0);
        curve.restart(notANumber);
        QCOMPARE(plot->graph(0)->dataCount(), 0);
        QCOMPARE(curve.steps(), 0);
    }

    void theCurveStaysSmall()
    {
        ValueCurve curve;
        curve.restart(1.0);
        for (int i = 0; i < 4100; ++i)
            curve.append(i % 7);
        const auto* plot = curve.findChild<QCustomPlot*>();
        QCOMPARE(curve.steps(), 4100);
        QVERIFY(plot->graph(0)->dataCount() <= 2000);
        QVERIFY(plot->graph(0)->dataCount() > 900);
        QVERIFY(!plot->graph(0)->antialiased());
        curve.append(1e300);
        curve.append(-1e300);
        QVERIFY(std::isfinite(plot->yAxis->range().size()));
        QVERIFY(QCPRange::validRange(plot->yAxis->range()));
    }

    void scales_data()
    {
        QTest::addColumn<double>("lowest");
        QTest::addColumn<double>("highest");
        QTest::addColumn<double>("lower");
        QTest::addColumn<double>("upper");
        QTest::newRow("from zero") << 0.0 << 16.0 << 0.0 << 20.0;
        QTest::newRow("through zero") << -1.0 << 16.0 << -5.0 << 20.0;
        QTest::newRow("exact") << 0.0 << 4.0 << 0.0 << 4.0;
        QTest::newRow("small") << 0.001 << 0.0029 << 0.001 << 0.003;
        QTest::newRow("the other way round") << 4.0 << 0.0 << 0.0 << 4.0;
        QTest::newRow("level") << 10.0 << 10.0 << 9.0 << 11.0;
        QTest::newRow("level at zero") << 0.0 << 0.0 << -1.0 << 1.0;
    }

    void scales()
    {
        QFETCH(double, lowest);
        QFETCH(double, highest);
        QFETCH(double, lower);
        QFETCH(double, upper);
        const AxisScale scale = valueScale(lowest, highest);
        QVERIFY2(std::abs(scale.lower - lower) < 1e-9, qPrintable(QString::number(scale.lower)));
        QVERIFY2(std::abs(scale.upper - upper) < 1e-9, qPrintable(QString::number(scale.upper)));
        QVERIFY((scale.upper - scale.lower) / scale.step < 5.0 + 1e-6);
    }
};

QTEST_MAIN(TestDescendPanel)
#include "tst_descendpanel.moc"
