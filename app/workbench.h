// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/datastore.h"
#include "app/document.h"
#include "app/predictor.h"
#include "app/runs/moments.h"
#include "app/trainednetwork.h"
#include "app/trainingcontroller.h"

#include "core/formats/sessionfile.h"

#include <QElapsedTimer>
#include <QObject>

#include <memory>
#include <optional>
#include <string>
#include <vector>

class QTimer;

namespace chainrule {

/// All that a model file is made of, and what the window shows beside it.
struct ModelToSave {
    std::shared_ptr<const Network> parameters;
    TrainingSettings settings; ///< of the run that the weights come from
    History history;
    TrainingSettings edited;                     ///< of the next run
    std::vector<std::string> classNames;         ///< of the outputs; empty: their numbers
    std::vector<InputScale> scale;               ///< of the inputs; empty: none, or not known
    std::optional<InitialFile> initial;          ///< that the run began from; nothing: drawn by the seed
    bool recorded = true;                        ///< whether the settings are of the weights' own run
    std::optional<Precision> precision = {};     ///< of the weights; nothing: that of the settings
    std::shared_ptr<const RunSetup> run = {};    ///< that the weights are of; null: none here
    std::shared_ptr<DocumentFile> document = {}; ///< that is saved
};

/// What a problem is about, which decides what can be offered to mend it.
enum class Problem {
    Data,
    Model, ///< the network and the data do not fit: new weights do
    Divergence,
    Other
};

/// The window's invisible half: the settings being edited, the data at hand, the run, and what the network
/// makes of the test images, kept in step with each other.
class Workbench : public QObject {
    Q_OBJECT

public:
    explicit Workbench(const TrainingSettings& settings, QObject* parent = nullptr);

    [[nodiscard]] Document& document() { return m_document; }
    [[nodiscard]] const Document& document() const { return m_document; }
    [[nodiscard]] DataStore& store() { return m_store; }
    [[nodiscard]] TrainingController& training() { return m_training; }

    /// Loads the data that the settings name. To be called once everything is connected.
    void begin();

    /// Reads other data, and sets them once they are there: what cannot be read changes nothing, and
    /// dataRefused() tells why.
    void openData(const std::string& source);
    /// Nothing more is heard of those data, and no run starts with them.
    void stopOpening();

    /// Takes architecture, settings, weights and history from a model file; the data from `data` where that
    /// is not empty.
    Result<void> openModel(const QString& path, const std::string& data = {});

    /// Whether there are weights to save: of the run that is shown, or of the model that was opened.
    [[nodiscard]] bool hasWeights() const { return m_run.latest.parameters || m_document.initial(); }
    /// Shows what isModified() is about where that is not the run that is shown, of a few steps, but the
    /// network that it began from.
    void showUnsaved();
    /// Whether that network was edited away meanwhile.
    [[nodiscard]] bool hasUnsavedStart() const { return isInNoFile(m_run.left); }
    /// Writes them with their settings and history; the window is about that file from then on.
    Result<void> saveModel(const QString& path);
    /// The same in three steps, of which the second may be taken in another thread. To be asked only where
    /// hasWeights().
    [[nodiscard]] ModelToSave modelToSave() const;
    [[nodiscard]] static Result<void> writeModel(const ModelToSave& model, const QString& path);
    void setSaved(const ModelToSave& model, const QString& path);

    /// Whether there are settings or weights that the file does not hold, or, where there is no file, weights
    /// that have learned for an epoch at least.
    [[nodiscard]] bool isModified() const;
    /// Whether saving would put other weights into the file than those that it holds, or that were trained
    /// from them or in the same run.
    [[nodiscard]] bool replacesAnother() const;
    /// Whether weights that are in no file were put away, and would be lost with what bringBack() has here
    /// again.
    [[nodiscard]] bool losesAway() const;

    /// Puts settings, weights and history of the window into a session, and takes them from one.
    /// What can be brought back is kept among its runs.
    void putInto(Session& session) const;
    Result<void> restore(const Session& session);

    /// The run that is shown, as far as it has come; null where there is none, or nothing was learned.
    [[nodiscard]] std::shared_ptr<const Run> shownRun() const;
    /// Shows the network of a run that has weights; the next run starts from it. An edit that can be undone.
    Result<void> openRun(const Run& run);
    /// Whether run() goes on with a run that was cut off, whose weights are shown.
    [[nodiscard]] bool continuesRun() const;
    /// Has here again what reset(), newWeights() or an edit of the layers put away last: a run, or an opened
    /// network that is in no file. As long as no other run has learned for an epoch, and no other network was
    /// opened.
    void bringBack();
    [[nodiscard]] bool canBringBack() const { return m_away.has_value(); }
    /// The network that losesAway() speaks of; null: none.
    [[nodiscard]] std::shared_ptr<const Run> awayRun() const;
    /// As if a run with weights had been put away here: what a session tells.
    void takeAway(const std::shared_ptr<const Run>& run);

