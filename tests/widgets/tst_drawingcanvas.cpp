// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/drawingcanvas.h"

#include <QMimeData>
#include <QPointingDevice>
#include <QtTest>

#include <memory>
#include <numeric>

using namespace chainrule;

namespace {

struct Drawn {
    Stroke points;
    double pen = 0.0;
};

// A canvas whose owner takes every stroke, as the page does.
struct Owned {
    DrawingCanvas canvas;
    StrokeSample drawing;
    std::vector<Drawn> strokes;
    int changes = 0;

    Owned()
    {
        canvas.resize(400, 400);
        canvas.show();
        QObject::connect(&canvas, &DrawingCanvas::strokeDrawn, [this](const Stroke& points, double pen) {
            strokes.push_back({points, pen});
            drawing.strokes.push_back(points);
            drawing.pens.push_back(pen);
            canvas.setDrawing(drawing);
        });
        QObject::connect(&canvas, &DrawingCanvas::inkChanged, [this] { ++changes; });
    }

    [[nodiscard]] long inkSum() const
    {
        return std::accumulate(canvas.ink().ink.begin(), canvas.ink().ink.end(), 0L);
    }
};

void drag(QWidget& canvas, const std::vector<QPoint>& points, Qt::MouseButton button = Qt::LeftButton)
{
    QTest::mousePress(&canvas, button, {}, points.front());
    for (const QPoint& point : points) {
        QMouseEvent move(QEvent::MouseMove, point, canvas.mapToGlobal(point), Qt::NoButton, button,
                         Qt::NoModifier);
        QCoreApplication::sendEvent(&canvas, &move);
    }
    QTest::mouseRelease(&canvas, button, {}, points.back());
}

} // namespace

class TestDrawingCanvas : public QObject {
    Q_OBJECT

private slots:
    void mouse()
    {
        Owned owned;
        QCOMPARE(owned.inkSum(), 0L);
        drag(owned.canvas, {{100, 100}, {150, 200}, {300, 300}});
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        const Drawn& first = owned.strokes.front();
        QCOMPARE(first.points.size(), std::size_t{3});
        QCOMPARE(first.points[1].x, 150.0 / 400.0);
        QCOMPARE(first.points[1].y, 0.5);
        QCOMPARE(first.pen, canvasPen);
        // What shows while drawing is what the drawing is afterwards.
        InkImage expected = canvasWith({});
        drawOnCanvas(expected, first.points, first.pen);
        QVERIFY(owned.canvas.ink() == expected);
        QVERIFY(owned.changes >= 3);
        QCOMPARE(owned.canvas.accessibleDescription().left(1), QStringLiteral("1"));
    }

    void secondStrokesComeOnTop()
    {
        Owned owned;
        drag(owned.canvas, {{100, 100}, {300, 100}});
        drag(owned.canvas, {{100, 300}, {300, 300}});
        InkImage expected = canvasWith({});
        for (const Drawn& each : owned.strokes)
            drawOnCanvas(expected, each.points, each.pen);
        QVERIFY(owned.canvas.ink() == expected);
        owned.drawing.strokes.pop_back();
        owned.drawing.pens.pop_back();
        owned.canvas.setDrawing(owned.drawing);
        InkImage one = canvasWith({});
        drawOnCanvas(one, owned.strokes[0].points, owned.strokes[0].pen);
        QVERIFY(owned.canvas.ink() == one);
    }

    void eraser()
    {
        Owned owned;
        drag(owned.canvas, {{100, 200}, {200, 200}, {300, 200}});
        const long before = owned.inkSum();
        owned.canvas.setErasing(true);
        drag(owned.canvas, {{200, 150}, {200, 250}});
        QVERIFY(owned.inkSum() < before);
        QCOMPARE(owned.strokes.back().pen, -2.0 * canvasPen);
        owned.canvas.setErasing(false);
        // The right button rubs out whatever is chosen.
        drag(owned.canvas, {{120, 150}, {120, 250}}, Qt::RightButton);
        QVERIFY(owned.strokes.back().pen < 0.0);
    }

