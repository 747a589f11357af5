// SPDX-License-Identifier: GPL-3.0-or-later
// What every painting of a graph has: which detail, what is in view, boxes and frames. Cards are in
// graphcards.cpp, edges in graphedges.cpp.
#include "widgets/graph/scene/graphpainter.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

// Below these heights of a card, in pixels, it says less.
constexpr double fullFrom = 46.0;
constexpr double valueFrom = 27.0;
constexpr double titleFrom = 13.0;
constexpr double boxFrom = 3.0;

/// More pieces of edges than this would be a solid mass: only every second, fourth, ... edge is drawn.
constexpr std::size_t mostPieces = 5000;
constexpr std::size_t mostOverviewPieces = 2000;
/// And of more than this not even each is looked at.
constexpr std::size_t mostExamined = 24'000;

// Titles of frames: the smallest within a header, the size of those that lie over the frame, and how many of
// their heights such a frame has at least.
constexpr double smallestHeader = 0.28; ///< zoom
constexpr double smallestHeaderTitle = 0.5;
constexpr double overlaidTitle = 0.78;
constexpr double framesPerTitle = 7.0;

/// Steps between font sizes, so that zooming does not make glyphs anew in each frame.
QFont steppedFont(const QFont& font, double factor)
{
    QFont scaled = scaledFont(font, factor);
    if (scaled.pointSizeF() > 0.0)
        scaled.setPointSizeF(std::max(1.0, std::floor(scaled.pointSizeF() * 4.0 + 0.01) / 4.0));
    return scaled;
}

QFont boldFont(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

} // namespace

LayoutMetrics graphMetrics(const QFont& font)
{
    const double unit = QFontMetricsF(font).height();
    LayoutMetrics metrics;
    metrics.node = QSizeF(std::round(8.6 * unit), std::round(4.6 * unit));
    metrics.group = QSizeF(std::round(12.0 * unit), std::round(6.6 * unit));
    metrics.columnGap = std::round(6.6 * unit);
    metrics.groupGap = std::round(4.0 * unit);
    metrics.rowGap = std::round(1.9 * unit);
    metrics.groupPadding = std::round(1.3 * unit);
    metrics.groupHeader = std::round(2.1 * unit);
    return metrics;
}

const QPixmap& CardSkins::skin(QSizeF size, double ratio, double radius, const QColor& fill,
                               const QColor& border, double width)
{
    const QSize pixels = (size * ratio).toSize();
    for (const Skin& skin : m_skins) {
        if (skin.size == pixels && skin.ratio == ratio && skin.fill == fill.rgba() &&
            skin.border == border.rgba() && skin.width == width)
            return skin.pixmap;
    }
    constexpr std::size_t most = 48;
    if (m_skins.size() >= most)
        m_skins.clear();
    QPixmap pixmap(pixels);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawBox(&painter, QRectF(QPointF(0, 0), QSizeF(pixels) / ratio), radius, fill, border, width);
    painter.end();
    m_skins.push_back({pixels, ratio, fill.rgba(), border.rgba(), width, pixmap});
    return m_skins.back().pixmap;
}

