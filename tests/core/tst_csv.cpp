// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/memory.h"
#include "core/base/naturalorder.h"
#include "core/data/classnames.h"
#include "core/data/readers/csv.h"
#include "core/data/readers/csvrows.h"
#include "core/data/scale.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <sstream>

using namespace chainrule;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

Result<Dataset> parse(const std::string& text)
{
    return parseCsv(text, "table.csv", plenty);
}

std::string messageOf(const Result<Dataset>& data)
{
    return data ? "read" : data.error().message();
}

// Rows of 16 pixels and their labels 0, 1, 2 in turn.
std::string pixels(int rows, bool labelLast, int largest = 255)
{
    std::ostringstream out;
    std::mt19937 random(7);
    for (int row = 0; row < rows; ++row) {
        if (!labelLast)
            out << row % 3 << ',';
        for (int i = 0; i < 16; ++i) {
            // Both ends of the scale are there, and the edges look unlike labels.
            const int value = i == 0 || i == 15
                                  ? (row % 2 == 0 ? 3 : largest)
                                  : static_cast<int>(random() % static_cast<unsigned>(largest + 1));
            out << value << (i == 15 ? "" : ",");
        }
        if (labelLast)
            out << ',' << row % 3;
        out << '\n';
    }
    return out.str();
}

} // namespace

