// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/service/cloudwatchsupport.h"

#include <algorithm>
#include <set>

using namespace trace;

class TestCloudWatchService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void refusesOptions_data();
    void refusesOptions();
    void signs();
    void signsForItsRegion_data();
    void signsForItsRegion();
    void leavesRequestsWithoutAKeyUnsigned();
    void leavesAWellKnownPortToItself();
    void createsWhatIsMissing();
    void knowsItsLimits();
};

void TestCloudWatchService::refusesOptions_data()
{
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QStringList>("named");
    const auto row = [](const char *what, const QString &option, const QJsonValue &value,
                        const QStringList &named) {
        QTest::newRow(what) << QJsonObject{{option, value}} << (QStringList{option} + named);
    };
    row("unknown", u"group"_s, u"x"_s, {u"log_group"_s, u"retention_days"_s});
    row("no region", u"region"_s, u"Frankfurt/1"_s, {u"Frankfurt/1"_s, u"eu-west-1"_s});
    row("region not a text", u"region"_s, 1, {u"string"_s});
    row("character in a group", u"log_group"_s, u"/my group"_s, {u"/my group"_s, u".-_/#"_s});
    row("colon in a stream", u"log_stream"_s, u"a:{run_id}"_s, {u"a:"_s});
    row("unknown field", u"log_stream"_s, u"{run}"_s, {u"{run}"_s, u"{run_id}"_s});
    row("open brace", u"log_stream"_s, u"{run_id"_s, {u"brace"_s});
    row("closing brace", u"log_group"_s, u"a}b"_s, {u"brace"_s});
    row("name of AWS", u"log_group"_s, u"aws/x"_s, {u"aws/"_s});
    row("days that AWS does not take", u"retention_days"_s, 10, {u"10"_s, u"14, 30"_s});
    row("days as text", u"retention_days"_s, u"7"_s, {u"whole number"_s});
    row("event too large", u"max_event_bytes"_s, 2'000'000, {u"2000000"_s, u"1048550"_s});
    row("profile not a text", u"profile"_s, true, {u"string"_s});
}

void TestCloudWatchService::refusesOptions()
{
    QFETCH(QJsonObject, own);
    QFETCH(QStringList, named);
    const auto made = tryMake(own);
    QVERIFY(!made);
    for (const QString &word : named)
        QVERIFY2(made.error().message().contains(word), qPrintable(made.error().message()));
    const auto header = tryMake({}, u"http://h"_s, {{"x-amz-security-token"_ba, "geheim"_ba}});
    QVERIFY(!header);
    QVERIFY(!header.error().message().contains(u"geheim"_s));
}

// C7, C9, C14
void TestCloudWatchService::signs()
{
    const auto service = make({}, u"https://logs.eu-west-1.amazonaws.com"_s);
    const std::vector<RecordView> views{RecordView()};
    HttpRequest request = service->plan(views).shares.at(0).request;
    const QDateTime now(QDate(2026, 11, 22), QTime(10, 0), Qt::UTC);
    service->sign(request, now, {"AKID:secret:TOKEN"_ba});
    const QByteArray first = headerValue(request.headers, "Authorization");
    QVERIFY2(
        first.startsWith("AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/logs/aws4_request"
                         ", SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;"
                         "x-amz-target, Signature="),
        first.constData());
    QCOMPARE(headerValue(request.headers, "X-Amz-Security-Token"), "TOKEN"_ba);
    QCOMPARE(headerValue(request.headers, "X-Amz-Date"), "20261122T100000Z"_ba);
    service->sign(request, now.addSecs(1), {"AKID:secret"_ba});
    QVERIFY(headerValue(request.headers, "Authorization") != first);
    QCOMPARE(headerValue(request.headers, "X-Amz-Date"), "20261122T100001Z"_ba);
    QVERIFY(headerValue(request.headers, "X-Amz-Security-Token").isNull());
    QCOMPARE(request.headers.size(), 4);
    for (const auto &header : std::as_const(request.headers))
        QVERIFY(!header.second.contains("secret"));
}

