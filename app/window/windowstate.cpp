// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/windowstate.h"

#include "core/data/readers/sources.h"
#include "core/formats/settingsjson.h"
#include "core/training/history.h"

#include <QAction>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMainWindow>
#include <QScreen>
#include <QSettings>
#include <QSplitter>

#include <algorithm>

namespace chainrule::windowState {

namespace {

const QString geometryKey = QStringLiteral("geometry");
const QString splitterKey = QStringLiteral("splitters/%1");
const QString actionKey = QStringLiteral("choices/%1");
const QString expressionKey = QStringLiteral("expression");
const QString graphPageKey = QStringLiteral("graphPage");
const QString pageKey = QStringLiteral("page");
const QString trainingKey = QStringLiteral("training");

QList<QSplitter*> namedSplitters(const QMainWindow& window)
{
    QList<QSplitter*> splitters = window.findChildren<QSplitter*>();
    splitters.removeIf([](const QSplitter* each) { return each->objectName().isEmpty(); });
    return splitters;
}

QList<QAction*> keptActions(const QMainWindow& window)
{
    QList<QAction*> actions = window.findChildren<QAction*>();
    actions.removeIf([](const QAction* each) {
        return !each->isCheckable() || !each->objectName().startsWith(QStringLiteral("kept"));
    });
    return actions;
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
    for (const QAction* each : keptActions(window))
        settings.setValue(actionKey.arg(each->objectName()), each->isChecked());
}

void restore(QMainWindow& window)
{
    const QSettings settings;
    for (QSplitter* each : namedSplitters(window))
        each->restoreState(settings.value(splitterKey.arg(each->objectName())).toByteArray());
    for (QAction* each : keptActions(window)) {
        const bool checked = settings.value(actionKey.arg(each->objectName()), each->isChecked()).toBool();
        if (checked == each->isChecked())
            continue;
        each->setChecked(checked);
        emit each->triggered(checked); // trigger() would pass over those of pages that are not seen
    }
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

QString textOf(const TrainingSettings& settings)
{
    TrainingSettings kept = settings;
    // What nobody has chosen stays open: once MNIST is there, it is the default.
    if (kept.data == defaultSource())
        kept.data.clear();
    return QString::fromStdString(settingsToJson(kept));
}

std::optional<TrainingSettings> settingsFrom(const QString& text)
{
    auto settings = settingsFromJson(text.toStdString());
    if (!settings || !validate(*settings))
        return std::nullopt;
    if (!QFileInfo::exists(QString::fromStdString(settings->drawings)))
        settings->drawings.clear();
    return *settings;
}

QJsonObject olderWorkspace()
{
    const QSettings settings;
    return {{QStringLiteral("settings"), settings.value(trainingKey).toString()},
            {QStringLiteral("expression"),
             QJsonDocument::fromJson(settings.value(expressionKey).toString().toUtf8()).object()},
            {QStringLiteral("graph"), settings.value(graphPageKey).toString()}};
}

} // namespace chainrule::windowState
