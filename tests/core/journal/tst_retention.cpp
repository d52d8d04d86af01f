// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qint64 cap = 8 * 1024 * 1024;
constexpr int recordsPerBlock = 200; // about 170 KB

//! A journal whose endpoints have no senders: what it asks to give up is given up.
std::unique_ptr<Journal> openJournal(const QString &folder, JournalLimits limits = {})
{
    if (limits.maxBytes > cap)
        limits.maxBytes = cap;
    auto journal = Journal::open(folder, limits);
    if (!journal)
        qFatal("%s", qPrintable(journal.error().message()));
    Journal *const plain = journal->get();
    QObject::connect(
        plain, &Journal::giveUpAsked, plain,
        [plain](const GiveUp &request) {
            plain->giveUp(request, [](const std::optional<Error> &) {});
            plain->giveUpAnswered();
        },
        Qt::DirectConnection);
    return std::move(*journal);
}

} // namespace

class TestRetention final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theOldestDeliveredBlocksGoFirst();
    void spaceIsGivenBack();
    void whatOnlyOneEndpointHasNotGotIsKept();
    void theLowestLevelIsShedFirst();
    void theEndpointThatHoldsMostIsShed();
    void newRecordsAreRefused_data();
    void newRecordsAreRefused();
    void recordsAreAcceptedAgainAfterARefusal();
    void oldRecordsExpire();
    void aClockJumpExpiresNothing();
    void settledFailedBatchesGoAndOpenOnesStay();
    void theLogStaysSmallWhileReadersAreOpen();
    void aJournalOverItsCapIsBroughtBack();
};

void TestRetention::theOldestDeliveredBlocksGoFirst()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const Heard<quint64> evicted(journal.get(), &Journal::evicted);
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    std::uint64_t last = 0;
    for (int i = 0; i < 150; ++i) { // about 25 MB
        QCOMPARE(append(*journal, block, {a}), QString());
        last += recordsPerBlock;
        QCOMPARE(settle(*journal, {.endpoint = a,
                                   .ranges = {{last - recordsPerBlock + 1, last}},
                                   .mark = last,
                                   .counts = {.delivered = recordsPerBlock}}),
                 QString());
        QVERIFY2(bytesUsed(folder.path()) <= cap, qPrintable(QString::number(i)));
        QVERIFY(bytesOnDisk(folder.path()) <= cap + cap / 4);
    }
    const auto range = JournalReader::open(folder.path()).value()->range().value();
    QCOMPARE(range.last, last);
    QVERIFY(range.first > 1);
    QVERIFY(last - range.first > 20 * recordsPerBlock); // it keeps what fits
    QVERIFY(!evicted.isEmpty());
    QCOMPARE(evicted.values().back(), range.first);
    const EndpointRow row = endpointRow(folder.path(), a);
    QCOMPARE(row.delivered, qint64(last));
    QCOMPARE(row.discardedShed, 0);
}

void TestRetention::spaceIsGivenBack()
{
    HandClock hand;
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path(), {.clock = hand.clock()});
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    for (int i = 0; i < 30; ++i)
        QCOMPARE(append(*journal, block, {a}), QString());
    const std::uint64_t last = 30 * recordsPerBlock;
    QCOMPARE(
        settle(*journal,
               {.endpoint = a, .ranges = {{1, last}}, .mark = last, .counts = {.delivered = 6000}}),
        QString());
    QVERIFY(bytesOnDisk(folder.path()) > cap / 2);
    hand.pass(31 * 24h);
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {a}), QString());
    QTRY_VERIFY(bytesOnDisk(folder.path()) < cap / 8);
    QCOMPARE(JournalReader::open(folder.path()).value()->range().value(),
             (SequenceRange{last + 1, last + 1}));
    // Runs of which nothing is left go as well.
    QCOMPARE(JournalReader::open(folder.path()).value()->runs().value().size(), 1);
}

void TestRetention::whatOnlyOneEndpointHasNotGotIsKept()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const qint64 a = enrol(*journal, u"a"_s);
    const qint64 b = enrol(*journal, u"b"_s);
    // The first block waits for a; the others are delivered to both.
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    std::uint64_t last = 0;
    for (int i = 0; i < 100; ++i) {
        QCOMPARE(append(*journal, block, {a, b}), QString());
        const SequenceRange range{last + 1, last + recordsPerBlock};
        last = range.last;
        const CountChange counts{.delivered = recordsPerBlock};
        QCOMPARE(
            settle(*journal, {.endpoint = b, .ranges = {range}, .mark = last, .counts = counts}),
            QString());
        if (i > 0)
            QCOMPARE(settle(*journal, {.endpoint = a, .ranges = {range}, .counts = counts}),
                     QString());
    }
    const auto reader = JournalReader::open(folder.path()).value();
    QCOMPARE(reader->backlog(a).value().ranges(),
             (std::vector<SequenceRange>{{1, recordsPerBlock}}));
    QCOMPARE(reader->blocks({1, recordsPerBlock}, 1).value().front().data, block.data);
    QCOMPARE(reader->blocks({recordsPerBlock + 1, last}, 1).value().front().first > 3000, true);
    QCOMPARE(endpointRow(folder.path(), a).discardedShed, 0);
}

