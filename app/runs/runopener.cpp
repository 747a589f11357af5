// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runopener.h"

#include "app/base/filedigest.h"

#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/runreplay.h"
#include "core/library/storedmodel.h"

#include <QFileInfo>
#include <QTimer>

#include <array>
#include <new>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;

Error noMemory(const std::string& what)
{
    return {what, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
}

// The library that is written, and the file where that can only be read.
std::array<std::shared_ptr<Library>, 2> librariesOf(LibraryWriter* writer, const std::string& path)
{
    std::array<std::shared_ptr<Library>, 2> all;
    if (!writer)
        return all;
    all[0] = writer->library();
    if (all[0] && all[0]->path() == inMemory && !path.empty() && path != inMemory) {
        if (auto file = Library::open(path))
            all[1] = std::move(*file);
    }
    return all;
}

struct Found {
    std::shared_ptr<Library> library;
    RunRecord record;
};

Result<Found> findRun(LibraryWriter* writer, const std::string& path, const std::string& id)
{
    Result<RunRecord> record = Error{{MessageId::runNamed, id}, MessageId::noSuchRun, MessageId::listRuns};
    for (const auto& library : librariesOf(writer, path)) {
        if (!library)
            continue;
        record = library->find(id);
        if (record)
            return Found{library, std::move(*record)};
    }
    return record.error();
}

Result<OpenedRun> openedRun(Library& library, const std::string& id)
{
    auto run = wholeRun(library, id);
    if (!run)
        return run.error();
    OpenedRun opened;
    const auto file = library.lastFile(id);
    if (file)
        opened.file = *file;
    opened.run = std::make_shared<const Run>(std::move(*run));
    return opened;
}

// A file with the result of a run of the library shows that run; any other file, also one with the network of
// a past step, becomes a run of its own.
Result<OpenedRun> openedFile(Library* library, const std::string& path)
{
    const std::string sha256 = fileDigest(QString::fromStdString(path), {}).sha256.toStdString();
    auto model = loadModel(path);
    if (!model)
        return model.error();
    OpenedRun opened;
    opened.file = RunFile{path, sha256, 0};
    opened.hasSettings = !model->settings.empty();
    if (!model->next.empty()) {
        auto edited = settingsFromJson(model->next);
        if (!edited)
            return edited.error();
        edited->layers = model->network.stack.layers;
        opened.edited = std::move(*edited);
    }
    const auto known = library ? library->fileWith(opened.file->sha256) : std::optional<KnownFile>();
    if (known && *known) {
        opened.file->step = (*known)->file.step;
        const auto record = library->find((*known)->run);
        auto run = record ? wholeRun(*library, (*known)->run) : record.error();
        if (run && run->network && record->step == opened.file->step) {
            static_cast<void>(library->noteFile(run->id, *opened.file)); // it may have been moved
            if (record->deleted)                                         // who opens it wants it
                static_cast<void>(library->setDeleted(run->id, false));
            opened.run = std::make_shared<const Run>(std::move(*run));
            return opened;
        }
    }
    auto run = library ? addModel(*library, *model, *opened.file, CHAINRULE_VERSION) : runOf(*model);
    if (!run) {
        const Error& error = run.error();
        return Error{path, {MessageId::colon, error.what, error.why}, error.mend};
    }
    if (run->id.empty())
        run->id = newRunId(); // of a run that is in no library
    opened.run = std::make_shared<const Run>(std::move(*run));
    return opened;
}

} // namespace

RunOpener::RunOpener(QObject* parent)
    : QObject(parent)
    , m_poll(new QTimer(this))
    , m_open([](const Wish& wish, const std::stop_token&) -> Numbered<OpenedRun> {
        try {
            return {wish.number, wish.id, open(wish)};
        } catch (const std::bad_alloc&) {
            return {wish.number, wish.id, noMemory(wish.id.empty() ? wish.path : wish.id)};
        }
    })
    , m_prepare([](const Wish& wish, const std::stop_token&) -> Numbered<PreparedRun> {
        try {
            return {wish.number, wish.id, makeSteps(wish)};
        } catch (const std::bad_alloc&) {
            return {wish.number, wish.id, noMemory(wish.id)};
        }
    })
{
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &RunOpener::poll);
}

void RunOpener::useLibrary(std::shared_ptr<LibraryWriter> writer, std::string path)
{
    m_writer = std::move(writer);
    m_library = std::move(path);
}

RunOpener::Wish RunOpener::wish() const
{
    Wish wish;
    wish.writer = m_writer;
    wish.library = m_library;
    return wish;
}

Result<OpenedRun> RunOpener::open(const Wish& wish)
{
    if (wish.id.empty())
        return openedFile(wish.writer ? wish.writer->library().get() : nullptr, wish.path);
    if (wish.writer)
        wish.writer->settle(); // it may have ended just now
    auto found = findRun(wish.writer.get(), wish.library, wish.id);
    return found ? openedRun(*found->library, wish.id) : Result<OpenedRun>(found.error());
}

Result<PreparedRun> RunOpener::makeSteps(const Wish& wish)
{
    auto found = findRun(wish.writer.get(), wish.library, wish.id);
    if (!found)
        return found.error();
    auto replay = RunReplay::open(found->library, found->record, wish.data, CHAINRULE_VERSION);
    if (!replay)
        return replay.error();
    const std::int64_t first = found->record.parent ? found->record.parent->step : 0;
    PreparedRun prepared{found->record, std::make_shared<SeekableRun>(std::move(*replay), first), nullptr};
    const auto last = found->library->checkpointBefore(wish.id, found->record.step);
    const auto journal = found->library->journal(wish.id);
    if (last && *last && journal) {
        Checkpoint from = **last;
        from.journal = *journal; // what was changed after it is changed again when its step comes
        prepared.last = std::make_shared<const Checkpoint>(std::move(from));
    }
    return prepared;
}

void RunOpener::openRun(const std::string& id)
{
    Wish wanted = wish();
    wanted.number = ++m_openNumber;
    wanted.id = id;
    m_opening = true;
    m_open.post(std::move(wanted));
    m_poll->start();
}

void RunOpener::openFile(const QString& path)
{
    Wish wanted = wish();
    wanted.number = ++m_openNumber;
    wanted.path = QFileInfo(path).absoluteFilePath().toStdString();
    m_opening = true;
    m_open.post(std::move(wanted));
    m_poll->start();
}

void RunOpener::cancel()
{
    m_opening = false;
    m_preparing = false;
    m_poll->stop();
    ++m_openNumber;
    ++m_prepareNumber;
}

void RunOpener::prepare(const std::string& id, const std::shared_ptr<const Dataset>& data)
{
    Wish wanted = wish();
    wanted.number = ++m_prepareNumber;
    wanted.id = id;
    wanted.data = data;
    m_preparing = true;
    m_prepare.post(std::move(wanted));
    m_poll->start();
}

void RunOpener::poll()
{
    if (auto answer = m_open.take(); answer && m_opening && answer->number == m_openNumber) {
        m_opening = false;
        if (answer->answer)
            emit opened(*answer->answer);
        else
            emit failed(answer->answer.error());
    }
    if (auto answer = m_prepare.take(); answer && m_preparing && answer->number == m_prepareNumber) {
        m_preparing = false;
        if (answer->answer)
            emit prepared(*answer->answer);
        else
            emit refused(answer->id, answer->answer.error());
    }
    if (!m_opening && !m_preparing)
        m_poll->stop();
}

} // namespace chainrule
