// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datasource.h"

#include "app/base/interrupt.h"
#include "app/data/imagefolder.h"

#include "core/data/readers/sources.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>

namespace chainrule {

Result<Dataset> loadSource(const std::string& source, const std::stop_token& stop)
{
    if (!isSourceName(source) && looksLikeImageFolder(source))
        return loadImageFolder(source, stop);
    return loadDataset(source, stop);
}

Result<Dataset> loadSourceForCommand(const std::string& source)
{
    using namespace std::chrono_literals;
    std::optional<Result<Dataset>> data;
    std::atomic<bool> done = false;
    std::jthread loading([&](const std::stop_token& stop) {
        data.emplace(loadSource(source, stop));
        done.store(true);
        done.notify_all();
    });
    while (!done.load()) {
        std::this_thread::sleep_for(5ms);
        if (wasInterrupted())
            loading.request_stop();
    }
    loading.join();
    if (*data && !(*data)->note.empty())
        std::fprintf(stderr, "chainrule: %s: %s.\n", source.c_str(), (*data)->note.c_str());
    return std::move(*data);
}

void tellOfOtherScale(const Dataset& data, const std::string& trainedOn)
{
    std::error_code ignored; // a file that is gone is another one
    if (data.columns.empty() || trainedOn.empty() || data.source == trainedOn ||
        std::filesystem::equivalent(data.source, trainedOn, ignored))
        return;
    std::fprintf(
        stderr,
        "chainrule: %s: Its columns were brought to mean 0 and deviation 1 by its own rows, not by those "
        "of %s, which the model was trained on.\n",
        data.source.c_str(), trainedOn.c_str());
}

} // namespace chainrule
