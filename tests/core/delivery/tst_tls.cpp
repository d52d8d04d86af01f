// SPDX-License-Identifier: GPL-3.0-or-later
// TLS against real servers: nginx, and openssl's own where the refusal is to come in the handshake.
#include "core/delivery/transport.h"
#include "core/record/timestamp.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"
#include "tests/support/serverprocess.h"
#include "tests/support/testauthority.h"
#include "tests/support/unusedport.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <unistd.h>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// The servers of the one nginx.
enum Server
{
    Good,
    Expired,
    WrongHost,
    ClientWanted,
    OldTls,
    Plain,
    ServerCount
};

struct Case
{
    int server = Good;
    QString ca{}; // names of the authority's certificates
    QString client{};
    QString key{};
    bool verify = true;
    QString text{}; // empty: it gets through
    QString action{};
    TransportFault fault = TransportFault::Certificate; // with a text
};

//! Makes a port of this computer one far away: what it sends takes its time.
class FarPlace final
{
public:
    explicit FarPlace(quint16 port)
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, port] {
            while (QTcpSocket *near = m_server.nextPendingConnection())
                connectTo(port, near);
        });
    }
    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }

private:
    static void connectTo(quint16 port, QTcpSocket *near)
    {
        constexpr auto delay = std::chrono::milliseconds(30);
        auto *const far = new QTcpSocket(near);
        far->connectToHost(QHostAddress::LocalHost, port);
        QObject::connect(near, &QTcpSocket::readyRead, far, [=] { far->write(near->readAll()); });
        QObject::connect(far, &QTcpSocket::readyRead, near, [=] {
            QTimer::singleShot(delay, near, [=, bytes = far->readAll()] { near->write(bytes); });
        });
        QObject::connect(far, &QTcpSocket::disconnected, near, [=] {
            QTimer::singleShot(delay, near, [=] { near->disconnectFromHost(); });
        });
        QObject::connect(near, &QTcpSocket::disconnected, near, &QObject::deleteLater);
    }

    QTcpServer m_server;
};

} // namespace

Q_DECLARE_METATYPE(Case)

class TestTls : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void wantedCertificateIsToldByTheHandshake_data();
    void wantedCertificateIsToldByTheHandshake();
    void connectionsAreKeptPerSettings();
    void namesTheFileThatIsWrong_data();
    void namesTheFileThatIsWrong();
    void heldUntilTheAuthorityIsNamed_data();
    void heldUntilTheAuthorityIsNamed();
    void unreadableFileHoldsUntilItIsThere();

private:
    void makeCertificates();
    [[nodiscard]] QByteArray nginxConfiguration() const;
    [[nodiscard]] Endpoint endpointFor(const Case &example) const;
    [[nodiscard]] HttpReply ask(const QUrl &url, const Endpoint &endpoint);
    [[nodiscard]] QUrl urlOf(int server) const
    {
        const QString scheme = server == Plain ? u"http"_s : u"https"_s;
        return QUrl(u"%1://127.0.0.1:%2/logs"_s.arg(scheme).arg(m_ports[std::size_t(server)]));
    }

    TestAuthority m_authority;
    QTemporaryDir m_temp;
    std::array<quint16, ServerCount> m_ports{};
    std::unique_ptr<PracticeHost> m_practice;
    ServerProcess m_nginx;
    Transport m_transport;
};

void TestTls::initTestCase()
{
    const QString nginx = programPath(u"nginx"_s);
    if (nginx.isEmpty() || programPath(u"openssl"_s).isEmpty())
        QSKIP("needs nginx (nginx-light) and openssl");
    makeCertificates();
    for (quint16 &port : m_ports)
        port = unusedPort();
    m_practice = std::make_unique<PracticeHost>();
    const QString file = m_temp.filePath(u"nginx.conf"_s);
    QVERIFY(TestAuthority::write(file, nginxConfiguration()));
    QVERIFY(m_nginx.start(nginx, {u"-p"_s, m_temp.path(), u"-c"_s, file}, m_ports[Good]));
}

void TestTls::makeCertificates()
{
    const QString here = u"IP:127.0.0.1"_s;
    QVERIFY(m_authority.makeAuthority(u"ca"_s, u"Trace Test Authority"_s));
    QVERIFY(m_authority.makeAuthority(u"other-ca"_s, u"Another Authority"_s));
    QVERIFY(m_authority.makeCertificate(u"good"_s, u"ca"_s, here));
    QVERIFY(m_authority.makeCertificate(u"expired"_s, u"ca"_s, here, -1));
    QVERIFY(m_authority.makeCertificate(u"elsewhere"_s, u"ca"_s, u"DNS:logs.example.org"_s));
    QVERIFY(m_authority.makeCertificate(u"client-ec"_s, u"ca"_s, u"DNS:client"_s));
    QVERIFY(m_authority.makeCertificate(u"client-rsa"_s, u"ca"_s, u"DNS:client"_s, 2, true));
    QVERIFY(m_authority.makeCertificate(u"stranger"_s, u"other-ca"_s, u"DNS:client"_s));
    QVERIFY(TestAuthority::write(m_authority.certificate(u"both"_s),
                                 TestAuthority::read(m_authority.key(u"client-ec"_s)) +
                                     TestAuthority::read(m_authority.certificate(u"client-ec"_s))));
}

