// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "core/record/utf8.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

#include <limits>

using namespace trace;

namespace {

constexpr std::int64_t now = 1'795'359'845'000'000'000; // 2026-11-22T15:04:05Z

QByteArray bytesOf(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

Record recordWithAllFields()
{
    Record record;
    record.timestamp = 1'795'359'845'123'456'789;
    record.level = Level::Critical;
    record.mode = Mode::Stdout;
    record.message = "ünïcode \"quoted\"\n\t\\ \x01 end";
    for (const auto &field : contextFields)
        record.context.*field.member = "value of " + std::string(field.name);
    record.context.tags = {"nightly", "", "a,b"};
    for (const auto &field : textFields<Record>)
        record.*field.member = std::string(field.name) + "\r\n\xF0\x9F\x98\x80";
    record.lineno = 0;
    record.process = std::numeric_limits<std::int64_t>::max();
    record.thread = std::numeric_limits<std::int64_t>::min();
    record.durationMs = 0.1;
    record.memoryUsageMb = 1e300;
    record.cpuUsagePercent = -0.0;
    record.metadata =
        R"({"a":1,"b":[true,null,-2.5,1.0,18446744073709551615],"c":{"d":"é"},"e":{}})";
    return record;
}

} // namespace

class TestJsonRecordReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsBackWhatWasWritten();
    void keepsTimesOfNoEvent_data();
    void keepsTimesOfNoEvent();
    void readsLevels_data();
    void readsLevels();
    void readsTimes_data();
    void readsTimes();
    void putsTheRestIntoMetadata_data();
    void putsTheRestIntoMetadata();
    void makesMessagesOfOtherLines_data();
    void makesMessagesOfOtherLines();
    void repairsLines_data();
    void repairsLines();
    void contextsFollowTheRecords();
    void oneByteMakesAnotherContext();
    void oneByteMakesAnotherKey();
    void survivesAnyBytes();
    void readsDocuments_data();
    void readsDocuments();
    void refusesDocuments_data();
    void refusesDocuments();
};

void TestJsonRecordReader::readsBackWhatWasWritten()
{
    JsonRecordReader reader;
    Record empty;
    empty.timestamp = 1; // at 0 nothing happened
    for (const Record &record : {recordWithAllFields(), empty}) {
        std::string line;
        appendJson(line, viewOf(record));
        const Record read = toRecord(reader.readLine(line, now));
        std::string again;
        appendJson(again, viewOf(read));
        QCOMPARE(again, line);
        QVERIFY(read == record);
    }
    QVERIFY(reader.problems() == InputProblems());
}

void TestJsonRecordReader::keepsTimesOfNoEvent_data()
{
    QTest::addColumn<QByteArray>("value");
    for (const char *value :
         {"0", "-1", "\"0\"", "\"0001-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00Z\"",
          "\"9999-12-31T23:59:59Z\"", "99999999999", "1e30", "\"2026-02-30T00:00:00Z\"", "\"\""})
        QTest::newRow(value) << QByteArray(value);
}

void TestJsonRecordReader::keepsTimesOfNoEvent()
{
    QFETCH(QByteArray, value);
    JsonRecordReader reader;
    for (const QByteArray &key : {QByteArray("timestamp"), QByteArray("@timestamp")}) {
        const QByteArray line = "{\"" + key + "\":" + value + "}";
        const RecordView record = reader.readLine(line.toStdString(), now);
        QCOMPARE(record.timestamp, now);
        QCOMPARE(QJsonDocument::fromJson(QByteArray::fromStdString(std::string(record.metadata))),
                 QJsonDocument::fromJson(line));
    }
}

void TestJsonRecordReader::readsLevels_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<Level>("level");
    QTest::addColumn<QByteArray>("metadata");
    QTest::newRow("name") << QByteArray(R"("ERROR")") << Level::Error << QByteArray();
    QTest::newRow("alias") << QByteArray(R"("exception")") << Level::Error << QByteArray();
    QTest::newRow("number") << QByteArray("30") << Level::Warning << QByteArray();
    QTest::newRow("null") << QByteArray("null") << Level::Info << QByteArray();
    QTest::newRow("empty") << QByteArray(R"("")") << Level::Info << QByteArray();
    QTest::newRow("unknown word") << QByteArray(R"("loud")") << Level::Info
                                  << QByteArray(R"({"level":"loud"})");
    QTest::newRow("number of another scale")
        << QByteArray("3") << Level::Info << QByteArray(R"({"level":3})");
    QTest::newRow("object") << QByteArray(R"({"no":10})") << Level::Info
                            << QByteArray(R"({"level":{"no":10}})");
}

