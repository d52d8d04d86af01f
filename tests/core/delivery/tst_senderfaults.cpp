// SPDX-License-Identifier: GPL-3.0-or-later
// What a sender makes of services that fail on one record, refuse a key or come back late.
#include "core/receiver/httpserver.h"
#include "core/record/timestamp.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/core/delivery/brokenserver.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QFile>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTimer>

#include <atomic>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A service of which the test, or a rule, answers each request when it likes.
class SlowServer final
{
public:
    using Rule = std::function<int(const HttpRequest &)>; //!< The status; 0: the test answers.

    explicit SlowServer(Rule rule = {})
        : m_rule(std::move(rule))
        , m_server({}, [this](HttpRequest &&request, HttpResponder responder) {
            requests.append(std::move(request));
            m_responders.push_back(std::move(responder));
            if (const int status = m_rule ? m_rule(requests.last()) : 0; status != 0)
                answer(requests.size() - 1, status);
        })
    {
        if (const auto ready = m_server.listen(); !ready)
            qFatal("%s", qPrintable(ready.error().message()));
    }

    void answer(qsizetype request, int status)
    {
        if (status == 200)
            m_stored += requests[request].body;
        m_responders[std::size_t(request)].answer(status, "text/plain", "its words");
    }
    //! How often the record is in a request that was answered with 200.
    [[nodiscard]] qsizetype stored(int number) const
    {
        return m_stored.count("run-1 message " + QByteArray::number(number) + '"');
    }
    [[nodiscard]] bool carries(qsizetype request, int number) const
    {
        return requests[request].body.contains("run-1 message " + QByteArray::number(number) + '"');
    }
    [[nodiscard]] Endpoint endpoint(const QString &id = u"a"_s) const
    {
        Endpoint endpoint;
        endpoint.id = id;
        endpoint.name = id;
        endpoint.service = u"generic"_s;
        endpoint.options.url = m_server.url();
        endpoint.options.url.setPath(u"/logs"_s);
        endpoint.options.compression = u"none"_s;
        endpoint.bufferSize = 1;
        endpoint.flushInterval = 50ms;
        return endpoint;
    }

    QList<HttpRequest> requests;

private:
    Rule m_rule;
    QByteArray m_stored;
    std::vector<HttpResponder> m_responders;
    HttpServer m_server; // Last: its handler uses the others.
};

// With texts that stay large when compressed, so that a request cannot be read at once.
std::vector<Record> largeRecords(int count)
{
    QRandomGenerator random(1);
    std::vector<Record> records = recordsOf(count);
    for (Record &record : records) {
        std::array<quint32, 15'000> noise{};
        random.fillRange(noise.data(), qsizetype(noise.size()));
        record.timestamp += nowNs();
        record.message += ' ' + QByteArray::fromRawData(
                                    reinterpret_cast<const char *>(noise.data()), sizeof noise)
                                    .toBase64()
                                    .toStdString();
    }
    return records;
}

// Per endpoint what became of its records, to be compared at once.
QStringList fates(const Engine &engine)
{
    QStringList fates;
    for (const EndpointStatus &status : engine.status().endpoints) {
        fates.append(
            u"%1: %2, %3 waiting, %4 delivered, %5 failed"_s.arg(status.id, stateName(status.state))
                .arg(status.ledger.waiting)
                .arg(status.ledger.delivered)
                .arg(status.ledger.failed));
    }
    return fates;
}

} // namespace

class TestSenderFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void recordThatTheServerFailsOn_data();
    void recordThatTheServerFailsOn();
    void holdWhileAnotherRequestIsUnderWay_data();
    void holdWhileAnotherRequestIsUnderWay();
    void correctedKeyFileResumes();
    void keyCorrectedWhileTheOldOneIsRefused();
    void suspendedMakesNoFailedBatch();
    void whatCannotBeNotedIsNotSentAgain();
    void unwritableJournalEndsNoPause();
    void passingFaultsKeepTheRecords_data();
    void passingFaultsKeepTheRecords();

