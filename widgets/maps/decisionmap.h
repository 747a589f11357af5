// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/style/theme.h"

#include <QImage>
#include <QPointF>
#include <QRectF>
#include <QWidget>

#include <optional>
#include <vector>

class QPainter;

namespace chainrule {

/// What a network makes of every point of a square of the plane, as a heat map, with the samples on it: discs
/// for class 1, rings (or squares) for class 0, so that colour does not speak alone. A click chooses the
/// nearest sample, which is marked; arrow keys go through them. The readout under the mouse says the point
/// and the value there.
class DecisionMap : public QWidget {
    Q_OBJECT

public:
    struct Sample {
        QPointF at; ///< in the plane, y upwards
        int label = 0;
    };

    explicit DecisionMap(QWidget* parent = nullptr);

    /// Values row by row from the top, `rows` to a side, over [-extent, extent]; `low` and `high` get the two
    /// ends of the colour scale (0 and 1 for a probability).
    void setValues(const std::vector<float>& values, int rows, double extent, float low, float high);
    void setSamples(const std::vector<Sample>& samples);
    void setSelected(int sample); ///< -1: none
    [[nodiscard]] int selected() const { return m_selected; }
    /// A point that is no sample, shown as a cross.
    void setMark(const std::optional<QPointF>& at);

    /// The value at a point of the plane, between the nearest four; NaN outside the square and where there
    /// are no values.
    [[nodiscard]] double valueAt(const QPointF& at) const;
    /// Where a point of the plane is drawn, in this widget's coordinates.
    [[nodiscard]] QPointF pixelOf(const QPointF& at) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override { return width; }

signals:
    void sampleChosen(int sample);
    /// A click where there are no samples to choose from.
    void pointChosen(const QPointF& at);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    [[nodiscard]] QRectF square() const;
    [[nodiscard]] QPointF pointAt(const QPointF& pixel) const;
    [[nodiscard]] double discRadius() const;
    [[nodiscard]] QString numbersAt(const QPointF& at) const;
    void choose(int sample);
    void describe();
    void paintContour(QPainter& painter) const;
    void paintSamples(QPainter& painter) const;
    void paintReadout(QPainter& painter) const;

    std::vector<float> m_values;
    std::vector<Sample> m_samples;
    int m_selected = -1;
    int m_rows = 0;
    double m_extent = 1.2;
    float m_low = 0.0F;
    float m_high = 1.0F;
    std::optional<QPointF> m_mark;
    std::optional<QPointF> m_hover; ///< in the plane
    QImage m_image;                 ///< of the values in the palette's colours; null: to be made
};

/// Values as a picture in the colours of this palette: accent for low, panel colour in the middle, validation
/// for high.
[[nodiscard]] QImage heatImage(const std::vector<float>& values, int rows, float low, float high,
                               const QPalette& palette);

/// How much of heatImage() maps on the screen show: they are ground for samples, contours and words.
inline constexpr double mapStrength = 0.62;

/// The colour that a DecisionMap has on the panel for -1 (low) to 1 (high), at this strength.
[[nodiscard]] QColor mapColor(double share, const ThemeColors& colors);

/// A sample as a DecisionMap draws it: a ring for class 0, a disc for class 1.
void drawSampleMark(QPainter& painter, const QPointF& middle, double radius, int label,
                    const ThemeColors& colors);

} // namespace chainrule
