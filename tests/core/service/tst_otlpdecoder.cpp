// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/timestamp.h"
#include "core/service/compression.h"
#include "core/service/service.h"

#include <QTest>

#include <protozero/pbf_writer.hpp>

#include <cmath>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Service> make(const QString &encoding = u"protobuf"_s,
                                    const QString &compression = u"none"_s)
{
    ServiceOptions options;
    options.url = QUrl(u"http://collector.example"_s);
    options.compression = compression;
    options.own = {{u"encoding"_s, encoding}};
    return makeService(u"otlp"_s, options).value_or(nullptr);
}

HttpRequest requestOf(const QByteArray &type, const QByteArray &body,
                      const QByteArray &encoding = {})
{
    HttpRequest request;
    if (!type.isNull())
        setHeader(request.headers, "Content-Type", type);
    if (!encoding.isEmpty())
        setHeader(request.headers, "Content-Encoding", encoding);
    request.body = body;
    return request;
}

struct Read
{
    std::vector<Record> records;
    tl::expected<void, DecodeError> done;
};

Read read(const HttpRequest &request)
{
    Read result;
    result.done = make()->decode(
        request, [&](const RecordView &view) { result.records.push_back(toRecord(view)); });
    return result;
}

//! JSON written with ' for ".
QByteArray quoted(const QByteArray &json)
{
    return QByteArray(json).replace('\'', '"');
}

//! A request with one log record, whose members are \a record, in JSON.
HttpRequest jsonWith(const QByteArray &record, const QByteArray &resource = "",
                     const QByteArray &scope = "")
{
    return requestOf("application/json",
                     quoted("{'resourceLogs':[{'resource':{" + resource +
                            "},'scopeLogs':[{'scope':{" + scope +
                            "},'logRecords':[{'timeUnixNano':'1700000000000000001'" +
                            (record.isEmpty() ? "" : ",") + record + "}]}]}]}"));
}

//! The same in protobuf: \a write adds to the log record.
template <typename Write>
HttpRequest protobufWith(Write &&write)
{
    std::string body;
    {
        protozero::pbf_writer request(body);
        protozero::pbf_writer resource(request, 1);
        protozero::pbf_writer scope(resource, 2);
        protozero::pbf_writer record(scope, 2);
        write(record);
    }
    return requestOf("application/x-protobuf", QByteArray::fromStdString(body));
}

std::vector<Record> richRecords()
{
    std::vector<Record> records;
    for (int i = 0; i < 60; ++i) {
        Record record;
        record.timestamp = 1'700'000'000'000'000'001 + i * 10;
        record.level = allLevels[static_cast<std::size_t>(i) % allLevels.size()];
        record.mode = i % 2 ? Mode::Stdout : Mode::Stderr;
        record.message = "line " + std::to_string(i) + " ä\n\"x\"\t\x01";
        record.context.runId = "run-" + std::to_string(i / 20);
        record.context.parentRunId = "parent";
        record.context.workflowName = "import";
        record.context.stageName = "load";
        record.context.jobName = "copy";
        record.context.userId = "u";
        record.context.tenantId = "t";
        record.context.environment = "prod";
        record.context.hostname = i < 40 ? "h" : "g";
        record.context.tags = {"one", "service:etl", "a \"quoted\", tag"};
        record.filename = "a.py";
        record.lineno = i;
        record.process = -1;
        record.thread = INT64_MAX;
        record.traceId = "0af7651916cd43dd8448eb211c80319c";
        record.spanId = "b7ad6b7169203331";
        record.parentSpanId = "00f067aa0ba902b7";
        record.durationMs = 0.1;
        record.memoryUsageMb = 1e300;
        record.cpuUsagePercent = 0;
        record.exceptionType = "KeyError";
        record.exceptionMessage = "'x'";
        record.stackTrace = "Traceback:\n  line";
        record.errorCode = "E1";
        record.metadata =
            "{\"a\":\"b \\\"c\\\" €𝄞\","
            R"("level":"odd","mode":7,"deep":{"list":[1,-2.5,"x",null,true,{}],)"
            R"("empty":[]},"big":9007199254740993,"host.name":"other","metadata.run_id":"m",)"
            R"("whole":2.0,"none":null,"":"no name"})";
        records.push_back(record);
    }
    records.emplace_back().timestamp = 1; // nothing else is set
    return records;
}

