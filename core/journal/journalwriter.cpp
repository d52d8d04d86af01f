// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journalwriter.h"

#include "core/platform/logging.h"

#include <future>

namespace trace {

using namespace Qt::StringLiterals;

namespace {
// A checkpoint copies the log into the file and syncs both; each 16 MiB keeps the log small enough
// for memory and rare enough for speed.
constexpr qint64 checkpointEveryBytes = 16 * 1024 * 1024;
} // namespace

JournalWriter::JournalWriter(const QString &path)
    : m_thread([this, path] { loop(path); })
{
}

JournalWriter::~JournalWriter()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

void JournalWriter::submit(Work work, Done done, qint64 bytes)
{
    {
        std::unique_lock lock(m_mutex);
        if (bytes > 0) {
            m_changed.wait(lock, [&] {
                return m_queuedBytes == 0 || m_queuedBytes + bytes <= maxQueuedBytes;
            });
        }
        m_queuedBytes += bytes;
        m_queue.push_back({std::move(work), std::move(done), bytes, {}});
    }
    m_changed.notify_all();
}

Expected<void> JournalWriter::run(const Work &work)
{
    std::promise<std::optional<Error>> promise;
    submit(work, [&promise](const std::optional<Error> &error) { promise.set_value(error); });
    if (const std::optional<Error> error = promise.get_future().get())
        return tl::make_unexpected(*error);
    return {};
}

Expected<void> JournalWriter::runAlone(const AloneWork &work)
{
    std::promise<std::optional<Error>> promise;
    {
        const std::scoped_lock lock(m_mutex);
        m_queue.push_back(
            {{}, [&promise](const std::optional<Error> &error) { promise.set_value(error); }, 0, work});
    }
    m_changed.notify_all();
    if (const std::optional<Error> error = promise.get_future().get())
        return tl::make_unexpected(*error);
    return {};
}

void JournalWriter::loop(const QString &path)
{
    auto connection = Connection::open(path, Connection::Access::ReadWrite);
    if (connection) {
        // Per connection, unlike the pragmas that the schema keeps.
        for (const QString &pragma : {u"PRAGMA synchronous = FULL"_s, u"PRAGMA cache_size = -8192"_s,
                                      u"PRAGMA wal_autocheckpoint = 0"_s})
            std::ignore = connection->execute(pragma);
    }
    qint64 bytesSinceCheckpoint = 0;
    while (true) {
        std::deque<Piece> group;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
            if (m_queue.empty())
                break;
            group.swap(m_queue);
        }
        qint64 bytes = 0;
        for (const Piece &piece : group)
            bytes += piece.bytes;
        const std::size_t count = group.size();
        if (connection) {
            doGroup(*connection, group);
        } else {
            for (const Piece &piece : group)
                piece.done(connection.error());
        }
        group.clear();
        {
            const std::scoped_lock lock(m_mutex);
            m_queuedBytes -= bytes;
        }
        m_changed.notify_all();
        bytesSinceCheckpoint += bytes;
        qCDebug(logging::journal) << "committed" << count << "changes," << bytes << "bytes of records";
        if (connection && bytesSinceCheckpoint >= checkpointEveryBytes) {
            qCDebug(logging::journal) << "checkpoint after" << bytesSinceCheckpoint << "bytes";
            std::ignore = connection->execute(u"PRAGMA wal_checkpoint(PASSIVE)"_s);
            bytesSinceCheckpoint = 0;
        }
    }
    if (connection)
        std::ignore = connection->execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
}

void JournalWriter::doGroup(Connection &connection, std::deque<Piece> &group)
{
    std::deque<Piece> together;
    for (Piece &piece : group) {
        if (!piece.alone) {
            together.push_back(std::move(piece));
            continue;
        }
        commitGroup(connection, together);
        together.clear();
        const auto done = piece.alone(connection);
        piece.done(done ? std::nullopt : std::optional(done.error()));
    }
    commitGroup(connection, together);
}

void JournalWriter::commitGroup(Connection &connection, std::deque<Piece> &group)
{
    if (group.empty())
        return;
    if (commitAll(connection, group)) {
        for (const Piece &piece : group)
            piece.done(std::nullopt);
        return;
    }
    // One piece spoils the group, or there is no room for all: each alone, in order.
    while (!group.empty()) {
        std::deque<Piece> one;
        one.push_back(std::move(group.front()));
        group.pop_front();
        const auto committed = commitAll(connection, one);
        one.front().done(committed ? std::nullopt : std::optional(committed.error()));
    }
}

Expected<void> JournalWriter::commitAll(Connection &connection, const std::deque<Piece> &group)
{
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    for (const Piece &piece : group) {
        if (auto done = piece.work(*transaction); !done)
            return done;
    }
    return transaction->commit();
}

} // namespace trace
