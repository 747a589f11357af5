// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/walkbar.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/icons.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int padding = 12;
constexpr int buttonGap = 6;
constexpr int rowGap = 6;
constexpr int barWidth = 10; ///< of the scroll bar, kept clear so that its coming does not wrap the text anew
/// Characters that the place in the walk may need, and those of one contribution's line.
constexpr int whereCharacters = 92;
constexpr int ruleCharacters = 62;

struct ButtonKind {
    const char* name;
    const char* icon;
    const char* tip;
    int wordsUpTo; ///< the last arrangement of words in which it has its own; -1: none has
};

constexpr std::array<ButtonKind, 6> kinds{{
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Reset walk"), "skip-start",
     QT_TRANSLATE_NOOP("chainrule::WalkBar", "Ends the walk: everything computed at once again"), -1},
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Step back"), "step-back",
     QT_TRANSLATE_NOOP("chainrule::WalkBar", "Takes the last step back"), -1},
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Forward step"), "forward",
     QT_TRANSLATE_NOOP("chainrule::WalkBar", "Computes the next node from its parents"), 1},
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Backward step"), "backward",
     QT_TRANSLATE_NOOP("chainrule::WalkBar",
                       "Visits the next node on the way back and adds to its parents' gradients"),
     2},
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Run backward"), "run-backward",
     QT_TRANSLATE_NOOP("chainrule::WalkBar", "Visits all nodes that are left of this pass"), 0},
    {QT_TRANSLATE_NOOP("chainrule::WalkBar", "Zero gradients"), "zero",
     QT_TRANSLATE_NOOP("chainrule::WalkBar",
                       "Sets all gradients to 0; without it, another pass adds to them"),
     1},
}};
constexpr int fewestWords = 3;

/// HTML in which what is bold has a colour too, but for the sign of adding.
QString tinted(QString html, const QColor& color)
{
    html.replace(QStringLiteral("<b>"), QStringLiteral("<b style=\"color:%1\">").arg(color.name()));
    html.replace(QStringLiteral("<b style=\"color:%1\">+=").arg(color.name()), QStringLiteral("<b>+="));
    return html;
}

} // namespace

WalkBar::WalkBar(QWidget* parent)
    : QWidget(parent)
    , m_where(new QLabel(this))
    , m_pile(new QLabel(this))
    , m_scroll(new QScrollArea(this))
    , m_chainRule(new QLabel)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    using Signal = void (WalkBar::*)();
    constexpr std::array<Signal, buttonCount> wishes{
        &WalkBar::resetWanted,        &WalkBar::stepBackWanted,    &WalkBar::forwardStepWanted,
        &WalkBar::backwardStepWanted, &WalkBar::runBackwardWanted, &WalkBar::zeroGradientsWanted};
    for (std::size_t i = 0; i < buttonCount; ++i) {
        const bool primary = static_cast<Step>(i) == Step::Backward;
        auto* button = new QPushButton(this);
        button->setAccessibleName(tr(kinds[i].name));
        button->setIcon(icon(QLatin1String(kinds[i].icon), primary ? IconRole::OnAccent : IconRole::Text));
        button->setProperty("primary", primary);
        button->setEnabled(false);
        connect(button, &QPushButton::clicked, this, wishes[i]);
        m_buttons[i] = button;
        showShortcut(static_cast<Step>(i), {});
    }
    m_where->setAccessibleName(tr("Walk"));
    m_where->setForegroundRole(QPalette::PlaceholderText);
    m_where->setWordWrap(true);
    m_pile->setAccessibleName(tr("Gradients pile up"));
    m_pile->setToolTip(tr("Gradients were not zeroed before this pass, so they pile up."));
    m_pile->setAlignment(Qt::AlignCenter);
    m_pile->hide();

    m_chainRule->setAccessibleName(tr("Chain rule"));
    m_chainRule->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_chainRule->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_chainRule->setWordWrap(true);
    m_scroll->setAccessibleName(tr("Chain rule, scrolling"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_chainRule);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_chainRule->setAutoFillBackground(false);
    measureButtons();
    arrange();
}

void WalkBar::showShortcut(Step step, const QKeySequence& keys)
{
    const ButtonKind& kind = kinds[static_cast<std::size_t>(step)];
    const QString name = keys.isEmpty()
                             ? tr(kind.name)
                             : tr("%1 (%2)").arg(tr(kind.name), keys.toString(QKeySequence::NativeText));
    button(step)->setToolTip(name + QLatin1Char('\n') + tr(kind.tip));
}

void WalkBar::setContent(const GraphContent* content)
{
    m_content = content;
    showValues();
}

void WalkBar::showValues()
{
    const bool any =
        m_content && !m_content->named.graph.nodes.empty() && m_content->walk.root != scalar::noNode;
    const scalar::WalkPosition position = any ? m_content->walk.position : scalar::WalkPosition{};
    const bool hasPast = any && !m_content->walk.past.empty();
    const bool areZero = !position.live && position.visited == 0 && position.passes == 0;
    button(Step::Reset)->setEnabled(any && (hasPast || !position.live));
    button(Step::Back)->setEnabled(hasPast);
    button(Step::Forward)->setEnabled(any);
    button(Step::Backward)->setEnabled(any);
    button(Step::RunBackward)->setEnabled(any);
    button(Step::Zero)->setEnabled(any && !areZero);
    const bool piled = any && !position.live && position.passes > 0;
    if (m_pile->isHidden() == piled) {
        m_pile->setVisible(piled);
        arrange();
    }
    showWhere();
    showRule();
}

