// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curveoverlay.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <qcustomplot.h>

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double padding = 8.0;
constexpr double sampleWidth = 18.0;
constexpr double columnGap = 8.0;

} // namespace

CurveOverlay::CurveOverlay(const QCustomPlot* plot, QWidget* parent)
    : QWidget(parent)
    , m_plot(plot)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
}

void CurveOverlay::setMessage(const QString& message)
{
    if (message == m_message)
        return;
    m_message = message;
    update();
}

void CurveOverlay::setReadout(const std::optional<CurveReadout>& readout)
{
    m_readout = readout;
    update();
}

double CurveOverlay::crosshairX() const
{
    return m_plot->xAxis->coordToPixel(m_readout->epoch);
}

QFont CurveOverlay::readoutFont() const
{
    return scaledFont(font(), 0.92);
}

CurveOverlay::Columns CurveOverlay::columnsFor(const QFontMetricsF& metrics) const
{
    Columns columns;
    for (const CurveReading& row : m_readout->rows) {
        columns.name = std::max(columns.name, metrics.horizontalAdvance(row.name));
        columns.value = std::max(columns.value, tabularWidth(row.value, metrics));
    }
    columns.all = sampleWidth + columnGap + columns.name + columnGap + columns.value;
    // In a narrow plot the names would hide the curves; the samples say the same.
    if (columns.all > 0.55 * m_plot->axisRect()->width()) {
        columns.all -= columns.name + columnGap;
        columns.name = 0.0;
    }
    return columns;
}

QRectF CurveOverlay::readoutRect() const
{
    if (!m_readout)
        return {};
    const QFontMetricsF metrics(readoutFont());
    const Columns columns = columnsFor(metrics);
    const double titleWidth = tabularWidth(m_readout->title, metrics);
    const double lines = 1.0 + static_cast<double>(m_readout->rows.size());
    const QSizeF size(std::ceil(std::max(columns.all, titleWidth) + 2.0 * padding),
                      std::ceil(lines * metrics.height() + 2.0 * padding - 4.0));

    const QRectF axes(m_plot->axisRect()->rect());
    constexpr double distance = 8.0;
    double left = std::round(crosshairX()) + distance;
    if (left + size.width() > axes.right())
        left = std::round(crosshairX()) - distance - size.width();
    // In a narrow plot neither side has room; covering the line is better than leaving the plot.
    left = std::clamp(left, axes.left(), std::max(axes.left(), axes.right() - size.width()));
    const double top = axes.top() + std::clamp(axes.height() - size.height(), 0.0, 4.0);
    return QRectF(QPointF(left, top), size) & QRectF(rect());
}

void CurveOverlay::paintReadout(QPainter& painter)
{
    const ThemeColors& colors = themeColors(palette());
    const QRectF axes(m_plot->axisRect()->rect());
    const double x = std::round(crosshairX()) + 0.5;
    painter.setPen(QPen(colors.quietText, 1.0, Qt::DashLine));
    painter.drawLine(QPointF(x, axes.top()), QPointF(x, axes.bottom()));

    const QRectF box = readoutRect();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colors.line, 1.0));
    painter.setBrush(colors.panel);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6.0, 6.0);
    painter.setClipRect(box);

    const QFontMetricsF metrics(readoutFont());
    const Columns columns = columnsFor(metrics);
    painter.setFont(readoutFont());
    double baseline = box.top() + padding - 2.0 + metrics.ascent();
    painter.setPen(colors.text);
    drawTabular(painter, QPointF(box.left() + padding, baseline), m_readout->title);
    for (const CurveReading& row : m_readout->rows) {
        baseline += metrics.height();
        const double left = box.left() + padding;
        drawCurveSample(painter, QRectF(left, baseline - metrics.xHeight() / 2.0 - 5.0, sampleWidth, 10.0),
                        row.mark, palette());
        painter.setPen(curveColor(row.mark, palette()));
        const double name = left + sampleWidth + columnGap;
        if (columns.name > 0.0)
            painter.drawText(QPointF(name, baseline), row.name);
        const double right = left + columns.all;
        drawTabular(painter, QPointF(right - tabularWidth(row.value, metrics), baseline), row.value);
    }
}

void CurveOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (!m_message.isEmpty()) {
        const QRect area = m_plot->axisRect()->rect().adjusted(8, 8, -8, -8);
        constexpr int flags = Qt::AlignCenter | Qt::TextWordWrap;
        painter.fillRect(painter.boundingRect(area, flags, m_message).adjusted(-6, -2, 6, 2),
                         themeColors(palette()).panel); // no grid line through the words
        painter.setPen(themeColors(palette()).quietText);
        painter.drawText(area, flags, m_message);
    }
    if (m_readout)
        paintReadout(painter);
}

} // namespace chainrule
