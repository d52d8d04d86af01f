// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/cloudwatchgroups.h"
#include "tests/core/service/cloudwatchsupport.h"

using namespace trace;

namespace {

constexpr qint64 now = 1'800'000'000'000;
constexpr qint64 hourMs = 3'600'000;
constexpr qint64 dayMs = 24 * hourMs;

HttpRequest requestOf(const QByteArray &operation, const QByteArray &body)
{
    HttpRequest request;
    request.headers = {{"X-Amz-Target"_ba, "Logs_20140328." + operation}};
    request.body = body;
    return request;
}

HttpRequest putAt(const QList<qint64> &times, const QByteArray &stream = "s"_ba)
{
    QJsonArray events;
    for (const qint64 time : times)
        events.append(QJsonObject{{u"timestamp"_s, time}, {u"message"_s, u"\"m\" %1"_s.arg(time)}});
    const QJsonObject body{{u"logGroupName"_s, u"g"_s},
                           {u"logStreamName"_s, QString::fromUtf8(stream)},
                           {u"logEvents"_s, events}};
    return requestOf("PutLogEvents"_ba, QJsonDocument(body).toJson());
}

//! Groups with group g and stream s, and what became of a request.
class Groups
{
public:
    Groups()
    {
        ask("CreateLogGroup"_ba, R"({"logGroupName":"g"})"_ba);
        ask("CreateLogStream"_ba, R"({"logGroupName":"g","logStreamName":"s"})"_ba);
    }

    CloudWatchGroups::Verdict ask(const QByteArray &operation, const QByteArray &body)
    {
        HttpRequest request = requestOf(operation, body);
        return take(request);
    }
    CloudWatchGroups::Verdict take(HttpRequest &request)
    {
        return m_groups.take(request, now).value_or(CloudWatchGroups::Verdict{{999, {}, {}}, true});
    }

private:
    CloudWatchGroups m_groups;
};

QString typeOf(const CloudWatchGroups::Verdict &verdict)
{
    return QJsonDocument::fromJson(verdict.answer.body).object().value(u"__type"_s).toString();
}

QJsonObject rejectedIn(const CloudWatchGroups::Verdict &verdict)
{
    return QJsonDocument::fromJson(verdict.answer.body)
        .object()
        .value(u"rejectedLogEventsInfo"_s)
        .toObject();
}

} // namespace

class TestCloudWatchGroups : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void wantsGroupAndStreamFirst();
    void createsOnce();
    void describesWhatThereIs();
    void keepsEventsWithinTheirTime_data();
    void keepsEventsWithinTheirTime();
    void refusesMoreThanADay();
    void expiresByRetention();
    void leavesTheUnreadableToOthers();
};

void TestCloudWatchGroups::wantsGroupAndStreamFirst()
{
    CloudWatchGroups empty;
    HttpRequest put = putAt({now});
    const auto noGroup = empty.take(put, now);
    QVERIFY(noGroup && !noGroup->stores);
    QCOMPARE(typeOf(*noGroup), u"ResourceNotFoundException"_s);
    QCOMPARE(noGroup->answer.status, 400);
    Groups groups;
    HttpRequest elsewhere = putAt({now}, "other"_ba);
    QCOMPARE(typeOf(groups.take(elsewhere)), u"ResourceNotFoundException"_s);
    const auto stored = groups.take(put);
    QVERIFY(stored.stores);
    QCOMPARE(stored.answer.status, 200);
    QVERIFY(!headerValue(stored.answer.headers, "x-amzn-RequestId").isEmpty());
    QCOMPARE(typeOf(groups.ask("CreateLogStream"_ba,
                               R"({"logGroupName":"none","logStreamName":"s"})"_ba)),
             u"ResourceNotFoundException"_s);
}

void TestCloudWatchGroups::createsOnce()
{
    Groups groups;
    QCOMPARE(groups.ask("CreateLogGroup"_ba, R"({"logGroupName":"new"})"_ba).answer.status, 200);
    QCOMPARE(typeOf(groups.ask("CreateLogGroup"_ba, R"({"logGroupName":"new"})"_ba)),
             u"ResourceAlreadyExistsException"_s);
    QCOMPARE(
        typeOf(groups.ask("CreateLogStream"_ba, R"({"logGroupName":"g","logStreamName":"s"})"_ba)),
        u"ResourceAlreadyExistsException"_s);
}

