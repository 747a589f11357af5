// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace chainrule {

struct AxisScale;
struct CurveChart;

/// Draws a chart on the panel's ground. A part of its parent: to the mouse, the keyboard and assistive
/// technology the two are one.
class PlotCanvas : public QCustomPlot {
    Q_OBJECT

public:
    /// With the palette and font of `parent`.
    explicit PlotCanvas(QWidget* parent);

    /// With one queued replot. As many labels as there is room for now.
    void draw(const CurveChart& chart);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void drawAxis(QCPAxis& axis, const AxisScale& scale);
};

} // namespace chainrule
