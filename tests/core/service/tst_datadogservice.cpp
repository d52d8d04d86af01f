// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "core/service/service.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const Service> make(const QJsonObject &own = {},
                                    const QString &compression = u"none"_s)
{
    ServiceOptions options;
    options.url = QUrl(u"https://http-intake.logs.datadoghq.com"_s);
    options.compression = compression;
    options.own = own;
    return makeService(u"datadog"_s, options).value_or(nullptr);
}

std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return views;
}

HttpRequest requestFor(const Service &service, const Record &record)
{
    const RecordView view = viewOf(record);
    return service.plan({&view, 1}).shares.at(0).request;
}

//! The only item of the request for \a record.
QJsonObject itemFor(const Record &record, const QJsonObject &own = {})
{
    const QJsonDocument body = QJsonDocument::fromJson(requestFor(*make(own), record).body);
    return body.array().size() == 1 ? body.array().at(0).toObject() : QJsonObject();
}

Record fullRecord()
{
    Record record;
    record.timestamp = 1'700'000'000'123'456'789;
    record.level = Level::Error;
    record.mode = Mode::Stderr;
    record.message = "it \"failed\"";
    record.context.runId = "r1";
    record.context.parentRunId = "p1";
    record.context.workflowName = "import";
    record.context.stageName = "load";
    record.context.environment = "prod";
    record.context.hostname = "box";
    record.context.tags = {"team:data", "b"};
    record.lineno = 12;
    record.durationMs = 1.5;
    record.traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    record.spanId = "00f067aa0ba902b7";
    record.exceptionType = "KeyError";
    record.exceptionMessage = "'x'";
    record.stackTrace = "Traceback:\n  line";
    record.errorCode = "E1";
    record.metadata = R"({"n":7,"a":[1,"}"]})";
    return record;
}

//! What the two bodies hold when they are joined, as one array.
QByteArray joined(const QByteArray &left, const QByteArray &right)
{
    return left.chopped(1) + ',' + right.mid(1);
}

} // namespace

class TestDatadogService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesItems();
    void writesOnlyWhatIsSet();
    void namesStatusForDatadog_data();
    void namesStatusForDatadog();
    void writesMilliseconds_data();
    void writesMilliseconds();
    void takesServiceAndSource_data();
    void takesServiceAndSource();
    void writesIdsForDatadog_data();
    void writesIdsForDatadog();
    void keepsTagsApart();
    void compresses_data();
    void compresses();
    void staysBelowTheLimits();
    void countsBytesNotCharacters();
    void namesRecordsThatWouldBeCut();
    void writesTheSameBytesForEverySubset();
    void signsInAHeader();
    void answersLikeDatadog();
};

void TestDatadogService::writesItems()
{
    const QByteArray expected =
        R"([{"message":"it \"failed\"","status":"error","timestamp":1700000000123,)"
        R"("hostname":"box","service":"import","ddsource":"trace-console",)"
        R"("ddtags":"env:prod,run_id:r1,parent_run_id:p1,mode:stderr,team:data,b",)"
        R"("dd":{"trace_id":"11803532876627986230","span_id":"67667974448284343"},)"
        R"("error":{"kind":"KeyError","message":"'x'","stack":"Traceback:\n  line","code":"E1"},)"
        R"("workflow":{"run_id":"r1","parent_run_id":"p1","workflow_name":"import",)"
        R"("stage_name":"load","environment":"prod","timestamp":"2023-11-14T22:13:20.123456789Z",)"
        R"("mode":"stderr","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
        R"("span_id":"00f067aa0ba902b7","lineno":12,"duration_ms":1.5,)"
        R"("metadata":{"n":7,"a":[1,"}"]}}}])"_ba;
    QCOMPARE(requestFor(*make(), fullRecord()).body, expected);
}

void TestDatadogService::writesOnlyWhatIsSet()
{
    Record record;
    record.timestamp = 1'700'000'000'000'000'000;
    record.message = "m";
    QCOMPARE(requestFor(*make(), record).body,
             R"([{"message":"m","status":"info","timestamp":1700000000000,)"
             R"("ddsource":"trace-console"}])"_ba);
}

