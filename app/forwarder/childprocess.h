// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/signals.h"
#include "core/record/record.h"

#include <QProcess>

namespace trace {

//! A command whose output passes through unchanged and at once, that reads our standard input and
//! gets our signals.
class ChildProcess final : public QObject
{
    Q_OBJECT
public:
    ChildProcess();
    ~ChildProcess() override;

    //! Once; one of failedToStart() and ended() follows, later.
    void start(const QStringList &command);

Q_SIGNALS:
    void started(qint64 process);
    void printed(trace::Mode mode, const QByteArray &bytes);
    //! \a status is the shell's: 127 for not found, 126 for what cannot be run.
    void failedToStart(int status, const QString &why);
    //! \a status is an exit code, or the number of a signal.
    void ended(int status, bool bySignal);
    //! We were asked to end although the command has ended.
    void interrupted();

private:
    void forward(int number, bool fromTerminal);
    void pass(Mode mode, QProcess::ProcessChannel channel, int descriptor);
    void fail(QProcess::ProcessError error);
    void end(int code, QProcess::ExitStatus status);

    Signals m_signals;
    QProcess m_process;
    QString m_program;
    bool m_isOver = false;
};

} // namespace trace
