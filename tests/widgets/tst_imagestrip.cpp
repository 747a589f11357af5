// SPDX-License-Identifier: GPL-3.0-or-later
#include "contrast.h"

#include "widgets/images/imagestrip.h"
#include "widgets/style/style.h"
#include "widgets/style/theme.h"

#include <QAbstractItemModelTester>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include <utility>
#include <vector>

using namespace chainrule;

namespace {

/// Columns of white and black, one pixel each: any smoothing would show as grey.
QImage stripes()
{
    QImage image(28, 28, QImage::Format_Grayscale8);
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x)
            image.scanLine(y)[x] = x % 2 ? 255 : 0;
    }
    return image;
}

/// Every third is wrong, every seventh not judged.
std::vector<StripItem> drawings(int count)
{
    std::vector<StripItem> items;
    for (int i = 0; i < count; ++i) {
        StripItem item{stripes(), QString::number(i), QStringLiteral("Drawing %1").arg(i), i % 3 != 0};
        if (i % 7 == 6)
            item.correct.reset();
        items.push_back(std::move(item));
    }
    return items;
}

struct Fixture {
    QWidget window;
    QLineEdit* field = new QLineEdit;
    ImageStrip* strip = new ImageStrip;

    explicit Fixture(std::vector<StripItem> items, bool fits = true, bool dark = false)
    {
        applyTheme(*qApp, dark);
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(field);
        layout->addWidget(strip);
        layout->addStretch();
        window.setBackgroundRole(QPalette::Base);
        strip->setColumns(4);
        strip->setFitsContent(fits);
        strip->setItems(std::move(items));
        window.resize(263, 420);
        window.show();
        window.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&window));
        QCoreApplication::processEvents();
    }

    [[nodiscard]] QModelIndex index(int row) const { return strip->model()->index(row, 0); }
    [[nodiscard]] QRect tile(int row) const { return strip->visualRect(index(row)); }
    [[nodiscard]] QImage picture() const { return strip->viewport()->grab().toImage(); }
    void click(int row, Qt::MouseButton button = Qt::LeftButton) const
    {
        QTest::mouseClick(strip->viewport(), button, Qt::NoModifier, strip->pictureRect(row).center());
    }
    void press(Qt::Key key) const { QTest::keyClick(strip, key); }
};

QList<int> valuesOf(const QSignalSpy& spy)
{
    QList<int> values;
    for (const QList<QVariant>& one : spy)
        values += one.first().toInt();
    return values;
}

} // namespace

