// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings/settings.h"

#include <QJsonObject>
#include <QString>

#include <optional>

class QMainWindow;

namespace chainrule {

/// What a window leaves for the next start, in the user's settings file.
namespace windowState {

/// Puts a settings file that cannot be read aside, so that everything has its default. To be called once,
/// before the settings are used. Returns where the file is now; empty where it was in order.
QString mendSettings();

/// Geometry, the sizes of the splitters that have a name, and the state of the checkable actions that have
/// one: "kept" and something more.
void save(const QMainWindow& window);
void restore(QMainWindow& window);

void savePage(int page);
[[nodiscard]] int page();

/// Settings as a workspace keeps them. Those of data that nobody has chosen leave it open which.
[[nodiscard]] QString textOf(const TrainingSettings& settings);
/// Nothing where they cannot be used.
[[nodiscard]] std::optional<TrainingSettings> settingsFrom(const QString& text);

/// What versions before the library kept in the settings file, as a workspace has it: "settings",
/// "expression", "graph".
[[nodiscard]] QJsonObject olderWorkspace();

} // namespace windowState

} // namespace chainrule
