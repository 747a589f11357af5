// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/signmap.h"

#include "widgets/style/theme.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

SignMap signMap(std::span<const double> values, int columns)
{
    SignMap map;
    for (const double value : values) {
        if (std::isfinite(value))
            map.largest = std::max(map.largest, std::abs(value));
    }
    const int rows = static_cast<int>(values.size()) / columns;
    map.image = QImage(columns, rows, QImage::Format_ARGB32);
    map.image.fill(Qt::transparent);
    if (map.largest == 0.0)
        return map;
    const ThemeColors& colors = themeColors(themePalette(true)); // the ground is dark in either theme
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const double value = values[static_cast<std::size_t>(row * columns + column)];
            if (!std::isfinite(value))
                continue;
            QColor color = value > 0.0 ? colors.validation : colors.accent;
            color.setAlphaF(static_cast<float>(std::abs(value) / map.largest));
            map.image.setPixelColor(column, row, color);
        }
    }
    return map;
}

} // namespace chainrule
