// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/windowstate.h"

#include "core/data/sources.h"
#include "core/training/history.h"

#include <QFile>
#include <QMainWindow>
#include <QScreen>
#include <QSettings>
#include <QSplitter>

#include <algorithm>

namespace chainrule::windowState {

namespace {

const QString geometryKey = QStringLiteral("geometry");
const QString splitterKey = QStringLiteral("splitters/%1");
const QString pageKey = QStringLiteral("page");
const QString trainingKey = QStringLiteral("training");

QList<QSplitter*> namedSplitters(const QMainWindow& window)
{
    QList<QSplitter*> splitters = window.findChildren<QSplitter*>();
    splitters.removeIf([](const QSplitter* each) { return each->objectName().isEmpty(); });
    return splitters;
}

} // namespace

QString mendSettings()
{
    const QSettings settings;
    if (settings.status() != QSettings::FormatError)
        return {};
    const QString aside = settings.fileName() + QStringLiteral(".unreadable");
    QFile::remove(aside);
    return QFile::rename(settings.fileName(), aside) ? aside : QString();
}

void save(const QMainWindow& window)
{
    QSettings settings;
    settings.setValue(geometryKey, window.saveGeometry());
    for (const QSplitter* each : namedSplitters(window))
        settings.setValue(splitterKey.arg(each->objectName()), each->saveState());
}

void restore(QMainWindow& window)
{
    const QSettings settings;
    for (QSplitter* each : namedSplitters(window))
        each->restoreState(settings.value(splitterKey.arg(each->objectName())).toByteArray());
    const QSize available = window.screen()->availableSize();
    // Room for the frame that the desktop puts around the window.
    window.resize(QSize(1360, 860).boundedTo(available - QSize(16, 48)));
    if (!window.restoreGeometry(settings.value(geometryKey).toByteArray()))
        return;
    // A window kept on a screen that is gone, or larger than this one, comes back to where it can be seen.
    const QRect place = window.screen()->availableGeometry();
    if (window.isMaximized() || window.isFullScreen())
        return;
    if (window.width() > place.width() || window.height() > place.height())
        window.resize(window.size().boundedTo(place.size()));
    const QRect seen = place.intersected(window.frameGeometry());
    constexpr int enough = 64; // of the title bar, to take hold of
    const bool reachable = seen.width() >= enough && window.y() >= place.top() && seen.height() >= enough;
    if (!reachable)
        window.move(place.topLeft());
}

void savePage(int page)
{
    QSettings().setValue(pageKey, page);
}

int page()
{
    return QSettings().value(pageKey, 0).toInt();
}

void saveTraining(const TrainingSettings& settings)
{
    TrainingSettings kept = settings;
    // What nobody has chosen stays open: once MNIST is there, it is the default.
    if (kept.data == defaultSource())
        kept.data.clear();
    QSettings().setValue(trainingKey, QString::fromStdString(settingsToJson(kept)));
}

TrainingSettings training(const TrainingSettings& standard)
{
    const QString text = QSettings().value(trainingKey).toString();
    if (text.isEmpty())
        return standard;
    const auto settings = settingsFromJson(text.toStdString());
    return settings && validate(*settings) ? *settings : standard;
}

} // namespace chainrule::windowState
