// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/drawingcanvas.h"

#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QDragEnterEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QTabletEvent>
#include <QTouchEvent>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace chainrule {

namespace {

constexpr double corner = 8.0;
constexpr double eraserPerPen = 2.0;
constexpr double leastMove = 0.3 / canvasSide; // nearer points say nothing of where the hand went
constexpr double keyStep = 0.02;
constexpr double fineKeyStep = 0.005;
constexpr double paledInk = 0.35;

std::size_t pointCount(const StrokeSample& drawing)
{
    return std::accumulate(drawing.strokes.begin(), drawing.strokes.end(), std::size_t{0},
                           [](std::size_t sum, const Stroke& stroke) { return sum + stroke.size(); });
}

// Whether `after` is `before` with one more stroke.
bool isOneStrokeMore(const StrokeSample& before, const StrokeSample& after)
{
    return !before.strokes.empty() && after.strokes.size() == before.strokes.size() + 1 &&
           std::equal(before.strokes.begin(), before.strokes.end(), after.strokes.begin()) &&
           std::equal(before.pens.begin(), before.pens.end(), after.pens.begin()) &&
           before.picture == after.picture;
}

InkImage inkOfDrawing(const StrokeSample& drawing)
{
    if (drawing.strokes.empty() && drawing.picture.ink.empty())
        return canvasWith({});
    auto ink = drawingInk(drawing);
    return ink ? std::move(*ink) : canvasWith({});
}

QImage imageOf(const InkImage& ink)
{
    return {ink.ink.data(), ink.width, ink.height, ink.width, QImage::Format_Grayscale8};
}

} // namespace

DrawingCanvas::DrawingCanvas(QWidget* parent)
    : QWidget(parent)
    , m_finished(canvasWith({}))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_AcceptTouchEvents);
    setAcceptDrops(true);
    setCursor(Qt::CrossCursor);
    describe();
}

void DrawingCanvas::setDrawing(const StrokeSample& drawing)
{
    m_live.reset();
    if (isOneStrokeMore(m_drawing, drawing))
        drawOnCanvas(m_finished, drawing.strokes.back(), drawing.pens.back());
    else
        m_finished = inkOfDrawing(drawing);
    m_drawing = drawing;
    describe();
    update();
    emit inkChanged();
}

void DrawingCanvas::describe()
{
    const int strokes = static_cast<int>(m_drawing.strokes.size()) + (m_live ? 1 : 0);
    const bool picture = !m_drawing.picture.ink.empty();
    QString text =
        strokes == 0 ? picture ? tr("a picture") : tr("empty") : tr("%Ln stroke(s)", nullptr, strokes);
    if (picture && strokes > 0)
        text = tr("a picture and %1").arg(text);
    if (text != accessibleDescription())
        setAccessibleDescription(text);
}

void DrawingCanvas::setPen(double width)
{
    m_pen = std::clamp(width, thinnestPen, widestPen);
    update();
}

void DrawingCanvas::setErasing(bool erasing)
{
    m_erasing = erasing;
    update();
}

void DrawingCanvas::setOverlay(const QImage& overlay, const QRectF& place)
{
    m_overlay = overlay;
    m_overlayPlace = place;
    update();
}

void DrawingCanvas::setFrame(const std::optional<QRectF>& frame)
{
    if (frame == m_frame)
        return;
    m_frame = frame;
    update();
}

void DrawingCanvas::setLargestSide(int side)
{
    m_largestSide = side;
    setMaximumSize(side, side);
    updateGeometry();
}

QSize DrawingCanvas::sizeHint() const
{
    return {m_largestSide, m_largestSide};
}

QSize DrawingCanvas::minimumSizeHint() const
{
    return {196, 196};
}

QRectF DrawingCanvas::square() const
{
    const double side = std::min(width(), height());
    return {std::floor((width() - side) / 2.0), std::floor((height() - side) / 2.0), side, side};
}

StrokePoint DrawingCanvas::canvasPoint(const QPointF& at) const
{
    const QRectF all = square();
    if (all.width() <= 0.0)
        return {};
    // A pen that leaves the canvas leaves ink up to its edge.
    const auto share = [&](double value, double start) {
        return std::clamp((value - start) / all.width(), -0.5, 1.5);
    };
    // Finer than any hand or tablet, and short to write down.
    const auto rounded = [](double value) { return std::round(value * 1e6) / 1e6; };
    return {rounded(share(at.x(), all.left())), rounded(share(at.y(), all.top()))};
}

QRectF DrawingCanvas::onScreen(const QRectF& inkPlace) const
{
    const InkImage& shown = ink();
    const QRectF all = square();
    const int longer = std::max({shown.width, shown.height, 1});
    const double scale = all.width() / longer;
    return {all.left() + (inkPlace.left() + 0.5 * (longer - shown.width)) * scale,
            all.top() + (inkPlace.top() + 0.5 * (longer - shown.height)) * scale, inkPlace.width() * scale,
            inkPlace.height() * scale};
}

