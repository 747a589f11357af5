// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/runlistmodel.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <functional>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace chainrule {

namespace {

constexpr std::size_t mostRows = 20; // that come or go one by one

QString hiddenLayers(const TrainingSettings& settings)
{
    QStringList sizes;
    for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i) {
        const auto* const dense = std::get_if<DenseLayer>(&settings.layers[i]);
        sizes << (dense ? QString::number(dense->units)
                        : QString::fromStdString(formatLayer(settings.layers[i])));
    }
    return sizes.isEmpty() ? RunListModel::tr("no hidden layer") : sizes.join(QLatin1Char('-'));
}

QString activations(const TrainingSettings& settings)
{
    QStringList names;
    for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i) {
        if (const auto* const dense = std::get_if<DenseLayer>(&settings.layers[i]))
            names << QString::fromLatin1(activationName(dense->activation).data());
    }
    names.removeDuplicates();
    return names.join(QLatin1Char('-'));
}

// "rate 0.1", or "rate 0.1 → 0.05" where it was changed under way.
QString rateText(const Run& run, const QLocale& locale)
{
    const auto number = [&locale](double rate) { return locale.toString(rate, 'g', 4); };
    const double first = run.settings.learningRate;
    const double last = run.history.epochs.empty() ? first : run.history.epochs.back().learningRate;
    const QString text = RunListModel::tr("rate %1").arg(number(first));
    return last == first ? text : QStringLiteral("%1 → %2").arg(text, number(last));
}

QString latin(std::string_view text)
{
    return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

namespace {

// A path's last part, or else its beginning and end: what is between tells least. As long as it takes to keep
// different ones apart.
QStringList shortened(const QStringList& paths)
{
    QStringList all = paths;
    all.removeDuplicates();
    QStringList names;
    for (const QString& path : paths)
        names << path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
    QStringList different = names;
    if (different.removeDuplicates(); different.size() == all.size())
        return names;
    for (const qsizetype most : {qsizetype(24), qsizetype(40), qsizetype(64)}) {
        QStringList made;
        for (const QString& path : paths) {
            const qsizetype start = most / 3;
            made << (path.size() <= most ? path
                                         : path.left(start) + QChar(0x2026) + path.right(most - start - 1));
        }
        QStringList distinct = made;
        if (distinct.removeDuplicates(); distinct.size() == all.size())
            return made;
    }
    return paths;
}

} // namespace

namespace {

struct Names {
    std::vector<QString> whole;
    std::vector<QString> shortened;
};

Names bothNames(const std::vector<RunPointer>& runs, const QLocale& locale)
{
    using Describe = std::function<QString(const Run&)>;
    const Describe aspects[] = {
        [](const Run& r) { return activations(r.settings); },
        [](const Run& r) { return latin(engineName(r.settings.engine)); },
        [](const Run& r) { return latin(optimizerName(r.settings.optimizer)); },
        [&](const Run& r) { return rateText(r, locale); },
        [&](const Run& r) { return RunListModel::tr("batch %1").arg(locale.toString(r.settings.batchSize)); },
        [&](const Run& r) { return RunListModel::tr("epochs %1").arg(locale.toString(r.settings.epochs)); },
        [](const Run& r) { return RunListModel::tr("seed %1").arg(r.settings.seed); },
        [](const Run& r) { return latin(precisionName(r.settings.precision)); },
        [](const Run& r) { return QString::fromStdString(r.settings.data); },
        [&](const Run& r) {
            return RunListModel::tr("samples %1").arg(locale.toString(r.settings.samples.training));
        },
        [&](const Run& r) {
            return r.forkedFrom ? RunListModel::tr("fork at step %1").arg(locale.toString(r.forkedFrom->step))
                                : QString();
        },
    };
    constexpr std::size_t dataAspect = 8;
    Names names;
    for (const RunPointer& run : runs)
        names.whole.push_back(hiddenLayers(run->settings));
    names.shortened = names.whole;
    const auto add = [](std::vector<QString>& to, const QStringList& texts) {
        for (std::size_t i = 0; i < to.size(); ++i)
            if (const QString& text = texts[static_cast<qsizetype>(i)]; !text.isEmpty())
                to[i] += QStringLiteral(" · ") + text;
    };
    for (const Describe& describe : aspects) {
        QStringList texts;
        for (const RunPointer& run : runs)
            texts << describe(*run);
        if (std::ranges::all_of(texts, [&](const QString& text) { return text == texts.first(); }))
            continue;
        add(names.whole, texts);
        add(names.shortened, &describe == &aspects[dataAspect] ? shortened(texts) : texts);
    }
    return names;
}

} // namespace

std::vector<QString> runNames(const std::vector<RunPointer>& runs, const QLocale& locale, PathText paths)
{
    Names names = bothNames(runs, locale);
    return std::move(paths == PathText::Whole ? names.whole : names.shortened);
}

namespace {

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
    std::vector<RunPointer> runs;
    for (const ListedRunPointer& each : m_runs)
        runs.push_back(each->run);
    Names names = bothNames(runs, QLocale());
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
