// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/servicepaths.h"
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Service> make(const QString &metadata = u"auto"_s,
                                    const QString &compression = u"none"_s,
                                    const QString &url = u"http://loki.example:3100"_s)
{
    ServiceOptions options;
    options.url = QUrl(url);
    options.compression = compression;
    options.headers = {{"X-Proxy"_ba, "p"_ba}};
    options.own = {{u"structured_metadata"_s, metadata}, {u"tenant"_s, u"team-a"_s}};
    return makeService(u"grafana"_s, options).value_or(nullptr);
}

HttpReply answer(int status, const QByteArray &body)
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    return reply;
}

HttpReply version(const QByteArray &version)
{
    return answer(200, R"({"version":")" + version + R"(","revision":"abc"})");
}

//! JSON written with ' for ".
QByteArray quoted(const char *json)
{
    return QByteArray(json).replace('\'', '"');
}

//! The only entry of a request for a record with fields that need an escape in JSON and others.
QByteArray entryOf(const Service &service)
{
    Record record;
    record.timestamp = 1;
    record.message = "m";
    record.context.runId = "r1";
    record.context.userId = "a\\b";
    record.exceptionMessage = "not \"found\"";
    record.metadata = quoted("{'plain':1,'lines':'a\\u000ab'}").toStdString();
    record.stackTrace = "T";
    const HttpRequest request = service.plan(std::vector{viewOf(record)}).shares.at(0).request;
    const QByteArray json = service.readable(request).toUtf8();
    const qsizetype start = json.indexOf("[[");
    return json.mid(start + 1, json.indexOf("]]") - start);
}

const QByteArray inMetadata =
    quoted("['1','m\\nT',{'run_id':'r1','user_id':'a\\\\b','exception_message':"
           "'not \\'found\\'','plain':'1','lines':'a\\nb'}]");
const QByteArray inLine = quoted(
    "['1','m run_id=r1 user_id=\\'a\\\\\\\\b\\' exception_message=\\'not \\\\\\'found\\\\\\'\\' "
    "plain=1 lines=\\'a\\\\nb\\'\\nT']");
const QByteArray escapesInLine =
    quoted("['1','m user_id=\\'a\\\\\\\\b\\' exception_message=\\'not \\\\\\'found\\\\\\'\\' "
           "lines=\\'a\\\\nb\\'\\nT',{'run_id':'r1','plain':'1'}]");

} // namespace

class TestLokiVersion : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void asksTheSameHost_data();
    void asksTheSameHost();
    void asksOnlyWhereItMatters();
    void followsTheVersion_data();
    void followsTheVersion();
    void changesNothingOtherwise_data();
    void changesNothingOtherwise();
    void keepsTheOtherOptions();
    void understandsOurOwnReceiver();
};

void TestLokiVersion::asksTheSameHost_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("asked");
    QTest::newRow("no path") << u"https://l.example:3100"_s
                             << u"https://l.example:3100/loki/api/v1/status/buildinfo"_s;
    QTest::newRow("Loki's path") << u"http://l.example/loki/api/v1/push"_s
                                 << u"http://l.example/loki/api/v1/status/buildinfo"_s;
    QTest::newRow("under a prefix")
        << u"http://l.example/logs/loki/api/v1/push?zone=a"_s
        << u"http://l.example/logs/loki/api/v1/status/buildinfo?zone=a"_s;
    QTest::newRow("a path of a proxy")
        << u"http://l.example/own/push"_s << u"http://l.example/loki/api/v1/status/buildinfo"_s;
}

void TestLokiVersion::asksTheSameHost()
{
    QFETCH(QString, url);
    QFETCH(QString, asked);
    const auto question = make(u"auto"_s, {}, url)->inquiry();
    QVERIFY(question);
    QCOMPARE(question->method, "GET"_ba);
    QCOMPARE(question->url, QUrl(asked));
    QVERIFY(question->body.isEmpty());
    QCOMPARE(headerValue(question->headers, "X-Scope-OrgID"), "team-a"_ba);
    QCOMPARE(headerValue(question->headers, "X-Proxy"), "p"_ba);
}

