// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/style/card.h"

#include <QString>

#include <cstdint>
#include <optional>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QSlider;
class QTimer;
class QVBoxLayout;

namespace chainrule {

/// The steps of a run that can be looked at.
struct TimeRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t total = 0;           ///< that the run will have
    std::int64_t perEpoch = 1;        ///< steps
    std::optional<std::int64_t> best; ///< the one with the lowest validation loss
    bool operator==(const TimeRange&) const = default;
};

/// A slider over the steps of a run: dragged or moved by keys (a step, Page keys an epoch, Home and End),
/// played, and with ways to the newest step, to the best one and to a fork. It only tells what is wanted;
/// show() has what is shown.
class TimeBar : public Card {
    Q_OBJECT

public:
    explicit TimeBar(QWidget* parent = nullptr);

    /// Nothing: there is no run whose steps could be looked at.
    void setRange(const std::optional<TimeRange>& range);
    /// The step that is looked at, or nothing for the newest, and where in the run that is: 2.5 is the middle
    /// of the third epoch.
    void show(std::optional<std::int64_t> step, double epoch);
    /// In one row, for where height is short.
    void setCompact(bool compact);
    [[nodiscard]] bool isCompact() const { return m_compact; }
    /// How much higher it is when it is not compact.
    [[nodiscard]] int heightSaved() const;

    /// Why no fork can begin at the step that is looked at; empty: one can.
    void setForkRefusal(const QString& why);

signals:
    void stepWanted(std::int64_t step);
    void newestWanted();
    void forkWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    class Marks;

    void play(bool on);
    void playOn();
    void moved(int value);
    void showText();

    std::optional<TimeRange> m_range;
    std::optional<std::int64_t> m_shown;
    double m_epoch = 0.0;
    QString m_refusal;
    QPushButton* m_play = nullptr;
    QLabel* m_text = nullptr;
    QPushButton* m_best = nullptr;
    QPushButton* m_newest = nullptr;
    QPushButton* m_fork = nullptr;
    QSlider* m_slider = nullptr;
    Marks* m_marks = nullptr;
    QHBoxLayout* m_row = nullptr;
    QVBoxLayout* m_rows = nullptr;
    bool m_compact = false;
    QTimer* m_timer = nullptr; ///< while it plays
    double m_playedTo = 0.0;
    bool m_asked = false; ///< for a step that is not shown yet, while it plays
};

} // namespace chainrule
