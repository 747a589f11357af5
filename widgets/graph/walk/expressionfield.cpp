// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/expressionfield.h"

#include "core/scalar/expression/expressiontokens.h"

#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QAbstractTextDocumentLayout>
#include <QFontDatabase>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QStyleOptionFrame>
#include <QTextBlock>
#include <QTextDocumentFragment>
#include <QTextLayout>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace chainrule {

namespace {

constexpr int mostLines = 4;
/// Between the border and the text, as in a line edit.
constexpr int sideMargin = 8;

/// UTF-16 units before a byte offset of the text's UTF-8; an offset inside a character is that of its start.
int positionOf(const QByteArray& utf8, std::size_t byteOffset)
{
    auto offset = static_cast<qsizetype>(std::min(byteOffset, static_cast<std::size_t>(utf8.size())));
    while (offset > 0 && offset < utf8.size() && (static_cast<unsigned char>(utf8[offset]) & 0xc0) == 0x80)
        --offset;
    return static_cast<int>(QString::fromUtf8(utf8.left(offset)).size());
}

/// Bytes of the token that starts at the offset; 0 where none does.
std::size_t tokenLength(const std::string& text, std::size_t offset)
{
    for (const scalar::Token& token : scalar::tokenize(text).all) {
        if (token.offset == offset && token.kind != scalar::TokenKind::Separator)
            return token.length;
    }
    return 0;
}

/// The partner of the bracket at `at`, or -1.
int partnerOf(const QString& text, int at)
{
    const int direction = text[at] == QLatin1Char('(') ? 1 : -1;
    int depth = 0;
    for (int i = at; i >= 0 && i < text.size(); i += direction) {
        if (text[i] == QLatin1Char('('))
            ++depth;
        else if (text[i] == QLatin1Char(')'))
            --depth;
        if (depth == 0)
            return i;
    }
    return -1;
}

void drawWave(QPainter& painter, const QRectF& rect)
{
    constexpr double half = 2.0;
    QPolygonF wave;
    bool up = true;
    for (double x = rect.left(); x < rect.right() + half; x += half, up = !up)
        wave << QPointF(x, rect.bottom() - (up ? 0.75 : half + 0.25));
    painter.drawPolyline(wave);
}

} // namespace

ExpressionField::ExpressionField(QWidget* parent)
    : QPlainTextEdit(parent)
{
    setAccessibleName(tr("Expression"));
    setPlaceholderText(QStringLiteral("L = (a*b + c)^2"));
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    setAttribute(Qt::WA_Hover);
    viewport()->setAutoFillBackground(false); // the field's own ground shows through
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    document()->setDocumentMargin(0);

    // Only the family: the size goes on following the program's font.
    QFont mono;
    mono.setFamilies(QFontDatabase::systemFont(QFontDatabase::FixedFont).families());
    mono.setStyleHint(QFont::Monospace);
    setFont(mono);

    connect(document(), &QTextDocument::contentsChange, this, [this](int, int removed, int added) {
        if (removed != 0 || added != 0)
            clearFault();
    });
    connect(this, &QPlainTextEdit::textChanged, this, &ExpressionField::followLines);
    connect(this, &QPlainTextEdit::textChanged, this, &ExpressionField::markBrackets);
    connect(this, &QPlainTextEdit::cursorPositionChanged, this, &ExpressionField::markBrackets);
    placeText();
}

void ExpressionField::setExpression(const QString& text)
{
    if (text == expression())
        return;
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    cursor.select(QTextCursor::Document);
    cursor.insertText(text);
    cursor.endEditBlock();
    setTextCursor(cursor);
}

void ExpressionField::showFault(std::size_t byteOffset, const QString& message)
{
    const QByteArray utf8 = expression().toUtf8();
    const int start = positionOf(utf8, byteOffset);
    int end = positionOf(utf8, byteOffset + tokenLength(utf8.toStdString(), byteOffset));
    const QString text = expression();
    if (end <= start && start < text.size() && text[start] != QLatin1Char('\n'))
        end = start + (text[start].isHighSurrogate() && start + 1 < text.size() ? 2 : 1);
    m_fault = Fault{start, std::max(0, end - start)};
    setAccessibleDescription(message);
    setToolTip(message);
    viewport()->update();
}

void ExpressionField::clearFault()
{
    if (!m_fault)
        return;
    m_fault.reset();
    setAccessibleDescription({});
    setToolTip({});
    viewport()->update();
}

