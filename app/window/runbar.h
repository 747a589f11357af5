// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/trainingcontroller.h"

#include "core/training/feed.h"

#include <QWidget>

#include <optional>

class QAction;
class QLabel;
class QLayout;
class QProgressBar;
class QPushButton;
class QTabBar;

namespace chainrule {

/// The strip below the menu: what starts and steers a run, the pages, and how far the run has come. Its
/// buttons do what the window's actions do, so that menu, shortcut and button are one thing.
class RunBar : public QWidget {
    Q_OBJECT

public:
    struct Actions {
        QAction* run = nullptr; ///< Train, Pause or Resume
        QAction* stepBatch = nullptr;
        QAction* stepEpoch = nullptr;
        QAction* reset = nullptr;
        QAction* newWeights = nullptr;
        QAction* trainNew = nullptr; ///< visible where run resumes; takes the place of newWeights
    };

    explicit RunBar(const Actions& actions, QWidget* parent = nullptr);

    [[nodiscard]] QTabBar* tabs() const { return m_tabs; }

    /// The button that most people want first.
    [[nodiscard]] QPushButton* runButton() const { return m_run; }

    void setState(TrainingState state);
    void setEpoch(int epoch, int epochs);
    void setProgress(const Progress& progress);
    /// "test accuracy 96.9 %", or a dash where nothing was tested yet.
    void setTestAccuracy(std::optional<double> percent);
    void setTrainingLoss(std::optional<double> loss);
    void clearProgress();

    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool event(QEvent* event) override;

private:
    QPushButton* actionButton(QAction* action);
    void setCompact(bool compact);
    void shareWidth();
    void measure();
    void showRunAction();

    Actions m_actions;
    TrainingState m_state = TrainingState::Idle;
    QPushButton* m_run = nullptr;
    QPushButton* m_reset = nullptr;
    QPushButton* m_newWeights = nullptr;
    QPushButton* m_trainNew = nullptr;
    QLayout* m_buttons = nullptr;
    int m_compactWidth = 0; ///< the least width, two buttons without words
    QTabBar* m_tabs = nullptr;
    QLabel* m_epoch = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_timeLeft = nullptr;
    QLabel* m_loss = nullptr;
    QLabel* m_testAccuracy = nullptr;
    QLabel* m_speed = nullptr;
};

} // namespace chainrule
