// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/plotcanvas.h"

#include "widgets/curves/curvechart.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QResizeEvent>

namespace chainrule {

namespace {

/// The axes hold every point, so its marks may lie over the axes' ends without being cut.
class OverhangingGraph : public QCPGraph {
public:
    using QCPGraph::QCPGraph;

protected:
    QRect clipRect() const override { return QCPGraph::clipRect().adjusted(-8, -8, 8, 8); }
};

QCPScatterStyle styleOf(const ChartLine& line, const QColor& ground)
{
    switch (line.mark) {
    case ChartLine::Mark::None:
        break;
    case ChartLine::Mark::Disc:
        return {QCPScatterStyle::ssDisc, line.color, 6.0};
    case ChartLine::Mark::Diamond:
        return {QCPScatterStyle::ssDiamond, QPen(line.color, 1.4), ground, 8.0};
    }
    return {};
}

} // namespace

PlotCanvas::PlotCanvas(QWidget* parent)
    : QCustomPlot(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    setContextMenuPolicy(Qt::NoContextMenu);
    setPlottingHints(QCP::phFastPolylines);
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTicker(QSharedPointer<QCPAxisTickerText>::create());
        axis->setSubTicks(false);
        axis->setTickLength(0, 0);
        axis->setTickLabelPadding(6);
        axis->setLabelPadding(4);
        axis->setTickPen(Qt::NoPen);
        axis->setBasePen(Qt::NoPen);
    }
    xAxis->grid()->setVisible(false);
}

void PlotCanvas::draw(const CurveChart& chart)
{
    // Its own palette and font come later than the parent is told of new ones.
    const ThemeColors& colors = themeColors(parentWidget()->palette());
    setBackground(QBrush(colors.panel));
    drawAxis(*xAxis, chart.x);
    drawAxis(*yAxis, chart.y);
    xAxis->setLabel(chart.xLabel);
    yAxis->setLabel(chart.yLabel);
    // The plot leaves out a label that does not fit whole, and the outermost ones reach over the ends.
    const QFontMetrics metrics(xAxis->labelFont());
    axisRect()->setMinimumMargins(
        QMargins(8, metrics.height() / 2 + 3, metrics.horizontalAdvance(QStringLiteral("000")) / 2 + 3, 4));
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        const ChartLine& line = chart.lines[i];
        QCPGraph* graph = static_cast<int>(i) < graphCount()
                              ? this->graph(static_cast<int>(i))
                              : new OverhangingGraph(xAxis, yAxis); // owned by the plot
        QVector<QCPGraphData> points;
        points.reserve(static_cast<qsizetype>(line.points.size()));
        for (const PlotPoint& point : line.points)
            points.append(QCPGraphData(point.x, point.y));
        graph->data()->set(points, true);
        graph->setPen(QPen(line.color, line.width, line.dashed ? Qt::DashLine : Qt::SolidLine));
        graph->setAntialiased(line.width > 1.0); // which costs much of a dense line
        graph->setScatterStyle(styleOf(line, colors.panel));
        graph->setScatterSkip(line.markEvery - 1);
    }
    replot(QCustomPlot::rpQueuedReplot);
}

void PlotCanvas::drawAxis(QCPAxis& axis, const AxisScale& scale)
{
    const ThemeColors& colors = themeColors(parentWidget()->palette());
    const QFont small = scaledFont(parentWidget()->font(), 0.88);
    axis.setTickLabelColor(colors.quietText);
    axis.setLabelColor(colors.quietText);
    axis.setTickLabelFont(small);
    axis.setLabelFont(small);
    axis.grid()->setPen(QPen(colors.line, 1.0));
    axis.grid()->setZeroLinePen(QPen(colors.line, 1.0));
    axis.setRange(scale.lower, scale.upper);
    // Where labels would touch each other, every second or third is enough.
    const QFontMetrics metrics(small);
    const QLocale locale = parentWidget()->locale();
    const QMap<double, QString> all = ticksOf(scale, locale);
    const bool across = &axis == xAxis;
    const int room = (across ? width() : height()) - 4 * metrics.height();
    const int each = across ? metrics.horizontalAdvance(all.last()) + 2 * metrics.averageCharWidth()
                            : metrics.height() + 2;
    const int fitting = std::max(1, room / each);
    const int every = (static_cast<int>(all.size()) - 1 + fitting) / fitting;
    axis.ticker().staticCast<QCPAxisTickerText>()->setTicks(ticksOf(scale, locale, every));
}

// Without a width or a height there is nothing to paint on, and QCustomPlot would try.
void PlotCanvas::resizeEvent(QResizeEvent* event)
{
    if (!event->size().isEmpty())
        QCustomPlot::resizeEvent(event);
}

} // namespace chainrule
