// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/style.h"
#include "widgets/tables/datapreview.h"
#include "widgets/tables/datapreviewmodels.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace chainrule;

namespace {

QImage picture(int value)
{
    QImage image(8, 8, QImage::Format_Grayscale8);
    image.fill(QColor(value, value, value));
    return image;
}

DataSummary letters(int classes)
{
    DataSummary summary;
    summary.title = QStringLiteral("letters");
    summary.about = QStringLiteral("some images");
    summary.meanTitle = QStringLiteral("Mean image");
    summary.classes.push_back({QStringLiteral("All"), 12345, picture(40), {picture(30)}, true});
    for (int i = 0; i < classes; ++i) {
        const std::vector<QImage> samples(30, picture(100));
        summary.classes.push_back({QStringLiteral("letter %1").arg(i), 10 * (i + 1), picture(200), samples});
    }
    return summary;
}

} // namespace

class TestDataPreview : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, false); }

    void showsEveryClass()
    {
        DataPreview preview;
        QAbstractItemModelTester classes(preview.classTable()->model());
        QAbstractItemModelTester features(preview.featureTable()->model());
        preview.resize(700, 500);
        preview.show();
        preview.setSummary(letters(26));
        const QAbstractItemModel* model = preview.classTable()->model();
        QCOMPARE(model->rowCount(), 27);
        QCOMPARE(model->index(1, DataClassModel::NameColumn).data().toString(), QStringLiteral("letter 0"));
        QCOMPARE(model->index(26, DataClassModel::CountColumn).data().toString(), QStringLiteral("260"));
        QCOMPARE(model->index(26, DataClassModel::CountColumn).data(DataClassModel::ShareRole).toDouble(),
                 1.0);
        QCOMPARE(model->index(13, DataClassModel::CountColumn).data(DataClassModel::ShareRole).toDouble(),
                 0.5);
        // All together is beside the point of comparing classes.
        QVERIFY(!model->index(0, DataClassModel::CountColumn).data(DataClassModel::ShareRole).isValid());
        QVERIFY(model->index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("letter 0")));
        QVERIFY(!preview.featureTable()->isVisible());
        // No column is cut by the edge.
        int width = 0;
        for (int column = 0; column < DataClassModel::ColumnCount; ++column)
            width += preview.classTable()->columnWidth(column);
        QVERIFY(width <= preview.classTable()->viewport()->width());
    }

    void paintsPicturesAndBars()
    {
        DataPreview preview;
        preview.resize(700, 500);
        preview.show();
        preview.setSummary(letters(3));
        QVERIFY(QTest::qWaitForWindowExposed(&preview));
        const QImage shot = preview.classTable()->viewport()->grab().toImage();
        const auto colourAt = [&](int row, int column, double x, double y) {
            const QRect cell =
                preview.classTable()->visualRect(preview.classTable()->model()->index(row, column));
            return shot.pixelColor(
                QPoint(cell.left() + static_cast<int>(x), cell.top() + static_cast<int>(y)) *
                shot.devicePixelRatio());
        };
        const double middle = preview.classTable()->rowHeight(1) / 2.0;
        QCOMPARE(colourAt(1, DataClassModel::MeanColumn, 20, middle), QColor(200, 200, 200));
        QCOMPARE(colourAt(2, DataClassModel::SamplesColumn, 20, middle), QColor(100, 100, 100));
        const int last = preview.classTable()->columnWidth(DataClassModel::SamplesColumn) - 3;
        QVERIFY(colourAt(2, DataClassModel::SamplesColumn, last, middle) !=
                QColor(100, 100, 100)); // whole ones
    }

    void showsFeaturesAndNotes()
    {
        DataPreview preview;
        preview.resize(700, 500);
        preview.show();
        DataSummary summary = letters(2);
        summary.note = QStringLiteral("3 files were left out.");
        summary.features = {{QStringLiteral("petal"), 0.1, 1.25, 1234567.0, 0.0}};
        preview.setSummary(summary);
        QVERIFY(preview.featureTable()->isVisible());
        const QAbstractItemModel* model = preview.featureTable()->model();
        QCOMPARE(model->index(0, DataFeatureModel::LeastColumn).data().toString(), QStringLiteral("0.100"));
        QCOMPARE(model->index(0, DataFeatureModel::MeanColumn).data().toString(), QStringLiteral("1.250"));
        QCOMPARE(model->index(0, DataFeatureModel::DeviationColumn).data().toString(), QStringLiteral("0"));
        const auto* note = preview.findChild<QLabel*>();
        QVERIFY(note);
        bool found = false;
        for (const auto* label : preview.findChildren<QLabel*>())
            found = found || (label->isVisible() && label->text() == summary.note);
        QVERIFY(found);
        preview.setSummary(letters(2));
        QVERIFY(!preview.featureTable()->isVisible());
    }

    void fewClassesGetLargerPictures()
    {
        DataPreview preview;
        preview.resize(700, 600);
        preview.show();
        preview.setSummary(letters(2));
        const int large = preview.classTable()->rowHeight(0);
        preview.setSummary(letters(26));
        QVERIFY(large > preview.classTable()->rowHeight(0));
    }

    void waitsAndCloses()
    {
        DataPreview preview;
        preview.show();
        preview.setSummary(letters(2));
        preview.setWaiting(QStringLiteral("Looking…"));
        QVERIFY(!preview.classTable()->isVisible());
        QSignalSpy closed(&preview, &DataPreview::closeWanted);
        QTest::mouseClick(preview.closeButton(), Qt::LeftButton);
        QCOMPARE(closed.count(), 1);
    }

    void speaks()
    {
        DataPreview preview;
        preview.show();
        preview.setSummary(letters(2));
        QAccessibleInterface* table = QAccessible::queryAccessibleInterface(preview.classTable());
        QVERIFY(table && table->tableInterface());
        QCOMPARE(table->text(QAccessible::Name), QStringLiteral("Classes"));
        QCOMPARE(table->tableInterface()->rowCount(), 3);
        QAccessibleInterface* cell = table->tableInterface()->cellAt(1, DataClassModel::CountColumn);
        QVERIFY(cell);
        QVERIFY2(cell->text(QAccessible::Name).startsWith(QStringLiteral("10 ")),
                 qPrintable(cell->text(QAccessible::Name)));
    }

    void longNamesAndSmallWindowsAreFine()
    {
        DataPreview preview;
        DataSummary summary = letters(2);
        summary.classes[1].name = QString(300, QLatin1Char('w'));
        for (const QSize size : {QSize(1, 1), QSize(200, 100), QSize(2000, 50)}) {
            preview.resize(size);
            preview.show();
            preview.setSummary(summary);
            QVERIFY(preview.classTable()->columnWidth(0) <= std::max(1, preview.width() / 4));
            static_cast<void>(preview.grab());
        }
    }
};

QTEST_MAIN(TestDataPreview)
#include "tst_datapreview.moc"
