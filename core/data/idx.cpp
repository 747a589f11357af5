// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/idx.h"

#include "core/data/idxfile.h"

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

/// Path of a file of the folder, plain or else packed. Some unpackers make a folder of the plain name: it
/// counts only where there is no file.
std::optional<std::string> findIdxFile(const std::string& folder, const std::string& name)
{
    std::error_code ignored;
    const fs::path plain = fs::path(folder) / name;
    const fs::path packed = fs::path(folder) / (name + ".gz");
    for (const fs::path& path : {plain, packed})
        if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
            return path.string();
    for (const fs::path& path : {plain, packed})
        if (fs::exists(path, ignored))
            return path.string();
    return std::nullopt;
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
    return Error{labels.path,
                 "it has " + std::to_string(labels.dimensions[0]) + " labels, but " +
                     fs::path(images.path).filename().string() + " has " +
                     std::to_string(images.dimensions[0]) + " images",
                 "Use images and labels of the same set"};
}

Result<Dataset> loadFolder(const std::string& folder, const std::stop_token& stop)
{
    std::error_code failure;
    const fs::file_status status = fs::status(folder, failure);
    if (status.type() == fs::file_type::not_found)
        return Error{folder, "there is no such folder", "Name a folder with the four IDX files"};
    if (failure)
        return unreadable(folder, failure.message());
    if (!fs::is_directory(status))
        return Error{folder, "it is a file where a folder should be",
                     "Name the folder that holds the four IDX files"};

    const std::vector<std::string> missing = missingIdxFiles(folder);
    if (!missing.empty()) {
        std::string names;
        for (const std::string& name : missing)
            names += (names.empty() ? "" : ", nor ") + name + " or " + name + ".gz";
        return Error{folder, "the folder has no " + names, "Put the missing files there"};
    }

    // All headers first: a set that does not fit together is refused before its images are unpacked.
    std::vector<IdxFile> files;
    for (const IdxName& wanted : idxNames) {
        // Empty only where somebody removes the file at this very moment; then openIdx says so.
        const std::string path =
            findIdxFile(folder, wanted.name).value_or((fs::path(folder) / wanted.name).string());
        Result<IdxFile> opened = openIdx(path, wanted.kind);
        if (!opened)
            return opened.error();
        files.push_back(std::move(*opened));
    }
    IdxFile& trainingImages = files[0];
    IdxFile& trainingLabels = files[1];
    IdxFile& testImages = files[2];
    IdxFile& testLabels = files[3];
    if (const Result<void> checked = checkCounts(trainingImages, trainingLabels); !checked)
        return checked.error();
    if (const Result<void> checked = checkCounts(testImages, testLabels); !checked)
        return checked.error();
    if (trainingImages.dimensions[1] != testImages.dimensions[1] ||
        trainingImages.dimensions[2] != testImages.dimensions[2])
        return Error{testImages.path,
                     "its images are " + sides(testImages.dimensions) + " pixels, those of " +
                         fs::path(trainingImages.path).filename().string() + " are " +
                         sides(trainingImages.dimensions),
                     "Put the four files of one set into the folder"};

    Dataset data;
    data.name = nameForPeople(folder);
    data.source = folder;
    data.height = static_cast<int>(trainingImages.dimensions[1]);
    data.width = static_cast<int>(trainingImages.dimensions[2]);
    data.trainingFileSamples = trainingImages.dimensions[0];

    // Room for both image files at once, where they can be trusted, spares copying the first.
    constexpr std::uint64_t ordinary = std::uint64_t{64} << 20;
    if (trainingImages.bodySize + testImages.bodySize <= ordinary)
        data.pixels.reserve(trainingImages.bodySize + testImages.bodySize);
    using Reading = std::pair<IdxFile*, std::vector<std::uint8_t>*>;
    for (const auto& [file, out] :
         {Reading{&trainingLabels, &data.labels}, Reading{&testLabels, &data.labels},
          Reading{&trainingImages, &data.pixels}, Reading{&testImages, &data.pixels}})
        if (const Result<void> read = readBody(*file, *out, stop); !read)
            return read.error();

    data.classes = std::max(10, int{*std::max_element(data.labels.begin(), data.labels.end())} + 1);
    for (int label = 0; label < data.classes; ++label)
        data.classNames.push_back(std::to_string(label));
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
    for (const std::uint32_t dimension : array.dimensions) {
        for (int shift = 24; shift >= 0; shift -= 8)
            file += static_cast<char>(dimension >> shift & 0xffU);
    }
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

Result<Dataset> loadIdxFolder(const std::string& folder, const std::stop_token& stop)
try {
    return loadFolder(folder, stop);
} catch (const std::bad_alloc&) {
    return outOfMemory(folder);
}

} // namespace chainrule
