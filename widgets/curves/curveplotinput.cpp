// SPDX-License-Identifier: GPL-3.0-or-later
// The half of CurvePlot that answers to the user: crosshair, copying, focus and layout.
#include "widgets/curves/curveplot.h"

#include "widgets/curves/curveheader.h"
#include "widgets/curves/curveoverlay.h"
#include "widgets/curves/plotcanvas.h"
#include "widgets/fields/losswords.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int cardPadding = 12;
constexpr int headerGap = 4;

} // namespace

QVector<double> CurvePlot::recordedEpochs() const
{
    QVector<double> epochs;
    for (const auto& [epoch, values] : m_epochs)
        epochs.append(epoch);
    if (epochs.isEmpty()) {
        for (const PlotPoint& point : m_points.points())
            epochs.append(point.x);
    }
    return epochs;
}

void CurvePlot::setCrosshair(double epoch)
{
    const QVector<double> epochs = recordedEpochs();
    if (epochs.isEmpty() || !std::isfinite(epoch))
        return;
    const double nearest = *std::min_element(epochs.begin(), epochs.end(), [epoch](double a, double b) {
        return std::abs(a - epoch) < std::abs(b - epoch);
    });
    if (m_crosshair == nearest)
        return;
    m_crosshair = nearest;
    updateReadout();
    emit crosshairChanged();
}

void CurvePlot::hideCrosshair()
{
    m_crosshairFromMouse = false;
    if (!m_crosshair)
        return;
    m_crosshair.reset();
    updateReadout();
    emit crosshairChanged();
}

void CurvePlot::stepCrosshair(int steps)
{
    const QVector<double> epochs = recordedEpochs();
    if (epochs.isEmpty())
        return;
    qsizetype index = epochs.size() - 1;
    if (m_crosshair) {
        const auto at = std::lower_bound(epochs.begin(), epochs.end(), *m_crosshair);
        index = std::clamp<qsizetype>(std::distance(epochs.begin(), at) + steps, 0, epochs.size() - 1);
    }
    m_crosshairFromMouse = false;
    setCrosshair(epochs[index]);
}

std::optional<CurveReadout> CurvePlot::readoutAt(double epoch) const
{
    CurveReadout readout{epoch, tr("Epoch %1").arg(epochText(epoch)), {}};
    if (const auto found = m_epochs.find(epoch); found != m_epochs.end()) {
        if (found->second.training)
            readout.rows.push_back({CurveMark::Training, tr("training"), valueText(*found->second.training)});
        if (found->second.validation)
            readout.rows.push_back(
                {CurveMark::Validation, tr("validation"), valueText(*found->second.validation)});
    } else {
        // Merging moves the points within the epoch; the nearest one is as good a reading.
        const auto& points = m_points.points();
        if (points.empty())
            return std::nullopt;
        const auto nearest = std::min_element(points.begin(), points.end(), [epoch](auto a, auto b) {
            return std::abs(a.x - epoch) < std::abs(b.x - epoch);
        });
        readout.rows.push_back({CurveMark::Training, tr("training"), valueText(nearest->y)});
    }
    if (const auto found = m_comparison.find(epoch); found != m_comparison.end())
        readout.rows.push_back({CurveMark::Comparison, tr("earlier"), valueText(found->second)});
    return readout;
}

void CurvePlot::updateReadout()
{
    m_overlay->setReadout(m_crosshair ? readoutAt(*m_crosshair) : std::nullopt);
}

QString CurvePlot::crosshairText() const
{
    const std::optional<CurveReadout> readout = m_crosshair ? readoutAt(*m_crosshair) : std::nullopt;
    if (!readout)
        return {};
    QStringList rows;
    for (const CurveReading& row : readout->rows)
        rows << row.name + QLatin1Char(' ') + row.value;
    return tr("%1: %2").arg(readout->title, rows.join(tr(", ")));
}

QRect CurvePlot::crosshairRect() const
{
    return m_crosshair ? m_overlay->readoutRect().toAlignedRect().translated(m_overlay->pos()) : QRect();
}

