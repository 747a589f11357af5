// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datasource.h"
#include "app/data/imagefolder.h"
#include "app/train/datasummary.h"
#include "tests/app/nobody.h"
#include "tests/app/program.h"

#include <QDir>
#include <QImage>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <optional>

using namespace chainrule;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

QImage grey(int width, int height, int value)
{
    QImage image(width, height, QImage::Format_Grayscale8);
    image.fill(QColor(value, value, value));
    return image;
}

std::string messageOf(const Result<Dataset>& data)
{
    return data ? "read" : data.error().message();
}

} // namespace

class TestImageFolder : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;

    QString path(const QString& name) const { return m_home.filePath(name); }

    bool save(const QString& name, const QImage& image) const
    {
        return QDir().mkpath(QFileInfo(path(name)).path()) && image.save(path(name));
    }

    bool write(const QString& name, const QByteArray& bytes) const
    {
        return QDir().mkpath(QFileInfo(path(name)).path()) && idxbytes::write(path(name), bytes);
    }

    Result<Dataset> load(const QString& name, std::uint64_t available = plenty) const
    {
        return loadImageFolder(path(name).toStdString(), {}, available);
    }

private slots:
    void readsAFolderForEachClass()
    {
        for (const char* format : {"png", "bmp", "pgm", "ppm"}) {
            for (const int number : {2, 10}) {
                QImage image = grey(5, 3, number * 10);
                image.setPixelColor(4, 0, Qt::white);
                QVERIFY(
                    save(QStringLiteral("plain/class %1/%2.%3").arg(number).arg(number).arg(format), image));
            }
        }
        QVERIFY(QDir(path("plain")).mkpath(".hidden"));
        const auto data = load("plain");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->name, std::string("plain"));
        QCOMPARE(data->source, path("plain").toStdString());
        QCOMPARE(data->width, 5);
        QCOMPARE(data->height, 3);
        QCOMPARE(data->classNames, (std::vector<std::string>{"class 2", "class 10"}));
        QCOMPARE(data->classes, 2);
        // One of each class in turn, so that the first samples have every class.
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{0, 1, 0, 1, 0, 1, 0, 1}));
        QCOMPARE(data->official.training, std::size_t{8});
        QCOMPARE(int{image(*data, 0)[0]}, 20); // brightness as it is
        QCOMPARE(int{image(*data, 1)[0]}, 100);
        QCOMPARE(int{image(*data, 1)[4]}, 255);
        QVERIFY(data->note.empty());
        QVERIFY(looksLikeImageFolder(path("plain").toStdString()));
    }

    void colourBecomesGreyOnWhitePaper()
    {
        QImage image(4, 4, QImage::Format_ARGB32);
        image.fill(Qt::transparent);
        image.setPixelColor(0, 0, Qt::black);
        image.setPixelColor(1, 0, QColor(0, 255, 0));
        QVERIFY(save("colour/a/1.png", image));
        QVERIFY(save("colour/b/1.png", image));
        const auto data = load("colour");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(int{chainrule::image(*data, 0)[0]}, 0);
        const int green = chainrule::image(*data, 0)[1];
        QVERIFY(green > 100 && green < 240);
        QCOMPARE(int{chainrule::image(*data, 0)[2]}, 255);
    }

    void differentSizesAreScaledIntoSquares()
    {
        QImage wide = grey(40, 20, 200);
        for (int y = 5; y < 15; ++y)
            for (int x = 10; x < 30; ++x)
                wide.setPixelColor(x, y, Qt::black);
        QVERIFY(save("mixed/a/wide.png", wide));
        QVERIFY(save("mixed/b/square.png", grey(60, 60, 90)));
        const auto data = load("mixed");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->width, 28);
        QCOMPARE(data->height, 28);
        const auto pixel = [&](std::size_t sample, int x, int y) {
            return int{image(*data, sample)[static_cast<std::size_t>(y * 28 + x)]};
        };
        QCOMPARE(pixel(0, 14, 0), 200); // the border goes on above
        QCOMPARE(pixel(0, 0, 14), 200);
        QVERIFY(pixel(0, 14, 14) < 20);
        QVERIFY(pixel(0, 4, 14) > 150); // black from column 7 to 20: the shape is kept
        QVERIFY(pixel(0, 9, 14) < 20);
        QVERIFY(pixel(0, 14, 8) > 150); // and from row 10 or 11 to 17
        QCOMPARE(pixel(1, 3, 3), 90);
        QVERIFY(data->note.find("28 x 28") != std::string::npos);
    }

    void largeImagesOfOneSizeAreShrunk()
    {
        QVERIFY(save("large/a/1.png", grey(400, 300, 30)));
        QVERIFY(save("large/b/1.png", grey(400, 300, 60)));
        const auto data = load("large");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->width, 64);
        QCOMPARE(data->height, 48);
        QCOMPARE(int{image(*data, 1)[100]}, 60);
        QVERIFY(data->note.find("400 x 300") != std::string::npos);
    }

    void unreadableFilesAreLeftOutAndCounted()
    {
        QVERIFY(save("partly/a/1.png", grey(4, 4, 30)));
        QVERIFY(save("partly/b/1.png", grey(4, 4, 60)));
        QVERIFY(write("partly/a/readme.txt", "words"));
        QVERIFY(write("partly/b/empty.png", ""));
        QVERIFY(write("partly/b/torn.png", program::content(path("partly/b/1.png")).left(45)));
        QVERIFY(write("partly/c/none.txt", "words")); // a class without images is none
        const auto data = load("partly");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(sampleCount(*data), std::size_t{2});
        QCOMPARE(data->classes, 2);
        QVERIFY2(data->note.starts_with("4 of 6 files are no images that can be read"), data->note.c_str());
        QVERIFY2(data->note.find("a/readme.txt") != std::string::npos, data->note.c_str());
    }

    void refusesWhatIsNoSet_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("why");
        QVERIFY(QDir(m_home.path()).mkpath("bare"));
        QVERIFY(save("single/a/1.png", grey(4, 4, 30)));
        QVERIFY(write("unreadable/a/1.png", "no image"));
        QVERIFY(write("unreadable/b/1.png", "no image"));
        QVERIFY(save("half/a/1.png", grey(4, 4, 30)));
        QVERIFY(write("half/b/1.png", "no image"));
        for (int i = 0; i < 257; ++i)
            QVERIFY(save(QStringLiteral("many/%1/1.pgm").arg(i), grey(1, 1, 3)));
        QTest::newRow("missing") << "nowhere"
                                 << "there is no such folder";
        QVERIFY(save("loose/1.png", grey(4, 4, 30)));
        QVERIFY(write("loose/notes.txt", "words"));
        QVERIFY(save("album/1.png", grey(4, 4, 30)));
        QVERIFY(save("album/2.JPG", grey(4, 4, 30)));
        QVERIFY(save("album/3.bmp", grey(4, 4, 30)));
        QVERIFY(write("letters only/1.txt", "words"));
        QTest::newRow("empty") << "bare"
                               << "it is empty";
        QTest::newRow("one loose image")
            << "loose"
            << "1 image lies loose in it, and nothing says which class each belongs to";
        QTest::newRow("loose images")
            << "album"
            << "3 images lie loose in it, and nothing says which class each belongs to";
        QTest::newRow("other files") << "letters only"
                                     << "there is 1 file in it, but no folders of images and no IDX files";
        QTest::newRow("one folder") << "single"
                                    << "there is only one folder in it, 'a'";
        QTest::newRow("no images") << "unreadable"
                                   << "none of the folders in it has an image that can be read";
        QTest::newRow("one class") << "half"
                                   << "only one of the folders in it has images that can be read, 'a'";
        QTest::newRow("257 classes")
            << "many"
            << "there are images in 257 folders in it; 256 classes are possible at the most";
    }
    void refusesWhatIsNoSet()
    {
        QFETCH(QString, folder);
        QFETCH(QString, why);
        const auto data = load(folder);
        QVERIFY(!data.has_value());
        QCOMPARE(QString::fromStdString(data.error().why.english()), why);
        QVERIFY(!data.error().mend.empty());
        if (!QFileInfo(path(folder)).isDir())
            return;
        // Whatever opens data is told the same.
        const auto opened = loadSource(path(folder).toStdString());
        QVERIFY(!opened.has_value());
        QCOMPARE(opened.error().message(), data.error().message());
    }

    // A class that may not be read is not one less: nothing is trained without it.
    void foldersThatMayNotBeRead_data()
    {
        QTest::addColumn<QString>("closed");
        QTest::addColumn<int>("permissions");
        QTest::addColumn<QString>("why");
        QTest::newRow("a class") << "shut/b" << 0 << "it may not be read";
        QTest::newRow("a class that can be listed")
            << "shut/b" << int(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther)
            << "it may not be read";
        QTest::newRow("the folder") << "shut" << 0 << "it may not be read";
        QTest::newRow("what the folder lies in") << "" << 0 << "it cannot be read: Permission denied";
    }
    void foldersThatMayNotBeRead()
    {
        QFETCH(QString, closed);
        QFETCH(int, permissions);
        QFETCH(QString, why);
        for (const char* name : {"shut/a/1.png", "shut/b/1.png", "shut/c/1.png"})
            QVERIFY(save(name, grey(4, 4, 30)));
        for (const char* name : {"", "shut", "shut/a", "shut/b", "shut/c"})
            QVERIFY(openToAll(path(name)));
        QVERIFY(QFile::setPermissions(path(closed), QFile::Permissions(permissions)));
        const auto back = qScopeGuard([&] { openToAll(path(closed)); });
        const auto refused = [&] {
            const AsNobody nobody;
            return nobody.isBound() ? std::optional(loadSource(path("shut").toStdString())) : std::nullopt;
        }();
        if (!refused)
            QSKIP("permissions do not bind this user");
        QVERIFY(!refused->has_value());
        QCOMPARE(QString::fromStdString(refused->error().what.english()),
                 closed.isEmpty() ? path("shut") : path(closed));
        QCOMPARE(QString::fromStdString(refused->error().why.english()), why);
        QVERIFY(!refused->error().mend.empty());
    }

    void looseImagesAreToldByCommand()
    {
        QVERIFY(save("strewn/1.png", grey(4, 4, 30)));
        QVERIFY(save("strewn/2.png", grey(4, 4, 30)));
        const auto refused = program::run({"train", "--data", path("strewn")});
        QCOMPARE(refused.exit, 1);
        QCOMPARE(refused.out, QByteArray());
        QCOMPARE(refused.err,
                 "chainrule: " + path("strewn").toUtf8() +
                     ": 2 images lie loose in it, and nothing says which class each belongs to. Make a "
                     "folder in it for each class, with the images of that class, or choose a folder of IDX "
                     "files or a table (a .csv file).\n");
    }

    void refusesWhatDoesNotFit()
    {
        QVERIFY(save("fits/a/1.png", grey(4, 4, 30)));
        QVERIFY(save("fits/b/1.png", grey(4, 4, 60)));
        const auto data = load("fits", 1000);
        QVERIFY(!data.has_value());
        QCOMPARE(
            QString::fromStdString(data.error().why.english()),
            QStringLiteral("2 images of 4 x 4 would take 34 bytes of memory; 1,000 bytes are available"));
    }

    void stops()
    {
        std::stop_source stop;
        stop.request_stop();
        const auto data = loadImageFolder(path("fits").toStdString(), stop.get_token(), plenty);
        QVERIFY(!data.has_value());
        QVERIFY(data.error().why.english().find("stopped") != std::string::npos);
    }

    void sourcesAreToldApart()
    {
        QVERIFY(program::writeSet(path("idx")));
        QVERIFY(QDir(path("idx")).mkpath("more")); // does not make it a folder of images
        const auto idx = loadSource(path("idx").toStdString());
        QVERIFY2(idx.has_value(), messageOf(idx).c_str());
        QCOMPARE(sampleCount(*idx), std::size_t{300});
        const auto images = loadSource(path("plain").toStdString());
        QVERIFY2(images.has_value(), messageOf(images).c_str());
        QVERIFY(write("flowers.csv", "size,kind\n1.5,rose\n2.5,tulip\n"));
        const auto table = loadSource(path("flowers.csv").toStdString());
        QVERIFY2(table.has_value(), messageOf(table).c_str());
        QCOMPARE(table->classNames, (std::vector<std::string>{"rose", "tulip"}));
    }

    void summaries()
    {
        const auto data = load("plain");
        QVERIFY(data.has_value());
        const DataSummary summary = summarize(*data);
        QCOMPARE(summary.title, QStringLiteral("plain"));
        QCOMPARE(summary.classes.size(), std::size_t{3});
        QVERIFY(summary.classes[0].isAll);
        QCOMPARE(summary.classes[0].count, 8);
        QCOMPARE(qGray(summary.classes[0].mean.pixel(0, 0)), 60); // of 20 and 100
        QCOMPARE(summary.classes[1].name, QStringLiteral("class 2"));
        QCOMPARE(summary.classes[2].count, 4);
        QCOMPARE(qGray(summary.classes[2].mean.pixel(0, 0)), 100);
        QCOMPARE(summary.classes[2].samples.size(), std::size_t{4});
        QVERIFY(summary.features.empty());

        const auto table = loadSource(path("flowers.csv").toStdString());
        QVERIFY(table.has_value());
        const DataSummary features = summarize(*table);
        QCOMPARE(features.features.size(), std::size_t{1});
        QCOMPARE(features.features[0].name, QStringLiteral("size"));
        QCOMPARE(features.features[0].largest, 2.5);
        QVERIFY(!features.classes[1].mean.isNull());

        Dataset empty; // a class that no sample has is shown with none
        empty.width = empty.height = 2;
        empty.classes = 3;
        empty.pixels = {1, 2, 3, 4};
        empty.labels = {1};
        const DataSummary gaps = summarize(empty);
        QCOMPARE(gaps.classes[1].count, 0);
        QVERIFY(gaps.classes[1].mean.isNull());
        QCOMPARE(gaps.classes[3].name, QStringLiteral("2"));
    }

    // 26 letters of 16 x 16, told apart by where their stroke is.
    void trainsOnLettersOfImagesByCommand()
    {
        for (int i = 0; i < 26 * 12; ++i) {
            const int label = i % 26;
            QImage image = grey(16, 16, (i * 37) % 60);
            for (int k = 0; k < 16; ++k) {
                image.setPixelColor(label % 13, k, QColor(200, 200, 200));
                if (label >= 13)
                    image.setPixelColor(k, 15, Qt::white);
            }
            QVERIFY(save(QStringLiteral("letters/%1/%2.png").arg(QChar('a' + label)).arg(i), image));
        }
        QVERIFY(write("letters/a/notes.txt", "words"));
        const QString model = path("letters.safetensors");
        const auto trained =
            program::run({"train", "--data", path("letters"), "--layers", "64:relu,26:softmax", "--epochs",
                          "60", "--batch", "16", "--save", model, "--json"});
        QVERIFY2(trained.exit == 0, trained.err.constData());
        QVERIFY2(trained.err.contains("1 of 313 files is no image that can be read"),
                 trained.err.constData());
        const auto lines = program::objects(trained.out);
        QVERIFY(!lines.isEmpty());
        QCOMPARE(lines.first()["inputs"].toInt(), 256);
        const double accuracy = lines.last()["test_accuracy"].toDouble();
        QVERIFY2(accuracy > 95.0, qPrintable(QString::number(accuracy)));

        const auto evaluated = program::run({"evaluate", model, "--data", path("letters"), "--json"});
        QCOMPARE(evaluated.exit, 0);
        const auto result = program::objects(evaluated.out);
        QCOMPARE(result.size(), 1);
        QCOMPARE(result[0]["confusion"].toArray().size(), 26);
        QCOMPARE(result[0]["classes"].toArray().at(25).toString(), QStringLiteral("z"));
        const auto table = program::run({"evaluate", model, "--data", path("letters")});
        QVERIFY(table.out.contains("\n       z"));
    }

    void trainsOnATableByCommand()
    {
        QByteArray table = "width;height;a kind of flower that has a long name\n";
        const char* const kinds[] = {"rose", "tulip", "lily of the valley, in full bloom in May"};
        for (int i = 0; i < 120; ++i) {
            const int kind = i % 3;
            table += QByteArray::number(1000 * kind + i % 7).replace('.', ',') + ";" +
                     QByteArray::number(-0.5 * kind - 0.01 * (i % 5)).replace('.', ',') + ";" + kinds[kind] +
                     "\r\n";
        }
        QVERIFY(write("garden.csv", table));
        const QString model = path("garden.safetensors");
        // Without words about layers: the output follows the data.
        const auto trained = program::run({"train", "--data", path("garden.csv"), "--epochs", "40", "--batch",
                                           "8", "--save", model, "--json"});
        QVERIFY2(trained.exit == 0, trained.err.constData());
        const auto lines = program::objects(trained.out);
        QVERIFY(!lines.isEmpty());
        QCOMPARE(lines.first()["inputs"].toInt(), 2);
        QCOMPARE(lines.first()["layers"].toArray().last()["units"].toInt(), 3);
        QCOMPARE(lines.last()["test_accuracy"].toDouble(), 100.0);
        const auto evaluated = program::run({"evaluate", model, "--data", path("garden.csv")});
        QVERIFY(evaluated.out.contains("tulip"));
        QVERIFY(evaluated.out.contains("lily of the valley, in full bloom in May")); // below the table

        QVERIFY(write("broken.csv", "a,b\n1.5,x\nfoo,y\n"));
        const auto refused = program::run({"train", "--data", path("broken.csv")});
        QCOMPARE(refused.exit, 1);
        QCOMPARE(refused.err,
                 "chainrule: " + path("broken.csv").toUtf8() +
                     ", line 3, column 1: 'foo' is not a number; the last column holds words as well, "
                     "but only the label's column may. Put the label, a class's number or name, into the "
                     "first or the last column, and numbers into the others.\n");
    }
};

QTEST_MAIN(TestImageFolder)
#include "tst_imagefolder.moc"
