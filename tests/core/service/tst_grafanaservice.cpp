// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "core/service/service.h"

#include <QDateTime>
#include <QTest>

#include <protozero/pbf_reader.hpp>

#include <map>
#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

//! A push request as protobuf, read without the product's decoder.
struct Entry
{
    std::string labels;
    std::int64_t time = 0;
    std::string line;
    Pairs pairs;

    friend bool operator==(const Entry &, const Entry &) = default;
    friend auto operator<=>(const Entry &, const Entry &) = default;
};

Entry readEntry(protozero::pbf_reader message)
{
    Entry entry;
    while (message.next()) {
        if (message.tag() == 1) {
            protozero::pbf_reader time = message.get_message();
            while (time.next())
                entry.time += (time.tag() == 1 ? 1'000'000'000 : 1) * time.get_int64();
        } else if (message.tag() == 2) {
            entry.line = message.get_string();
        } else {
            protozero::pbf_reader pair = message.get_message();
            auto &[name, value] = entry.pairs.emplace_back();
            while (pair.next()) {
                std::string &text = pair.tag() == 1 ? name : value;
                text = pair.get_string();
            }
        }
    }
    return entry;
}

std::vector<Entry> entriesOf(const HttpRequest &request)
{
    const QByteArray body = snappyUncompress(request.body).value_or(QByteArray());
    std::vector<Entry> entries;
    protozero::pbf_reader push(body.constData(), static_cast<std::size_t>(body.size()));
    while (push.next(1)) {
        protozero::pbf_reader stream = push.get_message();
        std::string labels;
        while (stream.next()) {
            if (stream.tag() == 1) {
                labels = stream.get_string();
                continue;
            }
            entries.push_back(readEntry(stream.get_message()));
            entries.back().labels = labels;
        }
    }
    return entries;
}

std::shared_ptr<const Service> make(const QJsonObject &own = {}, const QString &compression = {},
                                    const QString &url = u"http://loki.example"_s)
{
    ServiceOptions options;
    options.url = QUrl(url);
    options.compression = compression;
    options.own = own;
    return makeService(u"grafana"_s, options).value_or(nullptr);
}

//! JSON written with ' for ".
QByteArray quoted(const char *json)
{
    return QByteArray(json).replace('\'', '"');
}

Record fullRecord()
{
    Record record;
    record.timestamp = 1'700'000'000'123'456'789;
    record.sequence = 5;
    record.level = Level::Error;
    record.mode = Mode::Stderr;
    record.message = "it \"failed\"";
    record.stackTrace = "Traceback:\n  line";
    record.context.runId = "r1";
    record.context.workflowName = "import";
    record.context.environment = "prod";
    record.context.tags = {"a", "b"};
    record.lineno = 12;
    record.durationMs = 1.5;
    record.exceptionType = "KeyError";
    record.metadata = "{\"text\":\"x\\\"y\","
                      R"("n":7,"nested":{"a":[1,"}"]},"a.b-c":null,"run_id":"m"})";
    return record;
}

std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return views;
}

//! Records of several runs and levels, out of order, with times of a millisecond clock.
std::vector<Record> manyRecords(int count)
{
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) {
        // Now and then one with nothing in it: lengths of one byte, as 20,000 below needs three.
        Record record = i % 10 == 0 ? Record() : fullRecord();
        record.timestamp = 1'700'000'000'000'000'000 + (i * 7 % 10) * 1'000'000;
        record.sequence = static_cast<std::uint64_t>(i) + 1;
        if (i % 10 != 0) {
            record.level = allLevels[static_cast<std::size_t>(i) % 3];
            record.message = "same line";
            record.context.runId = "run-" + std::to_string(i % 4);
            record.context.workflowName = "workflow-" + std::to_string(i % 2);
        }
        if (i % 11 == 0)
            record.message.assign(20'000, 'x');
        records.push_back(record);
    }
    return records;
}

} // namespace

class TestGrafanaService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesJson();
    void writesTheLineWithoutMetadata();
    void writesProtobuf();
    void writesLogfmtWhereMetadataIsOff();
    void putsEachSetOfLabelsIntoOneStream();
    void givesEachRecordItsOwnTime();
    void writesTheSameBytesForEverySubset();
    void cutsLargeBatches();
    void setsHeadersAndPath();
    void signs_data();
    void signs();
    void answersLikeLoki();
    void readsProtobufOutAsJson();
};