void TestJsonRecordReader::readsLevels()
{
    QFETCH(QByteArray, value);
    QFETCH(Level, level);
    QFETCH(QByteArray, metadata);
    JsonRecordReader reader;
    const std::string line = "{\"level\":" + value.toStdString() + "}";
    const RecordView record = reader.readLine(line, now);
    QCOMPARE(record.level, level);
    QCOMPARE(bytesOf(record.metadata), metadata);
    QCOMPARE(reader.problems().wrongType, metadata.isEmpty() ? 0U : 1U);
}

void TestJsonRecordReader::readsTimes_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<qint64>("time");
    QTest::addColumn<bool>("wrong");
    const qint64 base = now;
    const auto row = [](const char *name, const char *line, qint64 time, bool wrong = false) {
        QTest::newRow(name) << QByteArray(line) << time << wrong;
    };
    row("none", "{}", base);
    row("null", R"({"timestamp":null})", base);
    row("text", R"({"timestamp":"2026-11-22T15:04:06Z"})", base + 1'000'000'000);
    row("seconds", R"({"timestamp":1795359846})", base + 1'000'000'000);
    row("milliseconds", R"({"timestamp":1795359845250})", base + 250'000'000);
    row("fraction", R"({"timestamp":1795359845.25})", base + 250'000'000);
    row("alias", R"({"datetime":"2026-11-22 15:04:06"})", base + 1'000'000'000);
    row("word", R"({"timestamp":"yesterday"})", base, true);
    row("boolean", R"({"timestamp":true})", base, true);
    row("beyond", R"({"timestamp":1e300})", base, true);
    row("beyond int64", R"({"timestamp":18446744073709551615})", base, true);
}

void TestJsonRecordReader::readsTimes()
{
    QFETCH(QByteArray, line);
    QFETCH(qint64, time);
    QFETCH(bool, wrong);
    JsonRecordReader reader;
    const RecordView record = reader.readLine(line.toStdString(), now);
    QCOMPARE(qint64(record.timestamp), time);
    QCOMPARE(reader.problems().wrongType, wrong ? 1U : 0U);
    QCOMPARE(record.metadata.empty(), !wrong);
}

void TestJsonRecordReader::putsTheRestIntoMetadata_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("metadata");
    QTest::addColumn<int>("wrong");
    const auto row = [](const char *name, const char *line, const char *metadata, int wrong) {
        QTest::newRow(name) << QByteArray(line) << QByteArray(metadata) << wrong;
    };
    row("unknown keys", R"({"message":"m", "x" : [ 1 , {"y":null} ],"":2})",
        R"({"x":[1,{"y":null}],"":2})", 0);
    row("merged", R"({"a":1,"metadata":{"b":"2"},"c":3.0})", R"({"a":1,"b":"2","c":3.0})", 0);
    row("empty object", R"({"metadata":{}})", "", 0);
    row("metadata null", R"({"metadata":null})", "", 0);
    row("metadata text", R"({"metadata":"m"})", R"({"metadata":"m"})", 1);
    row("metadata array", R"({"metadata":[1]})", R"({"metadata":[1]})", 1);
    row("message null", R"({"message":null})", "", 0);
    row("context is a number", R"({"run_id":17,"job_name":null})", R"({"run_id":17})", 1);
    row("text is a boolean", R"({"trace_id":false})", R"({"trace_id":false})", 1);
    row("integer as text", R"({"lineno":"12"})", R"({"lineno":"12"})", 1);
    row("integer with a fraction", R"({"process":1.5})", R"({"process":1.5})", 1);
    row("integer beyond int64", R"({"thread":18446744073709551615})",
        R"({"thread":18446744073709551615})", 1);
    row("number as text", R"({"duration_ms":"1"})", R"({"duration_ms":"1"})", 1);
    row("number is a boolean", R"({"memory_usage_mb":true})", R"({"memory_usage_mb":true})", 1);
    row("unknown mode", R"({"mode":"stdin"})", R"({"mode":"stdin"})", 1);
    row("tags as text", R"({"tags":"a,b"})", R"({"tags":"a,b"})", 1);
    row("tags with a number", R"({"tags":["a",1]})", R"({"tags":["a",1]})", 1);
    row("tags with null", R"({"tags":[null]})", "", 0);
    row("second of two", R"({"message":"a","message":"b"})", R"({"message":"b"})", 0);
    row("time under both names", R"({"timestamp":1,"datetime":2})", R"({"datetime":2})", 0);
    row("near the known keys", R"({"messages":1,"run":2,"run_id ":3})",
        R"({"messages":1,"run":2,"run_id ":3})", 0);
    row("escapes", R"({"k\n":"\u0000\u00e9\/"})", "{\"k\\n\":\"\\u0000\xC3\xA9/\"}", 0);
    row("integer beyond 64 bits", R"({"x":123456789012345678901234567890,"y":-0.5})",
        R"({"x":"123456789012345678901234567890","y":-0.5})", 0);
    row("double beyond its range", R"({"x":[1e999,"1e999"]})", R"({"x":["1e999","1e999"]})", 0);
    row("known key beyond 64 bits", R"({"lineno":99999999999999999999})",
        R"({"lineno":"99999999999999999999"})", 1);
}

void TestJsonRecordReader::putsTheRestIntoMetadata()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, metadata);
    QFETCH(int, wrong);
    JsonRecordReader reader;
    const RecordView record = reader.readLine(line.toStdString(), now);
    QCOMPARE(bytesOf(record.metadata), metadata);
    QCOMPARE(reader.problems().wrongType, static_cast<unsigned>(wrong));
    QCOMPARE(reader.problems().notJson, 0U);
    if (!metadata.isEmpty())
        QVERIFY(QJsonDocument::fromJson(metadata).isObject());
    QVERIFY(!record.lineno && !record.process && !record.thread && !record.durationMs &&
            !record.memoryUsageMb);
    QVERIFY(contextOf(record) == RunContext());
}

