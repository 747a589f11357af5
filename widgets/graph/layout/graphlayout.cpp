// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphlayout.h"

#include "widgets/graph/layout/graphitems.h"
#include "widgets/graph/layout/graphlayoutboxes.h"

#include <algorithm>
#include <span>

namespace chainrule {

namespace {

constexpr std::uint32_t none = 0xffffffff;
constexpr std::size_t mostBorderPoints = 24; // that a frame has one by one; of more, all wires share one
constexpr double borderRoom = 26;            // for wires to bend between a frame's border and its contents

/// Where the wires from one card cross a frame's border: out of the frames around the card, then into those
/// around the cards that it leads to.
struct Border {
    std::uint32_t frame = none; ///< item
    bool out = false;
    std::uint32_t feeder = none; ///< the section that leads here
    double y = 0.0;              ///< below the frame's top
};

/// The part of an edge that is inside one frame and outside the frames in it. Edges of one card share the
/// sections up to where they part.
struct Section {
    std::uint32_t frame = 0;    ///< item + 1, 0 is the whole drawing
    std::uint32_t from = none;  ///< item; none: starts at the frame's own border
    std::uint32_t start = none; ///< border that it starts at, the frame's own or the from-item's
    std::uint32_t to = none;
    std::uint32_t end = none;
    int slot = 0;
    boxes::Way way;
    double fromOffset = 0.0; ///< below the item's top
    double toOffset = 0.0;
};

struct Drawing {
    GraphLayout layout;
    std::vector<Border> borders;
    std::vector<Section> sections;
    std::vector<std::uint32_t> lastSection; ///< of each edge
    std::vector<QPointF> corners;           ///< of each item, in its frame
    std::vector<QPointF> points;            ///< of the sections' ways, in their frames
    std::vector<QSizeF> sizes;              ///< of each item
};

/// Splits the edges, which are sorted by their start, at the frames that they cross.
class Splitter {
public:
    explicit Splitter(Drawing& drawing)
        : m_drawing(drawing)
        , m_items(drawing.layout.items)
        , m_depth(m_items.size(), 0)
        , m_out(m_items.size(), none)
        , m_in(m_items.size(), none)
    {
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            m_depth[i] = m_items[i].parent < 0 ? 0 : m_depth[parentOf(i)] + 1;
        }
    }

    void split(const LayoutEdge& edge)
    {
        if (edge.from != m_source) {
            m_source = edge.from;
            m_firstBorder = m_drawing.borders.size();
        }
        std::uint32_t a = edge.from;
        std::uint32_t b = edge.to;
        std::uint32_t start = none; // border that the next section starts at
        m_entered.clear();
        while (m_items[a].parent != m_items[b].parent) {
            if (m_depth[a] >= m_depth[b]) {
                const std::uint32_t frame = parentOf(a);
                if (!isKnown(m_out[frame])) {
                    m_out[frame] = addBorder(frame, true, {frame + 1, a, start, none, none, 0, {}, 0.0, 0.0});
                }
                start = m_out[frame];
                a = frame;
            } else {
                b = parentOf(b);
                m_entered.push_back(b);
            }
        }
        const auto around = static_cast<std::uint32_t>(m_items[a].parent + 1);
        Section section{around, a, start, none, none, edge.slot, {}, 0.0, 0.0};
        for (std::size_t k = m_entered.size(); k-- > 0;) {
            const std::uint32_t frame = m_entered[k];
            if (!isKnown(m_in[frame])) {
                section.to = frame;
                m_in[frame] = addBorder(frame, false, section);
            }
            section = {frame + 1, none, m_in[frame], none, none, edge.slot, {}, 0.0, 0.0};
        }
        section.to = edge.to;
        m_drawing.lastSection.push_back(static_cast<std::uint32_t>(m_drawing.sections.size()));
        m_drawing.sections.push_back(section);
    }

private:
    std::uint32_t parentOf(std::size_t item) const
    {
        return static_cast<std::uint32_t>(m_items[item].parent);
    }
    /// Whether the present source has crossed the border already.
    bool isKnown(std::uint32_t border) const { return border != none && border >= m_firstBorder; }
    std::uint32_t addBorder(std::uint32_t frame, bool out, Section section)
    {
        const auto border = static_cast<std::uint32_t>(m_drawing.borders.size());
        section.end = border;
        m_drawing.borders.push_back({frame, out, static_cast<std::uint32_t>(m_drawing.sections.size()), 0.0});
        m_drawing.sections.push_back(section);
        return border;
    }

