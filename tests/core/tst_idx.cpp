// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/check.h"
#include "core/data/readers/idx.h"
#include "tests/core/idxbytes.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <cstdlib>
#include <numeric>
#include <stop_token>
#include <unistd.h>

using namespace chainrule;
using namespace idxbytes;

class TestIdx : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    QString path(const QString& name) const { return m_folder.filePath(name); }

    Result<IdxArray> read(const QByteArray& bytes, IdxKind kind) const
    {
        const QString file = path("file");
        if (!write(file, bytes))
            qFatal("cannot write the test's file");
        return readIdx(file.toStdString(), kind);
    }

    /// A fresh folder with a valid set, to be spoiled.
    QString freshSet(const QString& name) const
    {
        const QString folder = path(name);
        if (!writeSet(folder, {3, 1, 4, 1, 5}, {9, 2, 6}))
            qFatal("cannot write the test's set");
        return folder;
    }

private slots:
    void readsPlainAndPacked()
    {
        const QByteArray file = imagesFile(7, 5, 3);
        for (const QByteArray& bytes : {file, gzip(file)}) {
            const Result<IdxArray> idx = read(bytes, IdxKind::Images);
            QVERIFY2(idx.has_value(), idx ? "" : idx.error().message().c_str());
            QCOMPARE(idx->dimensions, (std::vector<std::uint32_t>{7, 5, 3}));
            QCOMPARE(idx->bytes.size(), std::size_t{105});
            for (std::size_t i = 0; i < idx->bytes.size(); ++i)
                QCOMPARE(std::size_t{idx->bytes[i]}, i % 251);
        }
        const Result<IdxArray> labels = read(gzip(labelsFile({7, 0, 255})), IdxKind::Labels);
        QVERIFY(labels.has_value());
        QCOMPARE(labels->bytes, (std::vector<std::uint8_t>{7, 0, 255}));
    }

    void readsFilesOfManyChunks()
    {
        const QByteArray file = imagesFile(900, 28, 29);
        for (const QByteArray& bytes : {file, gzip(file)}) {
            const Result<IdxArray> idx = read(bytes, IdxKind::Images);
            QVERIFY(idx.has_value());
            QCOMPARE(
                QByteArray(reinterpret_cast<const char*>(idx->bytes.data()), qsizetype(idx->bytes.size())),
                file.mid(16));
        }
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("images");
        QTest::addColumn<QString>("why");
        QTest::addColumn<QString>("mend");

        const QByteArray images = imagesFile(4, 3, 2);
        const QByteArray labels = labelsFile({1, 2, 3});
        const QByteArray page = "\r\n  <!DOCTYPE html><html><body>404</body></html>";
        const QString again = "Download the file again";
        QTest::newRow("empty") << QByteArray() << true << "it is empty" << again;
        QTest::newRow("empty archive") << gzip("") << true << "archive holds nothing" << again;
        QTest::newRow("truncated") << images.chopped(1) << true << "truncated: it has 39 of the 40 bytes"
                                   << again;
        QTest::newRow("truncated header")
            << images.first(9) << true << "truncated: it ends within its header, after 9 bytes" << again;
        QTest::newRow("truncated before packing")
            << gzip(images.chopped(1)) << true << "truncated: it has 39 of the 40 bytes" << again;
        QTest::newRow("truncated trailer")
            << gzip(images).chopped(3) << true << "truncated: the checksum at the end" << again;
        QTest::newRow("oversized") << images + "ab" << true << "oversized: it has 2 more than the 40"
                                   << again;
        QTest::newRow("oversized before packing")
            << gzip(images + "a") << true << "oversized: it has more than the 40" << again;
        QTest::newRow("after the archive") << gzip(images) + "x" << true << "further bytes after" << again;
        QTest::newRow("two members") << gzip(images) + gzip(images) << true << "further bytes after" << again;
        QTest::newRow("wrong magic") << QByteArray("PK\x03\x04 zip file") << true
                                     << "wrong magic number: it starts with 50 4b 03 04"
                                     << "Use an IDX file of unsigned bytes";
        QTest::newRow("floats") << QByteArray("\0\0\x0d\x03", 4) + images.mid(4) << true
                                << "wrong magic number: it starts with 00 00 0d 03"
                                << "Use an IDX file of unsigned bytes";
        QTest::newRow("labels as images") << labels << true << "holds labels where images"
                                          << "Swap the two files";
        QTest::newRow("images as labels") << gzip(images) << false << "holds images where labels"
                                          << "Swap the two files";
        QTest::newRow("web page") << page << true << "it is a web page" << again;
        QTest::newRow("packed web page") << gzip(page) << false << "it is a web page" << again;
        QTest::newRow("shortest web page") << QByteArray("<p") << false << "it is a web page" << again;
        QTest::newRow("no images") << imagesHeader(0, 28, 28) << true << "declares no images" << again;
        QTest::newRow("no labels") << labelsFile({}) << false << "declares no labels" << again;
        QTest::newRow("no rows") << imagesHeader(5, 0, 28) << true << "images of 0 x 28 pixels" << again;
        QTest::newRow("no columns") << gzip(imagesHeader(5, 28, 0)) << true << "images of 28 x 0 pixels"
                                    << again;
        QTest::newRow("giant sides") << imagesHeader(1, 0xffffffff, 0xffffffff) << true
                                     << "images of 4294967295 x 4294967295 pixels" << again;
        // 2^16 times 2^24 times 2^24 is 0 in 64 bits.
        QTest::newRow("overflowing") << imagesHeader(1U << 16, 1U << 24, 1U << 24) << true
                                     << "images of 16777216 x 16777216 pixels" << again;
        QByteArray wrongSum = gzip(images);
        wrongSum[wrongSum.size() - 6] = char(wrongSum.at(wrongSum.size() - 6) ^ 1);
        QTest::newRow("wrong checksum")
            << wrongSum << true << "archive is damaged (incorrect data check" << again;
        QTest::newRow("nonsense packed")
            << QByteArray("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff", 13) << true
            << "archive is damaged" << again;
    }

    void refusals()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, images);
        QFETCH(QString, why);
        QFETCH(QString, mend);
        const Result<IdxArray> idx = read(bytes, images ? IdxKind::Images : IdxKind::Labels);
        QVERIFY(!idx.has_value());
        const QString message = QString::fromStdString(idx.error().message());
        QCOMPARE(QString::fromStdString(idx.error().what.english()), path("file"));
        QVERIFY2(message.contains(why), qPrintable(message));
        QVERIFY2(QString::fromStdString(idx.error().mend.english()).startsWith(mend), qPrintable(message));
    }

    void refusesMissingFolderAndUnreadable()
    {
        const Result<IdxArray> missing = readIdx(path("absent").toStdString(), IdxKind::Images);
        QVERIFY(!missing.has_value());
        QCOMPARE(missing.error().why.english(), std::string("there is no such file"));

        const Result<IdxArray> folder = readIdx(m_folder.path().toStdString(), IdxKind::Images);
        QVERIFY(!folder.has_value());
        QVERIFY(folder.error().why.english().find("is a folder") != std::string::npos);

        const Result<IdxArray> device = readIdx("/dev/zero", IdxKind::Images);
        QVERIFY(!device.has_value());
        QVERIFY(device.error().why.english().find("not a regular file") != std::string::npos);

        if (geteuid() == 0)
            return; // nothing is unreadable to root
        const QString locked = path("locked");
        QVERIFY(write(locked, imagesFile(1, 1, 1)));
        QVERIFY(QFile::setPermissions(locked, {}));
        const Result<IdxArray> unreadable = readIdx(locked.toStdString(), IdxKind::Images);
        QVERIFY(!unreadable.has_value());
        QVERIFY(unreadable.error().why.english().find("cannot be read") != std::string::npos);
    }

    void refusesLyingHeadersAtOnce()
    {
        QElapsedTimer timer;
        timer.start();
        const QByteArray lie = imagesHeader(0xf0000000, 28, 28) + QByteArray(84, '\0');
        const Result<IdxArray> plain = read(lie, IdxKind::Images);
        QVERIFY(!plain.has_value());
        QVERIFY2(plain.error().why.english().find("100 of the 3156800962576 bytes") !=
                     std::string::npos, // 4026531840 * 784 + 16
                 plain.error().message().c_str());
        const Result<IdxArray> packed = read(gzip(lie), IdxKind::Images);
        QVERIFY(!packed.has_value());
        QVERIFY(packed.error().why.english().find("can hold") != std::string::npos);
        // 4,000 zero bytes of 30 kB that an archive of their size could hold.
        const Result<IdxArray> possible =
            read(gzip(imagesHeader(30, 10, 100) + QByteArray(4000, '\0')), IdxKind::Images);
        QVERIFY(!possible.has_value());
        QVERIFY2(possible.error().why.english().find("it has 4016 of the 30016 bytes") != std::string::npos,
                 possible.error().message().c_str());
        QVERIFY2(timer.elapsed() < 10'000, "a lie took long to refuse");
    }

    void stopsReadingAnArchiveThatGoesOn()
    {
        // A megabyte of zeros behind a header that declares 6 bytes, with its end missing: who read on to
        // there would call it truncated.
        const QByteArray bomb = gzip(imagesHeader(1, 3, 2) + QByteArray(1 << 20, '\0')).chopped(20);
        const Result<IdxArray> idx = read(bomb, IdxKind::Images);
        QVERIFY(!idx.has_value());
        QVERIFY2(idx.error().why.english().find("oversized") != std::string::npos,
                 idx.error().message().c_str());
    }

    void everyTruncationIsAnError()
    {
        const QByteArray file = imagesFile(6, 4, 5);
        for (const QByteArray& whole : {file, gzip(file)}) {
            QVERIFY(read(whole, IdxKind::Images).has_value());
            for (qsizetype length = 0; length < whole.size(); ++length) {
                const Result<IdxArray> idx = read(whole.first(length), IdxKind::Images);
                QVERIFY2(!idx.has_value(), qPrintable(QString::number(length)));
                const std::string& why = idx.error().why.english();
                QVERIFY2(length == 0 || why.find("truncated") != std::string::npos,
                         qPrintable(QString::number(length) + ": " + QString::fromStdString(why)));
            }
        }
    }

    void everyBitFlipOfAnArchiveIsAnErrorOrHarmless()
    {
        const QByteArray file = imagesFile(6, 4, 5);
        const QByteArray whole = gzip(file);
        const Result<IdxArray> expected = read(whole, IdxKind::Images);
        QVERIFY(expected.has_value());
        int refused = 0;
        for (qsizetype bit = 0; bit < whole.size() * 8; ++bit) {
            QByteArray flipped = whole;
            flipped[bit / 8] = char(flipped.at(bit / 8) ^ (1 << bit % 8));
            const Result<IdxArray> idx = read(flipped, IdxKind::Images);
            if (!idx) {
                ++refused;
                continue;
            }
            QCOMPARE(idx->dimensions, expected->dimensions);
            QCOMPARE(idx->bytes, expected->bytes);
        }
        QVERIFY(refused > whole.size() * 8 / 2);
    }

    void poolsAFolder()
    {
        const QString folder = freshSet("my digits");
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->name, std::string("my digits"));
        QCOMPARE(data->source, folder.toStdString());
        QCOMPARE(data->width, 2);
        QCOMPARE(data->height, 3);
        QCOMPARE(data->classes, 10);
        QCOMPARE(data->classNames.size(), std::size_t{10});
        QCOMPARE(data->classNames[7], std::string("7"));
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{3, 1, 4, 1, 5, 9, 2, 6}));
        QCOMPARE(data->official.training, std::size_t{5});
        QCOMPARE(data->pixels.size(), std::size_t{48});
        QCOMPARE(data->pixels[29], std::uint8_t{29});
        QCOMPARE(data->pixels[30], std::uint8_t{0}); // the test file starts anew
        QCOMPARE(data->pixels[47], std::uint8_t{17});
        QVERIFY(missingIdxFiles(folder.toStdString()).empty());
    }

    void givesUpWhereItIsStopped()
    {
        const std::string folder = freshSet("stopped").toStdString();
        std::stop_source source;
        QVERIFY(loadIdxFolder(folder, source.get_token()).has_value());
        source.request_stop();
        const Result<Dataset> data = loadIdxFolder(folder, source.get_token());
        QVERIFY(!data.has_value());
        QVERIFY2(data.error().why.english().find("stopped") != std::string::npos,
                 data.error().message().c_str());
    }

    void namesTheKnownSets()
    {
        for (const auto& [folder, name] : {std::pair{"mnist", "MNIST"}, {"fashion-mnist", "Fashion-MNIST"}}) {
            const Result<Dataset> data = loadIdxFolder((freshSet(folder) + "/").toStdString());
            QVERIFY(data.has_value());
            QCOMPARE(data->name, std::string(name));
        }
    }

    void plainWinsOverPacked()
    {
        const QString folder = freshSet("both");
        QVERIFY(write(folder + "/t10k-labels-idx1-ubyte.gz", gzip(labelsFile({0, 0, 0}))));
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY(data.has_value());
        QCOMPARE(data->labels.back(), std::uint8_t{6});
    }

    void countsClassesByTheLargestLabel()
    {
        const QString folder = path("letters");
        QVERIFY(writeSet(folder, {25, 3}, {0}));
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY(data.has_value());
        QCOMPARE(data->classes, 26);
        QCOMPARE(data->classNames.back(), std::string("25"));
    }

    void otherSizesHaveTheClassesThatTheyHave()
    {
        const QString folder = path("small");
        QVERIFY(writeSet(folder, {2, 1}, {0}));
        QVERIFY(write(folder + "/train-images-idx3-ubyte", imagesFile(2, 16, 16)));
        QVERIFY(write(folder + "/t10k-images-idx3-ubyte", imagesFile(1, 16, 16)));
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->classes, 3);
        QVERIFY(write(folder + "/train-images-idx3-ubyte", imagesFile(2, 28, 28)));
        QVERIFY(write(folder + "/t10k-images-idx3-ubyte", imagesFile(1, 28, 28)));
        const Result<Dataset> digits = loadIdxFolder(folder.toStdString());
        QVERIFY(digits.has_value());
        QCOMPARE(digits->classes, 10);
    }

    void namesItsClasses()
    {
        const QString folder = path("named");
        QVERIFY(writeSet(folder, {2, 1}, {0}));
        QVERIFY(write(folder + "/labels.txt", "no\nnot this one\n"));
        QVERIFY(write(folder + "/classes.txt", "T-shirt\r\nTrouser\r\nPullover\r\nDress\r\n"));
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->classNames, (std::vector<std::string>{"T-shirt", "Trouser", "Pullover", "Dress"}));
        QCOMPARE(data->classes, 4);
        QVERIFY(write(folder + "/classes.txt", "T-shirt\nTrouser\n"));
        const Result<Dataset> short_ = loadIdxFolder(folder.toStdString());
        QVERIFY(!short_.has_value());
        QVERIFY2(short_.error().why.english().find("names 2 classes, but sample 0 has label 2") !=
                     std::string::npos,
                 short_.error().message().c_str());
    }

    void onePairIsEnough()
    {
        const QString folder = freshSet("one pair");
        for (const char* name : {"/t10k-images-idx3-ubyte", "/t10k-labels-idx1-ubyte"}) {
            QVERIFY(QFile::remove(folder + name) || QFile::remove(folder + name + ".gz"));
        }
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{3, 1, 4, 1, 5}));
        QCOMPARE(data->official.training, std::size_t{5});
        QVERIFY(hasIdxFiles(folder.toStdString()));
    }

    void namesWithAPointAreTaken()
    {
        const QString folder = path("pointed");
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(write(folder + "/train-images.idx3-ubyte", imagesFile(3, 2, 2)));
        QVERIFY(write(folder + "/train-labels.idx1-ubyte.gz", gzip(labelsFile({0, 1, 2}))));
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(sampleCount(*data), std::size_t{3});
    }

    void refusesFoldersThatDoNotFitTogether()
    {
        const auto message = [](const QString& folder) {
            const Result<Dataset> data = loadIdxFolder(folder.toStdString());
            return data ? QString("loaded") : QString::fromStdString(data.error().message());
        };
        QString folder = freshSet("missing one");
        QVERIFY(QFile::remove(folder + "/train-labels-idx1-ubyte.gz"));
        QCOMPARE(missingIdxFiles(folder.toStdString()), std::vector<std::string>{"train-labels-idx1-ubyte"});
        QString text = message(folder);
        QVERIFY2(text.contains("train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz"), qPrintable(text));
        QVERIFY2(!text.contains("t10k"), qPrintable(text));

        folder = freshSet("counts");
        QVERIFY(write(folder + "/t10k-labels-idx1-ubyte", labelsFile({1, 2})));
        text = message(folder);
        QVERIFY2(text.contains("2 labels") && text.contains("3 images"), qPrintable(text));

        folder = freshSet("sizes");
        QVERIFY(write(folder + "/t10k-images-idx3-ubyte.gz", gzip(imagesFile(3, 2, 3))));
        text = message(folder);
        QVERIFY2(text.contains("2 x 3") && text.contains("3 x 2"), qPrintable(text));

        folder = freshSet("swapped");
        QVERIFY(QFile::rename(folder + "/train-images-idx3-ubyte", folder + "/x"));
        QVERIFY(QFile::rename(folder + "/train-labels-idx1-ubyte.gz", folder + "/train-images-idx3-ubyte"));
        QVERIFY(QFile::rename(folder + "/x", folder + "/train-labels-idx1-ubyte.gz"));
        text = message(folder);
        QVERIFY2(text.contains("labels where images") && text.contains("Swap"), qPrintable(text));

        text = message(path("no such folder"));
        QVERIFY2(text.contains("no such folder:") && text.contains("there is no such folder"),
                 qPrintable(text));
        text = message(folder + "/t10k-labels-idx1-ubyte");
        QVERIFY2(text.contains("it is a file"), qPrintable(text));
    }

    void namesTheSampleWithALabelOutOfRange()
    {
        Dataset data;
        data.name = "set";
        data.labels = {0, 9, 3, 12, 1, 14};
        data.official.training = 4;
        QVERIFY(checkLabels(data, 15).has_value());
        Result<void> checked = checkLabels(data, 10);
        QVERIFY(!checked.has_value());
        QCOMPARE(checked.error().why.english(),
                 std::string("sample 3 of the training file has label 12, but the output "
                             "layer has 10 units"));
        QCOMPARE(checked.error().mend.english(),
                 std::string("Give the output layer 15 units or correct the labels"));
        checked = checkLabels(data, 13);
        QVERIFY(!checked.has_value());
        QVERIFY(checked.error().why.english().starts_with("sample 1 of the test file has label 14"));
    }

    void readsRealMnist()
    {
        const char* variable = std::getenv("CHAINRULE_DATA");
        const QString folder = variable ? QString::fromLocal8Bit(variable) + "/mnist"
                                        : QString(CHAINRULE_SOURCE_DIR) + "/../shared/data/mnist";
        if (!missingIdxFiles(folder.toStdString()).empty())
            QSKIP("MNIST not found");
        QElapsedTimer timer;
        timer.start();
        const Result<Dataset> data = loadIdxFolder(folder.toStdString());
        qInfo("MNIST read in %lld ms", static_cast<long long>(timer.elapsed()));
        QVERIFY2(data.has_value(), data ? "" : data.error().message().c_str());
        QCOMPARE(data->name, std::string("MNIST"));
        QCOMPARE(data->official.training, std::size_t{60000});
        QCOMPARE(sampleCount(*data), std::size_t{70000});
        QCOMPARE(inputCount(*data), 784);
        QCOMPARE(data->classes, 10);
        const auto labels = [&](std::ptrdiff_t from) {
            return std::vector<std::uint8_t>(data->labels.begin() + from, data->labels.begin() + from + 5);
        };
        QCOMPARE(labels(0), (std::vector<std::uint8_t>{5, 0, 4, 1, 9}));
        QCOMPARE(labels(60000), (std::vector<std::uint8_t>{7, 2, 1, 0, 4}));
        // The mean of the training images that everybody normalizes MNIST by: 0.1307 of 255.
        const auto testPixels = data->pixels.begin() + std::ptrdiff_t{60000} * 784;
        const double sum = std::accumulate(data->pixels.begin(), testPixels, 0.0);
        const double mean = sum / (60000.0 * 784.0) / 255.0;
        QVERIFY2(std::abs(mean - 0.1307) < 0.0001, qPrintable(QString::number(mean)));
    }
};

QTEST_GUILESS_MAIN(TestIdx)
#include "tst_idx.moc"
