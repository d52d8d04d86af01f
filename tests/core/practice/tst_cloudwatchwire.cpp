// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/transport.h"
#include "core/practice/practiceendpoint.h"
#include "core/receiver/recordreceiver.h"
#include "core/record/timestamp.h"
#include "core/service/cloudwatch/sigv4.h"
#include "tests/core/service/cloudwatchsupport.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>

using namespace trace;
using namespace std::chrono_literals;

namespace {

const Credentials exampleKey{"AKIDEXAMPLE:secret:TOKEN"_ba};

//! Sends over real sockets and waits for the answer.
class Client
{
public:
    HttpReply ask(HttpRequest request, const Service &service)
    {
        service.sign(request, QDateTime::currentDateTimeUtc(), exampleKey);
        std::optional<HttpReply> answer;
        QObject context;
        m_transport.send(request, 10s, &context,
                         [&](const HttpReply &reply, int) { answer = reply; });
        static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
        return answer.value_or(HttpReply());
    }

    //! As a sender does it: what is missing is created, then the same request goes out again.
    Outcome deliver(const Share &share, const Service &service)
    {
        Outcome outcome = service.interpret(share, ask(share.request, service));
        if (outcome.kind != Kind::CreateResource)
            return outcome;
        ++m_creations;
        outcome = createAsTold(service.create(share), service);
        if (outcome.kind == Kind::CreateResource) // the group is missing too
            outcome = createAsTold(service.createAll(share), service);
        return outcome.kind == Kind::Delivered
                   ? service.interpret(share, ask(share.request, service))
                   : outcome;
    }

    [[nodiscard]] int creations() const { return m_creations; }

private:
    //! The first outcome that is not good, else a good one.
    Outcome createAsTold(const std::vector<HttpRequest> &requests, const Service &service)
    {
        for (const HttpRequest &request : requests) {
            Outcome outcome = service.interpretCreated(request, ask(request, service));
            if (outcome.kind != Kind::Delivered)
                return outcome;
        }
        return {};
    }

    Transport m_transport;
    int m_creations = 0;
};

std::vector<Record> recordsNow(int count)
{
    std::vector<Record> records;
    for (int i = 1; i <= count; ++i) {
        // Not in order, of three runs.
        Record record = recordAt(nowNs() - (i * 7919 % 1000) * 1'000'000, "message",
                                 "run-" + std::to_string(i % 3));
        record.metadata = R"({"id":)" + std::to_string(i) + '}';
        records.push_back(record);
    }
    return records;
}

QByteArray idsOf(PracticeEndpoint &endpoint)
{
    RawHttp client(endpoint.port());
    return client.ask(RawHttp::get("/practice/ids?key=id")).body.trimmed();
}

} // namespace

class TestCloudWatchWire : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void createsWhatIsMissingAndDeliversAll();
    void tellsWhichRecordsWereTooOldOrNew();
    void isThrottledAs400();
    void arrivesWithTheSignatureItWasGiven();
    void isTakenByTheReceiver();
    void servesAwsOwnClients();
    void leavesOtherPostsToOthers();
};

void TestCloudWatchWire::createsWhatIsMissingAndDeliversAll()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    const auto service = make({{u"retention_days"_s, 7}}, endpoint.url(u"cloudwatch"_s).toString());
    const std::vector<Record> records = recordsNow(3000);
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    Client client;
    const Plan plan = service->plan(views);
    QCOMPARE(plan.shares.size(), 3U);
    for (const Share &share : plan.shares)
        QCOMPARE(client.deliver(share, *service).kind, Kind::Delivered);
    QCOMPARE(client.creations(), 3); // a stream each; the group is there from the first on
    QCOMPARE(endpoint.summary().records, 3000);
    QCOMPARE(idsOf(endpoint),
             R"({"distinct":3000,"minimum":1,"maximum":3000,"missing":0,"duplicates":0})"_ba);
    std::size_t equal = 0;
    endpoint.forEachRecord([&](const RecordView &view) {
        const Record got = toRecord(view);
        equal += static_cast<std::size_t>(std::count(records.begin(), records.end(), got));
    });
    QCOMPARE(equal, records.size());
}

void TestCloudWatchWire::tellsWhichRecordsWereTooOldOrNew()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    const auto service = make({}, endpoint.url(u"cloudwatch"_s).toString());
    const std::int64_t now = nowNs();
    std::vector<RecordView> views;
    const std::vector<Record> records{recordAt(now), recordAt(now + 3 * hour), recordAt(now - 1)};
    for (const Record &record : records)
        views.push_back(viewOf(record));
    Client client;
    const Plan plan = service->plan(views);
    const Outcome outcome = client.deliver(plan.shares.at(0), *service);
    QCOMPARE(outcome.kind, Kind::PartlyDelivered);
    QCOMPARE(outcome.rejected, (std::vector<std::size_t>{1}));
    const std::vector<Record> old{recordAt(now - 15 * 24 * hour)};
    const std::vector<RecordView> oldViews{viewOf(old[0])};
    const Outcome late = client.deliver(service->plan(oldViews).shares.at(0), *service);
    QCOMPARE(late.kind, Kind::PartlyDelivered);
    QCOMPARE(late.rejected, (std::vector<std::size_t>{0}));
    QCOMPARE(endpoint.summary().records, 2);
}

