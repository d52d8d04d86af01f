// SPDX-License-Identifier: GPL-3.0-or-later
// Many clients at once, of which some are slow on purpose, and what the others notice of them.
#include "tests/core/receiver/echoserver.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QElapsedTimer>
#include <QTest>
#include <QTimer>

#include <sys/socket.h>

#include <memory>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;

namespace {

const QByteArray chunkedHead = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"_ba;
const QByteArray sizedHead = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: 16777216\r\n\r\n"_ba;

//! Clients that send a beginning and then a byte from time to time.
class Drippers final
{
public:
    Drippers(quint16 port, int count, const QByteArray &beginning, const QByteArray &drop,
             std::chrono::milliseconds pause)
        : m_drop(drop)
    {
        for (int i = 0; i < count; ++i) {
            auto socket = std::make_unique<QTcpSocket>();
            socket->connectToHost(QHostAddress(QHostAddress::LocalHost), port);
            socket->write(beginning);
            m_sockets.push_back(std::move(socket));
        }
        m_timer.callOnTimeout(&m_timer, [this] { drip(); });
        if (!drop.isEmpty())
            m_timer.start(pause);
    }

    //! All have begun, as far as the server has let them in.
    [[nodiscard]] bool haveBegun() const
    {
        return std::all_of(m_sockets.begin(), m_sockets.end(), [](const auto &socket) {
            return socket->state() != QAbstractSocket::ConnectingState &&
                   socket->bytesToWrite() == 0;
        });
    }

private:
    void drip()
    {
        for (const auto &socket : m_sockets) {
            if (socket->state() == QAbstractSocket::ConnectedState)
                socket->write(m_drop);
        }
    }

    const QByteArray m_drop;
    std::vector<std::unique_ptr<QTcpSocket>> m_sockets;
    QTimer m_timer;
};

} // namespace

class TstHttpCrowd final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void slowClientsKeepNobodyOut_data();
    void slowClientsKeepNobodyOut();
    void slowRequestsHaveADeadline_data();
    void slowRequestsHaveADeadline();
    void emptyLinesAreNoRequest();
    void roomIsTakenAsABodyComes_data();
    void roomIsTakenAsABodyComes();
    void bodiesDoNotWaitForEachOther();
    void whoHoldsRoomAndStallsGoes();
    void whoWaitsForRoomTooLongIsToldSo();
    void endOfSendingIsNotTheEnd();
    void endInTheMiddleIsTold_data();
    void endInTheMiddleIsTold();
    void pipeliningHoldsNobodyUp();
};

void TstHttpCrowd::slowClientsKeepNobodyOut_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<QByteArray>("beginning");
    QTest::addColumn<QByteArray>("drop");
    for (const int count : {255, 256, 300}) {
        const QByteArray number = QByteArray::number(count);
        QTest::newRow((number + " in the header").constData())
            << count << "GET / HTTP/1.1\r\nX: "_ba
            << "x"_ba;
        QTest::newRow((number + " in a body").constData()) << count << sizedHead << "x"_ba;
        QTest::newRow((number + " in a chunk").constData()) << count << chunkedHead + "ffff\r\n"
                                                            << "x"_ba;
        QTest::newRow((number + " of chunks").constData())
            << count << chunkedHead << "1\r\nx\r\n"_ba;
        QTest::newRow((number + " between requests").constData())
            << count << RawHttp::get("/") << ""_ba;
        QTest::newRow((number + " of empty lines").constData()) << count << "\r\n"_ba
                                                                << "\r\n"_ba;
        QTest::newRow((number + " that send nothing").constData()) << count << ""_ba
                                                                   << ""_ba;
    }
}

