// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/signals.h"

#include <QTimer>

namespace trace {

class RecordCursor;
class RecordPrinter;

//! Prints what a journal has and what comes into it, until SIGINT, SIGTERM, or nobody reads.
class RecordFollower final : public QObject
{
    Q_OBJECT
public:
    RecordFollower(RecordCursor &cursor, RecordPrinter &lines);

    void start();
    //! After finished(): whether it ended with an error, which was told.
    [[nodiscard]] bool isFailed() const { return m_isFailed; }

Q_SIGNALS:
    void finished();

private:
    void look();
    void end();
    void fail();

    RecordCursor &m_cursor;
    RecordPrinter &m_lines;
    Signals m_signals;
    QTimer m_timer;
    bool m_isFailed = false;
    bool m_hasCaughtUp = false; // with what was there at the start
};

} // namespace trace