void TestLokiVersion::asksOnlyWhereItMatters()
{
    for (const QString &metadata : {u"on"_s, u"off"_s}) {
        QVERIFY(!make(metadata)->inquiry());
        QVERIFY(!make(metadata)->informed(version("2.0.0")));
    }
}

void TestLokiVersion::followsTheVersion_data()
{
    QTest::addColumn<QByteArray>("release");
    QTest::addColumn<QByteArray>("protobuf");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("without metadata") << "2.8.11"_ba << inLine << inLine;
    QTest::newRow("much older") << "1.6.1"_ba << inLine << inLine;
    QTest::newRow("with a v") << "v2.4.0-rc1"_ba << inLine << inLine;
    QTest::newRow("first with metadata") << "2.9.0"_ba << inMetadata << escapesInLine;
    QTest::newRow("two digits") << "2.10.0"_ba << inMetadata << escapesInLine;
    QTest::newRow("with escapes left in") << "3.1.1"_ba << inMetadata << escapesInLine;
    QTest::newRow("with escapes undone") << "3.5.0"_ba << inMetadata << inMetadata;
    QTest::newRow("newer") << "3.10.2"_ba << inMetadata << inMetadata;
}

void TestLokiVersion::followsTheVersion()
{
    QFETCH(QByteArray, release);
    QFETCH(QByteArray, protobuf);
    QFETCH(QByteArray, json);
    for (const auto &[compression, expected] :
         {std::pair(u"snappy"_s, protobuf), std::pair(u"none"_s, json),
          std::pair(u"gzip"_s, json)}) {
        const auto service = make(u"auto"_s, compression);
        QCOMPARE(entryOf(*service), inMetadata);
        const auto informed = service->informed(version(release));
        QCOMPARE(informed == nullptr, expected == inMetadata);
        if (informed)
            QCOMPARE(entryOf(*informed), expected);
    }
}

void TestLokiVersion::changesNothingOtherwise_data()
{
    QTest::addColumn<HttpReply>("reply");
    QTest::newRow("hidden by a gateway") << answer(404, "404 page not found");
    QTest::newRow("key") << answer(401, "no org id");
    QTest::newRow("down") << answer(503, R"({"version":"2.0.0"})");
    QTest::newRow("a page") << answer(200, "<html>");
    QTest::newRow("no version") << answer(200, "{}");
    QTest::newRow("build of a branch") << version("main-5a3b2c1");
    QTest::newRow("build of the cloud") << version("k231-1f2e3d4");
    QTest::newRow("number") << answer(200, R"({"version":2})");
    HttpReply lost = version("2.0.0");
    lost.fault = TransportFault::Lost;
    QTest::newRow("lost") << lost;
}

void TestLokiVersion::changesNothingOtherwise()
{
    QFETCH(HttpReply, reply);
    QVERIFY(!make()->informed(reply));
}

void TestLokiVersion::keepsTheOtherOptions()
{
    const auto service = make(u"auto"_s, u"gzip"_s)->informed(version("2.8.0"));
    QVERIFY(service);
    QVERIFY(service->inquiry());
    Record record;
    record.timestamp = 1;
    const HttpRequest request = service->plan(std::vector{viewOf(record)}).shares.at(0).request;
    QCOMPARE(request.url, QUrl(u"http://loki.example:3100/loki/api/v1/push"_s));
    QCOMPARE(headerValue(request.headers, "X-Scope-OrgID"), "team-a"_ba);
    QCOMPARE(headerValue(request.headers, "X-Proxy"), "p"_ba);
    QCOMPARE(headerValue(request.headers, "Content-Encoding"), "gzip"_ba);
    // A server that was updated meanwhile.
    QCOMPARE(service->informed(version("3.5.0")) == nullptr, false);
}

// It says that it takes structured metadata, and reads it back.
void TestLokiVersion::understandsOurOwnReceiver()
{
    const auto service = make(u"auto"_s, u"snappy"_s);
    const auto told = probeAnswer(service->inquiry()->url.path());
    QVERIFY(told);
    QVERIFY(!service->informed(answer(told->status, told->body)));
}

QTEST_GUILESS_MAIN(TestLokiVersion)
#include "tst_lokiversion.moc"
