// SPDX-License-Identifier: GPL-3.0-or-later
// Proxies that are real programs: tinyproxy for HTTP, microsocks for SOCKS.
#include "core/config/endpointsettings.h"
#include "core/delivery/endpointprobe.h"
#include "core/delivery/transport.h"
#include "core/service/outcome.h"
#include "tests/support/patience.h"
#include "tests/support/serverprocess.h"
#include "tests/support/testauthority.h"
#include "tests/support/unusedport.h"

#include <QNetworkInterface>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A service that stores everything; it listens at all of this computer's addresses.
class LogServer final
{
public:
    LogServer()
    {
        m_server.listen(QHostAddress::AnyIPv4);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection())
                serve(*socket);
        });
    }
    [[nodiscard]] QUrl urlAt(const QString &host) const
    {
        return QUrl(u"http://%1:%2/logs"_s.arg(host).arg(m_server.serverPort()));
    }
    QByteArray got; // the last request

private:
    void serve(QTcpSocket &socket)
    {
        QObject::connect(&socket, &QTcpSocket::readyRead, &m_server, [this, &socket] {
            const QByteArray bytes = socket.property("in").toByteArray() + socket.readAll();
            socket.setProperty("in", bytes);
            static const QRegularExpression head(
                u"\ncontent-length: (\\d+)\r\n.*?\r\n\r\n"_s,
                QRegularExpression::CaseInsensitiveOption |
                    QRegularExpression::DotMatchesEverythingOption);
            const auto found = head.match(QString::fromLatin1(bytes));
            if (!found.hasMatch() || bytes.size() < found.capturedEnd() + found.captured(1).toInt())
                return;
            got = bytes;
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            socket.setProperty("in", QByteArray());
        });
    }

    QTcpServer m_server;
};

// This computer by an address of its network; empty when it has none.
QString outerAddress()
{
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        if (address.protocol() == QAbstractSocket::IPv4Protocol && !address.isLoopback())
            return address.toString();
    }
    return {};
}

HttpReply ask(const QUrl &url, const QString &proxy, const QString &ca = {})
{
    Endpoint endpoint;
    endpoint.proxy = proxy;
    endpoint.tls.caFile = ca;
    const auto settings = resolveTransport(endpoint);
    if (!settings) {
        qWarning("%s", qPrintable(settings.error().message()));
        return {};
    }
    HttpRequest request;
    request.url = url;
    request.headers = {{"Content-Type", "text/plain"}};
    request.body = "a record";
    Transport transport;
    std::optional<HttpReply> answer;
    QObject context;
    transport.send(request, *settings, 10s, &context,
                   [&](const HttpReply &reply, int) { answer = reply; });
    static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
    return answer.value_or(HttpReply());
}

} // namespace

class TestProxy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void goesOverTheProxy();
    void goesWithoutAProxy();
    void theSystemsProxyIsTheVariable();
    void theSystemsProxyIsNotForThisComputer();
    void passwordComesFromAVariable();
    void tlsGoesThroughTheProxy();
    void wantedPasswordHolds_data();
    void wantedPasswordHolds();
    void wrongPasswordHolds_data() { wantedPasswordHolds_data(); }
    void wrongPasswordHolds();
    void probeGoesTheSameWay_data();
    void probeGoesTheSameWay();
    void absentProxyIsTriedAgain();
    void goesOverSocks();

private:
    [[nodiscard]] bool startTinyproxy(ServerProcess &process, quint16 port,
                                      const QByteArray &more = {});
    [[nodiscard]] static QString address(quint16 port)
    {
        return u"http://127.0.0.1:%1"_s.arg(port);
    }

    QTemporaryDir m_temp;
    QString m_tinyproxy;
    ServerProcess m_open; // a proxy for everybody
    ServerProcess m_closed;
    quint16 m_openPort = 0;
    quint16 m_closedPort = 0; // wants "operator", "s3cret"
    LogServer m_service;
};