QString CurvePlot::valuesAsCsv() const
{
    const QLocale plain = QLocale::c();
    const auto number = [&plain](std::optional<double> value) {
        return value ? plain.toString(*value, 'g', QLocale::FloatingPointShortest) : QString();
    };
    QString csv = m_quantity == Quantity::Loss
                      ? QStringLiteral("epoch,training_loss,validation_loss\n")
                      : QStringLiteral("epoch,training_accuracy,validation_accuracy\n");
    const auto row = [&](double epoch, std::optional<double> training, std::optional<double> validation) {
        csv += number(epoch) + QLatin1Char(',') + number(training) + QLatin1Char(',') + number(validation) +
               QLatin1Char('\n');
    };
    for (const auto& [epoch, values] : m_epochs)
        row(epoch, values.training, values.validation);
    if (m_epochs.empty()) {
        for (const PlotPoint& point : m_points.points())
            row(point.x, point.y, std::nullopt);
    }
    return csv;
}

QPixmap CurvePlot::picture()
{
    m_overlay->setReadout(std::nullopt);
    m_picturing = true;
    const QPixmap pixmap = grab();
    m_picturing = false;
    updateReadout();
    return pixmap;
}

void CurvePlot::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(actions());
    menu->popup(event->globalPos());
}

void CurvePlot::keyPressEvent(QKeyEvent* event)
{
    const int furthest = static_cast<int>(recordedEpochs().size());
    switch (event->key()) {
    case Qt::Key_Left:
        stepCrosshair(-1);
        return;
    case Qt::Key_Right:
        stepCrosshair(1);
        return;
    case Qt::Key_Home:
        stepCrosshair(0);
        stepCrosshair(-furthest);
        return;
    case Qt::Key_End:
        stepCrosshair(furthest);
        return;
    case Qt::Key_Escape:
        if (m_crosshair) {
            hideCrosshair();
            return;
        }
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void CurvePlot::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint inPlot = event->pos() - m_plot->pos();
    if (!m_plot->axisRect()->rect().adjusted(-8, -8, 8, 8).contains(inPlot)) {
        if (m_crosshairFromMouse)
            hideCrosshair();
        return;
    }
    setCrosshair(m_plot->xAxis->pixelToCoord(inPlot.x()));
    m_crosshairFromMouse = m_crosshair.has_value();
}

void CurvePlot::mousePressEvent(QMouseEvent* event)
{
    mouseMoveEvent(event);
}

void CurvePlot::leaveEvent(QEvent* event)
{
    if (m_crosshairFromMouse)
        hideCrosshair();
    QWidget::leaveEvent(event);
}

void CurvePlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void CurvePlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void CurvePlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::FontChange:
    case QEvent::LocaleChange:
        if (!m_overlay)
            break;
        m_changed = true;
        refresh();
        update();
        break;
    default:
        break;
    }
}

void CurvePlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_changed = true;
    refresh();
}

void CurvePlot::placeChildren()
{
    const QRect inside = rect().adjusted(cardPadding, cardPadding - 4, -cardPadding, -cardPadding + 4);
    const int headerHeight = m_header->heightForWidth(inside.width());
    m_header->setGeometry(inside.left(), inside.top(), inside.width(), headerHeight);
    const QRect plot = inside.adjusted(-4, headerHeight + headerGap, 4, 0);
    m_plot->setGeometry(plot);
    m_overlay->setGeometry(plot);
}

// A low plot has no room for the words along its axis; the unit alone still says what is counted.
QString CurvePlot::axisWords() const
{
    const bool loss = m_quantity == Quantity::Loss;
    const QString words = loss ? lossAxis(m_loss) : tr("correct (%)");
    const QFontMetrics metrics(scaledFont(font(), 0.88));
    const bool fits = metrics.horizontalAdvance(words) <= m_plot->height() - 3 * metrics.height();
    return fits ? words : loss ? lossUnit(m_loss) : tr("%");
}

void CurvePlot::setLoss(Loss loss)
{
    if (m_loss == loss)
        return;
    m_loss = loss;
    m_changed = true;
    refresh();
}

QSize CurvePlot::sizeHint() const
{
    return minimumSizeHint().expandedTo({400, 270});
}

QSize CurvePlot::minimumSizeHint() const
{
    const QSize header = m_header->minimumSizeHint();
    const int line = fontMetrics().height();
    return {std::max(header.width(), 12 * line) + 2 * cardPadding, header.height() + 8 * line};
}

void CurvePlot::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const bool focused = hasFocus() && !m_picturing;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(colors.panel);
    painter.setPen(QPen(focused ? colors.accent : colors.line, focused ? 2.0 : 1.0));
    const double inset = focused ? 1.0 : 0.5;
    painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), 8.0, 8.0);
}

} // namespace chainrule
