// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/svgtext.h"

#include <QBuffer>
#include <QImage>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int smallestSide = 300; // pixels of a picture whose pixels are to stay sharp when it is scaled

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

QByteArray pointsText(const QVector<QPointF>& points)
{
    QByteArray text;
    for (const QPointF& point : points)
        text += number(point.x()) + ',' + number(point.y()) + ' ';
    text.chop(1);
    return text;
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

QByteArray dataUri(const QImage& image)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return "data:image/png;base64," + buffer.data().toBase64();
}

SvgText::SvgText(QSizeF size, const QString& title)
{
    constexpr double millimetres = 25.4 / 96.0;
    m_text =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"" +
        number(size.width() * millimetres) + "mm\" height=\"" + number(size.height() * millimetres) +
        "mm\" viewBox=\"0 0 " + number(size.width()) + ' ' + number(size.height()) +
        "\" role=\"img\" font-family=\"sans-serif\">\n<title>" + escaped(title) + "</title>\n";
}

void SvgText::open(const char* element)
{
    m_text += '<';
    m_text += element;
}

void SvgText::attribute(const char* name, double value)
{
    m_text += QByteArray(" ") + name + "=\"" + number(value) + '"';
}

void SvgText::attribute(const char* name, const QColor& color)
{
    m_text += QByteArray(" ") + name + "=\"" +
              (color.isValid() ? color.name(QColor::HexRgb).toLatin1() : QByteArray("none")) + '"';
}

void SvgText::rect(const QRectF& rect, const QColor& fill, double radius, const QColor& line)
{
    open("rect");
    attribute("x", rect.x());
    attribute("y", rect.y());
    attribute("width", rect.width());
    attribute("height", rect.height());
    if (radius > 0.0)
        attribute("rx", radius);
    attribute("fill", fill);
    if (line.isValid())
        attribute("stroke", line);
    m_text += "/>\n";
}

void SvgText::line(QPointF from, QPointF to, const QColor& color, double width, bool roundEnds)
{
    open("line");
    attribute("x1", from.x());
    attribute("y1", from.y());
    attribute("x2", to.x());
    attribute("y2", to.y());
    attribute("stroke", color);
    attribute("stroke-width", width);
    m_text += roundEnds ? " stroke-linecap=\"round\"/>\n" : "/>\n";
}

void SvgText::polyline(const QVector<QPointF>& points, const QColor& color, double width,
                       const QByteArray& dash)
{
    if (points.size() < 2)
        return;
    open("polyline");
    m_text += " points=\"" + pointsText(points) + "\" fill=\"none\" stroke-linejoin=\"round\"";
    attribute("stroke", color);
    attribute("stroke-width", width);
    if (!dash.isEmpty())
        m_text += " stroke-dasharray=\"" + dash + '"';
    m_text += "/>\n";
}

void SvgText::circle(QPointF middle, double radius, const QColor& fill)
{
    open("circle");
    attribute("cx", middle.x());
    attribute("cy", middle.y());
    attribute("r", radius);
    attribute("fill", fill);
    m_text += "/>\n";
}

void SvgText::diamond(QPointF middle, double radius, const QColor& fill, const QColor& line)
{
    open("polygon");
    m_text += " points=\"" +
              pointsText({middle + QPointF(0, -radius), middle + QPointF(radius, 0),
                          middle + QPointF(0, radius), middle + QPointF(-radius, 0)}) +
              '"';
    attribute("fill", fill);
    attribute("stroke", line);
    attribute("stroke-width", 1.2);
    m_text += "/>\n";
}

void SvgText::words(const QString& words, const SvgFont& font)
{
    attribute("font-size", font.size);
    attribute("fill", font.color);
    if (font.bold)
        m_text += " font-weight=\"bold\"";
    if (font.monospace)
        m_text += " font-family=\"monospace\"";
    if (font.anchor != SvgFont::Anchor::Start)
        m_text += font.anchor == SvgFont::Anchor::Middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"";
    m_text += '>' + escaped(words) + "</text>\n";
}

void SvgText::text(QPointF at, const QString& text, const SvgFont& font)
{
    open("text");
    attribute("x", at.x());
    attribute("y", at.y());
    words(text, font);
}

void SvgText::uprightText(QPointF at, const QString& text, const SvgFont& font)
{
    open("text");
    m_text += " transform=\"translate(" + number(at.x()) + ',' + number(at.y()) + ") rotate(-90)\"";
    words(text, font);
}

void SvgText::pixels(const QRectF& rect, const QImage& image)
{
    const int longest = std::max({image.width(), image.height(), 1});
    const int scale = std::max(1, (smallestSide + longest - 1) / longest);
    open("image");
    attribute("x", rect.x());
    attribute("y", rect.y());
    attribute("width", rect.width());
    attribute("height", rect.height());
    m_text += " preserveAspectRatio=\"none\" xlink:href=\"" + dataUri(image.scaled(image.size() * scale)) +
              "\"/>\n";
}

QByteArray SvgText::finished()
{
    return m_text + "</svg>\n";
}

} // namespace chainrule
