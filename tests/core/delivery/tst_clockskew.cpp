// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/handwrittenserver.h"
#include "tests/support/patience.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

RecordBlock blockAt(std::chrono::minutes age, const std::string &message)
{
    Record record;
    record.timestamp =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch() - age).count();
    record.message = message;
    return blockOf({record});
}

//! Hangs up on questions; takes records, and tells no time.
class DeafServer final
{
public:
    DeafServer()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *const socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, &m_server, [this, socket] {
                const QByteArray request = socket->readAll();
                if (request.startsWith("OPTIONS"))
                    questions.append(socket);
                if (request.startsWith("OPTIONS") && hangsUp)
                    socket->close();
                if (request.startsWith("POST"))
                    socket->write("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}");
            });
        });
        if (!m_server.listen(QHostAddress::LocalHost, unusedPort()))
            qFatal("no port");
    }
    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()));
    }

    bool hangsUp = true; //!< Else it leaves questions unanswered.
    QList<QTcpSocket *> questions;

private:
    QTcpServer m_server;
};

//! A Loki that tells no time, and takes no structured metadata: which it says only once it was
//! asked something.
class PlainLoki final
{
public:
    PlainLoki()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *const socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, &m_server,
                             [this, socket] { take(socket); });
        });
        if (!m_server.listen(QHostAddress::LocalHost, unusedPort()))
            qFatal("no port");
    }
    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()));
    }

private:
    void take(QTcpSocket *socket)
    {
        const QByteArray request = socket->readAll();
        const QByteArray nothing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        if (request.startsWith("GET")) {
            socket->write(nothing);
        } else if (request.startsWith("OPTIONS")) {
            if (QTcpSocket *const first = std::exchange(m_first, nullptr)) {
                const QByteArray words =
                    "stream '{}' includes structured metadata, but this feature is disallowed";
                first->write("HTTP/1.1 400 Bad Request\r\nContent-Length: " +
                             QByteArray::number(words.size()) + "\r\n\r\n" + words);
            }
            QTimer::singleShot(200, socket, [socket, nothing] { socket->write(nothing); });
        } else if (!std::exchange(m_wasSentTo, true)) {
            m_first = socket;
        } else if (socket != m_first) {
            socket->write("HTTP/1.1 204 No Content\r\n\r\n");
        }
    }

    QTcpServer m_server;
    QTcpSocket *m_first = nullptr; // waits for its answer
    bool m_wasSentTo = false;
};

} // namespace

//! Datadog takes records that are not older than 18 hours; half an hour less is counted on.
class TestClockSkew final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void theServersClockDecides_data();
    void theServersClockDecides();
    void aServerThatIsDownParksNothing();
    void aServerThatHearsNoQuestionsGetsRecords();
    void aQuestionEndsNoPause();
    void anotherFormEndsNoQuestion();
    void parkedRecordsAreLookedAtAgain_data();
    void parkedRecordsAreLookedAtAgain();

private:
    [[nodiscard]] static Endpoint datadogAt(const QUrl &url);
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestClockSkew::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

Endpoint TestClockSkew::datadogAt(const QUrl &url)
{
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = u"datadog"_s;
    endpoint.options.url = url;
    endpoint.apiKey = u"key"_s;
    endpoint.bufferSize = 1;
    return endpoint;
}

void TestClockSkew::theServersClockDecides_data()
{
    QTest::addColumn<std::chrono::minutes>("ahead");
    QTest::addColumn<int>("failed");
    QTest::newRow("our clock is right") << 0min << 2;
    QTest::newRow("our clock is an hour fast") << -60min << 1;
    QTest::newRow("our clock is three hours fast") << -180min << 0;
}

//! Also where no record has been sent yet.
void TestClockSkew::theServersClockDecides()
{
    QFETCH(std::chrono::minutes, ahead);
    QFETCH(int, failed);
    const HandWrittenServer server(
        {Answer{404, "{}"}, Answer{202, "{}"}},
        QDateTime::currentDateTimeUtc().addSecs(std::chrono::seconds(ahead).count()));
    const auto engine = startEngine(m_folder->path(), {datadogAt(server.url())});
    engine->append(blockAt(18h, "old by our clock"));
    engine->append(blockAt(20h, "older"));
    QTRY_COMPARE(ledgerOf(*engine).failed, failed);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2 - failed);
    QVERIFY(server.requests.front().startsWith("OPTIONS /api/v2/logs"));
    QVERIFY(!server.requests.front().contains("key")); // it needs none
    for (qsizetype i = 1; i < server.requests.size(); ++i)
        QVERIFY(server.requests[i].startsWith("POST"));
    QVERIFY(ledgerOf(*engine).isBalanced());
}

