// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/variablecard.h"

#include "widgets/fields/numbertext.h"
#include "widgets/fields/valuespinbox.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QContextMenuEvent>
#include <QEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyleOptionSlider>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace chainrule {

namespace {

constexpr int sliderSteps = 1000;
constexpr double largestEnd = 1e100;
constexpr double largestOwnEnd = 1e6; // to which the program widens a range for a number that nobody typed
constexpr int padding = 12;
/// What a spin box without a frame keeps clear beside its text.
constexpr int fieldInset = 6;

double clean(double value)
{
    return QString::number(value, 'g', 14).toDouble();
}

/// The next 1, 2 or 5 times a power of ten that is not less than the value; for negative ones too.
double roundUp(double value)
{
    if (value == 0.0)
        return 0.0;
    const double size = std::abs(value);
    const double decade = std::pow(10.0, std::floor(std::log10(size) + 1e-9));
    constexpr std::array ladder = {1.0, 2.0, 5.0, 10.0};
    if (value > 0.0) {
        for (const double rung : ladder) {
            if (rung * decade >= size * (1.0 - 1e-12))
                return clean(rung * decade);
        }
        return clean(20.0 * decade);
    }
    for (auto rung = ladder.rbegin(); rung != ladder.rend(); ++rung) {
        if (*rung * decade <= size * (1.0 + 1e-12))
            return -clean(*rung * decade);
    }
    return -clean(0.5 * decade);
}

} // namespace

SliderRange widened(SliderRange range, double value)
{
    if (!(std::abs(value) <= largestEnd))
        return range;
    if (value > range.to)
        range.to = std::min(roundUp(value), largestEnd);
    if (value < range.from)
        range.from = std::max(-roundUp(-value), -largestEnd);
    return range;
}

SliderRange rangeAround(double value, double usual)
{
    const SliderRange range = widened({-usual, usual}, std::abs(value));
    return {-range.to, range.to};
}

VariableCard::VariableCard(QString name, double value, double usualRange, QWidget* parent)
    : QWidget(parent)
    , m_name(std::move(name))
    , m_first(value)
    , m_usualRange(usualRange)
    , m_value(value)
    , m_spin(new ValueSpinBox(this))
    , m_slider(new QSlider(Qt::Horizontal, this))
    , m_from(new ValueSpinBox(this))
    , m_to(new ValueSpinBox(this))
{
    m_spin->setAccessibleName(m_name);
    m_spin->setToolTip(tr("Value of %1").arg(m_name));
    m_slider->setAccessibleName(tr("%1 slider").arg(m_name));
    m_slider->setRange(0, sliderSteps);
    m_slider->setPageStep(sliderSteps / 20);
    m_slider->installEventFilter(this);
    m_from->setAccessibleName(tr("%1 from").arg(m_name));
    m_from->setToolTip(tr("The slider's lower end; click to change it"));
    m_from->setAlignment(Qt::AlignLeft);
    m_to->setAccessibleName(tr("%1 to").arg(m_name));
    m_to->setToolTip(tr("The slider's upper end; click to change it"));
    m_to->setAlignment(Qt::AlignRight);
    for (ValueSpinBox* end : {m_from, m_to}) {
        end->setButtonSymbols(QAbstractSpinBox::NoButtons);
        end->setFrame(false);
        end->setKeyboardTracking(false);
        end->installEventFilter(this);
        connect(end, &QDoubleSpinBox::valueChanged, this, &VariableCard::takeEnds);
        connect(end->findChild<QLineEdit*>(), &QLineEdit::textChanged, this, &VariableCard::placeChildren);
    }
    styleEnds();

    m_spin->showValue(value);
    setRange(rangeAround(value, usualRange));
    connect(m_spin, &QDoubleSpinBox::valueChanged, this, &VariableCard::takeTyped);
    connect(m_spin, &QAbstractSpinBox::editingFinished, this,
            [this] { setRange(widened(m_range, m_value)); });
    connect(m_slider, &QSlider::valueChanged, this, &VariableCard::takeSlider);
}

