// SPDX-License-Identifier: GPL-3.0-or-later
// Records that a service refuses among others that it takes: only those are given up, at a bounded
// cost. An endpoint that takes nothing gives up none.
#include "tests/core/delivery/badrecords.h"
#include "tests/support/patience.h"

#include <cmath>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

//! What finding \a bad of \a count records may cost at the most, beside their delivery.
int mostRequests(int count, int bad)
{
    return int(2 * bad * (std::log2(double(count) / bad) + 1) + 10);
}

} // namespace

class TestBadRecords : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyBadOnesFail_data();
    void onlyBadOnesFail();
    void onlyBadOnesOfOthersFail_data();
    void onlyBadOnesOfOthersFail();
    void takesNothingAndIsHeld_data();
    void takesNothingAndIsHeld();
    void oneByOneIsHeldWithinTen();
    void oneThatIsTakenTellsWhoseFaultItWas();
    void goodOnesBehindABadBatchTell();
    void severalInFlight();
    void takesNothingWithSeveralInFlight();
    void badBatchOfAnEndpointThatTookOthers();
    void badBatchesAfterThatHold();
    void tookOthersBeforeTheRestart();
    void restartInTheMiddle();
};

void TestBadRecords::onlyBadOnesFail_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("bad");
    QTest::addColumn<IsBad>("isBad");
    constexpr int n = 500;
    for (const QString &service : serviceNames()) {
        for (const int k : {1, 2, 5, 8, 16, 32, 125, 250}) {
            const auto add = [&](const char *where, const IsBad &isBad) {
                QTest::addRow("%s %d %s", qPrintable(service), k, where) << service << k << isBad;
            };
            add("spread", [k](int i) { return i == (2 * (i * k / n) + 1) * n / (2 * k); });
            add("begin", [k](int i) { return i < k; });
            add("middle", [k](int i) { return i >= (n - k) / 2 && i < (n + k) / 2; });
            add("end", [k](int i) { return i >= n - k; });
        }
    }
}

void TestBadRecords::onlyBadOnesFail()
{
    QFETCH(QString, service);
    QFETCH(int, bad);
    QFETCH(IsBad, isBad);
    constexpr int count = 500;
    Delivery delivery(service, {}, {}, refuseBad);
    const bool isDone = delivery.send(recordsOf(count, isBad));
    const EndpointStatus status = statusOf(delivery.engine());
    QVERIFY2(isDone, qPrintable(stateName(status.state) + u": "_s + status.problem));
    QCOMPARE(delivery.ledger().delivered, count - bad);
    QCOMPARE(delivery.ledger().failed, bad);
    QCOMPARE(delivery.server.stored.size(), count - bad);
    QCOMPARE(delivery.server.stored.removeDuplicates(), 0);
    QVERIFY2(delivery.server.pushes.size() <= 1 + mostRequests(count, bad),
             qPrintable(QString::number(delivery.server.pushes.size())));
    QCOMPARE(delivery.failedMessages(u"its words"_s).size(), bad);
    for (const QString &message : delivery.failedMessages(u"its words"_s))
        QVERIFY2(message.startsWith(u"bad"_s), qPrintable(message));
}

