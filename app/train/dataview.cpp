// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/train/dataview.h"

#include "app/train/datasummary.h"

#include <QTimer>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 20;

} // namespace

DataView::DataView(QWidget* parent)
    : DataPreview(parent)
    , m_timer(new QTimer(this))
    , m_job([](const std::shared_ptr<const Dataset>& dataset, const std::stop_token& stop) {
        return Answer{dataset, summarize(*dataset, stop)};
    })
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &DataView::poll);
    setWaiting(tr("No data is loaded"));
}

void DataView::setData(const std::shared_ptr<const Dataset>& dataset)
{
    if (dataset == m_data)
        return;
    m_data = dataset;
    m_asked = false;
    if (!m_data)
        setWaiting(tr("No data is loaded"));
    else if (isVisible())
        ask();
}

void DataView::ask()
{
    m_asked = true;
    setWaiting(tr("Looking at %1…").arg(QString::fromStdString(m_data->name)));
    m_job.post(m_data);
    m_timer->start();
}

void DataView::poll()
{
    const auto answer = m_job.take();
    if (!answer || answer->data != m_data)
        return;
    m_timer->stop();
    setSummary(answer->summary);
}

void DataView::showEvent(QShowEvent* event)
{
    DataPreview::showEvent(event);
    if (m_data && !m_asked)
        ask();
}

} // namespace chainrule