void TstHttpCrowd::slowClientsKeepNobodyOut()
{
    QFETCH(int, count);
    QFETCH(QByteArray, beginning);
    QFETCH(QByteArray, drop);
    EchoServer echo;
    const Drippers drippers(echo.server.port(), count, beginning, drop, 100ms);
    QTRY_VERIFY(drippers.haveBegun());
    QElapsedTimer clock;
    clock.start();
    RawHttp good(echo.server.port());
    const RawAnswer answer = good.ask(RawHttp::post("/good", QByteArray(100'000, 'g')));
    QCOMPARE(answer.status, 200);
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(echo.server.connectionCount() <= 256);
}

void TstHttpCrowd::slowRequestsHaveADeadline_data()
{
    QTest::addColumn<QByteArray>("beginning");
    QTest::addColumn<QByteArray>("drop");
    QTest::newRow("in the header") << "GET / HTTP/1.1\r\nX: "_ba
                                   << "x"_ba;
    QTest::newRow("in a body") << sizedHead << "x"_ba;
    QTest::newRow("of chunks") << chunkedHead << "1\r\nx\r\n"_ba;
    QTest::newRow("in a chunk's line") << chunkedHead + "1;"
                                       << "x"_ba;
    QTest::newRow("in the trailer") << chunkedHead + "0\r\nX: "
                                    << "x"_ba;
}

void TstHttpCrowd::slowRequestsHaveADeadline()
{
    QFETCH(QByteArray, beginning);
    QFETCH(QByteArray, drop);
    HttpServerOptions options;
    options.headerTimeout = 300ms;
    options.requestTimeout = 400ms;
    EchoServer echo(options);
    RawHttp client(echo.server.port());
    client.write(beginning);
    QTimer drip;
    drip.callOnTimeout(&drip, [&] { client.write(drop); });
    drip.start(10ms);
    QCOMPARE(client.read().status, 408);
    drip.stop();
    QVERIFY(client.isClosedByServer());
    QTRY_COMPARE(echo.server.connectionCount(), 0);
    QCOMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpCrowd::emptyLinesAreNoRequest()
{
    HttpServerOptions options;
    options.keepAliveTimeout = 200ms;
    EchoServer echo(options);
    RawHttp client(echo.server.port());
    QTimer drip;
    drip.callOnTimeout(&drip, [&] { client.write("\r\n"); });
    drip.start(10ms);
    QVERIFY(client.isClosedByServer());
}

void TstHttpCrowd::roomIsTakenAsABodyComes_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("chunked") << chunkedHead + "100\r\nabc";
    QTest::newRow("announced") << sizedHead + "abc";
}

void TstHttpCrowd::roomIsTakenAsABodyComes()
{
    QFETCH(QByteArray, head);
    EchoServer echo;
    const Drippers many(echo.server.port(), 100, head, {}, 0ms);
    QTRY_VERIFY(many.haveBegun());
    QTRY_VERIFY(echo.server.bytesInFlight() > 0);
    RawHttp good(echo.server.port());
    const RawAnswer answer = good.ask(chunkedHead + "3\r\nabc\r\n0\r\n\r\n");
    QCOMPARE(answer.status, 200);
    QVERIFY2(echo.server.bytesInFlight() <= 100 * 65'536,
             qPrintable(QString::number(echo.server.bytesInFlight())));
}

//! Each has come half, and there is no room for the other half of any.
void TstHttpCrowd::bodiesDoNotWaitForEachOther()
{
    HttpServerOptions options;
    options.maxBytesInFlight = 1'000'000;
    EchoServer echo(options);
    const QByteArray body(600'000, 'x');
    std::vector<std::unique_ptr<RawHttp>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<RawHttp>(echo.server.port()));
        clients.back()->write(RawHttp::post("/a", body).chopped(300'000));
    }
    QTRY_VERIFY(echo.server.bytesInFlight() > 600'000);
    for (const auto &client : clients)
        client->write(body.first(300'000));
    for (const auto &client : clients) {
        const RawAnswer answer = client->read();
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "POST /a " + body);
    }
    QCOMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpCrowd::whoHoldsRoomAndStallsGoes()
{
    HttpServerOptions options;
    options.maxBytesInFlight = 1'000'000;
    options.roomTimeout = 60s;
    EchoServer echo(options);
    RawHttp stalling(echo.server.port());
    stalling.write(RawHttp::post("/a", QByteArray(990'000, 'x')).chopped(1000));
    QTRY_VERIFY(echo.server.bytesInFlight() > 900'000);
    RawHttp good(echo.server.port());
    QElapsedTimer clock;
    clock.start();
    QCOMPARE(good.ask(RawHttp::post("/a", QByteArray(600'000, 'x'))).status, 200);
    QVERIFY2(clock.elapsed() < 10'000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(stalling.read().status, 408);
}

void TstHttpCrowd::whoWaitsForRoomTooLongIsToldSo()
{
    HttpServerOptions options;
    options.maxBytesInFlight = 1'000'000;
    options.roomTimeout = 200ms;
    EchoServer echo(options);
    echo.holds = true;
    RawHttp first(echo.server.port());
    first.write(RawHttp::post("/a", QByteArray(990'000, 'x')));
    QTRY_COMPARE(echo.held.size(), 1U);
    RawHttp second(echo.server.port());
    const RawAnswer answer = second.ask(RawHttp::post("/b", QByteArray(600'000, 'x')));
    QCOMPARE(answer.status, 503);
    QCOMPARE(answer.header("Retry-After"), "1"_ba);
    QCOMPARE(echo.held.size(), 1U);
    echo.held.front().answer(200, {}, {});
    QCOMPARE(first.read().status, 200);
    QTRY_COMPARE(echo.server.bytesInFlight(), 0);
}

//! 200 clients that close their sending side behind the request, as `nc -N` does.
void TstHttpCrowd::endOfSendingIsNotTheEnd()
{
    EchoServer echo;
    for (int i = 0; i < 200; ++i) {
        const bool late = i % 2 == 1;
        const QByteArray request =
            i % 4 < 2 ? RawHttp::post("/a", "hello") : chunkedHead + "5\r\nhello\r\n0\r\n\r\n";
        echo.holds = late;
        RawHttp client(echo.server.port());
        client.write(request + (i % 8 == 0 ? RawHttp::post("/b", "and") : QByteArray()));
        QTRY_COMPARE(client.socket().bytesToWrite(), 0);
        QCOMPARE(::shutdown(int(client.socket().socketDescriptor()), SHUT_WR), 0);
        if (late) {
            QTRY_COMPARE(echo.held.size(), 1U);
            // Another client goes all the way meanwhile, so the end was seen.
            echo.holds = false;
            RawHttp other(echo.server.port());
            QCOMPARE(other.ask(RawHttp::get("/")).status, 200);
            echo.held.front().answer(200, {}, "late"_ba);
            echo.held.clear();
        }
        QCOMPARE(client.read().body, late ? "late"_ba : "POST /a hello"_ba);
        if (i % 8 == 0)
            QCOMPARE(client.read().body, "POST /b and"_ba);
        QVERIFY(client.isClosedByServer());
    }
}

void TstHttpCrowd::endInTheMiddleIsTold_data()
{
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("header") << "GET / HTTP/1.1\r\nX: "_ba;
    QTest::newRow("body") << RawHttp::post("/a", "hello").chopped(1);
    QTest::newRow("chunks") << chunkedHead + "5\r\nhello\r\n";
    QTest::newRow("chunk lines that end in LF alone") << chunkedHead + "5\nhello\n0\n\n";
}

void TstHttpCrowd::endInTheMiddleIsTold()
{
    QFETCH(QByteArray, part);
    EchoServer echo;
    RawHttp client(echo.server.port());
    client.write(part);
    QTRY_COMPARE(client.socket().bytesToWrite(), 0);
    QCOMPARE(::shutdown(int(client.socket().socketDescriptor()), SHUT_WR), 0);
    QCOMPARE(client.read().status, 400);
    QVERIFY(client.isClosedByServer());
    QVERIFY(echo.requests.isEmpty());
    QCOMPARE(echo.server.bytesInFlight(), 0);
}

void TstHttpCrowd::pipeliningHoldsNobodyUp()
{
    EchoServer echo;
    RawHttp greedy(echo.server.port());
    constexpr int count = 20'000;
    greedy.write(RawHttp::get("/").repeated(count));
    RawHttp good(echo.server.port());
    QCOMPARE(good.ask(RawHttp::get("/good")).status, 200);
    QVERIFY2(echo.requests.size() < count, "the other one had its turn in between");
    for (int i = 0; i < count; ++i)
        QCOMPARE(greedy.read().status, 200);
}

QTEST_GUILESS_MAIN(TstHttpCrowd)
#include "tst_httpcrowd.moc"
