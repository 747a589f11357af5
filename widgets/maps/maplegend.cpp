// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maps/maplegend.h"

#include "widgets/fields/numbertext.h"
#include "widgets/maps/decisionmap.h"

#include <QEvent>
#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace chainrule {

namespace {

constexpr double markGap = 5.0;
constexpr double barGap = 10.0;

} // namespace

MapLegend::MapLegend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Legend of the decision map"));
    setAccessibleDescription(
        tr("Rings are class 0, discs class 1; the line is where the output is one half"));
    setToolTip(accessibleDescription());
}

QSize MapLegend::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 30, fontMetrics().height()};
}

QSize MapLegend::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 20, fontMetrics().height()};
}

void MapLegend::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const QFont small = scaledFont(font(), 0.88);
    const QFontMetricsF metrics(small);
    const double middle = height() / 2.0;
    const double radius = std::max(3.0, metrics.capHeight() / 2.0);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(small);
    const double baseline = middle + metrics.capHeight() / 2.0;

    const QString zero = tr("class 0");
    const QString one = tr("class 1");
    const double zeroWidth = metrics.horizontalAdvance(zero);
    const double oneWidth = metrics.horizontalAdvance(one);
    drawSampleMark(painter, {radius + 1.0, middle}, radius, 0, colors);
    drawSampleMark(painter, {width() - radius - 1.0, middle}, radius, 1, colors);
    painter.setPen(colors.quietText);
    const double zeroLeft = 2.0 * radius + 2.0 + markGap;
    const double oneLeft = width() - zeroLeft - oneWidth;
    painter.drawText(QPointF(zeroLeft, baseline), zero);
    painter.drawText(QPointF(oneLeft, baseline), one);

    const QRectF bar(std::round(zeroLeft + zeroWidth + barGap), std::round(middle - radius),
                     std::round(oneLeft - zeroLeft - zeroWidth - 2.0 * barGap), std::round(2.0 * radius));
    if (bar.width() < 2.0 * barGap)
        return;
    QLinearGradient scale(bar.topLeft(), bar.topRight());
    scale.setColorAt(0.0, mapColor(-1.0, colors));
    scale.setColorAt(0.5, mapColor(0.0, colors));
    scale.setColorAt(1.0, mapColor(1.0, colors));
    painter.setPen(QPen(colors.line, 1.0));
    painter.setBrush(scale);
    painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 3.0, 3.0);
    painter.setPen(QPen(colors.text, 1.0));
    painter.drawLine(QPointF(bar.center().x(), bar.top()), QPointF(bar.center().x(), bar.bottom()));
}

void MapLegend::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateGeometry();
    update();
}

} // namespace chainrule
