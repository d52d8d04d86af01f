// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "core/service/service.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <protozero/pbf_reader.hpp>

#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Service> make(const QString &encoding = {}, const QString &compression = {},
                                    const QString &url = u"http://collector.example"_s)
{
    ServiceOptions options;
    options.url = QUrl(url);
    options.compression = compression;
    options.headers = {{"X-Team"_ba, "data"_ba}};
    if (!encoding.isEmpty())
        options.own = {{u"encoding"_s, encoding}};
    return makeService(u"otlp"_s, options).value_or(nullptr);
}

QByteArray quoted(const char *json)
{
    return QByteArray(json).replace('\'', '"');
}

Record fullRecord()
{
    Record record;
    record.timestamp = 1'700'000'000'123'456'789;
    record.level = Level::Error;
    record.mode = Mode::Stderr;
    record.message = "it \"failed\"";
    record.context.runId = "r1";
    record.context.workflowName = "import";
    record.context.environment = "prod";
    record.context.hostname = "h1";
    record.context.tags = {"a", "b"};
    record.lineno = 12;
    record.durationMs = 1.5;
    record.traceId = "0af76519-16cd-43dd-8448-eb211c80319c";
    record.spanId = "b7ad6b7169203331";
    record.exceptionType = "KeyError";
    record.metadata = R"({"rows":9007199254740993,"list":[true,null],"run_id":"m"})";
    return record;
}

std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return views;
}

HttpRequest requestOf(const std::shared_ptr<const Service> &service,
                      const std::vector<Record> &records = {fullRecord()})
{
    return service->plan(viewsOf(records)).shares.at(0).request;
}

//! Protobuf as text, without the product's decoder: `number:{…}`, `number=value`.
std::string dump(protozero::pbf_reader message, const std::vector<int> &path = {})
{
    // The fields that are messages, by their numbers from the top.
    static const std::vector<std::vector<int>> messages{
        {1},          {1, 1},          {1, 1, 1},          {1, 1, 1, 2},
        {1, 2},       {1, 2, 1},       {1, 2, 2},          {1, 2, 2, 5},
        {1, 2, 2, 6}, {1, 2, 2, 6, 2}, {1, 2, 2, 6, 2, 5}, {1, 2, 2, 6, 2, 5, 1}};
    std::string text;
    while (message.next()) {
        std::vector<int> here = path;
        here.push_back(static_cast<int>(message.tag()));
        text += (text.empty() ? "" : " ") + std::to_string(message.tag());
        if (std::find(messages.begin(), messages.end(), here) != messages.end()) {
            text += ":{" + dump(message.get_message(), here) + "}";
        } else if (message.wire_type() == protozero::pbf_wire_type::length_delimited) {
            const std::string bytes = message.get_string();
            const bool isId = here == std::vector{1, 2, 2, 9} || here == std::vector{1, 2, 2, 10};
            text += "=" + (isId ? QByteArray::fromStdString(bytes).toHex().toStdString() : bytes);
        } else if (message.wire_type() == protozero::pbf_wire_type::fixed64) {
            const std::uint64_t bits = message.get_fixed64();
            const bool isTime = here.size() == 4 && (here.back() == 1 || here.back() == 11);
            text +=
                "=" + (isTime ? std::to_string(bits) : std::to_string(std::bit_cast<double>(bits)));
        } else {
            text += "=" + std::to_string(message.get_int64());
        }
    }
    return text;
}

} // namespace

class TestOtlpService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesJson();
    void writesProtobuf();
    void writesTheEmptyRecord();
    void groupsByResource();
    void mapsLevels_data();
    void mapsLevels();
    void writesTheSameBytesForEverySubset();
    void writesDeepValuesAsText_data();
    void writesDeepValuesAsText();
    void cutsLargeBatches();
    void keepsRequestsSmall_data();
    void keepsRequestsSmall();
    void setsHeadersAndPath_data();
    void setsHeadersAndPath();
    void signs();
    void readsProtobufOutAsJson();
    void encodesFast();
};

