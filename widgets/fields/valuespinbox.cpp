// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/valuespinbox.h"

#include "widgets/fields/numbertext.h"

#include <QLineEdit>
#include <QRegularExpression>
#include <QSignalBlocker>
#include <QStyle>
#include <QStyleOptionSpinBox>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <optional>

namespace chainrule {

namespace {

constexpr QChar minusSign(0x2212);
/// Numbers of up to this size are held, and down to its inverse: the base class rounds each of them to so
/// many decimals, which for all that a double can be takes it a tenth of a millisecond every time.
constexpr int mostDecimals = 100;
constexpr double largest = 1e100;
/// Decimals with this many digits are shown whole, because somebody may have typed them.
constexpr int mostTypedDigits = 12;
/// All others come out of a calculation, and their last digits say nothing.
constexpr int computedDigits = 6;

std::optional<double> numberIn(const QString& text, const QLocale& locale)
{
    QString words = text.trimmed();
    words.replace(minusSign, QLatin1Char('-'));
    QLocale strict = locale;
    strict.setNumberOptions(QLocale::RejectGroupSeparator);
    // A point is decimal in one of the two, and then no group separator: 1.234 is a little more than one.
    for (const QLocale& reader : {strict, QLocale::c(), locale}) {
        bool ok = false;
        double number = reader.toDouble(words, &ok);
        if (!ok && reader.negativeSign() != QLatin1String("-")) {
            QString native = words;
            number = reader.toDouble(native.replace(QLatin1Char('-'), reader.negativeSign()), &ok);
        }
        if (ok && std::isfinite(number))
            return number;
    }
    // Of point and comma the last one is decimal where it stands once: 7,5 and 1.000,5 in any locale.
    const QChar last = words.lastIndexOf(QLatin1Char(',')) > words.lastIndexOf(QLatin1Char('.'))
                           ? QLatin1Char(',')
                           : QLatin1Char('.');
    if (words.count(last) != 1)
        return std::nullopt;
    words.remove(last == QLatin1Char(',') ? QLatin1Char('.') : QLatin1Char(','));
    bool ok = false;
    const double number = words.replace(last, QLatin1Char('.')).toDouble(&ok);
    return ok && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// A tenth of the value's leading place.
double fittingStep(double value)
{
    if (value == 0.0)
        return 0.1;
    const double places = std::floor(std::log10(std::abs(value)) + 1e-9) - 1.0;
    return std::pow(10.0, std::max(places, -90.0));
}

} // namespace

ValueSpinBox::ValueSpinBox(QWidget* parent)
    : QDoubleSpinBox(parent)
{
    setDecimals(mostDecimals);
    setRange(-largest, largest);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &QAbstractSpinBox::editingFinished, this, [this] {
        if (!isTyping())
            return;
        const QSignalBlocker blocker(lineEdit());
        lineEdit()->setText(textFromValue(value())); // what was typed, as it was understood
    });
}

void ValueSpinBox::showValue(double value)
{
    if (!(std::abs(value) <= largest)) {
        const QSignalBlocker blocker(lineEdit());
        lineEdit()->setText(valueText(value, locale()));
        m_holds = false;
        return;
    }
    if (m_holds && value == this->value())
        return;
    m_holds = true;
    const QSignalBlocker blocker(this);
    setValue(value);
}

bool ValueSpinBox::isTyping() const
{
    return lineEdit()->isModified();
}

void ValueSpinBox::stepBy(int steps)
{
    const std::optional<double> typed = isTyping() ? numberIn(lineEdit()->text(), locale()) : std::nullopt;
    const double from = typed.value_or(value());
    // Within one series of steps the step does not shrink, so that it leads to 0 and through it.
    const bool goesOn = m_step > 0.0 && from == m_stepped;
    if (!goesOn)
        m_step = fittingStep(from);
    else if (from != 0.0)
        m_step = std::max(m_step, fittingStep(from));
    double next = from + steps * m_step;
    if (std::abs(next) < 1e-9 * m_step)
        next = 0.0;
    next = std::clamp(next, minimum(), maximum());
    // What adding leaves behind, as in 0.1 + 0.2, is no part of the number that is meant.
    if (const double meant = QString::number(next, 'g', 14).toDouble(); std::isfinite(meant))
        next = meant;
    m_stepped = next;
    lineEdit()->setModified(false);
    m_holds = true;
    setValue(next);
    selectAll();
}

QString ValueSpinBox::textFromValue(double value) const
{
    QLocale plain = locale();
    plain.setNumberOptions(QLocale::OmitGroupSeparator | QLocale::OmitLeadingZeroInExponent);
    if (value == 0.0)
        return plain.toString(0);
    const QString whole = QString::number(value, 'g', mostTypedDigits);
    const int digits = whole.toDouble() == value ? mostTypedDigits : computedDigits;
    QString text = plain.toString(value, 'g', digits);
    text.remove(QLatin1Char('+'));
    text.replace(QLatin1Char('E'), QLatin1Char('e')); // as valueText() has it, in every locale
    return text.replace(QLatin1Char('-'), minusSign);
}

double ValueSpinBox::valueFromText(const QString& text) const
{
    // What nobody typed stands for the number itself, of which it may show only the first digits.
    if (!isTyping() && text.trimmed() == textFromValue(value()))
        return value();
    const std::optional<double> number = numberIn(text, locale());
    return number ? std::clamp(*number, minimum(), maximum()) : value();
}

QValidator::State ValueSpinBox::validate(QString& text, int& /*position*/) const
{
    if (const std::optional<double> number = numberIn(text, locale()))
        return *number >= minimum() && *number <= maximum() ? QValidator::Acceptable
                                                            : QValidator::Intermediate;
    // The beginning of a number, such as "1e-", may become one; the locale writes its exponents as it likes.
    QString rest = text;
    rest.remove(locale().exponential());
    static const QRegularExpression impossible(QStringLiteral("[^\\p{Nd}.,'’٫٬\\s\\x{2212}eE+-]"));
    return impossible.match(rest).hasMatch() ? QValidator::Invalid : QValidator::Intermediate;
}

void ValueSpinBox::fixup(QString& text) const
{
    text = textFromValue(valueFromText(text));
}

QSize ValueSpinBox::sizeFor(const QString& text) const
{
    QStyleOptionSpinBox option;
    initStyleOption(&option);
    const QFontMetrics metrics = fontMetrics();
    const QSize contents(metrics.horizontalAdvance(text) + 6, metrics.height());
    return style()->sizeFromContents(QStyle::CT_SpinBox, &option, contents, this);
}

QSize ValueSpinBox::sizeHint() const
{
    return sizeFor(QStringLiteral("−0.12345678"));
}

QSize ValueSpinBox::minimumSizeHint() const
{
    return sizeFor(QStringLiteral("−0.123456"));
}

void ValueSpinBox::wheelEvent(QWheelEvent* event)
{
    if (hasFocus())
        QDoubleSpinBox::wheelEvent(event);
    else
        event->ignore(); // for what it stands in to scroll
}

} // namespace chainrule
