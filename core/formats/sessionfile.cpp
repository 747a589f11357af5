// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/sessionfile.h"

#include "core/formats/historyjson.h"
#include "core/formats/jsonmembers.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view formatPrefix = "chainrule-session/";
constexpr std::size_t longestLine = 80;
constexpr std::uintmax_t largestFile = std::uintmax_t{1} << 32;
constexpr std::size_t maximumValues = 4'000'000; // JSON values of the window's own runs

Error damaged(const std::string& name, const Message& why)
{
    return Error{{MessageId::sessionFile, name}, why, MessageId::sessionOfNoUse};
}

Error notEnoughMemory(const std::string& name)
{
    return Error{
        {MessageId::sessionFile, name}, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
}

std::uint32_t checksum(std::span<const char> bytes)
{
    uLong sum = crc32_z(0, nullptr, 0);
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    return static_cast<std::uint32_t>(sum);
}

std::optional<std::uint64_t> wholeNumber(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc() || end != text.data() + text.size())
        return {};
    return number;
}

// Takes the text up to the next line feed, or nothing where there is none within a line's length.
std::optional<std::string_view> takeLine(std::string_view& text)
{
    const auto end = text.substr(0, longestLine).find('\n');
    if (end == std::string_view::npos)
        return {};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// The history of a run that has ended, thinned where it is very long: the list of runs shows its curve, and a
// hundred runs of a million epochs would not be written in the time between two sessions.
History thinned(const History& history)
{
    constexpr std::size_t mostEpochs = 2000;
    const std::size_t count = history.epochs.size();
    if (count <= mostEpochs)
        return history;
    History thin = history;
    thin.epochs.clear();
    for (std::size_t i = 1; i <= mostEpochs; ++i) // the last one among them
        thin.epochs.push_back(history.epochs[i * count / mostEpochs - 1]);
    return thin;
}

// The network with what a session keeps beside it.
Network networkOf(const Session& from, Precision precision)
{
    Network network = *from.parameters;
    network.precision = precision;
    network.outputNames = from.classNames;
    network.scale = from.scale;
    return network;
}

void takeModel(ModelFile model, Session& to)
{
    to.classNames = model.network.outputNames;
    to.scale = model.network.scale;
    to.initial = std::move(model.initial);
    to.recorded = model.recorded;
    to.parameters = std::make_shared<const Network>(std::move(model.network));
}

// The weights alone: settings and history of a run stand in the header.
std::string encodeRunModel(const Run& run)
{
    if (!run.network)
        return {};
    Network network = *run.network;
    network.precision = run.settings.precision;
    return encodeModel({std::move(network), {}, {}, run.parent, run.recorded});
}

void putPoints(const Session& session, ordered_json& root)
{
    if (session.startValidation)
        root["start_validation"] = {session.startValidation->loss, session.startValidation->accuracy};
    if (session.points.empty())
        return;
    ordered_json points = ordered_json::array();
    for (const CurvePoint& point : session.points) {
        for (const double number :
             {point.epoch, point.loss, point.accuracy, static_cast<double>(point.samples)})
            points.push_back(number);
    }
    root["points"] = std::move(points);
}

// `own`: bytes of the window's model; `models`: of each run's.
std::string encodeHeader(const Session& session, std::size_t own, const std::vector<std::string>& models)
{
    ordered_json root;
    root["file"] = session.file;
    root["modified"] = session.modified;
    if (!session.fileStamp.empty())
        root["file_stamp"] = session.fileStamp;
    if (session.fileHolds != FileHolds::Others)
        root["file_holds"] = session.fileHolds == FileHolds::These ? "these" : "ancestors";
    if (session.epoch > 0.0)
        root["epoch"] = session.epoch;
    if (session.unfinished)
        root["unfinished"] = true;
    putPoints(session, root);
    if (!session.graphPage.empty())
        root["graph_page"] = session.graphPage;
    root["model_bytes"] = own;
    root["settings"] = settingsToJson(session.settings);
    ordered_json runs = ordered_json::array();
    for (std::size_t i = 0; i < session.runs.size(); ++i) {
        const Run& run = *session.runs[i];
        ordered_json entry;
        entry["settings"] = settingsToJson(run.settings);
        entry["history"] = historyToJson(thinned(run.history));
        if (run.epoch > 0.0)
            entry["epoch"] = run.epoch;
        if (!models[i].empty())
            entry["model_bytes"] = models[i].size();
        runs.push_back(std::move(entry));
    }
    root["runs"] = std::move(runs);
    const auto away = std::ranges::find(session.runs, session.away);
    if (session.away && away != session.runs.end())
        root["away"] = away - session.runs.begin();
    if (!session.drawing.strokes.empty() || !session.drawing.picture.ink.empty())
        root["drawing"] = writeStrokeLine(session.drawing);
    root["expression"] = session.expression;
    ordered_json variables = ordered_json::object();
    for (const auto& [variable, value] : session.variables)
        variables[variable] = value;
    root["variables"] = std::move(variables);
    return writtenJson(root);
}

// Without a member, and with one of a wrong type, nothing is told.
template <typename T>
T memberOf(const json& object, const char* member, T nothing = {})
{
    Members(object, {}).read(member, nothing);
    return nothing;
}

std::string textOf(const json& object, const char* member)
{
    return memberOf<std::string>(object, member);
}

// How far a run came; as if it were not told where no run of these settings could have come: what counts
// samples by it relies on that.
double reached(double epoch, const TrainingSettings& settings)
{
    return epoch > 0.0 && epoch <= static_cast<double>(settings.epochs) ? epoch : 0.0;
}

std::size_t bytesOf(const json& object)
{
    return static_cast<std::size_t>(memberOf<std::uint64_t>(object, "model_bytes"));
}

void readPoints(const json& root, Session& session)
{
    // A loss that is no number was written as null.
    if (const auto start = memberOf<std::vector<double>>(root, "start_validation"); start.size() == 2)
        session.startValidation = Metrics{start[0], start[1]};
    const auto points = memberOf<std::vector<double>>(root, "points");
    for (std::size_t i = 0; i + 3 < points.size(); i += 4) {
        const bool counts = points[i + 3] >= 0.0 && points[i + 3] < 1e15;
        session.points.push_back(
            {points[i], points[i + 1], points[i + 2], counts ? static_cast<std::size_t>(points[i + 3]) : 0});
    }
}

// Takes the run's weights from the front of what is left; one without them keeps its curves. Returns why they
// cannot be read; empty: they can, or there are none.
std::string readRunModel(std::span<const char>& rest, std::size_t length, const std::string& name, Run& run)
{
    const auto bytes = rest.first(std::min(length, rest.size()));
    rest = rest.subspan(bytes.size());
    if (bytes.empty())
        return {};
    auto model = decodeModel(bytes, name);
    if (!model)
        return model.error().why.english();
    run.parent = std::move(model->initial);
    run.recorded = model->recorded;
    run.network = std::make_shared<const Network>(std::move(model->network));
    return {};
}

// The bytes are as they were written; but should one part be of no use, the others are not to be lost with
// it.
//
// `models`: all of them; the window's own is left there.
Result<void> readHeader(std::string_view text, std::span<const char>& models, const std::string& name,
                        Session& session)
{
    const auto parsed =
        parsedJson(text, maximumValues, {MessageId::sessionFile, name}, MessageId::sessionOfNoUse);
    if (!parsed)
        return parsed.error();
    const json& root = *parsed;
    if (!root.is_object())
        return damaged(name, MessageId::hasNoObject);
    session.file = textOf(root, "file");
    session.modified = memberOf<bool>(root, "modified");
    session.fileStamp = textOf(root, "file_stamp");
    const std::string holds = textOf(root, "file_holds");
    session.fileHolds = holds == "these"       ? FileHolds::These
                        : holds == "ancestors" ? FileHolds::Ancestors
                                               : FileHolds::Others;
    session.epoch = memberOf<double>(root, "epoch");
    session.unfinished = memberOf<bool>(root, "unfinished");
    readPoints(root, session);
    session.graphPage = textOf(root, "graph_page");
    const bool tells = root.contains("model_bytes"); // else there is none but the window's own
    const std::span<const char> own = tells ? models.first(std::min(bytesOf(root), models.size())) : models;
    std::span<const char> rest = models.subspan(own.size());
    models = own;
    auto settings = settingsFromJson(textOf(root, "settings"));
    if (!settings)
        return settings.error();
    session.settings = std::move(*settings);
    if (const auto runs = root.find("runs"); runs != root.end() && runs->is_array()) {
        const auto away = memberOf(root, "away", std::numeric_limits<std::uint64_t>::max());
        std::uint64_t index = 0;
        for (const json& entry : *runs) {
            const bool isAway = away == index++;
            auto runSettings = settingsFromJson(textOf(entry, "settings"));
            auto history = historyFromJson(textOf(entry, "history"));
            const std::size_t length = bytesOf(entry);
            if (!runSettings || !history) {
                session.networkFault = (runSettings ? history.error() : runSettings.error()).why.english();
                rest = rest.subspan(std::min(length, rest.size()));
                continue;
            }
            Run run{std::move(*runSettings), std::move(*history)};
            run.epoch = reached(memberOf<double>(entry, "epoch"), run.settings);
            if (const std::string fault = readRunModel(rest, length, name, run); !fault.empty())
                session.networkFault = fault;
            session.runs.push_back(std::make_shared<const Run>(std::move(run)));
            if (isAway && session.runs.back()->network)
                session.away = session.runs.back();
        }
    }
    if (const std::string line = textOf(root, "drawing"); !line.empty()) {
        if (auto drawing = readStrokeLine(line, "session file " + name + ", drawing"))
            session.drawing = std::move(*drawing);
    }
    session.expression = textOf(root, "expression");
    if (const auto variables = root.find("variables"); variables != root.end() && variables->is_object()) {
        for (const auto& [variable, value] : variables->items()) {
            if (value.is_number())
                session.variables[variable] = value.get<double>();
        }
    }
    return {};
}

Result<void> readModel(std::span<const char> bytes, const std::string& name, Session& session)
{
    auto model = decodeModel(bytes, name);
    if (!model)
        return model.error();
    auto settings = settingsFromJson(model->settings);
    if (!settings)
        return settings.error();
    session.trained = std::move(*settings);
    if (!model->history.empty()) { // one of very many epochs is left out of a model
        if (auto history = historyFromJson(model->history))
            session.history = std::move(*history);
    }
    takeModel(std::move(*model), session);
    return {};
}

// What is about the network alone is of no use without it; the file that the window was about has another one
// than the window will have.
void leaveOutNetwork(Session& session, const Error& error)
{
    session.networkFault = error.why.english();
    session.file.clear();
    session.fileStamp.clear();
    session.fileHolds = FileHolds::Others;
    session.modified = true;
    session.epoch = 0.0;
    session.unfinished = false;
    session.startValidation.reset();
    session.points.clear();
}

Result<Session> decode(std::span<const char> bytes, const std::string& name)
{
    std::string_view rest(bytes.data(), bytes.size());
    const auto version = sessionVersion(rest);
    if (!version)
        return damaged(name, MessageId::noSession);
    // Before anything else: a newer version may have changed whatever follows.
    if (*version > newestSessionVersion) {
        return Error{
            {MessageId::sessionFile, name},
            {MessageId::newerSession, std::to_string(*version), std::to_string(newestSessionVersion)},
            MessageId::startNewerVersion};
    }
    (void)takeLine(rest);
    const auto numbers = takeLine(rest);
    const auto first = numbers ? numbers->find(' ') : std::string_view::npos;
    const auto second = first == std::string_view::npos ? first : numbers->find(' ', first + 1);
    if (second == std::string_view::npos)
        return damaged(name, MessageId::sessionLengthsMissing);
    const auto header = wholeNumber(numbers->substr(0, first));
    const auto model = wholeNumber(numbers->substr(first + 1, second - first - 1));
    const auto sum = wholeNumber(numbers->substr(second + 1));
    if (!header || !model || !sum || *header > rest.size() || *model != rest.size() - *header)
        return damaged(name, MessageId::sessionOtherLength);
    if (checksum(rest) != *sum)
        return damaged(name, MessageId::sessionOtherChecksum);

    Session session;
    std::span<const char> models = bytes.last(*model);
    if (const auto read = readHeader(rest.substr(0, *header), models, name, session); !read)
        return read.error();
    if (!models.empty()) {
        if (const auto read = readModel(models, name, session); !read)
            leaveOutNetwork(session, read.error());
    }
    session.epoch = reached(session.epoch, session.trained);
    return session;
}

} // namespace

