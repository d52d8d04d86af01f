// SPDX-License-Identifier: GPL-3.0-or-later
// What a batch does about a server that fails on it, or throttles it, time and again.
#include "tests/core/delivery/batchsupport.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

// The parts 0..3 and 4..7, of which the first made the server fail and stepped aside.
void failOnFirstHalf(BatchProgress &progress)
{
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::RetryLater), replyOf(500), 1, now);
    QVERIFY(progress.stepAside());
    QCOMPARE(progress.current().indices.front(), 4U);
}

} // namespace

class TestBatchBlame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void steppingAsideLetsTheOthersFirst();
    void blamedPartIsHalvedAtOnce();
    void halvesAreNotBlamed();
    void brokenConnectionIsNoBlame();
    void oneRecordToBlameIsParked();
    void throttledTwiceIsHalved();
    void throttledRecordIsKept();
    void cutWhileSendingIsHalved();
};

void TestBatchBlame::steppingAsideLetsTheOthersFirst()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    QVERIFY(!progress.stepAside()); // No other part.
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    // Parts are now 0 1, 2 3, 4 5 6 7.
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), replyOf(500), 1, now), Next::Wait);
    QCOMPARE(progress.failures(), 1);
    QVERIFY(progress.stepAside());
    QCOMPARE(progress.current().indices, (std::vector<std::size_t>{2, 3}));
    QCOMPARE(progress.failures(), 0); // Its own.
    QCOMPARE(progress.current().request.body,
             generic()
                 ->plan(std::span(progress.batch().records).subspan(2, 2))
                 .shares.front()
                 .request.body);
    QVERIFY(progress.stepAside());
    QCOMPARE(progress.current().indices, (std::vector<std::size_t>{4, 5, 6, 7}));
    QVERIFY(progress.stepAside());
    QCOMPARE(progress.current().indices, (std::vector<std::size_t>{0, 1})); // Round again.
    QCOMPARE(progress.failures(), 1);
    QCOMPARE(progress.openRecords(), 8U);
    QVERIFY(progress.parked().empty());
}

void TestBatchBlame::blamedPartIsHalvedAtOnce()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    failOnFirstHalf(progress);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    QCOMPARE(progress.current().indices, numbers(4));
    // The server is fine, as has just been seen.
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), replyOf(500), 1, now), Next::Proceed);
    QCOMPARE(progress.current().indices, numbers(2));
    QCOMPARE(progress.openRecords(), 4U);
    QVERIFY(progress.parked().empty());
}

void TestBatchBlame::halvesAreNotBlamed()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    failOnFirstHalf(progress);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::RetryLater), replyOf(500), 1, now);
    // The server may have gone down meanwhile: nothing is parked until it is seen to take others.
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), replyOf(500), 1, now), Next::Wait);
        progress.stepAside();
    }
    QCOMPARE(progress.openRecords(), 4U);
    QVERIFY(progress.parked().empty());
    QCOMPARE(progress.current().indices.size(), 2U); // Not halved further either.
    const Run run = sendAll(progress);               // It came back.
    QCOMPARE(run.requests, 2);
    QCOMPARE(progress.takeDelivered(), numbers(8));
}

void TestBatchBlame::brokenConnectionIsNoBlame()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    failOnFirstHalf(progress);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    HttpReply unreachable;
    unreachable.fault = TransportFault::Unreachable;
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), unreachable, 1, now), Next::Wait);
    QCOMPARE(progress.current().indices, numbers(4)); // Whole.
}

void TestBatchBlame::oneRecordToBlameIsParked()
{
    BatchProgress progress(generic(), batchOf(1, [](int) { return false; }));
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater, u"crash"_s), replyOf(500, "stack"), 1, now),
             Next::Wait);
    progress.stepAside();
    progress.blame(); // Another batch got through.
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater, u"crash"_s), replyOf(500, "stack"), 1, now),
             Next::Proceed);
    QVERIFY(progress.isDone());
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().reason, u"crash"_s);
    QCOMPARE(progress.parked().front().status, 500);
    QCOMPARE(progress.parked().front().bodyExcerpt, u"stack"_s);
    QCOMPARE(progress.attempts().size(), 2);
}

void TestBatchBlame::throttledTwiceIsHalved()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    QCOMPARE(progress.apply(outcomeOf(Kind::Slower), replyOf(429), 1, now), Next::Wait);
    QCOMPARE(progress.current().indices, numbers(8)); // Once may be the pace.
    QCOMPARE(progress.apply(outcomeOf(Kind::Slower), replyOf(429), 1, now), Next::Wait);
    QCOMPARE(progress.current().indices, numbers(4));
    QCOMPARE(progress.failures(), 0);
    QCOMPARE(progress.apply(outcomeOf(Kind::Slower), replyOf(429), 1, now), Next::Wait);
    QCOMPARE(progress.current().indices, numbers(4)); // Counted for each part.
    const Run run = sendAll(progress);
    QCOMPARE(run.requests, 2);
    QCOMPARE(progress.takeDelivered(), numbers(8));
    QVERIFY(progress.parked().empty());
}

void TestBatchBlame::throttledRecordIsKept()
{
    BatchProgress progress(generic(), batchOf(1, [](int) { return false; }));
    for (int i = 0; i < 50; ++i)
        QCOMPARE(progress.apply(outcomeOf(Kind::Slower), replyOf(429), 1, now), Next::Wait);
    QCOMPARE(progress.openRecords(), 1U);
    QCOMPARE(progress.failures(), 0);
    QVERIFY(progress.parked().empty());
}

// A slow line: half as much may be out in time. Each attempt is kept with its reason.
void TestBatchBlame::cutWhileSendingIsHalved()
{
    HttpReply cut;
    cut.fault = TransportFault::Lost;
    cut.wasCutWhileSending = true;
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    for (const std::size_t left : {4U, 2U, 1U, 1U}) {
        QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater, u"too slow"_s), cut, 1, now),
                 Next::Wait);
        QCOMPARE(progress.current().indices, numbers(left));
    }
    QCOMPARE(progress.attempts().size(), 4);
    QCOMPARE(progress.attempts().back().text, u"too slow"_s);
    QCOMPARE(progress.failures(), 1); // of this one record
    const Run run = sendAll(progress);
    QCOMPARE(run.requests, 4); // 0, 1, 2 3, 4 5 6 7
    QCOMPARE(progress.takeDelivered(), numbers(8));
}

QTEST_GUILESS_MAIN(TestBatchBlame)
#include "tst_batchblame.moc"
