// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/workers.h"

#include <QtTest>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace chainrule;

class TestWorkers : public QObject {
    Q_OBJECT

private slots:
    void everyTaskOnce();
    void afterSleep();
    void failuresAreThrown();
    void workGoesOnWithoutHelp();
    void processors();
};

void TestWorkers::everyTaskOnce()
{
    for (const int threads : {1, 2, 3, 5}) {
        Workers workers(threads);
        for (std::size_t run = 0; run < 3000; ++run) {
            const std::size_t count = run % 9;
            std::vector<int> calls(count, 0); // each task has its own, so that no two share one
            workers.run(count, [&](std::size_t task) { ++calls.at(task); });
            QVERIFY(std::all_of(calls.begin(), calls.end(), [](int times) { return times == 1; }));
        }
    }
}

// Longer than the threads wait awake.
void TestWorkers::afterSleep()
{
    Workers workers(3);
    for (int run = 0; run < 20; ++run) {
        std::atomic<int> sum{0};
        workers.run(3, [&](std::size_t task) { sum += static_cast<int>(task) + 1; });
        QCOMPARE(sum.load(), 6);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

void TestWorkers::failuresAreThrown()
{
    Workers workers(3);
    for (std::size_t bad = 0; bad < 5; ++bad) {
        std::atomic<int> done{0};
        const auto task = [&](std::size_t number) {
            if (number == bad)
                throw std::runtime_error("task " + std::to_string(number));
            ++done;
        };
        QVERIFY_EXCEPTION_THROWN(workers.run(5, task), std::runtime_error);
        QCOMPARE(done.load(), 4);
        workers.run(5, [&](std::size_t) { ++done; }); // nothing is left of the failure
        QCOMPARE(done.load(), 9);
    }
}

// Helpers that are always late: the calling thread takes over, and what is done stays the same.
void TestWorkers::workGoesOnWithoutHelp()
{
    Workers workers(2);
    const std::thread::id caller = std::this_thread::get_id();
    int alone = 0;
    for (int run = 0; run < 200; ++run) {
        std::vector<std::thread::id> by(2);
        workers.run(2, [&](std::size_t task) {
            by[task] = std::this_thread::get_id();
            if (by[task] != caller)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
        });
        QVERIFY(by[0] == caller);
        alone += by[1] == caller;
    }
    QVERIFY(alone > 100);
    QVERIFY(alone < 200);
}

void TestWorkers::processors()
{
    QVERIFY(usableProcessors() >= 1);
    QVERIFY(usableProcessors() <= static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

QTEST_APPLESS_MAIN(TestWorkers)
#include "tst_workers.moc"
