// SPDX-License-Identifier: GPL-3.0-or-later
// A body on its way: over a slow line, to who answers before it came, to who does not want it.
#include "core/delivery/transport.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QHash>
#include <QRegularExpression>
#include <QSet>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <sys/socket.h>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A server that reads when it likes, with little room for what it has not read.
class Reader final
{
public:
    using Began = std::function<void(QTcpSocket &socket)>;

    //! \a began is called for each connection, once so many bytes were read of a request.
    Reader(qint64 first, Began began)
        : m_first(first)
        , m_began(std::move(began))
    {
        m_server.listen(QHostAddress::LocalHost);
        const int room = 16 * 1024;
        ::setsockopt(int(m_server.socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection())
                accept(*socket);
        });
    }

    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }
    //! Takes so many bytes in each so many milliseconds, and answers once it has all of them.
    void readSlowly(QTcpSocket &socket, qint64 bytes, std::chrono::milliseconds each, qint64 all)
    {
        auto *const timer = new QTimer(&socket);
        timer->callOnTimeout(&socket, [this, &socket, bytes, all] {
            read += socket.read(bytes).size();
            if (read >= all && !std::exchange(m_hasAnswered, true))
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        });
        timer->start(each);
    }

    int requests = 0;
    qint64 read = 0;

private:
    void accept(QTcpSocket &socket)
    {
        socket.setReadBufferSize(m_first);
        QObject::connect(&socket, &QTcpSocket::readyRead, &m_server, [this, &socket] {
            if (socket.property("hasBegun").toBool() || socket.bytesAvailable() < m_first)
                return;
            socket.setProperty("hasBegun", true);
            ++requests;
            read += socket.readAll().size();
            m_began(socket);
        });
    }

    const qint64 m_first;
    Began m_began;
    bool m_hasAnswered = false;
    QTcpServer m_server; // last: its sockets use the others
};

constexpr qint64 bodySize = 3'000'000;

// A service that takes little of its first requests and then no more, and all of the others.
class HalvingReader final
{
public:
    explicit HalvingReader(int slowRequests)
        : m_slowRequests(slowRequests)
    {
        m_server.listen(QHostAddress::LocalHost);
        const int room = 16 * 1024;
        ::setsockopt(int(m_server.socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                socket->setReadBufferSize(64 * 1024);
                QObject::connect(socket, &QTcpSocket::readyRead, &m_server,
                                 [this, socket] { read(*socket); });
            }
        });
    }
    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }

    QList<qint64> sizes;  //!< Of the requests' bodies, as their heads tell them.
    QStringList messages; //!< Of the requests that were answered.

private:
    void read(QTcpSocket &socket)
    {
        QByteArray &got = m_got[&socket];
        if (got.isNull() && sizes.size() < m_slowRequests && !m_slow.contains(&socket)) {
            m_slow.insert(&socket);
            sizes.append(sizeIn(socket.peek(4096)));
        }
        if (m_slow.contains(&socket))
            return;
        const bool isNew = got.isNull();
        got += socket.readAll();
        if (isNew)
            sizes.append(sizeIn(got));
        const qsizetype head = got.indexOf("\r\n\r\n") + 4;
        if (got.size() < head + sizes.back())
            return;
        static const QRegularExpression message(u"\"message\":\"([^x\"]+) x"_s);
        auto found = message.globalMatch(QString::fromLatin1(got));
        while (found.hasNext())
            messages.append(found.next().captured(1));
        got = {};
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    }
    static qint64 sizeIn(const QByteArray &head)
    {
        const qsizetype place = head.toLower().indexOf("content-length: ");
        return place < 0 ? 0 : head.mid(place + 16, 12).split('\r').front().toLongLong();
    }

    const int m_slowRequests;
    QHash<QTcpSocket *, QByteArray> m_got;
    QSet<QTcpSocket *> m_slow;
    QTcpServer m_server; // last: its sockets use the others
};

struct Answer
{
    HttpReply reply{};
    int sent = 0;
};

Answer send(Transport &transport, quint16 port, std::chrono::milliseconds timeout,
            qint64 size = bodySize)
{
    HttpRequest request;
    request.url = QUrl(u"http://127.0.0.1:%1/in"_s.arg(port));
    request.headers = {{"Content-Type", "text/plain"}};
    request.body = QByteArray(size, 'x');
    Answer answer;
    QObject context;
    transport.send(request, timeout, &context, [&](const HttpReply &reply, int sent) {
        answer = {.reply = reply, .sent = sent};
    });
    static_cast<void>(QTest::qWaitFor([&] { return answer.sent > 0; }, patience));
    return answer;
}

