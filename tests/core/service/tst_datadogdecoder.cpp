// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonwriter.h"
#include "core/service/compression.h"
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

struct Read
{
    tl::expected<void, DecodeError> done;
    std::vector<Record> records;
};

std::shared_ptr<const Service> make(const QString &compression = {}, const QJsonObject &own = {})
{
    ServiceOptions options;
    options.url = QUrl(u"http://127.0.0.1:1/api/v2/logs"_s);
    options.compression = compression;
    options.own = own;
    return makeService(u"datadog"_s, options).value_or(nullptr);
}

Read read(const HttpRequest &request)
{
    Read result;
    result.done = make()->decode(
        request, [&](const RecordView &view) { result.records.push_back(toRecord(view)); });
    return result;
}

HttpRequest requestOf(const QByteArray &body, const QByteArray &type = "application/json"_ba)
{
    HttpRequest request;
    request.url = QUrl(u"/v1/input"_s);
    if (!type.isNull())
        setHeader(request.headers, "Content-Type", type);
    request.body = body;
    return request;
}

QByteArray jsonOf(const Record &record)
{
    std::string json;
    appendJson(json, viewOf(record));
    return QByteArray::fromStdString(json);
}

Record richRecord(int i)
{
    Record record;
    record.timestamp = 1'700'000'000'000'000'001 + i * 10;
    record.level = allLevels[static_cast<std::size_t>(i) % allLevels.size()];
    record.mode = i % 3 == 0 ? Mode::None : i % 3 == 1 ? Mode::Stdout : Mode::Stderr;
    record.message = "line " + std::to_string(i) + " ä\n\"x\"\t\x01";
    record.context.runId = "run-" + std::to_string(i % 3);
    record.context.parentRunId = "parent";
    record.context.workflowName = i % 2 ? "import" : "export";
    record.context.stageName = "load";
    record.context.jobName = "copy";
    record.context.userId = "u";
    record.context.tenantId = "t";
    record.context.environment = "prod";
    record.context.hostname = "h";
    record.context.tags = {"one", "service:etl", "k:v"};
    record.filename = "a.py";
    record.lineno = i;
    record.process = -1;
    record.thread = INT64_MAX;
    record.traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    record.spanId = "00f067aa0ba902b7";
    record.parentSpanId = "00f0";
    record.durationMs = 0.1;
    record.memoryUsageMb = 1e300;
    record.cpuUsagePercent = 0;
    record.exceptionType = "KeyError";
    record.exceptionMessage = "'x'";
    record.stackTrace = "Traceback\n  x";
    record.errorCode = "E1";
    record.metadata = R"({"id":)" + std::to_string(i) +
                      R"(,"a.b":{"c":[1,null,2.5]},"dd.trace_id":"x","level":"odd"})";
    return record;
}

//! What Datadog's form loses when it is not careful.
std::vector<std::pair<const char *, Record>> awkwardRecords()
{
    std::vector<std::pair<const char *, Record>> records;
    const auto add = [&](const char *what, auto change) {
        Record record;
        record.timestamp = 1'700'000'000'000'000'000;
        record.message = "m";
        change(record);
        records.emplace_back(what, record);
    };
    add("nothing but a message", [](Record &) {});
    add("no message", [](Record &r) { r.message.clear(); });
    add("message like JSON", [](Record &r) { r.message = R"({"status":"error"})"; });
    add("message like JSON with all of a record", [](Record &r) {
        r.level = Level::Warning;
        r.message =
            R"( {"level":"error","timestamp":1,"message":"m","service":"s","dd.trace_id":"1"})";
    });
    add("message like the beginning of JSON", [](Record &r) { r.message = "{"; });
    add("time before 1970", [](Record &r) { r.timestamp = -1; });
    add("time like seconds", [](Record &r) { r.timestamp = 5'000'000; });
    add("tags like fields", [](Record &r) {
        r.context.tags = {"env:x", "run_id:y", "mode:stdout", "parent_run_id:z"};
    });
    add("tags like the same fields", [](Record &r) {
        r.context.environment = "x";
        r.context.tags = {"env:x", "env:other"};
    });
    add("tags with commas and blanks", [](Record &r) { r.context.tags = {"a,b", " c ", ",", ""}; });
    add("equal tags", [](Record &r) { r.context.tags = {"a", "a"}; });
    add("fields with commas", [](Record &r) {
        r.context.runId = "a,b";
        r.context.environment = " e ";
    });
    add("service tag with a comma", [](Record &r) { r.context.tags = {"service:a,b"}; });
    add("two service tags", [](Record &r) { r.context.tags = {"service:a", "service:b"}; });
    add("service tag beside a workflow", [](Record &r) {
        r.context.workflowName = "w";
        r.context.tags = {"x", "service:a"};
    });
    add("UUID", [](Record &r) { r.traceId = "4BF92F35-77b3-4da6-a3ce-929d0e0e4736"; });
    add("run id as trace", [](Record &r) { r.traceId = "1001054165T2026"; });
    add("decimal trace", [](Record &r) { r.traceId = "11803532876627986230"; });
    add("only a span", [](Record &r) { r.spanId = "00f067aa0ba902b7"; });
    add("metadata with names of Datadog", [](Record &r) {
        r.metadata = R"({"service":"s","ddsource":"d","tags":["x"],"status":3,"workflow":{}})";
    });
    return records;
}

} // namespace

class TestDatadogDecoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBackWhatIsWritten_data();
    void readsBackWhatIsWritten();
    void readsBackAwkwardRecords_data();
    void readsBackAwkwardRecords();
    void readsBackUnderAnotherService();
    void readsBodies_data();
    void readsBodies();
    void undoesEncodings();
    void refuses_data();
    void refuses();
    void survivesDamage();
};

void TestDatadogDecoder::readsBackWhatIsWritten_data()
{
    QTest::addColumn<QString>("compression");
    for (const char *compression : {"gzip", "zstd", "none"})
        QTest::newRow(compression) << QString::fromLatin1(compression);
}

void TestDatadogDecoder::readsBackWhatIsWritten()
{
    QFETCH(QString, compression);
    std::vector<Record> records;
    for (int i = 0; i < 60; ++i)
        records.push_back(richRecord(i));
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const auto shares = make(compression)->plan(views).shares;
    QCOMPARE(shares.size(), 1U);
    const Read result = read(shares[0].request);
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        QCOMPARE(jsonOf(result.records[i]), jsonOf(records[i]));
}

void TestDatadogDecoder::readsBackAwkwardRecords_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto &[what, record] : awkwardRecords())
        QTest::newRow(what) << index++;
}

void TestDatadogDecoder::readsBackAwkwardRecords()
{
    QFETCH(int, index);
    const Record record = awkwardRecords()[static_cast<std::size_t>(index)].second;
    const RecordView view = viewOf(record);
    const Read result = read(make(u"none"_s)->plan({&view, 1}).shares.at(0).request);
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(jsonOf(result.records[0]), jsonOf(record));
}

void TestDatadogDecoder::readsBackUnderAnotherService()
{
    Record record;
    record.context.workflowName = "w";
    const RecordView view = viewOf(record);
    const auto service = make({}, {{u"service"_s, u"billing"_s}, {u"source"_s, u"python"_s}});
    const Read result = read(service->plan({&view, 1}).shares.at(0).request);
    QCOMPARE(result.records.at(0).context.tags, std::vector<std::string>{"service:billing"});
    QCOMPARE(result.records[0].metadata, std::string(R"({"ddsource":"python"})"));
}

void TestDatadogDecoder::readsBodies_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArrayList>("messages");
    const QByteArrayList none;
    const QByteArrayList ab{"a", "b"};
    const auto row = [](const char *what, const QByteArray &type, const QByteArray &body,
                        const QByteArrayList &messages) {
        QTest::newRow(what) << type << body << messages;
    };
    const QByteArray json = "application/json"_ba;
    const QByteArray array = R"([{"message":"a"},{"message":"b"}])"_ba;
    row("object", json, R"({"message":"a"})"_ba, {"a"});
    row("array", json, array, ab);
    row("array with a charset", "application/json; charset=utf-8"_ba, array, ab);
    row("array without a type", {}, array, ab);
    row("array that curl calls a form", "application/x-www-form-urlencoded"_ba, array, ab);
    row("keep-alive", json, "{}"_ba, none);
    row("keep-alive in an array", json, "[{},null]"_ba, none);
    row("empty array", json, "[]"_ba, none);
    row("empty", json, {}, none);
    row("blank", "text/plain"_ba, " \r\n"_ba, none);
    row("texts in an array", json, R"(["a","b"])"_ba, ab);
    row("message of another kind", json, R"({"message":{"k":[1]}})"_ba, {R"({"k":[1]})"});
    row("no message", json, R"({"status":"error"})"_ba, {""});
    row("byte order mark", json, "\xEF\xBB\xBF{\"message\":\"a\"}"_ba, {"a"});
    row("no UTF-8", json, "{\"message\":\"a\xff\"}"_ba, {"a\xEF\xBF\xBD"});
    row("half a surrogate", json, R"({"message":"a\ud83d"})"_ba, {"a\xEF\xBF\xBD"});
    row("number beyond 64 bits", json, R"({"message":"a","n":123456789012345678901234})"_ba, {"a"});
    row("text", "text/plain"_ba, "a\r\n\nb\n"_ba, ab);
    row("text that is JSON", "text/plain"_ba, R"({"message":"a"})"_ba, {"a"});
    row("text without a type", {}, "a\nb"_ba, ab);
    row("logplex", "application/logplex-1"_ba,
        "37 <40>1 2012-11-30T06:45:29Z host a - x7 <40>1 b"_ba,
        {"<40>1 2012-11-30T06:45:29Z host a - x", "<40>1 b"});
    row("logplex with line ends", "application/logplex-1"_ba, "2 a\n3 b\r\n"_ba, ab);
    row("logplex without lengths", "application/logplex-1"_ba, "a\nb\n"_ba, ab);
    row("logplex that lies", "application/logplex-1"_ba, "99 a"_ba, {"99 a"});
}