void TestOtlpService::writesJson()
{
    const QByteArray expected = quoted(
        "{'resourceLogs':[{'resource':{'attributes':["
        "{'key':'service.name','value':{'stringValue':'import'}},"
        "{'key':'deployment.environment.name','value':{'stringValue':'prod'}},"
        "{'key':'host.name','value':{'stringValue':'h1'}}]},"
        "'scopeLogs':[{'scope':{'name':'trace-console'},'logRecords':[{"
        "'timeUnixNano':'1700000000123456789','observedTimeUnixNano':'1700000000123456789',"
        "'severityNumber':17,'severityText':'error',"
        "'body':{'stringValue':'it \\'failed\\''},'attributes':["
        "{'key':'cicd.pipeline.run.id','value':{'stringValue':'r1'}},"
        "{'key':'cicd.pipeline.name','value':{'stringValue':'import'}},"
        "{'key':'workflow.tags','value':{'arrayValue':{'values':[{'stringValue':'a'},"
        "{'stringValue':'b'}]}}},"
        "{'key':'log.iostream','value':{'stringValue':'stderr'}},"
        "{'key':'workflow.trace_id','value':{'stringValue':'0af76519-16cd-43dd-8448-eb211c80319c'}"
        "},{'key':'exception.type','value':{'stringValue':'KeyError'}},"
        "{'key':'code.line.number','value':{'intValue':'12'}},"
        "{'key':'workflow.duration_ms','value':{'doubleValue':1.5}},"
        "{'key':'rows','value':{'intValue':'9007199254740993'}},"
        "{'key':'list','value':{'arrayValue':{'values':[{'boolValue':true},{}]}}},"
        "{'key':'metadata.run_id','value':{'stringValue':'m'}}],"
        "'traceId':'0af7651916cd43dd8448eb211c80319c','spanId':'b7ad6b7169203331'}]}]}]}");
    QCOMPARE(requestOf(make(u"json"_s, u"none"_s)).body, expected);
    const HttpRequest zipped = requestOf(make(u"json"_s));
    QCOMPARE(headerValue(zipped.headers, "Content-Encoding"), "gzip"_ba);
    QCOMPARE(gunzip(zipped.body).value_or(QByteArray()), expected);
}

void TestOtlpService::writesProtobuf()
{
    const QByteArray body = requestOf(make({}, u"none"_s)).body;
    const std::string text = dump({body.constData(), static_cast<std::size_t>(body.size())});
    const std::string expected =
        "1:{1:{1:{1=service.name 2:{1=import}} 1:{1=deployment.environment.name 2:{1=prod}} "
        "1:{1=host.name 2:{1=h1}}} 2:{1:{1=trace-console} 2:{1=1700000000123456789 2=17 3=error "
        "5:{1=it \"failed\"} 6:{1=cicd.pipeline.run.id 2:{1=r1}} 6:{1=cicd.pipeline.name "
        "2:{1=import}} 6:{1=workflow.tags 2:{5:{1:{1=a} 1:{1=b}}}} 6:{1=log.iostream 2:{1=stderr}} "
        "6:{1=workflow.trace_id 2:{1=0af76519-16cd-43dd-8448-eb211c80319c}} 6:{1=exception.type "
        "2:{1=KeyError}} 6:{1=code.line.number 2:{3=12}} 6:{1=workflow.duration_ms "
        "2:{4=1.500000}} 6:{1=rows 2:{3=9007199254740993}} 6:{1=list 2:{5:{1:{2=1} 1:{}}}} "
        "6:{1=metadata.run_id 2:{1=m}} 9=0af7651916cd43dd8448eb211c80319c "
        "10=b7ad6b7169203331 11=1700000000123456789}}}";
    QVERIFY2(text == expected, text.c_str());
}

void TestOtlpService::writesTheEmptyRecord()
{
    Record record;
    record.timestamp = 1;
    QCOMPARE(requestOf(make(u"json"_s, u"none"_s), {record}).body,
             quoted("{'resourceLogs':[{'resource':{'attributes':[{'key':'service.name','value':"
                    "{'stringValue':'unknown_service'}}]},'scopeLogs':[{'scope':{'name':"
                    "'trace-console'},'logRecords':[{'timeUnixNano':'1',"
                    "'observedTimeUnixNano':'1','severityNumber':9,'severityText':'info'}]}]}]}"));
}

