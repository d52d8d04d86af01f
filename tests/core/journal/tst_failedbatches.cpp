// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/journalsupport.h"

#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

// What the journal does with failed batches: parked, claimed, settled.
class TestFailedBatches : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void parksWithTheSettlement();
    void parksWithoutWords();
    void claimsOnce();
    void discardsOnce();
    void settlesReplay();
    void parksAgainWhatIsLeftOfAReplay();
    void claimedIsParkedAfterReopening();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestFailedBatches::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"state/journal"_s);
}

void TestFailedBatches::parksWithTheSettlement()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {endpoint}), QString());
    const FailedBatch failed = failedBatchOf(endpoint, {2, 3, 7});
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.ranges = {{1, 10}};
    settlement.mark = 10;
    settlement.counts.delivered = 7;
    settlement.failed = {failed};
    QCOMPARE(settle(*journal, settlement), QString());

    const auto reader = JournalReader::open(m_folder).value();
    const auto rows = reader->failedBatches().value();
    QCOMPARE(rows.size(), 1);
    FailedBatchRow expected = failed.row;
    expected.id = rows.front().id;
    expected.endpointName = u"a"_s;
    QCOMPARE(rows.front(), expected);
    const FailedBatch read = reader->failedBatchWithData(expected.id).value();
    QCOMPARE(read.sequences, failed.sequences);
    QCOMPARE(read.data, failed.data);
    QCOMPARE(read.configuration, failed.configuration);
    QCOMPARE(reader->failedRecordCount(endpoint).value(), 3);
    QVERIFY(reader->backlog(endpoint).value().isEmpty());
}

void TestFailedBatches::parksWithoutWords()
{
    // A connection that broke: no body, no reason, perhaps no configuration.
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    FailedBatch failed = failedBatchOf(endpoint, {5});
    failed.row.reason = QString();
    failed.row.bodyExcerpt = QString();
    failed.row.attempts.clear();
    failed.row.mayHaveArrived = true;
    failed.configuration = QByteArray();
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failed};
    QCOMPARE(settle(*journal, settlement), QString());
    const auto rows = JournalReader::open(m_folder).value()->failedBatches().value();
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows.front().reason, QString());
    QVERIFY(rows.front().mayHaveArrived);
    QVERIFY(rows.front().attempts.isEmpty());
}

void TestFailedBatches::claimsOnce()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 0,
                               .counts = {},
                               .failed = {failedBatchOf(endpoint, {1})},
                               .damagedBlocks = {}}),
             QString());
    const qint64 id = JournalReader::open(m_folder).value()->failedBatches().value().front().id;
    QCOMPARE(journal->claim(id), true);
    QCOMPARE(journal->claim(id), false);
    QCOMPARE(journal->discard(id), false); // Under way: not to be thrown away now.
    QCOMPARE(journal->claim(id + 1), false);
    QCOMPARE(endpointRow(m_folder, endpoint).discardedByOperator, 0);
}

void TestFailedBatches::discardsOnce()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 0,
                               .counts = {},
                               .failed = {failedBatchOf(endpoint, {1, 2, 9})},
                               .damagedBlocks = {}}),
             QString());
    const auto reader = JournalReader::open(m_folder).value();
    const qint64 id = reader->failedBatches().value().front().id;
    QCOMPARE(journal->discard(id), true);
    QCOMPARE(journal->discard(id), false);
    QCOMPARE(endpointRow(m_folder, endpoint).discardedByOperator, 3);
    QVERIFY(reader->failedBatches().value().isEmpty());
    QCOMPARE(reader->failedRecordCount(endpoint).value(), 0);
    QCOMPARE(journal->claim(id), false);
    const auto unknown = journal->discard(4711);
    QVERIFY(!unknown);
    QVERIFY(unknown.error().text.contains(u"4711"_s));
}

void TestFailedBatches::settlesReplay()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 0,
                               .counts = {},
                               .failed = {failedBatchOf(endpoint, {1, 2})},
                               .damagedBlocks = {}}),
             QString());
    const auto reader = JournalReader::open(m_folder).value();
    const qint64 id = reader->failedBatches().value().front().id;
    QCOMPARE(journal->claim(id), true);
    QCOMPARE(reader->failedBatch(id).value().state, FailedState::Claimed);
    QCOMPARE(settleReplay(*journal,
                          {.endpoint = endpoint, .delivered = 2, .remaining = {}, .batch = id}),
             QString());
    QVERIFY(reader->failedBatches().value().isEmpty());
    QCOMPARE(reader->failedBatch(id).value().state, FailedState::Settled);
    QCOMPARE(endpointRow(m_folder, endpoint).delivered, 2);
    QCOMPARE(journal->claim(id), false);
}

void TestFailedBatches::parksAgainWhatIsLeftOfAReplay()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 0,
                               .counts = {},
                               .failed = {failedBatchOf(endpoint, {1, 2, 3})},
                               .damagedBlocks = {}}),
             QString());
    const auto reader = JournalReader::open(m_folder).value();
    const qint64 id = reader->failedBatches().value().front().id;
    QCOMPARE(journal->claim(id), true);
    FailedBatch remaining = failedBatchOf(endpoint, {2});
    remaining.row.id = id;
    remaining.row.reason = u"still too old"_s;
    QCOMPARE(
        settleReplay(*journal,
                     {.endpoint = endpoint, .delivered = 2, .remaining = remaining, .batch = id}),
        QString());
    const auto rows = reader->failedBatches().value();
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows.front().id, id);
    QCOMPARE(rows.front().state, FailedState::Parked);
    QCOMPARE(rows.front().reason, u"still too old"_s);
    QCOMPARE(rows.front().records, 1);
    QCOMPARE(reader->failedBatchWithData(id).value().sequences, remaining.sequences);
    QCOMPARE(endpointRow(m_folder, endpoint).delivered, 2);
    QCOMPARE(journal->claim(id), true);
}

void TestFailedBatches::claimedIsParkedAfterReopening()
{
    auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 0,
                               .counts = {},
                               .failed = {failedBatchOf(endpoint, {1})},
                               .damagedBlocks = {}}),
             QString());
    const qint64 id = JournalReader::open(m_folder).value()->failedBatches().value().front().id;
    QCOMPARE(journal->claim(id), true);
    journal.reset();
    journal = Journal::open(m_folder).value();
    const FailedBatchRow row = JournalReader::open(m_folder).value()->failedBatch(id).value();
    QCOMPARE(row.state, FailedState::Parked);
    QVERIFY(row.mayHaveArrived); // the replay that claimed it may have sent it
    QCOMPARE(journal->claim(id), true);
}

QTEST_GUILESS_MAIN(TestFailedBatches)
#include "tst_failedbatches.moc"
