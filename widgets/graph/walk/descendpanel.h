// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QLabel;
class QPushButton;
class QTimer;

namespace chainrule {

class RateSpinBox;
class ValueCurve;

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

    /// The line over the curve: where the value stands, or what went wrong.
    [[nodiscard]] QString status() const { return m_statusText; }

signals:
    void stepWanted(double rate);
    /// The leaves are to have the values again that they had before the first step.
    void startOverWanted();

protected:
    void changeEvent(QEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void placeRate();
    void showWords();
    void showStatus();

    QString m_leaves;
    QString m_root;
    QString m_statusText;
    bool m_failed = false; ///< the last value was not finite
    RateSpinBox* m_rate = nullptr;
    QPushButton* m_descend = nullptr;
    QPushButton* m_repeat = nullptr;
    QPushButton* m_startOver = nullptr;
    int m_steps = 0; ///< since the curve began
    QLabel* m_sign = nullptr;
    QLabel* m_status = nullptr;
    ValueCurve* m_curve = nullptr;
    QTimer* m_timer = nullptr;
};

} // namespace chainrule
