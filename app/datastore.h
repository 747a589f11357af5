// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/latestjob.h"

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <QObject>

#include <memory>
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

    /// Null while nothing is loaded.
    [[nodiscard]] const std::shared_ptr<const Dataset>& data() const { return m_data; }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    [[nodiscard]] const std::string& source() const { return m_source; }

signals:
    void loadingStarted();
    void loaded();
    void failed(const chainrule::Error& error);

private:
    struct Answer {
        std::string source;
        std::shared_ptr<const Dataset> data;
        Error error;
    };
    static Answer work(const std::string& source, const std::stop_token& stop);
    void poll();

    std::shared_ptr<const Dataset> m_data;
    std::string m_source; ///< of the data, or of what is being loaded
    bool m_loading = false;
    QTimer* m_timer = nullptr;
    LatestJob<std::string, Answer> m_job;
};

} // namespace chainrule
