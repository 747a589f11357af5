// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/draw/drawsession.h"

#include <QWidget>

#include <array>
#include <functional>
#include <memory>

class QAction;
class QButtonGroup;
class QCheckBox;
class QLabel;
class QMimeData;
class QPushButton;
class QSlider;
class QTimer;
class QVBoxLayout;

namespace chainrule {

class ActivationStrips;
class DrawingCanvas;
class ImageStrip;
class LabelButtons;
class MessageBar;
class ProbabilityTable;
class SeenTile;

/// A canvas, and what the network makes of what is drawn on it while the pen moves.
class DrawPage : public QWidget {
    Q_OBJECT

public:
    explicit DrawPage(QWidget* parent = nullptr);

    [[nodiscard]] DrawSession& session() { return m_session; }
    [[nodiscard]] DrawingCanvas* canvas() const { return m_canvas; }

    /// The network that reads from now on.
    void showNetwork(const GridAnswer& answer);
    /// Whether the next run learns from the kept drawings too.
    void setTrainsOnDrawings(bool trains);

    /// Puts an image file on the canvas, or adds the labelled drawings of a .jsonl file to the kept ones.
    void openFile(const QString& path);
    /// Emits graphWanted() where there is something to show.
    void wantGraph();

    /// What the window's menus show of this page; enabled while it is seen.
    [[nodiscard]] QList<QAction*> fileActions() const { return {m_open, m_export}; }
    [[nodiscard]] QList<QAction*> editActions() const
    {
        return {m_undoStroke, m_redoStroke, m_clear, m_eraser, m_paste};
    }
    [[nodiscard]] QList<QAction*> viewActions() const { return {m_pixels, m_raw}; }

signals:
    void problem(const chainrule::Error& error);
    void news(const QString& text);
    /// The drawing is to be shown as a graph: the only sample of this data set.
    void graphWanted(const std::shared_ptr<const chainrule::Dataset>& drawing);
    void trainsOnDrawingsWanted(bool trains);
    /// Something else than a drawing was dropped: a model or a folder.
    void otherFileDropped(const QString& path);
    /// The network reads something else than drawings: built-in digits would mend it.
    void digitsWanted();

protected:
    void changeEvent(QEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QWidget* buildCanvas();
    QWidget* buildSeen();
    QWidget* buildReading();
    QWidget* buildSide();
    void createActions();
    void connectSession();
    void placeColumns();
    void placeExplanation();

    void chooseImage();
    void pasteImage();
    void takeMime(const QMimeData* offered);
    void putImage(const QImage& image, const QString& name);
    void keepAs(int label);
    void chooseExportFolder();
    void removeKept(int row);
    void openKept(int row);

    void scheduleReading();
    void read();
    void showReading();
    void showPrediction(const QString& name);
    void showGuess(const InkView& view);
    void showSeen();
    void showPixels();
    void showNetworkState();
    void showKept();
    void showNearest(const NearestAnswer& answer);
    void setPreparation(Preparation preparation);
    void setShowsPixels(bool shows);
    [[nodiscard]] const InkView& view() const { return m_views[static_cast<std::size_t>(m_preparation)]; }
    [[nodiscard]] QString className(int label) const;
    [[nodiscard]] QString percentText(double probability) const;

    DrawSession m_session;
    std::array<InkView, 2> m_views; ///< by Preparation
    Preparation m_preparation = Preparation::Mnist;
    bool m_showsPixels = false;
    QStringList m_classes;
    double m_milliseconds = 0.0; ///< that the last reading took
    QTimer* m_readTimer = nullptr;
    QTimer* m_nearTimer = nullptr;
    std::optional<GridAnswer> m_answer; ///< that came while the page was hidden

    QList<QAction*> m_actions; ///< all of them
    QAction* m_undoStroke = nullptr;
    QAction* m_redoStroke = nullptr;
    QAction* m_clear = nullptr;
    QAction* m_eraser = nullptr;
    QAction* m_pixels = nullptr;
    QAction* m_raw = nullptr;
    QAction* m_open = nullptr;
    QAction* m_paste = nullptr;
    QAction* m_graph = nullptr;
    QAction* m_export = nullptr;

    QWidget* m_left = nullptr;
    QWidget* m_side = nullptr;
    DrawingCanvas* m_canvas = nullptr;
    QSlider* m_pen = nullptr;
    QButtonGroup* m_tools = nullptr;
    QButtonGroup* m_layers = nullptr;
    std::array<SeenTile*, 2> m_seen{};
    QLabel* m_seenHeading = nullptr;
    QLabel* m_explanation = nullptr;
    bool m_low = false; ///< there is no room for both of them
    MessageBar* m_notice = nullptr;
    QLabel* m_speed = nullptr;
    QLabel* m_prediction = nullptr;
    QPushButton* m_graphButton = nullptr;
    QLabel* m_sure = nullptr;
    QLabel* m_next = nullptr;
    ProbabilityTable* m_table = nullptr;
    ActivationStrips* m_activations = nullptr;
    ImageStrip* m_nearest = nullptr;
    QLabel* m_keepWords = nullptr;
    LabelButtons* m_labels = nullptr;
    QLabel* m_keptWords = nullptr;
    ImageStrip* m_keptStrip = nullptr;
    QCheckBox* m_trainOn = nullptr;
};

} // namespace chainrule
