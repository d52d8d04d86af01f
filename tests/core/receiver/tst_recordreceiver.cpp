// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/recordreceiver.h"
#include "core/receiver/servicepaths.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QTest>

#include <thread>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! A receiver in front of a journal that the test plays.
struct Setup
{
    explicit Setup(const QByteArray &token = {}, std::shared_ptr<const Redaction> redaction = {})
        : receiver(RecordReceiverOptions{
                       0, token, {}, std::make_shared<RedactionRules>(std::move(redaction))},
                   [this](std::vector<RecordBlock> request, RecordReceiver::Done done) {
                       for (RecordBlock &block : request)
                           blocks.push_back(std::move(block));
                       if (!holds)
                           done(error);
                       else
                           waiting.push_back(std::move(done));
                   })
    {
        const auto listening = receiver.listen();
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message()));
    }

    //! The messages of all blocks, in order.
    [[nodiscard]] QStringList messages() const
    {
        QStringList all;
        for (const RecordBlock &block : blocks) {
            const auto reader = RecordBlockReader::open(block.data);
            if (!reader)
                return {reader.error().message()};
            for (const RecordView &record : reader->records())
                all.append(
                    QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
        }
        return all;
    }

    bool holds = false;
    std::optional<Error> error;
    std::vector<RecordBlock> blocks;
    std::vector<RecordReceiver::Done> waiting;
    RecordReceiver receiver;
};

const QByteArray json = "Content-Type: application/json\r\n"_ba;

} // namespace

class TstRecordReceiver final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recordsOfEachServiceArrive_data();
    void recordsOfEachServiceArrive();
    void secretsAreHiddenBeforeTheCommit();
    void unreadableBodyIsRefusedAndNotStored_data();
    void unreadableBodyIsRefusedAndNotStored();
    void answerComesAfterTheCommit();
    void commitMayBeReportedFromAnotherThread();
    void failedCommitAsksTheClientToRepeat();
    void largeRequestIsStoredAsAWhole();
    void probesAreAnswered_data();
    void probesAreAnswered();
    void queriesBringRecords_data();
    void queriesBringRecords();
    void unknownPathsAreExplained_data();
    void unknownPathsAreExplained();
    void pagesOfThisMachineMayPost();
    void tokenIsRequired();
    void receiverMayGoBeforeTheCommit();
    void everyServiceHasAPathThatLeadsBack();
};

void TstRecordReceiver::recordsOfEachServiceArrive_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("messages");
    QTest::newRow("generic, array") << "/logs"_ba
                                    << R"([{"message":"one"},{"message":"zwei €"}])"_ba << 200
                                    << QStringList{u"one"_s, u"zwei €"_s};
    QTest::newRow("generic, one object")
        << "/logs?source=test"_ba
        << R"({"message":"one"})"_ba << 200 << QStringList{u"one"_s};
    QTest::newRow("a slash at the end")
        << "/logs/"_ba
        << R"({"message":"one"})"_ba << 200 << QStringList{u"one"_s};
    QTest::newRow("Loki")
        << "/loki/api/v1/push"_ba
        << R"({"streams":[{"stream":{"a":"b"},"values":[["1700000000000000000","hello"]]}]})"_ba
        << 204 << QStringList{u"hello"_s};
    QTest::newRow("Loki, old path")
        << "/api/prom/push"_ba
        << R"({"streams":[{"stream":{"a":"b"},"values":[["1700000000000000000","hello"]]}]})"_ba
        << 204 << QStringList{u"hello"_s};
    QTest::newRow("Datadog") << "/api/v2/logs"_ba
                             << R"([{"message":"one","status":"warn"},{"message":"two"}])"_ba << 202
                             << QStringList{u"one"_s, u"two"_s};
    QTest::newRow("Datadog, v1 with a key in the path")
        << "/v1/input/0123456789abcdef"_ba
        << R"({"message":"one"})"_ba << 200 << QStringList{u"one"_s};
    QTest::newRow("Datadog's keep-alive") << "/api/v2/logs"_ba
                                          << "{}"_ba << 202 << QStringList{};
    const QByteArray otlp =
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]})";
    QTest::newRow("OpenTelemetry") << "/v1/logs"_ba << otlp << 200 << QStringList{u"hello"_s};
    QTest::newRow("OpenTelemetry as Loki takes it")
        << "/otlp/v1/logs"_ba << otlp << 204 << QStringList{u"hello"_s};
}