void VariableCard::showValue(double value)
{
    // The same number again must not disturb what somebody is typing.
    if (value == m_value || (std::isnan(value) && std::isnan(m_value)))
        return;
    m_value = value;
    m_spin->showValue(value);
    if (std::abs(value) <= largestOwnEnd)
        setRange(widened(m_range, value));
    else
        showSlider();
}

void VariableCard::takeTyped()
{
    m_value = m_spin->value();
    // Half of a number, such as the 12 of 12e-3, moves no ends.
    if (m_spin->isTyping())
        showSlider();
    else
        setRange(widened(m_range, m_value));
    emit valueChanged(m_name, m_value);
}

void VariableCard::takeSlider(int position)
{
    // Rounded to the places of one step, which are the ones that dragging can set.
    const double step = (m_range.to - m_range.from) / sliderSteps;
    const double exact = std::lerp(m_range.from, m_range.to, double(position) / sliderSteps);
    const double unit = std::pow(10.0, std::floor(std::log10(step) + 1e-9));
    double value = unit > 1e-90 ? clean(std::round(exact / unit) * unit) : exact;
    value = std::clamp(value, m_range.from, m_range.to);
    change(value == 0.0 ? 0.0 : value);
}

void VariableCard::takeEnds()
{
    SliderRange range{m_from->value(), m_to->value()};
    if (range.from > range.to)
        std::swap(range.from, range.to);
    if (range.from == range.to)
        range = m_range; // a slider of no length: as it was
    setRange(range);
    if (std::isfinite(m_value) && (m_value < range.from || m_value > range.to)) {
        change(std::clamp(m_value, range.from, range.to));
        showSlider();
    }
}

void VariableCard::change(double value)
{
    m_value = value;
    m_spin->showValue(value);
    m_slider->setAccessibleDescription(m_spin->text());
    emit valueChanged(m_name, value);
}

void VariableCard::setRange(const SliderRange& range)
{
    m_range = range;
    const std::array ends = {std::pair(m_from, range.from), std::pair(m_to, range.to)};
    for (const auto& [end, number] : ends) {
        end->showValue(number);
    }
    placeChildren();
    showSlider();
}

void VariableCard::showSlider()
{
    m_slider->setAccessibleDescription(m_spin->text());
    if (!std::isfinite(m_value))
        return;
    const double share = (m_value - m_range.from) / (m_range.to - m_range.from);
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * sliderSteps)));
}

void VariableCard::styleEnds()
{
    QPalette quiet;
    quiet.setColor(QPalette::Text, themeColors(palette()).quietText);
    const QFont small = scaledFont(font(), 0.88);
    for (ValueSpinBox* end : {m_from, m_to}) {
        if (end->palette().color(QPalette::Text) != quiet.color(QPalette::Text))
            end->setPalette(quiet);
        if (end->font() != small)
            end->setFont(small);
    }
}

QSize VariableCard::minimumSizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const int row = std::max(QFontMetrics(m_from->font()).height() + 4, 20);
    const int name = 6 * metrics.averageCharWidth();
    return {2 * padding + name + 8 + m_spin->minimumSizeHint().width(),
            8 + controlHeight(metrics) + 4 + row + 6};
}

QSize VariableCard::sizeHint() const
{
    const int more = m_spin->sizeHint().width() - m_spin->minimumSizeHint().width();
    return minimumSizeHint() + QSize(more, 0);
}

