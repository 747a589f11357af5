// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"
#include "app/export/report.h"
#include "app/runs/trainednetwork.h"

#include <QString>

namespace chainrule {

/// What takes measuring, packing or painting at print size, and is done in the background.
enum class ExportKind { Npz, Onnx, TorchScript, NumPyScript, History, Report, Confusion, Picture };

struct ExportRequest {
    ExportKind kind = ExportKind::Npz;
    QString path;
    TrainedNetwork network;
    std::shared_ptr<const Dataset> data; ///< for a network without a setup; may be null
    std::optional<Figure> picture;       ///< of the Picture kind, which needs nothing else
    TrainingSettings samples = {};       ///< which of the data's samples measure it, without a setup
    ReportHead head = {};                ///< of the Report kind
};

struct ExportAnswer {
    QString path;
    Result<void> written;
};

[[nodiscard]] ExportAnswer doExport(const ExportRequest& request, const std::stop_token& stop);

} // namespace chainrule
