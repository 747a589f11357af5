// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/predictiontile.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double corner = 6.0;
constexpr double widePadding = 8.0;
constexpr double narrowPadding = 5.0; ///< where two lines would not fit otherwise
constexpr double markGap = 4.0;
constexpr double barHeight = 4.0;

QString truthText(const Prediction& prediction)
{
    return prediction.predicted.isEmpty() ? PredictionTile::tr("True: %1").arg(prediction.expected)
                                          : PredictionTile::tr("(True: %1)").arg(prediction.expected);
}

QString predictedText(const Prediction& prediction)
{
    return PredictionTile::tr("Pred: %1").arg(prediction.predicted);
}

} // namespace

PredictionTile::PredictionTile(QWidget* parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setEnabled(false);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setAccessibleName(tr("No image"));
}

void PredictionTile::setPrediction(const std::optional<Prediction>& prediction)
{
    if (prediction == m_prediction)
        return;
    m_prediction = prediction;
    QString name = tr("No image");
    QString description;
    if (m_prediction) {
        description = !isJudged()             ? tr("not predicted yet")
                      : m_prediction->correct ? tr("correct")
                                              : tr("wrong");
        name = isJudged() ? tr("Pred: %1 (True: %2)").arg(m_prediction->predicted, m_prediction->expected)
                          : truthText(*m_prediction);
    }
    if (name != accessibleName())
        setAccessibleName(name);
    if (description != accessibleDescription())
        setAccessibleDescription(description);
    setEnabled(m_prediction.has_value());
    update();
}

void PredictionTile::setTileLayout(TileLayout layout)
{
    if (layout == m_layout)
        return;
    m_layout = layout;
    update();
}

bool PredictionTile::isJudged() const
{
    return m_prediction && !m_prediction->predicted.isEmpty();
}

QFont PredictionTile::boldFont() const
{
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    return bold;
}

QFont PredictionTile::smallFont() const
{
    return scaledFont(font(), 0.88);
}

double PredictionTile::verdictSize() const
{
    return std::max(10.0, QFontMetricsF(font()).capHeight() * 0.8);
}

double PredictionTile::captionPadding() const
{
    return width() >= narrowestWidth() + 2.0 * (widePadding - narrowPadding) ? widePadding : narrowPadding;
}

int PredictionTile::narrowestWidth() const
{
    const double first =
        verdictSize() + markGap + tabularWidth(tr("Pred: %1").arg(0), QFontMetricsF(boldFont()));
    const double second = tabularWidth(tr("(True: %1)").arg(0), QFontMetricsF(font()));
    return static_cast<int>(std::ceil(std::max(first, second) + 2.0 * narrowPadding));
}

int PredictionTile::captionWidth() const
{
    if (!m_prediction)
        return 0;
    double width = tabularWidth(truthText(*m_prediction), QFontMetricsF(font())) + 2.0 * widePadding;
    if (isJudged())
        width += verdictSize() + markGap +
                 tabularWidth(predictedText(*m_prediction) + QLatin1Char(' '), QFontMetricsF(boldFont()));
    return static_cast<int>(std::ceil(width));
}

int PredictionTile::captionHeight(bool twoLines) const
{
    return fontMetrics().height() * (twoLines ? 2 : 1) + 8;
}

int PredictionTile::confidenceHeight() const
{
    return QFontMetrics(smallFont()).height() + 6;
}

QRectF PredictionTile::blackRect() const
{
    const double top = captionHeight(m_layout.twoLines);
    const double bottom = barHeight + (m_layout.confidence ? confidenceHeight() : corner);
    return QRectF(1.0, top, width() - 2.0, std::max(0.0, height() - top - bottom));
}

QRectF PredictionTile::imageRect() const
{
    if (!m_prediction || m_prediction->image.isNull())
        return {};
    const QRectF black = blackRect();
    const QSizeF image(m_prediction->image.size());
    // Half steps of the device's pixels keep the image's pixels near one size and waste little room.
    const double ratio = devicePixelRatioF();
    double scale = std::min(black.width() / image.width(), black.height() / image.height()) * ratio;
    if (scale >= 1.5)
        scale = std::floor(scale * 2.0) / 2.0;
    const QSizeF size = image * (scale / ratio);
    const double left = std::round((black.center().x() - size.width() / 2.0) * ratio) / ratio;
    const double top = std::round((black.center().y() - size.height() / 2.0) * ratio) / ratio;
    return QRectF(QPointF(left, top), size);
}

QSize PredictionTile::sizeHint() const
{
    return {156, captionHeight(false) + confidenceHeight() + static_cast<int>(barHeight) + 92};
}

QString PredictionTile::confidenceText(double room) const
{
    const QFontMetricsF metrics(smallFont());
    const QString number = numberText(m_prediction->confidence * 100.0, 1, locale());
    const QString words = tr("%1 % confident").arg(number);
    if (tabularWidth(words, metrics) <= room)
        return words;
    return metrics.elidedText(tr("%1 %").arg(number), Qt::ElideRight, room);
}

