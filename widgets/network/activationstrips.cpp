// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/activationstrips.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QPainter>
#include <QResizeEvent>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

constexpr int nameGap = 3;        ///< between a layer's name and its cells
constexpr int layerGap = 10;      ///< between layers
constexpr int textGap = 12;       ///< between a name and its summary
constexpr int alignedColumns = 8; ///< each row begins at a multiple of this where there is room
/// An output that is not nothing looks different from nothing, however small it is.
constexpr double leastShare = 0.08;

} // namespace

ActivationStrips::ActivationStrips(QWidget* parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setMouseTracking(true);
    arrange();
}

void ActivationStrips::setLayers(const std::vector<ActivationLayer>& layers, const std::vector<int>& units)
{
    const std::size_t count = std::min(layers.size(), units.size());
    bool same = count == m_strips.size();
    for (std::size_t i = 0; same && i < count; ++i)
        same = layers[i] == m_strips[i].layer && std::max(0, units[i]) == m_strips[i].units;
    if (same)
        return;
    m_strips.clear();
    for (std::size_t i = 0; i < count; ++i) {
        Strip strip;
        strip.layer = layers[i];
        strip.units = std::max(0, units[i]);
        // Powers of two, so that widths that are such end with a full cell.
        while ((strip.units + strip.perCell - 1) / strip.perCell > mostCells)
            strip.perCell *= 2;
        strip.cells = (strip.units + strip.perCell - 1) / strip.perCell;
        readValues(strip, nullptr);
        m_strips.push_back(std::move(strip));
    }
    m_cursor = {};
    m_hovered.reset();
    m_tipText.clear();
    const bool any =
        std::any_of(m_strips.begin(), m_strips.end(), [](const Strip& s) { return s.cells > 0; });
    setFocusPolicy(any ? Qt::StrongFocus : Qt::NoFocus);
    m_cursorShown = m_cursorShown && any;
    while (any && m_strips[static_cast<std::size_t>(m_cursor.layer)].cells == 0)
        ++m_cursor.layer;
    arrange();
    updateGeometry();
    describe();
    update();
}

void ActivationStrips::setActivations(const std::vector<std::vector<double>>& values)
{
    for (std::size_t i = 0; i < m_strips.size(); ++i)
        readValues(m_strips[i], i < values.size() && !values[i].empty() ? &values[i] : nullptr);
    describe();
    if (tipShows())
        showTip(m_tip, m_tipPosition);
    update();
}

void ActivationStrips::readValues(Strip& strip, const std::vector<double>* values) const
{
    strip.known = values != nullptr;
    strip.largest = 0.0;
    strip.active = 0;
    strip.broken = 0;
    const auto units = static_cast<std::size_t>(strip.units);
    strip.values.assign(units, 0.0);
    strip.shown.resize(static_cast<std::size_t>(strip.cells));
    if (values != nullptr) {
        std::copy_n(values->begin(), std::min(units, values->size()), strip.values.begin());
        // A value that is missing is not a zero.
        for (std::size_t i = values->size(); i < units; ++i)
            strip.values[i] = std::numeric_limits<double>::quiet_NaN();
    }
    const auto magnitude = [&strip](int unit) {
        const double value = strip.values[static_cast<std::size_t>(unit)];
        return std::isfinite(value) ? std::abs(value) : std::numeric_limits<double>::infinity();
    };
    for (int cell = 0; cell < strip.cells; ++cell) {
        const int first = cell * strip.perCell;
        int shown = first;
        for (int unit = first; unit < std::min(first + strip.perCell, strip.units); ++unit) {
            const double one = magnitude(unit);
            if (one > magnitude(shown))
                shown = unit;
            if (std::isfinite(one))
                strip.largest = std::max(strip.largest, one);
            else
                ++strip.broken;
            if (strip.values[static_cast<std::size_t>(unit)] > 0.0)
                ++strip.active;
        }
        strip.shown[static_cast<std::size_t>(cell)] = shown;
    }
    strip.summary = summaryOf(strip);
}

QString ActivationStrips::valueText(double value, int decimals) const
{
    if (!std::isfinite(value))
        return tr("not finite");
    // More places for what would round to nothing.
    const auto vanishes = [value](int places) {
        return value != 0.0 && std::abs(value) < 0.5 * std::pow(10.0, -places);
    };
    if (!vanishes(decimals))
        return numberText(value, decimals, locale());
    if (!vanishes(decimals + 3))
        return numberText(value, decimals + 3, locale());
    return locale().toString(value, 'e', 1).replace(QLatin1Char('-'), QChar(0x2212));
}

QString ActivationStrips::summaryOf(const Strip& strip) const
{
    if (!strip.known || strip.units == 0)
        return {};
    const QString largest = valueText(strip.largest, 2);
    QString text = strip.layer.isSigned ? tr("largest magnitude %1").arg(largest)
                   : strip.layer.countsActive
                       ? tr("%1 of %2 active, largest %3")
                             .arg(locale().toString(strip.active), locale().toString(strip.units), largest)
                       : tr("largest %1").arg(largest);
    if (strip.broken > 0)
        text = tr("%1, %2 not finite").arg(text, locale().toString(strip.broken));
    return text;
}

