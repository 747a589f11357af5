// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>
#include <QRectF>

#include <optional>
#include <vector>

namespace chainrule {

/// A field for an expression (accessible name "Expression"): monospace, as high as its lines up to four, Tab
/// leaves it. A fault is underlined where it stands, and a bracket beside the caret shows its partner.
class ExpressionField : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit ExpressionField(QWidget* parent = nullptr);

    /// Replaces the text as one undoable edit, without the selection of a new document.
    void setExpression(const QString& text);
    [[nodiscard]] QString expression() const { return toPlainText(); }

    /// Underlines the token at this byte offset of the text's UTF-8, and says the fault to assistive
    /// technology. At the end of a line, where no token is, the spot after it is underlined. Typing takes the
    /// mark away.
    void showFault(std::size_t byteOffset, const QString& message);
    void clearFault();
    [[nodiscard]] bool hasFault() const { return m_fault.has_value(); }
    /// Where the mark is drawn, in the viewport's coordinates, one rectangle in each line; empty without a
    /// fault.
    [[nodiscard]] std::vector<QRectF> faultRects() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool canInsertFromMimeData(const QMimeData* source) const override;
    void insertFromMimeData(const QMimeData* source) override;
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// In the document's own units, which are UTF-16; `length` 0: nothing stands there.
    struct Fault {
        int position = 0;
        int length = 0;
    };

    [[nodiscard]] int visibleLines() const;
    [[nodiscard]] int heightFor(int lines) const;
    void placeText();
    void followLines();
    void markBrackets();

    std::optional<Fault> m_fault;
    int m_lines = 1;
};

} // namespace chainrule