// ---- strokes ------------------------------------------------------------------------------------------

void DrawingCanvas::begin(Source source, const QPointF& at, bool erases)
{
    if (m_live || pointCount(m_drawing) >= maximumStrokePoints)
        return;
    const double pen = erases ? -std::min(eraserPerPen * m_pen, widestPen) : m_pen;
    if (m_drawing.strokes.empty())
        m_ground = canvasWith(m_drawing.picture);
    else
        m_ground = m_finished;
    m_live = Live{source, {}, pen, strokeOnCanvas({}, pen)};
    describe();
    extend(source, at);
}

void DrawingCanvas::extend(Source source, const QPointF& at)
{
    if (!m_live || m_live->source != source)
        return;
    const StrokePoint point = canvasPoint(at);
    Stroke& points = m_live->points;
    if (!points.empty() && std::hypot(point.x - points.back().x, point.y - points.back().y) < leastMove)
        return;
    points.push_back(point);
    m_live->stroke.points.push_back({point.x * canvasSide, point.y * canvasSide});
    showLive(m_live->stroke, m_ground, m_shown);
    update();
    emit inkChanged();
    if (m_live && pointCount(m_drawing) + m_live->points.size() >= maximumStrokePoints) {
        end(source);
        emit full();
    }
}

void DrawingCanvas::end(Source source)
{
    if (!m_live || m_live->source != source)
        return;
    const Live done = std::move(*m_live);
    m_live.reset();
    update();
    emit strokeDrawn(done.points, done.pen);
}

void DrawingCanvas::abandon()
{
    if (!m_live)
        return;
    m_live.reset();
    describe();
    update();
    emit inkChanged();
}

// ---- input --------------------------------------------------------------------------------------------

void DrawingCanvas::mousePressEvent(QMouseEvent* event)
{
    m_keysInUse = false;
    if (event->button() == Qt::LeftButton || event->button() == Qt::RightButton)
        begin(Source::Mouse, event->position(), m_erasing || event->button() == Qt::RightButton);
}

void DrawingCanvas::mouseMoveEvent(QMouseEvent* event)
{
    showPointer(event->position());
    if ((event->buttons() & (Qt::LeftButton | Qt::RightButton)) == 0)
        end(Source::Mouse); // the button was released where nobody told of it
    else
        extend(Source::Mouse, event->position());
}

void DrawingCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if ((event->buttons() & (Qt::LeftButton | Qt::RightButton)) == 0)
        end(Source::Mouse);
}

void DrawingCanvas::tabletEvent(QTabletEvent* event)
{
    event->accept();
    const bool erases = m_erasing || event->pointerType() == QPointingDevice::PointerType::Eraser;
    switch (event->type()) {
    case QEvent::TabletPress:
        m_keysInUse = false;
        begin(Source::Tablet, event->position(), erases);
        return;
    case QEvent::TabletMove:
        showPointer(event->position());
        extend(Source::Tablet, event->position());
        return;
    case QEvent::TabletRelease:
        end(Source::Tablet);
        return;
    default:
        return;
    }
}

// The first finger draws; others, a resting palm among them, do not.
bool DrawingCanvas::handleTouch(QTouchEvent* event)
{
    if (event->type() == QEvent::TouchCancel) {
        m_touch.reset();
        if (m_live && m_live->source == Source::Touch)
            abandon();
        return true;
    }
    if (event->type() == QEvent::TouchBegin)
        m_touch.reset();
    for (const QEventPoint& point : event->points()) {
        if (!m_touch && point.state() == QEventPoint::Pressed) {
            m_touch = point.id();
            begin(Source::Touch, point.position(), m_erasing);
        } else if (m_touch == point.id() && point.state() == QEventPoint::Updated) {
            extend(Source::Touch, point.position());
        } else if (m_touch == point.id() && point.state() == QEventPoint::Released) {
            m_touch.reset();
            end(Source::Touch);
        }
    }
    return true;
}

bool DrawingCanvas::event(QEvent* event)
{
    switch (event->type()) {
    case QEvent::TouchBegin:
    case QEvent::TouchUpdate:
    case QEvent::TouchEnd:
    case QEvent::TouchCancel:
        event->accept();
        return handleTouch(static_cast<QTouchEvent*>(event));
    case QEvent::ShortcutOverride: {
        // The pen's keys belong to the canvas while it has the focus.
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Space || (key->key() == Qt::Key_Escape && m_live))
            event->accept();
        break;
    }
    default:
        break;
    }
    return QWidget::event(event);
}

void DrawingCanvas::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    showPointer(std::nullopt);
}