    /// Train, Pause or Resume, as the state has it.
    void run();
    void stepBatch();
    void stepEpoch();
    /// Whether the run that is under way goes on with one that was cut off.
    [[nodiscard]] bool isResumed() const { return m_training.isActive() && m_run.history.resumedAt; }
    /// Puts the run away: the same first weights again.
    void reset();
    /// The next seed's weights.
    void newWeights();

    // ---- any step of the run that is shown

    /// Shows the run as it was after so many of its steps, on every page, until showNewest(), another run or
    /// another step.
    void seek(std::int64_t step);
    void showNewest();
    /// The step that is looked at; nothing: the newest.
    [[nodiscard]] std::optional<std::int64_t> shownStep() const;
    /// The steps that can be looked at; none where there is no run, or where only its weights are known.
    struct Steps {
        std::int64_t first = 0;
        std::int64_t last = 0;
        std::int64_t total = 0; ///< that the run will have
        std::int64_t perEpoch = 1;
        std::optional<std::int64_t> best; ///< the end of the epoch with the lowest validation loss
    };
    [[nodiscard]] std::optional<Steps> steps() const;
    /// Whether a run with the settings being edited can go on from the step that is looked at.
    [[nodiscard]] Result<void> mayFork() const;
    /// Begins such a run.
    void fork();

    void setGridChoice(GridChoice choice);
    [[nodiscard]] GridChoice gridChoice() const { return m_gridChoice; }

    /// The file whose weights a run would start from; empty: they are drawn by the seed, or are in no file.
    [[nodiscard]] QString initialModel() const;
    [[nodiscard]] std::optional<InitialFile> fileToBeginFrom() const;
    /// Whether a run would start from weights that are in no file.
    [[nodiscard]] bool startsFromUnsaved() const;

    /// The weights that the grid shows, or will show: the run's newest, the opened model's, or those that the
    /// seed draws. Null where the settings name no network that could be made.
    [[nodiscard]] std::shared_ptr<const Network> presentParameters() const;
    /// How far they were trained, in epochs of the run that is shown; 0 before.
    [[nodiscard]] double presentEpoch() const;

    /// What is shown, to be exported; without parameters where there are none. Without a setup where nothing
    /// has run yet: then the samples are those of the settings and of the data at hand.
    [[nodiscard]] TrainedNetwork shownNetwork() const;

    /// Whether the data at hand have as many numbers as the opened network reads; true where either is
    /// missing.
    [[nodiscard]] bool networkReadsData() const;

    /// Whether a run is shown, under way or at its end.
    [[nodiscard]] bool hasRun() const { return m_run.setup != nullptr; }
    /// Whether Train was asked for and waits for the data.
    [[nodiscard]] bool isStartPending() const { return m_pending != Pending::Nothing; }
    /// Whether the settings differ from those of the run that is shown, in more than the learning rate.
    [[nodiscard]] bool differsFromRun() const;
    /// The settings of the run that is shown, or those being edited where there is none.
    [[nodiscard]] const TrainingSettings& shownSettings() const;
    /// Those that the present weights were trained with, as far as it is known.
    [[nodiscard]] const TrainingSettings& ownSettings() const;

signals:
    /// The curves that are shown are to go. `byEdit`: only an edit has changed what they are of, while
    /// somebody may be busy with something else; otherwise something else is shown from now on.
    void cleared(bool byEdit);
    void historyOpened(const chainrule::History& history, int epochs);
    /// What historyOpened() leaves out: points within the epochs, and how far the run came.
    void curveOpened(const chainrule::FeedContent& content);
    /// A run that has not ended, but has learned for an epoch at least, gives way to something else.
    void leftUnfinished(const std::shared_ptr<const chainrule::Run>& run);
    /// A network that is in no file was taken away: bringBack() has it again. `epoch`: how far it was
    /// trained; 0: not known.
    void putAway(double epoch);
    /// That network is in a file now, or shown again, or cannot be brought back any more.
    void awayGone();
    /// bringBack() has shown what was put away; `listed` is what leftUnfinished() told of it, or null.
    void broughtBack(const std::shared_ptr<const chainrule::Run>& listed);
    void gridChanged(const chainrule::GridAnswer& answer);
    void problem(const chainrule::Error& error, chainrule::Problem kind);
    void dataRefused(const chainrule::Error& error, const std::string& source);
    /// Data that were being read are not waited for any more; those at hand stay.
    void openingStopped();
    /// The output layer was given as many units as the data have classes.
    void outputFollowed(int classes);
    /// isStartPending() or differsFromRun() may have changed.
    void updated();
    /// shownStep() or steps() has changed.
    void momentChanged();

private:
    enum class Pending { Nothing, Run, StepBatch, StepEpoch };

