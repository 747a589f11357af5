// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/valuecurve.h"

#include "widgets/curves/curvechart.h"
#include "widgets/curves/curveoverlay.h"
#include "widgets/curves/plotcanvas.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QEvent>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr std::size_t smoothPoints = 200; ///< beyond this an antialiased line costs more than it shows
constexpr std::size_t markedPoints = 40;

} // namespace

ValueCurve::ValueCurve(QWidget* parent)
    : QWidget(parent)
    , m_plot(new PlotCanvas(this))
    , m_overlay(new CurveOverlay(m_plot, this))
    , m_name(tr("Value"))
{
    setAccessibleName(tr("Value over steps"));
    connect(m_plot, &QCustomPlot::afterReplot, m_overlay, qOverload<>(&QWidget::update));
    refresh();
}

void ValueCurve::setName(const QString& name)
{
    const QString shown = name.isEmpty() ? tr("Value") : name;
    if (shown == m_name)
        return;
    m_name = shown;
    refresh();
}

void ValueCurve::restart(double value)
{
    m_points.clear();
    m_steps = 0;
    m_latest = std::numeric_limits<double>::quiet_NaN();
    m_lowest = std::numeric_limits<double>::infinity();
    m_highest = -m_lowest;
    take(value);
    refresh();
}

void ValueCurve::append(double value)
{
    ++m_steps;
    take(value);
    refresh();
}

void ValueCurve::take(double value)
{
    m_latest = value;
    if (!std::isfinite(value))
        return;
    m_points.append(m_steps, value);
    m_lowest = std::min(m_lowest, value);
    m_highest = std::max(m_highest, value);
}

QString ValueCurve::words() const
{
    if (m_steps == 0)
        return std::isnan(m_latest) ? tr("No steps yet")
                                    : tr("%1 = %2").arg(m_name, valueText(m_latest, locale()));
    return tr("%1 = %2 after %n steps", nullptr, m_steps).arg(m_name, valueText(m_latest, locale()));
}

void ValueCurve::refresh()
{
    CurveChart chart;
    chart.x = epochScale(std::max(4.9, static_cast<double>(m_steps)), 0);
    chart.y = m_lowest <= m_highest ? valueScale(m_lowest, m_highest) : AxisScale{0.0, 1.0, 0.25, 2};
    chart.xLabel = tr("steps");
    // A long name would push the plot aside.
    chart.yLabel = QFontMetrics(scaledFont(font(), 0.88))
                       .elidedText(m_name, Qt::ElideMiddle, std::max(20, height() / 2));
    ChartLine line{m_points.points(), themeColors(palette()).accent};
    for (PlotPoint& point : line.points)
        point.y = std::clamp(point.y, chart.y.lower, chart.y.upper);
    line.width = line.points.size() <= smoothPoints ? 1.6 : 1.0;
    line.mark = line.points.size() <= markedPoints ? ChartLine::Mark::Disc : ChartLine::Mark::None;
    chart.lines.push_back(std::move(line));
    m_plot->draw(chart);

    m_overlay->setMessage(m_steps == 0 ? tr("Descend draws %1 here.").arg(m_name) : QString());
    if (const QString text = words(); text != accessibleDescription())
        setAccessibleDescription(text);
}

QSize ValueCurve::sizeHint() const
{
    const int line = fontMetrics().height();
    return {16 * line, 9 * line};
}

QSize ValueCurve::minimumSizeHint() const
{
    const int line = fontMetrics().height();
    return {10 * line, 6 * line};
}

void ValueCurve::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::LocaleChange)
        refresh();
}

void ValueCurve::resizeEvent(QResizeEvent* /*event*/)
{
    m_plot->setGeometry(rect());
    m_overlay->setGeometry(rect());
    refresh();
}

} // namespace chainrule
