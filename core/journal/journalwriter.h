// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalcondition.h"
#include "core/journal/journallimits.h"
#include "core/journal/journaltail.h"
#include "core/journal/retention.h"
#include "core/platform/reservefile.h"

#include <QFileInfo>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace trace {

//! The thread that owns the journal's writing connection. Takes pieces of work from any thread,
//! does all that are waiting in one transaction (group commit), then tells each of them how it
//! went. Between commits it keeps the journal within its limits.
//!
//! What appends waits in memory, in order, while there is no room for it in the journal or on the
//! disk; the rest goes on meanwhile. When the disk is full a reserve is released for that rest.
class JournalWriter final
{
public:
    //! Runs inside a transaction, perhaps twice: when the group fails, each piece is tried alone.
    using Work = std::function<Expected<void>(Transaction &)>;
    //! Called once on the writer's thread, after the commit; with the reason when it failed.
    using Done = std::function<void(const std::optional<Error> &)>;

    //! Called on the writer's thread.
    struct Listeners
    {
        Retention::Listeners retention{};
        std::function<void(const JournalCondition &)> condition;
    };

    //! Work of so many bytes waits in memory before append() blocks.
    static constexpr qint64 maxQueuedBytes = 8 * 1024 * 1024;

    //! The reserve file that belongs to a journal file.
    [[nodiscard]] static QString reserveOf(const QString &path)
    {
        return QFileInfo(path).path() + QStringLiteral("/journal.reserve");
    }

    //! The connection to the file \a path is made here; the thread starts at once.
    JournalWriter(const QString &path, JournalLimits limits, Listeners listeners);
    //! Does what is queued, as far as there is room, checkpoints, and ends the thread.
    ~JournalWriter();
    Q_DISABLE_COPY_MOVE(JournalWriter)

    //! Queues a piece of work that appends \a bytes. Waits while too many bytes are queued.
    void append(Work work, Done done, qint64 bytes);
    //! Queues a piece of work that appends nothing.
    void submit(Work work, Done done);

    //! Queues a piece of work and waits for it. Not on the writer's thread.
    [[nodiscard]] Expected<void> run(const Work &work);
    //! Likewise work that makes its own transactions, such as a VACUUM.
    using AloneWork = std::function<Expected<void>(Connection &)>;
    [[nodiscard]] Expected<void> runAlone(const AloneWork &work);
    //! Waits until all that was queued before is done, also what waits for room.
    void sync();

    //! Begins to keep the limits; else the first append does.
    void startRetention();
    //! The last GiveUp was followed.
    void giveUpAnswered();
    //! From now on nothing waits for room any more: it is done at once or fails.
    void stopWaiting();
    //! From now on append() waits so long, then refuses its work, and all that comes until there is
    //! room again.
    void setPatience(std::chrono::milliseconds patience);
    //! From now on work that has waited so long for room is refused and never done.
    void setLongestHold(std::chrono::milliseconds longest);

private:
    struct Piece
    {
        Work work;
        Done done;
        qint64 bytes = 0;
        bool appends = false;
        AloneWork alone{};                             // instead of work
        bool isOrder = false; // somebody waits for it; it may accept something, too
        std::chrono::steady_clock::time_point since{}; // of what appends: it was queued
    };

    void queue(Piece piece);
    void loop(const QString &path);
    void refuseAll(const Error &error);
    [[nodiscard]] std::deque<Piece> take(Retention &retention, std::chrono::milliseconds pause);
    [[nodiscard]] bool isRunnable() const;
    void doGroup(Connection &connection, Retention &retention, std::deque<Piece> group);
    void commitGroup(Connection &connection, Retention &retention, std::deque<Piece> group);
    [[nodiscard]] Expected<void> commitAll(Connection &connection, const std::deque<Piece> &group);
    void answer(const Piece &piece, const std::optional<Error> &error);
    void putBack(std::deque<Piece> pieces);
    [[nodiscard]] bool isOverdue(const Piece &piece) const;
    void refuseOverdue();
    void diskIsFull(const Error &error);
    void tryDiskAgain(Retention &retention);
    [[nodiscard]] bool canGoOn(const Retention &retention) const;
    void tellCondition(const Retention &retention);

    JournalLimits m_limits;
    Listeners m_listeners;
    ReserveFile m_reserve;

    std::mutex m_mutex; // guards the following
    std::deque<Piece> m_queue;
    qint64 m_queuedBytes = 0;                            // queued and in the group under way
    std::size_t m_submitted = 0;                         // pieces in the queue that append nothing
    bool m_isAwake = false;                              // retention has begun
    bool m_isAnswered = false;                           // the last GiveUp
    bool m_isImpatient = false;                          // nothing waits for room
    std::optional<std::chrono::milliseconds> m_patience; // of append(); nothing: without end
    bool m_isOverfull = false;                           // it has waited so long in vain
    std::optional<std::chrono::milliseconds> m_longestHold; // nothing: without end
    bool m_stopping = false;
    std::condition_variable m_changed;

    // Of the writer's thread.
    JournalTail m_tail;
    bool m_holdsAppends = false;
    qint64 m_wanted = 0;         // bytes that the first one held needs
    std::deque<Piece> m_overdue; // held for too long
    std::optional<Error> m_gone; // the journal's file, or its log
    std::optional<Error> m_diskFull;
    bool m_triesAppends = false; // although the disk was full just now
    std::chrono::steady_clock::time_point m_nextDiskTry{};
    JournalCondition m_told{};

    std::thread m_thread; // last: runs as soon as it is made
};

} // namespace trace
