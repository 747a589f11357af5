// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/network/layers.h"
#include "core/network/network.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/networkgraph.h"
#include "core/scalar/walk.h"
#include "widgets/graph/scene/graphview.h"
#include "widgets/style/theme.h"

#include <QImage>
#include <QPainter>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <vector>

using namespace chainrule;
using scalar::NodeId;

namespace {

const QSize viewSize(860, 560);

std::unique_ptr<GraphContent> contentOf(scalar::NamedGraph&& named)
{
    auto content = std::make_unique<GraphContent>();
    content->named = std::move(named);
    content->walk = scalar::makeWalk(content->named.graph, content->named.root);
    return content;
}

/// L = (a*b + c)^2 with a = 2, b = -3, c = 10, after the assignment: e = -6, d = 4, L = 16, dL/dd = 8.
std::unique_ptr<GraphContent> example(const char* text = "e = a*b; d = e + c; L = d^2")
{
    return contentOf(scalar::parseExpression(text, {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}}).value());
}

/// Two inputs, three hidden neurons, one output.
std::unique_ptr<GraphContent> network()
{
    const LayerStack stack{2, {{3, Activation::Tanh}, {1, Activation::Sigmoid}}};
    Random random = makeRandom(5);
    const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    const std::vector<double> x{0.5, -0.25};
    return contentOf(scalar::recordSample(parameters, x, 1, Loss::Binary).value());
}

NodeId nodeOf(const GraphContent& content, const char* name)
{
    for (std::size_t i = 0; i < content.named.names.size(); ++i) {
        if (content.named.names[i] == name)
            return static_cast<NodeId>(i);
    }
    return scalar::noNode;
}

int groupOfKind(const GraphContent& content, scalar::GroupKind kind)
{
    for (std::size_t i = 0; i < content.named.groups.size(); ++i) {
        if (content.named.groups[i].kind == kind)
            return static_cast<int>(i);
    }
    return -1;
}

void show(GraphView& view, const GraphContent* content)
{
    view.resize(viewSize);
    view.show();
    view.setContent(content);
}

QPoint middleOf(const GraphView& view, NodeId node)
{
    return view.cardRect({node, -1}).center().toPoint();
}

/// A point on the way of one use, where no other edge is: half way along the last piece.
QPoint pointOnEdge(const GraphView& view, NodeId child, int slot)
{
    for (const LayoutEdge& edge : view.graphLayout().edges) {
        if (edge.child != child || edge.slot != slot || edge.pointCount < 2)
            continue;
        const std::size_t last = edge.firstPoint + edge.pointCount - 1;
        const QPointF middle = (view.graphLayout().points[last - 1] + view.graphLayout().points[last]) / 2.0;
        return view.toView(middle).toPoint();
    }
    return {};
}

QImage picture(GraphView& view)
{
    return view.grab().toImage().convertToFormat(QImage::Format_RGB32);
}

int pixelsOf(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += image.pixel(x, y) == color.rgb() ? 1 : 0;
    }
    return count;
}

} // namespace

class TestGraphView : public QObject {
    Q_OBJECT

private slots:
    void thePyramidMissesNothing()
    {
        Random random = makeRandom(11);
        std::vector<QRectF> boxes;
        for (int i = 0; i < 3000; ++i) {
            const double size = std::pow(10.0, uniform(random, 0.0, 4.5));
            boxes.emplace_back(uniform(random, -5e3, 9e4), uniform(random, -2e3, 3e4), size,
                               size * uniform(random, 0.0, 2.0));
        }
        BoxPyramid pyramid;
        pyramid.build(boxes);
        for (int i = 0; i < 300; ++i) {
            const double size = std::pow(10.0, uniform(random, -1.0, 5.0));
            const QRectF area(uniform(random, -1e4, 1e5), uniform(random, -1e4, 4e4), size, size);
            std::vector<int> visits(boxes.size(), 0);
            std::size_t count = 0;
            pyramid.forEachNear(area, [&](std::uint32_t box) {
                ++visits[box];
                ++count;
            });
            QCOMPARE(pyramid.countNear(area), count);
            for (std::size_t box = 0; box < boxes.size(); ++box)
                QVERIFY(visits[box] == 1 || (visits[box] == 0 && !boxes[box].intersects(area)));
        }
    }

