// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/recentfiles.h"

#include <QMenu>

namespace chainrule {

/// The models, or folders and tables of data, that were opened last; what is not there any more cannot be
/// chosen.
class RecentMenu : public QMenu {
    Q_OBJECT

public:
    RecentMenu(const QString& title, recentFiles::Kind kind, QWidget* parent = nullptr);

signals:
    void chosen(const QString& path);

private:
    void fill();

    recentFiles::Kind m_kind;
};

} // namespace chainrule
