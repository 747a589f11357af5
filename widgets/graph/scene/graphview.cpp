// SPDX-License-Identifier: GPL-3.0-or-later
// What GraphView shows and where; graphviewinput.cpp answers to people.
#include "widgets/graph/scene/graphview.h"

#include "widgets/style/icons.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QPushButton>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

constexpr double smallestZoomOfAll = 0.02;
constexpr double largestZoom = 3.0;
constexpr double largestFit = 1.25;
constexpr double readableZoom = 0.75;
constexpr double zoomStep = 1.25;
constexpr double border = 24.0;
constexpr int buttonMargin = 12;

QString withKey(const QString& text, Qt::Key key)
{
    return QStringLiteral("%1 (%2)").arg(text, QKeySequence(key).toString(QKeySequence::NativeText));
}

} // namespace

GraphView::GraphView(QWidget* parent)
    : QWidget(parent)
    , m_metrics(graphMetrics(font()))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Graph view"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    grabGesture(Qt::PinchGesture);
    createButtons();
    describe();
}

void GraphView::createButtons()
{
    const auto make = [this](const QString& name, const QString& tip, void (GraphView::*act)()) {
        auto* button = new QPushButton(this);
        button->setAccessibleName(name);
        button->setToolTip(tip);
        button->setCursor(Qt::ArrowCursor);
        button->setEnabled(false);
        connect(button, &QPushButton::clicked, this, act);
        return button;
    };
    m_outButton = make(tr("Zoom out"), withKey(tr("Zoom out"), Qt::Key_Minus), &GraphView::zoomOut);
    m_outButton->setIcon(icon(QStringLiteral("minus")));
    m_fitButton = make(tr("Fit graph"), withKey(tr("Show the whole graph"), Qt::Key_0), &GraphView::fit);
    m_fitButton->setText(tr("Fit"));
    m_inButton = make(tr("Zoom in"), withKey(tr("Zoom in"), Qt::Key_Plus), &GraphView::zoomIn);
    m_inButton->setIcon(icon(QStringLiteral("plus")));
    placeButtons();
}

void GraphView::placeButtons()
{
    int right = width() - buttonMargin;
    for (QPushButton* button : {m_inButton, m_fitButton, m_outButton}) {
        const QSize size = button->sizeHint();
        button->setGeometry(right - size.width(), height() - buttonMargin - size.height(), size.width(),
                            size.height());
        right -= size.width() + 6;
    }
}

QSize GraphView::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 100, fontMetrics().height() * 28};
}

QSize GraphView::minimumSizeHint() const
{
    const int buttons = m_outButton->sizeHint().width() + m_fitButton->sizeHint().width() +
                        m_inButton->sizeHint().width() + 2 * buttonMargin + 12;
    return {std::max(buttons, static_cast<int>(m_metrics.node.width())),
            static_cast<int>(2.0 * m_metrics.node.height())};
}

void GraphView::setContent(const GraphContent* content, bool keepView)
{
    const std::size_t nodes = content != nullptr ? content->named.graph.nodes.size() : 0;
    const std::size_t groups = content != nullptr ? content->named.groups.size() : 0;
    const bool stays = keepView && m_content != nullptr && groups == m_open.size() && nodes == m_nodeCount;
    m_content = content;
    m_nodeCount = nodes;
    if (!stays) {
        m_open.assign(groups, false);
        m_selection = {};
        m_fitted = true;
    }
    relayout();
    if (m_fitted)
        fit();
    else
        moveTo(m_origin);
    for (QPushButton* button : {m_outButton, m_fitButton, m_inButton})
        button->setEnabled(!isEmpty());
    showValues();
}

void GraphView::showValues()
{
    m_largestGradient = 0.0;
    if (m_content != nullptr) {
        for (const scalar::Node& node : m_content->named.graph.nodes) {
            const double size = std::abs(node.grad);
            if (std::isfinite(size))
                m_largestGradient = std::max(m_largestGradient, size);
        }
    }
    refreshHover();
    describe();
    update();
}

