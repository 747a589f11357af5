// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QProxyStyle>
#include <QStyleOption>

namespace chainrule {

/// The program's look over Fusion: hairlines, rounded corners, one accent, sizes that follow the font.
/// All colours are taken from the palette of what is painted, through themeColors(), so a change of
/// palette is a change of theme.
///
/// Two dynamic properties choose a variant of QPushButton; changing them repaints the button:
/// - "primary" = true: filled with the accent (its icon needs IconRole::OnAccent);
/// - "segment" = "first", "middle", "last" or "only": part of a joined group of checkable buttons that
///   stand side by side without spacing.
class Style : public QProxyStyle {
    Q_OBJECT

public:
    Style();

    void polish(QWidget* widget) override;
    void unpolish(QWidget* widget) override;
    using QProxyStyle::polish;
    using QProxyStyle::unpolish;

    int pixelMetric(PixelMetric metric, const QStyleOption* option = nullptr,
                    const QWidget* widget = nullptr) const override;
    int styleHint(StyleHint hint, const QStyleOption* option = nullptr, const QWidget* widget = nullptr,
                  QStyleHintReturn* returnData = nullptr) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option,
                         const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl subControl,
                         const QWidget* widget) const override;

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget = nullptr) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget = nullptr) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget = nullptr) const override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void drawButtonBevel(const QStyleOptionButton& button, QPainter* painter, const QWidget* widget) const;
    void drawButtonLabel(const QStyleOptionButton& button, QPainter* painter, const QWidget* widget) const;
    void drawTabShape(const QStyleOptionTab& tab, QPainter* painter) const;
    void drawTabLabel(const QStyleOptionTab& tab, QPainter* painter, const QWidget* widget) const;
    void drawProgressBar(const QStyleOptionProgressBar& bar, QPainter* painter) const;
    void drawMenuItem(const QStyleOptionMenuItem& item, QPainter* painter) const;
    void drawMenuBarItem(const QStyleOptionMenuItem& item, QPainter* painter, const QWidget* widget) const;

    void drawSpinBox(const QStyleOptionSpinBox& spin, QPainter* painter, const QWidget* widget) const;
    void drawComboBox(const QStyleOptionComboBox& combo, QPainter* painter, const QWidget* widget) const;
    void drawScrollBar(const QStyleOptionSlider& bar, QPainter* painter, const QWidget* widget) const;
    void drawSlider(const QStyleOptionSlider& slider, QPainter* painter, const QWidget* widget) const;
};

/// Gives the whole program the light or the dark palette, tooltips included, and the style where the
/// program does not have it yet. May be called at any time; open windows follow.
void applyTheme(QApplication& application, bool dark);

} // namespace chainrule
