// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/practiceendpoint.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;

namespace {

const QByteArray one = R"([{"message":"one","metadata":{"id":1}}])"_ba;
const QByteArray two = R"([{"message":"two","metadata":{"id":2}},{"message":"bad row"}])"_ba;

PracticeOptions withFaults(const QString &text)
{
    PracticeOptions options;
    const auto faults = FaultScript::parse(text);
    if (!faults)
        qFatal("%s", qPrintable(faults.error().message()));
    options.faults = *faults;
    return options;
}

QByteArray post(const QByteArray &body, const QByteArray &path = "/logs"_ba)
{
    return RawHttp::post(path, body, "Content-Type: application/json\r\n");
}

//! A connection that stays open until it is destroyed, whatever the server does.
class PlainClient final
{
public:
    explicit PlainClient(quint16 port)
        : m_descriptor(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
            qFatal("cannot connect");
    }
    ~PlainClient() { ::close(m_descriptor); }
    Q_DISABLE_COPY_MOVE(PlainClient)

    [[nodiscard]] int descriptor() const { return m_descriptor; }
    [[nodiscard]] bool sends(const QByteArray &bytes) const
    {
        return ::send(m_descriptor, bytes.constData(), std::size_t(bytes.size()), MSG_NOSIGNAL) ==
               bytes.size();
    }

private:
    const int m_descriptor;
};

} // namespace

class TstPracticeEndpoint final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsWhatItGets();
    void speaksTheServicesPaths_data();
    void speaksTheServicesPaths();
    void hidesTheKeyInAPath();
    void playsTheFault_data();
    void playsTheFault();
    void timeoutNeverAnswers();
    void halfClosedConnectionStillTakesBytes();
    void rejectStrikesOnlyTheRecordItNames();
    void sameSeedGivesTheSameFaults();
    void faultsMayChangeWhileItRuns();
    void latencyDelaysTheAnswer();
    void forgetsTheOldestAboveItsBound();
    void unreadableBodyIsRefused();
    void answersQuestionsAboutIds();
    void answersWithTheRecords();
    void tellsWhichRecordsItHid_data();
    void tellsWhichRecordsItHid();
};

void TstPracticeEndpoint::keepsWhatItGets()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    QCOMPARE(endpoint.url(u"generic"_s).toString(),
             u"http://127.0.0.1:%1/logs"_s.arg(endpoint.port()));
    QSignalSpy handled(&endpoint, &PracticeEndpoint::requestHandled);
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(client.ask(post(two)).status, 200);
    QCOMPARE(handled.size(), 2);
    QCOMPARE(handled[1], (QVariantList{u"/logs"_s, qint64(2), 200}));
    const PracticeSummary summary = endpoint.summary();
    QCOMPARE(summary.requests, 2);
    QCOMPARE(summary.answered2xx, 2);
    QCOMPARE(summary.faults, 0);
    QCOMPARE(summary.records, 3);
    QCOMPARE(summary.bytes, one.size() + two.size());
    QStringList messages;
    endpoint.forEachRecord([&](const RecordView &record) {
        messages.append(QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
    });
    QCOMPARE(messages, (QStringList{u"one"_s, u"two"_s, u"bad row"_s}));
    const QByteArray json = client.ask(RawHttp::get("/practice/summary")).body;
    const QJsonObject told = QJsonDocument::fromJson(json).object();
    QCOMPARE(told.value(u"records"_s).toInt(), 3);
    QCOMPARE(told.value(u"requests"_s).toInt(), 2);
}

void TstPracticeEndpoint::speaksTheServicesPaths_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const QByteArray loki =
        R"({"streams":[{"stream":{"a":"b"},"values":[["1700000000000000000","x"]]}]})"_ba;
    QTest::newRow("Loki") << post(loki, "/loki/api/v1/push") << 204;
    QTest::newRow("Loki's version") << RawHttp::get("/loki/api/v1/status/buildinfo") << 200;
    QTest::newRow("Datadog") << post(one, "/api/v2/logs") << 202;
    QTest::newRow("Datadog, v1") << post(one, "/v1/input?ddsource=x") << 200;
    QTest::newRow("Datadog, v1 with a key") << post(one, "/v1/input/0123456789abcdef") << 200;
    QTest::newRow("Datadog's keep-alive") << post("{}", "/api/v2/logs") << 202;
    QTest::newRow("Datadog's keep-alive, empty") << post({}, "/api/v2/logs") << 202;
    QTest::newRow("Datadog, unreadable") << post("[{", "/api/v2/logs") << 400;
    QTest::newRow("Datadog's test of a key") << RawHttp::get("/api/v1/validate") << 200;
    QTest::newRow("GET at Datadog's intake") << RawHttp::get("/v1/input/0123456789abcdef") << 405;
    const QByteArray otlp =
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]})"_ba;
    QTest::newRow("OpenTelemetry") << post(otlp, "/v1/logs") << 200;
    QTest::newRow("OpenTelemetry as Loki takes it") << post(otlp, "/otlp/v1/logs") << 204;
    QTest::newRow("generic at the root") << post(one, "/") << 200;
    QTest::newRow("generic at /post") << post(one, "/post") << 200;
    QTest::newRow("elsewhere") << post(one, "/elsewhere") << 404;
    QTest::newRow("GET where records go") << RawHttp::get("/logs") << 405;
    QTest::newRow("unknown question") << RawHttp::get("/practice/wisdom") << 404;
}