    Drawing& m_drawing;
    const std::vector<LayoutItem>& m_items;
    std::vector<int> m_depth;
    std::vector<std::uint32_t> m_out; ///< of each frame, the last border point on either side
    std::vector<std::uint32_t> m_in;
    std::vector<std::uint32_t> m_entered;
    std::uint32_t m_source = none;
    std::size_t m_firstBorder = 0;
};

/// Items, border points and sections of each frame.
struct Contents {
    boxes::Lists items;
    boxes::Lists borders;
    boxes::Lists sections;
};

Contents contentsOf(const Drawing& drawing)
{
    const std::size_t frames = drawing.layout.items.size() + 1;
    Contents contents;
    std::vector<std::uint32_t> keys;
    for (const LayoutItem& item : drawing.layout.items) {
        keys.push_back(static_cast<std::uint32_t>(item.parent + 1));
    }
    contents.items = boxes::grouped(frames, keys);
    keys.clear();
    for (const Border& border : drawing.borders) {
        keys.push_back(border.frame + 1);
    }
    contents.borders = boxes::grouped(frames, keys);
    keys.clear();
    for (const Section& section : drawing.sections) {
        keys.push_back(section.frame);
    }
    contents.sections = boxes::grouped(frames, keys);
    return contents;
}

/// Boxes of a frame's own border points: one each, or one for all on a side where there are many.
void addBorderBoxes(const Drawing& drawing, std::span<const std::uint32_t> borders, bool out,
                    boxes::BoxGraph& graph, std::vector<std::uint32_t>& boxOfBorder)
{
    const auto onSide = [&drawing, out](std::uint32_t b) { return drawing.borders[b].out == out; };
    const bool shared =
        std::ranges::count_if(borders, onSide) > static_cast<std::ptrdiff_t>(mostBorderPoints);
    bool added = false;
    for (const std::uint32_t b : borders) {
        if (!onSide(b)) {
            continue;
        }
        if (!added || !shared) {
            graph.boxes.push_back({0.0, 0.0, out ? boxes::BoxKind::Exit : boxes::BoxKind::Entry});
            added = true;
        }
        boxOfBorder[b] = static_cast<std::uint32_t>(graph.boxes.size() - 1);
    }
}

/// The inside of a frame (item + 1; 0 for the whole drawing), once those of the frames in it are done.
/// Returns its size.
QSizeF placeFrame(Drawing& drawing, const Contents& contents, std::size_t frame, const LayoutMetrics& metrics,
                  std::vector<std::uint32_t>& boxOfItem, std::vector<std::uint32_t>& boxOfBorder)
{
    boxes::BoxGraph graph;
    const std::span<const std::uint32_t> items = contents.items.of(frame);
    const std::span<const std::uint32_t> borders = contents.borders.of(frame);
    for (const std::uint32_t i : items) {
        boxOfItem[i] = static_cast<std::uint32_t>(graph.boxes.size());
        graph.boxes.push_back({drawing.sizes[i].width(), drawing.sizes[i].height(), boxes::BoxKind::Inside});
    }
    addBorderBoxes(drawing, borders, false, graph, boxOfBorder);
    addBorderBoxes(drawing, borders, true, graph, boxOfBorder);

    for (const std::uint32_t s : contents.sections.of(frame)) {
        Section& section = drawing.sections[s];
        boxes::Wire wire;
        wire.slot = section.slot;
        if (section.from == none) {
            wire.from = boxOfBorder[section.start];
        } else {
            wire.from = boxOfItem[section.from];
            wire.fromOffset = section.start != none ? drawing.borders[section.start].y
                                                    : drawing.sizes[section.from].height() / 2;
        }
        if (section.to == none) {
            wire.to = boxOfBorder[section.end];
        } else {
            wire.to = boxOfItem[section.to];
            wire.toOffset =
                section.end != none ? drawing.borders[section.end].y : drawing.sizes[section.to].height() / 2;
        }
        section.fromOffset = wire.fromOffset;
        section.toOffset = wire.toOffset;
        graph.wires.push_back(wire);
    }

    boxes::Spacing spacing;
    // Their edges carry no words, so that they may stand nearer and be shown larger.
    const bool groups = std::all_of(items.begin(), items.end(), [&drawing](std::uint32_t i) {
        return drawing.layout.items[i].group >= 0 && !drawing.layout.items[i].frame;
    });
    spacing.columnGap = groups ? std::min(metrics.groupGap, metrics.columnGap) : metrics.columnGap;
    spacing.rowGap = metrics.rowGap;
    if (frame > 0) {
        const double room = metrics.groupPadding + (borders.empty() ? 0.0 : borderRoom);
        spacing.left = room;
        spacing.right = room;
        spacing.top = metrics.groupHeader;
        spacing.bottom = metrics.groupPadding;
    }
    const boxes::Places places = boxes::placeBoxes(graph, spacing);
    for (const std::uint32_t i : items) {
        drawing.corners[i] = places.corners[boxOfItem[i]];
    }
    for (const std::uint32_t b : borders) {
        drawing.borders[b].y = places.corners[boxOfBorder[b]].y();
    }
    const auto first = static_cast<std::uint32_t>(drawing.points.size());
    drawing.points.insert(drawing.points.end(), places.points.begin(), places.points.end());
    std::size_t next = 0;
    for (const std::uint32_t s : contents.sections.of(frame)) {
        drawing.sections[s].way = places.ways[next++];
        drawing.sections[s].way.first += first;
    }
    return {places.width, places.height};
}

/// Spreads the ends of several wires over a card's side: each as near to where it comes from as the others
/// let it, in the order in which they do not cross. `ends` are where they come from, below the card's
/// middle, in that order; becomes where they end.
void spread(std::vector<double>& ends, double height, double widest)
{
    const double reach = std::min(height / 2 - 6.0, widest * static_cast<double>(ends.size()) / 2.0);
    const double gap = std::min(16.0, 2.0 * reach / static_cast<double>(ends.size() - 1));
    for (double& end : ends) {
        end = std::clamp(end, -reach, reach);
    }
    // Down from the top and up from the bottom; the mean of both keeps the gaps and favours neither.
    std::vector<double> down = ends;
    for (std::size_t i = 1; i < down.size(); ++i) {
        down[i] = std::max(down[i], down[i - 1] + gap);
    }
    for (std::size_t i = ends.size() - 1; i-- > 0;) {
        ends[i] = std::min(ends[i], ends[i + 1] - gap);
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const double highest = -reach + static_cast<double>(i) * gap;
        const double lowest = reach - static_cast<double>(ends.size() - 1 - i) * gap;
        ends[i] = std::clamp((ends[i] + down[i]) / 2, std::min(highest, lowest), lowest);
    }
}

/// The ends at cards: one at the middle, several spread. A node's own edges all start at its middle, but for
/// two that lead to the same node.
void spreadEnds(Drawing& drawing, bool atEnd)
{
    std::vector<std::uint32_t> keys;
    std::vector<std::uint32_t> ids;
    for (std::uint32_t s = 0; s < drawing.sections.size(); ++s) {
        const Section& section = drawing.sections[s];
        const bool card = atEnd ? section.end == none : section.start == none && section.from != none;
        if (card) {
            keys.push_back(atEnd ? section.to : section.from);
            ids.push_back(s);
        }
    }
    struct Incoming {
        double y;
        int slot;
        std::uint32_t section;
    };
    const boxes::Lists lists = boxes::grouped(drawing.layout.items.size(), keys);
    std::vector<Incoming> incoming;
    std::vector<double> ends;
    for (std::uint32_t item = 0; item < drawing.layout.items.size(); ++item) {
        std::span<const std::uint32_t> list = lists.of(item);
        if (list.size() < 2) {
            continue;
        }
        const double height = drawing.sizes[item].height();
        incoming.clear();
        for (std::size_t k = 0; k < list.size(); ++k) {
            const std::uint32_t s = ids[list[k]];
            const Section& section = drawing.sections[s];
            if (!atEnd && drawing.layout.items[item].group < 0) {
                const auto twin = [&](std::size_t other) {
                    const Section& o = drawing.sections[ids[list[other]]];
                    return section.to != none && section.end == none && o.end == none && o.to == section.to;
                };
                if (!(k > 0 && twin(k - 1)) && !(k + 1 < list.size() && twin(k + 1))) {
                    continue;
                }
            }
            double y = 0.0;
            if (section.way.count > 0) {
                y = drawing.points[section.way.first + (atEnd ? section.way.count - 1 : 0)].y();
            } else if (atEnd) {
                y = section.from == none ? drawing.borders[section.start].y
                                         : drawing.corners[section.from].y() + section.fromOffset;
            } else {
                y = section.to == none ? drawing.borders[section.end].y
                                       : drawing.corners[section.to].y() + section.toOffset;
            }
            incoming.push_back({y - drawing.corners[item].y() - height / 2, section.slot, s});
        }
        if (incoming.size() < 2) {
            continue;
        }
        std::ranges::stable_sort(incoming, [](const Incoming& a, const Incoming& b) {
            return a.y != b.y ? a.y < b.y : a.slot < b.slot;
        });
        ends.clear();
        for (const Incoming& one : incoming) {
            ends.push_back(one.y);
        }
        spread(ends, height, 16.0);
        for (std::size_t k = 0; k < ends.size(); ++k) {
            Section& section = drawing.sections[incoming[k].section];
            (atEnd ? section.toOffset : section.fromOffset) = height / 2 + ends[k];
        }
    }
}

/// Points of an edge: its sections from the last to the first, then turned round.
void addRoute(Drawing& drawing, const std::vector<QPointF>& origins, std::size_t e,
              std::vector<std::uint32_t>& path)
{
    LayoutEdge& edge = drawing.layout.edges[e];
    std::vector<QPointF>& points = drawing.layout.points;
    edge.firstPoint = static_cast<std::uint32_t>(points.size());
    path.clear();
    for (std::uint32_t s = drawing.lastSection[e]; s != none;) {
        path.push_back(s);
        const std::uint32_t start = drawing.sections[s].start;
        s = start == none ? none : drawing.borders[start].feeder;
    }
    const auto add = [&points, &edge](QPointF point) {
        const bool first = points.size() == edge.firstPoint;
        if (first || point.x() > points.back().x() + 0.5) {
            points.push_back(point);
        } else if (points.size() > edge.firstPoint + 1) {
            points.back() = {points.back().x(), point.y()};
        }
    };
    for (std::size_t k = path.size(); k-- > 0;) {
        const Section& section = drawing.sections[path[k]];
        const QPointF origin = origins[section.frame];
        if (section.from != none) {
            const QRectF& rect = drawing.layout.items[section.from].rect;
            add({rect.right(), rect.top() + section.fromOffset});
        }
        for (std::uint32_t p = 0; p < section.way.count; ++p) {
            add(origin + drawing.points[section.way.first + p]);
        }
        if (section.to != none) {
            const QRectF& rect = drawing.layout.items[section.to].rect;
            add({rect.left(), rect.top() + section.toOffset});
        } else {
            const QRectF& frame = drawing.layout.items[section.frame - 1].rect;
            add({frame.right(), frame.top() + drawing.borders[section.end].y});
        }
    }
    edge.pointCount = static_cast<std::uint32_t>(points.size()) - edge.firstPoint;
}

} // namespace

