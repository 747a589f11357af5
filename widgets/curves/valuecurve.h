// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/curves/mergedcurve.h"

#include <QString>
#include <QWidget>

#include <limits>

namespace chainrule {

class CurveOverlay;
class PlotCanvas;

/// A small plot of one value over steps (accessible name "Value over steps", description: the latest value in
/// words). A value that is not finite counts as a step and is not drawn; of very many values neighbours are
/// merged.
class ValueCurve : public QWidget {
    Q_OBJECT

public:
    explicit ValueCurve(QWidget* parent = nullptr);

    void setName(const QString& name); ///< of the value
    /// Begins again with the value before the first step; not finite: without one.
    void restart(double value);
    void append(double value);

    [[nodiscard]] int steps() const { return m_steps; }
    [[nodiscard]] double latest() const { return m_latest; } ///< NaN before the first
    /// "L = 0.25 after 3 steps"
    [[nodiscard]] QString words() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void take(double value);
    void refresh();

    PlotCanvas* m_plot = nullptr;
    CurveOverlay* m_overlay = nullptr;
    QString m_name;
    MergedCurve m_points;
    int m_steps = 0;
    double m_latest = std::numeric_limits<double>::quiet_NaN();
    double m_lowest = std::numeric_limits<double>::infinity();
    double m_highest = -std::numeric_limits<double>::infinity();
};

} // namespace chainrule
