// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/seentile.h"
#include "widgets/style/signmap.h"

#include <QSignalSpy>
#include <QtTest>

#include <limits>

using namespace chainrule;

class TestSignMap : public QObject {
    Q_OBJECT

private slots:
    void signsAndStrength()
    {
        const std::vector<double> values{2.0, -1.0, 0.0, std::numeric_limits<double>::quiet_NaN(), -2.0, 0.5};
        const SignMap map = signMap(values, 3);
        QCOMPARE(map.largest, 2.0);
        QCOMPARE(map.image.size(), QSize(3, 2));
        const auto at = [&](int x, int y) { return map.image.pixelColor(x, y); };
        QCOMPARE(at(0, 0).alpha(), 255);
        QVERIFY(at(0, 0).red() > at(0, 0).blue()); // orange
        QVERIFY(std::abs(at(1, 0).alpha() - 128) <= 1);
        QVERIFY(at(1, 0).blue() > at(1, 0).red());
        QCOMPARE(at(2, 0).alpha(), 0);
        QCOMPARE(at(0, 1).alpha(), 0);
        QCOMPARE(at(1, 1).alpha(), 255);
        QVERIFY(std::abs(at(2, 1).alpha() - 64) <= 1);
    }

    void nothing()
    {
        const SignMap map = signMap(std::vector<double>(4, 0.0), 2);
        QCOMPARE(map.largest, 0.0);
        QCOMPARE(map.image.pixelColor(1, 1).alpha(), 0);
    }

    void tilesSayWhatTheyShow()
    {
        SeenTile tile("Centred");
        tile.resize(tile.sizeHint());
        QCOMPARE(tile.accessibleName(), QStringLiteral("Centred"));
        QCOMPARE(tile.accessibleDescription(), QStringLiteral("nothing to see"));
        QImage white(28, 28, QImage::Format_Grayscale8);
        white.fill(255);
        tile.setSeen(white, {}, {});
        QCOMPARE(tile.accessibleDescription(), QStringLiteral("not read"));
        tile.setSeen(white, "7", "97.6 %");
        QCOMPARE(tile.accessibleDescription(), QStringLiteral("read as 7, 97.6 %"));
        const QImage shot = tile.grab().toImage();
        QCOMPARE(shot.pixelColor(20, shot.height() / 2), QColor(Qt::white));
        QSignalSpy clicked(&tile, &QAbstractButton::clicked);
        QTest::keyClick(&tile, Qt::Key_Return);
        QTest::keyClick(&tile, Qt::Key_Space);
        QCOMPARE(clicked.size(), 2);
    }
};

QTEST_MAIN(TestSignMap)
#include "tst_signmap.moc"