void TestProxy::initTestCase()
{
    m_tinyproxy = programPath(u"tinyproxy"_s);
    if (m_tinyproxy.isEmpty())
        QSKIP("needs tinyproxy");
    m_openPort = unusedPort();
    m_closedPort = unusedPort();
    QVERIFY(startTinyproxy(m_open, m_openPort, "ConnectPort 443\n"));
    QVERIFY(startTinyproxy(m_closed, m_closedPort, "BasicAuth operator s3cret\n"));
}

void TestProxy::init()
{
    for (const char *name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY", "TRACE_TEST_PROXY"})
        qunsetenv(name);
    m_service.got.clear();
}

bool TestProxy::startTinyproxy(ServerProcess &process, quint16 port, const QByteArray &more)
{
    const QString file = m_temp.filePath(u"tinyproxy-%1.conf"_s.arg(port));
    const QByteArray text = "Port " + QByteArray::number(port) +
                            "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 20\n"
                            "ViaProxyName \"tinyproxy\"\n" +
                            more;
    return TestAuthority::write(file, text) &&
           process.start(m_tinyproxy, {u"-d"_s, u"-c"_s, file}, port);
}

void TestProxy::goesOverTheProxy()
{
    const HttpReply reply = ask(m_service.urlAt(u"127.0.0.1"_s), address(m_openPort));
    QVERIFY2(reply.fault == TransportFault::None, qPrintable(reply.faultText));
    QCOMPARE(reply.status, 200);
    QVERIFY2(m_service.got.contains("(tinyproxy"), m_service.got.constData());
}

void TestProxy::goesWithoutAProxy()
{
    const QString host = outerAddress();
    if (host.isEmpty())
        QSKIP("this computer has no address beside loopback");
    qputenv("http_proxy", address(m_openPort).toLatin1());
    QCOMPARE(ask(m_service.urlAt(host), u"none"_s).status, 200);
    QVERIFY2(!m_service.got.contains("tinyproxy"), m_service.got.constData());
}

void TestProxy::theSystemsProxyIsTheVariable()
{
    const QString host = outerAddress();
    if (host.isEmpty())
        QSKIP("this computer has no address beside loopback");
    QCOMPARE(ask(m_service.urlAt(host), u"system"_s).status, 200);
    QVERIFY2(!m_service.got.contains("tinyproxy"), m_service.got.constData());
    qputenv("http_proxy", address(m_openPort).toLatin1());
    QCOMPARE(ask(m_service.urlAt(host), u"system"_s).status, 200);
    QVERIFY2(m_service.got.contains("(tinyproxy"), m_service.got.constData());
    qputenv("no_proxy", host.toLatin1());
    QCOMPARE(ask(m_service.urlAt(host), u"system"_s).status, 200);
    QVERIFY2(!m_service.got.contains("tinyproxy"), m_service.got.constData());
}

void TestProxy::theSystemsProxyIsNotForThisComputer()
{
    qputenv("http_proxy", address(m_openPort).toLatin1());
    for (const QString &host : {u"127.0.0.1"_s, u"localhost"_s}) {
        QCOMPARE(ask(m_service.urlAt(host), u"system"_s).status, 200);
        QVERIFY2(!m_service.got.contains("tinyproxy"), m_service.got.constData());
    }
}

void TestProxy::passwordComesFromAVariable()
{
    qputenv("TRACE_TEST_PROXY",
            u"http://operator:s3cret@127.0.0.1:%1"_s.arg(m_closedPort).toLatin1());
    const HttpReply reply = ask(m_service.urlAt(u"127.0.0.1"_s), u"env:TRACE_TEST_PROXY"_s);
    QVERIFY2(reply.fault == TransportFault::None, qPrintable(reply.faultText));
    QCOMPARE(reply.status, 200);
    QVERIFY2(m_service.got.contains("(tinyproxy"), m_service.got.constData());
    QVERIFY(!m_service.got.toLower().contains("proxy-authorization"));
}

void TestProxy::tlsGoesThroughTheProxy()
{
    TestAuthority authority;
    const QString nginx = programPath(u"nginx"_s);
    if (nginx.isEmpty() || programPath(u"openssl"_s).isEmpty())
        QSKIP("needs nginx (nginx-light) and openssl");
    QVERIFY(authority.makeAuthority(u"ca"_s, u"Trace Test Authority"_s));
    QVERIFY(authority.makeCertificate(u"good"_s, u"ca"_s, u"IP:127.0.0.1"_s));
    ServerProcess server;
    const quint16 port = unusedPort();
    const QString file = m_temp.filePath(u"nginx.conf"_s);
    QVERIFY(TestAuthority::write(
        file,
        u"daemon off; pid nginx.pid; error_log stderr error; events {}\n"
        "http { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
        "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
        "server { listen 127.0.0.1:%1 ssl; ssl_certificate %2; ssl_certificate_key %3;\n"
        "return 200 stored; } }\n"_s
            .arg(QString::number(port), authority.certificate(u"good"_s), authority.key(u"good"_s))
            .toUtf8()));
    QVERIFY(server.start(nginx, {u"-p"_s, m_temp.path(), u"-c"_s, file}, port));
    const QUrl url(u"https://127.0.0.1:%1/logs"_s.arg(port));
    qputenv("TRACE_TEST_PROXY",
            u"http://operator:s3cret@127.0.0.1:%1"_s.arg(m_closedPort).toLatin1());
    const HttpReply good = ask(url, u"env:TRACE_TEST_PROXY"_s, authority.certificate(u"ca"_s));
    QVERIFY2(good.fault == TransportFault::None, qPrintable(good.faultText));
    QCOMPARE(good.status, 200);
    const HttpReply doubted = ask(url, u"env:TRACE_TEST_PROXY"_s);
    QCOMPARE(doubted.fault, TransportFault::Certificate);
    QVERIFY2(doubted.faultText.contains(u"is not trusted here"_s), qPrintable(doubted.faultText));
}

void TestProxy::wantedPasswordHolds_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("plain") << u"http"_s;
    QTest::newRow("through a tunnel") << u"https"_s;
}