void PredictionTile::paintCaption(QPainter& painter)
{
    const ThemeColors& colors = themeColors(palette());
    const double padding = captionPadding();
    const QFontMetricsF metrics(font());
    const double room = width() - 2.0 * padding;
    const double markSize = verdictSize();
    double left = padding;
    double baseline = 4.0 + metrics.ascent();
    const auto draw = [&](const QString& text, const QFont& textFont, double limit) {
        const QFontMetricsF textMetrics(textFont);
        painter.setFont(textFont);
        const bool fits = tabularWidth(text, textMetrics) <= limit + 0.5;
        drawTabular(painter, QPointF(left, baseline),
                    fits ? text : textMetrics.elidedText(text, Qt::ElideRight, limit));
        left += tabularWidth(text, textMetrics);
    };
    if (!isJudged()) {
        painter.setPen(colors.quietText);
        draw(truthText(*m_prediction), font(), room);
        return;
    }
    const QColor color = m_prediction->correct ? colors.correct : colors.wrong;
    drawVerdict(&painter, QPointF(left + markSize / 2.0, baseline - metrics.capHeight() / 2.0), markSize,
                m_prediction->correct, color);
    painter.setPen(color);
    left += markSize + markGap;
    draw(predictedText(*m_prediction), boldFont(), room - markSize - markGap);
    if (m_layout.twoLines) {
        left = padding;
        baseline += metrics.height();
    } else {
        left += tabularWidth(QStringLiteral(" "), QFontMetricsF(boldFont()));
    }
    draw(truthText(*m_prediction), font(), width() - padding - left);
}

void PredictionTile::paintConfidence(QPainter& painter)
{
    const ThemeColors& colors = themeColors(palette());
    const QRectF black = blackRect();
    const double share =
        std::isfinite(m_prediction->confidence) ? std::clamp(m_prediction->confidence, 0.0, 1.0) : 0.0;
    const QRectF track(black.left(), black.bottom(), black.width(), barHeight);
    painter.fillRect(track, colors.panel);
    painter.fillRect(QRectF(track.topLeft(), QSizeF(track.width() * share, barHeight)),
                     m_prediction->correct ? colors.correct : colors.wrong);
    if (!m_layout.confidence || !std::isfinite(m_prediction->confidence))
        return;
    const double padding = captionPadding();
    const QFontMetricsF metrics(smallFont());
    painter.setFont(smallFont());
    painter.setPen(colors.quietText);
    drawTabular(painter, QPointF(padding, track.bottom() + 3.0 + metrics.ascent()),
                confidenceText(width() - 2.0 * padding));
}

void PredictionTile::paintFrame(QPainter& painter)
{
    const ThemeColors& colors = themeColors(palette());
    const auto ring = [&](const QColor& color, double inset, double penWidth) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(color, penWidth));
        const double reach = inset + penWidth / 2.0;
        painter.drawRoundedRect(QRectF(rect()).adjusted(reach, reach, -reach, -reach), corner - inset,
                                corner - inset);
    };
    if (!hasFocus() && !isChecked()) {
        ring(underMouse() && isEnabled() ? colors.quietText : colors.line, 0.0, 1.0);
        return;
    }
    ring(colors.accent, 0.0, 2.0);
    if (hasFocus()) {
        ring(colors.panel, 2.0, 1.0);
        if (isChecked())
            ring(colors.accent, 3.0, 1.0);
    }
}

void PredictionTile::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    const QColor judged = m_prediction && m_prediction->correct ? colors.correctFill : colors.wrongFill;
    painter.fillPath(outline, isJudged() ? judged : colors.panel);
    if (m_prediction) {
        paintCaption(painter);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.fillRect(blackRect(), Qt::black);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(imageRect(), m_prediction->image);
        if (isJudged())
            paintConfidence(painter);
        painter.setRenderHint(QPainter::Antialiasing);
    }
    paintFrame(painter);
}

void PredictionTile::nextCheckState()
{
    setChecked(true);
}

void PredictionTile::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
    case Qt::Key_End:
        event->ignore(); // the grid moves the focus
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        click();
        return;
    default:
        QAbstractButton::keyPressEvent(event);
    }
}

bool PredictionTile::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || !m_prediction)
        return QAbstractButton::event(event);
    QString text = tr("Test sample %1: %2")
                       .arg(locale().toString(static_cast<qulonglong>(m_prediction->sample)))
                       .arg(accessibleName());
    if (isJudged() && std::isfinite(m_prediction->confidence))
        text += QLatin1Char('\n') +
                tr("%1 % confident").arg(numberText(m_prediction->confidence * 100.0, 1, locale()));
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), text, this);
    return true;
}

void PredictionTile::changeEvent(QEvent* event)
{
    QAbstractButton::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::LocaleChange)
        update();
}

} // namespace chainrule
