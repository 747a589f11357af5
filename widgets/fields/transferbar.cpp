// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/transferbar.h"

#include "widgets/style/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>

#include <algorithm>

namespace chainrule {

TransferBar::TransferBar(QWidget* parent)
    : QFrame(parent)
    , m_text(new QLabel(this))
    , m_progress(new QProgressBar(this))
{
    setAccessibleName(tr("Download"));
    setContentsMargins(0, 12, 0, 0); // as of a MessageBar
    m_text->setAccessibleName(tr("Download state"));
    m_progress->setAccessibleName(tr("Download progress"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_progress->setFixedWidth(fontMetrics().height() * 12);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setAccessibleName(tr("Cancel download"));
    cancel->setToolTip(tr("End the download; what has come is kept for the next time"));
    connect(cancel, &QPushButton::clicked, this, &TransferBar::cancelled);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->setSpacing(12);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_progress);
    layout->addWidget(cancel);
    hide();
}

void TransferBar::showProgress(const QString& text, double share)
{
    m_text->setText(text);
    m_text->setAccessibleDescription(text);
    m_progress->setValue(static_cast<int>(std::clamp(share, 0.0, 1.0) * m_progress->maximum()));
    m_progress->setAccessibleDescription(text);
    show();
}

QString TransferBar::text() const
{
    return m_text->text();
}

void TransferBar::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.accent);
    painter.setBrush(colors.accentFill);
    painter.drawRoundedRect(QRectF(contentsRect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
}

} // namespace chainrule