void DrawingCanvas::keyPressEvent(QKeyEvent* event)
{
    const double step = event->modifiers() & Qt::ShiftModifier ? fineKeyStep : keyStep;
    switch (event->key()) {
    case Qt::Key_Left:
        moveKeyPen(-step, 0.0);
        return;
    case Qt::Key_Right:
        moveKeyPen(step, 0.0);
        return;
    case Qt::Key_Up:
        moveKeyPen(0.0, -step);
        return;
    case Qt::Key_Down:
        moveKeyPen(0.0, step);
        return;
    case Qt::Key_Space:
        if (event->isAutoRepeat())
            return;
        if (m_live) {
            end(Source::Keys);
        } else {
            m_keysInUse = true;
            begin(Source::Keys, square().topLeft() + m_keyPen * square().width(), m_erasing);
        }
        return;
    case Qt::Key_Escape:
        if (m_live) {
            abandon();
            return;
        }
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void DrawingCanvas::moveKeyPen(double dx, double dy)
{
    m_keysInUse = true;
    m_keyPen = {std::clamp(m_keyPen.x() + dx, 0.0, 1.0), std::clamp(m_keyPen.y() + dy, 0.0, 1.0)};
    extend(Source::Keys, square().topLeft() + m_keyPen * square().width());
    update();
}

void DrawingCanvas::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    m_keysInUse = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                  event->reason() == Qt::ShortcutFocusReason;
    update();
}

void DrawingCanvas::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    end(Source::Keys);
    update();
}

void DrawingCanvas::dragEnterEvent(QDragEnterEvent* event)
{
    if (!event->mimeData()->hasImage() && !event->mimeData()->hasUrls())
        return;
    event->setDropAction(Qt::CopyAction); // it is only read, whatever its source would like
    event->accept();
    m_dropHovers = true;
    update();
}

void DrawingCanvas::dragLeaveEvent(QDragLeaveEvent* event)
{
    QWidget::dragLeaveEvent(event);
    m_dropHovers = false;
    update();
}

void DrawingCanvas::dropEvent(QDropEvent* event)
{
    m_dropHovers = false;
    update();
    event->setDropAction(Qt::CopyAction); // it is only read, whatever its source would like
    event->accept();
    emit dropped(event->mimeData());
}

void DrawingCanvas::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::EnabledChange && !isEnabled())
        abandon();
    update();
}

void DrawingCanvas::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_touch.reset();
    abandon();
}

// ---- painting -----------------------------------------------------------------------------------------

void DrawingCanvas::showPointer(const std::optional<QPointF>& at)
{
    m_pointer = at;
    update();
}

// A ring as wide as what the pen, or the eraser, leaves behind.
void DrawingCanvas::paintPointer(QPainter& painter) const
{
    std::optional<QPointF> middle = m_pointer;
    if (hasFocus() && m_keysInUse)
        middle = square().topLeft() + m_keyPen * square().width();
    if (!middle || m_live)
        return;
    const double width = (m_erasing ? std::min(eraserPerPen * m_pen, widestPen) : m_pen) * square().width();
    // The canvas is black in either theme.
    const ThemeColors& colors = themeColors(themePalette(true));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors.accent, 1.5, m_erasing ? Qt::DashLine : Qt::SolidLine));
    painter.drawEllipse(*middle, width / 2.0, width / 2.0);
}

void DrawingCanvas::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const ThemeColors& onBlack = themeColors(themePalette(true));
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF all = square();
    QPainterPath outline;
    outline.addRoundedRect(all.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    painter.save();
    painter.setClipPath(outline);
    painter.fillRect(all, Qt::black);
    const InkImage& shown = ink();
    const QRectF place =
        onScreen({0.0, 0.0, static_cast<double>(shown.width), static_cast<double>(shown.height)});
    painter.setRenderHint(QPainter::SmoothPixmapTransform, shown.width >= 64);
    painter.setOpacity(m_overlay.isNull() ? 1.0 : paledInk);
    painter.drawImage(place, imageOf(shown));
    painter.setOpacity(isEnabled() ? 1.0 : 0.5);
    if (!m_overlay.isNull()) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(onScreen(m_overlayPlace), m_overlay);
    }
    if (m_frame) {
        painter.setPen(QPen(onBlack.quietText, hairline(&painter), Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(onScreen(*m_frame));
    }
    const bool empty = !m_live && m_drawing.strokes.empty() && m_drawing.picture.ink.empty();
    if (empty || m_dropHovers) {
        painter.setPen(onBlack.quietText);
        painter.drawText(all.adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         m_dropHovers ? tr("Drop the image here")
                                      : tr("Draw a digit here, or drop an image"));
    }
    paintPointer(painter);
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    const bool marked = (hasFocus() && m_keysInUse) || m_dropHovers;
    if (marked) {
        drawFocusRing(&painter, all, corner, colors.accent);
    } else {
        painter.setPen(QPen(colors.line, hairline(&painter)));
        painter.drawPath(outline);
    }
}

} // namespace chainrule
