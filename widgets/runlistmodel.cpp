// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/runlistmodel.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <functional>
#include <utility>

namespace chainrule {

namespace {

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

std::vector<QString> runNames(const std::vector<RunPointer>& runs, const QLocale& locale, PathText paths)
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
    std::vector<QString> names;
    for (const RunPointer& run : runs)
        names.push_back(hiddenLayers(run->settings));
    for (const Describe& describe : aspects) {
        QStringList texts;
        for (const RunPointer& run : runs)
            texts << describe(*run);
        if (&describe == &aspects[dataAspect] && paths == PathText::Shortened)
            texts = shortened(texts);
        if (std::all_of(texts.begin(), texts.end(),
                        [&](const QString& text) { return text == texts.first(); }))
            continue;
        for (std::size_t i = 0; i < runs.size(); ++i)
            if (const QString& text = texts[static_cast<qsizetype>(i)]; !text.isEmpty())
                names[i] += QStringLiteral(" · ") + text;
    }
    return names;
}

namespace {

const std::string& idOf(const RunPointer& run)
{
    return run->id;
}

} // namespace

RunListModel::RunListModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void RunListModel::setRuns(std::vector<RunPointer> runs)
{
    const bool same = std::ranges::equal(runs, m_runs, {}, idOf, idOf);
    if (same) {
        std::swap(runs, m_runs);
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (runs[i] == m_runs[i])
                continue;
            const int row = rowCount() - 1 - static_cast<int>(i);
            emit dataChanged(index(row, TestColumn), index(row, SecondsColumn));
        }
        return;
    }
    beginResetModel();
    m_runs = std::move(runs);
    nameRuns();
    endResetModel();
}

int RunListModel::rowOf(const std::string& id) const
{
    const auto found = std::ranges::find(m_runs, id, idOf);
    return found == m_runs.end() ? -1 : static_cast<int>(std::distance(found, m_runs.end())) - 1;
}

void RunListModel::nameRuns()
{
    m_names = runNames(m_runs, QLocale());
    m_shortNames = runNames(m_runs, QLocale(), PathText::Shortened);
}

const RunPointer& RunListModel::run(int row) const
{
    return m_runs.at(m_runs.size() - 1 - static_cast<std::size_t>(row));
}

const QString& RunListModel::name(int row) const
{
    return m_names.at(m_names.size() - 1 - static_cast<std::size_t>(row));
}

int RunListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Run& shown = *run(index.row());
    const History& history = shown.history;
    if (role == Qt::ToolTipRole) {
        const bool stopped = shown.epoch > 0.0 && shown.epoch < static_cast<double>(shown.settings.epochs);
        return stopped ? tr("%1, stopped at epoch %2")
                             .arg(name(index.row()), QLocale().toString(shown.epoch, 'f', 1))
                       : name(index.row());
    }
    if (role == Qt::TextAlignmentRole && index.column() != NameColumn)
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case NameColumn:
        return m_shortNames[m_runs.size() - 1 - static_cast<std::size_t>(index.row())];
    case TestColumn:
        return history.test ? QLocale().toString(history.test->accuracy, 'f', 1) : QStringLiteral("–");
    case SecondsColumn:
        return QLocale().toString(history.trainSeconds, 'f', 1);
    default:
        return {};
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((section == NameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        return section == TestColumn      ? tr("Accuracy on the test samples, in percent")
               : section == SecondsColumn ? tr("Seconds of forward, backward and update")
                                          : QVariant();
    }
    if (role != Qt::DisplayRole)
        return {};
    return section == NameColumn ? tr("run") : section == TestColumn ? tr("test %") : tr("s");
}

} // namespace chainrule
