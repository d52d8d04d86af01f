// SPDX-License-Identifier: GPL-3.0-or-later
// What others lost records by at CloudWatch Logs (protocols.md, section 7.3), by the bytes that
// arrive.
#include "tests/core/delivery/trapsupport.h"

#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

QJsonArray eventsOf(const SeenRequest &put)
{
    return jsonOf(put.request)[u"logEvents"_s].toArray();
}

QString streamOf(const SeenRequest &put)
{
    return jsonOf(put.request)[u"logStreamName"_s].toString();
}

// As AWS has it: a stream must be created before anything goes into it, and its group before.
AnswerRule wantingStreams()
{
    const auto known = std::make_shared<std::set<QString>>();
    const auto hasGroup = std::make_shared<bool>(false);
    return [known, hasGroup](const SeenRequest &seen) -> std::optional<Answer> {
        *hasGroup = *hasGroup || seen.operation == "CreateLogGroup";
        if (seen.operation == "CreateLogStream" && *hasGroup)
            known->insert(streamOf(seen));
        if (seen.operation == "CreateLogGroup" || known->count(streamOf(seen)) > 0)
            return std::nullopt;
        return Answer{400, R"({"__type":"ResourceNotFoundException","message":"no stream"})",
                      "application/x-amz-json-1.1"};
    };
}

} // namespace

class TestCloudWatchTraps : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sendsTheHeadersThatAreSigned();
    void sortsByMillisecondAndKeepsTies();
    void cutsAtADay();
    void countsBytesAsAwsDoes();
    void createsAStreamOnceAndAsksForNone();
    void needsNoRightToGroupsThatAreThere();
    void signsEachAttemptAnew();
    void writesNoEmptyOrTornText();
    void sendsNothingThatAwsWouldReject();
    void parksTheRejectedOfUnsortedRecords();
};

// C7
void TestCloudWatchTraps::sendsTheHeadersThatAreSigned()
{
    Delivery delivery(u"cloudwatch"_s, {{u"region"_s, u"eu-west-1"_s}});
    QVERIFY(delivery.send({recordOf("m")}));
    const HttpHeaders headers = delivery.request().headers;
    QCOMPARE(delivery.request().url.path(), u"/"_s);
    QCOMPARE(headerValue(headers, "Content-Type"), "application/x-amz-json-1.1"_ba);
    QCOMPARE(headerValue(headers, "X-Amz-Target"), "Logs_20140328.PutLogEvents"_ba);
    QCOMPARE(headerValue(headers, "X-Amz-Security-Token"), "AQoDYXdzEPT"_ba);
    QVERIFY(headerValue(headers, "Content-Encoding").isNull());
    const QByteArray authorization = headerValue(headers, "Authorization");
    const QByteArray day = headerValue(headers, "X-Amz-Date").left(8);
    QVERIFY(authorization.startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + day +
                                     "/eu-west-1/logs/aws4_request"));
    QVERIFY(authorization.contains("SignedHeaders=content-type;host;x-amz-date;"
                                   "x-amz-security-token;x-amz-target,"));
}