QString ActivationStrips::noteOf(const Strip& strip) const
{
    return strip.perCell > 1 ? tr("each cell the largest of %Ln unit(s)", nullptr, strip.perCell) : QString();
}

QString ActivationStrips::joined(const QString& summary, const QString& note) const
{
    return summary.isEmpty() || note.isEmpty() ? summary + note
                                               : tr("%1; %2", "summary, note").arg(summary, note);
}

QString ActivationStrips::widestSummary(const Strip& strip) const
{
    // As if all were active: a summary that grows while a pen moves must not move the cells.
    Strip widest;
    widest.layer = strip.layer;
    widest.units = strip.units;
    widest.known = true;
    widest.active = strip.units;
    widest.largest = 88.88;
    return summaryOf(widest);
}

int ActivationStrips::cellCount(int layer) const
{
    return m_strips.at(static_cast<std::size_t>(layer)).cells;
}

int ActivationStrips::unitsPerCell(int layer) const
{
    return m_strips.at(static_cast<std::size_t>(layer)).perCell;
}

QString ActivationStrips::summary(int layer) const
{
    const Strip& strip = m_strips.at(static_cast<std::size_t>(layer));
    return joined(strip.summary, noteOf(strip));
}

QString ActivationStrips::cellText(int layer, int cell) const
{
    const Strip& strip = m_strips.at(static_cast<std::size_t>(layer));
    const int first = cell * strip.perCell;
    const int last = std::min(first + strip.perCell, strip.units) - 1;
    const int unit = strip.shown.at(static_cast<std::size_t>(cell));
    const auto number = [this](int n) { return locale().toString(n); };
    const QString value =
        strip.known ? valueText(strip.values[static_cast<std::size_t>(unit)], 4) : tr("not known yet");
    if (first == last)
        return tr("%1, unit %2: %3", "layer, number, value").arg(strip.layer.name, number(unit), value);
    if (!strip.known)
        return tr("%1, units %2 to %3: %4").arg(strip.layer.name, number(first), number(last), value);
    return tr("%1, units %2 to %3: the largest is unit %4 with %5")
        .arg(strip.layer.name, number(first), number(last), number(unit), value);
}

QFont ActivationStrips::summaryFont() const
{
    return scaledFont(font(), 0.92);
}

ActivationStrips::Sizes ActivationStrips::sizesFor(int width) const
{
    const int line = fontMetrics().height();
    Sizes sizes;
    sizes.line = line;
    sizes.cellWidth = std::max(6, static_cast<int>(std::lround(line * 0.36)));
    sizes.cellHeight = std::max(12, static_cast<int>(std::lround(line * 0.72)));
    sizes.columns = std::max(1, (width + columnGap) / (sizes.cellWidth + columnGap));
    if (sizes.columns > alignedColumns)
        sizes.columns -= sizes.columns % alignedColumns;
    return sizes;
}

int ActivationStrips::linesOf(const Strip& strip, int width) const
{
    const QFontMetricsF metrics(summaryFont());
    const double together = tabularWidth(joined(widestSummary(strip), noteOf(strip)), metrics);
    if (tabularWidth(strip.layer.name, QFontMetricsF(font())) + textGap + together <= width)
        return 1;
    return strip.perCell == 1 || together <= width ? 2 : 3;
}

int ActivationStrips::heightForWidth(int width) const
{
    const Sizes sizes = sizesFor(width);
    int height = 0;
    for (const Strip& strip : m_strips) {
        const int rows = (strip.cells + sizes.columns - 1) / sizes.columns;
        height += sizes.line * linesOf(strip, width) + nameGap + rows * (sizes.cellHeight + rowGap) - rowGap +
                  layerGap;
    }
    return std::max(0, height - layerGap);
}

QSize ActivationStrips::sizeHint() const
{
    const int width = 20 * fontMetrics().height();
    return {width, heightForWidth(width)};
}

QSize ActivationStrips::minimumSizeHint() const
{
    // The height that it needs depends on its width: heightForWidth().
    return {9 * fontMetrics().height(), 2 * fontMetrics().height()};
}

void ActivationStrips::arrange()
{
    m_sizes = sizesFor(width());
    int top = 0;
    for (Strip& strip : m_strips) {
        strip.lines = linesOf(strip, width());
        strip.top = top;
        strip.cellTop = top + m_sizes.line * strip.lines + nameGap;
        const int rows = (strip.cells + m_sizes.columns - 1) / m_sizes.columns;
        top = strip.cellTop + rows * (m_sizes.cellHeight + rowGap) - rowGap + layerGap;
    }
}

