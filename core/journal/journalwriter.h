// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace trace {

//! The thread that owns the journal's writing connection. Takes pieces of work from any thread,
//! does all that are waiting in one transaction (group commit), then tells each of them how it went.
class JournalWriter final
{
public:
    //! Runs inside a transaction, perhaps twice: when the group fails, each piece is tried alone.
    using Work = std::function<Expected<void>(Transaction &)>;
    //! Runs once, outside of any transaction.
    using AloneWork = std::function<Expected<void>(Connection &)>;
    //! Called once on the writer's thread, after the commit; with the reason when it failed.
    using Done = std::function<void(const std::optional<Error> &)>;

    //! Work of so many bytes waits in memory before submit() blocks.
    static constexpr qint64 maxQueuedBytes = 8 * 1024 * 1024;

    //! The connection is handed over; the thread starts at once.
    explicit JournalWriter(const QString &path);
    //! Does what is queued, checkpoints, and ends the thread.
    ~JournalWriter();
    Q_DISABLE_COPY_MOVE(JournalWriter)

    //! Queues a piece of work that holds \a bytes. Waits while too many bytes are queued, except
    //! for work of no bytes.
    void submit(Work work, Done done, qint64 bytes = 0);

    //! Queues a piece of work and waits for it. Not on the writer's thread.
    [[nodiscard]] Expected<void> run(const Work &work);

    //! Likewise for work that makes its own transactions; what was queued before is committed
    //! first.
    [[nodiscard]] Expected<void> runAlone(const AloneWork &work);

private:
    struct Piece
    {
        Work work;
        Done done;
        qint64 bytes = 0;
        AloneWork alone = {}; // instead of work
    };

    void loop(const QString &path);
    void doGroup(Connection &connection, std::deque<Piece> &group);
    void commitGroup(Connection &connection, std::deque<Piece> &group);
    Expected<void> commitAll(Connection &connection, const std::deque<Piece> &group);

    std::mutex m_mutex; // guards the four below
    std::deque<Piece> m_queue;
    qint64 m_queuedBytes = 0; // queued and in the group under way
    bool m_stopping = false;
    std::condition_variable m_changed;

    std::thread m_thread; // last: runs as soon as it is made
};

} // namespace trace