void VariableCard::placeChildren()
{
    const QFontMetrics metrics = fontMetrics();
    const int control = controlHeight(metrics);
    const int inner = width() - 2 * padding;
    if (inner <= 0)
        return;
    const auto place = [this](QWidget* child, const QRect& rect) {
        child->setGeometry(QStyle::visualRect(layoutDirection(), this->rect(), rect));
    };
    const int spinWidth =
        std::clamp(inner / 2, m_spin->minimumSizeHint().width(), m_spin->sizeHint().width());
    m_nameWidth = inner - spinWidth - 8;
    place(m_spin, {width() - padding - spinWidth, 8, spinWidth, control});

    const QFontMetrics small(m_from->font());
    const int row = std::max(small.height() + 4, 20);
    const int top = 8 + control + 4;
    const auto widthOf = [&](const ValueSpinBox* end) {
        const int text = small.horizontalAdvance(end->text()) + 2 * fieldInset + 5;
        return std::min(text, inner * 2 / 5);
    };
    const int left = widthOf(m_from);
    const int right = widthOf(m_to);
    // The ends' words stand at the card's padding, their fields reach a little beyond.
    const int start = padding - fieldInset;
    place(m_from, {start, top, left, row});
    place(m_to, {width() - start - right, top, right, row});
    place(m_slider, {start + left + 2, top, width() - 2 * start - left - right - 4, row});
}

void VariableCard::resizeEvent(QResizeEvent* /*event*/)
{
    placeChildren();
    const bool cut = QFontMetrics(emphasized(font())).horizontalAdvance(m_name) > m_nameWidth;
    setToolTip(cut ? m_name : QString());
}

void VariableCard::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::StyleChange) {
        styleEnds();
        placeChildren();
        update();
    }
    QWidget::changeEvent(event);
}

void VariableCard::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    drawBox(&painter, rect(), 8.0, colors.panel, colors.line);
    painter.setFont(emphasized(font()));
    painter.setPen(colors.text);
    const QRect place = QStyle::visualRect(layoutDirection(), rect(),
                                           {padding, 8, m_nameWidth, controlHeight(fontMetrics())});
    const int flags = Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine;
    painter.drawText(place, QStyle::visualAlignment(layoutDirection(), Qt::Alignment(flags)),
                     painter.fontMetrics().elidedText(m_name, Qt::ElideMiddle, m_nameWidth));
}

bool VariableCard::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_slider) {
        if (event->type() == QEvent::Wheel && !m_slider->hasFocus()) {
            event->ignore(); // for what the card stands in to scroll
            return true;
        }
        if (event->type() == QEvent::MouseButtonPress) {
            const auto* press = static_cast<QMouseEvent*>(event);
            QStyleOptionSlider option;
            option.initFrom(m_slider);
            option.maximum = sliderSteps;
            option.sliderPosition = m_slider->value();
            option.orientation = Qt::Horizontal;
            option.upsideDown = layoutDirection() == Qt::RightToLeft;
            const QRect handle =
                style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, m_slider);
            // Beside the handle, the handle comes to the mouse and is held at once.
            if (press->button() == Qt::LeftButton && !handle.contains(press->pos())) {
                const int room = m_slider->width() - handle.width();
                m_slider->setValue(QStyle::sliderValueFromPosition(
                    0, sliderSteps, press->pos().x() - handle.width() / 2, room, option.upsideDown));
            }
        }
    } else if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut ||
               event->type() == QEvent::Enter || event->type() == QEvent::Leave) {
        // An end is quiet text until somebody comes near.
        auto* end = static_cast<ValueSpinBox*>(watched);
        const bool near = event->type() == QEvent::FocusIn || event->type() == QEvent::Enter ||
                          (event->type() == QEvent::Leave && end->hasFocus());
        if (end->hasFrame() != near)
            end->setFrame(near);
    }
    return QWidget::eventFilter(watched, event);
}

void VariableCard::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    const QString first = m_spin->textFromValue(m_first);
    QAction* back = menu.addAction(tr("Back to %1").arg(first));
    back->setEnabled(m_value != m_first && std::isfinite(m_first));
    QAction* usual = menu.addAction(tr("The usual range"));
    const QAction* chosen = menu.exec(event->globalPos());
    if (chosen == back) {
        change(m_first);
        setRange(widened(m_range, m_value));
    } else if (chosen == usual && std::isfinite(m_value)) {
        setRange(rangeAround(m_value, m_usualRange));
    }
}

} // namespace chainrule