QRect ActivationStrips::cellRect(int layer, int cell) const
{
    const Strip& strip = m_strips.at(static_cast<std::size_t>(layer));
    return {cell % m_sizes.columns * (m_sizes.cellWidth + columnGap),
            strip.cellTop + cell / m_sizes.columns * (m_sizes.cellHeight + rowGap), m_sizes.cellWidth,
            m_sizes.cellHeight};
}

void ActivationStrips::describe()
{
    QStringList lines;
    if (m_cursorShown)
        lines += cellText(m_cursor.layer, m_cursor.cell);
    for (const Strip& strip : m_strips) {
        const QString text = joined(strip.summary, noteOf(strip));
        lines +=
            text.isEmpty() ? strip.layer.name : tr("%1: %2", "layer, summary").arg(strip.layer.name, text);
    }
    const QString description = lines.join(QLatin1Char('\n'));
    if (description != accessibleDescription())
        setAccessibleDescription(description);
}

QColor ActivationStrips::cellColor(const Strip& strip, int cell) const
{
    const ThemeColors& colors = themeColors(palette());
    const QColor empty = mix(colors.panel, colors.line, 0.6);
    const double value = strip.values[static_cast<std::size_t>(strip.shown[static_cast<std::size_t>(cell)])];
    if (!strip.known || strip.largest == 0.0 || value == 0.0 || !std::isfinite(value))
        return empty;
    const double share = leastShare + (1.0 - leastShare) * std::abs(value) / strip.largest;
    return mix(empty, strip.layer.isSigned && value > 0.0 ? colors.validation : colors.accent, share);
}

void ActivationStrips::paintNames(QPainter& painter, const Strip& strip) const
{
    const QFontMetricsF metrics(font());
    const QFontMetricsF small(summaryFont());
    painter.setPen(themeColors(palette()).quietText);
    double baseline = strip.top + metrics.ascent();
    const QString& name = strip.layer.name;
    painter.setFont(font());
    drawTabular(painter, {0.0, baseline},
                tabularWidth(name, metrics) <= width() ? name
                                                       : metrics.elidedText(name, Qt::ElideRight, width()));
    painter.setFont(summaryFont());
    const auto fitting = [&](const QString& text, double room) {
        return tabularWidth(text, small) > room + 0.5 ? small.elidedText(text, Qt::ElideRight, room) : text;
    };
    const QString note = noteOf(strip);
    if (strip.lines == 1) {
        const QString text =
            fitting(joined(strip.summary, note), width() - tabularWidth(name, metrics) - textGap);
        drawTabular(painter, {width() - tabularWidth(text, small), baseline}, text);
        return;
    }
    const QStringList lines =
        strip.lines == 2 ? QStringList{joined(strip.summary, note)} : QStringList{strip.summary, note};
    for (const QString& line : lines) {
        baseline += m_sizes.line;
        drawTabular(painter, {0.0, baseline}, fitting(line, width()));
    }
}

void ActivationStrips::paintCells(QPainter& painter, const Strip& strip, const QRect& clip) const
{
    const ThemeColors& colors = themeColors(palette());
    const int layer = static_cast<int>(&strip - m_strips.data());
    for (int cell = 0; cell < strip.cells; ++cell) {
        const QRect place = cellRect(layer, cell);
        if (!place.intersects(clip))
            continue;
        painter.fillRect(place, cellColor(strip, cell));
        if (strip.broken > 0 &&
            !std::isfinite(
                strip.values[static_cast<std::size_t>(strip.shown[static_cast<std::size_t>(cell)])]))
            drawVerdict(&painter, QRectF(place).center(), place.width(), false, colors.wrong);
    }
}

void ActivationStrips::paintMark(QPainter& painter, Place place, bool strong) const
{
    const ThemeColors& colors = themeColors(palette());
    const QRect cell = cellRect(place.layer, place.cell);
    // Cells at the edge have less around them.
    const auto around = [&](int reach) {
        return cell.adjusted(-reach, -reach, reach, reach).intersected(rect());
    };
    if (!strong) {
        drawBox(&painter, around(1), 0.0, {}, colors.text, 1);
        return;
    }
    // A line of ground between the cell and the ring, which may be of one colour.
    drawBox(&painter, around(1), 0.0, {}, colors.panel, 1);
    drawBox(&painter, around(3), 3.0, {}, colors.accent, 2);
}

void ActivationStrips::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    for (const Strip& strip : m_strips) {
        paintNames(painter, strip);
        paintCells(painter, strip, event->rect());
    }
    if (m_hovered)
        paintMark(painter, *m_hovered, false);
    if (m_cursorShown)
        paintMark(painter, m_cursor, true);
}

void ActivationStrips::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
    if (event->oldSize().width() != width())
        updateGeometry(); // layouts that do not ask for the height of a width go by the minimum
}

void ActivationStrips::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() != QEvent::FontChange && event->type() != QEvent::LocaleChange)
        return;
    for (Strip& strip : m_strips)
        strip.summary = summaryOf(strip);
    arrange();
    updateGeometry();
    describe();
    update();
}

} // namespace chainrule
