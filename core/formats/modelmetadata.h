// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/network.h"
#include "core/training/run.h"

#include <span>
#include <string>
#include <vector>

namespace chainrule {

// Texts in a model file's metadata. Each function that reads returns what its counterpart wrote, numbers to
// the last bit; `what` begins the errors.

/// {"mean":[...],"deviation":[...]}.
[[nodiscard]] std::string scaleToJson(std::span<const InputScale> scale);
/// Fails unless there are two finite numbers for each of `inputs`, the deviations not below 0.
[[nodiscard]] Result<std::vector<InputScale>> scaleFromJson(const std::string& text, int inputs,
                                                            const Message& what);

/// [{"units":128,"activation":"relu"},{"dropout":0.2},...].
[[nodiscard]] std::string layersToJson(const std::vector<Layer>& layers);
/// The layers, not yet validated. Fails on text of another form, and on unknown activations.
[[nodiscard]] Result<std::vector<Layer>> layersFromJson(const std::string& text, const Message& what);

/// [channels,rows,columns].
[[nodiscard]] std::string shapeToJson(Shape shape);
/// Fails unless it is a shape of `size` numbers.
[[nodiscard]] Result<Shape> shapeFromJson(const std::string& text, int size, const Message& what);

/// ["T-shirt","trouser",...]; bytes of a name that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string namesToJson(const std::vector<std::string>& names);
/// The names, each passed through cleanName().
[[nodiscard]] Result<std::vector<std::string>> namesFromJson(const std::string& text, const Message& what);

/// {"file":"...","sha256":"..."}; bytes of a path that are not UTF-8 become
/// U+FFFD.
[[nodiscard]] std::string initialFileToJson(const InitialFile& initial);
/// Fails on paths longer than any system has, and on text that is not a SHA-256.
[[nodiscard]] Result<InitialFile> initialFileFromJson(const std::string& text, const Message& what);

} // namespace chainrule
