// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runlibrary.h"

#include "core/library/storedmodel.h"

#include <QTimer>

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

constexpr int listMilliseconds = 1000;
constexpr int pollMilliseconds = 33;

} // namespace

Result<std::shared_ptr<Library>> RunLibrary::Reader::library()
{
    if (auto memory = writer->memory())
        return memory;
    if (!file) {
        auto opened = Library::open(path);
        if (!opened)
            return opened;
        file = *opened;
    }
    return file;
}

RunLibrary::RunLibrary(const Result<std::string>& path, QObject* parent)
    : QObject(parent)
    , m_writer(std::make_shared<LibraryWriter>(path))
    , m_second(new QTimer(this))
    , m_poll(new QTimer(this))
    , m_list([reader = Reader{path ? *path : std::string(), m_writer}](int, const std::stop_token&) mutable {
        return list(reader);
    })
    , m_load([reader = Reader{path ? *path : std::string(), m_writer}](
                 const std::string& id, const std::stop_token&) mutable -> Result<Run> {
        const auto library = reader.library();
        return library ? wholeRun(**library, id) : Result<Run>(library.error());
    })
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

RunLibrary::List RunLibrary::list(Reader& reader)
{
    const auto library = reader.library();
    if (!library)
        return std::nullopt; // the writer says why
    const auto changes = (*library)->changes();
    const bool inMemoryOnly =
        (*library)->path() == inMemory; // where one connection sees no changes of its own
    if (!changes || (!inMemoryOnly && reader.changes == *changes))
        return std::nullopt;
    const auto records = (*library)->list();
    if (!records)
        return std::nullopt; // tried again in a second
    reader.changes = *changes;
    std::vector<RunPointer> runs;
    runs.reserve(records->size());
    for (auto record = records->rbegin(); record != records->rend(); ++record) {
        if (auto run = runOf(*record))
            runs.push_back(std::make_shared<const Run>(std::move(*run)));
    }
    return runs;
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
}

} // namespace chainrule
