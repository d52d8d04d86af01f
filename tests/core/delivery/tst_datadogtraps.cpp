// SPDX-License-Identifier: GPL-3.0-or-later
// What others lost records by at Datadog (protocols.md, section 7.1), by the bytes that arrive.
#include "tests/core/delivery/handwrittenserver.h"
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

using namespace trace;
using namespace Qt::StringLiterals;

class TestDatadogTraps : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void compressesOnceAndSaysSo_data();
    void compressesOnceAndSaysSo();
    void writesWhatDatadogReads();
    void keepsLevelAndTimeOfMessagesThatAreJson();
    void countsBytesBeforeCompression();
    void sendsNothingThatDatadogWouldDropOrCut();
    void sendsNothingThatHasBecomeTooOld();
};

// D4
void TestDatadogTraps::compressesOnceAndSaysSo_data()
{
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("magic");
    QTest::newRow("by default") << QString() << "gzip"_ba
                                << "\x1f\x8b"_ba;
    QTest::newRow("zstd") << u"zstd"_s << "zstd"_ba
                          << "\x28\xb5\x2f\xfd"_ba;
    QTest::newRow("none") << u"none"_s << QByteArray() << "[{"_ba;
}

void TestDatadogTraps::compressesOnceAndSaysSo()
{
    QFETCH(QString, compression);
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, magic);
    Delivery delivery(u"datadog"_s, {}, compression);
    QVERIFY(delivery.send({recordOf("m")}));
    const HttpRequest request = delivery.request();
    QCOMPARE(request.url.path(), u"/api/v2/logs"_s);
    QCOMPARE(headerValue(request.headers, "Content-Type"), "application/json"_ba);
    QCOMPARE(headerValue(request.headers, "DD-API-KEY"), "key"_ba);
    QCOMPARE(headerValue(request.headers, "Content-Encoding"), encoding);
    QVERIFY(request.body.startsWith(magic));
    QCOMPARE(jsonOf(request).array().size(), 1);
}

// D6, D9, D11
void TestDatadogTraps::writesWhatDatadogReads()
{
    const std::int64_t time = nowNs() / secondNs * secondNs + 123'456'789;
    Record record = recordOf("m", time);
    record.context.tags = {"team:data", "b"};
    record.traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    record.spanId = "00f067aa0ba902b7";
    Record other = recordOf("without hex", time + 1);
    other.traceId = "run-17";
    Delivery delivery(u"datadog"_s, {{u"source"_s, u"python"_s}});
    QVERIFY(delivery.send({record, other}));
    const QJsonArray items = jsonOf(delivery.request()).array();
    QCOMPARE(items.size(), 2);
    const QJsonObject item = items.at(0).toObject();
    QVERIFY(item[u"timestamp"_s].isDouble());
    QCOMPARE(item[u"timestamp"_s].toInteger(), time / 1'000'000);
    QCOMPARE(item[u"ddsource"_s].toString(), u"python"_s);
    QVERIFY(item[u"ddtags"_s].isString());
    QVERIFY(item[u"ddtags"_s].toString().contains(u"team:data,b"_s));
    for (const QString &plain : {u"tags"_s, u"source"_s, u"level"_s})
        QVERIFY2(!item.contains(plain), qPrintable(plain));
    // The lower half in decimal, as text: it is more than a double, or an int64, can hold.
    QCOMPARE(item[u"dd"_s][u"trace_id"_s], QJsonValue(u"11803532876627986230"_s));
    QCOMPARE(item[u"dd"_s][u"span_id"_s], QJsonValue(u"67667974448284343"_s));
    QCOMPARE(item[u"workflow"_s][u"trace_id"_s].toString(), u"4bf92f3577b34da6a3ce929d0e0e4736"_s);
    const QJsonObject second = items.at(1).toObject();
    QVERIFY(!second.contains(u"dd"_s));
    QCOMPARE(second[u"workflow"_s][u"trace_id"_s].toString(), u"run-17"_s);
}