void TestJsonRecordReader::makesMessagesOfOtherLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<bool>("counted");
    const auto same = [](const char *name, const QByteArray &line, bool counted) {
        QTest::newRow(name) << line << line << counted;
    };
    same("empty", "", false);
    same("plain", "  started worker 5 ", false);
    same("number", "17", false);
    same("array", R"([{"message":"m"}])", false);
    same("text in quotes", R"("text")", false);
    QTest::newRow("control characters") << QByteArray("\x1b[31mred\x1b[0m\0nul\t", 18)
                                        << QByteArray("red\0nul\t", 8) << false;
    QTest::newRow("NULs around") << QByteArray("\0\0text\0", 7) << QByteArray("text") << false;
    same("cut object", R"({"message":"m")", true);
    same("two objects", "{} {}", true);
    same("object and text", R"({"a":1} done)", true);
    same("brace", " {", true);
    same("single quotes", "{'a': 1}", true);
    same("leading zero", R"({"a":01})", true);
    same("no number at all", R"({"a":-})", true);
    same("too deep", "{\"a\":" + QByteArray(3000, '[') + QByteArray(3000, ']') + "}", true);
    QTest::newRow("carriage return") << QByteArray("text\r") << QByteArray("text") << false;
    QTest::newRow("byte order mark")
        << QByteArray("\xEF\xBB\xBFtext") << QByteArray("text") << false;
    QTest::newRow("Latin-1, cut object")
        << QByteArray("{\"a\":\"\xE9") << QByteArray("{\"a\":\"\xEF\xBF\xBD") << true;
}

