// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maps/decisionmap.h"

#include "widgets/fields/numbertext.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

constexpr double corner = 6.0;
constexpr std::size_t manySamples = 400;
constexpr double catchDistance = 1.8; // of a click from a sample, in heights of the font

int mixed(int from, int to, double share)
{
    return static_cast<int>(std::lround(from + (to - from) * share));
}

QRgb mixed(const QColor& from, const QColor& to, double share)
{
    return qRgb(mixed(from.red(), to.red(), share), mixed(from.green(), to.green(), share),
                mixed(from.blue(), to.blue(), share));
}

QString shortNumber(double value, const QLocale& locale)
{
    return numberText(value, 2, locale);
}

} // namespace

QImage heatImage(const std::vector<float>& values, int rows, float low, float high, const QPalette& palette)
{
    if (rows < 1 || values.size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(rows))
        return {};
    constexpr int half = 127;
    constexpr int shades = 2 * half + 1; // odd: the middle is one of them
    const ThemeColors& colors = themeColors(palette);
    std::array<QRgb, shades> scale{};
    for (int i = 0; i < shades; ++i) {
        const QColor& end = i < half ? colors.accent : colors.validation;
        scale[static_cast<std::size_t>(i)] = mixed(colors.panel, end, std::abs(i - half) / double(half));
    }

    const double middle = (static_cast<double>(low) + static_cast<double>(high)) / 2.0;
    const double reach = (static_cast<double>(high) - static_cast<double>(low)) / 2.0;
    QImage image(rows, rows, QImage::Format_RGB32);
    for (int y = 0; y < rows; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        const float* row = values.data() + static_cast<std::ptrdiff_t>(y) * rows;
        for (int x = 0; x < rows; ++x) {
            double share = reach > 0.0 ? (static_cast<double>(row[x]) - middle) / reach : 0.0;
            share = std::isnan(share) ? 0.0 : std::clamp(share, -1.0, 1.0);
            line[x] = scale[static_cast<std::size_t>(half + std::lround(share * half))];
        }
    }
    return image;
}

QColor mapColor(double share, const ThemeColors& colors)
{
    const QColor& end = share < 0.0 ? colors.accent : colors.validation;
    return QColor(mixed(colors.panel, end, std::min(1.0, std::abs(share)) * mapStrength));
}

void drawSampleMark(QPainter& painter, const QPointF& middle, double radius, int label,
                    const ThemeColors& colors)
{
    if (label == 1) {
        painter.setPen(QPen(colors.panel, 1.0));
        painter.setBrush(colors.validation);
        painter.drawEllipse(middle, radius + 0.5, radius + 0.5);
        return;
    }
    const double line = std::max(1.0, radius * 0.4);
    painter.setPen(QPen(colors.accent, line));
    painter.setBrush(colors.panel);
    painter.drawEllipse(middle, radius - line / 2.0 + 0.5, radius - line / 2.0 + 0.5);
}

DecisionMap::DecisionMap(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    describe();
}

void DecisionMap::setValues(const std::vector<float>& values, int rows, double extent, float low, float high)
{
    const bool fits =
        rows >= 2 && values.size() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(rows);
    m_values = fits ? values : std::vector<float>();
    m_rows = fits ? rows : 0;
    m_extent = extent;
    m_low = low;
    m_high = high;
    m_image = {};
    describe();
    update();
}

void DecisionMap::setSamples(const std::vector<Sample>& samples)
{
    m_samples = samples;
    if (m_selected >= static_cast<int>(m_samples.size()))
        m_selected = -1;
    describe();
    update();
}

void DecisionMap::setSelected(int sample)
{
    m_selected = sample >= 0 && sample < static_cast<int>(m_samples.size()) ? sample : -1;
    describe();
    update();
}

void DecisionMap::setMark(const std::optional<QPointF>& at)
{
    m_mark = at;
    describe();
    update();
}

QSize DecisionMap::sizeHint() const
{
    const int side = fontMetrics().height() * 14;
    return {side, side};
}

QSize DecisionMap::minimumSizeHint() const
{
    const int side = fontMetrics().height() * 6;
    return {side, side};
}

QRectF DecisionMap::square() const
{
    const double side = std::min(width(), height());
    return {std::floor((width() - side) / 2.0), std::floor((height() - side) / 2.0), side, side};
}

QPointF DecisionMap::pixelOf(const QPointF& at) const
{
    const QRectF all = square();
    const double scale = all.width() / (2.0 * m_extent);
    return {all.left() + (at.x() + m_extent) * scale, all.top() + (m_extent - at.y()) * scale};
}

QPointF DecisionMap::pointAt(const QPointF& pixel) const
{
    const QRectF all = square();
    const double scale = 2.0 * m_extent / std::max(1.0, all.width());
    return {(pixel.x() - all.left()) * scale - m_extent, m_extent - (pixel.y() - all.top()) * scale};
}

