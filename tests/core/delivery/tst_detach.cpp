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

void ask(const QString &folder, const QString &sql)
{
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"ask"_s);
        db.setDatabaseName(Journal::fileIn(folder));
        QVERIFY2(db.open(), qPrintable(db.lastError().text()));
        QSqlQuery query(db);
        QVERIFY2(query.exec(sql), qPrintable(query.lastError().text()));
    }
    QSqlDatabase::removeDatabase(u"ask"_s);
}

EndpointRow rowOf(const QString &folder, const QString &identity)
{
    const auto rows = JournalReader::open(folder).value()->endpoints().value();
    for (const EndpointRow &row : rows) {
        if (row.identity == identity)
            return row;
    }
    return {};
}

} // namespace

//! Endpoints that go and come back, are paused, cannot start, or have a reason to be held.
class TestDetach : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keepsWhatWaitsAndGoesOn();
    void isTakenUpAgainAfterARestart();
    void takesNothingThatNobodyWouldGet();
    void countsAnswersThatWereAwaited();
    void discardsOnlyWhenTold_data();
    void discardsOnlyWhenTold();
    void discardsWhatComesBack();
    void pauseOutlivesEditingAndRestart();
    void pauseAndDisabledAreTwoThings();
    void oneThatCannotStartLeavesTheOthersRunning();
    void oneThatCannotStartLeavesTheOthersMarks();
    void keepsTheReason_data();
    void keepsTheReason();
    void keepsTheWordsOfTheService_data();
    void keepsTheWordsOfTheService();
    void forgetsTheReasonOnceItDelivers();
    void fallsFromUntriedToTroubleToOk();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestDetach::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestDetach::keepsWhatWaitsAndGoesOn()
{
    PracticeHost host;
    const Endpoint a = patientEndpointTo(host, u"a"_s);
    const Endpoint b = patientEndpointTo(host, u"b"_s);
    const auto engine = startEngine(m_folder, {a, b});
    engine->append(blockOf(recordsOf(7)));
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).waiting, 7);
    engine->setEndpoints({b});
    QTRY_VERIFY(!statusOf(*engine, u"a"_s).configured);
    const Ledger waiting{.accepted = 7, .waiting = 7};
    QCOMPARE(ledgerOf(*engine, u"a"_s), waiting);
    QVERIFY(statusOf(*engine, u"a"_s).problem.contains(u"not configured"_s));
    QCOMPARE(statusOf(*engine, u"a"_s).health, Health::Trouble);

    engine->append(blockOf(recordsOf(1, "run-1", 8))); // Not for the one that is gone.
    engine->flush().waitForFinished();
    QTRY_COMPARE(ledgerOf(*engine, u"b"_s).delivered, 8);
    engine->setEndpoints({}); // A valid list.
    QTRY_VERIFY(!statusOf(*engine, u"b"_s).configured);
    QCOMPARE(ledgerOf(*engine, u"a"_s), waiting);

    engine->setEndpoints({a, b});
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).delivered, 7);
    QVERIFY(statusOf(*engine, u"a"_s).configured);
    engine->append(blockOf(recordsOf(1, "run-1", 9)));
    engine->flush().waitForFinished();
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).delivered, 8);
    QCOMPARE(ledgerOf(*engine, u"a"_s).discarded(), 0);
    QCOMPARE(host.messages().size(), 17);
}

void TestDetach::isTakenUpAgainAfterARestart()
{
    PracticeHost host;
    const Endpoint a = patientEndpointTo(host, u"a"_s);
    {
        const auto engine = startEngine(m_folder, {a});
        engine->append(blockOf(recordsOf(5)));
        QTRY_COMPARE(ledgerOf(*engine).waiting, 5);
        engine->setEndpoints({});
        QTRY_VERIFY(!statusOf(*engine).configured);
    }
    {
        const auto engine = startEngine(m_folder, {});
        QCOMPARE(ledgerOf(*engine).waiting, 5);
        engine->setEndpoints({a});
        QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
    }
    QCOMPARE(host.messages(), messagesOf(5));
}

void TestDetach::takesNothingThatNobodyWouldGet()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host);
    const auto engine = startEngine(m_folder, {a});
    engine->requireRoute();
    const auto append = [&engine] {
        const auto promise = std::make_shared<QPromise<bool>>();
        promise->start();
        engine->append(blockOf(recordsOf(5)), [promise](const std::optional<Error> &error) {
            promise->addResult(!error);
            promise->finish();
        });
        return promise->future();
    };
    engine->setEndpoints({});
    QTRY_VERIFY(!statusOf(*engine).configured);
    QVERIFY(!append().result());
    QPromise<void> inForce;
    inForce.start();
    const QFuture<void> isInForce = inForce.future();
    engine->setEndpoints({a}, [&inForce] { inForce.finish(); });
    QTRY_VERIFY(isInForce.isFinished());
    QVERIFY(append().result()); // who was told that it is in force finds it so
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
    QCOMPARE(ledgerOf(*engine).accepted, 5);
}