void answerAt(QTcpSocket &socket, const QByteArray &status, const QByteArray &header = {})
{
    socket.write("HTTP/1.1 " + status + "\r\n" + header + "Content-Length: 2\r\n\r\n{}");
    socket.flush();
}

void reset(QTcpSocket &socket)
{
    const linger hard{1, 0};
    ::setsockopt(int(socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    socket.abort();
}

} // namespace

class TestUpload : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void goodAnswerBeforeTheBodyIsNone_data();
    void goodAnswerBeforeTheBodyIsNone();
    void refusalBeforeTheBodyIsAnAnswer();
    void brokenConnectionIsTriedOnce_data();
    void brokenConnectionIsTriedOnce();
    void slowLineGetsItsTime();
    void slowLineEnds_data();
    void slowLineEnds();
    void deadlineIsExtendedTenTimes();
    void whatFailsByItsDeadlineGoesInHalves();
};

void TestUpload::goodAnswerBeforeTheBodyIsNone_data()
{
    using Then = std::function<void(QTcpSocket &)>;
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<Then>("then");
    const QByteArray closing = "Connection: close\r\n";
    const Then nothing = [](QTcpSocket &) {};
    const Then halfClose = [](QTcpSocket &socket) {
        ::shutdown(int(socket.socketDescriptor()), SHUT_WR);
    };
    QTest::newRow("stays open") << QByteArray() << nothing;
    QTest::newRow("wants it closed") << closing << nothing;
    QTest::newRow("closes by half") << QByteArray() << halfClose;
    QTest::newRow("says so and closes by half") << closing << halfClose;
    QTest::newRow("closes") << QByteArray() << Then([](QTcpSocket &socket) { socket.abort(); });
    QTest::newRow("resets") << closing << Then(reset);
}

