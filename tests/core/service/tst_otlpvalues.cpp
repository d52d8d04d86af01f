// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/timestamp.h"
#include "tests/core/service/otlpsupport.h"

#include <QTest>

#include <cmath>

using namespace trace;
using namespace trace::otlptest;
using namespace Qt::StringLiterals;

//! The values that clients of OpenTelemetry send, of every kind and spelling.
class TestOtlpValues : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBodies_data();
    void readsBodies();
    void readsAttributes_data();
    void readsAttributes();
    void readsLevels_data();
    void readsLevels();
    void readsIdsInJson_data();
    void readsIdsInJson();
    void readsIdsInProtobuf_data();
    void readsIdsInProtobuf();
    void readsTimes_data();
    void readsTimes();
    void readsValuesInProtobuf();
};

void TestOtlpValues::readsBodies_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char *what, const char *body, const char *message) {
        QTest::newRow(what) << QByteArray(body) << quoted(message);
    };
    row("text", "{'stringValue':'x'}", "x");
    row("empty text", "{'stringValue':''}", "");
    row("truth", "{'boolValue':false}", "false");
    row("integer as a text", "{'intValue':'-9223372036854775808'}", "-9223372036854775808");
    row("integer as a number", "{'intValue':9007199254740993}", "9007199254740993");
    row("integer above 64 bits", "{'intValue':'18446744073709551616'}", "18446744073709551616");
    row("number", "{'doubleValue':0.1}", "0.1");
    row("whole number", "{'doubleValue':2}", "2.0");
    row("no number", "{'doubleValue':'NaN'}", "'NaN'");
    row("endless", "{'doubleValue':'-Infinity'}", "'-Infinity'");
    row("bytes", "{'bytesValue':'AAEC'}", "AAEC");
    row("list", "{'arrayValue':{'values':[{'stringValue':'a'},{'intValue':'1'},{}]}}",
        "['a',1,null]");
    row("empty list", "{'arrayValue':{}}", "[]");
    row("object",
        "{'kvlistValue':{'values':[{'key':'k','value':{'kvlistValue':{'values':[{'key':'l',"
        "'value':{'doubleValue':1.5}}]}}},{'key':'n'}]}}",
        "{'k':{'l':1.5},'n':null}");
    row("empty object", "{'kvlistValue':{'values':[]}}", "{}");
    row("nothing", "{}", "");
    row("null", "null", "");
    row("of a later version", "{'colourValue':'red'}", "");
    row("bare text", "'x'", "x");
    row("bare number", "5", "5");
    row("names as in the .proto", "{'string_value':'x'}", "x");
}

void TestOtlpValues::readsBodies()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, message);
    const Read result = read(jsonWith("'body':" + body));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(QByteArray::fromStdString(result.records[0].message), message);
}

void TestOtlpValues::readsAttributes_data()
{
    QTest::addColumn<QByteArray>("attribute");
    QTest::addColumn<QByteArray>("metadata");
    const auto row = [](const char *what, const char *attribute, const char *metadata) {
        QTest::newRow(what) << QByteArray(attribute) << quoted(metadata);
    };
    row("text", "{'key':'k','value':{'stringValue':'v'}}", "{'k':'v'}");
    row("large integer", "{'key':'k','value':{'intValue':'9007199254740993'}}",
        "{'k':9007199254740993}");
    row("list", "{'key':'k','value':{'arrayValue':{'values':[{'boolValue':true}]}}}",
        "{'k':[true]}");
    row("field of another type", "{'key':'run_id','value':{'intValue':'5'}}", "{'run_id':5}");
    row("tags that are none", "{'key':'tags','value':{'stringValue':'a,b'}}", "{'tags':'a,b'}");
    row("tags of numbers", "{'key':'tags','value':{'arrayValue':{'values':[{'intValue':'1'}]}}}",
        "{'tags':[1]}");
    row("mode of another name", "{'key':'mode','value':{'stringValue':'tty'}}", "{'mode':'tty'}");
    row("no value", "{'key':'k'}", "{'k':null}");
    row("no key", "{'value':{'stringValue':'v'}}", "{'':'v'}");
    row("prefix of ours", "{'key':'metadata.run_id','value':{'stringValue':'v'}}",
        "{'run_id':'v'}");
    row("prefix of another", "{'key':'metadata.colour','value':{'stringValue':'v'}}",
        "{'metadata.colour':'v'}");
}

