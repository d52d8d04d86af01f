// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

using namespace trace;
using namespace Qt::StringLiterals;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

namespace {

const QByteArray protobuf = "application/x-protobuf"_ba;
const QByteArray json = "application/json"_ba;

std::shared_ptr<const Service> make()
{
    ServiceOptions options;
    options.url = QUrl(u"http://collector.example"_s);
    return makeService(u"otlp"_s, options).value_or(nullptr);
}

Outcome outcomeOf(int status, const QByteArray &type, const QByteArray &body,
                  const HttpHeaders &headers = {}, std::size_t records = 100)
{
    Share share;
    share.indices.resize(records);
    HttpReply reply;
    reply.status = status;
    reply.headers = headers;
    if (!type.isEmpty())
        setHeader(reply.headers, "Content-Type"_ba, type);
    reply.body = body;
    return make()->interpret(share, reply);
}

//! ExportLogsServiceResponse in protobuf.
QByteArray partial(std::int64_t rejected, const char *message)
{
    std::string body;
    {
        protozero::pbf_writer response(body);
        protozero::pbf_writer success(response, 1);
        success.add_int64(1, rejected);
        success.add_string(2, message);
    }
    return QByteArray::fromStdString(body);
}

//! google.rpc.Status in protobuf.
QByteArray status(int code, const char *message)
{
    std::string body;
    protozero::pbf_writer writer(body);
    writer.add_int32(1, code);
    writer.add_string(2, message);
    writer.add_string(3, "\x0a\x04type");
    return QByteArray::fromStdString(body);
}

} // namespace

class TestOtlpAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void interprets_data();
    void interprets();
    void interpretsFaults_data();
    void interpretsFaults();
    void namesAllWhenAllAreRejected();
    void honoursTheHint_data();
    void honoursTheHint();
    void tellsWhatToFix_data();
    void tellsWhatToFix();
    void answersSuccess_data();
    void answersSuccess();
    void refuses_data();
    void refuses();
};

