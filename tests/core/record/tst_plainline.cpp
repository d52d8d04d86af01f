// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/linetime.h"
#include "core/record/plainline.h"
#include "core/record/timestamp.h"

#include <QTest>
#include <QTimeZone>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

// A quarter past noon of the day that the lines are of.
const std::int64_t now = *timestampFromText("2026-11-30T12:15:00Z");

} // namespace

//! Level and time in plain lines, by the layouts of the loggers that write them.
class TstPlainLine : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { setZoneOfLines(QTimeZone("Europe/Berlin")); }
    void readsLines_data();
    void readsLines();
    void takesNoWordOfASentence_data();
    void takesNoWordOfASentence();
    void completesTimes_data();
    void completesTimes();
};

void TstPlainLine::readsLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("level"); // or -
    QTest::addColumn<QByteArray>("time");  // in UTC, or -
    const auto row = [](const char *writer, const char *level, const char *time,
                        const char *line) {
        QTest::newRow(writer) << QByteArray(line) << QByteArray(level) << QByteArray(time);
    };
    const char *const utc = "2026-11-30T09:16:29.432000000Z";
    const char *const local = "2026-11-30T08:16:29.432000000Z"; // of Berlin
    const char *const second = "2026-11-30T08:16:29.000000000Z";

    // Python
    row("basicConfig", "warning", "-", "WARNING:app.db:slow");
    row("a usual format", "error", local, "2026-11-30 09:16:29,432 - app - ERROR - failed");
    row("uvicorn", "info", "-", "INFO:     127.0.0.1:5 - \"GET / HTTP/1.1\" 200 OK");
    row("gunicorn", "info", second, "[2026-11-30 09:16:29 +0100] [7] [INFO] Booting");
    row("Celery", "error", local, "[2026-11-30 09:16:29,432: ERROR/MainProcess] Task x");
    row("Django", "-", second, "[30/Nov/2026 09:16:29] \"GET / HTTP/1.1\" 200 12");
    row("Airflow 2", "info", utc, "[2026-11-30T09:16:29.432+0000] {task.py:93} INFO - x");
    row("structlog", "warning", utc, "2026-11-30T09:16:29.432Z [warning  ] event   [app] k=v");
    row("Prefect", "error", local, "09:16:29.432 | ERROR   | Flow run 'x' - failed");
    row("loguru", "error", local, "2026-11-30 09:16:29.432 | ERROR    | m:f:12 - failed");
    row("dask", "warning", local, "2026-11-30 09:16:29,432 - distributed.core - WARNING - x");
    row("LiteLLM", "error", second, "09:16:29 - Proxy:ERROR: proxy.py:11 - no key");
    row("warnings", "warning", "-", "/app/x.py:3: UserWarning: old");
    // JavaScript
    row("pino-pretty", "error", local, "[09:16:29.432] ERROR (7): x");
    row("bunyan", "info", utc, "[2026-11-30T09:16:29.432Z]  INFO: main/7 on h: x");
    row("winston", "error", "-", "error: failed {\"k\":1}");
    row("winston with a time", "error", utc, "2026-11-30T09:16:29.432Z [error]: failed");
    row("log4js", "error", local, "[2026-11-30T09:16:29.432] [ERROR] cheese - x");
    row("npm", "error", "-", "npm ERR! code 1");
    row("npm 10", "warning", "-", "npm warn deprecated x");
    // Go
    row("zap", "error", local, "2026-11-30T09:16:29.432+0100\tERROR\tlog\tf.go:1\tx\t{\"k\":1}");
    row("zerolog", "error", utc, "2026-11-30T09:16:29.432Z ERR x k=v");
    row("logrus", "error", second, "time=\"2026-11-30T09:16:29+01:00\" level=error msg=\"x\"");
    row("logrus on a terminal", "error", "-", "ERRO[0012] x");
    row("slog", "warning", local, "time=2026-11-30T09:16:29.432+01:00 level=WARN msg=x");
    row("go-kit", "warning", utc, "ts=2026-11-30T09:16:29.432Z caller=x.go:1 level=warn msg=x");
    row("log", "-", second, "2026/11/30 09:16:29 x");
    row("slog to log", "warning", second, "2026/11/30 09:16:29 WARN x k=v");
    row("klog", "error", local, "E1130 09:16:29.432000       7 main.go:12] x");
    row("glog", "info", local, "I20261130 09:16:29.432000   7 main.cc:12] x");
    row("hclog", "warning", local, "2026-11-30T09:16:29.432+0100 [WARN]  agent: x");
    // Java
    row("logback", "info", local, "09:16:29.432 [main] INFO  c.e.App -- x");
    row("Spring Boot 3", "error", local,
        "2026-11-30T09:16:29.432+01:00 ERROR 7 --- [app] [main] c.e.App : x");
    row("Spring Boot 2", "info", local,
        "2026-11-30 09:16:29.432  INFO 7 --- [           main] c.e.App : x");
    row("log4j", "error", local, "2026-11-30 09:16:29,432 ERROR [main] c.e.App: x");
    row("log4j behind a thread", "warning", local, "2026-11-30 09:16:29,432 [main] WARN  c.e.App - x");
    row("Spark", "warning", second, "26/11/30 09:16:29 WARN Ctx: x");
    row("Kafka", "info", local, "[2026-11-30 09:16:29,432] INFO x (kafka.S)");
    row("java.util.logging", "-", second, "Nov 30, 2026 9:16:29 AM c.e.App main");
    row("its second line", "warning", "-", "WARNING: x");
    row("Quarkus", "info", local, "2026-11-30 09:16:29,432 INFO  [io.q] (main) x");
    row("Tomcat", "error", local, "30-Nov-2026 09:16:29.432 SEVERE [main] o.a.c.X.y x");
    row("Elasticsearch", "warning", local, "[2026-11-30T09:16:29,432][WARN ][o.e.x] [node] x");
    // .NET
    row(".NET's console", "error", "-", "fail: App.Db[10]");
    row("Serilog's console", "warning", second, "[09:16:29 WRN] x");
    row("Serilog's file", "error", local, "2026-11-30 09:16:29.432 +01:00 [ERR] x");
    row("NLog", "error", local, "2026-11-30 09:16:29.4320|ERROR|App|x");
    row("log4net", "error", local, "2026-11-30 09:16:29,432 [1] ERROR App - x");
    // Rust
    row("tracing", "warning", utc, "2026-11-30T09:16:29.432Z  WARN app::db: x k=1");
    row("env_logger", "error", "2026-11-30T09:16:29.000000000Z", "[2026-11-30T09:16:29Z ERROR app] x");
    row("log4rs", "info", local, "2026-11-30T09:16:29.432+01:00 INFO app - x");
    row("slog-term", "info", local, "Nov 30 09:16:29.432 INFO x, k: v");
    // PHP, Ruby, Elixir, C++
    row("Monolog", "error", local, "[2026-11-30T09:16:29.432+01:00] app.ERROR: x {\"k\":1} []");
    row("PHP", "warning", "2026-11-30T09:16:29.000000000Z",
        "[30-Nov-2026 09:16:29 UTC] PHP Warning:  x in f on line 3");
    row("Ruby", "error", local, "E, [2026-11-30T09:16:29.432 #7] ERROR -- app: x");
    row("Rails", "error", local, "2026-11-30 09:16:29.432 E [7:main] App -- x");
    row("Elixir", "error", local, "09:16:29.432 [error] x");
    row("spdlog", "error", local, "[2026-11-30 09:16:29.432] [app] [error] x");
    row("Boost.Log", "info", local, "[2026-11-30 09:16:29.432] [0x7f] [info]    x");
    // Systems
    row("logcat", "error", local, "11-30 09:16:29.432  7  8 E Tag: x");
    row("syslog", "error", second, "<27>Nov 30 09:16:29 host app[7]: x");
    row("syslog of RFC 5424", "error", utc, "<27>1 2026-11-30T09:16:29.432Z host app 7 ID - x");
    row("journal", "critical", "-", "<2>x");
    row("journalctl", "-", second, "Nov 30 09:16:29 host app[7]: x");
    row("CRI", "-", "2026-11-30T09:16:29.432061789Z",
        "2026-11-30T09:16:29.432061789Z stderr F x");
    row("GitHub Actions", "error", utc, "2026-11-30T09:16:29.432Z ##[error]x");
    row("GitHub's commands", "warning", "-", "::warning file=f,line=1::x");
    row("Lambda, Node", "info", utc, "2026-11-30T09:16:29.432Z\tid\tINFO\tx");
    row("Lambda, Python", "error", utc, "[ERROR]\t2026-11-30T09:16:29.432Z\tid\tx");
    row("nginx", "error", second, "2026/11/30 09:16:29 [error] 7#7: *1 x");
    row("Apache", "error", local, "[Mon Nov 30 09:16:29.432 2026] [core:error] [pid 7] x");
    row("access", "-", second, "1.2.3.4 - - [30/Nov/2026:09:16:29 +0100] \"GET / HTTP/1.1\" 500 12");
    row("PostgreSQL", "error", local, "2026-11-30 09:16:29.432 CET [7] ERROR:  x");
    row("MySQL", "warning", utc, "2026-11-30T09:16:29.432Z 0 [Warning] [MY-1] [Server] x");
    row("Redis", "warning", local, "7:M 30 Nov 2026 09:16:29.432 # x");
    row("gcc", "warning", "-", "f.c:3:1: warning: unused");
    row("clang", "error", "-", "f.c:3:1: fatal error: no file");
    row("Slurm", "error", "-", "srun: error: x");
    row("apt", "warning", "-", "W: x");
    row("PowerShell", "debug", "-", "VERBOSE: x");
    row("rustc", "error", "-", "error[E0308]: mismatched types");
    row("tsc", "error", "-", "src/a.ts(1,2): error TS2304: no name");
    row("MSBuild", "error", "-", "error CS0103: no name");
    row("CMake", "error", "-", "CMake Error at CMakeLists.txt:1 (x):");
    row("make", "error", "-", "make: *** [Makefile:3: all] Error 1");
    row("go test", "error", "-", "--- FAIL: TestX (0.00s)");
    row("pytest", "error", "-", "FAILED tests/test_a.py::test_b - x");
    row("PHP's end", "error", "-", "PHP Fatal error:  Uncaught Error: x in /a.php:3");
    row("Python's end", "error", "-", "ValueError: no rows");
    row("a date that may be either", "error", "-", "01/02/2026 10:00:00 ERROR x");
    row("and with a half of the day", "error", "-", "1/2/2026 1:00:00 PM ERROR x");
    row("a word in capitals", "error", "-", "ERROR failed to load");
    row("a word in brackets", "info", "-", "[info] ready");
    row("RFC 2822", "-", second, "Mon, 30 Nov 2026 09:16:29 +0100 x");
    row("German", "error", second, "30.11.2026 09:16:29 ERROR x");
}

