// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/practiceendpoint.h"
#include "core/service/service.h"
#include "tests/support/patience.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTest>

#include <set>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

constexpr int recordCount = 25'000; // more than one request takes

std::vector<Record> numberedRecords()
{
    std::vector<Record> records;
    for (int i = 0; i < recordCount; ++i) {
        Record record;
        record.timestamp = 1'700'000'000'000'000'000 + i;
        record.level = allLevels[static_cast<std::size_t>(i) % allLevels.size()];
        record.message = "record " + std::to_string(i);
        record.context.runId = "run-" + std::to_string(i % 7);
        record.context.hostname = "host-" + std::to_string(i % 3);
        record.metadata = "{\"id\":" + std::to_string(i) + "}";
        records.push_back(std::move(record));
    }
    return records;
}

//! Sends over a real socket and waits for the answer.
HttpReply send(QNetworkAccessManager &network, const HttpRequest &request)
{
    QNetworkRequest wire(request.url);
    for (const auto &[name, value] : request.headers)
        wire.setRawHeader(name, value);
    const std::unique_ptr<QNetworkReply> answer(network.post(wire, request.body));
    QSignalSpy finished(answer.get(), &QNetworkReply::finished);
    HttpReply reply;
    if (!answer->isFinished() && !finished.wait(patience)) {
        reply.fault = TransportFault::Lost;
        return reply;
    }
    reply.status = answer->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    for (const auto &[name, value] : answer->rawHeaderPairs())
        reply.headers.append({name, value});
    reply.body = answer->readAll();
    return reply;
}

} // namespace

//! What the service plans, over a socket, to an endpoint that reads it.
class TstOtlpPractice final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyRecordArrivesOnce_data();
    void everyRecordArrivesOnce();
    void aRefusalIsUnderstood_data();
    void aRefusalIsUnderstood();
};

void TstOtlpPractice::everyRecordArrivesOnce_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QString>("path");
    QTest::newRow("protobuf under gzip") << u"protobuf"_s << u"gzip"_s << QString();
    QTest::newRow("protobuf under zstd") << u"protobuf"_s << u"zstd"_s << QString();
    QTest::newRow("JSON") << u"json"_s << u"none"_s << QString();
    QTest::newRow("Loki's path") << u"protobuf"_s << u"gzip"_s << u"/otlp/v1/logs"_s;
}

void TstOtlpPractice::everyRecordArrivesOnce()
{
    QFETCH(QString, encoding);
    QFETCH(QString, compression);
    QFETCH(QString, path);
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    ServiceOptions options;
    options.url = endpoint.url(u"otlp"_s);
    options.url.setPath(path);
    options.compression = compression;
    options.own = {{u"encoding"_s, encoding}};
    const auto service = makeService(u"otlp"_s, options).value();

    const std::vector<Record> records = numberedRecords();
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const Plan plan = service->plan(views);
    QVERIFY(plan.shares.size() > 1);
    QNetworkAccessManager network;
    for (const Share &share : plan.shares) {
        const Outcome outcome = service->interpret(share, send(network, share.request));
        QVERIFY2(outcome.kind == Outcome::Kind::Delivered, qPrintable(outcome.reason));
        QVERIFY2(outcome.reason.isEmpty(), qPrintable(outcome.reason));
    }
    QCOMPARE(endpoint.summary().records, recordCount);
    std::set<std::int64_t> times;
    endpoint.forEachRecord([&](const RecordView &record) {
        const auto index = static_cast<std::size_t>(record.timestamp % recordCount);
        QVERIFY(index < records.size());
        QVERIFY(times.insert(record.timestamp).second);
        QVERIFY(toRecord(record) == records[index]);
    });
    QCOMPARE(times.size(), records.size());
}

void TstOtlpPractice::aRefusalIsUnderstood_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::newRow("protobuf") << u"protobuf"_s;
    QTest::newRow("JSON") << u"json"_s;
}

void TstOtlpPractice::aRefusalIsUnderstood()
{
    QFETCH(QString, encoding);
    PracticeOptions practice;
    practice.faults = FaultScript::parse(u"reject=record 5"_s).value();
    PracticeEndpoint endpoint(practice);
    QVERIFY(endpoint.listen());
    ServiceOptions options;
    options.url = endpoint.url(u"otlp"_s);
    options.own = {{u"encoding"_s, encoding}};
    const auto service = makeService(u"otlp"_s, options).value();
    Record record;
    record.timestamp = 1;
    record.message = "record 5";
    const Plan plan = service->plan(std::vector{viewOf(record)});
    QNetworkAccessManager network;
    const HttpReply reply = send(network, plan.shares.at(0).request);
    QCOMPARE(reply.status, 400);
    QCOMPARE(headerValue(reply.headers, "Content-Type"),
             headerValue(plan.shares[0].request.headers, "Content-Type"));
    const Outcome outcome = service->interpret(plan.shares[0], reply);
    QCOMPARE(outcome.kind, Outcome::Kind::Rejected);
    QCOMPARE(outcome.reason, u"HTTP 400: a record's message contains \"record 5\""_s);
}

QTEST_GUILESS_MAIN(TstOtlpPractice)
#include "tst_otlppractice.moc"
