// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/batchplanner.h"
#include "tests/core/delivery/fakeservice.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <future>
#include <limits>
#include <map>
#include <numeric>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hour = 3'600'000'000'000;
constexpr qint64 noon = 1'700'000'000'000'000'000;

std::vector<Record> recordsAt(const std::vector<std::int64_t> &times)
{
    std::vector<Record> records = recordsOf(int(times.size()));
    for (std::size_t i = 0; i < times.size(); ++i)
        records[i].timestamp = times[i];
    return records;
}

std::shared_ptr<const Service> pickyService()
{
    using namespace std::chrono_literals;
    Limits limits;
    limits.maxAge = 14 * 24h;
    limits.maxAhead = 2h;
    return std::make_shared<FakeService>(QUrl(u"http://logs.example"_s), limits);
}

} // namespace

class TestBatchPlanner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void takesTheRangesAndNoMore();
    void stopsWhenFull();
    void reportsWhatIsNotThere();
    void whatWasJustWrittenNeedNotBeRead();
    void freshAndStoredBlocksMix();
    void packsAFailedBatchWhole();
    void unknownFailedBatchIsAnError();
    void unreadableJournalIsAnError();
    void answersNobodyWhoIsGone();
    void recordsOutOfTimeAreUnfit_data();
    void recordsOutOfTimeAreUnfit();
    void sharesKeepTheirPlaces();
    void replayedRecordsMayBeTooOldByNow();
    void unknownTimeJudgesNothing();
    void slowPaceMakesSmallBatches();

private:
    // Plans on the planner's thread and waits for the answer on this one.
    [[nodiscard]] Expected<std::unique_ptr<Batch>> plan(PlanOrder order)
    {
        bool isAnswered = false;
        Expected<std::unique_ptr<Batch>> answer;
        if (!order.service)
            order.service = m_service;
        m_planner->plan(std::move(order), this, [&](Expected<std::unique_ptr<Batch>> batch) {
            isAnswered = QThread::currentThread() == thread();
            answer = std::move(batch);
        });
        if (!QTest::qWaitFor([&] { return isAnswered; }, patience))
            qFatal("no answer");
        // A hand-over that ThreadSanitizer sees: Debian's Qt is built without it.
        std::promise<void> made;
        QMetaObject::invokeMethod(m_planner, [&] { made.set_value(); });
        made.get_future().wait();
        return answer;
    }
    static std::vector<std::uint64_t> sequencesOf(const Batch &batch)
    {
        std::vector<std::uint64_t> sequences;
        for (const RecordView &record : batch.records)
            sequences.push_back(record.sequence);
        return sequences;
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    std::unique_ptr<Journal> m_journal;
    std::shared_ptr<const Service> m_service;
    QThread m_thread;
    BatchPlanner *m_planner = nullptr; // Of m_thread, goes with it.
};

void TestBatchPlanner::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_journal = Journal::open(m_temp->filePath(u"journal"_s)).value();
    ServiceOptions options;
    options.url = QUrl(u"http://127.0.0.1:9/logs"_s);
    m_service = makeService(u"generic"_s, options).value();
    m_planner = new BatchPlanner(m_journal->folder(), m_journal->freshBlocks());
    m_planner->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_planner, &QObject::deleteLater);
    m_thread.start();
}

void TestBatchPlanner::cleanup()
{
    m_thread.quit();
    m_thread.wait();
    m_journal.reset();
}

void TestBatchPlanner::takesTheRangesAndNoMore()
{
    for (int i = 0; i < 3; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(10, "run-1", 1 + 10 * i)), {}), QString());
    const auto batch = plan({.service = {}, .ranges = {{3, 4}, {9, 12}, {30, 30}}});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{3, 4, 9, 10, 11, 12, 30}));
    QCOMPARE((*batch)->records.back().message, "run-1 message 30");
    QVERIFY((*batch)->damaged.empty());
    QVERIFY(!(*batch)->origin);
    QCOMPARE((*batch)->shares.size(), 1U);
    QCOMPARE((*batch)->shares.front().indices.size(), 7U);
}