private:
    // From now on, or no longer, the journal can note nothing as delivered.
    void breakJournal(bool isBroken) const
    {
        {
            QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
            db.setDatabaseName(Journal::fileIn(m_folder));
            QVERIFY(db.open());
            QSqlQuery query(db);
            QVERIFY(query.exec(isBroken ? u"CREATE TRIGGER broken BEFORE UPDATE OF delivered ON "
                                          u"endpoint WHEN new.delivered > old.delivered BEGIN "
                                          u"SELECT raise(ABORT, 'the disk is full'); END"_s
                                        : u"DROP TRIGGER broken"_s));
        }
        QSqlDatabase::removeDatabase(u"tamper"_s);
    }
    [[nodiscard]] QList<FailedBatchRow> failedBatches() const
    {
        return JournalReader::open(m_folder).value()->failedBatches().value();
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
    std::unique_ptr<Engine> m_engine;
};

void TestSenderFaults::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestSenderFaults::cleanup()
{
    m_engine.reset();
}

void TestSenderFaults::recordThatTheServerFailsOn_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("bad");
    QTest::addColumn<bool>("retriesNow"); // An operator in a hurry.
    QTest::addColumn<int>("atOnce");
    QTest::addColumn<int>("retries");
    QTest::newRow("first") << 200 << 1 << true << 1 << 1;
    QTest::newRow("in the middle") << 200 << 123 << true << 1 << 1;
    QTest::newRow("last") << 200 << 200 << true << 1 << 1;
    QTest::newRow("two requests at once") << 200 << 77 << true << 2 << 1;
    QTest::newRow("four requests at once") << 200 << 140 << true << 4 << 3;
    QTest::newRow("after three tries") << 200 << 33 << true << 1 << 3;
    QTest::newRow("by itself") << 4 << 3 << false << 1 << 1;
}

void TestSenderFaults::recordThatTheServerFailsOn()
{
    QFETCH(int, count);
    QFETCH(int, bad);
    QFETCH(bool, retriesNow);
    QFETCH(int, atOnce);
    QFETCH(int, retries);
    PracticeHost host(u"reject=bad record:500"_s);
    Endpoint endpoint = endpointTo(host);
    endpoint.maxInFlight = atOnce;
    endpoint.maxRetries = retries;
    m_engine = startEngine(m_folder, {endpoint});
    std::vector<Record> records = recordsOf(count);
    records[std::size_t(bad - 1)].message = "bad record";
    m_engine->append(blockOf(records));
    // Others arrive all the time.
    int appended = count;
    QTimer feeder;
    feeder.callOnTimeout([&] {
        m_engine->append(blockOf(recordsOf(1, "run-1", ++appended)));
        if (retriesNow)
            m_engine->retryNow(u"a"_s);
    });
    feeder.start(25ms);
    QTRY_COMPARE(ledgerOf(*m_engine).failed, 1);
    feeder.stop();
    Ledger expected;
    expected.accepted = appended;
    expected.delivered = appended - 1;
    expected.failed = 1;
    QTRY_COMPARE(ledgerOf(*m_engine), expected);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Idle);
    QVERIFY(statusOf(*m_engine).problem.isEmpty());

    const auto batches = failedBatches();
    QCOMPARE(batches.size(), 1);
    QCOMPARE(batches.front().records, 1);
    QCOMPARE(batches.front().firstSequence, quint64(bad));
    QCOMPARE(batches.front().status, 500);
    QVERIFY2(batches.front().reason.contains(u"500"_s), qPrintable(batches.front().reason));
    QStringList delivered = messagesOf(appended);
    delivered.removeOne(u"run-1 message %1"_s.arg(bad));
    QStringList stored = host.messages();
    delivered.sort();
    stored.sort();
    QCOMPARE(stored, delivered); // Each once.
}

