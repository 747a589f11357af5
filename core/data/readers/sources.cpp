// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/sources.h"

#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/data/digits/digits.h"
#include "core/data/readers/catalog.h"
#include "core/data/readers/csv.h"
#include "core/data/readers/idx.h"
#include "core/data/toydata.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <system_error>
#include <vector>

namespace chainrule {

namespace {

namespace fs = std::filesystem;

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// The user's folder for this program's data; empty where it is not known.
fs::path userRoot()
{
    // A relative XDG_DATA_HOME is to be ignored, as the XDG base directory specification says.
    if (const fs::path home = environment("XDG_DATA_HOME"); home.is_absolute())
        return home / "chainrule";
    if (const std::string user = environment("HOME"); !user.empty())
        return fs::path(user) / ".local/share/chainrule";
    return {};
}

/// Where sets are looked for, in order.
std::vector<fs::path> searchedRoots()
{
    std::vector<fs::path> roots;
    if (const std::string data = environment("CHAINRULE_DATA"); !data.empty())
        roots.emplace_back(data);
    if (const fs::path user = userRoot(); !user.empty())
        roots.push_back(user);
    return roots;
}

std::vector<fs::path> searchedFolders(const std::string& name)
{
    std::vector<fs::path> folders = searchedRoots();
    for (fs::path& folder : folders)
        folder /= name;
    return folders;
}

bool isPlainName(const std::string& name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

Error notFound(const CatalogSet& set)
{
    Message why;
    for (const fs::path& path : searchedFolders(set.name)) {
        Message folder = path.string();
        const std::vector<std::string> missing = missingIdxFiles(path.string());
        if (missing.size() < 4) {
            std::string names;
            for (const std::string& name : missing)
                names += (names.empty() ? "" : ", ") + name;
            folder = {MessageId::whichLacks, folder, names};
        }
        std::error_code failure;
        if (fs::status(path / ".", failure).type() == fs::file_type::none)
            folder = {MessageId::whichCannotBeRead, folder, failure.message()};
        why = why.empty() ? Message(MessageId::notAllIn, folder) : Message(MessageId::norIn, why, folder);
    }
    if (why.empty())
        why = MessageId::folderNotKnown;
    return {set.title, why, {MessageId::getFromMenu, set.name}};
}

Result<Dataset> load(const std::string& source, const std::stop_token& stop)
{
    if (source == "digits") {
        Dataset data = makeDigits(builtInSamples, builtInSeed, stop);
        data.source = source;
        return data;
    }
    if (isToySource(source)) {
        const auto options = parseToySource(source);
        return options ? Result<Dataset>(makeToySet(*options)) : options.error();
    }

    const CatalogSet* known = catalogSet(source);
    std::error_code failure;
    const fs::file_status status = fs::status(source, failure);
    if (!known && !source.empty() && fs::exists(status)) {
        if (!fs::is_directory(status))
            return loadCsv(source, stop);
        Result<Dataset> data = loadIdxFolder(source, stop);
        if (data)
            nameClasses(*data);
        return data;
    }
    if (const std::optional<std::string> folder = findIdxFolder(source)) {
        Result<Dataset> data = loadIdxFolder(*folder, stop);
        if (data) {
            data->source = source;
            nameClasses(*data);
        }
        return data;
    }
    if (known)
        return notFound(*known);
    if (!source.empty() && status.type() == fs::file_type::none) // it may be there, and none may look
        return Error{
            source, {MessageId::cannotBeReadBecause, failure.message()}, MessageId::checkWhoMayReadPath};
    const Message what{MessageId::dataSet, inQuotes(source)};
    if (const std::string name = source.substr(0, source.find(':')); name != source && isSourceName(name)) {
        return Error{what, {MessageId::sourceHasNoOptions, name}, {MessageId::leaveOptionsOut, name}};
    }
    return Error{what, MessageId::noSourceOfThatName, MessageId::useNameOrPath};
}

} // namespace

std::optional<std::string> findIdxFolder(const std::string& name)
{
    if (!isPlainName(name))
        return std::nullopt;
    for (const fs::path& folder : searchedFolders(name))
        if (missingIdxFiles(folder.string()).empty())
            return folder.string();
    return std::nullopt;
}

std::optional<std::string> userDataFolder(const std::string& name)
{
    const fs::path root = userRoot();
    if (root.empty() || !isPlainName(name))
        return std::nullopt;
    return (root / name).string();
}

std::vector<std::string> namesOfIdxFolders()
{
    std::vector<std::string> names;
    for (const fs::path& root : searchedRoots()) {
        std::error_code failure;
        for (fs::directory_iterator entry(root, failure), end; !failure && entry != end;
             entry.increment(failure)) {
            const std::string name = entry->path().filename().string();
            if (missingIdxFiles(entry->path().string()).empty())
                names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool isSourceName(const std::string& source)
{
    return source == "digits" || catalogSet(source) || isToySource(source);
}

std::string defaultSource()
{
    return findIdxFolder("mnist") ? "mnist" : "digits";
}

Result<Dataset> loadDataset(const std::string& source, const std::stop_token& stop)
try {
    return load(source, stop);
} catch (const std::bad_alloc&) {
    return outOfMemory(source);
}

} // namespace chainrule
