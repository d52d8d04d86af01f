// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "tests/core/service/otlpsupport.h"

#include <QTest>

using namespace trace;
using namespace trace::otlptest;
using namespace Qt::StringLiterals;

//! Requests as clients of OpenTelemetry send them.
class TestOtlpDecoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsForeignRecords();
    void keepsTheService();
    void keepsWhatStandsTwice();
    void takesEmptyRequests_data();
    void takesEmptyRequests();
    void undoesEncodings_data();
    void undoesEncodings();
    void refuses_data();
    void refuses();
    void skipsUnknownFields();
    void repairsText();
};

void TestOtlpDecoder::readsForeignRecords()
{
    const Read result = read(jsonWith(
        "'observedTimeUnixNano':'1700000000000000009','severityNumber':13,'severityText':'WARN',"
        "'body':{'stringValue':'slow'},'flags':1,'eventName':'query',"
        "'droppedAttributesCount':2,'attributes':["
        "{'key':'code.filepath','value':{'stringValue':'/app/db.py'}},"
        "{'key':'code.lineno','value':{'intValue':'42'}},"
        "{'key':'code.function','value':{'stringValue':'run'}},"
        "{'key':'run_id','value':{'stringValue':'r1'}},"
        "{'key':'thread.id','value':{'stringValue':'main'}}],"
        "'traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'b7ad6b7169203331'",
        "'attributes':[{'key':'host.name','value':{'stringValue':'h1'}},"
        "{'key':'telemetry.sdk.language','value':{'stringValue':'python'}}]",
        "'name':'app.db','version':'1.2'"));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    Record expected;
    expected.timestamp = 1'700'000'000'000'000'001;
    expected.level = Level::Warning;
    expected.message = "slow";
    expected.context.hostname = "h1";
    expected.context.runId = "r1";
    expected.filename = "/app/db.py";
    expected.lineno = 42;
    expected.traceId = "0af7651916cd43dd8448eb211c80319c";
    expected.spanId = "b7ad6b7169203331";
    expected.metadata =
        quoted("{'telemetry.sdk.language':'python','otel.scope.name':'app.db',"
               "'otel.scope.version':'1.2','code.function':'run','thread.id':'main',"
               "'trace_flags':1,'dropped_attributes_count':2,'event_name':'query'}")
            .toStdString();
    QCOMPARE(result.records[0].metadata, expected.metadata);
    QVERIFY(result.records[0] == expected);
}

void TestOtlpDecoder::keepsTheService()
{
    const auto tagsOf = [](const QByteArray &service, const QByteArray &attributes) {
        const Read result = read(jsonWith(
            "'attributes':[" + attributes + "]",
            "'attributes':[{'key':'service.name','value':{'stringValue':'" + service + "'}}]"));
        return result.records.at(0).context.tags;
    };
    using Tags = std::vector<std::string>;
    QCOMPARE(tagsOf("shop", ""), (Tags{"service:shop"}));
    QCOMPARE(tagsOf("unknown_service", ""), Tags());
    QCOMPARE(tagsOf("shop", "{'key':'cicd.pipeline.name','value':{'stringValue':'shop'}}"), Tags());
    QCOMPARE(
        tagsOf("shop", "{'key':'tags','value':{'arrayValue':{'values':[{'stringValue':'a'}]}}}"),
        (Tags{"a", "service:shop"}));
    // Passed on, it is the same service again.
    const Read foreign =
        read(jsonWith("", "'attributes':[{'key':'service.name','value':{'stringValue':'shop'}}]"));
    const auto shares = make(u"json"_s)->plan(viewsOf(foreign.records)).shares;
    QVERIFY(shares.at(0).request.body.contains(
        quoted("{'key':'service.name','value':{'stringValue':'shop'}}")));
}

void TestOtlpDecoder::keepsWhatStandsTwice()
{
    const Read result =
        read(jsonWith("'attributes':[{'key':'cicd.pipeline.run.id','value':{'stringValue':'a'}},"
                      "{'key':'run_id','value':{'stringValue':'b'}},"
                      "{'key':'trace_id','value':{'stringValue':'mine'}}],"
                      "'traceId':'0af7651916cd43dd8448eb211c80319c'",
                      "'attributes':[{'key':'run_id','value':{'stringValue':'of the resource'}}]"));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(result.records[0].context.runId, std::string("a"));
    QCOMPARE(result.records[0].traceId, std::string("0af7651916cd43dd8448eb211c80319c"));
    QCOMPARE(result.records[0].metadata, std::string(R"({"run_id":"b","trace_id":"mine"})"));
}

void TestOtlpDecoder::takesEmptyRequests_data()
{
    QTest::addColumn<HttpRequest>("request");
    QTest::newRow("protobuf") << requestOf("application/x-protobuf", "");
    QTest::newRow("protobuf under gzip") << requestOf("application/x-protobuf", gzip(""), "gzip");
    QTest::newRow("JSON") << requestOf("application/json", "{}");
    QTest::newRow("no resources") << requestOf("application/json", R"({"resourceLogs":[]})");
    QTest::newRow("no records") << requestOf("application/json; charset=utf-8",
                                             R"({"resourceLogs":[{"scopeLogs":[{}]}]})");
    QTest::newRow("null") << requestOf("application/json", R"({"resourceLogs":null})");
}

