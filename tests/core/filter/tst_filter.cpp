// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/filter/filter.h"
#include "core/record/timestamp.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::int64_t timeOf(const char *text)
{
    return timestampFromText(text).value();
}

// 2024-05-01 is a Wednesday; the record is of its noon.
Record sample()
{
    Record record;
    record.timestamp = timeOf("2024-05-01T12:00:30.5Z");
    record.level = Level::Warning;
    record.mode = Mode::Stderr;
    record.message = "Disk FULL on /var/log: retry 3, see https://api.example.com:443/x";
    record.context.runId = "20240501120030500000T1354680202";
    record.context.parentRunId = "parent-1";
    record.context.workflowName = "etl-daily";
    record.context.stageName = "validate";
    record.context.jobName = "Load Orders";
    record.context.hostname = "node-7";
    record.context.environment = "Größe";
    record.context.tags = {"team:data", "nightly"};
    record.filename = "src/load/orders.py";
    record.lineno = 42;
    record.process = 4711;
    record.durationMs = 1500;
    record.memoryUsageMb = 512;
    record.cpuUsagePercent = 80.5;
    record.traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    record.exceptionType = "ValueError";
    record.stackTrace = "Traceback\n  File \"orders.py\", line 42";
    record.errorCode = "E-1042";
    // No raw strings: moc loses its way in them.
    record.metadata =
        "{\"rows\":1200,\"logger\":\"app.db\",\"note\":\"a \\\"b\\\" \u00e9\",\"ok\":true,"
        "\"nested\":{\"deep\":{\"n\":-2.5}},\"a.b\":\"dotted\",\"none\":null,"
        "\"size\":\"77\"}";
    return record;
}

FilterOptions testOptions()
{
    FilterOptions options;
    options.now = timeOf("2024-05-01T12:10:00Z");
    return options;
}

} // namespace

class TestFilter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matchesARecord_data();
    void matchesARecord();
    void refusesABareRecord_data();
    void refusesABareRecord();
    void skipsBlocks_data();
    void skipsBlocks();
    void movesWithTheClock();
    void understandsTheZone();
    void knowsWhetherItReadsText();
    void searchesQuickly();
};

