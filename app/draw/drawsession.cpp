// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/draw/drawsession.h"

#include "app/base/errortext.h"
#include "app/base/files.h"

#include "core/base/files/atomicfile.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/drawings.h"
#include "core/data/readers/drawingfiles.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <QSignalBlocker>
#include <QTimer>
#include <QUndoCommand>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <new>
#include <numeric>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;
constexpr std::size_t nearestCount = 6;
constexpr int lockPatience = 200; // milliseconds

Result<KeptDrawing> preparedDrawing(StrokeSample sample)
{
    auto placed = placedOnCanvas(std::move(sample));
    if (!placed)
        return placed.error();
    if (*placed->label > maximumStrokeLabel) {
        return Error{"the drawing",
                     "the file of drawings has labels up to " + std::to_string(maximumStrokeLabel) + " only",
                     "Keep drawings of the first classes"};
    }
    const auto ink = drawingInk(*placed);
    if (!ink)
        return ink.error();
    const auto digit = prepareDigit(*ink);
    if (!digit)
        return digit.error();
    KeptDrawing drawing{std::move(*placed), digit->image, {}};
    drawing.line = writeStrokeLine(drawing.sample);
    if (drawing.line.size() > maximumStrokeLine)
        return Error{"the drawing", "it has too many points to be kept", "Draw it with fewer strokes"};
    return drawing;
}

bool contains(const KeptDrawings& drawings, const std::shared_ptr<const KeptDrawing>& one)
{
    return std::find(drawings.begin(), drawings.end(), one) != drawings.end();
}

Error tooMany()
{
    return {"the drawings", "there are as many as can be kept", "Remove some, or export them first"};
}

// For this file nobody can choose another place.
Error inItsPlace(Error error)
{
    const bool full = says(error.why, MessageId::diskFull);
    error.mend = full ? "Free some space" : "See that it can be written";
    return error;
}

Error notSaved(Error error, const std::string& then)
{
    error.mend = error.mend.english() + then;
    return error;
}

} // namespace

// ---- edits --------------------------------------------------------------------------------------------

class DrawSession::StrokeEdit : public QUndoCommand {
public:
    StrokeEdit(DrawSession& session, Stroke points, double pen)
        : QUndoCommand(pen < 0.0 ? DrawSession::tr("Erase") : DrawSession::tr("Stroke"))
        , m_session(session)
        , m_points(std::move(points))
        , m_pen(pen)
    {
    }
    void redo() override
    {
        m_session.m_drawing.strokes.push_back(m_points);
        m_session.m_drawing.pens.push_back(m_pen);
        emit m_session.drawingChanged();
    }
    void undo() override
    {
        m_session.m_drawing.strokes.pop_back();
        m_session.m_drawing.pens.pop_back();
        emit m_session.drawingChanged();
    }

private:
    DrawSession& m_session;
    Stroke m_points;
    double m_pen;
};

class DrawSession::DrawingEdit : public QUndoCommand {
public:
    DrawingEdit(DrawSession& session, StrokeSample after, const QString& what)
        : QUndoCommand(what)
        , m_session(session)
        , m_before(session.m_drawing)
        , m_after(std::move(after))
    {
    }
    void redo() override { m_session.replaceDrawing(m_after); }
    void undo() override { m_session.replaceDrawing(m_before); }

private:
    DrawSession& m_session;
    StrokeSample m_before;
    StrokeSample m_after;
};

class DrawSession::KeptEdit : public QUndoCommand {
public:
    KeptEdit(DrawSession& session, KeptDrawings before, KeptDrawings after, const QString& what)
        : QUndoCommand(what)
        , m_session(session)
        , m_before(std::move(before))
        , m_after(std::move(after))
    {
    }
    void redo() override
    {
        if (std::exchange(m_isDone, true)) // the first time it was done before it was an edit
            m_session.replaceKept(m_after);
    }
    void undo() override { m_session.replaceKept(m_before); }

private:
    DrawSession& m_session;
    KeptDrawings m_before;
    KeptDrawings m_after;
    bool m_isDone = false;
};

