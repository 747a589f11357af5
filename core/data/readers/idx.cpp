// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/idx.h"

#include "core/base/files/byteorder.h"
#include "core/base/memory.h"
#include "core/data/classnames.h"
#include "core/data/readers/idxfile.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

namespace fs = std::filesystem;

struct IdxName {
    const char* name;
    IdxKind kind;
};
constexpr std::array<IdxName, 4> idxNames{{{"train-images-idx3-ubyte", IdxKind::Images},
                                           {"train-labels-idx1-ubyte", IdxKind::Labels},
                                           {"t10k-images-idx3-ubyte", IdxKind::Images},
                                           {"t10k-labels-idx1-ubyte", IdxKind::Labels}}};

/// Path of a file of the folder, plain or else packed; also with a point before "idx", as some write it. Some
/// unpackers make a folder of the plain name: it counts only where there is no file.
std::optional<std::string> findIdxFile(const std::string& folder, const std::string& name)
{
    std::error_code ignored;
    std::string pointed = name;
    pointed[pointed.find("-idx")] = '.';
    const fs::path base(folder);
    const std::array<fs::path, 4> paths{base / name, base / (name + ".gz"), base / pointed,
                                        base / (pointed + ".gz")};
    for (const fs::path& path : paths)
        if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
            return path.string();
    for (const fs::path& path : paths)
        if (fs::exists(path, ignored))
            return path.string();
    return std::nullopt;
}

/// The pairs of images and labels that are in a folder: both, or one where the other has neither of its
/// files.
Result<std::vector<std::size_t>> pairsOf(const std::string& folder)
{
    std::array<bool, 4> there{};
    for (std::size_t i = 0; i < idxNames.size(); ++i)
        there[i] = findIdxFile(folder, idxNames[i].name).has_value();
    if (there[0] && there[1] && !there[2] && !there[3])
        return std::vector<std::size_t>{0};
    if (there[2] && there[3] && !there[0] && !there[1])
        return std::vector<std::size_t>{2};
    Message names;
    for (std::size_t i = 0; i < idxNames.size(); ++i) {
        if (there[i])
            continue;
        const std::string name = idxNames[i].name;
        const Message either{MessageId::fileOrFile, name, name + ".gz"};
        names = names.empty() ? either : Message(MessageId::norFile, names, either);
    }
    if (!names.empty())
        return Error{folder, {MessageId::folderHasNo, names}, MessageId::putFilesThere};
    return std::vector<std::size_t>{0, 2};
}

/// One name for each class: the folder's own, else numbers. Digits have ten classes, other images as many as
/// the largest label needs.
Result<void> nameClasses(Dataset& data, const std::string& folder)
{
    auto names = readClassNames(folder);
    if (!names)
        return names.error();
    const auto largest = std::max_element(data.labels.begin(), data.labels.end());
    const int needed = int{*largest} + 1;
    if (!names->empty() && static_cast<int>(names->size()) < needed) {
        return Error{folder,
                     {MessageId::namesTooFew,
                      names->size() == 1 ? Message(MessageId::oneClass)
                                         : Message(MessageId::manyClasses, std::to_string(names->size())),
                      std::to_string(largest - data.labels.begin()), std::to_string(needed - 1)},
                     MessageId::nameEveryClass};
    }
    const bool digits = data.width == 28 && data.height == 28;
    data.classes = names->empty() ? std::max(digits ? 10 : 2, needed) : static_cast<int>(names->size());
    data.classNames = std::move(*names);
    for (int label = static_cast<int>(data.classNames.size()); label < data.classes; ++label)
        data.classNames.push_back(std::to_string(label));
    return {};
}

std::string nameForPeople(const std::string& folder)
{
    std::error_code failure;
    fs::path path = fs::weakly_canonical(folder, failure);
    if (failure)
        path = fs::path(folder).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();
    std::string name = path.filename().string();
    if (name == "mnist")
        return "MNIST";
    if (name == "fashion-mnist")
        return "Fashion-MNIST";
    return name.empty() ? folder : name;
}

Result<void> checkCounts(const IdxFile& images, const IdxFile& labels)
{
    if (images.dimensions[0] == labels.dimensions[0])
        return {};
    return Error{labels.file.path(),
                 {MessageId::countsDiffer, std::to_string(labels.dimensions[0]),
                  fs::path(images.file.path()).filename().string(), std::to_string(images.dimensions[0])},
                 MessageId::useSameSet};
}

