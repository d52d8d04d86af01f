// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journalwriter.h"

#include "core/journal/openfiles.h"
#include "core/platform/logging.h"

#include <algorithm>
#include <future>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto diskInterval = 500ms;

} // namespace

JournalWriter::JournalWriter(const QString &path, JournalLimits limits, Listeners listeners)
    : m_limits(std::move(limits))
    , m_listeners(std::move(listeners))
    , m_reserve(reserveOf(path), m_limits.reserveBytes)
    , m_tail(path)
    , m_thread([this, path] { loop(path); })
{}

JournalWriter::~JournalWriter()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
        m_isImpatient = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

void JournalWriter::append(Work work, Done done, qint64 bytes)
{
    {
        std::unique_lock lock(m_mutex);
        const auto hasRoom = [&] {
            return m_queuedBytes == 0 || m_queuedBytes + bytes <= maxQueuedBytes || m_isImpatient;
        };
        if (m_patience)
            m_isOverfull = !m_changed.wait_for(lock, m_isOverfull ? 0ms : *m_patience, hasRoom);
        else
            m_changed.wait(lock, hasRoom);
        m_isAwake = true;
        if (m_isOverfull) {
            lock.unlock();
            done(Error{u"the journal takes nothing, and %1 MiB wait for it in memory"_s.arg(
                           maxQueuedBytes / 1024 / 1024),
                       u"Free some disk space: what waits is written then."_s});
            return;
        }
    }
    queue({.work = std::move(work),
           .done = std::move(done),
           .bytes = bytes,
           .appends = true,
           .since = std::chrono::steady_clock::now()});
}

void JournalWriter::submit(Work work, Done done)
{
    queue({.work = std::move(work), .done = std::move(done)});
}

void JournalWriter::queue(Piece piece)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_queuedBytes += piece.bytes;
        m_submitted += piece.appends ? 0 : 1;
        m_queue.push_back(std::move(piece));
    }
    m_changed.notify_all();
}

Expected<void> JournalWriter::run(const Work &work)
{
    std::promise<std::optional<Error>> promise;
    queue({.work = work,
           .done = [&promise](const std::optional<Error> &error) { promise.set_value(error); },
           .isOrder = true});
    if (const std::optional<Error> error = promise.get_future().get())
        return tl::make_unexpected(*error);
    return {};
}

Expected<void> JournalWriter::runAlone(const AloneWork &work)
{
    std::promise<std::optional<Error>> promise;
    queue({.work = {},
           .done = [&promise](const std::optional<Error> &error) { promise.set_value(error); },
           .alone = work});
    if (const std::optional<Error> error = promise.get_future().get())
        return tl::make_unexpected(*error);
    return {};
}

void JournalWriter::sync()
{
    std::promise<void> promise;
    queue({.work = [](Transaction &) { return Expected<void>(); },
           .done = [&promise](const std::optional<Error> &) { promise.set_value(); },
           .appends = true});
    promise.get_future().wait();
}

void JournalWriter::startRetention()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isAwake = true;
    }
    submit([](Transaction &) { return Expected<void>(); }, [](const std::optional<Error> &) {});
}

void JournalWriter::giveUpAnswered()
{
    // Behind the settlements that answer it.
    submit([](Transaction &) { return Expected<void>(); },
           [this](const std::optional<Error> &) {
               const std::scoped_lock lock(m_mutex);
               m_isAnswered = true;
           });
}

void JournalWriter::setPatience(std::chrono::milliseconds patience)
{
    const std::scoped_lock lock(m_mutex);
    m_patience = patience;
}

void JournalWriter::setLongestHold(std::chrono::milliseconds longest)
{
    const std::scoped_lock lock(m_mutex);
    m_longestHold = longest;
}

void JournalWriter::stopWaiting()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isImpatient = true;
    }
    m_changed.notify_all();
}