void TestProxy::wantedPasswordHolds()
{
    QFETCH(QString, scheme);
    QUrl url = m_service.urlAt(u"127.0.0.1"_s);
    url.setScheme(scheme);
    const HttpReply reply = ask(url, address(m_closedPort));
    QCOMPARE(reply.fault, TransportFault::Proxy);
    const Outcome outcome = outcomeOfStatus(reply);
    QCOMPARE(outcome.kind, Outcome::Kind::Hold);
    QCOMPARE(outcome.reason,
             u"the proxy 127.0.0.1:%1 wants a name and password"_s.arg(m_closedPort));
    QVERIFY(outcome.action.contains(u"http://name:password@host:port"_s));
    QVERIFY(outcome.action.contains(u"env:NAME"_s));
    QVERIFY(m_service.got.isEmpty());
}

// tinyproxy would answer 401 here; most others, and the standard, say 407 again.
void TestProxy::wrongPasswordHolds()
{
    QFETCH(QString, scheme);
    QTcpServer proxy;
    QVERIFY(proxy.listen(QHostAddress::LocalHost));
    connect(&proxy, &QTcpServer::newConnection, &proxy, [&proxy] {
        QTcpSocket *const socket = proxy.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            socket->readAll();
            socket->write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                          "Proxy-Authenticate: Basic realm=\"proxy\"\r\n\r\n");
        });
    });
    QUrl url = m_service.urlAt(u"127.0.0.1"_s);
    url.setScheme(scheme);
    qputenv("TRACE_TEST_PROXY",
            u"http://operator:wrong@127.0.0.1:%1"_s.arg(proxy.serverPort()).toLatin1());
    const HttpReply reply = ask(url, u"env:TRACE_TEST_PROXY"_s);
    QCOMPARE(reply.fault, TransportFault::Proxy);
    const Outcome outcome = outcomeOfStatus(reply);
    QCOMPARE(outcome.kind, Outcome::Kind::Hold);
    QCOMPARE(outcome.reason, u"the proxy 127.0.0.1:%1 does not accept the name and password"_s.arg(
                                 proxy.serverPort()));
    QVERIFY(m_service.got.isEmpty());
}