void TstPlainLine::readsLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, level);
    QFETCH(QByteArray, time);
    const PlainFacts facts = readPlainLine({line.constData(), std::size_t(line.size())}, now);
    const std::string_view read = facts.level ? levelName(*facts.level) : "-";
    QCOMPARE(QByteArray(read.data(), qsizetype(read.size())), level);
    std::string when;
    if (facts.timestamp)
        appendTimestamp(when, *facts.timestamp);
    QCOMPARE(when.empty() ? "-"_ba : QByteArray::fromStdString(when), time);
}

void TstPlainLine::takesNoWordOfASentence_data()
{
    QTest::addColumn<QByteArray>("line");
    for (const char *line :
         {"no ERROR found", "error while loading", "info about it", "Log: written", "config: read",
          "the level=error was set", "2026-11-30 09:16:29 no ERROR found",
          "2026-11-30 09:16:29 error rates are low", "2026-11-30 09:16:29 Done without WARNING",
          "C: is full", "[main] started", "(error", "I am here", "E", "W", "<300>x", "<x>y",
          "E1130 was found", "Deprecated in 3.2: use error codes", "note that ERROR is a word",
          "T, [not a time] ERROR", "warnings: 3", "errors: none", "Fine", "a.b: c: error: x y",
          "[12:30] lunch", "FATAL FURY is a game", "Critical: 0 High: 2", "critical: 5",
          "ERROR HANDLING GUIDE", "error: 0 found, 3 warnings", "WARNING LABELS are red",
          "DEBUG BUILD v1.2", "debug: false", "Trace: 12", "    error: this is in code", "00:01:23 elapsed", "12:30:45", "2026-11-30", "2026-11-30 ERROR"})
        QTest::newRow(line) << QByteArray(line);
}

