// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/idxproperties.h"

#include <algorithm>
#include <array>
#include <filesystem>

using namespace chainrule;
using namespace fuzz;

namespace {

/// A folder whose four files lie in memory.
class Folder {
public:
    Folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "fuzz_idxfolder_XXXXXX").string();
        require(mkdtemp(pattern.data()) != nullptr);
        m_path = pattern;
        const std::array names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                               "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"};
        for (std::size_t i = 0; i < names.size(); ++i)
            std::filesystem::create_symlink(m_files[i].path(), m_path / names[i]);
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path() const { return m_path.string(); }
    [[nodiscard]] const MemoryFile& file(std::size_t i) const { return m_files[i]; }

private:
    std::array<MemoryFile, 4> m_files;
    std::filesystem::path m_path;
};

} // namespace

/// Any four files as a set: three lengths of two bytes each, little-endian, and the files one after the
/// other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    static const Folder folder;
    constexpr std::size_t lengths = 6;
    if (size < lengths)
        return 0;
    Bytes rest = Bytes(bytes, size).subspan(lengths);
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t length =
            i < 3 ? std::size_t{bytes[2 * i]} + std::size_t{256} * bytes[2 * i + 1] : rest.size();
        const Bytes part = rest.first(std::min(length, rest.size()));
        folder.file(i).set(part);
        rest = rest.subspan(part.size());
    }
    const Result<Dataset> data = loadIdxFolder(folder.path());
    if (!data) {
        checkError(data.error());
        return 0;
    }
    const std::size_t samples = sampleCount(*data);
    require(samples >= 2 && data->width > 0 && data->height > 0);
    require(data->pixels.size() == samples * static_cast<std::size_t>(inputCount(*data)));
    require(data->features.empty());
    require(data->official.training > 0 && data->official.training < samples);
    require(data->classNames.size() == static_cast<std::size_t>(data->classes));
    require(std::ranges::all_of(data->labels, [&](std::uint8_t label) { return label < data->classes; }));
    return 0;
}
