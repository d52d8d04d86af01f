// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace trace;

// `records`: what it shows, and how.
class TstForwarderRecords final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void showsOneAlignedLineOfEach();
    void showsLocalTime_data();
    void showsLocalTime();
    void hasNoControlCharacters();
    void coloursOnATerminalOnly_data();
    void coloursOnATerminalOnly();
    void printsJsonAsBefore();
    void printsCsvThatReadersRead();
    void printsAHeaderOfNoRecords();
    void takesASpanOfTime_data();
    void takesASpanOfTime();
    void refusesWhatContradicts_data();
    void refusesWhatContradicts();

private:
    //! Without --json.
    [[nodiscard]] QStringList arguments(const QStringList &options) const
    {
        return QStringList{u"--config"_s, m_folder.path(u"config"_s), u"--journal"_s,
                           m_folder.journal(), u"records"_s} +
               options;
    }
    [[nodiscard]] CommandResult records(const QStringList &options = {}) const
    {
        return runForwarder(arguments(options));
    }

    ForwarderFolder m_folder;
};

namespace {

//! The fields of lines of CSV, as RFC 4180 reads them.
QList<QList<QByteArray>> fieldsOf(const QByteArray &csv)
{
    QList<QList<QByteArray>> lines;
    QList<QByteArray> line{{}};
    bool isQuoted = false;
    for (qsizetype i = 0; i < csv.size(); ++i) {
        const char c = csv[i];
        if (isQuoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
            line.last() += csv[++i];
        } else if (c == '"') {
            isQuoted = !isQuoted;
        } else if (!isQuoted && c == ',') {
            line.append(QByteArray());
        } else if (!isQuoted && csv.sliced(i).startsWith("\r\n")) {
            lines.append(std::exchange(line, {{}}));
            ++i;
        } else {
            line.last() += c;
        }
    }
    return lines;
}

} // namespace

void TstForwarderRecords::initTestCase()
{
    const QString file = m_folder.write(
        u"in.ndjson"_s,
        R"({"timestamp":"2026-01-02T03:04:05.678Z","level":"info","message":"short","run_id":"r","job_name":"j","tags":["a,b","c"],"metadata":{"n":1,"s":"x,\"y\""}})"
        "\n"
        R"({"timestamp":"2026-01-02T03:04:06Z","level":"critical","message":"=1+1\nforged 2026","run_id":"long-run","job_name":"longer-job","exception_type":"ValueError","exception_message":"bad\u001b[31m","stack_trace":"Traceback\n  line 1\n","lineno":-7,"duration_ms":1.5})"
        "\n"
        R"({"timestamp":"2026-01-02T03:04:07Z","level":"warning","message":"bell\u0007 \u009b31m \u202eevil"})"
        "\n");
    const CommandResult sent =
        m_folder.run(QStringList{u"send"_s} + m_folder.to(unusedPort()) +
                     QStringList{u"--timeout"_s, u"0"_s, file});
    QCOMPARE(sent.code, 4);
}

void TstForwarderRecords::showsOneAlignedLineOfEach()
{
    qputenv("TZ", "UTC");
    const CommandResult shown = records();
    QCOMPARE(shown.code, 0);
    QCOMPARE(shown.output, "2026-01-02T03:04:05.678+00:00 INFO     r/j short\n"
                           "2026-01-02T03:04:06.000+00:00 CRITICAL long-run/longer-job =1+1\n"
                           "    forged 2026\n"
                           "    ValueError: bad\u241b[31m\n"
                           "    Traceback\n"
                           "      line 1\n"
                           "2026-01-02T03:04:07.000+00:00 WARNING  -                   "
                           "bell\u2407 \u242131m \ufffdevil\n"_ba);
    QCOMPARE(records({u"--output"_s, u"text"_s}).output, shown.output);
}

