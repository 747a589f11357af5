// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QColor>
#include <QImage>
#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QString>
#include <QVector>

#include <variant>
#include <vector>

class QPainter;

namespace chainrule {

/// How words of a picture are set.
struct Lettering {
    int size = 11; ///< in px
    QColor color = Qt::black;
    bool bold = false;
    enum class Anchor { Start, Middle, End } anchor = Anchor::Start;
    bool monospace = false;
};

/// A picture of plain shapes and words, which can be written as SVG (needing no screen and no fonts) and
/// painted. Lengths are in px, of which 96 are an inch.
class Picture {
public:
    /// `title` says what it shows, for those who cannot see it.
    Picture(QSizeF size, const QString& title);

    void rect(const QRectF& rect, const QColor& fill, double radius = 0.0, const QColor& line = {});
    void line(QPointF from, QPointF to, const QColor& color, double width);
    /// An open line through the points, with round ends and corners.
    void polyline(const QVector<QPointF>& points, const QColor& color, double width, bool dashed = false);
    void circle(QPointF middle, double radius, const QColor& fill);
    void diamond(QPointF middle, double radius, const QColor& fill, const QColor& line);
    /// `at` is the start, the middle or the end of the baseline.
    void text(QPointF at, const QString& words, const Lettering& lettering);
    /// The same, upwards along the vertical line through `at`.
    void uprightText(QPointF at, const QString& words, const Lettering& lettering);
    /// An image of few pixels, each of which stays a sharp square.
    void pixels(const QRectF& rect, const QImage& image);

    [[nodiscard]] QSizeF size() const { return m_size; }
    [[nodiscard]] const QString& title() const { return m_title; }
    [[nodiscard]] QByteArray svg() const;
    /// Paints it at its size, from the painter's origin on. Needs a QGuiApplication.
    void paint(QPainter& painter) const;

private:
    struct Rect {
        QRectF rect;
        QColor fill;
        double radius;
        QColor line;
    };
    struct Line {
        QVector<QPointF> points;
        QColor color;
        double width;
        bool round;
        bool dashed;
    };
    struct Disc {
        QPointF middle;
        double radius;
        QColor fill;
    };
    struct Diamond {
        QVector<QPointF> corners;
        QColor fill;
        QColor line;
    };
    struct Words {
        QPointF at;
        QString words;
        Lettering lettering;
        bool upright;
    };
    struct Pixels {
        QRectF rect;
        QImage image;
    };
    friend struct SvgWriter;
    friend struct ShapePainter;

    QSizeF m_size;
    QString m_title;
    std::vector<std::variant<Rect, Line, Disc, Diamond, Words, Pixels>> m_shapes;
};

/// For text between tags and in attributes of HTML and XML.
[[nodiscard]] QByteArray escaped(const QString& text);

} // namespace chainrule
