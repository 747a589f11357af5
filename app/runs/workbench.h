// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/data/datastore.h"
#include "app/runs/document.h"
#include "app/runs/moments.h"
#include "app/runs/predictor.h"
#include "app/runs/runopener.h"
#include "app/runs/trainednetwork.h"
#include "app/runs/trainingcontroller.h"

#include <QElapsedTimer>
#include <QObject>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

class QTimer;

namespace chainrule {

/// The moment that is shown, to be written as a model file.
struct ShownMoment {
    TrainedNetwork network;
    std::string run;       ///< its id; empty: it is in no library
    std::int64_t step = 0; ///< of that run
};

/// What a problem is about, which decides what can be offered to mend it.
enum class Problem {
    Data,
    Model, ///< the network and the data do not fit: new weights do
    Divergence,
    Other
};

/// The window's invisible half: the settings being edited, the data, the run that is shown, and what its
/// network makes of the test images, kept in step with each other.
///
/// What is shown is a run that this window trains or has trained, or one that was opened from the library or
/// from a model file, which the next run starts from; or else the network that the next run starts with.
class Workbench : public QObject {
    Q_OBJECT

public:
    explicit Workbench(const TrainingSettings& settings, QObject* parent = nullptr);

    /// Runs are kept in, and opened from, this library; `path` is its file.
    void useLibrary(const std::shared_ptr<LibraryWriter>& writer, const std::string& path);

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

    /// Shows the run of a model file, or one of the library, once it was read in the background: opened() or
    /// problem() tells. The next run starts from its network. An edit that can be undone. The data are those
    /// of its settings, or `data` where that is not empty.
    void openModel(const QString& path, const std::string& data = {});
    void openRun(const std::string& id);
    /// Shows a run of the library, and the next run starts as it would have: what a window did before.
    void showAgain(const std::string& id);
    [[nodiscard]] bool isOpeningRun() const { return m_opener.isOpening(); }

    /// Whether there are weights to save: of the run that is shown.
    [[nodiscard]] bool hasWeights() const { return m_run.latest.parameters != nullptr; }
    /// To be asked only where hasWeights().
    [[nodiscard]] ShownMoment shownMomentToSave() const;
    /// A model file has the network of this run from now on.
    void setFile(const std::string& run, const RunFile& file);
    /// The model file that was read or written last for the run that is shown; nothing: none.
    [[nodiscard]] std::optional<RunFile> file() const;

    /// The run that is shown, as far as it has come; null where there is none, or nothing was learned.
    [[nodiscard]] std::shared_ptr<const Run> shownRun() const;
    /// Its id in the library; empty: it is in none, or there is none.
    [[nodiscard]] const std::string& shownId() const { return m_run.id; }
    /// Whether run() goes on with the run that is shown, which was stopped or interrupted.
    [[nodiscard]] bool canResume() const;

    /// Train, Pause or Resume, as the state has it.
    void run();
    /// Starts a run with the settings being edited, whatever is under way.
    void trainNew();
    void stepBatch();
    void stepEpoch();
    /// Shows the network that the next run starts with. A run that is under way is stopped; it is in the
    /// library.
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

    /// The file whose weights the next run starts from; empty: they are drawn by the seed, or are in no file.
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

    /// Whether Train was asked for and waits for the data.
    [[nodiscard]] bool isStartPending() const { return m_pending != Pending::Nothing; }
    /// Whether the settings differ from those of the run that is shown, in more than the learning rate.
    [[nodiscard]] bool differsFromRun() const;
    /// The settings of the run that is shown, or those being edited where there is none.
    [[nodiscard]] const TrainingSettings& shownSettings() const;

signals:
    /// The curves that are shown are to go. `byEdit`: only an edit has changed what they are of, while
    /// somebody may be busy with something else; otherwise something else is shown from now on.
    void cleared(bool byEdit);
    void historyOpened(const chainrule::History& history, int epochs);
    /// What historyOpened() leaves out: points within the epochs, and how far the run came.
    void curveOpened(const chainrule::FeedContent& content);
    /// A run of the library or of a model file is shown now.
    void opened();
    /// file() is another one.
    void fileChanged();
    void gridChanged(const chainrule::GridAnswer& answer);
    void problem(const chainrule::Error& error, chainrule::Problem kind);
    void dataRefused(const chainrule::Error& error, const std::string& source);
    /// The data that were being opened are given up; the current data stay.
    void openingStopped();
    /// The output layer was given as many units as the data have classes.
    void outputFollowed(int classes);
    /// isStartPending() or differsFromRun() may have changed.
    void updated();
    /// shownStep() or steps() has changed.
    void momentChanged();

private:
    enum class Pending { Nothing, Run, NewRun, StepBatch, StepEpoch };

    void settingsChanged(const TrainingSettings& settings);
    void dataLoaded();
    void fitToData(const std::optional<SampleCounts>& before = {});
    struct ShownRun {
        std::shared_ptr<const Run> opened;     ///< as it was read; null: this window trains it or has done so
        std::shared_ptr<const RunSetup> setup; ///< null: not yet known
        Snapshot latest;                       ///< its newest weights
        History history;
        FeedContent curve;                     ///< its start and its points, thinned
        std::optional<InitialFile> initial;    ///< that it began from; nothing: drawn by the seed
        std::shared_ptr<SeekableRun> seekable; ///< null: its steps cannot be computed again
        std::string id;                        ///< in the library; empty: it is not kept
        std::optional<RunParent> forkedFrom;
        std::shared_ptr<const ResumePoint> resume; ///< of an opened run; null: not yet known
        bool cannotGoOn = false;                   ///< other data, or another version of the program
    };

    void showOpened(const std::shared_ptr<const Run>& run, bool byEdit);
    void takeOpened(const OpenedRun& found);
    void prepareOpened();
    void takePrepared(const PreparedRun& prepared);
    void tellCurves();
    void begin(Pending how);
    void startRun(Pending how);
    void resume(Pending how);
    void beginTraining(const RunRequest& request, Pending how, ShownRun next);
    void forgetMoment();
    void takeNews(const FeedContent& content);
    void takeOutcome(const TrainingOutcome& outcome);
    void takeRefusal(const Error& error);
    [[nodiscard]] std::shared_ptr<const Network> initialParameters() const;
    void showInitial(bool byEdit = false);
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

    RunOpener m_opener;
    std::string m_openedData;  ///< for the run that is being opened; empty: its own
    bool m_startsFrom = false; ///< the run that is being opened

    ShownRun m_run;
    ShownRun m_replaced;                    ///< by a run that may yet be refused
    TrainingSettings m_before;              ///< the settings before the last change
    std::shared_ptr<const Run> m_initial;   ///< the document's, as of its last change
    bool m_opens = false;                   ///< the document is changed by what shows the new one itself
    std::map<std::string, RunFile> m_files; ///< by the runs' ids, as far as this window knows
    SampleCounts m_wanted;                  ///< before the data at hand cut them down
    SampleCounts m_fitted;                  ///< to which they were cut down
    GridChoice m_gridChoice = GridChoice::FirstTen;
    std::uint64_t m_draw = 0;
    Pending m_pending = Pending::Nothing;
};

} // namespace chainrule