void GraphView::relayout()
{
    static const scalar::NamedGraph none;
    const scalar::NamedGraph& named = m_content != nullptr ? m_content->named : none;
    m_layout = layoutGraph(named, m_open, m_metrics);
    m_index.build(m_layout, named);
    m_map = {};
    m_hoveredItem = noItem;
    m_hoveredEdge = noEdge;
    m_pickedEdge = noEdge;
    m_cameFrom = noItem;
    refreshHover();
    findSelectedItem();
    update();
}

void GraphView::setFaded(bool faded)
{
    if (faded == m_faded)
        return;
    m_faded = faded;
    update();
}

void GraphView::setPlaceholder(const QString& text)
{
    m_placeholder = text;
    describe();
    update();
}

QRectF GraphView::visibleArea() const
{
    return {m_origin, QSizeF(size()) / m_zoom};
}

QRectF GraphView::fitArea() const
{
    // Above the buttons.
    const double below = m_fitButton->sizeHint().height() + 2.0 * buttonMargin;
    return QRectF(rect()).adjusted(border, border, -border, -std::max(border, below));
}

double GraphView::fitZoom() const
{
    const QSizeF room = fitArea().size();
    const QSizeF bounds = m_layout.bounds.size();
    if (bounds.width() <= 0.0 || bounds.height() <= 0.0)
        return 1.0;
    const double zoom = std::min(room.width() / bounds.width(), room.height() / bounds.height());
    return std::clamp(zoom, 1e-5, largestFit);
}

double GraphView::smallestZoom() const
{
    return std::min(smallestZoomOfAll, fitZoom());
}

void GraphView::fit()
{
    m_fitted = true;
    if (isEmpty())
        return;
    const double zoom = fitZoom();
    const bool changed = zoom != m_zoom;
    m_zoom = zoom;
    m_origin = m_layout.bounds.center() - fitArea().center() / m_zoom;
    refreshHover();
    update();
    if (changed)
        emit zoomChanged(m_zoom);
}

QPointF GraphView::zoomCentre() const
{
    const QRectF view(rect());
    if (m_selectedItem != noItem) {
        const QPointF selected = toView(m_layout.items[m_selectedItem].rect.center());
        if (view.contains(selected))
            return selected;
    }
    // The card that is nearest to the middle, so that zooming in never ends where nothing is.
    const QPointF middle = toDrawing(view.center());
    QPointF found = middle;
    double nearest = std::numeric_limits<double>::max();
    m_index.cards().forEachNear(visibleArea(), [&](std::uint32_t i) {
        const QRectF& card = m_layout.items[m_index.card(i)].rect;
        const QPointF off = card.center() - middle;
        const double distance = QPointF::dotProduct(off, off);
        if (distance < nearest && card.intersects(visibleArea())) {
            nearest = distance;
            found = card.center();
        }
    });
    return toView(found);
}

void GraphView::zoomIn()
{
    zoomTo(m_zoom * zoomStep, zoomCentre());
}

void GraphView::zoomOut()
{
    zoomTo(m_zoom / zoomStep, zoomCentre());
}

void GraphView::zoomTo(double zoom, QPointF fixed)
{
    if (isEmpty())
        return;
    const double wanted = std::clamp(zoom, smallestZoom(), largestZoom);
    if (wanted == m_zoom)
        return;
    const QPointF place = toDrawing(fixed);
    m_zoom = wanted;
    moveTo(place - fixed / m_zoom);
    emit zoomChanged(m_zoom);
}

void GraphView::moveTo(QPointF origin)
{
    // The middle of the view stays over the drawing, so that nobody gets lost.
    const QRectF& bounds = m_layout.bounds;
    const QPointF half(width() / 2.0 / m_zoom, height() / 2.0 / m_zoom);
    const QPointF middle = origin + half;
    m_origin = QPointF(std::clamp(middle.x(), bounds.left(), std::max(bounds.left(), bounds.right())),
                       std::clamp(middle.y(), bounds.top(), std::max(bounds.top(), bounds.bottom()))) -
               half;
    m_fitted = false;
    update();
}

