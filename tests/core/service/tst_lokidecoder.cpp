// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"

#include <QTest>

#include <protozero/pbf_writer.hpp>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Service> make(const QString &compression = {})
{
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    options.compression = compression;
    return makeService(u"grafana"_s, options).value_or(nullptr);
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

Read readJson(const QByteArray &body)
{
    return read(requestOf("application/json", body));
}

QByteArray pushOf(const std::string &labels, const std::string &entry)
{
    std::string push;
    {
        protozero::pbf_writer writer(push);
        protozero::pbf_writer stream(writer, 1);
        stream.add_string(1, labels);
        stream.add_string(2, entry);
    }
    return snappyCompress(push);
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
        record.context.runId = "run-" + std::to_string(i % 3);
        record.context.parentRunId = "parent";
        record.context.workflowName = i % 2 ? "import" : "export";
        record.context.stageName = "load";
        record.context.jobName = "copy";
        record.context.userId = "u";
        record.context.tenantId = "t";
        record.context.environment = "prod";
        record.context.hostname = "h";
        record.context.tags = {"one", "service:etl"};
        record.filename = "a.py";
        record.lineno = i;
        record.process = -1;
        record.thread = INT64_MAX;
        record.traceId = "0af7";
        record.spanId = "b7ad";
        record.parentSpanId = "00f0";
        record.durationMs = 0.1;
        record.memoryUsageMb = 1e300;
        record.cpuUsagePercent = 0;
        record.exceptionType = "KeyError";
        record.exceptionMessage = "'x'";
        record.errorCode = "E1";
        record.metadata = "{\"a\":\"b \\\"c\\\" \\u20ac\\ud834\\udd1e\","
                          R"("level":"odd","mode":"x"})";
        records.push_back(record);
    }
    return records;
}

} // namespace

class TestLokiDecoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBackWhatIsWritten_data();
    void readsBackWhatIsWritten();
    void readsForeignStreams();
    void readsLinesOfOthers();
    void leavesOwnLines();
    void readsTheLegacyForm();
    void skipsNothingButNull();
    void tellsUnitsOfTimeApart();
    void refusesTheWholeRequest_data();
    void refusesTheWholeRequest();
    void undoesEncodings();
    void readsProtobufInAnyOrder();
    void replacesInvalidUtf8();
    void survivesDamage();
};

void TestLokiDecoder::readsBackWhatIsWritten_data()
{
    QTest::addColumn<QString>("compression");
    for (const char *compression : {"snappy", "gzip", "none"})
        QTest::newRow(compression) << QString::fromLatin1(compression);
}

void TestLokiDecoder::readsBackWhatIsWritten()
{
    QFETCH(QString, compression);
    std::vector<Record> records = richRecords();
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const auto shares = make(compression)->plan(views).shares;
    QCOMPARE(shares.size(), 1U);
    Read result = read(shares[0].request);
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    std::sort(result.records.begin(), result.records.end(),
              [](const Record &a, const Record &b) { return a.timestamp < b.timestamp; });
    // The escapes of the metadata are written as characters.
    for (Record &record : records)
        record.metadata = R"({"a":"b \"c\" €𝄞","level":"odd","mode":"x"})";
    QCOMPARE(result.records.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        QVERIFY2(result.records[i] == records[i], result.records[i].metadata.c_str());
}

void TestLokiDecoder::readsForeignStreams()
{
    const Read result = readJson(
        R"({"streams":[{"stream":{"job":"nginx","level":"warn","parent_run_id":null,"n":7,)"
        R"("backfill_hour":"nightly"},)"
        R"("values":[["1700000000000000000","GET /",{"user_id":"u","lineno":"x","status":"200"}],)"
        R"(["1700000000000000001","POST /"]]}]})");
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 2U);
    const Record &first = result.records[0];
    QCOMPARE(first.timestamp, 1'700'000'000'000'000'000);
    QCOMPARE(first.message, std::string("GET /"));
    QCOMPARE(first.level, Level::Warning);
    QCOMPARE(first.context.userId, std::string("u"));
    QCOMPARE(first.context.parentRunId, std::string("null")); // as Loki takes it
    QVERIFY(!first.lineno);
    QCOMPARE(
        first.metadata,
        std::string(
            R"({"job":"nginx","n":"7","backfill_hour":"nightly","lineno":"x","status":"200"})"));
    QCOMPARE(result.records[1].metadata,
             std::string(R"({"job":"nginx","n":"7","backfill_hour":"nightly"})"));
    QVERIFY(result.records[1].context.userId.empty());
}

