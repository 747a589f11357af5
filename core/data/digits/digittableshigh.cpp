// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digittables.h"

namespace chainrule {

namespace {

constexpr Pass corner = Pass::Corner;
constexpr Pass down = Pass::Down;

// Each line is {x, y of one pose, x, y of the other}: what the poses are stands above the table.

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
// Large high belly, detached flag.
constexpr ControlPoint fiveBellied[] = {
    {28, 8, 34, 14, down}, {22, 22, 26, 26},     {18, 38, 20, 38, corner}, {46, 31, 50, 34},
    {82, 46, 86, 50},      {82, 82, 86, 84},     {50, 100, 48, 100},       {20, 94, 10, 96},
    {2, 82, -8, 80},       {28, 4, 36, 2, down}, {56, 3, 66, 0},           {84, 0, 104, -8},
};
// Small belly low on a long back.
constexpr ControlPoint fiveSmall[] = {
    {76, 0, 94, -4, down}, {56, 3, 62, 3},   {38, 5, 34, 6, corner}, {33, 28, 28, 28},  {28, 52, 20, 54},
    {46, 50, 38, 54},      {66, 64, 56, 70}, {62, 86, 50, 90},       {40, 99, 24, 100}, {14, 95, -2, 94},
};
// The belly's end curls up.
constexpr ControlPoint fiveCurled[] = {
    {80, 2, 92, 0, down},     {52, 4, 56, 4},   {30, 6, 30, 6, corner}, {24, 24, 22, 24},
    {20, 42, 18, 44, corner}, {46, 36, 46, 38}, {76, 50, 78, 52},       {80, 80, 78, 82},
    {52, 99, 50, 99},         {20, 92, 16, 92}, {10, 76, 2, 70},
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
// Wide bowl as high as half the digit.
constexpr ControlPoint sixWide[] = {
    {34, 0, 26, 4, down}, {16, 26, 8, 32},  {8, 58, 4, 64},   {20, 90, 20, 93}, {54, 99, 56, 99},
    {88, 84, 100, 80},    {84, 54, 94, 54}, {56, 46, 64, 46}, {30, 62, 34, 62}, {18, 82, 22, 82},
};
// The bowl stays open: ends before the neck.
constexpr ControlPoint sixOpen[] = {
    {50, 0, 60, 0, down}, {26, 26, 30, 26}, {12, 60, 14, 60}, {22, 91, 24, 92}, {50, 99, 52, 99},
    {80, 82, 82, 80},     {72, 58, 72, 52}, {46, 60, 50, 56}, {32, 66, 44, 62},
};
// Straight upright neck; the bowl's right side is high.
constexpr ControlPoint sixUpright[] = {
    {16, 2, 10, 0, down}, {8, 36, 4, 36},   {12, 74, 8, 74},  {34, 98, 34, 98}, {70, 90, 78, 88},
    {84, 62, 94, 56},     {66, 46, 72, 36}, {46, 58, 46, 50}, {34, 82, 28, 76},
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
// A deep hook, like a serif that is drawn down and up again.
constexpr ControlPoint sevenDeepHook[] = {
    {2, 30, 8, 42, down},   {8, 14, 8, 16},   {14, 1, 10, 0, corner}, {46, 6, 46, 8},
    {86, 3, 88, 0, corner}, {68, 36, 66, 34}, {54, 68, 52, 68},       {48, 100, 46, 100},
};
// Hooked or swung bar, curved stem, long crossbar.
constexpr ControlPoint sevenSwung[] = {
    {6, 20, -2, 22, down}, {14, 5, 14, 5},    {44, 8, 46, 9},     {80, 2, 82, 2, corner},
    {62, 34, 60, 36},      {46, 66, 48, 68},  {40, 100, 42, 100}, {22, 56, 4, 58, down},
    {52, 52, 54, 53},      {80, 48, 106, 48},
};
// The bar an arch that turns into the stem, with a crossbar.
constexpr ControlPoint sevenArched[] = {
    {4, 18, -2, 26, down}, {14, 6, 10, 8},     {40, 2, 38, 2},        {72, 6, 78, 8},   {67, 28, 68, 30},
    {52, 62, 50, 62},      {42, 100, 42, 100}, {20, 57, 4, 60, down}, {50, 54, 50, 55}, {80, 52, 104, 50},
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
// The last line shoots up to the right, far from where it began.
constexpr ControlPoint eightTailed[] = {
    {64, 8, 56, 6, down}, {38, 1, 32, 2},   {20, 18, 14, 20}, {42, 42, 42, 44}, {66, 68, 68, 70},
    {58, 95, 58, 96},     {34, 98, 32, 98}, {24, 78, 24, 80}, {50, 46, 52, 50}, {82, 8, 112, 4},
};
// Large upper ring, small lower one.
constexpr ControlPoint eightTopHeavy[] = {
    {76, 14, 84, 16, down}, {50, 0, 48, 0},   {18, 14, 10, 18}, {24, 44, 20, 46},
    {50, 58, 50, 62},       {66, 76, 64, 80}, {56, 98, 54, 99}, {36, 96, 36, 97},
    {30, 78, 34, 82},       {50, 58, 52, 62}, {76, 38, 84, 40}, {77, 12, 84, 10},
};
// The last line ends in the middle: the upper ring stays open.
constexpr ControlPoint eightUnclosed[] = {
    {76, 14, 84, 20, down}, {52, 0, 54, 2},   {24, 12, 20, 14}, {32, 36, 30, 36},
    {56, 52, 58, 54},       {72, 72, 76, 74}, {60, 96, 62, 97}, {36, 98, 34, 99},
    {22, 82, 20, 80},       {40, 58, 40, 58}, {58, 40, 64, 44},
};
// Begun at the crossing: round the upper ring, then round the lower one.
constexpr ControlPoint eightLooped[] = {
    {44, 44, 46, 48, down}, {24, 28, 18, 30}, {32, 4, 30, 4},   {62, 2, 66, 2},
    {72, 20, 78, 20},       {50, 44, 48, 46}, {24, 70, 18, 70}, {30, 96, 28, 97},
    {62, 98, 64, 99},       {74, 76, 80, 76}, {56, 52, 56, 54}, {36, 38, 32, 40},
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
// The tail ends in a wide bow to the left.
constexpr ControlPoint nineHooked[] = {
    {72, 12, 80, 8, down}, {44, 0, 46, 0},    {14, 14, 10, 14},       {18, 38, 16, 40},
    {44, 46, 46, 48},      {70, 28, 76, 28},  {78, 8, 84, 6, corner}, {80, 44, 86, 44},
    {76, 80, 80, 82},      {54, 99, 52, 101}, {24, 97, 14, 98},       {6, 88, -10, 84},
};
// Small ring, and a tail that bulges to the right before its bow.
constexpr ControlPoint nineBulging[] = {
    {60, 12, 68, 14, down}, {40, 0, 42, 2},   {18, 12, 14, 16}, {20, 32, 16, 34},
    {42, 36, 40, 40},       {62, 24, 66, 28}, {72, 30, 80, 38}, {76, 54, 88, 60},
    {70, 80, 80, 86},       {44, 98, 46, 99}, {12, 98, 6, 98},  {-2, 90, -14, 86},
};
// The ring a slanting loop.
constexpr ControlPoint nineSlanting[] = {
    {74, 8, 80, 4, down}, {48, 6, 50, 4},         {16, 30, 10, 34}, {16, 50, 10, 54}, {40, 46, 40, 48},
    {66, 22, 70, 22},     {76, 8, 82, 4, corner}, {70, 44, 72, 46}, {62, 72, 62, 74}, {56, 100, 56, 100},
};
// Like an a with a long stem: a wide flat ring.
constexpr ControlPoint nineWide[] = {
    {76, 18, 86, 20, down}, {46, 2, 46, 0},           {8, 26, 0, 30},   {18, 56, 12, 62},
    {50, 52, 50, 58},       {76, 22, 86, 26, corner}, {78, 58, 86, 62}, {78, 100, 88, 100},
};
// Ring left open at the top, the tail beginning above it.
constexpr ControlPoint nineOpen[] = {
    {60, 3, 44, 3, down}, {26, 10, 17, 14},       {17, 38, 10, 38}, {37, 50, 33, 50}, {62, 40, 60, 42},
    {74, 16, 73, 14},     {75, 4, 77, 0, corner}, {73, 36, 75, 36}, {69, 68, 73, 68}, {64, 100, 73, 100},
};

constexpr Skeleton fives[] = {{5, fiveFlagged}, {4, fiveSingle}, {4, fiveSoft},
                              {1, fiveBellied}, {2, fiveSmall},  {2, fiveCurled}};
constexpr Skeleton sixes[] = {{4, six},     {4, sixStraight}, {4, sixLeaning}, {3, sixSpiral},
                              {4, sixWide}, {2, sixOpen},     {5, sixUpright}};
constexpr Skeleton sevens[] = {{6, seven},         {3, sevenHooked}, {4, sevenCrossed}, {7, sevenSoft},
                               {2, sevenDeepHook}, {2, sevenSwung},  {2, sevenArched}};
constexpr Skeleton eights[] = {{5, eight},       {6, eightOpen},     {1, eightRings},  {1, eightNarrow},
                               {3, eightTailed}, {2, eightTopHeavy}, {1, eightLooped}, {2, eightUnclosed}};
constexpr Skeleton nines[] = {{9, nine},       {1, nineCurved}, {7, nineSweep},   {2, nineOpen},
                              {3, nineHooked}, {4, nineWide},   {4, nineBulging}, {2, nineSlanting}};

constexpr DigitTables tables{fives, sixes, sevens, eights, nines};
static_assert(wellFormed(tables));

} // namespace

constinit const DigitTables fiveToNine = tables;

} // namespace chainrule
