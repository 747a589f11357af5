// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings/settings.h"

#include <QString>

#include <map>

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

/// The settings that were edited last, or `standard` where there are none that could be used.
void saveTraining(const TrainingSettings& settings);
[[nodiscard]] TrainingSettings training(const TrainingSettings& standard);

/// What stood in the Graph page's field, with the values of its variables; an empty text: nothing of one's
/// own.
struct Expression {
    QString text;
    std::map<QString, double> values;
};
void saveExpression(const Expression& expression);
[[nodiscard]] Expression expression();

/// What else the Graph page was set to, as graphChoices has it.
void saveGraphPage(const QString& choices);
[[nodiscard]] QString graphPage();

} // namespace windowState

} // namespace chainrule
