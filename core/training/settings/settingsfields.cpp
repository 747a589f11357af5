// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings/settingsfields.h"

#include "core/base/names.h"
#include "core/base/overloaded.h"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace chainrule {

namespace {

using S = TrainingSettings;

// Puts what was read into its place.
template <typename T>
Result<void> take(Result<T> read, T& target)
{
    if (!read)
        return read.error();
    target = std::move(*read);
    return {};
}

struct KernelRow {
    std::string_view kernels;
    std::string_view name;
};
constexpr std::array kernelTable{KernelRow{"baseline", "baseline"}, KernelRow{"avx2", "avx2"},
                                 KernelRow{"avx512", "avx512"}};

Result<void> writeKernels(S& settings, std::string_view word)
{
    if (word.empty() || word == "best") {
        settings.kernels.clear();
        return {};
    }
    const auto known =
        fromName(word, kernelTable, &KernelRow::kernels, "--kernels", MessageId::kindInstructionSet);
    if (!known)
        return known.error();
    settings.kernels = *known;
    return {};
}

// "", a file's way to say that there are no layers yet, is not for people to type.
Result<void> writeLayers(S& settings, std::string_view word)
{
    if (word.empty()) {
        settings.layers.clear();
        return {};
    }
    return take(parseLayers(word, lossRow(settings.loss).output), settings.layers);
}

const std::array fields{
    SettingsField{
        "data", "data", "SOURCE",
        "mnist, fashion-mnist, digits (built in), a folder of IDX files or with a folder of images for each "
        "class, a CSV file, or xor, circles, moons, spiral.",
        true, TextField{[](S& s) -> std::string& { return s.data; }}},
    SettingsField{"train", "train", "N", "Training samples.", true,
                  WholeField{[](S& s) -> int& { return s.samples.training; }, 1, maximumSamples, 10'000}},
    SettingsField{"validation", "validation", "N", "Validation samples.", true,
                  WholeField{[](S& s) -> int& { return s.samples.validation; }, 0, maximumSamples, 1'000}},
    SettingsField{"test", "test", "N", "Test samples.", true,
                  WholeField{[](S& s) -> int& { return s.samples.test; }, 0, maximumSamples, 2'000}},
    // Before the layers, whose output follows it.
    SettingsField{"loss", "loss", "NAME", "{1}: of softmax outputs, of sigmoid ones, of any others.", false,
                  WordField{[](const S& s) { return std::string(lossName(s.loss)); },
                            [](S& s, std::string_view word) { return take(lossFromName(word), s.loss); },
                            []() { return namesIn(lossTable); }}},
    SettingsField{"layers", "layers", "LAYERS",
                  "For instance 128:relu,dropout:0.2,64:relu,10:softmax. A bare number is ReLU, or the "
                  "loss's own output where it is the last. Activations: {1}.",
                  true,
                  WordField{[](const S& s) { return formatLayers(s.layers); }, writeLayers,
                            []() { return namesIn(activationTable); }}},
    SettingsField{"engine", "engine", "ENGINE", "{1}.", true,
                  WordField{[](const S& s) { return std::string(engineName(s.engine)); },
                            [](S& s, std::string_view word) { return take(engineFromName(word), s.engine); },
                            []() { return namesIn(engineTable); }}},
    SettingsField{
        "precision", "precision", "TYPE", "{1}; the scalar engine has only double.", true,
        WordField{[](const S& s) { return std::string(precisionName(s.precision)); },
                  [](S& s, std::string_view word) { return take(precisionFromName(word), s.precision); },
                  []() { return namesIn(precisionTable); }}},
    SettingsField{
        "optimizer", "optimizer", "NAME", "{1}.", true,
        WordField{[](const S& s) { return std::string(optimizerName(s.optimizer)); },
                  [](S& s, std::string_view word) { return take(optimizerFromName(word), s.optimizer); },
                  []() { return namesIn(optimizerTable); }}},
    SettingsField{
        "lr", "learning_rate", "RATE", "Learning rate.", true,
        RealField{[](S& s) -> double& { return s.learningRate; }, 0.0, maximumLearningRate, true, 0.1}},
    SettingsField{
        "schedule", "schedule", "NAME", "How the rate changes over the run: {1}.", false,
        WordField{[](const S& s) { return std::string(rateScheduleName(s.schedule)); },
                  [](S& s, std::string_view word) { return take(rateScheduleFromName(word), s.schedule); },
                  []() { return namesIn(rateScheduleTable); }}},
    SettingsField{"warmup", "warmup", "STEPS", "Steps over which the rate grows to its full value.", false,
                  WholeField{[](S& s) -> int& { return s.warmup; }, 0, maximumWarmup, 100}},
    SettingsField{"l1", "l1", "X", "Penalty on the magnitude of weights, not of biases.", false,
                  RealField{[](S& s) -> double& { return s.l1; }, 0.0, maximumPenalty, false, 1e-4}},
    SettingsField{"l2", "l2", "X", "Penalty on the square of weights, not of biases; weight decay in adamw.",
                  false, RealField{[](S& s) -> double& { return s.l2; }, 0.0, maximumPenalty, false, 1e-4}},
    SettingsField{"clip", "clip", "NORM", "The largest norm of a step's gradient; 0: any.", false,
                  RealField{[](S& s) -> double& { return s.clip; }, 0.0, maximumClip, false, 1.0}},
    SettingsField{"batch", "batch", "N", "Samples in a batch.", true,
                  WholeField{[](S& s) -> int& { return s.batchSize; }, 1, maximumBatch, 64}},
    SettingsField{"epochs", "epochs", "N", "Passes over the training samples.", true,
                  WholeField{[](S& s) -> int& { return s.epochs; }, 1, maximumEpochs, 20}},
    SettingsField{"patience", "patience", "N",
                  "Stop after so many epochs without a better validation loss; 0: never.", false,
                  WholeField{[](S& s) -> int& { return s.patience; }, 0, maximumEpochs, 10}},
    SettingsField{
        "keep", "keep", "WHICH", "{1}: which epoch's weights are the result (last, or best with --patience).",
        false,
        WordField{[](const S& s) { return std::string(keepTable[static_cast<std::size_t>(s.keep)].name); },
                  [](S& s, std::string_view word) {
                      return take(fromName(word, keepTable, &KeepRow::keep, "--keep", MessageId::kindChoice),
                                  s.keep);
                  },
                  []() { return namesIn(keepTable); }}},
    SettingsField{"initial-weights", "initial_weights", "RULE",
                  "{1}; xavier is also called lecun, and normal has its standard deviation behind a colon: "
                  "normal:0.05.",
                  false,
                  WordField{[](const S& s) { return formatInitialWeights(s.initialWeights); },
                            [](S& s, std::string_view word) {
                                return take(parseInitialWeights(word), s.initialWeights);
                            },
                            []() { return namesIn(weightRuleTable); }}},
    SettingsField{"seed", "seed", "N", "Seed of the split, the initial weights, the shuffling and dropout.",
                  true, SeedField{[](S& s) -> std::uint64_t& { return s.seed; }}},
    SettingsField{"threads", "threads", "N", "Threads of the matrix engine; they do not change the result.",
                  true, WholeField{[](S& s) -> int& { return s.threads; }, 1, maximumThreads, 1}},
    SettingsField{"kernels", "kernels", "SET", "The instructions that are used: {1} (the best there are).",
                  false,
                  WordField{[](const S& s) { return s.kernels.empty() ? std::string("best") : s.kernels; },
                            writeKernels, []() { return namesIn(kernelTable); }}},
    SettingsField{"no-shuffle", "shuffle", "", "Take the samples in the order of the files, every epoch.",
                  true, FlagField{[](S& s) -> bool& { return s.shuffle; }, false}},
    SettingsField{"augment", "augment", "", "Shift, turn, scale and bend the training images at random.",
                  true, FlagField{[](S& s) -> bool& { return s.augment; }, true}},
    SettingsField{"drawings", "drawings", "FILE.jsonl", "Learn from the labelled drawings of this file too.",
                  false, TextField{[](S& s) -> std::string& { return s.drawings; }}},
};

// A field's place, of settings that are only read.
template <typename Field>
decltype(auto) valueOf(const Field& field, const S& settings)
{
    return std::as_const(field.at(const_cast<S&>(settings)));
}

Message optionOf(const SettingsField& field)
{
    return "--" + std::string(field.option);
}

Error notWhole(const SettingsField& field, std::string_view text, const std::string& example)
{
    return {optionOf(field),
            {MessageId::notAWholeNumber, inQuotes(text)},
            {MessageId::giveForInstance, "--" + std::string(field.option) + " " + example}};
}

// std::errc() where the whole text is a number of this type.
template <typename T>
std::errc parseWhole(std::string_view text, T& number)
{
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    return end == text.data() + text.size() ? status : std::errc::invalid_argument;
}

} // namespace

std::span<const SettingsField> settingsFields()
{
    return fields;
}

Message choicesOf(const SettingsField& field)
{
    const auto* const word = std::get_if<WordField>(&field.kind);
    return word && word->choices ? word->choices() : Message();
}

std::string textOf(const SettingsField& field, const TrainingSettings& settings)
{
    return std::visit(Overloaded{
                          [&](const WholeField& kind) { return std::to_string(valueOf(kind, settings)); },
                          [&](const RealField& kind) { return shortestNumber(valueOf(kind, settings)); },
                          [&](const SeedField& kind) { return std::to_string(valueOf(kind, settings)); },
                          [&](const FlagField& kind) {
                              return std::string(valueOf(kind, settings) == kind.given ? "yes" : "no");
                          },
                          [&](const TextField& kind) { return valueOf(kind, settings); },
                          [&](const WordField& kind) { return kind.read(settings); },
                      },
                      field.kind);
}

Result<void> checkBounds(const SettingsField& field, const TrainingSettings& settings)
{
    const std::string option = "--" + std::string(field.option);
    if (const auto* const whole = std::get_if<WholeField>(&field.kind)) {
        const int value = valueOf(*whole, settings);
        if (value < whole->low || value > whole->high) {
            return Error{option,
                         {MessageId::notBetween, withSeparators(value), withSeparators(whole->low),
                          withSeparators(whole->high)},
                         {MessageId::giveWholeWithin, option + " " + std::to_string(whole->example)}};
        }
    }
    if (const auto* const real = std::get_if<RealField>(&field.kind)) {
        const double value = valueOf(*real, settings);
        const bool inside = (real->above ? value > real->low : value >= real->low) && value <= real->high;
        if (!inside) {
            return Error{option,
                         {real->above ? MessageId::notAbove : MessageId::notFrom, shortestNumber(value),
                          shortestNumber(real->low), withSeparators(std::llround(real->high))},
                         {MessageId::giveNumberWithin, option + " " + shortestNumber(real->example)}};
        }
    }
    return {};
}

Result<void> setText(const SettingsField& field, TrainingSettings& settings, std::string_view text)
{
    const Result<void> read = std::visit(
        Overloaded{
            [&](const WholeField& kind) -> Result<void> {
                int number = 0;
                if (const std::errc status = parseWhole(text, number);
                    status == std::errc::result_out_of_range) {
                    return Error{optionOf(field),
                                 {MessageId::notBetween, std::string(text), withSeparators(kind.low),
                                  withSeparators(kind.high)},
                                 {MessageId::giveWholeWithin,
                                  "--" + std::string(field.option) + " " + std::to_string(kind.example)}};
                } else if (status != std::errc()) {
                    return notWhole(field, text, std::to_string(kind.example));
                }
                kind.at(settings) = number;
                return {};
            },
            [&](const RealField& kind) -> Result<void> {
                const auto number = parseDecimal(text);
                if (!number) {
                    return Error{optionOf(field),
                                 {MessageId::notADecimal, inQuotes(text)},
                                 {MessageId::giveForInstance,
                                  "--" + std::string(field.option) + " " + shortestNumber(kind.example)}};
                }
                kind.at(settings) = *number;
                return {};
            },
            [&](const SeedField& kind) -> Result<void> {
                std::uint64_t number = 0;
                if (parseWhole(text, number) != std::errc()) {
                    return Error{optionOf(field),
                                 {MessageId::notASeed, inQuotes(text)},
                                 {MessageId::giveForInstance, "--" + std::string(field.option) + " 42"}};
                }
                kind.at(settings) = number;
                return {};
            },
            [&](const FlagField& kind) -> Result<void> {
                kind.at(settings) = (text == "yes") == kind.given;
                return {};
            },
            [&](const TextField& kind) -> Result<void> {
                kind.at(settings) = text;
                return {};
            },
            [&](const WordField& kind) { return kind.write(settings, text); },
        },
        field.kind);
    return read ? checkBounds(field, settings) : read;
}

} // namespace chainrule
