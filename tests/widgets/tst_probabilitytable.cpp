// SPDX-License-Identifier: GPL-3.0-or-later
#include "contrast.h"

#include "widgets/style/style.h"
#include "widgets/style/theme.h"
#include "widgets/tables/probabilitymodel.h"
#include "widgets/tables/probabilitytable.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include <limits>
#include <memory>
#include <vector>

using namespace chainrule;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> eight{0.001, 0.0, 0.004, 0.012, 0.0, 0.003, 0.0, 0.001, 0.976, 0.003};

QStringList digits()
{
    QStringList names;
    for (int i = 0; i < 10; ++i)
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

/// A window with a field before the table, to come from by key.
struct Fixture {
    QWidget window;
    QLineEdit* field = new QLineEdit;
    ProbabilityTable* table = new ProbabilityTable;

    explicit Fixture(const QStringList& names = digits(), bool dark = false)
    {
        applyTheme(*qApp, dark);
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(field);
        layout->addWidget(table);
        layout->addStretch();
        window.setBackgroundRole(QPalette::Base);
        table->setClasses(names);
        window.resize(420, window.sizeHint().height());
        window.show();
        window.activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(&window));
    }

    [[nodiscard]] QString cell(int row, int column, int role = Qt::DisplayRole) const
    {
        return table->model()->index(row, column).data(role).toString();
    }
    [[nodiscard]] QRect rectOf(int row, int column) const
    {
        return table->visualRect(table->model()->index(row, column));
    }
    [[nodiscard]] QImage picture() const { return table->viewport()->grab().toImage(); }
    void click(int row, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const
    {
        QTest::mouseClick(table->viewport(), Qt::LeftButton, modifiers,
                          rectOf(row, ProbabilityModel::BarColumn).center());
    }
};

QList<int> valuesOf(const QSignalSpy& spy)
{
    QList<int> values;
    for (const QList<QVariant>& one : spy)
        values += one.first().toInt();
    return values;
}

} // namespace