void TestDatadogService::namesStatusForDatadog_data()
{
    QTest::addColumn<int>("level");
    QTest::addColumn<QString>("status");
    for (const Level level : allLevels) {
        const std::string_view name = levelName(level);
        QTest::newRow(name.data())
            << static_cast<int>(level) << QString::fromStdString(std::string(name));
    }
}

void TestDatadogService::namesStatusForDatadog()
{
    QFETCH(int, level);
    Record record;
    record.level = static_cast<Level>(level);
    QTEST(itemFor(record).value(u"status"_s).toString(), "status");
    QVERIFY(!itemFor(record).contains(u"level"_s));
}

void TestDatadogService::writesMilliseconds_data()
{
    QTest::addColumn<qint64>("ns");
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("exact");
    QTest::newRow("whole") << 1'700'000'000'123'000'000LL << 1'700'000'000'123LL << QString();
    QTest::newRow("finer") << 1'700'000'000'123'999'999LL << 1'700'000'000'123LL
                           << u"2023-11-14T22:13:20.123999999Z"_s;
    QTest::newRow("before 1970") << -1LL << -1LL << u"1969-12-31T23:59:59.999999999Z"_s;
    QTest::newRow("looks like seconds")
        << 1'000'000LL << 1LL << u"1970-01-01T00:00:00.001000000Z"_s;
}

void TestDatadogService::writesMilliseconds()
{
    QFETCH(qint64, ns);
    Record record;
    record.timestamp = ns;
    const QJsonObject item = itemFor(record);
    QTEST(item.value(u"timestamp"_s).toInteger(), "ms");
    QTEST(item.value(u"workflow"_s).toObject().value(u"timestamp"_s).toString(), "exact");
}

void TestDatadogService::takesServiceAndSource_data()
{
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QString>("workflow");
    QTest::addColumn<QString>("tag");
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("source");
    const QJsonObject none;
    const QJsonObject both{{u"service"_s, u"billing"_s}, {u"source"_s, u"python"_s}};
    QTest::newRow("options") << both << u"w"_s << u"service:t"_s << u"billing"_s << u"python"_s;
    QTest::newRow("tag") << none << u"w"_s << u"service:t"_s << u"t"_s << u"trace-console"_s;
    QTest::newRow("empty tag") << none << u"w"_s << u"service:"_s << u"w"_s << u"trace-console"_s;
    QTest::newRow("workflow") << none << u"w"_s << u"x"_s << u"w"_s << u"trace-console"_s;
    QTest::newRow("nothing") << none << QString() << u"x"_s << QString() << u"trace-console"_s;
}

void TestDatadogService::takesServiceAndSource()
{
    QFETCH(QJsonObject, own);
    QFETCH(QString, workflow);
    QFETCH(QString, tag);
    Record record;
    record.context.workflowName = workflow.toStdString();
    record.context.tags = {tag.toStdString()};
    const QJsonObject item = itemFor(record, own);
    QTEST(item.value(u"service"_s).toString(), "service");
    QTEST(item.value(u"ddsource"_s).toString(), "source");
    QVERIFY(!item.contains(u"source"_s));
    QVERIFY(!item.contains(u"tags"_s));
}

void TestDatadogService::writesIdsForDatadog_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("trace"); // Empty: must not be written.
    QTest::addColumn<QString>("span");
    QTest::newRow("128 bits") << u"0000000000000001ffffffffffffffff"_s << u"18446744073709551615"_s
                              << QString();
    QTest::newRow("64 bits, capitals")
        << u"00F067AA0BA902B7"_s << u"67667974448284343"_s << u"67667974448284343"_s;
    QTest::newRow("UUID") << u"4bf92f35-77b3-4da6-a3ce-929d0e0e4736"_s << u"11803532876627986230"_s
                          << QString();
    QTest::newRow("dashes elsewhere")
        << u"4bf92f3577b34da6a3ce-929d0e0e-47-3-6"_s << QString() << QString();
    QTest::newRow("run id") << u"1001054165T20260102030405000001"_s << QString() << QString();
    QTest::newRow("32 characters, not hex")
        << u"4bf92f3577b34da6a3ce929d0e0e473g"_s << QString() << QString();
    QTest::newRow("upper half not hex")
        << u"xbf92f3577b34da6a3ce929d0e0e4736"_s << QString() << QString();
    QTest::newRow("sign") << u"-0f067aa0ba902b7"_s << QString() << QString();
    QTest::newRow("no trace") << u"0000000000000000"_s << QString() << QString();
    QTest::newRow("short") << u"abc"_s << QString() << QString();
}