void TestCloudWatchGroups::describesWhatThereIs()
{
    Groups groups;
    groups.ask("CreateLogGroup"_ba, R"({"logGroupName":"go"})"_ba);
    groups.ask("PutRetentionPolicy"_ba, R"({"logGroupName":"go","retentionInDays":7})"_ba);
    const auto list = [&](const QByteArray &operation, const QByteArray &body, const QString &key) {
        return QJsonDocument::fromJson(groups.ask(operation, body).answer.body)
            .object()
            .value(key)
            .toArray();
    };
    const QJsonArray all = list("DescribeLogGroups"_ba, "{}"_ba, u"logGroups"_s);
    QCOMPARE(all.size(), 2);
    QCOMPARE(all[1][u"retentionInDays"_s].toInt(), 7);
    QCOMPARE(
        list("DescribeLogGroups"_ba, R"({"logGroupNamePrefix":"go"})"_ba, u"logGroups"_s).size(),
        1);
    QCOMPARE(list("DescribeLogStreams"_ba, R"({"logGroupName":"g"})"_ba, u"logStreams"_s).size(),
             1);
    QVERIFY(list("DescribeLogStreams"_ba, R"({"logGroupName":"g","logStreamNamePrefix":"x"})"_ba,
                 u"logStreams"_s)
                .isEmpty());
}

void TestCloudWatchGroups::keepsEventsWithinTheirTime_data()
{
    QTest::addColumn<QList<qint64>>("times");
    QTest::addColumn<QJsonObject>("rejected");
    QTest::addColumn<int>("stored");
    const qint64 old = now - 14 * dayMs - 1;
    const qint64 ahead = now + 2 * hourMs + 1;
    QTest::newRow("all in time") << QList<qint64>{now - hourMs, now, now + 2 * hourMs}
                                 << QJsonObject() << 3;
    QTest::newRow("too old") << QList<qint64>{old - 5, old, now}
                             << QJsonObject{{u"tooOldLogEventEndIndex"_s, 2}} << 1;
    QTest::newRow("too new") << QList<qint64>{now, ahead, ahead}
                             << QJsonObject{{u"tooNewLogEventStartIndex"_s, 1}} << 1;
    QTest::newRow("both") << QList<qint64>{old, now, ahead}
                          << QJsonObject{{u"tooOldLogEventEndIndex"_s, 1},
                                         {u"tooNewLogEventStartIndex"_s, 2}}
                          << 1;
    QTest::newRow("none in time") << QList<qint64>{old, ahead}
                                  << QJsonObject{{u"tooOldLogEventEndIndex"_s, 1},
                                                 {u"tooNewLogEventStartIndex"_s, 1}}
                                  << 0;
}

void TestCloudWatchGroups::keepsEventsWithinTheirTime()
{
    QFETCH(QList<qint64>, times);
    QFETCH(int, stored);
    Groups groups;
    HttpRequest request = putAt(times);
    const auto verdict = groups.take(request);
    QCOMPARE(verdict.answer.status, 200);
    QTEST(rejectedIn(verdict), "rejected");
    QCOMPARE(verdict.stores, stored > 0);
    int left = 0;
    if (verdict.stores)
        QVERIFY(make()->decode(request, [&](const RecordView &) { ++left; }));
    QCOMPARE(left, stored);
}

void TestCloudWatchGroups::refusesMoreThanADay()
{
    Groups groups;
    HttpRequest day = putAt({now - dayMs, now});
    QVERIFY(groups.take(day).stores);
    HttpRequest more = putAt({now - dayMs - 1, now});
    QCOMPARE(typeOf(groups.take(more)), u"InvalidParameterException"_s);
    // What is not stored anyway does not count.
    HttpRequest old = putAt({now - 20 * dayMs, now});
    QVERIFY(groups.take(old).stores);
}

void TestCloudWatchGroups::expiresByRetention()
{
    Groups groups;
    groups.ask("PutRetentionPolicy"_ba, R"({"logGroupName":"g","retentionInDays":3})"_ba);
    HttpRequest request = putAt({now - 4 * dayMs, now});
    QCOMPARE(rejectedIn(groups.take(request)), (QJsonObject{{u"expiredLogEventEndIndex"_s, 1}}));
}

void TestCloudWatchGroups::leavesTheUnreadableToOthers()
{
    CloudWatchGroups groups;
    for (HttpRequest request :
         {requestOf("PutLogEvents"_ba, "{"_ba), requestOf("CreateLogGroup"_ba, "{}"_ba),
          requestOf("StartQuery"_ba, "{}"_ba), HttpRequest()})
        QVERIFY(!groups.take(request, now));
}

QTEST_GUILESS_MAIN(TestCloudWatchGroups)
#include "tst_cloudwatchgroups.moc"