void TestFilter::matchesARecord_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isMatch");
    const auto yes = [](const char *text) {
        QTest::newRow(text) << QString::fromUtf8(text) << true;
    };
    const auto no = [](const char *text) {
        QTest::newRow(text) << QString::fromUtf8(text) << false;
    };
    // Text.
    yes("");
    yes("   ");
    yes("disk");
    yes("disk full");
    yes("\"disk full\"");
    no("\"full disk\"");
    yes("valueerror");
    yes("traceback");
    no("etl-daily");
    yes("dis*");
    no("d*k");
    yes("https://api.example.com:443/x");
    yes("/var/log");
    yes("\"line 42\"");
    yes("\"File \\\"orders.py\\\"\"");
    // Joining.
    no("disk empty");
    yes("disk OR empty");
    yes("disk || empty");
    no("disk AND empty");
    no("disk && empty");
    yes("empty OR disk full");
    no("disk empty OR nothing");
    yes("(empty OR disk) full");
    no("disk and full"); // a word of its own
    yes("-empty");
    no("-disk");
    yes("!empty");
    yes("NOT empty");
    no("NOT (disk OR empty)");
    yes("-(empty nothing)");
    yes("--disk");
    yes("disk -job:x stage:validate");
    // Levels.
    yes("level:warning");
    yes("level:WARN");
    yes("lvl:w");
    no("level:error");
    yes("level>=warning");
    yes("level:info+");
    yes("level:warn+");
    no("level:err+");
    yes("level<error");
    no("level<warning");
    yes("level<=warning");
    no("level>warning");
    yes("level:(error,warning)");
    yes("level:(error|warning)");
    yes("level:(error OR warning)");
    yes("level:info..error");
    no("level:error..");
    yes("level:..warning");
    yes("level!=error");
    no("level!=warning");
    yes("level:w*");
    yes("level~^(warn|err)");
    // Names.
    yes("workflow:ETL-daily");
    yes("wf:etl-*");
    yes("workflow_name:*-daily");
    no("workflow:etl");
    yes("workflow=etl-daily");
    no("workflow=ETL-daily");
    no("workflow=etl-*");
    yes("workflow!=ETL-daily");
    no("user!=x"); // not set
    yes("-user:x");
    yes("job:\"load orders\"");
    no("job:\"load*\"");
    yes("job:load?orders");
    yes("-stage:(load|cleanup)");
    yes("env:größe");
    yes("env:GRÖSSE OR env:GRÖßE");
    yes("env:GRÖ*");
    yes("tag:team:data");
    yes("tag:(a nightly)");
    no("tag:team");
    no("-tag:nightly");
    yes("-tag:weekly");
    yes("run:20240501120030500000T1354680202");
    yes("run:202405");
    no("run:20240");
    yes("run:202405011200680202");
    yes("run:*0202");
    yes("trace:4BF92F3577");
    no("span:4bf92f");
    yes("mode:stderr");
    no("mode:stdout");
    yes("host:node-7 parent:parent-1");
    // Parts of texts, and regular expressions.
    yes("msg:\"on /var\"");
    yes("msg:ret*y");
    yes("exc:traceback");
    yes("exception_type:valueerror");
    yes("file:orders.py");
    yes("file:/load/.*\\.py$/");
    no("file:/LOAD/");
    yes("file:/LOAD/i");
    yes("error:1042");
    yes("/retry \\d+/");
    no("/RETRY/");
    yes("/RETRY/i");
    yes("/r e t r y/x");
    yes("msg~\"retry \\d\"");
    yes("msg~^Disk");
    no("msg~^disk");
    yes("stack~/Traceback.*line/s");
    no("stack~/Traceback.*line/");
    yes("stage~^val -stage~^x");
    // Numbers.
    yes("line:42");
    no("line:43");
    yes("line!=43");
    yes("line>=42 line<43");
    yes("line:(1 42)");
    yes("line:40..50");
    yes("pid:4711");
    no("thread:1");
    no("thread!=1");
    yes("dur:1500");
    yes("dur>1s");
    yes("dur:1s..2s");
    yes("dur:1s500ms");
    no("dur>=1m30s");
    yes("dur:..2s -dur:2s..");
    yes("mem>500MB");
    yes("mem<1GiB");
    no("mem>1GB");
    yes("cpu>80%");
    no("cpu>80.5");
    // Metadata.
    yes("meta.rows>1000");
    no("meta.rows>1200");
    yes("meta.rows:1200");
    yes("meta.rows:1200.0");
    yes("meta.rows:1..2000");
    yes("metadata.rows:12*");
    yes("meta.ok:true");
    yes("meta.nested.deep.n<0");
    yes("meta.a.b:dotted");
    yes("meta.note:\"A \\\"b\\\" é\"");
    yes("meta.note~é$");
    no("meta.none:null");
    yes("-meta.none:null");
    no("meta.missing!=x");
    yes("meta.size>=77");
    yes("logger:app.db");
    // Presence.
    yes("has:trace");
    no("has:span");
    yes("-has:span");
    yes("has:exc has:dur has:tag has:meta has:meta.rows has:logger");
    no("has:meta.none");
    no("has:user");
    // Times.
    yes("time:2024-05-01");
    no("time:2024-05-02");
    yes("time>=2024-05-01T12:00");
    yes("time:2024-05-01T12:00");
    no("time>2024-05-01T12:00");
    yes("time>2024-05-01T11:59");
    yes("time<=2024-05-01T12:00:30");
    no("time<2024-05-01T12:00:30");
    yes("time:2024-05-01T12:00:30.5");
    yes("time:2024-05-01T14:00+02:00");
    yes("time:2024-05-01T12:00Z..");
    yes("time:2024-04-30..2024-05-01");
    yes("time>=1714564830 time<1714564831");
    no("time!=2024-05-01");
    yes("since:15m");
    no("since:5m");
    yes("until:5m");
    no("until:15m");
    yes("since:1h until:5m");
    yes("time>now-15m");
    no("time>now-1m");
    yes("time:today");
    no("time:yesterday");
    yes("since:today+11h");
    yes("since:2024-05-01");
    yes("until:2024-05-01");
    // All together.
    yes("level>=warning run:202405* stage:validate \"disk\" -job:x /retry/");
}

void TestFilter::matchesARecord()
{
    QFETCH(QString, text);
    const auto filter = Filter::parse(text, testOptions());
    QVERIFY2(filter, filter ? "" : qPrintable(filter.error().message()));
    const Record record = sample();
    QTEST(filter->matches(viewOf(record)), "isMatch");
    QCOMPARE(filter->text(), text);
    QCOMPARE(Filter::problemIn(text, testOptions()), std::optional<FilterProblem>());
    const Filter copy = *filter;
    QCOMPARE(copy.matches(viewOf(record)), filter->matches(viewOf(record)));
}

