// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::vector<Record> read(const QByteArray &body, const QString &query = {},
                         const QByteArray &type = "application/json"_ba)
{
    ServiceOptions options;
    options.url = QUrl(u"http://127.0.0.1:1"_s);
    HttpRequest request;
    request.url = QUrl(u"/v1/input?"_s + query);
    setHeader(request.headers, "Content-Type", type);
    request.body = body;
    std::vector<Record> records;
    const auto done =
        makeService(u"datadog"_s, options).value()->decode(request, [&](const RecordView &view) {
            records.push_back(toRecord(view));
        });
    return done ? records : std::vector<Record>();
}

//! The only record of a JSON body.
Record readOne(const QByteArray &json, const QString &query = {})
{
    const std::vector<Record> records = read(json, query);
    return records.size() == 1 ? records[0] : Record();
}

QByteArray jsonOf(const Record &record)
{
    std::string json;
    appendJson(json, viewOf(record));
    return QByteArray::fromStdString(json);
}

} // namespace

class TestDatadogItem : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsOtherClients_data();
    void readsOtherClients();
    void readsThePythonHandler();
    void readsMessagesThatAreJson_data();
    void readsMessagesThatAreJson();
    void readsStatus_data();
    void readsStatus();
    void readsTimes_data();
    void readsTimes();
    void takesDefaultsFromTheQuery();
    void givesItemsWithoutTimeTheTime();
    void readsLinesThatAreJson();
};

void TestDatadogItem::readsOtherClients_data()
{
    QTest::addColumn<QByteArray>("item");
    QTest::addColumn<QByteArray>("record"); // As our own JSON, without time, level and message.
    const auto row = [](const char *what, const char *item, const char *record) {
        QTest::newRow(what) << QByteArray(item) << QByteArray(record);
    };
    row("Agent", R"("hostname":"h","service":"web","ddsource":"nginx","ddtags":"env:prod,a:b")",
        R"("environment":"prod","hostname":"h","tags":["a:b","service:web"],)"
        R"("metadata":{"ddsource":"nginx"})");
    row("tags with blanks and gaps", R"("ddtags":" a , b,,")", R"("tags":["a","b"])");
    row("array of tags", R"("ddtags":["a",null,"b"])", R"("tags":["a","b"])");
    row("field tags", R"("ddtags":"run_id:r,parent_run_id:p,mode:stderr,mode:odd")",
        R"("run_id":"r","parent_run_id":"p","tags":["mode:odd"],"mode":"stderr")");
    row("two environments", R"("ddtags":"env:a,env:b")", R"("environment":"a","tags":["env:b"])");
    row("host", R"("host":"h")", R"("hostname":"h")");
    row("two hosts", R"("host":"h","hostname":"i")",
        R"("hostname":"h","metadata":{"hostname":"i"})");
    row("syslog", R"("syslog":{"hostname":"h","appname":"a","facility":3})",
        R"("hostname":"h","tags":["service:a"],"metadata":{"syslog.facility":3})");
    row("service that the tags know", R"("service":"a","ddtags":"service:a")",
        R"("tags":["service:a"])");
    row("service that the tags do not know", R"("service":"a","ddtags":"service:b")",
        R"("tags":["service:b"],"metadata":{"service":"a"})");
    row("decimal ids", R"("dd":{"trace_id":"123","span_id":"456"})",
        R"("trace_id":"0000000000000000000000000000007b","span_id":"00000000000001c8")");
    row("ids as numbers", R"("dd":{"trace_id":18446744073709551615,"span_id":7})",
        R"("trace_id":"0000000000000000ffffffffffffffff","span_id":"0000000000000007")");
    row("ids with dots", R"("dd.trace_id":"11803532876627986230","dd.span_id":"67667974448284343")",
        R"("trace_id":"0000000000000000a3ce929d0e0e4736","span_id":"00f067aa0ba902b7")");
    row("ids of 128 bits, in hex",
        R"("dd.trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","dd.span_id":"00f067aa0ba902b7")",
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7")");
    row("128 bits whose digits are decimal", R"("dd.trace_id":"12345678901234567890123456789012")",
        R"("trace_id":"12345678901234567890123456789012")");
    row("64 bits whose hex digits are decimal", R"("dd.span_id":"0012345678901234")",
        R"("span_id":"0012345678901234")");
    row("ids that are no numbers", R"("dd.trace_id":"18446744073709551616","dd.span_id":"-1")",
        R"("trace_id":"18446744073709551616","span_id":"-1")");
    row("the same id twice", R"("dd.trace_id":"123","trace_id":"0000000000000000000000000000007b")",
        R"("trace_id":"0000000000000000000000000000007b")");
    row("ids of no trace", R"("dd.trace_id":"0","dd.span_id":"0")", "");
    row("OpenTelemetry's ids beside Datadog's",
        R"("dd.trace_id":"11803532876627986230","dd.span_id":"67667974448284343",)"
        R"("otel.trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","otel.span_id":"00f067aa0ba902b7")",
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7")");
    row("ids that disagree", R"("dd.trace_id":"1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")",
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","metadata":{"dd.trace_id":"1"})");
    row("error", R"("error":{"kind":"K","message":"M","stack":"S","fingerprint":"f"})",
        R"("exception_type":"K","exception_message":"M","stack_trace":"S",)"
        R"("metadata":{"error.fingerprint":"f"})");
    row("error with dots", R"("error.kind":"K")", R"("exception_type":"K")");
    row("error as text", R"("error":"no")", R"("exception_message":"no")");
    row("logger", R"("logger":{"name":"n"},"network.client.ip":"1.2.3.4")",
        R"("metadata":{"logger":{"name":"n"},"network.client.ip":"1.2.3.4"})");
    row("our names at the top", R"("run_id":"r","lineno":3,"thread":"main","metadata":{"id":1})",
        R"("run_id":"r","lineno":3,"metadata":{"id":1,"thread":"main"})");
    row("nulls", R"("service":null,"ddtags":null,"dd":null,"workflow":{"run_id":null},"x":null)",
        "");
    row("wrong types", R"("service":3,"ddtags":7,"hostname":[])",
        R"("metadata":{"service":3,"ddtags":7,"hostname":[]})");
}

