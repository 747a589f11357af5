// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/ink/canvas.h"

#include <QImage>
#include <QPointF>
#include <QRectF>
#include <QWidget>

#include <optional>

class QMimeData;
class QTouchEvent;

namespace chainrule {

/// A square, black canvas for white ink, by mouse, touch, stylus or keyboard. It shows a drawing that belongs
/// to its owner and tells of strokes; the owner answers with setDrawing(). By keyboard the arrows move a pen
/// that Space puts down and lifts.
class DrawingCanvas : public QWidget {
    Q_OBJECT

public:
    explicit DrawingCanvas(QWidget* parent = nullptr);

    /// Shows this drawing; a stroke that is under way is given up.
    void setDrawing(const StrokeSample& drawing);
    /// The ink with the stroke that is under way.
    [[nodiscard]] const InkImage& ink() const { return m_live ? m_shown : m_finished; }
    [[nodiscard]] bool isDrawing() const { return m_live.has_value(); }

    /// The pen's width as a share of the canvas, thinnestPen to widestPen; the eraser is twice as wide.
    void setPen(double width);
    [[nodiscard]] double pen() const { return m_pen; }
    void setErasing(bool erasing);
    [[nodiscard]] bool isErasing() const { return m_erasing; }

    /// Lays a picture over a place of the ink, in the ink's own pixels, and pales the ink; a null one takes
    /// it away.
    void setOverlay(const QImage& overlay, const QRectF& place);
    /// Frames what is cropped out of the ink, in its own pixels; nothing: no frame.
    void setFrame(const std::optional<QRectF>& frame);

    /// How large it becomes where there is room.
    void setLargestSide(int side);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// The ink is another one: by setDrawing(), and with every movement of the pen.
    void inkChanged();
    /// The pen was lifted. `pen` is its width, negative where it erased; points lie on a canvas of side 1.
    void strokeDrawn(const chainrule::Stroke& points, double pen);
    /// An image or a file was dropped.
    void dropped(const QMimeData* data);
    /// The stroke that was under way has as many points as a drawing may have.
    void full();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void tabletEvent(QTabletEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    enum class Source { Mouse, Tablet, Touch, Keys };

    /// The square that is drawn on, in this widget's coordinates.
    [[nodiscard]] QRectF square() const;
    [[nodiscard]] StrokePoint canvasPoint(const QPointF& at) const;
    [[nodiscard]] QRectF onScreen(const QRectF& inkPlace) const;
    void begin(Source source, const QPointF& at, bool erases);
    void extend(Source source, const QPointF& at);
    void end(Source source);
    void abandon();
    bool handleTouch(QTouchEvent* event);
    void moveKeyPen(double dx, double dy);
    void showPointer(const std::optional<QPointF>& at);
    void paintPointer(QPainter& painter) const;
    void describe();

    InkImage m_finished; ///< of the drawing
    InkImage m_ground;   ///< while a stroke is under way: what no further point can change
    InkImage m_shown;    ///< and the whole
    struct Live {
        Source source;
        Stroke points; ///< on a canvas of side 1
        double pen;
        LiveStroke stroke;
    };
    std::optional<Live> m_live;
    StrokeSample m_drawing;
    double m_pen = canvasPen;
    bool m_erasing = false;
    int m_largestSide = canvasSide;
    QImage m_overlay;
    QRectF m_overlayPlace;
    std::optional<QRectF> m_frame;
    std::optional<QPointF> m_pointer; ///< where the pen hovers, in this widget's coordinates
    QPointF m_keyPen{0.5, 0.5};       ///< of the keyboard, on a canvas of side 1
    bool m_keysInUse = false;
    bool m_dropHovers = false;
    std::optional<int> m_touch; ///< the finger that draws
};

} // namespace chainrule
