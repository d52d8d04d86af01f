// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/connection.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto variable = "TRACE_TEST_KEY";

// What an engine told about replays.
struct Replayed
{
    qint64 batch = 0;
    bool delivered = false;
    QString problem;
};

} // namespace

class TestSender : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void backsOffAndDelivers();
    void suspendedIsTriedAgainAtOnce();
    void suspendedRecoversByItself();
    void heldForAuthenticationUntilChanged();
    void missingSecretHoldsByName();
    void pausedSendsNothing();
    void anAnswerEndsNoPause();
    void refusedRecordIsParkedAlone();
    void replayDelivers();
    void everyShapeIsDelivered_data();
    void everyShapeIsDelivered();
    void refusedReplaysHoldNothing();
    void aHoldAnswersEveryReplay();
    void aReplayEndsWhereNoQuestionIsAnswered_data();
    void aReplayEndsWhereNoQuestionIsAnswered();
    void refusedReplayStaysParked();
    void replayOfAnUnknownBatchIsAnswered();
    void discardIsCounted();
    void exhaustedIsParkedWhereWanted();
    void parkedWithoutAnAnswerMayHaveArrived();
    void runsNotAheadOfTheJournal();

private:
    void parkOne(PracticeHost &host);
    [[nodiscard]] QList<FailedBatchRow> failedBatches() const
    {
        return JournalReader::open(m_folder).value()->failedBatches().value();
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
    QList<Replayed> m_replayed;
    std::unique_ptr<Engine> m_engine; // Last: it goes before what it works on.
};

void TestSender::init()
{
    m_engine.reset();
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"journal"_s);
    m_replayed.clear();
    qunsetenv(variable);
}

void TestSender::backsOffAndDelivers()
{
    PracticeHost host(u"503"_s);
    Endpoint endpoint = endpointTo(host);
    endpoint.maxRetries = 10;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::BackingOff);
    QVERIFY(!statusOf(*m_engine).problem.isEmpty());
    QVERIFY(statusOf(*m_engine).nextAttempt.isValid());
    QCOMPARE(ledgerOf(*m_engine).waiting, 3);
    host.setFaults({});
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 3);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Idle);
    QVERIFY(statusOf(*m_engine).retries > 0);
    QVERIFY(statusOf(*m_engine).problem.isEmpty());
    QCOMPARE(host.messages(), messagesOf(3));
}

void TestSender::suspendedIsTriedAgainAtOnce()
{
    PracticeHost host;
    host.stop();
    m_engine = startEngine(m_folder, {endpointTo(host)});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    QVERIFY(!statusOf(*m_engine).problem.isEmpty());
    QVERIFY(!statusOf(*m_engine).action.isEmpty());
    QCOMPARE(ledgerOf(*m_engine).waiting, 3);
    host.start();
    m_engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 3);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Idle);
    QCOMPARE(host.messages(), messagesOf(3));
}

void TestSender::suspendedRecoversByItself()
{
    PracticeHost host;
    host.stop(); // an answer of 503, time and again, would let the later records try first
    m_engine = startEngine(m_folder, {endpointTo(host)});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    m_engine->append(blockOf(recordsOf(2, "run-1", 4))); // Does not wake it.
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 5);
    QCOMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    host.start();
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 5);
    QCOMPARE(host.messages(), messagesOf(5));
}

void TestSender::heldForAuthenticationUntilChanged()
{
    PracticeHost host(u"401"_s);
    Endpoint endpoint = endpointTo(host);
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(4)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldAuthentication);
    QVERIFY(!statusOf(*m_engine).problem.isEmpty());
    QVERIFY(!statusOf(*m_engine).action.isEmpty());
    const auto reader = JournalReader::open(m_folder).value();
    QCOMPARE(reader->backlog(statusOf(*m_engine).journalId).value().count(), 4U);
    QVERIFY(failedBatches().isEmpty());

    m_engine->append(blockOf(recordsOf(1, "run-1", 5)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 5);
    QCOMPARE(host.summary().requests, 1); // No second try with the same key.
    host.setFaults({});
    endpoint.apiKey = u"a-new-key"_s;
    m_engine->setEndpoints({endpoint});
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 5);
    QCOMPARE(host.messages(), messagesOf(5));
}