    void settingsChanged(const TrainingSettings& settings);
    void dataLoaded();
    void fitToData(const std::optional<SampleCounts>& before = {});
    struct ShownRun {
        std::shared_ptr<const RunSetup> setup;
        Snapshot latest;   ///< its newest weights
        Snapshot measured; ///< the newest that all epochs before are measured of
        History history;
        FeedContent curve;                     ///< its start and its points, thinned
        std::optional<InitialFile> initial;    ///< that it began from; nothing: drawn by the seed
        std::shared_ptr<const Network> from;   ///< the model's weights that it began from; null: the seed's
        std::shared_ptr<SeekableRun> seekable; ///< null: its steps cannot be computed again
        std::string id;                        ///< in the library; empty: it is not kept
        std::optional<RunParent> forkedFrom;
        std::shared_ptr<const InitialModel> left; ///< in no file, and edited away meanwhile; null: none
    };
    struct SavedWeights {
        std::weak_ptr<const Network> weights;
        QString path; ///< absolute
    };
    /// That bringBack() has here again: a run, or an opened network.
    struct Away {
        ShownRun run;
        std::shared_ptr<const InitialModel> model; ///< null: it is the run
        std::shared_ptr<const Run> listed;         ///< as leftUnfinished() told of it; null: it did not
        bool byStart = false;                      ///< another run was to take its place
        int undoIndex = -1; ///< of the edit that put it away, as long as nothing else was edited
    };

    [[nodiscard]] static std::shared_ptr<const Run> runOf(const ShownRun& run);
    [[nodiscard]] std::shared_ptr<const Run> runOf(const std::shared_ptr<const InitialModel>&) const;
    [[nodiscard]] std::shared_ptr<const Run> unfinishedRun() const;
    std::shared_ptr<const Run> leaveUnfinished();
    bool putShownAway();
    bool listOpened(const std::shared_ptr<const InitialModel>& opened);
    bool putOpenedAway(const std::shared_ptr<const InitialModel>& opened);
    void tellAway();
    void letAwayGo();
    void initialChanged(const std::shared_ptr<const InitialModel>& before);
    [[nodiscard]] bool isInNoFile(const std::shared_ptr<const InitialModel>& model) const;
    [[nodiscard]] const SavedWeights* placeOf(const std::shared_ptr<const Network>& weights) const;
    [[nodiscard]] std::shared_ptr<const Network> awayWeights() const;
    void forgetShown();
    [[nodiscard]] static History historyBefore(const InitialModel& model);
    void takeStart();
    void startRun(Pending how);
    void beginTraining(const RunRequest& request);
    void forgetMoment();
    void takeNews(const FeedContent& content);
    void takeOutcome(const TrainingOutcome& outcome);
    [[nodiscard]] std::shared_ptr<const Network> initialParameters() const;
    [[nodiscard]] bool isRecorded() const;
    void showInitial(bool byEdit = false);
    void showModel(const std::shared_ptr<const InitialModel>& model);
    [[nodiscard]] bool isOfFile(const std::shared_ptr<const Network>& weights) const;
    [[nodiscard]] bool networkFitsData() const;
    void requestGrid();
    void pollGrid();
    [[nodiscard]] std::shared_ptr<const Checkpoint> shownMoment() const;
    [[nodiscard]] double epochOf(const Checkpoint& moment) const;
    [[nodiscard]] History historyUntil(double epoch) const;

    Document m_document;
    DataStore m_store;
    TrainingController m_training;
    Predictor m_predictor;
    Moments m_moments;
    std::shared_ptr<SeekableRun> m_momentRun;   ///< that the moment is of
    std::shared_ptr<const Checkpoint> m_moment; ///< null: the newest is shown
    QTimer* m_gridTimer = nullptr;
    QElapsedTimer m_sinceSnapshot;

    ShownRun m_run;                               ///< without a setup: none
    std::shared_ptr<const InitialModel> m_start;  ///< that the run goes on from; null: it began anew
    std::optional<Away> m_away;                   ///< what bringBack() has here again
    TrainingSettings m_before;                    ///< the settings before the last change
    std::shared_ptr<const InitialModel> m_opened; ///< the document's, as of its last change
    bool m_opens = false;              ///< the document's is being changed by what shows the new one itself
    std::vector<SavedWeights> m_saved; ///< what files hold, as far as this window knows
    SampleCounts m_wanted;             ///< before the data at hand cut them down
    SampleCounts m_fitted;             ///< to which they were cut down
    GridChoice m_gridChoice = GridChoice::FirstTen;
    std::uint64_t m_draw = 0;
    Pending m_pending = Pending::Nothing;
};

} // namespace chainrule
