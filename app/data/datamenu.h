// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/data/datasetfetch.h"

#include <QObject>

#include <map>
#include <thread>

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
    DataMenu(QMenu& menu, TransferBar& bar, QObject* parent = nullptr);

    /// "Get MNIST", or "Get MNIST again" where it is here; empty where this is no set that can be fetched.
    [[nodiscard]] static QString offer(const QString& name);

    /// Fetches it in the background, unless a fetch is under way.
    void get(const QString& name);

signals:
    void started();
    /// All of it is there.
    void arrived(const QString& name, const QString& title, const QString& folder);
    void cancelled(const QString& title);
    void failed(const chainrule::Error& error, const QString& name);

private:
    void end(const FetchOutcome& outcome);
    void showEntries();
    void showProgress(const FetchProgress& progress);

    TransferBar& m_bar;
    std::map<QString, QAction*> m_entries; ///< by the set's name
    std::optional<FetchSet> m_fetching;
    std::jthread m_thread; ///< last: it posts to this object
};

} // namespace chainrule