// As pino-loki, winston-loki and Alloy push them.
void TestLokiDecoder::readsLinesOfOthers()
{
    const Read result = readJson(
        R"({"streams":[{"stream":{"app":"a","severity":"error","traceID":"0af7"},"values":[)"
        R"(["1700000000000000000","{\"msg\":\"hot\",\"level\":30,\"time\":1700000000005,)"
        R"(\"pid\":7,\"hostname\":\"h\",\"run_id\":\"inner\",\"n\":{\"z\":[1]},\"same\":{\"k\":[2]},\"tags\":[\"x\"]}",)"
        R"({"run_id":"outer","n":"1","app":"a","same":"{\"k\": [2]}"}],)"
        R"(["1700000000000000001","plain"],)"
        R"(["1700000000000000002","{broken"]]},)"
        R"({"stream":{"app":"a"},"values":[)"
        R"(["1700000000000000003","{\"msg\":\"cool\",\"level\":20,\"time\":1700000000000,\"pid\":7,\"v\":1}"],)"
        R"(["1700000000000000004","12:00:00 WARN slow"],)"
        R"(["1700000000000000005","{\"count\":5,\"level\":\"error\"}"]]}]})");
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 6U);
    const Record &first = result.records[0];
    QCOMPARE(first.message, std::string("hot"));
    QCOMPARE(first.level, Level::Error); // the label's
    QCOMPARE(first.timestamp, 1'700'000'000'005'000'000);
    QCOMPARE(first.process, std::optional<std::int64_t>(7));
    QCOMPARE(first.context.hostname, std::string("h"));
    QCOMPARE(first.context.runId, std::string("outer"));
    QCOMPARE(first.context.tags, std::vector<std::string>{"x"});
    QCOMPARE(first.traceId, std::string("0af7"));
    QCOMPARE(first.metadata,
             std::string(R"({"app":"a","n":{"z":[1]},"same":{"k":[2]},"entry_timestamp":1700000000000000000,"n_2":"1"})"));
    QCOMPARE(result.records[1].message, std::string("plain"));
    QCOMPARE(result.records[1].level, Level::Error);
    QCOMPARE(result.records[2].message, std::string("{broken"));
    QCOMPARE(result.records[3].message, std::string("cool"));
    QCOMPARE(result.records[3].level, Level::Debug);
    QCOMPARE(result.records[4].level, Level::Warning);
    QCOMPARE(result.records[4].timestamp, 1'700'000'000'000'000'004);
    // Without a message of its own the object stays one.
    QCOMPARE(result.records[5].message, std::string(R"({"count":5,"level":"error"})"));
    QCOMPARE(result.records[5].level, Level::Error);
}

//! A message that looks like a record, or names another level.
void TestLokiDecoder::leavesOwnLines()
{
    Record record;
    record.timestamp = 1'700'000'000'000'000'001;
    record.level = Level::Debug;
    for (const char *message : {R"({"msg":"inner","level":"error","time":1})", "ERROR: no"}) {
        record.message = message;
        const std::vector<RecordView> views{viewOf(record)};
        const auto shares = make()->plan(views).shares;
        QCOMPARE(shares.size(), 1U);
        const Read result = read(shares[0].request);
        QCOMPARE(result.records.size(), 1U);
        QVERIFY(result.records[0] == record);
    }
}

void TestLokiDecoder::readsTheLegacyForm()
{
    const Read result =
        readJson(R"({"streams":[{"labels":"{job=\"a\"}","entries":[{"ts":"2023-11-14T22:13:20Z",)"
                 R"("line":"x"}]}]})");
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(result.records[0].timestamp, 1'700'000'000'000'000'000);
    QCOMPARE(result.records[0].metadata, std::string(R"({"job":"a"})"));
}

void TestLokiDecoder::tellsUnitsOfTimeApart()
{
    const auto done = readJson(R"({"streams":[{"stream":{"a":"b"},"values":[["1700000000","s"],)"
                               R"(["1700000000123","ms"],["1700000000123456","us"],)"
                               R"(["1700000000123456789","ns"]]}]})");
    QVERIFY(done.done);
    QCOMPARE(done.records.size(), std::size_t(4));
    QCOMPARE(done.records[0].timestamp, 1'700'000'000'000'000'000);
    QCOMPARE(done.records[1].timestamp, 1'700'000'000'123'000'000);
    QCOMPARE(done.records[2].timestamp, 1'700'000'000'123'456'000);
    QCOMPARE(done.records[3].timestamp, 1'700'000'000'123'456'789);
}

void TestLokiDecoder::skipsNothingButNull()
{
    QCOMPARE(readJson(R"({"streams":[{"stream":{"a":"b"},"values":[null,["1","x"]]},)"
                      R"({"stream":{"a":"c"},"values":null}]})")
                 .records.size(),
             1U);
}

void TestLokiDecoder::refusesTheWholeRequest_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const auto json = [](const char *what, const QByteArray &values, int status = 400) {
        QTest::newRow(what) << "application/json"_ba
                            << ""_ba
                            << R"({"streams":[{"stream":{"a":"b"},"values":)" + values + "}]}"
                            << status;
    };
    json("time as a number", R"([["1","good"],[1700000000000000000,"x"]])");
    json("time that is no integer", R"([["1.5","x"]])");
    json("time with a zone", R"([["2025-01-02T03:04:05Z","x"]])");
    json("time that no int64 holds", R"([["99999999999999999999","x"]])");
    json("line as a number", R"([["1",2]])");
    json("number in the metadata", R"([["1","x",{"k":1}]])");
    json("null in the metadata", R"([["1","x",{"k":null}]])");
    json("metadata not an object", R"([["1","x",["k"]]])");
    json("no line", R"([["1"]])");
    json("too many parts", R"([["1","x",{},{}]])");
    json("values not an array", R"({"1":"x"})");
    const auto row = [](const char *what, const char *type, const char *encoding,
                        const QByteArray &body, int status) {
        QTest::newRow(what) << QByteArray(type) << QByteArray(encoding) << body << status;
    };
    row("label name", "application/json", "",
        R"({"streams":[{"stream":{"a.b":"c"},"values":[["1","x"]]}]})", 400);
    row("no labels", "application/json", "", R"({"streams":[{"stream":{},"values":[["1","x"]]}]})",
        400);
    row("no streams", "application/json", "", R"({"streams":[]})", 422);
    row("another document", "application/json", "", R"([{"message":"x"}])", 400);
    row("cut off", "application/json", "", R"({"streams":[{"stream")", 400);
    row("empty", "application/json", "", "", 400);
    row("no type", nullptr, "", R"({"streams":[]})", 400);
    row("encoding that Loki does not know", "application/json", "zstd", "x", 400);
    row("no snappy", "application/x-protobuf", "snappy", "\xff\xff\xff\xff\xff\xff", 400);
    row("no protobuf", "application/x-protobuf", "snappy", snappyCompress("\x0a\xff"), 400);
    row("no streams in protobuf", "application/x-protobuf", "snappy", snappyCompress(""), 422);
    row("labels in protobuf", "application/x-protobuf", "snappy", pushOf("{a.b=\"c\"}", ""), 400);
}

void TestLokiDecoder::refusesTheWholeRequest()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    const Read result = read(requestOf(type, body, encoding));
    QVERIFY(!result.done);
    QCOMPARE(result.done.error().status, status);
    QVERIFY(!result.done.error().text.isEmpty());
}

