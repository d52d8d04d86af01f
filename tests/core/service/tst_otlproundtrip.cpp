// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/service/otlpsupport.h"

#include <QTest>

using namespace trace;
using namespace trace::otlptest;
using namespace Qt::StringLiterals;

namespace {

Record withIds(const char *traceId, const char *spanId)
{
    Record record;
    record.timestamp = 5;
    record.traceId = traceId;
    record.spanId = spanId;
    return record;
}

//! A value in \a depth lists or objects.
std::string nested(int depth, const std::string &open, const std::string &close)
{
    std::string json = "0";
    for (int i = 0; i < depth; i += 2)
        json = open + json + close;
    return json;
}

} // namespace

//! What is written for a record gives the same record when it is read.
class TestOtlpRoundTrip : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBackWhatIsWritten_data();
    void readsBackWhatIsWritten();
    void readsBackUnusualRecords_data();
    void readsBackUnusualRecords();
    void survivesDamage();
};

void TestOtlpRoundTrip::readsBackWhatIsWritten_data()
{
    QTest::addColumn<QString>("encoding");
    QTest::addColumn<QString>("compression");
    for (const char *encoding : {"protobuf", "json"}) {
        for (const char *compression : {"gzip", "zstd", "none"})
            QTest::addRow("%s, %s", encoding, compression)
                << QString::fromLatin1(encoding) << QString::fromLatin1(compression);
    }
}

void TestOtlpRoundTrip::readsBackWhatIsWritten()
{
    QFETCH(QString, encoding);
    QFETCH(QString, compression);
    const std::vector<Record> records = richRecords();
    const Plan plan = make(encoding, compression)->plan(viewsOf(records));
    QCOMPARE(plan.shares.size(), 1U);
    const Read result = read(plan.shares[0].request);
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        QCOMPARE(QByteArray::fromStdString(result.records[i].metadata),
                 QByteArray::fromStdString(records[i].metadata));
        QVERIFY(result.records[i] == records[i]);
    }
}

void TestOtlpRoundTrip::readsBackUnusualRecords_data()
{
    QTest::addColumn<Record>("record");
    const auto row = [](const char *what, const Record &record) { QTest::newRow(what) << record; };
    row("UUID as a trace id", withIds("0af76519-16cd-43dd-8448-eb211c80319c", ""));
    row("ids in upper case", withIds("0AF7651916CD43DD8448EB211C80319C", "B7AD6B7169203331"));
    row("ids that are words", withIds("trace-1", "span ü"));
    row("ids of zeroes", withIds("00000000000000000000000000000000", "0000000000000000"));
    row("UUID as a span id", withIds("", "0af76519-16cd-43dd-8448-eb211c80319c"));
    Record record;
    record.timestamp = 0;
    row("the epoch", record);
    record.timestamp = -1'000'000'001;
    row("before the epoch", record);
    record.timestamp = INT64_MAX;
    row("the last time", record);
    record.timestamp = 1;
    record.message.assign(100'000, 'x');
    record.stackTrace.assign(3'000'000, 'y');
    row("large", record);
    record = {};
    record.timestamp = 1;
    record.context.tags = {"", "service:", "x"};
    record.context.workflowName = "unknown_service";
    row("tags without a name", record);
    record.context.tags = {"service:a", "service:b"};
    row("two services", record);
    record.context = {};
    record.context.tags = {"only"};
    record.metadata =
        R"({"service.name":"s","workflow.run_id":1,"tags":["a"],"workflow.tags":null,)"
        R"("metadata.metadata.tags":{"metadata":1}})";
    row("metadata with names of fields", record);
    record = {};
    record.timestamp = 1;
    record.metadata =
        R"({"a":[{"k":1}],"b":[{}],"c":[[]],"d":[[{"x":[{"y":[[{"z":null}],{"w":"]}"}]}]}]],)"
        R"("e":{"f":[{"g":{"h":[{"i":"{["},[{"j":true}]]}}]},"z":1})";
    row("objects in lists", record);
    record.metadata = R"({"list":)" + nested(27, "[{\"k\":", "}]") + R"(,"last":1})";
    row("objects in lists, deep", record);
}

void TestOtlpRoundTrip::readsBackUnusualRecords()
{
    QFETCH(Record, record);
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const auto shares = make(encoding)->plan(viewsOf({record})).shares;
        QCOMPARE(shares.size(), 1U);
        const Read result = read(shares[0].request);
        QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
        QCOMPARE(result.records.size(), 1U);
        QCOMPARE(result.records[0].metadata, record.metadata);
        QVERIFY2(result.records[0] == record, qPrintable(encoding));
    }
}

void TestOtlpRoundTrip::survivesDamage()
{
    const std::vector<Record> records = richRecords();
    for (const QString &encoding : {u"protobuf"_s, u"json"_s}) {
        const HttpRequest request =
            make(encoding)->plan(viewsOf({records[0], records[1]})).shares.at(0).request;
        for (qsizetype i = 0; i < request.body.size(); ++i) {
            HttpRequest damaged = request;
            damaged.body[i] = static_cast<char>(damaged.body[i] ^ 0x81);
            const Read result = read(damaged);
            QVERIFY(!result.done || result.records.size() < 10'000);
            damaged.body = request.body.first(i);
            QVERIFY(read(damaged).records.size() <= 2);
        }
    }
}

QTEST_GUILESS_MAIN(TestOtlpRoundTrip)
#include "tst_otlproundtrip.moc"
