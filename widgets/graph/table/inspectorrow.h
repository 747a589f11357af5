// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/gradientcheck.h"

#include <QIcon>
#include <QLabel>
#include <QWidget>

class QHBoxLayout;

namespace chainrule {

/// Text on one line, which the label shortens in the middle rather than ask for more room.
class ElidedLabel : public QLabel {
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    void setFullText(const QString& text);
    [[nodiscard]] QString fullText() const { return m_full; }
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void shorten();

    QString m_full;
};

/// A name and what there is to say of it, over a hairline. Numbers and symbols stay on one line; links wrap.
class InspectorRow : public QWidget {
    Q_OBJECT

public:
    enum class Tone { Plain, Gradient, Correct, Wrong };

    explicit InspectorRow(QWidget* parent = nullptr);

    /// On one line; with a tick or a warning sign where the tone is Correct or Wrong.
    void setValue(const QString& name, const QString& value, Tone tone = Tone::Plain);
    /// HTML with links.
    void setLinks(const QString& name, const QString& html);
    /// A widget in the place of the value, for good.
    void setEditor(const QString& name, QWidget* editor);
    void setNameWidth(int width);

signals:
    void linkActivated(const QString& target);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void setName(const QString& name);
    void applyTone();

    QHBoxLayout* m_layout = nullptr;
    QLabel* m_name = nullptr;
    QWidget* m_sign = nullptr;
    ElidedLabel* m_value = nullptr;
    QLabel* m_links = nullptr;
    Tone m_tone = Tone::Plain;
};

/// The explanation of a verdict. It is as high as the longest of them, so that nothing moves when one takes
/// another's place.
class VerdictNote : public QLabel {
    Q_OBJECT

public:
    explicit VerdictNote(QWidget* parent = nullptr);

    void setVerdict(scalar::Verdict verdict);
    [[nodiscard]] int heightForWidth(int width) const override;
};

} // namespace chainrule
