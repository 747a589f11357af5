// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/schedule.h"

#include "core/base/finite.h"
#include "core/base/processor.h"
#include "core/scalar/replay/scheduleruns.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace chainrule::scalar {

namespace {

// A sum of numbers below this cannot overflow, however many of them fit in memory.
constexpr double safeMagnitude = 1e300;

// The largest magnitude; NaN where one is not finite. Eight lanes, because the compiler must not reorder
// floating-point additions by itself.
double largestMagnitude(const double* numbers, std::size_t count)
{
    double largest[8] = {};
    double broken[8] = {};
    for (std::size_t i = 0; i + 8 <= count; i += 8) {
        for (std::size_t lane = 0; lane < 8; ++lane) {
            const double magnitude = std::abs(numbers[i + lane]);
            largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
            broken[lane] += magnitude - magnitude; // x - x is 0, or NaN where x is not finite
        }
    }
    for (std::size_t i = count - count % 8; i < count; ++i) {
        largest[0] = std::max(largest[0], std::abs(numbers[i]));
        broken[0] += numbers[i] - numbers[i];
    }
    for (std::size_t lane = 1; lane < 8; ++lane) {
        largest[0] = std::max(largest[0], largest[lane]);
        broken[0] += broken[lane];
    }
    return largest[0] + broken[0];
}

// ---- bundles ----------------------------------------------------------------------------------------------

const double* inputOf(const Schedule& schedule, const Bundle& bundle)
{
    return bundle.consecutive ? memoryOf(schedule) + bundle.inputs.front() : bundle.gathered.data();
}

void takeEveryStep(Bundle& bundle)
{
    for (std::uint32_t k = 0; k < bundle.steps; ++k)
        bundle.nonzero[k] = k;
    bundle.nonzeroCount = bundle.steps;
}

void forwardBundle(Schedule& schedule, Bundle& bundle, bool keep)
{
    double* const memory = memoryOf(schedule);
    if (!bundle.consecutive) {
        for (std::size_t k = 0; k < bundle.steps; ++k)
            bundle.gathered[k] = memory[bundle.inputs[k]];
    }
    alignas(64) double start[maximumLanes] = {};
    for (std::size_t i = 0; i < bundle.chains; ++i)
        start[i] = memory[bundle.starts[i]];
    const double* const input = inputOf(schedule, bundle);
    bundle.nonzeroCount = findNonzeroSteps(schedule, bundle, input, start, bundle.nonzero);
    if (!keep) {
        schedule.kernels->forwardNonzero(bundle.lanes, bundle.nonzero.data(), bundle.nonzeroCount,
                                         memory + bundle.weights, input, start, memory + bundle.end);
        return;
    }
    schedule.kernels->forwardKeeping(bundle.lanes, bundle.steps, memory + bundle.weights, input, start,
                                     memory + bundle.products, memory + bundle.sums);
    const double* const last = memory + bundle.sums + (bundle.steps - 1) * std::size_t{bundle.lanes};
    std::copy(last, last + bundle.lanes, memory + bundle.end);
}

void backwardBundle(Schedule& schedule, Bundle& bundle, bool keep)
{
    double* const memory = memoryOf(schedule);
    double* const gradients = memory + schedule.gradients;
    const double* const gradient = gradients + bundle.end;
    for (std::size_t i = 0; i < bundle.chains; ++i)
        gradients[bundle.starts[i]] += gradient[i];
    // The product of a non-finite gradient and an input of 0 is NaN, not 0.
    if (bundle.nonzeroCount < bundle.steps && !allFinite(std::span(gradient, bundle.chains)))
        takeEveryStep(bundle);
    if (bundle.terminal && !keep)
        return;
    const double* const weights = memory + bundle.weights;
    if (bundle.consecutive) {
        schedule.kernels->inputGradients(bundle.lanes, bundle.steps, weights, gradient,
                                         gradients + bundle.inputs.front());
        return;
    }
    for (std::size_t k = 0; k < bundle.steps; ++k)
        bundle.gatheredGradients[k] = gradients[bundle.inputs[k]];
    schedule.kernels->inputGradients(bundle.lanes, bundle.steps, weights, gradient,
                                     bundle.gatheredGradients.data());
    for (std::size_t k = 0; k < bundle.steps; ++k)
        gradients[bundle.inputs[k]] = bundle.gatheredGradients[k];
}

void storeWeightGradients(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (Bundle& bundle : schedule.bundles) {
        double* const column = memory + bundle.weightGradients;
        if (!bundle.reached[schedule.root])
            std::fill_n(column, std::size_t{bundle.steps} * bundle.lanes, 0.0);
        else
            schedule.kernels->storeGradients(bundle.lanes, bundle.steps, inputOf(schedule, bundle),
                                             memory + schedule.gradients + bundle.end, column);
    }
    schedule.stored = true;
}

void addWeightGradients(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (Bundle& bundle : schedule.bundles) {
        if (bundle.reached[schedule.root])
            schedule.kernels->addGradients(
                bundle.lanes, bundle.nonzero.data(), bundle.nonzeroCount, inputOf(schedule, bundle),
                memory + schedule.gradients + bundle.end, memory + bundle.weightGradients);
    }
}

// ---- programs ---------------------------------------------------------------------------------------------

void runForward(Schedule& schedule, const Program& program, bool keep)
{
    double* const memory = memoryOf(schedule);
    for (const InstructionRun& run : program.runs) {
        switch (run.kind) {
        case RunKind::Operations:
            forwardOperations(run.op, std::span(program.instructions).subspan(run.first, run.count), memory);
            break;
        case RunKind::Bundle:
            forwardBundle(schedule, schedule.bundles[run.first], keep);
            break;
        case RunKind::Maximum: {
            const MaximumPlaces& places = schedule.maxima[run.first];
            double maximum = memory[places.of.front()];
            for (const std::uint32_t place : places.of)
                maximum = std::max(maximum, memory[place]);
            memory[places.out] = maximum;
            break;
        }
        }
    }
}

void runBackward(Schedule& schedule, bool keep, bool fresh)
{
    double* const memory = memoryOf(schedule);
    double* const gradients = memory + schedule.gradients;
    std::fill(gradients + (fresh ? 0 : schedule.parameterPlaces), gradients + schedule.places, 0.0);
    gradients[schedule.rootAt[schedule.root]] = 1.0;
    const Program& program = schedule.backward[schedule.root];
    for (const InstructionRun& run : program.runs) {
        if (run.kind == RunKind::Bundle)
            backwardBundle(schedule, schedule.bundles[run.first], keep);
        else
            backwardOperations(run.op, std::span(program.instructions).subspan(run.first, run.count), memory,
                               gradients);
    }
}

// Stores a copy of every parameter.
void rememberParameters(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (Bundle& bundle : schedule.bundles) {
        const std::size_t count = std::size_t{bundle.steps} * bundle.lanes;
        std::copy_n(memory + bundle.weights, count, memory + bundle.before);
        for (std::uint32_t k = 0; k < bundle.steps; ++k)
            bundle.beforeRows[k] = k;
        bundle.beforeCount = bundle.steps;
    }
    schedule.parametersBefore.assign(memory, memory + schedule.parameterPlaces);
}

// Swaps the present parameters with those from before the last update. A second call restores them.
void exchangeParameters(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (Bundle& bundle : schedule.bundles) {
        for (std::size_t i = 0; i < bundle.beforeCount; ++i) {
            double* const row = memory + bundle.weights + bundle.beforeRows[i] * std::size_t{bundle.lanes};
            std::swap_ranges(row, row + bundle.lanes, memory + bundle.before + i * bundle.lanes);
        }
    }
    std::swap_ranges(schedule.parametersBefore.begin(), schedule.parametersBefore.end(), memory);
}

double boundOf(const Schedule& schedule)
{
    const double* const memory = memoryOf(schedule);
    double bound = largestMagnitude(memory, schedule.parameterPlaces);
    double broken = bound - bound; // x - x is 0, or NaN where x is not finite
    for (const Bundle& bundle : schedule.bundles) {
        const double own =
            largestMagnitude(memory + bundle.weights, std::size_t{bundle.steps} * bundle.lanes);
        broken += own - own;
        bound = std::max(bound, own);
    }
    return broken == 0.0 ? bound : std::numeric_limits<double>::infinity();
}

} // namespace

