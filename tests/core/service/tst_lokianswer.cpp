// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

class TestLokiAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void interprets_data();
    void interprets();
    void interpretsFaults_data();
    void interpretsFaults();
    void namesTheOnlyRecord();
    void namesAllWhenAllAreRefused();
    void waitsLongForStreams();
    void tellsWhatToFix_data();
    void tellsWhatToFix();

private:
    [[nodiscard]] static Outcome outcomeOf(int status, const QByteArray &body,
                                           std::size_t records = 100);
};

Outcome TestLokiAnswer::outcomeOf(int status, const QByteArray &body, std::size_t records)
{
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    Share share;
    share.indices.resize(records);
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    return makeService(u"grafana"_s, options).value()->interpret(share, reply);
}

void TestLokiAnswer::interprets_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<int>("unknown");
    const auto row = [](const char *what, int status, const char *body, Kind kind,
                        int unknown = 0) {
        QTest::newRow(what) << status << QByteArray(body) << kind << unknown;
    };
    row("stored", 204, "", Kind::Delivered);
    row("stored, by a proxy", 200, "", Kind::Delivered);
    row("blocked with a 2xx", 260,
        "ingestion blocked for user 'a' until '2026-01-01' with status code '260'", Kind::Hold);
    row("too old", 400,
        "entry for stream '{a=\"b\"}' has timestamp too old: 2020-01-01T00:00:00Z, oldest "
        "acceptable timestamp is: 2026-01-01T00:00:00Z",
        Kind::PartlyDelivered, 1);
    row("too new", 400, "entry for stream '{a=\"b\"}' has timestamp too new: 2030",
        Kind::PartlyDelivered, 1);
    row("too long", 400,
        "max entry size '262144' bytes exceeded for stream '{}' while adding an entry with length "
        "'300000' bytes",
        Kind::PartlyDelivered, 1);
    row("too long, in the words of older versions", 400,
        "Max entry size '262144' bytes exceeded for stream '{}' while adding an entry with length "
        "'300000' bytes",
        Kind::PartlyDelivered, 1);
    row("several of a kind", 400,
        "7 errors like: entry for stream '{}' has timestamp too old: x; 2 errors like: max entry "
        "size '1' bytes exceeded",
        Kind::PartlyDelivered, 9);
    row("too far behind, counted", 400,
        "entry with timestamp 2026-01-01 ignored, reason: 'entry too far behind, entry timestamp "
        "is: x, oldest acceptable timestamp is: y',\ntotal ignored: 3 out of 40 for stream: {a=1}\n"
        "entry with timestamp 2026-01-01 ignored, reason: 'entry too far behind',\ntotal ignored: "
        "2 out of 60 for stream: {a=2}",
        Kind::PartlyDelivered, 5);
    row("out of order", 400, "entry out of order", Kind::PartlyDelivered, 1);
    row("label value", 400, "stream '{}' has label value too long: 'x'", Kind::PartlyDelivered, 1);
    row("label names", 400, "entry for stream '{}' has 20 label names; limit 15", Kind::Hold);
    row("no label", 400, "error at least one label pair is required per stream", Kind::Hold);
    row("encoding", 400, "Content-Encoding \"snappy\" not supported", Kind::Hold);
    row("metadata size", 400, "stream '{}' has structured metadata too large: '70000' bytes",
        Kind::PartlyDelivered, 1);
    row("metadata switched off", 400,
        "stream '{}' includes structured metadata, but this feature is disallowed", Kind::Hold);
    row("labels that the operator wants", 400, "missing required labels 'team' for user a",
        Kind::Hold);
    row("body not understood", 400, "loghttp.PushRequest.Streams: error parsing labels",
        Kind::Rejected);
    row("labels not understood", 400, "couldn't parse labels: 1:4", Kind::Rejected);
    row("JSON", 400, "unexpected end of JSON input", Kind::Rejected);
    row("no tenant", 401, "no org id\n", Kind::Hold);
    row("key", 403, "forbidden", Kind::Hold);
    row("path", 404, "404 page not found", Kind::Hold);
    row("too large", 413, "request body too large", Kind::Split);
    row("empty", 422, "error at least one valid stream is required for ingestion", Kind::Rejected);
    row("rate", 429, "ingestion rate limit exceeded for user a (limit: 4 bytes/sec)", Kind::Slower);
    row("rate of a stream", 429,
        "entry with timestamp x ignored, reason: 'Per stream rate limit "
        "exceeded (limit: 3MB/sec)'",
        Kind::Slower);
    row("streams", 429, "maximum active stream limit exceeded when trying to create stream {}",
        Kind::Slower);
    row("internal", 500, "rpc error", Kind::RetryLater);
    row("redirect", 307, "", Kind::Hold);
    row("late", 408, "", Kind::RetryLater);
    row("early", 425, "", Kind::Slower);
    row("not implemented", 501, "", Kind::Rejected);
    row("bad gateway", 502, "", Kind::RetryLater);
    row("ring is not ready", 503, "too many unhealthy instances in the ring", Kind::RetryLater);
    row("gateway", 504, "", Kind::RetryLater);
    row("too many names of metadata", 400,
        "stream '{}' has too many structured metadata labels: '130'", Kind::PartlyDelivered, 1);
    row("label name", 400, "stream '{}' has label name too long: 'x'", Kind::Hold);
    row("label twice", 400, "stream '{}' has duplicate label name: 'x'", Kind::Hold);
}

