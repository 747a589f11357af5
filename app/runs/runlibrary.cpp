// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runlibrary.h"

#include "core/library/storedmodel.h"

#include <QTimer>

#include <algorithm>
#include <new>

namespace chainrule {

namespace {

constexpr int listMilliseconds = 1000;
constexpr int pollMilliseconds = 33;

// Whether a list shows both alike.
bool looksSame(const RunRecord& a, const RunRecord& b)
{
    return a.state == b.state && a.step == b.step && a.epoch == b.epoch && a.trainSeconds == b.trainSeconds &&
           a.name == b.name && a.pinned == b.pinned && a.test.has_value() == b.test.has_value();
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

RunLibrary::RunPointer RunLibrary::Reader::runOf(const RunRecord& record)
{
    auto& [known, run] = m_known[record.id];
    if (!run || !looksSame(known, record)) {
        auto made = chainrule::runOf(record);
        run = made ? std::make_shared<const Run>(std::move(*made)) : nullptr;
        known = record;
    }
    return run;
}

RunLibrary::List RunLibrary::Reader::list()
{
    const auto all = libraries();
    const auto changes = m_file ? m_file->changes() : Result<std::int64_t>(std::int64_t{0});
    if (all.empty() || !changes)
        return std::nullopt; // the writer says why, or it is tried again in a second
    // One connection sees no changes of its own.
    const bool sharesAny = m_sharesFile || all.back() != m_file;
    if (!sharesAny && m_changes == *changes)
        return std::nullopt;
    std::vector<RunPointer> runs;
    for (const auto& library : all) {
        const auto records = library->list();
        if (!records)
            return std::nullopt;
        for (auto record = records->rbegin(); record != records->rend(); ++record) {
            if (RunPointer run = runOf(*record))
                runs.push_back(std::move(run));
        }
    }
    m_changes = *changes;
    return runs;
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
    , m_writer(std::make_shared<LibraryWriter>(path))
    , m_second(new QTimer(this))
    , m_poll(new QTimer(this))
    , m_path(path ? *path : std::string())
    , m_list([reader = Reader(m_path, m_writer)](int, const std::stop_token&) mutable -> List {
        try {
            return reader.list();
        } catch (const std::bad_alloc&) {
            return std::nullopt; // tried again in a second
        }
    })
    , m_load(makeJob())
    , m_open(makeJob())
{
    m_second->setInterval(listMilliseconds);
    connect(m_second, &QTimer::timeout, this, [this] { m_list.post(0); });
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
            return Error{
                {MessageId::runNamed, id}, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
        }
    });
}

void RunLibrary::start()
{
    m_list.post(0);
    m_second->start();
    m_poll->start();
}

void RunLibrary::load(const std::string& id)
{
    m_load.post(id);
    m_poll->start();
}

void RunLibrary::open(const std::string& id)
{
    m_open.post(id);
    m_poll->start();
}

void RunLibrary::poll()
{
    if (const auto notice = m_writer->takeNotice())
        emit noticed(*notice);
    if (auto runs = m_list.take(); runs && *runs)
        emit listed(**runs);
    if (auto run = m_load.take()) {
        if (*run)
            emit loaded(std::make_shared<const Run>(std::move(**run)));
        else
            emit failed(run->error());
    }
    if (auto run = m_open.take()) {
        if (*run)
            emit opened(std::make_shared<const Run>(std::move(**run)));
        else
            emit failed(run->error());
    }
}

} // namespace chainrule
