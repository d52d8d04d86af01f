// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/ledger.h"
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

//! Records of these runs in turn; the run's name is also the message.
std::vector<Record> inTurn(const std::vector<std::string> &runs, int count)
{
    std::vector<Record> records;
    for (int i = 0; i < count; ++i)
        records.push_back(recordsOf(1, runs[std::size_t(i) % runs.size()], i + 1).front());
    return records;
}

//! A batch of \a run's records with these numbers.
FailedBatch failedOf(qint64 endpoint, const std::string &run,
                     const std::vector<std::uint64_t> &sequences)
{
    FailedBatch batch = failedBatchOf(endpoint, sequences);
    batch.data = blockOf(recordsOf(int(sequences.size()), run)).data;
    return batch;
}

} // namespace

class TestRunLedger final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void tellsRunsApartThatShareBlocks();
    void tellsWhyRecordsWereDiscarded_data();
    void tellsWhyRecordsWereDiscarded();
    void followsAFailedBatch();
    void countsObligations();
    void outlivesTheBlocks();
    void forgetsARunWithItsLastBlock();
    void countsWhatAPurgeTookAsDiscarded();
    void addsUpToTheEndpointsLedger();
    void isCheapForALongRun();

private:
    //! The journal looks at ages every ten minutes, and when it is woken.
    [[nodiscard]] std::uint64_t firstKeptLater()
    {
        m_hand.pass(11min);
        m_journal->syncMarks();
        return JournalReader::open(m_folder).value()->range().value().first;
    }
    [[nodiscard]] Ledger ledger(const QString &run, qint64 endpoint) const;
    void appendInTurn(const std::vector<std::string> &runs, int count,
                      const std::vector<qint64> &route);

    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
    HandClock m_hand; // outlives the journal
    std::unique_ptr<Journal> m_journal;
    qint64 m_a = 0;
    qint64 m_b = 0;
};

void TestRunLedger::init()
{
    m_journal.reset();
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->filePath(u"journal"_s);
    m_journal = Journal::open(m_folder, {.clock = m_hand.clock()}).value();
    m_a = enrol(*m_journal, u"a"_s);
    m_b = enrol(*m_journal, u"b"_s);
}

Ledger TestRunLedger::ledger(const QString &run, qint64 endpoint) const
{
    const auto reader = JournalReader::open(m_folder).value();
    const auto ledgers = readRunLedgers(*reader, run);
    if (!ledgers)
        qFatal("%s", qPrintable(ledgers.error().message()));
    for (const RunLedger &part : *ledgers) {
        if (part.runId != run || !part.ledger.isBalanced())
            qFatal("the ledger of another run, or one that does not balance");
        if (part.endpoint.id == endpoint)
            return part.ledger;
    }
    return {};
}

void TestRunLedger::appendInTurn(const std::vector<std::string> &runs, int count,
                                 const std::vector<qint64> &route)
{
    QCOMPARE(append(*m_journal, blockOf(inTurn(runs, count)), route), QString());
}

void TestRunLedger::tellsRunsApartThatShareBlocks()
{
    appendInTurn({"one", "two"}, 10, {m_a, m_b});  // 1, 3 … 9 are of one
    appendInTurn({"one"}, 5, {m_b});               // 11 to 15
    appendInTurn({"two", "two", "one"}, 6, {m_a}); // 18 and 21 are of one
    Settlement settlement;
    settlement.endpoint = m_a;
    settlement.ranges = {{1, 4}, {17, 18}};
    settlement.mark = 3;
    settlement.counts.delivered = 6;
    QCOMPARE(settle(*m_journal, settlement), QString());

    QCOMPARE(ledger(u"one"_s, m_a), (Ledger{.accepted = 7, .delivered = 3, .waiting = 4}));
    QCOMPARE(ledger(u"two"_s, m_a), (Ledger{.accepted = 9, .delivered = 3, .waiting = 6}));
    QCOMPARE(ledger(u"one"_s, m_b), (Ledger{.accepted = 10, .waiting = 10}));
    QCOMPARE(ledger(u"two"_s, m_b), (Ledger{.accepted = 5, .waiting = 5}));
    QCOMPARE(ledger(u"three"_s, m_a), Ledger());
}

