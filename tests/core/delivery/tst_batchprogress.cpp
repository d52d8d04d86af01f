// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/batchsupport.h"
#include "tests/core/delivery/fakeservice.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestBatchProgress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsTheBadRecord_data();
    void findsTheBadRecord();
    void requestsOfPartsHoldTheirRecords();
    void refusedRecordsMakeOneFailedBatch();
    void probesAnyRecordAlone();
    void splitsWhatIsTooLarge();
    void parksOneRecordThatIsTooLarge();
    void parksThePlacesThatWereRefused();
    void parksAllWhenPlacesAreNotTold();
    void countsFailuresButNotThrottling();
    void holdKeepsTheBatchOpen();
    void failedBatchCarriesRecordsAndAttempts();
    void lostAnswersAreRemembered();
    void keepsFirstAndLatestAttempts();
    void parksWhatIsOpen();
    void unfitRecordsAreParkedAndNeverSent();
    void nothingFitIsDoneAtOnce();
    void unfitInAPartIsParked();
    void whatBecameUnfitIsParked();
};

void TestBatchProgress::findsTheBadRecord_data()
{
    QTest::addColumn<int>("place");
    QTest::newRow("first") << 0;
    QTest::newRow("second") << 1;
    QTest::newRow("in the middle") << 511;
    QTest::newRow("odd place") << 777;
    QTest::newRow("last") << 1023;
}

void TestBatchProgress::findsTheBadRecord()
{
    QFETCH(int, place);
    BatchProgress progress(generic(), batchOf(1024, [=](int i) { return i == place; }));
    QCOMPARE(progress.openRecords(), 1024U);
    const Run run = sendAll(progress);
    QCOMPARE(run.next, Next::Proceed);
    QVERIFY(progress.isDone());
    QVERIFY2(run.requests - 1 <= 30, qPrintable(QString::number(run.requests)));
    const auto delivered = progress.takeDelivered();
    QCOMPARE(delivered.size(), 1023U);
    QVERIFY(std::is_sorted(delivered.begin(), delivered.end()));
    QVERIFY(!std::binary_search(delivered.begin(), delivered.end(), std::size_t(place)));
    QVERIFY(progress.takeDelivered().empty()); // Told once.
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, (std::vector{std::size_t(place)}));
    QCOMPARE(progress.parked().front().reason, u"no"_s);
    QCOMPARE(progress.parked().front().status, 400);
    QCOMPARE(progress.undelivered(), (std::vector{std::size_t(place)}));
}

void TestBatchProgress::requestsOfPartsHoldTheirRecords()
{
    BatchProgress progress(generic(), batchOf(8, [](int i) { return i == 5; }));
    while (!progress.isDone()) {
        std::vector<RecordView> records;
        for (const std::size_t index : progress.current().indices)
            records.push_back(progress.batch().records[index]);
        QCOMPARE(progress.current().request.body,
                 generic()->plan(records).shares.front().request.body);
        const bool bad = holdsBad(progress);
        const Next next = progress.apply(outcomeOf(bad ? Kind::Rejected : Kind::Delivered),
                                         replyOf(bad ? 400 : 200), 1, now);
        QCOMPARE(next, Next::Proceed);
    }
}

void TestBatchProgress::refusedRecordsMakeOneFailedBatch()
{
    BatchProgress progress(generic(), batchOf(64, [](int i) { return i == 60 || i == 3; }));
    sendAll(progress);
    QVERIFY(progress.isDone());
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, (std::vector<std::size_t>{3, 60}));
    QCOMPARE(progress.takeDelivered().size(), 62U);
}

void TestBatchProgress::probesAnyRecordAlone()
{
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    const auto next = [&] { return progress.current().indices; };
    progress.probe(5);
    QCOMPARE(next(), (std::vector<std::size_t>{5}));
    QCOMPARE(progress.current().request.body,
             generic()
                 ->plan(std::span(progress.batch().records).subspan(5, 1))
                 .shares.front()
                 .request.body);
    QCOMPARE(progress.openRecords(), 8U);
    QCOMPARE(progress.apply(outcomeOf(Kind::Rejected, u"no"_s), replyOf(400), 1, now),
             Next::Proceed);
    QCOMPARE(progress.refusedRecords(), 1U);
    QVERIFY(progress.tookNothing());
    QCOMPARE(next(), (std::vector<std::size_t>{0, 1, 2, 3, 4, 6, 7}));
    progress.probe(5); // is decided
    QCOMPARE(next(), (std::vector<std::size_t>{6}));
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    QVERIFY(!progress.tookNothing());
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    QCOMPARE(next(), (std::vector<std::size_t>{0, 1, 2})); // of 0 1 2, 3 4 7
    progress.probe(7);
    QCOMPARE(next(), (std::vector<std::size_t>{7}));
    progress.probe(99); // round again
    QCOMPARE(next(), (std::vector<std::size_t>{0}));
    sendAll(progress);
    QCOMPARE(progress.takeDelivered(), (std::vector<std::size_t>{0, 1, 2, 3, 4, 6, 7}));
    QCOMPARE(progress.parked().size(), 1U);
}

