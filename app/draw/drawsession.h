// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"
#include "app/draw/inkreader.h"
#include "app/runs/predictor.h"

#include "core/data/ink/strokes.h"
#include "core/data/nearest.h"

#include <QDateTime>
#include <QObject>
#include <QUndoStack>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

class QTimer;

namespace chainrule {

/// A drawing that a person said what it is, and what a network sees of it.
struct KeptDrawing {
    StrokeSample sample; ///< with a label
    DigitImage image;    ///< prepared as MNIST was
    std::string line;    ///< of the file
};
using KeptDrawings = std::vector<std::shared_ptr<const KeptDrawing>>;

/// The training images that are nearest to an image.
struct NearestAnswer {
    std::shared_ptr<const Dataset> data;
    DigitImage image;
    std::vector<NearImage> images;
};

/// The network that drawings are shown to.
struct DrawNetwork {
    std::shared_ptr<const RunSetup> setup; ///< its data and settings; null: settings and data do not fit
    std::shared_ptr<Observer> observer;    ///< null where the network does not read images of 28 x 28
    std::optional<Error> error;            ///< why there is no observer
    bool trained = false;
    double epoch = 0.0;
    std::vector<Guess> kept; ///< what it makes of each kept drawing, as many as there were when it was asked
    KeptDrawings keptDrawings;
};

/// The Draw page's invisible half: the drawing on the canvas, the kept drawings and their file, the network
/// that reads them, and the training images that are nearest.
class DrawSession : public QObject {
    Q_OBJECT

public:
    explicit DrawSession(QObject* parent = nullptr);
    ~DrawSession() override; ///< what was kept before the file had been read is written now

    [[nodiscard]] const StrokeSample& drawing() const { return m_drawing; }
    [[nodiscard]] bool isEmpty() const { return m_drawing.strokes.empty() && m_drawing.picture.ink.empty(); }
    [[nodiscard]] QUndoStack& drawingUndo() { return m_drawingUndo; }
    void addStroke(const Stroke& points, double pen);
    void clear();
    /// Puts other ink on the canvas.
    void setPicture(InkImage picture);
    void setDrawing(const StrokeSample& drawing, const QString& what);

    [[nodiscard]] const KeptDrawings& kept() const { return m_kept; }
    [[nodiscard]] QUndoStack& keptUndo() { return m_keptUndo; }
    /// Keeps the drawing that is on the canvas. Fails where a network would see nothing of it, and where the
    /// file cannot hold it or be written: then nothing has changed. So do the others that change what is
    /// kept, but for undo and redo: what they make is there, and problem() says that it is not in the file.
    Result<void> keep(int label);
    /// Keeps the labelled drawings of a .jsonl file, which is read in the background: fileKept() says how
    /// many there were, or problem() why none.
    void keepFile(const QString& path);
    Result<void> removeKept(int index);

    /// Where kept drawings are kept between two starts: reads the file, in the background, and writes it with
    /// every change from then on. What cannot be read is put aside, not overwritten.
    void useFile(const QString& path);
    [[nodiscard]] const QString& file() const { return m_file; }
    /// Writes the kept drawings as the four files of an IDX set, all or none. Fails where one of them is
    /// there already, unless they are to be replaced, and where a packed one is.
    Result<void> exportIdx(const QString& folder, bool replaces = false) const;

    /// Takes in what another window has kept in the file since.
    void readOthers();

    /// Makes the network that a grid's answer is about the one that reads drawings.
    void setNetwork(const GridAnswer& answer);
    /// Null until there is one.
    [[nodiscard]] const DrawNetwork* network() const { return m_network ? &*m_network : nullptr; }

    /// Looks for the training images that are nearest to this one, unless they were looked for last.
    void findNearest(const DigitImage& image);

signals:
    void drawingChanged();
    void keptChanged();
    void networkChanged();
    void fileKept(int count);
    void nearestFound(const chainrule::NearestAnswer& answer);
    void problem(const chainrule::Error& error);

private:
    class StrokeEdit;
    class DrawingEdit;
    class KeptEdit;
    struct NetworkRequest {
        GridAnswer answer;
        KeptDrawings kept;
    };
    struct NearRequest {
        std::shared_ptr<const RunSetup> setup;
        DigitImage image;
    };
    /// A file's drawings, and its lines that are none to be kept but somebody's.
    struct FileContent {
        KeptDrawings drawings;
        std::vector<std::string> otherLines;
    };
    struct FileRequest {
        QString path;
        bool own = false; ///< the file of kept drawings, which need not be there yet
    };
    struct FileAnswer {
        Result<FileContent> content = Error{};
        FileRequest request;
    };
    static DrawNetwork makeNetwork(const NetworkRequest& request, const std::stop_token& stop);
    static NearestAnswer searchNearest(const NearRequest& request, const std::stop_token& stop);
    static Result<FileContent> readContent(const QString& path, const std::stop_token& stop);
    static FileAnswer readFile(const FileRequest& request, const std::stop_token& stop);

    void replaceDrawing(const StrokeSample& drawing);
    void replaceKept(const KeptDrawings& kept);
    Result<void> pushKept(KeptDrawings after, const QString& what);
    void addMerged();
    void takeFile(const FileAnswer& answer);
    void takeOwnFile(const Result<FileContent>& content);
    void mergeOthers();
    Result<void> save();
    void saveLater(const Result<void>& saved);
    void poll();
    void startPolling();
    void postNetwork();

    StrokeSample m_drawing;
    QUndoStack m_drawingUndo;
    KeptDrawings m_kept;
    QUndoStack m_keptUndo;
    QString m_file;
    bool m_fileRead = false;
    bool m_fileIsBroken = false;
    bool m_unsaved = false;  ///< what is kept could not be written yet
    qint64 m_savedSize = -1; ///< of the file, when it was last written here
    QDateTime m_savedTime;
    std::vector<std::string> m_otherLines;        ///< of the file, to be written back
    std::unordered_set<std::string> m_knownLines; ///< that were read or written here
    KeptDrawings m_merged;                        ///< that another window has written meanwhile
    std::optional<NearRequest> m_lastNear;
    std::optional<GridAnswer> m_answer;
    std::optional<DrawNetwork> m_network;
    QTimer* m_timer = nullptr;
    LatestJob<NetworkRequest, DrawNetwork> m_networkJob;
    LatestJob<NearRequest, NearestAnswer> m_nearJob;
    LatestJob<FileRequest, FileAnswer> m_fileJob;
    LatestJob<FileRequest, FileAnswer> m_addJob;
};

} // namespace chainrule
