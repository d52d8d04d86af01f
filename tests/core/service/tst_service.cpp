// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

ServiceOptions optionsFor(const QByteArray &url)
{
    ServiceOptions options;
    options.url = QUrl(QString::fromUtf8(url));
    return options;
}

} // namespace

class TestService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesRecordsWithoutTimeOneEach_data();
    void givesRecordsWithoutTimeOneEach();
    void makesEveryServiceByItsName();
    void listsTheKnownServices();
    void refusesUrls_data();
    void refusesUrls();
    void acceptsUrls();
    void refusesOptions_data();
    void refusesOptions();
    void refusesHeaders_data();
    void refusesHeaders();
};

void TestService::makesEveryServiceByItsName()
{
    QCOMPARE(serviceNames().first(), u"datadog"_s);
    QVERIFY(serviceNames().contains(u"grafana"_s));
    QVERIFY(serviceNames().contains(u"cloudwatch"_s));
    QVERIFY(serviceNames().contains(u"generic"_s));
    QVERIFY(serviceNames().contains(u"otlp"_s));
    for (const QString &name : serviceNames()) {
        const auto service = makeService(name, optionsFor("https://logs.example/x"));
        QVERIFY2(service.has_value(), qPrintable(name));
        QCOMPARE((*service)->name(), name);
    }
}

void TestService::listsTheKnownServices()
{
    const auto service = makeService(u"splunk"_s, optionsFor("https://logs.example/x"));
    QVERIFY(!service);
    QVERIFY(service.error().text.contains(u"splunk"_s));
    for (const QString &name : serviceNames())
        QVERIFY(service.error().action.contains(name));
}

void TestService::refusesUrls_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<bool>("namesTheKeyOption");
    QTest::newRow("empty") << ""_ba << false;
    QTest::newRow("relative") << "/logs"_ba << false;
    QTest::newRow("host only") << "logs.example"_ba << false;
    QTest::newRow("other scheme") << "ftp://logs.example/"_ba << false;
    QTest::newRow("file") << "file:///etc/passwd"_ba << false;
    QTest::newRow("no host") << "http:///logs"_ba << false;
    QTest::newRow("bad port") << "http://logs.example:99999/"_ba << false;
    QTest::newRow("fragment") << "http://logs.example/#geheim"_ba << false;
    QTest::newRow("user and password") << "http://me:geheim@logs.example/"_ba << true;
    QTest::newRow("user") << "http://geheim@logs.example/"_ba << true;
    QTest::newRow("key in the query") << "http://logs.example/?dd-api-key=geheim"_ba << true;
    QTest::newRow("token, other case") << "http://logs.example/?a=1&Token=geheim"_ba << true;
    QTest::newRow("escaped name") << "http://logs.example/?api%5Fkey=geheim"_ba << true;
}

void TestService::refusesUrls()
{
    QFETCH(QByteArray, url);
    QFETCH(bool, namesTheKeyOption);
    const auto service = makeService(u"generic"_s, optionsFor(url));
    QVERIFY(!service);
    const QString message = service.error().message();
    QVERIFY2(message.contains(u"url"_s), qPrintable(message));
    QVERIFY(!service.error().action.isEmpty());
    QCOMPARE(message.contains(u"api_key instead"_s), namesTheKeyOption);
    QVERIFY2(!message.contains(u"geheim"_s), qPrintable(message));
}

void TestService::acceptsUrls()
{
    for (const char *url : {"http://127.0.0.1:4318/logs", "https://logs.example",
                            "https://logs.example/a?tenant=3", "http://[::1]:8080/"})
        QVERIFY2(checkUrl(QUrl(QString::fromUtf8(url))).has_value(), url);
}