std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return views;
}

Record withIds(const char *traceId, const char *spanId)
{
    Record record;
    record.timestamp = 5;
    record.traceId = traceId;
    record.spanId = spanId;
    return record;
}

} // namespace

class TestOtlpDecoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBackWhatIsWritten_data();
    void readsBackWhatIsWritten();
    void readsBackUnusualRecords_data();
    void readsBackUnusualRecords();
    void readsForeignRecords();
    void readsBodies_data();
    void readsBodies();
    void readsAttributes_data();
    void readsAttributes();
    void readsLevels_data();
    void readsLevels();
    void readsIdsInJson_data();
    void readsIdsInJson();
    void readsIdsInProtobuf_data();
    void readsIdsInProtobuf();
    void readsTimes_data();
    void readsTimes();
    void keepsTheService();
    void keepsWhatStandsTwice();
    void takesEmptyRequests_data();
    void takesEmptyRequests();
    void undoesEncodings_data();
    void undoesEncodings();
    void refuses_data();
    void refuses();
    void skipsUnknownFields();
    void readsValuesInProtobuf();
    void repairsText();
    void survivesDamage();
};

void TestOtlpDecoder::readsBackWhatIsWritten_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::addColumn<QString>("compression");
    for (const char *encoding : {"protobuf", "json"}) {
        for (const char *compression : {"gzip", "zstd", "none"})
            QTest::addRow("%s, %s", encoding, compression)
                << QString::fromLatin1(encoding) << QString::fromLatin1(compression);
    }
}

void TestOtlpDecoder::readsBackWhatIsWritten()
{
    QFETCH(QString, encoding);
    QFETCH(QString, compression);
    const std::vector<Record> records = richRecords();
    const Plan plan = make(encoding, compression)->plan(viewsOf(records));
    QCOMPARE(plan.shares.size(), 1U);
    const Read result = read(plan.shares[0].request);
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        QCOMPARE(QByteArray::fromStdString(result.records[i].metadata),
                 QByteArray::fromStdString(records[i].metadata));
        QVERIFY(result.records[i] == records[i]);
    }
}

void TestOtlpDecoder::readsBackUnusualRecords_data()
{
    QTest::addColumn<Record>("record");
    const auto row = [](const char *what, const Record &record) { QTest::newRow(what) << record; };
    row("UUID as a trace id", withIds("0af76519-16cd-43dd-8448-eb211c80319c", ""));
    row("ids in upper case", withIds("0AF7651916CD43DD8448EB211C80319C", "B7AD6B7169203331"));
    row("ids that are words", withIds("trace-1", "span ü"));
    row("ids of zeroes", withIds("00000000000000000000000000000000", "0000000000000000"));
    row("UUID as a span id", withIds("", "0af76519-16cd-43dd-8448-eb211c80319c"));
    Record record;
    record.timestamp = 0;
    row("the epoch", record);
    record.timestamp = -1'000'000'001;
    row("before the epoch", record);
    record.timestamp = INT64_MAX;
    row("the last time", record);
    record.timestamp = 1;
    record.message.assign(100'000, 'x');
    record.stackTrace.assign(3'000'000, 'y');
    row("large", record);
    record = {};
    record.timestamp = 1;
    record.context.tags = {"", "service:", "x"};
    record.context.workflowName = "unknown_service";
    row("tags without a name", record);
    record.context.tags = {"service:a", "service:b"};
    row("two services", record);
    record.context = {};
    record.context.tags = {"only"};
    record.metadata =
        R"({"service.name":"s","workflow.run_id":1,"tags":["a"],"workflow.tags":null,)"
        R"("metadata.metadata.tags":{"metadata":1}})";
    row("metadata with names of fields", record);
}

void TestOtlpDecoder::readsBackUnusualRecords()
{
    QFETCH(Record, record);
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const auto shares = make(encoding)->plan(viewsOf({record})).shares;
        QCOMPARE(shares.size(), 1U);
        const Read result = read(shares[0].request);
        QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
        QCOMPARE(result.records.size(), 1U);
        QCOMPARE(result.records[0].metadata, record.metadata);
        QVERIFY2(result.records[0] == record, qPrintable(encoding));
    }
}

// As the SDK for Python sends a record of its logging.
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

