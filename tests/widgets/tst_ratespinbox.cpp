// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/ratespinbox.h"

#include <QLineEdit>
#include <QTest>

using namespace chainrule;

class TestRateSpinBox : public QObject {
    Q_OBJECT

private slots:
    void init() { QLocale::setDefault(QLocale::c()); }

    void stepsThroughOneTwoFive()
    {
        RateSpinBox box;
        box.setValue(0.1);
        QList<double> up;
        for (int i = 0; i < 4; ++i) {
            box.stepUp();
            up << box.value();
        }
        QCOMPARE(up, (QList<double>{0.2, 0.5, 1.0, 2.0}));
        box.setValue(0.1);
        QList<double> down;
        for (int i = 0; i < 4; ++i) {
            box.stepDown();
            down << box.value();
        }
        QCOMPARE(down, (QList<double>{0.05, 0.02, 0.01, 0.005}));
    }

    void readsWhatPeopleType_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<double>("value");
        QTest::newRow("plain") << "0.25" << 0.25;
        QTest::newRow("exponent") << "2.5e-3" << 0.0025;
        QTest::newRow("capital") << "1E3" << 1000.0;
        QTest::newRow("smallest") << "1e-9" << 1e-9;
        QTest::newRow("largest") << "1e9" << 1e9;
        QTest::newRow("too small") << "0" << 1e-9;
        QTest::newRow("too large") << "99999999999" << 1e9;
        QTest::newRow("unfinished") << "1e-" << 0.1; // no number: what was there stays
        QTest::newRow("no number") << "abc" << 0.1;
    }

    void readsWhatPeopleType()
    {
        QFETCH(QString, typed);
        QFETCH(double, value);
        RateSpinBox box;
        box.setValue(0.1);
        box.show();
        auto* edit = box.findChild<QLineEdit*>();
        edit->selectAll();
        if (typed == "abc")
            QTest::keyClicks(edit, typed); // refused letter by letter
        else {
            edit->clear();
            QTest::keyClicks(edit, typed);
        }
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(box.value(), value);
    }

    void readsTheLocalesNumbers()
    {
        RateSpinBox box;
        box.setLocale(QLocale(QLocale::German));
        QCOMPARE(box.valueFromText("0,05"), 0.05);
        QCOMPARE(box.textFromValue(0.05), QString("0,05"));
    }

    void showsNoMoreDigitsThanThereAre()
    {
        const RateSpinBox box;
        QCOMPARE(box.textFromValue(0.1), QString("0.1"));
        QCOMPARE(box.textFromValue(1.0), QString("1"));
        QCOMPARE(box.textFromValue(1e-9), QString("0.000000001"));
    }
};

QTEST_MAIN(TestRateSpinBox)
#include "tst_ratespinbox.moc"