    void penWidth()
    {
        Owned owned;
        owned.canvas.setPen(0.03);
        drag(owned.canvas, {{100, 100}, {300, 100}});
        const long thin = owned.inkSum();
        owned.canvas.setPen(0.12);
        drag(owned.canvas, {{100, 300}, {300, 300}});
        QVERIFY(owned.inkSum() - thin > 2 * thin);
        owned.canvas.setPen(7.0);
        QCOMPARE(owned.canvas.pen(), widestPen);
        owned.canvas.setPen(0.0);
        QCOMPARE(owned.canvas.pen(), thinnestPen);
    }

    void touchByOneFinger()
    {
        Owned owned;
        const std::unique_ptr<QPointingDevice> owner(QTest::createTouchDevice());
        QPointingDevice* const device = owner.get();
        QTest::touchEvent(&owned.canvas, device).press(0, {100, 100}, &owned.canvas);
        QTest::touchEvent(&owned.canvas, device)
            .stationary(0)
            .press(1, {350, 350}, &owned.canvas); // the palm
        QTest::touchEvent(&owned.canvas, device)
            .move(0, {200, 200}, &owned.canvas)
            .move(1, {360, 360}, &owned.canvas);
        QVERIFY(owned.canvas.isDrawing());
        QTest::touchEvent(&owned.canvas, device).release(0, {200, 200}, &owned.canvas).stationary(1);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QTest::touchEvent(&owned.canvas, device).release(1, {360, 360}, &owned.canvas);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        for (const StrokePoint& point : owned.strokes.front().points)
            QVERIFY(point.x <= 0.5 && point.y <= 0.5);
    }

    void stylus()
    {
        Owned owned;
        const auto send = [&](QEvent::Type type, QPointF at, QPointingDevice::PointerType pointer) {
            static const QPointingDevice pen("pen", 1, QInputDevice::DeviceType::Stylus,
                                             QPointingDevice::PointerType::Pen, {}, 1, 1);
            static const QPointingDevice rubber("rubber", 2, QInputDevice::DeviceType::Stylus,
                                                QPointingDevice::PointerType::Eraser, {}, 1, 1);
            QTabletEvent event(type, pointer == QPointingDevice::PointerType::Pen ? &pen : &rubber, at,
                               owned.canvas.mapToGlobal(at), 0.5, 0, 0, 0, 0, 0, {}, Qt::LeftButton,
                               Qt::LeftButton);
            QCoreApplication::sendEvent(&owned.canvas, &event);
            QVERIFY(event.isAccepted());
        };
        const auto pen = QPointingDevice::PointerType::Pen;
        send(QEvent::TabletPress, {100.25, 100.5}, pen);
        send(QEvent::TabletMove, {200.75, 100.5}, pen);
        send(QEvent::TabletRelease, {200.75, 100.5}, pen);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QCOMPARE(owned.strokes[0].points[1].x, 200.75 / 400.0); // finer than a pixel
        const auto rubber = QPointingDevice::PointerType::Eraser;
        send(QEvent::TabletPress, {150, 50}, rubber);
        send(QEvent::TabletMove, {150, 150}, rubber);
        send(QEvent::TabletRelease, {150, 150}, rubber);
        QVERIFY(owned.strokes[1].pen < 0.0);
    }

    void keyboard()
    {
        Owned owned;
        owned.canvas.setFocus();
        for (int i = 0; i < 10; ++i)
            QTest::keyClick(&owned.canvas, Qt::Key_Up);
        QVERIFY(owned.strokes.empty());
        QTest::keyClick(&owned.canvas, Qt::Key_Space);
        QVERIFY(owned.canvas.isDrawing());
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(&owned.canvas, Qt::Key_Down);
        QTest::keyClick(&owned.canvas, Qt::Key_Space);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QVERIFY(std::abs(owned.strokes[0].points.front().y - 0.3) < 1e-9);
        QVERIFY(std::abs(owned.strokes[0].points.back().y - 0.7) < 1e-9);
        // Escape gives a stroke up.
        QTest::keyClick(&owned.canvas, Qt::Key_Space);
        QTest::keyClick(&owned.canvas, Qt::Key_Left);
        const InkImage with = owned.canvas.ink();
        QTest::keyClick(&owned.canvas, Qt::Key_Escape);
        QVERIFY(!owned.canvas.isDrawing());
        QVERIFY(owned.canvas.ink() != with);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
    }