DrawSession::DrawSession(QObject* parent)
    : QObject(parent)
    , m_timer(new QTimer(this))
    , m_networkJob(&DrawSession::makeNetwork)
    , m_nearJob(&DrawSession::searchNearest)
    , m_fileJob(&DrawSession::readFile)
    , m_addJob(&DrawSession::readFile)
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &DrawSession::poll);
}

DrawSession::~DrawSession()
{
    const QSignalBlocker nobodyListens(this);
    if (m_unsaved)
        saveLater(save()); // there may be room by now
    if (m_file.isEmpty() || m_fileRead || m_kept.empty())
        return;
    takeOwnFile(QFileInfo::exists(m_file) ? readContent(m_file, {}) : Result<FileContent>(FileContent()));
}

void DrawSession::addStroke(const Stroke& points, double pen)
{
    m_drawingUndo.push(new StrokeEdit(*this, points, pen));
}

void DrawSession::clear()
{
    if (!isEmpty())
        setDrawing({}, tr("Clear"));
}

void DrawSession::setPicture(InkImage picture)
{
    StrokeSample drawing;
    const bool large = std::max(picture.width, picture.height) > maximumInkSide ||
                       picture.ink.size() > static_cast<std::size_t>(maximumPicturePixels);
    drawing.picture = large ? fitInk(picture, 1024) : std::move(picture);
    setDrawing(drawing, tr("Picture"));
}

void DrawSession::setDrawing(const StrokeSample& drawing, const QString& what)
{
    m_drawingUndo.push(new DrawingEdit(*this, drawing, what));
}

void DrawSession::replaceDrawing(const StrokeSample& drawing)
{
    m_drawing = drawing;
    m_drawing.label.reset();
    emit drawingChanged();
}

// ---- kept drawings ------------------------------------------------------------------------------------

Result<void> DrawSession::keep(int label)
{
    if (m_kept.size() >= maximumDrawings)
        return tooMany();
    StrokeSample sample = m_drawing;
    sample.label = label;
    auto drawing = isEmpty()
                       ? Result<KeptDrawing>(Error{"the drawing", "there is no ink on it", "Draw a digit"})
                       : preparedDrawing(std::move(sample));
    if (!drawing)
        return drawing.error();
    KeptDrawings after = m_kept;
    after.push_back(std::make_shared<const KeptDrawing>(std::move(*drawing)));
    if (const auto kept = pushKept(std::move(after), tr("Keep drawing")); !kept)
        return notSaved(kept.error(), ", then keep the drawing again: it is still on the canvas");
    return {};
}

void DrawSession::keepFile(const QString& path)
{
    m_addJob.post({path, false});
    startPolling();
}

void DrawSession::takeFile(const FileAnswer& answer)
{
    if (!answer.content) {
        emit problem(answer.content.error());
        return;
    }
    const KeptDrawings& drawings = answer.content->drawings;
    if (drawings.empty()) {
        emit problem({answer.request.path.toStdString(), "none of its drawings has a label",
                      "Give each line a \"label\", or draw them here"});
        return;
    }
    if (m_kept.size() + drawings.size() > maximumDrawings) {
        emit problem(tooMany());
        return;
    }
    KeptDrawings after = m_kept;
    after.insert(after.end(), drawings.begin(), drawings.end());
    if (const auto kept = pushKept(std::move(after), tr("Add drawings")); !kept) {
        emit problem(notSaved(kept.error(), ", then add the drawings again"));
        return;
    }
    emit fileKept(static_cast<int>(drawings.size()));
}

Result<void> DrawSession::removeKept(int index)
{
    if (index < 0 || static_cast<std::size_t>(index) >= m_kept.size())
        return {};
    KeptDrawings after = m_kept;
    after.erase(after.begin() + index);
    if (const auto removed = pushKept(std::move(after), tr("Remove drawing")); !removed)
        return notSaved(removed.error(), ", then remove the drawing again: it is still there");
    return {};
}

