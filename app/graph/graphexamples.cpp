// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphexamples.h"

#include <QCoreApplication>

namespace chainrule {

namespace {

struct Examples {
    Q_DECLARE_TR_FUNCTIONS(GraphExamples)
};

QString tenSigmoids()
{
    QString text = QStringLiteral("h1 = sigmoid(w*x)");
    for (int i = 2; i <= 10; ++i)
        text += QStringLiteral("\nh%1 = sigmoid(w*h%2)").arg(i).arg(i - 1);
    return text;
}

} // namespace

std::vector<GraphExample> graphExamples()
{
    TinySettings xorNetwork;
    xorNetwork.set = ToySet::Xor;
    xorNetwork.layers = {{3, Activation::Tanh}, {2, Activation::Softmax}};
    return {
        {Examples::tr("A small expression"),
         Examples::tr(
             "Each gradient is the sum, over all ways to L, of the products of the derivatives along the "
             "way."),
         QStringLiteral("e = a*b; d = e + c; L = d^2"),
         {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}},
         {}},
        {Examples::tr("A neuron with sigmoid"),
         Examples::tr("The further z is from 0, the flatter the sigmoid, and the less the weights are told."),
         QStringLiteral("z = w1*x1 + w2*x2 + b\np = sigmoid(z)\nL = (p - t)^2"),
         {{"w1", 0.5}, {"x1", 1.0}, {"w2", -1.0}, {"x2", 2.0}, {"b", 0.5}, {"t", 1.0}},
         {},
         {"x1", "x2", "t"}},
        {Examples::tr("Softmax with cross-entropy"),
         Examples::tr("The gradient of each logit is its probability, less 1 for the target: p − 1, q, r."),
         QStringLiteral("p, q, r = softmax(z1, z2, z3)\nL = -log(p)"),
         {{"z1", 1.0}, {"z2", 2.0}, {"z3", 0.5}},
         {}},
        {Examples::tr("A value used twice"),
         Examples::tr("a has two uses, and its gradient is the sum of what both send back: a·a gives 2a."),
         QStringLiteral("b = a*a; L = b + 3*a"),
         {{"a", 4.0}},
         {}},
        {Examples::tr("Vanishing gradients"),
         Examples::tr(
             "Ten sigmoids in a row: each passes on at most a quarter, and next to nothing reaches x."),
         tenSigmoids(),
         {{"w", 1.0}, {"x", 0.5}},
         {},
         {"x"}},
        {Examples::tr("A dead ReLU"),
         Examples::tr(
             "z is negative, the ReLU passes no gradient, and Descend moves nothing: raise b to wake it."),
         QStringLiteral("z = w*x + b; h = relu(z); L = (h - 1)^2"),
         {{"w", -1.5}, {"x", 2.0}, {"b", 0.5}},
         {},
         {"x"}},
        {Examples::tr("The kink of a ReLU"),
         Examples::tr(
             "At 0 the slope is 0 on one side and 1 on the other: the engine says 0, the check warns."),
         QStringLiteral("h = relu(x); L = 2*h"),
         {{"x", 0.0}},
         {}},
        {Examples::tr("Log near zero"),
         Examples::tr(
             "The slope of log grows without end towards 0; below 1e−10 it is clipped, and the check says "
             "so."),
         QStringLiteral("L = -log(p)"),
         {{"p", 0.001}},
         {}},
        {Examples::tr("XOR network"),
         Examples::tr(
             "No straight line parts the two classes: watch the hidden neurons find two that together do."),
         {},
         {},
         xorNetwork},
    };
}

} // namespace chainrule
