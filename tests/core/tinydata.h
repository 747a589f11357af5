// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/data/dataset.h"

#include <QtTest>

#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

// Small data sets for the tests of engines and training.
namespace chainrule::tests {

/// `classes` overlapping clouds of real features, labels in turn.
inline Dataset makeClouds(std::size_t count, int inputs, int classes, std::uint64_t seed)
{
    Dataset data;
    data.name = "clouds";
    data.width = inputs;
    data.height = 1;
    data.classes = classes;
    data.official.training = count;
    Random random = makeRandom(seed);
    std::vector<std::vector<double>> centres(static_cast<std::size_t>(classes));
    for (auto& centre : centres)
        for (int i = 0; i < inputs; ++i)
            centre.push_back(normal(random));
    for (std::size_t sample = 0; sample < count; ++sample) {
        const std::size_t label = sample % centres.size();
        data.labels.push_back(static_cast<std::uint8_t>(label));
        for (const double coordinate : centres[label])
            data.features.push_back(static_cast<float>(coordinate + 0.5 * normal(random)));
    }
    return data;
}

inline std::vector<std::uint32_t> indices(std::size_t first, std::size_t count)
{
    std::vector<std::uint32_t> result(count);
    std::iota(result.begin(), result.end(), static_cast<std::uint32_t>(first));
    return result;
}

/// The folder with MNIST's files; nothing where they are not found.
inline std::optional<std::string> mnistFolder()
{
    QStringList folders;
    if (qEnvironmentVariableIsSet("CHAINRULE_DATA"))
        folders << qEnvironmentVariable("CHAINRULE_DATA") + "/mnist";
    folders << QStringLiteral(CHAINRULE_SOURCE_DIR "/../shared/data/mnist");
    for (const QString& folder : folders) {
        for (const char* name : {"/train-images-idx3-ubyte.gz", "/train-images-idx3-ubyte"}) {
            if (std::filesystem::exists((folder + name).toStdString()))
                return folder.toStdString();
        }
    }
    return std::nullopt;
}

} // namespace chainrule::tests
