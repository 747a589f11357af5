// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/valuespinbox.h"
#include "widgets/graph/walk/variablecard.h"
#include "widgets/graph/walk/variablecards.h"
#include "widgets/style/style.h"

#include <QAccessible>
#include <QApplication>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QVBoxLayout>

#include <limits>
#include <memory>

using namespace chainrule;

namespace {

template <typename Widget>
Widget* named(const QWidget& parent, const QString& name)
{
    for (Widget* each : parent.findChildren<Widget*>()) {
        if (each->accessibleName() == name)
            return each;
    }
    return nullptr;
}

void type(QWidget* field, const QString& text)
{
    auto* edit = field->findChild<QLineEdit*>();
    edit->selectAll();
    QTest::keyClicks(edit, text);
}

std::unique_ptr<VariableCards> cardsOf(const std::vector<VariableCards::Entry>& entries, int width = 840)
{
    auto cards = std::make_unique<VariableCards>();
    cards->resize(width, 300);
    cards->setVariables(entries);
    cards->show();
    QApplication::setActiveWindow(cards.get());
    return cards;
}

} // namespace

class TestVariableCards : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        applyTheme(*qApp, false);
    }

    void ranges_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("end");
        QTest::newRow("usual") << 2.0 << 10.0;
        QTest::newRow("at the end") << -10.0 << 10.0;
        QTest::newRow("beyond") << 10.5 << 20.0;
        QTest::newRow("far") << -333.0 << 500.0;
        QTest::newRow("round") << 1000.0 << 1000.0;
        QTest::newRow("not finite") << std::numeric_limits<double>::quiet_NaN() << 10.0;
    }

    void ranges()
    {
        QFETCH(double, value);
        QFETCH(double, end);
        const SliderRange range = rangeAround(value);
        QCOMPARE(range.from, -end);
        QCOMPARE(range.to, end);
    }

    void widensOnlyTheEndThatIsPassed()
    {
        const SliderRange up = widened({1.0, 3.0}, 7.0);
        QCOMPARE(up.from, 1.0);
        QCOMPARE(up.to, 10.0);
        const SliderRange down = widened({1.0, 3.0}, -0.3);
        QCOMPARE(down.from, -0.5);
        QCOMPARE(down.to, 3.0);
        const SliderRange below = widened({-9.0, -5.0}, -0.3);
        QCOMPARE(below.to, -0.2);
        const SliderRange above = widened({5.0, 9.0}, 0.3);
        QCOMPARE(above.from, 0.2);
        const SliderRange kept = widened({1.0, 3.0}, std::numeric_limits<double>::infinity());
        QCOMPARE(kept.to, 3.0);
    }

    void everyPartHasItsName()
    {
        const auto cards = cardsOf({{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
        for (const QString name : {"a", "b", "c"}) {
            auto* spin = named<ValueSpinBox>(*cards, name);
            QVERIFY(spin);
            const auto* accessible = QAccessible::queryAccessibleInterface(spin);
            QCOMPARE(accessible->role(), QAccessible::SpinBox);
            QCOMPARE(accessible->text(QAccessible::Name), name);
            QVERIFY(named<QSlider>(*cards, name + " slider"));
            QVERIFY(named<ValueSpinBox>(*cards, name + " from"));
            QVERIFY(named<ValueSpinBox>(*cards, name + " to"));
        }
        QCOMPARE(named<ValueSpinBox>(*cards, "b")->value(), -3.0);
        QCOMPARE(named<QSlider>(*cards, "b slider")->value(), 350); // 7 of 20 on a slider of 1000
    }

    void theSliderMovesTheValueByItsKeys()
    {
        const auto cards = cardsOf({{"a", 2.0}});
        const QSignalSpy spy(cards.get(), &VariableCards::valueChanged);
        auto* slider = named<QSlider>(*cards, "a slider");
        QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toString(), QString("a"));
        QCOMPARE(spy[0][1].toDouble(), 2.02); // a thousandth of the range
        QCOMPARE(named<ValueSpinBox>(*cards, "a")->value(), 2.02);
        QTest::keyClick(slider, Qt::Key_Home);
        QCOMPARE(named<ValueSpinBox>(*cards, "a")->value(), -10.0);
        slider->setValue(500);
        QCOMPARE(named<ValueSpinBox>(*cards, "a")->value(), 0.0);
        QCOMPARE(slider->accessibleDescription(), QString("0"));
    }

    void aTypedNumberIsNotRoundedByTheSlider()
    {
        const auto cards = cardsOf({{"a", 2.0}});
        const QSignalSpy spy(cards.get(), &VariableCards::valueChanged);
        auto* spin = named<ValueSpinBox>(*cards, "a");
        type(spin, "0.123456");
        QCOMPARE(spy.last()[1].toDouble(), 0.123456);
        QTest::keyClick(spin, Qt::Key_Return);
        QCOMPARE(spin->value(), 0.123456);
        QCOMPARE(named<QSlider>(*cards, "a slider")->value(), 506); // the nearest
        for (const auto& emission : spy)
            QVERIFY(emission[1].toDouble() == 0.0 || QString("0.123456").startsWith(emission[1].toString()));
        // Released where it was grabbed, the slider changes nothing.
        const auto count = spy.count();
        auto* slider = named<QSlider>(*cards, "a slider");
        slider->setSliderDown(true);
        slider->setSliderDown(false);
        QCOMPARE(spy.count(), count);
        QCOMPARE(spin->value(), 0.123456);
    }

    void theProgramsEchoDisturbsNobody()
    {
        const auto cards = cardsOf({{"a", 2.0}, {"b", 1.0}});
        connect(cards.get(), &VariableCards::valueChanged, this, [&](const QString& name, double value) {
            cards->setValues({name == "a" ? value : 2.0, 1.0});
        });
        auto* spin = named<ValueSpinBox>(*cards, "a");
        type(spin, "1.50");
        QCOMPARE(spin->findChild<QLineEdit*>()->text(), QString("1.50"));
        const QSignalSpy spy(cards.get(), &VariableCards::valueChanged);
        cards->setValues({-4.0, 30.0});
        QCOMPARE(spy.count(), 0);
        QCOMPARE(spin->value(), -4.0);
        QCOMPARE(named<ValueSpinBox>(*cards, "b to")->value(), 50.0); // widened
        QCOMPARE(named<ValueSpinBox>(*cards, "b from")->value(), -10.0);
        cards->setValues({std::numeric_limits<double>::quiet_NaN(), 30.0});
        QCOMPARE(spin->text(), QString("NaN"));
        cards->setValues({-4.0, 30.0});
        QCOMPARE(spin->text(), QString::fromUtf8("−4"));
    }

    void typingWidensTheRangeOnlyAtItsEnd()
    {
        const auto cards = cardsOf({{"a", 2.0}});
        auto* spin = named<ValueSpinBox>(*cards, "a");
        auto* to = named<ValueSpinBox>(*cards, "a to");
        type(spin, "1500");
        QCOMPARE(to->value(), 10.0);
        QTest::keyClick(spin, Qt::Key_Return);
        QCOMPARE(to->value(), 2000.0);
    }

    void theEndsOfTheRangeAreEdited()
    {
        const auto cards = cardsOf({{"a", 2.0}});
        auto* from = named<ValueSpinBox>(*cards, "a from");
        auto* to = named<ValueSpinBox>(*cards, "a to");
        auto* slider = named<QSlider>(*cards, "a slider");
        type(from, "0");
        QTest::keyClick(from, Qt::Key_Return);
        type(to, "4");
        QTest::keyClick(to, Qt::Key_Return);
        QCOMPARE(slider->value(), 500);
        // The value does not stay outside of what the slider shows.
        const QSignalSpy spy(cards.get(), &VariableCards::valueChanged);
        type(to, "1");
        QTest::keyClick(to, Qt::Key_Return);
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][1].toDouble(), 1.0);
        // Ends the wrong way round change places; a range of no length is refused.
        type(to, "-2");
        QTest::keyClick(to, Qt::Key_Return);
        QCOMPARE(from->value(), -2.0);
        QCOMPARE(to->value(), 0.0);
        type(to, "-2");
        QTest::keyClick(to, Qt::Key_Return);
        QCOMPARE(to->value(), 0.0);
    }

    void keepsRangeAndFocusOfWhatStays()
    {
        const auto cards = cardsOf({{"a", 2.0}, {"b", 3.0}});
        auto* spin = named<ValueSpinBox>(*cards, "b");
        auto* to = named<ValueSpinBox>(*cards, "b to");
        type(to, "7");
        QTest::keyClick(to, Qt::Key_Return);
        spin->setFocus();
        cards->setVariables({{"x", 1.0}, {"b", 4.0}, {"y", 1.0}});
        QCOMPARE(named<ValueSpinBox>(*cards, "b"), spin);
        QVERIFY(spin->hasFocus());
        QCOMPARE(spin->value(), 4.0);
        QCOMPARE(to->value(), 7.0);
        QVERIFY(!named<ValueSpinBox>(*cards, "a"));
        // Tab goes in the order that one sees.
        auto* x = named<ValueSpinBox>(*cards, "x");
        x->setFocus();
        QStringList order;
        for (int i = 0; i < 9; ++i) {
            order << QApplication::focusWidget()->accessibleName();
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        QCOMPARE(order,
                 (QStringList{"x", "x slider", "x from", "x to", "b", "b slider", "b from", "b to", "y"}));
    }

    void twoRowsAreTheMost()
    {
        QWidget page;
        auto* layout = new QVBoxLayout(&page);
        auto* cards = new VariableCards;
        layout->addWidget(cards);
        layout->addStretch();
        page.resize(900, 500);
        page.show();
        const auto heightWith = [&](int count) {
            std::vector<VariableCards::Entry> entries;
            for (int i = 0; i < count; ++i)
                entries.push_back({QString("v%1").arg(i), double(i)});
            cards->setVariables(entries);
            for (int i = 0; i < 5; ++i)
                QCoreApplication::processEvents();
            return cards->height();
        };
        QCOMPARE(heightWith(0), 0);
        const int one = heightWith(3);
        QVERIFY(one > 0);
        const int two = heightWith(7);
        QVERIFY(two > 2 * one - 1);
        QCOMPARE(heightWith(200), two);
        QTRY_COMPARE(cards->findChildren<VariableCard*>().size(), qsizetype(200));
        QVERIFY(named<ValueSpinBox>(*cards, "v199"));
        QCOMPARE(named<ValueSpinBox>(*cards, "v199")->value(), 199.0);
        QCOMPARE(heightWith(1), one);
    }

    void nothingIsClipped_data()
    {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("width");
        QTest::newRow("usual") << 10 << 900;
        QTest::newRow("narrow") << 10 << 440;
        QTest::newRow("large") << 14 << 440;
    }

    void nothingIsClipped()
    {
        QFETCH(int, points);
        QFETCH(int, width);
        VariableCards cards;
        QFont font = cards.font();
        font.setPointSize(points);
        cards.setFont(font);
        cards.resize(width, 300);
        cards.setVariables({{"a", -0.123456}, {"b", 2.0}, {"c", 10.0}, {"d", 1e-7}});
        cards.show();
        for (const VariableCard* card : cards.findChildren<VariableCard*>()) {
            QVERIFY(card->width() >= card->minimumSizeHint().width());
            for (const QWidget* part : card->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
                QVERIFY(card->rect().contains(part->geometry()));
            const auto* edit = card->findChild<ValueSpinBox*>()->findChild<QLineEdit*>();
            QVERIFY(edit->fontMetrics().horizontalAdvance(edit->text()) <= edit->width());
        }
    }
};

QTEST_MAIN(TestVariableCards)
#include "tst_variablecards.moc"
