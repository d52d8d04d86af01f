// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/httpserver.h"
#include "tests/support/rawhttp.h"

#include <QTest>

#include <deque>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;

namespace {

const QByteArray chunkedHead = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"_ba;

//! A server that answers each request with its method, path and body; or keeps it waiting.
struct EchoServer
{
    explicit EchoServer(HttpServerOptions options = {})
        : server(options, [this](HttpRequest &&request, HttpResponder responder) {
            requests.append(request);
            if (holds)
                held.push_back(responder);
            else
                responder.answer(200, "text/plain"_ba, echo(request));
        })
    {
        const auto listening = server.listen();
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message()));
    }

    static QByteArray echo(const HttpRequest &request)
    {
        return request.method + ' ' + request.url.toEncoded() + ' ' + request.body;
    }

    QList<HttpRequest> requests;
    std::deque<HttpResponder> held;
    bool holds = false;
    HttpServer server;
};

} // namespace

class TstHttpServer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void wellFormedRequestsReachTheHandler_data();
    void wellFormedRequestsReachTheHandler();
    void bytesMayComeOneByOne_data();
    void bytesMayComeOneByOne();
    void badRequestsAreAnsweredAndCutOff_data();
    void badRequestsAreAnsweredAndCutOff();
    void smuggledRequestsAreNeverHandled();
    void pipelinedAnswersComeInOrder();
    void nextRequestWaitsForTheAnswerOfThis();
    void clientIsToldToContinue();
    void connectionIsKeptOrClosedAsAsked_data();
    void connectionIsKeptOrClosedAsAsked();
    void headGetsNoBody();
    void noContentHasNoLength();
    void tokenIsRequired_data();
    void tokenIsRequired();
    void surplusClientsAreToldSo();
    void bodiesWaitForRoom();
    void clientMayLeaveBeforeTheAnswer();
    void forgottenRequestClosesTheConnection();
    void quietClientsAreCutOff();
    void largeBodyArrivesWhole();
    void takenPortIsNamed();
};

void TstHttpServer::wellFormedRequestsReachTheHandler_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("echo");

    QTest::newRow("sized body") << RawHttp::post("/a?b=c%20d", "hello")
                                << "POST /a?b=c%20d hello"_ba;
    QTest::newRow("no body") << RawHttp::get("/x") << "GET /x "_ba;
    QTest::newRow("chunked body") << chunkedHead + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                                  << "POST /a abcde"_ba;
    QTest::newRow("chunk extension and trailer")
        << chunkedHead + "3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
        << "POST /a abc"_ba;
    QTest::newRow("empty chunked body") << chunkedHead + "0\r\n\r\n"
                                        << "POST /a "_ba;
    QTest::newRow("chunked in capitals")
        << "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
           "1\r\nz\r\n0\r\n\r\n"_ba
        << "POST /a z"_ba;
    QTest::newRow("HTTP/1.0 without a Host") << "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"_ba
                                             << "POST /a hi"_ba;
    QTest::newRow("empty lines before the request")
        << "\r\n\r\n" + RawHttp::get("/x") << "GET /x "_ba;
    QTest::newRow("absolute target")
        << "GET http://localhost/p?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba
        << "GET /p?q=1 "_ba;
    QTest::newRow("address with a port as Host")
        << "GET /x HTTP/1.1\r\nHost: 127.0.0.2:4318\r\n\r\n"_ba
        << "GET /x "_ba;
    QTest::newRow("IPv6 loopback as Host") << "GET /x HTTP/1.1\r\nhost: [::1]:80\r\n\r\n"_ba
                                           << "GET /x "_ba;
    QTest::newRow("Origin of this machine")
        << RawHttp::get("/x", "Origin: http://localhost:3000\r\n") << "GET /x "_ba;
}

void TstHttpServer::wellFormedRequestsReachTheHandler()
{
    QFETCH(QByteArray, bytes);
    EchoServer echo;
    RawHttp client(echo.server.port());
    const RawAnswer answer = client.ask(bytes);
    QCOMPARE(answer.status, 200);
    QTEST(answer.body, "echo");
    QVERIFY(answer.header("Date").endsWith(" GMT"));
    QCOMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpServer::bytesMayComeOneByOne_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("echo");
    QTest::newRow("sized") << RawHttp::post("/a", "hello") << "POST /a hello"_ba;
    QTest::newRow("chunked") << chunkedHead + "5;e=f\r\nhello\r\n4\r\n you\r\n0\r\nT: r\r\n\r\n"
                             << "POST /a hello you"_ba;
}