void TstRecordReceiver::recordsOfEachServiceArrive()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(QStringList, messages);
    Setup setup;
    RawHttp client(setup.receiver.port());
    const RawAnswer answer = client.ask(RawHttp::post(path, body, json));
    QTEST(answer.status, "status");
    QCOMPARE(setup.messages(), messages);
    QCOMPARE(setup.receiver.counts(), (ReceiverCounts{1, messages.size(), 0}));
}

void TstRecordReceiver::secretsAreHiddenBeforeTheCommit()
{
    Setup setup({}, Redaction::make(builtInRedactionRules()).value());
    RawHttp client(setup.receiver.port());
    const auto answer = client.ask(RawHttp::post(
        "/logs", "[{\"message\":\"password=hunter2\"},{\"message\":\"fine\"}]", json));
    QVERIFY(answer.status >= 200 && answer.status < 300);
    QCOMPARE(setup.messages(), (QStringList{u"password=***"_s, u"fine"_s}));
    QCOMPARE(setup.receiver.counts().masked, 1);
    QCOMPARE(setup.receiver.counts().records, 2);
}

void TstRecordReceiver::unreadableBodyIsRefusedAndNotStored_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::newRow("Loki, no JSON") << RawHttp::post("/loki/api/v1/push", "{nonsense", json);
    QTest::newRow("Loki, broken after a good record") << RawHttp::post(
        "/loki/api/v1/push",
        R"({"streams":[{"stream":{"a":"b"},"values":[["1700000000000000000","good"],["x","bad"]]}]})",
        json);
    QTest::newRow("Datadog, cut off") << RawHttp::post("/api/v2/logs", R"([{"message":"a"})", json);
    QTest::newRow("OpenTelemetry, no JSON") << RawHttp::post("/v1/logs", "{nonsense", json);
    QTest::newRow("OpenTelemetry, no protobuf")
        << RawHttp::post("/v1/logs", "nonsense", "Content-Type: application/x-protobuf\r\n");
    QTest::newRow("not the gzip that it says")
        << RawHttp::post("/logs", "plain", json + "Content-Encoding: gzip\r\n");
}

void TstRecordReceiver::unreadableBodyIsRefusedAndNotStored()
{
    QFETCH(QByteArray, request);
    Setup setup;
    RawHttp client(setup.receiver.port());
    const RawAnswer answer = client.ask(request);
    QCOMPARE(answer.status, 400);
    QVERIFY(!answer.body.isEmpty());
    QVERIFY(setup.blocks.empty());
    QCOMPARE(setup.receiver.counts(), (ReceiverCounts{1, 0, 1}));
}

void TstRecordReceiver::answerComesAfterTheCommit()
{
    Setup setup;
    setup.holds = true;
    RawHttp client(setup.receiver.port());
    client.write(RawHttp::post("/logs", R"({"message":"one"})", json));
    QTRY_COMPARE(setup.waiting.size(), 1U);
    // A second client goes all the way there and back, and the first has still no answer.
    RawHttp other(setup.receiver.port());
    QCOMPARE(other.ask(RawHttp::get("/healthz")).body, "ok\n"_ba);
    QCOMPARE(client.socket().bytesAvailable(), 0);
    QCOMPARE(setup.receiver.counts().records, 0);
    setup.waiting[0]({});
    QCOMPARE(client.read().status, 200);
    QCOMPARE(setup.receiver.counts().records, 1);
}

void TstRecordReceiver::commitMayBeReportedFromAnotherThread()
{
    Setup setup;
    setup.holds = true;
    RawHttp client(setup.receiver.port());
    client.write(RawHttp::post("/logs", R"({"message":"one"})", json));
    QTRY_COMPARE(setup.waiting.size(), 1U);
    std::thread writer([&] { setup.waiting[0]({}); });
    writer.join();
    QCOMPARE(client.read().status, 200);
}