Result<Dataset> loadFolder(const std::string& folder, const std::stop_token& stop)
{
    std::error_code failure;
    const fs::file_status status = fs::status(folder, failure);
    if (status.type() == fs::file_type::not_found)
        return Error{folder, MessageId::noSuchFolder, MessageId::nameFolderOfFour};
    if (failure)
        return unreadable(folder, failure.message());
    if (!fs::is_directory(status))
        return Error{folder, MessageId::fileForFolder, MessageId::nameHoldingFolder};

    const auto pairs = pairsOf(folder);
    if (!pairs)
        return pairs.error();

    // All headers first: a set that does not fit together is refused before its images are unpacked.
    std::vector<IdxFile> images;
    std::vector<IdxFile> labels;
    for (const std::size_t pair : *pairs) {
        for (const std::size_t i : {pair, pair + 1}) {
            // Empty only where somebody removes the file at this very moment; then openIdx says so.
            const std::string path = findIdxFile(folder, idxNames[i].name)
                                         .value_or((fs::path(folder) / idxNames[i].name).string());
            Result<IdxFile> opened = openIdx(path, idxNames[i].kind);
            if (!opened)
                return opened.error();
            (idxNames[i].kind == IdxKind::Images ? images : labels).push_back(std::move(*opened));
        }
    }
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
        if (const Result<void> checked = checkCounts(images[i], labels[i]); !checked)
            return checked.error();
        samples += images[i].dimensions[0];
        bytes += images[i].bodySize + labels[i].bodySize;
    }
    const IdxFile& first = images.front();
    const IdxFile& last = images.back();
    if (first.dimensions[1] != last.dimensions[1] || first.dimensions[2] != last.dimensions[2])
        return Error{last.file.path(),
                     {MessageId::sidesDiffer, sides(last.dimensions),
                      fs::path(first.file.path()).filename().string(), sides(first.dimensions)},
                     MessageId::putFourFiles};
    if (const auto room =
            checkMemory(folder, imagesText(samples, first.dimensions[1], first.dimensions[2]), bytes);
        !room)
        return room.error();

    Dataset data;
    data.name = nameForPeople(folder);
    data.source = folder;
    data.height = static_cast<int>(first.dimensions[1]);
    data.width = static_cast<int>(first.dimensions[2]);
    data.official.training = first.dimensions[0];

    // Room for both image files at once, where they can be trusted, spares copying the first.
    constexpr std::uint64_t ordinary = std::uint64_t{64} << 20;
    if (bytes <= ordinary)
        data.pixels.reserve(bytes);
    for (IdxFile& file : labels)
        if (const Result<void> read = readBody(file, data.labels, stop); !read)
            return read.error();
    for (IdxFile& file : images)
        if (const Result<void> read = readBody(file, data.pixels, stop); !read)
            return read.error();
    if (const auto named = nameClasses(data, folder); !named)
        return named.error();
    return data;
}

} // namespace

Result<IdxArray> readIdx(const std::string& path, IdxKind kind)
try {
    Result<IdxFile> opened = openIdx(path, kind);
    if (!opened)
        return opened.error();
    IdxArray array;
    if (const Result<void> read = readBody(*opened, array.bytes); !read)
        return read.error();
    array.dimensions = std::move(opened->dimensions);
    return array;
} catch (const std::bad_alloc&) {
    return outOfMemory(path);
}

std::string encodeIdx(const IdxArray& array)
{
    constexpr char unsignedBytes = 8;
    std::string file{'\0', '\0', unsignedBytes, static_cast<char>(array.dimensions.size())};
    for (const std::uint32_t dimension : array.dimensions)
        appendBigEndian(file, dimension, 4);
    file.append(array.bytes.begin(), array.bytes.end());
    return file;
}

std::vector<std::string> missingIdxFiles(const std::string& folder)
{
    std::vector<std::string> missing;
    for (const IdxName& wanted : idxNames)
        if (!findIdxFile(folder, wanted.name))
            missing.push_back(wanted.name);
    return missing;
}

bool hasIdxFiles(const std::string& folder)
{
    return missingIdxFiles(folder).size() < idxNames.size();
}

Result<Dataset> loadIdxFolder(const std::string& folder, const std::stop_token& stop)
try {
    return loadFolder(folder, stop);
} catch (const std::bad_alloc&) {
    return outOfMemory(folder);
}

} // namespace chainrule
