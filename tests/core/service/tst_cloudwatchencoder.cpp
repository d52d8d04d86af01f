// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/service/cloudwatchsupport.h"

#include <algorithm>
#include <set>

using namespace trace;

class TestCloudWatchEncoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesEvents();
    void sortsByTimeAndKeepsTies();
    void tellsWhichRecordEachEventIs();
    void cutsAtADay();
    void cutsAtTheSize();
    void cutsAtTheCount();
    void leavesOutWhatIsTooLarge();
    void leavesOutWhatIsBefore1970();
    void writesAnEmptyMessage();
    void givesEachRunItsStream();
    void namesGroupsAndStreams_data();
    void namesGroupsAndStreams();
    void cutsLongNamesBetweenCharacters();
    void plansEachRecordOnce();
};

void TestCloudWatchEncoder::writesEvents()
{
    Record record = recordAt(start + 123'456'789, "it \"failed\"\n\xF0\x9F\x9A\x80");
    record.level = Level::Error;
    record.lineno = 7;
    record.metadata = R"({"id":1})";
    const Plan plan = planOf({record});
    QCOMPARE(plan.shares.size(), 1U);
    QVERIFY(plan.unfit.empty());
    const HttpRequest &request = plan.shares[0].request;
    QCOMPARE(request.method, "POST"_ba);
    QCOMPARE(request.url, QUrl(u"http://127.0.0.1:4566/"_s));
    QCOMPARE(headerValue(request.headers, "Content-Type"), "application/x-amz-json-1.1"_ba);
    QCOMPARE(headerValue(request.headers, "X-Amz-Target"), "Logs_20140328.PutLogEvents"_ba);
    QVERIFY(headerValue(request.headers, "Authorization").isNull());
    QVERIFY(headerValue(request.headers, "Content-Encoding").isNull());
    const QJsonObject body = bodyOf(request);
    QCOMPARE(body.keys(), (QStringList{u"logEvents"_s, u"logGroupName"_s, u"logStreamName"_s}));
    QCOMPARE(body.value(u"logGroupName"_s).toString(), u"/workflow/import"_s);
    QCOMPARE(body.value(u"logStreamName"_s).toString(), u"r1"_s);
    const QJsonValue event = eventsOf(plan.shares[0]).at(0);
    QCOMPARE(event[u"timestamp"_s].toInteger(), start / 1'000'000 + 123);
    const QJsonObject expected{{u"timestamp"_s, u"2023-11-14T22:13:20.123456789Z"_s},
                               {u"level"_s, u"error"_s},
                               {u"message"_s, u"it \"failed\"\n🚀"_s},
                               {u"run_id"_s, u"r1"_s},
                               {u"workflow_name"_s, u"import"_s},
                               {u"lineno"_s, 7},
                               {u"metadata"_s, QJsonObject{{u"id"_s, 1}}}};
    QCOMPARE(messageOf(event), expected);
}

