// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runlibrary.h"

#include "core/library/storedmodel.h"

#include <QSettings>
#include <QTimer>

#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

constexpr int listMilliseconds = 1000;
constexpr int pollMilliseconds = 33;

constexpr double bytesPerGigabyte = 1024.0 * 1024.0 * 1024.0;
const QString budgetKey = QStringLiteral("libraryBudget"); // in GB
const QString program = QStringLiteral("chainrule");       // commands have not told Qt what they are called

Error outOfMemory(Message what)
{
    return {std::move(what), MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
}

// Whether a copy at this path would replace the library, or what SQLite keeps beside it.
bool isOf(const std::string& library, const std::string& path)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::equivalent(library, path, error))
        return true;
    const std::string target = fs::weakly_canonical(path, error).string();
    const std::string own = fs::weakly_canonical(library, error).string();
    return target == own || target == own + "-wal" || target == own + "-shm" || target == own + "-journal";
}

} // namespace

RunLibrary::Reader::Reader(std::string path, std::shared_ptr<LibraryWriter> writer)
    : m_path(std::move(path))
    , m_sharesFile(m_path != inMemory && Library::fileSystemOf(m_path) == Library::FileSystem::Network)
    , m_writer(std::move(writer))
{
}

std::vector<std::shared_ptr<Library>> RunLibrary::Reader::libraries()
{
    if (!m_file && m_sharesFile) {
        m_file = m_writer->file();
    } else if (!m_file && !m_path.empty() && m_path != inMemory) {
        if (auto opened = Library::open(m_path))
            m_file = std::move(*opened);
    }
    std::vector<std::shared_ptr<Library>> all;
    if (m_file)
        all.push_back(m_file);
    if (auto memory = m_writer->memory())
        all.push_back(std::move(memory));
    return all;
}

Result<std::shared_ptr<Library>> RunLibrary::Reader::main()
{
    if (const auto all = libraries(); !all.empty())
        return all.front();
    if (!m_path.empty() && m_path != inMemory)
        return Library::open(m_path);
    return Error{MessageId::theLibrary, MessageId::libraryNoPlace, MessageId::librarySetPlace};
}

std::optional<std::vector<ListedRunPointer>> RunLibrary::Reader::list()
{
    const auto all = libraries();
    // The runs of processes that have ended since can be resumed.
    if (m_file && !m_file->isReadOnly()) {
        const auto marked = m_file->markInterrupted();
        if (marked && *marked > 0)
            m_changes.reset();
    }
    const auto changes = m_file ? m_file->changes() : Result<std::int64_t>(std::int64_t{0});
    if (all.empty() || !changes)
        return std::nullopt; // the writer says why, or it is tried again in a second
    // One connection sees no changes of its own.
    const bool sharesAny = m_sharesFile || all.back() != m_file;
    if (!sharesAny && m_changes == *changes)
        return std::nullopt;
    std::vector<ListedRunPointer> runs;
    for (const auto& library : all) {
        RunList& list = library == m_file ? m_inFile : m_inMemory;
        const auto read = list.read(*library);
        if (!read)
            return std::nullopt;
        m_news = m_news || *read;
        runs.insert(runs.end(), list.runs().begin(), list.runs().end());
    }
    m_changes = *changes;
    return std::exchange(m_news, false) ? std::optional(std::move(runs)) : std::nullopt;
}

Result<void> RunLibrary::Reader::change(const std::function<Result<void>(Library&)>& work,
                                        const std::string& id)
{
    m_changes.reset();
    Result<void> done = id.empty()
                            ? Result<void>()
                            : Error{{MessageId::runNamed, id}, MessageId::noSuchRun, MessageId::listRuns};
    for (const auto& library : libraries()) {
        if (!id.empty() && !library->find(id))
            continue;
        done = work(*library);
        if (!id.empty() || !done)
            break;
    }
    return done;
}

Result<Run> RunLibrary::Reader::run(const std::string& id)
{
    const auto all = libraries();
    Result<Run> found = Error{{MessageId::runNamed, id}, MessageId::noSuchRun, MessageId::listRuns};
    for (auto library = all.rbegin(); library != all.rend() && !found; ++library)
        found = wholeRun(**library, id);
    return found;
}

RunLibrary::RunLibrary(const Result<std::string>& path, QObject* parent)
    : QObject(parent)
    , m_writer(std::make_shared<LibraryWriter>(path, budget()))
    , m_second(new QTimer(this))
    , m_poll(new QTimer(this))
    , m_path(path ? *path : std::string())
    , m_reader(std::make_shared<Reader>(m_path, m_writer))
    , m_keeper(std::make_shared<Reader>(m_path, m_writer))
    , m_load(makeJob())
{
    m_second->setInterval(listMilliseconds);
    connect(m_second, &QTimer::timeout, this, &RunLibrary::list);
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &RunLibrary::poll);
}

RunLibrary::~RunLibrary()
{
    m_writer->finish();
}

