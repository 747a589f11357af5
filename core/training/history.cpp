// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/history.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <new>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Throws nothing but std::bad_alloc; jsonFault() has found nothing wrong with the text.
json parsed(std::string_view text)
{
    return json::parse(text.begin(), text.end(), nullptr, false);
}

// One line; bytes that are not UTF-8 become U+FFFD.
std::string writeJson(const ordered_json& value)
{
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

const char* const mendJson = "Use a file written by Chainrule, or leave this part out";

Error notEnoughMemory(const std::string& what)
{
    return Error{what, "there is not enough memory to read it", "Close other programs and try again"};
}

// Reads the members of one JSON object. The first member of a wrong type is remembered as the error;
// what is missing leaves its target as it was.
struct Members {
    const json& object;
    std::string what; ///< what the object is, for errors
    std::string fault;

    const json* find(const char* name)
    {
        const auto found = object.find(name);
        return found == object.end() || !fault.empty() ? nullptr : &*found;
    }

    void fail(const char* name, const char* expected) { fault = std::string(name) + " is not " + expected; }

    // JSON has no NaN or infinity: they are written as null.
    bool read(const char* name, double& target)
    {
        const json* value = find(name);
        if (value == nullptr)
            return false;
        if (value->is_number())
            target = value->get<double>();
        else if (value->is_null())
            target = std::numeric_limits<double>::quiet_NaN();
        else
            fail(name, "a number");
        return true;
    }

    void read(const char* name, int& target)
    {
        const json* value = find(name);
        if (value == nullptr)
            return;
        constexpr std::int64_t highest = std::numeric_limits<int>::max();
        const bool inRange = value->is_number_unsigned()
                                 ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(highest)
                                 : value->is_number_integer() && value->get<std::int64_t>() >= -highest;
        if (inRange)
            target = value->get<int>();
        else
            fail(name, "a whole number within bounds");
    }

    void read(const char* name, std::uint64_t& target)
    {
        const json* value = find(name);
        if (value == nullptr)
            return;
        if (value->is_number_unsigned())
            target = value->get<std::uint64_t>();
        else
            fail(name, "a whole number from 0 to 18446744073709551615");
    }

    void read(const char* name, bool& target)
    {
        const json* value = find(name);
        if (value == nullptr)
            return;
        if (value->is_boolean())
            target = value->get<bool>();
        else
            fail(name, "true or false");
    }

    void read(const char* name, std::string& target)
    {
        const json* value = find(name);
        if (value == nullptr)
            return;
        if (value->is_string())
            target = value->get_ref<const std::string&>();
        else
            fail(name, "a text");
    }

    // A text that `fromText` turns into the target or into an error.
    template <typename T, typename FromText>
    void read(const char* name, T& target, FromText fromText)
    {
        if (find(name) == nullptr)
            return;
        std::string text;
        read(name, text);
        if (!fault.empty())
            return;
        const auto result = fromText(text);
        if (result)
            target = *result;
        else
            fault = std::string(name) + ": " + result.error().what.english() + ": " +
                    result.error().why.english();
    }

    [[nodiscard]] Result<void> result() const
    {
        if (fault.empty())
            return {};
        return Error{what, fault, mendJson};
    }
};

// "", a file's way to say that there are no layers yet, is not for people to type.
Result<std::vector<Layer>> layersFromText(const std::string& text)
{
    if (text.empty())
        return std::vector<Layer>{};
    return parseLayers(text);
}

Result<EpochRecord> readEpoch(const json& value, std::size_t index)
{
    const std::string what = "history, entry " + std::to_string(index + 1) + " of epochs";
    if (!value.is_object())
        return Error{what, "it is not an object", mendJson};
    EpochRecord record;
    Members members{value, what, {}};
    members.read("epoch", record.epoch);
    members.read("train_loss", record.trainLoss);
    members.read("train_accuracy", record.trainAccuracy);
    Metrics validation;
    const bool hasLoss = members.read("validation_loss", validation.loss);
    const bool hasAccuracy = members.read("validation_accuracy", validation.accuracy);
    if (hasLoss || hasAccuracy)
        record.validation = validation;
    members.read("learning_rate", record.learningRate);
    members.read("train_seconds", record.trainSeconds);
    if (const auto result = members.result(); !result)
        return result.error();
    return record;
}

Result<History> readHistory(const std::string& text)
{
    if (const std::string fault = jsonFault(text, maximumHistoryValues); !fault.empty())
        return Error{"history", fault, mendJson};
    const json root = parsed(text);
    if (!root.is_object())
        return Error{"history", "it is not an object", mendJson};

    History history;
    Members members{root, "history", {}};
    if (const json* epochs = members.find("epochs")) {
        if (!epochs->is_array())
            return Error{"history", "epochs is not a list", mendJson};
        history.epochs.reserve(epochs->size());
        for (const json& value : *epochs) {
            const Result<EpochRecord> record = readEpoch(value, history.epochs.size());
            if (!record)
                return record.error();
            history.epochs.push_back(*record);
        }
    }
    if (const json* test = members.find("test"); test != nullptr && !test->is_null()) {
        if (!test->is_object())
            return Error{"history", "test is not an object", mendJson};
        Metrics metrics;
        Members testMembers{*test, "history, test", {}};
        testMembers.read("loss", metrics.loss);
        testMembers.read("accuracy", metrics.accuracy);
        if (const auto result = testMembers.result(); !result)
            return result.error();
        history.test = metrics;
    }
    members.read("train_seconds", history.trainSeconds);
    members.read("samples_per_second", history.samplesPerSecond);
    if (double at = 0.0; members.read("resumed_at", at) && std::isfinite(at))
        history.resumedAt = at;
    if (const auto result = members.result(); !result)
        return result.error();
    return history;
}

Result<TrainingSettings> readSettings(const std::string& text)
{
    if (const std::string fault = jsonFault(text, maximumHistoryValues); !fault.empty())
        return Error{"settings", fault, mendJson};
    const json root = parsed(text);
    if (!root.is_object())
        return Error{"settings", "they are not an object", mendJson};

    TrainingSettings settings;
    Members members{root, "settings", {}};
    members.read("data", settings.data);
    members.read("train", settings.samples.training);
    members.read("validation", settings.samples.validation);
    members.read("test", settings.samples.test);
    members.read("layers", settings.layers, layersFromText);
    members.read("engine", settings.engine, engineFromName);
    members.read("precision", settings.precision, precisionFromName);
    members.read("optimizer", settings.optimizer, optimizerFromName);
    members.read("learning_rate", settings.learningRate);
    members.read("batch", settings.batchSize);
    members.read("epochs", settings.epochs);
    members.read("seed", settings.seed);
    members.read("threads", settings.threads);
    members.read("shuffle", settings.shuffle);
    members.read("augment", settings.augment);
    members.read("drawings", settings.drawings);
    if (const auto result = members.result(); !result)
        return result.error();
    return settings;
}

// Spreadsheets and dataframes take a column for real numbers only where each one looks like a real.
std::string real(double number)
{
    std::string text = shortestNumber(number);
    if (text.find_first_not_of("-0123456789") == std::string::npos)
        text += ".0";
    return text;
}

} // namespace