void TestService::refusesOptions_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QStringList>("named"); // What the message must speak of.
    const auto row = [](const char *what, const QString &service, const QString &compression,
                        const QJsonObject &own, const QStringList &named) {
        QTest::newRow(what) << service << compression << own << named;
    };
    row("unknown compression", u"generic"_s, u"snappy"_s, {},
        {u"compression"_s, u"snappy"_s, u"gzip"_s, u"none"_s});
    row("compression of another service", u"grafana"_s, u"zstd"_s, {}, {u"zstd"_s, u"snappy"_s});
    row("unknown option", u"generic"_s, {}, {{u"shap"_s, u"array"_s}},
        {u"shap"_s, u"shape"_s, u"authentication"_s});
    row("option of another service", u"grafana"_s, {}, {{u"shape"_s, u"array"_s}},
        {u"shape"_s, u"tenant"_s, u"labels"_s});
    row("unknown value", u"generic"_s, {}, {{u"shape"_s, u"xml"_s}}, {u"xml"_s, u"ndjson"_s});
    row("wrong type", u"generic"_s, {}, {{u"shape"_s, 3}}, {u"shape"_s, u"string"_s});
    row("header without a name", u"generic"_s, {}, {{u"authentication"_s, u"header"_s}},
        {u"header"_s, u"X-Api-Key"_s});
    row("bad header name", u"generic"_s, {},
        {{u"authentication"_s, u"header"_s}, {u"header"_s, u"X Key"_s}}, {u"X Key"_s});
    row("header without effect", u"generic"_s, {}, {{u"header"_s, u"X-Key"_s}}, {u"header"_s});
    row("unknown encoding", u"otlp"_s, {}, {{u"encoding"_s, u"xml"_s}},
        {u"encoding"_s, u"xml"_s, u"protobuf"_s, u"json"_s});
    row("compression that OTLP has not", u"otlp"_s, u"snappy"_s, {}, {u"snappy"_s, u"gzip"_s});
    row("tenant", u"grafana"_s, {}, {{u"tenant"_s, u"a|b"_s}}, {u"tenant"_s, u"a|b"_s});
    row("labels not an object", u"grafana"_s, {}, {{u"labels"_s, u"a=b"_s}}, {u"labels"_s});
    row("label name", u"grafana"_s, {}, {{u"labels"_s, QJsonObject{{u"a.b"_s, u"c"_s}}}},
        {u"labels"_s, u"a.b"_s});
    row("label of the records", u"grafana"_s, {},
        {{u"labels"_s, QJsonObject{{u"level"_s, u"c"_s}}}}, {u"labels"_s, u"level"_s});
    row("label value", u"grafana"_s, {}, {{u"labels"_s, QJsonObject{{u"a"_s, 1}}}},
        {u"labels"_s, u"\"a\""_s});
}

void TestService::refusesOptions()
{
    QFETCH(QString, service);
    QFETCH(QString, compression);
    QFETCH(QJsonObject, own);
    QFETCH(QStringList, named);
    ServiceOptions options = optionsFor("https://logs.example/x");
    options.compression = compression;
    options.own = own;
    const auto made = makeService(service, options);
    QVERIFY(!made);
    for (const QString &word : named)
        QVERIFY2(made.error().message().contains(word), qPrintable(made.error().message()));
}

void TestService::refusesHeaders_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("no name") << ""_ba
                             << "x"_ba;
    QTest::newRow("blank in the name") << "X Y"_ba
                                       << "x"_ba;
    QTest::newRow("line break smuggles a header") << "X-Y"_ba
                                                  << "x\r\nHost: other"_ba;
    QTest::newRow("length of the body") << "content-length"_ba
                                        << "3"_ba;
    QTest::newRow("encoding of the body") << "Content-Encoding"_ba
                                          << "br"_ba;
}

void TestService::refusesHeaders()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    ServiceOptions options = optionsFor("https://logs.example/x");
    options.headers = {{name, value}};
    const auto made = makeService(u"generic"_s, options);
    QVERIFY(!made);
    QVERIFY(made.error().text.contains(u"headers"_s));
}

// Loki keeps one of equal lines of one time, and takes it from who came by way of these.
void TestService::givesRecordsWithoutTimeOneEach_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QByteArray items = "{\"message\":\"m\"}";
    QByteArray lines = "m\n";
    QByteArray records = "{\"body\":{\"stringValue\":\"m\"}}";
    for (int i = 1; i < 3000; ++i) {
        items += ",{\"message\":\"m\"}";
        lines += "m\n";
        records += ",{\"body\":{\"stringValue\":\"m\"}}";
    }
    const QByteArray json = "application/json";
    QTest::newRow("generic, lines") << u"generic"_s << "text/plain"_ba << lines;
    QTest::newRow("generic, array") << u"generic"_s << json << '[' + items + ']';
    QTest::newRow("generic, documents")
        << u"generic"_s << json << QByteArray(items).replace("},{", "}{");
    QTest::newRow("datadog, lines") << u"datadog"_s << "text/plain"_ba << lines;
    QTest::newRow("datadog, array") << u"datadog"_s << json << '[' + items + ']';
    QTest::newRow("otlp") << u"otlp"_s << json
                          << "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[" + records +
                                 "]}]}]}";
}

void TestService::givesRecordsWithoutTimeOneEach()
{
    QFETCH(QString, service);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    ServiceOptions options;
    options.url = QUrl(u"http://127.0.0.1:1"_s);
    HttpRequest request;
    request.url = QUrl(u"/"_s);
    setHeader(request.headers, "Content-Type", type);
    request.body = body;
    std::int64_t last = 0;
    int count = 0;
    QVERIFY(makeService(service, options).value()->decode(request, [&](const RecordView &record) {
        ++count;
        QVERIFY(record.timestamp > last);
        QVERIFY(record.timestamp % 1000 != 0); // as of a clock that counts no nanoseconds
        last = record.timestamp;
    }));
    QCOMPARE(count, 3000);
}

QTEST_GUILESS_MAIN(TestService)
#include "tst_service.moc"