void TestCloudWatchService::signsForItsRegion_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QByteArray>("region");
    const auto row = [](const char *what, const QString &host, const QByteArray &region,
                        const QJsonObject &own = {}) {
        QTest::newRow(what) << u"https://"_s + host << own << region;
    };
    row("host", u"logs.eu-central-1.amazonaws.com"_s, "eu-central-1"_ba);
    row("FIPS", u"logs-fips.us-east-2.amazonaws.com"_s, "us-east-2"_ba);
    row("dual stack", u"logs.ap-south-1.api.aws"_s, "ap-south-1"_ba);
    row("China", u"logs.cn-north-1.amazonaws.com.cn"_s, "cn-north-1"_ba);
    row("GovCloud", u"logs.us-gov-west-1.amazonaws.com"_s, "us-gov-west-1"_ba);
    row("VPC endpoint", u"vpce-0a1-b2.logs.eu-west-2.vpce.amazonaws.com"_s, "eu-west-2"_ba);
    row("emulator that keeps the form", u"logs.eu-west-1.localhost.localstack.cloud:4566"_s,
        "eu-west-1"_ba);
    row("another host", u"receiver.example"_s, "us-east-1"_ba);
    row("option before the host", u"logs.eu-central-1.amazonaws.com"_s, "eu-west-3"_ba,
        {{u"region"_s, u"eu-west-3"_s}});
}

void TestCloudWatchService::signsForItsRegion()
{
    QFETCH(QString, url);
    QFETCH(QJsonObject, own);
    QFETCH(QByteArray, region);
    HttpRequest request;
    request.url = QUrl(url);
    make(own, url)->sign(request, QDateTime::currentDateTimeUtc(), {"AKID:secret"_ba});
    const QByteArray signedWith = headerValue(request.headers, "Authorization");
    QVERIFY2(signedWith.contains('/' + region + "/logs/"), signedWith.constData());
}

void TestCloudWatchService::leavesRequestsWithoutAKeyUnsigned()
{
    for (const QByteArray &key : {""_ba, "no colon"_ba, ":"_ba, "a:b c"_ba, QByteArray(9, '\0')}) {
        HttpRequest request;
        request.url = QUrl(u"http://127.0.0.1"_s);
        make()->sign(request, QDateTime(), {key});
        QVERIFY(request.headers.isEmpty());
    }
}

// C14: what the HTTP stack sends as Host is what is signed.
void TestCloudWatchService::leavesAWellKnownPortToItself()
{
    const std::vector<RecordView> views{RecordView()};
    const auto urlOf = [&](const QString &url) {
        return make({}, url)->plan(views).shares.at(0).request.url.toString();
    };
    QCOMPARE(urlOf(u"https://logs.eu-west-1.amazonaws.com:443"_s),
             u"https://logs.eu-west-1.amazonaws.com/"_s);
    QCOMPARE(urlOf(u"http://h:80/"_s), u"http://h/"_s);
    QCOMPARE(urlOf(u"http://h:443/"_s), u"http://h:443/"_s);
}

void TestCloudWatchService::createsWhatIsMissing()
{
    Record record = recordAt(start, "a,\"logEvents\":[", "run \",\"logEvents\":[ \\");
    const Share share = planOf({record}).shares.at(0);
    const auto requests = make({{u"retention_days"_s, 30}})->createAll(share);
    QCOMPARE(requests.size(), 3U);
    const auto targetOf = [](const HttpRequest &request) {
        return headerValue(request.headers, "X-Amz-Target");
    };
    QCOMPARE(targetOf(requests[0]), "Logs_20140328.CreateLogGroup"_ba);
    QCOMPARE(bodyOf(requests[0]), (QJsonObject{{u"logGroupName"_s, u"/workflow/import"_s}}));
    QCOMPARE(targetOf(requests[1]), "Logs_20140328.PutRetentionPolicy"_ba);
    QCOMPARE(bodyOf(requests[1]),
             (QJsonObject{{u"logGroupName"_s, u"/workflow/import"_s}, {u"retentionInDays"_s, 30}}));
    QCOMPARE(targetOf(requests[2]), "Logs_20140328.CreateLogStream"_ba);
    QCOMPARE(bodyOf(requests[2]),
             (QJsonObject{{u"logGroupName"_s, u"/workflow/import"_s},
                          {u"logStreamName"_s,
                           QString::fromStdString(record.context.runId).replace(u':', u'-')}}));
    QCOMPARE(headerValue(requests[2].headers, "Content-Type"), "application/x-amz-json-1.1"_ba);
    QCOMPARE(make()->createAll(share).size(), 2U);
    const auto first = make()->create(share); // is mostly enough
    QCOMPARE(first.size(), 1U);
    QCOMPARE(targetOf(first[0]), "Logs_20140328.CreateLogStream"_ba);
    QCOMPARE(first[0].body, requests[2].body);
    QCOMPARE(make()->create({}).size(), 1U); // never crashes
}

void TestCloudWatchService::knowsItsLimits()
{
    const Limits limits = make()->limits();
    QCOMPARE(limits.maxAge, std::chrono::milliseconds(14LL * 24 * 3600 * 1000));
    QCOMPARE(limits.maxAhead, std::chrono::milliseconds(2LL * 3600 * 1000));
}

QTEST_GUILESS_MAIN(TestCloudWatchService)
#include "tst_cloudwatchservice.moc"