void TestDetach::countsAnswersThatWereAwaited()
{
    PracticeHost host(u"timeout"_s); // Keeps the request, so that it is under way.
    Endpoint a = endpointTo(host);
    a.timeout = 60s;
    const auto engine = startEngine(m_folder, {a});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 3);
    engine->append(blockOf(recordsOf(2, "run-1", 4)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 2);
    engine->setEndpoints({});
    QTRY_VERIFY(!statusOf(*engine).configured);
    QCOMPARE(ledgerOf(*engine), (Ledger{.accepted = 5, .waiting = 2, .inFlight = 3}));
    host.stop(); // The answer: none came. It waits with the others.
    QTRY_COMPARE(ledgerOf(*engine), (Ledger{.accepted = 5, .waiting = 5}));
    host.start();
    engine->setEndpoints({a});
    QTRY_COMPARE(ledgerOf(*engine), (Ledger{.accepted = 5, .delivered = 5}));
    QCOMPARE(host.messages(), messagesOf(5));
}

void TestDetach::discardsOnlyWhenTold_data()
{
    QTest::addColumn<bool>("detached");
    QTest::addColumn<bool>("restarted");
    QTest::newRow("configured") << false << false;
    QTest::newRow("detached") << true << false;
    QTest::newRow("known to the journal alone") << true << true;
}

void TestDetach::discardsOnlyWhenTold()
{
    QFETCH(bool, detached);
    QFETCH(bool, restarted);
    PracticeHost host;
    const Endpoint b = patientEndpointTo(host, u"b"_s);
    auto engine = startEngine(m_folder, {patientEndpointTo(host, u"a"_s), b});
    engine->append(blockOf(recordsOf(7)));
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).waiting, 7);
    if (detached) {
        engine->setEndpoints({b});
        QTRY_VERIFY(!statusOf(*engine, u"a"_s).configured);
    }
    if (restarted) {
        engine.reset();
        engine = startEngine(m_folder, {b});
    }
    engine->discardWaiting(u"a"_s);
    const Ledger expected{.accepted = 7, .discardedByOperator = 7};
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s), expected);
    QCOMPARE(ledgerOf(*engine, u"b"_s).discarded(), 0);
    engine.reset();
    const EndpointRow row = rowOf(m_folder, u"a"_s);
    QCOMPARE(row.discardedByOperator, 7);
}

void TestDetach::discardsWhatComesBack()
{
    PracticeHost host(u"timeout"_s);
    Endpoint a = endpointTo(host);
    a.timeout = 60s;
    const auto engine = startEngine(m_folder, {a});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 3);
    engine->setEndpoints({});
    engine->discardWaiting(u"a"_s);
    QTRY_VERIFY(!statusOf(*engine).configured);
    QCOMPARE(ledgerOf(*engine), (Ledger{.accepted = 3, .inFlight = 3}));
    host.stop();
    QTRY_COMPARE(ledgerOf(*engine), (Ledger{.accepted = 3, .discardedByOperator = 3}));
}

void TestDetach::pauseOutlivesEditingAndRestart()
{
    PracticeHost host;
    Endpoint a = endpointTo(host);
    auto engine = startEngine(m_folder, {a});
    engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    engine->append(blockOf(recordsOf(4)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 4);
    a.bufferSize = 2;
    engine->setEndpoints({a}); // Edited.
    engine->retryNow(u"a"_s);
    engine->setEndpoints({}); // Gone, and back.
    engine->setEndpoints({a});
    engine->flush().waitForFinished();
    QTRY_COMPARE(ledgerOf(*engine).waiting, 4);
    QCOMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    QVERIFY(statusOf(*engine).paused);
    engine.reset();
    QVERIFY(rowOf(m_folder, u"a"_s).paused);

    engine = startEngine(m_folder, {a});
    QCOMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    QCOMPARE(statusOf(*engine).reason.kind, ProblemKind::Paused);
    engine->flush().waitForFinished();
    QCOMPARE(host.summary().requests, 0);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 4);
    engine.reset();
    QVERIFY(!rowOf(m_folder, u"a"_s).paused);
}

