// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/library/runlist.h"
#include "widgets/tables/runnames.h"

#include "core/training/run.h"

#include <QAbstractTableModel>
#include <QString>

#include <memory>
#include <string>
#include <vector>

namespace chainrule {

using RunPointer = std::shared_ptr<const Run>;

/// The runs of the library, the newest first: name and test accuracy. A name can be edited.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, TestColumn, ColumnCount };
    enum Role {
        DetailRole = Qt::UserRole, ///< how it ended, or how far it is: a line below the name
        PinnedRole,
        AutomaticNameRole,
        SearchRole, ///< the texts that a filter looks in
    };

    explicit RunListModel(QObject* parent = nullptr);

    /// The oldest first. Rows come, go and change; those that stay as they are keep their place.
    void setRuns(std::vector<ListedRunPointer> runs);
    /// Of those that are being trained, the one that waits; empty: none.
    void setPaused(const std::string& id);
    /// The row of the run with this id; -1: none.
    [[nodiscard]] int rowOf(const std::string& id) const;
    [[nodiscard]] const RunPointer& run(int row) const { return listed(row).run; }
    [[nodiscard]] const ListedRun& listed(int row) const;
    /// That a person gave, or the automatic one.
    [[nodiscard]] QString name(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    /// Changes nothing by itself: renameWanted() says what is wanted.
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    /// An empty name: the automatic one.
    void renameWanted(const std::string& id, const QString& name);

private:
    [[nodiscard]] std::size_t at(int row) const;
    [[nodiscard]] QString detailOf(const ListedRun& listed) const;
    void nameRuns();

    std::vector<ListedRunPointer> m_runs; ///< the oldest first
    std::vector<RunAspects> m_aspects;    ///< the first one empty: not yet known
    std::vector<QString> m_names;         ///< automatic ones
    std::vector<QString> m_shortNames;    ///< with paths shortened
    std::string m_paused;
};

} // namespace chainrule