void TestBatchPlanner::stopsWhenFull()
{
    const std::size_t target = m_service->limits().targetRecords;
    const int blocks = int(target / 2000) + 2;
    for (int i = 0; i < blocks; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(2000)), {}), QString());
    const auto last = std::uint64_t(blocks) * 2000;
    const auto batch = plan({.service = {}, .ranges = {{1, last}}});
    QVERIFY(batch);
    const std::size_t taken = (*batch)->records.size();
    QVERIFY2(taken >= target / 2 && taken <= target, qPrintable(QString::number(taken)));
    QCOMPARE((*batch)->records.back().sequence, std::uint64_t(taken)); // From the first, no gap.
    QVERIFY((*batch)->damaged.empty()); // What did not fit is not called damaged.
}

void TestBatchPlanner::reportsWhatIsNotThere()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    RecordBlock broken = blockOf(recordsOf(5));
    broken.data[broken.data.size() / 2] = char(~broken.data[broken.data.size() / 2]);
    QCOMPARE(append(*m_journal, broken, {}), QString());
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    const auto batch = plan({.service = {}, .ranges = {{2, 8}, {9, 13}, {16, 17}}});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{2, 3, 4, 5, 11, 12, 13}));
    QCOMPARE((*batch)->damaged, (std::vector<SequenceRange>{{6, 8}, {9, 10}, {16, 17}}));
    QVERIFY(!(*batch)->damagedBlocks.empty());
    QCOMPARE((*batch)->damagedBlocks.front(), 6U);
    QVERIFY((*batch)->damage);
    QVERIFY(!(*batch)->damage->text.isEmpty());
}

void TestBatchPlanner::whatWasJustWrittenNeedNotBeRead()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    RecordBlock broken = blockOf(recordsOf(5)); // in the journal, but not yet in memory
    broken.data[broken.data.size() / 2] = char(~broken.data[broken.data.size() / 2]);
    QCOMPARE(append(*m_journal, broken, {endpoint}), QString());
    const auto fresh = plan({.service = {}, .ranges = {{2, 4}}});
    QVERIFY(fresh);
    QCOMPARE(sequencesOf(**fresh), (std::vector<std::uint64_t>{2, 3, 4}));
    QCOMPARE((*fresh)->records.front().message, "run-1 message 2");
    QVERIFY((*fresh)->damaged.empty());
    // Only once: nothing is kept that may be asked for at any time.
    const auto stored = plan({.service = {}, .ranges = {{2, 4}}});
    QVERIFY(stored);
    QCOMPARE((*stored)->damaged, (std::vector<SequenceRange>{{2, 4}}));
}

void TestBatchPlanner::freshAndStoredBlocksMix()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    for (int i = 0; i < 6; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(10, "run-1", 1 + 10 * i)), {endpoint}),
                 QString());
    std::vector<std::uint64_t> all(60);
    std::iota(all.begin(), all.end(), 1);
    // These two are read from the journal from now on.
    QVERIFY(plan({.service = {}, .ranges = {{11, 11}, {45, 45}}}));
    const auto batch = plan({.service = {}, .ranges = {{1, 60}}});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), all);
    for (const RecordView &record : (*batch)->records)
        QCOMPARE(record.message, "run-1 message " + std::to_string(record.sequence));
    QVERIFY((*batch)->damaged.empty());
}

void TestBatchPlanner::packsAFailedBatchWhole()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failedBatchOf(endpoint, {2, 5, 9})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    const auto reader = JournalReader::open(m_journal->folder()).value();
    const qint64 id = reader->failedBatches().value().front().id;
    const auto batch = plan({.service = {}, .ranges = {}, .failedBatch = id});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{2, 5, 9}));
    QVERIFY((*batch)->origin);
    QCOMPARE((*batch)->origin->row.id, id);
    QCOMPARE((*batch)->shares.size(), 1U);
}

