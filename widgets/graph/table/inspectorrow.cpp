// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/table/inspectorrow.h"

#include "widgets/graph/verdicttext.h"
#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QTextDocumentFragment>

#include <algorithm>

namespace chainrule {

namespace {

/// A tick or a warning sign as high as a capital letter and a bit.
class Sign : public QWidget {
public:
    using QWidget::QWidget;

    void setIcon(const QIcon& shown)
    {
        m_icon = shown;
        const int size = fontMetrics().height();
        setFixedSize(size, size);
        update();
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        m_icon.paint(&painter, rect());
    }

private:
    QIcon m_icon;
};

void setTextIfChanged(QLabel* label, const QString& text)
{
    // A link that has the focus would lose it.
    if (label->text() != text)
        label->setText(text);
}

} // namespace

ElidedLabel::ElidedLabel(QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void ElidedLabel::setFullText(const QString& text)
{
    m_full = text;
    shorten();
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {0, fontMetrics().height()};
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_full), fontMetrics().height()};
}

void ElidedLabel::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    shorten();
}

void ElidedLabel::changeEvent(QEvent* event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        shorten();
}

void ElidedLabel::shorten()
{
    const QString shown = fontMetrics().elidedText(m_full, Qt::ElideMiddle, width());
    setTextIfChanged(this, shown);
    setToolTip(shown == m_full ? QString() : m_full);
    // A name of its own takes the place of the text.
    setAccessibleDescription(shown == m_full && accessibleName().isEmpty() ? QString() : m_full);
}

InspectorRow::InspectorRow(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QHBoxLayout(this))
    , m_name(new QLabel)
    , m_sign(new Sign)
    , m_value(new ElidedLabel)
    , m_links(new QLabel)
{
    m_name->setWordWrap(true);
    m_name->setTextFormat(Qt::PlainText);
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_name->setForegroundRole(QPalette::PlaceholderText);
    m_links->setWordWrap(true);
    m_links->setTextFormat(Qt::RichText);
    m_links->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::LinksAccessibleByMouse |
                                     Qt::LinksAccessibleByKeyboard);
    m_sign->hide();
    m_links->hide();
    m_layout->setContentsMargins(0, 4, 0, 5);
    m_layout->setSpacing(6);
    m_layout->addWidget(m_name);
    m_layout->addWidget(m_sign);
    m_layout->addWidget(m_value, 1);
    m_layout->addWidget(m_links, 1);
    connect(m_links, &QLabel::linkActivated, this, &InspectorRow::linkActivated);
}

void InspectorRow::setName(const QString& name)
{
    setTextIfChanged(m_name, name);
}

void InspectorRow::setValue(const QString& name, const QString& value, Tone tone)
{
    setName(name);
    m_tone = tone;
    applyTone();
    m_value->setFullText(value);
    m_value->show();
    m_links->hide();
}

void InspectorRow::setLinks(const QString& name, const QString& html)
{
    setName(name);
    m_tone = Tone::Plain;
    applyTone();
    setTextIfChanged(m_links, html);
    m_links->setAccessibleName(name);
    m_links->setAccessibleDescription(QTextDocumentFragment::fromHtml(html).toPlainText());
    m_links->show();
    m_value->hide();
}

void InspectorRow::setEditor(const QString& name, QWidget* editor)
{
    setName(name);
    m_value->hide();
    m_layout->addWidget(editor, 1);
}

void InspectorRow::setNameWidth(int width)
{
    m_name->setFixedWidth(width);
}

void InspectorRow::applyTone()
{
    const ThemeColors& colors = themeColors(palette());
    const QColor color = m_tone == Tone::Gradient  ? colors.validationText
                         : m_tone == Tone::Correct ? colors.correct
                         : m_tone == Tone::Wrong   ? colors.wrong
                                                   : colors.text;
    if (m_value->palette().color(QPalette::WindowText) != color) {
        QPalette own;
        own.setColor(QPalette::WindowText, color);
        own.setColor(QPalette::Text, color); // of text that can be selected
        m_value->setPalette(own);
    }
    const bool hasSign = m_tone == Tone::Correct || m_tone == Tone::Wrong;
    m_sign->setVisible(hasSign);
    if (m_tone == Tone::Correct)
        static_cast<Sign*>(m_sign)->setIcon(icon(QStringLiteral("check"), IconRole::Correct));
    else if (m_tone == Tone::Wrong)
        static_cast<Sign*>(m_sign)->setIcon(icon(QStringLiteral("warning"), IconRole::Wrong));
}

void InspectorRow::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setPen(themeColors(palette()).line);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

void InspectorRow::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTone();
}

VerdictNote::VerdictNote(QWidget* parent)
    : QLabel(parent)
{
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setAlignment(Qt::AlignTop | Qt::AlignLeft);
}

void VerdictNote::setVerdict(scalar::Verdict verdict)
{
    setForegroundRole(verdict == scalar::Verdict::Agrees ? QPalette::PlaceholderText : QPalette::WindowText);
    setTextIfChanged(this, verdictExplanation(verdict));
    setAccessibleDescription(text());
}

int VerdictNote::heightForWidth(int width) const
{
    using scalar::Verdict;
    int height = 0;
    for (const Verdict verdict : {Verdict::Agrees, Verdict::Kink, Verdict::Clipped, Verdict::Undefined,
                                  Verdict::Drowned, Verdict::Disagrees}) {
        const QRect room(0, 0, width, 10'000);
        height = std::max(height, fontMetrics()
                                      .boundingRect(room, Qt::TextWordWrap | Qt::AlignTop | Qt::AlignLeft,
                                                    verdictExplanation(verdict))
                                      .height());
    }
    return height + 2;
}

} // namespace chainrule
