// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/timebar.h"

#include <QAccessible>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QtTest>

using namespace chainrule;

namespace {

QPushButton* button(TimeBar& bar, const QString& name)
{
    for (auto* each : bar.findChildren<QPushButton*>()) {
        if (each->text() == name || each->accessibleName() == name)
            return each;
    }
    return nullptr;
}

QString textOf(TimeBar& bar)
{
    for (const auto* label : bar.findChildren<QLabel*>()) {
        if (label->accessibleName() == "Shown step")
            return QString(label->text()).remove("<b>").remove("</b>");
    }
    return {};
}

const TimeRange run{0, 3140, 3140, 157, 2826};

} // namespace

class TestTimeBar : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void withoutARun()
    {
        TimeBar bar;
        QVERIFY(!bar.isEnabled());
        bar.setRange(run);
        QVERIFY(bar.isEnabled());
        bar.setRange({});
        QVERIFY(!bar.isEnabled());
    }

    void theNewestIsFollowed()
    {
        TimeBar bar;
        QSignalSpy wanted(&bar, &TimeBar::stepWanted);
        auto* slider = bar.findChild<QSlider*>();
        QCOMPARE(slider->accessibleName(), QString("Moment"));
        for (const std::int64_t last : {157, 314, 3140}) {
            bar.setRange(TimeRange{0, last, 3140, 157, {}});
            QCOMPARE(slider->value(), static_cast<int>(last));
        }
        bar.show({}, 20.0);
        QCOMPARE(textOf(bar), QString("Step 3,140 of 3,140 · epoch 20.0 · the newest").remove(','));
        QCOMPARE(wanted.size(), 0); // nobody asked
        QVERIFY(!button(bar, "Newest")->isEnabled() && !button(bar, "Fork here")->isEnabled());
        QVERIFY(!button(bar, "Best validation")->isEnabled());
    }

    // While somebody looks at a step, the run goes on without moving the handle.
    void aStepIsHeld()
    {
        TimeBar bar;
        bar.setRange(TimeRange{0, 157, 3140, 157, {}});
        bar.show(40, 0.25);
        bar.setRange(TimeRange{0, 314, 3140, 157, {}});
        QCOMPARE(bar.findChild<QSlider*>()->value(), 40);
        QVERIFY(textOf(bar).endsWith("shown on every page"));
        QVERIFY(button(bar, "Newest")->isEnabled() && button(bar, "Fork here")->isEnabled());
        bar.setForkRefusal("--layers: no");
        QVERIFY(!button(bar, "Fork here")->isEnabled());
        QCOMPARE(button(bar, "Fork here")->toolTip(), QString("--layers: no"));
        bar.show({}, 2.0);
        QCOMPARE(bar.findChild<QSlider*>()->value(), 314);
    }

    void keysMoveBySteps()
    {
        TimeBar bar;
        bar.setRange(run);
        bar.show(400, 2.55);
        QSignalSpy wanted(&bar, &TimeBar::stepWanted);
        auto* slider = bar.findChild<QSlider*>();
        const auto pressed = [&](Qt::Key key) {
            QTest::keyClick(slider, key);
            return wanted.isEmpty() ? -1 : wanted.takeLast().at(0).toInt();
        };
        QCOMPARE(pressed(Qt::Key_Right), 401);
        QCOMPARE(pressed(Qt::Key_Left), 400);
        QCOMPARE(pressed(Qt::Key_PageUp), 557);
        QCOMPARE(pressed(Qt::Key_PageDown), 400);
        QCOMPARE(pressed(Qt::Key_Home), 0);
        QCOMPARE(pressed(Qt::Key_End), 3140);
    }

    void buttons()
    {
        TimeBar bar;
        bar.setRange(run);
        bar.show(400, 2.55);
        QSignalSpy wanted(&bar, &TimeBar::stepWanted);
        QSignalSpy newest(&bar, &TimeBar::newestWanted);
        QSignalSpy fork(&bar, &TimeBar::forkWanted);
        button(bar, "Best validation")->click();
        QCOMPARE(wanted.takeLast().at(0).toInt(), 2826);
        bar.show(2826, 18.0);
        QVERIFY(!button(bar, "Best validation")->isEnabled());
        button(bar, "Newest")->click();
        button(bar, "Fork here")->click();
        QVERIFY(newest.size() == 1 && fork.size() == 1);
    }

    // From the step that is shown to the end, which is then followed again.
    void plays()
    {
        TimeBar bar;
        bar.setRange(run);
        bar.show(3100, 19.7);
        QSignalSpy wanted(&bar, &TimeBar::stepWanted);
        QSignalSpy newest(&bar, &TimeBar::newestWanted);
        button(bar, "Play")->click();
        QTRY_COMPARE(wanted.size(), 1);
        QTest::qWait(150);
        QCOMPARE(wanted.size(), 1); // it waits until the step can be shown
        connect(&bar, &TimeBar::stepWanted, &bar, [&bar](std::int64_t step) { bar.show(step, 19.8); });
        bar.show(wanted.at(0).at(0).toInt(), 19.8);
        QTRY_COMPARE(newest.size(), 1);
        QVERIFY(wanted.size() >= 2 && wanted.first().at(0).toInt() > 3100);
        for (qsizetype i = 1; i < wanted.size(); ++i)
            QVERIFY(wanted.at(i).at(0).toInt() > wanted.at(i - 1).at(0).toInt());
        QVERIFY(!button(bar, "Play")->isChecked());
        bar.show({}, 20.0); // from the end it begins at the beginning
        wanted.clear();
        button(bar, "Play")->click();
        QTRY_VERIFY(!wanted.isEmpty());
        QVERIFY(wanted.first().at(0).toInt() < 100);
    }
};

QTEST_MAIN(TestTimeBar)
#include "tst_timebar.moc"