void TestSender::missingSecretHoldsByName()
{
    PracticeHost host;
    Endpoint endpoint = endpointTo(host);
    endpoint.apiKey = u"env:"_s + QLatin1StringView(variable);
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(2)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 2);
    const EndpointStatus status = statusOf(*m_engine);
    QCOMPARE(status.state, SenderState::HeldAuthentication);
    QVERIFY2(status.problem.contains(QLatin1StringView(variable)), qPrintable(status.problem));
    QCOMPARE(host.summary().requests, 0);
    qputenv(variable, "key");
    m_engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 2);
}

void TestSender::pausedSendsNothing()
{
    PracticeHost host;
    m_engine = startEngine(m_folder, {endpointTo(host)});
    m_engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 3);
    m_engine->retryNow(u"a"_s); // Paused is paused.
    m_engine->flush();
    m_engine->append(blockOf(recordsOf(1, "run-1", 4)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 4);
    QCOMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    QCOMPARE(host.summary().requests, 0);
    m_engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 4);
    QCOMPARE(host.messages(), messagesOf(4));
}

// Sends twenty records of which the host refuses "message 7".
void TestSender::parkOne(PracticeHost &host)
{
    host.setFaults(u"reject=message 7"_s);
    m_engine = startEngine(m_folder, {endpointTo(host)});
    connect(m_engine.get(), &Engine::replayFinished, this,
            [this](qint64 batch, bool delivered, const QString &problem) {
                m_replayed.append({batch, delivered, problem});
            });
    m_engine->append(blockOf(recordsOf(20)));
    Ledger expected;
    expected.accepted = 20;
    expected.delivered = 19;
    expected.failed = 1;
    QTRY_COMPARE(ledgerOf(*m_engine), expected);
    QTRY_COMPARE(m_engine->status().failedBatches, 1);
}

//! A service that fails on what was under way must not set a paused sender going again.
void TestSender::anAnswerEndsNoPause()
{
    QTcpServer silent; // takes the request, and hangs up when the test wants it
    QList<QTcpSocket *> sockets;
    connect(&silent, &QTcpServer::newConnection, &silent,
            [&] { sockets.append(silent.nextPendingConnection()); });
    QVERIFY(silent.listen(QHostAddress::LocalHost, unusedPort()));
    PracticeHost other;
    Endpoint endpoint = endpointTo(other);
    endpoint.options.url = QUrl(u"http://127.0.0.1:%1/logs"_s.arg(silent.serverPort()));
    endpoint.maxRetries = 10;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*m_engine).inFlight, 3);
    m_engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    for (QTcpSocket *socket : std::as_const(sockets))
        socket->write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 3);
    QCOMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    QVERIFY(!statusOf(*m_engine).nextAttempt.isValid()); // it does not wait for one
    QCOMPARE(sockets.size(), 1);
}

void TestSender::refusedRecordIsParkedAlone()
{
    PracticeHost host;
    parkOne(host);
    QStringList expected = messagesOf(20);
    QVERIFY(expected.removeOne(u"run-1 message 7"_s));
    QStringList stored = host.messages(); // Each once; parts of a refused request go later.
    expected.sort();
    stored.sort();
    QCOMPARE(stored, expected);
    const auto batches = failedBatches();
    QCOMPARE(batches.size(), 1);
    QCOMPARE(batches.front().records, 1);
    QCOMPARE(batches.front().firstSequence, 7U);
    QCOMPARE(batches.front().status, 400);
    QCOMPARE(batches.front().state, FailedState::Parked);
    QVERIFY2(batches.front().reason.contains(u"message 7"_s), qPrintable(batches.front().reason));
    QVERIFY(!batches.front().attempts.isEmpty());
}

void TestSender::replayDelivers()
{
    PracticeHost host;
    parkOne(host);
    host.setFaults({});
    const qint64 id = failedBatches().front().id;
    m_engine->replay({id});
    Ledger expected;
    expected.accepted = 20;
    expected.delivered = 20;
    QTRY_COMPARE(ledgerOf(*m_engine), expected);
    QTRY_COMPARE(m_replayed.size(), 1);
    QCOMPARE(m_replayed.front().batch, id);
    QVERIFY(m_replayed.front().delivered);
    QCOMPARE(host.messages().last(), u"run-1 message 7"_s);
    QTRY_COMPARE(m_engine->status().failedBatches, 0);

    m_engine->replay({id}); // Settled: not sent once more.
    QTRY_COMPARE(m_replayed.size(), 2);
    QVERIFY(!m_replayed.last().delivered);
    QVERIFY(!m_replayed.last().problem.isEmpty());
    QCOMPARE(host.messages().size(), 20);
}