void TestBatchPlanner::unknownFailedBatchIsAnError()
{
    const auto batch = plan({.service = {}, .ranges = {}, .failedBatch = 4711});
    QVERIFY(!batch);
    QVERIFY2(batch.error().text.contains(u"4711"_s), qPrintable(batch.error().text));
}

void TestBatchPlanner::unreadableJournalIsAnError()
{
    const QString folder = m_temp->filePath(u"nothing-here"_s);
    BatchPlanner planner(folder, m_journal->freshBlocks());
    std::optional<Error> error;
    PlanOrder order{.service = m_service, .ranges = {{1, 1}}};
    planner.plan(std::move(order), this, [&](const Expected<std::unique_ptr<Batch>> &batch) {
        error = batch ? Error{} : batch.error();
    });
    QTRY_VERIFY(error);
    QVERIFY2(error->text.contains(folder), qPrintable(error->text));
}

void TestBatchPlanner::answersNobodyWhoIsGone()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    int answers = 0;
    // The context goes before the plan is made, or while it is, or while the answer is under way.
    for (int i = 0; i < 200; ++i) {
        auto gone = std::make_unique<QObject>();
        m_planner->plan({.service = m_service, .ranges = {{1, 5}}}, gone.get(),
                        [&](const auto &) { ++answers; });
        QElapsedTimer clock;
        clock.start();
        while (clock.nsecsElapsed() < (i % 20) * 20'000)
            ; // up to 0.4 ms; a plan takes about 0.1
    }
    QVERIFY(plan({.service = {}, .ranges = {{1, 5}}})); // Answered after the others.
    QCOMPARE(answers, 0);
}

void TestBatchPlanner::recordsOutOfTimeAreUnfit_data()
{
    QTest::addColumn<qint64>("time");
    QTest::addColumn<QString>("limit");
    QTest::newRow("now") << noon << QString();
    QTest::newRow("just young enough") << noon - 14 * 24 * hour << QString();
    QTest::newRow("too old") << noon - 14 * 24 * hour - 1 << u"older than 14 days"_s;
    QTest::newRow("from 1970") << qint64(1) << u"older than 14 days"_s;
    QTest::newRow("just near enough") << noon + 2 * hour << QString();
    QTest::newRow("too far ahead") << noon + 2 * hour + 1 << u"more than 2 hours in the future"_s;
    QTest::newRow("as far ahead as can be")
        << std::numeric_limits<qint64>::max() << u"more than 2 hours in the future"_s;
    QTest::newRow("as old as can be")
        << std::numeric_limits<qint64>::min() << u"older than 14 days"_s;
}

void TestBatchPlanner::recordsOutOfTimeAreUnfit()
{
    QFETCH(qint64, time);
    QFETCH(QString, limit);
    QCOMPARE(append(*m_journal, blockOf(recordsAt({time})), {}), QString());
    const auto batch = plan({.service = pickyService(), .ranges = {{1, 1}}, .now = noon});
    QVERIFY(batch);
    QCOMPARE((*batch)->records.size(), 1U);
    QCOMPARE((*batch)->shares.size(), limit.isEmpty() ? 1U : 0U);
    QCOMPARE((*batch)->unfit.size(), limit.isEmpty() ? 0U : 1U);
    if (!limit.isEmpty()) {
        const QString reason = (*batch)->unfit.front().reason;
        QVERIFY2(reason.contains(limit) && reason.contains(u"fake"_s), qPrintable(reason));
    }
}

