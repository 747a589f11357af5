// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/tinynetwork.h"

#include <QWidget>

#include <optional>

namespace chainrule {

/// How far training has come: epoch, loss and accuracy in three places that stand still while the numbers
/// change, and below them on which data they were measured.
class TinyScoreView : public QWidget {
    Q_OBJECT

public:
    explicit TinyScoreView(QWidget* parent = nullptr);

    /// No score: nothing has been measured, and there are only epochs to tell of.
    void setScore(int epoch, const std::optional<TinyScore>& score, int samples);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void describe();
    [[nodiscard]] QString source() const;

    int m_epoch = 0;
    std::optional<TinyScore> m_score;
    int m_samples = 0;
};

} // namespace chainrule
