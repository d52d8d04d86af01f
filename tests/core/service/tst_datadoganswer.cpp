// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

namespace {

const QString intake = u"https://http-intake.logs.us5.datadoghq.com/api/v2/logs"_s;
const QByteArray page =
    "<!DOCTYPE html>\n<html><head><title>502 Bad\n Gateway</title><style>p{}</style></head>"
    "<body><p>nginx</p></body></html>"_ba;

Outcome outcomeOf(const HttpReply &reply, const QString &url = intake)
{
    ServiceOptions options;
    options.url = QUrl(url);
    Share share;
    share.request.url = options.url;
    share.indices.resize(100);
    return makeService(u"datadog"_s, options).value()->interpret(share, reply);
}

HttpReply replyOf(int status, const QByteArray &body = {}, const HttpHeaders &headers = {})
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    reply.headers = headers;
    return reply;
}

} // namespace

class TestDatadogAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void interprets_data();
    void interprets();
    void interpretsNoAnswer_data();
    void interpretsNoAnswer();
    void saysWhatDatadogSays_data();
    void saysWhatDatadogSays();
    void tellsWhatToFix_data();
    void tellsWhatToFix();
    void waitsAsTold_data();
    void waitsAsTold();
};

void TestDatadogAnswer::interprets_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Kind>("kind");
    const auto row = [](const char *what, int status, const QByteArray &body, Kind kind) {
        QTest::newRow(what) << status << body << kind;
    };
    row("stored, v2", 202, "{}"_ba, Kind::Delivered);
    row("stored, v1", 200, "{}"_ba, Kind::Delivered);
    row("stored, no body", 200, {}, Kind::Delivered);
    row("a portal that says 200", 200, page, Kind::Hold);
    row("moved", 301, {}, Kind::Hold);
    row("moved for now", 307, {}, Kind::Hold);
    row("malformed", 400, R"({"errors":[{"detail":"Invalid JSON"}]})"_ba, Kind::Rejected);
    row("malformed, v1", 400, R"({"code":400,"message":"bad"})"_ba, Kind::Rejected);
    row("compressed wrongly", 400, "Decompression error"_ba, Kind::Rejected);
    row("takes only the Agent's fields", 400,
        R"({"code":400,"message":"Error parsing JSON: unknown field `dd`, expected one of"})"_ba,
        Kind::Hold);
    row("no key", 401, {}, Kind::Hold);
    row("wrong key", 403, R"({"errors":[{"title":"Forbidden"}]})"_ba, Kind::Hold);
    row("a firewall's page", 403, page, Kind::Hold);
    row("wrong path", 404, {}, Kind::Hold);
    row("slow client", 408, {}, Kind::RetryLater);
    row("too large", 413, R"({"errors":[{"title":"Payload Too Large"}]})"_ba, Kind::Split);
    row("too large for a proxy", 413, page, Kind::Split);
    row("not understood", 422, {}, Kind::Rejected);
    row("too early", 425, {}, Kind::Slower);
    row("throttled", 429, {}, Kind::Slower);
    row("internal", 500, {}, Kind::RetryLater);
    row("not implemented", 501, {}, Kind::Rejected);
    row("a gateway's page", 502, page, Kind::RetryLater);
    row("unavailable", 503, {}, Kind::RetryLater);
    row("gateway timeout", 504, page, Kind::RetryLater);
}

void TestDatadogAnswer::interprets()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(Kind, kind);
    const Outcome outcome = outcomeOf(replyOf(status, body));
    QCOMPARE(outcome.kind, kind);
    QVERIFY(outcome.rejected.empty());
    QCOMPARE(outcome.reason.isEmpty(), kind == Kind::Delivered);
    QCOMPARE(outcome.action.isEmpty(), kind != Kind::Hold);
    QCOMPARE(outcome.heldForAuthentication, status == 401 || status == 403);
}

void TestDatadogAnswer::interpretsNoAnswer_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<Kind>("kind");
    const auto row = [](const char *what, TransportFault fault, Kind kind) {
        QTest::newRow(what) << static_cast<int>(fault) << kind;
    };
    row("not reached", TransportFault::Unreachable, Kind::RetryLater);
    row("answer lost", TransportFault::Lost, Kind::RetryLater);
    row("certificate", TransportFault::Certificate, Kind::Hold);
}

