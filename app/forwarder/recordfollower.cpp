// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/recordfollower.h"

#include "app/forwarder/commandline.h"
#include "app/forwarder/output.h"
#include "app/forwarder/recordcursor.h"
#include "app/forwarder/recordprinter.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace trace {

namespace {

// The journal is asked so often: whoever holds it owes us no word, and may be no process of ours.
constexpr std::chrono::milliseconds interval{200};
// Told to end while somebody has the pipe full and does not read.
constexpr std::chrono::seconds patience{1};

} // namespace

RecordFollower::RecordFollower(RecordCursor &cursor, RecordPrinter &lines)
    : m_cursor(cursor)
    , m_lines(lines)
    , m_signals({SIGINT, SIGTERM})
{
    std::signal(SIGPIPE, SIG_IGN); // that nobody reads any more is an end like another
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    m_signals.endUnheard(patience, ExitDelivered);
    connect(&m_signals, &Signals::caught, this, &RecordFollower::end);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &RecordFollower::look);
}

void RecordFollower::start()
{
    m_timer.start(0);
}

void RecordFollower::look()
{
    if (RecordPrinter::isClosed())
        return end();
    const auto read = m_cursor.readOn([this](const RecordView &record) { m_lines.add(record); });
    if (!read) {
        printError(read.error());
        return fail();
    }
    const bool catchesUp = !*read && !m_hasCaughtUp;
    m_hasCaughtUp = m_hasCaughtUp || !*read;
    errno = 0;
    if (!(catchesUp ? m_lines.printNewest() : m_lines.print())) {
        if (errno != EPIPE)
            return fail();
        std::clearerr(stdout); // nothing was lost that somebody wanted
        return end();
    }
    m_timer.start(*read ? std::chrono::milliseconds(0) : interval);
}

void RecordFollower::end()
{
    m_timer.stop();
    Q_EMIT finished();
}

void RecordFollower::fail()
{
    m_isFailed = true;
    end();
}

} // namespace trace