GraphPainter::GraphPainter(const GraphScene& scene)
    : m_scene(scene)
    , m_unit(QFontMetricsF(scene.font).height())
    , m_titleMetrics(scene.font)
    , m_smallMetrics(scene.font)
    , m_badgeMetrics(scene.font)
    , m_labelMetrics(scene.font)
{
    const double height = px(scene.metrics.node.height());
    m_detail = scene.forExport       ? CardDetail::Full
               : height >= fullFrom  ? CardDetail::Full
               : height >= valueFrom ? CardDetail::Value
               : height >= titleFrom ? CardDetail::Title
               : height >= boxFrom   ? CardDetail::Box
                                     : CardDetail::Overview;
    double title = scene.zoom * 1.08;
    double small = scene.zoom * 0.9;
    if (m_detail == CardDetail::Value) {
        title = height * 0.34 / m_unit;
        small = height * 0.32 / m_unit;
    } else if (m_detail == CardDetail::Title) {
        title = std::min(0.85, height * 0.55 / m_unit);
    }
    m_titleFont = boldFont(steppedFont(scene.font, title));
    m_smallFont = steppedFont(scene.font, small);
    m_badgeFont = boldFont(steppedFont(scene.font, scene.zoom * 0.84));
    m_labelFont = steppedFont(scene.font, std::clamp(scene.zoom, 0.75, 1.5) * 0.84);
    if (scene.forExport)
        m_labelFont = steppedFont(scene.font, scene.zoom * 0.84);
    m_titleMetrics = QFontMetricsF(m_titleFont);
    m_smallMetrics = QFontMetricsF(m_smallFont);
    m_badgeMetrics = QFontMetricsF(m_badgeFont);
    m_labelMetrics = QFontMetricsF(m_labelFont);
    const double zero = m_smallMetrics.horizontalAdvance(QLatin1Char('0'));
    for (char digit = '1'; digit <= '9'; ++digit)
        m_evenDigits &= std::abs(m_smallMetrics.horizontalAdvance(QLatin1Char(digit)) - zero) < 0.01;

    const scalar::Walk& walk = scene.content->walk;
    if (walk.forwardRank.size() == named().graph.nodes.size()) {
        m_walking = !walk.position.live;
        m_backward = m_walking && walk.position.visited > 0;
        m_current = m_walking ? scalar::currentNode(walk) : scalar::noNode;
    }
}

QRectF GraphPainter::viewRect(const QRectF& rect) const
{
    const QRectF mapped((rect.topLeft() - m_scene.origin) * m_scene.zoom, rect.size() * m_scene.zoom);
    if (m_scene.forExport)
        return mapped;
    // On whole device pixels, and of one size wherever it lies.
    const double ratio = m_scene.ratio;
    return {std::round(mapped.x() * ratio) / ratio, std::round(mapped.y() * ratio) / ratio,
            std::round(mapped.width() * ratio) / ratio, std::round(mapped.height() * ratio) / ratio};
}

void GraphPainter::paint(QPainter& painter, const QRectF& exposed)
{
    m_exposed = exposed;
    collect(exposed);
    painter.setRenderHint(QPainter::Antialiasing);
    paintFrames(painter);
    paintEdges(painter);
    if (m_detail <= CardDetail::Box)
        paintBoxes(painter);
    else
        paintCards(painter);
    paintFrameTitles(painter);
    paintLabels(painter);
}

void GraphPainter::collect(const QRectF& exposed)
{
    const GraphIndex& index = *m_scene.index;
    // Rings, stacked cards and thick lines go beyond their rectangles.
    const double margin = 8.0;
    const QRectF area((exposed.topLeft() - QPointF(margin, margin)) / m_scene.zoom + m_scene.origin,
                      (exposed.size() + QSizeF(2.0 * margin, 2.0 * margin)) / m_scene.zoom);
    index.cards().forEachNear(area, [&](std::uint32_t i) {
        const std::uint32_t item = index.card(i);
        if (m_scene.layout->items[item].rect.intersects(area))
            m_cards.push_back(item);
    });

    // An edge is kept or left out as a whole, and whether it is does not change while the graph is moved.
    std::uint32_t keep = 1;
    const auto isKept = [&](std::uint32_t edge) {
        return keep == 1 || ((edge * 2654435761U) >> 12) % keep == 0 || edgeLook(edge) >= EdgeLook::Selected;
    };
    const std::size_t near = index.pieces().countNear(area);
    while (!m_scene.forExport && near / keep > mostExamined)
        keep *= 2;
    index.pieces().forEachNear(area, [&](std::uint32_t piece) {
        const std::uint32_t edge = index.pieceEdge(piece);
        if (!isKept(edge))
            return;
        Line line{edge, index.curve(piece), 0.0, 1.0};
        if (line.curve.clip(area, line.first, line.last))
            m_lines.push_back(line);
    });
    const std::size_t count = m_lines.size() * keep;
    const std::size_t most = m_detail == CardDetail::Overview ? mostOverviewPieces : mostPieces;
    while (!m_scene.forExport && count / keep > most)
        keep *= 2;
    m_thinned = keep > 1;
    if (m_thinned)
        std::erase_if(m_lines, [&](const Line& line) { return !isKept(line.edge); });
}

