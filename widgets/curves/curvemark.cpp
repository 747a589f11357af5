// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curvemark.h"

#include "widgets/style/theme.h"

#include <QPainter>
#include <QPolygonF>
#include <QRectF>

namespace chainrule {

QColor curveColor(CurveMark mark, const QPalette& palette)
{
    const ThemeColors& colors = themeColors(palette);
    switch (mark) {
    case CurveMark::Training:
        return colors.accent;
    case CurveMark::Validation:
        return colors.validation;
    case CurveMark::Comparison:
        break;
    }
    return colors.quietText;
}

void drawCurveSample(QPainter& painter, const QRectF& area, CurveMark mark, const QPalette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor color = curveColor(mark, palette);
    const bool comparison = mark == CurveMark::Comparison;
    QPen pen(color, comparison ? 1.0 : 1.6);
    if (comparison)
        pen.setStyle(Qt::DashLine);
    painter.setPen(pen);
    const QPointF middle = area.center();
    painter.drawLine(QPointF(area.left(), middle.y()), QPointF(area.right(), middle.y()));
    if (mark == CurveMark::Training) {
        painter.setBrush(color);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(middle, 3.2, 3.2);
    } else if (mark == CurveMark::Validation) {
        constexpr double reach = 4.0;
        painter.setBrush(themeColors(palette).panel);
        painter.drawPolygon(QPolygonF({middle + QPointF(0, -reach), middle + QPointF(reach, 0),
                                       middle + QPointF(0, reach), middle + QPointF(-reach, 0)}));
    }
    painter.restore();
}

QColor mixed(const QColor& color, const QColor& other, double share)
{
    const auto part = [share](int a, int b) { return qRound(a + (b - a) * share); };
    return QColor(part(color.red(), other.red()), part(color.green(), other.green()),
                  part(color.blue(), other.blue()));
}

} // namespace chainrule