void TestRetention::theLowestLevelIsShedFirst()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const qint64 a = enrol(*journal, u"a"_s);
    const std::vector<Level> levels{Level::Debug, Level::Info, Level::Debug, Level::Error};
    int accepted = 0;
    for (int i = 0; i < 60; ++i) { // about 10 MB, of which half is not for shedding
        QCOMPARE(append(*journal, blockOf(bulkyRecords(recordsPerBlock, levels)), {a}), QString());
        accepted += recordsPerBlock;
        QVERIFY2(bytesUsed(folder.path()) <= cap, qPrintable(QString::number(i)));
    }
    const auto reader = JournalReader::open(folder.path()).value();
    const SequenceSet waiting = reader->backlog(a).value();
    const EndpointRow row = endpointRow(folder.path(), a);
    QCOMPARE(row.accepted, accepted);
    QVERIFY(row.discardedShed > 0);
    QCOMPARE(qint64(waiting.count()) + row.discardedShed, row.accepted);
    // Nothing but debug records went, and the text of the others is whole.
    int removed = 0;
    const auto blocks = reader->blocks({1, std::uint64_t(accepted)}, 1 << 30).value();
    QCOMPARE(blocks.size(), 60U);
    for (const StoredBlock &stored : blocks) {
        const auto block = RecordBlockReader::open(stored.data, stored.first).value();
        QCOMPARE(block.records().size(), std::size_t(recordsPerBlock));
        for (const RecordView &record : block.records()) {
            if (waiting.contains(record.sequence)) {
                QCOMPARE(record.message.size(), 1000U);
                continue;
            }
            QCOMPARE(record.level, Level::Debug);
            QCOMPARE(contextOf(record).runId, "bulky");
            removed += record.message.size() < 1000 ? 1 : 0;
        }
    }
    QVERIFY(removed > 0);
}

void TestRetention::theEndpointThatHoldsMostIsShed()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const qint64 a = enrol(*journal, u"a"_s);
    const qint64 b = enrol(*journal, u"b"_s);
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    for (int i = 0; i < 10; ++i)
        QCOMPARE(append(*journal, block, {b}), QString());
    for (int i = 0; i < 100; ++i) {
        QCOMPARE(append(*journal, block, {a}), QString());
        QVERIFY(bytesUsed(folder.path()) <= cap);
    }
    const EndpointRow rowOfA = endpointRow(folder.path(), a);
    QCOMPARE(endpointRow(folder.path(), b).discardedShed, 0);
    QCOMPARE(waitingIn(folder.path(), b), 10 * recordsPerBlock);
    QVERIFY(rowOfA.discardedShed > 0);
    QCOMPARE(waitingIn(folder.path(), a) + rowOfA.discardedShed, rowOfA.accepted);
    QCOMPARE(conditions.count(), 1U); // one notice
    const auto condition = conditions.values().front();
    QCOMPARE(condition.kind, JournalCondition::Kind::Shedding);
    QVERIFY(condition.problem.action.contains(u"discarded (shed)"));
}

void TestRetention::newRecordsAreRefused_data()
{
    QTest::addColumn<WhenFull>("whenFull");
    QTest::addColumn<bool>("parked");
    QTest::newRow("because the operator wants it") << WhenFull::Refuse << false;
    QTest::newRow("because only failed batches are left") << WhenFull::Shed << true;
}

void TestRetention::newRecordsAreRefused()
{
    QFETCH(WhenFull, whenFull);
    QFETCH(bool, parked);
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path(), {.whenFull = whenFull});
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    qint64 accepted = 0;
    QString problem;
    for (int i = 0; i < 100 && problem.isEmpty(); ++i) {
        problem = append(*journal, block, {a});
        if (!problem.isEmpty())
            break;
        accepted += recordsPerBlock;
        if (parked) {
            const std::uint64_t last = std::uint64_t(accepted);
            FailedBatch batch = failedBatchOf(a, {last});
            batch.data = block.data;
            QCOMPARE(settle(*journal, {.endpoint = a,
                                       .ranges = {{last - recordsPerBlock + 1, last}},
                                       .mark = last,
                                       .failed = {batch}}),
                     QString());
        }
        QVERIFY(bytesUsed(folder.path()) <= cap);
    }
    QVERIFY(accepted > 20 * recordsPerBlock);
    QVERIFY2(problem.contains(u"the journal is full (8.0 MiB)"), qPrintable(problem));
    const EndpointRow row = endpointRow(folder.path(), a);
    QCOMPARE(row.accepted, accepted);
    QCOMPARE(row.discardedShed, 0);
    if (!parked)
        QCOMPARE(waitingIn(folder.path(), a), accepted);
}

void TestRetention::recordsAreAcceptedAgainAfterARefusal()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path(), {.whenFull = WhenFull::Refuse});
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    std::uint64_t last = 0;
    while (append(*journal, block, {a}).isEmpty())
        last += recordsPerBlock;
    QCOMPARE(settle(*journal, {.endpoint = a,
                               .ranges = {{1, last}},
                               .mark = last,
                               .counts = {.delivered = qint64(last)}}),
             QString());
    QTRY_COMPARE(append(*journal, block, {a}), QString());
}

