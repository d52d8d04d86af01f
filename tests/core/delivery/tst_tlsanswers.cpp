// SPDX-License-Identifier: GPL-3.0-or-later
// That over TLS, too, no answer is taken for another request's.
#include "core/delivery/transport.h"
#include "core/platform/hiddensocket.h"
#include "tests/support/patience.h"
#include "tests/support/testauthority.h"

#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QTcpServer>
#include <QTest>

#include <optional>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Takes every body but "refused", and would speak HTTP/2 with who offers it.
class TlsServer final : public QTcpServer
{
public:
    explicit TlsServer(const TestAuthority &authority)
        : m_settings(QSslConfiguration::defaultConfiguration())
    {
        m_settings.setLocalCertificate(
            QSslCertificate(TestAuthority::read(authority.certificate(u"server"_s))));
        m_settings.setPrivateKey(
            QSslKey(TestAuthority::read(authority.key(u"server"_s)), QSsl::Ec));
        m_settings.setPeerVerifyMode(QSslSocket::VerifyNone);
        m_settings.setAllowedNextProtocols(
            {QSslConfiguration::ALPNProtocolHTTP2, QSslConfiguration::NextProtocolHttp1_1});
        listen(QHostAddress::LocalHost);
    }

    QSslSocket *last = nullptr;
    int connections = 0;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        last = new QSslSocket(this);
        last->setSslConfiguration(m_settings);
        last->setSocketDescriptor(descriptor);
        connect(last, &QSslSocket::readyRead, this, [socket = last] {
            const QByteArray got = socket->property("got").toByteArray() + socket->readAll();
            const bool isWhole = got.endsWith("kept") || got.endsWith("refused");
            socket->setProperty("got", isWhole ? QByteArray() : got);
            if (isWhole)
                socket->write(
                    (got.endsWith("kept") ? "HTTP/1.1 200 OK"_ba : "HTTP/1.1 400 Bad Request"_ba) +
                    "\r\nContent-Length: 2\r\n\r\n{}");
        });
        last->startServerEncryption();
    }

private:
    QSslConfiguration m_settings;
};

HttpReply ask(Transport &transport, quint16 port, const QByteArray &body)
{
    HttpRequest request;
    request.url = QUrl(u"https://127.0.0.1:%1/logs"_s.arg(port));
    request.headers = {{"Content-Type", "text/plain"}};
    request.body = body;
    TransportSettings settings;
    settings.verify = false;
    settings.proxy = QNetworkProxy(QNetworkProxy::NoProxy);
    std::optional<HttpReply> answer;
    QObject context;
    transport.send(request, settings, 10s, &context,
                   [&](const HttpReply &reply, int) { answer = reply; });
    static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
    return answer.value_or(HttpReply());
}

quint64 receivedFrom(quint16 port)
{
    quint64 bytes = 0;
    for (const HiddenSocket &socket : socketsTowards(port)) {
        if (const auto held = HeldSocket::hold(socket))
            bytes += held->state().received;
    }
    return bytes;
}

} // namespace

class TestTlsAnswers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void connectionIsKept();
    void strayAnswerIsNoOthers();

private:
    TestAuthority m_authority;
};

void TestTlsAnswers::initTestCase()
{
    if (programPath(u"openssl"_s).isEmpty())
        QSKIP("needs openssl");
    QVERIFY(m_authority.makeAuthority(u"ca"_s, u"Trace Test Authority"_s));
    QVERIFY(m_authority.makeCertificate(u"server"_s, u"ca"_s, u"IP:127.0.0.1"_s));
}

void TestTlsAnswers::connectionIsKept()
{
    TlsServer server(m_authority);
    Transport transport;
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(ask(transport, server.serverPort(), "kept").status, 200);
        QCOMPARE(ask(transport, server.serverPort(), "refused").status, 400);
    }
    QCOMPARE(server.connections, 1);
    QVERIFY(server.last->sslConfiguration().nextNegotiatedProtocol() !=
            QSslConfiguration::ALPNProtocolHTTP2);
}

// Qt has read and decrypted it by then, so that nothing is left to be read in the socket.
void TestTlsAnswers::strayAnswerIsNoOthers()
{
    TlsServer server(m_authority);
    Transport transport;
    QCOMPARE(ask(transport, server.serverPort(), "kept").status, 200);
    const quint64 before = receivedFrom(server.serverPort());
    server.last->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    QTRY_VERIFY(receivedFrom(server.serverPort()) > before);
    QCOMPARE(ask(transport, server.serverPort(), "refused").status, 400);
    QCOMPARE(ask(transport, server.serverPort(), "kept").status, 200);
    QCOMPARE(server.connections, 2);
}

QTEST_GUILESS_MAIN(TestTlsAnswers)
#include "tst_tlsanswers.moc"
