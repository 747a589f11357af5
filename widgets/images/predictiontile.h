// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QImage>

#include <cstddef>
#include <optional>

namespace chainrule {

/// One sample and what the network makes of it.
struct Prediction {
    std::size_t sample = 0; ///< index in the test set
    QImage image;
    QString predicted; ///< empty where no network has seen it yet
    QString expected;
    bool correct = false;
    double confidence = 0.0; ///< probability of `predicted`, 0 to 1

    bool operator==(const Prediction&) const = default;
};

/// What all tiles of a grid have in common, so that they stay alike.
struct TileLayout {
    bool twoLines = false;  ///< the truth stands below the prediction
    bool confidence = true; ///< room for the words below the bar

    bool operator==(const TileLayout&) const = default;
};

/// A sample's image between its caption, "Pred: 7 (True: 7)" with a tick or a cross, and its confidence.
class PredictionTile : public QAbstractButton {
    Q_OBJECT

public:
    explicit PredictionTile(QWidget* parent = nullptr);

    /// Repaints only where this differs from what is shown.
    void setPrediction(const std::optional<Prediction>& prediction);
    [[nodiscard]] const std::optional<Prediction>& prediction() const { return m_prediction; }
    void setTileLayout(TileLayout layout);

    /// Room that the caption needs on one line, and a digit's caption on two.
    [[nodiscard]] int captionWidth() const;
    [[nodiscard]] int narrowestWidth() const;
    [[nodiscard]] int captionHeight(bool twoLines) const;
    [[nodiscard]] int confidenceHeight() const;
    /// Where the image is drawn, in this widget's coordinates; empty where there is none.
    [[nodiscard]] QRectF imageRect() const;

    [[nodiscard]] QSize sizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void nextCheckState() override;
    void paintEvent(QPaintEvent* event) override;

private:
    [[nodiscard]] bool isJudged() const;
    [[nodiscard]] QFont boldFont() const;
    [[nodiscard]] QFont smallFont() const;
    [[nodiscard]] double verdictSize() const;
    [[nodiscard]] double captionPadding() const;
    [[nodiscard]] QRectF blackRect() const;
    [[nodiscard]] QString confidenceText(double room) const;
    void paintCaption(QPainter& painter);
    void paintConfidence(QPainter& painter);
    void paintFrame(QPainter& painter);

    std::optional<Prediction> m_prediction;
    TileLayout m_layout;
};

} // namespace chainrule
