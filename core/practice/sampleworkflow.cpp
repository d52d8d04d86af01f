// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/practice/sampleworkflow.h"

#include <QByteArray>
#include <QRandomGenerator>

#include <algorithm>
#include <array>

namespace trace {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;
constexpr std::int64_t nsPerMinute = 60'000 * nsPerMs;

//! What is told in one record; text with "%" is text, a duration of 0 is none.
struct Line
{
    Level level;
    const char *job;
    std::string message;
    std::string metadata;
    double durationMs = 0;
};

std::string number(qint64 value)
{
    return QByteArray::number(value).toStdString();
}

//! One run: appends records and moves its own clock on.
class Run final
{
public:
    Run(std::vector<Record> &out, std::int64_t time, RunContext context, int process)
        : m_out(out)
        , m_time(time)
        , m_context(std::move(context))
        , m_process(process)
    {
        const QByteArray seed = QByteArray::fromStdString(m_context.runId);
        m_traceId = seed.leftJustified(16, '0', true).toHex().toStdString();
    }

    void enter(const char *stage) { m_context.stageName = stage; }
    void waitMs(std::int64_t ms) { m_time += ms * nsPerMs; }

    Record &add(const Line &line, std::int64_t ms = 180)
    {
        Record record;
        record.timestamp = m_time;
        record.context = m_context;
        record.context.jobName = line.job;
        record.level = line.level;
        record.mode = line.level >= Level::Warning ? Mode::Stderr : Mode::Stdout;
        record.message = line.message;
        record.metadata = line.metadata;
        record.filename = "pipelines/" + m_context.stageName + ".py";
        record.lineno = 40 + std::int64_t(m_out.size() * 7 % 210);
        record.process = m_process;
        record.thread = m_process * 10 + 1;
        record.traceId = m_traceId;
        record.spanId = m_traceId.substr(16);
        if (line.durationMs > 0)
            record.durationMs = line.durationMs;
        m_out.push_back(std::move(record));
        m_time += ms * nsPerMs;
        return m_out.back();
    }

