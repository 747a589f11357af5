// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/recentmenu.h"

#include <QFileInfo>

namespace chainrule {

RecentMenu::RecentMenu(const QString& title, recentFiles::Kind kind, QWidget* parent)
    : QMenu(title, parent)
    , m_kind(kind)
{
    setToolTipsVisible(true);
    connect(this, &QMenu::aboutToShow, this, &RecentMenu::fill);
    fill(); // an empty menu would not open
}

void RecentMenu::fill()
{
    clear();
    const QStringList paths = recentFiles::list(m_kind);
    const QStringList labels = recentFiles::labels(paths);
    for (qsizetype i = 0; i < paths.size(); ++i) {
        QString label = labels[i];
        label.replace(QLatin1Char('&'), QStringLiteral("&&"));
        const bool there = QFileInfo::exists(paths[i]);
        QAction* open = addAction(there ? label : tr("%1 (missing)").arg(label), this,
                                  [this, path = paths[i]] { emit chosen(path); });
        open->setToolTip(paths[i]);
        open->setEnabled(there);
    }
    if (paths.isEmpty()) {
        addAction(m_kind == recentFiles::Kind::Models ? tr("No models yet") : tr("No data of your own yet"))
            ->setEnabled(false);
        return;
    }
    addSeparator();
    addAction(tr("&Clear list"), this, [this] {
        recentFiles::clear(m_kind);
        fill();
    });
}

} // namespace chainrule
