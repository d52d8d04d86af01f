// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpointsettings.h"
#include "core/delivery/preview.h"
#include "core/receiver/servicepaths.h"
#include "core/record/timestamp.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstPreview final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void holdsTheBytesThatTheServiceReads_data();
    void holdsTheBytesThatTheServiceReads();
    void masksSecrets();
    void namesRecordsThatWouldNotBeTaken();
    void tellsWhatTheFilterLeavesOut();
    void tellsWhatIsOutOfTime_data();
    void tellsWhatIsOutOfTime();
    void tellsWhatIsAssumed_data();
    void tellsWhatIsAssumed();
    void refusesABadEndpoint();
};

namespace {

Record recordWith(const std::string &message)
{
    Record record;
    record.timestamp = nowNs();
    record.message = message;
    record.context.runId = "run-1";
    return record;
}

} // namespace

void TstPreview::holdsTheBytesThatTheServiceReads_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QString>("encoding");
    QTest::newRow("Datadog, gzip") << u"datadog"_s << u"gzip"_s << u"gzip"_s;
    QTest::newRow("Datadog, plain") << u"datadog"_s << u"none"_s << u"none"_s;
    QTest::newRow("Loki, snappy") << u"grafana"_s << u"snappy"_s << u"snappy"_s;
    QTest::newRow("CloudWatch") << u"cloudwatch"_s << QString() << u"none"_s;
    QTest::newRow("OTLP") << u"otlp"_s << QString() << QString();
    QTest::newRow("generic") << u"generic"_s << QString() << u"none"_s;
}

void TstPreview::holdsTheBytesThatTheServiceReads()
{
    QFETCH(QString, service);
    QFETCH(QString, compression);
    QFETCH(QString, encoding);
    Endpoint endpoint =
        adHocEndpoint(service, QUrl(u"http://127.0.0.1:9"_s + pathOfService(service)));
    endpoint.options.compression = compression;
    const std::array records{recordWith("first"), recordWith("second")};
    const std::array views{viewOf(records[0]), viewOf(records[1])};
    const auto previews = formatForService(endpoint, views);
    QVERIFY2(previews, previews ? "" : qPrintable(previews.error().message()));
    QCOMPARE(previews->requests.size(), std::size_t(1));
    const Preview &preview = previews->requests.front();
    QCOMPARE(preview.method, "POST"_ba);
    QCOMPARE(preview.url, endpoint.options.url);
    if (!encoding.isNull())
        QCOMPARE(preview.compression(), encoding);
    QCOMPARE(headerValue(preview.headers, "Content-Length"),
             QByteArray::number(preview.body.size()));
    QVERIFY2(preview.text.contains("first"_L1) && preview.text.contains("second"_L1),
             qPrintable(preview.text));
    HttpRequest request{preview.method, preview.url, preview.headers, preview.body};
    std::vector<std::string> messages;
    const auto decoded =
        makeService(service, endpoint.options).value()->decode(request, [&](const RecordView &r) {
            messages.emplace_back(r.message);
        });
    QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().text));
    QCOMPARE(messages, (std::vector<std::string>{"first", "second"}));
}

void TstPreview::masksSecrets()
{
    // Not even looked up: the variable is not set.
    auto endpoint = endpointFromSettings(
        u"a"_s, {u"service=generic"_s, u"url=http://logs.example/in"_s, u"api_key=env:TRACE_NONE"_s,
                 u"headers.X-Team=a"_s, u"headers.X-Harmless=env:TRACE_TEST_HEADER"_s});
    QVERIFY(endpoint);
    setHeader(endpoint->options.headers, "X-Auth-Token"_ba, "t0ken"_ba);
    qputenv("TRACE_TEST_HEADER", "hidden");
    const Record record = recordWith("first");
    const std::array views{viewOf(record)};
    const auto previews = formatForService(endpoint.value(), views);
    QVERIFY(previews);
    const HttpHeaders &headers = previews->requests.front().headers;
    QCOMPARE(headerValue(headers, "Authorization"), "***"_ba);
    QCOMPARE(headerValue(headers, "X-Auth-Token"), "***"_ba);
    QCOMPARE(headerValue(headers, "X-Harmless"), "***"_ba);
    QCOMPARE(headerValue(headers, "X-Team"), "a"_ba);
}

