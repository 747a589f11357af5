// SPDX-License-Identifier: GPL-3.0-or-later
// How long GraphView takes to open large graphs and to paint a frame of them while they are moved and zoomed.
// One measurement a line; nothing is judged.
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/network/layers.h"
#include "core/network/network.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/networkgraph.h"
#include "core/scalar/walk.h"

#include "widgets/graph/graphcontent.h"
#include "widgets/graph/scene/graphview.h"
#include "widgets/style/style.h"

#include <QApplication>
#include <QImage>
#include <QWheelEvent>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace chainrule {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int viewWidth = 900;
constexpr int viewHeight = 560;
constexpr int framesOfPan = 60;
constexpr int framesOfZoom = 120;

double millisecondsSince(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double share)
{
    std::sort(values.begin(), values.end());
    const double place = share * static_cast<double>(values.size() - 1);
    return values.empty() ? 0.0 : values[static_cast<std::size_t>(std::lround(place))];
}

void print(const char* name, const std::vector<double>& frames)
{
    std::printf("  %-26s %7.2f ms median, %.2f ms 99th percentile, %.2f ms maximum (%zu frames)\n", name,
                quantile(frames, 0.5), quantile(frames, 0.99), quantile(frames, 1.0), frames.size());
    std::fflush(stdout);
}

class GraphBench {
public:
    GraphBench()
        : m_image(viewWidth, viewHeight, QImage::Format_ARGB32_Premultiplied)
    {
        m_view.resize(viewWidth, viewHeight);
    }

    void run(const char* name, scalar::NamedGraph&& named)
    {
        m_content = {};
        m_content.named = std::move(named);
        m_content.walk = scalar::makeWalk(m_content.named.graph, m_content.named.root);
        const auto start = Clock::now();
        m_view.setContent(&m_content);
        m_view.openAll(true);
        const double laidOut = millisecondsSince(start);
        const double painted = frame();
        std::printf("%s: %zu nodes, %zu edges\n", name, m_content.named.graph.nodes.size(),
                    m_view.graphLayout().edges.size());
        std::printf("  %-26s %7.0f ms layout, %.0f ms first paint\n", "opening", laidOut, painted);

        std::vector<double> zooming;
        m_view.fit();
        const double least = m_view.zoom();
        const double factor = std::pow(3.0 / least, 1.0 / framesOfZoom);
        focusOnCard();
        for (int i = 0; i < framesOfZoom; ++i) {
            wheel(0.0, std::log(factor) / std::log(1.2) * 120.0, Qt::ControlModifier);
            zooming.push_back(frame());
        }
        print("zooming in", zooming);
        // The same zooms again, moving at each: those where nothing is left of what the caches held.
        for (double zoom = least; zoom < 3.0; zoom *= 3.0)
            pan(zoom);
        m_view.setContent(nullptr);
    }

private:
    double frame()
    {
        const auto start = Clock::now();
        m_view.render(&m_image, {}, {}, QWidget::DrawChildren);
        return millisecondsSince(start);
    }

    void wheel(double x, double y, Qt::KeyboardModifiers modifiers)
    {
        const QPointF at(viewWidth / 2.0, viewHeight / 2.0);
        QWheelEvent event(at, at, {}, QPoint(static_cast<int>(x), static_cast<int>(y)), Qt::NoButton,
                          modifiers, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&m_view, &event);
    }

    /// Brings a card from the middle of the graph under the middle of the view.
    void focusOnCard()
    {
        const auto middle = static_cast<scalar::NodeId>(m_content.named.graph.nodes.size() / 2);
        const QPointF off = m_view.cardRect({middle, -1}).center() - QPointF(viewWidth, viewHeight) / 2.0;
        wheel(-off.x() * 2.0, -off.y() * 2.0, Qt::NoModifier);
    }

    void pan(double zoom)
    {
        m_view.fit();
        for (int i = 0; i < 200 && m_view.zoom() < zoom * 0.99; ++i) {
            focusOnCard();
            wheel(0.0, std::min(120.0, std::log(zoom / m_view.zoom()) / std::log(1.2) * 120.0),
                  Qt::ControlModifier);
        }
        focusOnCard();
        std::vector<double> frames;
        for (int i = 0; i < framesOfPan; ++i) {
            wheel(i < framesOfPan / 2 ? -36.0 : 50.0, i % 2 == 0 ? -14.0 : 10.0, Qt::NoModifier);
            frames.push_back(frame());
        }
        char name[64];
        std::snprintf(name, sizeof name, "moving at zoom %.4f", m_view.zoom());
        print(name, frames);
    }

    GraphContent m_content;
    GraphView m_view;
    QImage m_image;
};

scalar::NamedGraph sampleGraph(int inputs, const std::vector<int>& units)
{
    LayerStack stack{inputs, {}};
    for (const int count : units)
        stack.layers.push_back({count, Activation::Relu});
    outputLayer(stack.layers).activation = Activation::Softmax;
    Random random = makeRandom(7);
    const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    std::vector<double> x(static_cast<std::size_t>(inputs));
    for (double& value : x)
        value = uniform(random);
    return scalar::recordSample(parameters, x, 0).value();
}

/// A chain of sums and products over a few variables: one long expression.
scalar::NamedGraph longExpression(std::size_t nodes)
{
    std::string text = "s0 = a*b";
    for (std::size_t i = 1; i < nodes / 2; ++i) {
        const std::string last = "s" + std::to_string(i - 1);
        text += "; s" + std::to_string(i) + " = tanh(" + last +
                (i % 3 == 0   ? "*a)"
                 : i % 3 == 1 ? "+b)"
                              : "-c)");
    }
    return scalar::parseExpression(text).value();
}

int runBench(int argc, char** argv)
{
    QApplication application(argc, argv);
    applyTheme(application, false);
    std::printf("platform %s, view %d x %d\n", qPrintable(QGuiApplication::platformName()), viewWidth,
                viewHeight);
    GraphBench bench;
    bench.run("expression of 2,000 nodes", longExpression(2000));
    bench.run("network 16-40-4, one sample", sampleGraph(16, {40, 4}));
    bench.run("network 784-16-10, one sample", sampleGraph(784, {16, 10}));
    return 0;
}

} // namespace

} // namespace chainrule

int main(int argc, char** argv)
{
    return chainrule::runBench(argc, argv);
}
