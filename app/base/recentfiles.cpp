// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/recentfiles.h"

#include <QFileInfo>
#include <QSettings>

namespace chainrule::recentFiles {

namespace {

QString keyOf(Kind kind)
{
    return kind == Kind::Data ? QStringLiteral("recentData") : QStringLiteral("recentFiles");
}

} // namespace

QStringList list(Kind kind)
{
    return QSettings().value(keyOf(kind)).toStringList().mid(0, mostRecent);
}

void add(const QString& path, Kind kind)
{
    const QString whole = QFileInfo(path).absoluteFilePath();
    QStringList paths = list(kind);
    paths.removeAll(whole);
    paths.prepend(whole);
    QSettings().setValue(keyOf(kind), paths.mid(0, mostRecent));
}

void clear(Kind kind)
{
    QSettings().remove(keyOf(kind));
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
