// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/elementary.h"

#include "core/base/random.h"

#include <QtTest>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

// The program's own elementary functions: against the C library's in a wider number type, and against bits
// that every machine must give.
using namespace chainrule;

class TestElementary : public QObject {
    Q_OBJECT

private slots:
    void logarithmIsCloseEverywhere();
    void logarithmAtItsEdges();
    void exponentialIsCloseEverywhere();
    void exponentialAtItsEdges();
    void sineAndCosineAreClose();
    void sineAndCosineAtTheirEdges();
    void logarithmGivesTheRecordedBits();
    void exponentialGivesTheRecordedBits();
    void sineAndCosineGiveTheRecordedBits();
};

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double largestUlps = 3.0; // what elementary.h promises

// How far `value` is from the true one, in units of the last place of a double of that size.
double ulps(double value, long double truth)
{
    const double near = std::abs(static_cast<double>(truth));
    const double unit = std::nextafter(near, infinity) - near;
    return static_cast<double>(std::abs(static_cast<long double>(value) - truth)) / unit;
}

struct Worst {
    double ulps = 0.0;
    double at = 0.0;
};

template <typename Own, typename Reference>
Worst worstOf(const std::vector<double>& arguments, const Own& own, const Reference& reference)
{
    Worst worst;
    for (const double x : arguments) {
        const double error = ulps(own(x), reference(static_cast<long double>(x)));
        if (!(error <= worst.ulps)) // NaN counts
            worst = {std::isnan(error) ? infinity : error, x};
    }
    return worst;
}