void TestBadRecords::onlyBadOnesOfOthersFail_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("bad");
    for (const QString &service : {u"generic"_s, u"datadog"_s, u"otlp"_s}) {
        for (const auto &[n, k] : {std::pair(240, 12), std::pair(16'000, 16)})
            QTest::addRow("%s %d of %d", qPrintable(service), k, n) << service << n << k;
    }
}

// Few batches of many records, as the services' limits cut them.
void TestBadRecords::onlyBadOnesOfOthersFail()
{
    QFETCH(QString, service);
    QFETCH(int, count);
    QFETCH(int, bad);
    const auto records = recordsOf(count, [n = count, k = bad](int i) {
        return i == (2 * (i * k / n) + 1) * n / (2 * k); // spread
    });
    qsizetype unrefused = 0;
    {
        Delivery taken(service);
        QVERIFY(taken.send(records));
        unrefused = taken.server.pushes.size();
    }
    Delivery delivery(service, {}, {}, refuseBad);
    const bool isDone = delivery.send(records);
    const EndpointStatus status = statusOf(delivery.engine());
    QVERIFY2(isDone, qPrintable(stateName(status.state) + u": "_s + status.problem));
    QCOMPARE(status.state, SenderState::Idle);
    QCOMPARE(delivery.ledger().delivered, count - bad);
    QCOMPARE(delivery.ledger().failed, bad);
    QCOMPARE(delivery.server.stored.size(), count - bad);
    QCOMPARE(delivery.server.stored.removeDuplicates(), 0);
    QVERIFY2(delivery.server.pushes.size() <= unrefused + mostRequests(count, bad),
             qPrintable(QString::number(delivery.server.pushes.size())));
    const QStringList failed = delivery.failedMessages(u"its words"_s);
    QCOMPARE(failed.size(), bad);
    for (const QString &message : failed)
        QVERIFY2(message.startsWith(u"bad"_s), qPrintable(message));
}

void TestBadRecords::takesNothingAndIsHeld_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("count");
    for (const QString &service : serviceNames()) {
        for (const int count : {1, 2, 3, 7, 8, 9, 10, 20, 500, 5000})
            QTest::addRow("%s %d", qPrintable(service), count) << service << count;
    }
}

void TestBadRecords::takesNothingAndIsHeld()
{
    QFETCH(QString, service);
    QFETCH(int, count);
    Delivery delivery(service, {}, {}, refuseAll);
    delivery.engine().append(blockOf(recordsOf(count, none)));
    QTRY_COMPARE_WITH_TIMEOUT(statusOf(delivery.engine()).state, SenderState::HeldConfiguration,
                              patience);
    QVERIFY(statusOf(delivery.engine()).problem.contains(u"its words"_s));
    QVERIFY(!statusOf(delivery.engine()).action.isEmpty());
    QCOMPARE(delivery.ledger().waiting, count);
    QCOMPARE(delivery.ledger().failed, 0);
    QVERIFY2(delivery.server.pushes.size() <= 10,
             qPrintable(QString::number(delivery.server.pushes.size())));
    delivery.server.release();
    delivery.engine().retryNow(u"a"_s);
    QTRY_COMPARE_WITH_TIMEOUT(delivery.ledger().delivered, count, patience);
    QCOMPARE(delivery.server.stored.size(), count); // each once
}

void TestBadRecords::oneByOneIsHeldWithinTen()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseAll);
    for (int i = 1; i <= 10; ++i) {
        delivery.engine().append(blockOf(recordsOf(1, all, i)));
        QTRY_COMPARE(delivery.server.pushes.size(), i);
        QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
        QTRY_COMPARE(delivery.ledger().waiting, i);
        QCOMPARE(delivery.ledger().failed, 0);
    }
    delivery.engine().append(blockOf(recordsOf(5, none, 11)));
    QTRY_COMPARE(delivery.ledger().waiting, 15);
    QCOMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    delivery.server.release();
    QCOMPARE(delivery.server.pushes.size(), 10);
    delivery.engine().retryNow(u"a"_s);
    QTRY_COMPARE(delivery.ledger().delivered, 15);
    QCOMPARE(delivery.server.stored.removeDuplicates(), 0);
}

void TestBadRecords::oneThatIsTakenTellsWhoseFaultItWas()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseBad);
    for (int i = 1; i <= 8; ++i) {
        delivery.engine().append(blockOf(recordsOf(1, all, i)));
        QTRY_COMPARE(delivery.server.pushes.size(), i);
    }
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    delivery.engine().append(blockOf(recordsOf(1, none, 9)));
    QTRY_COMPARE(delivery.ledger().delivered, 1);
    QTRY_COMPARE(delivery.ledger().failed, 8);
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::Idle);
    QVERIFY(statusOf(delivery.engine()).problem.isEmpty());
    QCOMPARE(delivery.server.pushes.size(), 9);
    QCOMPARE(delivery.failedMessages(u"its words"_s).size(), 8);
}

// Datadog's batches hold less than eight hundred: in the first there is nothing to take.
void TestBadRecords::goodOnesBehindABadBatchTell()
{
    Delivery delivery(u"datadog"_s, {}, {}, refuseBad);
    QVERIFY(delivery.send(recordsOf(4000, [](int i) { return i < 800; })));
    QCOMPARE(delivery.ledger().delivered, 3200);
    QCOMPARE(delivery.ledger().failed, 800);
    QCOMPARE(delivery.server.stored.size(), 3200);
    QCOMPARE(delivery.server.stored.removeDuplicates(), 0);
}