void TestClockSkew::aServerThatIsDownParksNothing()
{
    Endpoint endpoint = datadogAt(QUrl(u"http://127.0.0.1:%1"_s.arg(unusedPort())));
    endpoint.maxRetries = 1;
    const auto engine = startEngine(m_folder->path(), {endpoint});
    engine->append(blockAt(20h, "old"));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    QCOMPARE(ledgerOf(*engine).waiting, 1);
    QCOMPARE(ledgerOf(*engine).failed, 0);
}

void TestClockSkew::aServerThatHearsNoQuestionsGetsRecords()
{
    DeafServer server;
    Endpoint endpoint = datadogAt(server.url());
    endpoint.bufferSize = 2;
    endpoint.maxRetries = 2;
    const auto engine = startEngine(m_folder->path(), {endpoint});
    engine->append(blockAt(20h, "old"));
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    QTRY_COMPARE(ledgerOf(*engine).failed, 1); // by our clock, as there is no other
    QVERIFY(server.questions.size() >= 2);
}

void TestClockSkew::aQuestionEndsNoPause()
{
    DeafServer server;
    server.hangsUp = false;
    const auto engine = startEngine(m_folder->path(), {datadogAt(server.url())});
    engine->append(blockAt(20h, "old"));
    QTRY_COMPARE(server.questions.size(), 1);
    engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    server.questions.front()->close();
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 2);
    QCOMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    QVERIFY(!statusOf(*engine).nextAttempt.isValid());
    server.hangsUp = true;
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
}

//! What a service learns while it is asked for its time makes the question one of the past.
void TestClockSkew::anotherFormEndsNoQuestion()
{
    const PlainLoki server;
    Endpoint endpoint = datadogAt(server.url());
    endpoint.service = u"grafana"_s;
    endpoint.maxInFlight = 2;
    const auto engine = startEngine(m_folder->path(), {endpoint});
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 1);
    engine->append(blockAt(10 * 24h, "old"));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    QTRY_COMPARE(ledgerOf(*engine).failed, 1);
}

void TestClockSkew::parkedRecordsAreLookedAtAgain_data()
{
    QTest::addColumn<std::chrono::minutes>("ahead");
    QTest::addColumn<int>("failed");
    QTest::newRow("our clock is right") << 0min << 2;
    QTest::newRow("our clock is an hour fast") << -60min << 1;
    QTest::newRow("our clock is an hour slow") << 60min << 2;
}

//! Where the server told no time when it was asked.
void TestClockSkew::parkedRecordsAreLookedAtAgain()
{
    QFETCH(std::chrono::minutes, ahead);
    QFETCH(int, failed);
    HandWrittenServer server({Answer{404, "{}"}, Answer{202, "{}"}}, QDateTime());
    std::atomic<int> replayed{0};
    const auto engine = startEngine(m_folder->path(), {datadogAt(server.url())});
    connect(
        engine.get(), &Engine::replayFinished, engine.get(), [&replayed] { ++replayed; },
        Qt::DirectConnection);
    engine->append(blockAt(18h, "old by our clock"));
    engine->append(blockAt(20h, "old by any clock"));
    QTRY_COMPARE(ledgerOf(*engine).failed, 2);
    QCOMPARE(server.requests.size(), 1);
    const int batches =
        int(JournalReader::open(m_folder->path()).value()->failedBatches().value().size());
    server.setDate(QDateTime::currentDateTimeUtc().addSecs(std::chrono::seconds(ahead).count()));
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE(replayed.load(), ahead == 0min ? 0 : batches);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3 - failed);
    QTRY_COMPARE(ledgerOf(*engine).failed, failed);
    QCOMPARE(server.requests.size(), 1 + 3 - failed);
    QVERIFY(ledgerOf(*engine).isBalanced());
}

QTEST_GUILESS_MAIN(TestClockSkew)
#include "tst_clockskew.moc"