void JournalWriter::loop(const QString &path)
{
    auto connection = Connection::open(path, Connection::Access::ReadWrite);
    if (!connection) {
        refuseAll(connection.error());
        return;
    }
    OpenFiles files(path);
    // Per connection, unlike the pragmas that the schema keeps.
    // Debian's SQLite overwrites what is deleted, by default through the log: removing a block
    // would write as much as appending it did.
    for (const QString &pragma :
         {u"PRAGMA synchronous = FULL"_s, u"PRAGMA cache_size = -8192"_s,
          u"PRAGMA wal_autocheckpoint = 0"_s, u"PRAGMA secure_delete = FAST"_s})
        std::ignore = connection->execute(pragma);
    Retention retention(*connection, m_limits, m_listeners.retention);
    std::ignore = m_reserve.make(); // without it the first shortage is only felt sooner
    auto pause = 0ms;
    while (true) {
        std::deque<Piece> group = take(retention, pause);
        refuseOverdue();
        bool isAwake = false;
        bool isIdle = false;
        {
            const std::scoped_lock lock(m_mutex);
            if (group.empty() && m_stopping && m_queue.empty())
                break;
            isAwake = m_isAwake;
            isIdle = !isRunnable();
            if (std::exchange(m_isAnswered, false))
                retention.giveUpAnswered();
        }
        m_gone = files.fault();
        for (const Piece &piece : m_gone ? std::exchange(group, {}) : std::deque<Piece>())
            answer(piece, m_gone);
        if (!group.empty())
            doGroup(*connection, retention, std::move(group));
        if (m_diskFull)
            tryDiskAgain(retention);
        const bool isBusy = isAwake && !m_diskFull && !m_gone && retention.step(isIdle);
        pause = m_diskFull ? diskInterval : retention.pause();
        if (isBusy || canGoOn(retention))
            pause = 0ms;
        tellCondition(retention);
    }
    std::ignore = connection->execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
}

//! Without a connection: until the end.
void JournalWriter::refuseAll(const Error &error)
{
    while (true) {
        std::deque<Piece> group;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
            if (m_queue.empty())
                return;
            group.swap(m_queue);
            m_submitted = 0;
        }
        for (const Piece &piece : group)
            answer(piece, error);
    }
}

//! Under the lock: something in the queue need not wait for room.
bool JournalWriter::isRunnable() const
{
    return m_submitted > 0 || (!m_queue.empty() && (!m_holdsAppends || m_isImpatient));
}

//! Takes what can be done now, after waiting for it at most so long.
std::deque<JournalWriter::Piece> JournalWriter::take(Retention &retention,
                                                     std::chrono::milliseconds pause)
{
    std::unique_lock lock(m_mutex);
    if (m_longestHold && !m_queue.empty())
        pause = std::min(pause, *m_longestHold / 4);
    m_changed.wait_for(lock, pause, [this] { return m_stopping || isRunnable() || m_isAnswered; });
    qint64 room = retention.room();
    qint64 wanted = 0;
    std::deque<Piece> group;
    std::deque<Piece> held;
    m_holdsAppends = m_diskFull && !m_triesAppends && !m_isImpatient;
    for (Piece &piece : m_queue) {
        const qint64 cost = Retention::costOf(piece.bytes);
        const bool fits = cost == 0 || cost <= room;
        const std::optional<Error> refusal = fits ? std::nullopt : retention.refusalOf(piece.bytes);
        if (piece.appends && !fits && !refusal && !m_isImpatient && !m_holdsAppends) {
            m_holdsAppends = true;
            wanted = cost;
        }
        if (piece.appends && m_holdsAppends) {
            (isOverdue(piece) ? m_overdue : held).push_back(std::move(piece));
            continue;
        }
        if (refusal)
            piece.work = [refusal](Transaction &) -> Expected<void> {
                return tl::make_unexpected(*refusal);
            };
        else
            room -= cost;
        group.push_back(std::move(piece));
    }
    m_queue = std::move(held);
    m_submitted = 0;
    m_wanted = wanted;
    retention.setWanted(wanted);
    return group;
}

//! What was held for want of room need not be held any more.
bool JournalWriter::canGoOn(const Retention &retention) const
{
    if (m_diskFull)
        return m_triesAppends;
    return m_holdsAppends && (retention.refusal() || retention.room() >= m_wanted);
}

void JournalWriter::answer(const Piece &piece, const std::optional<Error> &error)
{
    if (piece.bytes > 0) {
        {
            const std::scoped_lock lock(m_mutex);
            m_queuedBytes -= piece.bytes;
        }
        m_changed.notify_all();
    }
    piece.done(error);
}

//! Under the lock. A sync has no bytes, and waits.
bool JournalWriter::isOverdue(const Piece &piece) const
{
    return m_longestHold && piece.bytes > 0 &&
           std::chrono::steady_clock::now() - piece.since >= *m_longestHold;
}

