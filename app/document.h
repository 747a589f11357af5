// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

namespace chainrule {

/// What a person edits: the settings of the next run, with undo and redo. One value is the whole state, so
/// an undo command is the value before and the value after.
class Document : public QObject {
    Q_OBJECT

public:
    explicit Document(const TrainingSettings& settings, QObject* parent = nullptr);

    [[nodiscard]] const TrainingSettings& settings() const { return m_settings; }
    [[nodiscard]] QUndoStack& undoStack() { return m_undoStack; }

    /// Changes the settings by an undoable command named `what`. Edits that follow each other with the same
    /// `mergeKey` (not empty) become one command, so that a held arrow key is undone in one go.
    void edit(const TrainingSettings& settings, const QString& what, const QString& mergeKey = {});

    /// Changes the settings without a command of its own: what follows from the data at hand. Undoing the
    /// edit before it takes this back too.
    void adjust(const TrainingSettings& settings) { set(settings); }

signals:
    void changed(const chainrule::TrainingSettings& settings);

private:
    class Edit;
    void set(const TrainingSettings& settings);

    TrainingSettings m_settings;
    QUndoStack m_undoStack;
};

} // namespace chainrule
