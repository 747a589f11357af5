// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"
#include "core/scalar/replay/chainkernels.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The engine that trains. The lesson, core/scalar/graph.h, defines the value and the derivatives of each
// operation; this engine computes the same faster.
//
// A graph whose shape stays the same from sample to sample is recorded once and compiled into a schedule,
// which is replayed with other inputs and parameters. Every node's value and gradient have exactly the bits
// that recording the graph again for each sample and calling backward() would give.
namespace chainrule::scalar {

/// A leaf that holds the largest value of other nodes, such as the constant that softmax subtracts.
struct Maximum {
    NodeId leaf = noNode;
    std::vector<NodeId> of; ///< in the order in which they are compared; created before the leaf
};

/// The leaves that a replay may change, and the nodes that it must compute. Every other leaf is a constant.
struct ScheduleSpec {
    std::vector<NodeId> inputs;     ///< leaves; no node may be named twice
    std::vector<NodeId> parameters; ///< leaves
    std::vector<NodeId> roots;      ///< at least one; a replay computes one of them
    std::vector<NodeId> outputs;    ///< nodes whose values are needed whichever root is chosen
    std::vector<Maximum> maxima;
};

/// Which values and gradients a replay stores.
enum class Keep : std::uint8_t {
    EveryNode, ///< those of every node
    OnDemand,  ///< not those within chains nor the inputs' gradients, which materialise() computes
};

/// Whether a backward pass adds to the parameters' gradients of earlier passes. All other gradients start
/// from 0.
enum class Gradients : std::uint8_t { Fresh, Add };

/// One operation on the numbers at these places. A node's value and its gradient have the same place.
struct Instruction {
    double exponent = 0.0;
    std::uint32_t out = 0;
    std::uint32_t a = 0;
    std::uint32_t b = 0; ///< equal to a where there is no second parent
};

enum class RunKind : std::uint8_t { Operations, Bundle, Maximum };

/// Consecutive instructions with the same operation; or one bundle, or one maximum.
struct InstructionRun {
    RunKind kind = RunKind::Operations;
    Op op = Op::Leaf;
    std::uint32_t first = 0; ///< of the program's instructions; or the number of the bundle or maximum
    std::uint32_t count = 0;
};

struct Program {
    std::vector<InstructionRun> runs;
    std::vector<Instruction> instructions;
};

/// Neighbouring chains sum = sum + weight * input over the same inputs. Each weight is a parameter that is
/// used nowhere else, and of the sums only the last one is used elsewhere. The columns, such as `weights`,
/// are offsets into the memory.
struct Bundle {
    std::uint32_t chains = 0;
    std::uint32_t lanes = 0; ///< chains, and zeros up to a multiple of laneMultiple
    std::uint32_t steps = 0;
    std::size_t weights = 0;
    std::size_t weightGradients = 0;
    std::size_t products = 0;
    std::size_t sums = 0;
    std::size_t before = 0; ///< rows of the weights from before the last update
    std::uint32_t end = 0;  ///< place of the first chain's last sum; those of the other chains follow
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> inputs;
    bool consecutive = false;          ///< the inputs' places are consecutive
    bool terminal = false;             ///< the inputs are leaves whose gradients nothing else needs
    std::vector<std::uint8_t> reached; ///< for each root, whether it depends on these chains

    // From the last replay:
    std::vector<double> gathered; ///< the inputs, where they are not consecutive
    std::vector<double> gatheredGradients;
    std::vector<std::uint32_t> nonzero; ///< the steps with a nonzero input
    std::uint32_t nonzeroCount = 0;
    // From the last update:
    std::vector<std::uint32_t> beforeRows; ///< the steps whose weights are in `before`
    std::uint32_t beforeCount = 0;
};

struct MaximumPlaces {
    std::uint32_t out = 0;
    std::vector<std::uint32_t> of;
};

struct alignas(64) MemoryLine {
    double numbers[8];
};

struct Schedule {
    // From compile():
    Program forwardShared;           ///< what a replay computes whichever root is chosen
    std::vector<Program> forwardOwn; ///< what a replay then computes for its root
    std::vector<Program> backward;   ///< for each root
    Program forwardAll;              ///< everything, for all roots
    std::vector<Bundle> bundles;
    std::vector<MaximumPlaces> maxima;
    std::vector<std::uint32_t> valueAt;    ///< for each node, the place of its value in the memory
    std::vector<std::uint32_t> gradientAt; ///< nodes whose gradients are always equal share a place
    std::vector<std::uint32_t> inputAt;
    std::vector<std::uint32_t> parameterAt;
    std::vector<std::uint32_t> parameterGradientAt;
    std::vector<std::uint32_t> rootAt;
    std::uint32_t places = 0;          ///< number of general places, whose values the memory begins with
    std::uint32_t parameterPlaces = 0; ///< how many of them, from the first on, are for parameters
    std::size_t gradients = 0;         ///< offset of the general places' gradients
    std::vector<MemoryLine> memory;
    const ChainKernels* kernels = nullptr;