    [[nodiscard]] std::int64_t time() const { return m_time; }

private:
    std::vector<Record> &m_out;
    std::int64_t m_time;
    RunContext m_context;
    int m_process;
    std::string m_traceId;
};

RunContext contextOfRun(const std::string &id, const std::string &parent, const char *workflow,
                        const char *host, std::vector<std::string> tags)
{
    RunContext context;
    context.runId = id;
    context.parentRunId = parent;
    context.workflowName = workflow;
    context.stageName = "setup";
    context.userId = "etl-service";
    context.tenantId = "acme";
    context.environment = "production";
    context.hostname = host;
    context.tags = std::move(tags);
    return context;
}

void addException(Record &record)
{
    record.exceptionType = "ConnectionError";
    record.exceptionMessage = "warehouse.internal:5432: server closed the connection unexpectedly";
    record.errorCode = "WAREHOUSE-08006";
    record.stackTrace = "Traceback (most recent call last):\n"
                        "  File \"pipelines/load.py\", line 118, in load_batch\n"
                        "    cursor.executemany(INSERT_ORDERS, rows)\n"
                        "  File \"warehouse/client.py\", line 64, in executemany\n"
                        "    self._flush(statement, rows)\n"
                        "  File \"warehouse/client.py\", line 91, in _flush\n"
                        "    raise ConnectionError(self._connection.last_error)\n"
                        "ConnectionError: warehouse.internal:5432: server closed the connection "
                        "unexpectedly\n";
}

void extract(Run &run, const char *source, int files)
{
    run.enter("extract");
    run.add({Level::Info, "fetch", std::string("Extracting from ") + source + " ↓", {}});
    run.add({Level::Debug, "fetch", "Opened a connection pool of 4", R"({"pool":4})"});
    for (int i = 0; i < files; ++i) {
        const qint64 rows = 12'034 + 977 * i;
        run.add({Level::Info, "fetch",
                 "Read part-" + number(i) + ".parquet: " + number(rows) + " rows",
                 R"({"rows":)" + number(rows) + R"(,"part":)" + number(i) + '}', 412.5 + 31.25 * i},
                410);
        if (i % 4 == 2)
            run.add({Level::Debug, "fetch", "Cache hit for the schema of part-" + number(i), {}},
                    20);
    }
}

void transform(Run &run, int batches, bool withRejected)
{
    run.enter("transform");
    run.add({Level::Info, "clean", "Transforming " + number(batches) + " batches ⚙️", {}});
    for (int i = 0; i < batches; ++i) {
        const qint64 rows = 4'000 + 13 * i;
        Record &record = run.add(
            {Level::Info, "clean", "Cleaned batch " + number(i),
             R"({"rows":)" + number(rows) + R"(,"dropped":)" + number(i % 3) + '}', 96.4 + 2.5 * i},
            230);
        record.memoryUsageMb = 212.5 + i;
        record.cpuUsagePercent = 61.5 + double(i % 5);
        if (i % 5 == 3)
            run.add({Level::Debug, "clean", "Normalised currency columns: € → EUR", {}}, 15);
    }
    run.add(
        {Level::Warning, "clean", "3 rows have no customer; set to \"unknown\"", R"({"rows":3})"});
    if (withRejected)
        run.add({Level::Warning, "validate",
                 "Row 8841 of part-2 kept as it is: " + std::string(sampleRejectedText) +
                     ", bytes 0x3f 0x3f where a date should stand",
                 R"({"row":8841,"part":2})"});
    run.add({Level::Info, "validate", "Validated: totals agree ✔", R"({"checks":18})", 51.75});
}

void load(Run &run, int batches, bool withTrouble)
{
    run.enter("load");
    run.add({Level::Info, "insert", "Loading into warehouse.orders →", {}});
    for (int i = 0; i < batches; ++i) {
        run.add({Level::Info, "insert", "Inserted batch " + number(i),
                 R"({"rows":)" + number(4'000 + 13 * i) + '}', 140.0 + 4.5 * i},
                260);
        if (!withTrouble || i != batches / 2)
            continue;
        run.add({Level::Warning, "insert", "Slow answer from the warehouse; retry 1 of 3 in 500 ms",
                 R"({"attempt":1,"wait_ms":500})", 5012},
                500);
        addException(run.add({Level::Error, "insert", "Batch " + number(i + 1) + " failed to load",
                              R"({"attempt":2})", 730.5}));
        run.add({Level::Critical, "insert", "Load stopped: the warehouse is not reachable ✘",
                 R"({"lost_connections":4})"},
                900);
        run.add({Level::Info, "insert", "Connection is back; going on with batch " + number(i + 1),
                 R"({"attempt":3})"});
    }
    run.add({Level::Info, "insert", "Committed", R"({"tables":2})", 88.25});
}

void finish(Run &run, double durationMs)
{
    run.enter("summary");
    run.add({Level::Info, "report", "Run finished ★", R"({"status":"succeeded"})", durationMs});
}

void pipelineRun(std::vector<Record> &out, std::int64_t begin, const RunContext &context, int size,
                 bool withTrouble)
{
    Run run(out, begin, context, 4100 + size);
    run.add({Level::Info, "plan", "Run started: " + context.workflowName + " 🚀", {}});
    extract(run, withTrouble ? "s3://orders/2026/" : "postgres://crm/customers", size);
    transform(run, size, withTrouble);
    load(run, size, withTrouble);
    finish(run, double(run.time() - begin) / double(nsPerMs));
}

//! Six hexadecimal digits, so that runs of two calls are told apart.
std::string newSuffix()
{
    const quint32 dice = QRandomGenerator::global()->generate() & 0xffffffU;
    return QByteArray::number(dice, 16).rightJustified(6, '0').toStdString();
}

} // namespace

std::vector<Record> sampleWorkflow(std::int64_t start)
{
    const std::string suffix = newSuffix();
    const std::string nightly = "nightly-" + suffix;
    const std::string report = "report-" + suffix;
    const std::int64_t begin = start - nsPerMinute;
    std::vector<Record> records;

    Run parent(records, begin,
               contextOfRun(nightly, {}, "nightly_etl", "etl-01", {"nightly", "parent"}), 4001);
    parent.add({Level::Info, "plan", "Nightly pipeline started ☾", R"({"children":3})"});
    parent.add({Level::Debug, "plan", "Configuration read from pipelines/nightly.toml", {}});
    struct Child
    {
        const char *name;
        const char *workflow;
        const char *host;
        int size;
        std::int64_t afterMs;
        bool withTrouble;
    };
    constexpr std::array children{Child{"orders", "orders_etl", "etl-01", 16, 1'000, true},
                                  Child{"customers", "orders_etl", "etl-02", 8, 4'000, false},
                                  Child{"returns", "orders_etl", "etl-02", 6, 12'000, false}};
    for (const Child &child : children)
        pipelineRun(records, begin + child.afterMs * nsPerMs,
                    contextOfRun(std::string(child.name) + '-' + suffix, nightly, child.workflow,
                                 child.host, {"nightly", child.name}),
                    child.size, child.withTrouble);
    Run summary(records, begin + 40'000 * nsPerMs,
                contextOfRun(report, {}, "daily_report", "report-01", {"report"}), 5001);
    summary.add({Level::Info, "render", "Rendering the daily report ▲", R"({"pages":12})", 1850.5});
    pipelineRun(
        records, begin + 42'000 * nsPerMs,
        contextOfRun("charts-" + suffix, report, "daily_report", "report-01", {"report", "charts"}),
        5, false);
    Run end(records, begin + 58'000 * nsPerMs,
            contextOfRun(nightly, {}, "nightly_etl", "etl-01", {"nightly", "parent"}), 4001);
    finish(end, 58'000);

    std::stable_sort(records.begin(), records.end(),
                     [](const Record &a, const Record &b) { return a.timestamp < b.timestamp; });
    return records;
}

} // namespace trace
