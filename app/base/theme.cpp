// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/theme.h"

#include "widgets/style/style.h"
#include "widgets/style/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QSettings>

namespace chainrule {

namespace {

// The settings portal of freedesktop.org: color-scheme is 0 for no preference, 1 for dark, 2 for light.
const QString portalService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString portalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString portalInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString appearance = QStringLiteral("org.freedesktop.appearance");
const QString colorScheme = QStringLiteral("color-scheme");
const QString settingsKey = QStringLiteral("theme");
constexpr const char* names[] = {"system", "light", "dark"};

QVariant unwrapped(QVariant value)
{
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

ThemeSwitch::ThemeSwitch(QObject* parent)
    : QObject(parent)
    , m_desktopIsDark(isDark(QApplication::palette())) // the platform's, as nothing has replaced it yet
{
    const QString kept = QSettings().value(settingsKey).toString();
    for (int i = 0; i < 3; ++i) {
        if (kept == QLatin1String(names[i]))
            m_choice = static_cast<ThemeChoice>(i);
    }
    apply();
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    // The signal carries the new value too, but its variant may be nested: asking again is simpler.
    bus.connect(portalService, portalPath, portalInterface, QStringLiteral("SettingChanged"), this,
                SLOT(desktopSettingChanged(QString, QString)));
    askDesktop();
}

void ThemeSwitch::desktopSettingChanged(const QString& group, const QString& key)
{
    if (group == appearance && key == colorScheme)
        askDesktop();
}

void ThemeSwitch::askDesktop()
{
    QDBusMessage question =
        QDBusMessage::createMethodCall(portalService, portalPath, portalInterface, QStringLiteral("Read"));
    question << appearance << colorScheme;
    question.setAutoStartService(false);
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* call) {
        call->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *call;
        if (reply.isError())
            return; // no portal: the palette's word stands
        const uint scheme = unwrapped(reply.value().variant()).toUInt();
        if (scheme == 0)
            return;
        m_desktopIsDark = scheme == 1;
        apply();
    });
}

void ThemeSwitch::choose(ThemeChoice choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    QSettings().setValue(settingsKey, QLatin1String(names[static_cast<int>(choice)]));
    apply();
    emit chosen(choice);
}

void ThemeSwitch::apply()
{
    const bool dark = m_choice == ThemeChoice::System ? m_desktopIsDark : m_choice == ThemeChoice::Dark;
    applyTheme(*qApp, dark);
}

} // namespace chainrule