void TestLokiDecoder::undoesEncodings()
{
    const QByteArray body = R"({"streams":[{"stream":{"a":"b"},"values":[["1","x"]]}]})"_ba;
    const std::string_view view(body.data(), static_cast<std::size_t>(body.size()));
    const QByteArray zlib = qCompress(body).mid(4);
    const QByteArray raw = zlib.mid(2, zlib.size() - 6);
    QCOMPARE(read(requestOf("application/json", gzip(view), "gzip")).records.size(), 1U);
    QCOMPARE(read(requestOf("application/json; charset=utf-8", raw, "deflate")).records.size(), 1U);
    QVERIFY(!read(requestOf("application/json", zlib, "deflate")).done);
    const QByteArray push = pushOf("{a=\"b\"}", std::string("\x12\x01x"));
    QCOMPARE(read(requestOf("application/x-protobuf", push)).records.size(), 1U);
    QCOMPARE(read(requestOf("application/x-protobuf",
                            gzip({push.data(), static_cast<std::size_t>(push.size())}), "gzip"))
                 .records.size(),
             1U);
}

void TestLokiDecoder::readsProtobufInAnyOrder()
{
    std::string entry;
    protozero::pbf_writer writer(entry);
    {
        protozero::pbf_writer pair(writer, 3);
        pair.add_string(2, "r");
        pair.add_string(1, "run_id");
    }
    writer.add_string(99, "of a later version");
    writer.add_string(2, "line");
    {
        protozero::pbf_writer time(writer, 1);
        time.add_int32(2, 5);
        time.add_int64(1, 1);
    }
    const Read result = read(requestOf("application/x-protobuf", pushOf("{a=\"b\"}", entry)));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(result.records[0].timestamp, 1'000'000'005);
    QCOMPARE(result.records[0].message, std::string("line"));
    QCOMPARE(result.records[0].context.runId, std::string("r"));
}

void TestLokiDecoder::replacesInvalidUtf8()
{
    const Read result = read(
        requestOf("application/x-protobuf", pushOf("{a=\"\xff\"}", std::string("\x12\x02x\xff"))));
    QVERIFY(result.done);
    QCOMPARE(result.records.at(0).message, std::string("x\uFFFD"));
    QCOMPARE(result.records.at(0).metadata, std::string("{\"a\":\"\uFFFD\"}"));
}

void TestLokiDecoder::survivesDamage()
{
    std::vector<Record> records = richRecords();
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const HttpRequest request = make()->plan(std::span(views).first(3)).shares.at(0).request;
    const QByteArray push = snappyUncompress(request.body).value_or(QByteArray());
    for (qsizetype i = 0; i < push.size(); ++i) {
        QByteArray damaged = push;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x81);
        const std::string_view view(damaged.data(), static_cast<std::size_t>(damaged.size()));
        const Read result = read(requestOf("application/x-protobuf", snappyCompress(view)));
        QVERIFY(!result.done || result.records.size() < 10'000);
    }
}

QTEST_GUILESS_MAIN(TestLokiDecoder)
#include "tst_lokidecoder.moc"
