// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/receiver/echoserver.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;

namespace {

const QByteArray chunkedHead = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"_ba;

} // namespace

class TstHttpServer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pipelinedAnswersComeInOrder();
    void nextRequestWaitsForTheAnswerOfThis();
    void clientIsToldToContinue();
    void headGetsNoBody();
    void noContentHasNoLength();
    void surplusClientsAreToldSo();
    void bodiesWaitForRoom();
    void clientMayLeaveBeforeTheAnswer();
    void serverMayGoWithItsClients();
    void forgottenRequestClosesTheConnection();
    void quietClientsAreCutOff();
    void largeBodyArrivesWhole();
    void takenPortIsNamed();
};

void TstHttpServer::pipelinedAnswersComeInOrder()
{
    EchoServer echo;
    RawHttp client(echo.server.port());
    client.write(RawHttp::post("/1", "one") + chunkedHead + "3\r\ntwo\r\n0\r\n\r\n" +
                 RawHttp::get("/3"));
    QCOMPARE(client.read().body, "POST /1 one"_ba);
    QCOMPARE(client.read().body, "POST /a two"_ba);
    QCOMPARE(client.read().body, "GET /3 "_ba);
    QVERIFY(client.isOpen());
}

void TstHttpServer::nextRequestWaitsForTheAnswerOfThis()
{
    EchoServer echo;
    echo.holds = true;
    RawHttp client(echo.server.port());
    client.write(RawHttp::post("/1", "one") + RawHttp::post("/2", "two"));
    QTRY_COMPARE(echo.held.size(), 1U);
    QCOMPARE(echo.server.bytesInFlight(), 3);
    echo.held.front().answer(200, {}, "first"_ba);
    echo.held.front().answer(500, {}, "ignored"_ba);
    QCOMPARE(echo.requests.size(), 1);
    QTRY_COMPARE(echo.held.size(), 2U);
    echo.held.back().answer(202, {}, "second"_ba);
    QCOMPARE(client.read().body, "first"_ba);
    QCOMPARE(client.read().status, 202);
    QCOMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpServer::clientIsToldToContinue()
{
    EchoServer echo;
    RawHttp client(echo.server.port());
    const QByteArray request = RawHttp::post("/a", "hello", "Expect: 100-continue\r\n");
    client.write(request.chopped(5));
    QCOMPARE(client.read().status, 100);
    QCOMPARE(client.ask("hello").body, "POST /a hello"_ba);
    // A body that is there already needs no invitation.
    QCOMPARE(client.ask(request).status, 200);
}

void TstHttpServer::headGetsNoBody()
{
    EchoServer echo;
    RawHttp client(echo.server.port());
    client.write("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QCOMPARE(client.read(false).header("Content-Length"), "8"_ba);
    QCOMPARE(client.ask(RawHttp::get("/y")).body, "GET /y "_ba);
}

void TstHttpServer::noContentHasNoLength()
{
    EchoServer echo;
    echo.holds = true;
    RawHttp client(echo.server.port());
    client.write(RawHttp::post("/a", "x"));
    QTRY_COMPARE(echo.held.size(), 1U);
    echo.held.front().answer(204, {}, {}, {{"X-Own"_ba, "yes"_ba}});
    const RawAnswer answer = client.read();
    QCOMPARE(answer.status, 204);
    QCOMPARE(answer.header("Content-Length"), QByteArray());
    QCOMPARE(answer.header("X-Own"), "yes"_ba);
}

void TstHttpServer::surplusClientsAreToldSo()
{
    HttpServerOptions options;
    options.maxConnections = 2;
    EchoServer echo(options);
    echo.holds = true;
    RawHttp first(echo.server.port());
    RawHttp second(echo.server.port());
    first.write(RawHttp::get("/"));
    QTRY_COMPARE(echo.held.size(), 1U);
    second.write(RawHttp::get("/"));
    QTRY_COMPARE(echo.held.size(), 2U);
    {
        RawHttp third(echo.server.port());
        const RawAnswer answer = third.ask(RawHttp::get("/"));
        QCOMPARE(answer.status, 503);
        QCOMPARE(answer.header("Retry-After"), "1"_ba);
        QVERIFY(third.isClosedByServer());
    }
    echo.held.front().answer(200, {}, {});
    QCOMPARE(first.read().status, 200);
    echo.holds = false;
    // One that waits for nothing makes room.
    RawHttp fourth(echo.server.port());
    QCOMPARE(fourth.ask(RawHttp::get("/")).status, 200);
    QVERIFY(first.isClosedByServer());
    QVERIFY(second.isOpen());
}

void TstHttpServer::bodiesWaitForRoom()
{
    HttpServerOptions options;
    options.maxBytesInFlight = 1'000'000;
    options.idleTimeout = 200ms;
    EchoServer echo(options);
    echo.holds = true;
    const QByteArray body(600'000, 'x');
    RawHttp first(echo.server.port());
    RawHttp second(echo.server.port());
    first.write(RawHttp::post("/1", body));
    QTRY_COMPARE(echo.held.size(), 1U);
    second.write(RawHttp::post("/2", body));
    // A request without a body passes, so the server has looked at the second one too.
    RawHttp probe(echo.server.port());
    probe.write(RawHttp::get("/probe"));
    QTRY_COMPARE(echo.held.size(), 2U);
    QCOMPARE(echo.requests.last().url.path(), u"/probe"_s);
    QVERIFY(echo.server.bytesInFlight() <= options.maxBytesInFlight);
    echo.held.front().answer(200, {}, {});
    QTRY_COMPARE(echo.held.size(), 3U);
    QCOMPARE(echo.requests.last().body, body);
    // Room comes back from those who leave, too.
    second.close();
    QTRY_COMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpServer::clientMayLeaveBeforeTheAnswer()
{
    HttpServerOptions options;
    options.idleTimeout = 200ms; // nothing tells it from one that waits
    EchoServer echo(options);
    echo.holds = true;
    {
        RawHttp client(echo.server.port());
        client.write(RawHttp::post("/a", "x"));
        QTRY_COMPARE(echo.held.size(), 1U);
        QVERIFY(echo.held.front().isWaiting());
    }
    QTRY_COMPARE(echo.server.connectionCount(), 0);
    QTRY_VERIFY(!echo.held.front().isWaiting());
    echo.held.front().answer(200, {}, "too late"_ba);
    echo.held.clear();
    echo.holds = false;
    RawHttp next(echo.server.port());
    QCOMPARE(next.ask(RawHttp::get("/")).status, 200);
}

void TstHttpServer::serverMayGoWithItsClients()
{
    std::deque<HttpResponder> held;
    {
        HttpServerOptions options;
        options.maxBytesInFlight = 1;
        EchoServer echo(options);
        echo.holds = true;
        RawHttp waiting(echo.server.port());
        waiting.write(RawHttp::post("/a", "hello"));
        QTRY_COMPARE(echo.held.size(), 1U);
        RawHttp behind(echo.server.port());
        behind.write(RawHttp::post("/b", "hello"));
        RawHttp dropped(echo.server.port());
        dropped.write(RawHttp::get("/c"));
        QTRY_COMPARE(echo.held.size(), 2U);
        echo.held.back().drop(); // Goes with the server before it could delete itself.
        held = echo.held;
    }
    for (HttpResponder &responder : held)
        responder.answer(200, {}, {});
}

void TstHttpServer::forgottenRequestClosesTheConnection()
{
    EchoServer echo;
    echo.holds = true;
    RawHttp client(echo.server.port());
    client.write(RawHttp::post("/a", "x"));
    QTRY_COMPARE(echo.held.size(), 1U);
    echo.held.clear();
    QVERIFY(client.isClosedByServer());
}

void TstHttpServer::quietClientsAreCutOff()
{
    HttpServerOptions options;
    options.idleTimeout = 50ms;
    options.keepAliveTimeout = 50ms;
    EchoServer echo(options);
    echo.holds = true;
    RawHttp waiting(echo.server.port());
    waiting.write(RawHttp::post("/a", "x"));
    QTRY_COMPARE(echo.held.size(), 1U);
    RawHttp silent(echo.server.port());
    QVERIFY(silent.isClosedByServer());
    RawHttp halfway(echo.server.port());
    QCOMPARE(halfway.ask(RawHttp::post("/a", "hello").chopped(2)).status, 408);
    QVERIFY(halfway.isClosedByServer());
    // Who waits for our answer is not idle, however long it takes.
    QVERIFY(waiting.isOpen());
    echo.held.front().answer(200, {}, {});
    QCOMPARE(waiting.read().status, 200);
}

void TstHttpServer::largeBodyArrivesWhole()
{
    EchoServer echo;
    QByteArray body(4 * 1024 * 1024, Qt::Uninitialized);
    for (qsizetype i = 0; i < body.size(); ++i)
        body[i] = char(i * 31 + i / 251);
    RawHttp client(echo.server.port());
    const RawAnswer answer = client.ask(RawHttp::post("/a", body));
    QCOMPARE(answer.status, 200);
    QCOMPARE(echo.requests.first().body, body);
    QVERIFY(answer.body.endsWith(body));
}

void TstHttpServer::takenPortIsNamed()
{
    EchoServer echo;
    HttpServerOptions options;
    options.port = echo.server.port();
    HttpServer second(options, [](HttpRequest &&, HttpResponder) {});
    const auto listening = second.listen();
    QVERIFY(!listening);
    QVERIFY(listening.error().text.contains(u"127.0.0.1 port %1"_s.arg(options.port)));
    QVERIFY(listening.error().action.contains(u"--port 0"_s));
#ifdef Q_OS_LINUX
    const QString pid = QString::number(QCoreApplication::applicationPid());
    QVERIFY2(listening.error().text.contains(u"(process %1)"_s.arg(pid)),
             qPrintable(listening.error().text));
#endif
}

QTEST_GUILESS_MAIN(TstHttpServer)
#include "tst_httpserver.moc"
