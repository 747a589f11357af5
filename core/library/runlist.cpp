// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/runlist.h"

#include "core/library/storedmodel.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace chainrule {

namespace {

constexpr std::ptrdiff_t mostSingly = 20; // rows; more are read with all of them

ListedRunPointer listedOf(const RunRecord& record)
{
    auto run = runOf(record);
    if (!run)
        return nullptr;
    return std::make_shared<const ListedRun>(
        ListedRun{std::make_shared<const Run>(std::move(*run)), record.state, record.name, record.pinned});
}

} // namespace

Result<bool> RunList::read(Library& library)
{
    auto standings = library.standings();
    if (!standings)
        return standings.error();
    const auto isKnown = [this](const RunStanding& standing) {
        const auto found = m_known.find(standing.id);
        return found != m_known.end() && found->second.standing == standing;
    };
    const auto unknown = std::ranges::count_if(*standings, std::not_fn(isKnown));
    if (unknown == 0 && standings->size() == m_known.size())
        return false;
    std::unordered_map<std::string, RunRecord> records;
    if (unknown > mostSingly) {
        auto all = library.list();
        if (!all)
            return all.error();
        for (RunRecord& record : *all)
            records.emplace(record.id, std::move(record));
    }
    std::unordered_map<std::string, Known> known;
    m_runs.clear();
    for (const RunStanding& standing : *standings) {
        ListedRunPointer run;
        if (isKnown(standing))
            run = m_known[standing.id].run;
        else if (const auto read = records.find(standing.id); read != records.end())
            run = listedOf(read->second);
        else if (const auto record = library.find(standing.id))
            run = listedOf(*record);
        else
            continue; // read the next time
        if (run)
            m_runs.push_back(run);
        known.emplace(standing.id, Known{standing, std::move(run)});
    }
    m_known = std::move(known);
    return true;
}

} // namespace chainrule
