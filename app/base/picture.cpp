// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/picture.h"

#include <QBuffer>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int sharpSide = 300; // pixels of an image whose own pixels are to stay sharp when it is scaled
constexpr double outline = 1.2;

// At most two decimals, with a point in every locale.
QByteArray number(double value)
{
    QByteArray text = QByteArray::number(value, 'f', 2);
    while (text.endsWith('0'))
        text.chop(1);
    if (text.endsWith('.'))
        text.chop(1);
    return text == "-0" ? QByteArray("0") : text;
}

QByteArray attribute(const char* name, double value)
{
    return QByteArray(" ") + name + "=\"" + number(value) + '"';
}

QByteArray attribute(const char* name, const QColor& color)
{
    return QByteArray(" ") + name + "=\"" +
           (color.isValid() ? color.name(QColor::HexRgb).toLatin1() : QByteArray("none")) + '"';
}

QByteArray placeOf(const QRectF& rect)
{
    return attribute("x", rect.x()) + attribute("y", rect.y()) + attribute("width", rect.width()) +
           attribute("height", rect.height());
}

QByteArray pointsOf(const QVector<QPointF>& points)
{
    QByteArray text;
    for (const QPointF& point : points)
        text += number(point.x()) + ',' + number(point.y()) + ' ';
    text.chop(1);
    return " points=\"" + text + '"';
}

// Some programs smooth what they enlarge, so the pixels come as squares.
QImage sharp(const QImage& image)
{
    const int longest = std::max({image.width(), image.height(), 1});
    return image.scaled(image.size() * std::max(1, (sharpSide + longest - 1) / longest));
}

} // namespace

QByteArray escaped(const QString& text)
{
    QString kept;
    for (const QChar c : text) {
        if (c >= QLatin1Char(' ') || c == QLatin1Char('\n') || c == QLatin1Char('\t'))
            kept += c; // XML knows no other control characters
    }
    return kept.toHtmlEscaped().toUtf8();
}

Picture::Picture(QSizeF size, const QString& title)
    : m_size(size)
    , m_title(title)
{
}

void Picture::rect(const QRectF& rect, const QColor& fill, double radius, const QColor& line)
{
    m_shapes.emplace_back(Rect{rect, fill, radius, line});
}

void Picture::line(QPointF from, QPointF to, const QColor& color, double width)
{
    m_shapes.emplace_back(Line{{from, to}, color, width, false, false});
}

void Picture::polyline(const QVector<QPointF>& points, const QColor& color, double width, bool dashed)
{
    if (points.size() > 1)
        m_shapes.emplace_back(Line{points, color, width, !dashed, dashed});
}

void Picture::circle(QPointF middle, double radius, const QColor& fill)
{
    m_shapes.emplace_back(Disc{middle, radius, fill});
}

void Picture::diamond(QPointF middle, double radius, const QColor& fill, const QColor& line)
{
    m_shapes.emplace_back(Diamond{{middle + QPointF(0, -radius), middle + QPointF(radius, 0),
                                   middle + QPointF(0, radius), middle + QPointF(-radius, 0)},
                                  fill,
                                  line});
}

void Picture::text(QPointF at, const QString& words, const Lettering& lettering)
{
    m_shapes.emplace_back(Words{at, words, lettering, false});
}

void Picture::uprightText(QPointF at, const QString& words, const Lettering& lettering)
{
    m_shapes.emplace_back(Words{at, words, lettering, true});
}

void Picture::pixels(const QRectF& rect, const QImage& image)
{
    m_shapes.emplace_back(Pixels{rect, image});
}

struct SvgWriter {
    QByteArray& svg;