void TstRecordReceiver::failedCommitAsksTheClientToRepeat()
{
    Setup setup;
    setup.error = Error{u"the disk is full"_s, {}};
    RawHttp client(setup.receiver.port());
    const QByteArray request = RawHttp::post("/logs", R"({"message":"one"})", json);
    const RawAnswer answer = client.ask(request);
    QCOMPARE(answer.status, 503);
    QCOMPARE(answer.header("Retry-After"), "1"_ba);
    QVERIFY(answer.body.contains("the disk is full"));
    QCOMPARE(setup.receiver.counts(), (ReceiverCounts{1, 0, 1}));
    setup.error.reset();
    QCOMPARE(client.ask(request).status, 200);
}

//! In pieces a part of it could be stored, and the client's repetition would store that twice.
void TstRecordReceiver::largeRequestIsStoredAsAWhole()
{
    Setup setup;
    setup.holds = true;
    QByteArray body;
    for (int i = 0; i < 5000; ++i)
        body += R"({"message":")" + QByteArray::number(i) + "\"}\n";
    RawHttp client(setup.receiver.port());
    client.write(RawHttp::post("/logs", body, "Content-Type: application/x-ndjson\r\n"));
    QTRY_COMPARE(setup.blocks.size(), 3U);
    QCOMPARE(setup.waiting.size(), 1U);
    QCOMPARE(setup.receiver.counts().records, 0);
    setup.waiting[0]({});
    QCOMPARE(client.read().status, 200);
    QCOMPARE(setup.receiver.counts().records, 5000);
    const QStringList messages = setup.messages();
    QCOMPARE(messages.size(), 5000);
    QCOMPARE(messages.last(), u"4999"_s);
}

void TstRecordReceiver::probesAreAnswered_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("health") << "/healthz"_ba
                            << "ok"_ba;
    QTest::newRow("Loki is ready") << "/ready"_ba
                                   << "ready"_ba;
    QTest::newRow("Loki's version") << "/loki/api/v1/status/buildinfo"_ba
                                    << R"("version":"2.9.4")"_ba;
    QTest::newRow("Datadog's keys") << "/api/v1/validate"_ba
                                    << R"({"valid":true})"_ba;
    QTest::newRow("Loki's labels") << "/loki/api/v1/labels"_ba
                                   << R"("status":"success")"_ba;
}

void TstRecordReceiver::probesAreAnswered()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, part);
    Setup setup;
    RawHttp client(setup.receiver.port());
    const RawAnswer answer = client.ask(RawHttp::get(path));
    QCOMPARE(answer.status, 200);
    QVERIFY2(answer.body.contains(part), answer.body.constData());
    QCOMPARE(setup.receiver.counts(), ReceiverCounts());
}

void TstRecordReceiver::unknownPathsAreExplained_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("unknown path") << RawHttp::post("/lgos", "x") << 404 << "/loki/api/v1/push"_ba;
    QTest::newRow("unknown path asked for") << RawHttp::get("/") << 404 << "/logs"_ba;
    QTest::newRow("GET where records go") << RawHttp::get("/logs") << 405 << "use POST"_ba;
    QTest::newRow("POST to a probe") << RawHttp::post("/ready", "x") << 405 << "use GET"_ba;
}

void TstRecordReceiver::unknownPathsAreExplained()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, part);
    Setup setup;
    RawHttp client(setup.receiver.port());
    const RawAnswer answer = client.ask(request);
    QTEST(answer.status, "status");
    QVERIFY2(answer.body.contains(part), answer.body.constData());
    QCOMPARE(answer.header("Allow").isEmpty(), answer.status == 404);
}

void TstRecordReceiver::queriesBringRecords_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<int>("status");
    QTest::newRow("a program") << ""_ba << 200;
    QTest::newRow("a typed address") << "Sec-Fetch-Site: none\r\n"_ba << 200;
    QTest::newRow("its own page") << "Sec-Fetch-Site: same-origin\r\nReferer: "
                                     "http://localhost/x\r\nOrigin: http://localhost\r\n"_ba
                                  << 200;
    QTest::newRow("an image of a page") << "Sec-Fetch-Site: cross-site\r\n"_ba << 403;
    QTest::newRow("a page of a neighbour") << "Sec-Fetch-Site: same-site\r\n"_ba << 403;
    QTest::newRow("a page, old browser") << "Referer: https://evil.example/a?b\r\n"_ba << 403;
    QTest::newRow("a second word") << "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n"_ba
                                   << 403;
    QTest::newRow("an origin that is none") << "Origin: null\r\n"_ba << 403;
}