// Only what is in the file is an edit.
Result<void> DrawSession::pushKept(KeptDrawings after, const QString& what)
{
    KeptDrawings before = m_kept;
    const auto removed = [&](const auto& each) { return contains(before, each) && !contains(after, each); };
    KeptDrawings forgotten;
    std::copy_if(m_merged.begin(), m_merged.end(), std::back_inserter(forgotten), removed);
    std::erase_if(m_merged, removed);
    m_kept = after;
    addMerged();
    auto saved = save();
    if (saved) {
        m_keptUndo.push(new KeptEdit(*this, std::move(before), std::move(after), what));
    } else {
        m_kept = std::move(before);
        m_merged.insert(m_merged.end(), forgotten.begin(), forgotten.end());
        addMerged();
    }
    emit keptChanged();
    postNetwork();
    return saved;
}

void DrawSession::replaceKept(const KeptDrawings& kept)
{
    m_kept = kept;
    addMerged();
    saveLater(save());
    emit keptChanged();
    postNetwork();
}

// What no edit of this window's knows of.
void DrawSession::addMerged()
{
    for (const auto& each : m_merged) {
        if (!contains(m_kept, each))
            m_kept.push_back(each);
    }
}

// ---- the file -----------------------------------------------------------------------------------------

void DrawSession::useFile(const QString& path)
{
    m_file = path;
    m_fileRead = false;
    m_fileJob.post({path, true});
    startPolling();
}

Result<DrawSession::FileContent> DrawSession::readContent(const QString& path, const std::stop_token& stop)
{
    auto samples = readDrawings(path.toStdString());
    if (!samples)
        return samples.error();
    FileContent content;
    for (StrokeSample& sample : *samples) {
        if (stop.stop_requested())
            break; // nobody waits for it any more
        if (!sample.label) {
            content.otherLines.push_back(writeStrokeLine(sample));
            continue;
        }
        auto drawing = preparedDrawing(std::move(sample));
        if (!drawing) {
            Error error = drawing.error();
            error.what = path.toStdString() + ", drawing " +
                         std::to_string(content.drawings.size() + content.otherLines.size() + 1);
            return error;
        }
        content.drawings.push_back(std::make_shared<const KeptDrawing>(std::move(*drawing)));
    }
    return content;
}

DrawSession::FileAnswer DrawSession::readFile(const FileRequest& request, const std::stop_token& stop)
{
    if (request.own && !QFileInfo::exists(request.path))
        return {FileContent(), request};
    return {readContent(request.path, stop), request};
}

void DrawSession::takeOwnFile(const Result<FileContent>& content)
{
    m_fileRead = true;
    m_fileIsBroken = !content;
    if (!content) {
        Error error = content.error();
        error.mend = "Mend the file and start again; before anything is written there, it is put aside as " +
                     QFileInfo(m_file).fileName().toStdString() + ".unreadable";
        emit problem(error);
    }
    const bool more = !m_kept.empty();
    if (content) {
        m_otherLines = content->otherLines;
        for (const auto& drawing : content->drawings)
            m_knownLines.insert(drawing->line);
        // What was kept before the file had been read comes behind it.
        KeptDrawings all = content->drawings;
        all.insert(all.end(), m_kept.begin(), m_kept.end());
        m_kept = std::move(all);
        m_keptUndo.clear();
    }
    if (more)
        saveLater(save());
    emit keptChanged();
    postNetwork();
}