// C1
void TestCloudWatchTraps::sortsByMillisecondAndKeepsTies()
{
    const std::int64_t now = nowNs() / secondNs * secondNs;
    Delivery delivery(u"cloudwatch"_s);
    QVERIFY(delivery.send({recordOf("c", now + 2 * secondNs), recordOf("a1", now + 900'000),
                           recordOf("a2", now + 100'000), recordOf("b", now + secondNs),
                           recordOf("before", now - 1)}));
    const SeenRequest &put = delivery.server.pushes.at(0);
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(put.messages, (QStringList{u"before"_s, u"a1"_s, u"a2"_s, u"b"_s, u"c"_s}));
    qint64 last = 0;
    for (const QJsonValue &event : eventsOf(put)) {
        QVERIFY(event[u"timestamp"_s].isDouble());
        QVERIFY(event[u"timestamp"_s].toInteger() >= last);
        last = event[u"timestamp"_s].toInteger();
    }
    QCOMPARE(last, now / 1'000'000 + 2000);
}

// C2
void TestCloudWatchTraps::cutsAtADay()
{
    const std::int64_t now = nowNs();
    std::vector<Record> records;
    for (int i = 0; i < 40; ++i)
        records.push_back(recordOf("m" + std::to_string(i), now - i * 29 % 40 * 5 * hourNs));
    Delivery delivery(u"cloudwatch"_s);
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.ledger().delivered, 40);
    QVERIFY(delivery.server.pushes.size() >= 8); // of 195 hours
    for (const SeenRequest &put : delivery.server.pushes) {
        const QJsonArray events = eventsOf(put);
        const qint64 span =
            events.last()[u"timestamp"_s].toInteger() - events.first()[u"timestamp"_s].toInteger();
        QVERIFY2(span >= 0 && span <= 24 * 3'600'000, qPrintable(QString::number(span)));
    }
}

// C3
void TestCloudWatchTraps::countsBytesAsAwsDoes()
{
    std::vector<Record> records;
    for (int i = 0; i < 200; ++i) {
        std::string text;
        for (int k = 0; k < 5'000; ++k)
            text += i % 2 == 0 ? "\xc3\xa9" : "\"\n";
        records.push_back(recordOf(text, nowNs() + i));
    }
    for (int i = 0; i < 10'100; ++i)
        records.push_back(recordOf("", nowNs() + i));
    Delivery delivery(u"cloudwatch"_s);
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.ledger().delivered, 10'300);
    for (const SeenRequest &put : delivery.server.pushes) {
        const QJsonArray events = eventsOf(put);
        qint64 bytes = 0;
        for (const QJsonValue &event : events)
            bytes += event[u"message"_s].toString().toUtf8().size() + 26;
        QVERIFY2(bytes <= 1'048'576, qPrintable(QString::number(bytes)));
        QVERIFY(events.size() <= 10'000);
    }
}

// C6, C12, C13
void TestCloudWatchTraps::createsAStreamOnceAndAsksForNone()
{
    Delivery delivery(u"cloudwatch"_s, {}, {}, wantingStreams());
    Record other = recordOf("other");
    other.context.runId = "2026-11-22T10:00:00*";
    const std::vector<Record> records{recordOf("one"), other};
    QVERIFY(delivery.send(records));
    QVERIFY(delivery.send(records));
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.ledger().delivered, 6);
    QCOMPARE(delivery.server.stored.size(), 6);
    QStringList operations;
    std::set<QString> groups;
    for (const SeenRequest &seen : delivery.server.creations) {
        operations.append(QString::fromLatin1(seen.operation));
        groups.insert(jsonOf(seen.request)[u"logGroupName"_s].toString());
        QCOMPARE(headerValue(seen.request.headers, "Content-Type"),
                 "application/x-amz-json-1.1"_ba);
        QVERIFY(headerValue(seen.request.headers, "Authorization").startsWith("AWS4-HMAC-SHA256 "));
    }
    // Nothing is described, and nothing created but what was missing: the group once.
    QCOMPARE(operations, (QStringList{u"CreateLogStream"_s, u"CreateLogGroup"_s,
                                      u"CreateLogStream"_s, u"CreateLogStream"_s}));
    QCOMPARE(groups, std::set<QString>{u"/workflow/import"_s}); // Of no run.
    std::set<QString> streams;
    for (const SeenRequest &put : delivery.server.pushes)
        streams.insert(streamOf(put));
    QCOMPARE(streams, (std::set<QString>{u"run-1"_s, u"2026-11-22T10-00-00-"_s}));
    QCOMPARE(delivery.server.pushes.size(), 8); // Two of them were for nothing.
}

// A key is often good for one group, which its owner has made.
void TestCloudWatchTraps::needsNoRightToGroupsThatAreThere()
{
    bool hasStream = false;
    Delivery delivery(u"cloudwatch"_s, {}, {}, [&](const SeenRequest &seen) {
        const auto refused = [](const QByteArray &type) {
            return std::optional(Answer{400, "{\"__type\":\"" + type + "\",\"message\":\"no\"}",
                                        "application/x-amz-json-1.1"});
        };
        if (seen.operation == "CreateLogStream")
            hasStream = true;
        else if (seen.operation != "PutLogEvents")
            return refused("AccessDeniedException");
        return hasStream ? std::nullopt : refused("ResourceNotFoundException");
    });
    QVERIFY(delivery.send({recordOf("m")}));
    QCOMPARE(delivery.ledger().delivered, 1);
    QCOMPARE(delivery.server.creations.size(), 1);
}

// C9
void TestCloudWatchTraps::signsEachAttemptAnew()
{
    Delivery delivery(u"cloudwatch"_s, {}, {}, [](const SeenRequest &seen) {
        return seen.number > 1 ? std::nullopt
                               : std::optional(Answer{400,
                                                      R"({"__type":"ThrottlingException"})",
                                                      "application/x-amz-json-1.1",
                                                      {{"x-amz-retry-after", "1200"}}});
    });
    QVERIFY(delivery.send({recordOf("m")}));
    QCOMPARE(delivery.server.pushes.size(), 2);
    const HttpRequest &first = delivery.server.pushes[0].request;
    const HttpRequest &second = delivery.server.pushes[1].request;
    QCOMPARE(second.body, first.body);
    QVERIFY(headerValue(second.headers, "X-Amz-Date") > headerValue(first.headers, "X-Amz-Date"));
    QVERIFY(headerValue(second.headers, "Authorization") !=
            headerValue(first.headers, "Authorization"));
}

// C10, C11
void TestCloudWatchTraps::writesNoEmptyOrTornText()
{
    std::string rockets;
    for (int i = 0; i < 10'000; ++i)
        rockets += "\xf0\x9f\x9a\x80";
    Record torn = recordOf(rockets, nowNs() + 1);
    torn.context.runId = "x" + rockets.substr(0, 2000);
    Delivery delivery(u"cloudwatch"_s);
    QVERIFY(delivery.send({recordOf(""), torn}));
    QCOMPARE(delivery.server.stored, (QStringList{QString(), QString::fromStdString(rockets)}));
    for (const SeenRequest &put : delivery.server.pushes) {
        QVERIFY(streamOf(put).size() <= 512);
        QVERIFY(!streamOf(put).back().isHighSurrogate());
        for (const QJsonValue &event : eventsOf(put))
            QVERIFY(!event[u"message"_s].toString().isEmpty());
    }
}

// Known before it is sent; AWS would tell of time only after it, and of size for the whole call.
void TestCloudWatchTraps::sendsNothingThatAwsWouldReject()
{
    const std::string large(1'100'000, 'x');
    Delivery delivery(u"cloudwatch"_s);
    QVERIFY(delivery.send({recordOf("old", nowNs() - 15 * 24 * hourNs), recordOf("good"),
                           recordOf("ahead", nowNs() + 3 * hourNs), recordOf(large)}));
    QCOMPARE(delivery.server.stored, QStringList{u"good"_s});
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.ledger().failed, 3);
    QVERIFY(delivery.ledger().isBalanced());
    QVERIFY(delivery.reasonOf("old").contains(u"14 d"_s));
    QVERIFY(delivery.reasonOf("ahead").contains(u"2 h"_s));
    QVERIFY(delivery.reasonOf(large).contains(u"1000000 bytes"_s));
}

// AWS counts the events as they were sent, which is by their times.
void TestCloudWatchTraps::parksTheRejectedOfUnsortedRecords()
{
    const std::int64_t now = nowNs();
    Delivery delivery(u"cloudwatch"_s, {}, {}, [](const SeenRequest &) {
        return Answer{200,
                      R"({"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1,)"
                      R"("tooNewLogEventStartIndex":3}})",
                      "application/x-amz-json-1.1"};
    });
    QVERIFY(delivery.send({recordOf("3 s", now + 3 * secondNs), recordOf("2 s", now + 2 * secondNs),
                           recordOf("4 s", now + 4 * secondNs), recordOf("0 s", now)}));
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.ledger().delivered, 2);
    QCOMPARE(delivery.ledger().failed, 2);
    QVERIFY(delivery.ledger().isBalanced());
    for (const char *refused : {"0 s", "4 s"}) {
        const QString reason = delivery.reasonOf(refused);
        QVERIFY2(reason.contains(u"1 older than 14 days, 1 more than 2 hours ahead"_s),
                 qPrintable(reason));
    }
    for (const char *taken : {"2 s", "3 s"})
        QVERIFY(delivery.reasonOf(taken).isEmpty());
}

QTEST_GUILESS_MAIN(TestCloudWatchTraps)
#include "tst_cloudwatchtraps.moc"