void TestOtlpDecoder::readsBodies_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char *what, const char *body, const char *message) {
        QTest::newRow(what) << QByteArray(body) << quoted(message);
    };
    row("text", "{'stringValue':'x'}", "x");
    row("empty text", "{'stringValue':''}", "");
    row("truth", "{'boolValue':false}", "false");
    row("integer as a text", "{'intValue':'-9223372036854775808'}", "-9223372036854775808");
    row("integer as a number", "{'intValue':9007199254740993}", "9007199254740993");
    row("integer above 64 bits", "{'intValue':'18446744073709551616'}", "18446744073709551616");
    row("number", "{'doubleValue':0.1}", "0.1");
    row("whole number", "{'doubleValue':2}", "2.0");
    row("no number", "{'doubleValue':'NaN'}", "'NaN'");
    row("endless", "{'doubleValue':'-Infinity'}", "'-Infinity'");
    row("bytes", "{'bytesValue':'AAEC'}", "AAEC");
    row("list", "{'arrayValue':{'values':[{'stringValue':'a'},{'intValue':'1'},{}]}}",
        "['a',1,null]");
    row("empty list", "{'arrayValue':{}}", "[]");
    row("object",
        "{'kvlistValue':{'values':[{'key':'k','value':{'kvlistValue':{'values':[{'key':'l',"
        "'value':{'doubleValue':1.5}}]}}},{'key':'n'}]}}",
        "{'k':{'l':1.5},'n':null}");
    row("empty object", "{'kvlistValue':{'values':[]}}", "{}");
    row("nothing", "{}", "");
    row("null", "null", "");
    row("of a later version", "{'colourValue':'red'}", "");
    row("bare text", "'x'", "x");
    row("bare number", "5", "5");
    row("names as in the .proto", "{'string_value':'x'}", "x");
}

void TestOtlpDecoder::readsBodies()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, message);
    const Read result = read(jsonWith("'body':" + body));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(QByteArray::fromStdString(result.records[0].message), message);
}

void TestOtlpDecoder::readsAttributes_data()
{
    QTest::addColumn<QByteArray>("attribute");
    QTest::addColumn<QByteArray>("metadata");
    const auto row = [](const char *what, const char *attribute, const char *metadata) {
        QTest::newRow(what) << QByteArray(attribute) << quoted(metadata);
    };
    row("text", "{'key':'k','value':{'stringValue':'v'}}", "{'k':'v'}");
    row("large integer", "{'key':'k','value':{'intValue':'9007199254740993'}}",
        "{'k':9007199254740993}");
    row("list", "{'key':'k','value':{'arrayValue':{'values':[{'boolValue':true}]}}}",
        "{'k':[true]}");
    row("field of another type", "{'key':'run_id','value':{'intValue':'5'}}", "{'run_id':5}");
    row("tags that are none", "{'key':'tags','value':{'stringValue':'a,b'}}", "{'tags':'a,b'}");
    row("tags of numbers", "{'key':'tags','value':{'arrayValue':{'values':[{'intValue':'1'}]}}}",
        "{'tags':[1]}");
    row("mode of another name", "{'key':'mode','value':{'stringValue':'tty'}}", "{'mode':'tty'}");
    row("no value", "{'key':'k'}", "{'k':null}");
    row("no key", "{'value':{'stringValue':'v'}}", "{'':'v'}");
    row("prefix of ours", "{'key':'metadata.run_id','value':{'stringValue':'v'}}",
        "{'run_id':'v'}");
    row("prefix of another", "{'key':'metadata.colour','value':{'stringValue':'v'}}",
        "{'metadata.colour':'v'}");
}

void TestOtlpDecoder::readsAttributes()
{
    QFETCH(QByteArray, attribute);
    QFETCH(QByteArray, metadata);
    const Read result = read(jsonWith("'attributes':[" + attribute + "]"));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(QByteArray::fromStdString(result.records[0].metadata), metadata);
}

