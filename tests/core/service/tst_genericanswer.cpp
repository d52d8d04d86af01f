// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

namespace {

Outcome outcomeOf(const HttpReply &reply, std::size_t records = 3)
{
    ServiceOptions options;
    options.url = QUrl(u"http://logs.example/in"_s);
    Share share;
    share.indices.resize(records);
    return makeService(u"generic"_s, options).value()->interpret(share, reply);
}

HttpReply replyOf(int status, const QByteArray &body = {})
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    return reply;
}

} // namespace

class TestGenericAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void interprets_data();
    void interprets();
    void interpretsNoAnswer_data();
    void interpretsNoAnswer();
    void readsPartialSuccess_data();
    void readsPartialSuccess();
    void tellsOfOtherForms_data();
    void tellsOfOtherForms();
};

void TestGenericAnswer::interprets_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<Kind>("kind");
    const auto row = [](int status, Kind kind) { QTest::addRow("%d", status) << status << kind; };
    for (const int status : {200, 201, 202, 204})
        row(status, Kind::Delivered);
    for (const int status : {301, 302, 307, 308, 401, 403, 404})
        row(status, Kind::Hold);
    for (const int status : {400, 422, 501})
        row(status, Kind::Rejected);
    for (const int status : {408, 500, 502, 503, 504})
        row(status, Kind::RetryLater);
    for (const int status : {425, 429})
        row(status, Kind::Slower);
    row(413, Kind::Split);
}

void TestGenericAnswer::interprets()
{
    QFETCH(int, status);
    QFETCH(Kind, kind);
    const Outcome outcome = outcomeOf(replyOf(status));
    QCOMPARE(outcome.kind, kind);
    QCOMPARE(outcome.heldForAuthentication, status == 401 || status == 403);
    QCOMPARE(outcome.action.isEmpty(), kind != Kind::Hold);
}

void TestGenericAnswer::interpretsNoAnswer_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<Kind>("kind");
    QTest::newRow("not reached") << static_cast<int>(TransportFault::Unreachable)
                                 << Kind::RetryLater;
    QTest::newRow("answer lost") << static_cast<int>(TransportFault::Lost) << Kind::RetryLater;
    QTest::newRow("certificate") << static_cast<int>(TransportFault::Certificate) << Kind::Hold;
}

void TestGenericAnswer::interpretsNoAnswer()
{
    QFETCH(int, fault);
    HttpReply reply;
    reply.fault = static_cast<TransportFault>(fault);
    QTEST(outcomeOf(reply).kind, "kind");
}

void TestGenericAnswer::readsPartialSuccess_data()
{
    using Places = QList<int>;
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<Places>("rejected");
    QTest::addColumn<int>("unknown");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *what, const char *body, Kind kind, const Places &rejected = {},
                        int unknown = 0, const QString &words = {}) {
        QTest::newRow(what) << QByteArray(body) << kind << rejected << unknown << words;
    };
    row("bulk, all stored", R"({"errors":false,"items":[{"create":{"status":201}}]})",
        Kind::Delivered);
    row("bulk, one refused",
        R"({"errors":true,"items":[{"create":{"status":201}},{"create":{"status":400,"error":)"
        R"({"type":"mapper","reason":"no such field"}}},{"index":{"status":200}}]})",
        Kind::PartlyDelivered, {1}, 0, u"no such field"_s);
    row("bulk, one was there already",
        R"({"errors":true,"items":[{"create":{"status":409}},{"create":{"status":201}}]})",
        Kind::Delivered);
    row("bulk, other number of items",
        R"({"errors":true,"items":[{"create":{"status":429}},{"create":{"status":201}}]})",
        Kind::PartlyDelivered, {}, 1);
    row("count", R"({"accepted":1,"rejected":2,"message":"too long"})", Kind::PartlyDelivered, {},
        2, u"too long"_s);
    row("count of all", R"({"accepted":0,"rejected":3})", Kind::PartlyDelivered, {0, 1, 2});
    row("count of more than all", R"({"rejected":9})", Kind::PartlyDelivered, {0, 1, 2});
    row("count as a text", R"({"rejected":"2"})", Kind::PartlyDelivered, {}, 2);
    row("list", R"({"rejected":[{"line":2}]})", Kind::PartlyDelivered, {}, 1);
    row("count of none", R"({"accepted":3,"rejected":0})", Kind::Delivered);
    row("negative count", R"({"rejected":-1})", Kind::Delivered);
    row("other words", R"({"status":"ok","errors":[]})", Kind::Delivered);
    row("no JSON", R"(the word "rejected")", Kind::Delivered);
    row("cut before it tells", R"({"accepted":1,)", Kind::RetryLater, {}, 0, u"breaks off"_s);
    row("cut items", R"({"errors":true,"items":[{"create":{"status":201}})", Kind::RetryLater, {},
        0, u"breaks off"_s);
    row("words of any kind", "queued [1", Kind::Delivered);
}

void TestGenericAnswer::readsPartialSuccess()
{
    QFETCH(QByteArray, body);
    QFETCH(QList<int>, rejected);
    QFETCH(QString, words);
    const Outcome outcome = outcomeOf(replyOf(200, body));
    QTEST(outcome.kind, "kind");
    QTEST(int(outcome.unknownCount), "unknown");
    QList<int> places;
    for (const std::size_t place : outcome.rejected)
        places.append(static_cast<int>(place));
    QCOMPARE(places, rejected);
    QVERIFY2(outcome.reason.contains(words), qPrintable(outcome.reason));
    QCOMPARE(outcome.reason.isEmpty(), outcome.kind == Kind::Delivered);
}

void TestGenericAnswer::tellsOfOtherForms_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("word");
    QTest::newRow("Elasticsearch")
        << R"({"error":{"reason":"Malformed action/metadata line [1], expected START_OBJECT"}})"_ba
        << u"Elasticsearch"_s;
    QTest::newRow("Splunk, no event")
        << R"({"text":"Event field is required","code":12})"_ba << u"Splunk"_s;
    QTest::newRow("Splunk, empty event")
        << R"({"text":"Event field cannot be blank","code":13})"_ba << u"Splunk"_s;
}

void TestGenericAnswer::tellsOfOtherForms()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, word);
    const Outcome outcome = outcomeOf(replyOf(400, body));
    QCOMPARE(outcome.kind, Kind::Hold);
    QVERIFY2(outcome.action.contains(word), qPrintable(outcome.action));
    QVERIFY(!outcome.heldForAuthentication);
}

QTEST_GUILESS_MAIN(TestGenericAnswer)
#include "tst_genericanswer.moc"
