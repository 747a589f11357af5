// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digits.h"

#include "core/base/random.h"
#include "core/base/workers.h"
#include "core/data/digits/digitstrokes.h"
#include "core/data/digits/penink.h"
#include "core/data/digits/penpath.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

// The arithmetic keeps to + - * / and square roots, which IEEE 754 rounds alike everywhere: sines and
// logarithms of different C libraries would draw different digits from one seed.

namespace chainrule {

namespace {

constexpr int imageSide = 28;

/// How one writer writes, chosen anew for every digit; shares of 1 where no unit is given.
struct Hand {
    float jitter;           ///< deviation of each control point, in the skeleton's units
    float slant;            ///< sideways for each length upwards
    float turn;             ///< tangent of half the rotation
    float aspect;           ///< factor for the width
    float taper;            ///< narrow at the top and wide at the bottom, or the other way round
    float bowX, leanX;      ///< bend the vertical like a C, like an S
    float topHeavy, sag;    ///< move the middle down, bend the horizontal
    float bowY, leanY;      ///< tilt the horizontal, more at the bottom than at the top, or everywhere
    float radius;           ///< of the pen, in final pixels
    float swell, swellBend; ///< change of the radius along the strokes, steadily and in the middle
    float nibAcross;        ///< change of the radius from vertical to horizontal strokes, as of a broad nib
    float nibDiagonal;      ///< the same from rising to falling strokes
    float softness;         ///< width of the edge from ink to paper, in final pixels
};

float between(Random& random, float low, float high)
{
    // 24 bits are exactly a float's.
    return low + (high - low) * (static_cast<float>(nextBits(random) >> 40) * 0x1.0p-24F);
}

/// Nearly normal with mean 0 and deviation 1, never beyond 3.5: the sum of four uniform numbers.
float bell(Random& random)
{
    const std::uint64_t bits = nextBits(random);
    const auto sum = static_cast<int>((bits & 0xffffU) + ((bits >> 16) & 0xffffU) + ((bits >> 32) & 0xffffU) +
                                      (bits >> 48));
    return static_cast<float>(sum - 131070) * (1.7320508F / 65536.0F);
}

/// The deviations and means were set by hand: after the slant, width over height, stroke width and share of
/// ink that MNIST's training images show, and wider where a network that learns from the digits then reads
/// more of these images.
Hand makeHand(Random& random)
{
    Hand hand;
    hand.jitter = between(random, 1.5F, 9.0F);
    hand.slant = 0.19F + 0.29F * bell(random);
    hand.turn = 0.045F * bell(random);
    const float widening = 0.23F * bell(random);
    hand.aspect = 0.92F * (1.0F + widening + 0.5F * widening * widening);
    hand.topHeavy = 0.28F * bell(random);
    hand.taper = 0.25F * bell(random);
    hand.sag = 0.15F * bell(random);
    hand.bowX = 0.20F * bell(random);
    hand.bowY = 0.15F * bell(random);
    hand.leanX = 0.2F * bell(random);
    hand.leanY = 0.10F * bell(random);
    const float pen = 0.36F * bell(random);
    hand.radius = 1.12F * (1.0F + pen + 0.5F * pen * pen);
    hand.swell = 0.20F * bell(random);
    hand.swellBend = 0.20F * bell(random);
    hand.nibAcross = 0.10F * bell(random);
    hand.nibDiagonal = 0.10F * bell(random);
    hand.softness = between(random, 0.9F, 2.0F);
    return hand;
}

/// Where the hand puts a point of the skeleton.
PenPoint place(const Hand& hand, PenPoint point)
{
    const float u = (point.x - 50.0F) / 100.0F;
    const float v = (point.y - 50.0F) / 100.0F;
    const float edge = 0.25F - v * v;
    float x = u + hand.taper * u * v * 2.0F + hand.bowX * edge + hand.leanX * v * edge * 2.0F;
    float y = v + hand.topHeavy * edge + hand.sag * (u * u) + hand.bowY * u * v + hand.leanY * u;
    x = x * hand.aspect - hand.slant * y;
    // Rotation by the angle whose half has this tangent.
    const float t = hand.turn;
    const float scale = 100.0F / (1.0F + t * t);
    const float c = (1.0F - t * t) * scale;
    const float s = 2.0F * t * scale;
    return {c * x - s * y, s * x + c * y};
}

/// One of the digit's skeletons, by weight.
std::span<const ControlPoint> chooseSkeleton(int digit, Random& random)
{
    const auto ways = skeletons(digit);
    int total = 0;
    for (const Skeleton& way : ways)
        total += way.weight;
    auto left = static_cast<int>(uniformBelow(random, static_cast<std::uint64_t>(total)));
    for (const Skeleton& way : ways) {
        left -= way.weight;
        if (left < 0)
            return way.points;
    }
    return ways.back().points;
}

using Placed = std::array<PenPoint, maximumControlPoints>;

/// Whether the pen is lifted after control point `i`.
bool strokeEnds(std::span<const ControlPoint> controls, std::size_t i)
{
    return i + 1 == controls.size() || controls[i + 1].pass == Pass::Down;
}

/// Where this hand's writing passes, for each control point.
Placed placeAll(std::span<const ControlPoint> controls, const Hand& hand, Random& random)
{
    // The mixture of the two poses changes along the digit: a narrow top may stand on a wide base.
    const float first = between(random, -0.25F, 1.25F);
    const float second = between(random, -0.25F, 1.25F);
    const float change = (second - first) / static_cast<float>(controls.size() - 1);
    // A hand that is off its way does not return to it at once: neighbours deviate alike.
    constexpr float kept = 0.7F;
    const float fresh = std::sqrt(1.0F - kept * kept);
    Placed points;
    PenPoint shift;
    PenPoint drift;
    for (std::size_t i = 0; i < controls.size(); ++i) {
        const ControlPoint& control = controls[i];
        const bool begins = control.pass == Pass::Down;
        const PenPoint push = {bell(random), bell(random)};
        drift = begins ? push : PenPoint{kept * drift.x + fresh * push.x, kept * drift.y + fresh * push.y};
        if (begins)
            shift = {4.0F * bell(random), 4.0F * bell(random)};
        const bool ends = strokeEnds(controls, i);
        const float jitter = begins || ends ? 1.4F * hand.jitter : hand.jitter;
        const float mix = first + change * static_cast<float>(i);
        const auto blend = [mix](std::int16_t a, std::int16_t b) {
            return static_cast<float>(a) + mix * static_cast<float>(b - a);
        };
        points[i] = place(hand, {blend(control.ax, control.bx) + shift.x + jitter * drift.x,
                                 blend(control.ay, control.by) + shift.y + jitter * drift.y});
        if (ends) {
            // Strokes stop short or are drawn beyond their end.
            const PenPoint before = points[i - 1];
            const float beyond = between(random, -0.2F, 0.4F);
            points[i] = {points[i].x + beyond * (points[i].x - before.x),
                         points[i].y + beyond * (points[i].y - before.y)};
        }
    }
    return points;
}

/// The path of one digit in the skeleton's units.
void write(int digit, const Hand& hand, Random& random, PenPath& path)
{
    const auto controls = chooseSkeleton(digit, random);
    const Placed points = placeAll(controls, hand, random);
    std::size_t start = 0;
    for (std::size_t i = 1; i < controls.size(); ++i) {
        const bool corner = controls[i].pass == Pass::Corner;
        const bool ends = strokeEnds(controls, i);
        if (!corner && !ends)
            continue;
        bool lifted = controls[start].pass == Pass::Down;
        if (lifted && start > 0 && between(random, 0.0F, 1.0F) < 0.06F) {
            // In haste the pen stays on the paper from one stroke to the next.
            path.add(points[start], false);
            lifted = false;
        }
        addCurve(path, std::span<const PenPoint>(points).subspan(start, i - start + 1), lifted);
        start = corner ? i : i + 1;
        if (ends)
            ++i;
    }
}

/// Where the digit is slim or flat nobody takes a pen so broad that it fills what the strokes enclose.
void lighten(Hand& hand, const PenPath& path)
{
    PenPoint low = path.points[0];
    PenPoint high = low;
    for (std::size_t i = 1; i < path.size; ++i) {
        low = {std::min(low.x, path.points[i].x), std::min(low.y, path.points[i].y)};
        high = {std::max(high.x, path.points[i].x), std::max(high.y, path.points[i].y)};
    }
    const float width = high.x - low.x;
    const float height = high.y - low.y;
    const float slimness = std::min(width, height) / std::max(width, height);
    hand.radius = std::min(hand.radius, 0.7F + 1.8F * slimness);
}

/// The pen's radius at each vertex, in pixels.
void press(const Hand& hand, Random& random, PenPath& path)
{
    const float count = static_cast<float>(path.size);
    for (std::size_t i = 0; i < path.size; ++i) {
        const std::size_t from = path.lifted[i] ? i : i - 1;
        const std::size_t to = path.lifted[i] ? std::min(i + 1, path.size - 1) : i;
        const float dx = path.points[to].x - path.points[from].x;
        const float dy = path.points[to].y - path.points[from].y;
        const float length2 = dx * dx + dy * dy + 1e-6F;
        const float along = static_cast<float>(i) / count - 0.5F;
        const float change =
            hand.swell * along + hand.swellBend * (4.0F * along * along - 0.33F) +
            (hand.nibAcross * (dx * dx - dy * dy) + hand.nibDiagonal * 2.0F * dx * dy) / length2;
        const float roughness = 0.18F * bell(random);
        path.radii[i] = std::clamp(hand.radius * (1.0F + change) + roughness, 0.5F, 3.5F);
    }
}

/// The hand's tremor, of which a scan's coarse pixels make ragged edges.
void tremble(Random& random, PenPath& path)
{
    for (std::size_t i = 0; i < path.size; ++i) {
        path.points[i].x += 0.8F * bell(random);
        path.points[i].y += 0.8F * bell(random);
    }
}

/// Scales the path so that the longer side of its ink is 20, and moves it so that this side reaches from 0
/// to 20 and the shorter one lies in the middle between.
void fit(const Hand& hand, PenPath& path)
{
    float scale = 0.16F;
    PenPoint low;
    PenPoint high;
    const auto measure = [&] {
        low = {std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
        high = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::lowest()};
        for (std::size_t i = 0; i < path.size; ++i) {
            const float r = inkReach(path.radii[i], hand.softness);
            low = {std::min(low.x, path.points[i].x * scale - r),
                   std::min(low.y, path.points[i].y * scale - r)};
            high = {std::max(high.x, path.points[i].x * scale + r),
                    std::max(high.y, path.points[i].y * scale + r)};
        }
    };
    // The pen does not grow with the path, so that the scale takes a few steps to find.
    for (int step = 0; step < 3; ++step) {
        measure();
        const float side = std::max(high.x - low.x, high.y - low.y);
        const float pen = 2.0F * inkReach(hand.radius, hand.softness);
        scale *= std::max(inkSide - pen, 1.0F) / std::max(side - pen, 1.0F);
    }
    measure();
    const PenPoint move = {0.5F * (inkSide - low.x - high.x), 0.5F * (inkSide - low.y - high.y)};
    for (std::size_t i = 0; i < path.size; ++i)
        path.points[i] = {path.points[i].x * scale + move.x, path.points[i].y * scale + move.y};
}

/// The canvas as bytes in the middle of the image: the ink's centre of mass on pixel 14, as in MNIST, as
/// nearly as whole pixels allow.
DigitImage centre(const Hand& hand, const InkCanvas& canvas)
{
    std::array<std::uint8_t, inkSide * inkSide> ink;
    const float gain = 255.0F / hand.softness;
    int mass = 0;
    int massX = 0;
    int massY = 0;
    for (int row = 0; row < inkSide; ++row) {
        int rowMass = 0;
        for (int column = 0; column < inkSide; ++column) {
            const float depth = canvas[static_cast<std::size_t>(row * inkCanvasWidth + column)];
            // Away from the edge the approximation is only half the true depth: the core is saturated.
            float value = (depth > 0.0F ? 2.2F * depth : depth) * gain + 128.0F;
            value = value < 0.0F ? 0.0F : value;
            value = value > 255.0F ? 255.0F : value;
            const int byte = static_cast<int>(value);
            ink[static_cast<std::size_t>(row * inkSide + column)] = static_cast<std::uint8_t>(byte);
            rowMass += byte;
            massX += byte * column;
        }
        mass += rowMass;
        massY += rowMass * row;
    }
    // Integers, rounded half up: 14 - sum / mass + 1/2, rounded down.
    const auto offset = [mass](int sum) {
        return mass == 0 ? 4 : std::clamp((29 * mass - 2 * sum) / (2 * mass), 0, imageSide - inkSide);
    };
    const int left = offset(massX);
    const int top = offset(massY);
    DigitImage image{};
    for (int row = 0; row < inkSide; ++row)
        std::copy_n(ink.begin() + row * inkSide, inkSide, image.begin() + (top + row) * imageSide + left);
    return image;
}

} // namespace

DigitImage drawDigit(int digit, std::uint64_t seed, std::uint64_t index)
{
    assert(digit >= 0 && digit <= 9);
    Random random = makeRandom(seed, index);
    Hand hand = makeHand(random);
    PenPath path;
    write(digit, hand, random, path);
    if (digit != 1)
        lighten(hand, path);
    press(hand, random, path);
    tremble(random, path);
    fit(hand, path);
    InkCanvas canvas;
    drawInk(path, hand.softness, canvas);
    return centre(hand, canvas);
}

Dataset makeDigits(std::size_t count, std::uint64_t seed, const std::stop_token& stop)
{
    Dataset data;
    data.name = "Built-in digits";
    data.source = "digits";
    data.width = imageSide;
    data.height = imageSide;
    data.classes = 10;
    for (int digit = 0; digit < 10; ++digit)
        data.classNames.push_back(std::to_string(digit));
    data.official.training = count * 6 / 7;
    data.labels.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        data.labels[i] = static_cast<std::uint8_t>(i % 10);
    // A stream that no image has, images being numbered from 0.
    Random order = makeRandom(seed, std::numeric_limits<std::uint64_t>::max());
    shuffle(std::span(data.labels), order);

    constexpr std::size_t pixels = imageSide * imageSide;
    constexpr std::size_t chunk = 256;
    data.pixels.resize(count * pixels);
    std::atomic<std::size_t> nextChunk = 0;
    const auto work = [&] {
        for (;;) {
            const std::size_t begin = nextChunk.fetch_add(1, std::memory_order_relaxed) * chunk;
            if (begin >= count || stop.stop_requested())
                return;
            for (std::size_t i = begin; i < std::min(begin + chunk, count); ++i) {
                const DigitImage drawn = drawDigit(data.labels[i], seed, i);
                std::copy(drawn.begin(), drawn.end(), data.pixels.data() + i * pixels);
            }
        }
    };
    const std::size_t chunks = (count + chunk - 1) / chunk;
    const std::size_t threads = std::min(static_cast<std::size_t>(usableProcessors()), chunks);
    Workers(static_cast<int>(threads)).run(threads, [&](std::size_t) { work(); });
    return data;
}

} // namespace chainrule
