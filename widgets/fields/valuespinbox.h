// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>
#include <QString>
#include <QValidator>

namespace chainrule {

/// A spin box for a number of any sign, and of any size from 1e-100 to 1e100. It shows no more digits than
/// the number needs, with the locale's separator and a real minus sign, and keeps the number itself, whatever
/// is shown of it. It steps by a power of ten that fits the value, through 0 too; the wheel turns it only
/// while it has the focus. Values count while they are typed.
class ValueSpinBox : public QDoubleSpinBox {
    Q_OBJECT

public:
    explicit ValueSpinBox(QWidget* parent = nullptr);

    /// Without emitting, and without touching the text where the number is the same: it may be being typed.
    /// What is not finite or beyond 1e100 is shown as such ("∞", "NaN"); value() then stays the number
    /// before.
    void showValue(double value);
    /// Whether the field holds words that somebody typed and has not confirmed with Enter or by leaving.
    [[nodiscard]] bool isTyping() const;

    void stepBy(int steps) override;
    [[nodiscard]] QString textFromValue(double value) const override;
    /// Takes the locale's numbers and those of commands and messages, such as 2.5e-3, with either minus sign.
    /// What one of them reads as a decimal point is no group separator.
    [[nodiscard]] double valueFromText(const QString& text) const override;
    QValidator::State validate(QString& text, int& position) const override;
    void fixup(QString& text) const override;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void wheelEvent(QWheelEvent* event) override;

private:
    [[nodiscard]] QSize sizeFor(const QString& text) const;

    bool m_holds = true;    ///< no: the field shows what value() cannot be
    double m_step = 0.0;    ///< of the last step; 0: none yet
    double m_stepped = 0.0; ///< where it led
};

} // namespace chainrule