class TestCsv : public QObject {
    Q_OBJECT

private slots:
    void readsFeaturesWithNamedClasses()
    {
        const auto data = parse("sepal,petal,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n4.9,1.5,setosa\n");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->width, 2);
        QCOMPARE(data->height, 1);
        QVERIFY(!isImageSet(*data));
        QCOMPARE(data->classNames, (std::vector<std::string>{"setosa", "versicolor"}));
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{0, 1, 0}));
        QCOMPARE(data->official.training, std::size_t{3});
        QCOMPARE(data->columns.size(), std::size_t{2});
        QCOMPARE(data->columns[1].name, "petal"s);
        QVERIFY(std::abs(data->columns[0].mean - 17.0 / 3.0) < 1e-6);
        QVERIFY(std::abs(data->columns[0].least - 4.9) < 1e-6);
        QVERIFY(std::abs(data->columns[0].largest - 7.0) < 1e-6);
        // Mean 0 and deviation 1, and the way back to what was written.
        for (std::size_t i = 0; i < 2; ++i) {
            double sum = 0.0;
            double squares = 0.0;
            for (std::size_t row = 0; row < 3; ++row) {
                const double value = data->features[row * 2 + i];
                sum += value;
                squares += value * value;
            }
            QVERIFY(std::abs(sum) < 1e-5);
            QVERIFY(std::abs(squares - 3.0) < 1e-5);
        }
        QVERIFY(std::abs(data->features[2] * data->columns[0].deviation + data->columns[0].mean - 7.0) <
                1e-5);
    }

    // A model's scale is that of the table that it was trained on, whatever else it is shown.
    void takesAnotherScale()
    {
        const auto known = parse("x,y,c,label\n1,10,5,a\n2,20,5,b\n3,60,5,a\n");
        // Of another mean, with an outlier that makes the deviation a million times as large.
        const auto seen = parse("x,y,c,label\n101,10.25,7,a\n102.5,1e8,7,b\n");
        QVERIFY(known && seen);
        const auto scale = scaleOf(*known);
        const auto data = std::make_shared<const Dataset>(*seen);
        const auto brought = withScale(data, scale);
        QVERIFY2(brought, brought ? "" : brought.error().message().c_str());
        // By hand: means 2, 30 and 5; deviations are roots of 2/3 and 1400/3; the third column was constant.
        const double dx = std::sqrt(2.0 / 3.0);
        const double dy = std::sqrt(1400.0 / 3.0);
        const float expected[] = {
            static_cast<float>(99.0 / dx),  static_cast<float>(-19.75 / dy),       0.0F,
            static_cast<float>(100.5 / dx), static_cast<float>((1e8 - 30.0) / dy), 0.0F};
        for (std::size_t i = 0; i < std::size(expected); ++i) {
            const float off = std::abs((*brought)->features[i] - expected[i]);
            QVERIFY2(off <= 2e-7F * std::abs(expected[i]), qPrintable(QString::number(i)));
        }
        QVERIFY(scaleOf(**brought) == scale);
        QCOMPARE((*brought)->columns[0].least, 101.0); // still the table's own
        QCOMPARE((*brought)->labels, seen->labels);

        QVERIFY(*withScale(data, {}) == data);             // a model that has none
        QVERIFY(*withScale(data, scaleOf(*seen)) == data); // the table itself
        const auto again = withScale(*brought, scaleOf(*seen));
        QVERIFY(again);
        QCOMPARE((*again)->features, seen->features); // to the last bit

        const auto beyond = withScale(data, std::vector<InputScale>{{0.0, 1.0}, {0.0, 1e-40}, {0.0, 1.0}});
        QVERIFY(!beyond);
        QVERIFY2(beyond.error().what.english().find("'y'") != std::string::npos,
                 beyond.error().message().c_str());

        auto points = std::make_shared<Dataset>(*data);
        points->columns.clear();
        points->measured.clear();
        points->features = {1.0F, 30.0F, 5.0F, 4.0F, 31.0F, 6.0F};
        const auto plain = withScale(points, scale);
        QVERIFY(plain);
        QVERIFY(std::abs((*plain)->features[3] - static_cast<float>(2.0 / dx)) < 1e-6F);
        QVERIFY(scaleOf(**plain) == scale);
        QCOMPARE((*plain)->measured, std::vector<double>(points->features.begin(), points->features.end()));

        Dataset images;
        images.width = 3;
        images.height = 1;
        images.pixels = {0, 1, 2};
        images.labels = {0};
        QVERIFY(!withScale(std::make_shared<const Dataset>(images), scale));
    }

    void findsTheLabel_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("width");
        QTest::addColumn<QString>("classes");
        QTest::addColumn<QString>("labels");
        const auto row = [](const char* name, const char* text, int width, const char* classes,
                            const char* labels) {
            QTest::newRow(name) << text << width << classes << labels;
        };
        row("words last", "1.5,2,a\n2,3,b\n", 2, "a b", "0 1");
        row("words first", "a,1.5,2\nb,2,3\n", 2, "a b", "0 1");
        row("numbers last", "1.5,2.5,0\n2.5,3.5,1\n", 2, "0 1", "0 1");
        row("numbers first", "0,1.5,2.5\n1,2.5,3.5\n", 2, "0 1", "0 1");
        row("numbered from 1", "1.5,1\n2.5,2\n3.5,3\n", 1, "1 2 3", "0 1 2");
        row("numbers that are names", "1.5,100\n2.5,7\n3.5,100\n", 1, "7 100", "1 0 1");
        row("a class is missing", "1.5,0\n2.5,3\n3.5,1\n", 1, "0 1 2 3", "0 3 1");
        row("both whole, a name decides", "label,b,c\n0,5,1\n1,6,0\n", 2, "0 1", "0 1");
        row("an id first", "10,1.5,2,1\n11,2.5,2,0\n12,3.5,1,1\n13,3,2,0\n", 3, "0 1", "1 0 1 0");
        row("whole as decimals", "1.5,1.0\n2.5,0.0\n", 1, "0 1", "1 0");
        row("header of numbers", "0,1,label\n1.5,2.5,1\n3.5,2.5,0\n", 2, "0 1", "1 0");
        row("no header, first label words", "a,1.5\nb,2.5\na,4\n", 1, "a b", "0 1 0");
        row("words in natural order", "1.5,c10\n2.5,c9\n", 1, "c9 c10", "1 0");
        row("numbers and words", "1.5,1\n2.5,x\n", 1, "1 x", "0 1");
        row("semicolons", "1.5;a\n2.5;b\n", 1, "a b", "0 1");
        row("decimal commas", "1,5;2,5;a\n2,5;3,5;b\n", 2, "a b", "0 1");
        row("tabs", "1.5\ta\n2.5\tb\n", 1, "a b", "0 1");
        row("CR LF", "x,y\r\n1.5,a\r\n2.5,b\r\n", 1, "a b", "0 1");
        row("CR", "x,y\r1.5,a\r2.5,b", 1, "a b", "0 1");
        row("empty lines", "\n\n1.5,a\n\n  \n2.5,b\n\n", 1, "a b", "0 1");
        row("no last line end", "1.5,a\n2.5,b", 1, "a b", "0 1");
        row("byte order mark", "\xef\xbb\xbfx,y\n1.5,a\n2.5,b\n", 1, "a b", "0 1");
        row("quotes", "\"x\",\"y\"\n\"1.5\",\"a,b\"\n2.5,\"say \"\"c\"\"\"\n", 1, "a,b|say \"c\"", "0 1");
        row("blanks", " 1.5 , a \n 2.5 , b \n", 1, "a b", "0 1");
        row("signs and powers", "+1.5e3,a\n-2.5E-3,b\n", 1, "a b", "0 1");
    }
    void findsTheLabel()
    {
        QFETCH(QString, text);
        QFETCH(int, width);
        QFETCH(QString, classes);
        QFETCH(QString, labels);
        const auto data = parse(text.toStdString());
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->width, width);
        QStringList names;
        for (const std::string& name : data->classNames)
            names << QString::fromStdString(name);
        QCOMPARE(names.join(classes.contains(QLatin1Char('|')) ? QLatin1Char('|') : QLatin1Char(' ')),
                 classes);
        QStringList numbers;
        for (const std::uint8_t label : data->labels)
            numbers << QString::number(label);
        QCOMPARE(numbers.join(QLatin1Char(' ')), labels);
        QCOMPARE(data->classes, static_cast<int>(data->classNames.size()));
        QCOMPARE(data->features.size(), data->labels.size() * static_cast<std::size_t>(width));
    }

    void readsPixels()
    {
        for (const bool labelLast : {false, true}) {
            const auto data = parse(pixels(12, labelLast));
            QVERIFY2(data.has_value(), messageOf(data).c_str());
            QVERIFY(isImageSet(*data));
            QCOMPARE(data->width, 4);
            QCOMPARE(data->height, 4);
            QCOMPARE(data->classes, 3);
            QCOMPARE(sampleCount(*data), std::size_t{12});
            QCOMPARE(int{data->labels[4]}, 1);
            QCOMPARE(int{image(*data, 0)[0]}, 3);
            QCOMPARE(int{image(*data, 1)[0]}, 255);
            QVERIFY(data->note.empty());
        }
    }

    void stretchesSmallScales()
    {
        const auto data = parse(pixels(12, true, 16));
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QVERIFY(isImageSet(*data));
        QCOMPARE(int{image(*data, 1)[0]}, 255);
        QCOMPARE(int{image(*data, 0)[0]}, 48); // 3 of 16
        QVERIFY(data->note.find("0 to 16") != std::string::npos);
    }

    void digitsHaveTenClasses()
    {
        std::string text;
        for (int row = 0; row < 4; ++row) {
            text += std::to_string(row % 2 == 0 ? 3 : 7);
            for (int i = 0; i < 784; ++i)
                text += ',' + std::to_string(i % 256);
            text += '\n';
        }
        const auto data = parse(text);
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->width, 28);
        QCOMPARE(data->classes, 10);
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{3, 7, 3, 7}));
    }

    void pixelsOffTheScaleAreFeatures()
    {
        std::string text = pixels(12, true);
        text.replace(text.find(",255,"), 5,
                     ",256,"); // the first after a last pixel of a row: a label follows
        const auto data = parse(text);
        QVERIFY2(data.has_value(), messageOf(data).c_str());
    }

    void namesTheFault_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const std::string& text, const char* message) {
            QTest::newRow(name) << QString::fromStdString(text) << message;
        };
        row("empty", "", "table.csv: it is empty. ");
        row("blank", "\n\n \n", "table.csv: it has no rows. ");
        row("header alone", "a,b,c\n", "table.csv: it has a header and no samples. ");
        row("one sample", "1,2,a\n", "table.csv: it has only one sample. ");
        row("one column", "1\n2\n", "table.csv, line 1: it has one cell");
        row("no number", "1,2,a\n1,x,b\n", "table.csv, line 2, column 2: 'x' is not a number. ");
        row("no number under a header", "p,q,r\n1,2,a\n\n1,x,b\n",
            "table.csv, line 4, column 2: 'x' is not a number. ");
        row("no number at the beginning", "1.5,x,3,a\n1,2,3,b\n",
            "table.csv, line 1, column 2: 'x' is not a number. ");
        row("NaN", "1,nan,a\n1,2,b\n1,3,b\n", "table.csv, line 1, column 2: ");
        row("NaN later", "1,2,a\n1,nan,b\n", "table.csv, line 2, column 2: 'nan' is not a number. ");
        row("infinite", "1,2,a\n1,-inf,b\n", "table.csv, line 2, column 2: '-inf' is not a number. ");
        row("beyond a double", "1,2,a\n1,1e999,b\n",
            "table.csv, line 2, column 2: '1e999' is not a number. ");
        row("beyond a float", "1,2,a\n1,1e99,b\n",
            "table.csv, line 2, column 2: '1e99' is too large for a float. ");
        row("empty cell", "1,2,a\n1,,b\n", "table.csv, line 2, column 2: the cell is empty. ");
        row("empty label", "1,2,a\n1,2,\n", "table.csv, line 2, column 3: the cell is empty. ");
        row("too few cells", "1,2,a\n1,b\n", "table.csv, line 2: it has 2 cells, but line 1 has 3. ");
        row("too many cells", "1,2,a\n\"1\n\",2,3,b\n",
            "table.csv, line 2: it has 4 cells, but line 1 has 3. ");
        row("words at both ends", "p,q,r\na,1,a\nb,2,b\n",
            "table.csv, line 2, column 1: 'a' is not a number; the last column holds words as well");
        row("one class", "1,2,a\n3,4,a\n",
            "table.csv, column 3: it would be the label, but it has the same value in every row, 'a'. ");
        row("no whole label", "1.5,2.5\n2.5,3.5\n",
            "table.csv, column 2: it would be the label, but its numbers are not whole. ");
        row("open quote", "1,2,a\n\"1,2,b\n", "table.csv, line 3, column 1: a quote was opened");
        row("text behind a quote", "1,2,\"a\"b\n", "table.csv, line 1, column 3: text follows the quote");
        row("no text", "1,2,a\n1,2\x01,b\n",
            "table.csv, line 2, column 2: there is a byte that is not text. ");
        row("web page", "\n <!DOCTYPE html>", "table.csv: it is a web page or XML, not a table. ");
        row("spreadsheet", "PK\x03\x04 and so on",
            "table.csv: it is compressed, or in a spreadsheet's own format. ");
        std::string many;
        for (int i = 0; i < 300; ++i)
            many += "1.5,w" + std::to_string(i) + "\n";
        row("too many classes", many,
            "table.csv, column 2: it would be the label, but it has more than 256 different values. ");
        row("a long cell", "1,2," + std::string(5000, 'a') + "\n1,2,b\n",
            "table.csv, line 1, column 3: the cell is longer than 4096 bytes. ");
    }
    void namesTheFault()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const auto data = parse(text.toStdString());
        QVERIFY(!data.has_value());
        QVERIFY2(messageOf(data).starts_with(message.toStdString()), messageOf(data).c_str());
        QVERIFY(!data.error().mend.empty());
    }

    void utf16IsTold()
    {
        QVERIFY(messageOf(parse("\xff\xfe"
                                "1\0,\0"s))
                    .find("UTF-16") != std::string::npos);
    }

    void takes256Classes()
    {
        std::string text;
        for (int i = 0; i < 256; ++i)
            text += "1.5,2.5,w" + std::to_string(i) + "\n";
        const auto data = parse(text);
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->classes, 256);
        QCOMPARE(int{data->labels.back()}, 255);
    }

    void rowsAreTheSameHoweverTheBytesAreCut()
    {
        const std::string text =
            "\"a \"\"b\"\"\",1;2\r\n\r\nc,  \"d\"  ,\t\r\"e\r\nf\",g h\n\n\"\",i,\"j,k\"";
        const auto rows = [&](std::size_t piece) {
            std::string seen;
            CsvSplitter splitter("t", ',', [&](const CsvRow& row) -> Result<void> {
                seen += std::to_string(row.line) + ":";
                for (const auto cell : row.cells)
                    seen += "[" + std::string(cell) + "]";
                return {};
            });
            for (std::size_t at = 0; at < text.size(); at += piece) {
                if (!splitter.feed(std::string_view(text).substr(at, piece)))
                    return "failed"s;
            }
            return splitter.end() ? seen : "failed"s;
        };
        const std::string whole = rows(text.size());
        QCOMPARE(QString::fromStdString(whole),
                 QStringLiteral("1:[a \"b\"][1;2]3:[c][d][]4:[e f][g h]7:[][i][j,k]"));
        for (std::size_t piece = 1; piece < text.size(); ++piece)
            QCOMPARE(rows(piece), whole);
    }

    void everyTruncationAndManyFlipsEndWell()
    {
        const std::string tables[] = {"x,y,label\n1.5,2,setosa\n3,4.25,\"virginica\"\n-5e2,6,setosa\n",
                                      pixels(6, false),
                                      "\xef\xbb\xbf"
                                      "1,5;2;\"a\"\"b\"\r\n2,5;3;c\r\n",
                                      "0\t1\t2\n1\t1\t3\n"};
        int read = 0;
        int refused = 0;
        const auto check = [&](const std::string& text) {
            const auto data = parse(text);
            ++(data ? read : refused);
            if (!data) {
                QVERIFY(!data.error().what.empty() && !data.error().why.empty());
                return;
            }
            QCOMPARE(data->classNames.size(), static_cast<std::size_t>(data->classes));
            const std::size_t numbers = sampleCount(*data) * static_cast<std::size_t>(inputCount(*data));
            QCOMPARE(isImageSet(*data) ? data->pixels.size() : data->features.size(), numbers);
            for (const std::uint8_t label : data->labels)
                QVERIFY(int{label} < data->classes);
            for (const float value : data->features)
                QVERIFY(std::isfinite(value));
        };
        std::mt19937 random(1);
        for (const std::string& table : tables) {
            for (std::size_t length = 0; length <= table.size(); ++length)
                check(table.substr(0, length));
            for (int flip = 0; flip < 2500; ++flip) {
                std::string flipped = table;
                for (auto count = 1 + random() % 3; count > 0; --count)
                    flipped[random() % flipped.size()] ^= static_cast<char>(1U << (random() % 8));
                check(flipped);
            }
        }
        QVERIFY(read > 100);
        QVERIFY(refused > 100);
    }

    void refusesWhatDoesNotFit()
    {
        const std::string text = pixels(12, true);
        const auto data = parseCsv(text, "table.csv", 1000);
        QVERIFY(!data.has_value());
        QCOMPARE(
            QString::fromStdString(data.error().message()),
            QStringLiteral("table.csv: 12 images of 4 x 4 would take 204 bytes of memory; 1,000 bytes are "
                           "available. Use fewer or smaller samples, or close other programs."));
        const auto estimate = checkMemory("FILE", imagesText(12'000'000, 64, 64),
                                          std::uint64_t{12'000'000} * 64 * 64, 23'000'000'000U);
        QVERIFY(!estimate);
        QCOMPARE(QString::fromStdString(estimate.error().message()),
                 QStringLiteral("FILE: 12,000,000 images of 64 x 64 would take 49 GB of memory; 23 GB are "
                                "available. Use fewer or smaller samples, or close other programs."));
        QVERIFY(checkMemory("FILE", "they", 1 << 20, plenty));
        QVERIFY(availableMemory() > 1 << 20);
    }

    void readsFilesAndStops()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("flowers.csv"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QByteArray text("size,kind\n");
        for (int i = 0; i < 100'000; ++i)
            text += QByteArray::number(i % 997 + 0.5) + (i % 2 == 0 ? ",rose\n" : ",tulip\n");
        file.write(text);
        file.close();
        const auto data = loadCsv(path.toStdString());
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->name, "flowers.csv"s);
        QCOMPARE(data->source, path.toStdString());
        QCOMPARE(sampleCount(*data), std::size_t{100'000});
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!loadCsv(path.toStdString(), stop.get_token()));
        QVERIFY(messageOf(loadCsv(folder.filePath(QStringLiteral("none.csv")).toStdString()))
                    .find("there is no such file") != std::string::npos);
        QVERIFY(!loadCsv(folder.path().toStdString()));
    }

    void sortsNamesNaturally()
    {
        std::vector<std::string> names{"b", "10", "a10", "9", "a9", "a09", "a", "é", "Z", "a9b"};
        std::sort(names.begin(), names.end(), naturalLess);
        QCOMPARE(names, (std::vector<std::string>{"9", "10", "a", "a09", "a9", "a9b", "a10", "b", "Z", "é"}));
    }

    // As Excel saves a table in Europe: Windows-1252, semicolons, a comma before the decimals.
    void readsWindows1252()
    {
        const auto data = parse("Gr\xf6\xdf"
                                "e;Art\n1,5;Gr\xfcn\n2;Rot\n3,25;Gr\xfcn\n");
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        QCOMPARE(data->columns.front().name, "Größe"s);
        QCOMPARE(data->classNames, (std::vector<std::string>{"Grün", "Rot"}));
        QCOMPARE(data->labels, (std::vector<std::uint8_t>{0, 1, 0}));
        QCOMPARE(data->columns.front().largest, 3.25);
    }

    void cleansNames()
    {
        QCOMPARE(cleanName("  T-shirt \r"), "T-shirt"s);
        QCOMPARE(cleanName("a\tb\x7f"), "a b"s);
        QCOMPARE(cleanName("caf\xe9"), "café"s); // Windows-1252
        QCOMPARE(cleanName("\x80 5"), "€ 5"s);
        QCOMPARE(cleanName("café"), "café"s);
        QCOMPARE(cleanName("\xed\xa0\x80"), "í\u00a0€"s); // half of a pair in UTF-8
        QCOMPARE(cleanName("a\x81"), "a\ufffd"s);         // no character in either
        QCOMPARE(cleanName(std::string(199, 'x') + "é").size(), std::size_t{201});
    }

    void classesAreAlignedByName_data()
    {
        using Names = std::vector<std::string>;
        using Labels = std::vector<std::uint8_t>;
        QTest::addColumn<std::string>("labels"); // of the rows, with blanks between them
        QTest::addColumn<Names>("model");
        QTest::addColumn<int>("outputs");
        QTest::addColumn<Labels>("expected"); // empty: refused
        QTest::addColumn<Names>("names");
        const Names letters{"a", "b", "c"};
        QTest::newRow("a class missing") << "c a c"s << letters << 3 << Labels{2, 0, 2} << letters;
        QTest::newRow("the last missing") << "a b a"s << letters << 3 << Labels{0, 1, 0} << letters;
        QTest::newRow("the same") << "c b a"s << letters << 3 << Labels{2, 1, 0} << letters;
        QTest::newRow("another order") << "a b"s << Names{"b", "a"} << 2 << Labels{1, 0} << Names{"b", "a"};
        QTest::newRow("one too many") << "c a c"s << Names{"a", "b"} << 2 << Labels{} << Names{};
        QTest::newRow("numbers, 0 missing") << "1 2"s << Names{} << 3 << Labels{1, 2} << Names{"0", "1", "2"};
        QTest::newRow("numbers, a gap") << "0 2"s << Names{} << 3 << Labels{0, 2} << Names{"0", "1", "2"};
        QTest::newRow("numbers, said")
            << "1 2"s << Names{"0", "1", "2"} << 3 << Labels{1, 2} << Names{"0", "1", "2"};
        QTest::newRow("numbers, the last missing")
            << "0 1"s << Names{} << 3 << Labels{0, 1} << Names{"0", "1"};
        QTest::newRow("number beyond") << "1 3"s << Names{} << 3 << Labels{} << Names{};
        QTest::newRow("from 1") << "1 3 1"s << Names{"1", "2", "3"} << 3 << Labels{0, 2, 0}
                                << Names{"1", "2", "3"};
        QTest::newRow("from 0, model's from 1")
            << "0 1 2"s << Names{"1", "2", "3"} << 3 << Labels{} << Names{};
        QTest::newRow("a model without names") << "c a"s << Names{} << 3 << Labels{1, 0} << Names{"a", "c"};
        QTest::newRow("data without names") << "0 1"s << letters << 3 << Labels{0, 1} << Names{"0", "1"};
        QTest::newRow("wide output") << "1 2"s << Names{} << 20000 << Labels{1, 2} << Names{};
    }

    void classesAreAlignedByName()
    {
        QFETCH(std::string, labels);
        QFETCH(std::vector<std::string>, model);
        QFETCH(int, outputs);
        QFETCH(std::vector<std::uint8_t>, expected);
        QFETCH(std::vector<std::string>, names);
        std::istringstream rows(labels);
        std::string table;
        for (std::string label; rows >> label;)
            table += std::to_string(table.size()) + ".5," + label + "\n";
        auto data = parse("x,label\n" + table);
        QVERIFY2(data.has_value(), messageOf(data).c_str());
        const auto before = std::make_shared<const Dataset>(*data);
        const auto aligned = alignClasses(before, model, outputs);
        if (expected.empty()) {
            QVERIFY(!aligned);
            QVERIFY(aligned.error().why.english().ends_with("' is not one of the model's classes"));
            return;
        }
        QVERIFY2(aligned.has_value(), aligned ? "" : aligned.error().message().c_str());
        QCOMPARE((*aligned)->labels, expected);
        QCOMPARE((*aligned)->classes, static_cast<int>((*aligned)->classNames.size()));
        if (!names.empty())
            QCOMPARE((*aligned)->classNames, names);
        QCOMPARE((*aligned)->features, before->features);
        QCOMPARE((*aligned == before), ((*aligned)->classNames == before->classNames));
    }

    void amountsHaveNoClassesToAlign()
    {
        Dataset prices;
        prices.width = 1;
        prices.height = 1;
        prices.features = {0.5F, 1.5F};
        prices.labels = {0, 0};
        QVERIFY(!hasAmounts(prices));
        prices.targetNames = {"price"};
        prices.amounts = {100.0F, 250.0F};
        QVERIFY(hasAmounts(prices));
        QCOMPARE(targetCount(prices), std::size_t{1});
        const auto data = std::make_shared<const Dataset>(prices);
        const auto aligned = alignClasses(data, {}, 1);
        QVERIFY(aligned && *aligned == data);
    }

    void readsClassNames()
    {
        const auto names = parseClassNames("\xef\xbb\xbfT-shirt\r\nTrouser\r\n\r\n", "classes.txt");
        QVERIFY(names.has_value());
        QCOMPARE(*names, (std::vector<std::string>{"T-shirt", "Trouser"}));
        const auto gap = parseClassNames("a\n\nb\n", "classes.txt");
        QVERIFY(!gap.has_value());
        QCOMPARE(gap.error().what.english(), "classes.txt, line 2"s);
        std::string many;
        for (int i = 0; i < 257; ++i)
            many += "c" + std::to_string(i) + "\n";
        QVERIFY(!parseClassNames(many, "classes.txt"));
    }
};

QTEST_GUILESS_MAIN(TestCsv)
#include "tst_csv.moc"
