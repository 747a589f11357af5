// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/data/fetcher.h"

#include "core/data/readers/catalog.h"

#include <optional>

namespace chainrule {

/// A data set to fetch, and where to.
struct FetchSet {
    CatalogSet set;
    QString folder;
    QList<QUrl> mirrors; ///< folders, ending in a slash
};

/// A set of the catalogue into the user's data folder, from its mirrors, or from $CHAINRULE_MIRROR/NAME/
/// alone where that is set. Fails where there is no such set, or the user's folder or mirror is no use.
[[nodiscard]] Result<FetchSet> fetchSet(const QString& name);

struct FetchProgress {
    qint64 done = 0;
    qint64 total = 0; ///< bytes, of the files that were not here
    std::optional<double> secondsLeft{};
    [[nodiscard]] int percent() const { return total > 0 ? static_cast<int>(100 * done / total) : 0; }
};

/// Fetches what a set lacks, and returns when all of it is there and right, or with an error: until then it
/// runs event loops. Files that are there and right are left as they are; all are looked at before.
/// `progress` is called for each per cent, and twice a second.
[[nodiscard]] FetchOutcome fetchDataset(const FetchSet& set, const std::stop_token& stop,
                                        const std::function<void(const FetchProgress&)>& progress);

} // namespace chainrule
