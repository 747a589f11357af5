// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/run.h"

#include <QAbstractTableModel>
#include <QString>

#include <memory>
#include <string>
#include <vector>

namespace chainrule {

using RunPointer = std::shared_ptr<const Run>;

/// What tells runs apart, for each of them: the hidden layers, and those settings in which they differ.
/// A shortened path of data lacks its middle, as far as it tells none apart.
enum class PathText { Whole, Shortened };
[[nodiscard]] std::vector<QString> runNames(const std::vector<RunPointer>& runs, const QLocale& locale,
                                            PathText paths = PathText::Whole);

/// The runs of the library, the newest first: name, test accuracy, seconds of training.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, TestColumn, SecondsColumn, ColumnCount };

    explicit RunListModel(QObject* parent = nullptr);

    /// The oldest first. Where they are the same ones as before, only what they show is changed.
    void setRuns(std::vector<RunPointer> runs);
    /// The row of the run with this id; -1: none.
    [[nodiscard]] int rowOf(const std::string& id) const;
    [[nodiscard]] const RunPointer& run(int row) const;
    [[nodiscard]] const QString& name(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void nameRuns();

    std::vector<RunPointer> m_runs; ///< the oldest first
    std::vector<QString> m_names;
    std::vector<QString> m_shortNames; ///< with paths shortened
};

} // namespace chainrule