void TestJsonRecordReader::makesMessagesOfOtherLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, message);
    QFETCH(bool, counted);
    JsonRecordReader reader;
    // The view must not look at the caller's line.
    std::string own = line.toStdString();
    const RecordView record = reader.readLine(own, now);
    own.assign(own.size(), '?');
    QCOMPARE(bytesOf(record.message), message);
    QCOMPARE(record.timestamp, now);
    QCOMPARE(record.level, Level::Info);
    QCOMPARE(record.metadata.size(), 0U);
    QCOMPARE(reader.problems().notJson, counted ? 1U : 0U);
}

void TestJsonRecordReader::repairsLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<bool>("counted");
    const QByteArray mark("\xEF\xBF\xBD");
    const auto row = [](const char *name, const char *line, const QByteArray &message,
                        bool counted) {
        QTest::newRow(name) << QByteArray(line) << message << counted;
    };
    row("Latin-1 in JSON", "{\"message\":\"caf\xE9 ok\"}", "caf" + mark + " ok", true);
    row("Latin-1 in text", "caf\xE9", "caf" + mark, true);
    row("lone high surrogate", R"({"message":"a\ud800b"})", "a" + mark + "b", true);
    row("lone low surrogate", R"({"message":"a\uDC00b"})", "a" + mark + "b", true);
    row("two high ones", R"({"message":"\ud83d\ud83d\ude00"})", mark + "\xF0\x9F\x98\x80", true);
    row("high one at the end", R"({"message":"\ud83d"})", mark, true);
    row("pair", R"({"message":"\ud83d\uDE00"})", "\xF0\x9F\x98\x80", false);
    row("escaped backslash", R"({"message":"\\ud800"})", R"(\ud800)", false);
    row("line ends of Windows", "{\"message\":\"m\"}\r", "m", false);
    row("byte order mark", "\xEF\xBB\xBF{\"message\":\"m\"}", "m", false);
    row("blanks around", " \t{\"message\":\"m\"}  ", "m", false);
}

void TestJsonRecordReader::repairsLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, message);
    QFETCH(bool, counted);
    JsonRecordReader reader;
    const RecordView record = reader.readLine(line.toStdString(), now);
    QCOMPARE(bytesOf(record.message), message);
    QCOMPARE(reader.problems().replacedUtf8, counted ? 1U : 0U);
    QCOMPARE(reader.problems().notJson, 0U);
}

// More contexts than are remembered, in an order in which each comes again.
void TestJsonRecordReader::contextsFollowTheRecords()
{
    JsonRecordReader reader;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 500; ++i) {
            const std::string id = std::to_string(i);
            std::string line = "{\"run_id\":\"" + id + "\",\"tags\":[\"t" + id + "\"]}";
            if (i % 3 == 0)
                line = "{\"stage_name\":\"" + id + "\"}";
            const RecordView record = reader.readLine(line, now);
            RunContext expected;
            if (i % 3 == 0) {
                expected.stageName = id;
            } else {
                expected.runId = id;
                expected.tags = {"t" + id};
            }
            QVERIFY(record.context && *record.context == expected);
        }
        QVERIFY(!reader.readLine("{}", now).context);
    }
}

void TestJsonRecordReader::oneByteMakesAnotherContext()
{
    JsonRecordReader reader;
    for (std::size_t size = 1; size <= 20; ++size) {
        const std::string id(size, 'a');
        for (std::size_t place = 0; place < size; ++place) {
            std::string other = id;
            other[place] = 'b';
            for (const std::string &runId : {id, other}) {
                const RecordView record = reader.readLine("{\"run_id\":\"" + runId + "\"}", now);
                QVERIFY(record.context);
                QCOMPARE(record.context->runId, runId);
                RunContext expected;
                expected.runId = runId;
                QVERIFY(*record.context == expected);
                expected.runId[place] = 'c';
                QVERIFY(!(*record.context == expected));
            }
        }
    }
}

void TestJsonRecordReader::oneByteMakesAnotherKey()
{
    JsonRecordReader reader;
    for (const auto &[name, member] : textFields<RecordView>) {
        QCOMPARE(reader.readLine("{\"" + std::string(name) + "\":\"x\"}", now).*member, "x");
        for (std::size_t place = 0; place < name.size(); ++place) {
            std::string other(name);
            other[place] = '#';
            const std::string line = "{\"" + other + "\":\"x\"}";
            const RecordView record = reader.readLine(line, now);
            QVERIFY((record.*member).empty());
            QCOMPARE(record.metadata, line);
        }
    }
}

