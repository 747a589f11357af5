// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/messagebar.h"
#include "widgets/fields/transferbar.h"
#include "widgets/style/style.h"

#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace chainrule;

namespace {

template <typename Widget>
Widget* named(QWidget& parent, const char* name)
{
    for (auto* each : parent.findChildren<Widget*>()) {
        if (each->accessibleName() == QLatin1String(name))
            return each;
    }
    return nullptr;
}

QStringList shownButtons(MessageBar& bar)
{
    QStringList texts;
    for (const auto* button : bar.findChildren<QPushButton*>()) {
        if (button->isVisible() && !button->text().isEmpty())
            texts << button->text();
    }
    return texts;
}

void press(QWidget& parent, const QString& text)
{
    for (auto* button : parent.findChildren<QPushButton*>()) {
        if (button->text() == text) {
            QTest::mouseClick(button, Qt::LeftButton);
            return;
        }
    }
    QFAIL("no such button");
}

} // namespace

/// The strips above a page: of a download, and of a message with two ways out.
class TestTransferBar : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, false); }

    void tellsHowFarItIs()
    {
        QWidget window;
        TransferBar bar(&window);
        window.show();
        QVERIFY(!bar.isVisible());
        bar.showProgress("MNIST: 25 % of 11.6 MB", 0.25);
        QVERIFY(bar.isVisible());
        QCOMPARE(bar.text(), QString("MNIST: 25 % of 11.6 MB"));
        auto* progress = named<QProgressBar>(bar, "Download progress");
        QVERIFY(progress);
        QCOMPARE(progress->value() * 4, progress->maximum());
        QCOMPARE(named<QLabel>(bar, "Download state")->accessibleDescription(), bar.text());
        bar.showProgress("more than all", 1.5);
        QCOMPARE(progress->value(), progress->maximum());
        bar.showProgress("not known", -1.0);
        QCOMPARE(progress->value(), 0);

        auto* cancel = named<QPushButton>(bar, "Cancel download");
        QVERIFY(cancel && !cancel->toolTip().isEmpty() && cancel->focusPolicy() != Qt::NoFocus);
        QSignalSpy cancelled(&bar, &TransferBar::cancelled);
        QTest::mouseClick(cancel, Qt::LeftButton);
        QCOMPARE(cancelled.count(), 1);
        QCOMPARE(QAccessible::queryAccessibleInterface(&bar)->text(QAccessible::Name), QString("Download"));
    }

    void messageHasTwoWaysOut()
    {
        QWidget window;
        MessageBar bar(&window);
        window.show();
        QStringList done;
        bar.showMessage(MessageBar::Kind::Problem, "not here", "Get it", [&] { done << "get"; });
        QCOMPARE(shownButtons(bar), QStringList{"Get it"});
        bar.showMessage(
            MessageBar::Kind::Problem, "not here", "Get it", [&] { done << "get"; }, "Do without",
            [&] { done << "without"; });
        QCOMPARE(shownButtons(bar), (QStringList{"Get it", "Do without"}));
        press(bar, "Do without");
        QVERIFY(!bar.isVisible());
        QCOMPARE(done, QStringList{"without"});
        // The next message has its own buttons only.
        bar.showMessage(MessageBar::Kind::Note, "here");
        QCOMPARE(shownButtons(bar), QStringList());
        QCOMPARE(bar.message(), QString("here"));
    }
};

QTEST_MAIN(TestTransferBar)
#include "tst_transferbar.moc"
