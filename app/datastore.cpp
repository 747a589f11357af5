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

DataStore::Answer DataStore::work(const Request& request, const std::stop_token& stop)
{
    std::stop_source either;
    const auto end = [&either] { either.request_stop(); };
    const std::stop_callback byRequest(request.stop, end);
    const std::stop_callback byEnd(stop, end);
    auto data = loadSource(request.source, either.get_token());
    if (data && either.stop_requested()) // perhaps not whole
        data = Error{request.source, "its reading was stopped", "Load it again"};
    if (!data)
        return {request.number, nullptr, data.error()};
    return {request.number, std::make_shared<const Dataset>(std::move(*data)), {}};
}

void DataStore::load(const std::string& source)
{
    if (source == m_source && (m_loading || m_data))
        return;
    m_source = source;
    m_loading = true;
    m_stop.request_stop(); // what was asked for before need not be read to its end
    m_stop = std::stop_source();
    m_job.post({++m_number, source, m_stop.get_token()});
    m_timer->start();
    emit loadingStarted();
}

void DataStore::poll()
{
    auto answer = m_job.take();
    if (!answer || answer->number != m_number)
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