// C1
void TestCloudWatchEncoder::sortsByTimeAndKeepsTies()
{
    const std::vector<Record> records{
        recordAt(start + 2 * second, "c"), recordAt(start + 900'000, "a2"),
        recordAt(start + 100'000, "a3"), // the same millisecond, so the order stays
        recordAt(start + second, "b"), recordAt(start - 1, "before")};
    const Plan plan = planOf(records);
    QCOMPARE(plan.shares.size(), 1U);
    QStringList messages;
    qint64 last = 0;
    for (const QJsonValue &event : eventsOf(plan.shares[0])) {
        QVERIFY(event[u"timestamp"_s].toInteger() >= last);
        last = event[u"timestamp"_s].toInteger();
        messages.append(messageOf(event).value(u"message"_s).toString());
    }
    QCOMPARE(messages, (QStringList{u"before"_s, u"a2"_s, u"a3"_s, u"b"_s, u"c"_s}));
}

void TestCloudWatchEncoder::tellsWhichRecordEachEventIs()
{
    const Plan sorted = planOf({recordAt(start), recordAt(start + 1)});
    QVERIFY(sorted.shares.at(0).order.empty());
    const Plan plan = planOf({recordAt(start + 2 * second, "2"), recordAt(start, "x", "other"),
                              recordAt(start + second, "1"), recordAt(start, "0")});
    const Share &share = plan.shares.at(0);
    QCOMPARE(share.indices, (std::vector<std::size_t>{0, 2, 3}));
    QCOMPARE(share.order, (std::vector<std::size_t>{2, 1, 0}));
    QCOMPARE(plan.shares.at(1).indices, (std::vector<std::size_t>{1}));
}

// C2
void TestCloudWatchEncoder::cutsAtADay()
{
    const auto sizes = [](const Plan &plan) {
        std::vector<std::size_t> all;
        for (const Share &share : plan.shares)
            all.push_back(share.indices.size());
        return all;
    };
    QCOMPARE(sizes(planOf({recordAt(start), recordAt(start + 24 * hour)})),
             (std::vector<std::size_t>{2}));
    QCOMPARE(sizes(planOf({recordAt(start), recordAt(start + 24 * hour + 1'000'000)})),
             (std::vector<std::size_t>{1, 1}));
    const Plan days = planOf({recordAt(start + 50 * hour), recordAt(start),
                              recordAt(start + 25 * hour), recordAt(start + 2 * hour)});
    QCOMPARE(sizes(days), (std::vector<std::size_t>{2, 1, 1}));
    QCOMPARE(days.shares[0].indices, (std::vector<std::size_t>{1, 3}));
}

// C3: UTF-8 bytes of the messages and 26 for each, whatever their escapes take in the body.
void TestCloudWatchEncoder::cutsAtTheSize()
{
    std::vector<Record> records;
    for (int i = 0; i < 60; ++i) {
        std::string text;
        for (int k = 0; k < 10'000; ++k)
            text += i % 2 == 0 ? "\xC3\xA9" : "\"\n";
        records.push_back(recordAt(start + i, text));
    }
    const Plan plan = planOf(records);
    QVERIFY(plan.shares.size() >= 2);
    std::size_t planned = 0;
    for (std::size_t i = 0; i < plan.shares.size(); ++i) {
        const qint64 bytes = countedBytes(plan.shares[i]);
        QVERIFY2(bytes <= 1'048'576, qPrintable(QString::number(bytes)));
        if (i + 1 < plan.shares.size())
            QVERIFY2(bytes > 1'000'000, qPrintable(QString::number(bytes)));
        planned += plan.shares[i].indices.size();
    }
    QCOMPARE(planned, records.size());
}

void TestCloudWatchEncoder::cutsAtTheCount()
{
    const Plan plan = planOf(std::vector<Record>(10'001, Record()));
    QCOMPARE(plan.shares.size(), 2U);
    QCOMPARE(plan.shares[0].indices.size(), 10'000U);
    QCOMPARE(eventsOf(plan.shares[0]).size(), 10'000);
    QCOMPARE(plan.shares[1].indices, (std::vector<std::size_t>{10'000}));
}

void TestCloudWatchEncoder::leavesOutWhatIsTooLarge()
{
    const std::string large(1'000'000, 'x');
    const Plan plan = planOf(
        {recordAt(start, large), recordAt(start, "small"), recordAt(start, large + large, "r2")});
    QCOMPARE(plan.shares.size(), 1U);
    QCOMPARE(plan.shares[0].indices, (std::vector<std::size_t>{1}));
    QCOMPARE(plan.unfit.size(), 2U);
    QCOMPARE(plan.unfit[0].index, 0U);
    QCOMPARE(plan.unfit[1].index, 2U);
    QVERIFY(plan.unfit[0].reason.contains(u"1000000 bytes"_s));
    QCOMPARE(plan.unfit[1].reason, plan.unfit[0].reason);

    const QJsonObject most{{u"max_event_bytes"_s, 1'048'550}};
    const Plan allowed = planOf({recordAt(start, large)}, most);
    QVERIFY(allowed.unfit.empty());
    // The largest that AWS takes stands alone in its request, and one byte more does not fit.
    const auto overhead =
        static_cast<std::size_t>(eventsOf(planOf({recordAt(start, "")}).shares.at(0))
                                     .at(0)[u"message"_s]
                                     .toString()
                                     .toUtf8()
                                     .size());
    const std::string full(1'048'550 - overhead, 'x');
    const Plan edge =
        planOf({recordAt(start), recordAt(start, full), recordAt(start, full + 'x')}, most);
    QCOMPARE(edge.shares.size(), 2U);
    QCOMPARE(countedBytes(edge.shares[1]), 1'048'576);
    QCOMPARE(edge.unfit.size(), 1U);
    QCOMPARE(edge.unfit[0].index, 2U);
}

void TestCloudWatchEncoder::leavesOutWhatIsBefore1970()
{
    const Plan plan = planOf({recordAt(-1), recordAt(0)});
    QCOMPARE(plan.unfit.size(), 1U);
    QCOMPARE(plan.unfit[0].index, 0U);
    QVERIFY(plan.unfit[0].reason.contains(u"1970"_s));
    QCOMPARE(eventsOf(plan.shares.at(0)).at(0)[u"timestamp"_s].toInteger(), 0);
}

// C11: an event is never empty.
void TestCloudWatchEncoder::writesAnEmptyMessage()
{
    const Plan plan = planOf({recordAt(start, "")});
    const QJsonValue event = eventsOf(plan.shares.at(0)).at(0);
    QVERIFY(!event[u"message"_s].toString().isEmpty());
    QCOMPARE(messageOf(event).value(u"run_id"_s).toString(), u"r1"_s);
}

void TestCloudWatchEncoder::givesEachRunItsStream()
{
    std::vector<Record> records;
    for (int i = 0; i < 30; ++i)
        records.push_back(recordAt(start, "m", "run-" + std::to_string(i % 3)));
    const Plan plan = planOf(records);
    QCOMPARE(plan.shares.size(), 3U);
    std::set<QString> streams;
    for (const Share &share : plan.shares) {
        QCOMPARE(share.indices.size(), 10U);
        streams.insert(streamOf(share));
        for (const QJsonValue &event : eventsOf(share))
            QCOMPARE(messageOf(event).value(u"run_id"_s).toString(), streamOf(share));
    }
    QCOMPARE(streams.size(), 3U);
}

// C12, C13
void TestCloudWatchEncoder::namesGroupsAndStreams_data()
{
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QByteArray>("run");
    QTest::addColumn<QByteArray>("workflow");
    QTest::addColumn<QString>("group");
    QTest::addColumn<QString>("stream");
    const auto row = [](const char *what, const QJsonObject &own, const QByteArray &run,
                        const QByteArray &workflow, const QString &group, const QString &stream) {
        QTest::newRow(what) << own << run << workflow << group << stream;
    };
    row("default", {}, "r1", "import", u"/workflow/import"_s, u"r1"_s);
    row("nothing known", {}, "", "", u"/workflow/unknown"_s, u"unknown"_s);
    row("ISO time as run", {}, "2026-11-22T10:00:00*", "w", u"/workflow/w"_s,
        u"2026-11-22T10-00-00-"_s);
    row("characters of groups", {}, "a b/c", "Tägliche Läufe: 1.2_3-#/x",
        u"/workflow/T-gliche-L-ufe--1.2_3-#/x"_s, u"a b/c"_s);
    row("beyond the plane", {}, "🚀:", "🚀", u"/workflow/-"_s, u"🚀-"_s);
    row("templates",
        {{u"log_group"_s, u"/app/prod"_s},
         {u"log_stream"_s, u"{workflow_name}/{run_id}-{hostname}"_s}},
        "r1", "w", u"/app/prod"_s, u"w/r1-unknown"_s);
    row("prefix of AWS", {{u"log_group"_s, u"{workflow_name}"_s}}, "r", "aws/x", u"aws-x"_s,
        u"r"_s);
    row("empty options", {{u"log_group"_s, u""_s}, {u"log_stream"_s, QJsonValue()}}, "r", "w",
        u"/workflow/w"_s, u"r"_s);
}

void TestCloudWatchEncoder::namesGroupsAndStreams()
{
    QFETCH(QJsonObject, own);
    QFETCH(QByteArray, run);
    QFETCH(QByteArray, workflow);
    Record record = recordAt(start, "m", run.toStdString());
    record.context.workflowName = workflow.toStdString();
    const Plan plan = planOf({record}, own);
    const QJsonObject body = bodyOf(plan.shares.at(0).request);
    QTEST(body.value(u"logGroupName"_s).toString(), "group");
    QTEST(body.value(u"logStreamName"_s).toString(), "stream");
    QCOMPARE(messageOf(eventsOf(plan.shares[0]).at(0)).value(u"run_id"_s).toString(),
             QString::fromUtf8(run));
}

// C10
void TestCloudWatchEncoder::cutsLongNamesBetweenCharacters()
{
    std::string run = "x";
    for (int i = 0; i < 300; ++i)
        run += "\xF0\x9F\x9A\x80";
    const QString stream = streamOf(planOf({recordAt(start, "m", run)}).shares.at(0));
    QCOMPARE(stream.size(), 511); // the next one would end at 513
    QVERIFY(stream.endsWith(u"🚀"_s));
    Record record = recordAt(start);
    record.context.workflowName.assign(1000, 'w');
    QCOMPARE(
        bodyOf(planOf({record}).shares.at(0).request).value(u"logGroupName"_s).toString().size(),
        512);
}

void TestCloudWatchEncoder::plansEachRecordOnce()
{
    std::vector<Record> records;
    for (int i = 0; i < 3000; ++i) {
        records.push_back(recordAt(start + (i * 7919 % 100) * hour,
                                   std::string(static_cast<std::size_t>(i % 900), 'x'),
                                   "run-" + std::to_string(i % 7)));
        if (i % 500 == 0)
            records.back().message.assign(2'000'000, 'x');
        if (i % 600 == 1)
            records.back().timestamp = -5;
    }
    const Plan plan = planOf(records);
    std::vector<std::size_t> all;
    for (const Unfit &unfit : plan.unfit)
        all.push_back(unfit.index);
    QVERIFY(std::is_sorted(all.begin(), all.end()));
    QVERIFY(all.size() > 5);
    for (const Share &share : plan.shares) {
        QVERIFY(std::is_sorted(share.indices.begin(), share.indices.end()));
        all.insert(all.end(), share.indices.begin(), share.indices.end());
        const QJsonArray events = eventsOf(share);
        QCOMPARE(std::size_t(events.size()), share.indices.size());
        for (std::size_t i = 0; i < share.indices.size(); ++i) {
            const std::size_t place = share.order.empty() ? i : share.order[i];
            QCOMPARE(events.at(qsizetype(i))[u"timestamp"_s].toInteger(),
                     records[share.indices[place]].timestamp / 1'000'000);
        }
    }
    std::sort(all.begin(), all.end());
    QCOMPARE(all.size(), records.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        QCOMPARE(all[i], i);
    const Plan again = planOf(records);
    for (std::size_t i = 0; i < plan.shares.size(); ++i)
        QCOMPARE(again.shares[i].request.body, plan.shares[i].request.body);
}

QTEST_GUILESS_MAIN(TestCloudWatchEncoder)
#include "tst_cloudwatchencoder.moc"
