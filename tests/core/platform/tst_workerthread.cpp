// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/workerthread.h"

#include <QTest>

#include <stdexcept>
#include <vector>

using namespace trace;

class TestWorkerThread : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void doesOneAfterTheOtherBesideTheCaller();
    void passesExceptionsOn();
    void endsAfterWhatWasAskedFor();
};

void TestWorkerThread::doesOneAfterTheOtherBesideTheCaller()
{
    WorkerThread worker;
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

void TestWorkerThread::passesExceptionsOn()
{
    WorkerThread worker;
    auto failed = worker.start([]() -> int { throw std::runtime_error("no"); });
    auto later = worker.start([] { return 7; });
    QVERIFY_EXCEPTION_THROWN(std::ignore = failed.get(), std::runtime_error);
    QCOMPARE(later.get(), 7);
}

void TestWorkerThread::endsAfterWhatWasAskedFor()
{
    int done = 0;
    {
        WorkerThread worker;
        for (int i = 0; i < 10; ++i)
            std::ignore = worker.start([&done] { ++done; });
    }
    QCOMPARE(done, 10);
    WorkerThread idle; // never began
}

QTEST_GUILESS_MAIN(TestWorkerThread)
#include "tst_workerthread.moc"
