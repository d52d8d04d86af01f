// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonwriter.h"
#include "core/record/recordlines.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

struct Read
{
    QByteArrayList records; // level and message
    InputProblems problems;
};

Read readIn(const QByteArray &text, qsizetype chunk)
{
    Read read;
    RecordLines lines([&read](const RecordView &record) {
        const std::string_view level = levelName(record.level);
        read.records.append(QByteArray(level.data(), qsizetype(level.size())) + ' ' +
                            QByteArray(record.message.data(), qsizetype(record.message.size())));
    });
    for (qsizetype at = 0; at < text.size(); at += chunk) {
        const QByteArray part = text.mid(at, chunk);
        lines.take({part.constData(), std::size_t(part.size())});
    }
    lines.finish();
    read.problems = lines.problems();
    return read;
}

//! The records of a text that is one traceback, or is to be.
std::vector<Record> recordsOf(const QByteArray &text)
{
    std::vector<Record> records;
    RecordLines lines([&](const RecordView &record) { records.push_back(toRecord(record)); });
    lines.take({text.constData(), std::size_t(text.size())});
    lines.finish();
    return records;
}

} // namespace

//! Records of text, whatever it is cut into on the way.
class TstRecordLines : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsText_data();
    void readsText();
    void saysWhatWasBent_data();
    void saysWhatWasBent();
    void givesATracebackAtOnce_data();
    void givesATracebackAtOnce();
    void keepsWhatIsNoTraceback_data();
    void keepsWhatIsNoTraceback();
    void givesWhatWaitsInAPause();
    void takesNoTimeByTheSquare();
    void takesNoTimeByTheSquareForEscapes();
    void takesALongArrayInPieces();
};

void TstRecordLines::readsText_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArrayList>("records");
    const auto row = [](const char *name, const char *text, const QByteArrayList &records) {
        QTest::newRow(name) << QByteArray(text) << records;
    };
    row("lines", "{\"level\":\"error\",\"message\":\"a\"}\nb\n", {"error a", "info b"});
    row("without an end", "{\"message\":\"a\"}\n{\"message\":\"b\"}", {"info a", "info b"});
    row("several on a line", R"({"message":"a"}{"message":"b"} , {"message":"c"})",
        {"info a", "info b", "info c"});
    row("pretty", "{\n  \"message\": \"a\",\n  \"level\": \"error\"\n}\n{\n\"message\":\"b\"\n}\n",
        {"error a", "info b"});
    row("pretty, closed and opened on a line", "{\n\"message\":\"a\"\n} {\n\"message\":\"b\"\n}",
        {"info a", "info b"});
    row("array", R"([{"message":"a"},{"message":"b"}])", {"info a", "info b"});
    row("array over lines", "[\n{\"message\":\"a\"},\n{\"message\":\"b\"}\n]\nend\n",
        {"info a", "info b", "info end"});
    row("pretty array",
        "[\n  {\n    \"message\": \"a\",\n    \"metadata\": {\"k\": [1, {\"z\": 2}]}\n  },\n  {\n"
        "    \"message\": \"b\"\n  }\n]\n",
        {"info a", "info b"});
    row("array with commas first", "[{\"message\":\"a\"}\n,{\"message\":\"b\"}\n]",
        {"info a", "info b"});
    row("two arrays", "[{\"message\":\"a\"}]\n[{\"message\":\"b\"}]\n", {"info a", "info b"});
    row("record separators", "\x1e{\"message\":\"a\"}\n\x1e{\"message\":\"b\"}\n",
        {"info a", "info b"});
    row("a bracket alone", "[\ntext\n", {"info [", "info text"});
    row("a bracket at the end", "text\n[", {"info text", "info ["});
    row("arrays of other things", "[\"a\",1]\n[]\n", {"info [\"a\",1]", "info []"});
    row("brackets of text", "[main] ready\n[x] {y}\n", {"info [main] ready", "info [x] {y}"});
    row("cut off", "{\"message\":\"a\",\n{\"message\":\"b\"}\n",
        {"info {\"message\":\"a\",", "info b"});
    row("cut off in a text", "{\"message\":\"a\n{\"message\":\"b\"}\n",
        {"info {\"message\":\"a", "info b"});
    row("cut off at the end", "{\"message\":\"b\"}\n{\n\"message\":\n",
        {"info b", "info {", "info \"message\":"});
    row("object and text", "{\"message\":\"a\"} done\n", {"info {\"message\":\"a\"} done"});
    row("no JSON at all", "{'message': 'a'}\n{b}\n", {"info {'message': 'a'}", "info {b}"});
    row("a C program", "int main()\n{\n    return 0;\n}\n",
        {"info int main()", "info {", "info     return 0;", "info }"});
    row("line ends of Windows", "{\"message\":\"a\"}\r\n\r\nb\r\n", {"info a", "info b"});
    row("progress bar", "\r 10%\r 50%\r100%\nnext\n", {"info 100%", "info next"});
    row("bar, then a record", " 10%\r{\"message\":\"a\"}\n", {"info a"});
    row("written over what counts", "10%\rERROR: disk full\r20%\r100%\n",
        {"error ERROR: disk full", "info 100%"});
    row("lines of an old Mac", "ERROR: a\rINFO: b\rWARN: c\r",
        {"error ERROR: a", "info INFO: b", "warning WARN: c"});
    row("colours", "\x1b[32mINFO\x1b[0m: up\n\x1b[1;31mERROR\x1b[0m: down\n\x1b[0m\n",
        {"info INFO: up", "error ERROR: down"});
    row("links and titles", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\ \x1b]0;title\a!\n",
        {"info here !"});
    row("colours in JSON", "{\"message\":\"\\u001b[31mred\\u001b[0m\"}\n", {"info red"});
    row("NaN", "{\"message\":\"a\",\"loss\":NaN}\n[{\"message\":\"b\",\"x\":[-Infinity]}]\n",
        {"info a", "info b"});
    row("a comma at the end", "{\"message\":\"a\",}\n", {"info a"});
    row("a tab in a text", "{\"message\":\"a\tb\"}\n", {"info a\tb"});
    QTest::newRow("NULs around") << QByteArray("\0\0\0{\"message\":\"a\"}\0\n{\"message\":\"b\"}\0\0\n", 38)
                                 << QByteArrayList{"info a", "info b"};
}

