// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/backlog.h"
#include "core/delivery/ledger.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"

#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestBacklog : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void balancesAllTheWay();
    void countsNothingTwice();
    void markStaysBelowWhatIsUnsettled();
    void markStaysBelowWhatIsUnwritten();
    void markPassesRecordsOfOthers();
    void countsOfDiscardedRecordsAreKept();
    void replayMovesFromFailedToDelivered();
    void unwritableReplayIsWrittenLater();
    void whatCannotBeWrittenIsWrittenLater_data();
    void whatCannotBeWrittenIsWrittenLater();
    void failedWriteHoldsTheMarkOfLaterOnes();

private:
    using Ranges = std::vector<SequenceRange>;

    // Appends records for the endpoint, and tells the backlog of them.
    void append(int count)
    {
        QCOMPARE(trace::append(*m_journal, blockOf(recordsOf(count)), {m_endpoint}), QString());
        const auto first = m_last + 1;
        m_last += std::uint64_t(count);
        m_backlog->add({first, m_last});
    }
    static Settlement delivered(const Ranges &ranges)
    {
        Settlement settlement;
        settlement.ranges = ranges;
        for (const SequenceRange &range : ranges)
            settlement.counts.delivered += qint64(range.count());
        return settlement;
    }
    // Runs SQL in the journal beside its writer, as a defect would.
    void tamper(const QString &sql) const
    {
        {
            QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
            db.setDatabaseName(Journal::fileIn(m_folder));
            QVERIFY(db.open());
            QSqlQuery query(db);
            QVERIFY2(query.exec(sql), qPrintable(query.lastError().text()));
        }
        QSqlDatabase::removeDatabase(u"tamper"_s);
    }
    // From now on the journal cannot note that so many records were delivered at once.
    void failWhenDelivered(int count) const
    {
        tamper(
            u"CREATE TRIGGER broken BEFORE UPDATE ON endpoint WHEN new.delivered = old.delivered "
            u"+ %1 BEGIN SELECT raise(ABORT, 'the disk is gone'); END"_s.arg(count));
    }
    void repair() const { tamper(u"DROP TRIGGER broken"_s); }

    [[nodiscard]] std::uint64_t mark() const { return endpointRow(m_folder, m_endpoint).settled; }
    [[nodiscard]] Ranges waitingInJournal() const
    {
        return JournalReader::open(m_folder).value()->backlog(m_endpoint).value().ranges();
    }
    [[nodiscard]] Ledger ledgerInJournal() const
    {
        const auto reader = JournalReader::open(m_folder).value();
        return readLedger(*reader, m_endpoint).value();
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
    std::unique_ptr<Journal> m_journal;
    std::unique_ptr<Backlog> m_backlog; // Goes before the journal.
    qint64 m_endpoint = 0;
    std::uint64_t m_last = 0;
    int m_unbalanced = 0;
};

void TestBacklog::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->filePath(u"journal"_s);
    m_journal = Journal::open(m_folder).value();
    m_endpoint = enrol(*m_journal, u"a"_s);
    m_last = 0;
    m_unbalanced = 0;
    m_backlog = std::make_unique<Backlog>(*m_journal,
                                          BacklogStart{.row = endpointRow(m_folder, m_endpoint)});
    connect(m_backlog.get(), &Backlog::changed, this,
            [this] { m_unbalanced += m_backlog->ledger(0).isBalanced() ? 0 : 1; });
}

void TestBacklog::cleanup()
{
    m_journal->sync();
    m_backlog.reset();
    m_journal.reset();
    QCOMPARE(m_unbalanced, 0); // Not even in between.
}

void TestBacklog::balancesAllTheWay()
{
    append(10);
    Ledger expected;
    expected.accepted = 10;
    expected.waiting = 10;
    QCOMPARE(m_backlog->ledger(0), expected);
    expected.waiting = 7;
    expected.inFlight = 3;
    QCOMPARE(m_backlog->ledger(3), expected);

    m_backlog->settle(delivered({{1, 4}}));
    // Answered, but not in the journal: nothing counts as delivered before.
    expected.waiting = 6;
    expected.inFlight = 4;
    QCOMPARE(m_backlog->ledger(0), expected);
    QVERIFY(!m_backlog->unsettled().contains(4));
    expected.inFlight = 0;
    expected.delivered = 4;
    QTRY_COMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(ledgerInJournal(), expected);

    QSignalSpy failed(m_backlog.get(), &Backlog::failedBatchesChanged);
    Settlement parked;
    parked.ranges = {{5, 6}};
    parked.failed = {failedBatchOf(m_endpoint, {5, 6})};
    m_backlog->settle(parked);
    expected.waiting = 4;
    expected.failed = 2;
    QTRY_COMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(ledgerInJournal(), expected);

    const auto reader = JournalReader::open(m_folder).value();
    QVERIFY(m_journal->discard(reader->failedBatches().value().front().id).value());
    m_backlog->failedDiscarded(2);
    expected.failed = 0;
    expected.discardedByOperator = 2;
    QCOMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(failed.size(), 2);
    QCOMPARE(ledgerInJournal(), expected);
    QCOMPARE(m_backlog->unsettled().ranges(), (Ranges{{7, 10}}));
    QCOMPARE(waitingInJournal(), (Ranges{{7, 10}}));
}

