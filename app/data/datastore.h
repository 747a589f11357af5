// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <QObject>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

class QTimer;

namespace chainrule {

/// The data set at hand, loaded in the background.
class DataStore : public QObject {
    Q_OBJECT

public:
    explicit DataStore(QObject* parent = nullptr);

    /// Loads what --data would name, unless it is there already.
    void load(const std::string& source);

    /// Reads it while the data at hand stay in use: opened() and loaded() tell that it has come in their
    /// place, refused() that it cannot be read and nothing has changed. The next load() gives it up.
    void open(const std::string& source);
    /// Nothing is heard of it any more.
    void stopOpening();

    /// Gives up what is being loaded or opened: failed() or refused() tells.
    void cancel() { m_stop.request_stop(); }

    /// Null while nothing is loaded.
    [[nodiscard]] const std::shared_ptr<const Dataset>& data() const { return m_data; }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    [[nodiscard]] const std::string& source() const { return m_source; }
    [[nodiscard]] bool isOpening() const { return !m_opening.empty(); }
    /// What is being read, or was read last.
    [[nodiscard]] const std::string& readSource() const { return isOpening() ? m_opening : m_source; }

signals:
    /// Of opening too.
    void loadingStarted();
    /// It is the data at hand now; loaded() follows.
    void opened(const std::string& source);
    void refused(const chainrule::Error& error, const std::string& source);
    void loaded();
    void failed(const chainrule::Error& error);

private:
    struct Answer {
        std::uint64_t number = 0; ///< of the request

        std::shared_ptr<const Dataset> data;
        Error error;
    };
    struct Request {
        std::uint64_t number = 0;
        std::string source;
        std::stop_token stop; ///< another is wanted, or none
    };
    static Answer work(const Request& request, const std::stop_token& stop);
    void post(const std::string& source);
    void takeOpened(Answer answer);
    void poll();

    std::shared_ptr<const Dataset> m_data;
    std::string m_source;  ///< of the data, or of what is being loaded
    std::string m_opening; ///< what may take its place; empty: nothing
    bool m_loading = false;
    QTimer* m_timer = nullptr;
    std::uint64_t m_number = 0; ///< of the last request
    std::stop_source m_stop;    ///< of what is being loaded
    LatestJob<Request, Answer> m_job;
};

} // namespace chainrule
