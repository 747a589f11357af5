// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chainrule {

// The safetensors format: a length in 8 bytes, little-endian; a JSON header of that length, which gives each
// tensor's dtype, shape and place; the tensors' values, little-endian, one tensor after the other.
// https://github.com/huggingface/safetensors#format
// These functions do not know what the tensors mean; networktensors.h does.

inline constexpr std::size_t safetensorsLengthBytes = 8;
inline constexpr std::uint64_t maximumSafetensorsHeader = 16 * 1024 * 1024; ///< bytes
inline constexpr std::size_t maximumHeaderValues = 100'000;                 ///< JSON values

/// One tensor of F32 or F64 values in row-major order.
struct TensorEntry {
    std::string name;
    bool isDouble = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0; ///< in bytes after the header
    std::uint64_t end = 0;
};

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// What a file has before the tensors' values.
struct SafetensorsHeader {
    std::uint64_t length = 0; ///< of the JSON text, in bytes
    std::vector<std::string> names;
    TextPairs metadata;
    /// In the order of `names`. An error here leaves the metadata readable: it may say that the file is of
    /// a newer format, which explains the error.
    Result<std::vector<TensorEntry>> tensors = std::vector<TensorEntry>();
};

/// A member of the metadata; empty where it is not there.
[[nodiscard]] std::string metadataText(const SafetensorsHeader& header, std::string_view member);

/// Names one tensor of the file `what`, for Error::what.
[[nodiscard]] Message tensorIn(const Message& what, const std::string& name);

/// Reads the header of a whole file. Its length, and every tensor's shape and offsets, are checked against
/// the bytes that are there before memory is allocated for them; each tensor by itself, since checkCoverage()
/// checks them together. `what` begins the errors.
[[nodiscard]] Result<SafetensorsHeader> readSafetensorsHeader(std::span<const char> bytes,
                                                              const Message& what);

/// Whether every tensor has as many bytes as its shape says, the tensors lie one after the other over all
/// `size` bytes that follow the header, as the format requires, and all are of one dtype.
[[nodiscard]] Result<void> checkCoverage(std::span<const TensorEntry> tensors, std::uint64_t size,
                                         const Message& what);

/// Appends the values of a tensor that checkCoverage() has passed. `data` is what follows the header. Fails
/// on values that are NaN or infinite.
[[nodiscard]] Result<void> appendTensorValues(const TensorEntry& tensor, std::span<const char> data,
                                              const Message& what, std::vector<double>& values);

/// Adds a tensor that begins where the last one ends.
void appendTensorEntry(std::vector<TensorEntry>& tensors, std::string name, bool isDouble,
                       std::vector<std::uint64_t> shape);

/// Length and header, padded so that the values start at a multiple of 8 bytes.
[[nodiscard]] std::string encodeSafetensorsHeader(const TextPairs& metadata,
                                                  std::span<const TensorEntry> tensors);

/// Appends values as a tensor stores them. In a float tensor, finite values beyond the range of float become
/// the largest float of their sign.
void appendEncodedValues(std::string& bytes, std::span<const double> values, bool isDouble);

/// "[2, 3]".
[[nodiscard]] std::string shapeText(std::span<const std::uint64_t> shape);

} // namespace chainrule
