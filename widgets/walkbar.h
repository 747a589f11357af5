// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graphcontent.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace chainrule {

/// The card below the graph: buttons to walk (accessible names "Reset walk", "Step back", "Forward step",
/// "Backward step", "Run backward", "Zero gradients"), where the walk stands, and the chain rule of the last
/// step written out (label "Chain rule", whose accessible description is the text). Its height does not
/// change from step to step.
class WalkBar : public QWidget {
    Q_OBJECT

public:
    explicit WalkBar(QWidget* parent = nullptr);

    void setContent(const GraphContent* content); ///< null: everything is disabled
    void showValues();

    [[nodiscard]] QString chainRule() const; ///< the label's plain text

signals:
    void forwardStepWanted();
    void backwardStepWanted();
    void runBackwardWanted();
    void zeroGradientsWanted();
    void stepBackWanted();
    void resetWanted();

private:
    const GraphContent* m_content = nullptr;
    QLabel* m_where = nullptr;
    QLabel* m_chainRule = nullptr;
};

} // namespace chainrule
