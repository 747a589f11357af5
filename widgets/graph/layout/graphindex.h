// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/layout/graphlayout.h"

#include <QPointF>
#include <QRectF>

#include <cstdint>
#include <span>
#include <vector>

namespace chainrule {

/// One piece of an edge's way, from left to right: a curve that is horizontal at both ends.
struct EdgeCurve {
    QPointF from;
    QPointF to;

    [[nodiscard]] QPointF at(double t) const;
    /// The height at x, which is moved between the ends.
    [[nodiscard]] double heightAt(double x) const;
    /// Which part of the curve may lie in the rectangle; false where none does.
    [[nodiscard]] bool clip(const QRectF& rect, double& first, double& last) const;
};

/// Boxes by place: a pyramid of grids in which each box stands once, by its middle, in the finest grid whose
/// cells are as large as it. Built in linear time.
class BoxPyramid {
public:
    void build(std::span<const QRectF> boxes);
    /// At least all boxes that touch the rectangle.
    template <typename Visit>
    void forEachNear(const QRectF& rect, Visit visit) const
    {
        forEachRun(rect, [&](std::uint32_t first, std::uint32_t last) {
            for (std::uint32_t i = first; i < last; ++i)
                visit(m_order[i]);
        });
    }
    /// How many forEachNear() would visit.
    [[nodiscard]] std::size_t countNear(const QRectF& rect) const;

private:
    struct Level {
        double cell = 1.0;
        int columns = 1;
        int rows = 1;
        std::size_t firstCell = 0; ///< in m_starts, where each level has one more than its cells
        bool used = false;
    };
    template <typename Visit>
    void forEachRun(const QRectF& rect, Visit visit) const;
    [[nodiscard]] std::size_t cellOf(const QRectF& box) const;

    QPointF m_corner;
    std::vector<Level> m_levels;
    std::vector<std::uint32_t> m_starts;
    std::vector<std::uint32_t> m_order;
};

template <typename Visit>
void BoxPyramid::forEachRun(const QRectF& rect, Visit visit) const
{
    for (const Level& level : m_levels) {
        if (!level.used)
            continue;
        const auto place = [&level](double distance, int cells) {
            const double cell = distance / level.cell;
            return cell <= 0.0 ? 0 : cell >= cells ? cells - 1 : static_cast<int>(cell);
        };
        const double half = level.cell / 2.0;
        const int left = place(rect.left() - half - m_corner.x(), level.columns);
        const int right = place(rect.right() + half - m_corner.x(), level.columns);
        const int top = place(rect.top() - half - m_corner.y(), level.rows);
        const int bottom = place(rect.bottom() + half - m_corner.y(), level.rows);
        for (int row = top; row <= bottom; ++row) {
            const std::size_t cell =
                level.firstCell + static_cast<std::size_t>(row) * static_cast<std::size_t>(level.columns);
            visit(m_starts[cell + static_cast<std::size_t>(left)],
                  m_starts[cell + static_cast<std::size_t>(right) + 1]);
        }
    }
}

inline constexpr int noEdge = -1;

/// What is where in a layout, and which edges an item has.
class GraphIndex {
public:
    /// The layout must live and stay as it is as long as the index is asked.
    void build(const GraphLayout& layout, const scalar::NamedGraph& named);

    /// Cards in a rectangle of the drawing, some that only nearly touch it among them. Never frames.
    [[nodiscard]] const BoxPyramid& cards() const { return m_cards; }
    /// Pieces of edges, to be looked up by pieceEdge() and curve().
    [[nodiscard]] const BoxPyramid& pieces() const { return m_pieces; }
    [[nodiscard]] std::uint32_t card(std::uint32_t i) const { return m_cardItems[i]; }
    [[nodiscard]] std::uint32_t pieceEdge(std::uint32_t piece) const { return m_pieceEdges[piece]; }
    [[nodiscard]] EdgeCurve curve(std::uint32_t piece) const;
    [[nodiscard]] std::size_t pieceCount() const { return m_pieceEdges.size(); }
    [[nodiscard]] std::span<const std::uint32_t> frames() const { return m_frames; }

    /// Edges that end at an item, by slot and then from top to bottom.
    [[nodiscard]] std::span<const std::uint32_t> edgesInto(std::uint32_t item) const;
    /// Edges that begin at an item, from top to bottom.
    [[nodiscard]] std::span<const std::uint32_t> edgesFrom(std::uint32_t item) const;
    [[nodiscard]] std::uint32_t itemOfGroup(int group) const;
    /// Of each group how many nodes lie in it and in the groups inside.
    [[nodiscard]] std::span<const std::uint32_t> groupSizes() const { return m_groupSizes; }

    /// The card at a point of the drawing, else the innermost frame; noItem.
    [[nodiscard]] std::uint32_t itemAt(QPointF point) const;
    /// The edge nearest to a point, at most `reach` away; noEdge.
    [[nodiscard]] int edgeAt(QPointF point, double reach) const;

private:
    const GraphLayout* m_layout = nullptr;
    BoxPyramid m_cards;
    BoxPyramid m_pieces;
    std::vector<std::uint32_t> m_cardItems;
    std::vector<std::uint32_t> m_pieceEdges;
    std::vector<std::uint32_t> m_piecePoints;
    std::vector<std::uint32_t> m_frames;
    std::vector<std::uint32_t> m_into, m_intoStarts;
    std::vector<std::uint32_t> m_from, m_fromStarts;
    std::vector<std::uint32_t> m_groupItems;
    std::vector<std::uint32_t> m_groupSizes;
};

} // namespace chainrule