void TestBatchPlanner::sharesKeepTheirPlaces()
{
    auto records = recordsAt({noon, noon - 400 * 24 * hour, noon, noon + 3 * hour, noon, noon});
    records[4].message = "unfit";
    QCOMPARE(append(*m_journal, blockOf(records), {}), QString());
    const auto batch = plan({.service = pickyService(), .ranges = {{1, 6}}, .now = noon});
    QVERIFY(batch);
    QCOMPARE((*batch)->records.size(), 6U);
    QCOMPARE((*batch)->shares.size(), 1U);
    const Share &share = (*batch)->shares.front();
    QCOMPARE(share.indices, (std::vector<std::size_t>{0, 2, 5}));
    QCOMPARE(share.request.body, "run-1 message 1\nrun-1 message 3\nrun-1 message 6\n"_ba);
    std::map<std::size_t, QString> unfit;
    for (const Unfit &record : (*batch)->unfit)
        unfit[record.index] = record.reason;
    QCOMPARE(unfit.size(), 3U);
    QVERIFY(unfit[1].contains(u"older"_s));
    QVERIFY(unfit[3].contains(u"future"_s));
    QCOMPARE(unfit[4], u"it says so itself"_s);
}

void TestBatchPlanner::replayedRecordsMayBeTooOldByNow()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    FailedBatch failed = failedBatchOf(endpoint, {2, 5});
    failed.data = blockOf(recordsAt({noon - 15 * 24 * hour, noon})).data;
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failed};
    QCOMPARE(settle(*m_journal, settlement), QString());
    const auto reader = JournalReader::open(m_journal->folder()).value();
    const qint64 id = reader->failedBatches().value().front().id;
    const auto batch =
        plan({.service = pickyService(), .ranges = {}, .failedBatch = id, .now = noon});
    QVERIFY(batch);
    QCOMPARE((*batch)->unfit.size(), 1U);
    QCOMPARE((*batch)->unfit.front().index, 0U);
    QCOMPARE((*batch)->shares.front().indices, (std::vector<std::size_t>{1}));
}

void TestBatchPlanner::unknownTimeJudgesNothing()
{
    QCOMPARE(append(*m_journal, blockOf(recordsAt({1, noon, noon * 3})), {}), QString());
    const auto batch = plan({.service = pickyService(), .ranges = {{1, 3}}});
    QVERIFY(batch);
    QVERIFY((*batch)->unfit.empty());
    QCOMPARE((*batch)->shares.front().indices.size(), 3U);
}

void TestBatchPlanner::slowPaceMakesSmallBatches()
{
    RecordBlock block = blockOf(recordsOf(1000));
    const auto blockBytes = std::size_t(block.rawBytes);
    for (int i = 0; i < 4; ++i)
        QCOMPARE(append(*m_journal, block, {}), QString());
    const auto recordsFor = [&](std::size_t maxBytes, std::uint64_t from) {
        const auto batch = plan({.service = {}, .ranges = {{from, 4000}}, .maxBytes = maxBytes});
        if (!batch || !(*batch)->damaged.empty() || (*batch)->records.empty() ||
            (*batch)->records.front().sequence != from ||
            (*batch)->records.back().sequence != from + (*batch)->records.size() - 1)
            return std::size_t(0);
        return (*batch)->records.size();
    };
    QCOMPARE(recordsFor(0, 1), 4000U); // Without a limit.
    const std::size_t two = recordsFor(2 * blockBytes, 1);
    QVERIFY2(two >= 1500 && two <= 2100, qPrintable(QString::number(two)));
    // Also less than a block, which may be a quarter of a megabyte.
    const std::size_t some = recordsFor(blockBytes / 10, 1);
    QVERIFY2(some >= 50 && some <= 110, qPrintable(QString::number(some)));
    const std::size_t next = recordsFor(blockBytes / 10, some + 1);
    QVERIFY2(next >= 50 && next <= 110, qPrintable(QString::number(next)));
    QCOMPARE(recordsFor(1, 77), 1U); // It always gets on.
}

QTEST_GUILESS_MAIN(TestBatchPlanner)
#include "tst_batchplanner.moc"