// Takes in what another window has written to the file since.
void DrawSession::mergeOthers()
{
    if (m_fileIsBroken || !QFileInfo::exists(m_file))
        return;
    const auto read = readDrawings(m_file.toStdString());
    if (!read) {
        m_fileIsBroken = true;
        return;
    }
    for (const StrokeSample& sample : *read) {
        const std::string line = writeStrokeLine(sample);
        if (m_knownLines.contains(line) || std::ranges::find(m_otherLines, line) != m_otherLines.end())
            continue;
        if (auto drawing = sample.label ? preparedDrawing(sample) : Result<KeptDrawing>(Error{})) {
            m_knownLines.insert(drawing->line);
            m_merged.push_back(std::make_shared<const KeptDrawing>(std::move(*drawing)));
            m_kept.push_back(m_merged.back());
        } else {
            m_otherLines.push_back(line); // of no use here, but somebody's
        }
    }
}

void DrawSession::readOthers()
{
    const QFileInfo now(m_file);
    if (!m_fileRead || m_fileIsBroken || (now.size() == m_savedSize && now.lastModified() == m_savedTime))
        return;
    const std::size_t before = m_kept.size();
    mergeOthers();
    if (m_kept.size() == before)
        return;
    emit keptChanged();
    postNetwork();
}

// For what is kept whether it could be written or not.
void DrawSession::saveLater(const Result<void>& saved)
{
    m_unsaved = !saved;
    if (!saved)
        emit problem(notSaved(saved.error(), "; your drawings are as they are shown until the program ends, "
                                             "and are written with the next change"));
}

Result<void> DrawSession::save()
{
    if (m_file.isEmpty() || !m_fileRead)
        return {};
    std::error_code failure;
    std::filesystem::create_directories(QFile::encodeName(QFileInfo(m_file).path()).toStdString(), failure);
    if (failure)
        return inItsPlace(notWritten(m_file.toStdString(), failure.value()));
    QLockFile lock(m_file + QStringLiteral(".lock"));
    if (!lock.tryLock(lockPatience) && lock.error() == QLockFile::LockFailedError)
        return Error{m_file.toStdString(), "another program is writing it", "Wait a moment"};
    if (const QFileInfo now(m_file); now.size() != m_savedSize || now.lastModified() != m_savedTime)
        mergeOthers();
    if (m_fileIsBroken) {
        // Whatever it holds, it may be somebody's work.
        QString aside = m_file + QStringLiteral(".unreadable");
        for (int i = 2; QFileInfo::exists(aside); ++i)
            aside = m_file + QStringLiteral(".unreadable%1").arg(i);
        if (!QFile::rename(m_file, aside))
            return Error{m_file.toStdString(), "it cannot be read, and not be put aside", "Move it away"};
        m_fileIsBroken = false;
    }
    std::string lines;
    for (const std::string& line : m_otherLines)
        lines += line + '\n';
    for (const auto& drawing : m_kept)
        lines += drawing->line + '\n';
    if (const auto written = writeFile(m_file, lines); !written)
        return inItsPlace(written.error());
    for (const auto& drawing : m_kept)
        m_knownLines.insert(drawing->line);
    const QFileInfo saved(m_file);
    m_savedSize = saved.size();
    m_savedTime = saved.lastModified();
    m_unsaved = false;
    return {};
}

Result<void> DrawSession::exportIdx(const QString& folder, bool replaces) const
{
    if (m_kept.size() < 2) {
        return Error{"the drawings", "there are fewer than two, and a set has training and test images",
                     "Keep some more"};
    }
    DrawnImages images;
    for (const auto& drawing : m_kept) {
        images.pixels.insert(images.pixels.end(), drawing->image.begin(), drawing->image.end());
        images.labels.push_back(static_cast<std::uint8_t>(*drawing->sample.label));
    }
    const auto files = idxFiles(images);
    std::vector<std::string> paths;
    for (const IdxFileBytes& file : files) {
        const QString path = QDir(folder).filePath(QString::fromStdString(file.name));
        // A packed one would stay, and nobody could tell which of the two is read.
        for (const QString& other : {path, path + QStringLiteral(".gz")}) {
            if (QFileInfo::exists(other) && (!replaces || other != path)) {
                return Error{other.toStdString(), "there is such a file already",
                             "Choose an empty folder, so that no other set is mixed up with this one"};
            }
        }
        if (const auto writable = checkWritable(path); !writable)
            return writable.error();
        paths.push_back(QFile::encodeName(path).toStdString());
    }
    std::vector<FileToWrite> together;
    for (std::size_t i = 0; i < files.size(); ++i)
        together.push_back({paths[i], files[i].bytes});
    return writeTogether(together);
}