void TstForwarderRecords::showsLocalTime_data()
{
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<QByteArray>("time");
    QTest::newRow("east") << "Europe/Berlin"_ba << "2026-01-02T04:04:05.678+01:00 INFO "_ba;
    QTest::newRow("half an hour") << "Asia/Kolkata"_ba << "2026-01-02T08:34:05.678+05:30 INFO "_ba;
    QTest::newRow("west, the day before")
        << "America/Los_Angeles"_ba << "2026-01-01T19:04:05.678-08:00 INFO "_ba;
}

void TstForwarderRecords::showsLocalTime()
{
    QFETCH(QByteArray, zone);
    QFETCH(QByteArray, time);
    if (!QFile::exists(u"/usr/share/zoneinfo/"_s + QString::fromUtf8(zone)))
        QSKIP("this system has no time zones");
    qputenv("TZ", zone);
    const CommandResult shown = records({u"--run"_s, u"r"_s});
    qputenv("TZ", "UTC");
    QVERIFY2(shown.output.startsWith(time), shown.output.constData());
    // What it shows is what --since takes.
    const QString again = QString::fromUtf8(shown.output.first(shown.output.indexOf(' ')));
    QCOMPARE(records({u"--since"_s, again, u"--json"_s}).output.count('\n'), 3);
}

void TstForwarderRecords::hasNoControlCharacters()
{
    for (const QByteArray &control : {"\x1b"_ba, "\x07"_ba, "\xc2\x9b"_ba, "\u202e"_ba})
        QVERIFY2(!records().output.contains(control), control.toHex().constData());
}

void TstForwarderRecords::coloursOnATerminalOnly_data()
{
    QTest::addColumn<QByteArray>("variable");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("output");
    QTest::addColumn<bool>("isColoured");
    QTest::newRow("terminal") << "NO_COLOR"_ba << ""_ba << u"text"_s << true;
    QTest::newRow("NO_COLOR") << "NO_COLOR"_ba << "1"_ba << u"text"_s << false;
    QTest::newRow("a terminal that cannot") << "TERM"_ba << "dumb"_ba << u"text"_s << false;
    QTest::newRow("csv") << "NO_COLOR"_ba << ""_ba << u"csv"_s << false;
}

void TstForwarderRecords::coloursOnATerminalOnly()
{
    QFETCH(QByteArray, variable);
    QFETCH(QByteArray, value);
    QFETCH(QString, output);
    QFETCH(bool, isColoured);
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"TERM"_s, u"xterm"_s);
    environment.insert(QString::fromUtf8(variable), QString::fromUtf8(value));
    process.setProcessEnvironment(environment);
    const QString command = arguments({u"--output"_s, output}).join(u"' '"_s);
    process.start(u"script"_s,
                  {u"-qec"_s, u"'%1' '%2'"_s.arg(forwarderProgram, command), u"/dev/null"_s});
    if (!process.waitForFinished(patience))
        QSKIP("there is no `script` to make a terminal");
    QByteArray shown = process.readAllStandardOutput();
    QCOMPARE(shown.contains("\033[1;31mCRITICAL\033[0m"), isColoured);
    for (const QByteArray &own : {"\033[1;31m"_ba, "\033[33m"_ba, "\033[0m"_ba})
        shown.replace(own, {});
    QVERIFY(shown.contains("short"));
    QVERIFY2(!shown.contains('\033'), "what was logged reaches the terminal");
    QVERIFY2(!records({u"--output"_s, output}).output.contains("\033[0m"), "no terminal");
}

void TstForwarderRecords::printsJsonAsBefore()
{
    const CommandResult json = records({u"--json"_s});
    QCOMPARE(json.output.count('\n'), 3);
    QVERIFY(json.output.startsWith(
        R"({"timestamp":"2026-01-02T03:04:05.678000000Z","level":"info","message":"short",)"));
    QCOMPARE(records({u"--output"_s, u"json"_s}).output, json.output);
    QCOMPARE(records({u"--output"_s, u"json"_s, u"--json"_s}).output, json.output);
}