void JournalWriter::refuseOverdue()
{
    for (const Piece &piece : std::exchange(m_overdue, {}))
        answer(piece, m_diskFull ? *m_diskFull
                                 : Error{u"the journal is full"_s,
                                         u"It takes records again once some are delivered."_s});
}

void JournalWriter::putBack(std::deque<Piece> pieces)
{
    const std::scoped_lock lock(m_mutex);
    while (!pieces.empty()) {
        m_queue.push_front(std::move(pieces.back()));
        pieces.pop_back();
    }
}

void JournalWriter::doGroup(Connection &connection, Retention &retention, std::deque<Piece> group)
{
    std::deque<Piece> together;
    const auto commitTogether = [&] {
        if (!together.empty())
            commitGroup(connection, retention, std::exchange(together, {}));
    };
    for (Piece &piece : group) {
        if (!piece.alone) {
            together.push_back(std::move(piece));
            continue;
        }
        commitTogether();
        const auto done = piece.alone(connection);
        answer(piece, done ? std::nullopt : std::optional(done.error()));
    }
    commitTogether();
}

void JournalWriter::commitGroup(Connection &connection, Retention &retention,
                                std::deque<Piece> group)
{
    qint64 bytes = 0;
    for (const Piece &piece : group)
        bytes += piece.bytes;
    const auto done = commitAll(connection, group);
    if (done) {
        retention.committed(bytes);
        if (bytes > 0) {
            m_diskFull.reset();
            m_triesAppends = false;
        }
        qCDebug(logging::journal) << "committed" << group.size() << "changes," << bytes
                                  << "bytes of records";
        for (const Piece &piece : group)
            answer(piece, std::nullopt);
        return;
    }
    if (connection.isOutOfSpace())
        diskIsFull(done.error());
    // One piece spoils the group, or there is no room for all: each alone, in order.
    std::deque<Piece> held;
    while (!group.empty()) {
        std::deque<Piece> one;
        one.push_back(std::move(group.front()));
        group.pop_front();
        bool isHeld = false;
        {
            const std::scoped_lock lock(m_mutex);
            isHeld = m_diskFull && one.front().appends && !m_isImpatient;
        }
        auto committed = isHeld ? Expected<void>() : commitAll(connection, one);
        if (!committed && connection.isOutOfSpace()) {
            diskIsFull(committed.error());
            const std::scoped_lock lock(m_mutex);
            isHeld = one.front().appends && !m_isImpatient;
        }
        if (isHeld) {
            held.push_back(std::move(one.front()));
            continue;
        }
        if (committed)
            retention.committed(one.front().bytes);
        answer(one.front(), committed ? std::nullopt : std::optional(committed.error()));
    }
    putBack(std::move(held));
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
    const bool accepts = std::any_of(group.begin(), group.end(), [](const Piece &piece) {
        return piece.bytes > 0 || piece.isOrder;
    });
    if (!accepts)
        return transaction->commit();
    const auto end = JournalTail::endOf(connection);
    auto done = transaction->commit();
    if (done && end)
        m_tail.write(*end);
    return done;
}

void JournalWriter::diskIsFull(const Error &error)
{
    m_reserve.release();
    m_triesAppends = false;
    m_nextDiskTry = std::chrono::steady_clock::now() + diskInterval;
    if (!m_diskFull)
        m_diskFull = error; // the first one is told
}

void JournalWriter::tryDiskAgain(Retention &retention)
{
    if (std::chrono::steady_clock::now() < m_nextDiskTry)
        return;
    m_nextDiskTry = std::chrono::steady_clock::now() + diskInterval;
    retention.shrink();
    if (!m_reserve.make())
        return;
    const std::scoped_lock lock(m_mutex);
    const bool isWaiting = !m_queue.empty();
    if (!isWaiting)
        m_diskFull.reset();
    m_triesAppends = isWaiting;
}

void JournalWriter::tellCondition(const Retention &retention)
{
    JournalCondition now = retention.condition();
    const QString freeSome = u"Free some disk space. What was accepted is kept; new records wait in "
                             u"memory until it goes on by itself."_s;
    if (m_diskFull)
        now = {.kind = JournalCondition::Kind::DiskFull, .problem = {m_diskFull->text, freeSome}};
    if (m_gone)
        now = {.kind = JournalCondition::Kind::Gone, .problem = *m_gone};
    if (now == m_told)
        return;
    m_told = now;
    m_listeners.condition(now);
}

} // namespace trace