void TestBadRecords::severalInFlight()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseBad, 4);
    for (int i = 0; i < 40; ++i)
        delivery.engine().append(blockOf(recordsOf(
            25, [](int n) { return n % 3 == 0; }, 25 * i)));
    QTRY_COMPARE_WITH_TIMEOUT(delivery.ledger().delivered, 666, patience);
    QTRY_COMPARE(delivery.ledger().failed, 334);
    QCOMPARE(delivery.server.stored.size(), 666);
    QCOMPARE(delivery.server.stored.removeDuplicates(), 0);
}

void TestBadRecords::takesNothingWithSeveralInFlight()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseAll, 4);
    for (int i = 0; i < 40; ++i)
        delivery.engine().append(blockOf(recordsOf(25, none, 25 * i)));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QTRY_COMPARE(delivery.ledger().waiting, 1000);
    QCOMPARE(delivery.ledger().failed, 0);
    QVERIFY2(delivery.server.pushes.size() <= 10,
             qPrintable(QString::number(delivery.server.pushes.size())));
}

void TestBadRecords::badBatchOfAnEndpointThatTookOthers()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseBad);
    QVERIFY(delivery.send(recordsOf(20, none)));
    const qsizetype before = delivery.server.pushes.size();
    QVERIFY(delivery.send(recordsOf(500, all, 20)));
    QCOMPARE(delivery.ledger().failed, 500);
    QCOMPARE(delivery.server.pushes.size() - before, 999); // each alone, and how it got there
    QCOMPARE(statusOf(delivery.engine()).state, SenderState::Idle);
    QVERIFY(delivery.send(recordsOf(20, none, 520)));
    QCOMPARE(delivery.ledger().delivered, 40);
}

// It took something long ago, and nothing since.
void TestBadRecords::badBatchesAfterThatHold()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseBad);
    QVERIFY(delivery.send(recordsOf(20, none)));
    QVERIFY(delivery.send(recordsOf(60, all, 20)));
    const qsizetype before = delivery.server.pushes.size();
    delivery.engine().append(blockOf(recordsOf(60, all, 80)));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QCOMPARE(delivery.ledger().failed, 60);
    QCOMPARE(delivery.ledger().waiting, 60);
    QCOMPARE(delivery.server.pushes.size() - before, 10);
}

// One bad record is parked at once then, but many in a row are another matter.
void TestBadRecords::tookOthersBeforeTheRestart()
{
    AnswerServer server(u"generic"_s, refuseBad);
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    auto engine = startEngine(folder, {server.endpoint(100'000)});
    engine->append(blockOf(recordsOf(20, none)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 20);
    engine.reset();
    engine = startEngine(folder, {server.endpoint(100'000)});
    engine->append(blockOf(recordsOf(1, all, 20)));
    QTRY_COMPARE(ledgerOf(*engine).failed, 1);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Idle);
    engine->append(blockOf(recordsOf(60, all, 21)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldConfiguration);
    QCOMPARE(ledgerOf(*engine).failed, 1);
    QCOMPARE(ledgerOf(*engine).waiting, 60);
    QCOMPARE(server.pushes.size(), 11);
}

void TestBadRecords::restartInTheMiddle()
{
    AnswerServer server(u"generic"_s, [](const SeenRequest &seen) {
        return seen.number == 20 ? Answer{Answer::silent} : refuseBad(seen);
    });
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    auto engine = startEngine(folder, {server.endpoint(100'000)});
    engine->append(blockOf(recordsOf(500, [](int i) { return i % 31 == 7; })));
    QTRY_COMPARE(server.pushes.size(), 20);
    engine.reset();
    engine = startEngine(folder, {server.endpoint(100'000)});
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*engine).delivered, 484, patience);
    QTRY_COMPARE(ledgerOf(*engine).failed, 16);
    QCOMPARE(server.stored.size(), 484);
    QCOMPARE(server.stored.removeDuplicates(), 0);
}

Q_DECLARE_METATYPE(IsBad)

QTEST_GUILESS_MAIN(TestBadRecords)
#include "tst_badrecords.moc"
