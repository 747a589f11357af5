// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/curves/curvemark.h"

#include <QWidget>

#include <optional>
#include <vector>

class QCustomPlot;
class QFontMetricsF;

namespace chainrule {

/// What the crosshair says of one epoch.
struct CurveReadout {
    double epoch = 0.0;
    QString title;
    std::vector<CurveReading> rows;
};

/// Lies over a plot and takes no events: the crosshair with its readout, and the sentence of an empty plot.
/// Apart from the plot, so that moving the crosshair does not draw the curves again.
class CurveOverlay : public QWidget {
    Q_OBJECT

public:
    /// `plot` must be of the same size and place, and outlive this.
    explicit CurveOverlay(const QCustomPlot* plot, QWidget* parent = nullptr);

    void setMessage(const QString& message);
    void setReadout(const std::optional<CurveReadout>& readout);
    /// Where the readout stands, inside the plot's axes; empty without one.
    [[nodiscard]] QRectF readoutRect() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Columns {
        double name = 0.0; ///< 0 where the names are left out
        double value = 0.0;
        double all = 0.0; ///< sample, name and value with their gaps
    };

    [[nodiscard]] double crosshairX() const;
    [[nodiscard]] QFont readoutFont() const;
    [[nodiscard]] Columns columnsFor(const QFontMetricsF& metrics) const;
    void paintReadout(QPainter& painter);

    const QCustomPlot* m_plot;
    QString m_message;
    std::optional<CurveReadout> m_readout;
};

} // namespace chainrule
