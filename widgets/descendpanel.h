// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QPushButton;
class QTimer;

namespace chainrule {

class RateSpinBox;

/// Gradient descent by hand: a rate (accessible name "Rate"), a button "Descend" for one step, a checkable
/// one "Repeat" that goes on ten times a second until it is clicked again, and the curve of the root's value
/// over the steps.
class DescendPanel : public QWidget {
    Q_OBJECT

public:
    explicit DescendPanel(QWidget* parent = nullptr);

    /// What moves, for the button's words: "a, b, c"; empty: nothing does, and the buttons are disabled.
    /// `root` is the name of what the curve shows.
    void setSubject(const QString& leaves, const QString& root);
    [[nodiscard]] double rate() const;
    void setRate(double rate);

    /// The root's value after a step; not finite stops the repetition and says so.
    void append(double value);
    /// Another graph, or leaves that were moved by hand: the curve begins again with this value.
    void restart(double value);
    void stopRepeating();
    [[nodiscard]] bool isRepeating() const;

signals:
    void stepWanted(double rate);
};

} // namespace chainrule