void TestDatadogService::writesIdsForDatadog()
{
    QFETCH(QString, id);
    Record record;
    record.traceId = id.toStdString();
    record.spanId = id.toStdString();
    const QJsonObject item = itemFor(record);
    const QJsonObject dd = item.value(u"dd"_s).toObject();
    QTEST(dd.value(u"trace_id"_s).toString(), "trace");
    QTEST(dd.value(u"span_id"_s).toString(), "span");
    QCOMPARE(item.contains(u"dd"_s), !dd.isEmpty());
    // As it was, beside the decimal form: readers who know no 64 bits find it by that.
    QCOMPARE(item.value(u"workflow"_s).toObject().value(u"trace_id"_s).toString(), id);
}

void TestDatadogService::keepsTagsApart()
{
    Record record;
    record.context.environment = "a,b";
    record.context.tags = {"x,y", " padded ", "env:other"};
    const QJsonObject item = itemFor(record);
    QCOMPARE(item.value(u"ddtags"_s).toString(), u"env:a_b,x_y,padded,env:other"_s);
    const QJsonObject workflow = item.value(u"workflow"_s).toObject();
    QCOMPARE(workflow.value(u"environment"_s).toString(), u"a,b"_s);
    QCOMPARE(workflow.value(u"tags"_s).toArray(),
             (QJsonArray{u"x,y"_s, u" padded "_s, u"env:other"_s}));
}

void TestDatadogService::compresses_data()
{
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QByteArray>("encoding");
    QTest::newRow("default") << QString() << "gzip"_ba;
    QTest::newRow("gzip") << u"gzip"_s << "gzip"_ba;
    QTest::newRow("zstd") << u"zstd"_s << "zstd"_ba;
    QTest::newRow("none") << u"none"_s << QByteArray();
}

void TestDatadogService::compresses()
{
    QFETCH(QString, compression);
    QFETCH(QByteArray, encoding);
    const QByteArray plain = requestFor(*make(), fullRecord()).body;
    const auto service = make({}, compression);
    const HttpRequest request = requestFor(*service, fullRecord());
    QCOMPARE(headerValue(request.headers, "Content-Encoding"), encoding);
    QCOMPARE(request.body == plain, encoding.isEmpty());
    QCOMPARE(decodeBody(request.body, encoding).value_or(QByteArray()), plain);
    QCOMPARE(service->readable(request), QString::fromUtf8(plain));
}

