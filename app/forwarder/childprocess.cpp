// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/childprocess.h"

#include <QFileInfo>
#include <QStandardPaths>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Waits until it is written; false when nobody reads it any more.
bool writeAll(int descriptor, const QByteArray &bytes)
{
    qsizetype done = 0;
    while (done < bytes.size()) {
        const ssize_t written =
            ::write(descriptor, bytes.constData() + done, std::size_t(bytes.size() - done));
        if (written >= 0) {
            done += written;
        } else if (errno == EAGAIN) { // our output was made so by another program
            pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace

ChildProcess::ChildProcess()
    : m_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}
{
    std::signal(SIGPIPE, SIG_IGN); // QProcess gives the command the usual handling
    m_process.setInputChannelMode(QProcess::ForwardedInputChannel);
    connect(&m_signals, &Signals::caught, this, &ChildProcess::forward);
    connect(&m_process, &QProcess::started, this,
            [this] { Q_EMIT started(m_process.processId()); });
    connect(&m_process, &QProcess::readyReadStandardOutput, this,
            [this] { pass(Mode::Stdout, QProcess::StandardOutput, STDOUT_FILENO); });
    connect(&m_process, &QProcess::readyReadStandardError, this,
            [this] { pass(Mode::Stderr, QProcess::StandardError, STDERR_FILENO); });
    connect(&m_process, &QProcess::errorOccurred, this, &ChildProcess::fail);
    connect(&m_process, &QProcess::finished, this, &ChildProcess::end);
}

ChildProcess::~ChildProcess()
{
    m_process.disconnect(this);
}

void ChildProcess::start(const QStringList &command)
{
    m_program = command.first();
    m_process.start(m_program, command.mid(1));
}

void ChildProcess::forward(int number, bool fromTerminal)
{
    if (m_isOver) {
        Q_EMIT interrupted();
        return;
    }
    // A key of the terminal reaches the command without us.
    if (!fromTerminal && m_process.processId() > 0)
        ::kill(pid_t(m_process.processId()), number);
}

void ChildProcess::pass(Mode mode, QProcess::ProcessChannel channel, int descriptor)
{
    const QByteArray bytes = channel == QProcess::StandardOutput ? m_process.readAllStandardOutput()
                                                                 : m_process.readAllStandardError();
    if (bytes.isEmpty())
        return;
    // The command is to notice that nobody reads it, as it would without us.
    if (!writeAll(descriptor, bytes))
        m_process.closeReadChannel(channel);
    Q_EMIT printed(mode, bytes);
}

void ChildProcess::fail(QProcess::ProcessError error)
{
    if (error != QProcess::FailedToStart)
        return; // end() follows
    m_isOver = true;
    const bool isThere = m_program.contains(u'/')
                             ? QFileInfo::exists(m_program)
                             : !QStandardPaths::findExecutable(m_program).isEmpty();
    Q_EMIT failedToStart(isThere ? 126 : 127, isThere ? u"it cannot be run"_s : u"not found"_s);
}

void ChildProcess::end(int code, QProcess::ExitStatus status)
{
    pass(Mode::Stdout, QProcess::StandardOutput, STDOUT_FILENO);
    pass(Mode::Stderr, QProcess::StandardError, STDERR_FILENO);
    m_isOver = true;
    Q_EMIT ended(code, status == QProcess::CrashExit);
}

} // namespace trace
