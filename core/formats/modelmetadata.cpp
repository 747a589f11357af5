// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelmetadata.h"

#include "core/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const char* const mendFile = "Choose a model that Chainrule saved";
constexpr std::size_t longestPath =
    15'000; // the system's limit is 4,096 bytes, each of which may become a U+FFFD
constexpr std::size_t digestDigits = 64;

// The numbers of one member, one for each input.
Result<std::vector<double>> numbersOf(const json& root, const char* member, int inputs,
                                      const std::string& what)
{
    const auto found = root.is_object() ? root.find(member) : root.end();
    if (!root.is_object() || found == root.end() || !found->is_array())
        return Error{what, std::string("it has no list called '") + member + "'", mendFile};
    if (found->size() != static_cast<std::size_t>(inputs)) {
        return Error{what + ", " + member,
                     "it has " + std::to_string(found->size()) + " numbers, and the network has " +
                         std::to_string(inputs) + " inputs",
                     mendFile};
    }
    std::vector<double> numbers;
    numbers.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        const json& each = (*found)[i];
        const double number = each.is_number() ? each.get<double>() : NAN;
        if (!std::isfinite(number)) {
            return Error{what + ", " + member + ", entry " + std::to_string(i), "it is not a finite number",
                         mendFile};
        }
        numbers.push_back(number);
    }
    return numbers;
}

} // namespace

std::string scaleToJson(std::span<const InputScale> scale)
{
    ordered_json means = ordered_json::array();
    ordered_json deviations = ordered_json::array();
    for (const InputScale& each : scale) {
        means.push_back(each.mean);
        deviations.push_back(each.deviation);
    }
    ordered_json root;
    root["mean"] = std::move(means);
    root["deviation"] = std::move(deviations);
    return root.dump();
}

Result<std::vector<InputScale>> scaleFromJson(const std::string& text, int inputs, const std::string& what)
{
    const std::size_t mostValues = 2 * static_cast<std::size_t>(inputs) + 8;
    if (const std::string fault = jsonFault(text, mostValues); !fault.empty())
        return Error{what, fault, mendFile};
    const json root = json::parse(text, nullptr, false);
    const auto means = numbersOf(root, "mean", inputs, what);
    if (!means)
        return means.error();
    const auto deviations = numbersOf(root, "deviation", inputs, what);
    if (!deviations)
        return deviations.error();
    std::vector<InputScale> scale;
    scale.reserve(means->size());
    for (std::size_t i = 0; i < means->size(); ++i) {
        if ((*deviations)[i] < 0.0)
            return Error{what + ", deviation, entry " + std::to_string(i), "it is below 0", mendFile};
        scale.push_back({(*means)[i], (*deviations)[i]});
    }
    return scale;
}

std::string initialFileToJson(const InitialFile& initial)
{
    ordered_json root;
    const std::string name =
        ordered_json(initial.file).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    root["file"] = ordered_json::parse(name);
    if (root["file"].get_ref<const std::string&>().size() > longestPath)
        root["file"] = "";
    root["sha256"] = initial.sha256;
    return root.dump();
}

Result<InitialFile> initialFileFromJson(const std::string& text, const std::string& what)
{
    constexpr std::size_t mostValues = 8;
    if (const std::string fault = jsonFault(text, mostValues); !fault.empty())
        return Error{what, fault, mendFile};
    const json root = json::parse(text, nullptr, false);
    const auto textOf = [&](const char* member) -> const std::string* {
        const auto found = root.is_object() ? root.find(member) : root.end();
        return root.is_object() && found != root.end() ? found->get_ptr<const std::string*>() : nullptr;
    };
    const std::string* const file = textOf("file");
    const std::string* const sha256 = textOf("sha256");
    if (!file || !sha256)
        return Error{what, "it does not have a file and its sha256", mendFile};
    if (file->size() > longestPath)
        return Error{what, "its file's name is too long", mendFile};
    const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (!sha256->empty() && (sha256->size() != digestDigits || !std::ranges::all_of(*sha256, isDigit)))
        return Error{what, "its sha256 is none", mendFile};
    return InitialFile{*file, *sha256};
}

} // namespace chainrule