void TestBatchProgress::splitsWhatIsTooLarge()
{
    BatchProgress progress(generic(), batchOf(10, [](int) { return false; }));
    QCOMPARE(progress.apply(outcomeOf(Kind::Split, u"too large"_s), replyOf(413), 1, now),
             Next::Proceed);
    QCOMPARE(progress.openRecords(), 10U);
    QCOMPARE(progress.current().indices, numbers(5));
    const Run run = sendAll(progress);
    QCOMPARE(run.requests, 2);
    QCOMPARE(progress.takeDelivered(), numbers(10));
    QVERIFY(progress.parked().empty());
}

void TestBatchProgress::parksOneRecordThatIsTooLarge()
{
    BatchProgress progress(generic(), batchOf(2, [](int) { return false; }));
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::Split, u"too large"_s), replyOf(413), 1, now);
    QCOMPARE(progress.openRecords(), 1U);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    QVERIFY(progress.isDone());
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, numbers(1));
    QCOMPARE(progress.parked().front().status, 413);
}

void TestBatchProgress::parksThePlacesThatWereRefused()
{
    BatchProgress progress(generic(), batchOf(10, [](int) { return false; }));
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    // Places are those in the share, which now starts at record 5.
    Outcome partly = outcomeOf(Kind::PartlyDelivered, u"too old"_s);
    partly.rejected = {1, 3};
    QCOMPARE(progress.apply(partly, replyOf(200, "{}"), 1, now), Next::Proceed);
    QVERIFY(progress.isDone());
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, (std::vector<std::size_t>{6, 8}));
    QCOMPARE(progress.parked().front().reason, u"too old"_s);
    QVERIFY(!progress.parked().front().mayHaveArrived);
    QCOMPARE(progress.takeDelivered(), (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 7, 9}));
}

void TestBatchProgress::parksAllWhenPlacesAreNotTold()
{
    BatchProgress progress(generic(), batchOf(10, [](int) { return false; }));
    Outcome partly = outcomeOf(Kind::PartlyDelivered, u"too old"_s);
    partly.unknownCount = 2;
    QCOMPARE(progress.apply(partly, replyOf(200), 1, now), Next::Proceed);
    QVERIFY(progress.isDone());
    QVERIFY(progress.takeDelivered().empty());
    QCOMPARE(progress.parked().front().indices, numbers(10));
    QVERIFY(progress.parked().front().mayHaveArrived);
    const QString reason = progress.parked().front().reason;
    QVERIFY2(reason.contains(u"2 of these 10"_s) && reason.contains(u"too old"_s),
             qPrintable(reason));
}

void TestBatchProgress::countsFailuresButNotThrottling()
{
    BatchProgress progress(generic(), batchOf(3, [](int) { return false; }));
    const QByteArray body = progress.current().request.body;
    QCOMPARE(progress.failures(), 0);
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), replyOf(503), 1, now), Next::Wait);
    QCOMPARE(progress.apply(outcomeOf(Kind::Slower), replyOf(429), 1, now), Next::Wait);
    QCOMPARE(progress.apply(outcomeOf(Kind::RetryLater), replyOf(503), 1, now), Next::Wait);
    QCOMPARE(progress.failures(), 2);
    QCOMPARE(progress.current().request.body, body); // The same bytes again.
    QCOMPARE(progress.openRecords(), 3U);
}

void TestBatchProgress::holdKeepsTheBatchOpen()
{
    BatchProgress progress(generic(), batchOf(3, [](int) { return false; }));
    QCOMPARE(progress.apply(outcomeOf(Kind::Hold, u"key"_s), replyOf(401), 1, now), Next::Hold);
    QCOMPARE(progress.openRecords(), 3U);
    QCOMPARE(progress.failures(), 0);
    QVERIFY(progress.parked().empty());
}

