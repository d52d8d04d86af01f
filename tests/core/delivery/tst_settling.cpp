// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/settling.h"
#include "tests/core/delivery/fakeservice.h"
#include "tests/core/journal/journalsupport.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

using Kind = Outcome::Kind;
using Ranges = std::vector<SequenceRange>;

const QDateTime now = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000, Qt::UTC);

// Records with these numbers; those in `unfit` are not to be sent, for two reasons in turn.
BatchProgress progressOf(const std::vector<std::uint64_t> &sequences,
                         const std::vector<std::size_t> &unfit = {})
{
    const auto service = std::make_shared<FakeService>(QUrl(u"http://logs.example"_s));
    auto batch = std::make_unique<Batch>();
    batch->blocks.push_back(
        RecordBlockReader::open(blockOf(recordsOf(int(sequences.size()))).data).value());
    batch->records = batch->blocks.front().records();
    for (std::size_t i = 0; i < sequences.size(); ++i)
        batch->records[i].sequence = sequences[i];
    batch->shares = service->plan(batch->records).shares;
    for (std::size_t i = 0; i < unfit.size(); ++i) {
        batch->unfit.push_back({unfit[i], i % 2 == 0 ? u"too long"_s : u"too old"_s});
        std::erase(batch->shares.front().indices, unfit[i]);
    }
    return BatchProgress(service, std::move(batch));
}

BatchProgress replayOf(const FailedBatch &origin)
{
    const auto service = std::make_shared<FakeService>(QUrl(u"http://logs.example"_s));
    auto batch = std::make_unique<Batch>();
    batch->blocks.push_back(RecordBlockReader::open(origin.data).value());
    batch->records = batch->blocks.front().records();
    for (std::size_t i = 0; i < origin.sequences.size(); ++i)
        batch->records[i].sequence = origin.sequences[i];
    batch->shares = service->plan(batch->records).shares;
    batch->origin = origin;
    return BatchProgress(service, std::move(batch));
}

HttpReply replyOf(int status, const QByteArray &body = {})
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    return reply;
}

} // namespace

class TestSettling : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliveredRecordsAreRangesOfTheJournal();
    void parkedRecordsAreFailedBatches();
    void aKeyItselfStaysOutOfTheJournal_data();
    void aKeyItselfStaysOutOfTheJournal();
    void replayThatDeliversAllIsSettled();
    void replayKeepsWhatIsLeft();
    void replayWithoutAnAnswerKeepsAll();
};

void TestSettling::deliveredRecordsAreRangesOfTheJournal()
{
    const BatchProgress progress = progressOf({4, 5, 6, 20, 21, 40});
    const Settlement all = deliveredSettlement(progress, {0, 1, 2, 3, 4, 5});
    QCOMPARE(all.ranges, (Ranges{{4, 6}, {20, 21}, {40, 40}}));
    QCOMPARE(all.counts.delivered, 6);
    QVERIFY(all.failed.empty());
    const Settlement some = deliveredSettlement(progress, {0, 2, 3});
    QCOMPARE(some.ranges, (Ranges{{4, 4}, {6, 6}, {20, 20}}));
    QCOMPARE(some.counts.delivered, 3);
}

void TestSettling::parkedRecordsAreFailedBatches()
{
    BatchProgress progress = progressOf({4, 5, 6, 20, 21, 40}, {1, 2, 5});
    QCOMPARE(progress.apply({.kind = Kind::Delivered}, replyOf(200), 1, now),
             BatchProgress::Next::Proceed);
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"the endpoint"_s;
    endpoint.service = u"generic"_s;
    endpoint.apiKey = u"env:KEY"_s;
    const Settlement settlement = parkedSettlement(progress, 7, endpoint);
    QCOMPARE(settlement.counts.delivered, 0); // Those are settled as they are answered.
    QCOMPARE(settlement.failed.size(), 2U);
    QCOMPARE(settlement.ranges, (Ranges{{5, 5}, {40, 40}, {6, 6}})); // With their batches.
    const FailedBatch &first = settlement.failed[0];
    QCOMPARE(first.row.reason, u"too long"_s);
    QCOMPARE(first.row.endpoint, 7);
    QCOMPARE(first.row.records, 2);
    QCOMPARE(first.sequences, (std::vector<std::uint64_t>{5, 40}));
    QVERIFY(qAbs(first.row.created.secsTo(QDateTime::currentDateTimeUtc())) < 60);
    QVERIFY(first.configuration.contains("the endpoint"));
    QVERIFY(first.configuration.contains("env:KEY")); // A replay elsewhere shows what it was.
    QCOMPARE(settlement.failed[1].row.reason, u"too old"_s);
    QCOMPARE(settlement.failed[1].sequences, (std::vector<std::uint64_t>{6}));
}

