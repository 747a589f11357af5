// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPointF>
#include <QWidget>

#include <vector>

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

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override { return width; }

signals:
    void sampleChosen(int sample);

private:
    std::vector<float> m_values;
    std::vector<Sample> m_samples;
    int m_selected = -1;
};

/// Values as a picture in the colours of this palette: accent for low, panel colour in the middle, validation
/// for high.
[[nodiscard]] QImage heatImage(const std::vector<float>& values, int rows, float low, float high,
                               const QPalette& palette);

} // namespace chainrule