void TestOtlpService::groupsByResource()
{
    std::vector<Record> records;
    for (int i = 0; i < 40; ++i) {
        Record record = fullRecord();
        record.context.hostname = i % 2 ? "h1" : "h2";
        record.context.runId = "r" + std::to_string(i % 3); // not of the resource
        record.message = std::to_string(i);
        records.push_back(record);
    }
    const QJsonArray resources =
        QJsonDocument::fromJson(requestOf(make(u"json"_s, u"none"_s), records).body)
            .object()
            .value(u"resourceLogs"_s)
            .toArray();
    QCOMPARE(resources.size(), 2);
    for (qsizetype r = 0; r < 2; ++r) {
        const QJsonArray scopes = resources[r].toObject().value(u"scopeLogs"_s).toArray();
        QCOMPARE(scopes.size(), 1);
        const QJsonArray logs = scopes[0].toObject().value(u"logRecords"_s).toArray();
        QCOMPARE(logs.size(), 20);
        for (qsizetype i = 0; i < logs.size(); ++i) {
            QCOMPARE(logs[i].toObject().value(u"body"_s).toObject().value(u"stringValue"_s),
                     QJsonValue(QString::number(2 * i + r)));
        }
    }
}

void TestOtlpService::mapsLevels_data()
{
    QTest::addColumn<Level>("level");
    QTest::addColumn<int>("number");
    QTest::newRow("debug") << Level::Debug << 5;
    QTest::newRow("info") << Level::Info << 9;
    QTest::newRow("warning") << Level::Warning << 13;
    QTest::newRow("error") << Level::Error << 17;
    QTest::newRow("critical") << Level::Critical << 21;
}

void TestOtlpService::mapsLevels()
{
    QFETCH(Level, level);
    QFETCH(int, number);
    Record record;
    record.level = level;
    const QByteArray body = requestOf(make(u"json"_s, u"none"_s), {record}).body;
    QVERIFY(body.contains("\"severityNumber\":" + QByteArray::number(number) +
                          ",\"severityText\":\"" + QTest::currentDataTag() + "\""));
}

void TestOtlpService::writesTheSameBytesForEverySubset()
{
    std::vector<Record> records(3, fullRecord());
    records[1].message = "in the middle";
    records[2].context.hostname = "h2";
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const auto service = make(encoding, u"none"_s);
        QCOMPARE(requestOf(service, records).body, requestOf(service, records).body);
        const QByteArray alone = requestOf(service, {records[1]}).body;
        const QByteArray among = requestOf(service, records).body;
        const qsizetype start = alone.indexOf("in the middle");
        // From the record's text to its end it is the same.
        QVERIFY(among.contains(alone.mid(start, alone.indexOf("metadata.run_id") - start)));
    }
}

void TestOtlpService::writesDeepValuesAsText_data()
{
    QTest::addColumn<QByteArray>("metadata");
    QTest::newRow("lists") << "{\"a\":"_ba + QByteArray("[").repeated(200) +
                                  QByteArray("]").repeated(200) + "}"_ba;
    QTest::newRow("objects") << "{\"a\":"_ba + QByteArray("{\"]\":").repeated(200) + "1" +
                                    QByteArray("}").repeated(200) + "}"_ba;
}

// Parsers of protobuf refuse a whole request for one value that is nested too deeply.
void TestOtlpService::writesDeepValuesAsText()
{
    QFETCH(QByteArray, metadata);
    Record record;
    record.timestamp = 1;
    record.metadata = metadata.toStdString();
    std::set<std::string> read;
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const auto service = make(encoding, u"none"_s);
        const HttpRequest request = requestOf(service, {record});
        QVERIFY(service->decode(
            request, [&](const RecordView &view) { read.insert(std::string(view.metadata)); }));
    }
    QCOMPARE(read.size(), 1U);
    // Every level is still there, the inner ones in a text.
    const QByteArray text = QByteArray::fromStdString(*read.begin());
    QCOMPARE(text.count(']'), metadata.count(']'));
    QVERIFY(text.contains('"'));
}

void TestOtlpService::cutsLargeBatches()
{
    Record large = fullRecord();
    large.message.assign(1'000'000, 'x');
    const std::vector<RecordView> views(10, viewOf(large));
    const Plan plan = make()->plan(views);
    QVERIFY(plan.shares.size() >= 3);
    QVERIFY(plan.unfit.empty());
    std::size_t next = 0;
    for (const Share &share : plan.shares) {
        QVERIFY(gunzip(share.request.body).value_or(QByteArray()).size() < 4'100'000);
        for (const std::size_t index : share.indices)
            QCOMPARE(index, next++);
    }
    QCOMPARE(next, views.size());
    QVERIFY(make()->plan({}).shares.empty());
    large.message.assign(9'000'000, 'x'); // alone it still goes out: the service decides
    QCOMPARE(make()->plan(std::vector<RecordView>(2, viewOf(large))).shares.size(), 2U);
}