std::uint32_t findNonzeroSteps(const Schedule& schedule, const Bundle& bundle, const double* input,
                               const double* start, std::span<std::uint32_t> nonzero)
{
    assert(nonzero.size() >= bundle.steps + nonzeroMargin);
    bool exact = schedule.parameterBound < safeMagnitude;
    for (std::size_t i = 0; i < bundle.chains; ++i)
        exact = exact && !(start[i] == 0.0 && std::signbit(start[i]));
    if (exact)
        return static_cast<std::uint32_t>(schedule.kernels->findNonzero(bundle.steps, input, nonzero.data()));
    for (std::uint32_t k = 0; k < bundle.steps; ++k)
        nonzero[k] = k;
    return bundle.steps;
}

std::vector<const ChainKernels*> availableChainKernels()
{
    std::vector<const ChainKernels*> available;
#if defined(__x86_64__)
    if (bestInstructionSet() >= InstructionSet::Avx512)
        available.push_back(&avx512ChainKernels());
    if (bestInstructionSet() >= InstructionSet::Avx2)
        available.push_back(&avx2ChainKernels());
#endif
    available.push_back(&baselineChainKernels());
    return available;
}

const ChainKernels* chainKernelsNamed(std::string_view name)
{
    for (const ChainKernels* const kernels : availableChainKernels()) {
        if (name == kernels->name)
            return kernels;
    }
    return nullptr;
}