// ---- in the background --------------------------------------------------------------------------------

void DrawSession::setNetwork(const GridAnswer& answer)
{
    m_answer = answer;
    postNetwork();
}

void DrawSession::postNetwork()
{
    if (!m_answer)
        return;
    m_networkJob.post({*m_answer, m_kept});
    startPolling();
}

DrawNetwork DrawSession::makeNetwork(const NetworkRequest& request, const std::stop_token& stop)
{
    DrawNetwork network;
    network.setup = request.answer.setup;
    network.trained = request.answer.trained;
    network.epoch = request.answer.epoch;
    network.keptDrawings = request.kept;
    network.error = request.answer.error;
    const auto& parameters = request.answer.parameters;
    if (!network.setup || !parameters)
        return network;
    const Dataset& data = *network.setup->data;
    if (isImageSet(data) && (data.width != 28 || data.height != 28)) {
        network.error = Error{"the network",
                              "it reads images of " + std::to_string(data.width) + " × " +
                                  std::to_string(data.height) + ", and a drawing becomes one of 28 × 28",
                              "Choose a data set of images of 28 × 28"};
        return network;
    }
    constexpr int inputs = 28 * 28;
    if (parameters->stack.input.size() != inputs) {
        network.error = Error{"the network",
                              "it reads " + std::to_string(parameters->stack.input.size()) +
                                  (parameters->stack.input.size() == 1 ? " number" : " numbers") +
                                  " a sample, and a drawing has 28 × 28 = 784 pixels",
                              "Choose a data set of images of 28 × 28"};
        return network;
    }
    try {
        const TrainingSettings& settings = network.setup->settings;
        network.observer =
            std::make_shared<Observer>(makeObserver(*parameters, settings.engine, settings.precision));
        for (const auto& drawing : request.kept) {
            if (stop.stop_requested())
                break;
            const auto layers = observe(*network.observer, networkInput(drawing->image));
            const auto all = guesses(layers.back());
            network.kept.push_back(all.empty() ? Guess{-1, 0.0} : all.front());
        }
    } catch (const std::bad_alloc&) {
        network.observer.reset();
        network.error = notEnoughMemory(parameters->stack);
    }
    return network;
}

NearestAnswer DrawSession::searchNearest(const NearRequest& request, const std::stop_token& stop)
{
    return {request.setup->data, request.image,
            nearestImages(*request.setup->data, request.setup->split.training, request.image, nearestCount,
                          stop)};
}

void DrawSession::findNearest(const DigitImage& image)
{
    if (!m_network || !m_network->observer)
        return;
    const auto& setup = m_network->setup;
    if (m_lastNear && m_lastNear->image == image && m_lastNear->setup->data == setup->data &&
        m_lastNear->setup->split.training == setup->split.training)
        return;
    m_lastNear = NearRequest{setup, image};
    m_nearJob.post(*m_lastNear);
    startPolling();
}

void DrawSession::startPolling()
{
    if (!m_timer->isActive())
        m_timer->start();
}

void DrawSession::poll()
{
    const bool busy = m_networkJob.isBusy() || m_nearJob.isBusy() || m_fileJob.isBusy() || m_addJob.isBusy();
    if (const auto answer = m_fileJob.take())
        takeOwnFile(answer->content);
    if (const auto answer = m_addJob.take())
        takeFile(*answer);
    if (auto network = m_networkJob.take()) {
        m_network = std::move(*network);
        emit networkChanged();
    }
    if (const auto nearest = m_nearJob.take())
        emit nearestFound(*nearest);
    if (!busy)
        m_timer->stop();
}

} // namespace chainrule
