// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/predictor.h"

#include "core/training/feed.h"

#include <QWidget>

#include <memory>
#include <optional>

class QAction;
class QButtonGroup;
class QLabel;
class QStackedLayout;

namespace chainrule {

class CurvePlot;
class DataView;
class PredictionGrid;
class TimeBar;

/// Loss and accuracy of the run, and ten test images with what the network makes of them.
class TrainPage : public QWidget {
    Q_OBJECT

public:
    explicit TrainPage(QWidget* parent = nullptr);

    void clearCurves();
    void setEpochs(int epochs);
    void setLoss(Loss loss); ///< by what the run is trained
    void append(const FeedContent& content);
    void append(const History& history);
    /// Lays a run's curves behind the present ones; null: takes them away.
    void compare(const History* history);
    void showGrid(const GridAnswer& answer);
    void setGridChoice(GridChoice choice);

    /// Whether the data are looked at in place of the training.
    void setDataShown(bool shown);
    [[nodiscard]] bool isDataShown() const;
    [[nodiscard]] DataView* dataView() const { return m_data; }

    [[nodiscard]] CurvePlot* lossPlot() const { return m_loss; }
    [[nodiscard]] CurvePlot* accuracyPlot() const { return m_accuracy; }
    [[nodiscard]] PredictionGrid* grid() const { return m_grid; }
    [[nodiscard]] TimeBar* timeBar() const { return m_time; }

    struct Sample {
        std::shared_ptr<const Dataset> pool;
        std::size_t index = 0;
    };
    /// The chosen image; where none is chosen the first one shown. None before there are predictions.
    [[nodiscard]] std::optional<Sample> chosenSample() const;

    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// Emitted for Random each time it is clicked, for another draw.
    void gridChoiceWanted(chainrule::GridChoice choice);
    /// The chosen image is to be shown as a graph.
    void graphWanted();
    void dataShownChanged(bool shown);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void append(const EpochRecord& record);
    QString gridCaption(const GridAnswer& answer) const;

    QStackedLayout* m_stack = nullptr; ///< the training, the data
    DataView* m_data = nullptr;
    CurvePlot* m_loss = nullptr;
    CurvePlot* m_accuracy = nullptr;
    QButtonGroup* m_choice = nullptr;
    QLabel* m_caption = nullptr;
    QAction* m_showInGraph = nullptr;
    std::shared_ptr<const Dataset> m_pool; ///< of the predictions that are shown
    PredictionGrid* m_grid = nullptr;
    TimeBar* m_time = nullptr;
};

} // namespace chainrule