    void operator()(const Picture::Rect& shape) const
    {
        svg += "<rect" + placeOf(shape.rect);
        if (shape.radius > 0.0)
            svg += attribute("rx", shape.radius);
        svg += attribute("fill", shape.fill);
        if (shape.line.isValid())
            svg += attribute("stroke", shape.line);
        svg += "/>\n";
    }
    void operator()(const Picture::Line& shape) const
    {
        svg += "<polyline" + pointsOf(shape.points) + " fill=\"none\"" + attribute("stroke", shape.color) +
               attribute("stroke-width", shape.width);
        if (shape.round)
            svg += " stroke-linejoin=\"round\" stroke-linecap=\"round\"";
        svg += shape.dashed ? " stroke-dasharray=\"4 3\"/>\n" : "/>\n";
    }
    void operator()(const Picture::Disc& shape) const
    {
        svg += "<circle" + attribute("cx", shape.middle.x()) + attribute("cy", shape.middle.y()) +
               attribute("r", shape.radius) + attribute("fill", shape.fill) + "/>\n";
    }
    void operator()(const Picture::Diamond& shape) const
    {
        svg += "<polygon" + pointsOf(shape.corners) + attribute("fill", shape.fill) +
               attribute("stroke", shape.line) + attribute("stroke-width", outline) + "/>\n";
    }
    void operator()(const Picture::Words& shape) const
    {
        const QByteArray x = number(shape.at.x());
        const QByteArray y = number(shape.at.y());
        svg += "<text x=\"" + x + "\" y=\"" + y + '"';
        if (shape.upright)
            svg += " transform=\"rotate(-90 " + x + ' ' + y + ")\"";
        svg += attribute("font-size", shape.lettering.size) + attribute("fill", shape.lettering.color);
        if (shape.lettering.bold)
            svg += " font-weight=\"bold\"";
        if (shape.lettering.monospace)
            svg += " font-family=\"monospace\"";
        if (shape.lettering.anchor == Lettering::Anchor::Middle)
            svg += " text-anchor=\"middle\"";
        else if (shape.lettering.anchor == Lettering::Anchor::End)
            svg += " text-anchor=\"end\"";
        svg += '>' + escaped(shape.words) + "</text>\n";
    }
    void operator()(const Picture::Pixels& shape) const
    {
        QBuffer buffer;
        buffer.open(QIODevice::WriteOnly);
        sharp(shape.image).save(&buffer, "PNG");
        svg += "<image" + placeOf(shape.rect) +
               " preserveAspectRatio=\"none\" xlink:href=\"data:image/png;base64," +
               buffer.data().toBase64() + "\"/>\n";
    }
};

QByteArray Picture::svg() const
{
    constexpr double millimetres = 25.4 / 96.0;
    QByteArray svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
                     "width=\"" +
                     number(m_size.width() * millimetres) + "mm\" height=\"" +
                     number(m_size.height() * millimetres) + "mm\" viewBox=\"0 0 " + number(m_size.width()) +
                     ' ' + number(m_size.height()) + "\" role=\"img\" font-family=\"sans-serif\">\n<title>" +
                     escaped(m_title) + "</title>\n";
    for (const auto& shape : m_shapes)
        std::visit(SvgWriter{svg}, shape);
    return svg + "</svg>\n";
}

struct ShapePainter {
    QPainter& painter;

    void operator()(const Picture::Rect& shape) const
    {
        painter.setPen(shape.line.isValid() ? QPen(shape.line, 1.0) : QPen(Qt::NoPen));
        painter.setBrush(shape.fill);
        painter.drawRoundedRect(shape.rect, shape.radius, shape.radius);
    }
    void operator()(const Picture::Line& shape) const
    {
        QPen pen(shape.color, shape.width, Qt::SolidLine, shape.round ? Qt::RoundCap : Qt::FlatCap,
                 shape.round ? Qt::RoundJoin : Qt::MiterJoin);
        if (shape.dashed)
            pen.setDashPattern({4.0 / shape.width, 3.0 / shape.width});
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(shape.points);
    }
    void operator()(const Picture::Disc& shape) const
    {
        painter.setPen(Qt::NoPen);
        painter.setBrush(shape.fill);
        painter.drawEllipse(shape.middle, shape.radius, shape.radius);
    }
    void operator()(const Picture::Diamond& shape) const
    {
        painter.setPen(QPen(shape.line, outline));
        painter.setBrush(shape.fill);
        painter.drawPolygon(shape.corners);
    }
    void operator()(const Picture::Words& shape) const
    {
        QFont font(shape.lettering.monospace ? QStringLiteral("monospace") : QStringLiteral("sans-serif"));
        font.setPixelSize(shape.lettering.size);
        font.setBold(shape.lettering.bold);
        font.setHintingPreference(QFont::PreferNoHinting);
        const double advance = QFontMetricsF(font).horizontalAdvance(shape.words);
        const auto anchor = shape.lettering.anchor;
        const double before = anchor == Lettering::Anchor::Start    ? 0.0
                              : anchor == Lettering::Anchor::Middle ? advance / 2.0
                                                                    : advance;
        painter.save();
        painter.setFont(font);
        painter.setPen(shape.lettering.color);
        painter.translate(shape.at);
        if (shape.upright)
            painter.rotate(-90.0);
        painter.drawText(QPointF(-before, 0.0), shape.words);
        painter.restore();
    }
    void operator()(const Picture::Pixels& shape) const { painter.drawImage(shape.rect, sharp(shape.image)); }
};

void Picture::paint(QPainter& painter) const
{
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    for (const auto& shape : m_shapes)
        std::visit(ShapePainter{painter}, shape);
    painter.restore();
}

} // namespace chainrule