void GraphPainter::box(QPainter& painter, const QRectF& rect, const QColor& fill, const QColor& border,
                       double width)
{
    const double radius = std::clamp(px(8.0), 1.5, 10.0);
    if (m_scene.skins == nullptr) {
        drawBox(&painter, rect, m_scene.forExport ? px(8.0) : radius, fill, border,
                m_scene.forExport && width == 0.0 ? px(1.0) : width);
        return;
    }
    painter.drawPixmap(rect.topLeft(),
                       m_scene.skins->skin(rect.size(), m_scene.ratio, radius, fill, border, width));
}

int GraphPainter::shade(const LayoutItem& item) const
{
    const Standing standing = standingOf(item);
    if (standing == Standing::Current)
        return 6;
    if (standing == Standing::NotComputed || standing == Standing::NotVisited)
        return 5;
    scalar::NodeId node = item.node;
    if (node == scalar::noNode) { // a neuron's card speaks for its output
        const auto& outputs = named().groups[static_cast<std::size_t>(item.group)].outputs;
        if (outputs.size() != 1)
            return 0;
        node = outputs.front();
    }
    const double gradient = named().graph.nodes[scalar::index(node)].grad;
    if (!(std::abs(gradient) > 0.0))
        return 0;
    const bool strong = std::abs(gradient) >= 0.1 * m_scene.largestGradient;
    return (gradient < 0.0 ? 1 : 3) + (strong ? 1 : 0);
}

void GraphPainter::paintBoxes(QPainter& painter)
{
    constexpr std::size_t shades = 7;
    std::array<std::vector<QRect>, shades> boxes;
    const bool tiny = m_detail == CardDetail::Overview;
    const int columns = static_cast<int>(m_exposed.right()) + 1;
    const int rows = static_cast<int>(m_exposed.bottom()) + 1;
    std::vector<std::uint8_t> seen(tiny ? static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)
                                        : 0);
    for (const std::uint32_t i : m_cards) {
        const LayoutItem& item = m_scene.layout->items[i];
        const QRectF& rect = item.rect;
        const int left = static_cast<int>(std::floor((rect.left() - m_scene.origin.x()) * m_scene.zoom));
        const int top = static_cast<int>(std::floor((rect.top() - m_scene.origin.y()) * m_scene.zoom));
        const int width = std::max(1, static_cast<int>(std::lround(px(rect.width()))));
        const int height = std::max(1, static_cast<int>(std::lround(px(rect.height()))));
        const int which = shade(item);
        // Of cards that fall on one pixel the first of each shade is enough.
        if (tiny && left >= 0 && top >= 0 && left < columns && top < rows) {
            std::uint8_t& marks = seen[static_cast<std::size_t>(top) * static_cast<std::size_t>(columns) +
                                       static_cast<std::size_t>(left)];
            const auto mark = static_cast<std::uint8_t>(1 << which);
            if (marks & mark)
                continue;
            marks = static_cast<std::uint8_t>(marks | mark);
        }
        boxes[static_cast<std::size_t>(which)].emplace_back(left, top, width, height);
    }
    const ThemeColors& c = m_scene.colors;
    const double weak = tiny ? 0.5 : 0.35;
    const std::array<QColor, shades> fills{mix(c.panel, c.quietText, 0.45),
                                           mix(c.panel, c.accent, weak),
                                           c.accent,
                                           mix(c.panel, c.validation, weak),
                                           c.validation,
                                           mix(c.panel, c.quietText, 0.22),
                                           c.text};
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(Qt::NoPen);
    for (std::size_t i = 0; i < shades; ++i) {
        if (boxes[i].empty())
            continue;
        painter.setBrush(fills[i]);
        painter.drawRects(boxes[i].data(), static_cast<int>(boxes[i].size()));
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const std::uint32_t item : {m_scene.hoveredItem, m_scene.selectedItem}) {
        if (item == noItem || m_scene.layout->items[item].frame)
            continue;
        const bool selected = item == m_scene.selectedItem;
        painter.setPen(QPen(selected ? c.accent : c.text, selected ? 2.0 : 1.0));
        painter.drawRect(viewRect(m_scene.layout->items[item].rect).adjusted(-2.0, -2.0, 2.0, 2.0));
    }
}

void GraphPainter::paintFrames(QPainter& painter)
{
    for (const std::uint32_t i : m_scene.index->frames())
        paintFrame(painter, m_scene.layout->items[i], i);
}

