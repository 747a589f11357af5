// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/history.h"
#include "core/training/settings.h"

#include <QAbstractTableModel>
#include <QString>

#include <vector>

namespace chainrule {

/// A run that has ended.
struct FinishedRun {
    TrainingSettings settings;
    History history;
};

/// What tells runs apart, for each of them: the hidden layers, and those settings in which they differ.
[[nodiscard]] std::vector<QString> runNames(const std::vector<FinishedRun>& runs, const QLocale& locale);

/// The runs of a session, the newest first: name, test accuracy, seconds of training.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, TestColumn, SecondsColumn, ColumnCount };
    static constexpr std::size_t maximumRuns = 100; ///< older ones are forgotten

    explicit RunListModel(QObject* parent = nullptr);

    void add(FinishedRun run);
    [[nodiscard]] const FinishedRun& run(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<FinishedRun> m_runs; ///< the oldest first
    std::vector<QString> m_names;
};

} // namespace chainrule
