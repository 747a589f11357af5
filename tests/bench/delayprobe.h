// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <chrono>
#include <vector>

namespace chainrule {

/// How long an event waits before the event loop comes to it: a thread posts one with the time of posting
/// every 5 ms, whether or not those before it have been handled, so that a long block counts as all the
/// events that it held up.
class DelayProbe : public QObject {
public:
    /// Runs an event loop in the calling thread, which has to be this object's, for that long. The delays
    /// are in milliseconds, sorted.
    [[nodiscard]] std::vector<double> measure(std::chrono::milliseconds duration);

protected:
    void customEvent(QEvent* event) override;

private:
    std::vector<double> m_delays;
};

/// The smallest of the sorted values that is not exceeded by this share of them, from 0 to 1.
[[nodiscard]] double quantile(const std::vector<double>& sorted, double share);

} // namespace chainrule
