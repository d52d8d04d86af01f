// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QFuture>
#include <QTemporaryDir>

#include <thread>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

//! Accepts so many records of a run.
void append(Engine &engine, int count, const std::string &run = "run-1")
{
    QCOMPARE(finish([&](Journal::Done done) {
                 engine.append(blockOf(recordsOf(count, run)), std::move(done));
             }),
             QString());
}

//! A report to come, handed over in a way that ThreadSanitizer sees; QFuture's is not.
class Pending final
{
public:
    explicit Pending(QFuture<FlushReport> future)
    {
        const auto promise = std::make_shared<std::promise<FlushReport>>();
        m_report = promise->get_future().share();
        future.then(QtFuture::Launch::Sync,
                    [promise](const FlushReport &report) { promise->set_value(report); });
    }
    [[nodiscard]] bool isFinished() const
    {
        return m_report.wait_for(0s) == std::future_status::ready;
    }
    [[nodiscard]] FlushReport result() const { return m_report.get(); }

private:
    std::shared_future<FlushReport> m_report;
};

FlushReport::Part partOf(const FlushReport &report, const QString &id)
{
    for (const FlushReport::Part &part : report.endpoints) {
        if (part.id == id)
            return part;
    }
    return {};
}

Ledger delivered(qint64 records)
{
    return {.accepted = records, .delivered = records};
}

} // namespace

class TestFlush final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void aRunIsDeliveredEverywhere();
    void everythingIsDelivered();
    void anEmptyJournalIsDelivered();
    void aDeadEndpointIsNamedWithTheReason();
    void endpointsThatAreHeldDoNotMakeItWait_data();
    void endpointsThatAreHeldDoNotMakeItWait();
    void failedBatchesAreCountedWithTheReason();
    void onlyFailedRecordsOfTheRunCount();
    void recordsThatAreNotWantedAreNoProblem();
    void anUnknownRunIsAProblem();
    void recordsThatComeLaterDoNotMakeItWait();
    void aWaitThatTheServiceAskedForIsKept();
    void anEndpointThatIsRemovedDoesNotMakeItWait();
    void anEndpointOfFormerTimesIsNamed();
    void canBeAskedForOnManyThreads();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

// result() would wait for ever.
#define AWAIT(future) QTRY_VERIFY((future).isFinished())

void TestFlush::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestFlush::aRunIsDeliveredEverywhere()
{
    PracticeHost a;
    PracticeHost b;
    const auto engine =
        startEngine(m_folder, {patientEndpointTo(a, u"a"_s), patientEndpointTo(b, u"b"_s)});
    append(*engine, 3, "run-0");
    append(*engine, 10);
    append(*engine, 5, "run-2");
    const Pending future(engine->flush(u"run-1"_s));
    AWAIT(future);
    const FlushReport report = future.result();
    QVERIFY2(report.isDelivered(), qPrintable(report.problems().join(u'\n')));
    QVERIFY(report.runId == u"run-1"_s);
    QCOMPARE(report.firstSequence, 4U);
    QCOMPARE(report.lastSequence, 13U);
    QCOMPARE(report.endpoints.size(), 2);
    QCOMPARE(partOf(report, u"a"_s).ledger, delivered(10));
    QCOMPARE(partOf(report, u"b"_s).ledger, delivered(10));
    for (PracticeHost *host : {&a, &b})
        QCOMPARE(host->messages().filter(u"run-1 message"_s), messagesOf(10));
}

void TestFlush::everythingIsDelivered()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 10);
    append(*engine, 5, "run-2");
    const Pending future(engine->flush());
    AWAIT(future);
    const FlushReport report = future.result();
    QVERIFY2(report.isDelivered(), qPrintable(report.problems().join(u'\n')));
    QCOMPARE(report.firstSequence, 1U);
    QCOMPARE(report.lastSequence, 15U);
    QCOMPARE(partOf(report, u"a"_s).ledger, delivered(15));
    QCOMPARE(host.messages().size(), 15);
    // The status is not behind: who waits for the end of all need not wait for the next one.
    QCOMPARE(engine->status().endpoints.front().ledger, delivered(15));
}

void TestFlush::anEmptyJournalIsDelivered()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    const Pending future(engine->flush());
    AWAIT(future);
    QVERIFY(future.result().isDelivered());
    QCOMPARE(future.result().lastSequence, 0U);
}