    void curvesAreClippedWhereTheyAre()
    {
        Random random = makeRandom(12);
        for (int i = 0; i < 400; ++i) {
            const EdgeCurve curve{{0.0, uniform(random, -300.0, 300.0)},
                                  {uniform(random, 1.0, 400.0), uniform(random, -300.0, 300.0)}};
            const QRectF area(uniform(random, -50.0, 400.0), uniform(random, -300.0, 300.0), 60.0, 40.0);
            double first = 0.0;
            double last = 1.0;
            const bool clipped = curve.clip(area, first, last);
            // All points inside lie between first and last, by a walk along the cubic's own definition.
            for (int step = 0; step <= 500; ++step) {
                const double t = step / 500.0;
                const double s = 1.0 - t;
                const double middle = curve.to.x() / 2.0;
                const QPointF point(
                    3.0 * s * s * t * middle + 3.0 * s * t * t * middle + t * t * t * curve.to.x(),
                    s * s * (s + 3.0 * t) * curve.from.y() + t * t * (3.0 * s + t) * curve.to.y());
                if (area.contains(point))
                    QVERIFY(clipped && t > first - 1e-3 && t < last + 1e-3);
                QVERIFY(std::abs(curve.heightAt(point.x()) - point.y()) < 0.5);
            }
        }
    }

    void init() { qApp->setPalette(themePalette(false)); }

    void showsAllOfIt()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        for (std::size_t i = 0; i < content->named.graph.nodes.size(); ++i) {
            const QRectF card = view.cardRect({static_cast<NodeId>(i), -1});
            QVERIFY(!card.isEmpty());
            QVERIFY(QRectF(view.rect()).contains(card));
        }
        // In the middle, and no larger than is comfortable.
        QVERIFY(view.zoom() <= 1.25);
        const QPointF corner = view.toView(view.graphLayout().bounds.topLeft());
        const QPointF other = view.toView(view.graphLayout().bounds.bottomRight());
        QVERIFY(std::abs((corner.x() + other.x()) / 2.0 - view.width() / 2.0) < 2.0);