std::string historyToCsv(const History& history)
{
    std::string csv = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,"
                      "train_seconds\n";
    for (const EpochRecord& record : history.epochs) {
        csv += std::to_string(record.epoch) + ',' + real(record.trainLoss) + ',' +
               real(record.trainAccuracy) + ',';
        csv += record.validation ? real(record.validation->loss) + ',' + real(record.validation->accuracy)
                                 : std::string(",");
        csv += ',' + real(record.learningRate) + ',' + real(record.trainSeconds) + '\n';
    }
    return csv;
}

std::string historyToJson(const History& history)
{
    ordered_json epochs = ordered_json::array();
    for (const EpochRecord& record : history.epochs) {
        ordered_json epoch;
        epoch["epoch"] = record.epoch;
        epoch["train_loss"] = record.trainLoss;
        epoch["train_accuracy"] = record.trainAccuracy;
        if (record.validation) {
            epoch["validation_loss"] = record.validation->loss;
            epoch["validation_accuracy"] = record.validation->accuracy;
        }
        epoch["learning_rate"] = record.learningRate;
        epoch["train_seconds"] = record.trainSeconds;
        epochs.push_back(std::move(epoch));
    }
    ordered_json root;
    root["epochs"] = std::move(epochs);
    if (history.test) {
        root["test"]["loss"] = history.test->loss;
        root["test"]["accuracy"] = history.test->accuracy;
    }
    root["train_seconds"] = history.trainSeconds;
    root["samples_per_second"] = history.samplesPerSecond;
    if (history.resumedAt)
        root["resumed_at"] = *history.resumedAt;
    return writeJson(root);
}

Result<History> historyFromJson(const std::string& text)
{
    try {
        return readHistory(text);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory("history");
    }
}

std::string settingsToJson(const TrainingSettings& settings)
{
    ordered_json root;
    root["data"] = settings.data;
    root["train"] = settings.samples.training;
    root["validation"] = settings.samples.validation;
    root["test"] = settings.samples.test;
    root["layers"] = formatLayers(settings.layers);
    root["engine"] = engineName(settings.engine);
    root["precision"] = precisionName(settings.precision);
    root["optimizer"] = optimizerName(settings.optimizer);
    root["learning_rate"] = settings.learningRate;
    root["batch"] = settings.batchSize;
    root["epochs"] = settings.epochs;
    root["seed"] = settings.seed;
    root["threads"] = settings.threads;
    root["shuffle"] = settings.shuffle;
    root["augment"] = settings.augment;
    if (!settings.drawings.empty())
        root["drawings"] = settings.drawings;
    return writeJson(root);
}

Result<TrainingSettings> settingsFromJson(const std::string& text)
{
    try {
        return readSettings(text);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory("settings");
    }
}

} // namespace chainrule
