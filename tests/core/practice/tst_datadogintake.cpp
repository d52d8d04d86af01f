// SPDX-License-Identifier: GPL-3.0-or-later
// What the Datadog service sends, over real sockets to the practice endpoint and back into records.
#include "core/delivery/transport.h"
#include "core/practice/practiceendpoint.h"
#include "core/record/jsonwriter.h"
#include "core/service/service.h"
#include "tests/support/patience.h"

#include <QDateTime>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

namespace {

constexpr int recordCount = 2'500;

std::vector<Record> manyRecords()
{
    std::vector<Record> records;
    for (int i = 0; i < recordCount; ++i) {
        Record record;
        record.timestamp = 1'700'000'000'000'000'000 + i;
        record.sequence = static_cast<std::uint64_t>(i) + 1;
        record.level = allLevels[static_cast<std::size_t>(i) % allLevels.size()];
        record.message = "message " + std::to_string(i) + " 漢";
        record.context.runId = "run-" + std::to_string(i % 3);
        record.context.tags = {"team:data"};
        record.metadata = R"({"id":)" + std::to_string(i) + '}';
        records.push_back(record);
    }
    return records;
}

std::string jsonOf(const RecordView &record)
{
    std::string json;
    appendJson(json, record);
    return json;
}

std::shared_ptr<const Service> makeFor(const QUrl &url, const QString &compression = {})
{
    ServiceOptions options;
    options.url = url;
    options.compression = compression;
    return makeService(u"datadog"_s, options).value_or(nullptr);
}

} // namespace

class TstDatadogIntake final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversEveryRecord_data();
    void deliversEveryRecord();
    void understandsTheAnswer_data();
    void understandsTheAnswer();

private:
    //! Signs and sends the share and waits for what the answer means.
    Outcome send(const Service &service, Share &share, int *status = nullptr);

    Transport m_transport;
};

Outcome TstDatadogIntake::send(const Service &service, Share &share, int *status)
{
    service.sign(share.request, QDateTime::currentDateTimeUtc(), {"key"});
    std::optional<HttpReply> reply;
    m_transport.send(share.request, 10s, this,
                     [&](const HttpReply &answer, int) { reply = answer; });
    if (!QTest::qWaitFor([&] { return reply.has_value(); }, patience))
        qFatal("no answer");
    if (status)
        *status = reply->status;
    return service.interpret(share, *reply);
}

void TstDatadogIntake::deliversEveryRecord_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<int>("status");
    QTest::newRow("no path") << QString() << u"gzip"_s << 202;
    QTest::newRow("v2, zstd") << u"/api/v2/logs"_s << u"zstd"_s << 202;
    QTest::newRow("v1, plain") << u"/v1/input"_s << u"none"_s << 200;
}

void TstDatadogIntake::deliversEveryRecord()
{
    QFETCH(QString, path);
    QFETCH(QString, compression);
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    QUrl url = endpoint.url(u"datadog"_s);
    QCOMPARE(url.path(), u"/api/v2/logs"_s);
    url.setPath(path);
    const auto service = makeFor(url, compression);
    QVERIFY(service);
    const std::vector<Record> records = manyRecords();
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    Plan plan = service->plan(views);
    QCOMPARE(plan.shares.size(), 3U);
    for (Share &share : plan.shares) {
        int status = 0;
        QCOMPARE(send(*service, share, &status).kind, Kind::Delivered);
        QTEST(status, "status");
    }
    QCOMPARE(endpoint.summary().records, recordCount);
    std::vector<std::string> arrived;
    endpoint.forEachRecord([&](const RecordView &record) { arrived.push_back(jsonOf(record)); });
    QCOMPARE(arrived.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        QCOMPARE(arrived[i], jsonOf(views[i]));
}

void TstDatadogIntake::understandsTheAnswer_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<QString>("words");
    QTest::newRow("malformed") << u"400"_s << Kind::Rejected << u"Bad Request"_s;
    QTest::newRow("no key") << u"401"_s << Kind::Hold << u"Unauthorized"_s;
    QTest::newRow("wrong key") << u"403"_s << Kind::Hold << u"Forbidden"_s;
    QTest::newRow("too large") << u"413"_s << Kind::Split << u"Payload Too Large"_s;
    QTest::newRow("throttled") << u"429:1:3"_s << Kind::Slower << u"Too Many Requests"_s;
    QTest::newRow("internal") << u"500"_s << Kind::RetryLater << u"Internal Server Error"_s;
    QTest::newRow("one record refused")
        << u"reject=message 0"_s << Kind::Rejected << u"message 0"_s;
    QTest::newRow("dropped") << u"drop"_s << Kind::RetryLater << QString();
}

void TstDatadogIntake::understandsTheAnswer()
{
    QFETCH(QString, faults);
    QFETCH(QString, words);
    PracticeOptions options;
    options.faults = FaultScript::parse(faults).value_or(FaultScript());
    PracticeEndpoint endpoint(options);
    QVERIFY(endpoint.listen());
    const auto service = makeFor(endpoint.url(u"datadog"_s));
    const std::vector<Record> records = manyRecords();
    const RecordView view = viewOf(records[0]);
    Plan plan = service->plan({&view, 1});
    const Outcome outcome = send(*service, plan.shares.at(0));
    QTEST(outcome.kind, "kind");
    QVERIFY2(outcome.reason.contains(words), qPrintable(outcome.reason));
    QCOMPARE(outcome.hint.has_value(), outcome.kind == Kind::Slower);
    QCOMPARE(endpoint.summary().records, 0);
}

QTEST_GUILESS_MAIN(TstDatadogIntake)
#include "tst_datadogintake.moc"