double DecisionMap::valueAt(const QPointF& at) const
{
    const double cells = m_rows - 1;
    const double x = (at.x() + m_extent) / (2.0 * m_extent) * cells;
    const double y = (m_extent - at.y()) / (2.0 * m_extent) * cells;
    if (m_rows < 2 || !(x >= 0.0 && x <= cells && y >= 0.0 && y <= cells))
        return std::numeric_limits<double>::quiet_NaN();
    const int left = std::min(static_cast<int>(x), m_rows - 2);
    const int top = std::min(static_cast<int>(y), m_rows - 2);
    const auto value = [&](int row, int column) {
        return static_cast<double>(m_values[static_cast<std::size_t>(row * m_rows + column)]);
    };
    const double right = x - left;
    const double down = y - top;
    return (value(top, left) * (1.0 - right) + value(top, left + 1) * right) * (1.0 - down) +
           (value(top + 1, left) * (1.0 - right) + value(top + 1, left + 1) * right) * down;
}

void DecisionMap::describe()
{
    QString text;
    if (m_selected >= 0) {
        const Sample& sample = m_samples[static_cast<std::size_t>(m_selected)];
        const QString place =
            tr("(%1, %2)").arg(shortNumber(sample.at.x(), locale()), shortNumber(sample.at.y(), locale()));
        const QString number = locale().toString(m_selected + 1);
        const double value = valueAt(sample.at);
        text = std::isfinite(value) ? tr("Sample %1: %2, class %3, output %4")
                                          .arg(number, place)
                                          .arg(sample.label)
                                          .arg(shortNumber(value, locale()))
                                    : tr("Sample %1: %2, class %3").arg(number, place).arg(sample.label);
    } else if (m_mark) {
        text = numbersAt(*m_mark);
    } else {
        text = tr("%n sample(s), none chosen", nullptr, static_cast<int>(m_samples.size()));
    }
    if (text != accessibleDescription())
        setAccessibleDescription(text);
}

QString DecisionMap::numbersAt(const QPointF& at) const
{
    const QString place = tr("x %1  y %2").arg(shortNumber(at.x(), locale()), shortNumber(at.y(), locale()));
    const double value = valueAt(at);
    return std::isfinite(value) ? tr("%1  output %2").arg(place, shortNumber(value, locale())) : place;
}

void DecisionMap::choose(int sample)
{
    setSelected(sample);
    if (m_selected >= 0)
        emit sampleChosen(m_selected);
}

void DecisionMap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !square().contains(event->position()))
        return;
    if (m_samples.empty()) {
        emit pointChosen(pointAt(event->position()));
        return;
    }
    int nearest = -1;
    double distance = catchDistance * fontMetrics().height();
    for (std::size_t i = 0; i < m_samples.size(); ++i) {
        const QPointF away = pixelOf(m_samples[i].at) - event->position();
        const double length = std::hypot(away.x(), away.y());
        if (length < distance) {
            distance = length;
            nearest = static_cast<int>(i);
        }
    }
    if (nearest >= 0)
        choose(nearest);
}

void DecisionMap::mouseMoveEvent(QMouseEvent* event)
{
    m_hover.reset();
    if (square().contains(event->position()))
        m_hover = pointAt(event->position());
    update();
}

void DecisionMap::leaveEvent(QEvent* event)
{
    m_hover.reset();
    update();
    QWidget::leaveEvent(event);
}

void DecisionMap::keyPressEvent(QKeyEvent* event)
{
    const int count = static_cast<int>(m_samples.size());
    int to = m_selected;
    switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_Down:
        to = m_selected < 0 ? 0 : (m_selected + 1) % std::max(1, count);
        break;
    case Qt::Key_Left:
    case Qt::Key_Up:
        to = m_selected <= 0 ? count - 1 : m_selected - 1;
        break;
    case Qt::Key_Home:
        to = 0;
        break;
    case Qt::Key_End:
        to = count - 1;
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (count > 0)
        choose(to);
    else
        event->ignore();
}

void DecisionMap::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_image = {};
        update();
    } else if (event->type() == QEvent::LocaleChange) {
        describe();
        update();
    } else if (event->type() == QEvent::FontChange) {
        updateGeometry();
    }
}

// ---- painting -----------------------------------------------------------------------------------------

double DecisionMap::discRadius() const
{
    const double side = square().width();
    return std::clamp(side / (m_samples.size() > manySamples ? 110.0 : 72.0), 1.6, 6.0);
}