QString WalkBar::chainRule() const
{
    return m_content ? chainRuleText(*m_content, locale()) : QString();
}

QString WalkBar::where() const
{
    return m_content ? walkText(*m_content, locale()) : QString();
}

QFont WalkBar::whereFont() const
{
    return scaledFont(font(), 0.94);
}

QFont WalkBar::ruleFont(bool large) const
{
    return large ? scaledFont(font(), 1.15) : font();
}

void WalkBar::measureButtons()
{
    for (std::size_t i = 0; i < buttonCount; ++i) {
        const QString shown = m_buttons[i]->text();
        m_buttons[i]->setText({});
        m_iconWidths[i] = m_buttons[i]->sizeHint().width();
        m_buttons[i]->setText(tr(kinds[i].name));
        m_wordWidths[i] = m_buttons[i]->sizeHint().width();
        m_buttons[i]->setText(shown);
    }
}

int WalkBar::buttonWidth(std::size_t i, int words) const
{
    return words <= kinds[i].wordsUpTo ? m_wordWidths[i] : m_iconWidths[i];
}

WalkBar::Arrangement WalkBar::arrangementFor(int width) const
{
    const int inner = width - 2 * padding;
    const QFontMetrics small(whereFont());
    const int needed = whereCharacters * small.averageCharWidth();
    const auto buttons = [this](int words) {
        int sum = (static_cast<int>(buttonCount) - 1) * buttonGap;
        for (std::size_t i = 0; i < buttonCount; ++i)
            sum += buttonWidth(i, words);
        return sum;
    };

    Arrangement result;
    while (result.words < fewestWords && buttons(result.words) > inner)
        ++result.words;
    // Two lines of the place fit beside the buttons; for that the least important words may go.
    for (int words = result.words; words <= 1 && !result.beside; ++words) {
        const int room = inner - buttons(words) - 2 * padding;
        if (room * 2 < needed)
            continue;
        result.beside = true;
        result.words = words;
        result.whereLines = room >= needed ? 1 : 2;
    }
    if (!result.beside)
        result.whereLines = inner >= needed ? 1 : 2;
    const QFontMetrics large(ruleFont(true));
    result.largeRule = inner >= ruleCharacters * large.averageCharWidth();
    result.ruleLines = result.largeRule ? 2 : 3;

    const int control = controlHeight(fontMetrics());
    const int whereHeight = result.whereLines * small.lineSpacing() + 2;
    const int row = result.beside ? std::max(control, whereHeight) : control + rowGap + whereHeight;
    const QFontMetrics rule(ruleFont(result.largeRule));
    result.height = padding + row + rowGap + result.ruleLines * rule.lineSpacing() + 4 + padding - 2;
    return result;
}

void WalkBar::arrange()
{
    const Arrangement before = m_arrangement;
    m_arrangement = arrangementFor(width());
    const auto place = [this](QWidget* child, const QRect& rect) {
        child->setGeometry(QStyle::visualRect(layoutDirection(), this->rect(), rect));
    };
    const int inner = width() - 2 * padding;
    const int control = controlHeight(fontMetrics());
    const QFontMetrics small(whereFont());
    const int whereHeight = m_arrangement.whereLines * small.lineSpacing() + 2;
    const int firstRow = m_arrangement.beside ? std::max(control, whereHeight) : control;

    int left = padding;
    for (std::size_t i = 0; i < buttonCount; ++i) {
        const bool words = m_arrangement.words <= kinds[i].wordsUpTo;
        const QString text = words ? tr(kinds[i].name) : QString();
        if (m_buttons[i]->text() != text)
            m_buttons[i]->setText(text);
        const int wide = buttonWidth(i, m_arrangement.words);
        place(m_buttons[i], {left, padding + (firstRow - control) / 2, wide, control});
        left += wide + buttonGap;
    }

    QRect whereRect;
    if (m_arrangement.beside)
        whereRect = {left + 2 * padding - buttonGap, padding, 0, firstRow};
    else
        whereRect = {padding, padding + control + rowGap, 0, whereHeight};
    whereRect.setRight(padding + inner - 1);
    const int sign = small.height();
    if (!m_pile->isHidden()) {
        const int signTop = m_arrangement.beside ? whereRect.center().y() - sign / 2 : whereRect.top();
        place(m_pile, {whereRect.left(), signTop, sign, sign});
        m_pile->setPixmap(
            icon(QStringLiteral("warning"), IconRole::Wrong).pixmap(QSize(sign, sign), devicePixelRatioF()));
        whereRect.setLeft(whereRect.left() + sign + 4);
    }
    m_where->setFont(whereFont());
    m_where->setAlignment(m_arrangement.beside ? Qt::AlignRight | Qt::AlignVCenter
                                               : Qt::AlignLeft | Qt::AlignTop);
    place(m_where, whereRect);

    m_chainRule->setFont(ruleFont(m_arrangement.largeRule));
    const int top = (m_arrangement.beside ? padding + firstRow : whereRect.bottom() + 1) + rowGap;
    place(m_scroll, {padding, top, inner + padding - 2, m_arrangement.height - top - padding + 2});
    if (before.height != m_arrangement.height)
        updateGeometry();
}