void TestRetention::oldRecordsExpire()
{
    HandClock hand;
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path(), {.clock = hand.clock()});
    const qint64 a = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {a}), QString());
    journal->sync(); // What the record set off is over: it must not see half of the time pass.
    hand.pass(20 * 24h);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {a}), QString());
    journal->sync();
    hand.pass(11 * 24h); // 31 and 11 days
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {a}), QString());
    QTRY_COMPARE(endpointRow(folder.path(), a).discardedExpired, 10);
    QTRY_COMPARE(JournalReader::open(folder.path()).value()->range().value(),
                 (SequenceRange{11, 30}));
    QCOMPARE(waitingIn(folder.path(), a), 20);
    QCOMPARE(endpointRow(folder.path(), a).accepted, 30);
}

void TestRetention::aClockJumpExpiresNothing()
{
    HandClock hand;
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path(), {.clock = hand.clock()});
    const qint64 a = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {a}), QString());
    const auto nudge = [&] { // twice, so that what the first one set off is over
        QCOMPARE(append(*journal, blockOf(recordsOf(1)), {a}), QString());
        QCOMPARE(append(*journal, blockOf(recordsOf(1)), {a}), QString());
    };
    hand.jump(31 * 24h);
    hand.pass(11min);
    nudge();
    hand.pass(11min);
    nudge();
    QCOMPARE(endpointRow(folder.path(), a).discardedExpired, 0);
    hand.pass(24h); // nobody sets it back: it is the time now
    nudge();
    QTRY_COMPARE(endpointRow(folder.path(), a).discardedExpired, 10);
}

void TestRetention::settledFailedBatchesGoAndOpenOnesStay()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    QCOMPARE(settle(*journal, {.endpoint = a, .failed = {failedBatchOf(a, {1})}}), QString());
    for (int i = 0; i < 100; ++i) { // as large as the journal, twice
        FailedBatch batch = failedBatchOf(a, {1});
        batch.data = block.data;
        QCOMPARE(settle(*journal, {.endpoint = a, .failed = {batch}}), QString());
        const auto batches = JournalReader::open(folder.path()).value()->failedBatches().value();
        QVERIFY(journal->discard(batches.last().id).value());
        if (i % 10 == 9)
            QCOMPARE(append(*journal, block, {}), QString());
    }
    QCOMPARE(append(*journal, block, {}), QString());
    QTRY_VERIFY(bytesUsed(folder.path()) <= cap);
    const auto open = JournalReader::open(folder.path()).value()->failedBatches().value();
    QCOMPARE(open.size(), 1);
    QCOMPARE(open.first().id, 1);
}

void TestRetention::theLogStaysSmallWhileReadersAreOpen()
{
    const QTemporaryDir folder;
    auto journal = openJournal(folder.path());
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    const auto reader = JournalReader::open(folder.path()).value();
    std::atomic<bool> isOver{false};
    std::thread busy([&] { // always in some read transaction
        const auto other = JournalReader::open(folder.path()).value();
        while (!isOver)
            std::ignore = other->blocks({1, ~std::uint64_t(0) >> 1}, 1 << 20);
    });
    const auto join = qScopeGuard([&] {
        isOver = true;
        busy.join();
    });
    std::uint64_t last = 0;
    for (int i = 0; i < 200; ++i) {
        QCOMPARE(append(*journal, block, {a}), QString());
        last += recordsPerBlock;
        QCOMPARE(settle(*journal, {.endpoint = a, .mark = last}), QString());
        QVERIFY(reader->range());
        QVERIFY(QFileInfo(Journal::fileIn(folder.path()) + u"-wal"_s).size() < cap / 2);
    }
}

void TestRetention::aJournalOverItsCapIsBroughtBack()
{
    const QTemporaryDir folder;
    {
        auto large = Journal::open(folder.path()).value();
        const qint64 a = enrol(*large, u"a"_s);
        const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
        for (int i = 0; i < 100; ++i)
            QCOMPARE(append(*large, block, {a}), QString());
    }
    QVERIFY(bytesOnDisk(folder.path()) > cap);
    auto journal = openJournal(folder.path());
    journal->startRetention();
    // Then the file is made smaller, which is not to take it over the cap again.
    QTRY_VERIFY(bytesUsed(folder.path()) <= cap);
    const QDeadlineTimer patient(patience);
    while (bytesOnDisk(folder.path()) > cap) {
        const qint64 used = bytesUsed(folder.path());
        QVERIFY2(used <= cap && !patient.hasExpired(), qPrintable(QString::number(used)));
    }
    const EndpointRow row = endpointRow(folder.path(), 1);
    QVERIFY(row.discardedShed > 0);
    QCOMPARE(waitingIn(folder.path(), 1) + row.discardedShed, row.accepted);
}

QTEST_GUILESS_MAIN(TestRetention)
#include "tst_retention.moc"
