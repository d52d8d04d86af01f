// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/runrecorder.h"

#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// A line that never ends is cut into several records rather than held in memory.
constexpr std::size_t maxLineBytes = 1024 * 1024;
// Lines wait so long for others: each block costs the disk a write.
constexpr std::chrono::milliseconds flushAfter{200};

std::string jsonObject(std::string_view key, std::string_view value)
{
    std::string json = "{\"" + std::string(key) + "\":";
    appendJsonString(json, value);
    return json + '}';
}

void fillIn(RunContext &context, const RunContext &run)
{
    if (!context.runId.empty() && context.runId != run.runId && context.parentRunId.empty())
        context.parentRunId = run.runId; // a run of its own inside of ours
    for (const auto &[name, member] : contextFields) {
        if ((context.*member).empty() && member != &RunContext::parentRunId)
            context.*member = run.*member;
    }
    if (context.runId == run.runId && context.parentRunId.empty())
        context.parentRunId = run.parentRunId;
    if (context.tags.empty())
        context.tags = run.tags;
}

} // namespace

RunRecorder::RunRecorder(RunContext context, Level stderrLevel,
                         std::shared_ptr<const Redaction> redaction, Sink sink)
    : m_context(std::move(context))
    , m_stderrLevel(stderrLevel)
    , m_sink(std::move(sink))
    , m_masker(std::move(redaction))
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(flushAfter);
    m_soon.callOnTimeout([this] { flush(); });
    m_clock.start();
}

void RunRecorder::started(const QString &program, qint64 process)
{
    m_process = process;
    m_clock.restart();
    Record record = own("run started");
    record.metadata = jsonObject("command", program.toStdString());
    add(std::move(record));
}

void RunRecorder::notStarted(const QString &program, const QString &why)
{
    Record record = own("run could not start: " + why.toStdString());
    record.level = Level::Error;
    record.metadata = jsonObject("command", program.toStdString());
    add(std::move(record));
    flush();
}

void RunRecorder::take(Mode mode, std::string_view bytes)
{
    std::string &rest = m_streams[mode == Mode::Stdout ? 0 : 1].rest;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        rest.append(bytes.substr(0, end));
        if (end == std::string_view::npos && rest.size() <= maxLineBytes)
            return;
        addLine(mode, rest);
        rest.clear();
        if (end == std::string_view::npos)
            return;
        bytes.remove_prefix(end + 1);
    }
}

void RunRecorder::ended(int status, bool bySignal)
{
    for (Stream &stream : m_streams) {
        if (!stream.rest.empty())
            addLine(stream.mode, stream.rest);
        stream.rest.clear();
    }
    const std::string number = std::to_string(status);
    Record record =
        own(bySignal ? "run ended by signal " + number : "run ended with exit code " + number);
    record.level = status == 0 ? Level::Info : Level::Error;
    record.durationMs = double(m_clock.nsecsElapsed()) / 1e6;
    record.metadata = (bySignal ? "{\"signal\":" : "{\"exit_code\":") + number + '}';
    add(std::move(record));
    flush();
}

Record RunRecorder::own(const std::string &message) const
{
    Record record;
    record.timestamp = nowNs();
    record.message = message;
    record.context = m_context;
    if (m_process > 0)
        record.process = m_process;
    return record;
}

Record RunRecorder::recordOf(Mode mode, std::string_view line)
{
    const std::size_t begin = line.find_first_not_of(" \t");
    const bool looksLikeJson = begin != std::string_view::npos && line[begin] == '{';
    const std::uint64_t notJson = m_reader.problems().notJson;
    Record record = toRecord(m_reader.readLine(line, nowNs()));
    if (!looksLikeJson || m_reader.problems().notJson != notJson)
        record.level = mode == Mode::Stderr ? m_stderrLevel : Level::Info;
    if (record.mode == Mode::None)
        record.mode = mode;
    if (!record.process && m_process > 0)
        record.process = m_process;
    fillIn(record.context, m_context);
    return record;
}

void RunRecorder::addLine(Mode mode, std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (!line.empty())
        add(recordOf(mode, line));
}

void RunRecorder::add(Record record)
{
    m_builder.append(m_masker.apply(viewOf(record)));
    if (m_builder.isFull())
        flush();
    else if (!m_soon.isActive())
        m_soon.start();
}

void RunRecorder::flush()
{
    m_soon.stop();
    if (!m_builder.isEmpty())
        m_sink(m_builder.finish());
}

} // namespace trace
