// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/runlistmodel.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace chainrule {

namespace {

constexpr std::size_t mostRows = 20; // that come or go one by one

const std::string& idOf(const ListedRunPointer& listed)
{
    return listed->run->id;
}

std::unordered_set<std::string> idsOf(const std::vector<ListedRunPointer>& runs)
{
    std::unordered_set<std::string> ids;
    for (const ListedRunPointer& each : runs)
        ids.insert(idOf(each));
    return ids;
}

} // namespace

RunListModel::RunListModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void RunListModel::setRuns(std::vector<ListedRunPointer> runs)
{
    const auto wanted = idsOf(runs);
    const auto present = idsOf(m_runs);
    const auto stays = [&](const ListedRunPointer& each) { return wanted.contains(idOf(each)); };
    const bool moved = !std::ranges::equal(
        m_runs | std::views::filter(stays),
        runs | std::views::filter([&](const ListedRunPointer& each) { return present.contains(idOf(each)); }),
        {}, idOf, idOf);
    const bool many = runs.size() > m_runs.size() + mostRows || m_runs.size() > runs.size() + mostRows;
    if (moved || many) {
        beginResetModel();
        m_runs = std::move(runs);
        m_aspects.clear();
        nameRuns();
        endResetModel();
        return;
    }
    bool others = false;
    for (std::size_t i = m_runs.size(); i-- > 0;) {
        if (stays(m_runs[i]))
            continue;
        const int row = rowCount() - 1 - static_cast<int>(i);
        const auto place = static_cast<std::ptrdiff_t>(i);
        beginRemoveRows({}, row, row);
        m_runs.erase(m_runs.begin() + place);
        m_aspects.erase(m_aspects.begin() + place);
        m_names.erase(m_names.begin() + place);
        m_shortNames.erase(m_shortNames.begin() + place);
        endRemoveRows();
        others = true;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (i < m_runs.size() && idOf(m_runs[i]) == idOf(runs[i])) {
            if (std::exchange(m_runs[i], runs[i]) != runs[i]) {
                const int row = rowCount() - 1 - static_cast<int>(i);
                emit dataChanged(index(row, NameColumn), index(row, TestColumn));
            }
            continue;
        }
        const int row = rowCount() - static_cast<int>(i);
        const auto place = static_cast<std::ptrdiff_t>(i);
        beginInsertRows({}, row, row);
        m_runs.insert(m_runs.begin() + place, runs[i]);
        m_aspects.insert(m_aspects.begin() + place, RunAspects());
        m_names.insert(m_names.begin() + place, QString());
        m_shortNames.insert(m_shortNames.begin() + place, QString());
        endInsertRows();
        others = true;
    }
    if (!others)
        return;
    const auto before = m_shortNames;
    nameRuns(); // what tells them apart is another thing among others
    if (before != m_shortNames)
        emit dataChanged(index(0, NameColumn), index(rowCount() - 1, NameColumn));
}

void RunListModel::setPaused(const std::string& id)
{
    for (const std::string& each : {std::exchange(m_paused, id), id}) {
        if (const int row = rowOf(each); row >= 0)
            emit dataChanged(index(row, NameColumn), index(row, NameColumn));
    }
}

int RunListModel::rowOf(const std::string& id) const
{
    const auto found = std::ranges::find(m_runs, id, idOf);
    return found == m_runs.end() ? -1 : static_cast<int>(std::distance(found, m_runs.end())) - 1;
}

void RunListModel::nameRuns()
{
    m_aspects.resize(m_runs.size());
    for (std::size_t i = 0; i < m_runs.size(); ++i)
        if (m_aspects[i].front().isEmpty())
            m_aspects[i] = aspectsOf(*m_runs[i]->run, QLocale());
    RunNames names = runNames(m_aspects);
    m_names = std::move(names.whole);
    m_shortNames = std::move(names.shortened);
}

std::size_t RunListModel::at(int row) const
{
    return m_runs.size() - 1 - static_cast<std::size_t>(row);
}

const ListedRun& RunListModel::listed(int row) const
{
    return *m_runs.at(at(row));
}

QString RunListModel::name(int row) const
{
    const auto& given = listed(row).name;
    return given ? QString::fromStdString(*given) : m_names.at(at(row));
}

int RunListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString RunListModel::detailOf(const ListedRun& listed) const
{
    const QString epoch = QLocale().toString(listed.run->epoch, 'f', 1);
    switch (listed.state) {
    case RunState::Running:
        return (listed.run->id == m_paused ? tr("Paused, epoch %1") : tr("Training, epoch %1")).arg(epoch);
    case RunState::Stopped:
        return tr("Stopped, epoch %1").arg(epoch);
    case RunState::Diverged:
        return tr("Diverged, epoch %1").arg(epoch);
    case RunState::Failed:
        return tr("Failed, epoch %1").arg(epoch);
    case RunState::Interrupted:
        return tr("Interrupted, epoch %1").arg(epoch);
    case RunState::Finished:
        break;
    }
    return tr("Trained for %1 s").arg(QLocale().toString(listed.run->history.trainSeconds, 'f', 1));
}

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const ListedRun& shown = listed(index.row());
    const History& history = shown.run->history;
    if (role == Qt::ToolTipRole)
        return QStringLiteral("%1\n%2").arg(name(index.row()), detailOf(shown));
    if (index.column() == TestColumn) {
        if (role != Qt::DisplayRole)
            return {};
        return history.test ? QLocale().toString(history.test->accuracy, 'f', 1) : QStringLiteral("–");
    }
    switch (role) {
    case Qt::DisplayRole:
        return shown.name ? name(index.row()) : m_shortNames[at(index.row())];
    case Qt::EditRole:
        return shown.name ? name(index.row()) : QString();
    case Qt::AccessibleTextRole:
        return (shown.pinned ? tr("%1, pinned. %2") : QStringLiteral("%1. %2"))
            .arg(name(index.row()), detailOf(shown));
    case DetailRole:
        return detailOf(shown);
    case PinnedRole:
        return shown.pinned;
    case AutomaticNameRole:
        return m_shortNames[at(index.row())];
    case SearchRole:
        return QStringList{name(index.row()), m_names[at(index.row())],
                           QString::fromStdString(shown.run->settings.data),
                           QString::fromStdString(shown.run->id), detailOf(shown)}
            .join(QLatin1Char('\n'));
    default:
        return {};
    }
}

bool RunListModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || index.column() != NameColumn || role != Qt::EditRole)
        return false;
    const QString name = value.toString().simplified();
    if (name != data(index, Qt::EditRole).toString())
        emit renameWanted(run(index.row())->id, name);
    return true;
}

Qt::ItemFlags RunListModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    return index.column() == NameColumn ? flags | Qt::ItemIsEditable : flags;
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((section == NameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return section == TestColumn ? tr("Accuracy on the test samples, in percent") : QVariant();
    if (role != Qt::DisplayRole)
        return {};
    return section == NameColumn ? tr("run") : tr("test %");
}

} // namespace chainrule
