// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"
#include "core/scalar/replay/chainkernels.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The engine that trains. core/scalar/graph.h is the lesson, which says what each operation computes and how
// its gradient is passed on; this is the same, made fast.
//
// A graph whose shape stays the same from sample to sample is recorded once and compiled into a schedule,
// which is replayed with other inputs and parameters. Every node keeps its value and its gradient, with the
// very bits that recording the sample anew and walking back over it gives.
namespace chainrule::scalar {

/// A leaf that holds the largest value of other nodes, such as the constant that softmax subtracts.
struct Maximum {
    NodeId leaf = noNode;
    std::vector<NodeId> of; ///< in the order in which they are compared; created before the leaf
};

/// What a replay may change and what it is asked for. Every other leaf is a constant.
struct ScheduleSpec {
    std::vector<NodeId> inputs;     ///< leaves; no node may be named twice
    std::vector<NodeId> parameters; ///< leaves
    std::vector<NodeId> roots;      ///< a replay computes one of them and may walk back from it; at least one
    std::vector<NodeId> outputs;    ///< nodes whose values are wanted whichever root is chosen
    std::vector<Maximum> maxima;
};

/// Where a node is not computed unless it is asked for.
enum class Keep : std::uint8_t {
    EveryNode, ///< each replay stores every node's value and gradient
    OnDemand,  ///< the inside of chains and the inputs' gradients are left to materialise()
};

/// What a backward pass does with the parameters' gradients of earlier ones; all others start from 0.
enum class Gradients : std::uint8_t { Fresh, Add };

/// One operation on numbers that lie at these places; values and gradients have the same.
struct Instruction {
    double exponent = 0.0;
    std::uint32_t out = 0;
    std::uint32_t a = 0;
    std::uint32_t b = 0; ///< like a where there is no second parent
};

enum class RunKind : std::uint8_t { Operations, Bundle, Maximum };

/// Instructions of one operation one after the other; or one bundle, or one maximum.
struct Run {
    RunKind kind = RunKind::Operations;
    Op op = Op::Leaf;
    std::uint32_t first = 0; ///< of the program's instructions; or the number of the bundle or maximum
    std::uint32_t count = 0;
};

struct Program {
    std::vector<Run> runs;
    std::vector<Instruction> instructions;
};

/// Chains sum = sum + weight * input over the same inputs, neighbours of one another. Each weight is a
/// parameter that is used nowhere else, and only the last sum is. Columns are offsets into the memory.
struct Bundle {
    std::uint32_t chains = 0;
    std::uint32_t lanes = 0; ///< chains, and zeros up to a multiple of laneMultiple
    std::uint32_t steps = 0;
    std::size_t weights = 0;
    std::size_t weightGradients = 0;
    std::size_t products = 0;
    std::size_t sums = 0;
    std::size_t before = 0; ///< rows of weights as they were before the last update
    std::uint32_t end = 0;  ///< place of the first chain's last sum, the others' follow
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> inputs;
    bool consecutive = false;          ///< the inputs' places follow one another
    bool terminal = false;             ///< the inputs are leaves whose gradients nothing else needs
    std::vector<std::uint8_t> reached; ///< for each root, whether it depends on these chains

    // The last replay's: the input's numbers where they are not consecutive, the steps whose input is not 0.
    std::vector<double> gathered;
    std::vector<double> gatheredGradients;
    std::vector<std::uint32_t> list;
    std::uint32_t listed = 0;
    // The last update's.
    std::vector<std::uint32_t> beforeRows;
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
    // What was compiled.
    Program forwardShared;           ///< what a replay computes whichever root is chosen
    std::vector<Program> forwardOwn; ///< after that, for each root
    std::vector<Program> backward;   ///< for each root
    Program forwardAll;              ///< with what belongs to any root
    std::vector<Bundle> bundles;
    std::vector<MaximumPlaces> maxima;
    std::vector<std::uint32_t> valueAt;    ///< of each node, in the memory
    std::vector<std::uint32_t> gradientAt; ///< nodes whose gradients must be equal share a place
    std::vector<std::uint32_t> inputAt;
    std::vector<std::uint32_t> parameterAt;
    std::vector<std::uint32_t> parameterGradientAt;
    std::vector<std::uint32_t> rootAt;
    std::uint32_t places = 0;          ///< general places; values are first in the memory
    std::uint32_t parameterPlaces = 0; ///< the first of them
    std::size_t gradients = 0;         ///< offset of the general places' gradients
    std::vector<MemoryLine> memory;
    const ChainKernels* kernels = nullptr;