void TestDatadogItem::readsOtherClients()
{
    QFETCH(QByteArray, item);
    QFETCH(QByteArray, record);
    const QByteArray json = R"({"message":"m","timestamp":1700000000000,)" + item + '}';
    const QByteArray expected =
        R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"m")" +
        (record.isEmpty() ? record : ',' + record) + '}';
    QCOMPARE(jsonOf(readOne(json)), expected);
}

void TestDatadogItem::readsMessagesThatAreJson_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("item"); // What stands beside it, as an Agent adds it.
    QTest::addColumn<QByteArray>("record");
    const QByteArray agent = R"(,"status":"info","timestamp":1700000000000)";
    const auto row = [&](const char *what, const QByteArray &message, const char *record,
                         const QByteArray &more = {}) {
        QTest::newRow(what) << message << agent + more << QByteArray(record);
    };
    const QByteArray json =
        R"({"level":"error","timestamp":"2024-01-02T03:04:05.006Z","message":"no","table":"a.b",)"
        R"("n":{"k":[1]},"dd":{"trace_id":"123"}})";
    const char *const record =
        R"({"timestamp":"2024-01-02T03:04:05.006000000Z","level":"error","message":"no",)"
        R"("trace_id":"0000000000000000000000000000007b",)"
        R"("metadata":{"table":"a.b","n":{"k":[1]}}})";
    row("level, time, message and fields", json, record);
    row("with blanks around it", " \t" + json + "\n", record);
    row("of other names", R"({"severity":"WARN","@timestamp":1704164645006,"message":"no"})",
        R"({"timestamp":"2024-01-02T03:04:05.006000000Z","level":"warning","message":"no"})");
    row("without them", R"({"a":1})",
        R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"{\"a\":1}",)"
        R"("metadata":{"a":1}})");
    row("that are not understood", R"({"level":{},"timestamp":"soon","message":"no"})",
        R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"no",)"
        R"("metadata":{"level":{},"timestamp":"soon"}})");
    row("beside the item's", R"({"message":"no","host":"inner"})",
        R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"no",)"
        R"("hostname":"inner","tags":["a","service:web"],"metadata":{"hostname":"outer"}})",
        R"(,"hostname":"outer","service":"web","ddtags":"a")");
    row("a number beyond 64 bits and half a pair",
        R"({"message":"no","n":18446744073709551616,"s":"\ud800"})",
        "{\"timestamp\":\"2023-11-14T22:13:20.000000000Z\",\"level\":\"info\",\"message\":\"no\","
        "\"metadata\":{\"n\":\"18446744073709551616\",\"s\":\"\xEF\xBF\xBD\"}}");
    for (const char *text : {"{", "{}x", "[1]", "{'a':1}", "3", "null"})
        row(text, text,
            R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"MESSAGE"})");
}

void TestDatadogItem::readsMessagesThatAreJson()
{
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, item);
    QFETCH(QByteArray, record);
    std::string text;
    appendJsonString(text, message.toStdString());
    const QByteArray quoted = QByteArray::fromStdString(text);
    const QByteArray expected = QByteArray(record).replace("MESSAGE", message);
    QCOMPARE(jsonOf(readOne("{\"message\":" + quoted + item + '}')), expected);
    // The order of the members says nothing.
    QCOMPARE(jsonOf(readOne('{' + item.mid(1) + ",\"message\":" + quoted + '}')), expected);
}

// As the Python system's handler sends a record.
void TestDatadogItem::readsThePythonHandler()
{
    const Record record = readOne(
        R"([{"message":"m","level":"ERROR","timestamp":"2025-01-02 03:04:05","service":"etl",)"
        R"("source":"ddeutil-workflow","tags":["a",null],"dd":{"source":"python","service":"etl",)"
        R"("tags":["b",null]},"workflow":{"run_id":"r","parent_run_id":null,"workflow_name":"etl",)"
        R"("stage_name":"s","job_name":"j"},"trace":{"trace_id":"t","span_id":"sp",)"
        R"("parent_span_id":"pp"}}])");
    QCOMPARE(jsonOf(record),
             R"({"timestamp":"2025-01-02T03:04:05.000000000Z","level":"error","message":"m",)"
             R"("run_id":"r","workflow_name":"etl","stage_name":"s","job_name":"j","tags":["a"],)"
             R"("trace_id":"t","span_id":"sp","parent_span_id":"pp",)"
             R"("metadata":{"dd.source":"python","dd.service":"etl","dd.tags":["b",null],)"
             R"("ddsource":"ddeutil-workflow"}})"_ba);
}

