// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// Content of an IDX file of unsigned bytes (format: LeCun, Cortes, Burges, the MNIST page): images have
/// dimensions {count, rows, columns}, labels {count}.
struct IdxArray {
    std::vector<std::uint32_t> dimensions;
    std::vector<std::uint8_t> bytes;
};

enum class IdxKind : std::uint8_t { Images, Labels };

/// Reads a plain or gzip-packed IDX file (told apart by content, not by name). Streams, and never reads or
/// allocates more than the header declares; a header that declares more than the file can hold is refused
/// before anything is allocated. Every fault has its own words: missing, empty, truncated, oversized,
/// wrong magic, labels where images should be and the reverse, a web page saved under the name, a damaged
/// archive.
[[nodiscard]] Result<IdxArray> readIdx(const std::string& path, IdxKind kind);

/// What readIdx() reads back: a plain IDX file.
[[nodiscard]] std::string encodeIdx(const IdxArray& array);

/// Which of the four files (names without .gz) a folder has neither plain nor as .gz; all of them where
/// there is no such folder.
[[nodiscard]] std::vector<std::string> missingIdxFiles(const std::string& folder);

/// Whether a folder has any of the four, and so is to be read by loadIdxFolder().
[[nodiscard]] bool hasIdxFiles(const std::string& folder);

/// Pools the four files of a folder (each plain or .gz, named as MNIST's, also with a point before "idx"):
/// training file first, then test file. One pair alone, images and labels, is a set of one file. Images have
/// any one size; counts of images and labels must agree. Classes are named by the lines of the folder's
/// classes.txt or labels.txt (readClassNames()), else by their numbers; without such a file there are as many
/// as the largest label needs, but at least 10 where images are 28 x 28, as digits are, and 2 elsewhere.
/// What does not fit into memory is refused before it is read. Where it is stopped before the end, that is an
/// error too.
[[nodiscard]] Result<Dataset> loadIdxFolder(const std::string& folder, const std::stop_token& stop = {});

} // namespace chainrule
