// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QSlider;

namespace chainrule {

class ValueSpinBox;

/// The ends of a slider; the lower one is less than the upper one.
struct SliderRange {
    double from = -10.0;
    double to = 10.0;
};

/// From -usual to usual, or as far to both sides as the next 1, 2 or 5 times a power of ten that holds the
/// value.
[[nodiscard]] SliderRange rangeAround(double value, double usual = 10.0);
/// The range with the end that the value is beyond moved to the next such number. Values that are not finite
/// or larger than 1e100 change nothing.
[[nodiscard]] SliderRange widened(SliderRange range, double value);

/// One variable: its name, a spin box of that accessible name, and a slider between two ends that can be
/// edited. The spin box holds the number; the slider only comes as near to it as its thousand steps allow.
class VariableCard : public QWidget {
    Q_OBJECT

public:
    VariableCard(QString name, double value, double usualRange, QWidget* parent = nullptr);

    [[nodiscard]] const QString& name() const { return m_name; }
    /// A number that the program changed: not signalled back. Outside of the range, it widens that; what is
    /// not finite is shown as such.
    void showValue(double value);
    [[nodiscard]] const SliderRange& range() const { return m_range; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void valueChanged(const QString& name, double value);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void styleEnds();
    void placeChildren();
    void setRange(const SliderRange& range);
    void takeTyped();
    void takeSlider(int position);
    void takeEnds();
    void change(double value);
    void showSlider();

    const QString m_name;
    const double m_first; ///< the value that the card began with
    const double m_usualRange;
    double m_value = 0.0;
    SliderRange m_range;
    ValueSpinBox* m_spin = nullptr;
    QSlider* m_slider = nullptr;
    ValueSpinBox* m_from = nullptr;
    ValueSpinBox* m_to = nullptr;
    int m_nameWidth = 0; ///< of the room for it
};

} // namespace chainrule
