// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace chainrule {

/// A box on a page that holds what belongs together: panel ground, hairline, round corners.
class Card : public QFrame {
    Q_OBJECT

public:
    explicit Card(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace chainrule