void TestSenderFaults::holdWhileAnotherRequestIsUnderWay_data()
{
    QTest::addColumn<int>("refused");    // Which of the two requests.
    QTest::addColumn<bool>("whileHeld"); // Whether the other is answered before the resume.
    QTest::addColumn<int>("status");
    QTest::newRow("the first, other taken while held") << 0 << true << 200;
    QTest::newRow("the first, other taken after the resume") << 0 << false << 200;
    QTest::newRow("the second, other taken while held") << 1 << true << 200;
    QTest::newRow("the second, other taken after the resume") << 1 << false << 200;
    QTest::newRow("the first, other fails while held") << 0 << true << 503;
    QTest::newRow("the first, other fails after the resume") << 0 << false << 503;
    QTest::newRow("both") << 0 << true << 401;
    QTest::newRow("both, one after the resume") << 0 << false << 401;
}

void TestSenderFaults::holdWhileAnotherRequestIsUnderWay()
{
    QFETCH(int, refused);
    QFETCH(bool, whileHeld);
    QFETCH(int, status);
    SlowServer server;
    Endpoint endpoint = server.endpoint();
    endpoint.maxInFlight = 2;
    endpoint.apiKey = u"old"_s;
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(server.requests.size(), 1);
    m_engine->append(blockOf(recordsOf(3, "run-1", 4)));
    QTRY_COMPARE(server.requests.size(), 2);

    server.answer(refused, 401);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldAuthentication);
    const auto answerTheOther = [&] { server.answer(1 - refused, status); };
    if (whileHeld) {
        answerTheOther();
        QTRY_COMPARE(ledgerOf(*m_engine).delivered, status == 200 ? 3 : 0);
        QTRY_COMPARE(ledgerOf(*m_engine).inFlight, 0);
        QCOMPARE(statusOf(*m_engine).state, SenderState::HeldAuthentication);
    }
    endpoint.apiKey = u"new"_s;
    m_engine->setEndpoints({endpoint});
    if (!whileHeld) {
        // Its records are not sent again as long as it may still be taken.
        QTRY_VERIFY(statusOf(*m_engine).state != SenderState::HeldAuthentication);
        QCOMPARE(server.requests.size(), 2);
        answerTheOther();
    }
    qsizetype answered = 2;
    const auto isAllDelivered = [&] {
        while (answered < server.requests.size())
            server.answer(answered++, 200);
        return ledgerOf(*m_engine).delivered == 6;
    };
    QTRY_VERIFY(isAllDelivered());
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Idle);
    for (int i = 1; i <= 6; ++i)
        QCOMPARE(server.stored(i), 1);
    QVERIFY(ledgerOf(*m_engine).isBalanced());
    QVERIFY(failedBatches().isEmpty());
    for (qsizetype i = 2; i < server.requests.size(); ++i)
        QVERIFY(headerValue(server.requests[i].headers, "Authorization").contains("new"));
}

