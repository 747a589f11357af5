// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

// NumPy's NPZ format: a ZIP archive of .npy files, each one array. numpy.load() reads them without pickle.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/// One array in row-major order.
struct NpyArray {
    std::string name;                 ///< a Python identifier
    std::string type;                 ///< as NumPy writes it: "<f4", "<f8", "<i8", "|u1", "<U7"
    std::vector<std::uint64_t> shape; ///< empty: a single value
    std::string bytes;                ///< little-endian
};

/// F32 or F64 numbers. In F32, finite values beyond the range of float become the largest float of their
/// sign.
[[nodiscard]] NpyArray npyNumbers(std::string name, std::vector<std::uint64_t> shape,
                                  std::span<const double> values, Precision precision);
/// Whole numbers of 64 bits, the type that NumPy indexes with.
[[nodiscard]] NpyArray npyIndices(std::string name, std::span<const std::uint32_t> values);
[[nodiscard]] NpyArray npyBytes(std::string name, std::vector<std::uint64_t> shape,
                                std::span<const std::uint8_t> values);
/// UTF-8 texts as an array of Python strings; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] NpyArray npyTexts(std::string name, std::span<const std::string> texts);
[[nodiscard]] NpyArray npyText(std::string name, const std::string& text);

/// W1 [units, inputs], b1 [units], W2 and so on over the layers that have weights, and `activations`, a name
/// for each of them; `loss`, its name, where it is not cross-entropy.
[[nodiscard]] std::vector<NpyArray> modelArrays(const Network& network, Precision precision);

/// The bytes of an NPZ file; each array is packed where that makes it smaller. The same arrays give the same
/// bytes. Together they must be less than 4 GiB.
[[nodiscard]] std::string encodeNpz(std::span<const NpyArray> arrays);

} // namespace chainrule