void TestSender::refusedReplayStaysParked()
{
    PracticeHost host;
    parkOne(host);
    const FailedBatchRow before = failedBatches().front();
    m_engine->replay({before.id});
    QTRY_COMPARE(m_replayed.size(), 1);
    QVERIFY(!m_replayed.front().delivered);
    QVERIFY(!m_replayed.front().problem.isEmpty());
    const auto batches = failedBatches();
    QCOMPARE(batches.size(), 1);
    QCOMPARE(batches.front().id, before.id);
    QCOMPARE(batches.front().state, FailedState::Parked);
    QCOMPARE(batches.front().records, 1);
    QVERIFY(batches.front().attempts.size() > before.attempts.size());
    QCOMPARE(ledgerOf(*m_engine).failed, 1);
    QVERIFY(ledgerOf(*m_engine).isBalanced());
}

void TestSender::everyShapeIsDelivered_data()
{
    QTest::addColumn<QString>("shape");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("requests");
    QTest::newRow("array") << u"array"_s << "application/json"_ba << 1;
    QTest::newRow("ndjson") << u"ndjson"_s << "application/x-ndjson"_ba << 1;
    QTest::newRow("object") << u"object"_s << "application/json"_ba << 20;
}

void TestSender::everyShapeIsDelivered()
{
    QFETCH(QString, shape);
    QFETCH(QByteArray, type);
    QFETCH(int, requests);
    AnswerServer server(u"generic"_s);
    Endpoint endpoint = server.endpoint(20);
    endpoint.options.own = {{u"shape"_s, shape}};
    endpoint.options.compression = u"none"_s;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(20)));
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 20);
    QCOMPARE(server.stored, messagesOf(20));
    QCOMPARE(server.pushes.size(), requests);
    for (const SeenRequest &push : std::as_const(server.pushes)) {
        QCOMPARE(headerValue(push.request.headers, "Content-Type"), type);
        QCOMPARE(push.request.body.front(), shape == u"array"_s ? '[' : '{');
    }
}

//! What was refused together is refused again, which says nothing of other records.
void TestSender::refusedReplaysHoldNothing()
{
    PracticeHost host(u"reject=run-bad"_s);
    m_engine = startEngine(m_folder, {patientEndpointTo(host)});
    m_engine->append(blockOf(recordsOf(8, "run-bad")));
    m_engine->append(blockOf(recordsOf(8)));
    m_engine->flush();
    QTRY_COMPARE(ledgerOf(*m_engine).failed, 8);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 8);
    QCOMPARE(failedBatches().size(), 1);
    std::atomic<int> finished{0};
    connect(
        m_engine.get(), &Engine::replayFinished, m_engine.get(), [&finished] { ++finished; },
        Qt::DirectConnection);
    m_engine->replay({failedBatches().front().id});
    QTRY_COMPARE(finished.load(), 1);
    m_engine->append(blockOf(recordsOf(1, "run-1", 9)));
    m_engine->flush();
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 9);
    QCOMPARE(ledgerOf(*m_engine).failed, 8);
    m_engine.reset(); // before what it counts in
}

void TestSender::aHoldAnswersEveryReplay()
{
    PracticeHost host(u"503"_s);
    Endpoint endpoint = endpointTo(host);
    endpoint.onExhausted = OnExhausted::Park;
    m_engine = startEngine(m_folder, {endpoint});
    for (int i = 0; i < 3; ++i) {
        m_engine->append(blockOf(recordsOf(1, "run-1", i + 1)));
        QTRY_COMPARE(ledgerOf(*m_engine).failed, i + 1);
    }
    QList<qint64> ids;
    for (const FailedBatchRow &batch : failedBatches())
        ids.append(batch.id);
    QCOMPARE(ids.size(), 3);
    host.setFaults(u"401"_s);
    std::atomic<int> finished{0};
    connect(
        m_engine.get(), &Engine::replayFinished, m_engine.get(), [&finished] { ++finished; },
        Qt::DirectConnection);
    m_engine->replay(ids);
    QTRY_COMPARE(finished.load(), 3);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldAuthentication);
    for (const FailedBatchRow &batch : failedBatches())
        QCOMPARE(batch.state, FailedState::Parked);
    m_engine.reset(); // before what it counts in
}

void TestSender::aReplayEndsWhereNoQuestionIsAnswered_data()
{
    QTest::addColumn<QString>("service");
    QTest::newRow("for the version") << u"grafana"_s;
    QTest::newRow("for the time") << u"datadog"_s; // recordsOf() are years old
}