void TestRunLedger::tellsWhyRecordsWereDiscarded_data()
{
    QTest::addColumn<DiscardReason>("reason");
    QTest::addColumn<qint64 Ledger::*>("member");
    QTest::newRow("operator") << DiscardReason::Operator << &Ledger::discardedByOperator;
    QTest::newRow("filter") << DiscardReason::Filter << &Ledger::discardedByFilter;
    QTest::newRow("shed") << DiscardReason::Shed << &Ledger::discardedShed;
    QTest::newRow("damaged") << DiscardReason::Damaged << &Ledger::discardedDamaged;
    QTest::newRow("expired") << DiscardReason::Expired << &Ledger::discardedExpired;
}

void TestRunLedger::tellsWhyRecordsWereDiscarded()
{
    QFETCH(DiscardReason, reason);
    QFETCH(qint64 Ledger::*, member);
    appendInTurn({"one", "two"}, 10, {m_a});
    // Of one 3, 5 and 9, of two 4 and 8; the rest is delivered.
    const std::vector<SequenceRange> discarded{{3, 5}, {8, 9}};
    Settlement settlement{.endpoint = m_a, .ranges = {{1, 10}}, .mark = 10};
    settlement.counts = changeOf(reason, 5);
    settlement.counts.delivered = 5;
    settlement.discarded = {{reason, discarded}};
    QCOMPARE(settle(*m_journal, settlement), QString());

    Ledger one{.accepted = 5, .delivered = 2};
    one.*member = 3;
    Ledger two{.accepted = 5, .delivered = 3};
    two.*member = 2;
    QCOMPARE(ledger(u"one"_s, m_a), one);
    QCOMPARE(ledger(u"two"_s, m_a), two);
}