void TestDatadogService::staysBelowTheLimits()
{
    const Limits limits = make()->limits();
    QCOMPARE(limits.maxAge, 17h + 30min);
    QCOMPARE(limits.maxAhead, 2h);
    QVERIFY(limits.targetBytes <= 5'000'000 && limits.maxRecords <= 1000);
    const std::vector<RecordView> many(2'000, RecordView());
    const Plan plan = make()->plan(many);
    std::size_t next = 0;
    for (const Share &share : plan.shares) {
        QCOMPARE(
            static_cast<std::size_t>(QJsonDocument::fromJson(share.request.body).array().size()),
            share.indices.size());
        QVERIFY(share.indices.size() <= 900);
        for (const std::size_t index : share.indices)
            QCOMPARE(index, next++);
    }
    QCOMPARE(next, many.size());
    QVERIFY(plan.unfit.empty());
    QVERIFY(make()->plan({}).shares.empty());
}

void TestDatadogService::countsBytesNotCharacters()
{
    Record record;
    for (int i = 0; i < 200'000; ++i)
        record.message += "漢"; // 3 bytes of UTF-8, 1 unit of UTF-16
    const std::vector<RecordView> views(20, viewOf(record));
    for (const QString &compression : {u"none"_s, u"gzip"_s, u"zstd"_s}) {
        const Plan plan = make({}, compression)->plan(views);
        std::size_t count = 0;
        for (const Share &share : plan.shares) {
            const QByteArray body =
                decodeBody(share.request.body,
                           headerValue(share.request.headers, "Content-Encoding"))
                    .value_or(QByteArray());
            QVERIFY2(body.size() <= 4'000'000, qPrintable(QString::number(body.size())));
            QVERIFY(body.size() > 3'000'000 || &share == &plan.shares.back());
            count += share.indices.size();
        }
        QCOMPARE(count, views.size());
    }
}

void TestDatadogService::namesRecordsThatWouldBeCut()
{
    std::vector<Record> records(5);
    records[1].message.assign(1'000'001, 'x');
    records[2].message.assign(600'000, '"'); // escaped, it takes twice as much
    records[3].message.assign(999'000, 'x');
    const auto views = viewsOf(records);
    const Plan plan = make()->plan(views);
    QCOMPARE(plan.shares.size(), 1U);
    QCOMPARE(plan.shares[0].indices, (std::vector<std::size_t>{0, 3, 4}));
    QCOMPARE(QJsonDocument::fromJson(plan.shares[0].request.body).array().size(), 3);
    QCOMPARE(plan.unfit.size(), 2U);
    QCOMPARE(plan.unfit[0].index, 1U);
    QCOMPARE(plan.unfit[1].index, 2U);
    QVERIFY2(plan.unfit[0].reason.contains(u"1 MB"_s), qPrintable(plan.unfit[0].reason));
    QVERIFY2(plan.unfit[1].reason.contains(u"1.3 MB"_s), qPrintable(plan.unfit[1].reason));
    const Plan alone = make()->plan(std::span(views).subspan(1, 1));
    QVERIFY(alone.shares.empty());
    QCOMPARE(alone.unfit.at(0).reason, plan.unfit[0].reason);
}

void TestDatadogService::writesTheSameBytesForEverySubset()
{
    std::vector<Record> records(3, fullRecord());
    records[1].context.runId = "r2";
    records[2].mode = Mode::None;
    const auto views = viewsOf(records);
    const QByteArray whole = make()->plan(views).shares.at(0).request.body;
    QByteArray parts;
    for (const Record &record : records) {
        const QByteArray one = requestFor(*make(), record).body;
        parts = parts.isEmpty() ? one : joined(parts, one);
    }
    QCOMPARE(parts, whole);
    QCOMPARE(make({}, u"gzip"_s)->plan(views).shares.at(0).request.body,
             make({}, u"gzip"_s)->plan(views).shares.at(0).request.body);
}

void TestDatadogService::signsInAHeader()
{
    HttpRequest request;
    for (const char *key : {"old", "new"})
        make()->sign(request, QDateTime(), {key});
    QCOMPARE(request.headers, (HttpHeaders{{"DD-API-KEY", "new"}}));
    HttpRequest bare;
    make()->sign(bare, QDateTime(), {});
    QVERIFY(bare.headers.isEmpty());
}

void TestDatadogService::answersLikeDatadog()
{
    HttpRequest request;
    request.url = QUrl(u"/api/v2/logs?ddtags=a"_s);
    QCOMPARE(make()->accepted(request).status, 202);
    QCOMPARE(make()->accepted(request).body, "{}"_ba);
    request.url = QUrl(u"/v1/input/key"_s);
    QCOMPARE(make()->accepted(request).status, 200);
    QCOMPARE(make()->accepted(request).body, "{}"_ba);
    const ServiceAnswer refused = make()->refused(413, u"too \"large\""_s);
    QCOMPARE(refused.status, 413);
    QCOMPARE(refused.contentType, "application/json"_ba);
    const QJsonObject error = QJsonDocument::fromJson(refused.body)
                                  .object()
                                  .value(u"errors"_s)
                                  .toArray()
                                  .at(0)
                                  .toObject();
    QCOMPARE(error.value(u"status"_s).toString(), u"413"_s);
    QCOMPARE(error.value(u"title"_s).toString(), u"Payload Too Large"_s);
    QCOMPARE(error.value(u"detail"_s).toString(), u"too \"large\""_s);
}

QTEST_GUILESS_MAIN(TestDatadogService)
#include "tst_datadogservice.moc"
