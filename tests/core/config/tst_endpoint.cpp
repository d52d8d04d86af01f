// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/credentials.h"
#include "core/config/proxy.h"

#include <QTest>

#include <functional>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Change = std::function<void(Endpoint &)>;
Q_DECLARE_METATYPE(Change)

namespace {

Endpoint goodEndpoint()
{
    return adHocEndpoint(u"generic"_s, QUrl(u"https://logs.example.org/in"_s));
}

} // namespace

class TestEndpoint : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void adHocEndpointsAreKnownByTheirPair();
    void acceptsTheLimits_data();
    void acceptsTheLimits();
    void namesWhatIsWrong_data();
    void namesWhatIsWrong();
    void keepsNoSecretButReferences();
    void variablesAreLookedUp();
    void proxyFromAVariableMayHaveAPassword();
};

void TestEndpoint::adHocEndpointsAreKnownByTheirPair()
{
    const QUrl url(u"http://localhost:3100/loki/api/v1/push"_s);
    const Endpoint endpoint = adHocEndpoint(u"grafana"_s, url);
    QCOMPARE(endpoint.id, u"adhoc:grafana|http://localhost:3100/loki/api/v1/push"_s);
    QCOMPARE(endpoint.name, u"grafana at localhost:3100"_s);
    QCOMPARE(endpoint.options.url, url);
    QVERIFY(endpoint == adHocEndpoint(u"grafana"_s, url));
    QVERIFY(endpoint.id != adHocEndpoint(u"generic"_s, url).id);
    QVERIFY(validate(endpoint));
    QCOMPARE(goodEndpoint().name, u"generic at logs.example.org"_s);
}

void TestEndpoint::acceptsTheLimits_data()
{
    QTest::addColumn<Change>("change");
    const auto row = [](const char *name, const Change &change) { QTest::newRow(name) << change; };
    row("defaults", [](Endpoint &) {});
    row("least", [](Endpoint &e) {
        e.bufferSize = 1;
        e.flushInterval = 50ms;
        e.timeout = 100ms;
        e.maxRetries = 0;
        e.maxInFlight = 1;
    });
    row("most", [](Endpoint &e) {
        e.bufferSize = 100'000;
        e.flushInterval = 1h;
        e.timeout = 600s;
        e.maxRetries = 100;
        e.maxInFlight = 4;
    });
    row("filter", [](Endpoint &e) { e.filter = u"level>=warning -stage:test"_s; });
    row("own authority", [](Endpoint &e) { e.tls.caFile = u"/etc/ca.pem"_s; });
    row("certificate and key in one file",
        [](Endpoint &e) { e.tls.clientCertificate = u"/etc/client.pem"_s; });
    row("no proxy", [](Endpoint &e) { e.proxy = u"none"_s; });
    row("HTTP proxy", [](Endpoint &e) { e.proxy = u"http://proxy.example.org:3128"_s; });
    row("HTTP proxy with a slash", [](Endpoint &e) { e.proxy = u"http://[::1]:3128/"_s; });
    row("SOCKS proxy", [](Endpoint &e) { e.proxy = u"socks5://127.0.0.1:1080"_s; });
    row("proxy from a variable", [](Endpoint &e) { e.proxy = u"env:NOT_SET_HERE"_s; });
    row("url from a variable", [](Endpoint &e) { e.options.url = QUrl(u"env:NOT_SET_HERE"_s); });
    row("url of CloudWatch from a variable", [](Endpoint &e) {
        e.service = u"cloudwatch"_s;
        e.options.url = QUrl(u"env:NOT_SET_HERE"_s);
    });
    row("header from a variable", [](Endpoint &e) {
        e.options.headers = {{"Authorization", "env:NOT_SET_HERE"}};
    });
}

void TestEndpoint::acceptsTheLimits()
{
    QFETCH(Change, change);
    Endpoint endpoint = goodEndpoint();
    change(endpoint);
    const auto valid = validate(endpoint);
    QVERIFY2(valid, valid ? "" : qPrintable(valid.error().message()));
}