void TestOtlpValues::readsAttributes()
{
    QFETCH(QByteArray, attribute);
    QFETCH(QByteArray, metadata);
    const Read result = read(jsonWith("'attributes':[" + attribute + "]"));
    QVERIFY2(result.done.has_value(), result.done ? "" : qPrintable(result.done.error().text));
    QCOMPARE(result.records.size(), 1U);
    QCOMPARE(QByteArray::fromStdString(result.records[0].metadata), metadata);
}

void TestOtlpValues::readsLevels_data()
{
    QTest::addColumn<QByteArray>("severity");
    QTest::addColumn<Level>("level");
    QTest::addColumn<QByteArray>("kept");
    const auto row = [](const char *what, const char *severity, Level level,
                        const char *kept = "") {
        QTest::newRow(what) << QByteArray(severity) << level << quoted(kept);
    };
    row("trace", "'severityNumber':1", Level::Debug);
    row("debug", "'severityNumber':5", Level::Debug);
    row("info", "'severityNumber':9", Level::Info);
    row("notice", "'severityNumber':10,'severityText':'notice'", Level::Info);
    row("warning", "'severityNumber':13,'severityText':'WARN'", Level::Warning);
    row("error", "'severityNumber':17", Level::Error);
    row("highest error", "'severityNumber':20", Level::Error);
    row("fatal", "'severityNumber':21,'severityText':'CRITICAL'", Level::Critical);
    row("highest", "'severityNumber':24", Level::Critical);
    row("as a name", "'severityNumber':'SEVERITY_NUMBER_ERROR2'", Level::Error);
    row("as digits", "'severityNumber':17.0", Level::Error);
    row("only the text", "'severityText':'Error'", Level::Error);
    row("unspecified", "'severityNumber':0,'severityText':'fatal'", Level::Critical);
    row("out of range", "'severityNumber':25", Level::Info);
    row("nothing", "'severityNumber':null", Level::Info);
    row("word of its own", "'severityNumber':17,'severityText':'Audit'", Level::Error,
        "{'severity_text':'Audit'}");
    row("word of its own alone", "'severityText':'Audit'", Level::Info,
        "{'severity_text':'Audit'}");
}

void TestOtlpValues::readsLevels()
{
    QFETCH(QByteArray, severity);
    QFETCH(QByteArray, kept);
    const Read result = read(jsonWith(severity));
    QCOMPARE(result.records.size(), 1U);
    QTEST(result.records[0].level, "level");
    QCOMPARE(QByteArray::fromStdString(result.records[0].metadata), kept);
}

void TestOtlpValues::readsIdsInJson_data()
{
    QTest::addColumn<QByteArray>("ids");
    QTest::addColumn<QByteArray>("traceId");
    QTest::addColumn<QByteArray>("spanId");
    const auto row = [](const char *what, const char *ids, const char *traceId,
                        const char *spanId) {
        QTest::newRow(what) << QByteArray(ids) << QByteArray(traceId) << QByteArray(spanId);
    };
    row("hex", "'traceId':'0af7651916cd43dd8448eb211c80319c','spanId':'b7ad6b7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("hex in upper case",
        "'traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'B7AD6B7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("base64", "'traceId':'CvdlGRbNQ92ESOshHIAxnA==','spanId':'t61rcWkgMzE='",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    row("empty", "'traceId':'','spanId':''", "", "");
    row("null", "'traceId':null,'spanId':null", "", "");
    row("zeroes", "'traceId':'00000000000000000000000000000000','spanId':'0000000000000000'", "",
        "");
    row("zeroes in base64", "'traceId':'AAAAAAAAAAAAAAAAAAAAAA==','spanId':'AAAAAAAAAAA='", "", "");
    row("words are kept", "'traceId':'t-1','spanId':'s-1'", "t-1", "s-1");
    row("numbers are none", "'traceId':5,'spanId':7", "", "");
    row("names as in the .proto",
        "'trace_id':'0af7651916cd43dd8448eb211c80319c','span_id':'b7ad6b7169203331'",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
}

void TestOtlpValues::readsIdsInJson()
{
    QFETCH(QByteArray, ids);
    const Read result = read(jsonWith(ids));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QTEST(QByteArray::fromStdString(result.records[0].traceId), "traceId");
    QTEST(QByteArray::fromStdString(result.records[0].spanId), "spanId");
    QCOMPARE(result.records[0].metadata, std::string());
}

void TestOtlpValues::readsIdsInProtobuf_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("traceId");
    const QByteArray hex = "0af7651916cd43dd8448eb211c80319c"_ba;
    QTest::newRow("bytes") << QByteArray::fromHex(hex) << hex;
    QTest::newRow("hex as text") << hex << hex;
    QTest::newRow("empty") << ""_ba
                           << ""_ba;
    QTest::newRow("zeroes") << QByteArray(16, '\0') << ""_ba;
    QTest::newRow("too few are kept in hex") << "\x01\x02\x03"_ba
                                             << "010203"_ba;
}

void TestOtlpValues::readsIdsInProtobuf()
{
    QFETCH(QByteArray, bytes);
    const Read result = read(protobufWith(
        [&](protozero::pbf_writer &record) { record.add_string(9, bytes.toStdString()); }));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 1U);
    QTEST(QByteArray::fromStdString(result.records[0].traceId), "traceId");
}