void TestDatadogAnswer::interpretsNoAnswer()
{
    QFETCH(int, fault);
    HttpReply reply;
    reply.fault = static_cast<TransportFault>(fault);
    reply.faultText = u"why"_s;
    const Outcome outcome = outcomeOf(reply);
    QTEST(outcome.kind, "kind");
    QCOMPARE(outcome.reason, u"why"_s);
    QCOMPARE(outcome.heldForCertificate, reply.fault == TransportFault::Certificate);
}

void TestDatadogAnswer::saysWhatDatadogSays_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("reason");
    QTest::newRow("v2")
        << 400
        << R"({"errors":[{"status":"400","title":"Bad Request","detail":"Invalid JSON"}]})"_ba
        << u"HTTP 400: Bad Request: Invalid JSON"_s;
    QTest::newRow("v1") << 400 << R"({"code":400,"message":"bad"})"_ba << u"HTTP 400: bad"_s;
    QTest::newRow("text") << 503 << "try later\n"_ba << u"HTTP 503: try later"_s;
    QTest::newRow("page with a title")
        << 502 << page << u"HTTP 502: a web page, not an answer of Datadog: 502 Bad Gateway"_s;
    QTest::newRow("page without")
        << 413 << "<html><script>x<1</script><h1>Request  Entity</h1> Too Large</html>"_ba
        << u"HTTP 413: a web page, not an answer of Datadog: Request Entity Too Large"_s;
    QTest::newRow("empty page") << 500 << "<html></html>"_ba
                                << u"HTTP 500: a web page, not an answer of Datadog"_s;
    QTest::newRow("nothing") << 500 << QByteArray() << u"HTTP 500"_s;
}

void TestDatadogAnswer::saysWhatDatadogSays()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QTEST(outcomeOf(replyOf(status, body)).reason, "reason");
}

void TestDatadogAnswer::tellsWhatToFix_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QStringList>("words");
    const QString proxy = u"http://proxy.example/dd"_s;
    QTest::newRow("no key") << 401 << ""_ba << intake << QStringList{u"api_key"_s};
    QTest::newRow("wrong key or site")
        << 403 << ""_ba << intake << QStringList{u"api_key"_s, u"us5.datadoghq.com"_s};
    QTest::newRow("wrong key behind a proxy")
        << 403 << ""_ba << proxy << QStringList{u"api_key"_s, u"proxy.example"_s};
    QTest::newRow("firewall") << 403 << page << intake << QStringList{u"firewall"_s};
    QTest::newRow("path") << 404 << ""_ba << intake << QStringList{u"/api/v2/logs"_s};
    QTest::newRow("portal") << 200 << page << intake << QStringList{u"url"_s};
    QTest::newRow("the Agent's fields only")
        << 400 << "unknown field `workflow`"_ba << proxy << QStringList{u"otlp"_s, u"generic"_s};
}

void TestDatadogAnswer::tellsWhatToFix()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, url);
    QFETCH(QStringList, words);
    const Outcome outcome = outcomeOf(replyOf(status, body), url);
    for (const QString &word : words)
        QVERIFY2(outcome.action.contains(word), qPrintable(outcome.action));
}

void TestDatadogAnswer::waitsAsTold_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("seconds"); // 0: no hint
    QTest::newRow("throttled, Retry-After") << 429 << "Retry-After"_ba
                                            << "7"_ba << 7;
    QTest::newRow("throttled, reset in seconds") << 429 << "X-RateLimit-Reset"_ba
                                                 << "42"_ba << 42;
    QTest::newRow("unavailable") << 503 << "Retry-After"_ba
                                 << "3"_ba << 3;
    QTest::newRow("no hint") << 429 << "X-Other"_ba
                             << "3"_ba << 0;
}

void TestDatadogAnswer::waitsAsTold()
{
    QFETCH(int, status);
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, value);
    const Outcome outcome = outcomeOf(replyOf(status, {}, {{header, value}}));
    QTEST(int(outcome.hint.value_or(0ms) / 1s), "seconds");
}

QTEST_GUILESS_MAIN(TestDatadogAnswer)
#include "tst_datadoganswer.moc"