void TestDetach::pauseAndDisabledAreTwoThings()
{
    PracticeHost host;
    Endpoint a = endpointTo(host);
    a.enabled = false;
    const auto engine = startEngine(m_folder, {a});
    QCOMPARE(statusOf(*engine).reason.kind, ProblemKind::Disabled);
    engine->setPaused(u"a"_s, false); // Takes nothing back that the configuration says.
    a.enabled = true;
    engine->setPaused(u"a"_s, true);
    engine->setEndpoints({a});
    QTRY_COMPARE(statusOf(*engine).reason.kind, ProblemKind::Paused);
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 1);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
}

void TestDetach::oneThatCannotStartLeavesTheOthersRunning()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host, u"a"_s);
    const Endpoint b = endpointTo(host, u"b"_s);
    const Endpoint bad = endpointTo(host, u"bad"_s);
    const auto engine = startEngine(m_folder, {a, b});
    engine->append(blockOf(recordsOf(2)));
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).delivered, 2);
    ask(m_folder, u"CREATE TRIGGER spoil BEFORE INSERT ON endpoint WHEN new.identity = 'bad' BEGIN"
                  u" SELECT RAISE(ABORT, 'spoilt'); END"_s);
    engine->setEndpoints({a, bad, b});
    QTRY_COMPARE(statusOf(*engine, u"bad"_s).state, SenderState::HeldConfiguration);
    QVERIFY2(statusOf(*engine, u"bad"_s).problem.contains(u"spoilt"_s),
             qPrintable(statusOf(*engine, u"bad"_s).problem));
    QVERIFY(statusOf(*engine, u"bad"_s).configured);
    engine->append(blockOf(recordsOf(3, "run-1", 3)));
    for (const QString &id : {u"a"_s, u"b"_s})
        QTRY_COMPARE(ledgerOf(*engine, id), (Ledger{.accepted = 5, .delivered = 5}));
    ask(m_folder, u"DROP TRIGGER spoil"_s);
    engine->retryNow(u"bad"_s);
    QTRY_COMPARE(statusOf(*engine, u"bad"_s).state, SenderState::Idle);
    engine->append(blockOf(recordsOf(1, "run-1", 6)));
    QTRY_COMPARE(ledgerOf(*engine, u"bad"_s).delivered, 1);
    QTRY_COMPARE(ledgerOf(*engine, u"b"_s).delivered, 6);
}

// Nothing comes twice after a restart: what they delivered beside it is noted.
void TestDetach::oneThatCannotStartLeavesTheOthersMarks()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host, u"a"_s);
    const Endpoint b = endpointTo(host, u"b"_s);
    const Endpoint bad = endpointTo(host, u"bad"_s);
    auto engine = startEngine(m_folder, {a, b});
    engine->append(blockOf(recordsOf(2)));
    QTRY_COMPARE(ledgerOf(*engine, u"b"_s).delivered, 2);
    ask(m_folder, u"CREATE TRIGGER spoil BEFORE INSERT ON endpoint WHEN new.identity = 'bad' BEGIN"
                  u" SELECT RAISE(ABORT, 'spoilt'); END"_s);
    engine->setEndpoints({a, bad, b});
    QTRY_COMPARE(statusOf(*engine, u"bad"_s).state, SenderState::HeldConfiguration);
    for (int from = 3; from <= 9; from += 3) { // and once more from a start with it
        engine->append(blockOf(recordsOf(3, "run-1", from)));
        for (const QString &id : {u"a"_s, u"b"_s})
            QTRY_COMPARE(ledgerOf(*engine, id).delivered, from + 2);
        engine.reset();
        engine = startEngine(m_folder, {bad, a, b});
        QCOMPARE(statusOf(*engine, u"bad"_s).state, SenderState::HeldConfiguration);
        for (const QString &id : {u"a"_s, u"b"_s}) {
            const Ledger delivered{.accepted = from + 2, .delivered = from + 2};
            QCOMPARE(ledgerOf(*engine, id), delivered);
        }
    }
    engine->append(blockOf(recordsOf(1, "run-1", 12)));
    for (const QString &id : {u"a"_s, u"b"_s})
        QTRY_COMPARE(ledgerOf(*engine, id).delivered, 12);
    QStringList messages = host.messages();
    messages.sort();
    QStringList expected = messagesOf(12) + messagesOf(12); // once for each endpoint
    expected.sort();
    QCOMPARE(messages, expected);
}

void TestDetach::keepsTheReason_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("faults");
    QTest::addColumn<ProblemKind>("kind");
    QTest::addColumn<QString>("argument");
    QTest::newRow("variable") << u"env:TRACE_TST_UNSET"_s << QString() << ProblemKind::VariableUnset
                              << u"TRACE_TST_UNSET"_s;
    QTest::newRow("file") << u"file:/nowhere/key"_s << QString() << ProblemKind::FileUnreadable
                          << u"/nowhere/key"_s;
    QTest::newRow("key refused") << u"env:TRACE_TST_KEY"_s << u"403"_s << ProblemKind::KeyRefused
                                 << u"env:TRACE_TST_KEY"_s;
    QTest::newRow("no key") << QString() << u"401"_s << ProblemKind::KeyMissing << u"401"_s;
    QTest::newRow("suspended") << QString() << u"503"_s << ProblemKind::Unavailable << u"503"_s;
}

