// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/data/dataset.h"

#include "widgets/tables/datapreview.h"

#include <QWidget>

#include <memory>

class QTimer;

namespace chainrule {

/// The preview of the data at hand; its numbers are found in the background, and only once it is looked at.
class DataView : public DataPreview {
    Q_OBJECT

public:
    explicit DataView(QWidget* parent = nullptr);

    /// Null: there is none, or another is being loaded.
    void setData(const std::shared_ptr<const Dataset>& dataset);

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Answer {
        std::shared_ptr<const Dataset> data;
        DataSummary summary;
    };
    void ask();
    void poll();

    std::shared_ptr<const Dataset> m_data;
    bool m_asked = false; ///< for the summary of this data
    QTimer* m_timer = nullptr;
    LatestJob<std::shared_ptr<const Dataset>, Answer> m_job;
};

} // namespace chainrule