void TestSenderFaults::correctedKeyFileResumes()
{
    const auto writeKey = [this](const QString &name, const QByteArray &key) {
        QFile file(m_temp->filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(key) == key.size();
    };
    SlowServer server([](const HttpRequest &request) {
        return headerValue(request.headers, "Authorization").contains("good") ? 200 : 401;
    });
    Endpoint wrong = server.endpoint(u"wrong"_s);
    wrong.apiKey = u"file:"_s + m_temp->filePath(u"wrong"_s);
    Endpoint missing = server.endpoint(u"missing"_s);
    missing.apiKey = u"file:"_s + m_temp->filePath(u"missing"_s);
    QVERIFY(writeKey(u"wrong"_s, "bad"));
    m_engine = startEngine(m_folder, {wrong, missing});
    m_engine->append(blockOf(recordsOf(3)));
    for (const QString &id : {wrong.id, missing.id}) {
        QTRY_COMPARE(statusOf(*m_engine, id).state, SenderState::HeldAuthentication);
        QTRY_COMPARE(ledgerOf(*m_engine, id).waiting, 3);
    }
    QCOMPARE(server.requests.size(), 1); // Without a key nothing goes out.
    QVERIFY(writeKey(u"wrong"_s, "good\n"));
    QVERIFY(writeKey(u"missing"_s, "good\n"));
    for (const QString &id : {wrong.id, missing.id}) {
        QTRY_COMPARE(ledgerOf(*m_engine, id).delivered, 3);
        QTRY_COMPARE(statusOf(*m_engine, id).state, SenderState::Idle);
    }
    QCOMPARE(server.requests.size(), 3); // Neither was tried with the refused key again.
}

void TestSenderFaults::keyCorrectedWhileTheOldOneIsRefused()
{
    const auto writeKey = [this](const QByteArray &key) {
        QFile file(m_temp->filePath(u"key"_s));
        return file.open(QIODevice::WriteOnly) && file.write(key) == key.size();
    };
    SlowServer server([](const HttpRequest &request) {
        return headerValue(request.headers, "Authorization").contains("good") ? 200 : 0;
    });
    Endpoint endpoint = server.endpoint();
    endpoint.apiKey = u"file:"_s + m_temp->filePath(u"key"_s);
    QVERIFY(writeKey("bad"));
    m_engine = startEngine(m_folder, {endpoint});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(server.requests.size(), 1);
    QVERIFY(writeKey("good"));
    server.answer(0, 401);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 3);
}

void TestSenderFaults::suspendedMakesNoFailedBatch()
{
    PracticeHost host(u"503"_s);
    Endpoint endpoint = endpointTo(host);
    endpoint.bufferSize = 50;
    m_engine = startEngine(m_folder, {endpoint});
    for (int i = 0; i < 50; ++i)
        m_engine->append(blockOf(recordsOf(100, "run-1", 1 + 100 * i)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    // Time and again, with one batch and the next, and with the service gone altogether.
    for (int i = 0; i < 20; ++i) {
        const qint64 before = host.summary().requests;
        // Again at each look: while a request is under way there is nothing to do at once.
        const auto isTriedAgain = [&] {
            m_engine->retryNow(u"a"_s);
            return host.summary().requests > before;
        };
        QTRY_VERIFY(isTriedAgain());
    }
    host.stop();
    m_engine->retryNow(u"a"_s);
    QTRY_VERIFY(!statusOf(*m_engine).problem.contains(u"503"_s));
    QCOMPARE(statusOf(*m_engine).state, SenderState::Suspended);
    QCOMPARE(ledgerOf(*m_engine).waiting, 5000);
    QVERIFY(failedBatches().isEmpty());
    host.start();
    m_engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 5000);
    QVERIFY(failedBatches().isEmpty());
    QStringList stored = host.messages();
    QCOMPARE(stored.size(), 5000);
    QCOMPARE(stored.removeDuplicates(), 0);
}

void TestSenderFaults::whatCannotBeNotedIsNotSentAgain()
{
    PracticeHost host;
    m_engine = startEngine(m_folder, {endpointTo(host)});
    std::atomic<int> problems = 0;
    connect(
        m_engine.get(), &Engine::problemOccurred, this, [&] { ++problems; }, Qt::DirectConnection);
    breakJournal(true);
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::BackingOff);
    QVERIFY(statusOf(*m_engine).problem.contains(u"the disk is full"_s));
    m_engine->append(blockOf(recordsOf(2, "run-1", 4)));
    for (int i = 0; i < 5; ++i) { // Neither the operator nor time makes it send.
        m_engine->retryNow(u"a"_s);
        QTRY_COMPARE(ledgerOf(*m_engine).accepted, 5);
    }
    QTimer span; // In which it would have sent again.
    span.setSingleShot(true);
    QSignalSpy over(&span, &QTimer::timeout);
    span.start(1200ms);
    QVERIFY(over.wait(patience));
    QCOMPARE(host.messages(), messagesOf(3));
    QCOMPARE(ledgerOf(*m_engine).delivered, 0);
    QVERIFY(ledgerOf(*m_engine).isBalanced());
    QCOMPARE(problems, 1); // One clear notice.
    breakJournal(false);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 5);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::Idle);
    QVERIFY(statusOf(*m_engine).problem.isEmpty());
    QCOMPARE(host.messages(), messagesOf(5));
}

