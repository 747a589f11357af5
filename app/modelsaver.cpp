// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/modelsaver.h"

#include <QTimer>

#include <new>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;

} // namespace

ModelSaver::ModelSaver(QObject* parent)
    : QObject(parent)
    , m_timer(new QTimer(this))
    , m_job([](const Request& request, const std::stop_token&) -> Result<void> {
        try {
            return Workbench::writeModel(request.model, request.path);
        } catch (const std::bad_alloc&) {
            return Error{request.path.toStdString(), "there is not enough memory to write it",
                         "Close other programs and try again; what was there before is untouched"};
        }
    })
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &ModelSaver::poll);
}

void ModelSaver::save(const ModelToSave& model, const QString& path,
                      std::function<void(const Result<void>&)> done)
{
    m_done = std::move(done);
    m_job.post({model, path});
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
