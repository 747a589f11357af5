// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digits.h"
#include "core/data/digits/digitstrokes.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <zlib.h>

#if defined(__linux__)
#include <sched.h>
#endif

using namespace chainrule;

namespace {

constexpr int side = 28;
constexpr std::size_t pixelCount = side * side;

/// What one image shows: the box of all pixels that are not paper, and the centre of mass.
struct Frame {
    int left = side;
    int right = -1;
    int top = side;
    int bottom = -1;
    double centreX = 0.0;
    double centreY = 0.0;
    double mass = 0.0;
    int inkPixels = 0;
    int darkest = 0;
};

Frame frameOf(std::span<const std::uint8_t> pixels)
{
    Frame frame;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const int value = pixels[static_cast<std::size_t>(y * side + x)];
            if (value == 0)
                continue;
            frame.left = std::min(frame.left, x);
            frame.right = std::max(frame.right, x);
            frame.top = std::min(frame.top, y);
            frame.bottom = std::max(frame.bottom, y);
            frame.centreX += value * x;
            frame.centreY += value * y;
            frame.mass += value;
            frame.darkest = std::max(frame.darkest, value);
            ++frame.inkPixels;
        }
    }
    frame.centreX /= frame.mass;
    frame.centreY /= frame.mass;
    return frame;
}

bool sameImage(const DigitImage& drawn, std::span<const std::uint8_t> pixels)
{
    return std::equal(drawn.begin(), drawn.end(), pixels.begin(), pixels.end());
}

/// Mean absolute difference of two images' pixels.
double distance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(int{a[i]} - int{b[i]});
    return sum / static_cast<double>(a.size());
}

using Means = std::array<std::vector<double>, 10>;

/// Each class's mean image over samples `begin` to `end`.
Means classMeans(const Dataset& data, std::size_t begin, std::size_t end)
{
    Means means;
    std::array<double, 10> counts{};
    means.fill(std::vector<double>(pixelCount, 0.0));
    for (std::size_t i = begin; i < end; ++i) {
        const auto pixels = image(data, i);
        for (std::size_t p = 0; p < pixelCount; ++p)
            means[data.labels[i]][p] += pixels[p];
        counts[data.labels[i]] += 1.0;
    }
    for (std::size_t c = 0; c < 10; ++c)
        for (double& value : means[c])
            value /= std::max(counts[c], 1.0);
    return means;
}

