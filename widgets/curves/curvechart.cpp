// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curvechart.h"

#include "widgets/curves/curvemark.h"
#include "widgets/fields/losswords.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(chainrule::CurveChart)
};

/// Beyond so many a thick line of the epochs costs more than it shows.
constexpr std::size_t smoothEpochs = 200;
constexpr std::size_t marksShown = 40;

/// The part of a curve that the axes show: higher values at the upper end, later epochs not.
std::vector<PlotPoint> shown(const std::vector<PlotPoint>& points, const CurveChart& chart)
{
    std::vector<PlotPoint> kept;
    kept.reserve(points.size());
    for (PlotPoint point : points) {
        point.y = std::clamp(point.y, chart.y.lower, chart.y.upper);
        if (point.x <= chart.x.upper) {
            kept.push_back(point);
            continue;
        }
        if (!kept.empty()) {
            const PlotPoint& last = kept.back();
            const double share = (chart.x.upper - last.x) / (point.x - last.x);
            kept.push_back({chart.x.upper, last.y + share * (point.y - last.y)});
        }
        break;
    }
    return kept;
}

} // namespace

QMap<double, QString> ticksOf(const AxisScale& scale, const QLocale& locale, int every)
{
    // Few digits where many would leave no room for the curve.
    const bool plain = scale.decimals <= 5 && std::max(std::abs(scale.lower), std::abs(scale.upper)) < 1e6;
    QMap<double, QString> ticks;
    const int last = static_cast<int>(std::floor((scale.upper - scale.lower) / scale.step + 1e-6));
    for (int i = 0; i <= last; i += every) {
        const double sum = scale.lower + i * scale.step;
        const double at = std::abs(sum) < 1e-9 * scale.step ? 0.0 : sum;
        ticks[at] = plain ? numberText(at, scale.decimals, locale) : valueText(at, locale, 4);
    }
    return ticks;
}

CurveChart chartOf(const CurveValues& values, CurveQuantity quantity, const ThemeColors& colors)
{
    double newest = 0.0;
    double lowest = 100.0;
    double highest = 0.0;
    bool empty = true;
    for (const auto* curve : {&values.points, &values.training, &values.validation, &values.comparison}) {
        // An earlier run is seen as far as this one has come, or waits for it.
        const bool counts = curve != &values.comparison || empty;
        for (const PlotPoint& point : *curve) {
            newest = counts ? std::max(newest, point.x) : newest;
            lowest = std::min(lowest, point.y);
            highest = std::max(highest, point.y);
            empty = false;
        }
    }
    CurveChart chart;
    chart.x = epochScale(empty ? 4.9 : newest, values.totalEpochs);
    chart.xLabel = Words::tr("epoch");
    if (quantity == CurveQuantity::Loss) {
        chart.y = lossScale(empty ? 2.4 : highest);
        chart.yLabel = lossAxis(values.loss);
    } else {
        chart.y = accuracyScale(empty ? 0.0 : lowest);
        chart.yLabel = Words::tr("correct (%)");
    }

    using Mark = ChartLine::Mark;
    const auto add = [&](const std::vector<PlotPoint>& points, const QColor& color, double width, Mark mark) {
        chart.lines.push_back({shown(points, chart), color, width, false, mark,
                               1 + static_cast<int>(points.size() / marksShown)});
    };
    const double width =
        std::max(values.training.size(), values.validation.size()) > smoothEpochs ? 1.0 : 1.6;
    add(values.comparison, mixed(colors.quietText, colors.panel, 0.3), 1.0, Mark::None);
    chart.lines.back().dashed = true;
    // One point makes no line.
    add(values.points, mixed(colors.accent, colors.panel, 0.45), 1.0,
        values.points.size() == 1 ? Mark::Disc : Mark::None);
    add(values.training, colors.accent, width, Mark::Disc);
    add(values.validation, colors.validation, width, Mark::Diamond);
    return chart;
}

} // namespace chainrule