void TestDatadogItem::readsStatus_data()
{
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<int>("level");
    const auto row = [](const char *member, Level level) {
        QTest::newRow(member) << QByteArray(member) << static_cast<int>(level);
    };
    row(R"("status":"Warning")", Level::Warning);
    row(R"("severity":"emergency")", Level::Critical);
    row(R"("level":"CRITICAL")", Level::Critical);
    row(R"("status":"alerting")", Level::Critical);
    row(R"("status":"errors")", Level::Error);
    row(R"("status":"warnung")", Level::Warning);
    row(R"("status":"OK")", Level::Info);
    row(R"("status":"success")", Level::Info);
    row(R"("status":"verbose2")", Level::Debug);
    row(R"("status":0)", Level::Critical);
    row(R"("status":3)", Level::Error);
    row(R"("status":"4")", Level::Warning);
    row(R"("status":7)", Level::Debug);
    row(R"("level":40)", Level::Error);
    row(R"("status":"error","level":"debug")", Level::Error);
    row(R"("status":"?")", Level::Info);
    row(R"("status":200)", Level::Info);
}

void TestDatadogItem::readsStatus()
{
    QFETCH(QByteArray, member);
    QFETCH(int, level);
    const Record record = readOne(R"({"message":"m",)" + member + '}');
    QCOMPARE(record.message, std::string("m"));
    QCOMPARE(static_cast<int>(record.level), level);
}

void TestDatadogItem::readsTimes_data()
{
    QTest::addColumn<QByteArray>("member");
    const auto row = [](const char *member) { QTest::newRow(member) << QByteArray(member); };
    row(R"("timestamp":1700000000123)");
    row(R"("timestamp":"1700000000123")");
    row(R"("timestamp":1700000000.123)");
    row(R"("@timestamp":"2023-11-14T22:13:20.123Z")");
    row(R"("_timestamp":"2023-11-14T23:13:20.123+01:00")");
    row(R"("Timestamp":1700000000123000000)");
    row(R"("eventTime":1700000000123)");
    row(R"("date":"2023-11-14 22:13:20.123")");
    row(R"("published_date":1700000000123)");
    row(R"("syslog":{"timestamp":1700000000123})");
    row(R"("syslog.timestamp":1700000000123)");
    row(R"("timestamp":"soon","date":1700000000123)");
}

void TestDatadogItem::readsTimes()
{
    QFETCH(QByteArray, member);
    QCOMPARE(readOne('{' + member + '}').timestamp, 1'700'000'000'123'000'000);
}

void TestDatadogItem::takesDefaultsFromTheQuery()
{
    const QString query =
        u"ddtags=env:prod,a%2Cb,team:x+y&ddsource=nginx&service=web&hostname=h%C3%A4"_s;
    QCOMPARE(jsonOf(readOne(R"({"message":"m","timestamp":1700000000000,"ddtags":"a"})", query)),
             R"({"timestamp":"2023-11-14T22:13:20.000000000Z","level":"info","message":"m",)"
             R"("environment":"prod","hostname":"hä","tags":["a","b","team:x y","service:web"],)"
             R"("metadata":{"ddsource":"nginx"}})"_ba);
    const Record own = readOne(
        R"({"message":"m","ddsource":"s","service":"o","hostname":"i","ddtags":"env:test"})",
        query);
    QCOMPARE(own.context.hostname, std::string("i"));
    QCOMPARE(own.context.environment, std::string("test"));
    QCOMPARE(own.metadata, std::string(R"({"ddsource":"s"})"));
    const std::vector<Record> lines = read("a\nb"_ba, query, "text/plain"_ba);
    QCOMPARE(lines.size(), 2U);
    QCOMPARE(lines[1].context.hostname, std::string("hä"));
}

void TestDatadogItem::givesItemsWithoutTimeTheTime()
{
    const std::int64_t before = nowNs();
    const std::int64_t time = readOne(R"({"message":"m","timestamp":"soon"})").timestamp;
    QVERIFY(time >= before && time <= nowNs());
}

void TestDatadogItem::readsLinesThatAreJson()
{
    const auto records =
        read("{\"level\":\"error\",\"message\":\"no\",\"a\":1}\nplain\n", {}, "text/plain");
    QCOMPARE(records.size(), 2U);
    QCOMPARE(records[0].level, Level::Error);
    QCOMPARE(records[0].message, "no");
    QCOMPARE(records[0].metadata, R"({"a":1})");
    QCOMPARE(records[1].message, "plain");
}

QTEST_GUILESS_MAIN(TestDatadogItem)
#include "tst_datadogitem.moc"