void TestRunLedger::followsAFailedBatch()
{
    appendInTurn({"one", "two"}, 10, {m_a});
    Settlement settlement{.endpoint = m_a, .ranges = {{1, 10}}, .mark = 10};
    settlement.counts.delivered = 5;
    settlement.failed = {failedOf(m_a, "one", {1, 3, 5}), failedOf(m_a, "two", {2, 4})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    QCOMPARE(ledger(u"one"_s, m_a), (Ledger{.accepted = 5, .delivered = 2, .failed = 3}));
    QCOMPARE(ledger(u"two"_s, m_a), (Ledger{.accepted = 5, .delivered = 3, .failed = 2}));

    QVERIFY(m_journal->discard(2).value());
    QCOMPARE(ledger(u"two"_s, m_a),
             (Ledger{.accepted = 5, .delivered = 3, .discardedByOperator = 2}));

    QVERIFY(m_journal->claim(1).value());
    FailedBatch rest = failedOf(m_a, "one", {5});
    rest.row.id = 1;
    QCOMPARE(
        settleReplay(*m_journal, {.endpoint = m_a, .delivered = 2, .remaining = rest, .batch = 1}),
        QString());
    QCOMPARE(ledger(u"one"_s, m_a), (Ledger{.accepted = 5, .delivered = 4, .failed = 1}));
}

void TestRunLedger::countsObligations()
{
    appendInTurn({"one"}, 10, {m_a});
    const auto batch = m_journal->oblige(failedOf(m_b, "one", {1, 2, 3}));
    QCOMPARE(ledger(u"one"_s, m_b), (Ledger{.accepted = 3, .failed = 3}));
    QVERIFY(m_journal->claim(*batch).value());
    QCOMPARE(settleReplay(*m_journal, {.endpoint = m_b, .delivered = 3, .batch = *batch}),
             QString());
    QCOMPARE(ledger(u"one"_s, m_b), (Ledger{.accepted = 3, .delivered = 3}));
}

void TestRunLedger::outlivesTheBlocks()
{
    appendInTurn({"one", "two"}, 10, {m_a, m_b});
    Settlement settlement{.endpoint = m_a, .ranges = {{1, 10}}, .mark = 10};
    settlement.counts.delivered = 8;
    settlement.failed = {failedOf(m_a, "one", {1, 3})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    settlement = {.endpoint = m_b, .ranges = {{1, 10}}, .mark = 10};
    settlement.counts = changeOf(DiscardReason::Shed, 10);
    settlement.discarded = {{DiscardReason::Shed, {{1, 10}}}};
    QCOMPARE(settle(*m_journal, settlement), QString());
    m_hand.pass(20 * 24h);
    appendInTurn({"one"}, 4, {m_a});
    m_hand.pass(11 * 24h);
    appendInTurn({"two"}, 1, {m_a});
    // The first block goes, the run goes on.
    QTRY_VERIFY(firstKeptLater() == 11);
    QCOMPARE(ledger(u"one"_s, m_a),
             (Ledger{.accepted = 9, .delivered = 3, .waiting = 4, .failed = 2}));
    QCOMPARE(ledger(u"one"_s, m_b), (Ledger{.accepted = 5, .discardedShed = 5}));
    // What failed can be discarded when its block is long gone.
    QVERIFY(m_journal->discard(1).value());
    QCOMPARE(ledger(u"one"_s, m_a),
             (Ledger{.accepted = 9, .delivered = 3, .waiting = 4, .discardedByOperator = 2}));
}

void TestRunLedger::forgetsARunWithItsLastBlock()
{
    appendInTurn({"one", "two"}, 10, {m_a});
    QCOMPARE(
        settle(*m_journal,
               {.endpoint = m_a, .ranges = {{1, 10}}, .mark = 10, .counts = {.delivered = 10}}),
        QString());
    m_hand.pass(31 * 24h);
    appendInTurn({"three"}, 1, {m_a});
    QTRY_VERIFY(firstKeptLater() == 11);
    const auto reader = JournalReader::open(m_folder).value();
    const auto ledgers = readRunLedgers(*reader).value();
    QCOMPARE(ledgers.size(), 1);
    QCOMPARE(ledgers.front().runId, u"three"_s);
    // The number of a run that is gone is given again, its ledger is not.
    QCOMPARE(ledgers.front().ledger, (Ledger{.accepted = 1, .waiting = 1}));
}

void TestRunLedger::countsWhatAPurgeTookAsDiscarded()
{
    appendInTurn({"one", "two"}, 10, {m_a}); // with the times 1 to 10
    Settlement settlement{.endpoint = m_a, .ranges = {{1, 2}}, .mark = 2};
    settlement.counts.delivered = 1;
    settlement.failed = {failedOf(m_a, "one", {1})}; // its copy has the time 1
    QCOMPARE(settle(*m_journal, settlement), QString());
    const auto report = m_journal->purge({.before = 6});
    QVERIFY(report);
    QCOMPARE(ledger(u"one"_s, m_a),
             (Ledger{.accepted = 5, .waiting = 2, .discardedByOperator = 3}));
    QCOMPARE(ledger(u"two"_s, m_a),
             (Ledger{.accepted = 5, .delivered = 1, .waiting = 3, .discardedByOperator = 1}));
    QVERIFY(m_journal->purge({.run = "one"}));
    QCOMPARE(ledger(u"one"_s, m_a), Ledger());
    QCOMPARE(ledger(u"two"_s, m_a).accepted, 5);
}

void TestRunLedger::addsUpToTheEndpointsLedger()
{
    for (int i = 0; i < 5; ++i) {
        appendInTurn({"one", "two", "three"}, 7, {m_a});
        appendInTurn({"two"}, 3, {m_a});
    }
    Settlement settlement{.endpoint = m_a, .ranges = {{1, 20}, {25, 31}}, .mark = 20};
    settlement.counts.delivered = 17;
    settlement.counts.discardedByFilter = 8;
    settlement.discarded = {{DiscardReason::Filter, {{2, 5}, {27, 30}}}};
    settlement.failed = {failedOf(m_a, "two", {8, 9})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    const auto reader = JournalReader::open(m_folder).value();
    Ledger sum;
    const auto ledgers = readRunLedgers(*reader).value();
    for (const RunLedger &part : ledgers) {
        QVERIFY(part.ledger.isBalanced());
        sum.accepted += part.ledger.accepted;
        sum.delivered += part.ledger.delivered;
        sum.waiting += part.ledger.waiting;
        sum.failed += part.ledger.failed;
        sum.discardedByFilter += part.ledger.discardedByFilter;
    }
    QCOMPARE(sum, readLedger(*reader, m_a).value());
}

void TestRunLedger::isCheapForALongRun()
{
    for (int i = 0; i < 20; ++i)
        appendInTurn({"one"}, 3, {m_a});
    auto connection = Connection::open(Journal::fileIn(m_folder), Connection::Access::ReadOnly);
    QCOMPARE(connection->value(u"SELECT count(*) FROM run_range"_s)->toInt(), 1);
    QCOMPARE(ledger(u"one"_s, m_a), (Ledger{.accepted = 60, .waiting = 60}));
}

QTEST_GUILESS_MAIN(TestRunLedger)
#include "tst_runledger.moc"
