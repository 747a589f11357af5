// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>
#include <QValidator>

namespace chainrule {

/// A spin box for a positive number of any size, such as a learning rate: it steps through 1, 2, 5, 10 and
/// shows no more digits than the number has.
class RateSpinBox : public QDoubleSpinBox {
    Q_OBJECT

public:
    explicit RateSpinBox(QWidget* parent = nullptr);

    void stepBy(int steps) override;
    [[nodiscard]] QString textFromValue(double value) const override;
    /// Takes the locale's numbers and those of commands and messages, such as 2.5e-3.
    [[nodiscard]] double valueFromText(const QString& text) const override;
    QValidator::State validate(QString& text, int& position) const override;
    void fixup(QString& text) const override;
};

} // namespace chainrule
