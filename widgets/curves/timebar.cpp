// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/timebar.h"

#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

constexpr int playMilliseconds = 33;
constexpr int margin = 6;
constexpr int compactMargin = 2;
constexpr int gap = 2;
constexpr double playSeconds = 8.0; // for a whole run

// 1, 2 or 5 times a power of ten: the least that is not smaller.
std::int64_t roundStep(double least)
{
    const double power = std::pow(10.0, std::floor(std::log10(std::max(least, 1.0))));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least)
            return std::llround(factor * power);
    }
    return std::llround(10.0 * power);
}

int sliderValue(std::int64_t step)
{
    return static_cast<int>(std::min<std::int64_t>(step, std::numeric_limits<int>::max()));
}

} // namespace

/// Epochs below the slider, and a diamond at the best one.
class TimeBar::Marks : public QWidget {
public:
    explicit Marks(const QSlider* slider)
        : m_slider(slider)
    {
        setAttribute(Qt::WA_TransparentForMouseEvents);
    }

    void setRange(const TimeRange& range)
    {
        m_range = range;
        update();
    }

    [[nodiscard]] QSize sizeHint() const override { return {100, fontMetrics().height() + mark}; }

protected:
    void paintEvent(QPaintEvent*) override
    {
        if (m_range.last <= m_range.first)
            return;
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const ThemeColors& colors = themeColors(palette());
        const double perEpoch = static_cast<double>(m_range.perEpoch);
        const double epochs = static_cast<double>(m_range.last - m_range.first) / perEpoch;
        const double widest =
            fontMetrics().horizontalAdvance(locale().toString(m_range.last / m_range.perEpoch)) + 20;
        const std::int64_t every = roundStep(epochs * widest / std::max(1, width()));
        const std::int64_t firstEpoch = (m_range.first + m_range.perEpoch - 1) / m_range.perEpoch;
        painter.setPen(colors.quietText);
        double free = 0.0; // where no text stands yet
        for (std::int64_t epoch = (firstEpoch + every - 1) / every * every;
             epoch * m_range.perEpoch <= m_range.last; epoch += every) {
            const double x = placeOf(epoch * m_range.perEpoch);
            painter.drawLine(QPointF(x, 0), QPointF(x, tick));
            const QString text = epoch == 0 ? tr("epoch 0") : locale().toString(epoch);
            const double advance = fontMetrics().horizontalAdvance(text);
            const double left = std::clamp(x - advance / 2.0, 0.0, std::max(0.0, width() - advance));
            if (left < free)
                continue;
            painter.drawText(QPointF(left, mark + fontMetrics().ascent()), text);
            free = left + advance + 6.0;
        }
        if (m_range.best) {
            const double x = placeOf(*m_range.best);
            const double half = mark / 2.0 - 0.5;
            QPainterPath diamond(QPointF(x, 0));
            diamond.lineTo(x + half, half);
            diamond.lineTo(x, 2 * half);
            diamond.lineTo(x - half, half);
            diamond.closeSubpath();
            painter.setPen(QPen(colors.validation, 1.5));
            painter.setBrush(colors.panel);
            painter.drawPath(diamond);
        }
    }

private:
    static constexpr int tick = 5;
    static constexpr int mark = 11; ///< room for the diamond

    [[nodiscard]] double placeOf(std::int64_t step) const
    {
        const int handle = m_slider->style()->pixelMetric(QStyle::PM_SliderLength, nullptr, m_slider);
        const double part = static_cast<double>(step - m_range.first) /
                            static_cast<double>(std::max<std::int64_t>(1, m_range.last - m_range.first));
        return handle / 2.0 + part * (width() - handle);
    }

    const QSlider* m_slider;
    TimeRange m_range;
};

TimeBar::TimeBar(QWidget* parent)
    : Card(parent)
    , m_play(new QPushButton)
    , m_text(new QLabel)
    , m_best(new QPushButton(tr("Best validation")))
    , m_newest(new QPushButton(tr("Newest")))
    , m_fork(new QPushButton(tr("Fork here")))
    , m_slider(new QSlider(Qt::Horizontal))
    , m_marks(new Marks(m_slider))
    , m_timer(new QTimer(this))
{
    m_play->setIcon(icon(QStringLiteral("play")));
    m_play->setCheckable(true);
    m_play->setAccessibleName(tr("Play"));
    m_play->setToolTip(tr("Play the run from here"));
    m_best->setToolTip(tr("The end of the epoch with the lowest validation loss"));
    m_newest->setToolTip(tr("Follow the newest step again"));
    m_slider->setAccessibleName(tr("Moment"));
    m_slider->setTracking(true);
    m_slider->setToolTip(
        tr("Every page shows the network after this step.\nArrow keys: a step, Page keys: an epoch"));
    m_text->setTextFormat(Qt::RichText);
    m_text->setAccessibleName(tr("Shown step"));
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    m_row = new QHBoxLayout;
    m_row->setSpacing(8);
    m_row->addWidget(m_play);
    m_row->addWidget(m_text, 1);
    m_row->addWidget(m_best);
    m_row->addWidget(m_newest);
    m_row->addWidget(m_fork);
    m_rows = new QVBoxLayout(this);
    m_rows->setContentsMargins(12, margin, 12, margin);
    m_rows->setSpacing(gap);
    m_rows->addLayout(m_row);
    m_rows->addWidget(m_slider);
    m_rows->addWidget(m_marks);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);

    m_timer->setInterval(playMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &TimeBar::playOn);
    connect(m_play, &QPushButton::toggled, this, &TimeBar::play);
    connect(m_slider, &QSlider::valueChanged, this, &TimeBar::moved);
    connect(m_slider, &QSlider::sliderPressed, this, [this] { m_play->setChecked(false); });
    connect(m_newest, &QPushButton::clicked, this, [this] {
        m_play->setChecked(false);
        emit newestWanted();
    });
    connect(m_best, &QPushButton::clicked, this, [this] {
        m_play->setChecked(false);
        if (m_range && m_range->best)
            emit stepWanted(*m_range->best);
    });
    connect(m_fork, &QPushButton::clicked, this, [this] {
        m_play->setChecked(false);
        emit forkWanted();
    });
    setRange({});
}

