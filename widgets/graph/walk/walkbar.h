// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"

#include <QKeySequence>
#include <QWidget>

#include <array>

class QLabel;
class QPushButton;
class QScrollArea;

namespace chainrule {

/// The card below the graph: buttons to walk (accessible names "Reset walk", "Step back", "Forward step",
/// "Backward step", "Run backward", "Zero gradients"), where the walk stands, and the chain rule of the last
/// step written out (label "Chain rule", whose accessible description is the text). Its height does not
/// change from step to step.
class WalkBar : public QWidget {
    Q_OBJECT

public:
    /// In the order in which they stand.
    enum class Step { Reset, Back, Forward, Backward, RunBackward, Zero };

    explicit WalkBar(QWidget* parent = nullptr);

    void setContent(const GraphContent* content); ///< null: everything is disabled
    void showValues();

    [[nodiscard]] QString chainRule() const; ///< the label's plain text
    [[nodiscard]] QString where() const;     ///< where the walk stands, in full, as plain text

    [[nodiscard]] QPushButton* button(Step step) const { return m_buttons[static_cast<std::size_t>(step)]; }
    /// Names the keys in the button's tooltip. Whoever has the shortcut says so.
    void showShortcut(Step step, const QKeySequence& keys);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void forwardStepWanted();
    void backwardStepWanted();
    void runBackwardWanted();
    void zeroGradientsWanted();
    void stepBackWanted();
    void resetWanted();

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    static constexpr std::size_t buttonCount = 6;
    /// What follows from the width and the font alone, so that no step of the walk moves anything.
    struct Arrangement {
        int words = 0;       ///< which buttons have words: the higher, the fewer
        bool beside = false; ///< the place in the walk stands beside the buttons, else below them
        int whereLines = 1;
        int ruleLines = 2;
        bool largeRule = true;
        int height = 0;
    };

    [[nodiscard]] Arrangement arrangementFor(int width) const;
    [[nodiscard]] int buttonWidth(std::size_t i, int words) const;
    [[nodiscard]] QFont whereFont() const;
    [[nodiscard]] QFont ruleFont(bool large) const;
    void measureButtons();
    void arrange();
    void showWhere();
    void showRule();
    void placeRule();

    const GraphContent* m_content = nullptr;
    std::array<QPushButton*, buttonCount> m_buttons{};
    std::array<int, buttonCount> m_wordWidths{};
    std::array<int, buttonCount> m_iconWidths{};
    QLabel* m_where = nullptr;
    QLabel* m_pile = nullptr; ///< warns of gradients that pile up
    QScrollArea* m_scroll = nullptr;
    QLabel* m_chainRule = nullptr;
    Arrangement m_arrangement;
};

} // namespace chainrule
