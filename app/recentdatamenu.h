// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace chainrule {

/// The folders and tables of data that were opened last; what is not there any more cannot be chosen.
class RecentDataMenu : public QMenu {
    Q_OBJECT

public:
    explicit RecentDataMenu(const QString& title, QWidget* parent = nullptr);

signals:
    void chosen(const QString& path);

private:
    void fill();
};

} // namespace chainrule
