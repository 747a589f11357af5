// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/descendpanel.h"

#include "widgets/curves/valuecurve.h"
#include "widgets/fields/numbertext.h"
#include "widgets/fields/ratespinbox.h"
#include "widgets/graph/graphcontent.h"
#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QStyleOptionButton>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int repeatInterval = 100; ///< milliseconds
constexpr double firstRate = 0.01;
constexpr int buttonPadding = 28; ///< of a button beside its words

} // namespace

DescendPanel::DescendPanel(QWidget* parent)
    : QWidget(parent)
    , m_rate(new RateSpinBox(this))
    , m_descend(new QPushButton(this))
    , m_repeat(new QPushButton(tr("Repeat"), this))
    , m_startOver(new QPushButton(this))
    , m_sign(new QLabel(this))
    , m_status(new QLabel(this))
    , m_curve(new ValueCurve(this))
    , m_timer(new QTimer(this))
{
    m_rate->setAccessibleName(tr("Rate"));
    m_rate->setToolTip(tr("How far each step goes: the leaf moves by the rate times its gradient"));
    m_rate->setValue(firstRate);
    m_rate->setFocusPolicy(Qt::StrongFocus);
    m_rate->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    placeRate();
    auto* rateWords = new QLabel(tr("R&ate"), this);
    rateWords->setAccessibleName(tr("Rate:"));
    rateWords->setBuddy(m_rate);
    m_descend->setAccessibleName(tr("Descend"));
    m_descend->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_repeat->setAccessibleName(tr("Repeat"));
    m_repeat->setIcon(icon(QStringLiteral("repeat")));
    m_repeat->setCheckable(true);
    m_repeat->setToolTip(tr("Descends ten times a second until it is clicked again"));
    m_startOver->setAccessibleName(tr("Take descent back"));
    m_startOver->setToolTip(tr("The values again that the leaves had before the first step"));
    m_startOver->setIcon(icon(QStringLiteral("reset")));
    m_startOver->setEnabled(false);
    m_status->setAccessibleName(tr("Descend status"));
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_status->setTextFormat(Qt::PlainText);
    m_sign->hide();
    m_timer->setInterval(repeatInterval);

    auto* settings = new QHBoxLayout;
    settings->setSpacing(8);
    settings->addWidget(rateWords);
    settings->addWidget(m_rate, 1);
    settings->addWidget(m_repeat);
    settings->addWidget(m_startOver);
    auto* line = new QHBoxLayout;
    line->setSpacing(4);
    line->addWidget(m_sign);
    line->addWidget(m_status, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_descend);
    layout->addLayout(settings);
    layout->addLayout(line);
    layout->addWidget(m_curve, 1);
    setTabOrder(m_descend, m_rate);
    setTabOrder(m_rate, m_repeat);
    setTabOrder(m_repeat, m_startOver);

    const auto step = [this] { emit stepWanted(rate()); };
    connect(m_descend, &QPushButton::clicked, this, step);
    connect(m_timer, &QTimer::timeout, this, step);
    connect(m_repeat, &QPushButton::toggled, this, [this](bool on) {
        if (!on) {
            m_timer->stop();
            return;
        }
        m_timer->start();
        emit stepWanted(rate());
    });
    connect(m_startOver, &QPushButton::clicked, this, [this] {
        stopRepeating();
        emit startOverWanted();
    });
    connect(m_rate, &QDoubleSpinBox::valueChanged, this, &DescendPanel::showWords);
    setSubject({}, {});
}

void DescendPanel::setSubject(const QString& leaves, const QString& root)
{
    m_leaves = leaves;
    m_root = root;
    m_curve->setName(root);
    const bool any = !leaves.isEmpty();
    if (!any)
        stopRepeating();
    m_descend->setEnabled(any);
    m_repeat->setEnabled(any);
    showWords();
    showStatus();
}

double DescendPanel::rate() const
{
    return m_rate->value();
}

void DescendPanel::setRate(double rate)
{
    m_rate->setValue(rate);
}

