// SPDX-License-Identifier: GPL-3.0-or-later
// What breaks over TLS: what passes is tried again, and only what somebody must set right holds.
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/rawserver.h"
#include "tests/support/testauthority.h"

#include <QSslKey>
#include <QTemporaryDir>

#include <unistd.h>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const auto taken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"_ba;
const auto plain = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"_ba;

//! Writes past TLS.
void writeBelow(QTcpSocket &socket, const QByteArray &bytes)
{
    socket.flush();
    QCOMPARE(qint64(::write(int(socket.socketDescriptor()), bytes.constData(),
                            std::size_t(bytes.size()))),
             qint64(bytes.size()));
}

//! Answers whatever comes, without TLS.
class PlainServer final : public QTcpServer
{
public:
    explicit PlainServer(quint16 port)
    {
        if (!listen(QHostAddress::LocalHost, port))
            qFatal("no port");
        connect(this, &QTcpServer::newConnection, this, [this] {
            ++connections;
            QTcpSocket *const socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                socket->readAll();
                socket->write(plain);
                socket->disconnectFromHost();
            });
        });
    }

    int connections = 0;
};

} // namespace

class TestTlsFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void rubbishAfterTheHandshakePasses_data();
    void rubbishAfterTheHandshakePasses();
    void noTlsForAWhilePasses();
    void noTlsHoldsWhoNeverTook();

private:
    [[nodiscard]] QSslConfiguration tls() const;
    [[nodiscard]] Endpoint endpointTo(const QUrl &url) const;

    TestAuthority m_authority;
    QTemporaryDir m_temp;
};

void TestTlsFaults::initTestCase()
{
    if (programPath(u"openssl"_s).isEmpty())
        QSKIP("needs openssl");
    QVERIFY(m_authority.makeAuthority(u"ca"_s, u"Trace Test Authority"_s));
    QVERIFY(m_authority.makeCertificate(u"server"_s, u"ca"_s, u"IP:127.0.0.1"_s));
}

QSslConfiguration TestTlsFaults::tls() const
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificate(
        QSslCertificate(TestAuthority::read(m_authority.certificate(u"server"_s))));
    tls.setPrivateKey(QSslKey(TestAuthority::read(m_authority.key(u"server"_s)), QSsl::Ec));
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    return tls;
}

Endpoint TestTlsFaults::endpointTo(const QUrl &url) const
{
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = endpoint.id;
    endpoint.service = u"generic"_s;
    endpoint.options.url = url;
    endpoint.bufferSize = 1;
    endpoint.maxRetries = 1;
    endpoint.tls.caFile = m_authority.certificate(u"ca"_s);
    return endpoint;
}

void TestTlsFaults::rubbishAfterTheHandshakePasses_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("rubbish");
    const auto zeros = QByteArray(200, char(0));
    const auto head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"_ba;
    QTest::newRow("in place of an answer") << QByteArray() << zeros;
    QTest::newRow("amid an answer") << head << zeros;
    QTest::newRow("amid a refusal")
        << "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{"_ba << zeros;
    QTest::newRow("too long") << QByteArray() << "\x17\x03\x03\xff\xff"_ba + zeros;
    QTest::newRow("an answer without TLS") << QByteArray() << plain;
    QTest::newRow("an older version") << head << "\x17\x03\x00\x00\x02\x00\x00"_ba;
}

//! The first request of all: nothing else tells yet that this is the right place.
void TestTlsFaults::rubbishAfterTheHandshakePasses()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, rubbish);
    int requests = 0;
    RawServer server(
        [&](QTcpSocket &socket) {
            if (++requests > 1) {
                socket.write(taken);
                return;
            }
            socket.write(before);
            writeBelow(socket, rubbish);
        },
        tls());
    const auto engine = startEngine(
        m_temp.filePath(u"journal-%1"_s.arg(QLatin1StringView(QTest::currentDataTag()))),
        {endpointTo(server.url())});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    const EndpointStatus status = statusOf(*engine);
    QVERIFY2(status.problem.contains(u"TLS"_s), qPrintable(status.problem));
    QVERIFY2(!status.problem.contains(u"error:"_s), qPrintable(status.problem));
    QVERIFY(status.nextAttempt.isValid());
    const Error kept = wordingOf(status.reason);
    QCOMPARE(kept.text, status.problem);
    QCOMPARE(kept.action, status.action);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    QCOMPARE(ledgerOf(*engine).failed, 0);
    QCOMPARE(requests, 2);
}

//! A balancer, perhaps, while the server behind it starts.
void TestTlsFaults::noTlsForAWhilePasses()
{
    const auto take = [](QTcpSocket &socket) {
        socket.write(taken);
        socket.disconnectFromHost();
    };
    auto server = std::make_unique<RawServer>(take, tls());
    const quint16 port = server->port();
    const auto engine =
        startEngine(m_temp.filePath(u"journal-while"_s), {endpointTo(server->url())});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    server.reset();
    auto other = std::make_unique<PlainServer>(port);
    engine->append(blockOf(recordsOf(1, "run-1", 2)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    QVERIFY(statusOf(*engine).problem.contains(u"does not speak TLS at this port"_s));
    QVERIFY(statusOf(*engine).nextAttempt.isValid());
    QCOMPARE(other->connections, 1);
    other.reset();
    server = std::make_unique<RawServer>(take, tls(), port);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2);
}

void TestTlsFaults::noTlsHoldsWhoNeverTook()
{
    PlainServer server(0);
    const auto engine =
        startEngine(m_temp.filePath(u"journal-never"_s),
                    {endpointTo(QUrl(u"https://127.0.0.1:%1/in"_s.arg(server.serverPort())))});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldConfiguration);
    const EndpointStatus status = statusOf(*engine);
    QVERIFY(status.problem.contains(u"does not speak TLS at this port"_s));
    QVERIFY(status.action.contains(u"https://"_s));
    // What another program reads in the journal.
    const Error kept = wordingOf(status.reason);
    QCOMPARE(kept.text, status.problem);
    QCOMPARE(kept.action, status.action);
}

QTEST_GUILESS_MAIN(TestTlsFaults)
#include "tst_tlsfaults.moc"
