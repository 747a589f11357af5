// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace chainrule {

enum class ThemeChoice { System, Light, Dark };

/// Light or dark: the desktop's choice, live where it has a settings portal, or the person's own, kept for
/// the next start. One object for the application.
class ThemeSwitch : public QObject {
    Q_OBJECT

public:
    /// Applies the kept choice. To be made after the application and before its first window.
    explicit ThemeSwitch(QObject* parent = nullptr);

    [[nodiscard]] ThemeChoice choice() const { return m_choice; }
    void choose(ThemeChoice choice);

signals:
    void chosen(chainrule::ThemeChoice choice);

private slots:
    void desktopSettingChanged(const QString& group, const QString& key);

private:
    void askDesktop();
    void apply();

    ThemeChoice m_choice = ThemeChoice::System;
    bool m_desktopIsDark = false;
};

} // namespace chainrule