void TestOtlpAnswer::interprets_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<int>("unknown");
    QTest::addColumn<QString>("word"); // in the reason; "": there is none
    const auto row = [](const char *what, int code, const QByteArray &type, const QByteArray &body,
                        Kind kind, int unknown = 0, const char *word = "") {
        QTest::newRow(what) << code << type << body << kind << unknown << QString::fromUtf8(word);
    };
    row("stored", 200, protobuf, "", Kind::Delivered);
    row("stored, JSON", 200, json, "{}", Kind::Delivered);
    row("stored, told in full", 200, json, R"({"partialSuccess":{}})", Kind::Delivered);
    row("stored by Loki", 204, "", "", Kind::Delivered);
    row("stored, by a queue", 202, "text/plain", "", Kind::Delivered);
    row("partly", 200, protobuf, partial(3, "too old"), Kind::PartlyDelivered, 3, "too old");
    row("partly, JSON", 200, json,
        R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}})",
        Kind::PartlyDelivered, 3, "too old");
    row("partly, as a number", 200, json, R"({"partialSuccess":{"rejectedLogRecords":3}})",
        Kind::PartlyDelivered, 3, "3 of 100");
    row("partly, names as in the .proto", 200, json,
        R"({"partial_success":{"rejected_log_records":3}})", Kind::PartlyDelivered, 3, "3 of 100");
    row("partly, no type", 200, "", R"({"partialSuccess":{"rejectedLogRecords":3}})",
        Kind::PartlyDelivered, 3, "3 of 100");
    for (const char *count : {R"("5.0")", R"("99999999999999999999")", "true"})
        row(qPrintable(u"partly, a count as %1"_s.arg(QLatin1String(count))), 200, json,
            R"({"partialSuccess":{"rejectedLogRecords":)" + QByteArray(count) + "}}",
            Kind::PartlyDelivered, 1, "1 of 100");
    row("partly, no type, protobuf", 200, "", partial(3, ""), Kind::PartlyDelivered, 3, "3 of 100");
    row("a warning", 200, protobuf, partial(0, "slow down"), Kind::Delivered, 0, "slow down");
    row("a warning, JSON", 200, json, R"({"partialSuccess":{"errorMessage":"slow down"}})",
        Kind::Delivered, 0, "slow down");
    row("cut in its JSON", 200, json, R"({"partialSuccess":{"rejectedLogRecords":3)",
        Kind::RetryLater, 0, "breaks off");
    row("cut in a text of its JSON", 200, json, R"({"partialSuccess":{"errorMessage":"old }})",
        Kind::RetryLater, 0, "breaks off");
    row("cut JSON, no type", 200, "", R"({"partialSuccess":)", Kind::RetryLater, 0, "breaks off");
    row("cut in its protobuf", 200, protobuf, partial(3, "too old").chopped(2), Kind::RetryLater, 0,
        "breaks off");
    row("words of somebody else", 200, "text/plain", "OK", Kind::Delivered, 0, "none of OTLP's");
    row("JSON with a mistake", 200, json, "{ok}", Kind::Delivered, 0, "none of OTLP's");
    row("a page of somebody else", 200, "text/html", "<html>", Kind::Hold, 0, "<html>");
    row("redirect", 301, "", "", Kind::Hold, 0, "301");
    row("bad data", 400, protobuf, status(3, "no such thing"), Kind::Rejected, 0, "no such thing");
    row("bad data, JSON", 400, json, R"({"code":3,"message":"no such thing"})", Kind::Rejected, 0,
        "no such thing");
    row("bad data, plain", 400, "text/plain", "no such thing", Kind::Rejected, 0, "no such thing");
    row("bad data, not protobuf after all", 400, protobuf, "no such thing", Kind::Rejected, 0,
        "no such thing");
    row("key", 401, protobuf, status(16, "who"), Kind::Hold, 0, "who");
    row("rights", 403, json, R"({"code":7,"message":"who"})", Kind::Hold, 0, "who");
    row("no receiver there", 404, "", "404 page not found", Kind::Hold, 0, "404");
    row("no POST there", 405, "", "", Kind::Hold, 0, "405");
    row("late", 408, "", "", Kind::RetryLater, 0, "408");
    row("too large", 413, protobuf, status(8, "large"), Kind::Split, 0, "large");
    row("encoding", 415, "", "", Kind::Hold, 0, "415");
    row("not to be processed", 422, "", "", Kind::Rejected, 0, "422");
    row("early", 425, "", "", Kind::Slower, 0, "425");
    row("throttled", 429, protobuf, status(8, "quota"), Kind::Slower, 0, "quota");
    row("internal", 500, protobuf, status(13, "oops"), Kind::RetryLater, 0, "oops");
    row("not implemented", 501, "", "", Kind::Rejected, 0, "501");
    row("bad gateway", 502, "", "", Kind::RetryLater, 0, "502");
    row("unavailable", 503, protobuf, status(14, "busy"), Kind::RetryLater, 0, "busy");
    row("gateway", 504, "", "", Kind::RetryLater, 0, "504");
}

void TestOtlpAnswer::interprets()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(Kind, kind);
    QFETCH(int, unknown);
    QFETCH(QString, word);
    const Outcome outcome = outcomeOf(status, type, body);
    QCOMPARE(outcome.kind, kind);
    QCOMPARE(static_cast<int>(outcome.unknownCount), unknown);
    QVERIFY(outcome.rejected.empty());
    QCOMPARE(outcome.reason.isEmpty(), word.isEmpty());
    QVERIFY2(outcome.reason.contains(word), qPrintable(outcome.reason));
    QCOMPARE(outcome.action.isEmpty(), kind != Kind::Hold);
    QCOMPARE(outcome.heldForAuthentication, status == 401 || status == 403);
}

void TestOtlpAnswer::interpretsFaults_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<Kind>("kind");
    QTest::newRow("unreachable") << int(TransportFault::Unreachable) << Kind::RetryLater;
    QTest::newRow("lost") << int(TransportFault::Lost) << Kind::RetryLater;
    QTest::newRow("certificate") << int(TransportFault::Certificate) << Kind::Hold;
}

void TestOtlpAnswer::interpretsFaults()
{
    QFETCH(int, fault);
    HttpReply reply;
    reply.fault = static_cast<TransportFault>(fault);
    reply.faultText = u"why"_s;
    const Outcome outcome = make()->interpret({}, reply);
    QTEST(outcome.kind, "kind");
    QCOMPARE(outcome.reason, u"why"_s);
}

void TestOtlpAnswer::namesAllWhenAllAreRejected()
{
    for (const std::int64_t rejected : {2, 5}) {
        const Outcome outcome = outcomeOf(200, protobuf, partial(rejected, "x"), {}, 2);
        QCOMPARE(outcome.kind, Kind::PartlyDelivered);
        QCOMPARE(outcome.rejected, (std::vector<std::size_t>{0, 1}));
        QCOMPARE(outcome.unknownCount, 0U);
    }
}