void setInputs(Schedule& schedule, std::span<const double> numbers)
{
    assert(numbers.size() == schedule.inputAt.size());
    std::copy(numbers.begin(), numbers.end(), inputsOf(schedule).begin());
}

std::span<double> inputsOf(Schedule& schedule)
{
    if (schedule.inputAt.empty())
        return {};
    return {memoryOf(schedule) + schedule.inputAt.front(), schedule.inputAt.size()}; // consecutive places
}

void setParameters(Schedule& schedule, std::span<const double> numbers)
{
    assert(numbers.size() == schedule.parameterAt.size());
    rememberParameters(schedule);
    double* const memory = memoryOf(schedule);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        memory[schedule.parameterAt[i]] = numbers[i];
    endUpdate(schedule);
}

void readParameters(const Schedule& schedule, std::span<double> numbers)
{
    assert(numbers.size() == schedule.parameterAt.size());
    const double* const memory = memoryOf(schedule);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = memory[schedule.parameterAt[i]];
}

void readParameterGradients(Schedule& schedule, std::span<double> numbers)
{
    assert(numbers.size() == schedule.parameterGradientAt.size());
    if (!schedule.stored)
        storeWeightGradients(schedule);
    const double* const memory = memoryOf(schedule);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = memory[schedule.parameterGradientAt[i]];
}

void replay(Schedule& schedule, Keep keep, std::size_t root)
{
    schedule.keep = keep;
    schedule.root = root;
    schedule.walkedBack = false;
    schedule.updated = false;
    runForward(schedule, schedule.forwardShared, keep == Keep::EveryNode);
    runForward(schedule, schedule.forwardOwn[root], keep == Keep::EveryNode);
}

