// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include <functional>

class QLabel;
class QPushButton;

namespace chainrule {

/// A strip that says a problem or a piece of news where it belongs, with at most two buttons that mend it and
/// one that puts the strip away. Hidden until something is shown.
class MessageBar : public QFrame {
    Q_OBJECT

public:
    enum class Kind { Note, Problem };

    explicit MessageBar(QWidget* parent = nullptr);

    /// Accessible names of the strip, its text and its closing button, where a window has a second strip.
    void setNames(const QString& strip, const QString& text, const QString& close);

    void showMessage(Kind kind, const QString& text);
    /// With a button of this label, which also puts the strip away.
    void showMessage(Kind kind, const QString& text, const QString& buttonText, std::function<void()> action);

    /// With a second button, for those who do not want the first one's; it puts the strip away too.
    void showMessage(Kind kind, const QString& text, const QString& buttonText, std::function<void()> action,
                     const QString& otherText, std::function<void()> other);

    [[nodiscard]] QString message() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void updateIcon();

    Kind m_kind = Kind::Note;
    QLabel* m_icon = nullptr;
    QLabel* m_text = nullptr;
    QPushButton* m_button = nullptr;
    QPushButton* m_otherButton = nullptr;
    QPushButton* m_close = nullptr;
    std::function<void()> m_action;
    std::function<void()> m_other;
};

} // namespace chainrule