void TestProxy::probeGoesTheSameWay_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("proxy"); // %1: for everybody, %2: wants a password, %3: absent
    QTest::addColumn<QString>("failing");
    QTest::addColumn<QString>("told");
    const QString http = u"http://127.0.0.1:%1/logs"_s;
    // The first proxy lets CONNECT through to port 443 only, as most do.
    QTest::newRow("no tunnel without TLS")
        << http << u"http://127.0.0.1:%1"_s << QString() << u"200"_s;
    QTest::newRow("wants a password")
        << http << u"http://127.0.0.1:%2"_s << u"answer"_s << u"wants a name and password"_s;
    QTest::newRow("a tunnel wants one too")
        << u"https://127.0.0.1:%1/logs"_s << u"http://127.0.0.1:%2"_s << u"connection"_s
        << u"wants a name and password"_s;
    QTest::newRow("no proxy there")
        << http << u"http://127.0.0.1:%3"_s << u"connection"_s << u"the proxy 127.0.0.1:"_s;
    // The proxy may know the service's name where this computer does not.
    QTest::newRow("name unknown here") << u"http://no-such-host.invalid/logs"_s
                                       << u"http://127.0.0.1:%1"_s << u"answer"_s << QString();
}

void TestProxy::probeGoesTheSameWay()
{
    QFETCH(QString, url);
    QFETCH(QString, proxy);
    QFETCH(QString, failing);
    QFETCH(QString, told);
    url.replace("%1"_L1, QString::number(m_service.urlAt(u"127.0.0.1"_s).port()));
    Endpoint endpoint = adHocEndpoint(u"generic"_s, QUrl(url));
    endpoint.timeout = 20s;
    endpoint.proxy = proxy.replace("%1"_L1, QString::number(m_openPort))
                         .replace("%2"_L1, QString::number(m_closedPort))
                         .replace("%3"_L1, QString::number(unusedPort()));
    EndpointProbe probe(endpoint, EndpointProbe::Purpose::StoreRecord);
    QSignalSpy finished(&probe, &EndpointProbe::finished);
    probe.start();
    QVERIFY(finished.wait(patience));
    const ProbeStep last = probe.steps().last();
    QCOMPARE(finished.front().front().toBool(), failing.isEmpty());
    QCOMPARE(last.name, failing.isEmpty() ? u"answer"_s : failing);
    QVERIFY2(last.text.contains(told), qPrintable(last.text));
    QCOMPARE(m_service.got.isEmpty(), !failing.isEmpty());
}

void TestProxy::absentProxyIsTriedAgain()
{
    const quint16 port = unusedPort();
    const HttpReply reply = ask(m_service.urlAt(u"127.0.0.1"_s), address(port));
    QCOMPARE(reply.fault, TransportFault::Unreachable);
    const QString place = u"the proxy 127.0.0.1:%1"_s.arg(port);
    QVERIFY2(reply.faultText.contains(place), qPrintable(reply.faultText));
    QCOMPARE(outcomeOfStatus(reply).kind, Outcome::Kind::RetryLater);
    QVERIFY(m_service.got.isEmpty()); // Not without it either.
}

void TestProxy::goesOverSocks()
{
    const QString program = programPath(u"microsocks"_s);
    if (program.isEmpty())
        QSKIP("needs microsocks");
    ServerProcess server;
    const quint16 port = unusedPort();
    QVERIFY(server.start(program,
                         {u"-i"_s, u"127.0.0.1"_s, u"-p"_s, QString::number(port), u"-u"_s,
                          u"operator"_s, u"-P"_s, u"s3cret"_s},
                         port));
    const QUrl url = m_service.urlAt(u"127.0.0.1"_s);
    qputenv("TRACE_TEST_PROXY", u"socks5://operator:s3cret@127.0.0.1:%1"_s.arg(port).toLatin1());
    const HttpReply reply = ask(url, u"env:TRACE_TEST_PROXY"_s);
    QVERIFY2(reply.fault == TransportFault::None, qPrintable(reply.faultText));
    QCOMPARE(reply.status, 200);
    const HttpReply refused = ask(url, u"socks5://127.0.0.1:%1"_s.arg(port));
    qInfo("%s | %s", qPrintable(refused.faultText), qPrintable(refused.faultAction));
    QCOMPARE(outcomeOfStatus(refused).kind, Outcome::Kind::Hold);
}

QTEST_GUILESS_MAIN(TestProxy)
#include "tst_proxy.moc"
