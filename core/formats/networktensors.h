// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/formats/safetensors.h"
#include "core/network/network.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// How a network stands in a safetensors file: tensors layers.N.weight [units, inputs] and layers.N.bias
// [units], numbered over the layers that have parameters, in F32 or F64; in the metadata layers, and where
// there is something to tell loss, input (the shape), classes (the names of the outputs) and input_scale.
namespace chainrule {

/// The first version of the format that can say the network: 1 knows dense layers, ReLU, sigmoid, tanh and
/// linear units, and softmax with cross-entropy at the end; 2 everything that there is.
[[nodiscard]] int formatVersionOf(const Network& network);

void appendNetworkTensors(std::vector<TensorEntry>& tensors, const Network& network);

/// Loss and input shape, as version 2 has them: for the metadata after layers.
void appendNetworkMetadata(TextPairs& metadata, const Network& network);

/// A network without its parameters, and where these lie.
struct NetworkHeader {
    Network network;
    std::vector<TensorEntry> tensors; ///< in the order of Network::parameters
};

/// Everything about the network that stands in the header. `version` is the file's; before 2 there are no
/// losses. `others` are the names of tensors that are not the network's. `what` begins the errors. Fails on
/// tensors that do not make a network that can be computed and trained, and on metadata that contradict them.
[[nodiscard]] Result<NetworkHeader> readNetworkHeader(const SafetensorsHeader& header, std::uint64_t version,
                                                      std::span<const std::string_view> others,
                                                      std::uint64_t dataBytes, const Message& what);

/// The values: fails where they are NaN or infinite. `data` is what follows the header.
[[nodiscard]] Result<Network> readNetwork(NetworkHeader header, std::span<const char> data,
                                          const Message& what);

/// The number behind "chainrule/" or another prefix; 0 where the text does not begin with it. Fails where
/// there is no number from 1 on, and on numbers above `newest`.
[[nodiscard]] Result<std::uint64_t> readFormatVersion(const std::string& format, std::string_view prefix,
                                                      std::uint64_t newest, const Message& what);

} // namespace chainrule
