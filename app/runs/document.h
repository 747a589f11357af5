// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/run.h"
#include "core/training/settings/settings.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <memory>

namespace chainrule {

/// What a person edits: the settings of the next run and the run whose network it starts from, with undo and
/// redo.
/// One value is the whole state, so an undo command is the value before and the value after.
class Document : public QObject {
    Q_OBJECT

public:
    explicit Document(const TrainingSettings& settings, QObject* parent = nullptr);

    [[nodiscard]] const TrainingSettings& settings() const { return m_state.settings; }
    /// Null: the first weights are drawn by the seed.
    [[nodiscard]] const std::shared_ptr<const Run>& initial() const { return m_state.initial; }
    [[nodiscard]] QUndoStack& undoStack() { return m_undoStack; }

    /// Changes the settings by an undoable command named `what`. Edits that follow each other with the same
    /// `mergeKey` (not empty) become one command, so that a held arrow key is undone in one go. The initial
    /// run stays as long as its layers are the settings'.
    void edit(const TrainingSettings& settings, const QString& what, const QString& mergeKey = {});

    /// Changes settings and initial run (may be null) by an undoable command.
    void editWithRun(const TrainingSettings& settings, std::shared_ptr<const Run> initial,
                     const QString& what);

    /// Changes the settings without a command of its own: what follows from the data at hand. Undoing the
    /// edit before it takes this back too.
    void adjust(const TrainingSettings& settings);

signals:
    void changed(const chainrule::TrainingSettings& settings);

private:
    class Edit;
    struct State {
        TrainingSettings settings;
        std::shared_ptr<const Run> initial;
        bool operator==(const State&) const = default;
    };

    [[nodiscard]] State with(const TrainingSettings& settings) const;
    void push(const State& state, const QString& what, const QString& mergeKey);
    void set(const State& state);

    State m_state;
    QUndoStack m_undoStack;
};

} // namespace chainrule