void backward(Schedule& schedule, Gradients mode)
{
    const bool keep = schedule.keep == Keep::EveryNode;
    schedule.mode = mode;
    runBackward(schedule, keep, mode == Gradients::Fresh);
    if (mode == Gradients::Add)
        addWeightGradients(schedule);
    else if (keep)
        storeWeightGradients(schedule);
    else
        schedule.stored = false;
    schedule.walkedBack = true;
}

void zeroParameterGradients(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (const Bundle& bundle : schedule.bundles)
        std::fill_n(memory + bundle.weightGradients, std::size_t{bundle.steps} * bundle.lanes, 0.0);
    std::fill_n(memory + schedule.gradients, schedule.parameterPlaces, 0.0);
    schedule.stored = true;
}

double largestGradient(const Schedule& schedule)
{
    const double* const memory = memoryOf(schedule);
    double largest = largestMagnitude(memory + schedule.gradients, schedule.parameterPlaces);
    double broken = largest - largest;
    for (const Bundle& bundle : schedule.bundles) {
        double own = 0.0;
        if (schedule.mode == Gradients::Add) {
            own = largestMagnitude(memory + bundle.weightGradients, std::size_t{bundle.steps} * bundle.lanes);
        } else if (bundle.reached[schedule.root]) {
            // Rounding is monotonic, so the largest product is that of the largest factors.
            own = largestMagnitude(inputOf(schedule, bundle), bundle.steps) *
                  largestMagnitude(memory + schedule.gradients + bundle.end, bundle.lanes);
        }
        broken += own - own;
        largest = std::max(largest, own);
    }
    return largest + broken;
}

void descend(Schedule& schedule, double rate, double scale)
{
    double* const memory = memoryOf(schedule);
    double* const gradients = memory + schedule.gradients;
    // Steps with a zero input have zero gradients, which leave the weights unchanged only if all numbers are
    // finite and the learning rate is positive.
    const double reach = std::abs(rate * scale) * largestGradient(schedule);
    const bool nonzeroOnly =
        schedule.mode == Gradients::Fresh && scale == 1.0 && rate > 0.0 && std::isfinite(rate);
    if (!nonzeroOnly && !schedule.stored)
        storeWeightGradients(schedule);
    for (Bundle& bundle : schedule.bundles) {
        if (!nonzeroOnly) {
            schedule.kernels->descend(std::size_t{bundle.steps} * bundle.lanes,
                                      memory + bundle.weightGradients, rate, scale, memory + bundle.weights,
                                      memory + bundle.before);
            for (std::uint32_t k = 0; k < bundle.steps; ++k)
                bundle.beforeRows[k] = k;
            bundle.beforeCount = bundle.steps;
        } else if (bundle.reached[schedule.root]) {
            schedule.kernels->descendNonzero(bundle.lanes, bundle.nonzero.data(), bundle.nonzeroCount,
                                             inputOf(schedule, bundle), gradients + bundle.end, rate,
                                             memory + bundle.weights, memory + bundle.before);
            std::copy_n(bundle.nonzero.begin(), bundle.nonzeroCount, bundle.beforeRows.begin());
            bundle.beforeCount = bundle.nonzeroCount;
        } else {
            bundle.beforeCount = 0; // all gradients are 0
        }
    }
    schedule.parametersBefore.assign(memory, memory + schedule.parameterPlaces);
    for (std::size_t i = 0; i < schedule.parameterPlaces; ++i)
        memory[i] -= rate * (gradients[i] * scale);
    schedule.parameterBound += reach;
    if (!(schedule.parameterBound < safeMagnitude))
        schedule.parameterBound = boundOf(schedule);
    schedule.updated = true;
}

std::vector<ParameterColumn> beginUpdate(Schedule& schedule)
{
    if (!schedule.stored)
        storeWeightGradients(schedule);
    rememberParameters(schedule);
    double* const memory = memoryOf(schedule);
    std::vector<ParameterColumn> columns{
        {{memory, schedule.parameterPlaces}, {memory + schedule.gradients, schedule.parameterPlaces}}};
    for (const Bundle& bundle : schedule.bundles) {
        const std::size_t size = std::size_t{bundle.steps} * bundle.lanes;
        columns.push_back({{memory + bundle.weights, size}, {memory + bundle.weightGradients, size}});
    }
    return columns;
}

