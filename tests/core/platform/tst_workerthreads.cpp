// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/workerthreads.h"

#include <QTest>

#include <latch>
#include <set>
#include <stdexcept>
#include <vector>

using namespace trace;

class TestWorkerThreads : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void doesOneAfterTheOtherBesideTheCaller();
    void doesAsMuchAtOnceAsAllowed();
    void passesExceptionsOn();
    void endsAfterWhatWasAskedFor();
};

void TestWorkerThreads::doesOneAfterTheOtherBesideTheCaller()
{
    WorkerThreads worker;
    std::vector<int> order; // of the worker's thread
    std::vector<std::future<std::thread::id>> results;
    for (int i = 0; i < 100; ++i) {
        results.push_back(worker.start([&order, i] {
            order.push_back(i);
            return std::this_thread::get_id();
        }));
    }
    const std::thread::id first = results.front().get();
    QVERIFY(first != std::this_thread::get_id());
    for (std::size_t i = 1; i < results.size(); ++i)
        QVERIFY(results[i].get() == first);
    QCOMPARE(order.size(), 100U);
    QVERIFY(std::is_sorted(order.begin(), order.end()));
}

//! Two hold each other up until both run; a third thread never begins.
void TestWorkerThreads::doesAsMuchAtOnceAsAllowed()
{
    WorkerThreads workers(2);
    std::set<std::thread::id> ids;
    for (int round = 0; round < 20; ++round) {
        std::latch both(2);
        const auto meet = [&both] {
            both.arrive_and_wait();
            return std::this_thread::get_id();
        };
        auto one = workers.start(meet);
        auto other = workers.start(meet);
        auto third = workers.start([] { return std::this_thread::get_id(); });
        ids.insert({one.get(), other.get(), third.get()});
    }
    QCOMPARE(ids.size(), 2U);
}

void TestWorkerThreads::passesExceptionsOn()
{
    WorkerThreads worker;
    auto failed = worker.start([]() -> int { throw std::runtime_error("no"); });
    auto later = worker.start([] { return 7; });
    QVERIFY_EXCEPTION_THROWN(std::ignore = failed.get(), std::runtime_error);
    QCOMPARE(later.get(), 7);
}

void TestWorkerThreads::endsAfterWhatWasAskedFor()
{
    int done = 0;
    {
        WorkerThreads worker;
        for (int i = 0; i < 10; ++i)
            std::ignore = worker.start([&done] { ++done; });
    }
    QCOMPARE(done, 10);
    WorkerThreads idle; // never began
}

QTEST_GUILESS_MAIN(TestWorkerThreads)
#include "tst_workerthreads.moc"