void TestBatchProgress::failedBatchCarriesRecordsAndAttempts()
{
    BatchProgress progress(generic(), batchOf(64, [](int i) { return i == 60 || i == 3; }));
    std::ignore = progress.apply(outcomeOf(Kind::RetryLater, u"busy"_s), replyOf(503), 1, now);
    sendAll(progress);
    const FailedBatch failed = progress.toFailedBatch(progress.parked().front(), 7, now);
    QCOMPARE(failed.row.endpoint, 7);
    QCOMPARE(failed.row.state, FailedState::Parked);
    QCOMPARE(failed.row.reason, u"no"_s);
    QCOMPARE(failed.row.status, 400);
    QCOMPARE(failed.row.bodyExcerpt, u"no"_s);
    QCOMPARE(failed.row.created, now);
    QCOMPARE(failed.row.records, 2);
    QCOMPARE(failed.row.firstSequence, 103U);
    QCOMPARE(failed.row.lastSequence, 160U);
    QCOMPARE(failed.sequences, (std::vector<std::uint64_t>{103, 160}));
    QVERIFY(failed.row.attempts.size() > 2);
    QCOMPARE(failed.row.attempts.front(), (Attempt{now, 503, u"busy"_s}));
    QCOMPARE(failed.row.attempts.back(), (Attempt{now, 400, u"no"_s}));
    const auto block = RecordBlockReader::open(failed.data);
    QVERIFY(block);
    QCOMPARE(block->records().size(), 2U);
    QCOMPARE(block->records()[0].message, std::string_view("bad 3"));
    QCOMPARE(block->records()[1].message, std::string_view("bad 60"));
}

void TestBatchProgress::lostAnswersAreRemembered()
{
    HttpReply lost;
    lost.fault = TransportFault::Lost;
    BatchProgress progress(generic(), batchOf(1, [](int) { return true; }));
    QVERIFY(!progress.mayHaveArrived());
    std::ignore = progress.apply(outcomeOf(Kind::RetryLater, u"lost"_s), lost, 2, now);
    QVERIFY(progress.mayHaveArrived());
    QCOMPARE(progress.attempts().size(), 2); // One for each time that it went out.
    std::ignore = progress.apply(outcomeOf(Kind::Rejected, u"no"_s), replyOf(400), 1, now);
    QVERIFY(progress.isDone());
    QVERIFY(progress.parked().front().mayHaveArrived);
    QVERIFY(progress.toFailedBatch(progress.parked().front(), 1, now).row.mayHaveArrived);
}

void TestBatchProgress::keepsFirstAndLatestAttempts()
{
    BatchProgress progress(generic(), batchOf(1, [](int) { return false; }));
    for (int i = 0; i < 500; ++i) {
        std::ignore =
            progress.apply(outcomeOf(Kind::RetryLater, QString::number(i)), replyOf(503), 1, now);
    }
    QVERIFY(progress.attempts().size() <= 50);
    QCOMPARE(progress.attempts().front().text, u"0"_s);
    QCOMPARE(progress.attempts().back().text, u"499"_s);
    QCOMPARE(progress.failures(), 500);
}

void TestBatchProgress::parksWhatIsOpen()
{
    BatchProgress progress(generic(), batchOf(10, [](int) { return false; }));
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    progress.parkOpen(u"gave up after 3"_s, 503, u"busy"_s);
    QVERIFY(progress.isDone());
    QCOMPARE(progress.openRecords(), 0U);
    QCOMPARE(progress.takeDelivered(), numbers(5));
    QCOMPARE(progress.parked().size(), 1U);
    const BatchProgress::Parked &parked = progress.parked().front();
    QCOMPARE(parked.indices, (std::vector<std::size_t>{5, 6, 7, 8, 9}));
    QCOMPARE(parked.reason, u"gave up after 3"_s);
    QCOMPARE(parked.status, 503);
    QCOMPARE(parked.bodyExcerpt, u"busy"_s);
    progress.parkOpen(u"again"_s, 0, {}); // Nothing is open: no empty batch.
    QCOMPARE(progress.parked().size(), 1U);
}

