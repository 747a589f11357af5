// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

#include <optional>

namespace chainrule {

/// A field for an expression (accessible name "Expression"): monospace, as high as its lines up to four, Tab
/// leaves it. A fault is underlined where it stands.
class ExpressionField : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit ExpressionField(QWidget* parent = nullptr);

    /// Replaces the text as one undoable edit, without the selection of a new document.
    void setExpression(const QString& text);
    [[nodiscard]] QString expression() const { return toPlainText(); }

    /// Underlines the token at this byte offset of the text's UTF-8, and says the fault to assistive
    /// technology.
    void showFault(std::size_t byteOffset, const QString& message);
    void clearFault();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
};

} // namespace chainrule
