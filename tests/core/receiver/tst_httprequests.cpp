// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/receiver/echoserver.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

const QByteArray chunkedHead = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"_ba;

} // namespace

class TstHttpRequests final : public QObject
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
    void connectionIsKeptOrClosedAsAsked_data();
    void connectionIsKeptOrClosedAsAsked();
    void tokenIsRequired_data();
    void tokenIsRequired();
};

void TstHttpRequests::wellFormedRequestsReachTheHandler_data()
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
    QTest::newRow("localhost with a dot as Host")
        << "GET /x HTTP/1.1\r\nHost: localhost.:4318\r\n\r\n"_ba
        << "GET /x "_ba;
    QTest::newRow("localhost in capitals as Host")
        << "GET /x HTTP/1.1\r\nHost: LOCALHOST\r\n\r\n"_ba
        << "GET /x "_ba;
    QTest::newRow("absolute target at this machine's address")
        << "GET HTTP://127.0.0.1:4318/p?q=http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba
        << "GET /p?q=http://evil.example/ "_ba;
    QTest::newRow("absolute target without a path")
        << "GET http://localhost?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba
        << "GET /?q=1 "_ba;
    QTest::newRow("upgrade to HTTP/2 that is not taken")
        << RawHttp::get("/x", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                              "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")
        << "GET /x "_ba;
    QTest::newRow("IPv6 loopback as Host") << "GET /x HTTP/1.1\r\nhost: [::1]:80\r\n\r\n"_ba
                                           << "GET /x "_ba;
    QTest::newRow("Origin of this machine")
        << RawHttp::get("/x", "Origin: http://localhost:3000\r\n") << "GET /x "_ba;
}

void TstHttpRequests::wellFormedRequestsReachTheHandler()
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

void TstHttpRequests::bytesMayComeOneByOne_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("echo");
    QTest::newRow("sized") << RawHttp::post("/a", "hello") << "POST /a hello"_ba;
    QTest::newRow("chunked") << chunkedHead + "5;e=f\r\nhello\r\n4\r\n you\r\n0\r\nT: r\r\n\r\n"
                             << "POST /a hello you"_ba;
    QTest::newRow("chunked and empty") << chunkedHead + "0\r\n\r\n"
                                       << "POST /a "_ba;
}

void TstHttpRequests::bytesMayComeOneByOne()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, echo);
    EchoServer server;
    RawHttp client(server.server.port());
    // The server may still read some of them together.
    for (const char byte : bytes) {
        client.write(QByteArray(1, byte));
        QCoreApplication::sendPostedEvents();
        QVERIFY(QTest::qWaitFor([&] { return client.socket().bytesToWrite() == 0; }));
    }
    const RawAnswer answer = client.read();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, echo);
}

void TstHttpRequests::badRequestsAreAnsweredAndCutOff_data()
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
    QTest::newRow("two equal lengths")
        << head("Host: localhost\r\nContent-Length: 5\r\nContent-Length: 5\r\n") + "hello" << 400;
    QTest::newRow("a list of lengths")
        << head("Host: localhost\r\nContent-Length: 5, 5\r\n") + "hello" << 400;
    QTest::newRow("length with a sign")
        << head("Host: localhost\r\nContent-Length: +5\r\n") + "hello" << 400;
    QTest::newRow("empty length") << head("Host: localhost\r\nContent-Length:\r\n") << 400;
    QTest::newRow("target at a foreign authority")
        << "POST http://evil.example/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"_ba
        << 403;
    QTest::newRow("target with a user")
        << "GET http://localhost:80@evil.example/a HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba << 403;
    QTest::newRow("target with an empty authority")
        << "GET http:///a HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba << 403;
    QTest::newRow("target of another scheme")
        << "GET ftp://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba << 400;
    QTest::newRow("target of CONNECT")
        << "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba << 400;
    QTest::newRow("target without a slash")
        << "GET a HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba << 400;
    QTest::newRow("blank before the colon")
        << head("Host: localhost\r\nContent-Length : 5\r\n") + "hello" << 400;
    QTest::newRow("header continued on the next line")
        << head("Host: localhost\r\nTransfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n"
        << 400;
    QTest::newRow("harmless header continued")
        << head("Host: localhost\r\nX-Long: a\r\n\tb\r\n") << 400;
    QTest::newRow("line that ends in LF alone")
        << "GET /a HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n"_ba << 400;
    QTest::newRow("header that ends in LF alone")
        << "GET /a HTTP/1.1\r\nHost: localhost\n\n"_ba << 400;
    QTest::newRow("NUL in a header")
        << head("Host: localhost\r\nX-A: a"_ba + '\0' + "b\r\n") << 400;
    QTest::newRow("preface of HTTP/2") << "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"_ba << 400;
    QTest::newRow("length of a chunk that overflows")
        << chunkedHead + "fffffffffffffffff\r\nabc" << 400;
    QTest::newRow("chunk longer than it says") << chunkedHead + "3\r\nabcd\r\n0\r\n\r\n" << 400;
    QTest::newRow("endless trailer") << chunkedHead + "0\r\nX-T: " + QByteArray(20'000, 't') << 431;
    QTest::newRow("many trailers")
        << chunkedHead + "0\r\n" + QByteArray("X-T: t\r\n").repeated(4000) << 431;
    QTest::newRow("oversized body that waits to be asked for")
        << RawHttp::post("/a", QByteArray(1'500'000, 'b'), "Expect: 100-continue\r\n").first(100)
        << 413;
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

void TstHttpRequests::badRequestsAreAnsweredAndCutOff()
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

void TstHttpRequests::smuggledRequestsAreNeverHandled()
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

void TstHttpRequests::connectionIsKeptOrClosedAsAsked_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("kept");
    QTest::newRow("HTTP/1.1") << RawHttp::get("/") << true;
    QTest::newRow("HTTP/1.1, close") << RawHttp::get("/", "Connection: close\r\n") << false;
    QTest::newRow("HTTP/1.0") << "GET / HTTP/1.0\r\n\r\n"_ba << false;
    QTest::newRow("HTTP/1.0, keep-alive")
        << "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"_ba << true;
}

void TstHttpRequests::connectionIsKeptOrClosedAsAsked()
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

void TstHttpRequests::tokenIsRequired_data()
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

void TstHttpRequests::tokenIsRequired()
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

QTEST_GUILESS_MAIN(TstHttpRequests)
#include "tst_httprequests.moc"
