// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>

namespace chainrule {

/// A spin box for a positive number of any size, such as a learning rate: it steps through 1, 2, 5, 10 and
/// shows no more digits than the number has.
class RateSpinBox : public QDoubleSpinBox {
    Q_OBJECT

public:
    explicit RateSpinBox(QWidget* parent = nullptr);

    void stepBy(int steps) override;
    [[nodiscard]] QString textFromValue(double value) const override;
};

} // namespace chainrule
