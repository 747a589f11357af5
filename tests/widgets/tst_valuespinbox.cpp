// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/valuespinbox.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <limits>

using namespace chainrule;

namespace {

/// As QTest::keyClicks(), which knows no sign beyond Latin-1.
void type(QWidget* field, const QString& text)
{
    for (const QChar c : text) {
        QKeyEvent press(QEvent::KeyPress, 0, Qt::NoModifier, QString(c));
        QCoreApplication::sendEvent(field, &press);
    }
}

} // namespace

class TestValueSpinBox : public QObject {
    Q_OBJECT

private slots:
    void init() { QLocale::setDefault(QLocale::c()); }

    void readsWhatPeopleType_data()
    {
        QTest::addColumn<QString>("locale");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<double>("value");
        QTest::newRow("plain") << "C"
                               << "0.123456" << 0.123456;
        QTest::newRow("negative") << "C"
                                  << "-24" << -24.0;
        QTest::newRow("real minus") << "C" << QString::fromUtf8("−2.5") << -2.5;
        QTest::newRow("exponent") << "C"
                                  << "2.5e-3" << 0.0025;
        QTest::newRow("real minus in the exponent") << "C" << QString::fromUtf8("1e−7") << 1e-7;
        QTest::newRow("large") << "C"
                               << "-3E40" << -3e40;
        QTest::newRow("zero") << "C"
                              << "0" << 0.0;
        QTest::newRow("unfinished") << "C"
                                    << "-" << 7.0; // no number: what was there stays
        QTest::newRow("no number") << "C"
                                   << "" << 7.0;
        QTest::newRow("foreign comma") << "C"
                                       << "7,5" << 7.5;
        QTest::newRow("foreign comma and groups") << "C"
                                                  << "1.000,5" << 1000.5;
        QTest::newRow("comma") << "de"
                               << "0,05" << 0.05;
        QTest::newRow("point") << "de"
                               << "0.05" << 0.05;
        QTest::newRow("point before three digits") << "de"
                                                   << "1.234" << 1.234;
        QTest::newRow("groups") << "de"
                                << "1.234.567,5" << 1234567.5;
        QTest::newRow("point and exponent") << "de"
                                            << "2.5e-3" << 0.0025;
        QTest::newRow("comma and exponent") << "de"
                                            << "2,5e-3" << 0.0025;
        QTest::newRow("its own minus") << "sv"
                                       << "-2,5" << -2.5;
    }

    void readsWhatPeopleType()
    {
        QFETCH(QString, locale);
        QFETCH(QString, typed);
        QFETCH(double, value);
        ValueSpinBox box;
        box.setLocale(QLocale(locale));
        box.setValue(7.0);
        box.show();
        auto* edit = box.findChild<QLineEdit*>();
        edit->setFocus();
        edit->selectAll();
        QTest::keyClick(edit, Qt::Key_Delete);
        type(edit, typed);
        QCOMPARE(box.value(), value); // while it is typed
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(box.value(), value);
        QVERIFY(!box.isTyping());
        QCOMPARE(box.valueFromText(edit->text()), value);
    }

    void refusesLetters()
    {
        ValueSpinBox box;
        box.setValue(7.0);
        auto* edit = box.findChild<QLineEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, "abx");
        QCOMPARE(edit->text(), QString("7"));
    }

    void showsNoMoreDigitsThanNeeded_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("whole") << 2.0 << "2";
        QTest::newRow("negative") << -3.0 << QString::fromUtf8("−3");
        QTest::newRow("typed") << 0.123456789 << "0.123456789";
        QTest::newRow("sum") << 0.1 + 0.2 << "0.3";
        QTest::newRow("computed") << 1.0 / 3.0 << "0.333333";
        QTest::newRow("small") << -2.5e-9 << QString::fromUtf8("−2.5e−9");
        QTest::newRow("large") << 1e40 << "1e40";
        QTest::newRow("thousands") << 12345.5 << "12345.5";
        QTest::newRow("negative zero") << -0.0 << "0";
    }

    void showsNoMoreDigitsThanNeeded()
    {
        QFETCH(double, value);
        QFETCH(QString, text);
        ValueSpinBox box;
        QCOMPARE(box.textFromValue(value), text);
        box.setLocale(QLocale(QLocale::German));
        QCOMPARE(box.textFromValue(value), text.replace('.', ','));
    }

    void keepsTheNumberBehindTheDigits()
    {
        ValueSpinBox box;
        box.show();
        const double third = 1.0 / 3.0;
        box.setValue(third);
        auto* edit = box.findChild<QLineEdit*>();
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(box.value(), third);
        // Typed, the same digits are all there is.
        edit->selectAll();
        QTest::keyClicks(edit, "0.333333");
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(box.value(), 0.333333);
    }

    void stepsFitTheValueAndLeadThroughZero()
    {
        ValueSpinBox box;
        box.setValue(0.3);
        QList<double> down;
        for (int i = 0; i < 4; ++i) {
            box.stepBy(-10);
            down << box.value();
        }
        QCOMPARE(down, (QList<double>{0.2, 0.1, 0.0, -0.1}));
        box.setValue(250.0);
        box.stepBy(1);
        QCOMPARE(box.value(), 260.0);
        box.setValue(0.0025);
        box.stepBy(1);
        QCOMPARE(box.value(), 0.0026);
        box.setValue(0.0);
        box.stepBy(3);
        QCOMPARE(box.value(), 0.3);
        box.setValue(9.9);
        QList<double> up;
        for (int i = 0; i < 3; ++i) {
            box.stepBy(1);
            up << box.value();
        }
        QCOMPARE(up, (QList<double>{10.0, 11.0, 12.0}));
    }

    void showsValuesQuietly()
    {
        ValueSpinBox box;
        box.show();
        const QSignalSpy spy(&box, &QDoubleSpinBox::valueChanged);
        box.showValue(2.5);
        QCOMPARE(box.text(), QString("2.5"));
        box.showValue(std::numeric_limits<double>::infinity());
        QCOMPARE(box.text(), QString::fromUtf8("∞"));
        QCOMPARE(box.value(), 2.5);
        box.showValue(2.5); // the number before, but not what is shown
        QCOMPARE(box.text(), QString("2.5"));
        QCOMPARE(spy.count(), 0);
        // Half of a number stays as it was typed.
        auto* edit = box.findChild<QLineEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, "1.");
        QCOMPARE(spy.count(), 1);
        box.showValue(1.0);
        QCOMPARE(edit->text(), QString("1."));
        QVERIFY(box.isTyping());
    }

    void theWheelNeedsTheFocus()
    {
        ValueSpinBox box;
        box.setValue(2.0);
        QWheelEvent wheel(QPointF(5, 5), QPointF(5, 5), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&box, &wheel);
        QCOMPARE(box.value(), 2.0);
        QVERIFY(!wheel.isAccepted());
    }
};

QTEST_MAIN(TestValueSpinBox)
#include "tst_valuespinbox.moc"