void TstRecordLines::readsText()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArrayList, records);
    for (const qsizetype chunk : {qsizetype(1), qsizetype(2), qsizetype(7), qsizetype(1000)})
        QCOMPARE(readIn(text, chunk).records, records);
}

void TstRecordLines::saysWhatWasBent_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("bent");
    QTest::addColumn<int>("notJson");
    const auto row = [](const char *text, Bent bent, int notJson) {
        QTest::newRow(text) << QByteArray(text) << int(bent) << notJson;
    };
    row("{\"a\":NaN}", Bent::NotANumber, 0);
    row("{\"a\":[Infinity,-Infinity],}", Bent::NotANumber | Bent::Comma, 0);
    row("{\"a\":\"x\ty\"}", Bent::Control, 0);
    row("{\"a\":[1,2,],\"b\":{\"c\":1,},}", Bent::Comma, 0);
    row("{\"a\":1}", Bent::Nothing, 0);
    row("{\"a\":NaN", Bent::Nothing, 1);
    row("{,}", Bent::Nothing, 1);
    row("{\"a\":1,,}", Bent::Nothing, 1);
    row("{'a':1}", Bent::Nothing, 1);
    row("text with NaN,", Bent::Nothing, 0);
}

void TstRecordLines::saysWhatWasBent()
{
    QFETCH(QByteArray, text);
    QFETCH(int, bent);
    QFETCH(int, notJson);
    const InputProblems problems = readIn(text, 1000).problems;
    QCOMPARE(int(problems.bent), bent);
    QCOMPARE(int(problems.almostJson), bent == 0 ? 0 : 1);
    QCOMPARE(int(problems.notJson), notJson);
}

void TstRecordLines::givesATracebackAtOnce_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char *name, const char *message, const char *type, const char *words,
                        const char *text) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(message) << QByteArray(type)
                            << QByteArray(words);
    };
    row("Python", "ValueError: bad: x", "ValueError", "bad: x",
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    f()\n"
        "    ~^^\nValueError: bad: x");
    row("Python, no words", "KeyboardInterrupt", "KeyboardInterrupt", "",
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    f()\n"
        "KeyboardInterrupt");
    row("Python, one behind another", "app.errors.LoadError: no rows", "app.errors.LoadError",
        "no rows",
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    f()\n"
        "KeyError: 'k'\n\nDuring handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n  File \"a.py\", line 5, in f\n    g()\n"
        "app.errors.LoadError: no rows");
    row("Python, thread", "RuntimeError: x", "RuntimeError", "x",
        "Exception in thread Thread-1 (run):\nTraceback (most recent call last):\n"
        "  File \"a.py\", line 3, in f\n    f()\nRuntimeError: x");
    row("Java", "Exception in thread \"main\" java.lang.IllegalStateException: no", "java.lang.IllegalStateException",
        "no",
        "Exception in thread \"main\" java.lang.IllegalStateException: no\n"
        "\tat c.e.App.main(App.java:3)\nCaused by: java.io.IOException: disk\n"
        "\tat c.e.Db.open(Db.java:7)\n\t... 1 more");
    row("Java, no thread", "java.lang.NullPointerException", "java.lang.NullPointerException", "",
        "java.lang.NullPointerException\n\tat c.e.App.main(App.java:3)");
    row("Node", "TypeError: x is not a function", "TypeError", "x is not a function",
        "TypeError: x is not a function\n    at f (/app/a.js:1:2)\n    at node:internal/x:1:2");
    row("Node, with members", "Error: ENOENT: no file", "Error", "ENOENT: no file",
        "Error: ENOENT: no file\n    at open (node:fs:1:2) {\n  code: 'ENOENT',\n  errno: -2\n}");
    row(".NET", "Unhandled exception. System.InvalidOperationException: no",
        "System.InvalidOperationException", "no",
        "Unhandled exception. System.InvalidOperationException: no\n"
        "   at App.Main() in /app/a.cs:line 3\n   --- End of inner exception stack trace ---");
    row("Go", "panic: runtime error: index out of range [3]", "panic",
        "runtime error: index out of range [3]",
        "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n"
        "\t/app/a.go:5 +0x1d\nexit status 2");
    row("C++", "terminate called after throwing an instance of 'std::runtime_error'",
        "std::runtime_error", "no rows",
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no rows");
    row("Rust", "thread 'main' panicked at src/main.rs:2:5:", "panic", "no rows",
        "thread 'main' panicked at src/main.rs:2:5:\nno rows\n"
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace");
}

void TstRecordLines::givesATracebackAtOnce()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, words);
    const std::vector<Record> records =
        recordsOf("before\n" + text + "\n{\"level\":\"debug\",\"message\":\"behind\"}\nlast\n");
    QCOMPARE(records.size(), 4U);
    QCOMPARE(records[0].message, std::string("before"));
    QCOMPARE(QByteArray::fromStdString(records[1].message), message);
    QCOMPARE(records[1].level, Level::Error);
    QCOMPARE(QByteArray::fromStdString(records[1].exceptionType), type);
    QCOMPARE(QByteArray::fromStdString(records[1].exceptionMessage), words);
    QCOMPARE(QByteArray::fromStdString(records[1].stackTrace), text);
    QCOMPARE(records[2].level, Level::Debug);
    QCOMPARE(records[3].message, std::string("last"));
    QVERIFY(records[0].timestamp < records[1].timestamp);
    QVERIFY(records[1].timestamp < records[2].timestamp);
}