void TestSettling::aKeyItselfStaysOutOfTheJournal_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("variable") << u"env:SECRET_NAME"_s << true;
    QTest::newRow("file") << u"file:/run/secret-key"_s << true;
    QTest::newRow("the key itself") << u"0123456789abcdef"_s << false;
}

void TestSettling::aKeyItselfStaysOutOfTheJournal()
{
    QFETCH(QString, key);
    QFETCH(bool, isKept);
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.apiKey = key;
    const Settlement settlement = parkedSettlement(progressOf({1, 2}, {0}), 7, endpoint);
    QCOMPARE(settlement.failed.front().configuration.contains(key.toUtf8()), isKept);
}

void TestSettling::replayThatDeliversAllIsSettled()
{
    FailedBatch origin = failedBatchOf(7, {3, 8, 9});
    origin.row.id = 12;
    BatchProgress progress = replayOf(origin);
    std::ignore = progress.apply({.kind = Kind::Delivered}, replyOf(200), 1, now);
    const ReplaySettlement settlement = replaySettlement(progress, 7, {});
    QCOMPARE(settlement.batch, 12);
    QCOMPARE(settlement.endpoint, 7);
    QCOMPARE(settlement.delivered, 3);
    QVERIFY(!settlement.remaining);
}

void TestSettling::replayKeepsWhatIsLeft()
{
    FailedBatch origin = failedBatchOf(7, {3, 8, 9, 11});
    origin.row.id = 12;
    BatchProgress progress = replayOf(origin);
    Outcome partly{.kind = Kind::PartlyDelivered, .reason = u"still too old"_s};
    partly.rejected = {1, 3};
    std::ignore = progress.apply(partly, replyOf(200, "its words"), 1, now);
    const ReplaySettlement settlement = replaySettlement(progress, 7, u"still too old"_s);
    QCOMPARE(settlement.delivered, 2);
    QVERIFY(settlement.remaining);
    const FailedBatch &rest = *settlement.remaining;
    QCOMPARE(rest.row.id, 12); // The same batch, smaller.
    QCOMPARE(rest.row.records, 2);
    QCOMPARE(rest.row.state, FailedState::Parked);
    QCOMPARE(rest.row.reason, u"still too old"_s);
    QCOMPARE(rest.row.bodyExcerpt, u"its words"_s);
    QCOMPARE(rest.row.created, origin.row.created);
    QCOMPARE(rest.sequences, (std::vector<std::uint64_t>{8, 11}));
    QCOMPARE(rest.configuration, origin.configuration);
    QCOMPARE(rest.row.attempts.size(), origin.row.attempts.size() + 1);
    QCOMPARE(rest.row.attempts.first(), origin.row.attempts.first());
    QCOMPARE(rest.row.attempts.last().time, now);
    const auto block = RecordBlockReader::open(rest.data);
    QVERIFY(block);
    QCOMPARE(block->records()[0].message, std::string_view("failed message 2"));
    QCOMPARE(block->records()[1].message, std::string_view("failed message 4"));
}

void TestSettling::replayWithoutAnAnswerKeepsAll()
{
    FailedBatch origin = failedBatchOf(7, {3, 8});
    origin.row.id = 12;
    BatchProgress progress = replayOf(origin);
    HttpReply lost;
    lost.fault = TransportFault::Lost;
    std::ignore =
        progress.apply({.kind = Kind::RetryLater, .reason = u"no answer"_s}, lost, 1, now);
    const ReplaySettlement settlement = replaySettlement(progress, 7, u"no answer"_s);
    QCOMPARE(settlement.delivered, 0);
    QVERIFY(settlement.remaining);
    QCOMPARE(settlement.remaining->sequences, origin.sequences);
    QCOMPARE(settlement.remaining->row.reason, u"no answer"_s);
    QCOMPARE(settlement.remaining->row.status, 0);
    QVERIFY(settlement.remaining->row.mayHaveArrived); // Another replay may duplicate them.
}

QTEST_GUILESS_MAIN(TestSettling)
#include "tst_settling.moc"
