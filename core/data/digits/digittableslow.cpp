// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digittables.h"

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
// Left open at the top: a little, widely.
constexpr ControlPoint zeroOpen[] = {
    {36, 6, 26, 14, down}, {12, 30, 8, 36},  {8, 70, 6, 72},   {34, 98, 34, 98},
    {70, 94, 74, 94},      {92, 60, 96, 60}, {86, 24, 94, 28}, {60, 2, 74, 8},
};
// Closed, then the line runs on into the inside: a little, to the other side.
constexpr ControlPoint zeroInner[] = {
    {60, 4, 70, 6, down}, {30, 10, 34, 8},  {8, 46, 8, 48}, {24, 92, 26, 92}, {56, 99, 58, 99},
    {88, 74, 88, 72},     {90, 30, 92, 28}, {62, 3, 60, 2}, {42, 18, 36, 24}, {38, 34, 30, 68},
};
// A line that comes from beyond the upper right.
constexpr ControlPoint zeroLeadIn[] = {
    {84, -4, 108, -10, down}, {52, 4, 56, 4},   {18, 26, 20, 24}, {6, 62, 6, 62}, {28, 97, 28, 97},
    {66, 92, 68, 92},         {88, 54, 90, 54}, {74, 14, 76, 14}, {46, 2, 40, 8},
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
    {39, 14, 14, 32, down},  {50, 0, 52, 0, corner}, {50, 50, 52, 50},   {50, 100, 52, 99},
    {32, 100, 4, 100, down}, {50, 100, 50, 100},     {68, 100, 104, 98},
};
// The serif reaches far down: as far as a third, as the half.
constexpr ControlPoint oneLongSerif[] = {
    {20, 32, -10, 50, down}, {40, 14, 26, 24}, {56, 0, 60, 0, corner}, {54, 50, 56, 50}, {50, 100, 54, 100},
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
// Large round head, a ring for a base, the tail short, rising.
constexpr ControlPoint twoRing[] = {
    {16, 30, 8, 26, down}, {26, 6, 24, 6},   {54, 0, 56, 0},   {76, 18, 80, 20},
    {70, 46, 74, 48},      {50, 72, 50, 76}, {26, 92, 22, 96}, {6, 92, -2, 94},
    {4, 76, 0, 74},        {26, 66, 26, 64}, {52, 76, 58, 74}, {80, 86, 98, 78},
};
// Like a d: hardly a head, a large ring for a base.
constexpr ControlPoint twoRinged[] = {
    {40, 6, 28, 8, down}, {58, 0, 56, 0},   {72, 12, 76, 18},  {68, 44, 70, 46},
    {54, 78, 52, 80},     {28, 98, 26, 98}, {4, 88, 0, 88},    {8, 70, 4, 66},
    {36, 64, 34, 62},     {64, 80, 64, 78}, {90, 88, 102, 84},
};
// Like a Z with straight lines, with bent ones.
constexpr ControlPoint twoAngular[] = {
    {4, 8, 3, 18, down}, {40, 5, 33, 2},           {72, 4, 74, 6},   {77, 14, 78, 26},
    {46, 54, 49, 62},    {12, 94, 12, 94, corner}, {51, 94, 42, 90}, {96, 92, 103, 100},
};
// Small head and long base.
constexpr ControlPoint twoSmallHead[] = {
    {34, 20, 28, 16, down}, {46, 3, 44, 2},         {64, 10, 62, 12}, {58, 42, 56, 46},
    {38, 74, 36, 76},       {8, 96, 0, 94, corner}, {50, 94, 52, 94}, {100, 92, 132, 96},
};
// The head begins with a curl; flat wavy base.
constexpr ControlPoint twoCurled[] = {
    {28, 34, 26, 42, down}, {10, 26, 6, 30},  {18, 6, 16, 8},    {50, 0, 50, 0},
    {76, 18, 80, 22},       {62, 50, 60, 54}, {34, 80, 28, 84},  {4, 96, -6, 98, corner},
    {36, 88, 34, 86},       {64, 96, 66, 98}, {96, 92, 110, 88},
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
// Head and end curled in.
constexpr ControlPoint threeCurled[] = {
    {18, 26, 12, 30, down}, {12, 12, 6, 16},          {38, 0, 36, 0},   {72, 12, 74, 14},
    {60, 38, 60, 40},       {40, 46, 36, 46, corner}, {66, 52, 68, 52}, {86, 74, 88, 76},
    {62, 99, 60, 99},       {22, 96, 18, 96},         {4, 84, -2, 76},
};
// The lower bowl runs out straight to the lower left.
constexpr ControlPoint threeTailed[] = {
    {14, 10, 6, 18, down}, {40, 0, 36, 2},   {70, 10, 72, 10}, {58, 36, 60, 38},  {38, 46, 36, 48, corner},
    {66, 52, 64, 54},      {76, 70, 72, 74}, {56, 88, 46, 92}, {28, 98, 16, 100}, {4, 101, -18, 103},
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
// The slope is the highest part, the stem a short stroke through the bar.
constexpr ControlPoint fourLow[] = {
    {46, 0, 36, 0, down}, {26, 34, 24, 34},       {2, 68, 14, 62, corner}, {46, 67, 38, 65},
    {96, 63, 60, 61},     {66, 30, 56, 36, down}, {62, 64, 52, 68},        {58, 100, 50, 100},
};
// Long bar that the stem crosses in its middle.
constexpr ControlPoint fourLongBar[] = {
    {44, 6, 30, 12, down}, {24, 34, 14, 36},      {2, 60, -2, 62, corner}, {50, 57, 52, 57},
    {104, 51, 126, 48},    {72, 0, 68, 16, down}, {63, 50, 62, 58},        {55, 100, 56, 100},
};

constexpr Skeleton zeros[] = {{10, zero},    {5, zeroHooked}, {6, zeroCrossing},
                              {1, zeroOpen}, {2, zeroInner},  {1, zeroLeadIn}};
constexpr Skeleton ones[] = {{15, one}, {3, oneSerif}, {3, oneFoot}, {1, oneLongSerif}};
constexpr Skeleton twos[] = {{5, two},          {6, twoLooped}, {7, twoRound}, {3, twoAngular},
                             {2, twoSmallHead}, {2, twoCurled}, {5, twoRing},  {3, twoRinged}};
constexpr Skeleton threes[] = {{7, three},     {3, threeFlat},   {5, threeLooped},
                               {2, threeSoft}, {2, threeCurled}, {2, threeTailed}};
constexpr Skeleton fours[] = {{5, fourOpen},   {7, fourRound}, {2, fourClosed},
                              {4, fourSingle}, {4, fourLow},   {2, fourLongBar}};

constexpr DigitTables tables{zeros, ones, twos, threes, fours};
static_assert(wellFormed(tables));

} // namespace

constinit const DigitTables zeroToFour = tables;

} // namespace chainrule
