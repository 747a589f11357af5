// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/curves/axisscale.h"
#include "widgets/curves/curvevalues.h"

#include <QColor>
#include <QLocale>
#include <QMap>
#include <QString>

#include <cstdint>
#include <vector>

namespace chainrule {

struct ThemeColors;

enum class CurveQuantity : std::uint8_t { Loss, Accuracy };

/// A line of a chart, and the marks on every so many of its points.
struct ChartLine {
    enum class Mark : std::uint8_t { None, Disc, Diamond };

    std::vector<PlotPoint> points; ///< within the axes
    QColor color;
    double width = 1.0; ///< px
    bool dashed = false;
    Mark mark = Mark::None;
    int markEvery = 1;
};

/// Curves on two axes, for a window's plot and for a figure on paper: what is drawn, and where.
struct CurveChart {
    AxisScale x;
    AxisScale y;
    QString xLabel;
    QString yLabel;
    std::vector<ChartLine> lines; ///< in the order of drawing
};

/// The places on an axis that have labels, or every so many of them, and what stands there.
[[nodiscard]] QMap<double, QString> ticksOf(const AxisScale& scale, const QLocale& locale, int every = 1);

/// The curves of a run: what an earlier run had, training within the epochs, training, validation, whether
/// they have points or not. The axes hold all of this run, and an earlier one as far as this run has come.
[[nodiscard]] CurveChart chartOf(const CurveValues& values, CurveQuantity quantity,
                                 const ThemeColors& colors);

} // namespace chainrule