void TestDetach::keepsTheReason()
{
    QFETCH(QString, key);
    QFETCH(QString, faults);
    QFETCH(ProblemKind, kind);
    QFETCH(QString, argument);
    qputenv("TRACE_TST_KEY", "s3cret-key");
    PracticeHost host(faults);
    Endpoint a = endpointTo(host);
    a.apiKey = key;
    QString problem;
    {
        const auto engine = startEngine(m_folder, {a});
        engine->append(blockOf(recordsOf(1)));
        QTRY_COMPARE(statusOf(*engine).reason.kind, kind);
        problem = statusOf(*engine).problem;
        QVERIFY(!problem.isEmpty());
        QCOMPARE(statusOf(*engine).health, Health::Trouble);
        QTRY_COMPARE(rowOf(m_folder, u"a"_s).trouble.problem.kind, kind); // While it runs.
    }
    const EndpointRow row = rowOf(m_folder, u"a"_s);
    QVERIFY(row.trouble.problem.arguments.contains(argument));
    QVERIFY(row.trouble.since.isValid());
    QVERIFY(!row.trouble.problem.arguments.join(u' ').contains(u"s3cret"_s));
    QCOMPARE(wordingOf(row.trouble.problem).text, problem);
}

void TestDetach::keepsTheWordsOfTheService_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<SenderState>("state");
    QTest::newRow("503") << u"503"_s << SenderState::Suspended;
    QTest::newRow("404") << u"404"_s << SenderState::HeldConfiguration;
}

//! Also where they are no text, and with what can be done.
void TestDetach::keepsTheWordsOfTheService()
{
    QFETCH(QString, faults);
    QFETCH(SenderState, state);
    PracticeHost host(faults);
    Endpoint a = endpointTo(host);
    a.service = u"otlp"_s; // a status in protobuf
    const auto engine = startEngine(m_folder, {a});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).state, state);
    QTRY_VERIFY(rowOf(m_folder, u"a"_s).trouble.kind != Trouble::Kind::None);
    const Error kept = wordingOf(rowOf(m_folder, u"a"_s).trouble.problem);
    QCOMPARE(kept.text, u"HTTP %1: a practice fault"_s.arg(faults));
    QCOMPARE(kept.text, statusOf(*engine).problem);
    QCOMPARE(kept.action, statusOf(*engine).action);
}

void TestDetach::forgetsTheReasonOnceItDelivers()
{
    PracticeHost host(u"503"_s);
    Endpoint a = endpointTo(host);
    {
        const auto engine = startEngine(m_folder, {a});
        engine->append(blockOf(recordsOf(1)));
        QTRY_COMPARE(rowOf(m_folder, u"a"_s).trouble.kind, Trouble::Kind::Suspended);
    }
    {
        const auto engine = startEngine(m_folder, {a});
        QCOMPARE(statusOf(*engine).health, Health::Trouble); // From the first moment.
        host.setFaults({});
        engine->retryNow(u"a"_s);
        QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
        QTRY_COMPARE(statusOf(*engine).health, Health::Ok);
        QTRY_COMPARE(rowOf(m_folder, u"a"_s).trouble.kind, Trouble::Kind::None);
    }
    QVERIFY(rowOf(m_folder, u"a"_s).lastSuccess.isValid());
}

void TestDetach::fallsFromUntriedToTroubleToOk()
{
    PracticeHost host;
    auto engine = startEngine(m_folder, {endpointTo(host)});
    QCOMPARE(statusOf(*engine).health, Health::Untried);
    host.stop();
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).health, Health::Trouble);
    host.start();
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(statusOf(*engine).health, Health::Ok);
    engine.reset();
    engine = startEngine(m_folder, {endpointTo(host)}); // It was reached before.
    QCOMPARE(statusOf(*engine).health, Health::Ok);

    const QDateTime now = QDateTime::currentDateTimeUtc();
    EndpointStatus status = statusOf(*engine);
    status.flushInterval = 10s;
    QCOMPARE(healthOf(status, now.addSecs(-9), now), Health::Ok);
    QCOMPARE(healthOf(status, now.addSecs(-60), now), Health::Trouble); // Waits too long.
    status.ledger.failed = 1;
    QCOMPARE(healthOf(status, {}, now), Health::Trouble);
}

QTEST_GUILESS_MAIN(TestDetach)
#include "tst_detach.moc"
