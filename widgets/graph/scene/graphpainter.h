// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"
#include "widgets/graph/layout/graphindex.h"
#include "widgets/graph/layout/graphlayout.h"
#include "widgets/style/theme.h"

#include <QCoreApplication>
#include <QFont>
#include <QFontMetricsF>
#include <QLine>
#include <QLocale>
#include <QPixmap>
#include <QRectF>
#include <QString>

#include <array>
#include <cstdint>
#include <vector>

class QPainter;

namespace chainrule {

/// What a card says depends on how large it is.
enum class CardDetail {
    Overview, ///< boxes of a few pixels
    Box,
    Title,
    Value, ///< title and value
    Full,
};

/// Sizes of cards and gaps for a font.
[[nodiscard]] LayoutMetrics graphMetrics(const QFont& font);

/// Empty cards, painted once for each size and look.
class CardSkins {
public:
    const QPixmap& skin(QSizeF size, double ratio, double radius, const QColor& fill, const QColor& border,
                        double width);
    void clear() { m_skins.clear(); }

private:
    struct Skin {
        QSize size;
        double ratio = 1.0;
        QRgb fill = 0;
        QRgb border = 0;
        double width = 0.0;
        QPixmap pixmap;
    };
    std::vector<Skin> m_skins;
};

/// Everything that a painting is made of.
struct GraphScene {
    const GraphContent* content = nullptr;
    const GraphLayout* layout = nullptr;
    const GraphIndex* index = nullptr;
    LayoutMetrics metrics;
    QFont font;
    ThemeColors colors;
    QLocale locale;
    double zoom = 1.0;
    QPointF origin; ///< of the drawing, at the view's upper left corner
    std::uint32_t selectedItem = noItem;
    std::uint32_t hoveredItem = noItem;
    int hoveredEdge = noEdge;
    bool focus = false;           ///< the keyboard's: the selected card has a ring
    bool forExport = false;       ///< full detail, shapes and text only
    double largestGradient = 0.0; ///< of all nodes, for the overview's colours
    double ratio = 1.0;           ///< device pixels
    CardSkins* skins = nullptr;   ///< none: shapes
};

/// Paints cards, frames and edges. Made for one painting.
class GraphPainter {
    Q_DECLARE_TR_FUNCTIONS(GraphPainter)

public:
    explicit GraphPainter(const GraphScene& scene);

    /// Paints what lies in a rectangle of the view.
    void paint(QPainter& painter, const QRectF& exposed);

    [[nodiscard]] CardDetail detail() const { return m_detail; }
    [[nodiscard]] QRectF viewRect(const QRectF& rect) const;

private:
    /// Where a node or a group stands in the walk.
    enum class Standing { Plain, NotComputed, NotVisited, Visited, Current };
    struct CardLook {
        Standing standing = Standing::Plain;
        QColor fill, border, text, quiet, gradient, badge, sign;
        double width = 0.0; ///< of the border; 0: a hairline
    };
    struct Line {
        std::uint32_t edge = 0;
        EdgeCurve curve;
        double first = 0.0;
        double last = 1.0;
    };
    enum class EdgeLook { Plain, Faded, Lit, Selected, Step, Hovered };

    void collect(const QRectF& exposed);
    void paintFrames(QPainter& painter);
    void paintFrame(QPainter& painter, const LayoutItem& item, std::uint32_t index);
    void paintEdges(QPainter& painter);
    void paintManyLines(QPainter& painter, EdgeLook strongest);
    void paintLines(QPainter& painter, EdgeLook look);
    void paintLabels(QPainter& painter);
    void paintFrameTitles(QPainter& painter);
    void paintBoxes(QPainter& painter);
    void paintCards(QPainter& painter);
    void paintCard(QPainter& painter, std::uint32_t index);
    void paintNode(QPainter& painter, const QRectF& rect, const LayoutItem& item, const CardLook& look);
    void paintGroup(QPainter& painter, const QRectF& rect, const LayoutItem& item, const CardLook& look);
    void paintSmall(QPainter& painter, const QRectF& rect, const LayoutItem& item, const CardLook& look);
    void paintBadge(QPainter& painter, const QRectF& rect, const QString& sign, const CardLook& look);
    void paintOrder(QPainter& painter, const QRectF& rect, const LayoutItem& item);
    void drawTitle(QPainter& painter, QPointF at, const QString& title, double room);
    void paintGroupSmall(QPainter& painter, const QRectF& rect, int which, const QString& title,
                         const CardLook& look);
    void paintStrip(QPainter& painter, const QRectF& rect, const scalar::Group& group);
    void paintToggle(QPainter& painter, const QRectF& rect, bool plus, const QColor& color);
    void paintPair(QPainter& painter, QPointF baseline, const QString& word, const QString& number,
                   const QColor& wordColor, const QColor& numberColor, double room);
    void box(QPainter& painter, const QRectF& rect, const QColor& fill, const QColor& border, double width);
    void number(QPainter& painter, QPointF baseline, const QString& text);

    [[nodiscard]] Standing standingOf(const LayoutItem& item) const;
    [[nodiscard]] CardLook lookOf(const LayoutItem& item) const;
    [[nodiscard]] EdgeLook edgeLook(std::uint32_t edge) const;
    [[nodiscard]] QString edgeLabel(const LayoutEdge& edge, double room, bool full) const;
    [[nodiscard]] int shade(const LayoutItem& item) const;
    [[nodiscard]] double px(double length) const { return length * m_scene.zoom; }
    [[nodiscard]] const scalar::NamedGraph& named() const { return m_scene.content->named; }

    const GraphScene& m_scene;
    CardDetail m_detail = CardDetail::Full;
    bool m_walking = false;  ///< some nodes are not computed, or not visited
    bool m_backward = false; ///< on the way back
    scalar::NodeId m_current = scalar::noNode;
    double m_unit = 14.0; ///< a line of text at zoom 1
    QFont m_titleFont, m_smallFont, m_badgeFont, m_labelFont;
    QFontMetricsF m_titleMetrics, m_smallMetrics, m_badgeMetrics, m_labelMetrics;
    bool m_evenDigits = true; ///< the font's digits are all as wide
    QRectF m_exposed;         ///< in the view
    std::vector<std::uint32_t> m_cards;
    std::vector<Line> m_lines;
    bool m_thinned = false; ///< only some of the lines were collected
    std::vector<QRectF> m_labels;
};

} // namespace chainrule