GraphLayout layoutGraph(const scalar::NamedGraph& named, const std::vector<bool>& open,
                        const LayoutMetrics& metrics)
{
    ShownGraph shown = shownGraph(named, open);
    Drawing drawing;
    drawing.layout.items = std::move(shown.items);
    drawing.layout.edges = std::move(shown.edges);
    drawing.layout.itemOfNode = std::move(shown.itemOfNode);
    GraphLayout& layout = drawing.layout;
    const std::size_t count = layout.items.size();

    drawing.sections.reserve(layout.edges.size());
    drawing.lastSection.reserve(layout.edges.size());
    Splitter splitter(drawing);
    for (const LayoutEdge& edge : layout.edges) {
        splitter.split(edge);
    }

    drawing.sizes.resize(count);
    drawing.corners.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        drawing.sizes[i] = layout.items[i].group >= 0 ? metrics.group : metrics.node;
    }
    const Contents contents = contentsOf(drawing);
    std::vector<std::uint32_t> boxOfItem(count, 0);
    std::vector<std::uint32_t> boxOfBorder(drawing.borders.size(), 0);
    for (std::size_t i = count; i-- > 0;) {
        if (layout.items[i].frame) {
            drawing.sizes[i] = placeFrame(drawing, contents, i + 1, metrics, boxOfItem, boxOfBorder);
        }
    }
    layout.bounds = QRectF(QPointF(), placeFrame(drawing, contents, 0, metrics, boxOfItem, boxOfBorder));

    std::vector<QPointF> origins(count + 1); // of each frame
    for (std::size_t i = 0; i < count; ++i) {
        LayoutItem& item = layout.items[i];
        item.rect =
            QRectF(origins[static_cast<std::size_t>(item.parent + 1)] + drawing.corners[i], drawing.sizes[i]);
        origins[i + 1] = item.rect.topLeft();
    }
    spreadEnds(drawing, true);
    spreadEnds(drawing, false);
    layout.points.reserve(layout.edges.size() * 4);
    std::vector<std::uint32_t> path;
    for (std::size_t e = 0; e < layout.edges.size(); ++e) {
        addRoute(drawing, origins, e, path);
    }
    return std::move(drawing.layout);
}

} // namespace chainrule