void TestEndpoint::namesWhatIsWrong_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("allowed");
    const auto row = [](const char *name, const QString &key, const QString &allowed,
                        const Change &change) { QTest::newRow(name) << change << key << allowed; };
    row("no name", u"name: "_s, u"name"_s, [](Endpoint &e) { e.name = u"  "_s; });
    row("line break in the name", u"name: "_s, u"printable"_s,
        [](Endpoint &e) { e.name = u"a\nb"_s; });
    row("no id", u"id: "_s, u"id"_s, [](Endpoint &e) { e.id.clear(); });
    row("no service", u"service: "_s, u"grafana"_s, [](Endpoint &e) { e.service.clear(); });
    row("unknown service", u"service: \"splunk\""_s, u"grafana"_s,
        [](Endpoint &e) { e.service = u"splunk"_s; });
    row("buffer too small", u"buffer_size: 0"_s, u"1 to 100,000"_s,
        [](Endpoint &e) { e.bufferSize = 0; });
    row("buffer too large", u"buffer_size: 100001"_s, u"1 to 100,000"_s,
        [](Endpoint &e) { e.bufferSize = 100'001; });
    row("interval too short", u"flush_interval: 0.049 s"_s, u"0.05 to 3600 s"_s,
        [](Endpoint &e) { e.flushInterval = 49ms; });
    row("interval too long", u"flush_interval: 3600.001 s"_s, u"0.05 to 3600 s"_s,
        [](Endpoint &e) { e.flushInterval = 1h + 1ms; });
    row("timeout too short", u"timeout: 0.099 s"_s, u"0.1 to 600 s"_s,
        [](Endpoint &e) { e.timeout = 99ms; });
    row("timeout too long", u"timeout: 601 s"_s, u"0.1 to 600 s"_s,
        [](Endpoint &e) { e.timeout = 601s; });
    row("fewer retries than none", u"max_retries: -1"_s, u"0 to 100"_s,
        [](Endpoint &e) { e.maxRetries = -1; });
    row("nothing in flight", u"max_in_flight: 0"_s, u"1 to 4"_s,
        [](Endpoint &e) { e.maxInFlight = 0; });
    row("too much in flight", u"max_in_flight: 5"_s, u"1 to 4"_s,
        [](Endpoint &e) { e.maxInFlight = 5; });
    row("broken filter", u"filter: position 7: \"loud\" is no level"_s, u"warning"_s,
        [](Endpoint &e) { e.filter = u"level:loud"_s; });
    row("filter that asks for the delivery", u"filter: position 1: is is not known"_s,
        u"record itself"_s, [](Endpoint &e) { e.filter = u"is:failed"_s; });
    row("filter that moves with the clock", u"filter: has a time"_s, u"fixed times"_s,
        [](Endpoint &e) { e.filter = u"since:15m"_s; });
    row("no address", u"url: "_s, u"address"_s, [](Endpoint &e) { e.options.url.clear(); });
    row("authority by a relative path", u"tls.ca_file: \"ca.pem\""_s, u"/folder/file"_s,
        [](Endpoint &e) { e.tls.caFile = u"ca.pem"_s; });
    row("key without certificate", u"tls.client_key: "_s, u"Name the certificate"_s,
        [](Endpoint &e) { e.tls.clientKey = u"/etc/key.pem"_s; });
    for (const auto &[name, proxy] :
         {std::pair{"empty proxy", u""_s}, std::pair{"unknown word as proxy", u"auto"_s},
          std::pair{"proxy over TLS", u"https://proxy:3128"_s},
          std::pair{"proxy without port", u"http://proxy"_s},
          std::pair{"proxy without host", u"socks5://:1080"_s},
          std::pair{"proxy with a path", u"http://proxy:3128/x"_s}}) {
        row(name, u"proxy: "_s, u"socks5://host:port"_s,
            [proxy = proxy](Endpoint &e) { e.proxy = proxy; });
    }
    row("proxy with a password", u"proxy: "_s, u"env:NAME"_s,
        [](Endpoint &e) { e.proxy = u"http://me:s3cret@proxy:3128"_s; });
    row("unknown compression", u"compression: "_s, u"gzip"_s,
        [](Endpoint &e) { e.options.compression = u"lzma"_s; });
}

void TestEndpoint::namesWhatIsWrong()
{
    QFETCH(Change, change);
    QFETCH(QString, key);
    QFETCH(QString, allowed);
    Endpoint endpoint = goodEndpoint();
    change(endpoint);
    const auto valid = validate(endpoint);
    QVERIFY(!valid);
    QVERIFY2(valid.error().text.startsWith(key), qPrintable(valid.error().text));
    QVERIFY2(valid.error().action.contains(allowed), qPrintable(valid.error().action));
    QVERIFY(!valid.error().message().contains(u"s3cret"_s));
}

void TestEndpoint::keepsNoSecretButReferences()
{
    Endpoint endpoint = goodEndpoint();
    endpoint.apiKey = u"s3cret"_s;
    endpoint.options.headers = {{"Authorization", "s3cret"}, {"X-Team", "data"}};
    QCOMPARE(literalSecret(endpoint), u"api_key"_s);
    const Endpoint bare = withoutSecrets(endpoint);
    QCOMPARE(bare.apiKey, QString());
    QCOMPARE(bare.options.headers, (HttpHeaders{{"Authorization", "***"}, {"X-Team", "data"}}));

    endpoint.apiKey = u"keychain:trace/key"_s;
    QCOMPARE(literalSecret(endpoint), u"headers.Authorization"_s);
    endpoint.options.headers = {{"Authorization", "env:TOKEN"}, {"X-Team", "data"}};
    QCOMPARE(literalSecret(endpoint), QString());
    QVERIFY(withoutSecrets(endpoint) == endpoint);
}

void TestEndpoint::variablesAreLookedUp()
{
    Endpoint endpoint = goodEndpoint();
    endpoint.options.url = QUrl(u"env:TRACE_TEST_URL"_s);
    endpoint.options.headers = {{"X-Token", "env:TRACE_TEST_TOKEN"}};
    qputenv("TRACE_TEST_URL", "http://logs.example.org/in");
    auto service = resolveService(endpoint);
    QVERIFY(!service);
    QCOMPARE(service.error().text,
             u"headers.X-Token: The environment variable TRACE_TEST_TOKEN is not set."_s);
    qputenv("TRACE_TEST_TOKEN", "s3cret");
    service = resolveService(endpoint);
    QVERIFY2(service, service ? "" : qPrintable(service.error().message()));
    Record record;
    record.message = "x";
    const auto plan = (*service)->plan(std::array{viewOf(record)});
    QCOMPARE(plan.shares.size(), 1);
    QCOMPARE(plan.shares.front().request.url, QUrl(u"http://logs.example.org/in"_s));
    QCOMPARE(headerValue(plan.shares.front().request.headers, "X-Token"), "s3cret"_ba);
    qputenv("TRACE_TEST_URL", "http://me:s3cret@logs.example.org/in");
    service = resolveService(endpoint);
    QVERIFY(!service);
    QVERIFY(!service.error().message().contains(u"s3cret"_s));
    qunsetenv("TRACE_TEST_URL");
    QVERIFY(resolveService(endpoint).error().text.contains(u"TRACE_TEST_URL"_s));
    qunsetenv("TRACE_TEST_TOKEN");
}

void TestEndpoint::proxyFromAVariableMayHaveAPassword()
{
    qputenv("TRACE_TEST_PROXY", "http://me:s%20cret@proxy.example.org:3128");
    const auto proxy = resolveProxy(u"env:TRACE_TEST_PROXY"_s);
    QVERIFY(proxy && *proxy);
    QCOMPARE((*proxy)->type(), QNetworkProxy::HttpProxy);
    QCOMPARE((*proxy)->hostName(), u"proxy.example.org"_s);
    QCOMPARE((*proxy)->port(), 3128);
    QCOMPARE((*proxy)->user(), u"me"_s);
    QCOMPARE((*proxy)->password(), u"s cret"_s);
    qputenv("TRACE_TEST_PROXY", "ftp://me:s3cret@proxy.example.org:3128");
    const auto wrong = resolveProxy(u"env:TRACE_TEST_PROXY"_s);
    QVERIFY(!wrong);
    QVERIFY(wrong.error().text.contains(u"env:TRACE_TEST_PROXY"_s));
    QVERIFY(!wrong.error().message().contains(u"s3cret"_s));
    qunsetenv("TRACE_TEST_PROXY");
    QVERIFY(resolveProxy(u"env:TRACE_TEST_PROXY"_s).error().text.contains(u"TRACE_TEST_PROXY"_s));
    QVERIFY(!resolveProxy(u"system"_s).value());
    QCOMPARE((*resolveProxy(u"none"_s))->type(), QNetworkProxy::NoProxy);
    QCOMPARE((*resolveProxy(u"socks5://h:1"_s))->type(), QNetworkProxy::Socks5Proxy);
}

QTEST_GUILESS_MAIN(TestEndpoint)
#include "tst_endpoint.moc"