#define VERIFY_CLOSE(arguments, own, reference)                                                              \
    do {                                                                                                     \
        const Worst worst =                                                                                  \
            worstOf(arguments, own, [](long double x) -> long double { return reference(x); });              \
        QVERIFY2(worst.ulps <= largestUlps, qPrintable(QStringLiteral("%1 is off by %2 ulps at %3")          \
                                                           .arg(QStringLiteral(#own))                        \
                                                           .arg(worst.ulps)                                  \
                                                           .arg(worst.at, 0, 'g', 17)));                     \
    } while (false)

// Evenly over the range; both ends included.
std::vector<double> between(double low, double high, int count, std::uint64_t seed)
{
    Random random = makeRandom(seed);
    std::vector<double> numbers{low, high};
    for (int i = 0; i < count; ++i)
        numbers.push_back(uniform(random, low, high));
    return numbers;
}

// The number and the three doubles on each side of it.
void addNeighbours(std::vector<double>& numbers, double x)
{
    double below = x;
    double above = x;
    numbers.push_back(x);
    for (int i = 0; i < 3; ++i) {
        below = std::nextafter(below, -infinity);
        above = std::nextafter(above, infinity);
        numbers.push_back(below);
        numbers.push_back(above);
    }
}

std::uint64_t bitsOf(double x)
{
    return std::bit_cast<std::uint64_t>(x);
}

struct Recorded {
    double argument;
    std::uint64_t bits;
};

constexpr Recorded recordedLogarithms[] = {
    {0x0.0000000000001p-1022, 0xc0874385446d71c3},
    {0x0.fffffffffffffp-1022, 0xc086232bdd7abcd2},
    {0x1p-1022, 0xc086232bdd7abcd2},
    {0x1.56e1fc2f8f359p-997, 0xc085963447f87fb5},
    {0x1.bff2ee48e053p-333, 0xc06cc845b54b54f2},
    {0x1.79ca10c924223p-67, 0xc047069e2aa2aa5b},
    {0x1.b7cdfd9d7bdbbp-34, 0xc037069e2aa2aa5b},
    {0x1.4f8b588e368f1p-17, 0xc027069e2aa2aa5b},
    {0x1.0624dd2f1a9fcp-10, 0xc01ba18a998fffa0},
    {0x1.47ae147ae147bp-7, 0xc0126bb1bbb55516},
    {0x1.999999999999ap-4, 0xc0026bb1bbb55515},
    {0x1p-2, 0xbff62e42fefa39ef},
    {0x1.3333333333333p-2, 0xbff34378fcbda721},
    {0x1p-1, 0xbfe62e42fefa39ef},
    {0x1.6a09e667f3bccp-1, 0xbfd62e42fefa39f0},
    {0x1.6a09e667f3bcdp-1, 0xbfd62e42fefa39ee},
    {0x1.ccccccccccccdp-1, 0xbfbaf8e8210a415c},
    {0x1.fae147ae147aep-1, 0xbf8495453e6fd4bc},
    {0x1.ffffde7210be9p-1, 0xbeb0c6f82d74d230},
    {0x1.fffffffffffffp-1, 0xbca0000000000000},
    {0x1p+0, 0x0000000000000000},
    {0x1.0000000000001p+0, 0x3cafffffffffffff},
    {0x1.000010c6f7a0bp+0, 0x3eb0c6f713f33a1d},
    {0x1.199999999999ap+0, 0x3fb8663f793c46cc},
    {0x1.6a09e667f3bccp+0, 0x3fd62e42fefa39ee},
    {0x1.6a09e667f3bcdp+0, 0x3fd62e42fefa39f0},
    {0x1.8p+0, 0x3fd9f323ecbf984c},
    {0x1p+1, 0x3fe62e42fefa39ef},
    {0x1.5bf0a8b145769p+1, 0x3ff0000000000000},
    {0x1.8p+1, 0x3ff193ea7aad030b},
    {0x1.4p+3, 0x40026bb1bbb55516},
    {0x1.9p+6, 0x40126bb1bbb55516},
    {0x1.81cd6c8b43958p+13, 0x4022d79559791e31},
    {0x1.2a05f2p+33, 0x4037069e2aa2aa5b},
    {0x1.249ad2594c37dp+332, 0x406cc845b54b54f2},
    {0x1.fffffffffffffp+1023, 0x40862e42fefa39ef},
};

constexpr Recorded recordedExponentials[] = {
    {-0x1.62p+9, 0x0017c8ab2288c9ab},
    {-0x1.5e4p+9, 0x00c4ff475c68ca02},
    {-0x1.f4p+8, 0x12d9265e78d4438d},
    {-0x1.9p+6, 0x36ea8c1f14e2af5d},
    {-0x1.92p+5, 0x3b66b30390494d8e},
    {-0x1.4p+4, 0x3e21b48655f37267},
    {-0x1.4p+3, 0x3f07cd79b5647c9a},
    {-0x1.4p+2, 0x3f7b993fe00d5376},
    {-0x1p+1, 0x3fc152aaa3bf81cc},
    {-0x1p+0, 0x3fd78b56362cef38},
    {-0x1.62e42fefa39efp-1, 0x3fe0000000000000},
    {-0x1p-1, 0x3fe368b2fc6f960a},
    {-0x1.62e42fefa39efp-2, 0x3fe6a09e667f3bcc},
    {-0x1.999999999999ap-4, 0x3fecf46d99d52b3a},
    {-0x1.0624dd2f1a9fcp-10, 0x3feff7cfe56f1a9e},
    {-0x1.b7cdfd9d7bdbbp-34, 0x3feffffffff24190},
    {-0x1.56e1fc2f8f359p-997, 0x3ff0000000000000},
    {0x0p+0, 0x3ff0000000000000},
    {0x1.79ca10c924223p-67, 0x3ff0000000000000},
    {0x1.4f8b588e368f1p-17, 0x3ff0000a7c5e340e},
    {0x1.47ae147ae147bp-7, 0x3ff0292a5d2f2226},
    {0x1.999999999999ap-4, 0x3ff1aec7b35a00d4},
    {0x1.62e42fefa39efp-2, 0x3ff6a09e667f3bcc},
    {0x1p-1, 0x3ffa61298e1e069c},
    {0x1.62e42fefa39efp-1, 0x4000000000000000},
    {0x1p+0, 0x4005bf0a8b14576a},
    {0x1p+1, 0x401d8e64b8d4ddae},
    {0x1.a666666666666p+1, 0x403b1cd5e7807b7b},
    {0x1.4p+3, 0x40d5829dcf950560},
    {0x1.5p+5, 0x43b8232558201159},
    {0x1.9066666666666p+6, 0x48f5508d07df81bb},
    {0x1.63p+8, 0x5ff1d613bf0a8036},
    {0x1.5ep+9, 0x7f0d945df4f8ec8e},
    {0x1.628p+9, 0x7fdd422d2be5dc9b},
    {0x1.62d9999999999p+9, 0x7fed75ae7a50ea65},
};

struct RecordedAngle {
    double argument;
    std::uint64_t sine;
    std::uint64_t cosine;
};

constexpr RecordedAngle recordedAngles[] = {
    {0x0p+0, 0x0000000000000000, 0x3ff0000000000000},
    {0x1.56e1fc2f8f359p-997, 0x01a56e1fc2f8f359, 0x3ff0000000000000},
    {0x1.b7cdfd9d7bdbbp-34, 0x3ddb7cdfd9d7bdbb, 0x3ff0000000000000},
    {0x1.4f8b588e368f1p-17, 0x3ee4f8b588e1e8a2, 0x3feffffffff920c8},
    {0x1.0624dd2f1a9fcp-10, 0x3f50624da5218a62, 0x3feffffef390876c},
    {0x1.999999999999ap-4, 0x3fb98eaecb8bcb2c, 0x3fefd712f9a817c0},
    {0x1p-2, 0x3fcfaaeed4f31577, 0x3fef01549f7deea1},
    {0x1p-1, 0x3fdeaee8744b05f0, 0x3fec1528065b7d50},
    {0x1.921fb54442d18p-1, 0x3fe6a09e667f3bcc, 0x3fe6a09e667f3bcc},
    {0x1.921fb54442d19p-1, 0x3fe6a09e667f3bcc, 0x3fe6a09e667f3bcc},
    {0x1p+0, 0x3feaed548f090cee, 0x3fe14a280fb5068c},
    {0x1.921fb54442d18p+0, 0x3ff0000000000000, 0x3c91a62633145c07},
    {0x1p+1, 0x3fed18f6ead1b446, 0xbfdaa22657537205},
    {0x1.2d97c7f3321d2p+1, 0x3fe6a09e667f3bcd, 0xbfe6a09e667f3bcc},
    {0x1.8p+1, 0x3fc210386db6d55b, 0xbfefae04be85e5d2},
    {0x1.921fb54442d18p+1, 0x3ca1a62633145c07, 0xbff0000000000000},
    {-0x1.999999999999ap-4, 0xbfb98eaecb8bcb2c, 0x3fefd712f9a817c0},
    {-0x1p+0, 0xbfeaed548f090cee, 0x3fe14a280fb5068c},
    {-0x1.4p+1, 0xbfe326af0dcfcab0, 0xbfe9a2f7ef858b7d},
    {-0x1.921fb54442d18p+1, 0xbca1a62633145c07, 0xbff0000000000000},
    {0x1p+2, 0xbfe837b9dddc1eae, 0xbfe4eaa606db24c1},
    {0x1.2d97c7f3321d2p+2, 0xbff0000000000000, 0xbcaa79394c9e8a0a},
    {0x1.4p+2, 0xbfeeaf81f5e09933, 0x3fd22785706b4ada},
    {0x1.921fb54442d18p+2, 0xbcb1a62633145c07, 0x3ff0000000000000},
    {0x1.ep+2, 0x3fee041886fcae30, 0x3fd62f45e66f5c2f},
    {0x1.4p+3, 0xbfe1689ef5f34f53, 0xbfead9ac890c6b1f},
    {0x1.6p+4, 0xbf8220a29f6eb9f4, 0xbfefffadd8d4acda},
    {0x1.9p+6, 0xbfe03425b78c4db8, 0x3feb981dbf665fe0},
    {0x1.63p+8, 0xbeff9bd0307d1de3, 0xbfefffffffc18e4c},
    {-0x1.34ap+10, 0xbfc29c531dfd031b, 0xbfefa8f2ceb78372},
    {0x1.388p+13, 0xbfd38f2fa75d9289, 0xbfee780e88ec4409},
    {0x1p+16, 0x3fe62566735b8513, 0xbfe719453109288c},
    {0x1.869f8p+16, 0x3fe055f282f41bda, 0xbfeb8428c9f69a31},
    {0x1.86ap+16, 0x3fa24daa9c527e96, 0xbfeffac3841b3da7},
};

} // namespace

void TestElementary::logarithmIsCloseEverywhere()
{
    // Every size of double, subnormal ones included: random bits of the positive finite numbers.
    Random random = makeRandom(1);
    std::vector<double> numbers;
    for (int i = 0; i < 200'000; ++i)
        numbers.push_back(std::bit_cast<double>(1 + uniformBelow(random, bitsOf(infinity) - 1)));
    // Around 1, where the result is small, on both sides of the place where the exponent changes.
    for (const double x : between(0.5, 2.0, 200'000, 2))
        numbers.push_back(x);
    for (int exponent = -50; exponent <= -1; ++exponent) {
        numbers.push_back(1.0 + std::ldexp(1.0, exponent));
        numbers.push_back(1.0 - std::ldexp(1.0, exponent));
    }
    for (const double x : {0.25, 0.5, std::numbers::sqrt2 / 2.0, std::numbers::sqrt2, 2.0, 4.0,
                           std::numbers::e, std::numeric_limits<double>::min(), 0x1p1023})
        addNeighbours(numbers, x);
    numbers.push_back(std::numeric_limits<double>::denorm_min());
    numbers.push_back(std::numeric_limits<double>::max());
    std::erase(numbers, 1.0); // exact, below
    VERIFY_CLOSE(numbers, portableLog, std::log);
}

void TestElementary::logarithmAtItsEdges()
{
    QCOMPARE(bitsOf(portableLog(1.0)), bitsOf(0.0));
    QCOMPARE(portableLog(0.0), -infinity);
    QCOMPARE(portableLog(-0.0), -infinity);
    QCOMPARE(portableLog(infinity), infinity);
    QVERIFY(std::isnan(portableLog(-std::numeric_limits<double>::denorm_min())));
    QVERIFY(std::isnan(portableLog(-1.0)));
    QVERIFY(std::isnan(portableLog(-infinity)));
    QVERIFY(std::isnan(portableLog(notANumber)));
}

void TestElementary::exponentialIsCloseEverywhere()
{
    std::vector<double> numbers = between(-708.0, 709.7, 200'000, 3);
    for (const double x : between(-2.0, 2.0, 200'000, 4))
        numbers.push_back(x);
    // Where the power of 2 changes: halfway between multiples of ln 2.
    for (int half = -2041; half <= 2047; ++half)
        addNeighbours(numbers, std::numbers::ln2 / 2.0 * half);
    for (int exponent = -1074; exponent <= -1; ++exponent) {
        numbers.push_back(std::ldexp(1.0, exponent));
        numbers.push_back(-std::ldexp(1.0, exponent));
    }
    VERIFY_CLOSE(numbers, portableExp, std::exp);
}

void TestElementary::exponentialAtItsEdges()
{
    QCOMPARE(bitsOf(portableExp(0.0)), bitsOf(1.0));
    QCOMPARE(bitsOf(portableExp(-0.0)), bitsOf(1.0));
    QVERIFY(portableExp(-708.0) > 0.0);
    QCOMPARE(bitsOf(portableExp(std::nextafter(-708.0, -infinity))), bitsOf(0.0));
    QCOMPARE(portableExp(-infinity), 0.0);
    QVERIFY(std::isfinite(portableExp(709.7)));
    QCOMPARE(portableExp(std::nextafter(709.7, infinity)), infinity);
    QCOMPARE(portableExp(infinity), infinity);
    QVERIFY(std::isnan(portableExp(notANumber)));
}

void TestElementary::sineAndCosineAreClose()
{
    std::vector<double> numbers = between(-100'000.0, 100'000.0, 200'000, 5);
    for (const double x : between(-2.0 * std::numbers::pi, 2.0 * std::numbers::pi, 200'000, 6))
        numbers.push_back(x);
    // Next to the zeros and the extremes, and where the quarter changes.
    for (int eighth = -254'000; eighth <= 254'000; eighth += eighth > -400 && eighth < 400 ? 1 : 25)
        addNeighbours(numbers, std::numbers::pi / 8.0 * eighth);
    std::erase_if(numbers, [](double x) { return x == 0.0 || std::abs(x) > 100'000.0; });
    for (int exponent = -1022; exponent <= 0; ++exponent)
        numbers.push_back(std::ldexp(1.0, exponent));
    VERIFY_CLOSE(numbers, portableSin, std::sin);
    VERIFY_CLOSE(numbers, portableCos, std::cos);
}

void TestElementary::sineAndCosineAtTheirEdges()
{
    QCOMPARE(bitsOf(portableSin(0.0)), bitsOf(0.0));
    QCOMPARE(bitsOf(portableCos(0.0)), bitsOf(1.0));
    QVERIFY(std::isnan(portableSin(notANumber)));
    QVERIFY(std::isnan(portableCos(notANumber)));
    Random random = makeRandom(7);
    for (int i = 0; i < 10'000; ++i) {
        const double x = uniform(random, 0.0, 1000.0);
        QCOMPARE(bitsOf(portableSin(-x)), bitsOf(-portableSin(x)));
        QCOMPARE(bitsOf(portableCos(-x)), bitsOf(portableCos(x)));
        QVERIFY(std::abs(portableSin(x)) <= 1.0);
        QVERIFY(std::abs(portableCos(x)) <= 1.0);
    }
}

void TestElementary::logarithmGivesTheRecordedBits()
{
    for (const Recorded& each : recordedLogarithms)
        QCOMPARE(bitsOf(portableLog(each.argument)), each.bits);
}

void TestElementary::exponentialGivesTheRecordedBits()
{
    for (const Recorded& each : recordedExponentials)
        QCOMPARE(bitsOf(portableExp(each.argument)), each.bits);
}

void TestElementary::sineAndCosineGiveTheRecordedBits()
{
    for (const RecordedAngle& each : recordedAngles) {
        QCOMPARE(bitsOf(portableSin(each.argument)), each.sine);
        QCOMPARE(bitsOf(portableCos(each.argument)), each.cosine);
    }
}

QTEST_GUILESS_MAIN(TestElementary)
#include "tst_elementary.moc"