void TstHttpServer::bytesMayComeOneByOne()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, echo);
    EchoServer server;
    RawHttp client(server.server.port());
    // The server reads each byte before the next is written.
    for (const char byte : bytes) {
        client.write(QByteArray(1, byte));
        QCoreApplication::sendPostedEvents();
        QVERIFY(QTest::qWaitFor([&] { return client.socket().bytesToWrite() == 0; }));
    }
    const RawAnswer answer = client.read();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, echo);
}

void TstHttpServer::badRequestsAreAnsweredAndCutOff_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");

    const auto head = [](const QByteArray &headers) {
        return "POST /a HTTP/1.1\r\n" + headers + "\r\n";
    };
    QTest::newRow("garbage") << "\x16\x03\x01\x02 what is this\r\n\r\n"_ba << 400;
    QTest::newRow("no version") << "GET /\r\n\r\n"_ba << 400;
    QTest::newRow("a later version") << "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n"_ba << 400;
    QTest::newRow("header too long")
        << RawHttp::get("/x", "X-Long: " + QByteArray(17'000, 'a') + "\r\n") << 431;
    QTest::newRow("endless request line") << "GET /" + QByteArray(20'000, 'a') << 431;
    QTest::newRow("body too long") << RawHttp::post("/a", QByteArray(1'500'000, 'b')) << 413;
    QTest::newRow("announced body too long")
        << head("Host: localhost\r\nContent-Length: 99999999999\r\n") << 413;
    QTest::newRow("length that is no number")
        << head("Host: localhost\r\nContent-Length: 5x\r\n") << 400;
    QTest::newRow("two lengths")
        << head("Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n") << 400;
    QTest::newRow("chunk too long") << chunkedHead + "200000\r\n" << 413;
    QTest::newRow("chunks too long together")
        << chunkedHead + "80000\r\n" + QByteArray(0x80000, 'c') + "\r\n90000\r\n"
        << 413;
    QTest::newRow("bad chunk") << chunkedHead + "xyz\r\n" << 400;
    QTest::newRow("endless chunk extension") << chunkedHead + "1;" + QByteArray(20'000, 'e') << 431;
    QTest::newRow("length and encoding")
        << head("Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n") << 400;
    QTest::newRow("encoding and length")
        << head("Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n") << 400;
    QTest::newRow("chunked, identity")
        << head("Host: localhost\r\nTransfer-Encoding: chunked, identity\r\n") << 400;
    QTest::newRow("gzip, chunked")
        << head("Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n") << 400;
    QTest::newRow("identity") << head("Host: localhost\r\nTransfer-Encoding: identity\r\n") << 400;
    QTest::newRow("two encodings")
        << head("Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")
        << 400;
    QTest::newRow("chunked HTTP/1.0")
        << "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"_ba << 400;
    QTest::newRow("no Host") << head("") << 400;
    QTest::newRow("two Hosts") << head("Host: localhost\r\nHost: localhost\r\n") << 400;
    QTest::newRow("foreign Host") << head("Host: evil.example\r\n") << 403;
    QTest::newRow("foreign Host that begins well")
        << head("Host: localhost.evil.example\r\n") << 403;
    QTest::newRow("foreign address") << head("Host: 192.168.1.4:4318\r\n") << 403;
    QTest::newRow("Host with user") << head("Host: localhost:80@evil.example\r\n") << 403;
    QTest::newRow("foreign Origin")
        << RawHttp::get("/x", "Origin: https://evil.example\r\n") << 403;
    QTest::newRow("opaque Origin") << RawHttp::get("/x", "Origin: null\r\n") << 403;
    QTest::newRow("foreign Origin with a body")
        << RawHttp::post("/a", QByteArray(500'000, 'b'), "Origin: https://evil.example\r\n") << 403;
    QTest::newRow("unknown expectation") << RawHttp::get("/x", "Expect: tea\r\n") << 417;
}

void TstHttpServer::badRequestsAreAnsweredAndCutOff()
{
    QFETCH(QByteArray, bytes);
    HttpServerOptions options;
    options.maxBodyBytes = 1024 * 1024;
    EchoServer echo(options);
    RawHttp client(echo.server.port());
    const RawAnswer answer = client.ask(bytes);
    QTEST(answer.status, "status");
    QCOMPARE(answer.header("Connection"), "close"_ba);
    QVERIFY2(answer.body.size() > 5, "the client must be told why");
    QVERIFY(client.isClosedByServer());
    QCOMPARE(echo.requests.size(), 0);
    QCOMPARE(echo.server.bytesInFlight(), 0);
    QTRY_COMPARE(echo.server.connectionCount(), 0);
}

void TstHttpServer::smuggledRequestsAreNeverHandled()
{
    EchoServer echo;
    RawHttp client(echo.server.port());
    const RawAnswer answer = client.ask("POST /a HTTP/1.1\r\nHost: localhost\r\n"
                                        "Transfer-Encoding: chunked, identity\r\n\r\n"
                                        "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QCOMPARE(answer.status, 400);
    QVERIFY(client.isClosedByServer());
    QVERIFY(echo.requests.isEmpty());
}

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

void TstHttpServer::connectionIsKeptOrClosedAsAsked_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("kept");
    QTest::newRow("HTTP/1.1") << RawHttp::get("/") << true;
    QTest::newRow("HTTP/1.1, close") << RawHttp::get("/", "Connection: close\r\n") << false;
    QTest::newRow("HTTP/1.0") << "GET / HTTP/1.0\r\n\r\n"_ba << false;
    QTest::newRow("HTTP/1.0, keep-alive")
        << "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"_ba << true;
}

void TstHttpServer::connectionIsKeptOrClosedAsAsked()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, kept);
    EchoServer echo;
    RawHttp client(echo.server.port());
    QCOMPARE(client.ask(bytes).status, 200);
    if (kept)
        QCOMPARE(client.ask(bytes).status, 200);
    else
        QVERIFY(client.isClosedByServer());
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

void TstHttpServer::tokenIsRequired_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<int>("status");
    QTest::newRow("right") << "Authorization: Bearer s3cret\r\n"_ba << 200;
    QTest::newRow("scheme in lower case") << "Authorization: bearer s3cret\r\n"_ba << 200;
    QTest::newRow("missing") << QByteArray() << 401;
    QTest::newRow("wrong") << "Authorization: Bearer s3crex\r\n"_ba << 401;
    QTest::newRow("a beginning of it") << "Authorization: Bearer s3\r\n"_ba << 401;
    QTest::newRow("longer") << "Authorization: Bearer s3cret1\r\n"_ba << 401;
    QTest::newRow("another scheme") << "Authorization: Basic s3cret\r\n"_ba << 401;
    QTest::newRow("empty") << "Authorization: \r\n"_ba << 401;
}

void TstHttpServer::tokenIsRequired()
{
    QFETCH(QByteArray, header);
    QFETCH(int, status);
    HttpServerOptions options;
    options.bearerToken = "s3cret"_ba;
    EchoServer echo(options);
    RawHttp client(echo.server.port());
    const RawAnswer answer = client.ask(RawHttp::post("/a", "x", header));
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.header("WWW-Authenticate"), status == 401 ? "Bearer"_ba : QByteArray());
}

void TstHttpServer::surplusClientsAreToldSo()
{
    HttpServerOptions options;
    options.maxConnections = 2;
    EchoServer echo(options);
    RawHttp first(echo.server.port());
    RawHttp second(echo.server.port());
    QCOMPARE(first.ask(RawHttp::get("/")).status, 200);
    QCOMPARE(second.ask(RawHttp::get("/")).status, 200);
    {
        RawHttp third(echo.server.port());
        const RawAnswer answer = third.ask(RawHttp::get("/"));
        QCOMPARE(answer.status, 503);
        QCOMPARE(answer.header("Retry-After"), "1"_ba);
        QVERIFY(third.isClosedByServer());
    }
    second.close();
    QTRY_COMPARE(echo.server.connectionCount(), 1);
    RawHttp fourth(echo.server.port());
    QCOMPARE(fourth.ask(RawHttp::get("/")).status, 200);
}

void TstHttpServer::bodiesWaitForRoom()
{
    HttpServerOptions options;
    options.maxBytesInFlight = 1'000'000;
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
    second.close(); // Room comes back from those who leave, too.
    QTRY_COMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpServer::clientMayLeaveBeforeTheAnswer()
{
    EchoServer echo;
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
