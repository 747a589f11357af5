// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/stylepaint.h"

#include <QFontMetrics>
#include <QPaintDevice>
#include <QPainterPath>
#include <QPolygonF>

#include <cmath>

namespace chainrule {

namespace {

/// Device pixels in a logical one, as the painter has it; 1 where it is rotated or has no device.
qreal deviceScale(const QPainter* painter)
{
    const QTransform transform = painter->deviceTransform();
    return transform.type() <= QTransform::TxScale && transform.m11() > 0 ? transform.m11() : 1.0;
}

} // namespace

int controlHeight(const QFontMetrics& metrics)
{
    const int height = qMax(28, metrics.height() + 12);
    return height + height % 2;
}

QColor mix(const QColor& from, const QColor& to, double share)
{
    const auto channel = [share](int a, int b) { return qRound(a + (b - a) * share); };
    return {channel(from.red(), to.red()), channel(from.green(), to.green()),
            channel(from.blue(), to.blue())};
}

QFont emphasized(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

int emphasisExtra(const QString& text, const QFont& font)
{
    const int plain = QFontMetrics(font).size(Qt::TextShowMnemonic, text).width();
    const int strong = QFontMetrics(emphasized(font)).size(Qt::TextShowMnemonic, text).width();
    return qMax(0, strong - plain);
}

qreal hairline(const QPainter* painter)
{
    const qreal scale = deviceScale(painter);
    return qMax(1.0, std::floor(scale)) / scale;
}

QRectF snapped(const QPainter* painter, const QRectF& rect)
{
    const QTransform transform = painter->deviceTransform();
    if (transform.type() > QTransform::TxScale)
        return rect;
    const QRectF device = transform.mapRect(rect);
    const QRectF whole(QPointF(std::round(device.left()), std::round(device.top())),
                       QPointF(std::round(device.right()), std::round(device.bottom())));
    return transform.inverted().mapRect(whole);
}

void drawBox(QPainter* painter, const QRectF& rect, qreal radius, const QColor& fill, const QColor& border,
             qreal width)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRectF box = snapped(painter, rect);
    if (border.isValid()) {
        const qreal line = hairline(painter);
        const qreal pen = width > 0 ? qMax(1.0, std::round(width / line)) * line : line;
        box.adjust(pen / 2, pen / 2, -pen / 2, -pen / 2);
        radius = qMax(0.0, radius - pen / 2);
        painter->setPen(QPen(border, pen, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    } else {
        painter->setPen(Qt::NoPen);
    }
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    radius = qMin(radius, qMin(box.width(), box.height()) / 2);
    painter->drawRoundedRect(box, radius, radius);
    painter->restore();
}

void drawFocusRing(QPainter* painter, const QRectF& rect, qreal radius, const QColor& color)
{
    drawBox(painter, rect, radius, QColor(), color, 2);
}

void drawChevron(QPainter* painter, const QRectF& rect, Qt::ArrowType direction, const QColor& color,
                 qreal width)
{
    const qreal half = width / 2;
    QPolygonF line{QPointF(-half, -half / 2), QPointF(0, half / 2), QPointF(half, -half / 2)};
    QTransform turn;
    turn.rotate(direction == Qt::UpArrow      ? 180
                : direction == Qt::LeftArrow  ? 90
                : direction == Qt::RightArrow ? 270
                                              : 0);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(rect.center());
    painter->setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(turn.map(line));
    painter->restore();
}

void drawTick(QPainter* painter, const QRectF& rect, const QColor& color)
{
    const auto at = [&rect](qreal x, qreal y) {
        return QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    };
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, qMax(1.5, rect.width() / 9), Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(QPolygonF{at(0.24, 0.53), at(0.43, 0.71), at(0.77, 0.31)});
    painter->restore();
}

void drawVerdict(QPainter* painter, QPointF middle, qreal size, bool correct, const QColor& color)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(middle);
    painter->scale(size / 10.0, size / 10.0);
    QPainterPath path;
    if (correct) {
        path.moveTo(QPointF(-4.2, 0.4));
        path.lineTo(QPointF(-1.3, 3.3));
        path.lineTo(QPointF(4.2, -3.4));
    } else {
        path.moveTo(QPointF(-3.3, -3.3));
        path.lineTo(QPointF(3.3, 3.3));
        path.moveTo(QPointF(3.3, -3.3));
        path.lineTo(QPointF(-3.3, 3.3));
    }
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(color, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPath(path);
    painter->restore();
}

} // namespace chainrule
