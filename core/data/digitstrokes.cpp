// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digitstrokes.h"

#include <array>
#include <cassert>

namespace chainrule {

namespace {

constexpr Pass corner = Pass::Corner;
constexpr Pass down = Pass::Down;

// Each line is {x, y of one pose, x, y of the other}: what the poses are stands above the table.

// Slim, round.
constexpr ControlPoint zero[] = {
    {53, 0, 60, 2, down}, {28, 14, 15, 12},  {18, 50, -7, 50}, {31, 88, 17, 90}, {52, 100, 54, 100},
    {72, 86, 90, 88},     {82, 50, 107, 48}, {72, 14, 85, 12}, {51, 0, 49, 1},
};
// Left open at the top, closed with a hook that runs on into the inside.
constexpr ControlPoint zeroHooked[] = {
    {42, 4, 67, 6, down}, {17, 22, 26, 8},  {4, 52, 2, 48},   {19, 88, 17, 88}, {52, 100, 52, 100},
    {83, 84, 85, 84},     {93, 48, 95, 46}, {81, 14, 72, 10}, {62, 6, 39, 2},   {53, 6, 31, 18},
};
// Begun at the left shoulder with a lead-in, ended beyond the top at the left, at the right.
constexpr ControlPoint zeroCrossing[] = {
    {35, 6, 26, 16, down}, {13, 34, 6, 40},  {12, 72, 7, 74}, {40, 98, 40, 100}, {72, 86, 81, 88},
    {84, 50, 96, 52},      {67, 12, 79, 16}, {37, 4, 44, 2},  {15, 14, 19, 8},
};

// Straight, bent.
constexpr ControlPoint one[] = {
    {50, 0, 54, 0, down},
    {50, 33, 48, 33},
    {50, 66, 47, 66},
    {50, 100, 53, 100},
};
// Short serif, long serif.
constexpr ControlPoint oneSerif[] = {
    {41, 12, 16, 34, down}, {46, 6, 36, 16}, {52, 0, 54, 0, corner}, {52, 50, 54, 50}, {52, 100, 54, 100},
};
// Short serif and foot, long ones.
constexpr ControlPoint oneFoot[] = {
    {39, 14, 23, 24, down},   {50, 0, 52, 0, corner}, {50, 50, 52, 50},  {50, 100, 52, 99},
    {34, 100, 14, 100, down}, {50, 100, 50, 100},     {66, 100, 90, 98},
};

// High arch and short base, low arch and long base.
constexpr ControlPoint two[] = {
    {14, 24, 1, 22, down}, {29, 4, 22, 5},          {56, 0, 56, 0},   {77, 18, 79, 16},  {68, 46, 67, 40},
    {45, 72, 38, 68},      {17, 98, 3, 95, corner}, {51, 96, 53, 96}, {89, 96, 114, 98},
};
// Small loop, wide loop at the lower left.
constexpr ControlPoint twoLooped[] = {
    {14, 22, 0, 16, down}, {31, 4, 31, 0},   {58, 2, 65, 6},   {73, 22, 78, 26},
    {64, 52, 62, 56},      {41, 84, 37, 88}, {24, 96, 8, 98},  {12, 92, -8, 88},
    {23, 82, 7, 76},       {46, 88, 43, 84}, {69, 98, 78, 97}, {96, 94, 123, 88},
};
// Round head that begins low on the left; a round base loop, the tail level, rising.
constexpr ControlPoint twoRound[] = {
    {22, 34, 10, 38, down}, {20, 12, 14, 14}, {46, 0, 44, 0},    {76, 14, 80, 16}, {80, 42, 84, 46},
    {62, 74, 60, 78},       {34, 96, 28, 98}, {12, 96, 2, 94},   {8, 82, -2, 76},  {26, 72, 20, 64},
    {52, 84, 50, 76},       {74, 94, 80, 86}, {98, 92, 118, 72},
};
// Like a Z with straight lines, with bent ones.
constexpr ControlPoint twoAngular[] = {
    {4, 8, 3, 18, down}, {40, 5, 33, 2},           {72, 4, 74, 6},   {77, 14, 78, 26},
    {46, 54, 49, 62},    {12, 94, 12, 94, corner}, {51, 94, 42, 90}, {96, 92, 103, 100},
};

// Equal bowls, small upper bowl and open lower one.
constexpr ControlPoint three[] = {
    {12, 14, 3, 10, down}, {34, 0, 30, 0},           {65, 8, 59, 6},   {69, 28, 63, 22},
    {53, 42, 46, 36},      {38, 47, 29, 42, corner}, {64, 52, 60, 46}, {81, 72, 86, 66},
    {69, 94, 75, 92},      {44, 100, 42, 100},       {17, 88, 5, 90},
};
// Flat top and sharp edges, slightly raised top.
constexpr ControlPoint threeFlat[] = {
    {8, 3, 3, 8, down},       {40, 3, 38, 2},   {72, 2, 68, 0, corner}, {54, 20, 52, 20},
    {37, 40, 37, 40, corner}, {66, 46, 61, 44}, {84, 70, 86, 68},       {69, 94, 69, 95},
    {42, 100, 42, 100},       {13, 90, 7, 88},
};
// Small loop at the waist, long one.
constexpr ControlPoint threeLooped[] = {
    {10, 14, 1, 12, down}, {34, 0, 32, 0},   {65, 12, 63, 12},   {62, 34, 56, 36},
    {44, 48, 28, 52},      {34, 50, 14, 50}, {39, 44, 27, 42},   {62, 48, 60, 48},
    {82, 70, 83, 72},      {68, 96, 66, 98}, {40, 100, 36, 104}, {13, 88, 5, 94},
};
// No waist to speak of: the bowls run into each other.
constexpr ControlPoint threeSoft[] = {
    {15, 10, 6, 14, down}, {40, 0, 38, 0},   {65, 12, 72, 14}, {60, 36, 62, 36},  {46, 46, 52, 46},
    {64, 52, 68, 54},      {77, 74, 81, 76}, {62, 96, 60, 98}, {38, 98, 34, 102}, {19, 92, 8, 96},
};

// Open: deep angle, shallow angle.
constexpr ControlPoint fourOpen[] = {
    {22, 4, 16, 10, down}, {16, 28, 8, 30},      {10, 54, 4, 46, corner}, {44, 53, 44, 46},
    {86, 50, 92, 44},      {70, 0, 74, 4, down}, {68, 50, 70, 50},        {64, 100, 66, 100},
};
// Open with a round bottom; the bar ends at the stem, runs beyond it.
constexpr ControlPoint fourRound[] = {
    {20, 2, 14, 12, down}, {12, 28, 4, 34},  {18, 50, 12, 54}, {42, 54, 42, 56},   {68, 46, 82, 44},
    {76, 0, 76, 2, down},  {70, 36, 72, 36}, {66, 66, 68, 66}, {62, 100, 68, 100},
};
// Closed: the slope begins at the stem's top, beside it.
constexpr ControlPoint fourClosed[] = {
    {64, 0, 56, 2, down}, {36, 30, 30, 34},      {6, 62, 4, 68, corner}, {48, 63, 50, 68},
    {96, 62, 92, 68},     {65, 0, 66, 10, down}, {65, 50, 66, 54},       {64, 100, 66, 100},
};
// In one stroke: down, across and up to the stem's top.
constexpr ControlPoint fourSingle[] = {
    {22, 6, 16, 16, down},   {14, 28, 8, 36},  {12, 50, 10, 56, corner}, {40, 48, 42, 48},   {60, 30, 66, 30},
    {76, 2, 78, 10, corner}, {70, 36, 74, 42}, {64, 66, 70, 70},         {58, 100, 66, 100},
};

// In two strokes: short flag and large belly, long flag and small belly.
constexpr ControlPoint fiveFlagged[] = {
    {17, 2, 29, 6, down}, {16, 22, 22, 24},     {14, 43, 18, 42, corner}, {42, 36, 44, 40},
    {74, 48, 68, 54},     {81, 72, 69, 76},     {65, 95, 49, 95},         {37, 100, 26, 99},
    {9, 90, 2, 88},       {17, 3, 29, 7, down}, {48, 3, 64, 3},           {77, 2, 105, -4},
};
// In one stroke with sharp edges.
constexpr ControlPoint fiveSingle[] = {
    {77, 2, 96, -2, down},    {48, 3, 57, 3},     {20, 5, 22, 6, corner}, {18, 24, 18, 24},
    {15, 43, 16, 44, corner}, {44, 37, 45, 42},   {74, 50, 69, 58},       {80, 76, 67, 80},
    {61, 97, 45, 98},         {32, 100, 21, 100}, {5, 88, 0, 88},
};
// Like an S with a full belly, a flat one.
constexpr ControlPoint fiveSoft[] = {
    {77, 6, 90, 2, down}, {46, 2, 51, 4},   {21, 12, 24, 16},  {19, 32, 24, 36}, {45, 42, 45, 48},
    {73, 56, 63, 64},     {76, 80, 61, 84}, {52, 98, 39, 100}, {16, 94, 5, 92},
};

// Upright with a short neck, leaning with a long bent neck.
constexpr ControlPoint six[] = {
    {53, 0, 73, 2, down}, {30, 18, 36, 14}, {14, 46, 12, 44}, {11, 76, 6, 74},  {32, 97, 30, 97},
    {63, 97, 63, 96},     {77, 78, 77, 76}, {58, 58, 56, 60}, {33, 62, 30, 64}, {16, 80, 16, 82},
};
// Straight neck and small bowl, large bowl.
constexpr ControlPoint sixStraight[] = {
    {37, 0, 30, 0, down}, {28, 24, 19, 24}, {19, 48, 8, 50},  {15, 76, 4, 78},  {30, 97, 32, 98},
    {56, 97, 70, 97},     {68, 80, 88, 74}, {52, 66, 62, 54}, {34, 70, 30, 60}, {21, 84, 11, 76},
};
// Straight leaning neck and a low small bowl that ends at the neck, far beyond it.
constexpr ControlPoint sixLeaning[] = {
    {60, 0, 70, 0, down}, {42, 24, 46, 22}, {26, 50, 24, 48}, {16, 76, 14, 76},
    {24, 96, 26, 98},     {50, 98, 54, 98}, {72, 82, 80, 78}, {72, 64, 78, 56},
    {54, 60, 56, 54},     {36, 72, 32, 68}, {26, 88, 12, 88},
};
// Spiral: the bowl ends inside, crosses the neck.
constexpr ControlPoint sixSpiral[] = {
    {63, 2, 51, 0, down}, {27, 14, 18, 20}, {5, 48, -1, 54},  {14, 84, 12, 88}, {49, 100, 47, 100},
    {83, 88, 81, 88},     {83, 66, 80, 66}, {55, 54, 48, 54}, {33, 64, 16, 64}, {34, 78, -8, 80},
};

// Straight stem, bent stem.
constexpr ControlPoint seven[] = {
    {0, 6, -1, 10, down}, {38, 5, 36, 5},   {73, 3, 75, 4, corner},
    {63, 32, 54, 38},     {53, 66, 45, 68}, {44, 100, 47, 100},
};
// With a hook at the left end of the bar.
constexpr ControlPoint sevenHooked[] = {
    {1, 18, 2, 28, down}, {2, 5, 3, 6, corner}, {38, 6, 38, 6},     {77, 3, 73, 2, corner},
    {64, 36, 56, 36},     {55, 68, 49, 68},     {53, 100, 53, 100},
};
// Short crossbar, long one.
constexpr ControlPoint sevenCrossed[] = {
    {1, 8, -3, 10, down}, {38, 5, 38, 6},         {75, 3, 77, 3, corner}, {62, 36, 59, 40}, {53, 68, 49, 70},
    {49, 100, 47, 100},   {38, 52, 22, 54, down}, {56, 50, 52, 51},       {75, 49, 87, 47},
};
// The bar turns into the stem without an edge.
constexpr ControlPoint sevenSoft[] = {
    {4, 14, -3, 20, down}, {17, 5, 11, 6},   {46, 4, 43, 2},     {69, 8, 72, 10},
    {69, 30, 66, 36},      {59, 64, 55, 66}, {53, 100, 51, 100},
};

// One closed line: equal rings, small upper ring.
constexpr ControlPoint eight[] = {
    {71, 12, 69, 8, down}, {48, 0, 50, 0},   {25, 12, 31, 10},   {29, 32, 34, 26}, {52, 48, 53, 42},
    {75, 68, 79, 64},      {75, 90, 75, 90}, {52, 100, 50, 100}, {27, 88, 21, 88}, {29, 68, 23, 64},
    {50, 48, 49, 42},      {68, 30, 68, 26}, {72, 14, 71, 10},
};
// Begun and ended at the upper right, with the ends apart: near, far.
constexpr ControlPoint eightOpen[] = {
    {69, 8, 81, 12, down}, {46, 0, 50, 2},   {23, 14, 23, 16}, {31, 34, 31, 36},
    {54, 50, 54, 54},      {72, 70, 70, 74}, {67, 92, 64, 94}, {46, 100, 42, 100},
    {25, 86, 25, 86},      {31, 66, 35, 66}, {52, 46, 57, 42}, {77, 14, 92, 0},
};
// Two rings, one above the other.
constexpr ControlPoint eightRings[] = {
    {48, 0, 50, 0, down}, {27, 10, 31, 10}, {27, 34, 30, 30},       {50, 47, 51, 42}, {71, 34, 72, 30},
    {67, 10, 69, 10},     {46, 1, 48, 1},   {50, 47, 51, 42, down}, {27, 60, 22, 56}, {27, 88, 21, 88},
    {54, 100, 56, 100},   {79, 86, 87, 86}, {75, 60, 80, 56},       {52, 48, 49, 43},
};
// Pinched: the lower ring a narrow loop, the waist low.
constexpr ControlPoint eightNarrow[] = {
    {68, 20, 77, 16, down}, {52, 2, 50, 2},   {27, 10, 21, 14}, {27, 36, 25, 42},
    {50, 54, 53, 60},       {66, 72, 64, 76}, {60, 96, 56, 98}, {42, 100, 38, 100},
    {35, 84, 31, 84},       {49, 58, 51, 60}, {65, 36, 71, 36}, {69, 14, 77, 10},
};

// Straight tail: upright, leaning.
constexpr ControlPoint nine[] = {
    {71, 14, 75, 10, down}, {46, 0, 51, 0},           {19, 12, 17, 16}, {19, 38, 10, 40}, {43, 48, 35, 48},
    {66, 34, 64, 34},       {73, 10, 75, 10, corner}, {73, 40, 69, 42}, {73, 70, 62, 70}, {73, 100, 54, 100},
};
// Tail curved a little, swung out to the left.
constexpr ControlPoint nineCurved[] = {
    {71, 16, 73, 14, down}, {46, 0, 44, 0},   {19, 14, 15, 16},         {21, 38, 19, 40},
    {46, 48, 48, 48},       {68, 34, 70, 32}, {74, 12, 77, 14, corner}, {78, 42, 82, 48},
    {73, 74, 76, 80},       {57, 94, 53, 99}, {38, 98, 14, 92},
};
// Ring and tail in one sweep; small ring, large ring.
constexpr ControlPoint nineSweep[] = {
    {64, 10, 78, 16, down}, {42, 2, 51, 0},   {24, 16, 11, 14}, {25, 36, 6, 42},  {45, 42, 35, 54},
    {61, 28, 65, 42},       {69, 16, 78, 22}, {69, 42, 78, 50}, {64, 70, 73, 74}, {58, 100, 66, 100},
};
// Ring left open at the top, the tail beginning above it.
constexpr ControlPoint nineOpen[] = {
    {47, 4, 32, 4, down}, {22, 16, 15, 16},       {17, 38, 10, 38}, {37, 50, 33, 50}, {62, 40, 60, 42},
    {74, 16, 73, 14},     {75, 4, 77, 0, corner}, {73, 36, 75, 36}, {69, 68, 73, 68}, {64, 100, 73, 100},
};

constexpr Skeleton zeros[] = {{5, zero}, {2, zeroHooked}, {2, zeroCrossing}};
constexpr Skeleton ones[] = {{12, one}, {4, oneSerif}, {2, oneFoot}};
constexpr Skeleton twos[] = {{5, two}, {6, twoLooped}, {4, twoRound}, {2, twoAngular}};
constexpr Skeleton threes[] = {{6, three}, {2, threeFlat}, {3, threeLooped}, {3, threeSoft}};
constexpr Skeleton fours[] = {{3, fourOpen}, {5, fourRound}, {1, fourClosed}, {4, fourSingle}};
constexpr Skeleton fives[] = {{5, fiveFlagged}, {3, fiveSingle}, {3, fiveSoft}};
constexpr Skeleton sixes[] = {{4, six}, {4, sixStraight}, {4, sixLeaning}, {3, sixSpiral}};
constexpr Skeleton sevens[] = {{6, seven}, {3, sevenHooked}, {3, sevenCrossed}, {3, sevenSoft}};
constexpr Skeleton eights[] = {{5, eight}, {5, eightOpen}, {2, eightRings}, {1, eightNarrow}};
constexpr Skeleton nines[] = {{7, nine}, {3, nineCurved}, {5, nineSweep}, {2, nineOpen}};

constexpr std::array<std::span<const Skeleton>, 10> allSkeletons{zeros, ones,  twos,   threes, fours,
                                                                 fives, sixes, sevens, eights, nines};

/// Whether every table keeps what skeletons() promises.
constexpr bool wellFormed()
{
    for (const auto& ways : allSkeletons) {
        for (const Skeleton& way : ways) {
            if (way.weight <= 0 || way.points.size() < 2 || way.points.size() > maximumControlPoints)
                return false;
            if (way.points.front().pass != Pass::Down || way.points.back().pass != Pass::Smooth)
                return false;
            for (std::size_t i = 1; i < way.points.size(); ++i)
                if (way.points[i].pass == Pass::Down && way.points[i - 1].pass != Pass::Smooth)
                    return false;
        }
    }
    return true;
}
static_assert(wellFormed());

} // namespace

std::span<const Skeleton> skeletons(int digit)
{
    assert(digit >= 0 && digit <= 9);
    return allSkeletons[static_cast<std::size_t>(digit)];
}

} // namespace chainrule
