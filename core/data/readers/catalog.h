// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// One file of a set that can be fetched. Digests are SHA-256 in small hexadecimal digits.
struct CatalogFile {
    const char* name;         ///< as it is fetched: "train-images-idx3-ubyte.gz"
    std::uint64_t bytes;      ///< exactly
    const char* sha256;       ///< of the file as it is fetched
    std::uint64_t plainBytes; ///< unpacked, exactly
    const char* plainSha256;  ///< unpacked; empty where nobody has published it
};

/// A set of images that others publish and this program can fetch.
struct CatalogSet {
    const char* name;  ///< for --data, and of its folder: "mnist"
    const char* title; ///< for people: "MNIST"
    std::size_t samples;
    std::span<const CatalogFile> files;
    std::span<const char* const> mirrors; ///< folders, ending in a slash; in the order to try
    std::span<const char* const> classes;
};

/// All of them.
[[nodiscard]] std::span<const CatalogSet> catalog();

/// The set of this name; null where there is none.
[[nodiscard]] const CatalogSet* catalogSet(std::string_view name);

/// What all files of the set come to, as they are fetched.
[[nodiscard]] std::uint64_t catalogBytes(const CatalogSet& set);

/// Gives a set that bears a catalogue's title, and whose classes have no names but their numbers, the names
/// of that catalogue.
void nameClasses(Dataset& data);

} // namespace chainrule