//! A sender may start while word of what was committed is still on its way to it.
void TestBacklog::countsNothingTwice()
{
    append(3);
    const auto reader = JournalReader::open(m_folder).value();
    auto account = reader->endpointAccount(m_endpoint).value();
    Backlog later(*m_journal, {.row = account.row,
                               .unsettled = account.backlog,
                               .failed = account.failed,
                               .lastSequence = account.range.last});
    later.settle(delivered({{1, 2}}));
    later.add({1, 3});
    QTRY_COMPARE(later.ledger(0).delivered, 2);
    QCOMPARE(later.ledger(0).accepted, 3);
    QCOMPARE(later.ledger(0).waiting, 1);
    later.add({4, 5});
    QCOMPARE(later.ledger(0).accepted, 5);
    QVERIFY(later.ledger(0).isBalanced());
}

void TestBacklog::markStaysBelowWhatIsUnsettled()
{
    append(10);
    m_backlog->settle(delivered({{4, 5}, {8, 10}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 5);
    QCOMPARE(mark(), 0U);
    QCOMPARE(waitingInJournal(), (Ranges{{1, 3}, {6, 7}})); // What a restart would send.
    m_backlog->settle(delivered({{1, 3}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 8);
    QCOMPARE(mark(), 5U);
    QCOMPARE(waitingInJournal(), (Ranges{{6, 7}}));
    m_backlog->settle(delivered({{6, 7}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 10);
    QCOMPARE(mark(), 10U);
    QVERIFY(waitingInJournal().empty());
}

void TestBacklog::markStaysBelowWhatIsUnwritten()
{
    append(100);
    // All in one go, backwards and forwards, while the writer is behind.
    for (const std::uint64_t first : {91U, 1U, 51U, 11U, 71U, 31U, 81U, 21U, 61U, 41U})
        m_backlog->settle(delivered({{first, first + 9}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 100);
    QVERIFY(m_backlog->unsettled().isEmpty());
    QVERIFY(waitingInJournal().empty());
    append(5);
    m_backlog->settle(delivered({{101, 105}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 105);
    QCOMPARE(mark(), 105U);
}

void TestBacklog::markPassesRecordsOfOthers()
{
    append(3);
    const qint64 other = enrol(*m_journal, u"b"_s);
    QCOMPARE(trace::append(*m_journal, blockOf(recordsOf(7)), {other}), QString());
    m_last = 10;
    m_backlog->journalGrew(10);
    QCOMPARE(m_backlog->lastSequence(), 10U);
    QCOMPARE(m_backlog->ledger(0).accepted, 3);
    m_backlog->settle(delivered({{1, 3}}));
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 3);
    QCOMPARE(mark(), 10U);
    append(2);
    QCOMPARE(m_backlog->unsettled().ranges(), (Ranges{{11, 12}}));
    QCOMPARE(waitingInJournal(), (Ranges{{11, 12}}));
}

void TestBacklog::countsOfDiscardedRecordsAreKept()
{
    append(20);
    Settlement settlement;
    settlement.ranges = {{1, 20}};
    settlement.counts = {.delivered = 2,
                         .discardedByOperator = 1,
                         .discardedByFilter = 6,
                         .discardedShed = 5,
                         .discardedDamaged = 2,
                         .discardedExpired = 4};
    m_backlog->settle(settlement);
    Ledger expected;
    expected.accepted = 20;
    expected.delivered = 2;
    expected.discardedByOperator = 1;
    expected.discardedByFilter = 6;
    expected.discardedShed = 5;
    expected.discardedDamaged = 2;
    expected.discardedExpired = 4;
    QTRY_COMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(ledgerInJournal(), expected);
    // Also for a process that starts later.
    const Backlog later(*m_journal,
                        {.row = endpointRow(m_folder, m_endpoint), .lastSequence = m_last});
    QCOMPARE(later.ledger(0), expected);
}

void TestBacklog::replayMovesFromFailedToDelivered()
{
    append(5);
    Settlement parked;
    parked.ranges = {{1, 5}};
    parked.failed = {failedBatchOf(m_endpoint, {1, 2, 3, 4, 5})};
    m_backlog->settle(parked);
    QTRY_COMPARE(m_backlog->ledger(0).failed, 5);
    const auto reader = JournalReader::open(m_folder).value();
    const qint64 id = reader->failedBatches().value().front().id;
    QVERIFY(m_journal->claim(id).value());

    FailedBatch rest = failedBatchOf(m_endpoint, {2, 4});
    rest.row.id = id;
    int told = 0;
    const auto written = [&] {
        QCOMPARE(QThread::currentThread(), thread());
        ++told;
    };
    m_backlog->settleReplay(
        {.endpoint = 0, .delivered = 3, .remaining = std::move(rest), .batch = id}, written);
    QTRY_COMPARE(told, 1);
    Ledger expected;
    expected.accepted = 5;
    expected.delivered = 3;
    expected.failed = 2;
    QCOMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(ledgerInJournal(), expected);

    QVERIFY(m_journal->claim(id).value());
    m_backlog->settleReplay({.endpoint = 0, .delivered = 2, .remaining = {}, .batch = id}, written);
    QTRY_COMPARE(told, 2);
    expected.delivered = 5;
    expected.failed = 0;
    QCOMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(ledgerInJournal(), expected);
    QCOMPARE(reader->failedBatchCount().value(), 0);
}

void TestBacklog::unwritableReplayIsWrittenLater()
{
    append(3);
    Settlement parked;
    parked.ranges = {{1, 3}};
    parked.failed = {failedBatchOf(m_endpoint, {1, 2, 3})};
    m_backlog->settle(parked);
    QTRY_COMPARE(m_backlog->ledger(0).failed, 3);
    const auto reader = JournalReader::open(m_folder).value();
    const qint64 id = reader->failedBatches().value().front().id;
    QVERIFY(m_journal->claim(id).value());
    const Ledger before = m_backlog->ledger(0);
    failWhenDelivered(3);
    int told = 0;
    m_backlog->settleReplay({.endpoint = 0, .delivered = 3, .remaining = {}, .batch = id},
                            [&] { ++told; });
    QTRY_VERIFY(m_backlog->problem());
    QVERIFY2(m_backlog->problem()->text.contains(u"the disk is gone"_s),
             qPrintable(m_backlog->problem()->text));
    QCOMPARE(told, 0);
    QCOMPARE(m_backlog->ledger(0), before);
    QCOMPARE(ledgerInJournal(), before);
    QCOMPARE(reader->failedBatchCount().value(), 1);

    repair();
    m_backlog->writeAgain();
    QTRY_COMPARE(told, 1);
    QVERIFY(!m_backlog->problem());
    QCOMPARE(m_backlog->ledger(0).delivered, 3);
    QCOMPARE(ledgerInJournal(), m_backlog->ledger(0));
    QCOMPARE(reader->failedBatchCount().value(), 0);
}

void TestBacklog::whatCannotBeWrittenIsWrittenLater_data()
{
    QTest::addColumn<bool>("isTold");
    QTest::newRow("by itself") << false;
    QTest::newRow("at once when told") << true;
}

void TestBacklog::whatCannotBeWrittenIsWrittenLater()
{
    QFETCH(bool, isTold);
    append(6);
    failWhenDelivered(4);
    QSignalSpy failed(m_backlog.get(), &Backlog::writeFailed);
    QSignalSpy succeeded(m_backlog.get(), &Backlog::writeSucceeded);
    m_backlog->settle(delivered({{1, 2}, {4, 5}}));
    QTRY_COMPARE(failed.size(), 1);
    const auto error = failed.front().front().value<Error>();
    QVERIFY2(error.text.contains(u"the disk is gone"_s), qPrintable(error.text));
    QVERIFY(m_backlog->problem());
    QCOMPARE(m_backlog->problem()->text, error.text);
    Ledger expected;
    expected.accepted = 6;
    expected.waiting = 2;
    expected.inFlight = 4; // The service has them, but a restart would not know.
    QCOMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(m_backlog->unsettled().ranges(), (Ranges{{3, 3}, {6, 6}})); // Not to be sent again.
    QCOMPARE(waitingInJournal(), (Ranges{{1, 6}}));

    m_backlog->writeAgain();
    m_journal->sync();
    repair();
    if (isTold)
        m_backlog->writeAgain();
    expected.inFlight = 0;
    expected.delivered = 4;
    QTRY_COMPARE(m_backlog->ledger(0), expected);
    QCOMPARE(succeeded.size(), 1);
    QCOMPARE(failed.size(), 1); // Told once.
    QVERIFY(!m_backlog->problem());
    QCOMPARE(ledgerInJournal(), expected);
    QCOMPARE(waitingInJournal(), (Ranges{{3, 3}, {6, 6}}));
}

void TestBacklog::failedWriteHoldsTheMarkOfLaterOnes()
{
    append(10);
    failWhenDelivered(3);
    QSignalSpy failed(m_backlog.get(), &Backlog::writeFailed);
    m_backlog->settle(delivered({{1, 3}})); // This one fails; those after it do not.
    m_backlog->settle(delivered({{4, 5}}));
    m_backlog->settle(delivered({{6, 10}}));
    QTRY_COMPARE(failed.size(), 1);
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 7);
    QCOMPARE(waitingInJournal(), (Ranges{{1, 3}})); // A restart would send them again.
    QCOMPARE(mark(), 0U);
    QVERIFY(m_backlog->problem());
    repair();
    m_backlog->writeAgain();
    QTRY_COMPARE(m_backlog->ledger(0).delivered, 10);
    QVERIFY(!m_backlog->problem());
    QVERIFY(waitingInJournal().empty());
    append(1);
    m_backlog->settle(delivered({{11, 11}}));
    QTRY_COMPARE(mark(), 11U);
}

QTEST_GUILESS_MAIN(TestBacklog)
#include "tst_backlog.moc"
