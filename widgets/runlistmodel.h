// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/run.h"

#include <QAbstractTableModel>
#include <QString>

#include <memory>
#include <vector>

namespace chainrule {

using RunPointer = std::shared_ptr<const Run>;

/// What tells runs apart, for each of them: the hidden layers, and those settings in which they differ.
/// A shortened path of data lacks its middle, as far as it tells none apart.
enum class PathText { Whole, Shortened };
[[nodiscard]] std::vector<QString> runNames(const std::vector<RunPointer>& runs, const QLocale& locale,
                                            PathText paths = PathText::Whole);

/// The runs of a session, the newest first: name, test accuracy, seconds of training.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, TestColumn, SecondsColumn, ColumnCount };
    static constexpr std::size_t maximumRuns = 100; ///< older ones are forgotten
    /// The newest runs keep their weights: so many, and of more than one no more than so many bytes.
    static constexpr std::size_t maximumWithWeights = 10;
    static constexpr std::size_t maximumWeightBytes = 64'000'000;

    explicit RunListModel(QObject* parent = nullptr);

    void add(RunPointer run);
    /// Takes a run out again; nothing where it is not there.
    void remove(const RunPointer& run);
    /// The run that has these very weights; null: none.
    [[nodiscard]] RunPointer withWeights(const Network& parameters) const;
    [[nodiscard]] const RunPointer& run(int row) const;
    [[nodiscard]] const QString& name(int row) const;
    [[nodiscard]] const std::vector<RunPointer>& runs() const { return m_runs; } ///< the oldest first

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void letGoOfWeights();
    void nameRuns();

    std::vector<RunPointer> m_runs; ///< the oldest first
    std::vector<QString> m_names;
    std::vector<QString> m_shortNames; ///< with paths shortened
};

} // namespace chainrule