void TestOtlpAnswer::honoursTheHint_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<int>("seconds");
    QTest::newRow("throttled") << 429 << "7"_ba << 7;
    QTest::newRow("unavailable") << 503 << "7"_ba << 7;
    QTest::newRow("date") << 503 << "Sun, 22 Nov 2026 10:00:30 GMT"_ba << 30;
    QTest::newRow("capped") << 429 << "86400"_ba << 900;
}

void TestOtlpAnswer::honoursTheHint()
{
    QFETCH(int, status);
    QFETCH(QByteArray, after);
    QFETCH(int, seconds);
    const Outcome outcome =
        outcomeOf(status, protobuf, ::status(8, "busy"),
                  {{"Date"_ba, "Sun, 22 Nov 2026 10:00:00 GMT"_ba}, {"Retry-After"_ba, after}});
    QVERIFY(outcome.hint);
    QCOMPARE(*outcome.hint, std::chrono::seconds(seconds));
}

void TestOtlpAnswer::tellsWhatToFix_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("word");
    QTest::newRow("key") << 401 << u"api_key"_s;
    QTest::newRow("path") << 404 << u"/v1/logs"_s;
    QTest::newRow("encoding") << 415 << u"encoding"_s;
}

void TestOtlpAnswer::tellsWhatToFix()
{
    QFETCH(int, status);
    QFETCH(QString, word);
    const Outcome outcome = outcomeOf(status, protobuf, ::status(1, "x"));
    QVERIFY2(outcome.action.contains(word), qPrintable(outcome.action));
}

void TestOtlpAnswer::answersSuccess_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("protobuf") << u"/v1/logs"_s << protobuf << 200 << ""_ba;
    QTest::newRow("JSON") << u"/v1/logs"_s << json << 200 << "{}"_ba;
    QTest::newRow("Loki") << u"/otlp/v1/logs"_s << QByteArray() << 204 << ""_ba;
}

void TestOtlpAnswer::answersSuccess()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, type);
    HttpRequest request;
    request.url = QUrl(path);
    request.headers = {{"Content-Type"_ba, type.isEmpty() ? json : type}};
    const ServiceAnswer answer = make()->accepted(request);
    QTEST(answer.status, "status");
    QTEST(answer.body, "body");
    QCOMPARE(answer.contentType, type);
}

void TestOtlpAnswer::refuses_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("code");
    QTest::newRow("bad data") << 400 << 3;
    QTest::newRow("too large") << 413 << 8;
    QTest::newRow("throttled") << 429 << 8;
    QTest::newRow("internal") << 500 << 13;
    QTest::newRow("unavailable") << 503 << 14;
    QTest::newRow("key") << 401 << 16;
}

void TestOtlpAnswer::refuses()
{
    QFETCH(int, status);
    QFETCH(int, code);
    HttpRequest request;
    request.headers = {{"Content-Type"_ba, json}};
    const ServiceAnswer inJson = make()->refusedFor(request, status, u"wärum"_s);
    QCOMPARE(inJson.status, status);
    QCOMPARE(inJson.contentType, json);
    const QJsonObject object = QJsonDocument::fromJson(inJson.body).object();
    QCOMPARE(object.value(u"code"_s).toInt(), code);
    QCOMPARE(object.value(u"message"_s).toString(), u"wärum"_s);

    request.headers = {{"Content-Type"_ba, protobuf}};
    const ServiceAnswer inProtobuf = make()->refusedFor(request, status, u"wärum"_s);
    QCOMPARE(inProtobuf.contentType, protobuf);
    protozero::pbf_reader reader(inProtobuf.body.constData(),
                                 static_cast<std::size_t>(inProtobuf.body.size()));
    QVERIFY(reader.next(1));
    QCOMPARE(reader.get_int32(), code);
    QVERIFY(reader.next(2));
    QCOMPARE(reader.get_string(), std::string("wärum"));
    // Its own client reads it.
    const Outcome outcome = outcomeOf(status, protobuf, inProtobuf.body);
    QVERIFY2(outcome.reason.contains(u"wärum"_s), qPrintable(outcome.reason));
}

QTEST_GUILESS_MAIN(TestOtlpAnswer)
#include "tst_otlpanswer.moc"