void TstPreview::namesRecordsThatWouldNotBeTaken()
{
    const Endpoint endpoint = adHocEndpoint(u"datadog"_s, QUrl(u"http://127.0.0.1:9"_s));
    const std::array records{recordWith("first"), recordWith(std::string(1'100'000, 'x'))};
    const std::array views{viewOf(records[0]), viewOf(records[1])};
    const auto previews = formatForService(endpoint, views);
    QVERIFY(previews);
    QCOMPARE(previews->unfit.size(), std::size_t(1));
    QCOMPARE(previews->unfit.front().index, std::size_t(1));
    QCOMPARE(previews->requests.front().indices, std::vector<std::size_t>{0});
}

void TstPreview::tellsWhatTheFilterLeavesOut()
{
    Endpoint endpoint = adHocEndpoint(u"datadog"_s, QUrl(u"http://127.0.0.1:9"_s));
    endpoint.filter = u"level>=warning"_s;
    std::array records{recordWith("first"), recordWith(std::string(1'100'000, 'x')),
                       recordWith("third"), recordWith("fourth")};
    records[1].level = records[3].level = Level::Error;
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const auto previews = formatForService(endpoint, views);
    QVERIFY(previews);
    QCOMPARE(previews->filtered, (std::vector<std::size_t>{0, 2}));
    QCOMPARE(previews->unfit.size(), std::size_t(1));
    QCOMPARE(previews->unfit.front().index, std::size_t(1));
    QCOMPARE(previews->requests.size(), std::size_t(1));
    QCOMPARE(previews->requests.front().indices, std::vector<std::size_t>{3});
    QVERIFY(!previews->requests.front().text.contains("first"_L1));
}

void TstPreview::tellsWhatIsOutOfTime_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("hours");
    QTest::addColumn<QString>("reason"); // "": it is sent
    QTest::newRow("Datadog, old") << u"datadog"_s << -20 << u"older than 17.5 hours"_s;
    QTest::newRow("Datadog, ahead") << u"datadog"_s << 3 << u"2 hours in the future"_s;
    QTest::newRow("CloudWatch, old") << u"cloudwatch"_s << -15 * 24 << u"older than 14 days"_s;
    QTest::newRow("CloudWatch, days ago") << u"cloudwatch"_s << -13 * 24 << QString();
    QTest::newRow("generic, old") << u"generic"_s << -10'000 << QString();
}

void TstPreview::tellsWhatIsOutOfTime()
{
    QFETCH(QString, service);
    QFETCH(int, hours);
    QFETCH(QString, reason);
    const Endpoint endpoint = adHocEndpoint(service, QUrl(u"http://127.0.0.1:9"_s));
    std::array records{recordWith("first"), recordWith("second")};
    records[0].timestamp += hours * std::int64_t(3'600'000'000'000);
    const std::array views{viewOf(records[0]), viewOf(records[1])};
    const auto previews = formatForService(endpoint, views);
    QVERIFY(previews);
    QCOMPARE(previews->unfit.empty(), reason.isEmpty());
    if (reason.isEmpty())
        return;
    QCOMPARE(previews->unfit.front().index, std::size_t(0));
    QVERIFY2(previews->unfit.front().reason.contains(reason),
             qPrintable(previews->unfit.front().reason));
    QCOMPARE(previews->requests.front().indices, std::vector<std::size_t>{1});
}

void TstPreview::tellsWhatIsAssumed_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("setting");
    QTest::addColumn<bool>("isTold");
    QTest::newRow("Loki by default") << u"grafana"_s << QString() << true;
    QTest::newRow("Loki, auto") << u"grafana"_s << u"auto"_s << true;
    QTest::newRow("Loki, off") << u"grafana"_s << u"off"_s << false;
    QTest::newRow("Datadog") << u"datadog"_s << QString() << false;
}

void TstPreview::tellsWhatIsAssumed()
{
    QFETCH(QString, service);
    QFETCH(QString, setting);
    QFETCH(bool, isTold);
    Endpoint endpoint = adHocEndpoint(service, QUrl(u"http://127.0.0.1:9"_s));
    if (!setting.isEmpty())
        endpoint.options.own.insert(u"structured_metadata"_s, setting);
    const Record record = recordWith("first");
    const std::array views{viewOf(record)};
    const auto previews = formatForService(endpoint, views);
    QVERIFY(previews);
    QCOMPARE(previews->notes.join(u' ').contains("structured_metadata"_L1), isTold);
}

void TstPreview::refusesABadEndpoint()
{
    const auto previews = formatForService(adHocEndpoint(u"pigeon"_s, QUrl(u"http://a"_s)), {});
    QVERIFY(!previews);
    QVERIFY(previews.error().text.contains("pigeon"_L1));
}

QTEST_GUILESS_MAIN(TstPreview)
#include "tst_preview.moc"