void TestOtlpValues::readsTimes_data()
{
    QTest::addColumn<QByteArray>("times");
    QTest::addColumn<qint64>("expected"); // 0: now
    const auto row = [](const char *what, const char *times, qint64 expected) {
        QTest::newRow(what) << QByteArray(times) << expected;
    };
    row("both", "'timeUnixNano':'5','observedTimeUnixNano':'7'", 5);
    row("observed only", "'observedTimeUnixNano':'7'", 7);
    row("unknown", "'timeUnixNano':'0','observedTimeUnixNano':'7'", 7);
    row("as a number", "'timeUnixNano':1700000000000000001", 1'700'000'000'000'000'001);
    row("as a number with an exponent", "'timeUnixNano':1.7e18", 1'700'000'000'000'000'000);
    row("none", "'body':{'stringValue':'x'}", 0);
}

void TestOtlpValues::readsTimes()
{
    QFETCH(QByteArray, times);
    QFETCH(qint64, expected);
    const std::int64_t before = nowNs();
    const Read result = read(
        requestOf("application/json",
                  quoted("{'resourceLogs':[{'scopeLogs':[{'logRecords':[{" + times + "}]}]}]}")));
    QCOMPARE(result.records.size(), 1U);
    if (expected != 0)
        QCOMPARE(result.records[0].timestamp, expected);
    else
        QVERIFY(result.records[0].timestamp >= before && result.records[0].timestamp <= nowNs());
}

void TestOtlpValues::readsValuesInProtobuf()
{
    const auto attribute = [](protozero::pbf_writer &record, const char *key, auto &&write) {
        protozero::pbf_writer pair(record, 6);
        {
            protozero::pbf_writer value(pair, 2); // the value before the key
            write(value);
        }
        pair.add_string(1, key);
    };
    const Read result = read(protobufWith([&](protozero::pbf_writer &record) {
        using Writer = protozero::pbf_writer;
        record.add_fixed64(11, 9);
        record.add_enum(2, 17);
        attribute(record, "text", [](Writer &value) { value.add_string(1, "t"); });
        attribute(record, "truth", [](Writer &value) { value.add_bool(2, true); });
        attribute(record, "integer", [](Writer &value) { value.add_int64(3, INT64_MIN); });
        attribute(record, "number", [](Writer &value) { value.add_double(4, -0.5); });
        attribute(record, "endless", [](Writer &value) { value.add_double(4, HUGE_VAL); });
        attribute(record, "bytes",
                  [](Writer &value) { value.add_bytes(7, std::string("\0\1\2", 3)); });
        attribute(record, "list", [](Writer &value) {
            Writer list(value, 5);
            Writer(list, 1).add_int64(3, 1);
            Writer(list, 1).add_string(1, "x");
        });
        attribute(record, "object", [](Writer &value) {
            Writer object(value, 6);
            Writer pair(object, 1);
            pair.add_string(1, "k");
        });
        attribute(record, "nothing", [](Writer &) {});
    }));
    QVERIFY(result.done);
    const Record &record = result.records.at(0);
    QCOMPARE(record.timestamp, 9);
    QCOMPARE(record.level, Level::Error);
    QCOMPARE(QByteArray::fromStdString(record.metadata),
             quoted("{'text':'t','truth':true,'integer':-9223372036854775808,'number':-0.5,"
                    "'endless':'Infinity','bytes':'AAEC','list':[1,'x'],'object':{'k':null},"
                    "'nothing':null}"));
}

QTEST_GUILESS_MAIN(TestOtlpValues)
#include "tst_otlpvalues.moc"
