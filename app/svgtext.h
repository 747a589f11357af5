// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QColor>
#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QString>

class QImage;

namespace chainrule {

/// How a text of a picture is set.
struct SvgFont {
    double size = 11.0;
    QColor color = Qt::black;
    bool bold = false;
    enum class Anchor { Start, Middle, End } anchor = Anchor::Start;
    bool monospace = false;
};

/// An SVG picture as it is written: shapes and real text, of what both browsers and Qt's renderer know.
/// Needs no screen and no fonts. Lengths are in px, of which 96 are an inch.
class SvgText {
public:
    explicit SvgText(QSizeF size, const QString& title);

    void rect(const QRectF& rect, const QColor& fill, double radius = 0.0, const QColor& line = {});
    void line(QPointF from, QPointF to, const QColor& color, double width, bool roundEnds = false);
    /// An open line through the points; `dash` as stroke-dasharray has it.
    void polyline(const QVector<QPointF>& points, const QColor& color, double width,
                  const QByteArray& dash = {});
    void circle(QPointF middle, double radius, const QColor& fill);
    void diamond(QPointF middle, double radius, const QColor& fill, const QColor& line);
    /// `at` is the start, the middle or the end of the baseline.
    void text(QPointF at, const QString& words, const SvgFont& font);
    /// The same, upwards along the vertical line through `at`.
    void uprightText(QPointF at, const QString& words, const SvgFont& font);
    /// A picture of few pixels, each of which stays a sharp square.
    void pixels(const QRectF& rect, const QImage& image);

    /// The whole picture, once.
    [[nodiscard]] QByteArray finished();

private:
    void open(const char* element);
    void attribute(const char* name, double value);
    void attribute(const char* name, const QColor& color);
    void words(const QString& words, const SvgFont& font);

    QByteArray m_text;
};

/// For text between tags and in attributes.
[[nodiscard]] QByteArray escaped(const QString& text);

/// The PNG file in base64 with "data:image/png;base64," in front.
[[nodiscard]] QByteArray dataUri(const QImage& image);

} // namespace chainrule
