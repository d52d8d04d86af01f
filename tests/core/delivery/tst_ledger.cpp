// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/ledger.h"
#include "tests/core/journal/journalsupport.h"

#include <QTemporaryDir>
#include <QTest>

#include <future>

using namespace trace;
using namespace Qt::StringLiterals;

class TestLedger : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void balancesOnlyWhenNothingIsMissing();
    void isReadFromTheJournal();
    void balancesWhileItIsRead();
};

void TestLedger::balancesOnlyWhenNothingIsMissing()
{
    Ledger ledger;
    QVERIFY(ledger.isBalanced());
    ledger = {.accepted = 55,
              .delivered = 1,
              .waiting = 2,
              .inFlight = 3,
              .failed = 4,
              .discardedByOperator = 5,
              .discardedByFilter = 6,
              .discardedShed = 7,
              .discardedDamaged = 8,
              .discardedExpired = 19};
    QCOMPARE(ledger.discarded(), 45);
    QVERIFY(ledger.isBalanced());
    ++ledger.accepted; // One is lost,
    QVERIFY(!ledger.isBalanced());
    ledger.delivered += 2; // one counted twice.
    QVERIFY(!ledger.isBalanced());
}

void TestLedger::isReadFromTheJournal()
{
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    const auto journal = Journal::open(folder).value();
    const qint64 a = enrol(*journal, u"a"_s);
    const qint64 b = enrol(*journal, u"b"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {a, b}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(5)), {b}), QString());
    Settlement settlement;
    settlement.endpoint = a;
    settlement.ranges = {{1, 7}};
    settlement.mark = 7;
    settlement.counts.delivered = 3;
    settlement.counts.discardedDamaged = 1;
    settlement.counts.discardedByOperator = 1;
    settlement.failed = {failedBatchOf(a, {4, 5})};
    QCOMPARE(settle(*journal, settlement), QString());

    const auto reader = JournalReader::open(folder).value();
    Ledger ofA;
    ofA.accepted = 10;
    ofA.delivered = 3;
    ofA.waiting = 3;
    ofA.failed = 2;
    ofA.discardedDamaged = 1;
    ofA.discardedByOperator = 1;
    Ledger ofB;
    ofB.accepted = 15;
    ofB.waiting = 15;
    const auto rows = reader->endpoints().value();
    QCOMPARE(rows.size(), 2);
    for (const EndpointRow &row : rows) {
        const Ledger ledger = readLedger(*reader, row.id).value();
        QCOMPARE(ledger, row.id == a ? ofA : ofB);
        QVERIFY(ledger.isBalanced());
    }
}

// Others read while the journal is in use: what is asked for in turn is not of one moment.
void TestLedger::balancesWhileItIsRead()
{
    constexpr int records = 400;
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    const auto journal = Journal::open(folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(records)), {endpoint}), QString());
    const auto settleAll = [&] {
        for (std::uint64_t i = 1; i <= records; ++i) {
            Settlement settlement;
            settlement.endpoint = endpoint;
            settlement.ranges = {{i, i}};
            settlement.mark = i;
            settlement.counts.delivered = 1;
            std::ignore = settle(*journal, settlement);
        }
    };
    auto settling = std::async(std::launch::async, settleAll);
    const auto reader = JournalReader::open(folder).value();
    Ledger ledger;
    do {
        ledger = readLedger(*reader, endpoint).value();
        QVERIFY2(ledger.isBalanced(),
                 qPrintable(u"%1 delivered, %2 waiting"_s.arg(QString::number(ledger.delivered),
                                                              QString::number(ledger.waiting))));
    } while (ledger.delivered < records);
    settling.get();
}

QTEST_GUILESS_MAIN(TestLedger)
#include "tst_ledger.moc"
