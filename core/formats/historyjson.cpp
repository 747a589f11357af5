// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"

#include "core/base/files/json.h"
#include "core/base/text.h"
#include "core/formats/jsonmembers.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <new>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

Error fault(const Message& what, const Message& why)
{
    return {what, why, MessageId::useChainruleFile};
}

// The error does not say which one: that is written only where there is one.
Result<EpochRecord> readEpoch(const json& value)
{
    if (!value.is_object())
        return fault({}, MessageId::isNoObject);
    EpochRecord record;
    Members members(value, {});
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
    const Message what = MessageId::historyPart;
    const auto root = parsedJson(text, maximumHistoryValues, what, MessageId::useChainruleFile);
    if (!root)
        return root.error();
    if (!root->is_object())
        return fault(what, MessageId::isNoObject);

    History history;
    Members members(*root, what);
    if (const json* epochs = members.find("epochs")) {
        if (!epochs->is_array())
            return fault(what, {MessageId::memberIsNoList, "epochs"});
        history.epochs.reserve(epochs->size());
        for (const json& value : *epochs) {
            const Result<EpochRecord> record = readEpoch(value);
            if (!record) {
                Error error = record.error();
                error.what = {MessageId::optionPart, what,
                              Message(MessageId::entryOfEpochs, std::to_string(history.epochs.size() + 1))};
                return error;
            }
            history.epochs.push_back(*record);
        }
    }
    if (const json* test = members.find("test"); test != nullptr && !test->is_null()) {
        if (!test->is_object())
            return fault(what, {MessageId::memberIsNoObject, "test"});
        Metrics metrics;
        Members testMembers(*test, {MessageId::optionPart, what, "test"});
        testMembers.read("loss", metrics.loss);
        testMembers.read("accuracy", metrics.accuracy);
        if (const auto result = testMembers.result(); !result)
            return result.error();
        history.test = metrics;
    }
    members.read("train_seconds", history.trainSeconds);
    members.read("samples_per_second", history.samplesPerSecond);
    members.read("best_epoch", history.bestEpoch);
    members.read("kernels", history.kernels);
    if (double at = 0.0; members.read("resumed_at", at) && std::isfinite(at))
        history.resumedAt = at;
    if (const auto result = members.result(); !result)
        return result.error();
    return history;
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
    if (history.bestEpoch > 0)
        root["best_epoch"] = history.bestEpoch;
    if (!history.kernels.empty())
        root["kernels"] = history.kernels;
    if (history.resumedAt)
        root["resumed_at"] = *history.resumedAt;
    return writtenJson(root);
}

Result<History> historyFromJson(const std::string& text)
{
    try {
        return readHistory(text);
    } catch (const std::bad_alloc&) {
        return Error{MessageId::historyPart, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
    }
}

} // namespace chainrule
