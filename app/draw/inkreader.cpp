// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/draw/inkreader.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

InkView readInk(const InkImage& ink, Preparation preparation, Observer* observer)
{
    InkView view;
    view.digit = preparation == Preparation::Mnist ? prepareDigit(ink) : shrinkCanvas(ink);
    if (view.digit && observer)
        view.layers = observe(*observer, networkInput(view.digit->image));
    return view;
}

std::vector<double> networkInput(const DigitImage& image)
{
    std::vector<double> inputs(image.size());
    std::transform(image.begin(), image.end(), inputs.begin(),
                   [](std::uint8_t pixel) { return static_cast<double>(pixel) / 255.0; });
    return inputs;
}

std::vector<Guess> guesses(std::span<const double> probabilities)
{
    if (!std::all_of(probabilities.begin(), probabilities.end(), [](double p) { return std::isfinite(p); }))
        return {};
    std::vector<Guess> all;
    for (std::size_t i = 0; i < probabilities.size(); ++i)
        all.push_back({static_cast<int>(i), probabilities[i]});
    std::stable_sort(all.begin(), all.end(),
                     [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
    return all;
}

} // namespace chainrule
