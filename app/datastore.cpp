// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datastore.h"

#include "app/datasource.h"

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

DataStore::Answer DataStore::work(const std::string& source, const std::stop_token& stop)
{
    auto data = loadSource(source, stop);
    if (!data)
        return {source, nullptr, data.error()};
    return {source, std::make_shared<const Dataset>(std::move(*data)), {}};
}

void DataStore::load(const std::string& source)
{
    if (source == m_source && (m_loading || m_data))
        return;
    m_source = source;
    m_loading = true;
    m_job.post(source);
    m_timer->start();
    emit loadingStarted();
}

void DataStore::poll()
{
    auto answer = m_job.take();
    if (!answer || answer->source != m_source)
        return;
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
