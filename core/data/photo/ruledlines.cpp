// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/ruledlines.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace chainrule {

namespace {

constexpr int searchSide = 250;        // of the picture in which lines are looked for
constexpr double steepest = 0.18;      // their slope, against the axis
constexpr double leastCovered = 0.45;  // of the picture's width or height
constexpr double mostThick = 1.0 / 70; // of its longer side

// A line that runs more along x than along y: y = middle at the centre of the picture.
struct Line {
    double middle;
    double slope;
};

// A view of the contrast in which the lines looked for run along x.
class Lengthwise {
public:
    Lengthwise(Grey& grey, bool turned)
        : m_grey(grey)
        , m_turned(turned)
    {
    }
    [[nodiscard]] int length() const { return m_turned ? m_grey.height : m_grey.width; }
    [[nodiscard]] int across() const { return m_turned ? m_grey.width : m_grey.height; }
    [[nodiscard]] float& at(int along, int across) const
    {
        return m_grey.values[m_turned ? index(m_grey, across, along) : index(m_grey, along, across)];
    }

private:
    Grey& m_grey;
    bool m_turned;
};

// Thin runs across only: a stroke or a shadow as wide as that is no line.
std::vector<std::uint8_t> thinRuns(const Lengthwise& view, float least, int mostRun, int step)
{
    const int columns = (view.length() + step - 1) / step;
    const int rows = (view.across() + step - 1) / step;
    std::vector<std::uint8_t> thin(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    for (int x = 0; x < view.length(); ++x) {
        for (int y = 0; y < view.across();) {
            if (view.at(x, y) <= least) {
                ++y;
                continue;
            }
            const int from = y;
            while (y < view.across() && view.at(x, y) > least)
                ++y;
            for (int k = from; y - from <= mostRun && k < y; ++k)
                thin[static_cast<std::size_t>(k / step) * static_cast<std::size_t>(columns) +
                     static_cast<std::size_t>(x / step)] = 1;
        }
    }
    return thin;
}

// For each height at the picture's middle the slope along which most is covered, where that is enough.
std::vector<Line> findLines(const std::vector<std::uint8_t>& thin, int columns, int rows)
{
    std::vector<int> best(static_cast<std::size_t>(rows));
    std::vector<double> bestSlope(best.size());
    std::vector<int> shifts(static_cast<std::size_t>(columns));
    std::vector<int> counts(best.size());
    const int steps = static_cast<int>(steepest * columns);
    for (int k = -steps; k <= steps; ++k) {
        const double slope = static_cast<double>(k) / columns;
        std::fill(counts.begin(), counts.end(), 0);
        for (int x = 0; x < columns; ++x)
            shifts[static_cast<std::size_t>(x)] =
                static_cast<int>(std::lround(slope * (x + 0.5 - 0.5 * columns)));
        for (int y = 0; y < rows; ++y) {
            const std::uint8_t* const row =
                thin.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(columns);
            for (int x = 0; x < columns; ++x) {
                const int middle = y - shifts[static_cast<std::size_t>(x)];
                if (row[x] != 0 && middle >= 0 && middle < rows)
                    ++counts[static_cast<std::size_t>(middle)];
            }
        }
        for (std::size_t y = 0; y < best.size(); ++y) {
            if (counts[y] > best[y]) {
                best[y] = counts[y];
                bestSlope[y] = slope;
            }
        }
    }
    // Where everything is speckled, as in dithered pictures, much is covered everywhere.
    std::vector<int> sorted = best;
    std::nth_element(sorted.begin(), sorted.begin() + rows / 2, sorted.end());
    const double least = std::max(leastCovered * columns, 1.6 * sorted[static_cast<std::size_t>(rows / 2)]);
    std::vector<Line> lines;
    for (std::size_t y = 0; y < best.size(); ++y) {
        if (best[y] >= least)
            lines.push_back({static_cast<double>(y), bestSlope[y]});
    }
    return lines;
}

// The dark pixels of a line in one column.
struct PixelRun {
    int from = 0;
    int to = 0; // excluded
    float peak = 0.0F;
};

// The run of pixels at x that is nearest to the line and within its reach.
PixelRun runNear(const Lengthwise& view, int x, double y, int reach, float least)
{
    const int middle = static_cast<int>(std::floor(y));
    for (int k = 0; k <= reach; ++k) {
        for (const int at : {middle - k, middle + k}) {
            if (at < 0 || at >= view.across() || view.at(x, at) <= least)
                continue;
            PixelRun run{at, at + 1, view.at(x, at)};
            while (run.from > 0 && view.at(x, run.from - 1) > least)
                run.peak = std::max(run.peak, view.at(x, --run.from));
            while (run.to < view.across() && view.at(x, run.to) > least)
                run.peak = std::max(run.peak, view.at(x, run.to++));
            return run;
        }
    }
    return {};
}

void erase(const Lengthwise& view, const Line& line, int step, float least, int mostRun)
{
    const auto columns = static_cast<std::size_t>(view.length());
    std::vector<PixelRun> runs(columns);
    std::vector<float> lengths;
    std::vector<float> peaks;
    for (std::size_t i = 0; i < columns; ++i) {
        const double y = (line.middle + 0.5) * step +
                         line.slope * (static_cast<double>(i) + 0.5 - 0.5 * static_cast<double>(columns));
        runs[i] = runNear(view, static_cast<int>(i), y, step + 1, least);
        if (runs[i].to > runs[i].from) {
            lengths.push_back(static_cast<float>(runs[i].to - runs[i].from));
            peaks.push_back(runs[i].peak);
        }
    }
    if (lengths.empty())
        return;
    const float usual = quantile(lengths, 0.5);
    const float usualPeak = quantile(peaks, 0.5);
    if (usual > static_cast<float>(mostRun))
        return;
    // What is longer or blacker there than the line usually is, is a stroke that crosses it.
    const float longest = 1.5F * usual + 1.0F;
    for (std::size_t i = 0; i < columns; ++i) {
        const PixelRun& run = runs[i];
        if (static_cast<float>(run.to - run.from) > longest || run.peak > 1.6F * usualPeak)
            continue;
        // With the line goes its soft edge.
        for (int y = std::max(0, run.from - 1); y < std::min(view.across(), run.to + 1) && run.to > run.from;
             ++y) {
            float& value = view.at(static_cast<int>(i), y);
            if (value <= least || (y >= run.from && y < run.to))
                value = std::min(value, 0.0F);
        }
    }
}

// What the lines of one direction are, told from what is left without them.
struct Found {
    bool turned = false;
    std::vector<Line> lines;
};

// Lines that lie apart from each other; a thick one is found at several heights.
int countApart(const std::vector<Line>& lines, int rows)
{
    int count = 0;
    double last = -rows;
    for (const Line& line : lines) {
        count += line.middle - last > 0.03 * rows ? 1 : 0;
        last = line.middle;
    }
    return count;
}

// How far ink reaches along a direction, but for its outermost fiftieth on either side; `ink(i)` is that of
// the picture's pixel i.
template <typename Ink>
double extent(const Lengthwise& view, const Ink& ink)
{
    std::vector<double> sums(static_cast<std::size_t>(view.length()));
    double all = 0.0;
    for (int x = 0; x < view.length(); ++x) {
        for (int y = 0; y < view.across(); ++y)
            sums[static_cast<std::size_t>(x)] += ink(x, y);
        all += sums[static_cast<std::size_t>(x)];
    }
    if (!(all > 0.0))
        return 0.0;
    double before = 0.0;
    int first = view.length();
    int last = 0;
    for (int x = 0; x < view.length(); ++x) {
        before += sums[static_cast<std::size_t>(x)];
        if (before > 0.02 * all && before - sums[static_cast<std::size_t>(x)] < 0.98 * all) {
            first = std::min(first, x);
            last = x;
        }
    }
    return last - first + 1.0;
}

} // namespace

void eraseRuledLines(Grey& contrast, float least)
{
    const int step = std::max(1, (longerSide(contrast) + searchSide - 1) / searchSide);
    const int mostRun = std::max(2, static_cast<int>(std::lround(mostThick * longerSide(contrast))));
    // Both directions are searched before either is erased: a squared sheet's lines cross each other.
    std::vector<Found> found;
    for (const bool turned : {false, true}) {
        const Lengthwise view(contrast, turned);
        const auto thin = thinRuns(view, least, mostRun, step);
        auto lines = findLines(thin, (view.length() + step - 1) / step, (view.across() + step - 1) / step);
        // One line alone may be a digit.
        if (!lines.empty() && lines.back().middle - lines.front().middle >= 0.08 * view.across() / step)
            found.push_back({turned, std::move(lines)});
    }
    if (found.empty())
        return;
    const auto without = [&](const std::vector<Found>& directions) {
        Grey rest = contrast;
        for (const Found& each : directions) {
            for (const Line& line : each.lines)
                erase(Lengthwise(rest, each.turned), line, step, least, mostRun);
        }
        return rest;
    };
    Grey rest = without(found);
    // Few lines may be a digit's own bars, which reach no further than the strokes that they belong to. A
    // grid or a frame, which has lines in both directions, is surer.
    const double share = found.size() == 2 ? 0.9 : 0.6;
    const std::size_t before = found.size();
    std::erase_if(found, [&](const Found& each) {
        const Lengthwise all(contrast, each.turned);
        const Lengthwise left(rest, each.turned);
        if (countApart(each.lines, (all.across() + step - 1) / step) >= 4)
            return false;
        const auto ink = [least](float value) { return value > least ? static_cast<double>(value) : 0.0; };
        const double reach =
            extent(all, [&](int x, int y) { return std::max(0.0, ink(all.at(x, y)) - ink(left.at(x, y))); });
        const double others = extent(left, [&](int x, int y) { return ink(left.at(x, y)); });
        return others == 0.0 || others > share * reach;
    });
    contrast = found.size() == before ? std::move(rest) : without(found);
}

} // namespace chainrule
