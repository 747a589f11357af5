// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recentdatamenu.h"

#include "app/recentfiles.h"

#include <QFileInfo>

namespace chainrule {

RecentDataMenu::RecentDataMenu(const QString& title, QWidget* parent)
    : QMenu(title, parent)
{
    setToolTipsVisible(true);
    connect(this, &QMenu::aboutToShow, this, &RecentDataMenu::fill);
    fill(); // an empty menu would not open
}

void RecentDataMenu::fill()
{
    clear();
    const QStringList paths = recentFiles::list(recentFiles::Kind::Data);
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
        addAction(tr("No data of your own yet"))->setEnabled(false);
        return;
    }
    addSeparator();
    addAction(tr("&Clear list"), this, [] { recentFiles::clear(recentFiles::Kind::Data); });
}

} // namespace chainrule