void TestFlush::aDeadEndpointIsNamedWithTheReason()
{
    PracticeHost a;
    PracticeHost dead;
    const auto engine =
        startEngine(m_folder, {patientEndpointTo(a, u"a"_s), patientEndpointTo(dead, u"dead"_s)});
    dead.stop();
    append(*engine, 10);
    const Pending future(engine->flush(u"run-1"_s));
    AWAIT(future);
    const FlushReport report = future.result();
    QVERIFY(!report.isDelivered());
    QCOMPARE(partOf(report, u"a"_s).ledger, delivered(10));
    QCOMPARE(partOf(report, u"a"_s).problem, QString());
    const FlushReport::Part part = partOf(report, u"dead"_s);
    QCOMPARE(part.ledger, (Ledger{.accepted = 10, .waiting = 10}));
    // The status lags behind.
    QTRY_VERIFY(!statusOf(*engine, u"dead"_s).problem.isEmpty());
    const QString reason = statusOf(*engine, u"dead"_s).problem;
    QCOMPARE(part.problem, u"10 records wait: suspended: "_s + reason);
    QCOMPARE(report.problems(), QStringList(u"dead: "_s + part.problem));
}

void TestFlush::endpointsThatAreHeldDoNotMakeItWait_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<bool>("paused");
    QTest::addColumn<QString>("state");
    QTest::newRow("key refused") << u"401"_s << false << u"held (authentication)"_s;
    QTest::newRow("no such path") << u"404"_s << false << u"held (configuration)"_s;
    QTest::newRow("paused") << QString() << true << u"held (by operator)"_s;
}

void TestFlush::endpointsThatAreHeldDoNotMakeItWait()
{
    QFETCH(QString, faults);
    QFETCH(bool, paused);
    QFETCH(QString, state);
    PracticeHost host(faults);
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 4);
    engine->setPaused(u"a"_s, paused);
    for (const auto &future : {Pending(engine->flush()), Pending(engine->flush(u"run-1"_s))}) {
        AWAIT(future);
        const FlushReport::Part part = partOf(future.result(), u"a"_s);
        QVERIFY(!future.result().isDelivered());
        QCOMPARE(part.ledger, (Ledger{.accepted = 4, .waiting = 4}));
        QVERIFY2(part.problem.startsWith(u"4 records wait: "_s + state), qPrintable(part.problem));
        QVERIFY(!part.action.isEmpty());
    }
}

void TestFlush::failedBatchesAreCountedWithTheReason()
{
    PracticeHost host(u"reject=message 3"_s);
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 8);
    for (const auto &future : {Pending(engine->flush()), Pending(engine->flush(u"run-1"_s))}) {
        AWAIT(future);
        const FlushReport::Part part = partOf(future.result(), u"a"_s);
        QVERIFY(!future.result().isDelivered());
        QCOMPARE(part.ledger, (Ledger{.accepted = 8, .delivered = 7, .failed = 1}));
        const auto batches = JournalReader::open(m_folder).value()->failedBatches().value();
        QCOMPARE(batches.size(), 1);
        QCOMPARE(part.problem, u"1 record is in a failed batch: "_s + batches.front().reason);
    }
}

void TestFlush::onlyFailedRecordsOfTheRunCount()
{
    PracticeHost host(u"reject=run-2 message 3"_s);
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 8, "run-2");
    append(*engine, 8, "run-1");
    const Pending one(engine->flush(u"run-1"_s));
    AWAIT(one);
    QVERIFY2(one.result().isDelivered(), qPrintable(one.result().problems().join(u'\n')));
    const Pending two(engine->flush(u"run-2"_s));
    AWAIT(two);
    QCOMPARE(partOf(two.result(), u"a"_s).ledger.failed, 1);
}

void TestFlush::recordsThatAreNotWantedAreNoProblem()
{
    PracticeHost host;
    Endpoint endpoint = patientEndpointTo(host);
    endpoint.filter = u"level>=warning"_s;
    const auto engine = startEngine(m_folder, {endpoint});
    append(*engine, 9); // every third one is a warning
    const Pending future(engine->flush(u"run-1"_s));
    AWAIT(future);
    QVERIFY2(future.result().isDelivered(), qPrintable(future.result().problems().join(u'\n')));
    QCOMPARE(partOf(future.result(), u"a"_s).ledger,
             (Ledger{.accepted = 9, .delivered = 3, .discardedByFilter = 6}));
}