QByteArray TestTls::nginxConfiguration() const
{
    QString text;
    if (geteuid() == 0)
        text += u"user root;\n"_s; // its workers use this test's folder
    text += u"daemon off; pid nginx.pid; error_log stderr error; events {}\n"
            "http { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
            "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"_s;
    const std::array certificates{u"good"_s, u"expired"_s, u"elsewhere"_s, u"good"_s, u"good"_s};
    for (std::size_t server = 0; server < m_ports.size(); ++server) {
        text += u"server { listen 127.0.0.1:%1 %2;\n"_s.arg(m_ports[server])
                    .arg(server == Plain ? QString() : u"ssl"_s);
        if (server != Plain)
            text += u"ssl_certificate %1; ssl_certificate_key %2;\n"_s.arg(
                m_authority.certificate(certificates[server]),
                m_authority.key(certificates[server]));
        if (server == ClientWanted)
            text += u"ssl_verify_client on; ssl_client_certificate %1;\n"_s.arg(
                m_authority.certificate(u"ca"_s));
        if (server == OldTls)
            text += u"ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;\n"_s;
        text +=
            u"location /connection { return 200 $connection; }\n"
            "location / { proxy_pass %1; } }\n"_s.arg(m_practice->url().toString(QUrl::RemovePath));
    }
    return text.toUtf8() + "}\n";
}

Endpoint TestTls::endpointFor(const Case &example) const
{
    const auto pem = [this](const QString &name) {
        return name.isEmpty() ? QString() : m_authority.certificate(name);
    };
    Endpoint endpoint = endpointTo(*m_practice);
    endpoint.options.url = urlOf(example.server);
    endpoint.tls = {pem(example.ca), pem(example.client),
                    example.key.isEmpty() ? QString() : m_authority.key(example.key),
                    example.verify};
    return endpoint;
}

HttpReply TestTls::ask(const QUrl &url, const Endpoint &endpoint)
{
    const auto settings = resolveTransport(endpoint);
    if (!settings) {
        qWarning("%s", qPrintable(settings.error().message()));
        return {};
    }
    HttpRequest request;
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = R"([{"message":"over TLS"}])";
    std::optional<HttpReply> answer;
    QObject context;
    m_transport.send(request, *settings, 10s, &context,
                     [&](const HttpReply &reply, int) { answer = reply; });
    static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
    return answer.value_or(HttpReply());
}

void TestTls::saysWhatIsWrong_data()
{
    QTest::addColumn<Case>("example");
    const auto row = [](const char *name, const Case &example) { QTest::newRow(name) << example; };
    row("known authority", {.ca = u"ca"_s});
    row("unknown authority", {.text = u"its authority (Trace Test Authority) is not trusted"_s,
                              .action = u"tls.ca_file"_s});
    row("another authority in the file",
        {.ca = u"other-ca"_s, .text = u"is not trusted"_s, .action = u"tls.ca_file"_s});
    row("unknown authority, not verified", {.verify = false});
    row("expired",
        {.server = Expired, .ca = u"ca"_s, .text = u"it expired on 20"_s, .action = u"Renew"_s});
    row("expired, not verified", {.server = Expired, .verify = false});
    row("another host",
        {.server = WrongHost,
         .ca = u"ca"_s,
         .text = u"127.0.0.1 is not accepted: it is for logs.example.org, not for 127.0.0.1"_s,
         .action = u"in the url"_s});
    row("another host, not verified", {.server = WrongHost, .verify = false});
    row("client certificate missing", {.server = ClientWanted,
                                       .ca = u"ca"_s,
                                       .text = u"the server wants a client certificate"_s,
                                       .action = u"tls.client_certificate"_s});
    row("client certificate with an EC key",
        {.server = ClientWanted, .ca = u"ca"_s, .client = u"client-ec"_s, .key = u"client-ec"_s});
    row("client certificate with an RSA key",
        {.server = ClientWanted, .ca = u"ca"_s, .client = u"client-rsa"_s, .key = u"client-rsa"_s});
    row("certificate and key in one file",
        {.server = ClientWanted, .ca = u"ca"_s, .client = u"both"_s});
    row("client certificate that nobody wants",
        {.ca = u"ca"_s, .client = u"client-ec"_s, .key = u"client-ec"_s});
    row("client certificate of a stranger", {.server = ClientWanted,
                                             .ca = u"ca"_s,
                                             .client = u"stranger"_s,
                                             .key = u"stranger"_s,
                                             .text = u"does not accept our client certificate"_s,
                                             .action = u"its authority"_s});
    row("key of another certificate",
        {.server = ClientWanted,
         .ca = u"ca"_s,
         .client = u"client-ec"_s,
         .key = u"stranger"_s,
         .text = u"tls.client_key does not belong to tls.client_certificate"_s,
         .action = u"Name the key"_s});
    row("TLS 1.1 only", {.server = OldTls,
                         .ca = u"ca"_s,
                         .text = u"no TLS that is safe enough"_s,
                         .action = u"TLS 1.2"_s});
    row("TLS 1.1 only, not verified", {.server = OldTls,
                                       .verify = false,
                                       .text = u"no TLS that is safe enough"_s,
                                       .action = u"TLS 1.2"_s});
    row("no TLS at the port", {.server = Plain,
                               .ca = u"ca"_s,
                               .text = u"does not speak TLS at this port"_s,
                               .action = u"port"_s,
                               .fault = TransportFault::NoTls});
}

