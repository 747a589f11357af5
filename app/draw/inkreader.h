// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/digitimage.h"
#include "core/training/engines/observer.h"

#include <optional>
#include <span>
#include <vector>

namespace chainrule {

/// How ink becomes the 28 x 28 pixels that a network sees.
enum class Preparation {
    Mnist, ///< cropped, scaled and centred as MNIST's digits were: prepareDigit()
    Raw,   ///< the whole canvas merely shrunk: shrinkCanvas()
};

/// What a network makes of ink that was prepared in one way.
struct InkView {
    Result<PreparedDigit> digit = Error{};   ///< or why there is none
    std::vector<std::vector<double>> layers; ///< outputs of every layer; empty without a digit or a network

    /// Of the classes; empty without a digit or a network.
    [[nodiscard]] std::span<const double> probabilities() const
    {
        return layers.empty() ? std::span<const double>() : std::span<const double>(layers.back());
    }
};

/// Prepares ink, and shows it to a network of 784 inputs (null: there is none).
[[nodiscard]] InkView readInk(const InkImage& ink, Preparation preparation, Observer* observer);

/// Pixels as a network takes them: 0 to 1.
[[nodiscard]] std::vector<double> networkInput(const DigitImage& image);

/// A class and its probability.
struct Guess {
    int label = 0;
    double probability = 0.0;
};

/// The classes, the most probable first; none where a probability is not a number, as weights on the edge of
/// divergence give.
[[nodiscard]] std::vector<Guess> guesses(std::span<const double> probabilities);

} // namespace chainrule