void TestBatchProgress::unfitRecordsAreParkedAndNeverSent()
{
    auto batch = batchOf(6, [](int) { return false; });
    batch->shares = generic()->plan(std::span(batch->records).first(3)).shares;
    batch->unfit = {
        {3, u"older than 18 hours"_s}, {5, u"over 256 KB"_s}, {4, u"older than 18 hours"_s}};
    BatchProgress progress(generic(), std::move(batch));
    QVERIFY(!progress.isDone());
    QCOMPARE(progress.openRecords(), 3U);
    QCOMPARE(progress.undelivered(), numbers(6));
    QCOMPARE(progress.parked().size(), 2U); // One for each cause.
    QCOMPARE(progress.parked()[0].indices, (std::vector<std::size_t>{3, 4}));
    QCOMPARE(progress.parked()[0].reason, u"older than 18 hours"_s);
    QCOMPARE(progress.parked()[0].status, 0);
    QVERIFY(!progress.parked()[0].mayHaveArrived);
    QCOMPARE(progress.parked()[1].indices, (std::vector<std::size_t>{5}));
    QCOMPARE(progress.parked()[1].reason, u"over 256 KB"_s);
    const Run run = sendAll(progress);
    QCOMPARE(run.requests, 1);
    QCOMPARE(progress.takeDelivered(), numbers(3));
    QCOMPARE(progress.undelivered(), (std::vector<std::size_t>{3, 4, 5}));
    const FailedBatch failed = progress.toFailedBatch(progress.parked()[0], 7, now);
    QCOMPARE(failed.sequences, (std::vector<std::uint64_t>{103, 104}));
    QVERIFY(failed.row.attempts.isEmpty());
}

void TestBatchProgress::nothingFitIsDoneAtOnce()
{
    auto batch = batchOf(2, [](int) { return false; });
    batch->shares.clear();
    batch->unfit = {{0, u"too old"_s}, {1, u"too old"_s}};
    BatchProgress progress(generic(), std::move(batch));
    QVERIFY(progress.isDone());
    QCOMPARE(progress.openRecords(), 0U);
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, numbers(2));
}

void TestBatchProgress::unfitInAPartIsParked()
{
    // A service that finds out only when it packs the half.
    const auto fake = std::make_shared<FakeService>(QUrl(u"http://logs.example"_s));
    auto batch = batchOf(4, [](int) { return false; });
    batch->records[2].message = "unfit";
    BatchProgress progress(fake, std::move(batch));
    QCOMPARE(progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now), Next::Proceed);
    const Run run = sendAll(progress);
    QCOMPARE(run.requests, 2);
    QCOMPARE(progress.takeDelivered(), (std::vector<std::size_t>{0, 1, 3}));
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked().front().indices, (std::vector<std::size_t>{2}));
    QCOMPARE(progress.parked().front().reason, u"it says so itself"_s);
}

void TestBatchProgress::whatBecameUnfitIsParked()
{
    HttpReply lost;
    lost.fault = TransportFault::Lost;
    const auto unfitFrom = [](std::uint64_t first) {
        return [first](const RecordView &record) {
            return record.sequence >= first ? std::optional(u"too old"_s) : std::nullopt;
        };
    };
    BatchProgress progress(generic(), batchOf(8, [](int) { return false; }));
    progress.parkUnfit(unfitFrom(999));
    QVERIFY(progress.parked().empty());
    std::ignore = progress.apply(outcomeOf(Kind::RetryLater, u"lost"_s), lost, 1, now);
    std::ignore = progress.apply(outcomeOf(Kind::Split), replyOf(413), 1, now);
    progress.parkUnfit(unfitFrom(103)); // of 100 to 103 the last
    QCOMPARE(progress.current().indices, (std::vector<std::size_t>{0, 1, 2}));
    QCOMPARE(progress.openRecords(), 7U); // The other half comes later.
    std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    progress.parkUnfit(unfitFrom(103));
    QVERIFY(progress.isDone());
    QCOMPARE(progress.takeDelivered(), numbers(3));
    QCOMPARE(progress.parked().size(), 1U);
    QCOMPARE(progress.parked()[0].indices, (std::vector<std::size_t>{3, 4, 5, 6, 7}));
    QCOMPARE(progress.parked()[0].reason, u"too old"_s);
    QVERIFY(progress.parked()[0].mayHaveArrived); // By the request without an answer.
}

QTEST_GUILESS_MAIN(TestBatchProgress)
#include "tst_batchprogress.moc"