void TestCloudWatchWire::isThrottledAs400()
{
    PracticeOptions options;
    options.faults = FaultScript::parse(u"429"_s).value();
    PracticeEndpoint endpoint(options);
    QVERIFY(endpoint.listen());
    const auto service = make({}, endpoint.url(u"cloudwatch"_s).toString());
    Client client;
    const std::vector<RecordView> views{RecordView()};
    const Share share = service->plan(views).shares.at(0);
    const HttpReply reply = client.ask(share.request, *service);
    QCOMPARE(reply.status, 400);
    QCOMPARE(service->interpret(share, reply).kind, Kind::Slower);
    endpoint.setFaults(FaultScript::parse(u"lost"_s).value());
    QCOMPARE(service->interpret(share, client.ask(share.request, *service)).kind, Kind::RetryLater);
}

// C14: whatever the HTTP stack adds, what was signed arrives as it was signed.
void TestCloudWatchWire::arrivesWithTheSignatureItWasGiven()
{
    std::optional<HttpRequest> got;
    HttpServer server({}, [&](HttpRequest &&request, HttpResponder responder) {
        got = std::move(request);
        responder.answer(200, "application/x-amz-json-1.1"_ba, "{}"_ba);
    });
    QVERIFY(server.listen());
    const auto service = make({{u"region"_s, u"eu-west-1"_s}}, server.url().toString());
    Client client;
    const std::vector<RecordView> views{RecordView()};
    const Share share = service->plan(views).shares.at(0);
    QCOMPARE(service->interpret(share, client.ask(share.request, *service)).kind, Kind::Delivered);
    QVERIFY(got);
    HttpHeaders headers;
    for (const char *name :
         {"host", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target"})
        headers.append({name, headerValue(got->headers, name)});
    const QDateTime time = QDateTime::fromString(
        QString::fromLatin1(headerValue(got->headers, "X-Amz-Date")), u"yyyyMMdd'T'HHmmss'Z'"_s);
    const QDateTime inUtc(time.date(), time.time(), Qt::UTC);
    const auto canonical =
        sigv4::canonicalRequest("POST"_ba, "/"_ba, {}, headers, sigv4::hashOf(got->body));
    QCOMPARE(headerValue(got->headers, "Authorization"),
             sigv4::authorization(canonical, sigv4::keyFrom(exampleKey.key).value(),
                                  {"eu-west-1"_ba, "logs"_ba, inUtc}));
}

void TestCloudWatchWire::isTakenByTheReceiver()
{
    std::uint32_t count = 0;
    RecordReceiverOptions options;
    options.port = 0;
    RecordReceiver receiver(options, [&](const auto &blocks, const auto &done) {
        for (const RecordBlock &block : blocks)
            count += block.count;
        done({});
    });
    QVERIFY(receiver.listen());
    const auto service = make({}, receiver.url().toString());
    Client client;
    const std::vector<RecordView> views{RecordView(), RecordView()};
    const Share share = service->plan(views).shares.at(0);
    for (const HttpRequest &request : service->createAll(share))
        QCOMPARE(service->interpretCreated(request, client.ask(request, *service)).kind,
                 Kind::Delivered);
    const HttpReply reply = client.ask(share.request, *service);
    QCOMPARE(service->interpret(share, reply).kind, Kind::Delivered);
    QVERIFY(!headerValue(reply.headers, "x-amzn-RequestId").isEmpty());
    QCOMPARE(count, 2U);
}

void TestCloudWatchWire::servesAwsOwnClients()
{
    const QString python = QStandardPaths::findExecutable(u"python3"_s);
    if (python.isEmpty())
        QSKIP("python3 is not installed");
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    QProcess process;
    QSignalSpy finished(&process, &QProcess::finished);
    process.start(python, {QStringLiteral(TRACE_TEST_DATA "/log_with_botocore.py"),
                           endpoint.url(u"cloudwatch"_s).toString()});
    QVERIFY(finished.wait(patience));
    if (process.exitCode() == 77)
        QSKIP("python3 has no botocore (Debian: python3-botocore)");
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    QCOMPARE(process.readAllStandardOutput().trimmed(),
             R"({"exists": true, "groups": [["/app/sdk", 7]], )"
             R"("missing": "The specified log group does not exist.", )"
             R"("rejected": {"tooNewLogEventStartIndex": 2}, "request": true, )"
             R"("streams": ["stream"]})"_ba);
    std::vector<Record> records;
    endpoint.forEachRecord([&](const RecordView &view) { records.push_back(toRecord(view)); });
    QCOMPARE(records.size(), 2U);
    QCOMPARE(records[0].message, std::string("plain text \xF0\x9F\x9A\x80"));
    QCOMPARE(records[1].message, std::string("json"));
    QCOMPARE(records[1].level, Level::Error);
    QCOMPARE(records[1].metadata,
             std::string(R"({"id":7,"log_group":"/app/sdk","log_stream":"stream"})"));
}

void TestCloudWatchWire::leavesOtherPostsToOthers()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    const QByteArray body = R"([{"message":"one"}])"_ba;
    QCOMPARE(client.ask(RawHttp::post("/", body, "Content-Type: application/json\r\n")).body,
             R"({"status":"ok"})"_ba);
    RecordReceiverOptions options;
    options.port = 0;
    RecordReceiver receiver(options, [](const auto &, const auto &done) { done({}); });
    QVERIFY(receiver.listen());
    RawHttp other(receiver.port());
    QCOMPARE(other.ask(RawHttp::post("/", body, "Content-Type: application/json\r\n")).status, 404);
    QCOMPARE(
        other.ask(RawHttp::post("/", "{}"_ba, "X-Amz-Target: Logs_20140328.Nonsense\r\n")).status,
        400);
}

QTEST_GUILESS_MAIN(TestCloudWatchWire)
#include "tst_cloudwatchwire.moc"
