// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/expressionfield.h"
#include "widgets/style/style.h"
#include "widgets/style/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMimeData>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace chainrule;

namespace {

/// Left and right of the text from one UTF-16 position to another, as the caret stands there.
QRect between(ExpressionField& field, int from, int to)
{
    QTextCursor cursor(field.document());
    cursor.setPosition(from);
    const QRect left = field.cursorRect(cursor);
    cursor.setPosition(to);
    return {left.topLeft(), field.cursorRect(cursor).bottomLeft()};
}

} // namespace

class TestExpressionField : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, false); }

    void underlinesTheTokenAtAByteOffset_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("byte");
        QTest::addColumn<int>("from"); // UTF-16, worked out by hand
        QTest::addColumn<int>("to");
        QTest::newRow("first") << "a + b" << 0 << 0 << 1;
        QTest::newRow("a longer name") << "a + beta * c" << 4 << 4 << 8;
        // − is 3 bytes, × and ² are 2 each, all are one unit.
        QTest::newRow("behind a minus") << QString::fromUtf8("a − foo") << 6 << 4 << 7;
        QTest::newRow("behind all signs") << QString::fromUtf8("a−b×c² + relu") << 13 << 9 << 13;
        QTest::newRow("a sign itself") << QString::fromUtf8("a × × b") << 5 << 4 << 5;
        // An emoji is 4 bytes and two units, and no token.
        QTest::newRow("an emoji") << QString::fromUtf8("a + \U0001F600 * b") << 4 << 4 << 6;
        QTest::newRow("inside of an emoji") << QString::fromUtf8("a + \U0001F600 * b") << 6 << 4 << 6;
        QTest::newRow("second line") << QString::fromUtf8("e = a−b\nd = e + foo") << 18 << 16 << 19;
    }

    void underlinesTheTokenAtAByteOffset()
    {
        QFETCH(QString, text);
        QFETCH(int, byte);
        QFETCH(int, from);
        QFETCH(int, to);
        ExpressionField field;
        field.resize(400, 100);
        field.show();
        field.setExpression(text);
        field.showFault(static_cast<std::size_t>(byte), "expected a number");
        const std::vector<QRectF> rects = field.faultRects();
        QCOMPARE(rects.size(), std::size_t(1));
        const QRect expected = between(field, from, to);
        QVERIFY(std::abs(rects[0].left() - expected.left()) <= 1.5);
        QVERIFY(std::abs(rects[0].right() - expected.right()) <= 2.5);
        QVERIFY(std::abs(rects[0].top() - expected.top()) <= 2.0);
        QCOMPARE(field.accessibleDescription(), QString("expected a number"));
    }

    void underlinesAVisibleSpotAtTheEnd_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("byte");
        QTest::newRow("empty") << "" << 0;
        QTest::newRow("end") << "L = a +" << 7;
        QTest::newRow("far beyond") << "L = a +" << 700;
        QTest::newRow("end of a line") << QString::fromUtf8("e = a −\nL = e") << 9;
        QTest::newRow("a full field") << QString(400, 'a') << 400;
    }

    void underlinesAVisibleSpotAtTheEnd()
    {
        QFETCH(QString, text);
        QFETCH(int, byte);
        ExpressionField field;
        field.resize(300, 120);
        field.show();
        field.setExpression(text);
        field.showFault(static_cast<std::size_t>(byte), "expected a name");
        const std::vector<QRectF> rects = field.faultRects();
        QCOMPARE(rects.size(), std::size_t(1));
        QVERIFY(rects[0].width() >= 4.0);
        QVERIFY(rects[0].right() <= field.viewport()->width() + 1.0);
        const QRect end = field.cursorRect();
        if (byte != 9)
            QVERIFY(std::abs(rects[0].top() - end.top()) <= 2.0);
        // The mark is seen: its colour stands there.
        const QImage image = field.viewport()->grab().toImage();
        const QColor ink = themeColors(field.palette()).wrong;
        int pixels = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor c = image.pixelColor(x, y);
                pixels += c.alpha() > 60 && std::abs(c.red() - ink.red()) < 60 && c.red() - c.green() > 60 &&
                          c.red() - c.blue() > 60;
            }
        }
        QVERIFY2(pixels >= 3, qPrintable(QString::number(pixels)));
    }

    void typingTakesTheMarkAway()
    {
        ExpressionField field;
        field.setExpression("a +");
        field.showFault(3, "expected a number");
        QVERIFY(field.hasFault());
        QTest::keyClicks(&field, "b");
        QVERIFY(!field.hasFault());
        QVERIFY(field.faultRects().empty());
        QVERIFY(field.accessibleDescription().isEmpty());
    }

    void growsToFourLines()
    {
        QWidget page;
        auto* layout = new QVBoxLayout(&page);
        auto* field = new ExpressionField;
        layout->addWidget(field);
        layout->addStretch();
        page.resize(500, 400);
        page.show();
        QLineEdit plain;
        plain.setFont(field->font()); // its own is one of fixed width, which may be higher
        QCOMPARE(field->sizeHint().height(), plain.sizeHint().height());
        int before = 0;
        for (int lines = 1; lines <= 6; ++lines) {
            field->setExpression(QStringList(lines, "a = b").join('\n'));
            QCoreApplication::processEvents();
            QCoreApplication::processEvents();
            if (lines <= 4) {
                QVERIFY(field->height() > before);
                QCOMPARE(field->verticalScrollBar()->maximum(), 0);
            } else {
                QCOMPARE(field->height(), before);
                QVERIFY(field->verticalScrollBar()->maximum() > 0);
            }
            before = field->height();
        }
        // A long line wraps, and counts as the lines that one sees.
        field->setExpression("L = a");
        QCoreApplication::processEvents();
        const int one = field->height();
        field->setExpression("L = " + QStringList(60, "a").join(" + "));
        QCoreApplication::processEvents();
        QVERIFY(field->height() > one);
    }

    void anExampleIsOneUndoableEdit()
    {
        ExpressionField field;
        QTest::keyClicks(&field, "a*b");
        const QSignalSpy spy(&field, &QPlainTextEdit::textChanged);
        field.setExpression("L = (a*b + c)^2");
        QCOMPARE(spy.count(), 1);
        QCOMPARE(field.expression(), QString("L = (a*b + c)^2"));
        field.undo();
        QCOMPARE(field.expression(), QString("a*b"));
        field.redo();
        QCOMPARE(field.expression(), QString("L = (a*b + c)^2"));
    }

    void pastesPlainText()
    {
        ExpressionField field;
        auto* mime = new QMimeData;
        mime->setHtml(QString::fromUtf8("<b>a</b>&nbsp;× <i>b</i>"));
        QGuiApplication::clipboard()->setMimeData(mime);
        field.paste();
        QCOMPARE(field.expression(), QString::fromUtf8("a × b"));
        QVERIFY(!field.textCursor().charFormat().font().bold());
        field.clear();
        QGuiApplication::clipboard()->setText("e = a*b\r\nL\t= e\u2028M = L\r\n");
        field.paste();
        QCOMPARE(field.expression(), QString("e = a*b\nL = e\nM = L"));
    }

    void tabLeaves()
    {
        QWidget page;
        auto* layout = new QHBoxLayout(&page);
        auto* field = new ExpressionField;
        auto* next = new QLineEdit;
        layout->addWidget(field);
        layout->addWidget(next);
        page.show();
        QApplication::setActiveWindow(&page);
        field->setFocus();
        QTest::keyClick(field, Qt::Key_Tab);
        QVERIFY(next->hasFocus());
        QTest::keyClick(next, Qt::Key_Backtab);
        QVERIFY(field->hasFocus());
        QCOMPARE(field->expression(), QString());
    }

    void showsTheBracketsPartner()
    {
        ExpressionField field;
        field.setExpression("L = (a*(b + c))^2");
        QTextCursor caret = field.textCursor();
        caret.setPosition(4); // before the outer bracket
        field.setTextCursor(caret);
        QList<int> places;
        for (const QTextEdit::ExtraSelection& each : field.extraSelections())
            places << each.cursor.anchor();
        QCOMPARE(places, (QList<int>{4, 14}));
        caret.setPosition(1);
        field.setTextCursor(caret);
        QVERIFY(field.extraSelections().isEmpty());
    }
};

QTEST_MAIN(TestExpressionField)
#include "tst_expressionfield.moc"
