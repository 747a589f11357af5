// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/modelsaver.h"

#include "app/base/filedigest.h"
#include "app/base/files.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QTimer>

#include <new>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;

// Why the file is not to be replaced without a question.
std::optional<ReplaceQuestion::Why> doubtAbout(const SaveRequest& request, Library* library)
{
    if (request.replaces || !QFileInfo::exists(request.path))
        return std::nullopt;
    const std::string sha256 = fileDigest(request.path, {}).sha256.toStdString();
    std::optional<std::int64_t> step;
    if (request.last && request.last->sha256 == sha256) {
        step = request.last->step;
    } else if (library) {
        const auto known = library->fileWith(sha256);
        if (known && *known && (*known)->run == request.run)
            step = (*known)->file.step;
    }
    if (!step)
        return ReplaceQuestion::Why::OtherContent;
    return *step > request.step ? std::optional(ReplaceQuestion::Why::LaterStep) : std::nullopt;
}

SaveAnswer save(const SaveRequest& request)
{
    const auto library = request.writer ? request.writer->library() : nullptr;
    if (const auto doubt = doubtAbout(request, library.get()))
        return {RunFile(), doubt};
    const TrainedNetwork& network = request.network;
    ModelFile model{withNames(*network.parameters, network.classNames, network.scale),
                    settingsToJson(network.settings), historyToJson(network.history), network.initial,
                    network.recorded};
    model.network.precision = network.settings.precision;
    const std::string bytes = encodeModel(model);
    if (const auto written = writeFile(request.path, bytes); !written)
        return {written.error(), std::nullopt};
    const RunFile file{
        QFileInfo(request.path).absoluteFilePath().toStdString(),
        QCryptographicHash::hash(QByteArrayView(bytes), QCryptographicHash::Sha256).toHex().toStdString(),
        request.step};
    if (library && !request.run.empty()) // of a run that is no longer in the library only this window knows
        static_cast<void>(library->noteFile(request.run, file));
    return {file, std::nullopt};
}

} // namespace

ModelSaver::ModelSaver(QObject* parent)
    : QObject(parent)
    , m_timer(new QTimer(this))
    , m_job([](const SaveRequest& request, const std::stop_token&) -> SaveAnswer {
        try {
            return chainrule::save(request);
        } catch (const std::bad_alloc&) {
            return {Error{request.path.toStdString(), "there is not enough memory to write it",
                          "Close other programs and try again; what was there before is untouched"},
                    std::nullopt};
        }
    })
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &ModelSaver::poll);
}

void ModelSaver::save(const SaveRequest& request, std::function<void(const SaveAnswer&)> done)
{
    m_done = std::move(done);
    m_job.post(request);
    m_timer->start();
}

void ModelSaver::poll()
{
    const auto answer = m_job.take();
    if (!answer)
        return;
    m_timer->stop();
    const auto done = std::exchange(m_done, nullptr);
    done(*answer);
    emit finished();
}

} // namespace chainrule