void TstRecordLines::keepsWhatIsNoTraceback_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("an error alone") << "ValueError: bad\nnext\n"_ba;
    QTest::newRow("an error before its kin") << "IOError\nIOError\n"_ba;
    QTest::newRow("a panic alone") << "panic: no\nnext\n"_ba;
    QTest::newRow("nothing told") << "Error: x\nmore\n"_ba;
    QTest::newRow("indented lines") << "list:\n  at home\n  at work\n"_ba;
    QTest::newRow("a panic at the end") << "panic: no\n"_ba;
}

void TstRecordLines::keepsWhatIsNoTraceback()
{
    QFETCH(QByteArray, text);
    QByteArray messages;
    for (const Record &record : recordsOf(text)) {
        QVERIFY(record.stackTrace.empty());
        messages += QByteArray::fromStdString(record.message) + '\n';
    }
    QCOMPARE(messages, text);
}

void TstRecordLines::givesWhatWaitsInAPause()
{
    int count = 0;
    RecordLines lines([&count](const RecordView &) { ++count; });
    lines.take("Traceback (most recent call last):\n  File \"a.py\", line 3\nValueError: x\nhalf");
    QCOMPARE(count, 0);
    lines.pause();
    QCOMPARE(count, 1);
    lines.take(" a line\n");
    QCOMPARE(count, 2);
}

//! Lines that each may begin an object that goes on for a thousand lines.
void TstRecordLines::takesNoTimeByTheSquare()
{
    QByteArray text;
    constexpr int count = 400'000;
    for (int i = 0; i < count; ++i)
        text += "{\"a\":\n";
    QElapsedTimer clock;
    clock.start();
    QCOMPARE(readIn(text, 65536).records.size(), count);
    QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
}

//! Commands for a terminal whose ends do not come.
void TstRecordLines::takesNoTimeByTheSquareForEscapes()
{
    QByteArray text;
    for (int i = 0; i < 300'000; ++i)
        text += "x\x1b]0;t \x1bP";
    QElapsedTimer clock;
    clock.start();
    std::ignore = readIn(QByteArray(5'000'000, '\r'), 65536);
    std::ignore = readIn(QByteArray("{x}\r").repeated(1'000'000), 65536);
    QCOMPARE(readIn(text, 65536).records.size(), 1);
    QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
}

void TstRecordLines::takesALongArrayInPieces()
{
    constexpr int count = 100'000;
    std::string json = "[";
    for (int i = 0; i < count; ++i)
        json += "{\"message\":\"record " + std::to_string(i) + "\"},";
    json.back() = ']';
    int next = 0;
    int given = 0;
    RecordLines lines([&](const RecordView &record) {
        QCOMPARE(std::string(record.message), "record " + std::to_string(next));
        ++next;
    });
    // One line of megabytes: records come while it is read.
    for (std::size_t at = 0; at < json.size(); at += 100'000) {
        lines.take(std::string_view(json).substr(at, 100'000));
        given = std::max(given, at < json.size() / 2 ? next : given);
    }
    lines.finish();
    QCOMPARE(next, count);
    QVERIFY(given > count / 4);
    QVERIFY(lines.problems() == InputProblems());
}

QTEST_GUILESS_MAIN(TstRecordLines)
#include "tst_recordlines.moc"
