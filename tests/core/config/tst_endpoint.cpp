// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpoint.h"

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
}

QTEST_GUILESS_MAIN(TestEndpoint)
#include "tst_endpoint.moc"