RunLibrary::Job RunLibrary::makeJob() const
{
    return Job([reader = Reader(m_path, m_writer)](const std::string& id,
                                                   const std::stop_token&) mutable -> Result<Run> {
        try {
            return reader.run(id);
        } catch (const std::bad_alloc&) {
            return outOfMemory({MessageId::runNamed, id});
        }
    });
}

void RunLibrary::start()
{
    QTimer::singleShot(0, this, &RunLibrary::list); // once the window is there
    m_second->start();
    m_poll->start();
}

void RunLibrary::list()
{
    if (m_jobs.isBusy())
        return; // the next second's list has it
    m_jobs.post([this, reader = m_reader](const std::stop_token&) -> OrderedJobs::Done {
        auto runs = reader->list();
        if (!runs)
            return nullptr;
        return [this, all = std::move(*runs)] { emit listed(all); };
    });
}

void RunLibrary::change(std::function<Result<void>(Library&)> work, const std::string& id)
{
    m_jobs.post([this, reader = m_reader, work = std::move(work), id](const std::stop_token&) {
        Result<void> done;
        try {
            done = reader->change(work, id);
        } catch (const std::bad_alloc&) {
            done = outOfMemory({MessageId::runNamed, id});
        }
        auto runs = reader->list();
        return [this, done, all = std::move(runs)] {
            if (!done)
                emit failed(done.error());
            if (all)
                emit listed(*all);
        };
    });
    m_poll->start();
}

void RunLibrary::rename(const std::string& id, const std::string& name)
{
    change([id, name](Library& library) { return library.rename(id, name); }, id);
}

void RunLibrary::setPinned(const std::string& id, bool pinned)
{
    change([id, pinned](Library& library) { return library.setPinned(id, pinned); }, id);
}

void RunLibrary::setDeleted(const std::string& id, bool deleted)
{
    change([id, deleted](Library& library) { return library.setDeleted(id, deleted); }, id);
}

void RunLibrary::setDeleted(const std::vector<std::string>& ids, bool deleted)
{
    change([ids, deleted](Library& library) { return library.setDeleted(ids, deleted); });
}

void RunLibrary::clear()
{
    const auto ids = std::make_shared<std::vector<std::string>>();
    change([ids](Library& library) -> Result<void> {
        const auto gone = library.deleteUnpinned();
        if (!gone)
            return gone.error();
        ids->insert(ids->end(), gone->begin(), gone->end());
        return {};
    });
    m_jobs.post([this, ids](const std::stop_token&) { return [this, ids] { emit cleared(*ids); }; });
}

template <typename T>
void RunLibrary::keep(std::function<Result<T>(Library&, const std::stop_token&)> work, const Then<T>& then)
{
    m_keeping.post([keeper = m_keeper, work = std::move(work), then,
                    cancel = m_cancel.get_token()](const std::stop_token& end) {
        std::stop_source either;
        const auto stop = [&either] { either.request_stop(); };
        const std::stop_callback byCancel(cancel, stop);
        const std::stop_callback byEnd(end, stop);
        Result<T> done = outOfMemory(MessageId::theLibrary);
        try {
            const auto library = keeper->main();
            done = library ? work(**library, either.get_token()) : Result<T>(library.error());
        } catch (const std::bad_alloc&) { // said above
        }
        return [then, done] { then(done); };
    });
    m_poll->start();
}

void RunLibrary::measure(const Then<LibrarySize>& then)
{
    keep<LibrarySize>([](Library& library, const std::stop_token&) { return library.size(); }, then);
}

void RunLibrary::compact(const Then<BudgetUse>& then)
{
    keep<BudgetUse>([most = budget()](Library& library,
                                      const std::stop_token& stop) { return library.compact(most, stop); },
                    then);
}

void RunLibrary::backUp(const std::string& path, const Then<bool>& then)
{
    keep<bool>(
        [path](Library& library, const std::stop_token& stop) -> Result<bool> {
            if (isOf(library.path(), path))
                return Error{path, "it is the library itself", "Choose another file"};
            return library.backUp(path, stop);
        },
        then);
}

void RunLibrary::cancel()
{
    m_cancel.request_stop();
    m_cancel = std::stop_source();
}

std::uint64_t RunLibrary::budget()
{
    const double gigabytes = QSettings(program, program).value(budgetKey).toDouble();
    return gigabytes > 0.0 && gigabytes < 1e6 ? static_cast<std::uint64_t>(gigabytes * bytesPerGigabyte)
                                              : defaultBudget;
}

void RunLibrary::setBudget(std::uint64_t bytes)
{
    QSettings(program, program).setValue(budgetKey, static_cast<double>(bytes) / bytesPerGigabyte);
    m_writer->setBudget(bytes);
}

void RunLibrary::load(const std::string& id)
{
    m_load.post(id);
    m_poll->start();
}

void RunLibrary::poll()
{
    if (const auto notice = m_writer->takeNotice())
        emit noticed(*notice);
    m_jobs.poll();
    m_keeping.poll();
    if (auto run = m_load.take()) {
        if (*run)
            emit loaded(std::make_shared<const Run>(std::move(**run)));
        else
            emit failed(run->error());
    }
}

} // namespace chainrule