void TestOtlpDecoder::readsLevels_data()
{
    QTest::addColumn<QByteArray>("severity");
    QTest::addColumn<Level>("level");
    QTest::addColumn<QByteArray>("kept");
    const auto row = [](const char *what, const char *severity, Level level,
                        const char *kept = "") {
        QTest::newRow(what) << QByteArray(severity) << level << quoted(kept);
    };
    row("trace", "'severityNumber':1", Level::Debug);
    row("debug", "'severityNumber':5", Level::Debug);
    row("info", "'severityNumber':9", Level::Info);
    row("notice", "'severityNumber':10,'severityText':'notice'", Level::Info);
    row("warning", "'severityNumber':13,'severityText':'WARN'", Level::Warning);
    row("error", "'severityNumber':17", Level::Error);
    row("highest error", "'severityNumber':20", Level::Error);
    row("fatal", "'severityNumber':21,'severityText':'CRITICAL'", Level::Critical);
    row("highest", "'severityNumber':24", Level::Critical);
    row("as a name", "'severityNumber':'SEVERITY_NUMBER_ERROR2'", Level::Error);
    row("as digits", "'severityNumber':17.0", Level::Error);
    row("only the text", "'severityText':'Error'", Level::Error);
    row("unspecified", "'severityNumber':0,'severityText':'fatal'", Level::Critical);
    row("out of range", "'severityNumber':25", Level::Info);
    row("nothing", "'severityNumber':null", Level::Info);
    row("word of its own", "'severityNumber':17,'severityText':'Audit'", Level::Error,
        "{'severity_text':'Audit'}");
    row("word of its own alone", "'severityText':'Audit'", Level::Info,
        "{'severity_text':'Audit'}");
}

void TestOtlpDecoder::readsLevels()
{
    QFETCH(QByteArray, severity);
    QFETCH(QByteArray, kept);
    const Read result = read(jsonWith(severity));
    QCOMPARE(result.records.size(), 1U);
    QTEST(result.records[0].level, "level");
    QCOMPARE(QByteArray::fromStdString(result.records[0].metadata), kept);
}

