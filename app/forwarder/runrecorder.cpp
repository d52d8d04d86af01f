// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/runrecorder.h"

#include "app/forwarder/contextfiller.h"
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

} // namespace

RunRecorder::RunRecorder(RunContext context, Level stderrLevel,
                         std::shared_ptr<const Redaction> redaction, Sink sink)
    : m_context(std::move(context))
    , m_sink(std::move(sink))
    , m_masker(std::move(redaction))
    , m_stdout(linesOf(Mode::Stdout, Level::Info))
    , m_stderr(linesOf(Mode::Stderr, stderrLevel))
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
    (mode == Mode::Stdout ? m_stdout : m_stderr).take(bytes);
    if (!m_soon.isActive())
        m_soon.start();
}

void RunRecorder::ended(int status, bool bySignal)
{
    m_stdout.finish();
    m_stderr.finish();
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

RecordLines RunRecorder::linesOf(Mode mode, Level level)
{
    return RecordLines([this, mode](const RecordView &read) { add(ofStream(mode, read)); }, level,
                       maxLineBytes);
}

Record RunRecorder::ofStream(Mode mode, const RecordView &read) const
{
    Record record = toRecord(read);
    if (record.mode == Mode::None)
        record.mode = mode;
    if (!record.process && m_process > 0)
        record.process = m_process;
    record.context = filledContext(std::move(record.context), m_context);
    return record;
}

void RunRecorder::add(Record record)
{
    m_builder.append(m_masker.apply(viewOf(record)));
    if (m_builder.isFull())
        m_sink(m_builder.finish());
    else if (!m_soon.isActive())
        m_soon.start();
}

void RunRecorder::flush()
{
    m_stdout.pause();
    m_stderr.pause();
    m_soon.stop();
    if (!m_builder.isEmpty())
        m_sink(m_builder.finish());
}

} // namespace trace