void TstPlainLine::takesNoWordOfASentence()
{
    QFETCH(QByteArray, line);
    const PlainFacts facts = readPlainLine({line.constData(), std::size_t(line.size())}, now);
    QVERIFY(!facts.level);
}

void TstPlainLine::completesTimes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("read"); // empty for none
    const auto row = [](const char *text, const char *read) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(read);
    };
    // Without a year: the latest that is not in the future.
    row("Nov 30 13:14:00", "2026-11-30T12:14:00.000000000Z");
    row("Nov 30 14:14:00", "2025-11-30T13:14:00.000000000Z");
    row("Dec 24 00:00:00", "2025-12-23T23:00:00.000000000Z");
    row("Feb 29 00:00:00", "2024-02-28T23:00:00.000000000Z");
    row("Jan 1 00:00:00", "2025-12-31T23:00:00.000000000Z");
    row("13:14:00.5", "2026-11-30T12:14:00.500000000Z");
    row("13:15:30", "2026-11-30T12:15:30.000000000Z"); // another clock, a bit ahead
    row("14:14:00", "2026-11-29T13:14:00.000000000Z");
    // In summer Berlin is two hours east.
    row("2026-07-01 12:00:00", "2026-07-01T10:00:00.000000000Z");
    row("2026-07-01 12:00:00 UTC", "2026-07-01T12:00:00.000000000Z");
    row("2026-07-01 12:00:00.5 +0000 UTC", "2026-07-01T12:00:00.500000000Z");
    row("2026-11-30 10:00:00 EST", "2026-11-30T15:00:00.000000000Z");
    row("2026-11-30 10:00:00 PM", "2026-11-30T21:00:00.000000000Z");
    row("2026-11-30 10:00:00,5,abc", "2026-11-30T09:00:00.000000000Z");
    row("2026-11-30 10:00:00+25:00", "");
    row("20261130T091629Z", "2026-11-30T09:16:29.000000000Z");
    row("2026-11-30T09:16:60Z", "2026-11-30T09:17:00.000000000Z");
    // None: impossible, before 1970, and what may be month or day.
    row("2026-13-30 09:16:29", "");
    row("2026-02-30 09:16:29", "");
    row("2026-11-30 24:16:29", "");
    row("0001-01-01T00:00:00Z", "");
    row("11/12/2026 09:16:29", "");
    row("2026-11-30", "");
    row("2026-11-30T09:16:29x", "");
}

void TstPlainLine::completesTimes()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, read);
    std::string_view rest(text.constData(), std::size_t(text.size()));
    const auto time = takeLineTime(rest, now);
    std::string when;
    if (time)
        appendTimestamp(when, time->ns);
    QCOMPARE(QByteArray::fromStdString(when), read);
}

QTEST_GUILESS_MAIN(TstPlainLine)
#include "tst_plainline.moc"
