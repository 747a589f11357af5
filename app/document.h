// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/modelorigin.h"

#include "core/formats/modelmetadata.h"
#include "core/network/network.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/settings/settings.h"

#include <QObject>
#include <QSet>
#include <QString>
#include <QUndoStack>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

struct RunSetup;

/// A run that was cut off before its end, to go on from the weights that it had.
struct HalfDone {
    TrainingSettings settings;
    double epoch = 0.0; ///< of the weights
};

/// A model file's weights, for a run to start from, and how they came about.
struct InitialModel {
    Network parameters;
    History history;
    QString path;
    std::vector<std::string> classNames = {};     ///< of its outputs; empty: their numbers
    std::vector<InputScale> scale = {};           ///< of its inputs; empty: none, or not known
    std::string sha256 = {};                      ///< of the file when it was read; empty: not known
    std::optional<InitialFile> origin = {};       ///< that its own training began from
    std::optional<TrainingSettings> trained = {}; ///< that it was trained with; nothing: not recorded
    ModelOrigin from = ModelOrigin::File;
    std::optional<HalfDone> halfDone = {};
    Precision precision = Precision::Double;  ///< of the weights
    std::weak_ptr<const Network> listed = {}; ///< the same weights, of the list's run that it comes from
    FeedContent curve = {}; ///< its run's start and its points within the epochs, where kept
};

/// A model's weights, which live as long as it does.
[[nodiscard]] inline std::shared_ptr<const Network>
weightsOf(const std::shared_ptr<const InitialModel>& model)
{
    return {model, &model->parameters};
}

/// The model file that a window is about, and what it held when it was opened or saved last.
struct DocumentFile {
    QString path; ///< empty: there is none yet
    TrainingSettings settings;
    std::shared_ptr<const Network> weights;   ///< null: no file, or its weights are not loaded
    QString stamp = {};                       ///< of the file then, see stampOf(); empty: not known
    std::shared_ptr<const Network> heir = {}; ///< that went on from the file's before a crash; null: none
    std::weak_ptr<const RunSetup> run = {};   ///< that the weights are of; expired: none that could go on
};

/// What a person edits: the settings of the next run and the model that it starts from, with undo and redo.
/// One value is the whole state, so an undo command is the value before and the value after.
class Document : public QObject {
    Q_OBJECT

public:
    explicit Document(const TrainingSettings& settings, QObject* parent = nullptr);

    [[nodiscard]] const TrainingSettings& settings() const { return m_state.settings; }
    /// Null: the first weights are drawn by the seed.
    [[nodiscard]] const std::shared_ptr<const InitialModel>& initial() const { return m_state.initial; }
    /// Another one after each openFile(), and again the one before where that is undone.
    [[nodiscard]] const DocumentFile& file() const { return *m_state.file; }
    /// The same, which setSaved() is told of, and which tells documents apart.
    [[nodiscard]] const std::shared_ptr<DocumentFile>& fileRecord() const { return m_state.file; }
    [[nodiscard]] QUndoStack& undoStack() { return m_undoStack; }
    [[nodiscard]] bool isEdited() const { return m_undoStack.index() > 0; }

    /// Changes the settings by an undoable command named `what`. Edits that follow each other with the same
    /// `mergeKey` (not empty) become one command, so that a held arrow key is undone in one go. The initial
    /// model stays as long as its layers are the settings'.
    void edit(const TrainingSettings& settings, const QString& what, const QString& mergeKey = {});

    /// Changes settings and initial model (may be null) by an undoable command.
    void editWithModel(const TrainingSettings& settings, std::shared_ptr<const InitialModel> initial,
                       const QString& what);
    /// The same, for a model that comes from another file, which the document is about from now on.
    void openFile(const DocumentFile& file, const TrainingSettings& settings,
                  std::shared_ptr<const InitialModel> initial, const QString& what);
    /// The document was saved: that is no edit, and stays whatever is undone. `record` is fileRecord() when
    /// it was asked for, which an undo may have replaced since.
    void setSaved(const std::shared_ptr<DocumentFile>& record, const DocumentFile& file);
    /// Whether a file with that stamp (see stampOf()) is as this window wrote it, in whatever state it was.
    [[nodiscard]] bool hasWritten(const QString& stamp) const { return m_written.contains(stamp); }

    /// Changes the settings without a command of its own: what follows from the data at hand. Undoing the
    /// edit before it takes this back too.
    void adjust(const TrainingSettings& settings);

signals:
    void changed(const chainrule::TrainingSettings& settings);
    void saved();

private:
    class Edit;
    struct State {
        TrainingSettings settings;
        std::shared_ptr<const InitialModel> initial;
        std::shared_ptr<DocumentFile> file; ///< shared by all states of the same document
        bool operator==(const State&) const = default;
    };

    [[nodiscard]] State with(const TrainingSettings& settings) const;
    void push(const State& state, const QString& what, const QString& mergeKey);
    void set(const State& state);

    State m_state;
    QUndoStack m_undoStack;
    QSet<QString> m_written; ///< the stamps of all files that were saved
};

} // namespace chainrule