void TestTls::saysWhatIsWrong()
{
    QFETCH(Case, example);
    QUrl url = urlOf(example.server);
    url.setScheme(u"https"_s);
    const HttpReply reply = ask(url, endpointFor(example));
    if (example.text.isEmpty()) {
        QVERIFY2(reply.fault == TransportFault::None, qPrintable(reply.faultText));
        QCOMPARE(reply.status / 100, 2);
        return;
    }
    qInfo("%s | %s", qPrintable(reply.faultText), qPrintable(reply.faultAction));
    QCOMPARE(reply.fault, example.fault);
    QVERIFY(reply.faultText.contains(example.text));
    QVERIFY(reply.faultAction.contains(example.action));
    const Outcome outcome = outcomeOfStatus(reply);
    QCOMPARE(outcome.kind, Outcome::Kind::Hold);
    QVERIFY(!outcome.heldForAuthentication);
    QCOMPARE(outcome.reason, reply.faultText);
    QCOMPARE(outcome.action, reply.faultAction);
}

void TestTls::wantedCertificateIsToldByTheHandshake_data()
{
    QTest::addColumn<QString>("version");
    QTest::addColumn<bool>("isFar");
    for (const bool isFar : {false, true}) {
        const char *const place = isFar ? "far away" : "near";
        QTest::addRow("TLS 1.2, %s", place) << u"-tls1_2"_s << isFar;
        QTest::addRow("TLS 1.3, %s", place) << u"-tls1_3"_s << isFar;
    }
}

void TestTls::wantedCertificateIsToldByTheHandshake()
{
    QFETCH(QString, version);
    QFETCH(bool, isFar);
    ServerProcess server;
    const quint16 port = unusedPort();
    QVERIFY(
        server.start(u"openssl"_s,
                     {u"s_server"_s, u"-accept"_s, u"127.0.0.1:%1"_s.arg(port), version, u"-cert"_s,
                      m_authority.certificate(u"good"_s), u"-key"_s, m_authority.key(u"good"_s),
                      u"-CAfile"_s, m_authority.certificate(u"ca"_s), u"-Verify"_s, u"1"_s,
                      u"-verify_return_error"_s, u"-www"_s},
                     port));
    const FarPlace far(port);
    const QUrl url(u"https://127.0.0.1:%1/logs"_s.arg(isFar ? far.port() : port));
    HttpReply reply = ask(url, endpointFor({.ca = u"ca"_s}));
    qInfo("%s | %s", qPrintable(reply.faultText), qPrintable(reply.faultAction));
    QCOMPARE(reply.fault, TransportFault::Certificate);
    QVERIFY(reply.faultText.contains(u"wants a client certificate"_s));
    QVERIFY(reply.faultAction.contains(u"tls.client_certificate"_s));
    reply = ask(url, endpointFor({.ca = u"ca"_s, .client = u"stranger"_s, .key = u"stranger"_s}));
    qInfo("%s | %s", qPrintable(reply.faultText), qPrintable(reply.faultAction));
    QCOMPARE(reply.fault, TransportFault::Certificate);
    QVERIFY(reply.faultText.contains(u"does not accept our client certificate"_s));
}

void TestTls::connectionsAreKeptPerSettings()
{
    const QUrl url = urlOf(Good).resolved(QUrl(u"/connection"_s));
    const Endpoint verified = endpointFor({.ca = u"ca"_s});
    const Endpoint believing = endpointFor({.verify = false});
    const Endpoint doubting = endpointFor({});
    const QByteArray first = ask(url, believing).body;
    QVERIFY(!first.isEmpty());
    QCOMPARE(ask(url, believing).body, first);
    const QByteArray second = ask(url, verified).body;
    QVERIFY(!second.isEmpty() && second != first);
    QCOMPARE(ask(url, doubting).fault, TransportFault::Certificate);
    QCOMPARE(ask(url, believing).body, first);
    QCOMPARE(ask(url, verified).body, second);
}

