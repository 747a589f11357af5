// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/trainednetwork.h"

#include <QCommandLineParser>
#include <QString>

namespace chainrule {

enum class DataNeed {
    None,     ///< the data are not loaded
    Welcome,  ///< they are, where that can be done
    Required, ///< without them there is nothing to do
};

/// Whether the data options are well formed, asked before any work.
[[nodiscard]] Result<void> checkDataWords(const QCommandLineParser& parser);

/// Loads a saved model and, as `need` says, the data that the data options or else its settings name; without
/// such options, the samples that it was trained and tested with.
[[nodiscard]] Result<TrainedNetwork> openModel(const QCommandLineParser& parser, const QString& path,
                                               DataNeed need);

/// Says on standard error that a model knows `known` of a split's samples; nothing where that is 0.
void tellOfKnownSamples(std::size_t known, std::size_t samples, const QString& split);

} // namespace chainrule
