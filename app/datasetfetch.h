// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/fetcher.h"
#include "app/pace.h"

#include "core/data/readers/catalog.h"

#include <QElapsedTimer>
#include <QLockFile>
#include <QObject>

#include <memory>
#include <optional>

namespace chainrule {

struct FetchFile {
    QString name; ///< "train-images-idx3-ubyte.gz"; unpacked, it has no ".gz"
    qint64 bytes = 0;
    QByteArray sha256;
    qint64 plainBytes = 0;
    QByteArray plainSha256; ///< empty: only the size is known
};

/// A data set to fetch, and where to.
struct FetchSet {
    QString name;  ///< "mnist"
    QString title; ///< "MNIST"
    QString folder;
    QList<FetchFile> files;
    QList<QUrl> mirrors; ///< folders, ending in a slash
};

/// A set of the catalogue into the user's data folder, from its mirrors, or from $CHAINRULE_MIRROR/NAME/
/// alone where that is set. Fails where there is no such set, or the user's folder or mirror is no use.
[[nodiscard]] Result<FetchSet> fetchSet(const QString& name);

struct FetchProgress {
    qint64 done = 0;
    qint64 total = 0; ///< bytes; 0 while it is looked what is there already
    std::optional<double> secondsLeft;
    [[nodiscard]] int percent() const { return total > 0 ? static_cast<int>(100 * done / total) : 0; }
};

/// Fetches what a set lacks. Files that are there and right are left as they are; all are looked at before
/// the set counts.
class DatasetFetch : public QObject {
    Q_OBJECT

public:
    explicit DatasetFetch(FetchRules rules = {}, QObject* parent = nullptr);
    ~DatasetFetch() override;

    /// Has one end: finished() or failed(), never before this returns. Not while another is under way.
    void start(const FetchSet& set);
    /// failed() at once.
    void cancel();
    [[nodiscard]] bool isActive() const { return m_active; }
    [[nodiscard]] const FetchSet& set() const { return m_set; }

signals:
    void progress(const chainrule::FetchProgress& progress);
    /// All of it is there and right, in `folder`; `fetched` bytes had to come, perhaps none.
    void finished(const QString& folder, qint64 fetched);
    void failed(const chainrule::Error& error, chainrule::FetchEnd end);

private:
    struct Look {
        int id = 0;
        FetchSet set;
    };
    struct Found {
        int id = 0;
        QList<qsizetype> missing; ///< indices of files to fetch
        QStringList wrong;        ///< paths of unpacked files that would be read in their place
    };
    static Found look(const Look& request, const std::stop_token& stop);

    void pollLook();
    void begin(const Found& found);
    void next();
    void showProgress(qint64 ofThisFile);
    void fail(Error error, FetchEnd end);

    QNetworkAccessManager* m_network = nullptr;
    Fetcher* m_fetcher = nullptr;
    QTimer* m_poll = nullptr;
    FetchSet m_set;
    bool m_active = false;
    std::unique_ptr<QLockFile> m_lock;
    QList<qsizetype> m_missing;
    QStringList m_wrong;
    qint64 m_before = 0; ///< bytes of the files that came already
    qint64 m_total = 0;
    Pace m_pace;
    QElapsedTimer m_clock;
    int m_lookId = 0;
    LatestJob<Look, Found> m_look;
};

} // namespace chainrule
