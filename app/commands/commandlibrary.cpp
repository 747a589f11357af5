// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/commandlibrary.h"

#include "app/base/interrupt.h"
#include "app/commands/cliarguments.h"
#include "app/data/datasource.h"

#include "core/base/text.h"

#include <QFileInfo>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace chainrule {

Result<std::shared_ptr<Library>> openLibrary()
{
    const auto path = libraryPath();
    if (!path)
        return path.error();
    // Reading must not create a library.
    const bool there = QFileInfo::exists(QString::fromStdString(*path));
    auto library = Library::open(there ? *path : std::string(inMemory));
    if (library && (*library)->isReadOnly())
        printError(*(*library)->notice());
    if (library && !(*library)->isReadOnly())
        static_cast<void>((*library)->markInterrupted()); // what fails here fails again when it matters
    return library;
}

Result<RunRecord> findRun(Library& library, const QString& id, bool mayBeDeleted)
{
    auto run = library.find(id.toStdString());
    if (run && run->deleted && !mayBeDeleted) {
        return Error{
            {MessageId::runNamed, run->id}, MessageId::runWasDeleted, {MessageId::undeleteRun, run->id}};
    }
    return run;
}

Result<RunReplay> openReplay(std::shared_ptr<Library> library, const RunRecord& run)
{
    auto data = loadSourceForCommand(run.source);
    if (!data) {
        return Error{{MessageId::runNamed, run.id},
                     {MessageId::runNoReplay, Message(MessageId::runDataGone, run.source, data.error().why)},
                     MessageId::useAStoredStep};
    }
    return RunReplay::open(std::move(library), run, std::make_shared<const Dataset>(std::move(*data)),
                           CHAINRULE_VERSION);
}

Result<Checkpoint> replayForCommand(RunReplay& replay, std::int64_t step, bool measures)
{
    using namespace std::chrono_literals;
    std::stop_source stop;
    const std::jthread watch([&stop](const std::stop_token& done) {
        while (!done.stop_requested() && !stop.stop_requested()) {
            if (wasInterrupted())
                stop.request_stop();
            std::this_thread::sleep_for(10ms);
        }
    });
    return replay.at(step, stop.get_token(), measures);
}

Result<std::int64_t> readStep(const QString& value)
{
    bool whole = false;
    const qlonglong step = value.toLongLong(&whole);
    if (step < 0 || !whole)
        return Error{"--step " + inQuotes(value.toStdString()), "it is not a whole number of 0 or more",
                     "Give the number of steps, for instance 100"};
    return static_cast<std::int64_t>(step);
}

} // namespace chainrule