void TestOtlpDecoder::readsIdsInJson_data()
{
    QTest::addColumn<QByteArray>("ids");
    QTest::addColumn<QByteArray>("traceId");
    QTest::addColumn<QByteArray>("spanId");
    const auto row = [](const char *what, const char *ids, const char *traceId,
                        const char *spanId) {
        QTest::newRow(what) << QByteArray(ids) << QByteArray(traceId) << QByteArray(spanId);
    };
    row("hex", "'traceId':'0af7651916cd43dd8448eb211c80319c','spanId':'b7ad6b7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("hex in upper case",
        "'traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'B7AD6B7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("base64", "'traceId':'CvdlGRbNQ92ESOshHIAxnA==','spanId':'t61rcWkgMzE='",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("empty", "'traceId':'','spanId':''", "", "");
    row("null", "'traceId':null,'spanId':null", "", "");
    row("zeroes", "'traceId':'00000000000000000000000000000000','spanId':'0000000000000000'", "",
        "");
    row("zeroes in base64", "'traceId':'AAAAAAAAAAAAAAAAAAAAAA==','spanId':'AAAAAAAAAAA='", "", "");
    row("words are kept", "'traceId':'t-1','spanId':'s-1'", "t-1", "s-1");
    row("numbers are none", "'traceId':5,'spanId':7", "", "");
    row("names as in the .proto",
        "'trace_id':'0af7651916cd43dd8448eb211c80319c','span_id':'b7ad6b7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
}

void TestOtlpDecoder::readsIdsInJson()
{
    QFETCH(QByteArray, ids);
    const Read result = read(jsonWith(ids));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QTEST(QByteArray::fromStdString(result.records[0].traceId), "traceId");
    QTEST(QByteArray::fromStdString(result.records[0].spanId), "spanId");
    QCOMPARE(result.records[0].metadata, std::string());
}

void TestOtlpDecoder::readsIdsInProtobuf_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("traceId");
    const QByteArray hex = "0af7651916cd43dd8448eb211c80319c"_ba;
    QTest::newRow("bytes") << QByteArray::fromHex(hex) << hex;
    QTest::newRow("hex as text") << hex << hex;
    QTest::newRow("empty") << ""_ba
                           << ""_ba;
    QTest::newRow("zeroes") << QByteArray(16, '\0') << ""_ba;
    QTest::newRow("too few are kept in hex") << "\x01\x02\x03"_ba
                                             << "010203"_ba;
}

void TestOtlpDecoder::readsIdsInProtobuf()
{
    QFETCH(QByteArray, bytes);
    const Read result = read(protobufWith(
        [&](protozero::pbf_writer &record) { record.add_string(9, bytes.toStdString()); }));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QTEST(QByteArray::fromStdString(result.records[0].traceId), "traceId");
}

void TestOtlpDecoder::readsTimes_data()
{
    QTest::addColumn<QByteArray>("times");
    QTest::addColumn<qint64>("expected"); // 0: now
    const auto row = [](const char *what, const char *times, qint64 expected) {
        QTest::newRow(what) << QByteArray(times) << expected;
    };
    row("both", "'timeUnixNano':'5','observedTimeUnixNano':'7'", 5);
    row("observed only", "'observedTimeUnixNano':'7'", 7);
    row("unknown", "'timeUnixNano':'0','observedTimeUnixNano':'7'", 7);
    row("as a number", "'timeUnixNano':1700000000000000001", 1'700'000'000'000'000'001);
    row("as a number with an exponent", "'timeUnixNano':1.7e18", 1'700'000'000'000'000'000);
    row("none", "'body':{'stringValue':'x'}", 0);
}

void TestOtlpDecoder::readsTimes()
{
    QFETCH(QByteArray, times);
    QFETCH(qint64, expected);
    const std::int64_t before = nowNs();
    const Read result = read(
        requestOf("application/json",
                  quoted("{'resourceLogs':[{'scopeLogs':[{'logRecords':[{" + times + "}]}]}]}")));
    QCOMPARE(result.records.size(), 1U);
    if (expected != 0)
        QCOMPARE(result.records[0].timestamp, expected);
    else
        QVERIFY(result.records[0].timestamp >= before && result.records[0].timestamp <= nowNs());
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

void TestOtlpDecoder::readsValuesInProtobuf()
{
    const auto attribute = [](protozero::pbf_writer &record, const char *key, auto &&write) {
        protozero::pbf_writer pair(record, 6);
        {
            protozero::pbf_writer value(pair, 2); // the value before the key
            write(value);
        }
        pair.add_string(1, key);
    };
    const Read result = read(protobufWith([&](protozero::pbf_writer &record) {
        using Writer = protozero::pbf_writer;
        record.add_fixed64(11, 9);
        record.add_enum(2, 17);
        attribute(record, "text", [](Writer &value) { value.add_string(1, "t"); });
        attribute(record, "truth", [](Writer &value) { value.add_bool(2, true); });
        attribute(record, "integer", [](Writer &value) { value.add_int64(3, INT64_MIN); });
        attribute(record, "number", [](Writer &value) { value.add_double(4, -0.5); });
        attribute(record, "endless", [](Writer &value) { value.add_double(4, HUGE_VAL); });
        attribute(record, "bytes",
                  [](Writer &value) { value.add_bytes(7, std::string("\0\1\2", 3)); });
        attribute(record, "list", [](Writer &value) {
            Writer list(value, 5);
            Writer(list, 1).add_int64(3, 1);
            Writer(list, 1).add_string(1, "x");
        });
        attribute(record, "object", [](Writer &value) {
            Writer object(value, 6);
            Writer pair(object, 1);
            pair.add_string(1, "k");
        });
        attribute(record, "nothing", [](Writer &) {});
    }));
    QVERIFY(result.done);
    const Record &record = result.records.at(0);
    QCOMPARE(record.timestamp, 9);
    QCOMPARE(record.level, Level::Error);
    QCOMPARE(QByteArray::fromStdString(record.metadata),
             quoted("{'text':'t','truth':true,'integer':-9223372036854775808,'number':-0.5,"
                    "'endless':'Infinity','bytes':'AAEC','list':[1,'x'],'object':{'k':null},"
                    "'nothing':null}"));
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

void TestOtlpDecoder::survivesDamage()
{
    const std::vector<Record> records = richRecords();
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const HttpRequest request =
            make(encoding)->plan(viewsOf({records[0], records[1]})).shares.at(0).request;
        for (qsizetype i = 0; i < request.body.size(); ++i) {
            HttpRequest damaged = request;
            damaged.body[i] = static_cast<char>(damaged.body[i] ^ 0x81);
            const Read result = read(damaged);
            QVERIFY(!result.done || result.records.size() < 10'000);
            damaged.body = request.body.first(i);
            QVERIFY(read(damaged).records.size() <= 2);
        }
    }
}

QTEST_GUILESS_MAIN(TestOtlpDecoder)
#include "tst_otlpdecoder.moc"