class TestProbabilityTable : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void saysNameAndPercentage()
    {
        Fixture f;
        QAbstractItemModelTester tester(f.table->model(),
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        f.table->setProbabilities(eight);
        QCOMPARE(f.table->accessibleName(), QStringLiteral("Class probabilities"));
        QCOMPARE(f.table->model()->rowCount(), 10);
        QCOMPARE(f.cell(8, 0), QStringLiteral("8"));
        QCOMPARE(f.cell(8, 2), QStringLiteral("97.6 %"));
        QCOMPARE(f.cell(1, 2), QStringLiteral("0.0 %"));
        for (int column = 0; column < 3; ++column)
            QCOMPARE(f.cell(8, column, Qt::AccessibleTextRole), QStringLiteral("8: 97.6 %"));
        QAbstractItemModel* model = f.table->model();
        QCOMPARE(model->headerData(0, Qt::Horizontal).toString(), QStringLiteral("Class"));
        QCOMPARE(model->headerData(1, Qt::Horizontal).toString(), QStringLiteral("Bar"));
        QCOMPARE(model->headerData(2, Qt::Horizontal).toString(), QStringLiteral("Probability"));
        QVERIFY(f.table->horizontalHeader()->isHidden() && f.table->verticalHeader()->isHidden());
    }

    void followsTheLocale()
    {
        Fixture f;
        f.table->setProbabilities(eight);
        f.table->setLocale(QLocale(QLocale::German, QLocale::Germany));
        QCOMPARE(f.cell(8, 2), QStringLiteral("97,6 %"));
    }

    void whatIsNotKnownIsADash()
    {
        Fixture f;
        const ThemeColors& colors = themeColors(f.table->palette());
        const auto inked = [&](int row) {
            const QRect bar = f.rectOf(row, ProbabilityModel::BarColumn);
            const QImage picture = f.picture();
            return pixelsOf(picture, colors.quietText, bar) + pixelsOf(picture, colors.accent, bar);
        };
        QCOMPARE(f.cell(3, 2), QStringLiteral("–"));
        QVERIFY(!f.cell(3, 0, Qt::AccessibleTextRole).contains(QLatin1Char('%')));
        QCOMPARE(inked(3), 0);
        f.table->setProbabilities(
            std::vector<double>{unknown, std::numeric_limits<double>::infinity(), 0.25, 0.75});
        QCOMPARE(f.cell(0, 2), QStringLiteral("–"));
        QCOMPARE(f.cell(1, 2), QStringLiteral("–"));
        QCOMPARE(f.cell(2, 2), QStringLiteral("25.0 %"));
        QCOMPARE(f.cell(9, 2), QStringLiteral("–")); // there was none for it
        QCOMPARE(inked(0) + inked(1), 0);
        QVERIFY(inked(3) > 100);
        f.table->setProbabilities(std::vector<double>(10, unknown));
        QCOMPARE(inked(3), 0);
        f.table->setProbabilities({});
        QCOMPARE(f.table->model()->rowCount(), 10);
        QCOMPARE(f.cell(3, 2), QStringLiteral("–"));
    }

    void theMostProbableStandsOut()
    {
        for (const bool dark : {false, true}) {
            Fixture f(digits(), dark);
            f.table->setProbabilities(eight);
            const ThemeColors& colors = themeColors(f.table->palette());
            const QImage picture = f.picture();
            const auto bar = [&](int row) { return f.rectOf(row, ProbabilityModel::BarColumn); };
            const int full = bar(8).width();
            // Some of the column's width is gap, and corners are smoothed.
            const QRect middle(bar(8).left(), bar(8).center().y(), full, 1);
            QVERIFY(pixelsOf(picture, colors.accent, middle) > 0.85 * full);
            QVERIFY(pixelsOf(picture, colors.accent, middle) < full);
            for (int row = 0; row < 10; ++row) {
                if (row != 8)
                    QCOMPARE(pixelsOf(picture, colors.accent, bar(row)), 0);
            }
            // One that rounds to nothing is a tick of one pixel.
            QCOMPARE(pixelsOf(picture, colors.quietText, {bar(1).left(), bar(1).center().y(), full, 1}), 1);
        }
    }

    void updatesMoveNothing()
    {
        Fixture f;
        f.table->setProbabilities(eight);
        f.table->setChosenClass(2);
        QCoreApplication::processEvents();
        QSignalSpy resets(f.table->model(), &QAbstractItemModel::modelReset);
        QSignalSpy layouts(f.table->model(), &QAbstractItemModel::layoutChanged);
        QSignalSpy changes(f.table->model(), &QAbstractItemModel::dataChanged);
        QSignalSpy sections(f.table->horizontalHeader(), &QHeaderView::sectionResized);
        QSignalSpy chosen(f.table, &ProbabilityTable::classChosen);
        const QSize hint = f.table->sizeHint();
        const QRect place = f.rectOf(9, 2);
        for (int step = 0; step < 100; ++step) {
            std::vector<double> next(10, step % 7 == 0 ? unknown : 0.0);
            next[static_cast<std::size_t>(step % 10)] = 1.0;
            f.table->setProbabilities(next);
            f.table->setProbabilities(next); // nothing new
            QCoreApplication::processEvents();
        }
        QCOMPARE(changes.size(), 100);
        QCOMPARE(resets.size() + layouts.size() + sections.size() + chosen.size(), 0);
        QCOMPARE(f.table->sizeHint(), hint);
        QCOMPARE(f.rectOf(9, 2), place);
        QCOMPARE(f.table->chosenClass(), std::optional(2));
    }

    void chosenByMouseAndKeys()
    {
        Fixture f;
        f.table->setProbabilities(eight);
        QSignalSpy chosen(f.table, &ProbabilityTable::classChosen);
        QCOMPARE(f.table->chosenClass(), std::nullopt);
        f.click(4);
        f.click(4);                      // again: it may have been left in the meantime
        f.click(4, Qt::ControlModifier); // does not take the choice away
        QCOMPARE(f.table->chosenClass(), std::optional(4));
        QCOMPARE(valuesOf(chosen), (QList<int>{4, 4, 4}));
        chosen.clear();
        QTest::keyClick(f.table, Qt::Key_Down);
        QTest::keyClick(f.table, Qt::Key_Right);
        QTest::keyClick(f.table, Qt::Key_Up);
        QTest::keyClick(f.table, Qt::Key_End);
        QTest::keyClick(f.table, Qt::Key_Home);
        QCOMPARE(valuesOf(chosen), (QList<int>{5, 4, 9, 0}));
        chosen.clear();
        QTest::keyClick(f.table, Qt::Key_Space);
        QTest::keyClick(f.table, Qt::Key_Return);
        QTest::keyClick(f.table, Qt::Key_Enter);
        QCOMPARE(valuesOf(chosen), (QList<int>{0, 0, 0}));
    }

    void choosingByProgramIsSilent()
    {
        Fixture f;
        QSignalSpy chosen(f.table, &ProbabilityTable::classChosen);
        f.table->setChosenClass(7);
        QCOMPARE(f.table->chosenClass(), std::optional(7));
        f.table->setChosenClass(12);
        QCOMPARE(f.table->chosenClass(), std::nullopt);
        f.table->setChosenClass(3);
        f.table->setChosenClass(std::nullopt);
        QCOMPARE(f.table->chosenClass(), std::nullopt);
        QCOMPARE(chosen.size(), 0);
    }

    void tabComesInAndGoesOn()
    {
        Fixture f;
        QSignalSpy chosen(f.table, &ProbabilityTable::classChosen);
        f.field->setFocus();
        QTest::keyClick(f.field, Qt::Key_Tab);
        QVERIFY(f.table->hasFocus());
        QCOMPARE(chosen.size(), 0); // being there is no choice
        QCOMPARE(f.table->chosenClass(), std::nullopt);
        const ThemeColors& colors = themeColors(f.table->palette());
        QVERIFY(pixelsOf(f.picture(), colors.accent, f.table->viewport()->rect()) > 200); // the ring
        QTest::keyClick(f.table, Qt::Key_Space);
        QCOMPARE(valuesOf(chosen), QList<int>{0});
        QTest::keyClick(f.table, Qt::Key_Tab);
        QVERIFY(f.field->hasFocus());
    }

    void noRingForTheMouse()
    {
        Fixture f;
        f.click(5);
        QVERIFY(f.table->hasFocus());
        // Only the short line at the row's beginning.
        const QRect right = f.table->viewport()->rect().adjusted(10, 0, 0, 0);
        QCOMPARE(pixelsOf(f.picture(), themeColors(f.table->palette()).accent, right), 0);
    }

    void digitsAreLeftToTheWindow()
    {
        Fixture f;
        f.table->setFocus();
        f.table->setChosenClass(2);
        QKeyEvent key(QEvent::KeyPress, Qt::Key_7, Qt::NoModifier, QStringLiteral("7"));
        QCoreApplication::sendEvent(f.table, &key);
        QVERIFY(!key.isAccepted());
        QCOMPARE(f.table->chosenClass(), std::optional(2));
    }

    void otherClassesKeepTheChosenRow()
    {
        Fixture f;
        f.table->setProbabilities(eight);
        f.table->setChosenClass(4);
        QSignalSpy chosen(f.table, &ProbabilityTable::classChosen);
        QSignalSpy resets(f.table->model(), &QAbstractItemModel::modelReset);
        f.table->setClasses(digits());
        QCOMPARE(resets.size(), 0);
        QCOMPARE(f.cell(8, 2), QStringLiteral("97.6 %"));
        f.table->setClasses(letters());
        QCOMPARE(f.table->chosenClass(), std::optional(4));
        QCOMPARE(f.cell(4, 0), QStringLiteral("E"));
        QCOMPARE(f.cell(4, 2), QStringLiteral("–"));
        f.table->setClasses({QStringLiteral("no"), QStringLiteral("yes")});
        QCOMPARE(f.table->chosenClass(), std::nullopt);
        f.table->setClasses({});
        f.table->setProbabilities(eight);
        QCOMPARE(f.table->model()->rowCount(), 0);
        QTest::keyClick(f.table, Qt::Key_Space);
        QCOMPARE(chosen.size(), 0);
    }

    void tenRowsAreSeenMoreScroll()
    {
        Fixture ten;
        QCOMPARE(ten.table->verticalScrollBar()->maximum(), 0);
        QVERIFY(!ten.table->verticalScrollBar()->isVisible());
        QVERIFY(ten.table->viewport()->rect().contains(ten.rectOf(9, 2)));
        Fixture many(letters());
        QVERIFY(many.table->verticalScrollBar()->isVisible());
        QVERIFY(many.table->height() >= ten.table->height());
        QVERIFY(many.table->height() < ten.table->height() * 1.2);
        QTest::keyClick(many.table, Qt::Key_End);
        QCOMPARE(many.table->chosenClass(), std::optional(25));
        QVERIFY(many.table->viewport()->rect().contains(many.rectOf(25, 2)));
    }

    void growsWithTheFont()
    {
        Fixture f;
        f.table->setProbabilities(eight);
        const QSize before = f.table->minimumSizeHint();
        QFont large = f.table->font();
        large.setPointSize(14);
        f.table->setFont(large);
        QVERIFY(f.table->minimumSizeHint().height() > before.height());
        f.window.resize(f.window.minimumSizeHint());
        QCoreApplication::processEvents();
        QFont strong = large;
        strong.setWeight(QFont::DemiBold);
        const QFontMetrics metrics(strong);
        QVERIFY(f.rectOf(8, 2).width() >= metrics.horizontalAdvance(QStringLiteral("100.0 %")));
        QVERIFY(f.rectOf(8, 0).width() >= metrics.horizontalAdvance(QStringLiteral("8")));
        QVERIFY(f.rectOf(8, 1).width() > 40);
        QVERIFY(f.rectOf(0, 0).height() >= metrics.height());
        QVERIFY(f.table->viewport()->rect().contains(f.rectOf(9, 2)));
    }

    void longNamesLeaveRoomForBars()
    {
        Fixture f({QStringLiteral("a name of a class that is longer than what there is room for"),
                   QStringLiteral("b")});
        QVERIFY(f.rectOf(0, 1).width() > 60);
        QVERIFY(f.cell(0, 0, Qt::ToolTipRole).contains(QStringLiteral("longer than what there is room for")));
    }

    void wordsAreLegible()
    {
        for (const bool dark : {false, true}) {
            Fixture f(digits(), dark);
            f.table->setProbabilities(eight);
            f.table->setChosenClass(3);
            const ThemeColors& colors = themeColors(f.table->palette());
            const QImage picture = f.picture();
            const QRect cell = f.rectOf(3, ProbabilityModel::PercentColumn);
            // The ground that is really there, beside the words, and the words on it.
            const QColor ground = picture.pixelColor(cell.left() + 1, cell.center().y());
            QCOMPARE(ground.rgb(), colors.accentFill.rgb());
            QVERIFY(pixelsOf(picture, colors.quietText, cell) > 0);
            QVERIFY(contrast(colors.quietText, ground) >= 4.5);
            QVERIFY(contrast(colors.text, ground) >= 4.5);
            QVERIFY(contrast(colors.quietText, colors.panel) >= 4.5);
        }
    }
};

QTEST_MAIN(TestProbabilityTable)
#include "tst_probabilitytable.moc"