void TestFlush::anUnknownRunIsAProblem()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 3);
    const Pending future(engine->flush(u"nobody"_s));
    AWAIT(future);
    QVERIFY(!future.result().isDelivered());
    QVERIFY(future.result().problem);
    QVERIFY(future.result().problem->text.contains(u"nobody"_s));
}

void TestFlush::recordsThatComeLaterDoNotMakeItWait()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    append(*engine, 50);
    append(*engine, 50, "busy");
    const Pending future(engine->flush(u"run-1"_s));
    QElapsedTimer clock;
    clock.start();
    int later = 0;
    while (!future.isFinished() && clock.elapsed() < patience) {
        append(*engine, 20, "busy");
        ++later;
    }
    QVERIFY(future.isFinished());
    QVERIFY2(future.result().isDelivered(), qPrintable(future.result().problems().join(u'\n')));
    QCOMPARE(partOf(future.result(), u"a"_s).ledger, delivered(50));
    QVERIFY(later > 0);
}

void TestFlush::aWaitThatTheServiceAskedForIsKept()
{
    PracticeHost host(u"503:1:3600"_s);
    Endpoint endpoint = patientEndpointTo(host);
    endpoint.maxRetries = 100;
    auto engine = startEngine(m_folder, {endpoint});
    append(*engine, 3);
    const Pending first(engine->flush());
    QTRY_COMPARE(statusOf(*engine).state, SenderState::BackingOff);
    const Pending second(engine->flush(u"run-1"_s));
    append(*engine, 1, "run-2"); // has gone through the engine's thread once it is answered
    QTRY_COMPARE(ledgerOf(*engine).waiting, 4);
    QVERIFY(!first.isFinished());
    QVERIFY(!second.isFinished());
    QCOMPARE(host.summary().requests, 1);
    // They do not stay open for ever when nobody is there any more who could end them.
    engine.reset();
    QVERIFY(first.isFinished());
    QVERIFY(second.isFinished());
    QCOMPARE(partOf(second.result(), u"a"_s).ledger, (Ledger{.accepted = 3, .waiting = 3}));
    QCOMPARE(second.result().problems(),
             QStringList(u"a: 3 records wait: the engine was stopped"_s));
}

void TestFlush::anEndpointThatIsRemovedDoesNotMakeItWait()
{
    PracticeHost host(u"503:1:3600"_s);
    Endpoint endpoint = patientEndpointTo(host);
    endpoint.maxRetries = 100;
    const auto engine = startEngine(m_folder, {endpoint});
    append(*engine, 3);
    const Pending future(engine->flush(u"run-1"_s));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::BackingOff);
    QVERIFY(!future.isFinished());
    engine->setEndpoints({});
    AWAIT(future);
    QCOMPARE(partOf(future.result(), u"a"_s).problem,
             u"3 records wait: the endpoint is not configured"_s);
}

void TestFlush::anEndpointOfFormerTimesIsNamed()
{
    PracticeHost a;
    PracticeHost former;
    {
        const auto engine = startEngine(m_folder, {patientEndpointTo(former, u"former"_s)});
        append(*engine, 3);
    }
    const auto engine = startEngine(m_folder, {patientEndpointTo(a)});
    append(*engine, 2);
    const Pending future(engine->flush());
    AWAIT(future);
    QCOMPARE(future.result().problems(),
             QStringList(u"former: 3 records wait: the endpoint is not configured"_s));
    QCOMPARE(partOf(future.result(), u"a"_s).ledger, delivered(2));
}

void TestFlush::canBeAskedForOnManyThreads()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    constexpr std::size_t count = 4;
    std::array<FlushReport, count> reports; // each written by one thread, read after its end
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            const std::string run = "run-" + std::to_string(i);
            // Submitted, not awaited: the flush is for these all the same.
            engine->append(blockOf(recordsOf(25, run)));
            reports[i] = Pending(engine->flush(QString::fromStdString(run))).result();
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    for (const FlushReport &report : reports) {
        QVERIFY2(report.isDelivered(), qPrintable(report.problems().join(u'\n')));
        QCOMPARE(partOf(report, u"a"_s).ledger, delivered(25));
    }
}

QTEST_GUILESS_MAIN(TestFlush)
#include "tst_flush.moc"