std::string encodeSession(const Session& session)
{
    std::string own;
    if (session.parameters) {
        own = encodeModel({networkOf(session, session.trained.precision), settingsToJson(session.trained),
                           historyToJson(session.history), session.initial, session.recorded});
    }
    std::vector<std::string> models;
    int version = 1;
    for (const auto& run : session.runs) {
        models.push_back(encodeRunModel(*run));
        if (run->network)
            version = 2;
    }
    std::string content = encodeHeader(session, own.size(), models);
    const std::size_t header = content.size();
    content += own;
    for (const std::string& model : models)
        content += model;
    return std::string(formatPrefix) + std::to_string(version) + '\n' + std::to_string(header) + ' ' +
           std::to_string(content.size() - header) + ' ' + std::to_string(checksum(content)) + '\n' + content;
}

std::optional<std::uint64_t> sessionVersion(std::string_view bytes)
{
    const auto format = takeLine(bytes);
    if (!format || !format->starts_with(formatPrefix))
        return {};
    const auto version = wholeNumber(format->substr(formatPrefix.size()));
    return version == 0U ? std::nullopt : version;
}

Result<Session> decodeSession(std::span<const char> bytes, const std::string& name)
{
    try {
        return decode(bytes, name);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(name);
    }
}

std::optional<bool> isWholeSession(const std::string& path)
{
    std::ifstream stream(path, std::ios::binary);
    std::string begin(2 * longestLine, '\0');
    stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    if (stream.bad() || !stream.is_open())
        return {};
    begin.resize(static_cast<std::size_t>(stream.gcount()));
    std::string_view rest = begin;
    const auto version = sessionVersion(rest);
    if (version && *version > newestSessionVersion)
        return {};
    const auto format = takeLine(rest);
    const auto numbers = takeLine(rest);
    if (!version || !format || !numbers)
        return false;
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(begin.size() - rest.size()));
    uLong sum = crc32_z(0, nullptr, 0);
    std::vector<char> chunk(1 << 16);
    while (stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || stream.gcount() > 0)
        sum = crc32_z(sum, reinterpret_cast<const Bytef*>(chunk.data()),
                      static_cast<z_size_t>(stream.gcount()));
    if (stream.bad())
        return {};
    const auto last = numbers->rfind(' ');
    return last != std::string_view::npos && wholeNumber(numbers->substr(last + 1)) == sum;
}

Result<Session> loadSession(const std::string& path)
{
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > largestFile)
        return damaged(path, error ? Message(error.message()) : Message(MessageId::largerThanSessions));
    try {
        std::string bytes(static_cast<std::size_t>(size), '\0');
        std::ifstream stream(path, std::ios::binary);
        if (!stream || !stream.read(bytes.data(), static_cast<std::streamsize>(size)))
            return damaged(path, MessageId::cannotBeRead);
        return decodeSession(bytes, path);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(path);
    }
}

} // namespace chainrule