class TestImageStrip : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void tilesShareTheWidth()
    {
        for (const int columns : {1, 3, 4, 5, 7}) {
            for (const int width : {200, 239, 240, 241, 263}) {
                Fixture f(drawings(14));
                f.strip->setColumns(columns);
                f.window.resize(width + 24, 900);
                QCoreApplication::processEvents();
                const int right = f.strip->viewport()->width();
                for (int row = 0; row < 14; ++row) {
                    QCOMPARE(f.tile(row).top(), f.tile(row / columns * columns).top());
                    QCOMPARE(f.tile(row).left(), f.tile(row % columns).left());
                    QCOMPARE(f.tile(row).width(), f.tile(0).width());
                    QCOMPARE(f.strip->pictureRect(row).height(), f.tile(0).width());
                    if (row % columns > 0)
                        QVERIFY(f.tile(row).left() > f.tile(row - 1).right() + 4);
                    // What is seen there is what the mouse finds there.
                    QCOMPARE(f.strip->indexAt(f.strip->pictureRect(row).center()).row(), row);
                    QCOMPARE(f.strip->indexAt(f.tile(row).topLeft() + QPoint(2, 2)).row(), row);
                }
                QCOMPARE(f.tile(0).left(), 0);
                const int end = f.tile(std::min(columns, 14) - 1).right() + 1;
                QVERIFY2(end <= right && end >= right - 2, qPrintable(QString::number(end)));
            }
        }
    }

    void asHighAsItsRows()
    {
        Fixture f(drawings(14));
        QVERIFY(f.strip->hasHeightForWidth());
        QCOMPARE(f.strip->height(), f.strip->heightForWidth(f.strip->width()));
        QCOMPARE(f.strip->height(), f.tile(13).bottom() + 1);
        QVERIFY(!f.strip->verticalScrollBar()->isVisible());
        QCOMPARE(f.strip->verticalScrollBar()->maximum(), 0);
        const int before = f.strip->height();
        f.strip->setItems(drawings(17));
        QCoreApplication::processEvents();
        QVERIFY(f.strip->height() > before);
        QCOMPARE(f.strip->height(), f.tile(16).bottom() + 1);
        f.strip->setItems(drawings(3));
        QCoreApplication::processEvents();
        QCOMPARE(f.strip->height(), f.tile(0).bottom() + 1);
        // A layout that gives it another width gives it the height that goes with that.
        f.window.resize(400, 500);
        QCoreApplication::processEvents();
        QCOMPARE(f.strip->height(), f.tile(0).bottom() + 1);
    }

    void scrollsWhereItMayNotGrow()
    {
        Fixture f(drawings(40), false);
        f.strip->setFixedHeight(150);
        QCoreApplication::processEvents();
        QVERIFY(f.strip->verticalScrollBar()->isVisible());
        QVERIFY(f.tile(3).right() < f.strip->viewport()->width());
        QCOMPARE(f.tile(4).left(), 0);
        f.strip->setFocus();
        f.press(Qt::Key_End);
        QCOMPARE(f.strip->currentRow(), 39);
        QVERIFY(f.strip->viewport()->rect().contains(f.strip->pictureRect(39)));
        f.strip->setPlaceholder(QString(QStringLiteral("many words ")).repeated(50));
        f.strip->setItems({});
        QCoreApplication::processEvents();
        QVERIFY(!f.strip->verticalScrollBar()->isVisible()); // there is nothing that it could scroll
        f.strip->setItems(drawings(4));
        QCoreApplication::processEvents();
        QVERIFY(!f.strip->verticalScrollBar()->isVisible());
        QVERIFY(f.strip->viewport()->rect().contains(f.tile(0)));
    }

    // At the very height where the tiles fit without a bar and not with one, nothing flickers.
    void decidesOnceAboutTheBar()
    {
        Fixture f(drawings(12), false);
        const int needed = f.strip->heightForWidth(f.strip->width());
        for (int height = needed - 20; height < needed + 5; ++height) {
            f.strip->setFixedHeight(height);
            QCoreApplication::processEvents();
            QCOMPARE(f.strip->verticalScrollBar()->isVisible(), height < needed);
        }
    }

    void keepsTheCurrentRow()
    {
        Fixture f(drawings(14));
        QAbstractItemModelTester tester(f.strip->model(),
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(f.strip->currentRow(), -1);
        QCOMPARE(f.strip->itemCount(), 14);
        f.click(9);
        QCOMPARE(f.strip->currentRow(), 9);
        QSignalSpy chosen(f.strip, &ImageStrip::chosen);
        f.strip->setItems(drawings(20));
        QCOMPARE(f.strip->currentRow(), 9);
        f.strip->setItems(drawings(10));
        QCOMPARE(f.strip->currentRow(), 9);
        f.strip->setItems(drawings(4));
        QVERIFY(f.strip->currentRow() < 4);
        f.strip->setItems({});
        QCOMPARE(f.strip->currentRow(), -1);
        QCOMPARE(f.strip->itemCount(), 0);
        QCOMPARE(chosen.size(), 0);
    }

    void cheapWhereNothingChanged()
    {
        Fixture f(drawings(14));
        QSignalSpy resets(f.strip->model(), &QAbstractItemModel::modelReset);
        QSignalSpy layouts(f.strip->model(), &QAbstractItemModel::layoutChanged);
        QSignalSpy changes(f.strip->model(), &QAbstractItemModel::dataChanged);
        f.strip->setItems(drawings(14));
        QCOMPARE(changes.size(), 0);
        std::vector<StripItem> other = drawings(14);
        other[5].caption = QStringLiteral("new");
        f.strip->setItems(other);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes[0][0].toModelIndex().row(), 5);
        QCOMPARE(changes[0][1].toModelIndex().row(), 5);
        QCOMPARE(f.index(5).data().toString(), QStringLiteral("new"));
        QCOMPARE(resets.size() + layouts.size(), 0);
    }

    void saysWhatItShows()
    {
        Fixture f(drawings(14));
        QCOMPARE(f.index(1).data(Qt::AccessibleTextRole).toString(), QStringLiteral("1, correct"));
        QCOMPARE(f.index(3).data(Qt::AccessibleTextRole).toString(), QStringLiteral("3, wrong"));
        QCOMPARE(f.index(6).data(Qt::AccessibleTextRole).toString(), QStringLiteral("6"));
        QCOMPARE(f.index(3).data(Qt::ToolTipRole).toString(), QStringLiteral("Drawing 3"));
        QCOMPARE(f.index(3).data(Qt::AccessibleDescriptionRole).toString(), QStringLiteral("Drawing 3"));
        f.strip->setItems({{stripes(), {}, {}, {}}, {stripes(), {}, {}, {}}});
        QCOMPARE(f.index(1).data(Qt::AccessibleTextRole).toString(), QStringLiteral("Picture 2"));
        QVERIFY(!f.index(1).data(Qt::ToolTipRole).isValid());
    }

    void chosenByMouseAndKeys()
    {
        Fixture f(drawings(14));
        QSignalSpy chosen(f.strip, &ImageStrip::chosen);
        QSignalSpy removals(f.strip, &ImageStrip::removalWanted);
        f.press(Qt::Key_Space); // there is none yet
        f.press(Qt::Key_Delete);
        QCOMPARE(chosen.size() + removals.size(), 0);
        f.click(5);
        f.click(2, Qt::RightButton);
        QCOMPARE(valuesOf(chosen), QList<int>{5});
        f.click(5);
        chosen.clear();
        f.press(Qt::Key_Right);
        f.press(Qt::Key_Down);
        QCOMPARE(f.strip->currentRow(), 10);
        f.press(Qt::Key_Up);
        f.press(Qt::Key_Up);
        f.press(Qt::Key_Left);
        QCOMPARE(f.strip->currentRow(), 1);
        QCOMPARE(chosen.size(), 0); // going there is no choice
        f.press(Qt::Key_Space);
        f.press(Qt::Key_Return);
        f.press(Qt::Key_Enter);
        QCOMPARE(valuesOf(chosen), (QList<int>{1, 1, 1}));
        f.press(Qt::Key_Delete);
        f.press(Qt::Key_Backspace);
        QCOMPARE(valuesOf(removals), (QList<int>{1, 1}));
        f.press(Qt::Key_Home);
        QCOMPARE(f.strip->currentRow(), 0);
        QTest::mouseClick(f.strip->viewport(), Qt::LeftButton, Qt::ControlModifier,
                          f.strip->pictureRect(0).center());
        QVERIFY(f.strip->selectionModel()->isSelected(f.index(0)));
    }

    void digitsAreLeftToTheWindow()
    {
        Fixture f(drawings(14));
        f.click(5);
        QKeyEvent key(QEvent::KeyPress, Qt::Key_7, Qt::NoModifier, QStringLiteral("7"));
        QCoreApplication::sendEvent(f.strip, &key);
        QVERIFY(!key.isAccepted());
        QCOMPARE(f.strip->currentRow(), 5);
    }

    void menuByMouseAndKey()
    {
        Fixture f(drawings(14));
        QSignalSpy menus(f.strip, &ImageStrip::menuWanted);
        f.click(2);
        const QPoint at = f.strip->pictureRect(6).center();
        QContextMenuEvent byMouse(QContextMenuEvent::Mouse, at, QPoint(700, 800));
        QCoreApplication::sendEvent(f.strip->viewport(), &byMouse);
        QContextMenuEvent byKey(QContextMenuEvent::Keyboard, QPoint(1, 1), QPoint(1, 1));
        QCoreApplication::sendEvent(f.strip, &byKey);
        QCOMPARE(valuesOf(menus), (QList<int>{6, 2}));
        QCOMPARE(menus[0][1].toPoint(), QPoint(700, 800));
        const QPoint below = f.strip->viewport()->mapFromGlobal(menus[1][1].toPoint());
        QVERIFY(f.tile(2).contains(below));
        f.strip->setItems({});
        QContextMenuEvent nowhere(QContextMenuEvent::Mouse, QPoint(4, 4), QPoint(1, 1));
        QCoreApplication::sendEvent(f.strip->viewport(), &nowhere);
        QCOMPARE(menus.size(), 2);
    }

    void oneTabStop()
    {
        Fixture f(drawings(14));
        f.field->setFocus();
        QTest::keyClick(f.field, Qt::Key_Tab);
        QVERIFY(f.strip->hasFocus());
        const QColor accent = themeColors(f.strip->palette()).accent;
        QVERIFY(pixelsOf(f.picture(), accent, f.strip->pictureRect(0)) > 100);
        f.press(Qt::Key_Right);
        QVERIFY(pixelsOf(f.picture(), accent, f.strip->pictureRect(1)) > 100);
        QCOMPARE(pixelsOf(f.picture(), accent, f.strip->pictureRect(0)), 0);
        f.press(Qt::Key_Tab);
        QVERIFY(f.field->hasFocus());
    }

    void verdictsAreSeenTwice()
    {
        for (const bool dark : {false, true}) {
            Fixture f(drawings(14), true, dark);
            const ThemeColors& colors = themeColors(f.strip->palette());
            const QImage picture = f.picture();
            const auto below = [&](int row) {
                return f.tile(row).adjusted(0, f.strip->pictureRect(row).height(), 0, 0);
            };
            QVERIFY(pixelsOf(picture, colors.correct, f.strip->pictureRect(1)) > 100);
            QVERIFY(pixelsOf(picture, colors.correct, below(1)) > 3);
            QVERIFY(pixelsOf(picture, colors.wrong, f.strip->pictureRect(3)) > 100);
            QVERIFY(pixelsOf(picture, colors.wrong, below(3)) > 3);
            QCOMPARE(
                pixelsOf(picture, colors.correct, f.tile(3)) + pixelsOf(picture, colors.wrong, f.tile(1)), 0);
            // No judgement: a hairline, words in quiet text.
            QVERIFY(pixelsOf(picture, colors.line, f.strip->pictureRect(6)) > 50);
            QCOMPARE(
                pixelsOf(picture, colors.correct, f.tile(6)) + pixelsOf(picture, colors.wrong, f.tile(6)), 0);
            QVERIFY(pixelsOf(picture, colors.quietText, below(6)) > 0);
            for (const QColor& ink : {colors.correct, colors.wrong, colors.quietText})
                QVERIFY(contrast(ink, colors.panel) >= 4.5);
        }
    }

    void picturesAreSharp()
    {
        Fixture f(drawings(2));
        const QImage picture = f.picture();
        const QRect place = f.strip->pictureRect(1).adjusted(6, 6, -6, -6);
        const double ratio = picture.devicePixelRatio();
        const QRect inner((QPointF(place.topLeft()) * ratio).toPoint(),
                          (QSizeF(place.size()) * ratio).toSize());
        int white = 0;
        for (int y = inner.top(); y <= inner.bottom(); ++y) {
            for (int x = inner.left(); x <= inner.right(); ++x) {
                const QRgb pixel = picture.pixelColor(x, y).rgb();
                QVERIFY(pixel == QColor(Qt::white).rgb() || pixel == QColor(Qt::black).rgb());
                white += pixel == QColor(Qt::white).rgb() ? 1 : 0;
            }
        }
        QVERIFY(white > inner.width() * inner.height() / 4);
        // The corner is cut off.
        QVERIFY(picture.pixelColor(f.strip->pictureRect(1).topLeft()) != QColor(Qt::black));
    }

    // A widget that nobody has placed yet is wider than it will be; a window must not be made that high.
    void asksForNoMoreThanItNeeds()
    {
        QWidget window;
        auto* strip = new ImageStrip;
        strip->setColumns(4);
        strip->setFitsContent(true);
        strip->setItems(drawings(14));
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(strip);
        layout->addStretch();
        QVERIFY(window.sizeHint().height() < 450);
        QVERIFY(window.minimumSizeHint().height() < 450);
        window.resize(230, 300);
        window.show();
        static_cast<void>(QTest::qWaitForWindowExposed(&window));
        QCoreApplication::processEvents();
        QCOMPARE(strip->height(), strip->heightForWidth(strip->width()));
        QVERIFY2(window.height() < 450, qPrintable(QString::number(window.height())));
    }

    void withoutWordsThereIsNoRoomForThem()
    {
        std::vector<StripItem> bare = drawings(4);
        for (StripItem& item : bare) {
            item.caption.clear();
            item.correct.reset();
        }
        Fixture f(bare);
        QCOMPARE(f.tile(0).height(), f.tile(0).width());
        QCOMPARE(f.strip->height(), f.tile(0).height());
        bare[0].image = QImage(); // and no picture either
        f.strip->setItems(bare);
        QVERIFY(!f.picture().isNull());
    }

    void placeholderInsteadOfItems()
    {
        for (const bool dark : {false, true}) {
            Fixture f({}, true, dark);
            const QString words = QStringLiteral("Label a drawing and it joins the test strip, where you see "
                                                 "how many of yours are recognised.");
            f.strip->setPlaceholder(words);
            QCoreApplication::processEvents();
            const QColor quiet = themeColors(f.strip->palette()).quietText;
            QVERIFY(pixelsOf(f.picture(), quiet, f.strip->viewport()->rect()) > 20);
            QVERIFY(f.strip->height() >= 2 * f.strip->fontMetrics().lineSpacing()); // wrapped, not cut
            QCOMPARE(f.strip->accessibleDescription(), words);
            const int before = f.strip->height();
            QFont large = f.strip->font();
            large.setPointSize(14);
            f.strip->setFont(large);
            QCoreApplication::processEvents();
            QVERIFY(f.strip->height() > before);
            f.strip->setItems(drawings(1));
            QCoreApplication::processEvents();
            QCOMPARE(f.strip->accessibleDescription(), QString());
            QCOMPARE(f.strip->height(), f.tile(0).bottom() + 1);
        }
    }

    void growsWithTheFont()
    {
        Fixture f(drawings(8));
        const int before = f.tile(0).height() - f.tile(0).width();
        QFont large = f.strip->font();
        large.setPointSize(18);
        f.strip->setFont(large);
        QCoreApplication::processEvents();
        QVERIFY(f.tile(0).height() - f.tile(0).width() > before + 4);
        QCOMPARE(f.strip->height(), f.tile(7).bottom() + 1);
    }
};

QTEST_MAIN(TestImageStrip)
#include "tst_imagestrip.moc"
