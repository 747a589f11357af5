// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinyscore.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QFontMetricsF>
#include <QPainter>

#include <array>
#include <cmath>

namespace chainrule {

namespace {

constexpr int lineGap = 2;

// Four places, or two digits and an exponent where these would all be noughts.
QString lossText(double loss, const QLocale& locale)
{
    if (!(std::abs(loss) < 1e-3) || loss == 0.0)
        return numberText(loss, 4, locale);
    QString text = locale.toString(loss, 'e', 1);
    return text.replace(QLatin1Char('-'), QChar(0x2212));
}

QFont captionFont(const QFont& font)
{
    return scaledFont(font, 0.88);
}

} // namespace

TinyScoreView::TinyScoreView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Tiny training"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    describe();
}

void TinyScoreView::setScore(int epoch, const std::optional<TinyScore>& score, int samples)
{
    m_epoch = epoch;
    m_score = score;
    m_samples = samples;
    describe();
    update();
}

QString TinyScoreView::source() const
{
    if (m_samples == 0)
        return tr("typed inputs, nothing to train on");
    return tr("measured on %Ln training sample(s)", nullptr, m_samples);
}

void TinyScoreView::describe()
{
    QString text = source();
    if (m_score) {
        text = tr("epoch %1 · loss %2 · accuracy %3 % of %Ln training sample(s)", nullptr, m_samples)
                   .arg(locale().toString(m_epoch), lossText(m_score->loss, locale()),
                        numberText(m_score->accuracy, 1, locale()));
    }
    if (text != accessibleDescription())
        setAccessibleDescription(text);
    setToolTip(text);
}

QSize TinyScoreView::sizeHint() const
{
    const QFontMetrics small(captionFont(font()));
    return {fontMetrics().averageCharWidth() * 30, 2 * small.height() + fontMetrics().height() + 2 * lineGap};
}

QSize TinyScoreView::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 20, sizeHint().height()};
}

void TinyScoreView::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const QFont small = captionFont(font());
    const QFontMetricsF smallMetrics(small);
    const QFontMetricsF metrics(font());
    const QString none(QChar(0x2013));
    const std::array<QString, 3> captions{tr("epoch"), tr("loss"), tr("accuracy")};
    const std::array<QString, 3> values{
        m_samples > 0 ? locale().toString(m_epoch) : none, m_score ? lossText(m_score->loss, locale()) : none,
        m_score ? tr("%1 %").arg(numberText(m_score->accuracy, 1, locale())) : none};
    QPainter painter(this);
    double top = smallMetrics.height() + lineGap;
    for (std::size_t i = 0; i < captions.size(); ++i) {
        const double cell = width() / static_cast<double>(captions.size());
        const double left = std::round(static_cast<double>(i) * cell);
        painter.setFont(small);
        painter.setPen(colors.quietText);
        painter.drawText(QPointF(left, smallMetrics.ascent()),
                         smallMetrics.elidedText(captions[i], Qt::ElideRight, cell));
        painter.setFont(font());
        painter.setPen(colors.text);
        drawTabular(painter, {left, top + metrics.ascent()}, values[i]);
    }
    top += metrics.height() + lineGap;
    painter.setFont(small);
    painter.setPen(colors.quietText);
    painter.drawText(QPointF(0.0, top + smallMetrics.ascent()),
                     smallMetrics.elidedText(source(), Qt::ElideRight, width()));
}

void TinyScoreView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::LocaleChange)
        describe();
    if (event->type() == QEvent::FontChange)
        updateGeometry();
    update();
}

} // namespace chainrule