void TestSenderFaults::unwritableJournalEndsNoPause()
{
    SlowServer server;
    m_engine = startEngine(m_folder, {server.endpoint()});
    m_engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(server.requests.size(), 1);
    m_engine->append(blockOf(recordsOf(2, "run-1", 4)));
    m_engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    breakJournal(true);
    server.answer(0, 200);
    const Heard<Error> problems(m_engine.get(), &Engine::problemOccurred);
    QTRY_VERIFY(!problems.isEmpty());
    breakJournal(false);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 3);
    QCOMPARE(statusOf(*m_engine).state, SenderState::HeldByOperator);
    QCOMPARE(server.requests.size(), 1);
    m_engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(server.requests.size(), 2);
    server.answer(1, 200);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 5);
}

void TestSenderFaults::passingFaultsKeepTheRecords_data()
{
    QTest::addColumn<int>("way");       // -1: there is no server
    QTest::addColumn<QString>("words"); // empty where Qt's own differ from time to time
    QTest::newRow("unknown host") << -1 << u"not found"_s;
    QTest::newRow("closed in the handshake") << int(BrokenServer::Closes) << u"closed"_s;
    QTest::newRow("reset in the handshake") << int(BrokenServer::Resets) << u"closed"_s;
    QTest::newRow("alert in the handshake") << int(BrokenServer::Alerts) << u"alert"_s;
    QTest::newRow("reset in the body") << int(BrokenServer::CutsBody) << QString();
}

void TestSenderFaults::passingFaultsKeepTheRecords()
{
    QFETCH(int, way);
    QFETCH(QString, words);
    constexpr int count = 8;
    std::vector<std::unique_ptr<BrokenServer>> broken; // one per service
    std::vector<std::unique_ptr<AnswerServer>> good;   // likewise
    QList<Endpoint> faulty;
    QList<Endpoint> corrected;
    QStringList kept;
    QStringList delivered;
    for (const QString &service : serviceNames()) {
        good.push_back(std::make_unique<AnswerServer>(service));
        corrected.append(good.back()->endpoint(count, service));
        faulty.append(corrected.last());
        faulty.last().options.url = QUrl(u"http://no-such-host.invalid"_s);
        if (way >= 0) {
            broken.push_back(std::make_unique<BrokenServer>(BrokenServer::Way(way)));
            faulty.last().options.url = broken.back()->url();
        }
        kept.append(u"%1: %2, %3 waiting, 0 delivered, 0 failed"_s
                        .arg(service, stateName(SenderState::Suspended))
                        .arg(count));
        delivered.append(u"%1: %2, 0 waiting, %3 delivered, 0 failed"_s
                             .arg(service, stateName(SenderState::Idle))
                             .arg(count));
    }
    m_engine = startEngine(m_folder, faulty);
    m_engine->append(blockOf(largeRecords(count)));
    QTRY_COMPARE(fates(*m_engine), kept);
    for (const EndpointStatus &status : m_engine->status().endpoints) {
        QVERIFY(!status.problem.isEmpty());
        QVERIFY2(status.problem.contains(words), qPrintable(status.id + u": "_s + status.problem));
    }
    for (const auto &server : broken)
        QVERIFY(server->broken > 0);
    QVERIFY(failedBatches().isEmpty());

    m_engine->setEndpoints(corrected);
    QTRY_COMPARE(fates(*m_engine), delivered);
    QVERIFY(failedBatches().isEmpty());
    for (const auto &server : good) {
        QStringList stored;
        for (const QString &message : std::as_const(server->stored))
            stored.append(message.left(message.lastIndexOf(u' ')));
        stored.sort();
        QCOMPARE(stored, messagesOf(count));
    }
}

QTEST_GUILESS_MAIN(TestSenderFaults)
#include "tst_senderfaults.moc"