//! What is sent before the first records may be what fails.
void TestSender::aReplayEndsWhereNoQuestionIsAnswered()
{
    QFETCH(QString, service);
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = service;
    endpoint.options.url = QUrl(u"http://127.0.0.1:%1"_s.arg(unusedPort()));
    endpoint.maxRetries = 1;
    m_engine = startEngine(m_folder, {endpoint});
    std::promise<qint64> obliged;
    FailedBatch batch;
    batch.data = blockOf(recordsOf(3)).data;
    batch.row.records = 3;
    m_engine->oblige(batch, u"a"_s, [&](const Expected<qint64> &id) { obliged.set_value(*id); });
    std::atomic<int> finished{0};
    connect(
        m_engine.get(), &Engine::replayFinished, m_engine.get(), [&finished] { ++finished; },
        Qt::DirectConnection);
    m_engine->replay({obliged.get_future().get()});
    QTRY_COMPARE(finished.load(), 1);
    QCOMPARE(failedBatches().front().state, FailedState::Parked);
    QCOMPARE(ledgerOf(*m_engine).failed, 3);
    m_engine.reset(); // before what it counts in
}

void TestSender::replayOfAnUnknownBatchIsAnswered()
{
    PracticeHost host;
    parkOne(host);
    m_engine->replay({4711});
    QTRY_COMPARE(m_replayed.size(), 1);
    QCOMPARE(m_replayed.front().batch, 4711);
    QVERIFY(!m_replayed.front().delivered);
    QVERIFY(m_replayed.front().problem.contains(u"4711"_s));
}

void TestSender::discardIsCounted()
{
    PracticeHost host;
    parkOne(host);
    m_engine->discard({failedBatches().front().id});
    Ledger expected;
    expected.accepted = 20;
    expected.delivered = 19;
    expected.discardedByOperator = 1;
    QTRY_COMPARE(ledgerOf(*m_engine), expected);
    QVERIFY(failedBatches().isEmpty());
    QCOMPARE(m_engine->status().failedBatches, 0);
}

void TestSender::exhaustedIsParkedWhereWanted()
{
    PracticeHost host(u"503"_s);
    Endpoint endpoint = endpointTo(host);
    endpoint.onExhausted = OnExhausted::Park;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*m_engine).failed, 3);
    QVERIFY(ledgerOf(*m_engine).isBalanced());
    QCOMPARE(failedBatches().front().status, 503);
    host.setFaults({}); // What comes later is not behind it.
    m_engine->append(blockOf(recordsOf(2, "run-1", 4)));
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 2);
    QCOMPARE(ledgerOf(*m_engine).failed, 3);
}

// The service may have stored what it did not confirm: a replay may then store it twice.
void TestSender::parkedWithoutAnAnswerMayHaveArrived()
{
    AnswerServer server(u"generic"_s, [](const SeenRequest &) { return Answer{Answer::closed}; });
    Endpoint endpoint = server.endpoint(3);
    endpoint.onExhausted = OnExhausted::Park;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(ledgerOf(*m_engine).failed, 3);
    QVERIFY(ledgerOf(*m_engine).isBalanced());
    const auto batches = failedBatches();
    QCOMPARE(batches.size(), 1);
    QCOMPARE(batches.front().records, 3);
    QCOMPARE(batches.front().status, 0);
    QVERIFY(batches.front().mayHaveArrived);
    QCOMPARE(server.pushes.front().messages, messagesOf(3)); // It has them.
}

// What is delivered but not noted would be sent again after a crash, so that must not grow.
void TestSender::runsNotAheadOfTheJournal()
{
    constexpr int records = 4096;
    PracticeHost host(u"503"_s);
    m_engine = startEngine(m_folder, {endpointTo(host)});
    m_engine->append(blockOf(recordsOf(records)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, records);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    {
        auto other =
            Connection::open(Journal::fileIn(m_folder), Connection::Access::ReadWrite).value();
        const auto lock = Transaction::begin(other).value();
        // The last one is too large: 2,048 records get through, then 1,024 and so on, in 12
        // requests.
        host.setFaults(u"reject=message 4096:413"_s);
        m_engine->retryNow(u"a"_s);
        QTRY_VERIFY(statusOf(*m_engine).problem.contains(u"locked"_s));
        QCOMPARE(host.messages().size(), records - records / 256); // eight of them
        QCOMPARE(ledgerOf(*m_engine).delivered, 0);
    }
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, records - 1);
    QTRY_COMPARE(ledgerOf(*m_engine).failed, 1);
    QCOMPARE(host.messages().size(), records - 1);
}

QTEST_GUILESS_MAIN(TestSender)
#include "tst_sender.moc"
