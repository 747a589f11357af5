// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graphcontent.h"
#include "widgets/graphlayout.h"

#include <QWidget>

#include <vector>

class QPainter;

namespace chainrule {

/// The graph as cards and curves. Drag or scroll to move, Ctrl+wheel or + and - to zoom, 0 or F to see it
/// all; arrow keys go along the edges from the selected card, Enter or a double click opens and closes a
/// group.
class GraphView : public QWidget {
    Q_OBJECT

public:
    explicit GraphView(QWidget* parent = nullptr);

    /// Another graph (null: none), which must live until the next call: lays it out anew with only the
    /// outermost groups shown, closed, and fits it into the view. Where `keepView` is set and the structure
    /// allows it, open groups, position and zoom stay.
    void setContent(const GraphContent* content, bool keepView = false);
    /// Values, gradients or the walk have changed: repaints what is in view.
    void showValues();

    /// Selects without emitting. A node inside closed groups: those are opened where `reveal` is set, else
    /// its closed group's card is marked. With `reveal`, moves it into view.
    void setSelection(const GraphSelection& selection, bool reveal = false);
    [[nodiscard]] GraphSelection selection() const { return m_selection; }

    /// What is shown where nothing is: a sentence in the middle.
    void setPlaceholder(const QString& text);

    void zoomIn();
    void zoomOut();
    void fit();
    void openGroup(int group, bool open);
    /// Opens all groups that have a node of `group` and the groups inside; -1: all of the graph.
    void openAll(bool open);
    [[nodiscard]] bool isOpen(int group) const;
    [[nodiscard]] double zoom() const { return m_zoom; }
    [[nodiscard]] const GraphLayout& graphLayout() const { return m_layout; }

    /// Moves the selection to the next node whose name or number contains the text, from the present one on,
    /// round the end; false where there is none. Reveals it and emits selected().
    bool findNext(const QString& text);

    /// Paints the whole graph, fitted into the rectangle, in full detail, with this palette's colours.
    void paintTo(QPainter& painter, const QRectF& target) const;
    /// The drawing's size at zoom 1.
    [[nodiscard]] QSizeF drawingSize() const { return m_layout.bounds.size(); }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void selected(const chainrule::GraphSelection& selection);
    void zoomChanged(double zoom);
    void layoutChanged(); ///< groups were opened or closed

private:
    const GraphContent* m_content = nullptr;
    GraphLayout m_layout;
    GraphSelection m_selection;
    double m_zoom = 1.0;
};

} // namespace chainrule