void TestOtlpService::keepsRequestsSmall_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::newRow("protobuf") << u"protobuf"_s;
    QTest::newRow("JSON") << u"json"_s;
}

// The names of the attributes are more than the records here; a Collector takes 20 MiB.
void TestOtlpService::keepsRequestsSmall()
{
    QFETCH(QString, encoding);
    const Record record = fullRecord();
    const std::vector<RecordView> views(20'000, viewOf(record));
    std::size_t records = 0;
    for (const Share &share : make(encoding, u"none"_s)->plan(views).shares) {
        QVERIFY2(share.request.body.size() < 6'000'000,
                 qPrintable(QString::number(share.request.body.size())));
        records += share.indices.size();
    }
    QCOMPARE(records, views.size());
}

void TestOtlpService::setsHeadersAndPath_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("sentTo");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("coding");
    const auto row = [](const char *what, const QString &encoding, const QString &compression,
                        const QString &url, const QString &sentTo, const char *type,
                        const QByteArray &coding) {
        QTest::newRow(what) << encoding << compression << url << sentTo << QByteArray(type)
                            << coding;
    };
    row("defaults", {}, {}, u"http://c.example:4318"_s, u"http://c.example:4318/v1/logs"_s,
        "application/x-protobuf", "gzip"_ba);
    row("JSON", u"json"_s, u"none"_s, u"http://c.example/"_s, u"http://c.example/v1/logs"_s,
        "application/json", {});
    row("zstd", u"protobuf"_s, u"zstd"_s, u"https://c.example/otlp/v1/logs"_s,
        u"https://c.example/otlp/v1/logs"_s, "application/x-protobuf", "zstd"_ba);
}

void TestOtlpService::setsHeadersAndPath()
{
    QFETCH(QString, encoding);
    QFETCH(QString, compression);
    QFETCH(QString, url);
    QFETCH(QString, sentTo);
    const HttpRequest request = requestOf(make(encoding, compression, url));
    QCOMPARE(request.method, "POST"_ba);
    QCOMPARE(request.url, QUrl(sentTo));
    QTEST(headerValue(request.headers, "Content-Type"), "type");
    QTEST(headerValue(request.headers, "Content-Encoding"), "coding");
    QCOMPARE(headerValue(request.headers, "X-Team"), "data"_ba);
    QVERIFY(headerValue(request.headers, "Authorization").isNull());
}

void TestOtlpService::signs()
{
    HttpRequest request;
    make()->sign(request, QDateTime(), {"secret"_ba});
    QCOMPARE(headerValue(request.headers, "Authorization"), "Bearer secret"_ba);
    HttpRequest open;
    make()->sign(open, QDateTime(), {});
    QVERIFY(open.headers.isEmpty());
}

void TestOtlpService::readsProtobufOutAsJson()
{
    const std::vector<Record> records{fullRecord(), Record(), fullRecord()};
    const QString json = QString::fromUtf8(requestOf(make(u"json"_s, u"none"_s), records).body);
    QCOMPARE(make()->readable(requestOf(make(), records)), json);
    QCOMPARE(make()->readable(requestOf(make({}, u"zstd"_s), records)), json);
    QCOMPARE(make()->readable(requestOf(make(u"json"_s), records)), json);
    HttpRequest damaged = requestOf(make(), records);
    damaged.body.chop(5);
    QVERIFY(!make()->readable(damaged).isEmpty());
}

void TestOtlpService::encodesFast()
{
    Record record = fullRecord();
    record.traceId = "0af7651916cd43dd8448eb211c80319c";
    record.message.assign(250, 'x');
    record.metadata = R"({"id":123456,"table":"orders"})";
    const RunContext context = record.context;
    RecordView view = viewOf(record);
    view.context = &context;
    const std::vector<RecordView> views(4'000, view);
    const auto service = make({}, u"none"_s);
    QBENCHMARK
    {
        QCOMPARE(service->plan(views).shares.size(), 1U);
    }
}

QTEST_GUILESS_MAIN(TestOtlpService)
#include "tst_otlpservice.moc"