void TestFilter::refusesABareRecord_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"run:x", "run!=x", "tag:x", "dur<5", "dur!=5", "meta.a!=1", "meta.a<1",
                             "has:msg", "mode:stdout", "file~.", "msg!=x", "host:*"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

// One without context, text and numbers.
void TestFilter::refusesABareRecord()
{
    QFETCH(QString, text);
    const auto filter = Filter::parse(text);
    QVERIFY(filter);
    QVERIFY(!filter->matches(RecordView()));
    QVERIFY(Filter::parse(u"-(%1)"_s.arg(text))->matches(RecordView()));
}

void TestFilter::skipsBlocks_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("mayMatch");
    // The block has info and warning of May 1st, 10 to 11 o'clock.
    const auto row = [](const char *text, bool mayMatch) {
        QTest::newRow(text) << QString::fromUtf8(text) << mayMatch;
    };
    row("", true);
    row("anything", true);
    row("level:warning", true);
    row("level>=error", false);
    row("level>=error OR x", true);
    row("level>=error x", false);
    row("-level:(info,warning)", false);
    row("-level:info", true);
    row("-level:(info OR warning)", false);
    row("NOT (level:debug+ x)", true);
    row("time:2024-05-01T10:30", true);
    row("time<2024-05-01", false);
    row("time>2024-05-01T11:30", false);
    row("-time:2024-05-01", false);
    row("-time:2024-05-01T10", true);
    row("-x", true);
    row("--level:error", false);
}

void TestFilter::skipsBlocks()
{
    QFETCH(QString, text);
    if (text.endsWith(u"T10"))
        text += u":00";
    const auto filter = Filter::parse(text, testOptions());
    QVERIFY2(filter, filter ? "" : qPrintable(filter.error().message()));
    QTEST(filter->mayMatch(0b110, timeOf("2024-05-01T10:00:00Z"), timeOf("2024-05-01T11:00:00Z")),
          "mayMatch");
}

void TestFilter::movesWithTheClock()
{
    const Record record = sample();
    const auto filter = Filter::parse(u"since:15m", testOptions());
    QVERIFY(filter && filter->isRelative());
    QVERIFY(filter->matches(viewOf(record)));
    const Filter later = filter->at(timeOf("2024-05-01T13:00:00Z"));
    QVERIFY(!later.matches(viewOf(record)));
    QVERIFY(filter->matches(viewOf(record)));
    QVERIFY(!Filter::parse(u"time:2024-05-01 15m")->isRelative());
}

void TestFilter::understandsTheZone()
{
    FilterOptions options = testOptions();
    options.zone = QTimeZone(2 * 3600);
    const Record record = sample();
    QVERIFY(Filter::parse(u"time:2024-05-01T14:00", options)->matches(viewOf(record)));
    QVERIFY(!Filter::parse(u"time:2024-05-01T12:00", options)->matches(viewOf(record)));
    QVERIFY(Filter::parse(u"time:2024-05-01T12:00Z", options)->matches(viewOf(record)));
    options.isSmartCase = true;
    QVERIFY(Filter::parse(u"Disk", options)->matches(viewOf(record)));
    QVERIFY(!Filter::parse(u"DISK", options)->matches(viewOf(record)));
    QVERIFY(Filter::parse(u"disk", options)->matches(viewOf(record)));
}

void TestFilter::knowsWhetherItReadsText()
{
    for (const QString &text : {u"disk"_s, u"msg:x"_s, u"exc:x"_s, u"level:info -(run:a /x/)"_s})
        QVERIFY2(Filter::parse(text)->readsText(), qPrintable(text));
    for (const QString &text : {u""_s, u"level:info run:a meta.x:1 since:5m file:x has:span"_s})
        QVERIFY2(!Filter::parse(text)->readsText(), qPrintable(text));
    QVERIFY(Filter().isEmpty() && Filter::parse(u"  ")->isEmpty());
    QVERIFY(!Filter::parse(u"a")->isEmpty());
    QVERIFY(Filter() == *Filter::parse(u""));
}

void TestFilter::searchesQuickly()
{
    std::vector<Record> records(1000, sample());
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const auto filter = Filter::parse(u"level>=info \"no such thing\"");
    qint64 matched = 0;
    QBENCHMARK
    {
        for (const RecordView &view : views)
            matched += filter->matches(view);
    }
    QCOMPARE(matched, 0);
}

QTEST_GUILESS_MAIN(TestFilter)
#include "tst_filter.moc"
