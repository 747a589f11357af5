// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/formats/safetensors.h"
#include "core/network/network.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// How a network is stored in a safetensors file. The tensors are layers.N.weight [units, inputs] and
// layers.N.bias [units], in F32 or F64, where N counts the layers that have parameters. The metadata has
// layers and, where the network has other than the defaults, loss, input (the shape), classes (the names of
// the outputs) and input_scale.
namespace chainrule {

/// The lowest version of the format that can describe the network: 1 has dense layers, ReLU, sigmoid, tanh
/// and linear units, and softmax with cross-entropy at the end; 2 has everything that a network can have.
[[nodiscard]] int formatVersionOf(const Network& network);

void appendNetworkTensors(std::vector<TensorEntry>& tensors, const Network& network);

/// Appends the loss and the input shape as version 2 stores them, where they are not the defaults. Call it
/// after layers was appended.
void appendNetworkMetadata(TextPairs& metadata, const Network& network);

/// A network without its parameters, and where these are in the file.
struct NetworkHeader {
    Network network;
    std::vector<TensorEntry> tensors; ///< in the order of Network::parameters
};

/// Reads everything that the header says of the network. `version` is the file's: before 2, losses and input
/// shapes are ignored. `others` are the names of tensors that are not part of the network. `what` begins the
/// errors. Fails on tensors that do not make a network that can be trained, and on metadata that contradict
/// them.
[[nodiscard]] Result<NetworkHeader> readNetworkHeader(const SafetensorsHeader& header, std::uint64_t version,
                                                      std::span<const std::string_view> others,
                                                      std::uint64_t dataBytes, const Message& what);

/// Reads the parameters; `data` is what follows the header. Fails where one of them is NaN or infinite.
[[nodiscard]] Result<Network> readNetwork(NetworkHeader header, std::span<const char> data,
                                          const Message& what);

/// The header of a whole file, and what it says before anything of the network is read.
struct VersionedHeader {
    SafetensorsHeader header;
    std::uint64_t version = 0;  ///< the number after the prefix; 0 where the format has another prefix
    std::span<const char> data; ///< the file's bytes that follow the header
};

/// Reads the header and the version of its format, "chainrule/2" for instance, where "chainrule/" is the
/// prefix. The version is checked before the tensors are, since a newer one may have changed them. Fails on
/// versions above `newest`, on a prefix without a number from 1 on, and where readSafetensorsHeader() fails.
/// `what` begins the errors. The data is part of `bytes`.
[[nodiscard]] Result<VersionedHeader> readVersionedHeader(std::span<const char> bytes,
                                                          std::string_view prefix, std::uint64_t newest,
                                                          const Message& what);

} // namespace chainrule