void WalkBar::showWhere()
{
    const QString plain = where();
    m_where->setAccessibleDescription(plain);
    const QFontMetrics metrics(emphasized(whereFont()));
    const QRect room(0, 0, std::max(1, m_where->width()), 10'000);
    const int lines = m_arrangement.whereLines;
    const auto fits = [&](const QString& text) {
        // Half a line more, as the rounding of lines differs by a pixel or two.
        const int most = lines * metrics.lineSpacing() + metrics.lineSpacing() / 2;
        return metrics.boundingRect(room, Qt::TextWordWrap, text).height() <= most;
    };
    if (plain.isEmpty() || fits(plain)) {
        const ThemeColors& colors = themeColors(palette());
        const QColor ink = m_content && m_content->walk.visit ? colors.validationText : colors.text;
        QString html = m_content ? tinted(walkText(*m_content, locale(), true), ink) : QString();
        // Of two lines, the first says where, and the second the order.
        const QString dash = QStringLiteral(" — ");
        QString broken = plain;
        if (lines > 1 && metrics.horizontalAdvance(plain) > room.width() &&
            fits(broken.replace(dash, QStringLiteral(" —\n"))))
            html.replace(dash, QStringLiteral(" —<br>"));
        m_where->setText(html);
        m_where->setToolTip({});
        return;
    }
    int width = lines * room.width();
    QString cut = plain;
    for (; width > 0 && !fits(cut); width -= metrics.averageCharWidth() * 2)
        cut = metrics.elidedText(plain, Qt::ElideRight, width);
    m_where->setText(cut.toHtmlEscaped());
    m_where->setToolTip(plain);
}

void WalkBar::showRule()
{
    const QString plain = chainRule();
    m_chainRule->setAccessibleDescription(plain);
    if (!m_content) {
        m_chainRule->setText({});
        placeRule();
        return;
    }
    QStringList words = plain.split(QLatin1Char('\n'));
    QStringList html = chainRuleText(*m_content, locale(), true).split(QStringLiteral("<br>"));
    // Contributions come before a remark where not all of them can be seen at once.
    const auto isRemark = [](const QString& line) { return !line.contains(QLatin1String("+=")); };
    if (words.size() == html.size() && words.size() > m_arrangement.ruleLines && isRemark(words.front())) {
        words.append(words.takeFirst());
        html.append(html.takeFirst());
    }
    // They stand beside each other where they fit.
    const QString gap = QStringLiteral("&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; ");
    const QFontMetrics metrics(emphasized(m_chainRule->font()));
    const int gapWidth = 7 * metrics.horizontalAdvance(QLatin1Char(' '));
    const int room = m_scroll->width() - barWidth - padding;
    QString text;
    int used = 0;
    for (qsizetype i = 0; i < html.size(); ++i) {
        const int wide = i < words.size() ? metrics.horizontalAdvance(words[i]) : room;
        const bool beside = i > 0 && used + gapWidth + wide <= room;
        if (i > 0)
            text += beside ? gap : QStringLiteral("<br>");
        used = beside ? used + gapWidth + wide : wide;
        text += html[i];
    }
    if (m_content->walk.visit)
        text = tinted(text, themeColors(palette()).validationText);
    m_chainRule->setText(text);
    m_scroll->verticalScrollBar()->setValue(0);
    placeRule();
}

void WalkBar::placeRule()
{
    const int wide = std::max(1, m_scroll->width() - barWidth);
    const int high = std::max(m_chainRule->heightForWidth(wide), m_scroll->height());
    m_chainRule->resize(wide, m_chainRule->text().isEmpty() ? m_scroll->height() : high);
    const bool scrolls = m_chainRule->height() > m_scroll->height();
    m_scroll->setFocusPolicy(scrolls ? Qt::StrongFocus : Qt::NoFocus);
}

QSize WalkBar::sizeHint() const
{
    return {60 * fontMetrics().averageCharWidth(), m_arrangement.height};
}

QSize WalkBar::minimumSizeHint() const
{
    int wide = 2 * padding + (static_cast<int>(buttonCount) - 1) * buttonGap;
    for (std::size_t i = 0; i < buttonCount; ++i)
        wide += buttonWidth(i, fewestWords);
    return {wide, m_arrangement.height};
}

void WalkBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        measureButtons();
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange ||
        event->type() == QEvent::PaletteChange) {
        arrange();
        showValues();
        update();
    }
}

void WalkBar::resizeEvent(QResizeEvent* /*event*/)
{
    arrange();
    showWhere();
    showRule();
}

void WalkBar::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    drawBox(&painter, rect(), 8.0, colors.panel, colors.line);
}

} // namespace chainrule
