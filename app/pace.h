// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace chainrule {

/// How fast something goes, over its last seconds, and so how long the rest will take.
class Pace {
public:
    void start();
    /// `done` at `milliseconds`, neither less than at the call before, or else it begins anew.
    void add(std::int64_t milliseconds, std::int64_t done);
    /// Seconds for as much again as `rest`; nothing before there is a second of it to judge by.
    [[nodiscard]] std::optional<double> secondsFor(std::int64_t rest) const;

private:
    struct Point {
        std::int64_t milliseconds;
        std::int64_t done;
    };
    std::deque<Point> m_points;
};

/// "11.6 MB", in the decimal units that downloads are told in.
[[nodiscard]] std::string megabytes(std::uint64_t bytes);

} // namespace chainrule
