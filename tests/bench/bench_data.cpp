// SPDX-License-Identifier: GPL-3.0-or-later
// How long a data set takes to be there: MNIST's packed files (where $CHAINRULE_DATA/mnist has them), read
// and unpacked and checked, and the built-in digits, drawn.
#include "core/data/readers/sources.h"

#include <benchmark/benchmark.h>

namespace chainrule {

namespace {

void load(benchmark::State& state, const char* source)
{
    for (auto _ : state) {
        const auto data = loadDataset(source);
        if (!data) {
            state.SkipWithError(data.error().message().c_str());
            return;
        }
        benchmark::DoNotOptimize(data->pixels.data());
    }
}

BENCHMARK_CAPTURE(load, mnist, "mnist")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(load, digits, "digits")->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace

} // namespace chainrule

BENCHMARK_MAIN();
