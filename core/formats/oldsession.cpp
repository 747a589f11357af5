// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/oldsession.h"

#include "core/formats/jsonmembers.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string_view>
#include <utility>

namespace chainrule {

namespace {

using nlohmann::json;

constexpr std::string_view formatPrefix = "chainrule-session/";
constexpr std::size_t longestLine = 80;
constexpr std::size_t maximumValues = 4'000'000;

std::optional<std::string_view> takeLine(std::string_view& text)
{
    const auto end = text.substr(0, longestLine).find('\n');
    if (end == std::string_view::npos)
        return {};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::string textOf(const json& object, const char* member)
{
    std::string text;
    Members(object, {}).read(member, text);
    return text;
}

// The next model of so many bytes, with the settings and the history that stand beside it, if any do.
void takeModel(std::string_view& models, std::uint64_t length, const json& beside, OldSession& session)
{
    const std::string_view bytes = models.substr(0, static_cast<std::size_t>(length));
    models.remove_prefix(bytes.size());
    auto model = bytes.empty() ? Result<ModelFile>(Error{}) : decodeModel(bytes, "session");
    if (!model)
        return;
    if (beside.contains("history")) {
        model->settings = textOf(beside, "settings");
        model->history = textOf(beside, "history");
    }
    session.networks.push_back(std::move(*model));
}

std::uint64_t lengthOf(const json& object, std::uint64_t standard)
{
    Members(object, {}).read("model_bytes", standard);
    return standard;
}

} // namespace

std::optional<OldSession> readOldSession(std::span<const char> bytes)
{
    // A line with format and version, a line with two lengths and a checksum, a JSON object, models.
    std::string_view rest(bytes.data(), bytes.size());
    const auto format = takeLine(rest);
    const auto numbers = takeLine(rest);
    if (!format || !numbers || !format->starts_with(formatPrefix))
        return {};
    std::uint64_t header = 0;
    std::uint64_t length = 0;
    std::uint64_t sum = 0;
    std::istringstream words{std::string(*numbers)};
    if (!(words >> header >> length >> sum) || header > rest.size() || length != rest.size() - header)
        return {};
    if (crc32_z(0, reinterpret_cast<const Bytef*>(rest.data()), rest.size()) != sum)
        return {};
    const auto root = parsedJson(rest.substr(0, static_cast<std::size_t>(header)), maximumValues, {}, {});
    if (!root || !root->is_object())
        return {};

    OldSession session;
    session.settings = textOf(*root, "settings");
    session.drawing = textOf(*root, "drawing");
    session.expression = textOf(*root, "expression");
    session.graphPage = textOf(*root, "graph_page");
    if (const auto variables = root->find("variables"); variables != root->end())
        session.variables = variables->dump(-1, ' ', false, json::error_handler_t::replace);
    std::string_view models = rest.substr(static_cast<std::size_t>(header));
    takeModel(models, lengthOf(*root, models.size()), *root, session);
    if (const auto runs = root->find("runs"); runs != root->end() && runs->is_array()) {
        for (const json& run : *runs)
            takeModel(models, lengthOf(run, 0), run, session);
    }
    return session;
}

} // namespace chainrule
