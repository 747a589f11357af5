// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace fuzz {

/// Input that begins with a '{' is a header, up to its first zero byte, and what follows it: the length is
/// put before it. Else nearly every change of the header would come no further than to its length.
inline std::string safetensorsOf(std::string_view input)
{
    if (!input.starts_with('{'))
        return std::string(input);
    const std::size_t end = std::min(input.find('\0'), input.size());
    std::string file;
    for (int shift = 0; shift < 64; shift += 8)
        file += static_cast<char>(std::uint64_t{end} >> shift & 0xffU);
    file += input.substr(0, end);
    return file + std::string(input.substr(std::min(end + 1, input.size())));
}

/// What holds of every network that was read.
inline void checkNetwork(const chainrule::Network& network)
{
    const auto isFinite = [](double value) { return std::isfinite(value); };
    require(validate(network.stack, network.loss).has_value());
    require(network.parameters.size() == static_cast<std::size_t>(parameterCount(network.stack)));
    require(std::ranges::all_of(network.parameters, isFinite));
    require(network.scale.empty() ||
            network.scale.size() == static_cast<std::size_t>(network.stack.input.size()));
    require(std::ranges::all_of(network.scale, [](const chainrule::InputScale& scale) {
        return std::isfinite(scale.mean) && std::isfinite(scale.deviation) && scale.deviation >= 0.0;
    }));
}

} // namespace fuzz
