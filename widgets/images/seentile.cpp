// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/seentile.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int padding = 8;
constexpr int leastPicture = 56; // two pixels for each of 28
constexpr double corner = 6.0;

} // namespace

SeenTile::SeenTile(const QString& title, QWidget* parent)
    : QAbstractButton(parent)
{
    setText(title);
    setAccessibleName(title);
    setCheckable(true);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describe();
}

void SeenTile::setSeen(const QImage& picture, const QString& digit, const QString& certainty)
{
    m_picture = picture;
    m_digit = digit;
    m_certainty = certainty;
    describe();
    update();
}

void SeenTile::describe()
{
    const QString text = m_digit.isEmpty() ? m_picture.isNull() ? tr("nothing to see") : tr("not read")
                                           : tr("read as %1, %2").arg(m_digit, m_certainty);
    if (text != accessibleDescription())
        setAccessibleDescription(text);
}

QFont SeenTile::titleFont() const
{
    return scaledFont(font(), 0.88);
}

QFont SeenTile::digitFont() const
{
    QFont large = scaledFont(font(), 1.7);
    large.setWeight(QFont::DemiBold);
    return large;
}

int SeenTile::pictureSide() const
{
    const int text = QFontMetrics(titleFont()).height() * 2 + QFontMetrics(digitFont()).height();
    return std::max(leastPicture, text / 28 * 28);
}

QSize SeenTile::sizeHint() const
{
    const int text = QFontMetrics(titleFont()).height() * 2 + QFontMetrics(digitFont()).height();
    const QFontMetrics title(titleFont());
    const int words =
        std::max(title.horizontalAdvance(this->text()), title.horizontalAdvance(QStringLiteral("100.0 %")));
    return {pictureSide() + words + 3 * padding, std::max(pictureSide(), text) + 2 * padding};
}

QSize SeenTile::minimumSizeHint() const
{
    return sizeHint();
}

void SeenTile::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void SeenTile::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor border = isChecked() ? colors.accent : underMouse() ? colors.quietText : colors.line;
    drawBox(&painter, rect(), corner, isChecked() ? colors.accentFill : colors.panel, border,
            isChecked() ? 1.5 : 0.0);
    if (hasFocus())
        drawFocusRing(&painter, rect(), corner, colors.accent);

    // Whole device pixels for each of the picture's, so that all are of one size.
    const double ratio = devicePixelRatioF();
    const double side = std::floor(pictureSide() * ratio / 28.0) * 28.0 / ratio;
    const QRectF black(padding, std::round((height() - side) / 2.0), side, side);
    painter.fillRect(black, Qt::black);
    if (!m_picture.isNull())
        painter.drawImage(black, m_picture);

    const QFontMetricsF title(titleFont());
    const double left = black.right() + padding;
    const double room = width() - left - padding / 2.0;
    // A class's name gives way in size before it is cut.
    const QString shown = m_digit.isEmpty() ? QStringLiteral("–") : m_digit;
    QFont large = digitFont();
    if (QFontMetricsF(large).horizontalAdvance(shown) > room)
        large.setPointSizeF(font().pointSizeF());
    const QFontMetricsF digit(large);
    double baseline = std::round((height() - 2.0 * title.height() - digit.height()) / 2.0) + title.ascent();
    painter.setFont(titleFont());
    painter.setPen(isChecked() ? colors.text : colors.quietText);
    painter.drawText(QPointF(left, baseline), title.elidedText(text(), Qt::ElideRight, room));
    baseline += title.descent() + digit.ascent();
    painter.setFont(large);
    painter.setPen(colors.text);
    painter.drawText(QPointF(left, baseline), digit.elidedText(shown, Qt::ElideRight, room));
    baseline += digit.descent() + title.ascent();
    painter.setFont(titleFont());
    painter.setPen(colors.quietText);
    drawTabular(painter, QPointF(left, baseline), m_certainty);
}

} // namespace chainrule
