// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/theme.h"

namespace chainrule {

namespace {

// The fills are as strong as they can be while captions on them, the quiet ones too, keep a contrast
// of 4.5:1; that is why the light ones lean towards green and blue, which cost the least luminance.
const ThemeColors& lightColors()
{
    static const ThemeColors colors{
        .window = QColor(0xF4, 0xF6, 0xF8),
        .panel = QColor(0xFF, 0xFF, 0xFF),
        .line = QColor(0xDF, 0xE4, 0xEA),
        .text = QColor(0x17, 0x20, 0x2B),
        .quietText = QColor(0x66, 0x70, 0x85),
        .accent = QColor(0x25, 0x63, 0xEB),
        .accentText = QColor(0xFF, 0xFF, 0xFF),
        .accentFill = QColor(0xEB, 0xF5, 0xFF),
        .validation = QColor(0xD9, 0x48, 0x0F),
        .correct = QColor(0x1A, 0x7F, 0x37),
        .correctFill = QColor(0xE2, 0xFA, 0xE8),
        .wrong = QColor(0xC4, 0x25, 0x2D),
        .wrongFill = QColor(0xFF, 0xF1, 0xF1),
        .validationText = QColor(0xC4, 0x3E, 0x0A),
    };
    return colors;
}

const ThemeColors& darkColors()
{
    static const ThemeColors colors{
        .window = QColor(0x14, 0x17, 0x1C),
        .panel = QColor(0x1B, 0x20, 0x27),
        .line = QColor(0x2C, 0x33, 0x3D),
        .text = QColor(0xE7, 0xEB, 0xF0),
        .quietText = QColor(0x97, 0xA3, 0xB2),
        .accent = QColor(0x6A, 0xA2, 0xFF),
        .accentText = QColor(0x14, 0x17, 0x1C),
        .accentFill = QColor(0x26, 0x37, 0x52),
        .validation = QColor(0xFF, 0x8F, 0x5A),
        .correct = QColor(0x4C, 0xC2, 0x6B),
        .correctFill = QColor(0x21, 0x3D, 0x31),
        .wrong = QColor(0xFF, 0x7B, 0x7B),
        .wrongFill = QColor(0x44, 0x30, 0x36),
        .validationText = QColor(0xFF, 0x8F, 0x5A),
    };
    return colors;
}

QColor blend(const QColor& from, const QColor& to, double share)
{
    const auto channel = [share](int a, int b) { return qRound(a + (b - a) * share); };
    return {channel(from.red(), to.red()), channel(from.green(), to.green()),
            channel(from.blue(), to.blue())};
}

} // namespace

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

const ThemeColors& printColors()
{
    return lightColors();
}

const ThemeColors& themeColors(const QPalette& palette)
{
    return isDark(palette) ? darkColors() : lightColors();
}

QPalette themePalette(bool dark)
{
    const ThemeColors& c = dark ? darkColors() : lightColors();
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& color) {
        palette.setColor(QPalette::All, role, color);
    };
    set(QPalette::Window, c.window);
    set(QPalette::WindowText, c.text);
    set(QPalette::Base, c.panel);
    set(QPalette::AlternateBase, c.window);
    set(QPalette::Text, c.text);
    set(QPalette::PlaceholderText, c.quietText);
    set(QPalette::Button, c.panel);
    set(QPalette::ButtonText, c.text);
    set(QPalette::BrightText, c.wrong);
    set(QPalette::ToolTipBase, c.panel);
    set(QPalette::ToolTipText, c.text);
    set(QPalette::Highlight, c.accent);
    set(QPalette::HighlightedText, c.accentText);
    set(QPalette::Link, c.accent);
    set(QPalette::LinkVisited, blend(c.accent, c.text, 0.3));

    // The bevel roles, for what is still drawn by the base style.
    set(QPalette::Light, dark ? blend(c.panel, c.text, 0.12) : c.panel);
    set(QPalette::Midlight, blend(c.panel, c.line, 0.5));
    set(QPalette::Mid, c.line);
    set(QPalette::Dark, blend(c.line, c.text, 0.15));
    set(QPalette::Shadow, dark ? blend(c.window, Qt::black, 0.5) : blend(c.line, c.text, 0.5));

    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::BrightText,
                            QPalette::Link, QPalette::LinkVisited, QPalette::ToolTipText})
        palette.setColor(QPalette::Disabled, role, c.quietText);
    palette.setColor(QPalette::Disabled, QPalette::Button, c.window);
    palette.setColor(QPalette::Disabled, QPalette::Base, c.window);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.line);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, c.text);
    return palette;
}

} // namespace chainrule
