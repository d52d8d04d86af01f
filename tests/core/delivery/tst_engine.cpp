// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Breaks the bytes of the block that begins with \a first, as a bad disk would.
void damageBlock(const QString &folder, qint64 first)
{
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"damage"_s);
        db.setDatabaseName(Journal::fileIn(folder));
        QVERIFY2(db.open(), qPrintable(db.lastError().text()));
        QSqlQuery query(db);
        query.prepare(u"UPDATE block SET data = zeroblob(length(data)) WHERE first = ?"_s);
        query.addBindValue(first);
        QVERIFY2(query.exec(), qPrintable(query.lastError().text()));
        QCOMPARE(query.numRowsAffected(), 1);
    }
    QSqlDatabase::removeDatabase(u"damage"_s);
}

} // namespace

class TestEngine : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void deliversToAllEndpoints();
    void fullBufferIsSent();
    void shortBufferIsSentAfterTheInterval();
    void flushSendsAtOnce();
    void deadEndpointDoesNotDelayTheOther();
    void disabledEndpointGetsNothing();
    void restartDeliversWhatWaitsOnce();
    void secondEngineIsRefused();
    void damagedBlockIsCountedAndTheRestDelivered();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestEngine::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestEngine::deliversToAllEndpoints()
{
    PracticeHost one;
    PracticeHost two;
    const auto engine = startEngine(m_folder, {endpointTo(one, u"a"_s), endpointTo(two, u"b"_s)});
    bool isBalanced = true;
    QObject context;
    connect(engine.get(), &Engine::statusChanged, &context, [&](const ForwarderStatus &status) {
        for (const EndpointStatus &endpoint : status.endpoints)
            isBalanced = isBalanced && endpoint.ledger.isBalanced();
    });
    for (int i = 0; i < 10; ++i)
        engine->append(blockOf(recordsOf(10, "run-1", 1 + 10 * i)));
    for (const QString &id : {u"a"_s, u"b"_s}) {
        QTRY_COMPARE(ledgerOf(*engine, id).delivered, 100);
        Ledger expected;
        expected.accepted = 100;
        expected.delivered = 100;
        QTRY_COMPARE(ledgerOf(*engine, id), expected);
        QCOMPARE(statusOf(*engine, id).retries, 0);
        QVERIFY(statusOf(*engine, id).lastSuccess.isValid());
    }
    QCOMPARE(one.messages(), messagesOf(100)); // Once each and in order.
    QCOMPARE(two.messages(), messagesOf(100));
    QVERIFY(isBalanced);
    QCOMPARE(engine->status().lastSequence, 100U);
}

void TestEngine::fullBufferIsSent()
{
    PracticeHost host;
    Endpoint endpoint = patientEndpointTo(host);
    endpoint.bufferSize = 5;
    const auto engine = startEngine(m_folder, {endpoint});
    engine->append(blockOf(recordsOf(4)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 4);
    QCOMPARE(host.summary().requests, 0);
    engine->append(blockOf(recordsOf(1, "run-1", 5)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
    QCOMPARE(host.summary().requests, 1); // The first four had waited.
}

void TestEngine::shortBufferIsSentAfterTheInterval()
{
    PracticeHost host;
    Endpoint endpoint = patientEndpointTo(host);
    endpoint.flushInterval = 100ms;
    const auto engine = startEngine(m_folder, {endpoint});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3);
    engine->append(blockOf(recordsOf(2, "run-1", 4))); // And again.
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
}

void TestEngine::flushSendsAtOnce()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {patientEndpointTo(host)});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 3);
    QCOMPARE(host.summary().requests, 0);
    engine->flush();
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3);
    QCOMPARE(host.messages(), messagesOf(3));
}

void TestEngine::deadEndpointDoesNotDelayTheOther()
{
    PracticeHost dead;
    PracticeHost alive;
    dead.stop();
    const auto engine =
        startEngine(m_folder, {endpointTo(dead, u"dead"_s), endpointTo(alive, u"alive"_s)});
    engine->append(blockOf(recordsOf(5)));
    QTRY_COMPARE(statusOf(*engine, u"dead"_s).state, SenderState::Suspended);
    engine->append(blockOf(recordsOf(5, "run-1", 6)));
    QTRY_COMPARE(ledgerOf(*engine, u"alive"_s).delivered, 10);
    const Ledger ledger = ledgerOf(*engine, u"dead"_s);
    QCOMPARE(ledger.accepted, 10);
    QCOMPARE(ledger.delivered, 0);
    QVERIFY(ledger.isBalanced());
}

void TestEngine::disabledEndpointGetsNothing()
{
    PracticeHost host;
    Endpoint off = endpointTo(host, u"off"_s);
    off.enabled = false;
    const auto engine = startEngine(m_folder, {off, endpointTo(host, u"on"_s)});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*engine, u"on"_s).delivered, 3);
    QCOMPARE(ledgerOf(*engine, u"off"_s), Ledger());
    QCOMPARE(statusOf(*engine, u"off"_s).state, SenderState::HeldByOperator);
}

void TestEngine::restartDeliversWhatWaitsOnce()
{
    PracticeHost host;
    Endpoint endpoint = patientEndpointTo(host);
    {
        const auto engine = startEngine(m_folder, {endpoint});
        engine->append(blockOf(recordsOf(10)));
        QTRY_COMPARE(ledgerOf(*engine).waiting, 10);
        engine->flush();
        QTRY_COMPARE(ledgerOf(*engine).delivered, 10);
        engine->append(blockOf(recordsOf(10, "run-1", 11)));
    }                             // Accepted while it stops.
    for (int i = 0; i < 2; ++i) { // The second time there is nothing left to do.
        const auto engine = startEngine(m_folder, {endpoint});
        QTRY_COMPARE(ledgerOf(*engine).delivered, 20);
        QCOMPARE(ledgerOf(*engine).accepted, 20);
    }
    QCOMPARE(host.messages(), messagesOf(20));
}

void TestEngine::secondEngineIsRefused()
{
    PracticeHost host;
    const auto engine = startEngine(m_folder, {endpointTo(host)});
    const auto second = Engine::start(m_folder, {endpointTo(host)});
    QVERIFY(!second);
    QVERIFY2(second.error().text.contains(m_folder), qPrintable(second.error().text));
    engine->append(blockOf(recordsOf(1))); // The first one is not disturbed.
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
}

void TestEngine::damagedBlockIsCountedAndTheRestDelivered()
{
    PracticeHost host;
    const Endpoint endpoint = patientEndpointTo(host);
    {
        const auto engine = startEngine(m_folder, {endpoint});
        engine->append(blockOf(recordsOf(4)));
        engine->append(blockOf(recordsOf(4, "run-1", 5)));
        engine->append(blockOf(recordsOf(4, "run-1", 9)));
        QTRY_COMPARE(ledgerOf(*engine).waiting, 12);
    }
    damageBlock(m_folder, 5);
    for (int i = 0; i < 2; ++i) { // Told by the journal, too.
        const auto engine = startEngine(m_folder, {endpoint});
        Ledger expected;
        expected.accepted = 12;
        expected.delivered = 8;
        expected.discardedDamaged = 4;
        QTRY_COMPARE(ledgerOf(*engine), expected);
    }
    QCOMPARE(host.messages(), messagesOf(4) + messagesOf(4, 9));
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