void endUpdate(Schedule& schedule)
{
    schedule.parameterBound = boundOf(schedule);
    schedule.updated = true;
}

std::size_t updateSize(const Schedule& schedule)
{
    std::size_t size = schedule.parameterPlaces;
    for (const Bundle& bundle : schedule.bundles)
        size += std::size_t{bundle.steps} * bundle.lanes;
    return size;
}

std::vector<std::size_t> updateOffsets(const Schedule& schedule)
{
    // Where each column begins in the memory, and in the concatenation of all columns; both ascend.
    std::vector<std::size_t> begins{0};
    std::vector<std::size_t> firsts{0};
    std::size_t first = schedule.parameterPlaces;
    for (const Bundle& bundle : schedule.bundles) {
        begins.push_back(bundle.weights);
        firsts.push_back(first);
        first += std::size_t{bundle.steps} * bundle.lanes;
    }
    std::vector<std::size_t> offsets;
    offsets.reserve(schedule.parameterAt.size());
    for (const std::uint32_t at : schedule.parameterAt) {
        const auto column = static_cast<std::size_t>(
            std::upper_bound(begins.begin(), begins.end(), std::size_t{at}) - begins.begin() - 1);
        offsets.push_back(firsts[column] + at - begins[column]);
    }
    return offsets;
}

void readParametersBefore(Schedule& schedule, std::span<double> numbers)
{
    exchangeParameters(schedule);
    readParameters(schedule, numbers);
    exchangeParameters(schedule);
}

void keepParameters(Schedule& schedule)
{
    for (Bundle& bundle : schedule.bundles)
        bundle.beforeCount = 0;
    schedule.parametersBefore.clear();
}

void undo(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    for (Bundle& bundle : schedule.bundles) {
        for (std::size_t i = 0; i < bundle.beforeCount; ++i)
            std::copy_n(memory + bundle.before + i * bundle.lanes, bundle.lanes,
                        memory + bundle.weights + bundle.beforeRows[i] * std::size_t{bundle.lanes});
    }
    std::copy(schedule.parametersBefore.begin(), schedule.parametersBefore.end(), memory);
    schedule.parameterBound = boundOf(schedule);
}

void materialise(Schedule& schedule)
{
    double* const memory = memoryOf(schedule);
    if (schedule.updated)
        exchangeParameters(schedule);
    runForward(schedule, schedule.forwardAll, true);
    if (!schedule.walkedBack)
        std::fill(memory + schedule.gradients + schedule.parameterPlaces,
                  memory + schedule.gradients + schedule.places, 0.0);
    if (schedule.walkedBack) {
        if (!schedule.stored)
            storeWeightGradients(schedule);
        // The parameters' gradients are already complete, and may be sums over several samples.
        const std::vector<double> complete(memory + schedule.gradients,
                                           memory + schedule.gradients + schedule.parameterPlaces);
        runBackward(schedule, true, true);
        std::copy(complete.begin(), complete.end(), memory + schedule.gradients);
    }
    if (schedule.updated)
        exchangeParameters(schedule);
}

double valueOf(const Schedule& schedule, NodeId node)
{
    return memoryOf(schedule)[schedule.valueAt[index(node)]];
}

double gradientOf(const Schedule& schedule, NodeId node)
{
    return memoryOf(schedule)[schedule.gradientAt[index(node)]];
}

void materialise(Schedule& schedule, Graph& graph)
{
    materialise(schedule);
    const double* const memory = memoryOf(schedule);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        graph.nodes[i].data = memory[schedule.valueAt[i]];
        graph.nodes[i].grad = memory[schedule.gradientAt[i]];
    }
}

} // namespace chainrule::scalar
