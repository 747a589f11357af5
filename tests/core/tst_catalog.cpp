// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/catalog.h"
#include "core/data/readers/sources.h"
#include "tests/core/idxbytes.h"
#include "tests/core/tinydata.h"

#include <QCryptographicHash>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <zlib.h>

using namespace chainrule;

namespace {

QByteArray digestOf(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

} // namespace

/// The sets that can be fetched.
class TestCatalog : public QObject {
    Q_OBJECT

private slots:
    void isInForm()
    {
        static const QRegularExpression digest("\\A[0-9a-f]{64}\\z");
        QCOMPARE(catalog().size(), std::size_t{2});
        for (const CatalogSet& set : catalog()) {
            QCOMPARE(catalogSet(set.name), &set);
            QCOMPARE(set.files.size(), std::size_t{4});
            QCOMPARE(set.classes.size(), std::size_t{10});
            QVERIFY(set.mirrors.size() >= 2);
            for (const char* mirror : set.mirrors) {
                const QUrl url(mirror, QUrl::StrictMode);
                QVERIFY2(url.isValid() && url.scheme() == "https" && !url.host().isEmpty() &&
                             url.path().endsWith('/'),
                         mirror);
            }
            for (const CatalogFile& file : set.files) {
                QVERIFY(QString::fromLatin1(file.name).endsWith("-ubyte.gz"));
                QVERIFY(digest.match(file.sha256).hasMatch());
                QVERIFY(QByteArray(file.plainSha256).isEmpty() || digest.match(file.plainSha256).hasMatch());
                QVERIFY(file.bytes < file.plainBytes);
            }
        }
        QVERIFY(!catalogSet("digits"));
        QVERIFY(!catalogSet(""));
    }

    // Sums that were made apart: what a person downloads.
    void isAsLargeAsPublished()
    {
        QCOMPARE(catalogBytes(*catalogSet("mnist")), std::uint64_t{11'594'722});
        QCOMPARE(catalogBytes(*catalogSet("fashion-mnist")), std::uint64_t{30'878'645});
        QCOMPARE(catalogSet("mnist")->files[0].plainBytes, std::uint64_t{47'040'016});
        QCOMPARE(catalogSet("mnist")->files[3].plainBytes, std::uint64_t{10'008});
    }

    void knowsMnist()
    {
        const auto folder = tests::mnistFolder();
        if (!folder)
            QSKIP("MNIST (train-images-idx3-ubyte.gz) not found");
        for (const CatalogFile& file : catalogSet("mnist")->files) {
            QFile packed(QString::fromStdString(*folder) + "/" + file.name);
            if (!packed.open(QIODevice::ReadOnly))
                QSKIP("MNIST is not packed here");
            const QByteArray bytes = packed.readAll();
            QCOMPARE(bytes.size(), static_cast<qsizetype>(file.bytes));
            QCOMPARE(digestOf(bytes), QByteArray(file.sha256));
            QByteArray plain(static_cast<qsizetype>(file.plainBytes) + 1, Qt::Uninitialized);
            const std::unique_ptr<gzFile_s, decltype(&gzclose)> unpacker(
                gzopen(QFile::encodeName(packed.fileName()).constData(), "rb"), &gzclose);
            const int count = gzread(unpacker.get(), plain.data(), static_cast<unsigned>(plain.size()));
            QCOMPARE(count, static_cast<int>(file.plainBytes));
            QCOMPARE(digestOf(plain.left(count)), QByteArray(file.plainSha256));
        }
    }

    void namesGarments()
    {
        QTemporaryDir home;
        const QString folder = home.filePath("fashion-mnist");
        QVERIFY(idxbytes::writeSet(folder, {0, 1, 9}, {8}));
        qputenv("CHAINRULE_DATA", home.path().toLocal8Bit());
        for (const QString& source : {QString("fashion-mnist"), folder}) {
            const auto data = loadDataset(source.toStdString());
            QVERIFY(data);
            QCOMPARE(data->name, std::string("Fashion-MNIST"));
            QCOMPARE(data->classNames.size(), std::size_t{10});
            QCOMPARE(data->classNames[0], std::string("T-shirt/top"));
            QCOMPARE(data->classNames[9], std::string("Ankle boot"));
        }
        qunsetenv("CHAINRULE_DATA");
    }

    void leavesOtherNamesAlone()
    {
        Dataset data;
        data.name = "Fashion-MNIST";
        data.classNames = {"0", "1", "two", "3", "4", "5", "6", "7", "8", "9"};
        const auto before = data.classNames;
        nameClasses(data);
        QCOMPARE(data.classNames, before);
        data.classNames = {"0", "1", "2"};
        nameClasses(data);
        QCOMPARE(data.classNames.size(), std::size_t{3});
        QCOMPARE(data.classNames[2], std::string("2"));
    }

    void findsFolders()
    {
        QTemporaryDir data;
        QTemporaryDir user;
        QVERIFY(idxbytes::writeSet(data.filePath("letters"), {1}, {1}));
        QVERIFY(idxbytes::writeSet(data.filePath("half"), {1}, {1}));
        QVERIFY(QFile::remove(data.filePath("half/train-labels-idx1-ubyte.gz")));
        QVERIFY(idxbytes::writeSet(user.filePath("chainrule/letters"), {1}, {1}));
        QVERIFY(idxbytes::writeSet(user.filePath("chainrule/mine"), {1}, {1}));
        qputenv("CHAINRULE_DATA", data.path().toLocal8Bit());
        qputenv("XDG_DATA_HOME", user.path().toLocal8Bit());
        QCOMPARE(namesOfIdxFolders(), (std::vector<std::string>{"letters", "mine"}));
        QCOMPARE(userDataFolder("mnist"), user.filePath("chainrule/mnist").toStdString());
        QVERIFY(!userDataFolder("../x"));
        qputenv("XDG_DATA_HOME", "relative");
        qputenv("HOME", "/nonexistent");
        QCOMPARE(userDataFolder("mnist"), std::string("/nonexistent/.local/share/chainrule/mnist"));
        qputenv("HOME", "");
        QVERIFY(!userDataFolder("mnist"));
        qunsetenv("CHAINRULE_DATA");
    }
};

QTEST_APPLESS_MAIN(TestCatalog)
#include "tst_catalog.moc"
