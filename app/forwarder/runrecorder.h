// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/recordmasker.h"
#include "core/record/recordblock.h"
#include "core/record/recordlines.h"

#include <QElapsedTimer>
#include <QString>
#include <QTimer>

#include <functional>
#include <string_view>

namespace trace {

//! Makes records of what a command prints (recordlines.h), all of one run, between a first one that
//! tells of its start and a last one that tells how it ended.
class RunRecorder final
{
public:
    using Sink = std::function<void(RecordBlock)>;

    //! \a stderrLevel is that of plain lines of standard error that say none. \a sink gets the records soon after
    //! they were taken, with what \a redaction hides replaced.
    RunRecorder(RunContext context, Level stderrLevel, std::shared_ptr<const Redaction> redaction,
                Sink sink);

    //! Only the name of the program is kept: its arguments may hold secrets.
    void started(const QString &program, qint64 process);
    void notStarted(const QString &program, const QString &why);
    //! Bytes of a stream; a line counts when it is complete.
    void take(Mode mode, std::string_view bytes);
    //! \a status is an exit code, or the number of a signal.
    void ended(int status, bool bySignal);

private:
    void add(Record record);
    void flush();
    [[nodiscard]] Record own(const std::string &message) const;
    [[nodiscard]] Record ofStream(Mode mode, const RecordView &read) const;
    [[nodiscard]] RecordLines linesOf(Mode mode, Level level);

    const RunContext m_context;
    const Sink m_sink;
    RecordMasker m_masker;
    RecordBlockBuilder m_builder;
    RecordLines m_stdout;
    RecordLines m_stderr;
    qint64 m_process = 0;
    QElapsedTimer m_clock;
    QTimer m_soon;
};

} // namespace trace