std::vector<QRectF> ExpressionField::faultRects() const
{
    std::vector<QRectF> rects;
    if (!m_fault)
        return rects;
    const QTextBlock block = document()->findBlock(m_fault->position);
    if (!block.isValid() || block.layout() == nullptr)
        return rects;
    const QPointF origin = blockBoundingGeometry(block).topLeft() + contentOffset();
    const int start = m_fault->position - block.position();
    const int end = start + m_fault->length;
    for (int i = 0; i < block.layout()->lineCount(); ++i) {
        const QTextLine line = block.layout()->lineAt(i);
        const int lineEnd = line.textStart() + line.textLength();
        const bool last = i + 1 == block.layout()->lineCount();
        const int from = std::max(start, line.textStart());
        const int to = std::min(end, lineEnd);
        const bool trailing = m_fault->length == 0 && last && start >= line.textStart();
        if (to <= from && !trailing)
            continue;
        double left = line.cursorToX(from);
        double right = line.cursorToX(to);
        if (right < left)
            std::swap(left, right);
        const double least = fontMetrics().horizontalAdvance(QLatin1Char('0'));
        // A full line has no room after it: the mark then lies under its end.
        if (right - left < least)
            left = std::min(left, std::max(0.0, viewport()->width() - least - origin.x()));
        rects.emplace_back(origin.x() + left, origin.y() + line.y(), std::max(right - left, least),
                           line.height());
    }
    return rects;
}

int ExpressionField::visibleLines() const
{
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines < mostLines; block = block.next()) {
        blockBoundingRect(block); // breaks a changed text into its lines
        lines += std::max(1, block.layout() != nullptr ? block.layout()->lineCount() : 1);
    }
    return std::clamp(lines, 1, mostLines);
}

int ExpressionField::heightFor(int lines) const
{
    const QFontMetrics metrics = fontMetrics();
    return controlHeight(metrics) + (lines - 1) * metrics.lineSpacing();
}

void ExpressionField::placeText()
{
    const QFontMetrics metrics = fontMetrics();
    // One line stands in the middle of the field; further ones grow it by their height.
    const int spare = std::max(0, controlHeight(metrics) - metrics.lineSpacing());
    // The base class scrolls where the last line has not a little room to spare.
    setViewportMargins(sideMargin, spare / 2, 3, std::max(0, spare - spare / 2 - 4));
}

void ExpressionField::followLines()
{
    const int lines = visibleLines();
    if (lines == m_lines)
        return;
    m_lines = lines;
    updateGeometry();
}

QSize ExpressionField::sizeHint() const
{
    return {40 * fontMetrics().averageCharWidth(), heightFor(m_lines)};
}

QSize ExpressionField::minimumSizeHint() const
{
    return {12 * fontMetrics().averageCharWidth(), heightFor(m_lines)};
}

bool ExpressionField::canInsertFromMimeData(const QMimeData* source) const
{
    return source->hasText() || source->hasHtml();
}

void ExpressionField::insertFromMimeData(const QMimeData* source)
{
    QString text =
        source->hasText() ? source->text() : QTextDocumentFragment::fromHtml(source->html()).toPlainText();
    text.replace(QLatin1String("\r\n"), QLatin1String("\n"));
    for (const QChar lineEnd : {QChar(QLatin1Char('\r')), QChar(0x2028), QChar(0x2029)})
        text.replace(lineEnd, QLatin1Char('\n'));
    for (const QChar space : {QChar(QLatin1Char('\t')), QChar(0x00a0)})
        text.replace(space, QLatin1Char(' '));
    // A line that was copied whole brings its end along, which would open an empty line here.
    while (text.endsWith(QLatin1Char('\n')))
        text.chop(1);
    textCursor().insertText(text);
    ensureCursorVisible();
}

bool ExpressionField::event(QEvent* event)
{
    switch (event->type()) {
    case QEvent::Paint: {
        // The frame of a line edit. What is drawn inside of it comes with the viewport.
        QPainter painter(this);
        QStyleOptionFrame option;
        option.initFrom(this);
        option.lineWidth = 1;
        style()->drawPrimitive(QStyle::PE_PanelLineEdit, &option, &painter, this);
        return true;
    }
    case QEvent::FocusIn:
    case QEvent::FocusOut:
        update();
        break;
    default:
        break;
    }
    return QPlainTextEdit::event(event);
}

void ExpressionField::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        placeText();
        updateGeometry();
    } else if (event->type() == QEvent::PaletteChange) {
        markBrackets();
    }
}

void ExpressionField::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    followLines();
}

void ExpressionField::markBrackets()
{
    const ThemeColors& colors = themeColors(palette());
    const QString text = expression();
    const int caret = textCursor().position();
    QList<QTextEdit::ExtraSelection> marks;
    const auto mark = [&](int at, const QColor& ink) {
        QTextEdit::ExtraSelection selection;
        selection.format.setBackground(colors.accentFill);
        selection.format.setForeground(ink);
        selection.cursor = QTextCursor(document());
        selection.cursor.setPosition(at);
        selection.cursor.setPosition(at + 1, QTextCursor::KeepAnchor);
        marks.append(selection);
    };
    for (const int at : {caret - 1, caret}) {
        if (at < 0 || at >= text.size() || (text[at] != QLatin1Char('(') && text[at] != QLatin1Char(')')))
            continue;
        if (const int partner = partnerOf(text, at); partner >= 0) {
            mark(at, colors.accent);
            mark(partner, colors.accent);
        }
        break;
    }
    setExtraSelections(marks);
}

void ExpressionField::paintEvent(QPaintEvent* event)
{
    QPlainTextEdit::paintEvent(event);
    if (!m_fault)
        return;
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(themeColors(palette()).wrong, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    for (const QRectF& rect : faultRects())
        drawWave(painter, rect);
}

} // namespace chainrule
