// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datastore.h"

#include "core/data/sources.h"

#include <QTimer>

#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;

} // namespace

DataStore::DataStore(QObject* parent)
    : QObject(parent)
    , m_timer(new QTimer(this))
    , m_job(&DataStore::work)
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &DataStore::poll);
}

DataStore::Answer DataStore::work(const Request& request, const std::stop_token& stop)
{
    auto data = loadDataset(request.source, request.wanted, stop);
    if (!data)
        return {request, nullptr, data.error()};
    return {request, std::make_shared<const Dataset>(std::move(*data)), {}};
}

void DataStore::load(const std::string& source, std::size_t wanted)
{
    const bool fits = m_data && !m_loading && (isImageSet(*m_data) || wanted == m_wanted);
    m_wanted = wanted;
    if (source == m_source && (m_loading || fits))
        return;
    m_source = source;
    m_loading = true;
    m_job.post({source, wanted});
    m_timer->start();
    emit loadingStarted();
}

void DataStore::poll()
{
    auto answer = m_job.take();
    if (!answer || answer->request.source != m_source)
        return;
    const bool hasOneSize = answer->data && isImageSet(*answer->data);
    if (!hasOneSize && answer->request.wanted != m_wanted) {
        m_job.post({m_source, m_wanted}); // another size was asked for meanwhile
        return;
    }
    m_timer->stop();
    m_loading = false;
    if (answer->data) {
        m_data = std::move(answer->data);
        emit loaded();
    } else {
        m_data.reset();
        emit failed(answer->error);
    }
}

} // namespace chainrule