void TestOtlpDecoder::takesEmptyRequests()
{
    QFETCH(HttpRequest, request);
    const Read result = read(request);
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QVERIFY(result.records.empty());
}

void TestOtlpDecoder::undoesEncodings_data()
{
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("body");
    const QByteArray body = jsonWith("'body':{'stringValue':'x'}").body;
    const std::string_view view(body.data(), static_cast<std::size_t>(body.size()));
    const QByteArray zlib = qCompress(body).mid(4);
    QTest::newRow("none") << ""_ba << body;
    QTest::newRow("gzip") << "gzip"_ba << gzip(view);
    QTest::newRow("zstd") << "zstd"_ba << zstdCompress(view);
    QTest::newRow("deflate") << "deflate"_ba << zlib;
    QTest::newRow("raw deflate") << "deflate"_ba << zlib.mid(2, zlib.size() - 6);
}

void TestOtlpDecoder::undoesEncodings()
{
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, body);
    const Read result = read(requestOf("application/json", body, encoding));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(result.records[0].message, std::string("x"));
}

void TestOtlpDecoder::refuses_data()
{
    QTest::addColumn<HttpRequest>("request");
    QTest::addColumn<int>("status");
    const auto json = [](const char *what, const char *body, int status = 400) {
        QTest::newRow(what) << requestOf("application/json", quoted(body)) << status;
    };
    json("no JSON", "resourceLogs");
    json("nothing", "");
    json("cut off", "{'resourceLogs':[");
    json("an array", "[]");
    json("a record of other services", "{'level':'info','message':'m'}");
    json("resources that are no list", "{'resourceLogs':{}}");
    json("a resource that is a text", "{'resourceLogs':['x']}");
    json("records that are no list", "{'resourceLogs':[{'scopeLogs':[{'logRecords':1}]}]}");
    json("attributes that are an object",
         "{'resourceLogs':[{'scopeLogs':[{'logRecords':[{'attributes':{'a':'b'}}]}]}]}");
    json("a time that is none",
         "{'resourceLogs':[{'scopeLogs':[{'logRecords':[{'timeUnixNano':'today'}]}]}]}");
    QTest::newRow("no protobuf") << requestOf("application/x-protobuf", "{}") << 400;
    QTest::newRow("protobuf cut off") << requestOf("application/x-protobuf", "\x0a\x7f") << 400;
    QTest::newRow("no type") << requestOf({}, "{}") << 415;
    QTest::newRow("another type") << requestOf("text/plain", "{}") << 415;
    QTest::newRow("another encoding") << requestOf("application/json", "{}", "br") << 415;
    QTest::newRow("damaged gzip") << requestOf("application/json", "{}", "gzip") << 400;
    QByteArray deep;
    for (int i = 0; i < 150; ++i)
        deep += "{'arrayValue':{'values':[";
    QTest::newRow("nested to the limit of the parser")
        << jsonWith("'body':" + deep + "{}" + QByteArray("]}}").repeated(150)) << 400;
    std::string value;
    for (int i = 0; i < 150; ++i) {
        std::string list;
        protozero::pbf_writer(list).add_string(1, value);
        value.clear();
        protozero::pbf_writer(value).add_string(5, list);
    }
    QTest::newRow("nested in protobuf")
        << protobufWith([&](protozero::pbf_writer &record) { record.add_string(5, value); }) << 400;
}

void TestOtlpDecoder::refuses()
{
    QFETCH(HttpRequest, request);
    QFETCH(int, status);
    const Read result = read(request);
    QVERIFY(!result.done);
    QCOMPARE(result.done.error().status, status);
    QVERIFY(!result.done.error().text.isEmpty());
}

void TestOtlpDecoder::skipsUnknownFields()
{
    const Read json = read(
        jsonWith("'colour':{'a':[1]},'body':{'stringValue':'x'}", "'colour':1", "'colour':null"));
    QVERIFY(json.done);
    QCOMPARE(json.records.at(0).message, std::string("x"));
    const Read protobuf = read(protobufWith([](protozero::pbf_writer &record) {
        record.add_string(99, "of a later version");
        record.add_fixed32(98, 1);
        record.add_fixed64(97, 1);
        record.add_uint64(96, 1);
        record.add_string(1, "a time of another type");
        record.add_fixed64(1, 7);
    }));
    QVERIFY(protobuf.done);
    QCOMPARE(protobuf.records.at(0).timestamp, 7);
}

void TestOtlpDecoder::repairsText()
{
    const Read protobuf = read(protobufWith([](protozero::pbf_writer &record) {
        protozero::pbf_writer(record, 5).add_string(1, "x\xff");
    }));
    QVERIFY(protobuf.done);
    QCOMPARE(protobuf.records.at(0).message, std::string("x\uFFFD"));
    for (const char *text : {"x\xff", "x\\ud800"}) {
        const Read json =
            read(jsonWith(QByteArray("'body':{'stringValue':'") + text + QByteArray("'}")));
        QVERIFY2(json.done.has_value(), json.done ? "" : qPrintable(json.done.error().text));
        QCOMPARE(json.records.at(0).message, std::string("x\uFFFD"));
    }
}

QTEST_GUILESS_MAIN(TestOtlpDecoder)
#include "tst_otlpdecoder.moc"
