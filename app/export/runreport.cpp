// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/runreport.h"

#include "core/base/text.h"
#include "core/training/settings/settingsfields.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

namespace chainrule {

namespace {

using Json = nlohmann::ordered_json;

void printLine(const Json& json)
{
    std::printf("%s\n", json.dump().c_str());
    std::fflush(stdout);
}

Json orNull(const std::optional<Metrics>& metrics, double Metrics::*member)
{
    return metrics ? Json((*metrics).*member) : Json();
}

std::string count(const std::vector<std::uint32_t>& samples)
{
    return withSeparators(static_cast<std::int64_t>(samples.size()));
}

std::string describe(const LayerStack& stack)
{
    std::string text = std::to_string(stack.input.size());
    for (const Layer& layer : stack.layers) {
        std::string words = formatLayer(layer); // 128:relu, dropout:0.2
        words[words.find(':')] = ' ';
        text += " → " + words;
    }
    return text;
}

// "schedule cosine, patience 2": what most runs leave as it is, where this one does not.
std::string unusualSettings(const TrainingSettings& settings)
{
    const TrainingSettings usual;
    std::string text;
    for (const SettingsField& field : settingsFields()) {
        const std::string value = textOf(field, settings);
        if (!field.always && value != textOf(field, usual))
            text += (text.empty() ? "" : ", ") + std::string(field.option) + " " + value;
    }
    return text;
}

} // namespace

std::string epochHeader()
{
    return "epoch   train loss   train acc   val loss    val acc   seconds\n";
}

std::string epochRow(const EpochRecord& record)
{
    char validation[64] = "       –          –";
    if (record.validation)
        std::snprintf(validation, sizeof validation, "%8.4f   %6.2f %%", record.validation->loss,
                      record.validation->accuracy);
    char line[192];
    std::snprintf(line, sizeof line, "%5d   %10.4f   %7.2f %%   %s   %7.2f\n", record.epoch, record.trainLoss,
                  record.trainAccuracy, validation, record.trainSeconds);
    return line;
}

Json epochJson(const EpochRecord& record)
{
    return {{"epoch", record.epoch},
            {"train_loss", record.trainLoss},
            {"train_accuracy", record.trainAccuracy},
            {"validation_loss", orNull(record.validation, &Metrics::loss)},
            {"validation_accuracy", orNull(record.validation, &Metrics::accuracy)},
            {"train_seconds", record.trainSeconds},
            {"learning_rate", record.learningRate}};
}

RunReport::RunReport(ReportStyle style)
    : m_style(style)
    , m_terminal(isatty(STDERR_FILENO) != 0)
{
}

void RunReport::start(const RunSetup& setup, const std::string& run)
{
    const TrainingSettings& settings = setup.settings;
    const LayerStack& stack = setup.initial.stack;
    m_epochs = settings.epochs;
    m_keepsBest = settings.keep == Keep::Best;
    if (m_style == ReportStyle::Json) {
        Json layers = Json::array();
        for (const Layer& layer : stack.layers) {
            if (const auto* const dense = std::get_if<DenseLayer>(&layer))
                layers.push_back(
                    {{"units", dense->units}, {"activation", activationName(dense->activation)}});
            else
                layers.push_back({{"dropout", std::get<DropoutLayer>(layer).rate}});
        }
        const std::string_view keepName = keepTable[static_cast<std::size_t>(settings.keep)].name;
        printLine({{"event", "start"},
                   {"engine", engineName(settings.engine)},
                   {"parameters", parameterCount(stack)},
                   {"layers", layers},
                   {"train", setup.split.training.size()},
                   {"validation", setup.split.validation.size()},
                   {"test", setup.split.test.size()},
                   {"data", settings.data},
                   {"inputs", stack.input.size()},
                   {"precision", precisionName(settings.precision)},
                   {"loss", lossName(settings.loss)},
                   {"initial_weights", formatInitialWeights(settings.initialWeights)},
                   {"optimizer", optimizerName(settings.optimizer)},
                   {"learning_rate", settings.learningRate},
                   {"schedule", rateScheduleName(settings.schedule)},
                   {"warmup", settings.warmup},
                   {"l1", settings.l1},
                   {"l2", settings.l2},
                   {"clip", settings.clip},
                   {"patience", settings.patience},
                   {"keep", keepName},
                   {"batch", settings.batchSize},
                   {"epochs", settings.epochs},
                   {"seed", settings.seed},
                   {"run", run.empty() ? Json() : Json(run)}});
        return;
    }
    std::printf("%s: %s training, %s validation, %s test samples\n", setup.data->name.c_str(),
                count(setup.split.training).c_str(), count(setup.split.validation).c_str(),
                count(setup.split.test).c_str());
    std::printf("%s: %s parameters\n", describe(stack).c_str(),
                withSeparators(parameterCount(stack)).c_str());
    std::printf("%s engine, %s, %s, learning rate %g, batch %d, seed %llu\n",
                std::string(engineName(settings.engine)).c_str(),
                std::string(precisionName(settings.precision)).c_str(),
                std::string(optimizerName(settings.optimizer)).c_str(), settings.learningRate,
                settings.batchSize, static_cast<unsigned long long>(settings.seed));
    if (const std::string more = unusualSettings(settings); !more.empty())
        std::printf("%s\n", more.c_str());
    std::printf("\n%s", epochHeader().c_str());
    std::fflush(stdout);
}

void RunReport::clearBar()
{
    if (m_barShown)
        std::fprintf(stderr, "\r\033[K");
    m_barShown = false;
}

void RunReport::drawBar(const Progress& progress)
{
    if (!m_terminal || progress.samplesTotal == 0)
        return;
    constexpr int width = 30;
    const double share =
        static_cast<double>(progress.samplesDone) / static_cast<double>(progress.samplesTotal);
    const int filled = std::clamp(static_cast<int>(share * width), 0, width);
    std::string bar;
    for (int i = 0; i < width; ++i)
        bar += i < filled ? "█" : "░";
    std::fprintf(stderr, "\r\033[K%s %3.0f %%  %s samples/s  %.0f s left", bar.c_str(), 100.0 * share,
                 withSeparators(std::llround(progress.samplesPerSecond)).c_str(), progress.secondsLeft);
    std::fflush(stderr);
    m_barShown = true;
}

void RunReport::news(const FeedContent& content)
{
    for (const EpochRecord& record : content.epochs) {
        if (m_style == ReportStyle::Json) {
            Json line{{"event", "epoch"}};
            line.update(epochJson(record));
            printLine(line);
        } else {
            clearBar();
            std::printf("%s", epochRow(record).c_str());
            std::fflush(stdout);
        }
    }
    if (m_style == ReportStyle::People && content.progress)
        drawBar(*content.progress);
}

void RunReport::end(const TrainingOutcome& outcome)
{
    const History& history = outcome.history;
    if (m_style == ReportStyle::Json) {
        static constexpr const char* reasons[] = {"finished", "stopped", "diverged", "failed"};
        printLine({{"event", "end"},
                   {"test_loss", orNull(history.test, &Metrics::loss)},
                   {"test_accuracy", orNull(history.test, &Metrics::accuracy)},
                   {"train_seconds", history.trainSeconds},
                   {"samples_per_second", history.samplesPerSecond},
                   {"best_epoch", history.bestEpoch > 0 ? Json(history.bestEpoch) : Json()},
                   {"reason", reasons[static_cast<int>(outcome.reason)]}});
        return;
    }
    clearBar();
    std::printf("\n");
    if (outcome.reason == EndReason::Stopped)
        std::printf("stopped after %zu of %d epochs\n", history.epochs.size(), m_epochs);
    const int trained = history.epochs.empty() ? 0 : history.epochs.back().epoch;
    if (outcome.reason == EndReason::Finished && trained < m_epochs)
        std::printf("ended early, after epoch %d of %d: no lower validation loss since epoch %d\n", trained,
                    m_epochs, history.bestEpoch);
    if (outcome.reason == EndReason::Finished && m_keepsBest && history.bestEpoch > 0)
        std::printf("weights of epoch %d, which has the lowest validation loss\n", history.bestEpoch);
    if (history.test)
        std::printf("test loss %.4f, test accuracy %.2f %%\n", history.test->loss, history.test->accuracy);
    std::printf("trained for %.2f s, %s samples a second\n", history.trainSeconds,
                withSeparators(std::llround(history.samplesPerSecond)).c_str());
    std::fflush(stdout);
}

} // namespace chainrule
