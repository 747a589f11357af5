// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/lanes.h"

#include "core/scalar/replay/scheduleruns.h"

#include <algorithm>
#include <cassert>

namespace chainrule::scalar {

namespace {

bool isInput(const Schedule& schedule, std::uint32_t place)
{
    return !schedule.inputAt.empty() && place >= schedule.inputAt.front() &&
           place <= schedule.inputAt.back(); // their places are consecutive
}

bool readsInputs(const Schedule& schedule, const Lanes& lanes, const Program& program)
{
    const auto anyInput = [&](const std::vector<std::uint32_t>& places) {
        return std::any_of(places.begin(), places.end(),
                           [&](std::uint32_t place) { return isInput(schedule, place); });
    };
    for (const InstructionRun& run : program.runs) {
        switch (run.kind) {
        case RunKind::Operations:
            for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
                const Instruction& instruction = program.instructions[i];
                if (isInput(schedule, instruction.a) || isInput(schedule, instruction.b))
                    return true;
            }
            break;
        case RunKind::Bundle: {
            const Bundle& bundle = schedule.bundles[run.first];
            if (anyInput(bundle.starts) || (!lanes.whole[run.first] && anyInput(bundle.inputs)))
                return true;
            break;
        }
        case RunKind::Maximum:
            if (anyInput(schedule.maxima[run.first].of))
                return true;
            break;
        }
    }
    return false;
}

double* linesOf(Lanes& lanes)
{
    return lanes.lines.front().numbers;
}

// Sample by sample, since each sample has zeros in other inputs.
void forwardOverInputs(const Schedule& schedule, Lanes& lanes, const Bundle& bundle, std::size_t samples)
{
    double* const lines = linesOf(lanes);
    const std::size_t offset = bundle.inputs.front() - schedule.inputAt.front();
    for (std::size_t sample = 0; sample < samples; ++sample) {
        alignas(64) double start[maximumLanes] = {};
        alignas(64) double end[maximumLanes];
        for (std::size_t i = 0; i < bundle.chains; ++i)
            start[i] = lines[bundle.starts[i] * sampleLanes + sample];
        const double* const input = inputsOf(schedule, lanes, sample).data() + offset;
        const std::uint32_t count = findNonzeroSteps(schedule, bundle, input, start, lanes.nonzero);
        schedule.kernels->forwardNonzero(bundle.lanes, lanes.nonzero.data(), count,
                                         memoryOf(schedule) + bundle.weights, input, start, end);
        for (std::size_t i = 0; i < bundle.chains; ++i)
            lines[(bundle.end + i) * sampleLanes + sample] = end[i];
    }
}

void forwardBundle(const Schedule& schedule, Lanes& lanes, std::size_t number, std::size_t samples)
{
    const Bundle& bundle = schedule.bundles[number];
    if (lanes.whole[number]) {
        forwardOverInputs(schedule, lanes, bundle, samples);
        return;
    }
    double* const lines = linesOf(lanes);
    double* const sums = lines + bundle.end * sampleLanes;
    for (std::size_t i = 0; i < bundle.chains; ++i)
        std::copy_n(lines + bundle.starts[i] * sampleLanes, sampleLanes, sums + i * sampleLanes);
    schedule.kernels->forwardLines(bundle.lanes, bundle.chains, bundle.steps,
                                   memoryOf(schedule) + bundle.weights, bundle.inputs.data(), lines, sums);
}

void takeMaximum(const MaximumPlaces& places, double* lines)
{
    for (std::size_t sample = 0; sample < sampleLanes; ++sample) {
        double maximum = lines[places.of.front() * sampleLanes + sample];
        for (const std::uint32_t place : places.of)
            maximum = std::max(maximum, lines[place * sampleLanes + sample]);
        lines[places.out * sampleLanes + sample] = maximum;
    }
}

// Computes bundles and maxima for all samples, and calls `operations` for the other instructions.
template <typename Operations>
void runForward(const Schedule& schedule, Lanes& lanes, const Program& program, std::size_t samples,
                const Operations& operations)
{
    for (const InstructionRun& run : program.runs) {
        switch (run.kind) {
        case RunKind::Operations:
            operations(run.op, std::span(program.instructions).subspan(run.first, run.count));
            break;
        case RunKind::Bundle:
            forwardBundle(schedule, lanes, run.first, samples);
            break;
        case RunKind::Maximum:
            takeMaximum(schedule.maxima[run.first], linesOf(lanes));
            break;
        }
    }
}

} // namespace

Lanes makeLanes(const Schedule& schedule)
{
    Lanes lanes;
    lanes.lines.resize(std::max<std::size_t>(schedule.places, 1));
    for (std::size_t place = 0; place < schedule.places; ++place)
        std::fill_n(lanes.lines[place].numbers, sampleLanes, memoryOf(schedule)[place]);
    const std::size_t lineCount = (schedule.inputAt.size() + sampleLanes - 1) / sampleLanes;
    // An odd number of lines. With a power of two, the same input of all samples would fall into one set of
    // the cache.
    lanes.inputStride = (lineCount | 1) * sampleLanes;
    lanes.inputs.assign((lineCount | 1) * sampleLanes, MemoryLine{});

    std::size_t longest = 0;
    for (const Bundle& bundle : schedule.bundles) {
        lanes.whole.push_back(bundle.consecutive && isInput(schedule, bundle.inputs.front()) &&
                              isInput(schedule, bundle.inputs.back()));
        longest = std::max<std::size_t>(longest, bundle.steps);
    }
    lanes.nonzero.resize(longest + nonzeroMargin);
    lanes.inputsInLines = readsInputs(schedule, lanes, schedule.forwardShared);
    for (const Program& program : schedule.forwardOwn)
        lanes.inputsInLines = lanes.inputsInLines || readsInputs(schedule, lanes, program);
    return lanes;
}

std::span<double> inputsOf(const Schedule& schedule, Lanes& lanes, std::size_t sample)
{
    assert(sample < sampleLanes);
    return {lanes.inputs.front().numbers + sample * lanes.inputStride, schedule.inputAt.size()};
}

void replay(const Schedule& schedule, Lanes& lanes, std::span<const std::size_t> roots)
{
    assert(roots.size() <= sampleLanes);
    double* const lines = linesOf(lanes);
    if (lanes.inputsInLines) {
        for (std::size_t sample = 0; sample < roots.size(); ++sample) {
            const std::span<const double> inputs = inputsOf(schedule, lanes, sample);
            for (std::size_t i = 0; i < inputs.size(); ++i)
                lines[schedule.inputAt[i] * sampleLanes + sample] = inputs[i];
        }
    }
    runForward(schedule, lanes, schedule.forwardShared, roots.size(),
               [&](Op op, std::span<const Instruction> run) { forwardOperationsInLines(op, run, lines); });
    for (std::size_t sample = 0; sample < roots.size(); ++sample) {
        runForward(schedule, lanes, schedule.forwardOwn[roots[sample]], roots.size(),
                   [&](Op op, std::span<const Instruction> run) {
                       forwardOperationsInLane(op, run, lines, sample);
                   });
    }
}

double valueOf(const Schedule& schedule, const Lanes& lanes, NodeId node, std::size_t sample)
{
    const std::uint32_t place = schedule.valueAt[index(node)];
    if (isInput(schedule, place))
        return lanes.inputs.front().numbers[sample * lanes.inputStride + place - schedule.inputAt.front()];
    if (place >= schedule.places) // a chain's weight
        return memoryOf(schedule)[place];
    return lanes.lines[place].numbers[sample];
}

} // namespace chainrule::scalar
