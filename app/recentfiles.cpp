// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recentfiles.h"

#include <QFileInfo>
#include <QSettings>

namespace chainrule::recentFiles {

namespace {

const QString key = QStringLiteral("recentFiles");

} // namespace

QStringList list()
{
    return QSettings().value(key).toStringList().mid(0, mostRecent);
}

void add(const QString& path)
{
    const QString whole = QFileInfo(path).absoluteFilePath();
    QStringList paths = list();
    paths.removeAll(whole);
    paths.prepend(whole);
    QSettings().setValue(key, paths.mid(0, mostRecent));
}

void clear()
{
    QSettings().remove(key);
}

QStringList labels(const QStringList& paths)
{
    QStringList names;
    for (const QString& path : paths)
        names << QFileInfo(path).fileName();
    QStringList all;
    for (qsizetype i = 0; i < paths.size(); ++i) {
        all << (names.count(names[i]) == 1
                    ? names[i]
                    : QStringLiteral("%1 – %2").arg(names[i], QFileInfo(paths[i]).absolutePath()));
    }
    return all;
}

} // namespace chainrule::recentFiles