void TestGrafanaService::writesJson()
{
    const auto service = make({{u"labels"_s, QJsonObject{{u"team"_s, u"data"_s}}}}, u"none"_s);
    const std::vector<Record> records{fullRecord()};
    const auto shares = service->plan(viewsOf(records)).shares;
    QCOMPARE(shares.size(), 1U);
    const QByteArray expected =
        quoted("{'streams':[{'stream':{'service_name':'import','workflow_name':'import',"
               "'environment':'prod','level':'error','team':'data'},'values':["
               "['1700000000123456789','it \\'failed\\'\\nTraceback:\\n  line',"
               "{'run_id':'r1','tags':'a,b','mode':'stderr','lineno':'12',"
               "'exception_type':'KeyError','duration_ms':'1.5','text':'x\\'y','n':'7',"
               "'nested':'{\\'a\\':[1,\\'}\\']}','a_b_c':'null','metadata_run_id':'m'}]]}]}");
    QCOMPARE(shares[0].request.body, expected);
    const auto zipped = make({{u"labels"_s, QJsonObject{{u"team"_s, u"data"_s}}}}, u"gzip"_s)
                            ->plan(viewsOf(records))
                            .shares;
    QCOMPARE(headerValue(zipped.at(0).request.headers, "Content-Encoding"), "gzip"_ba);
    QCOMPARE(gunzip(zipped[0].request.body).value_or(QByteArray()), shares[0].request.body);
}

void TestGrafanaService::writesTheLineWithoutMetadata()
{
    Record record;
    record.timestamp = 1;
    record.message = "m";
    const std::vector<Record> records{record};
    QCOMPARE(make({}, u"none"_s)->plan(viewsOf(records)).shares.at(0).request.body,
             R"({"streams":[{"stream":{"service_name":"unknown_service","level":"info"},)"
             R"("values":[["1","m"]]}]})"_ba);
}

void TestGrafanaService::writesProtobuf()
{
    const std::vector<Record> records{fullRecord()};
    const auto entries = entriesOf(make()->plan(viewsOf(records)).shares.at(0).request);
    QCOMPARE(entries.size(), 1U);
    QCOMPARE(entries[0].labels,
             std::string(R"({service_name="import",workflow_name="import",environment="prod",)"
                         R"(level="error"})"));
    QCOMPARE(entries[0].time, 1'700'000'000'123'456'789);
    QCOMPARE(entries[0].line, std::string("it \"failed\"\nTraceback:\n  line"));
    const Pairs expected{{"run_id", "r1"},
                         {"tags", "a,b"},
                         {"mode", "stderr"},
                         {"lineno", "12"},
                         {"exception_type", "KeyError"},
                         {"duration_ms", "1.5"},
                         {"text", "x\"y"},
                         {"n", "7"},
                         {"nested", R"({"a":[1,"}"]})"},
                         {"a_b_c", "null"},
                         {"metadata_run_id", "m"}};
    QVERIFY(entries[0].pairs == expected);
}

void TestGrafanaService::writesLogfmtWhereMetadataIsOff()
{
    Record record;
    record.timestamp = 1;
    record.message = "copied";
    record.context.runId = "r 1";
    record.lineno = 3;
    record.metadata = R"({"k":"v=w"})";
    record.stackTrace = "Traceback";
    const std::vector<Record> records{record};
    const QJsonObject off{{u"structured_metadata"_s, u"off"_s}};
    const auto entries = entriesOf(make(off)->plan(viewsOf(records)).shares.at(0).request);
    QCOMPARE(entries.at(0).line,
             std::string("copied run_id=\"r 1\" lineno=3 k=\"v=w\"\nTraceback"));
    QVERIFY(entries[0].pairs.empty());
    const HttpRequest json = make(off, u"none"_s)->plan(viewsOf(records)).shares.at(0).request;
    const QByteArray expected =
        quoted("['1','copied run_id=\\'r 1\\' lineno=3 k=\\'v=w\\'\\nTraceback']");
    QVERIFY2(json.body.contains(expected), json.body.constData());
}

void TestGrafanaService::putsEachSetOfLabelsIntoOneStream()
{
    const std::vector<Record> records = manyRecords(300);
    const auto shares = make()->plan(viewsOf(records)).shares;
    QCOMPARE(shares.size(), 1U);
    const auto entries = entriesOf(shares[0].request);
    QCOMPARE(entries.size(), records.size());
    std::set<std::string> finished;
    std::string current;
    std::int64_t last = 0;
    for (const Entry &entry : entries) {
        if (entry.labels != current) {
            QVERIFY2(!finished.contains(entry.labels), entry.labels.c_str());
            finished.insert(current);
            current = entry.labels;
            last = 0;
        }
        QVERIFY(entry.time >= last);
        last = entry.time;
    }
    QCOMPARE(finished.size(), 7U); // 2 workflows of 3 levels, the bare ones, and the empty start
}

void TestGrafanaService::givesEachRecordItsOwnTime()
{
    const std::int64_t second = 1'700'000'000'000'000'000;
    std::vector<Record> records;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        for (const std::int64_t fraction : {0, 5'000'000, 5'001'000, 5'001'001}) {
            Record record;
            record.timestamp = second + fraction;
            record.sequence = i;
            record.message = "same";
            records.push_back(record);
        }
    }
    std::set<std::int64_t> times;
    for (const Entry &entry : entriesOf(make()->plan(viewsOf(records)).shares.at(0).request))
        times.insert(entry.time - second);
    QCOMPARE(times.size(), records.size());
    // By record: the sequence number behind what the clock counts; a clock of nanoseconds keeps its
    // time to the digit unless others have the same.
    for (const std::int64_t time : {1, 2, 3, 5'000'001, 5'000'002, 5'000'003})
        QVERIFY(times.contains(time));
    QVERIFY(*times.rbegin() < 5'001'001 + 100'000);
}