// Datadog takes level and time from such a message, in place of the item's.
void TestDatadogTraps::keepsLevelAndTimeOfMessagesThatAreJson()
{
    Record record = recordOf(R"({"level":"error","timestamp":1,"message":"inner"})",
                             nowNs() / secondNs * secondNs);
    record.level = Level::Warning;
    Delivery delivery(u"datadog"_s);
    QVERIFY(delivery.send({record}));
    QCOMPARE(delivery.server.stored, QStringList{QString::fromStdString(record.message)});
    const QJsonValue workflow = jsonOf(delivery.request())[0][u"workflow"_s];
    QCOMPARE(workflow[u"level"_s].toString(), u"warning"_s);
    QCOMPARE(timestampFromText(workflow[u"timestamp"_s].toString().toStdString()),
             std::optional(record.timestamp));
}

// D2, D3: three bytes a character, and next to nothing once it is compressed.
void TestDatadogTraps::countsBytesBeforeCompression()
{
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "\xe6\xbc\xa2";
    std::vector<Record> records;
    for (int i = 0; i < 1800; ++i)
        records.push_back(recordOf(i < 900 ? text : "short", nowNs() + i));
    Delivery delivery(u"datadog"_s);
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.ledger().delivered, 1800);
    QVERIFY(delivery.server.pushes.size() >= 3); // 5.4 MB, and 900 more records
    for (const SeenRequest &push : delivery.server.pushes) {
        const qsizetype size = plainBody(push.request).size();
        QVERIFY2(size > 0 && size <= 5'000'000, qPrintable(QString::number(size)));
        QVERIFY(push.messages.size() <= 1000);
        QVERIFY(push.request.body.size() < size);
    }
}

// D7, D8: Datadog would answer 202.
void TestDatadogTraps::sendsNothingThatDatadogWouldDropOrCut()
{
    const std::string large(1'000'000, 'x');
    Delivery delivery(u"datadog"_s);
    QVERIFY(delivery.send({recordOf("old", nowNs() - 18 * hourNs), recordOf("first"),
                           recordOf("ahead", nowNs() + 3 * hourNs), recordOf(large),
                           recordOf("young", nowNs() - 17 * hourNs)}));
    QCOMPARE(delivery.server.stored, (QStringList{u"first"_s, u"young"_s}));
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.ledger().failed, 3);
    QVERIFY(delivery.ledger().isBalanced());
    QVERIFY(delivery.reasonOf("old").contains(u"17.5 h"_s));
    QVERIFY(delivery.reasonOf("ahead").contains(u"2 h"_s));
    QVERIFY(delivery.reasonOf(large).contains(u"1 MB"_s));
}

// D7: a request that waits for a day is not what it was when it was made.
void TestDatadogTraps::sendsNothingThatHasBecomeTooOld()
{
    // By whose clock it is late; that of this computer cannot be set.
    HandWrittenServer server({{503, "busy"}, {202, "{}"}},
                             QDateTime::currentDateTimeUtc().addSecs(18 * 3600));
    Endpoint endpoint = AnswerServer(u"datadog"_s).endpoint(2);
    endpoint.options.url = server.url();
    endpoint.options.compression = u"none"_s;
    QTemporaryDir temp;
    const auto engine = startEngine(temp.filePath(u"journal"_s), {endpoint});
    engine->append(blockOf({recordOf("old"), recordOf("young", nowNs() + hourNs)}));
    const auto isSettled = [&] {
        engine->retryNow(endpoint.id);
        const Ledger ledger = ledgerOf(*engine);
        return ledger.accepted == 2 && ledger.delivered + ledger.failed == 2;
    };
    QTRY_VERIFY(isSettled());
    QCOMPARE(ledgerOf(*engine).failed, 1);
    QCOMPARE(server.requests.size(), 2);
    QVERIFY(server.requests[0].contains("\"old\"") && server.requests[0].contains("\"young\""));
    QVERIFY(!server.requests[1].contains("\"old\"") && server.requests[1].contains("\"young\""));
    QTRY_COMPARE(engine->status().failedBatches, 1);
}

QTEST_GUILESS_MAIN(TestDatadogTraps)
#include "tst_datadogtraps.moc"
