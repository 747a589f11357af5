// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// The step that every program of the comparison takes: 784 inputs, 16 ReLU units, softmax of 10, one sample
// at a time, double precision, rate 0.01. Samples, labels and initial weights are read from one file, written
// by compare_scalar.py, so that the losses can be compared too.
namespace step {

constexpr std::size_t inputs = 784;
constexpr std::size_t hidden = 16;
constexpr std::size_t outputs = 10;
constexpr std::size_t parameterCount = hidden * inputs + hidden + outputs * hidden + outputs;
constexpr double rate = 0.01;

struct Data {
    std::vector<double> parameters; // weights (16, 784), biases, weights (10, 16), biases
    std::vector<double> x;          // sample after sample
    std::vector<int> labels;
};

inline Data read(const char* path)
{
    Data data;
    std::FILE* const file = std::fopen(path, "rb");
    std::uint64_t count = 0;
    if (!file || std::fread(&count, sizeof count, 1, file) != 1)
        std::exit(1);
    data.parameters.resize(parameterCount);
    data.x.resize(static_cast<std::size_t>(count) * inputs);
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(count));
    if (std::fread(data.parameters.data(), 8, data.parameters.size(), file) != data.parameters.size() ||
        std::fread(data.x.data(), 8, data.x.size(), file) != data.x.size() ||
        std::fread(labels.data(), 1, labels.size(), file) != labels.size())
        std::exit(1);
    std::fclose(file);
    data.labels.assign(labels.begin(), labels.end());
    return data;
}

// Takes steps over the samples, again and again, for so many seconds ("1.5") or steps ("steps=300"), and
// prints the rate and the mean loss of the first 200 steps. `take(x, label)` returns the sample's loss.
template <typename Take>
void measure(const char* name, const Data& data, const std::string& length, const Take& take)
{
    const bool counted = length.rfind("steps=", 0) == 0;
    const double seconds = counted ? 0.0 : std::atof(length.c_str());
    const std::size_t wanted = counted ? std::strtoul(length.c_str() + 6, nullptr, 10) : 0;
    using Clock = std::chrono::steady_clock;
    double loss = 0.0;
    std::size_t steps = 0;
    const auto one = [&] {
        const std::size_t sample = steps++ % data.labels.size();
        return take(data.x.data() + sample * inputs, data.labels[sample]);
    };
    while (steps < 200)
        loss += one();
    const auto start = Clock::now();
    const std::size_t before = steps;
    double elapsed = 0.0;
    while (elapsed < seconds || steps < wanted) {
        for (int i = 0; i < (counted ? 1 : 100); ++i)
            one();
        elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    std::printf("%s %.1f %.15g\n", name, elapsed > 0.0 ? static_cast<double>(steps - before) / elapsed : 0.0,
                loss / 200.0);
}

} // namespace step
