// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QString intake = u"https://http-intake.logs.datadoghq.com"_s;

Expected<std::shared_ptr<const Service>> tryMake(const QString &url, const QJsonObject &own = {},
                                                 const QString &compression = {})
{
    ServiceOptions options;
    options.url = QUrl(url);
    options.compression = compression;
    options.own = own;
    return makeService(u"datadog"_s, options);
}

} // namespace

class TestDatadogAddress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void setsAddressAndHeaders_data();
    void setsAddressAndHeaders();
    void refusesAddressesAndOptions_data();
    void refusesAddressesAndOptions();
};

void TestDatadogAddress::setsAddressAndHeaders_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QString>("target");
    const QJsonObject eu{{u"site"_s, u"datadoghq.eu"_s}};
    QTest::newRow("no path") << intake << QJsonObject() << intake + u"/api/v2/logs"_s;
    QTest::newRow("root") << intake + u'/' << QJsonObject() << intake + u"/api/v2/logs"_s;
    QTest::newRow("v2") << intake + u"/api/v2/logs"_s << QJsonObject()
                        << intake + u"/api/v2/logs"_s;
    QTest::newRow("v1") << intake + u"/v1/input"_s << QJsonObject() << intake + u"/v1/input"_s;
    QTest::newRow("query") << intake + u"/api/v2/logs?ddtags=a:b"_s << QJsonObject()
                           << intake + u"/api/v2/logs?ddtags=a:b"_s;
    QTest::newRow("site instead of the url")
        << QString() << eu << u"https://http-intake.logs.datadoghq.eu/api/v2/logs"_s;
    QTest::newRow("site beside a proxy")
        << u"http://proxy.example:8080/dd"_s << eu << u"http://proxy.example:8080/dd"_s;
    QTest::newRow("site beside its url")
        << u"https://agent-http-intake.logs.datadoghq.eu"_s << eu
        << u"https://agent-http-intake.logs.datadoghq.eu/api/v2/logs"_s;
}

void TestDatadogAddress::setsAddressAndHeaders()
{
    QFETCH(QString, url);
    QFETCH(QJsonObject, own);
    QFETCH(QString, target);
    const auto service = tryMake(url, own);
    QVERIFY2(service.has_value(), service ? "" : qPrintable(service.error().message()));
    const RecordView record;
    const HttpRequest request = (*service)->plan({&record, 1}).shares.at(0).request;
    QCOMPARE(request.method, "POST"_ba);
    QCOMPARE(request.url.toString(), target);
    QCOMPARE(headerValue(request.headers, "Content-Type"), "application/json"_ba);
    QVERIFY(headerValue(request.headers, "DD-API-KEY").isNull());
}

void TestDatadogAddress::refusesAddressesAndOptions_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QStringList>("named");
    const auto row = [](const char *what, const QString &url, const QJsonObject &own,
                        const QStringList &named, const QString &compression = {}) {
        QTest::newRow(what) << url << own << compression << named;
    };
    const QString key = u"0123456789abcdef0123456789geheim"_s;
    row("key in the path", intake + u"/v1/input/"_s + key, {}, {u"url"_s, u"api_key"_s});
    row("key in a proxy's path", u"http://proxy.example/dd/v1/input/"_s + key, {},
        {u"url"_s, u"api_key"_s, u"DD-API-KEY"_s});
    row("key behind an escaped slash", intake + u"/v1%2Finput/"_s + key, {}, {u"api_key"_s});
    row("key in other case", intake + u"/V1/Input/"_s + key, {}, {u"api_key"_s});
    row("key behind v2", intake + u"/api/v2/logs/"_s + key, {}, {u"api_key"_s});
    row("key in the query", intake + u"/v1/input?dd-api-key="_s + key, {}, {u"api_key"_s});
    row("neither url nor site", {}, {}, {u"url"_s});
    row("site of another url", intake, {{u"site"_s, u"datadoghq.eu"_s}},
        {u"datadoghq.eu"_s, u"datadoghq.com"_s});
    row("site as a url", intake, {{u"site"_s, u"https://datadoghq.com"_s}}, {u"site"_s});
    row("site without a url, as a host", {}, {{u"site"_s, u"http-intake.logs.datadoghq.com"_s}},
        {u"site"_s, u"datadoghq.com"_s});
    row("site with a path", {}, {{u"site"_s, u"datadoghq.com/v1"_s}}, {u"site"_s});
    row("site of another type", {}, {{u"site"_s, 1}}, {u"site"_s});
    row("service of another type", intake, {{u"service"_s, true}}, {u"service"_s});
    row("source of another type", intake, {{u"source"_s, true}}, {u"source"_s});
    row("unknown option", intake, {{u"tenant"_s, u"a"_s}}, {u"tenant"_s, u"source"_s});
    row("unknown compression", intake, {}, {u"snappy"_s, u"zstd"_s}, u"snappy"_s);
}

void TestDatadogAddress::refusesAddressesAndOptions()
{
    QFETCH(QString, url);
    QFETCH(QJsonObject, own);
    QFETCH(QString, compression);
    QFETCH(QStringList, named);
    const auto made = tryMake(url, own, compression);
    QVERIFY(!made);
    const QString message = made.error().message();
    for (const QString &word : named)
        QVERIFY2(message.contains(word), qPrintable(message));
    QVERIFY2(!message.contains(u"geheim"_s), qPrintable(message));
}

QTEST_GUILESS_MAIN(TestDatadogAddress)
#include "tst_datadogaddress.moc"