// The line of the scale's middle, cell by cell: straight pieces between the sides that it crosses (marching
// squares).
void DecisionMap::paintContour(QPainter& painter) const
{
    const QRectF all = square();
    const double cell = all.width() / (m_rows - 1);
    const float level = (m_low + m_high) / 2.0F;
    QList<QLineF> lines;
    std::array<QPointF, 4> crossings;
    for (int row = 0; row + 1 < m_rows; ++row) {
        for (int column = 0; column + 1 < m_rows; ++column) {
            const auto at = static_cast<std::size_t>(row * m_rows + column);
            const auto below = at + static_cast<std::size_t>(m_rows);
            const std::array<float, 4> values{m_values[at], m_values[at + 1], m_values[below + 1],
                                              m_values[below]}; // clockwise
            const std::array<QPointF, 4> corners{QPointF(0, 0), QPointF(1, 0), QPointF(1, 1), QPointF(0, 1)};
            if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
                continue;
            std::size_t count = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                const std::size_t next = (i + 1) % 4;
                if ((values[i] >= level) == (values[next] >= level))
                    continue;
                const double share = static_cast<double>((level - values[i]) / (values[next] - values[i]));
                crossings[count++] = corners[i] + (corners[next] - corners[i]) * share;
            }
            for (std::size_t i = 0; i + 1 < count; i += 2) {
                const QPointF origin(column, row);
                lines.append({all.topLeft() + (origin + crossings[i]) * cell,
                              all.topLeft() + (origin + crossings[i + 1]) * cell});
            }
        }
    }
    painter.setPen(QPen(themeColors(palette()).text, 1.0, Qt::SolidLine, Qt::RoundCap));
    painter.drawLines(lines);
}

void DecisionMap::paintSamples(QPainter& painter) const
{
    const ThemeColors& colors = themeColors(palette());
    const double radius = discRadius();
    for (const Sample& sample : m_samples)
        drawSampleMark(painter, pixelOf(sample.at), radius, sample.label, colors);
    if (m_selected >= 0) {
        const Sample& sample = m_samples[static_cast<std::size_t>(m_selected)];
        const QPointF middle = pixelOf(sample.at);
        drawSampleMark(painter, middle, radius, sample.label, colors); // above its neighbours
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colors.panel, 4.5));
        painter.drawEllipse(middle, radius + 4.0, radius + 4.0);
        painter.setPen(QPen(colors.text, 2.0));
        painter.drawEllipse(middle, radius + 4.0, radius + 4.0);
    } else if (m_mark) {
        const QPointF middle = pixelOf(*m_mark);
        const double arm = std::max(5.0, radius * 2.0);
        for (const QPen& pen : {QPen(colors.panel, 5.0, Qt::SolidLine, Qt::RoundCap),
                                QPen(colors.text, 2.0, Qt::SolidLine, Qt::RoundCap)}) {
            painter.setPen(pen);
            painter.drawLine(middle - QPointF(arm, 0.0), middle + QPointF(arm, 0.0));
            painter.drawLine(middle - QPointF(0.0, arm), middle + QPointF(0.0, arm));
        }
    }
}

void DecisionMap::paintReadout(QPainter& painter) const
{
    const ThemeColors& colors = themeColors(palette());
    const QRectF all = square();
    const QFont font = scaledFont(this->font(), 0.9);
    const QFontMetricsF metrics(font);
    const QString text = numbersAt(*m_hover);
    QRectF pill(0.0, 0.0, tabularWidth(text, metrics) + 12.0, metrics.height() + 6.0);
    // At the upper edge, and at the lower one while the mouse is up there.
    const bool below = pixelOf(*m_hover).y() < all.top() + 2.5 * pill.height();
    pill.moveTopLeft({all.left() + 6.0, below ? all.bottom() - pill.height() - 6.0 : all.top() + 6.0});
    painter.setPen(QPen(colors.line, 1.0));
    painter.setBrush(colors.panel);
    painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), 4.0, 4.0);
    painter.setFont(font);
    painter.setPen(colors.text);
    drawTabular(painter, {pill.left() + 6.0, pill.top() + 3.0 + metrics.ascent()}, text);
}

void DecisionMap::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const QRectF all = square();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(all.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    painter.fillPath(outline, colors.panel);
    painter.save();
    painter.setClipPath(outline);
    if (m_rows >= 2) {
        if (m_image.isNull())
            m_image = heatImage(m_values, m_rows, m_low, m_high, palette());
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.setOpacity(mapStrength);
        // The outermost values lie on the edges, so half of their pixels is outside.
        painter.drawImage(all, m_image, QRectF(0.5, 0.5, m_rows - 1.0, m_rows - 1.0));
        painter.setOpacity(1.0);
        paintContour(painter);
    }
    paintSamples(painter);
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors.line, 1.0));
    painter.drawPath(outline);
    if (m_hover)
        paintReadout(painter);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colors.accent, 2.0));
        painter.drawRoundedRect(all.adjusted(1.0, 1.0, -1.0, -1.0), corner, corner);
    }
}

} // namespace chainrule