    // A release that goes elsewhere ends the stroke all the same.
    void lostReleases()
    {
        Owned owned;
        const auto move = [&](QPoint at, Qt::MouseButtons buttons) {
            QMouseEvent event(QEvent::MouseMove, at, owned.canvas.mapToGlobal(at), Qt::NoButton, buttons,
                              Qt::NoModifier);
            QCoreApplication::sendEvent(&owned.canvas, &event);
        };
        QTest::mousePress(&owned.canvas, Qt::LeftButton, {}, {100, 100});
        move({200, 200}, Qt::LeftButton);
        move({300, 100}, Qt::NoButton);
        QVERIFY(!owned.canvas.isDrawing());
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QCOMPARE(owned.strokes[0].points.size(), std::size_t{2});
        QTest::mousePress(&owned.canvas, Qt::LeftButton, {}, {100, 100});
        move({150, 150}, Qt::LeftButton);
        owned.canvas.hide();
        QVERIFY(!owned.canvas.isDrawing());
        owned.canvas.show();
        move({350, 350}, Qt::NoButton);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
    }

    void aClickLeavesADot()
    {
        Owned owned;
        QTest::mouseClick(&owned.canvas, Qt::LeftButton, {}, {200, 200});
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QCOMPARE(owned.strokes[0].points.size(), std::size_t{1});
        QVERIFY(owned.inkSum() > 0);
    }

    void picturesAndSquares()
    {
        Owned owned;
        StrokeSample picture;
        picture.picture = {20, 10, std::vector<std::uint8_t>(200, 255)};
        owned.canvas.resize(600, 400); // the square lies in the middle
        owned.canvas.setDrawing(picture);
        QVERIFY(owned.canvas.ink() == picture.picture);
        const QImage shot = owned.canvas.grab().toImage();
        QCOMPARE(shot.pixelColor(300, 200), QColor(Qt::white));
        QCOMPARE(shot.pixelColor(300, 60), QColor(Qt::black)); // a wide picture has black above
        owned.drawing = picture;
        drag(owned.canvas, {{150, 40}, {200, 60}});
        QCOMPARE(owned.canvas.ink().width, canvasSide);
        QCOMPARE(owned.strokes[0].points[0].x, 50.0 / 400.0);
    }

    void overlaysLieWhereTheyBelong()
    {
        Owned owned;
        QImage red(2, 2, QImage::Format_ARGB32);
        red.fill(QColor(255, 0, 0));
        // The right lower quarter of the ink.
        owned.canvas.setOverlay(
            red, QRectF(canvasSide / 2.0, canvasSide / 2.0, canvasSide / 2.0, canvasSide / 2.0));
        const QImage shot = owned.canvas.grab().toImage();
        QCOMPARE(shot.pixelColor(300, 300), QColor(255, 0, 0));
        QVERIFY(shot.pixelColor(100, 300) != QColor(255, 0, 0));
    }

    void dropping()
    {
        Owned owned;
        QSignalSpy dropped(&owned.canvas, &DrawingCanvas::dropped);
        QMimeData data;
        data.setImageData(QImage(3, 3, QImage::Format_RGB32));
        QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&owned.canvas, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&owned.canvas, &drop);
        QCOMPARE(dropped.size(), 1);
        QMimeData words;
        words.setText("seven");
        QDragEnterEvent other({50, 50}, Qt::CopyAction, &words, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&owned.canvas, &other);
        QVERIFY(!other.isAccepted());
    }

    void hasAnEnd()
    {
        Owned owned;
        QSignalSpy full(&owned.canvas, &DrawingCanvas::full);
        StrokeSample much;
        much.pens = {0.05};
        much.strokes.resize(1);
        for (std::size_t i = 0; i + 2 < maximumStrokePoints; ++i)
            much.strokes[0].push_back({0.5, 0.5});
        owned.drawing = much;
        owned.canvas.setDrawing(much);
        drag(owned.canvas, {{100, 100}, {150, 100}, {200, 100}, {250, 100}});
        QCOMPARE(full.size(), 1);
        QCOMPARE(owned.strokes.size(), std::size_t{1});
        QCOMPARE(owned.strokes[0].points.size(), std::size_t{2});
        drag(owned.canvas, {{100, 200}, {150, 200}});
        QCOMPARE(owned.strokes.size(), std::size_t{1});
    }
};

QTEST_MAIN(TestDrawingCanvas)
#include "tst_drawingcanvas.moc"