void TstForwarderRecords::printsCsvThatReadersRead()
{
    const QByteArray csv = records({u"--output"_s, u"csv"_s}).output;
    const auto lines = fieldsOf(csv);
    QCOMPARE(lines.size(), 4);
    const QList<QByteArray> header = lines.first();
    QCOMPARE(header.size(), 29);
    const auto field = [&](int line, const char *name) {
        return lines[line].value(header.indexOf(name));
    };
    for (const auto &line : lines)
        QCOMPARE(line.size(), header.size());
    QCOMPARE(field(1, "timestamp"), "2026-01-02T03:04:05.678000000Z"_ba);
    QCOMPARE(field(1, "tags"), R"(["a,b","c"])"_ba);
    QCOMPARE(field(1, "metadata"), R"({"n":1,"s":"x,\"y\""})"_ba);
    QCOMPARE(field(2, "message"), "'=1+1\nforged 2026"_ba); // no formula
    QCOMPARE(field(2, "lineno"), "-7"_ba);                   // a number stays one
    QCOMPARE(field(2, "duration_ms"), "1.5"_ba);
    QCOMPARE(field(2, "stack_trace"), "Traceback\n  line 1\n"_ba);
    QCOMPARE(field(3, "run_id"), ""_ba);
}

void TstForwarderRecords::printsAHeaderOfNoRecords()
{
    const QByteArray csv = records({u"--output"_s, u"csv"_s, u"--run"_s, u"nobody"_s}).output;
    QVERIFY(csv.startsWith("timestamp,level,message,run_id,"));
    QCOMPARE(csv.count('\n'), 1);
}

void TstForwarderRecords::takesASpanOfTime_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArrayList>("messages");
    const QByteArrayList all{"short", "=1+1", "bell"};
    QTest::newRow("from a time on") << QStringList{u"--since"_s, u"2026-01-02T03:04:06Z"_s}
                                    << all.mid(1);
    QTest::newRow("before a time") << QStringList{u"--until"_s, u"2026-01-02T03:04:06Z"_s}
                                   << all.first(1);
    QTest::newRow("a day, in CSV")
        << QStringList{u"--since"_s, u"2026-01-02"_s, u"--until"_s, u"2026-01-03"_s, u"--output"_s,
                       u"csv"_s}
        << all;
    QTest::newRow("ago") << QStringList{u"--since"_s, u"1s"_s} << QByteArrayList();
    QTest::newRow("until ago") << QStringList{u"--until"_s, u"1s"_s} << all;
    QTest::newRow("with the others")
        << QStringList{u"--since"_s, u"2026-01-02T03:04:05Z"_s, u"--filter"_s, u"level>=warning"_s,
                       u"--limit"_s, u"1"_s}
        << all.last(1);
    QTest::newRow("of a run") << QStringList{u"--until"_s, u"2026-01-02T03:04:07Z"_s, u"--run"_s,
                                             u"long-run"_s}
                              << all.mid(1, 1);
}

void TstForwarderRecords::takesASpanOfTime()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArrayList, messages);
    const CommandResult shown = records(options);
    QCOMPARE(shown.code, 0);
    for (const QByteArray &message : {"short"_ba, "=1+1"_ba, "bell"_ba})
        QVERIFY2(shown.output.contains(message) == messages.contains(message),
                 shown.output.constData());
}

void TstForwarderRecords::refusesWhatContradicts_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("no time") << QStringList{u"--since"_s, u"yesterday"_s} << "--since"_ba;
    QTest::newRow("no time either") << QStringList{u"--until"_s, u"2h ago"_s} << "--until"_ba;
    QTest::newRow("no such output") << QStringList{u"--output"_s, u"xml"_s} << "--output"_ba;
    QTest::newRow("two outputs") << QStringList{u"--json"_s, u"--output"_s, u"csv"_s}
                                 << "--output csv"_ba;
}

void TstForwarderRecords::refusesWhatContradicts()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, word);
    const CommandResult refused = records(options);
    QCOMPARE(refused.code, 2);
    QVERIFY2((refused.errors + refused.output).contains(word), refused.errors.constData());
}

QTEST_GUILESS_MAIN(TstForwarderRecords)
#include "tst_forwarderrecords.moc"