void TestDatadogDecoder::readsBodies()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArrayList, messages);
    const Read result = read(requestOf(body, type));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QByteArrayList found;
    for (const Record &record : result.records)
        found.append(QByteArray::fromStdString(record.message));
    QCOMPARE(found, messages);
}

void TestDatadogDecoder::undoesEncodings()
{
    const QByteArray body = R"([{"message":"a"}])"_ba;
    const std::string_view bytes(body.data(), static_cast<std::size_t>(body.size()));
    const std::vector<std::pair<QByteArray, QByteArray>> encoded{
        {"identity", body},
        {"gzip", gzip(bytes)},
        {"deflate", qCompress(body).mid(4)}, // zlib's format, as the official clients send it
        {"zstd", zstdCompress(bytes)}};
    for (const auto &[encoding, sent] : encoded) {
        HttpRequest request = requestOf(sent);
        setHeader(request.headers, "Content-Encoding", encoding);
        // Of Datadog's own senders; no reason to refuse anything.
        setHeader(request.headers, "DD-PROTOCOL", "agent-json");
        setHeader(request.headers, "DD-EVP-ORIGIN", "agent");
        QCOMPARE(read(request).records.size(), 1U);
    }
}

void TestDatadogDecoder::refuses_data()
{
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const QByteArray large = '[' + QByteArray(5'300'000, ' ') + ']';
    QTest::newRow("no JSON") << QByteArray() << "hello"_ba << 400;
    QTest::newRow("cut off") << QByteArray() << R"([{"message":"a"},{)"_ba << 400;
    QTest::newRow("called gzip, but is not") << "gzip"_ba
                                             << "[{}]"_ba << 400;
    QTest::newRow("unknown encoding") << "br"_ba
                                      << "[{}]"_ba << 415;
    QTest::newRow("too large") << QByteArray() << large << 413;
    QTest::newRow("too large once decompressed")
        << "gzip"_ba << gzip({large.data(), static_cast<std::size_t>(large.size())}) << 413;
}

void TestDatadogDecoder::refuses()
{
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, body);
    HttpRequest request = requestOf(body);
    if (!encoding.isNull())
        setHeader(request.headers, "Content-Encoding", encoding);
    const Read result = read(request);
    QVERIFY(!result.done);
    QTEST(result.done.error().status, "status");
    QVERIFY(result.records.empty());
    QVERIFY(!result.done.error().text.isEmpty());
}

void TestDatadogDecoder::survivesDamage()
{
    const Record record = richRecord(1);
    const RecordView view = viewOf(record);
    for (const QString &compression : {u"none"_s, u"gzip"_s, u"zstd"_s}) {
        const HttpRequest request = make(compression)->plan({&view, 1}).shares.at(0).request;
        for (qsizetype i = 0; i < request.body.size(); ++i) {
            HttpRequest damaged = request;
            damaged.body[i] = static_cast<char>(damaged.body[i] ^ 0x15);
            for (const Record &found : read(damaged).records)
                QVERIFY(found.metadata.empty() || found.metadata.front() == '{');
            damaged.body = request.body.first(i);
            QVERIFY(read(damaged).records.empty());
        }
    }
    const QByteArray deep = QByteArray(5'000, '[') + QByteArray(5'000, ']');
    QVERIFY(!read(requestOf(deep)).done);
}

QTEST_GUILESS_MAIN(TestDatadogDecoder)
#include "tst_datadogdecoder.moc"