void TestLokiAnswer::interprets()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(Kind, kind);
    QFETCH(int, unknown);
    const Outcome outcome = outcomeOf(status, body);
    QCOMPARE(outcome.kind, kind);
    QCOMPARE(static_cast<int>(outcome.unknownCount), unknown);
    QVERIFY(outcome.rejected.empty());
    QCOMPARE(outcome.reason.isEmpty(), kind == Kind::Delivered);
    QCOMPARE(outcome.action.isEmpty(), kind != Kind::Hold);
    QCOMPARE(outcome.heldForAuthentication, status == 401 || status == 403);
}

void TestLokiAnswer::interpretsFaults_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<Kind>("kind");
    QTest::newRow("unreachable") << int(TransportFault::Unreachable) << Kind::RetryLater;
    // The same bytes again: Loki merges equal entries.
    QTest::newRow("answer lost") << int(TransportFault::Lost) << Kind::RetryLater;
    QTest::newRow("certificate") << int(TransportFault::Certificate) << Kind::Hold;
}

void TestLokiAnswer::interpretsFaults()
{
    QFETCH(int, fault);
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    HttpReply reply;
    reply.fault = static_cast<TransportFault>(fault);
    QTEST(makeService(u"grafana"_s, options).value()->interpret({}, reply).kind, "kind");
}

void TestLokiAnswer::namesTheOnlyRecord()
{
    const Outcome outcome = outcomeOf(400, "entry for stream '{}' has timestamp too old: x", 1);
    QCOMPARE(outcome.kind, Kind::PartlyDelivered);
    QCOMPARE(outcome.rejected, std::vector<std::size_t>{0});
    QCOMPARE(outcome.unknownCount, 0U);
}

void TestLokiAnswer::namesAllWhenAllAreRefused()
{
    const Outcome outcome = outcomeOf(400, "3 errors like: has timestamp too old", 3);
    QCOMPARE(outcome.rejected, (std::vector<std::size_t>{0, 1, 2}));
    QCOMPARE(outcome.unknownCount, 0U);
}

void TestLokiAnswer::waitsLongForStreams()
{
    // Older versions begin with a capital letter.
    for (const char *words :
         {"maximum active stream limit exceeded", "Maximum active stream limit exceeded"}) {
        const Outcome outcome = outcomeOf(429, words);
        QVERIFY(outcome.hint);
        QVERIFY(*outcome.hint >= std::chrono::seconds(60));
        QVERIFY2(outcome.reason.contains(u"labels"_s), qPrintable(outcome.reason));
    }
}

void TestLokiAnswer::tellsWhatToFix_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("word");
    QTest::newRow("tenant") << 401 << "no org id"_ba << u"tenant"_s;
    QTest::newRow("key") << 401 << ""_ba << u"api_key"_s;
    QTest::newRow("path") << 404 << ""_ba << u"/loki/api/v1/push"_s;
    QTest::newRow("metadata") << 400
                              << "includes structured metadata, but this feature is disallowed"_ba
                              << u"structured_metadata"_s;
    QTest::newRow("labels") << 400 << "missing required labels 'a' for user"_ba << u"labels"_s;
    QTest::newRow("number of labels") << 400 << "has 9 label names; limit 5"_ba << u"labels"_s;
    QTest::newRow("encoding") << 400 << "Content-Encoding \"gzip\" not supported"_ba
                              << u"compression"_s;
}

void TestLokiAnswer::tellsWhatToFix()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, word);
    const Outcome outcome = outcomeOf(status, body);
    QVERIFY2(outcome.action.contains(word), qPrintable(outcome.action));
}

QTEST_GUILESS_MAIN(TestLokiAnswer)
#include "tst_lokianswer.moc"
