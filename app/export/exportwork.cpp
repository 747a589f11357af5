// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/exportwork.h"

#include "app/base/files.h"
#include "app/export/figurefile.h"
#include "app/export/weightsexport.h"
#include "core/formats/historyjson.h"

#include <new>

namespace chainrule {

namespace {

Result<void> write(const ExportRequest& request, const std::stop_token& stop)
{
    if (const auto writable = checkWritable(request.path); !writable)
        return writable;
    if (request.kind == ExportKind::Picture)
        return saveFigure(*request.picture, request.path);
    TrainedNetwork network = request.network;
    if (!network.setup && request.data) {
        TrainingSettings settings = request.samples;
        settings.augment = false; // what is measured are the samples as they are
        settings.drawings.clear();
        auto setup = prepareRun(settings, {}, request.data,
                                withNames(*network.parameters, network.classNames, network.scale));
        if (setup)
            network.setup = std::make_shared<const RunSetup>(std::move(*setup));
    }
    checkInitial(network, stop);
    switch (request.kind) {
    case ExportKind::Npz:
        return writeFile(request.path, npzOf(network));
    case ExportKind::Onnx:
        return writeFile(request.path, onnxOf(network));
    case ExportKind::History:
        return writeFile(request.path, historyToCsv(network.history));
    case ExportKind::TorchScript:
    case ExportKind::NumPyScript:
    case ExportKind::Report:
    case ExportKind::Confusion:
    case ExportKind::Picture:
        break;
    }
    if (!network.setup) {
        return Error{request.path.toStdString(), "the data at hand are not what the network reads",
                     "Choose the data set that it was trained on at the left"};
    }
    const bool script = request.kind == ExportKind::TorchScript || request.kind == ExportKind::NumPyScript;
    const auto measured = measure(network, stop, script ? WithConfusion::No : WithConfusion::Yes);
    if (!measured)
        return measured.error();
    if (script) {
        return writeScript(network, *measured,
                           request.kind == ExportKind::TorchScript ? ScriptKind::PyTorch : ScriptKind::NumPy,
                           request.path);
    }
    const Report report = makeReport(network, *measured, QDateTime::currentDateTime(), request.head);
    if (request.kind == ExportKind::Confusion)
        return saveFigure(report.confusion, request.path);
    return saveReport(report, request.path);
}

} // namespace

ExportAnswer doExport(const ExportRequest& request, const std::stop_token& stop)
{
    try {
        return {request.path, write(request, stop)};
    } catch (const std::bad_alloc&) {
        return {request.path, Error{request.path.toStdString(), "there is not enough memory",
                                    "Close other programs and try again"}};
    }
}

} // namespace chainrule