/// Share of samples `begin` to `end` whose nearest mean image is their own class's.
double accuracy(const Means& means, const Dataset& data, std::size_t begin, std::size_t end)
{
    std::size_t right = 0;
    for (std::size_t i = begin; i < end; ++i) {
        const auto pixels = image(data, i);
        std::size_t best = 0;
        double bestDistance = std::numeric_limits<double>::max();
        for (std::size_t c = 0; c < 10; ++c) {
            double sum = 0.0;
            for (std::size_t p = 0; p < pixelCount; ++p) {
                const double difference = means[c][p] - pixels[p];
                sum += difference * difference;
            }
            if (sum < bestDistance) {
                bestDistance = sum;
                best = c;
            }
        }
        right += best == data.labels[i] ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(end - begin);
}

/// The unpacked content of a .gz file after its first `header` bytes, at most `size` bytes.
std::vector<std::uint8_t> unpacked(const QString& path, std::size_t header, std::size_t size)
{
    std::vector<std::uint8_t> bytes(header + size);
    gzFile file = gzopen(QFile::encodeName(path).constData(), "rb");
    if (file == nullptr)
        return {};
    const int read = gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    if (read != static_cast<int>(bytes.size()))
        return {};
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

/// The first 10,000 training samples of MNIST; empty where MNIST is not found.
Dataset mnist()
{
    QStringList folders;
    if (qEnvironmentVariableIsSet("CHAINRULE_DATA"))
        folders << qEnvironmentVariable("CHAINRULE_DATA") + "/mnist";
    folders << QStringLiteral(CHAINRULE_SOURCE_DIR "/../shared/data/mnist");
    Dataset data;
    for (const QString& folder : folders) {
        data.width = side;
        data.height = side;
        data.classes = 10;
        data.pixels = unpacked(folder + "/train-images-idx3-ubyte.gz", 16, 10000 * pixelCount);
        data.labels = unpacked(folder + "/train-labels-idx1-ubyte.gz", 8, 10000);
        if (!data.pixels.empty() && !data.labels.empty())
            return data;
    }
    return {};
}

/// Mean pixel (of 255) and share of pixels that are not paper.
std::pair<double, double> inkOf(const Dataset& data)
{
    double sum = 0.0;
    double ink = 0.0;
    for (const std::uint8_t value : data.pixels) {
        sum += value;
        ink += value > 0 ? 1.0 : 0.0;
    }
    const auto count = static_cast<double>(data.pixels.size());
    return {sum / count, ink / count};
}

// The threads of this program, by the system's count.
int threadCount()
{
    std::ifstream status("/proc/self/status");
    std::string word;
    int count = 0;
    while (status >> word && word != "Threads:") {
    }
    status >> count;
    return count;
}

} // namespace

class TestDigits : public QObject {
    Q_OBJECT

private slots:
    void tablesKeepTheirPromises();
    void sameSeedAndIndexDrawTheSame();
    void poolIsMadeOfSingleDrawings();
    void sameFromSeveralThreadsAtOnce();
    void keepsToTheProcessorsThatItMayUse();
    void stoppedPoolsHaveBlackImages();
    void seedsDiffer();
    void poolDescribesItself();
    void smallPools_data();
    void smallPools();
    void classesAreBalancedAndShuffled();
    void framedLikeMnist();
    void imagesOfAClassDiffer();
    void picturesBelongToLabels();
    void inkIsLikeMnist();
    void teachesToReadMnist();
    void writesContactSheet();
    void drawing();
};

void TestDigits::tablesKeepTheirPromises()
{
    for (int digit = 0; digit < 10; ++digit) {
        QVERIFY2(skeletons(digit).size() >= 2, "each digit is written in several ways");
        for (const Skeleton& way : skeletons(digit)) {
            QVERIFY(way.weight > 0);
            QVERIFY(way.points.size() <= maximumControlPoints);
            QVERIFY(way.points.front().pass == Pass::Down);
            int lowest = 0;
            int highest = 100;
            for (const ControlPoint& point : way.points) {
                lowest = std::max({lowest, int{point.ay}, int{point.by}});
                highest = std::min({highest, int{point.ay}, int{point.by}});
            }
            QVERIFY2(lowest >= 90 && highest <= 10, "a digit is about 100 high");
        }
    }
}

void TestDigits::sameSeedAndIndexDrawTheSame()
{
    for (std::uint64_t index = 0; index < 50; ++index) {
        const int digit = static_cast<int>(index % 10);
        const DigitImage first = drawDigit(digit, 7, index);
        static_cast<void>(drawDigit(3, 99, index + 1));
        QVERIFY(first == drawDigit(digit, 7, index));
        QVERIFY(first != drawDigit(digit, 8, index));
        QVERIFY(first != drawDigit(digit, 7, index + 1));
    }
}

void TestDigits::poolIsMadeOfSingleDrawings()
{
    // Whatever the count and the threads, sample i is the drawing with index i.
    for (const std::size_t count : {std::size_t{300}, std::size_t{1000}}) {
        const Dataset data = makeDigits(count, 7);
        QCOMPARE(sampleCount(data), count);
        for (std::size_t i = 0; i < count; ++i)
            QVERIFY(sameImage(drawDigit(data.labels[i], 7, i), image(data, i)));
    }
    const Dataset once = makeDigits(3000, 11);
    const Dataset again = makeDigits(3000, 11);
    QVERIFY(once.labels == again.labels);
    QVERIFY(once.pixels == again.pixels);
}

void TestDigits::sameFromSeveralThreadsAtOnce()
{
    const Dataset alone = makeDigits(2000, 13);
    std::array<Dataset, 3> together;
    {
        std::vector<std::jthread> threads;
        for (Dataset& data : together)
            threads.emplace_back([&data] { data = makeDigits(2000, 13); });
    }
    for (const Dataset& data : together) {
        QVERIFY(data.labels == alone.labels);
        QVERIFY(data.pixels == alone.pixels);
    }
}

void TestDigits::keepsToTheProcessorsThatItMayUse()
{
#if defined(__linux__)
    cpu_set_t all;
    QCOMPARE(sched_getaffinity(0, sizeof all, &all), 0);
    if (CPU_COUNT(&all) < 2)
        QSKIP("this machine has one processor");
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; ++i)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    QCOMPARE(sched_setaffinity(0, sizeof one, &one), 0);
    int most = 0;
    int before = 0;
    {
        std::jthread watcher([&most](const std::stop_token& stop) {
            while (!stop.stop_requested())
                most = std::max(most, threadCount());
        });
        before = threadCount();
        const Dataset data = makeDigits(20'000, 13);
        QCOMPARE(sampleCount(data), std::size_t{20'000});
    }
    QCOMPARE(sched_setaffinity(0, sizeof all, &all), 0);
    QCOMPARE(most, before);
#else
    QSKIP("only Linux says which processors these are");
#endif
}

void TestDigits::stoppedPoolsHaveBlackImages()
{
    std::stop_source source;
    source.request_stop();
    const Dataset data = makeDigits(1000, 3, source.get_token());
    QCOMPARE(sampleCount(data), std::size_t{1000});
    QCOMPARE(data.pixels.size(), 1000 * pixelCount);
    QVERIFY(std::ranges::all_of(data.pixels, [](std::uint8_t value) { return value == 0; }));
}

void TestDigits::seedsDiffer()
{
    const Dataset one = makeDigits(500, 1);
    const Dataset two = makeDigits(500, 2);
    QVERIFY(one.labels != two.labels);
    int equal = 0;
    for (std::size_t i = 0; i < 500; ++i)
        equal += std::ranges::equal(image(one, i), image(two, i)) ? 1 : 0;
    QCOMPARE(equal, 0);
}

void TestDigits::poolDescribesItself()
{
    const Dataset data = makeDigits(700, 5);
    QCOMPARE(data.name, std::string("Built-in digits"));
    QCOMPARE(data.source, std::string("digits"));
    QCOMPARE(data.width, side);
    QCOMPARE(data.height, side);
    QCOMPARE(data.classes, 10);
    QCOMPARE(data.classNames.size(), std::size_t{10});
    QCOMPARE(data.classNames.front(), std::string("0"));
    QCOMPARE(data.classNames.back(), std::string("9"));
    QCOMPARE(data.pixels.size(), 700 * pixelCount);
    QVERIFY(data.features.empty());
    QCOMPARE(data.official.training, std::size_t{600});
    QVERIFY(isImageSet(data));
}

void TestDigits::smallPools_data()
{
    QTest::addColumn<int>("count");
    for (const int count : {0, 1, 9, 255, 256, 257, 513})
        QTest::addRow("%d", count) << count;
}

void TestDigits::smallPools()
{
    QFETCH(int, count);
    const auto size = static_cast<std::size_t>(count);
    const Dataset data = makeDigits(size, 3);
    QCOMPARE(sampleCount(data), size);
    QCOMPARE(data.pixels.size(), size * pixelCount);
    for (std::size_t i = 0; i < size; ++i)
        QVERIFY2(frameOf(image(data, i)).darkest > 0, "an empty image");
}

void TestDigits::classesAreBalancedAndShuffled()
{
    const Dataset data = makeDigits(1004, 42);
    std::array<int, 10> counts{};
    int sameAsNeighbour = 0;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
        QVERIFY(data.labels[i] < 10);
        ++counts[data.labels[i]];
        sameAsNeighbour += i > 0 && data.labels[i] == data.labels[i - 1] ? 1 : 0;
    }
    const auto [fewest, most] = std::ranges::minmax(counts);
    QVERIFY(most - fewest <= 1);
    // In a random order a tenth of the neighbours are alike: 100, with a deviation of 10.
    QVERIFY2(sameAsNeighbour > 50 && sameAsNeighbour < 150, qPrintable(QString::number(sameAsNeighbour)));
}

void TestDigits::framedLikeMnist()
{
    const Dataset data = makeDigits(2000, 17);
    int atEdge = 0;
    for (std::size_t i = 0; i < sampleCount(data); ++i) {
        const Frame frame = frameOf(image(data, i));
        const int longer = std::max(frame.right - frame.left, frame.bottom - frame.top) + 1;
        const auto where = QStringLiteral("sample %1: longer side %2, centre %3, %4, ink %5, darkest %6")
                               .arg(i)
                               .arg(longer)
                               .arg(frame.centreX)
                               .arg(frame.centreY)
                               .arg(frame.inkPixels)
                               .arg(frame.darkest);
        QVERIFY2(longer >= 19 && longer <= 20, qPrintable(where));
        // In MNIST's own images the centre of mass lies on pixel 14 give or take half a pixel; here too, but
        // for a few that cannot be moved so far: their ink reaches the picture's edge.
        const bool atSide = frame.left == 0 || frame.right == side - 1;
        const bool atEnd = frame.top == 0 || frame.bottom == side - 1;
        QVERIFY2(std::abs(frame.centreX - 14.0) <= (atSide ? 2.0 : 0.75), qPrintable(where));
        QVERIFY2(std::abs(frame.centreY - 14.0) <= (atEnd ? 2.0 : 0.75), qPrintable(where));
        atEdge += atSide || atEnd ? 1 : 0;
        QVERIFY2(frame.inkPixels > 20 && frame.inkPixels < 330, qPrintable(where));
        QVERIFY2(frame.darkest > 120, qPrintable(where));
    }
    QVERIFY2(atEdge < 40, qPrintable(QString::number(atEdge)));
}

void TestDigits::imagesOfAClassDiffer()
{
    for (int digit = 0; digit < 10; ++digit) {
        std::set<DigitImage> drawn;
        for (std::uint64_t index = 0; index < 200; ++index)
            drawn.insert(drawDigit(digit, 1, index));
        QCOMPARE(drawn.size(), std::size_t{200});
        double apart = 0.0;
        for (std::uint64_t index = 0; index < 100; ++index)
            apart += distance(drawDigit(digit, 1, index), drawDigit(digit, 1, index + 1000));
        // A class's ink is about 20 to 40 on average, so that this is a good part of it.
        QVERIFY2(apart / 100.0 > 8.0, qPrintable(QStringLiteral("%1: %2").arg(digit).arg(apart / 100.0)));
    }
}

void TestDigits::picturesBelongToLabels()
{
    const Dataset data = makeDigits(4000, 23);
    const double share = accuracy(classMeans(data, 0, 2000), data, 2000, 4000);
    qInfo("nearest class mean, own second half: %.1f %%", 100.0 * share);
    QVERIFY(share > 0.65);
    // So varied that it takes more than a mean image to tell them all apart.
    QVERIFY(share < 0.97);
}

void TestDigits::inkIsLikeMnist()
{
    const Dataset real = mnist();
    if (real.pixels.empty())
        QSKIP("MNIST (train-images-idx3-ubyte.gz) not found");
    const auto [realMean, realShare] = inkOf(real);
    const auto [mean, share] = inkOf(makeDigits(5000, 29));
    qInfo("mean pixel %.1f (MNIST %.1f), ink pixels %.1f %% (MNIST %.1f %%)", mean, realMean, 100.0 * share,
          100.0 * realShare);
    QVERIFY(std::abs(mean / realMean - 1.0) < 0.1);
    QVERIFY(std::abs(share / realShare - 1.0) < 0.1);
}

void TestDigits::teachesToReadMnist()
{
    const Dataset real = mnist();
    if (real.pixels.empty())
        QSKIP("MNIST (train-images-idx3-ubyte.gz) not found");
    const Dataset data = makeDigits(5000, 31);
    const double share = accuracy(classMeans(data, 0, 5000), real, 0, 2000);
    const double own = accuracy(classMeans(real, 5000, 10000), real, 0, 2000);
    qInfo("nearest class mean on MNIST: %.1f %% by built-in digits, %.1f %% by MNIST's own", 100.0 * share,
          100.0 * own);
    QVERIFY(share > 0.65);
}

void TestDigits::writesContactSheet()
{
    // Two rows of each digit, and below them two of MNIST's where there is one to look at.
    constexpr int columns = 30;
    const Dataset real = mnist();
    QByteArray rows;
    int height = 0;
    const auto addRow = [&](const std::vector<DigitImage>& row) {
        for (std::ptrdiff_t y = 0; y < side; ++y)
            for (const DigitImage& drawn : row)
                rows.append(reinterpret_cast<const char*>(drawn.data()) + y * side, side);
        height += side;
    };
    for (int digit = 0; digit < 10; ++digit) {
        for (std::uint64_t line = 0; line < 2; ++line) {
            std::vector<DigitImage> row;
            for (std::uint64_t i = 0; i < columns; ++i)
                row.push_back(
                    drawDigit(digit, 42, (static_cast<std::uint64_t>(digit) * 2 + line) * columns + i));
            addRow(row);
        }
        std::vector<DigitImage> row;
        for (std::size_t i = 0, lines = 0; i < sampleCount(real) && lines < 2; ++i) {
            if (int{real.labels[i]} != digit)
                continue;
            std::ranges::copy(image(real, i), row.emplace_back().begin());
            if (row.size() == columns) {
                addRow(row);
                row.clear();
                ++lines;
            }
        }
    }
    QCOMPARE(height, (real.pixels.empty() ? 20 : 40) * side);
    const QByteArray sheet =
        "P5\n" + QByteArray::number(columns * side) + " " + QByteArray::number(height) + "\n255\n" + rows;
    QDir folder = QDir::current();
    if (!folder.mkpath("output") || !folder.cd("output"))
        folder.setPath(QStandardPaths::writableLocation(QStandardPaths::TempLocation));
    QFile file(folder.filePath("digits.pgm"));
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
    QCOMPARE(file.write(sheet), qint64{sheet.size()});
    qInfo("contact sheet: %s", qPrintable(file.fileName()));
}

void TestDigits::drawing()
{
    std::uint64_t index = 0;
    QBENCHMARK
    {
        for (int i = 0; i < 1000; ++i, ++index)
            static_cast<void>(drawDigit(i % 10, 1, index));
    }
}

QTEST_GUILESS_MAIN(TestDigits)
#include "tst_digits.moc"