void GraphPainter::paintFrame(QPainter& painter, const LayoutItem& item, std::uint32_t index)
{
    const ThemeColors& c = m_scene.colors;
    QRectF rect = viewRect(item.rect);
    if (!rect.intersects(m_exposed.adjusted(-8, -8, 8, 8)))
        return;
    // Of a frame of a million pixels only what is near the view.
    if (!m_scene.forExport)
        rect = rect.intersected(m_exposed.adjusted(-40, -40, 40, 40));
    const bool inner =
        item.parent >= 0 && m_scene.layout->items[static_cast<std::size_t>(item.parent)].parent < 0;
    const bool selected = index == m_scene.selectedItem;
    const QColor fill = inner ? c.panel : c.window;
    const QColor border = selected                       ? c.accent
                          : index == m_scene.hoveredItem ? mix(c.line, c.text, 0.4)
                                                         : c.line;
    drawBox(&painter, rect, std::clamp(px(10.0), 1.0, 10.0), fill, border, selected ? 2.0 : 1.0);
}

void GraphPainter::paintFrameTitles(QPainter& painter)
{
    const ThemeColors& c = m_scene.colors;
    for (const std::uint32_t i : m_scene.index->frames()) {
        const LayoutItem& item = m_scene.layout->items[i];
        const QRectF rect = viewRect(item.rect);
        const QRectF visible = m_scene.forExport ? rect : rect.intersected(m_exposed);
        if (visible.isEmpty() || (rect.height() < 24.0 && item.parent >= 0))
            continue;
        // Within the header while it can be read there; then over large frames, whose cards are small.
        const double header = px(m_scene.metrics.groupHeader);
        const bool fits = m_scene.forExport || m_scene.zoom >= smallestHeader;
        const bool outside = !fits && item.parent < 0;
        const double size = m_scene.forExport ? m_scene.zoom
                            : fits            ? std::clamp(m_scene.zoom, smallestHeaderTitle, 1.3)
                                              : overlaidTitle;
        const QFont font = boldFont(steppedFont(m_scene.font, size));
        const QFontMetricsF metrics(font);
        if (!fits && !outside &&
            (m_detail > CardDetail::Box || visible.height() < framesPerTitle * metrics.height()))
            continue;
        const QString title = groupTitle(named(), item.group);
        const double toggle = metrics.height() * 0.72;
        const double wide = metrics.horizontalAdvance(title) +
                            (fits ? toggle + metrics.height() * 1.1 : metrics.height() * 0.5);
        if (wide > rect.width() && !outside)
            continue;
        const double height = fits ? header : metrics.height() * 1.3;
        QRectF strip(rect.left(), rect.top(), wide, height);
        if (!fits) {
            strip.translate(outside ? QPointF(0.0, -height - 1.0) : QPointF(2.0, 2.0));
            const bool taken = std::any_of(m_labels.begin(), m_labels.end(),
                                           [&](const QRectF& other) { return other.intersects(strip); });
            if (taken)
                continue;
            QColor backing = c.panel;
            backing.setAlpha(225);
            drawBox(&painter, strip, 4.0, backing);
        }
        m_labels.push_back(strip);
        const double inset = metrics.height() * 0.5;
        const QRectF sign(strip.left() + inset, strip.center().y() - toggle / 2.0, toggle, toggle);
        if (fits)
            paintToggle(painter, sign, false, i == m_scene.hoveredItem ? c.accent : c.quietText);
        painter.setFont(font);
        painter.setPen(c.text);
        painter.drawText(QPointF(fits ? sign.right() + inset * 0.7 : strip.left() + inset * 0.5,
                                 strip.center().y() + metrics.ascent() / 2.0 - metrics.descent() / 2.0),
                         title);
    }
}

void GraphPainter::paintToggle(QPainter& painter, const QRectF& rect, bool plus, const QColor& color)
{
    painter.setBrush(Qt::NoBrush);
    const double width = std::max(1.0, rect.height() * 0.12);
    painter.setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap));
    const QPointF middle = rect.center();
    const double arm = rect.width() * 0.36;
    painter.drawLine(middle - QPointF(arm, 0.0), middle + QPointF(arm, 0.0));
    if (plus)
        painter.drawLine(middle - QPointF(0.0, arm), middle + QPointF(0.0, arm));
}

} // namespace chainrule