void TstPracticeEndpoint::speaksTheServicesPaths()
{
    QFETCH(QByteArray, request);
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QTEST(client.ask(request).status, "status");
}

void TstPracticeEndpoint::hidesTheKeyInAPath()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    QSignalSpy handled(&endpoint, &PracticeEndpoint::requestHandled);
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(one, "/v1/input/geheim")).body, "{}"_ba);
    QCOMPARE(client.ask(RawHttp::get("/v1/input/geheim")).status, 405);
    QCOMPARE(client.ask(RawHttp::get("/api/v1/validate")).body, R"({"valid":true})"_ba);
    QCOMPARE(handled.size(), 2);
    for (const QVariantList &request : handled)
        QCOMPARE(request[0].toString(), u"/v1/input/***"_s);
}

void TstPracticeEndpoint::playsTheFault_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<int>("status"); // 0: closed without an answer
    QTest::addColumn<QByteArray>("retryAfter");
    QTest::addColumn<int>("stored");
    QTest::newRow("status") << u"401"_s << 401 << QByteArray() << 0;
    QTest::newRow("throttled") << u"429:1:3"_s << 429 << "3"_ba << 0;
    QTest::newRow("dropped") << u"drop"_s << 0 << QByteArray() << 0;
    QTest::newRow("answer lost") << u"lost"_s << 0 << QByteArray() << 2;
    QTest::newRow("half closed") << u"half"_s << 0 << QByteArray() << 2;
    QTest::newRow("rejected") << u"reject=bad row"_s << 400 << QByteArray() << 0;
    QTest::newRow("rejected as too large") << u"reject=bad row:413"_s << 413 << QByteArray() << 0;
    QTest::newRow("never") << u"500:0"_s << 200 << QByteArray() << 2;
}

void TstPracticeEndpoint::playsTheFault()
{
    QFETCH(QString, faults);
    QFETCH(int, status);
    QFETCH(int, stored);
    PracticeEndpoint endpoint(withFaults(faults));
    QVERIFY(endpoint.listen());
    QSignalSpy handled(&endpoint, &PracticeEndpoint::requestHandled);
    RawHttp client(endpoint.port());
    const RawAnswer answer = client.ask(post(two));
    QCOMPARE(answer.status, status);
    QTEST(answer.header("Retry-After"), "retryAfter");
    QCOMPARE(client.isOpen(), status != 0);
    QCOMPARE(endpoint.summary().records, stored);
    QCOMPARE(endpoint.summary().faults, status == 200 ? 0 : 1);
    QCOMPARE(handled.size(), 1);
    QCOMPARE(handled[0][2].toInt(), status);
}

void TstPracticeEndpoint::timeoutNeverAnswers()
{
    PracticeEndpoint endpoint(withFaults(u"timeout"_s));
    QVERIFY(endpoint.listen());
    QSignalSpy handled(&endpoint, &PracticeEndpoint::requestHandled);
    RawHttp client(endpoint.port());
    client.write(post(one));
    QTRY_COMPARE(handled.size(), 1);
    QCOMPARE(handled[0][2].toInt(), 0);
    RawHttp other(endpoint.port());
    QCOMPARE(other.ask(RawHttp::get("/ready")).status, 200);
    QCOMPARE(client.socket().bytesAvailable(), 0);
    QVERIFY(client.isOpen());
    QCOMPARE(endpoint.summary().records, 0);
}

// QTcpSocket closes its own side too when the peer's ends, so this client is the system's.
void TstPracticeEndpoint::halfClosedConnectionStillTakesBytes()
{
    PracticeEndpoint endpoint(withFaults(u"half"_s));
    QVERIFY(endpoint.listen());
    QSignalSpy handled(&endpoint, &PracticeEndpoint::requestHandled);
    const PlainClient client(endpoint.port());
    QVERIFY(client.sends(post(one)));
    QTRY_COMPARE(handled.size(), 1);
    char byte = 0;
    QTRY_COMPARE(::recv(client.descriptor(), &byte, 1, MSG_DONTWAIT), 0);
    // A connection that was closed whole would answer the first of these with a reset.
    for (int i = 0; i < 3; ++i) {
        QVERIFY(client.sends(post(two)));
        // Answered after what came before it.
        RawHttp other(endpoint.port());
        QCOMPARE(other.ask(RawHttp::get("/ready")).status, 200);
        QCOMPARE(::recv(client.descriptor(), &byte, 1, MSG_DONTWAIT), 0);
    }
    QCOMPARE(endpoint.summary().records, 1);
}

