// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/training/engines/engine.h"
#include "core/training/settings/rateschedule.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Tiny networks that learn from a dozen samples: one for every activation, loss and optimizer, and some for
// each way to change a step. What both engines make of them is held against references.
namespace chainrule::tests {

inline constexpr int caseInputs = 3;
inline constexpr int caseUnits = 5;
inline constexpr std::size_t caseSamples = 12;
inline constexpr int caseSteps = 50;
inline constexpr std::size_t caseBatch = 4;
inline constexpr std::uint64_t caseSeed = 2024; ///< of dropout

/// The order in which samples are taken, four at a time and over and over.
inline constexpr std::array<std::uint32_t, caseSamples> caseOrder{7, 2, 11, 4, 0, 9, 5, 1, 10, 3, 8, 6};

/// A loss with targets that it can be taken of.
struct TargetKind {
    std::string_view name;
    Loss loss;
    int outputs;
    int classes; ///< 0: as many amounts as outputs
};

inline constexpr std::array targetKinds{
    TargetKind{"cross-entropy", Loss::CrossEntropy, 3, 3},
    TargetKind{"binary, one output", Loss::Binary, 1, 2},
    TargetKind{"binary, three outputs", Loss::Binary, 3, 3},
    TargetKind{"squared, one amount", Loss::Squared, 1, 0},
    TargetKind{"squared, two amounts", Loss::Squared, 2, 0},
    TargetKind{"squared, three classes", Loss::Squared, 3, 3},
    TargetKind{"squared, two classes", Loss::Squared, 1, 2},
};

/// The same inputs for each kind of targets.
inline Dataset caseData(const TargetKind& kind)
{
    Dataset data;
    data.width = caseInputs;
    data.height = 1;
    data.classes = kind.classes;
    for (int i = 0; i < kind.classes; ++i)
        data.classNames.push_back(std::to_string(i));
    Random random = makeRandom(1);
    for (std::size_t i = 0; i < caseSamples * caseInputs; ++i)
        data.features.push_back(static_cast<float>(uniform(random, -1.0, 1.0)));
    for (std::size_t i = 0; i < caseSamples; ++i)
        data.labels.push_back(kind.classes > 0 ? static_cast<std::uint8_t>((i * 7 / 2) % kind.classes) : 0);
    if (kind.classes == 0) {
        for (int i = 0; i < kind.outputs; ++i)
            data.targetNames.push_back(std::to_string(i));
        for (std::size_t i = 0; i < caseSamples * static_cast<std::size_t>(kind.outputs); ++i)
            data.amounts.push_back(static_cast<float>(uniform(random, -2.0, 2.0)));
    }
    return data;
}

/// Where training begins; equal for networks of the same size.
inline Network caseNetwork(const LayerStack& stack, Loss loss)
{
    Network network;
    network.stack = stack;
    network.loss = loss;
    network.precision = Precision::Double;
    const auto count = static_cast<std::size_t>(parameterCount(stack));
    Random random = makeRandom(2, count);
    for (std::size_t i = 0; i < count; ++i)
        network.parameters.push_back(uniform(random, -0.9, 0.9));
    return network;
}

inline LayerStack plainStack(Activation hidden, const TargetKind& kind)
{
    const Activation output = lossTable[static_cast<std::size_t>(kind.loss)].output;
    return {caseInputs, {DenseLayer{caseUnits, hidden}, DenseLayer{kind.outputs, output}}};
}

struct TrainingCase {
    std::string name;
    TargetKind kind;
    LayerStack stack;
    OptimizerKind optimizer = OptimizerKind::Sgd;
    StepRule rule = {}; ///< the rate is multiplied with the schedule's factor; step by step
    RateSchedule schedule = RateSchedule::Constant;
    int warmup = 0;
};

/// A rate at which the rule gets somewhere in 50 steps without jumping about.
inline double caseRate(OptimizerKind kind)
{
    switch (kind) {
    case OptimizerKind::Sgd:
    case OptimizerKind::Momentum:
    case OptimizerKind::Nesterov:
    case OptimizerKind::Adagrad:
        return 0.05;
    case OptimizerKind::Rmsprop:
        return 0.005;
    case OptimizerKind::Adam:
    case OptimizerKind::AdamW:
        return 0.02;
    }
    return 0.0;
}

inline TrainingCase makeCase(Activation hidden, const TargetKind& kind, OptimizerKind optimizer)
{
    TrainingCase made;
    made.name = std::string(activationName(hidden)) + ", " + std::string(kind.name) + ", " +
                std::string(optimizerName(optimizer));
    made.kind = kind;
    made.stack = plainStack(hidden, kind);
    made.optimizer = optimizer;
    made.rule.learningRate = caseRate(optimizer);
    made.rule.seed = caseSeed;
    return made;
}

/// Every activation with every kind of targets and every optimizer.
inline std::vector<TrainingCase> plainCases()
{
    std::vector<TrainingCase> cases;
    for (const ActivationRow& activation : activationTable) {
        for (const TargetKind& kind : targetKinds) {
            for (const OptimizerRow& optimizer : optimizerTable)
                cases.push_back(makeCase(activation.activation, kind, optimizer.kind));
        }
    }
    return cases;
}

/// Penalties and clipping, by themselves and together, of every optimizer.
inline std::vector<TrainingCase> penaltyCases()
{
    const struct {
        const char* name;
        double l1;
        double l2;
        double clip;
    } changes[] = {
        {"l1", 0.01, 0.0, 0.0},  {"l2", 0.0, 0.05, 0.0},       {"l1 and l2", 0.02, 0.03, 0.0},
        {"clip", 0.0, 0.0, 0.1}, {"clip late", 0.0, 0.0, 0.4}, {"all penalties", 0.01, 0.02, 0.15},
    };
    std::vector<TrainingCase> cases;
    for (const OptimizerRow& optimizer : optimizerTable) {
        for (const auto& change : changes) {
            for (const std::size_t kind : {0U, 2U, 4U}) {
                TrainingCase made = makeCase(Activation::Tanh, targetKinds[kind], optimizer.kind);
                made.name += std::string(", ") + change.name;
                made.rule.l1 = change.l1;
                made.rule.l2 = change.l2;
                made.rule.clip = change.clip;
                cases.push_back(made);
            }
        }
    }
    return cases;
}

/// Every schedule with and without warm-up.
inline std::vector<TrainingCase> scheduleCases()
{
    std::vector<TrainingCase> cases;
    for (const RateScheduleRow& schedule : rateScheduleTable) {
        for (const int warmup : {0, 7}) {
            for (const OptimizerKind optimizer : {OptimizerKind::Sgd, OptimizerKind::AdamW}) {
                TrainingCase made = makeCase(Activation::Sigmoid, targetKinds[0], optimizer);
                made.name += ", " + std::string(schedule.name) + ", warm-up " + std::to_string(warmup);
                made.schedule = schedule.schedule;
                made.warmup = warmup;
                made.rule.l2 = 0.01;
                cases.push_back(made);
            }
        }
    }
    return cases;
}

inline constexpr double caseDropout = 0.3;

/// Dropout before the output, and before both layers; at the layer's own rate, or at one that is given with
/// the step.
inline std::vector<TrainingCase> dropoutCases()
{
    std::vector<TrainingCase> cases;
    const auto add = [&](TrainingCase made, bool inputs, bool given) {
        made.name += inputs ? ", dropout twice" : ", dropout";
        const double own = given ? 0.6 : caseDropout;
        made.rule.dropout = given ? caseDropout : -1.0;
        std::vector<Layer>& layers = made.stack.layers;
        layers.insert(layers.begin() + 1, DropoutLayer{own});
        if (inputs)
            layers.insert(layers.begin(), DropoutLayer{own});
        cases.push_back(std::move(made));
    };
    for (const OptimizerRow& optimizer : optimizerTable) {
        for (const TargetKind& kind : targetKinds)
            add(makeCase(Activation::Tanh, kind, optimizer.kind), false, kind.outputs == 1);
    }
    for (const ActivationRow& activation : activationTable)
        add(makeCase(activation.activation, targetKinds[0], OptimizerKind::Sgd), true, false);
    for (const OptimizerRow& optimizer : optimizerTable) {
        TrainingCase made = makeCase(Activation::Silu, targetKinds[0], optimizer.kind);
        made.name += ", everything";
        made.rule.l1 = 0.01;
        made.rule.l2 = 0.02;
        made.rule.clip = 0.2;
        made.schedule = RateSchedule::OneCycle;
        made.warmup = 5;
        add(std::move(made), true, true);
    }
    return cases;
}

inline std::vector<TrainingCase> allCases()
{
    std::vector<TrainingCase> cases = plainCases();
    for (const auto& more : {penaltyCases(), scheduleCases(), dropoutCases()})
        cases.insert(cases.end(), more.begin(), more.end());
    return cases;
}

/// The samples of a step.
inline std::span<const std::uint32_t> caseBatchOf(std::int64_t step)
{
    const std::size_t batches = caseSamples / caseBatch;
    return std::span(caseOrder).subspan(static_cast<std::size_t>(step) % batches * caseBatch, caseBatch);
}

/// The parameters after all steps; empty where a step was refused.
inline std::vector<double> trainedParameters(const TrainingCase& each, EngineKind kind,
                                             std::string_view kernels)
{
    const Dataset data = caseData(each.kind);
    Engine engine = makeEngine(caseNetwork(each.stack, each.kind.loss), kind, Precision::Double,
                               static_cast<int>(caseBatch), 1, kernels);
    Optimizer optimizer = makeOptimizer(engine, each.optimizer);
    for (std::int64_t step = 0; step < caseSteps; ++step) {
        StepRule rule = each.rule;
        rule.step = step;
        rule.learningRate *= rateFactor(each.schedule, step, caseSteps, each.warmup);
        const BatchResult result = trainBatch(engine, optimizer, data, caseBatchOf(step), rule);
        if (result.brokenLayer || result.stopped)
            return {};
    }
    return networkOf(engine).parameters;
}

} // namespace chainrule::tests