void DescendPanel::append(double value)
{
    m_curve->append(value);
    m_startOver->setEnabled(++m_steps > 0);
    m_failed = !std::isfinite(value);
    if (m_failed)
        stopRepeating();
    showStatus();
}

void DescendPanel::restart(double value)
{
    m_curve->restart(value);
    m_steps = 0;
    m_startOver->setEnabled(false);
    m_failed = false;
    showStatus();
}

void DescendPanel::stopRepeating()
{
    m_repeat->setChecked(false);
    m_timer->stop();
}

bool DescendPanel::isRepeating() const
{
    return m_timer->isActive();
}

void DescendPanel::placeRate()
{
    // Enough for a usual rate and the arrows.
    const int arrows = 2 * fontMetrics().height() + 6;
    m_rate->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("0.005")) + arrows);
}

void DescendPanel::showWords()
{
    const auto stepOf = [this](const QString& leaves) {
        return tr("%1 −= %2 · grad").arg(leaves, m_rate->text());
    };
    const QString step = stepOf(m_leaves);
    QString shown = tr("Descend");
    if (!m_leaves.isEmpty()) {
        // The names give way first, then the formula as a whole.
        const QFontMetrics metrics = m_descend->fontMetrics();
        const QString frame = tr("Descend: %1").arg(stepOf({}));
        const int room = m_descend->width() - buttonPadding - metrics.horizontalAdvance(frame);
        const QString leaves = metrics.elidedText(m_leaves, Qt::ElideRight, std::max(0, room));
        if (leaves == m_leaves || room >= 6 * metrics.averageCharWidth())
            shown = tr("Descend: %1").arg(stepOf(leaves));
    }
    // A mnemonic's sign in a name would vanish.
    shown.replace(QLatin1Char('&'), QLatin1String("&&"));
    if (shown != m_descend->text())
        m_descend->setText(shown);
    const QString tip = m_leaves.isEmpty() ? tr("No leaf is chosen to be moved")
                                           : tr("One step of gradient descent: %1").arg(step);
    if (tip != m_descend->toolTip()) {
        m_descend->setToolTip(tip);
        m_descend->setAccessibleDescription(tip);
    }
}

void DescendPanel::showStatus()
{
    QString shown; // what fits into one line
    if (m_failed) {
        const QString root = m_root.isEmpty() ? tr("The value") : m_root;
        shown = (std::isinf(m_curve->latest()) ? tr("%1 is infinite: take a smaller rate.")
                                               : tr("%1 is not a number: take a smaller rate."))
                    .arg(root);
        m_statusText = tr("After %n steps: %1", nullptr, m_curve->steps()).arg(shown);
    } else if (m_leaves.isEmpty()) {
        m_statusText = tr("Choose leaves that Descend moves.");
    } else {
        m_statusText = m_curve->words();
    }
    if (!m_failed)
        shown = m_statusText;
    m_sign->setVisible(m_failed);
    if (m_failed) {
        const int side = m_status->fontMetrics().height();
        m_sign->setPixmap(
            icon(QStringLiteral("warning"), IconRole::Wrong).pixmap(QSize(side, side), devicePixelRatioF()));
    }
    // The palette follows the theme: only this one colour is the label's own.
    const ThemeColors& colors = themeColors(palette());
    QPalette ink;
    ink.setColor(QPalette::WindowText, m_failed ? colors.wrong : colors.quietText);
    if (m_status->palette().color(QPalette::WindowText) != ink.color(QPalette::WindowText))
        m_status->setPalette(ink);
    const int sign = m_failed ? m_status->fontMetrics().height() + 4 : 0;
    const int room = std::max(0, width() - sign);
    m_status->setText(m_status->fontMetrics().elidedText(shown, Qt::ElideRight, room));
    m_status->setToolTip(m_statusText);
    m_status->setAccessibleDescription(m_statusText);
}

void DescendPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        placeRate();
        showWords();
        showStatus();
    }
}

void DescendPanel::hideEvent(QHideEvent* event)
{
    // Nobody sees what it does.
    stopRepeating();
    QWidget::hideEvent(event);
}

void DescendPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layout()->activate(); // for the button's new width
    showWords();
    showStatus();
}

} // namespace chainrule