void TstPracticeEndpoint::rejectStrikesOnlyTheRecordItNames()
{
    PracticeEndpoint endpoint(withFaults(u"reject=bad row"_s));
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(one)).status, 200);
    const RawAnswer refused = client.ask(post(two));
    QCOMPARE(refused.status, 400);
    QVERIFY2(refused.body.contains("bad row"), refused.body.constData());
    QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(endpoint.summary().records, 2);
}

void TstPracticeEndpoint::sameSeedGivesTheSameFaults()
{
    const auto statuses = [](quint64 seed) {
        PracticeOptions options = withFaults(u"429:0.3,500:0.3"_s);
        options.seed = seed;
        PracticeEndpoint endpoint(options);
        QList<int> all;
        if (!endpoint.listen())
            return all;
        RawHttp client(endpoint.port());
        for (int i = 0; i < 40; ++i)
            all.append(client.ask(post(one)).status);
        return all;
    };
    const QList<int> first = statuses(7);
    QCOMPARE(statuses(7), first);
    QVERIFY(statuses(8) != first);
    for (const int status : {200, 429, 500})
        QVERIFY2(first.count(status) >= 5, qPrintable(QString::number(status)));
}

void TstPracticeEndpoint::faultsMayChangeWhileItRuns()
{
    PracticeEndpoint endpoint(withFaults(u"503"_s));
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(one)).status, 503);
    endpoint.setFaults({});
    QCOMPARE(client.ask(post(one)).status, 200);
}

void TstPracticeEndpoint::latencyDelaysTheAnswer()
{
    PracticeOptions options;
    options.latency = 50ms;
    PracticeEndpoint endpoint(options);
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(client.ask(post(one)).status, 200);
    QVERIFY(timer.elapsed() >= 45); // Coarse timers may be 5 % early.
}

void TstPracticeEndpoint::forgetsTheOldestAboveItsBound()
{
    PracticeOptions options;
    options.keepBytes = one.size() * 2;
    PracticeEndpoint endpoint(options);
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    for (int i = 0; i < 5; ++i)
        QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(endpoint.summary().forgotten, 3);
    QCOMPARE(endpoint.summary().records, 5);
    int kept = 0;
    endpoint.forEachRecord([&](const RecordView &) { ++kept; });
    QCOMPARE(kept, 2);
}

void TstPracticeEndpoint::unreadableBodyIsRefused()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post("{nonsense"_ba, "/loki/api/v1/push")).status, 400);
    QCOMPARE(endpoint.summary().records, 0);
    QCOMPARE(endpoint.summary().faults, 0);
}

void TstPracticeEndpoint::answersQuestionsAboutIds()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    const QByteArray loki = R"({"streams":[{"stream":{"a":"b"},"values":[)"
                            R"(["1700000000000000000","x",{"id":"5"}]]}]})"_ba;
    QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(client.ask(post(two)).status, 200);
    QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(client.ask(post(loki, "/loki/api/v1/push")).status, 204);
    QCOMPARE(client.ask(RawHttp::get("/practice/ids?key=id")).body,
             R"({"distinct":3,"minimum":1,"maximum":5,"missing":2,"duplicates":1})"_ba + '\n');
    QCOMPARE(client.ask(RawHttp::get("/practice/ids?key=other")).body,
             R"({"distinct":0,"minimum":null,"maximum":null,"missing":0,"duplicates":0})"_ba +
                 '\n');
}

void TstPracticeEndpoint::answersWithTheRecords()
{
    PracticeEndpoint endpoint({});
    QVERIFY(endpoint.listen());
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(one)).status, 200);
    QCOMPARE(client.ask(post(two)).status, 200);
    const RawAnswer answer = client.ask(RawHttp::get("/practice/records"));
    QCOMPARE(answer.header("Content-Type"), "application/x-ndjson"_ba);
    const QList<QByteArray> lines = answer.body.trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    const QJsonObject last = QJsonDocument::fromJson(lines[2]).object();
    QCOMPARE(last.value(u"message"_s).toString(), u"bad row"_s);
}

void TstPracticeEndpoint::tellsWhichRecordsItHid_data()
{
    QTest::addColumn<QString>("fault");
    QTest::newRow("closed") << u"lost"_s;
    QTest::newRow("half closed") << u"half"_s;
}

void TstPracticeEndpoint::tellsWhichRecordsItHid()
{
    QFETCH(QString, fault);
    PracticeEndpoint endpoint(withFaults(fault));
    QVERIFY(endpoint.listen());
    RawHttp hidden(endpoint.port());
    QCOMPARE(hidden.ask(post(one)).status, 0);
    endpoint.setFaults({});
    RawHttp client(endpoint.port());
    QCOMPARE(client.ask(post(two)).status, 200);
    const RawAnswer answer = client.ask(RawHttp::get("/practice/records?answered=false"));
    const QList<QByteArray> lines = answer.body.trimmed().split('\n');
    QCOMPARE(lines.size(), 1);
    const QJsonObject record = QJsonDocument::fromJson(lines[0]).object();
    QCOMPARE(record.value(u"message"_s).toString(), u"one"_s);
}

QTEST_GUILESS_MAIN(TstPracticeEndpoint)
#include "tst_practiceendpoint.moc"
