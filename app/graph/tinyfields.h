// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/tinynetwork.h"

#include <QWidget>

#include <optional>
#include <vector>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;
class QVBoxLayout;

namespace chainrule {

class FieldGrid;
class RateSpinBox;

/// A FieldGrid with more room for the fields, whose choices are longer than their labels here.
[[nodiscard]] FieldGrid* makeTinyGrid();

/// "4, 3" as the units of hidden layers, empty for none; nothing where it cannot be read, and then `fault`
/// says why.
[[nodiscard]] std::optional<std::vector<int>> parseHiddenLayers(const QString& text, QString& fault);

/// The fields of a tiny network. They show one TinySettings; what a person changes is taken over at once,
/// together with what else must then change for validate() to hold.
class TinyFields : public QWidget {
    Q_OBJECT

public:
    explicit TinyFields(QWidget* parent = nullptr);

    void setSettings(const TinySettings& settings);
    [[nodiscard]] const TinySettings& settings() const { return m_settings; }
    /// The choice of data, which stands elsewhere than the other fields: whoever lays it out owns it.
    [[nodiscard]] QComboBox* dataChoice() const { return m_set; }
    /// How training goes on the screen, no part of the settings: 0 slow, 1 normal, 2 fast.
    [[nodiscard]] int speed() const;

signals:
    void edited(const chainrule::TinySettings& settings);

protected:
    void changeEvent(QEvent* event) override;

private:
    void buildData(QVBoxLayout* layout);
    void buildNetwork(QVBoxLayout* layout);
    void buildTraining(QVBoxLayout* layout);
    QComboBox* choice(FieldGrid* grid, const QString& label, const QString& name);
    QSpinBox* number(FieldGrid* grid, const QString& label, const QString& name, int low, int high,
                     int TinySettings::*member);
    QSpinBox* seed(FieldGrid* grid, const QString& label, const QString& name,
                   std::uint64_t TinySettings::*member);
    void propose(TinySettings settings);
    [[nodiscard]] TinySettings fitting(TinySettings settings) const;
    void chooseData();
    void chooseHidden();
    void chooseOutput();
    void checkHidden();
    void show(const TinySettings& settings);
    void showOutput();
    void showLossesThatFit();
    void applyColors();

    static constexpr int typedInputs = -1; ///< the entry of m_set that is no toy set

    TinySettings m_settings;
    bool m_showing = false;                           ///< fields are being filled, which is nobody's edit
    Activation m_hiddenActivation = Activation::Tanh; ///< of the next hidden layer, while there is none
    Loss m_wishedLoss = Loss::CrossEntropy; ///< what was chosen, which comes back as soon as it fits again

    FieldGrid* m_dataGrid = nullptr;
    QComboBox* m_set = nullptr;
    QDoubleSpinBox* m_noise = nullptr;
    QSpinBox* m_dataSeed = nullptr;
    QSpinBox* m_samples = nullptr;
    QSpinBox* m_inputs = nullptr;
    QLineEdit* m_hidden = nullptr;
    QLabel* m_hiddenFault = nullptr;
    QComboBox* m_activation = nullptr;
    QComboBox* m_output = nullptr;
    QComboBox* m_loss = nullptr;
    QComboBox* m_engine = nullptr;
    RateSpinBox* m_rate = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_seed = nullptr;
    QComboBox* m_speed = nullptr;
};

} // namespace chainrule