void TestUpload::goodAnswerBeforeTheBodyIsNone()
{
    QFETCH(QByteArray, header);
    QFETCH(std::function<void(QTcpSocket &)>, then);
    Reader server(4096, [&](QTcpSocket &socket) {
        answerAt(socket, "200 OK", header);
        then(socket);
    });
    Transport transport;
    // What this computer's system takes as long as nobody reads it there.
    const Answer answer = send(transport, server.port(), 500ms, 500'000);
    QCOMPARE(answer.reply.fault, TransportFault::Lost);
    QVERIFY(!answer.reply.faultText.isEmpty());
    QCOMPARE(answer.sent, 1);
    QCOMPARE(server.requests, 1); // not again without a word
}

// As nginx does it: the answer at once, and the rest is read and thrown away.
void TestUpload::refusalBeforeTheBodyIsAnAnswer()
{
    Reader server(4096, [&](QTcpSocket &socket) {
        answerAt(socket, "413 Content Too Large");
        server.readSlowly(socket, bodySize, 1ms, 2 * bodySize);
    });
    Transport transport;
    const Answer answer = send(transport, server.port(), 10s);
    QCOMPARE(answer.reply.fault, TransportFault::None);
    QCOMPARE(answer.reply.status, 413);
    QCOMPARE(answer.reply.body, "{}"_ba);
    QCOMPARE(server.requests, 1);
}

void TestUpload::brokenConnectionIsTriedOnce_data()
{
    QTest::addColumn<bool>("isHard");
    QTest::newRow("closed") << false;
    QTest::newRow("reset") << true;
}

void TestUpload::brokenConnectionIsTriedOnce()
{
    QFETCH(bool, isHard);
    Reader server(4096, [&](QTcpSocket &socket) { isHard ? reset(socket) : socket.abort(); });
    Transport transport;
    const Answer answer = send(transport, server.port(), 10s);
    QCOMPARE(answer.reply.fault, TransportFault::Lost);
    QVERIFY(answer.reply.wasClosed);
    QVERIFY(!answer.reply.wasCutWhileSending);
    QCOMPARE(answer.reply.faultText, u"the connection was closed before there was an answer"_s);
    QCOMPARE(answer.sent, 1);
    QCOMPARE(server.requests, 1);
}

void TestUpload::slowLineGetsItsTime()
{
    Reader server(
        4096, [&](QTcpSocket &socket) { server.readSlowly(socket, 20'000, 20ms, bodySize / 2); });
    Transport transport;
    QElapsedTimer timer;
    timer.start();
    const Answer answer = send(transport, server.port(), 300ms, bodySize / 2);
    QVERIFY2(answer.reply.fault == TransportFault::None, qPrintable(answer.reply.faultText));
    QCOMPARE(answer.reply.status, 200);
    QVERIFY2(timer.elapsed() > 3 * 300, qPrintable(QString::number(timer.elapsed())));
}

void TestUpload::slowLineEnds_data()
{
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<qint64>("leastTime");
    QTest::addColumn<qint64>("mostTime");
    QTest::newRow("nothing is taken any more") << qint64(0) << qint64(190) << qint64(3'000);
    QTest::newRow("a byte at a time") << qint64(1) << qint64(190) << qint64(20'000);
    // Up to eleven times the three time-outs.
    QTest::newRow("a little at a time") << qint64(1'000) << qint64(1'300) << qint64(20'000);
}

void TestUpload::slowLineEnds()
{
    QFETCH(qint64, bytes);
    QFETCH(qint64, leastTime);
    QFETCH(qint64, mostTime);
    Reader server(4096,
                  [&](QTcpSocket &socket) { server.readSlowly(socket, bytes, 2ms, 2 * bodySize); });
    Transport transport;
    QElapsedTimer timer;
    timer.start();
    const Answer answer = send(transport, server.port(), 200ms, 20 * bodySize);
    QCOMPARE(answer.reply.fault, TransportFault::Lost);
    QVERIFY(answer.reply.wasCutWhileSending);
    QVERIFY2(answer.reply.faultText.contains(u"still being sent"_s),
             qPrintable(answer.reply.faultText));
    QCOMPARE(answer.sent, 1);
    QVERIFY2(timer.elapsed() >= leastTime, qPrintable(QString::number(timer.elapsed())));
    QVERIFY2(timer.elapsed() < mostTime, qPrintable(QString::number(timer.elapsed())));
}

// The words tell for how long it was tried: three time-outs, and ten times as many again.
void TestUpload::deadlineIsExtendedTenTimes()
{
    Reader server(
        4096, [&](QTcpSocket &socket) { server.readSlowly(socket, 10'000, 2ms, 20 * bodySize); });
    Transport transport;
    QElapsedTimer timer;
    timer.start();
    const Answer answer = send(transport, server.port(), 100ms, 20 * bodySize);
    const qint64 elapsed = timer.elapsed();
    QCOMPARE(answer.reply.fault, TransportFault::Lost);
    QVERIFY(answer.reply.wasCutWhileSending);
    QCOMPARE(answer.reply.faultText, u"after 3.3 s the request was still being sent"_s);
    QVERIFY2(elapsed >= 3'290, qPrintable(QString::number(elapsed)));
    QCOMPARE(server.requests, 1);
}

// Until the halves are what the peer takes in time, or it is quick again.
void TestUpload::whatFailsByItsDeadlineGoesInHalves()
{
    constexpr int count = 64;
    HalvingReader server(2); // slow for so many requests
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = u"generic"_s;
    endpoint.options.url = QUrl(u"http://127.0.0.1:%1/in"_s.arg(server.port()));
    endpoint.options.compression = u"none"_s;
    endpoint.bufferSize = count;
    endpoint.flushInterval = 50ms;
    endpoint.maxRetries = 100;
    endpoint.timeout = 300ms;
    const QTemporaryDir folder;
    const auto engine = startEngine(folder.filePath(u"journal"_s), {endpoint});
    std::vector<Record> records = recordsOf(count);
    for (Record &record : records) // more than the systems on the way hold
        record.message += ' ' + std::string(bodySize / count, 'x');
    engine->append(blockOf(records));
    QTRY_VERIFY2(
        [&] {
            if (statusOf(*engine).state == SenderState::BackingOff)
                engine->retryNow(u"a"_s);
            return ledgerOf(*engine).delivered == count;
        }(),
        qPrintable(statusOf(*engine).problem));
    QCOMPARE(ledgerOf(*engine).failed, 0);
    // Whole, a half, a quarter; then what is left of it, all in quarters and a half.
    QVERIFY(server.sizes.size() >= 3);
    const qint64 whole = server.sizes.front();
    QVERIFY(whole > bodySize);
    QVERIFY(qAbs(server.sizes[1] - whole / 2) < whole / 20);
    QVERIFY(qAbs(server.sizes[2] - whole / 4) < whole / 20);
    QStringList messages = server.messages;
    QCOMPARE(messages.removeDuplicates(), 0);
    QCOMPARE(messages.size(), count);
}

QTEST_GUILESS_MAIN(TestUpload)
#include "tst_upload.moc"
