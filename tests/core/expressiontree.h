// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

/// Expressions made up at random, with a meaning of their own: written out as text, and computed together
/// with their exact derivatives by dual numbers in extended precision, without the program's help.
namespace expressiontree {

inline constexpr std::size_t variableCount = 3;
inline constexpr std::array<const char*, 6> variableNames = {"a", "b", "c", "p", "q", "r"};

struct Tree {
    std::string op;      // "number", "variable", "+", "-", "*", "/", "neg", "^", or a function
    double number = 0.0; // or the exponent
    std::size_t variable = 0;
    std::vector<Tree> kids = {};
};

/// A number and its derivatives by the variables.
struct Dual {
    long double value = 0.0L;
    std::array<long double, variableCount> slopes{};
};

/// How near a computation came to where a derivative is none, or numbers grow beyond reason.
struct Hazards {
    long double nearestEdge = INFINITY; // a kink, pole, limit of a domain
    long double largest = 0.0L;         // of all numbers and slopes on the way
};

inline Dual chained(const Dual& a, long double value, long double slope)
{
    Dual result{value, a.slopes};
    for (long double& each : result.slopes)
        each *= slope;
    return result;
}

inline Dual combined(long double value, const Dual& a, long double byA, const Dual& b, long double byB)
{
    Dual result{value, {}};
    for (std::size_t i = 0; i < variableCount; ++i)
        result.slopes[i] = byA * a.slopes[i] + byB * b.slopes[i];
    return result;
}

inline Dual evaluate(const Tree& tree, const std::vector<Dual>& variables, Hazards& hazards)
{
    const auto edge = [&](long double distance) {
        hazards.nearestEdge = std::min(hazards.nearestEdge, std::abs(distance));
    };
    const auto computed = [&]() -> Dual {
        if (tree.op == "number")
            return {tree.number, {}};
        if (tree.op == "variable")
            return variables[tree.variable];
        const Dual a = evaluate(tree.kids[0], variables, hazards);
        const Dual b = tree.kids.size() > 1 ? evaluate(tree.kids[1], variables, hazards) : Dual();
        const long double x = a.value;
        const long double y = b.value;
        if (tree.op == "+")
            return combined(x + y, a, 1, b, 1);
        if (tree.op == "-")
            return combined(x - y, a, 1, b, -1);
        if (tree.op == "*")
            return combined(x * y, a, y, b, x);
        if (tree.op == "/") {
            edge(y);
            return combined(x / y, a, 1 / y, b, -x / (y * y));
        }
        if (tree.op == "neg")
            return chained(a, -x, -1);
        if (tree.op == "^") {
            if (tree.number < 0 || tree.number != std::floor(tree.number))
                edge(tree.number == std::floor(tree.number) ? x : std::max(x, 0.0L));
            return chained(a, std::pow(x, static_cast<long double>(tree.number)),
                           tree.number * std::pow(x, static_cast<long double>(tree.number) - 1));
        }
        if (tree.op == "sin")
            return chained(a, std::sin(x), std::cos(x));
        if (tree.op == "cos")
            return chained(a, std::cos(x), -std::sin(x));
        if (tree.op == "erf")
            return chained(a, std::erf(x), 2 / std::sqrt(std::acos(-1.0L)) * std::exp(-x * x));
        if (tree.op == "pow") {
            edge(std::max(x, 0.0L));
            const long double power = std::pow(x, y);
            return combined(power, a, y * std::pow(x, y - 1), b, power * std::log(x));
        }
        if (tree.op == "sqrt" || tree.op == "log")
            edge(std::max(x, 0.0L));
        if (tree.op == "sqrt")
            return chained(a, std::sqrt(x), 0.5L / std::sqrt(x));
        if (tree.op == "log")
            return chained(a, std::log(x), 1 / x);
        if ((tree.op == "exp" || tree.op == "sigmoid") && std::abs(x) > 40)
            edge(0); // near the engine's limits
        if (tree.op == "exp")
            return chained(a, std::exp(x), std::exp(x));
        if (tree.op == "tanh")
            return chained(a, std::tanh(x), 1 / (std::cosh(x) * std::cosh(x)));
        if (tree.op == "sigmoid")
            return chained(a, 1 / (1 + std::exp(-x)), 1 / ((1 + std::exp(-x)) * (1 + std::exp(x))));
        if (tree.op == "relu" || tree.op == "abs") {
            edge(x);
            const long double below = tree.op == "abs" ? -1.0L : 0.0L;
            return x > 0 ? a : chained(a, below * x, below);
        }
        edge(x - y);
        return (tree.op == "max") == (x > y) ? a : b;
    };
    const Dual result = computed();
    hazards.largest = std::max(hazards.largest, std::abs(result.value));
    for (const long double slope : result.slopes) {
        // NaN counts as large.
        if (!(std::abs(slope) <= hazards.largest))
            hazards.largest = std::isnan(slope) ? static_cast<long double>(INFINITY) : std::abs(slope);
    }
    if (std::isnan(result.value))
        hazards.largest = INFINITY;
    return result;
}

/// As text, with parentheses only where they are needed. Ranks: 1 sum, 2 product, 3 sign, 4 power, 5 other.
inline std::string written(const Tree& tree, int rank = 1)
{
    const auto within = [&](int own, const std::string& text) {
        return own < rank ? "(" + text + ")" : text;
    };
    const auto number = [](double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
        return text;
    };
    if (tree.op == "number")
        return number(tree.number);
    if (tree.op == "variable")
        return variableNames[tree.variable];
    if (tree.op == "+" || tree.op == "-")
        return within(1, written(tree.kids[0], 1) + " " + tree.op + " " + written(tree.kids[1], 2));
    if (tree.op == "*" || tree.op == "/")
        return within(2, written(tree.kids[0], 2) + tree.op + written(tree.kids[1], 3));
    if (tree.op == "neg")
        return within(3, "-" + written(tree.kids[0], 3));
    if (tree.op == "^")
        return within(4, written(tree.kids[0], 5) + "^" + number(tree.number));
    if (tree.op == "pow")
        return within(4, written(tree.kids[0], 5) + "^" + written(tree.kids[1], 4));
    std::string text = tree.op + "(" + written(tree.kids[0]);
    if (tree.kids.size() > 1)
        text += ", " + written(tree.kids[1]);
    return text + ")";
}

using Random = std::mt19937_64;

inline std::size_t below(Random& random, std::size_t bound)
{
    return static_cast<std::size_t>(random() % bound);
}

/// A tree of these operations over the first `variables` variables, whose exponents are among these.
inline Tree grow(Random& random, const std::vector<std::string>& ops, const std::vector<double>& exponents,
                 std::size_t variables, int depth)
{
    if (depth == 0 || below(random, 8) == 0) {
        if (below(random, 4) == 0)
            return {"number", static_cast<double>(1 + below(random, 9)), 0};
        return {"variable", 0.0, below(random, variables)};
    }
    Tree tree{ops[below(random, ops.size())]};
    const bool two = tree.op == "+" || tree.op == "-" || tree.op == "*" || tree.op == "/" ||
                     tree.op == "max" || tree.op == "min" || tree.op == "pow";
    for (int i = 0; i < (two ? 2 : 1); ++i)
        tree.kids.push_back(grow(random, ops, exponents, variables, depth - 1));
    if (tree.op == "^")
        tree.number = exponents[below(random, exponents.size())];
    return tree;
}

inline void count(const Tree& tree, std::map<std::string, int>& counts)
{
    ++counts[tree.op];
    for (const Tree& kid : tree.kids)
        count(kid, counts);
}

} // namespace expressiontree
