// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/datasetfetch.h"

#include <QObject>

#include <map>

class QAction;
class QMenu;

namespace chainrule {

class TransferBar;

/// The window's part of fetching data sets: an entry of the Data menu for each, and the bar that tells how
/// far the download has come.
class DataMenu : public QObject {
    Q_OBJECT

public:
    /// Puts the entries into the menu; both must outlive this.
    DataMenu(QMenu& menu, TransferBar& bar, FetchRules rules = {}, QObject* parent = nullptr);

    /// "Get MNIST", or "Get MNIST again" where it is here; empty where this is no set that can be fetched.
    [[nodiscard]] static QString offer(const QString& name);

    /// Fetches it, unless a fetch is under way.
    void get(const QString& name);
    void cancel();
    [[nodiscard]] bool isFetching() const { return m_fetch && m_fetch->isActive(); }

signals:
    void started();
    /// All of it is there.
    void arrived(const QString& name, const QString& title, const QString& folder);
    void cancelled(const QString& title);
    void failed(const chainrule::Error& error, const QString& name);

private:
    void makeFetch();
    void showEntries();
    void showProgress(const FetchProgress& progress);

    QMenu& m_menu;
    TransferBar& m_bar;
    FetchRules m_rules;
    DatasetFetch* m_fetch = nullptr;       ///< from the first fetch on
    std::map<QString, QAction*> m_entries; ///< by the set's name
    int m_percent = -1;                    ///< that is shown
    QElapsedTimer m_shown;
};

} // namespace chainrule
