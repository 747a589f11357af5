// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/curves/curvechart.h"
#include "widgets/curves/curvemark.h"
#include "widgets/curves/curvevalues.h"
#include "widgets/curves/mergedcurve.h"

#include <QVector>
#include <QWidget>

#include <map>
#include <optional>

namespace chainrule {

class CurveHeader;
class CurveOverlay;
struct CurveReadout;
class PlotCanvas;

/// A card with the curves of one run: training within the epochs (a thin line of at most 2,000 points, of
/// older neighbours the lowest and the highest), training and validation for each epoch, and if wanted an
/// earlier run to compare with. Append freely, then refresh(): only that touches the screen. A value that is
/// not finite is not drawn; the header says from where on they come. Epochs count from 0 and may be
/// fractions; losses are in nats, accuracies in percent.
class CurvePlot : public QWidget {
    Q_OBJECT

public:
    using Quantity = CurveQuantity;

    explicit CurvePlot(Quantity quantity, QWidget* parent = nullptr);

    /// Forgets the run; the comparison and the number of epochs stay.
    void clear();
    /// How many epochs the run will have, 0 where that is not known; the epoch axis stops there.
    void setEpochs(int total);
    /// By what the run is trained, for the words along the axis of a loss.
    void setLoss(Loss loss);

    /// Training within an epoch; epochs must not decrease within a run.
    void appendPoint(double epoch, double value);
    /// Of a whole epoch. A second value for the same epoch replaces the first. Of more than some thousand
    /// epochs every second, fourth and so on stays, and the newest.
    void appendTraining(double epoch, double value);
    void appendValidation(double epoch, double value);

    /// Brings plot, header and accessible description up to date, with one queued replot.
    void refresh();

    /// A quiet line behind the run's own; the shorter vector decides.
    void setComparison(const QVector<double>& epochs, const QVector<double>& values);
    void clearComparison();

    /// The last whole epoch's; before the first, training is the newest within the epoch.
    [[nodiscard]] std::optional<double> latestTraining() const;
    [[nodiscard]] std::optional<double> latestValidation() const;

    /// Shows the crosshair at the recorded epoch nearest to this; without any, does nothing.
    void setCrosshair(double epoch);
    void hideCrosshair();
    [[nodiscard]] std::optional<double> crosshairEpoch() const { return m_crosshair; }
    /// The readout in words, e.g. "Epoch 3: training 0.052, validation 0.163"; empty without a crosshair.
    [[nodiscard]] QString crosshairText() const;
    /// Where the readout stands, in this widget's coordinates; empty without a crosshair.
    [[nodiscard]] QRect crosshairRect() const;

    /// The values of the epochs that are kept as CSV with a header line, in full precision and with decimal
    /// points; the points within the epoch where no epoch is complete.
    [[nodiscard]] QString valuesAsCsv() const;
    /// What is drawn, for drawing it elsewhere.
    [[nodiscard]] CurveValues values() const;
    /// The card as it stands, without crosshair and focus.
    [[nodiscard]] QPixmap picture();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// The crosshair moved, appeared or went.
    void crosshairChanged();

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct EpochValues {
        std::optional<double> training;
        std::optional<double> validation;
    };

    void createActions();
    [[nodiscard]] QString axisWords() const;
    void updateWords();
    void updateReadout();
    bool noteValue(double epoch, double value);
    EpochValues& valuesOf(double epoch);
    void stepCrosshair(int steps);
    [[nodiscard]] bool isEmpty() const;
    [[nodiscard]] QVector<double> recordedEpochs() const;
    [[nodiscard]] std::optional<CurveReadout> readoutAt(double epoch) const;
    [[nodiscard]] QString valueText(double value) const;
    [[nodiscard]] QString epochText(double epoch) const;
    [[nodiscard]] QString badValueNote() const;
    void placeChildren();

    const Quantity m_quantity;
    Loss m_loss = Loss::CrossEntropy;
    CurveHeader* m_header = nullptr;
    PlotCanvas* m_plot = nullptr;
    CurveOverlay* m_overlay = nullptr;

    MergedCurve m_points;
    std::map<double, EpochValues> m_epochs;
    double m_epochStride = 1.0; ///< of those that are kept
    std::optional<double> m_latestTraining;
    std::optional<double> m_latestValidation;
    double m_latestTrainingEpoch = 0.0; ///< of those above, where there are any
    double m_latestValidationEpoch = 0.0;
    std::map<double, double> m_comparison;
    std::optional<PlotPoint> m_newestPoint;
    std::optional<double> m_badEpoch;
    bool m_badIsInfinite = false;
    int m_totalEpochs = 0;
    bool m_changed = true;

    std::optional<double> m_crosshair;
    bool m_crosshairFromMouse = false;
    bool m_picturing = false;
};

} // namespace chainrule
