// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/training/settings/settings.h"

#include <QWidget>

#include <memory>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace chainrule {

class FieldGrid;
class LayerStackView;
class RateSpinBox;

/// The left side of the window: data, layers and training settings. It shows one TrainingSettings and
/// proposes edited ones; the owner answers with setSettings().
class ModelPanel : public QWidget {
    Q_OBJECT

public:
    explicit ModelPanel(QWidget* parent = nullptr);

    /// `initialModel` is the file whose weights a run would start from; empty: drawn by the seed.
    /// `commandBefore` makes the file first that the command reads; empty: nothing is to be made.
    void setSettings(const TrainingSettings& settings, const QString& initialModel,
                     const QString& commandBefore = {});
    /// What the initial model takes, shown with the next settings where there are no data; 0: there is none.
    void setModelInputs(int inputs) { m_modelInputs = inputs; }
    /// The data at hand (null: none), which bounds the sample counts and shapes the input layer.
    void setData(const std::shared_ptr<const Dataset>& dataset);
    /// Data sets have come or gone.
    void showDatasets();
    /// Says below the training settings that changes wait for the next run; empty: nothing to say.
    void setNote(const QString& note);

    [[nodiscard]] LayerStackView* layers() const { return m_layers; }
    void copyCommand();

signals:
    /// A person wants other settings. `what` names the edit in the undo menu; edits with the same non-empty
    /// `mergeKey` are one.
    void edited(const chainrule::TrainingSettings& settings, const QString& what, const QString& mergeKey);
    /// A person wants these data; showDatasets() where they are not to be had.
    void sourceWanted(const std::string& source);
    /// A person wants data from a folder of IDX files.
    void folderWanted();
    /// A file of data is to be chosen.
    void fileWanted();
    /// The data are to be looked at.
    void previewWanted();
    void copied(const QString& what);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildData(QVBoxLayout* layout);
    void buildTraining(QVBoxLayout* layout);
    void showCommand();
    void buildCommand(QVBoxLayout* layout);
    QSpinBox* numberField(FieldGrid* fields, const QString& label, const QString& name, int maximum,
                          int TrainingSettings::*member);
    void propose(const TrainingSettings& settings, const QString& what, const QString& mergeKey = {});
    void chooseDataset(int index);
    void showSamples();

    TrainingSettings m_settings;
    QString m_initialModel;
    int m_modelInputs = 0;
    QString m_commandBefore;
    std::shared_ptr<const Dataset> m_data;
    bool m_showing = false; ///< fields are being filled, which is nobody's edit

    QComboBox* m_dataset = nullptr;
    QSpinBox* m_samples[3] = {};
    QCheckBox* m_augment = nullptr;
    LayerStackView* m_layers = nullptr;
    QComboBox* m_engine = nullptr;
    QComboBox* m_precision = nullptr;
    QComboBox* m_optimizer = nullptr;
    RateSpinBox* m_learningRate = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_epochs = nullptr;
    QSpinBox* m_seed = nullptr;
    QSpinBox* m_threads = nullptr;
    QLabel* m_note = nullptr;
    QString m_commandText; ///< the whole of it
    QLabel* m_command = nullptr;
    QPushButton* m_copy = nullptr;
};

} // namespace chainrule