void TimeBar::setRange(const std::optional<TimeRange>& range)
{
    if (range == m_range && range)
        return;
    m_range = range;
    if (range) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setRange(sliderValue(range->first), sliderValue(range->last));
        m_slider->setSingleStep(1);
        m_slider->setPageStep(sliderValue(range->perEpoch));
        if (!m_shown && !m_slider->isSliderDown())
            m_slider->setValue(sliderValue(range->last));
        m_marks->setRange(*range);
    } else {
        m_play->setChecked(false);
        m_marks->setRange({});
    }
    setEnabled(range.has_value());
    showText();
}

void TimeBar::show(std::optional<std::int64_t> step, double epoch)
{
    m_asked = m_asked && m_shown == step;
    m_shown = step;
    m_epoch = epoch;
    if (m_range && !m_slider->isSliderDown() && !m_timer->isActive()) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(sliderValue(step.value_or(m_range->last)));
    }
    showText();
}

int TimeBar::heightSaved() const
{
    return m_slider->sizeHint().height() + m_marks->sizeHint().height() + 2 * (gap + margin - compactMargin);
}

void TimeBar::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    m_marks->setHidden(compact);
    m_best->setHidden(compact);
    const int above = compact ? compactMargin : margin;
    m_rows->setContentsMargins(12, above, 12, above);
    if (compact)
        m_row->insertWidget(2, m_slider, 2);
    else
        m_rows->insertWidget(1, m_slider);
    showText();
}

void TimeBar::setForkRefusal(const QString& why)
{
    m_refusal = why;
    showText();
}

void TimeBar::moved(int value)
{
    emit stepWanted(value);
}

void TimeBar::play(bool on)
{
    m_play->setIcon(icon(on ? QStringLiteral("pause") : QStringLiteral("play")));
    if (!on || !m_range) {
        m_timer->stop();
        return;
    }
    m_asked = false;
    const bool atEnd = !m_shown || *m_shown >= m_range->last;
    m_playedTo = static_cast<double>(atEnd ? m_range->first : *m_shown);
    m_timer->start();
}

void TimeBar::playOn()
{
    if (!m_range || m_asked) // the step before is still being computed
        return;
    const auto whole = static_cast<double>(m_range->last - m_range->first);
    m_playedTo += std::max(1.0, whole * playMilliseconds / (1000.0 * playSeconds));
    if (m_playedTo >= static_cast<double>(m_range->last)) {
        m_play->setChecked(false);
        emit newestWanted();
        return;
    }
    m_asked = true;
    m_slider->setValue(static_cast<int>(m_playedTo));
}

void TimeBar::showText()
{
    m_best->setEnabled(m_range && m_range->best && m_shown != m_range->best);
    m_newest->setEnabled(m_range && m_shown);
    m_fork->setEnabled(m_range && m_shown && m_refusal.isEmpty());
    m_fork->setToolTip(m_shown && !m_refusal.isEmpty()
                           ? m_refusal
                           : tr("Start a new run from this step, with the settings at the left"));
    if (!m_range) {
        m_text->setText(m_compact ? QString() : tr("Any step of a run can be shown here."));
        return;
    }
    const std::int64_t step = m_shown.value_or(m_range->last);
    if (m_compact) {
        m_text->setText(tr("<b>Step %1</b>").arg(locale().toString(step)));
        return;
    }
    const QString place = tr("<b>Step %1</b> of %2 · <b>epoch %3</b>")
                              .arg(locale().toString(step), locale().toString(m_range->total),
                                   locale().toString(m_epoch, 'f', 1));
    m_text->setText(m_shown ? tr("%1 · shown on every page").arg(place) : tr("%1 · the newest").arg(place));
}

void TimeBar::changeEvent(QEvent* event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::LocaleChange)
        showText();
}

} // namespace chainrule
