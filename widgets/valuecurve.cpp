// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valuecurve.h"

#include "widgets/curveoverlay.h"
#include "widgets/graphcontent.h"
#include "widgets/numbertext.h"
#include "widgets/theme.h"

#include <qcustomplot.h>

#include <QEvent>

#include <algorithm>
#include <array>
#include <cmath>

namespace chainrule {

namespace {

constexpr std::size_t smoothPoints = 200; ///< beyond this an antialiased line costs more than it shows
constexpr std::size_t markedPoints = 40;
constexpr int intervals = 4;
/// The axis ends here, for a value that ran away says nothing more beyond it; and the plot has its limits.
constexpr double drawnMost = 1e12;

double drawable(double value)
{
    return std::clamp(value, -drawnMost, drawnMost);
}

} // namespace

AxisScale valueScale(double lowest, double highest)
{
    double lower = std::min(drawable(lowest), drawable(highest));
    double upper = std::max(drawable(lowest), drawable(highest));
    // A level line has room above and below; digits that a double does not have make no steps.
    const double size = std::max(std::abs(lower), std::abs(upper));
    const double least = std::max(1e-9 * size, 1e-12);
    if (upper - lower < least) {
        const double room = size > 0.0 ? 0.1 * size : 1.0;
        lower -= room;
        upper += room;
    }
    const double rough = (upper - lower) / intervals;
    const double decade = std::pow(10.0, std::floor(std::log10(rough) + 1e-9));
    double step = 10.0 * decade;
    for (const double mantissa : {1.0, 2.0, 2.5, 5.0}) {
        if (mantissa * decade >= rough * (1.0 - 1e-9)) {
            step = mantissa * decade;
            break;
        }
    }
    int decimals = 0;
    for (double scaled = step; decimals < 14 && std::abs(scaled - std::round(scaled)) > 1e-6; ++decimals)
        scaled *= 10.0;
    return {std::floor(lower / step + 1e-9) * step, std::ceil(upper / step - 1e-9) * step, step, decimals};
}

ValueCurve::ValueCurve(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot(this))
    , m_overlay(new CurveOverlay(m_plot, this))
    , m_name(tr("Value"))
{
    setAccessibleName(tr("Value over steps"));
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setContextMenuPolicy(Qt::NoContextMenu);
    m_plot->setPlottingHints(QCP::phFastPolylines);
    m_graph = m_plot->addGraph();
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTicker(QSharedPointer<QCPAxisTickerText>::create());
        axis->setSubTicks(false);
        axis->setTickLength(0, 0);
        axis->setTickLabelPadding(5);
        axis->setLabelPadding(3);
        axis->setTickPen(Qt::NoPen);
        axis->setBasePen(Qt::NoPen);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->xAxis->setLabel(tr("steps"));
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
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(m_points.points().size()));
    for (const PlotPoint& point : m_points.points())
        points.append(QCPGraphData(point.x, drawable(point.y)));
    m_graph->data()->set(points, true);

    const AxisScale steps = epochScale(std::max(4.9, static_cast<double>(m_steps)), 0);
    showScale(m_plot->xAxis, steps, true);
    const bool any = m_lowest <= m_highest;
    showScale(m_plot->yAxis, any ? valueScale(m_lowest, m_highest) : AxisScale{0.0, 1.0, 0.25, 2}, false);

    m_overlay->setMessage(m_steps == 0 ? tr("Descend draws %1 here.").arg(m_name) : QString());
    if (const QString text = words(); text != accessibleDescription())
        setAccessibleDescription(text);
    applyTheme();
}

void ValueCurve::showScale(QCPAxis* axis, const AxisScale& scale, bool whole)
{
    // A little more than the scale, so that no mark at its ends is cut.
    const double rim = 0.02 * (scale.upper - scale.lower);
    axis->setRange(scale.lower - rim, scale.upper + rim);
    QMap<double, QString> ticks;
    const int last = static_cast<int>(std::floor((scale.upper - scale.lower) / scale.step + 1e-6));
    // Few digits where many would leave no room for the curve.
    const bool plain = std::max(std::abs(scale.lower), std::abs(scale.upper)) < 1e5 && scale.decimals <= 5;
    // Where labels would touch each other, every second or third is enough.
    const QFontMetrics metrics(scaledFont(font(), 0.88));
    const int room = whole ? width() - 4 * metrics.height() : height() - 4 * metrics.height();
    const int widest = metrics.horizontalAdvance(numberText(scale.upper, scale.decimals, locale()));
    const int each = whole ? widest + metrics.averageCharWidth() * 2 : metrics.height() + 2;
    const int fitting = std::max(1, room / std::max(1, each));
    const int stride = (last + fitting) / std::max(1, fitting);
    for (int i = 0; i <= last; i += std::max(1, stride)) {
        double at = scale.lower + i * scale.step;
        if (std::abs(at) < 1e-9 * scale.step)
            at = 0.0;
        ticks.insert(at,
                     plain || whole ? numberText(at, scale.decimals, locale()) : valueText(at, locale(), 4));
    }
    axis->ticker().staticCast<QCPAxisTickerText>()->setTicks(ticks);
}

void ValueCurve::applyTheme()
{
    const ThemeColors& colors = themeColors(palette());
    const QFont small = scaledFont(font(), 0.88);
    const QFontMetrics metrics(small);
    m_plot->setBackground(QBrush(colors.panel));
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabelColor(colors.quietText);
        axis->setLabelColor(colors.quietText);
        axis->setTickLabelFont(small);
        axis->setLabelFont(small);
        axis->grid()->setPen(QPen(colors.line, 1.0));
        axis->grid()->setZeroLinePen(QPen(colors.line, 1.0));
    }
    // A long name would push the plot aside.
    m_plot->yAxis->setLabel(metrics.elidedText(m_name, Qt::ElideMiddle, std::max(20, height() / 2)));
    m_plot->axisRect()->setMinimumMargins(
        QMargins(4, metrics.height() / 2 + 3, metrics.horizontalAdvance(QStringLiteral("000")) / 2 + 3, 2));
    const std::size_t count = m_points.points().size();
    const bool smooth = count <= smoothPoints;
    m_graph->setPen(QPen(colors.accent, smooth ? 1.6 : 1.0));
    m_graph->setAntialiased(smooth);
    m_graph->setScatterStyle(count <= markedPoints
                                 ? QCPScatterStyle(QCPScatterStyle::ssDisc, colors.accent, 5.0)
                                 : QCPScatterStyle(QCPScatterStyle::ssNone));
    m_plot->replot(QCustomPlot::rpQueuedReplot);
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
