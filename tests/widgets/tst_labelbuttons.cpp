// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/labelbuttons.h"
#include "widgets/style/style.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSet>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace chainrule;

namespace {

QStringList digits(int count = 10)
{
    QStringList names;
    for (int i = 0; i < count; ++i)
        names += QString::number(i);
    return names;
}

QStringList letters()
{
    QStringList names;
    for (char letter = 'A'; letter <= 'Z'; ++letter)
        names += QString(QLatin1Char(letter));
    return names;
}

struct Fixture {
    QWidget window;
    QLineEdit* field = new QLineEdit;
    LabelButtons* labels = new LabelButtons;

    explicit Fixture(const QStringList& names)
    {
        applyTheme(*qApp, false);
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(field);
        layout->addWidget(labels);
        labels->setClasses(names);
        window.resize(300, 200);
        window.show();
        window.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&window));
    }

    [[nodiscard]] QList<QPushButton*> buttons() const { return labels->findChildren<QPushButton*>(); }
};

QString textOf(const QWidget* widget)
{
    return widget->accessibleName() + QLatin1Char('|') + widget->toolTip();
}

} // namespace

class TestLabelButtons : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void aButtonForEachDigit()
    {
        Fixture f(digits());
        const auto buttons = f.buttons();
        QCOMPARE(buttons.size(), 10);
        QVERIFY(f.labels->findChildren<QComboBox*>().isEmpty());
        QCOMPARE(textOf(buttons[3]), QStringLiteral("Keep as 3|Keep the drawing, as a 3 (key 3)"));
        QCOMPARE(textOf(buttons[8]), QStringLiteral("Keep as 8|Keep the drawing, as an 8 (key 8)"));
        QSet<QString> names;
        for (const QPushButton* button : buttons)
            names.insert(button->accessibleName());
        QCOMPARE(names.size(), 10);
        // Two rows of five, all of one size.
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(buttons[i]->y(), buttons[i / 5 * 5]->y());
            QCOMPARE(buttons[i]->x(), buttons[i % 5]->x());
            QVERIFY(std::abs(buttons[i]->width() - buttons[0]->width()) <= 1);
            QVERIFY(f.labels->rect().contains(buttons[i]->geometry()));
        }
        QVERIFY(buttons[5]->y() > buttons[0]->geometry().bottom());
        QSignalSpy chosen(f.labels, &LabelButtons::labelChosen);
        QTest::mouseClick(buttons[7], Qt::LeftButton);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 7);
    }

    void fewClassesFillTheRow()
    {
        Fixture f({QStringLiteral("no"), QStringLiteral("yes")});
        const auto buttons = f.buttons();
        QCOMPARE(buttons.size(), 2);
        QVERIFY(buttons[0]->width() + buttons[1]->width() > f.labels->width() - 20);
        QCOMPARE(buttons[1]->toolTip(), QStringLiteral("Keep the drawing, as “yes”")); // there is no such key
    }

    void manyClassesAreAList()
    {
        Fixture f(letters());
        auto* list = f.labels->findChild<QComboBox*>();
        QVERIFY(list);
        QCOMPARE(list->accessibleName(), QStringLiteral("True class"));
        QCOMPARE(list->count(), 26);
        const auto buttons = f.buttons();
        QCOMPARE(buttons.size(), 1);
        QCOMPARE(buttons[0]->accessibleName(), QStringLiteral("Keep"));
        QCOMPARE(buttons[0]->text(), QStringLiteral("Keep"));
        QSignalSpy chosen(f.labels, &LabelButtons::labelChosen);
        QCOMPARE(list->currentIndex(), -1);
        QVERIFY(!buttons[0]->isEnabled()); // there is nothing yet that it could be kept as
        list->setCurrentIndex(25);
        QCOMPARE(chosen.size(), 0); // looking through the list keeps nothing
        QTest::mouseClick(buttons[0], Qt::LeftButton);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 25);
    }

    void wideNamesAreAList()
    {
        Fixture f({QStringLiteral("Ankle boot"), QStringLiteral("Sandal"), QStringLiteral("T-shirt or top")});
        QVERIFY(f.labels->findChild<QComboBox*>());
        QCOMPARE(f.labels->findChild<QComboBox*>()->itemText(2), QStringLiteral("T-shirt or top"));
    }

    void namesFitWhereverTheyStand_data()
    {
        QTest::addColumn<QStringList>("names");
        QTest::addColumn<int>("width");
        const QStringList clothes{"Top",    "Pants", "Pullov", "Dress", "Coat",
                                  "Sandal", "Shirt", "Sneak",  "Bag",   "Boot"};
        for (const int width : {168, 240, 420}) {
            QTest::addRow("ten short names, %d", width) << clothes << width;
            QTest::addRow("letters, %d", width) << letters() << width;
            QTest::addRow("long names, %d", width)
                << QStringList{"Ankle boot with laces", "Ankle boot without laces", "Ankle boot with zipper"}
                << width;
        }
    }

    // As in a side panel, which has one width whatever stands in it.
    void namesFitWhereverTheyStand()
    {
        QFETCH(QStringList, names);
        QFETCH(int, width);
        Fixture f({});
        f.window.setFixedWidth(width);
        f.window.layout()->setContentsMargins(0, 0, 0, 0);
        QCoreApplication::processEvents();
        f.labels->setClasses(names);
        QCoreApplication::processEvents();
        for (const int room : {width, width + 200, width}) {
            f.window.setFixedWidth(room);
            QCoreApplication::processEvents();
            auto* list = f.labels->findChild<QComboBox*>();
            const auto buttons = f.buttons();
            for (int i = 0; i < buttons.size(); ++i) {
                const int text = buttons[i]->fontMetrics().horizontalAdvance(buttons[i]->text());
                QVERIFY2(buttons[i]->width() >= text + 12, qPrintable(buttons[i]->text()));
                QVERIFY(f.labels->rect().contains(buttons[i]->geometry()));
                for (int j = 0; j < i; ++j)
                    QVERIFY(!buttons[i]->geometry().intersects(buttons[j]->geometry()));
            }
            if (!list)
                continue;
            QVERIFY(f.labels->rect().contains(list->geometry()));
            QVERIFY(!list->geometry().intersects(buttons[0]->geometry()));
            QVERIFY(list->width() >= list->fontMetrics().horizontalAdvance(list->placeholderText()) + 40);
        }
    }

    void oneTabStopAndArrows()
    {
        Fixture f(digits());
        const auto buttons = f.buttons();
        QSignalSpy chosen(f.labels, &LabelButtons::labelChosen);
        f.field->setFocus();
        QTest::keyClick(f.field, Qt::Key_Tab);
        QVERIFY(buttons[0]->hasFocus());
        QTest::keyClick(buttons[0], Qt::Key_Right);
        QTest::keyClick(buttons[1], Qt::Key_Down);
        QVERIFY(buttons[6]->hasFocus());
        QTest::keyClick(buttons[6], Qt::Key_Down); // nowhere to go
        QVERIFY(buttons[6]->hasFocus());
        QTest::keyClick(buttons[6], Qt::Key_Space);
        QTest::keyClick(buttons[6], Qt::Key_Return);
        QCOMPARE(chosen.size(), 2);
        QCOMPARE(chosen[1][0].toInt(), 6);
        QTest::keyClick(buttons[6], Qt::Key_End);
        QVERIFY(buttons[9]->hasFocus());
        QTest::keyClick(buttons[9], Qt::Key_Right);
        QVERIFY(buttons[9]->hasFocus());
        QTest::keyClick(buttons[9], Qt::Key_Tab);
        QVERIFY(f.field->hasFocus());
        // The way back leads to where it was left.
        QTest::keyClick(f.field, Qt::Key_Backtab, Qt::ShiftModifier);
        QVERIFY(buttons[9]->hasFocus());
    }

    void disabledAsAWhole()
    {
        Fixture f(digits());
        QSignalSpy chosen(f.labels, &LabelButtons::labelChosen);
        f.labels->setEnabled(false);
        f.labels->setClasses(letters());
        QVERIFY(!f.labels->findChild<QComboBox*>()->isEnabled());
        QTest::mouseClick(f.buttons()[0], Qt::LeftButton);
        QCOMPARE(chosen.size(), 0);
    }

    void classesMayChangeFromWithinAClick()
    {
        Fixture f(digits());
        connect(f.labels, &LabelButtons::labelChosen, f.labels, [&f] { f.labels->setClasses(letters()); });
        QTest::mouseClick(f.buttons()[4], Qt::LeftButton);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCOMPARE(f.buttons().size(), 1);
        f.labels->setClasses(digits(4));
        QCOMPARE(f.buttons().size(), 4);
        QVERIFY(f.labels->findChildren<QComboBox*>().isEmpty());
        f.labels->setClasses({});
        QCOMPARE(f.labels->findChildren<QWidget*>().size(), 0);
    }

    void theSameClassesKeepTheButtons()
    {
        Fixture f(digits());
        const auto before = f.buttons();
        f.labels->setClasses(digits());
        QCOMPARE(f.buttons(), before);
    }

    void ampersandsAreNames()
    {
        Fixture f({QStringLiteral("&"), QStringLiteral("+")});
        QCOMPARE(f.buttons()[0]->text(), QStringLiteral("&&"));
        QCOMPARE(f.buttons()[0]->accessibleName(), QStringLiteral("Keep as &"));
        QVERIFY(f.buttons()[0]->shortcut().isEmpty());
    }

    void growsWithTheFont()
    {
        Fixture f(digits());
        const auto before = f.buttons();
        before[2]->setFocus();
        QFont large = f.labels->font();
        large.setPointSize(20);
        f.labels->setFont(large);
        QCOMPARE(f.buttons(), before); // and so the focus stays
        QVERIFY(before[2]->hasFocus());
        f.window.resize(f.window.minimumSizeHint());
        QCoreApplication::processEvents();
        for (const QPushButton* button : f.buttons()) {
            const QSize text = QFontMetrics(button->font()).size(Qt::TextShowMnemonic, button->text());
            QCOMPARE(button->font().pointSize(), 20);
            QVERIFY(button->width() >= text.width() + 8);
            QVERIFY(button->height() >= text.height());
        }
    }
};

QTEST_MAIN(TestLabelButtons)
#include "tst_labelbuttons.moc"
