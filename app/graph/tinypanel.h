// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/graph/tinytrainer.h"

#include "core/training/tinynetwork.h"

#include <QElapsedTimer>
#include <QImage>
#include <QWidget>

#include <cstdint>
#include <memory>
#include <vector>

class QLabel;
class QPushButton;
class QSpinBox;
class QTimer;
class QVBoxLayout;

namespace chainrule {

class DecisionMap;
class MapLegend;
class TinyFields;
class TinyScoreView;
class UnitMaps;

/// The left side of the Graph page for tiny networks: the network's shape, its data, the decision map with
/// each hidden neuron's own, and training in the background. What the graph shows of it is one sample at the
/// present weights.
class TinyPanel : public QWidget {
    Q_OBJECT

public:
    explicit TinyPanel(QWidget* parent = nullptr);
    ~TinyPanel() override;

    [[nodiscard]] const TinySettings& settings() const { return m_settings; }
    [[nodiscard]] const Network& parameters() const { return m_parameters; }
    [[nodiscard]] const std::vector<double>& input() const { return m_input; }
    [[nodiscard]] int target() const { return m_target; }
    /// A unit's map of the plane as a small picture, null where there is none; layers and units from 0.
    [[nodiscard]] QImage picture(int layer, int unit) const;
    /// The sample of the set that input() is, counted from 0; -1 where it is none.
    [[nodiscard]] int sample() const { return m_sample; }
    [[nodiscard]] int epoch() const { return m_epoch; } ///< done since the weights were drawn
    [[nodiscard]] bool isTraining() const { return m_training; }

    /// From an example; new weights. Settings that validate() refuses are left aside.
    void useSettings(const TinySettings& settings);
    /// The graph has moved the weights (a step of descent, a typed value): training goes on from these.
    /// A network of another shape is left aside. The signal comes with the new pictures.
    void setParameters(const Network& parameters);
    /// The graph has moved the inputs: no sample of the set any more. Emits nothing.
    void setInput(const std::vector<double>& input);
    /// Stops training, for when the page is left.
    void pause();

signals:
    /// The network has another shape, or another loss.
    void networkChanged();
    /// Other weights, another sample, another target, other pictures: the shape is the same.
    void valuesChanged();
    /// A hidden neuron's map was clicked; layers and units from 0.
    void neuronChosen(int layer, int unit);

protected:
    void changeEvent(QEvent* event) override;

private:
    void buildHead(QVBoxLayout* layout);
    void buildMaps(QVBoxLayout* layout);
    void train();
    void trainOneEpoch();
    void startAgain();
    void applyEdit(const TinySettings& settings);
    void drawData();
    void takeSample(int sample);
    void chooseSample(int sample);
    void chooseTarget(int target);
    void choosePoint(const QPointF& at);
    void restart();
    void request(int epochs, double budget = 0.0);
    void tick();
    void take(const TinyAnswer& answer);
    void showButtons();
    void showSample();
    void showMaps();
    void showProblem(const QString& text);
    void applyColors();

    TinySettings m_settings;
    Network m_parameters;
    std::vector<double> m_input;
    int m_target = 0;

    std::shared_ptr<const Dataset> m_data;
    std::shared_ptr<const TinyMaps> m_maps; ///< null while there are none of this shape
    int m_sample = -1;
    int m_epoch = 0;
    bool m_training = false;
    int m_wantedEpochs = 0;  ///< asked for one by one and not begun yet
    bool m_showing = false;  ///< fields are being filled, which is nobody's edit
    std::uint64_t m_run = 0; ///< answers to requests of an earlier one come too late
    QElapsedTimer m_sincePost;
    QTimer* m_timer = nullptr;

    TinyFields* m_fields = nullptr;
    QPushButton* m_train = nullptr;
    QPushButton* m_oneEpoch = nullptr;
    QPushButton* m_again = nullptr;
    TinyScoreView* m_score = nullptr;
    QLabel* m_problem = nullptr;
    DecisionMap* m_map = nullptr;
    MapLegend* m_legend = nullptr;
    UnitMaps* m_unitMaps = nullptr;
    QSpinBox* m_sampleField = nullptr;
    QSpinBox* m_targetField = nullptr;
    TinyTrainer m_trainer; ///< last, so that it ends before what it uses
};

} // namespace chainrule