    // From the last replay:
    std::size_t root = 0;
    Keep keep = Keep::EveryNode;
    Gradients mode = Gradients::Fresh;
    bool walkedBack = false;
    bool stored = false;  ///< the weights' gradients are in their columns
    bool updated = false; ///< the parameters have changed since
    /// No parameter has a larger magnitude. Where it is finite, a step whose input is 0 changes no sum.
    double parameterBound = 0.0;
    std::vector<double> parametersBefore; ///< in general places; empty where there is nothing to undo
};

/// The kernels that this processor can run, the best first.
[[nodiscard]] std::vector<const ChainKernels*> availableChainKernels();

/// The kernels with this name; null where this processor has no kernels of that name.
[[nodiscard]] const ChainKernels* chainKernelsNamed(std::string_view name);

/// Compiles the graph. Inputs, parameters and constants keep their values in the graph.
[[nodiscard]] Schedule compile(const Graph& graph, const ScheduleSpec& spec);

/// Sets the spec's inputs, in their order.
void setInputs(Schedule& schedule, std::span<const double> numbers);
[[nodiscard]] std::span<double> inputsOf(Schedule& schedule); ///< to be written to

/// Sets the spec's parameters, in their order. undo() can put back the previous ones.
void setParameters(Schedule& schedule, std::span<const double> numbers);
void readParameters(const Schedule& schedule, std::span<double> numbers);
void readParameterGradients(Schedule& schedule, std::span<double> numbers);

/// Computes the values that this root (its index in the spec) and the outputs need, and the values that no
/// root needs.
void replay(Schedule& schedule, Keep keep, std::size_t root = 0);

/// Computes gradients from the root of the last replay.
void backward(Schedule& schedule, Gradients mode = Gradients::Fresh);
void zeroParameterGradients(Schedule& schedule);

/// The largest magnitude among the parameters' gradients; NaN where one is not finite.
[[nodiscard]] double largestGradient(const Schedule& schedule);

/// parameter -= rate * (gradient * scale). `scale` other than 1 is for gradients of several samples.
void descend(Schedule& schedule, double rate, double scale = 1.0);

/// A contiguous part of the parameters and their gradients. It may contain padding, whose values and
/// gradients are 0.
struct ParameterColumn {
    std::span<double> values;
    std::span<const double> gradients;
};

/// The columns of all parameters, the same ones in each call, for an optimizer that changes them in place.
/// undo() can put back the previous parameters. Call endUpdate() after the change.
[[nodiscard]] std::vector<ParameterColumn> beginUpdate(Schedule& schedule);
void endUpdate(Schedule& schedule);

/// The total size of those columns.
[[nodiscard]] std::size_t updateSize(const Schedule& schedule);

/// For each parameter of the spec, its index in the concatenation of those columns.
[[nodiscard]] std::vector<std::size_t> updateOffsets(const Schedule& schedule);

/// The parameters that undo() would put back.
void readParametersBefore(Schedule& schedule, std::span<double> numbers);

/// Makes undo() keep the present parameters, which are known to be good: for example, where a step is refused
/// because of its gradients although its loss was finite.
void keepParameters(Schedule& schedule);

/// Puts back the parameters from before the last descend() or setParameters(), if there was one since
/// keepParameters().
void undo(Schedule& schedule);

/// Stores every node's value and gradient, as the last replay would have with Keep::EveryNode. Call it before
/// the inputs change; the parameters may have been updated once.
void materialise(Schedule& schedule);

/// Of any node after a replay that stored it, or after materialise(). Of inputs, parameters, roots and
/// outputs after any replay.
[[nodiscard]] double valueOf(const Schedule& schedule, NodeId node);
[[nodiscard]] double gradientOf(const Schedule& schedule, NodeId node);

/// materialise(), then copies every value and gradient into the graph that was compiled.
void materialise(Schedule& schedule, Graph& graph);

} // namespace chainrule::scalar
