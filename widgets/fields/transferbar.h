// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QProgressBar;

namespace chainrule {

/// A strip that tells how far a download has come, with a button that ends it. Hidden until something is
/// shown.
class TransferBar : public QFrame {
    Q_OBJECT

public:
    explicit TransferBar(QWidget* parent = nullptr);

    /// `share` of the whole, from 0 to 1; negative: it is not known yet.
    void showProgress(const QString& text, double share);
    [[nodiscard]] QString text() const;

signals:
    void cancelled();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel* m_text = nullptr;
    QProgressBar* m_progress = nullptr;
};

} // namespace chainrule