void GraphView::showItem(std::uint32_t item)
{
    const LayoutItem& shown = m_layout.items[item];
    // A frame may be larger than any view: its title is what has to be seen.
    const QSizeF size =
        shown.frame ? QSizeF(m_metrics.group.width(), m_metrics.groupHeader) : shown.rect.size();
    const QRectF card(shown.rect.topLeft(), size);
    if (m_zoom * m_metrics.node.height() < 20.0) {
        m_zoom = readableZoom;
        moveTo(card.center() - QPointF(width(), height()) / 2.0 / m_zoom);
        emit zoomChanged(m_zoom);
        return;
    }
    const QRectF area(toDrawing(fitArea().topLeft()), fitArea().size() / m_zoom);
    if (area.contains(card))
        return;
    QPointF origin = m_origin;
    origin.rx() += std::max(0.0, card.right() - area.right()) - std::max(0.0, area.left() - card.left());
    origin.ry() += std::max(0.0, card.bottom() - area.bottom()) - std::max(0.0, area.top() - card.top());
    // What was far away comes to the middle.
    if (!visibleArea().intersects(card))
        origin = card.center() - QPointF(width(), height()) / 2.0 / m_zoom;
    moveTo(origin);
}

QRectF GraphView::cardRect(const GraphSelection& selection) const
{
    const std::uint32_t item = itemOf(selection);
    if (item == noItem)
        return {};
    const QRectF& rect = m_layout.items[item].rect;
    return {toView(rect.topLeft()), rect.size() * m_zoom};
}

GraphScene GraphView::scene() const
{
    GraphScene scene;
    scene.content = m_content;
    scene.layout = &m_layout;
    scene.index = &m_index;
    scene.metrics = m_metrics;
    scene.font = font();
    scene.colors = themeColors(palette());
    scene.locale = locale();
    scene.zoom = m_zoom;
    scene.origin = m_origin;
    scene.selectedItem = m_selectedItem;
    scene.hoveredItem = m_hoveredItem;
    scene.hoveredEdge = m_hoveredEdge != noEdge ? m_hoveredEdge : m_pickedEdge;
    scene.focus = m_keyboardFocus;
    scene.largestGradient = m_largestGradient;
    scene.ratio = devicePixelRatioF();
    scene.skins = &m_skins;
    return scene;
}

void GraphView::paintTo(QPainter& painter, const QRectF& target) const
{
    paintTo(painter, target, themeColors(palette()));
}

void GraphView::paintTo(QPainter& painter, const QRectF& target, const ThemeColors& colors) const
{
    painter.save();
    painter.fillRect(target, colors.panel);
    if (!isEmpty() && target.isValid()) {
        const QSizeF size = drawingSize();
        GraphScene drawing = scene();
        drawing.colors = colors;
        drawing.zoom = 1.0;
        drawing.origin = m_layout.bounds.topLeft() - QPointF(m_metrics.rowGap, m_metrics.rowGap) / 2.0;
        drawing.forExport = true;
        drawing.skins = nullptr;
        drawing.selectedItem = noItem;
        drawing.hoveredItem = noItem;
        drawing.hoveredEdge = noEdge;
        const double scale = std::min(target.width() / size.width(), target.height() / size.height());
        painter.translate(target.center());
        painter.scale(scale, scale);
        painter.translate(-size.width() / 2.0, -size.height() / 2.0);
        GraphPainter(drawing).paint(painter, QRectF(QPointF(0, 0), size));
    }
    painter.restore();
}

void GraphView::resizeEvent(QResizeEvent* event)
{
    placeButtons();
    if (m_fitted) {
        fit();
    } else if (event->oldSize().isValid()) {
        const QSize grown = event->size() - event->oldSize();
        moveTo(m_origin - QPointF(grown.width(), grown.height()) / 2.0 / m_zoom);
    }
    QWidget::resizeEvent(event);
}

void GraphView::changeEvent(QEvent* event)
{
    switch (event->type()) {
    case QEvent::FontChange:
    case QEvent::StyleChange: {
        const LayoutMetrics metrics = graphMetrics(font());
        m_skins.clear();
        placeButtons();
        if (metrics.node != m_metrics.node) {
            m_metrics = metrics;
            relayout();
            fit();
        }
        break;
    }
    case QEvent::PaletteChange:
        m_skins.clear();
        m_map = {};
        update();
        break;
    case QEvent::LocaleChange:
        refreshHover();
        describe();
        update();
        break;
    default:
        break;
    }
    QWidget::changeEvent(event);
}

} // namespace chainrule