void TestGrafanaService::writesTheSameBytesForEverySubset()
{
    const std::vector<Record> records = manyRecords(120);
    const auto views = viewsOf(records);
    const auto service = make();
    auto whole = entriesOf(service->plan(views).shares.at(0).request);
    std::vector<Entry> parts;
    for (std::size_t first = 0; first < views.size(); first += 17) {
        const auto part =
            std::span(views).subspan(first, std::min<std::size_t>(17, views.size() - first));
        for (const Share &share : service->plan(part).shares) {
            for (Entry &entry : entriesOf(share.request))
                parts.push_back(std::move(entry));
        }
    }
    std::sort(whole.begin(), whole.end());
    std::sort(parts.begin(), parts.end());
    QVERIFY(parts == whole);
    QCOMPARE(service->plan(views).shares.at(0).request.body,
             service->plan(views).shares.at(0).request.body);
}

void TestGrafanaService::cutsLargeBatches()
{
    Record large = fullRecord();
    large.message.assign(200'000, 'x');
    const std::vector<RecordView> views(50, viewOf(large));
    const auto shares = make()->plan(views).shares;
    QVERIFY(shares.size() >= 3);
    std::size_t next = 0;
    for (const Share &share : shares) {
        QCOMPARE(entriesOf(share.request).size(), share.indices.size());
        for (const std::size_t index : share.indices)
            QCOMPARE(index, next++);
    }
    QCOMPARE(next, views.size());
    QVERIFY(make()->plan({}).shares.empty());
    QCOMPARE(make()->plan(std::vector<RecordView>(8001, RecordView())).shares.size(), 2U);
}

void TestGrafanaService::setsHeadersAndPath()
{
    const std::vector<Record> records{fullRecord()};
    const auto request = [&](const auto &service) {
        return service->plan(viewsOf(records)).shares.at(0).request;
    };
    const HttpRequest plain = request(make({{u"tenant"_s, u"team-a"_s}}));
    QCOMPARE(plain.method, "POST"_ba);
    QCOMPARE(plain.url, QUrl(u"http://loki.example/loki/api/v1/push"_s));
    QCOMPARE(headerValue(plain.headers, "Content-Type"), "application/x-protobuf"_ba);
    QCOMPARE(headerValue(plain.headers, "Content-Encoding"), "snappy"_ba);
    QCOMPARE(headerValue(plain.headers, "X-Scope-OrgID"), "team-a"_ba);
    QVERIFY(headerValue(plain.headers, "Authorization").isNull());

    const HttpRequest json = request(make({}, u"none"_s, u"http://loki.example/"_s));
    QCOMPARE(json.url, QUrl(u"http://loki.example/loki/api/v1/push"_s));
    QCOMPARE(headerValue(json.headers, "Content-Type"), "application/json"_ba);
    QVERIFY(headerValue(json.headers, "X-Scope-OrgID").isNull());
    QCOMPARE(request(make({}, {}, u"http://proxy.example/own/push"_s)).url,
             QUrl(u"http://proxy.example/own/push"_s));
}

void TestGrafanaService::signs_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("user and password") << "12:glc_x"_ba
                                       << "Basic MTI6Z2xjX3g="_ba;
    QTest::newRow("token") << "glc_x"_ba
                           << "Bearer glc_x"_ba;
    QTest::newRow("none") << ""_ba << QByteArray();
}

void TestGrafanaService::signs()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    HttpRequest request;
    make()->sign(request, QDateTime(), {key});
    QCOMPARE(headerValue(request.headers, "Authorization"), value);
}

void TestGrafanaService::answersLikeLoki()
{
    QCOMPARE(make()->accepted({}).status, 204);
    QVERIFY(make()->accepted({}).body.isEmpty());
    const ServiceAnswer refused = make()->refused(400, u"why"_s);
    QCOMPARE(refused.status, 400);
    QVERIFY(refused.contentType.startsWith("text/plain"));
    QCOMPARE(refused.body, "why\n"_ba);
}

void TestGrafanaService::readsProtobufOutAsJson()
{
    const std::vector<Record> records = manyRecords(30);
    const QJsonObject own{{u"labels"_s, QJsonObject{{u"team"_s, u"\"a\"\n"_s}}}};
    const auto requestOf = [&](const QString &compression) {
        return make(own, compression)->plan(viewsOf(records)).shares.at(0).request;
    };
    const QString json = QString::fromUtf8(requestOf(u"none"_s).body);
    QCOMPARE(make()->readable(requestOf(u"snappy"_s)), json);
    QCOMPARE(make()->readable(requestOf(u"gzip"_s)), json);
    HttpRequest damaged = requestOf(u"snappy"_s);
    damaged.body = snappyCompress("\x0a\x7f");
    QVERIFY(!make()->readable(damaged).isEmpty());
    damaged.body = "no snappy";
    QVERIFY(!make()->readable(damaged).isEmpty());
}

QTEST_GUILESS_MAIN(TestGrafanaService)
#include "tst_grafanaservice.moc"
