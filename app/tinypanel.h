// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/tinynetwork.h"

#include <QImage>
#include <QWidget>

#include <vector>

namespace chainrule {

/// The left side of the Graph page for tiny networks: the network's shape, its data, the decision map with
/// each hidden neuron's own, and training in the background. What the graph shows of it is one sample at the
/// present weights.
class TinyPanel : public QWidget {
    Q_OBJECT

public:
    explicit TinyPanel(QWidget* parent = nullptr);
    ~TinyPanel() override;

    [[nodiscard]] const TinySettings& settings() const { return m_settings; }
    [[nodiscard]] const Parameters& parameters() const { return m_parameters; }
    [[nodiscard]] const std::vector<double>& input() const { return m_input; }
    [[nodiscard]] int target() const { return m_target; }
    /// A unit's map of the plane as a small picture, null where there is none; layers and units from 0.
    [[nodiscard]] QImage picture(int layer, int unit) const;

    void useSettings(const TinySettings& settings); ///< from an example; new weights
    /// The graph has moved the weights (a step of descent, a typed value): training goes on from these.
    void setParameters(const Parameters& parameters);
    /// The graph has moved the inputs: no sample of the set any more.
    void setInput(const std::vector<double>& input);
    /// Stops training, for when the page is left.
    void pause();

signals:
    /// The network has another shape, or another loss.
    void networkChanged();
    /// Other weights, another sample, another target, other pictures: the shape is the same.
    void valuesChanged();

private:
    TinySettings m_settings;
    Parameters m_parameters;
    std::vector<double> m_input;
    int m_target = 0;
};

} // namespace chainrule
