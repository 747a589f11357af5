// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/catalog.h"

#include "core/data/classnames.h"

#include <array>

namespace chainrule {

namespace {

constexpr std::uint64_t pixels = 28 * 28;
constexpr std::uint64_t trainingImages = 60'000;
constexpr std::uint64_t testImages = 10'000;
constexpr std::uint64_t imagesHeader = 16; // bytes of an IDX file before its body
constexpr std::uint64_t labelsHeader = 8;

// LeCun, Cortes and Burges. Sizes and digests of the packed files are those that TensorFlow Datasets
// publishes too; the original host no longer serves them.
constexpr std::array<CatalogFile, 4> mnistFiles{{
    {"train-images-idx3-ubyte.gz", 9'912'422,
     "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
     imagesHeader + trainingImages* pixels,
     "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte.gz", 28'881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
     labelsHeader + trainingImages, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte.gz", 1'648'877,
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", imagesHeader + testImages* pixels,
     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte.gz", 4'542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
     labelsHeader + testImages, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}};
constexpr std::array<const char*, 2> mnistMirrors{
    "https://ossci-datasets.s3.amazonaws.com/mnist/",     // what torchvision asks
    "https://storage.googleapis.com/cvdf-datasets/mnist/" // what TensorFlow Datasets asks
};
constexpr std::array<const char*, 10> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

// Xiao, Rasul and Vollgraf (Zalando Research), MIT licence. Sizes and SHA-256 as TensorFlow Datasets
// publishes them, the latter in Keras too; Zalando itself names MD5 sums only.
constexpr std::array<CatalogFile, 4> fashionFiles{{
    {"train-images-idx3-ubyte.gz", 26'421'880,
     "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
     imagesHeader + trainingImages* pixels, ""},
    {"train-labels-idx1-ubyte.gz", 29'515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
     labelsHeader + trainingImages, ""},
    {"t10k-images-idx3-ubyte.gz", 4'422'102,
     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", imagesHeader + testImages* pixels,
     ""},
    {"t10k-labels-idx1-ubyte.gz", 5'148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
     labelsHeader + testImages, ""},
}};
constexpr std::array<const char*, 3> fashionMirrors{
    // The authors' repository, and their bucket, which their page links without TLS.
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" // what Keras asks
};
constexpr std::array<const char*, 10> garments{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                               "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

constexpr std::array<CatalogSet, 2> sets{{
    {"mnist", "MNIST", trainingImages + testImages, mnistFiles, mnistMirrors, digits},
    {"fashion-mnist", "Fashion-MNIST", trainingImages + testImages, fashionFiles, fashionMirrors, garments},
}};

} // namespace

std::span<const CatalogSet> catalog()
{
    return sets;
}

const CatalogSet* catalogSet(std::string_view name)
{
    for (const CatalogSet& set : sets)
        if (name == set.name)
            return &set;
    return nullptr;
}

std::uint64_t catalogBytes(const CatalogSet& set)
{
    std::uint64_t bytes = 0;
    for (const CatalogFile& file : set.files)
        bytes += file.bytes;
    return bytes;
}

void nameClasses(Dataset& data)
{
    if (!areIndices(data.classNames))
        return;
    for (const CatalogSet& set : sets)
        if (data.name == set.title && data.classNames.size() == set.classes.size())
            data.classNames.assign(set.classes.begin(), set.classes.end());
}

} // namespace chainrule
