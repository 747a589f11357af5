// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/gradientcheck.h"
#include "core/scalar/namedgraph.h"
#include "core/scalar/walk.h"

#include <QImage>
#include <QLocale>
#include <QString>

#include <optional>
#include <vector>

namespace chainrule {

/// What the widgets of the Graph page show: the engine's own nodes and where the walk through them stands.
/// Its owner changes it and then tells the widgets, which keep a pointer to it: setContent() after another
/// graph, showValues() after other numbers. Nodes are never added to a graph that is shown.
struct GraphContent {
    scalar::NamedGraph named;
    scalar::Walk walk;
    /// Of each node; none where it is not known yet. Made with the gradients of a whole pass from zero,
    /// whatever the walk shows.
    std::vector<std::optional<scalar::GradientCheck>> checks;
    /// The gradients of named.parameters by the matrix engine; empty where there are none to compare with.
    std::vector<double> matrixGradients;
    /// Of each node, whether it is a leaf that Descend moves.
    std::vector<bool> descends;
    /// Of each group a picture for its closed card, such as a neuron's map of the plane or the sample's
    /// image; null where there is none, empty where no group has one.
    std::vector<QImage> pictures;
};

/// A node, a group, or nothing.
struct GraphSelection {
    scalar::NodeId node = scalar::noNode;
    int group = -1;
    [[nodiscard]] bool isEmpty() const { return node == scalar::noNode && group < 0; }
    bool operator==(const GraphSelection&) const = default;
};

/// Whether people may change the leaf: a variable, a parameter or an input. Other leaves are constants.
[[nodiscard]] bool isChangeable(const scalar::NamedGraph& named, scalar::NodeId node);

/// The node's name; a constant's value; "#12" for other nodes without a name.
[[nodiscard]] QString nodeTitle(const scalar::NamedGraph& named, scalar::NodeId node, const QLocale& locale);
/// "Dense 128 · ReLU", "Neuron 3", "Inputs", "Softmax", "Loss".
[[nodiscard]] QString groupTitle(const scalar::NamedGraph& named, int group);
/// What stands in a card's badge: "×", "+", "−", "÷", "^2", "relu", "σ", "tanh", "max"; empty for a
/// leaf.
[[nodiscard]] QString operationSign(const scalar::Node& node, const QLocale& locale);
/// Between the arguments of a function: a comma, or a semicolon where that separates decimals.
[[nodiscard]] QString argumentSeparator(const QLocale& locale);
/// "multiply(a, b)", "power(d, 2)", "leaf": the engine's function and its arguments.
[[nodiscard]] QString operationCall(const scalar::NamedGraph& named, scalar::NodeId node,
                                    const QLocale& locale);

/// Whether the gradient that the walk shows is the whole one, which the checks are about: nothing piles up,
/// and all that leads to the node has passed its gradient on.
[[nodiscard]] bool isGradientWhole(const GraphContent& content, scalar::NodeId node);
/// The node's value, or a dash where the walk has not come to it.
[[nodiscard]] QString valueOf(const GraphContent& content, scalar::NodeId node, const QLocale& locale);
[[nodiscard]] QString gradientOf(const GraphContent& content, scalar::NodeId node, const QLocale& locale);

/// The last step in words for the Chain rule label, as plain text: "a.grad += ∂e/∂a · e.grad = b · e.grad =
/// (−3) · 8 = −24" for each parent, on a line of its own; where a parent has several uses also the running
/// total. For a step forward "e = a · b = 2 · (−3) = −6"; else what the walk shows. With `rich`, HTML with
/// results emphasised.
[[nodiscard]] QString chainRuleText(const GraphContent& content, const QLocale& locale, bool rich = false);
/// Where the walk stands: "backward, step 3 of 6", with the order of visits around the present one where it
/// is known: "reverse topological order: L, d, e, c, b, a". At most about 60 characters of order, with "…".
[[nodiscard]] QString walkText(const GraphContent& content, const QLocale& locale, bool rich = false);
/// A derivative in symbols: "b" for a*b with respect to a, "2 · d", "1 − e²", "e · (1 − e)".
[[nodiscard]] QString localDerivativeText(const scalar::NamedGraph& named, scalar::NodeId node, int slot,
                                          const QLocale& locale);

} // namespace chainrule
