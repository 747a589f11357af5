// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QString>

namespace chainrule {

/// One way in which a drawing can be prepared: the small picture that comes of it, and what the network makes
/// of that. One of several that are chosen between.
class SeenTile : public QAbstractButton {
    Q_OBJECT

public:
    /// `title` names the preparation.
    explicit SeenTile(const QString& title, QWidget* parent = nullptr);

    /// A null picture: there is none. `digit` and `certainty` are what stands beside it, empty where nothing
    /// is known.
    void setSeen(const QImage& picture, const QString& digit, const QString& certainty);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] int pictureSide() const;
    [[nodiscard]] QFont titleFont() const;
    [[nodiscard]] QFont digitFont() const;
    void describe();

    QImage m_picture;
    QString m_digit;
    QString m_certainty;
};

} // namespace chainrule