void TestJsonRecordReader::survivesAnyBytes()
{
    std::string good;
    appendJson(good, viewOf(recordWithAllFields()));
    JsonRecordReader reader;
    QRandomGenerator random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string line = good;
        for (int n = random.bounded(1, 4); n > 0; --n)
            line[random.bounded(static_cast<quint32>(line.size()))] =
                static_cast<char>(random.bounded(256));
        if (i % 4 == 0)
            line.resize(random.bounded(static_cast<quint32>(line.size())));
        const RecordView record = reader.readLine(line, now);
        std::string json;
        appendJson(json, record);
        QVERIFY(isUtf8(json));
        QVERIFY(reader.readLine(json, now).timestamp ==
                toRecord(reader.readLine(json, 1)).timestamp);
        if (i % 16 == 0)
            QVERIFY(QJsonDocument::fromJson(QByteArray::fromStdString(json)).isObject());
    }
}

void TestJsonRecordReader::readsDocuments_data()
{
    QTest::addColumn<QByteArray>("document");
    QTest::addColumn<QByteArrayList>("messages");
    const auto row = [](const char *name, const char *document, const QByteArrayList &messages) {
        QTest::newRow(name) << QByteArray(document) << messages;
    };
    row("object", R"({"message":"a"})", {"a"});
    row("pretty", "{\r\n  \"message\": \"a\"\r\n}\r\n", {"a"});
    row("array", R"([{"message":"a"},{"message":"b"}])", {"a", "b"});
    row("empty array", "[]", {});
    row("blanks", " \n ", {});
    row("array of other things", R"(["a",5,[1, 2],null])", {"a", "5", "[1,2]", "null"});
    row("one after the other", R"({"message":"a"}{"message":"b}\""} {"message":"c"})",
        {"a", "b}\"", "c"});
    row("lines", "{\"message\":\"a\"}\n{\"message\":\"b\"}\n", {"a", "b"});
    row("byte order mark", "\xEF\xBB\xBF[{\"message\":\"a\"}]", {"a"});
    row("a bad item with colours", "[{\"message\":\"a\"},\x1b(Bbad]", {"a", "bad"});
    row("Latin-1", "{\"message\":\"\xE9\"}\n{\"message\":\"b\"}", {"\xEF\xBF\xBD", "b"});
}

void TestJsonRecordReader::readsDocuments()
{
    QFETCH(QByteArray, document);
    QFETCH(QByteArrayList, messages);
    JsonRecordReader reader;
    QByteArrayList read;
    QVERIFY(reader.readDocument(document.toStdString(), now, [&read](const RecordView &record) {
        read.append(bytesOf(record.message));
    }));
    QCOMPARE(read, messages);
    QCOMPARE(reader.problems().replacedUtf8, document.contains('\xE9') ? 1U : 0U);
    QCOMPARE(reader.problems().notJson, document.contains("bad") ? 1U : 0U);
}

void TestJsonRecordReader::refusesDocuments_data()
{
    QTest::addColumn<QByteArray>("document");
    QTest::newRow("text") << QByteArray("hello");
    QTest::newRow("cut") << QByteArray(R"([{"message":"a"})");
    QTest::newRow("nothing good") << QByteArray(R"([{"b":01},{'a':1}])");
    QTest::newRow("text between objects") << QByteArray(R"({"message":"a"},{"message":"b"})");
    QTest::newRow("closing brace too many") << QByteArray("{}}");
}

void TestJsonRecordReader::refusesDocuments()
{
    QFETCH(QByteArray, document);
    JsonRecordReader reader;
    int count = 0;
    QVERIFY(
        !reader.readDocument(document.toStdString(), now, [&](const RecordView &) { ++count; }));
    QCOMPARE(count, 0);
    QVERIFY(reader.problems() == InputProblems());
}

QTEST_GUILESS_MAIN(TestJsonRecordReader)
#include "tst_jsonrecordreader.moc"