    // The last replay.
    std::size_t root = 0;
    Keep keep = Keep::EveryNode;
    Gradients mode = Gradients::Fresh;
    bool walkedBack = false;
    bool stored = false;  ///< the weights' gradients are in their columns
    bool updated = false; ///< the parameters moved since
    /// No parameter is larger. Where it is finite, a step whose input is 0 changes no sum.
    double parameterBound = 0.0;
    std::vector<double> parametersBefore; ///< those in general places; empty where nothing can be undone
};

/// The instruction sets that this processor can run, the best first.
[[nodiscard]] std::vector<const ChainKernels*> availableChainKernels();

/// The one of them with this name; null where there is none.
[[nodiscard]] const ChainKernels* chainKernelsNamed(std::string_view name);

/// Compiles the graph as it stands. Inputs, parameters and constants have the graph's present values.
[[nodiscard]] Schedule compile(const Graph& graph, const ScheduleSpec& spec);

/// Numbers for the spec's inputs, in their order.
void setInputs(Schedule& schedule, std::span<const double> numbers);
[[nodiscard]] std::span<double> inputsOf(Schedule& schedule); ///< to be written to

/// Numbers for the spec's parameters, in their order. What they were before can be undone.
void setParameters(Schedule& schedule, std::span<const double> numbers);
void readParameters(const Schedule& schedule, std::span<double> numbers);
void readParameterGradients(Schedule& schedule, std::span<double> numbers);

/// Computes the values that this root (its number in the spec) and the outputs need, and those that belong
/// to no root.
void replay(Schedule& schedule, Keep keep, std::size_t root = 0);

/// Walks back from the root of the last replay.
void backward(Schedule& schedule, Gradients mode = Gradients::Fresh);
void zeroParameterGradients(Schedule& schedule);

/// The largest magnitude among the parameters' gradients; NaN where one is not finite.
[[nodiscard]] double largestGradient(const Schedule& schedule);

/// parameter -= rate * (gradient * scale). `scale` other than 1 is for gradients of several samples.
void descend(Schedule& schedule, double rate, double scale = 1.0);

/// A stretch of the parameters and their gradients. Between them may be zeros that are none, whose gradients
/// are 0 too.
struct ParameterColumn {
    std::span<double> values;
    std::span<const double> gradients;
};

/// For rules other than plain descent, which move the parameters where they are: every parameter's column,
/// the same ones each time. What they were before can be undone. To be followed by endUpdate().
[[nodiscard]] std::vector<ParameterColumn> beginUpdate(Schedule& schedule);
void endUpdate(Schedule& schedule);

/// How many numbers those columns hold in all.
[[nodiscard]] std::size_t updateSize(const Schedule& schedule);

/// For each parameter of the spec, its place among those numbers.
[[nodiscard]] std::vector<std::size_t> updateOffsets(const Schedule& schedule);

/// The parameters that undo() would put back.
void readParametersBefore(Schedule& schedule, std::span<double> numbers);

/// Nothing is left to be undone: the present parameters are known to be good, as when a step is refused
/// because of its gradients after its loss was finite.
void keepParameters(Schedule& schedule);

/// Puts back the parameters from before the last descend() or setParameters(), if there was one since
/// keepParameters().
void undo(Schedule& schedule);

/// Stores every node's value and gradient, as though the last replay had kept them. To be called before
/// the inputs change; the parameters may have moved once.
void materialise(Schedule& schedule);

/// Of any node after a replay that kept it, or after materialise(); of inputs, parameters, roots and outputs
/// after any.
[[nodiscard]] double valueOf(const Schedule& schedule, NodeId node);
[[nodiscard]] double gradientOf(const Schedule& schedule, NodeId node);

/// materialise(), then copies every value and gradient into the graph that was compiled.
void materialise(Schedule& schedule, Graph& graph);

} // namespace chainrule::scalar
