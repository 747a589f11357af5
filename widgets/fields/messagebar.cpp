// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/messagebar.h"

#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

#include <utility>

namespace chainrule {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_button(new QPushButton(this))
    , m_otherButton(new QPushButton(this))
    , m_close(new QPushButton(this))
{
    setContentsMargins(0, 12, 0, 0); // away from what stands above, only while there is a message
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_close->setIcon(icon(QStringLiteral("close")));
    m_close->setFlat(true);
    m_close->setToolTip(tr("Put this message away"));
    setNames(tr("Message"), tr("Message text"), tr("Dismiss message"));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_button);
    layout->addWidget(m_otherButton);
    layout->addWidget(m_close);

    connect(m_close, &QPushButton::clicked, this, &QWidget::hide);
    connect(m_button, &QPushButton::clicked, this, [this] {
        hide();
        if (m_action)
            m_action();
    });
    connect(m_otherButton, &QPushButton::clicked, this, [this] {
        hide();
        if (m_other)
            m_other();
    });
    hide();
}

void MessageBar::setNames(const QString& strip, const QString& text, const QString& close)
{
    setAccessibleName(strip);
    m_text->setAccessibleName(text);
    m_close->setAccessibleName(close);
}

void MessageBar::showMessage(Kind kind, const QString& text)
{
    showMessage(kind, text, {}, {});
}

void MessageBar::showMessage(Kind kind, const QString& text, const QString& buttonText,
                             std::function<void()> action)
{
    showMessage(kind, text, buttonText, std::move(action), {}, {});
}

void MessageBar::showMessage(Kind kind, const QString& text, const QString& buttonText,
                             std::function<void()> action, const QString& otherText,
                             std::function<void()> other)
{
    m_kind = kind;
    m_text->setText(text);
    m_text->setAccessibleDescription(text);
    m_action = std::move(action);
    m_button->setText(buttonText);
    m_button->setVisible(!buttonText.isEmpty());
    m_other = std::move(other);
    m_otherButton->setText(otherText);
    m_otherButton->setVisible(!otherText.isEmpty());
    updateIcon();
    show();
    update();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

QString MessageBar::message() const
{
    return m_text->text();
}

void MessageBar::updateIcon()
{
    const bool problem = m_kind == Kind::Problem;
    const QIcon sign = problem ? icon(QStringLiteral("warning"), IconRole::Wrong)
                               : icon(QStringLiteral("info"), IconRole::Accent);
    const int side = fontMetrics().height();
    m_icon->setPixmap(sign.pixmap(QSize(side, side), devicePixelRatioF()));
}

// Beside the only line, or the first of several.
void MessageBar::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    const bool oneLine = m_text->heightForWidth(m_text->width()) < 2 * m_text->fontMetrics().height();
    layout()->setAlignment(m_icon, oneLine ? Qt::AlignVCenter : Qt::AlignTop);
}

void MessageBar::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        updateIcon();
    QFrame::changeEvent(event);
}

void MessageBar::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    const bool problem = m_kind == Kind::Problem;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(problem ? colors.wrong : colors.accent);
    painter.setBrush(problem ? colors.wrongFill : colors.accentFill);
    painter.drawRoundedRect(QRectF(contentsRect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
}

} // namespace chainrule
