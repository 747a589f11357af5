// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curveheader.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double sampleWidth = 20.0;
constexpr double sampleGap = 6.0;
constexpr double readingGap = 16.0;

} // namespace

CurveHeader::CurveHeader(QWidget* parent)
    : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
}

void CurveHeader::setTitle(const QString& title, const QString& widestTitle)
{
    m_title = title;
    m_widestTitle = widestTitle;
    contentChanged();
}

void CurveHeader::setWidestValue(const QString& value)
{
    m_widestValue = value;
    contentChanged();
}

void CurveHeader::setReadings(const std::vector<CurveReading>& readings)
{
    if (readings == m_readings)
        return;
    m_readings = readings;
    contentChanged();
}

void CurveHeader::setNote(const QString& note)
{
    if (note == m_note)
        return;
    m_note = note;
    contentChanged();
}

QSize CurveHeader::minimumSizeHint() const
{
    const int width = static_cast<int>(std::ceil(std::max(titleWidth(), readingsWidth(false))));
    return {width, heightForWidth(width)};
}

QSize CurveHeader::sizeHint() const
{
    const int width = static_cast<int>(std::ceil(titleWidth() + readingGap + readingsWidth(true)));
    return {width, heightForWidth(width)};
}

QFont CurveHeader::titleFont() const
{
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    return bold;
}

QFont CurveHeader::readingFont() const
{
    return scaledFont(font(), 0.92);
}

double CurveHeader::rowHeight() const
{
    return QFontMetricsF(titleFont()).height() + 2.0;
}

double CurveHeader::titleWidth() const
{
    const QFontMetricsF metrics(titleFont());
    return std::max(metrics.horizontalAdvance(m_title), metrics.horizontalAdvance(m_widestTitle));
}

double CurveHeader::readingsWidth(bool withNames) const
{
    const QFontMetricsF metrics(readingFont());
    double width = 0.0;
    for (const CurveReading& reading : m_readings) {
        width += width > 0.0 ? readingGap : 0.0;
        width += sampleWidth + sampleGap;
        if (withNames)
            width += metrics.horizontalAdvance(reading.name + QLatin1Char(' '));
        width += std::max(tabularWidth(m_widestValue, metrics), tabularWidth(reading.value, metrics));
    }
    return width;
}

CurveHeader::Arrangement CurveHeader::arrangementFor(double room) const
{
    const double beside = room - titleWidth() - readingGap;
    if (readingsWidth(true) <= beside)
        return {true, false};
    if (readingsWidth(true) <= room)
        return {true, true};
    return {false, readingsWidth(false) > beside};
}

int CurveHeader::heightForWidth(int width) const
{
    const int rows = 1 + (arrangementFor(width).valuesBelow ? 1 : 0) + (m_note.isEmpty() ? 0 : 1);
    return static_cast<int>(std::ceil(rows * rowHeight()));
}

void CurveHeader::contentChanged()
{
    updateGeometry();
    update();
}

void CurveHeader::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const ThemeColors& colors = themeColors(palette());
    const double row = rowHeight();
    const QFontMetricsF titleMetrics(titleFont());
    double baseline = (row - titleMetrics.height()) / 2.0 + titleMetrics.ascent();

    painter.setFont(titleFont());
    painter.setPen(colors.text);
    painter.drawText(QPointF(0.0, baseline), m_title);

    const QFontMetricsF metrics(readingFont());
    painter.setFont(readingFont());
    const Arrangement arrangement = arrangementFor(width());
    double left = width() - readingsWidth(arrangement.withNames);
    if (arrangement.valuesBelow) {
        baseline += row;
        left = 0.0;
    }
    for (const CurveReading& reading : m_readings) {
        // Right-aligned in its room: digits change in place, and name and value stay together.
        const double value = tabularWidth(reading.value, metrics);
        const double spare = std::max(0.0, tabularWidth(m_widestValue, metrics) - value);
        if (!arrangement.valuesBelow)
            left += spare;
        const QRectF sample(left, baseline - metrics.xHeight() / 2.0 - 5.0, sampleWidth, 10.0);
        drawCurveSample(painter, sample, reading.mark, palette());
        left += sampleWidth + sampleGap;
        painter.setPen(curveColor(reading.mark, palette()));
        if (arrangement.withNames) {
            painter.drawText(QPointF(left, baseline), reading.name);
            left += metrics.horizontalAdvance(reading.name + QLatin1Char(' '));
        }
        drawTabular(painter, QPointF(left, baseline), reading.value);
        left += value + readingGap + (arrangement.valuesBelow ? spare : 0.0);
    }
    if (!m_note.isEmpty()) {
        painter.setPen(colors.wrong);
        painter.drawText(QPointF(0.0, baseline + row),
                         metrics.elidedText(m_note, Qt::ElideRight, static_cast<double>(width())));
    }
}

void CurveHeader::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        contentChanged();
    QWidget::changeEvent(event);
}

} // namespace chainrule