        // A fitted graph stays fitted, another does not move by itself.
        view.resize(500, 300);
        QVERIFY(QRectF(view.rect()).contains(view.toView(view.graphLayout().bounds.topLeft())));
        QVERIFY(QRectF(view.rect()).contains(view.toView(view.graphLayout().bounds.bottomRight())));
        view.zoomIn();
        const double zoom = view.zoom();
        view.resize(900, 500);
        QCOMPARE(view.zoom(), zoom);
        QTest::keyClick(&view, Qt::Key_F);
        QVERIFY(view.zoom() != zoom);
    }

    void clicksSelect()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        QSignalSpy spy(&view, &GraphView::selected);
        for (const char* name : {"a", "e", "L"}) {
            const NodeId node = nodeOf(*content, name);
            QTest::mouseClick(&view, Qt::LeftButton, {}, middleOf(view, node));
            QCOMPARE(spy.size(), 1);
            QCOMPARE(spy.takeFirst().front().value<GraphSelection>(), (GraphSelection{node, -1}));
            QCOMPARE(view.selection().node, node);
        }
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(5, 5));
        QCOMPARE(spy.size(), 1);
        QVERIFY(view.selection().isEmpty());
        spy.clear();
        view.setSelection({nodeOf(*content, "d"), -1}, true);
        QCOMPARE(spy.size(), 0);
        QTest::keyClick(&view, Qt::Key_Escape);
        QCOMPARE(spy.size(), 1);
        QVERIFY(view.selection().isEmpty());
    }

    void draggingMovesAndDoesNotSelect()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        QSignalSpy spy(&view, &GraphView::selected);
        const NodeId node = nodeOf(*content, "d");
        const QPointF before = view.cardRect({node, -1}).topLeft();
        const QPoint start = middleOf(view, node);
        QTest::mousePress(&view, Qt::LeftButton, {}, start);
        QTest::mouseMove(&view, start + QPoint(30, 10));
        QTest::mouseMove(&view, start + QPoint(60, 25));
        QTest::mouseRelease(&view, Qt::LeftButton, {}, start + QPoint(60, 25));
        const QPointF moved = view.cardRect({node, -1}).topLeft() - before;
        QVERIFY(std::abs(moved.x() - 60.0) < 1e-6 && std::abs(moved.y() - 25.0) < 1e-6);
        QCOMPARE(spy.size(), 0);
    }

    void wheelZoomsAboutTheMouse()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        const NodeId node = nodeOf(*content, "e");
        const QPointF at = view.cardRect({node, -1}).center();
        QSignalSpy spy(&view, &GraphView::zoomChanged);
        const double before = view.zoom();
        QWheelEvent zoom(at, at, {}, {0, 120}, Qt::NoButton, Qt::ControlModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&view, &zoom);
        QVERIFY(view.zoom() > before);
        QCOMPARE(spy.size(), 1);
        QVERIFY((view.cardRect({node, -1}).center() - at).manhattanLength() < 1e-6);

        QWheelEvent down(at, at, {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&view, &down);
        QVERIFY(view.cardRect({node, -1}).center().y() < at.y() - 1.0);
        const QPointF lower = view.cardRect({node, -1}).center();
        QWheelEvent aside(at, at, {}, {0, -120}, Qt::NoButton, Qt::ShiftModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&view, &aside);
        QVERIFY(view.cardRect({node, -1}).center().x() < lower.x() - 1.0);
        QCOMPARE(view.cardRect({node, -1}).center().y(), lower.y());

        for (int i = 0; i < 60; ++i)
            view.zoomIn();
        QCOMPARE(view.zoom(), 3.0);
        for (int i = 0; i < 60; ++i)
            view.zoomOut();
        QCOMPARE(view.zoom(), 0.02);
    }

    void keysReachEveryNode()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.selection().node, content->named.root);
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.selection().node, nodeOf(*content, "d"));
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.selection().node, nodeOf(*content, "e"));
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.selection().node, nodeOf(*content, "d"));

        // Whatever the layout: by walking in all directions from everywhere.
        std::set<NodeId> reached{content->named.root};
        std::vector<NodeId> open{content->named.root};
        while (!open.empty()) {
            const NodeId node = open.back();
            open.pop_back();
            for (const auto key : {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down}) {
                view.setSelection({node, -1});
                QTest::keyClick(&view, key);
                if (reached.insert(view.selection().node).second)
                    open.push_back(view.selection().node);
            }
        }
        QCOMPARE(reached.size(), content->named.graph.nodes.size());
    }

    void rightGoesBackToWhereLeftCameFrom()
    {
        const auto content = example("p = a*b; q = a + c; L = p*q");
        GraphView view;
        show(view, content.get());
        for (const char* name : {"p", "q"}) {
            view.setSelection({nodeOf(*content, name), -1});
            QTest::keyClick(&view, Qt::Key_Left);
            QCOMPARE(view.selection().node, nodeOf(*content, "a"));
            QTest::keyClick(&view, Qt::Key_Right);
            QCOMPARE(view.selection().node, nodeOf(*content, name));
        }
    }

    void hoveringAnEdgeShowsItsDerivative()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        const NodeId root = nodeOf(*content, "L");
        QTest::mouseMove(&view, pointOnEdge(view, root, 0));
        QCOMPARE(view.hoverText(), QStringLiteral("∂L/∂d = 2 · d = 8"));
        QCOMPARE(view.hoveredUse(), (std::optional<GraphUse>(GraphUse{root, 0})));
        QTest::mouseMove(&view, pointOnEdge(view, nodeOf(*content, "d"), 1));
        QCOMPARE(view.hoverText(), QStringLiteral("∂d/∂c = 1"));
        QTest::mouseMove(&view, pointOnEdge(view, nodeOf(*content, "e"), 0));
        QCOMPARE(view.hoverText(), QStringLiteral("∂e/∂a = b = −3"));

        QTest::mouseMove(&view, middleOf(view, nodeOf(*content, "e")));
        QVERIFY(!view.hoveredUse());
        for (const char* part : {"e", "multiply(a, b)", "−6", "8"})
            QVERIFY2(view.hoverText().contains(QString::fromUtf8(part)), qPrintable(view.hoverText()));
        QTest::mouseMove(&view, QPoint(4, 4));
        QVERIFY(view.hoverText().isEmpty());
    }

    void bothUsesOfASquareCanBePicked()
    {
        const auto content = example("d = a*a; L = d + 1");
        GraphView view;
        show(view, content.get());
        const NodeId d = nodeOf(*content, "d");
        for (const int slot : {0, 1}) {
            // Near the card that they lead to they are furthest apart.
            for (const LayoutEdge& edge : view.graphLayout().edges) {
                if (edge.child != d || edge.slot != slot)
                    continue;
                const QPointF end = view.graphLayout().points[edge.firstPoint + edge.pointCount - 1];
                QTest::mouseClick(&view, Qt::LeftButton, {}, (view.toView(end) - QPointF(4, 0)).toPoint());
            }
            QCOMPARE(view.pickedUse(), (std::optional<GraphUse>(GraphUse{d, slot})));
            QCOMPARE(view.selection().node, d);
        }
    }

    void groupsOpenInPlace()
    {
        const auto content = network();
        GraphView view;
        show(view, content.get());
        const int layer = groupOfKind(*content, scalar::GroupKind::Layer);
        const GraphSelection group{scalar::noNode, layer};
        QSignalSpy spy(&view, &GraphView::layoutChanged);
        const QPointF corner = view.cardRect(group).topLeft();
        const double zoom = view.zoom();
        view.openGroup(layer, true);
        QVERIFY(view.isOpen(layer));
        QCOMPARE(spy.size(), 1);
        QCOMPARE(view.zoom(), zoom);
        QVERIFY((view.cardRect(group).topLeft() - corner).manhattanLength() < 1e-6);
        view.openGroup(layer, false);
        QVERIFY((view.cardRect(group).topLeft() - corner).manhattanLength() < 1e-6);
        QCOMPARE(spy.size(), 2);

        // By mouse and by keyboard.
        QTest::mouseDClick(&view, Qt::LeftButton, {}, view.cardRect(group).center().toPoint());
        QVERIFY(view.isOpen(layer));
        QCOMPARE(view.selection(), group);
        QTest::keyClick(&view, Qt::Key_Return);
        QVERIFY(!view.isOpen(layer));
        QTest::keyClick(&view, Qt::Key_Return);
        QVERIFY(view.isOpen(layer));
        QTest::keyClick(&view, Qt::Key_Right);
        QVERIFY(view.selection() != group && !view.selection().isEmpty());
        QTest::keyClick(&view, Qt::Key_Backspace);
        QVERIFY(!view.isOpen(layer));
        QCOMPARE(view.selection(), group);

        const QRectF card = view.cardRect(group);
        QTest::mouseClick(&view, Qt::LeftButton, {}, (card.topRight() + QPointF(-14, 14)).toPoint());
        QVERIFY(view.isOpen(layer));
        view.openAll(true);
        for (std::size_t i = 0; i < content->named.groups.size(); ++i)
            QVERIFY(view.isOpen(static_cast<int>(i)));
        QVERIFY(QRectF(view.rect()).contains(view.cardRect({content->named.root, -1})) || view.zoom() > 0.0);
        view.openAll(false);
        QCOMPARE(view.graphLayout().items.size(), std::size_t(4)); // inputs, two layers, loss
    }

    void selectingInAClosedGroup()
    {
        const auto content = network();
        GraphView view;
        show(view, content.get());
        const NodeId inner = nodeOf(*content, "w1[1,0]");
        QVERIFY(inner != scalar::noNode);
        const int layer = groupOfKind(*content, scalar::GroupKind::Layer);
        view.setSelection({inner, -1}, false);
        QVERIFY(!view.isOpen(layer));
        QCOMPARE(view.cardRect({inner, -1}), view.cardRect({scalar::noNode, layer}));
        view.setSelection({inner, -1}, true);
        QVERIFY(view.isOpen(layer));
        QVERIFY(view.cardRect({inner, -1}) != view.cardRect({scalar::noNode, layer}));
        QVERIFY(QRectF(view.rect()).contains(view.cardRect({inner, -1})));
    }

    void findsAndGoesRound()
    {
        const auto content = network();
        GraphView view;
        show(view, content.get());
        QSignalSpy spy(&view, &GraphView::selected);
        QVERIFY(!view.findNext(QStringLiteral("nothing like it")));
        QCOMPARE(spy.size(), 0);
        std::vector<NodeId> found;
        for (int i = 0; i < 4; ++i) {
            QVERIFY(view.findNext(QStringLiteral("Z1")));
            found.push_back(view.selection().node);
            QVERIFY(QRectF(view.rect()).contains(view.cardRect(view.selection())));
        }
        QCOMPARE(spy.size(), 4);
        QCOMPARE(found[0], nodeOf(*content, "z1[0]"));
        QCOMPARE(found[1], nodeOf(*content, "z1[1]"));
        QCOMPARE(found[2], nodeOf(*content, "z1[2]"));
        QCOMPARE(found[3], found[0]);
        QVERIFY(view.findNext(QStringLiteral("loss")));
        QVERIFY(view.findNext(QStringLiteral("loss"))); // the only one: itself again
        QCOMPARE(view.selection().node, content->named.root);
        QVERIFY(view.findNext(QStringLiteral("7")));
    }

    void valuesChangeNothingElse()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        view.zoomIn();
        const auto points = view.graphLayout().points;
        const QRectF card = view.cardRect({nodeOf(*content, "d"), -1});
        QSignalSpy spy(&view, &GraphView::layoutChanged);
        const QImage before = picture(view);
        content->named.graph.nodes[scalar::index(nodeOf(*content, "a"))].data = 123456.0;
        scalar::refresh(content->named.graph, content->walk);
        view.showValues();
        QVERIFY(view.graphLayout().points == points);
        QCOMPARE(view.cardRect({nodeOf(*content, "d"), -1}), card);
        QCOMPARE(spy.size(), 0);
        QVERIFY(picture(view) != before);
    }

    void keepsTheViewOfTheSameStructure()
    {
        const auto content = network();
        const auto same = network();
        const auto other = example();
        GraphView view;
        show(view, content.get());
        const int layer = groupOfKind(*content, scalar::GroupKind::Layer);
        view.openGroup(layer, true);
        view.zoomIn();
        const double zoom = view.zoom();
        const QRectF rect = view.cardRect({scalar::noNode, layer});
        view.setContent(same.get(), true);
        QVERIFY(view.isOpen(layer));
        QCOMPARE(view.zoom(), zoom);
        QVERIFY((view.cardRect({scalar::noNode, layer}).topLeft() - rect.topLeft()).manhattanLength() < 1e-6);
        view.setContent(other.get(), true);
        QVERIFY(!view.isOpen(layer));
        QVERIFY(QRectF(view.rect()).contains(view.cardRect({other->named.root, -1})));
        view.setContent(content.get());
        QVERIFY(!view.isOpen(layer));
    }

    void nothingAndBack()
    {
        const auto content = example();
        GraphView view;
        view.setPlaceholder(QStringLiteral("Type an expression"));
        show(view, nullptr);
        (void)view.grab();
        QCOMPARE(view.accessibleDescription(), QStringLiteral("Type an expression"));
        for (const auto key :
             {Qt::Key_Left, Qt::Key_Home, Qt::Key_Plus, Qt::Key_0, Qt::Key_Return, Qt::Key_Escape})
            QTest::keyClick(&view, key);
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(100, 100));
        QTest::mouseMove(&view, QPoint(200, 100));
        view.openAll(true);
        QVERIFY(!view.findNext(QStringLiteral("a")));
        view.setContent(content.get());
        view.setSelection({nodeOf(*content, "e"), -1});
        QTest::mouseMove(&view, middleOf(view, nodeOf(*content, "e")));
        view.setContent(nullptr);
        QVERIFY(view.selection().isEmpty());
        QVERIFY(view.hoverText().isEmpty());
        (void)view.grab();
        view.setContent(content.get());
        QVERIFY(!view.cardRect({nodeOf(*content, "e"), -1}).isEmpty());

        GraphContent empty;
        view.setContent(&empty);
        (void)view.grab();
        QImage image(100, 100, QImage::Format_RGB32);
        QPainter painter(&image);
        view.paintTo(painter, QRectF(0, 0, 100, 100));
    }

    void paintsWhateverTheNumbers()
    {
        const auto content = network();
        const double odd[] = {std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(),
                              0.0,
                              -1e308,
                              5e-324};
        for (std::size_t i = 0; i < content->named.graph.nodes.size(); ++i) {
            content->named.graph.nodes[i].data = odd[i % std::size(odd)];
            content->named.graph.nodes[i].grad = odd[(i + 2) % std::size(odd)];
        }
        content->pictures.resize(content->named.groups.size());
        content->pictures[1] = QImage(3, 5, QImage::Format_RGB32);
        content->pictures[1].fill(Qt::green);
        GraphView view;
        show(view, content.get());
        for (const bool open : {false, true}) {
            view.openAll(open);
            for (double zoom = 0.0; view.zoom() != zoom;) {
                zoom = view.zoom();
                view.zoomOut();
                (void)view.grab();
            }
            for (double zoom = 0.0; view.zoom() != zoom;) {
                zoom = view.zoom();
                view.zoomIn();
                (void)view.grab();
            }
        }
    }

    void theWalkIsLit()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        const ThemeColors& colors = themeColors(view.palette());
        QCOMPARE(pixelsOf(picture(view), colors.validation), 0);
        for (int i = 0; i < 3; ++i)
            scalar::stepBackward(content->named.graph, content->walk);
        view.showValues();
        const int lit = pixelsOf(picture(view), colors.validation);
        QVERIFY(lit > 50);
        scalar::resetWalk(content->named.graph, content->walk);
        view.showValues();
        QCOMPARE(pixelsOf(picture(view), colors.validation), 0);
    }

    void followsThePalette()
    {
        const auto content = network();
        GraphView view;
        show(view, content.get());
        view.openAll(true);
        for (int i = 0; i < 5; ++i)
            view.zoomIn();
        QCOMPARE(picture(view).pixelColor(view.width() / 2, 3), themeColors(themePalette(false)).panel);
        view.setPalette(themePalette(true));
        const QImage dark = picture(view);
        QCOMPARE(dark.pixelColor(view.width() / 2, 3), themeColors(themePalette(true)).panel);
        QCOMPARE(pixelsOf(dark, themeColors(themePalette(false)).line), 0);
    }

    void saysWhatIsSelected()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        QCOMPARE(view.accessibleName(), QStringLiteral("Graph view"));
        QVERIFY(view.accessibleDescription().endsWith(QStringLiteral("root L = 16")));
        view.setSelection({nodeOf(*content, "e"), -1});
        QCOMPARE(view.accessibleDescription(), QStringLiteral("e, multiply(a, b), value −6, gradient 8"));
        QStringList names;
        for (const QPushButton* button : view.findChildren<QPushButton*>()) {
            names << button->accessibleName();
            QVERIFY(!button->toolTip().isEmpty());
            QVERIFY(view.rect().contains(button->geometry()));
        }
        names.sort();
        QCOMPARE(names, QStringList({QStringLiteral("Fit graph"), QStringLiteral("Zoom in"),
                                     QStringLiteral("Zoom out")}));
    }

    void paintsForExport()
    {
        const auto content = example();
        GraphView view;
        show(view, content.get());
        const auto paint = [&view] {
            QImage image(800, 300, QImage::Format_RGB32);
            image.fill(Qt::black);
            QPainter painter(&image);
            view.paintTo(painter, QRectF(image.rect()));
            return image;
        };
        const QImage before = paint();
        QVERIFY(pixelsOf(before, themeColors(view.palette()).text) > 20);
        // What only the view has is not in it, nor its zoom and place.
        view.setSelection({nodeOf(*content, "e"), -1});
        QTest::mouseMove(&view, middleOf(view, nodeOf(*content, "d")));
        view.zoomOut();
        view.zoomOut();
        QVERIFY(paint() == before);
    }
};

QTEST_MAIN(TestGraphView)
#include "tst_graphview.moc"
