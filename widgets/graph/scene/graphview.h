// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"
#include "widgets/graph/layout/graphindex.h"
#include "widgets/graph/layout/graphlayout.h"
#include "widgets/graph/scene/graphpainter.h"

#include <QPixmap>
#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

class QPainter;
class QPushButton;

namespace chainrule {

/// One use of a node: which node uses it, and as which of its parents.
struct GraphUse {
    scalar::NodeId child = scalar::noNode;
    int slot = 0;
    bool operator==(const GraphUse&) const = default;
};

/// The graph as cards and curves. Drag or scroll to move (Shift: sideways), Ctrl+wheel, pinch or + and - to
/// zoom, 0 or F to see it all; a click selects a card, or the node that an edge leads to.
///
/// By keyboard: Left goes to the first parent of the selected card and Right back to where Left came from,
/// else to its first user; Up and Down to the next card in the column. Home selects the root, End the first
/// node, Escape nothing. Enter or a double click opens a closed group and closes an open one, Backspace
/// closes the group around the selected card; from an open group's frame, arrows go to the first card inside.
/// Page Up and Page Down move the view.
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

    /// Pale, for a graph that is no longer what was asked for.
    void setFaded(bool faded);
    /// What is shown where nothing is: a sentence in the middle.
    void setPlaceholder(const QString& text);

    void zoomIn();
    void zoomOut();
    void fit();
    void openGroup(int group, bool open);
    /// Opens or closes a group with all groups inside, opening those around it; -1: all of the graph.
    void openAll(bool open, int group = -1);
    [[nodiscard]] bool isOpen(int group) const;
    [[nodiscard]] double zoom() const { return m_zoom; }
    [[nodiscard]] const GraphLayout& graphLayout() const { return m_layout; }

    /// Moves the selection to the next node whose name or number contains the text, from the present one on,
    /// round the end; false where there is none. Reveals it and emits selected().
    bool findNext(const QString& text);

    /// Paints the whole graph, fitted into the rectangle, in full detail, with this palette's colours.
    void paintTo(QPainter& painter, const QRectF& target) const;
    /// The same with other colours, for paper.
    void paintTo(QPainter& painter, const QRectF& target, const ThemeColors& colors) const;
    /// The drawing's size at zoom 1, with the margin that paintTo() leaves around it.
    [[nodiscard]] QSizeF drawingSize() const
    {
        return m_layout.bounds.size() + QSizeF(m_metrics.rowGap, m_metrics.rowGap);
    }

    /// Where a card or an open group's frame is in the widget; of a node in closed groups, the closed card.
    /// Empty where there is none.
    [[nodiscard]] QRectF cardRect(const GraphSelection& selection) const;
    /// A point of the layout in the widget.
    [[nodiscard]] QPointF toView(QPointF point) const { return (point - m_origin) * m_zoom; }
    /// What the label beside the mouse says: of an edge its derivative, of a card all its numbers in full;
    /// empty where the mouse is over neither.
    [[nodiscard]] QString hoverText() const { return m_hoverText; }
    /// The edge under the mouse, and the one that was clicked last; none where it stands for many.
    [[nodiscard]] std::optional<GraphUse> hoveredUse() const { return useOf(m_hoveredEdge); }
    [[nodiscard]] std::optional<GraphUse> pickedUse() const { return useOf(m_pickedEdge); }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void selected(const chainrule::GraphSelection& selection);
    void zoomChanged(double zoom);
    void layoutChanged(); ///< groups were opened or closed
    void exportWanted();  ///< somebody wants the picture saved

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    enum class Drag { None, Pressed, Pan, Map };

    void createButtons();
    void placeButtons();
    void relayout();
    void findSelectedItem();
    void select(const GraphSelection& selection);
    void describe();
    void refreshHover();
    void setHover(std::uint32_t item, int edge, QPointF at);
    void zoomTo(double zoom, QPointF fixed);
    void moveTo(QPointF origin);
    void panBy(QPointF pixels) { moveTo(m_origin - pixels / m_zoom); }
    void showItem(std::uint32_t item);
    void toggle(int group);
    void moveSelection(int key);
    void copyPicture() const;
    void paintMap(QPainter& painter);
    void paintHover(QPainter& painter) const;

    [[nodiscard]] bool isEmpty() const { return m_content == nullptr || m_layout.items.empty(); }
    [[nodiscard]] GraphScene scene() const;
    [[nodiscard]] QRectF visibleArea() const;
    [[nodiscard]] QRectF fitArea() const;
    [[nodiscard]] double fitZoom() const;
    [[nodiscard]] double smallestZoom() const;
    [[nodiscard]] QPointF zoomCentre() const;
    [[nodiscard]] QRectF mapRect() const;
    [[nodiscard]] QRectF hoverRect() const;
    [[nodiscard]] QPointF toDrawing(QPointF point) const { return point / m_zoom + m_origin; }
    [[nodiscard]] std::uint32_t itemOf(const GraphSelection& selection) const;
    [[nodiscard]] GraphSelection selectionOf(std::uint32_t item) const;
    [[nodiscard]] std::uint32_t neighbour(std::uint32_t item, bool below) const;
    [[nodiscard]] std::optional<GraphUse> useOf(int edge) const;
    [[nodiscard]] QString textOfItem(std::uint32_t item) const;
    [[nodiscard]] QString textOfEdge(int edge) const;
    [[nodiscard]] int toggleAt(QPointF point) const;
    /// The card at a point of the widget, or the frame whose title is there.
    [[nodiscard]] std::uint32_t itemUnder(QPointF point) const;

    const GraphContent* m_content = nullptr;
    std::size_t m_nodeCount = 0; ///< of the graph before the next, to see whether the view can stay
    GraphLayout m_layout;
    GraphIndex m_index;
    LayoutMetrics m_metrics;
    std::vector<bool> m_open;
    bool m_faded = false;
    GraphSelection m_selection;
    std::uint32_t m_selectedItem = noItem;
    std::uint32_t m_cameFrom = noItem; ///< the card that Left came from
    double m_zoom = 1.0;
    QPointF m_origin; ///< of the drawing, at the widget's upper left corner
    bool m_fitted = true;
    QString m_placeholder;
    double m_largestGradient = 0.0;
    mutable CardSkins m_skins;
    QPixmap m_map; ///< the overview map's cards

    std::uint32_t m_hoveredItem = noItem;
    int m_hoveredEdge = noEdge;
    int m_pickedEdge = noEdge;
    QPointF m_hoverPoint;
    QString m_hoverText;

    Drag m_drag = Drag::None;
    QPointF m_pressPoint;
    QPointF m_pressOrigin;
    bool m_keyboardFocus = false;

    QPushButton* m_outButton = nullptr;
    QPushButton* m_fitButton = nullptr;
    QPushButton* m_inButton = nullptr;
};

} // namespace chainrule
