// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datamenu.h"

#include "core/data/readers/sources.h"

#include "widgets/transferbar.h"

#include <QAction>
#include <QLocale>
#include <QMenu>

#include <cmath>

namespace chainrule {

namespace {

constexpr int showMilliseconds = 250; // between two texts with the same percentage

QString sizeText(qint64 bytes)
{
    return DataMenu::tr("%1 MB").arg(QLocale().toString(static_cast<double>(bytes) / 1e6, 'f', 1));
}

QString titleOf(const CatalogSet& set)
{
    return QString::fromLatin1(set.title);
}

QString leftText(double seconds)
{
    if (seconds < 90.0)
        return DataMenu::tr("%1 s left").arg(static_cast<int>(std::ceil(seconds)));
    return DataMenu::tr("%1 min left").arg(static_cast<int>(std::ceil(seconds / 60.0)));
}

// Without a network the files may still come from another computer.
Error withOwnHands(Error error, const FetchSet& set)
{
    QStringList names;
    for (const FetchFile& file : set.files)
        names << file.name;
    const QString last = names.takeLast();
    const QString hint = DataMenu::tr("Or put %1 and %2 into %3 by hand")
                             .arg(names.join(QStringLiteral(", ")), last, set.folder);
    error.mend = error.mend.empty() ? hint.toStdString() : error.mend.english() + ". " + hint.toStdString();
    return error;
}

} // namespace

DataMenu::DataMenu(QMenu& menu, TransferBar& bar, FetchRules rules, QObject* parent)
    : QObject(parent)
    , m_menu(menu)
    , m_bar(bar)
    , m_rules(rules)
{
    for (const CatalogSet& set : catalog()) {
        const QString name = QString::fromLatin1(set.name);
        m_entries[name] = menu.addAction(QString(), this, [this, name] { get(name); });
    }
    showEntries();
    connect(&menu, &QMenu::aboutToShow, this, &DataMenu::showEntries);
    connect(&bar, &TransferBar::cancelled, this, &DataMenu::cancel);
}

// A network and threads, which most windows never need.
void DataMenu::makeFetch()
{
    m_fetch = new DatasetFetch(m_rules, this);
    connect(m_fetch, &DatasetFetch::progress, this, &DataMenu::showProgress);
    connect(m_fetch, &DatasetFetch::finished, this, [this](const QString& folder) {
        m_bar.hide();
        showEntries();
        emit arrived(m_fetch->set().name, m_fetch->set().title, folder);
    });
    connect(m_fetch, &DatasetFetch::failed, this, [this](const Error& error, FetchEnd end) {
        m_bar.hide();
        showEntries();
        if (end == FetchEnd::Cancelled)
            emit cancelled(m_fetch->set().title);
        else
            emit failed(end == FetchEnd::Local ? error : withOwnHands(error, m_fetch->set()),
                        m_fetch->set().name);
    });
}

void DataMenu::cancel()
{
    if (m_fetch)
        m_fetch->cancel();
}

QString DataMenu::offer(const QString& name)
{
    const CatalogSet* set = catalogSet(name.toStdString());
    if (!set)
        return {};
    return (findIdxFolder(set->name) ? tr("Get %1 again") : tr("Get %1")).arg(titleOf(*set));
}

void DataMenu::get(const QString& name)
{
    if (isFetching())
        return;
    const auto set = fetchSet(name);
    if (!set) {
        emit failed(set.error(), name);
        return;
    }
    if (!m_fetch)
        makeFetch();
    emit started();
    m_percent = -1;
    m_bar.showProgress(tr("%1: checking what is here already").arg(set->title), 0.0);
    m_fetch->start(*set);
    showEntries();
}

void DataMenu::showEntries()
{
    for (const CatalogSet& set : catalog()) {
        QAction& entry = *m_entries.at(QString::fromLatin1(set.name));
        const bool here = findIdxFolder(set.name).has_value();
        const bool fetching = isFetching() && m_fetch->set().name == QLatin1String(set.name);
        // Each title's own first letter, so that they differ.
        const QString title = QLatin1Char('&') + titleOf(set);
        entry.setText(fetching ? tr("Fetching %1…").arg(title)
                      : here
                          ? tr("%1 is here already").arg(title)
                          : tr("Get %1 (%2)").arg(title, sizeText(static_cast<qint64>(catalogBytes(set)))));
        entry.setEnabled(!here && !isFetching());
    }
}

void DataMenu::showProgress(const FetchProgress& progress)
{
    if (progress.percent() == m_percent && m_shown.elapsed() < showMilliseconds)
        return;
    m_percent = progress.percent();
    m_shown.start();
    QString text =
        tr("%1: %2 % of %3").arg(m_fetch->set().title).arg(progress.percent()).arg(sizeText(progress.total));
    if (progress.secondsLeft)
        text += QStringLiteral(" · ") + leftText(*progress.secondsLeft);
    const double whole = static_cast<double>(std::max<qint64>(1, progress.total));
    m_bar.showProgress(text, static_cast<double>(progress.done) / whole);
}

} // namespace chainrule
