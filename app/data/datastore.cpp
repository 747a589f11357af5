// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datastore.h"

#include "app/data/datasource.h"

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
    m_opening.clear();
    m_loading = true;
    post(source);
    emit loadingStarted();
}

void DataStore::post(const std::string& source)
{
    m_stop.request_stop(); // what was asked for before need not be read to its end
    m_stop = std::stop_source();
    m_job.post({++m_number, source, m_stop.get_token()});
    m_timer->start();
}

void DataStore::open(const std::string& source)
{
    if (source == m_opening)
        return;
    m_opening = source;
    post(source);
    emit loadingStarted();
}

void DataStore::stopOpening()
{
    if (!isOpening())
        return;
    m_opening.clear();
    ++m_number;
    m_stop.request_stop();
    m_timer->stop();
    if (m_loading) // it had to wait
        post(m_source);
}

void DataStore::takeOpened(Answer answer)
{
    const std::string source = std::exchange(m_opening, {});
    if (!answer.data) {
        if (m_loading) // it had to wait
            post(m_source);
        emit refused(answer.error, source);
        return;
    }
    m_source = source;
    m_data = std::move(answer.data);
    m_loading = true; // until what is set has followed
    const std::uint64_t number = m_number;
    emit opened(source);
    if (number != m_number) // something else is wanted already
        return;
    m_loading = false;
    emit loaded();
}

void DataStore::poll()
{
    auto answer = m_job.take();
    if (!answer || answer->number != m_number)
        return;
    m_timer->stop();
    if (isOpening()) {
        takeOpened(std::move(*answer));
        return;
    }
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