void TestTls::namesTheFileThatIsWrong_data()
{
    QTest::addColumn<QString>("member");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    for (const QString &member :
         {u"tls.ca_file"_s, u"tls.client_certificate"_s, u"tls.client_key"_s}) {
        QTest::addRow("missing %s", qPrintable(member))
            << member << m_temp.filePath(u"missing.pem"_s) << u"does not exist"_s;
        QTest::addRow("no PEM in %s", qPrintable(member))
            << member << m_temp.filePath(u"nginx.conf"_s) << u"holds no "_s;
    }
    QTest::newRow("a certificate as key")
        << u"tls.client_key"_s << m_authority.certificate(u"client-ec"_s) << u"holds no RSA"_s;
    QTest::newRow("encrypted key")
        << u"tls.client_key"_s << m_temp.filePath(u"encrypted.key"_s) << u"is encrypted"_s;
}

void TestTls::namesTheFileThatIsWrong()
{
    QFETCH(QString, member);
    QFETCH(QString, file);
    QFETCH(QString, text);
    QVERIFY(m_authority.openssl({u"pkcs8"_s, u"-topk8"_s, u"-in"_s, m_authority.key(u"client-ec"_s),
                                 u"-passout"_s, u"pass:test"_s, u"-out"_s,
                                 m_temp.filePath(u"encrypted.key"_s)}));
    Endpoint endpoint =
        endpointFor({.ca = u"ca"_s, .client = u"client-ec"_s, .key = u"client-ec"_s});
    QVERIFY(resolveTransport(endpoint));
    if (member == u"tls.ca_file"_s)
        endpoint.tls.caFile = file;
    else if (member == u"tls.client_key"_s)
        endpoint.tls.clientKey = file;
    else
        endpoint.tls.clientCertificate = file;
    const auto settings = resolveTransport(endpoint);
    QVERIFY(!settings);
    QVERIFY2(settings.error().text.startsWith(member + u": "_s), qPrintable(settings.error().text));
    QVERIFY2(settings.error().text.contains(file), qPrintable(settings.error().text));
    QVERIFY2(settings.error().text.contains(text), qPrintable(settings.error().text));
    QVERIFY(!settings.error().action.isEmpty());
}

void TestTls::heldUntilTheAuthorityIsNamed_data()
{
    QTest::addColumn<QString>("service");
    for (const QString &service : serviceNames())
        QTest::newRow(qPrintable(service)) << service;
}

void TestTls::heldUntilTheAuthorityIsNamed()
{
    QFETCH(QString, service);
    const auto before = m_practice->summary().records;
    Endpoint endpoint = endpointFor({});
    endpoint.service = service;
    endpoint.options.url.setPath({});
    endpoint.apiKey = u"AKIDEXAMPLE:secret"_s;
    const auto engine = startEngine(m_temp.filePath(u"journal-"_s + service), {endpoint});
    const auto append = [&](int count) {
        std::vector<Record> records = recordsOf(count);
        for (Record &record : records)
            record.timestamp += nowNs();
        engine->append(blockOf(records));
    };
    append(3);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldConfiguration);
    QVERIFY(statusOf(*engine).problem.contains(u"is not trusted here"_s));
    QVERIFY(statusOf(*engine).action.contains(u"tls.ca_file"_s));
    QVERIFY(statusOf(*engine).verifiesTls);
    QCOMPARE(m_practice->summary().records, before);
    endpoint.tls.caFile = m_authority.certificate(u"ca"_s);
    engine->setEndpoints({endpoint});
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3);
    endpoint.tls = {.caFile = {}, .clientCertificate = {}, .clientKey = {}, .verify = false};
    engine->setEndpoints({endpoint});
    QTRY_VERIFY(!statusOf(*engine).verifiesTls);
    append(2);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
    QCOMPARE(m_practice->summary().records, before + 5);
}

void TestTls::unreadableFileHoldsUntilItIsThere()
{
    Endpoint endpoint = endpointFor({});
    endpoint.tls.caFile = m_temp.filePath(u"late.pem"_s);
    const auto engine = startEngine(m_temp.filePath(u"journal-late"_s), {endpoint});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldConfiguration);
    QVERIFY(statusOf(*engine).problem.contains(endpoint.tls.caFile));
    QVERIFY(QFile::copy(m_authority.certificate(u"ca"_s), endpoint.tls.caFile));
    engine->retryNow(endpoint.id);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
}

QTEST_GUILESS_MAIN(TestTls)
#include "tst_tls.moc"
