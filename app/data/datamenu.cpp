// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datamenu.h"

#include "core/data/readers/sources.h"

#include "widgets/fields/transferbar.h"

#include <QAction>
#include <QLocale>
#include <QMenu>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace chainrule {

namespace {

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
    for (const CatalogFile& file : set.set.files)
        names << QString::fromLatin1(file.name);
    const QString last = names.takeLast();
    const QString hint = DataMenu::tr("Or put %1 and %2 into %3 by hand")
                             .arg(names.join(QStringLiteral(", ")), last, set.folder);
    error.mend = error.mend.english() + ". " + hint.toStdString();
    return error;
}

} // namespace

DataMenu::DataMenu(QMenu& menu, TransferBar& bar, QObject* parent)
    : QObject(parent)
    , m_bar(bar)
{
    for (const CatalogSet& set : catalog()) {
        const QString name = QString::fromLatin1(set.name);
        m_entries[name] = menu.addAction(QString(), this, [this, name] { get(name); });
    }
    showEntries();
    connect(&menu, &QMenu::aboutToShow, this, &DataMenu::showEntries);
    connect(&bar, &TransferBar::cancelled, this, [this] { m_thread.request_stop(); });
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
    if (m_fetching)
        return;
    const auto set = fetchSet(name);
    if (!set) {
        emit failed(set.error(), name);
        return;
    }
    m_fetching = *set;
    emit started();
    m_bar.showProgress(tr("%1: checking what is here already").arg(titleOf(set->set)), 0.0);
    showEntries();
    m_thread = std::jthread([this, set = *set](const std::stop_token& stop) {
        const FetchOutcome outcome = fetchDataset(set, stop, [this](const FetchProgress& progress) {
            QMetaObject::invokeMethod(this, [this, progress] { showProgress(progress); });
        });
        QMetaObject::invokeMethod(this, [this, outcome] { end(outcome); });
    });
}

void DataMenu::end(const FetchOutcome& outcome)
{
    const FetchSet set = *std::exchange(m_fetching, std::nullopt);
    const QString name = QString::fromLatin1(set.set.name);
    m_bar.hide();
    showEntries();
    switch (outcome.end) {
    case FetchEnd::Done:
        emit arrived(name, titleOf(set.set), set.folder);
        break;
    case FetchEnd::Cancelled:
        emit cancelled(titleOf(set.set));
        break;
    case FetchEnd::Refused:
        emit failed(withOwnHands(outcome.error, set), name);
        break;
    case FetchEnd::Local:
        emit failed(outcome.error, name);
        break;
    }
}

void DataMenu::showEntries()
{
    for (const CatalogSet& set : catalog()) {
        QAction& entry = *m_entries.at(QString::fromLatin1(set.name));
        const bool here = findIdxFolder(set.name).has_value();
        const bool fetching = m_fetching && set.name == std::string_view(m_fetching->set.name);
        // Each title's own first letter, so that they differ.
        const QString title = QLatin1Char('&') + titleOf(set);
        entry.setText(fetching ? tr("Fetching %1…").arg(title)
                      : here
                          ? tr("%1 is here already").arg(title)
                          : tr("Get %1 (%2)").arg(title, sizeText(static_cast<qint64>(catalogBytes(set)))));
        entry.setEnabled(!here && !m_fetching);
    }
}

void DataMenu::showProgress(const FetchProgress& progress)
{
    QString text = tr("%1: %2 % of %3")
                       .arg(titleOf(m_fetching->set))
                       .arg(progress.percent())
                       .arg(sizeText(progress.total));
    if (progress.secondsLeft)
        text += QStringLiteral(" · ") + leftText(*progress.secondsLeft);
    const double whole = static_cast<double>(std::max<qint64>(1, progress.total));
    m_bar.showProgress(text, static_cast<double>(progress.done) / whole);
}

} // namespace chainrule