void TstRecordReceiver::queriesBringRecords()
{
    QFETCH(QByteArray, headers);
    QFETCH(int, status);
    Setup setup;
    RawHttp client(setup.receiver.port());
    const RawAnswer answer = client.ask(
        RawHttp::get("/logs?msg=one%20%26%20two&levelname=ERROR&created=1796030122.5", headers));
    QCOMPARE(answer.status, status);
    QCOMPARE(setup.messages(), status == 200 ? QStringList{u"one & two"_s} : QStringList());
}

//! As fetch() does it, which asks first and reads the answer only with leave.
void TstRecordReceiver::pagesOfThisMachineMayPost()
{
    Setup setup("t0ken"_ba);
    const QByteArray origin = "Origin: http://localhost:3000\r\n";
    const QByteArray asks = "Access-Control-Request-Method: POST\r\n"
                            "Access-Control-Request-Headers: authorization,content-type\r\n";
    const auto preflight = [&](const QByteArray &path, const QByteArray &headers) {
        RawHttp client(setup.receiver.port());
        return client.ask("OPTIONS " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                          "\r\n");
    };
    const RawAnswer allowed = preflight("/logs", origin + asks);
    QCOMPARE(allowed.status, 204);
    QCOMPARE(allowed.header("Access-Control-Allow-Origin"), "http://localhost:3000"_ba);
    QCOMPARE(allowed.header("Access-Control-Allow-Headers"), "authorization,content-type"_ba);
    QCOMPARE(preflight("/logs", "Origin: https://evil.example\r\n" + asks).status, 403);
    QCOMPARE(preflight("/nowhere", origin + asks).status, 404);

    RawHttp page(setup.receiver.port());
    const RawAnswer answer =
        page.ask(RawHttp::post("/logs", R"({"message":"one"})",
                               json + origin + "Authorization: Bearer t0ken\r\n"));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("Access-Control-Allow-Origin"), "http://localhost:3000"_ba);
    QCOMPARE(setup.messages(), QStringList{u"one"_s});
    RawHttp stranger(setup.receiver.port());
    QCOMPARE(stranger.ask(RawHttp::post("/logs", "{}", json + origin)).status, 401);
}

void TstRecordReceiver::tokenIsRequired()
{
    Setup setup("t0ken"_ba);
    const QByteArray body = R"({"message":"one"})"_ba;
    RawHttp stranger(setup.receiver.port());
    QCOMPARE(stranger.ask(RawHttp::post("/logs", body, json)).status, 401);
    RawHttp client(setup.receiver.port());
    const QByteArray header = json + "Authorization: Bearer t0ken\r\n";
    QCOMPARE(client.ask(RawHttp::post("/logs", body, header)).status, 200);
    QCOMPARE(setup.messages(), QStringList{u"one"_s});
}

void TstRecordReceiver::receiverMayGoBeforeTheCommit()
{
    RecordReceiver::Done late;
    {
        Setup setup;
        setup.holds = true;
        RawHttp client(setup.receiver.port());
        client.write(RawHttp::post("/logs", R"({"message":"one"})", json));
        QTRY_COMPARE(setup.waiting.size(), 1U);
        late = setup.waiting[0];
    }
    late({});
    QCoreApplication::sendPostedEvents();
}

void TstRecordReceiver::everyServiceHasAPathThatLeadsBack()
{
    for (const QString &path : servicePaths()) {
        const QString service = serviceForPath(path);
        QVERIFY2(servedService(service), qPrintable(path));
        QCOMPARE(serviceForPath(pathOfService(service)), service);
    }
    QVERIFY(serviceForPath(u"/nowhere"_s).isEmpty());
    QVERIFY(pathOfService(u"nobody"_s).isEmpty());
}

QTEST_GUILESS_MAIN(TstRecordReceiver)
#include "tst_recordreceiver.moc"
