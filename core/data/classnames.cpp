// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/classnames.h"

#include "core/base/files/file.h"
#include "core/base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace chainrule {

namespace {

constexpr std::size_t longestName = 200; // bytes
constexpr std::size_t longestFile =
    256 * 1024; // bytes; of names alone, even of the longest, it would be less

// Any numbers, as a table's column of classes may have: "-1" and "1", "3.5".
bool areNumbers(const std::vector<std::string>& names)
{
    return std::all_of(names.begin(), names.end(), [](const std::string& name) {
        double number = 0.0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
        return read.ec == std::errc() && read.ptr == name.data() + name.size() && std::isfinite(number);
    });
}

} // namespace

bool areIndices(const std::vector<std::string>& names)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != std::to_string(i))
            return false;
    }
    return true;
}

std::string cleanName(std::string_view text)
{
    if (!isUtf8(text))
        return cleanName(fromWindows1252(text)); // as spreadsheets write it
    std::string name;
    while (!text.empty() && name.size() < longestName) {
        const std::size_t length = characterLength(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (first < 0x20 || first == 0x7f)
            name += ' ';
        else
            name += text.substr(0, length);
        text.remove_prefix(length);
    }
    const std::size_t begin = name.find_first_not_of(' ');
    if (begin == std::string::npos)
        return {};
    return name.substr(begin, name.find_last_not_of(' ') - begin + 1);
}

Result<std::vector<std::string>> parseClassNames(std::string_view bytes, const std::string& name)
{
    bytes = withoutByteOrderMark(bytes);
    std::vector<std::string> names;
    std::size_t empty = 0; // the first empty line since the last name
    std::size_t line = 0;
    while (!bytes.empty()) {
        ++line;
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        std::string each = cleanName(bytes.substr(0, end));
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        if (each.empty()) {
            if (empty == 0)
                empty = line;
            continue;
        }
        if (empty != 0)
            return Error{{MessageId::fileLine, name, std::to_string(empty)},
                         MessageId::emptyBeforeNames,
                         MessageId::giveClassLines};
        if (names.size() == maximumClasses)
            return Error{name,
                         {MessageId::moreThanNames, std::to_string(maximumClasses)},
                         MessageId::lineForEachClass};
        names.push_back(std::move(each));
    }
    return names;
}

Result<std::vector<std::string>> readClassNames(const std::string& folder)
{
    namespace fs = std::filesystem;
    for (const char* name : {"classes.txt", "labels.txt"}) {
        const fs::path path = fs::path(folder) / name;
        std::error_code ignored;
        if (!fs::is_regular_file(path, ignored))
            continue;
        const auto bytes = readFile(path.string(), longestFile,
                                    {path.string(), MessageId::tooLongForNames, MessageId::lineForEachClass});
        if (!bytes)
            return bytes.error();
        return parseClassNames(*bytes, path.string());
    }
    return std::vector<std::string>();
}

Result<std::shared_ptr<const Dataset>> alignClasses(std::shared_ptr<const Dataset> data,
                                                    const std::vector<std::string>& names, int outputs)
{
    std::vector<std::string> wanted = names;
    for (int i = 0; names.empty() && i < std::min(outputs, maximumClasses); ++i)
        wanted.push_back(std::to_string(i));
    const std::vector<std::string>& own = data->classNames;
    if (hasAmounts(*data) || own == wanted || (areIndices(own) && areIndices(wanted)) ||
        wanted.size() > static_cast<std::size_t>(maximumClasses))
        return data;
    std::array<bool, maximumClasses> used{};
    for (const std::uint8_t label : data->labels)
        used[label] = true;
    std::array<std::uint8_t, maximumClasses> labels{};
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto found = std::find(wanted.begin(), wanted.end(), own[i]);
        if (found != wanted.end()) {
            labels[i] = static_cast<std::uint8_t>(found - wanted.begin());
        } else if (used[i]) {
            // Bare indices beside names are no names, and only the order is left to go by.
            if ((areIndices(own) && !areNumbers(wanted)) || (areIndices(wanted) && !areNumbers(own)))
                return data;
            return Error{
                data->name, {MessageId::classNotModels, "'" + own[i] + "'"}, MessageId::useModelsClasses};
        }
    }
    auto aligned = std::make_shared<Dataset>(*data);
    for (std::uint8_t& label : aligned->labels)
        label = labels[label];
    aligned->classNames = std::move(wanted);
    aligned->classes = static_cast<int>(aligned->classNames.size());
    return std::shared_ptr<const Dataset>(std::move(aligned));
}

} // namespace chainrule
