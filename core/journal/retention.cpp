// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/retention.h"

#include "core/journal/blocktable.h"
#include "core/platform/logging.h"

#include <QLocale>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qint64 mebibyte = 1024 * 1024;
// Below this the fixed cost of tables and log leaves no room for records.
constexpr qint64 smallestCap = 4 * mebibyte;
// Pages that every commit touches beside the block's own.
constexpr qint64 commitBytes = mebibyte / 4;
constexpr int blocksEmptiedPerStep = 4;
constexpr int pagesPerStep = 64;
constexpr auto retryInterval = 1s;
constexpr auto retryAfterMarks = 100ms;
constexpr auto noticeTime = 60s;

QString inWords(qint64 bytes)
{
    return QLocale::c().formattedDataSize(bytes, 1);
}

} // namespace

Retention::Retention(Connection &connection, JournalLimits limits, Listeners listeners)
    : m_connection(connection)
    , m_limits(std::move(limits))
    , m_listeners(std::move(listeners))
    , m_clockWatch(m_limits.clock, knownTime(connection))
{
    m_limits.maxBytes = std::max(m_limits.maxBytes, smallestCap);
    m_margin = std::clamp(m_limits.maxBytes / 16, mebibyte / 2, 64 * mebibyte);
    // A checkpoint copies the log into the file and syncs both; each 16 MiB keeps the log small
    // enough for memory and rare enough for speed.
    m_checkpointEvery = std::clamp(m_limits.maxBytes / 32, mebibyte / 2, 16 * mebibyte);
    std::ignore = m_connection.execute(u"PRAGMA journal_size_limit = %1"_s.arg(m_checkpointEvery));
    measure();
}

void Retention::measure()
{
    if (const auto use = retentiontable::use(m_connection))
        m_use = *use;
}

qint64 Retention::costOf(qint64 bytes)
{
    return bytes == 0 ? 0 : bytes + 2 * 16384; // its last page is not full, nor is its row's
}

qint64 Retention::room() const
{
    // What is appended stands in the log, then also in the file. Marks are written whatever
    // happens, and so are failed batches, which are as large as what they were made of.
    return (m_limits.maxBytes - m_use.used() - m_margin / 2 - 2 * commitBytes) / 2;
}

std::optional<Error> Retention::refusalOf(qint64 bytes) const
{
    if (costOf(bytes) > (m_limits.maxBytes - 3 * m_margin) / 2) {
        return Error{u"%1 of records at once are too much for a journal of %2"_s.arg(
                         inWords(bytes), inWords(m_limits.maxBytes)),
                     u"Let the journal be larger."_s};
    }
    return m_refusal;
}

bool Retention::isOver() const
{
    return m_use.used() > m_limits.maxBytes - m_margin || (m_wanted > 0 && room() < m_wanted);
}

qint64 Retention::excess() const
{
    return m_use.used() - (m_limits.maxBytes - 2 * m_margin) + 2 * m_wanted;
}

JournalCondition Retention::condition() const
{
    if (m_refusal && isOver())
        return {.kind = JournalCondition::Kind::Full, .problem = *m_refusal};
    if (m_lastShed && Steady::now() - *m_lastShed < noticeTime) {
        return {.kind = JournalCondition::Kind::Shedding,
                .problem = {u"the journal is full (%1) of records that wait: they are given up, "
                            u"lowest level first"_s.arg(inWords(m_limits.maxBytes)),
                            u"See why the endpoints do not take them, or let the journal be "
                            u"larger. What was given up is counted as discarded (shed)."_s}};
    }
    return {};
}

void Retention::committed(qint64 bytes)
{
    m_sinceCheckpoint += bytes + commitBytes / 4;
    if (bytes == 0) // perhaps a mark, and there is something to remove now
        m_tryAgain = std::min(m_tryAgain, Steady::now() + retryAfterMarks);
    measure();
    if (!isOver())
        m_refusal.reset();
}

void Retention::giveUpAnswered()
{
    m_isAsked = false;
    m_needed.reset();
}

std::chrono::milliseconds Retention::pause() const
{
    if (m_needed || isOver() || m_refusal) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(m_tryAgain - Steady::now());
        return std::clamp<std::chrono::milliseconds>(left, 1ms, retryInterval);
    }
    return noticeTime;
}

bool Retention::step(bool isIdle)
{
    if (m_sinceCheckpoint >= m_checkpointEvery)
        checkpoint();
    hearServers();
    if (!m_isAsked) {
        if (!m_toEmpty.empty())
            return emptyBlocks();
        if (m_limits.maxAge > 0ms && m_limits.clock.steady() >= m_nextExpiry && expire())
            return true;
        if ((m_needed || isOver()) && Steady::now() >= m_tryAgain && makeRoom())
            return true;
    }
    m_isVacuuming = m_isVacuuming || m_use.free > m_margin;
    return m_isVacuuming && isIdle && vacuum(m_margin / 4);
}

void Retention::checkpoint()
{
    m_sinceCheckpoint = 0;
    // A passive one leaves the log as it is when somebody always reads, and always as long.
    if (m_use.log > 4 * m_checkpointEvery || isOver())
        truncateLog();
    else
        std::ignore = m_connection.execute(u"PRAGMA wal_checkpoint(PASSIVE)"_s);
}

void Retention::truncateLog()
{
    // It waits for readers, whose transactions are short, and for nobody longer than that.
    std::ignore = m_connection.execute(u"PRAGMA busy_timeout = 200"_s);
    std::ignore = m_connection.execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
    std::ignore = m_connection.execute(u"PRAGMA busy_timeout = 2000"_s);
    m_sinceCheckpoint = 0;
    measure();
}

Expected<void> Retention::write(const std::function<Expected<void>(Transaction &)> &work)
{
    auto transaction = Transaction::begin(m_connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    auto done = work(*transaction);
    if (done)
        done = transaction->commit();
    const QString problem = done ? QString() : done.error().text;
    if (!done)
        m_tryAgain = Steady::now() + retryInterval;
    if (std::exchange(m_problem, problem) != problem && !done) // told once, not with each try
        qCWarning(logging::journal).noquote() << "retention:" << problem;
    measure();
    return done;
}

bool Retention::refreshNeeded()
{
    if (m_needed)
        return true;
    auto needed = Needed::read(m_connection);
    if (!needed) {
        m_tryAgain = Steady::now() + retryInterval;
        return false;
    }
    m_needed = std::move(*needed);
    m_evictedTo = 0;
    return true;
}

bool Retention::remove(const std::vector<std::uint64_t> &blocks)
{
    const auto done = write(
        [&](Transaction &transaction) { return retentiontable::remove(transaction, blocks); });
    if (!done)
        return false;
    qCDebug(logging::journal) << "removed" << blocks.size() << "blocks," << m_use.used()
                              << "bytes in use";
    if (const auto range = blocktable::range(m_connection))
        m_listeners.evicted(range->first);
    return true;
}

//! The oldest blocks that nobody needs.
bool Retention::evict()
{
    std::vector<std::uint64_t> victims;
    bool isAtEnd = false;
    while (!isAtEnd && victims.size() < blocksPerStep) {
        const auto ranges = retentiontable::ranges(m_connection, m_evictedTo, blocksPerStep);
        if (!ranges || ranges->empty())
            break;
        for (const SequenceRange &range : *ranges) {
            isAtEnd = range.last > m_needed->last() || victims.size() >= blocksPerStep;
            if (isAtEnd)
                break;
            m_evictedTo = range.first;
            if (!m_needed->isNeeded(range))
                victims.push_back(range.first);
        }
    }
    return !victims.empty() && remove(victims);
}

bool Retention::removeSettledBatches(qint64 createdMs)
{
    qint64 count = 0;
    const auto done = write([&](Transaction &transaction) {
        return retentiontable::removeSettledBatches(transaction, createdMs, blocksPerStep)
            .map([&](qint64 removed) { count = removed; });
    });
    return done && count > 0;
}

bool Retention::makeRoom()
{
    if (excess() <= 0) {
        m_needed.reset();
        m_refusal.reset();
        return false;
    }
    if (!m_needed && m_use.log > commitBytes) {
        truncateLog(); // costs nobody anything
        if (excess() <= 0)
            return false;
    }
    if (!refreshNeeded())
        return false;
    if (evict() || removeSettledBatches(std::numeric_limits<qint64>::max()))
        return true;
    if (isOver())
        shed();
    m_needed.reset();
    return false;
}

void Retention::shed()
{
    m_tryAgain = Steady::now() + retryInterval; // unless something is given up
    if (m_limits.whenFull == WhenFull::Refuse) {
        refuse(u"it refuses new records while none of the old ones can go"_s);
        return;
    }
    const auto choice = m_shedding.choose(m_connection, *m_needed, excess());
    if (!choice)
        return;
    if (choice->parts.empty()) {
        if (!m_needed->largest())
            refuse(u"only failed batches are left in it, which are kept"_s);
        return; // what is under way now will not be for long
    }
    m_isAsked = m_listeners.giveUp(*choice);
    if (!m_isAsked) {
        refuse(u"nobody is there to give up records that wait"_s);
        return;
    }
    m_tryAgain = {};
    m_refusal.reset();
    m_toEmpty.assign(m_shedding.blocks().begin(), m_shedding.blocks().end());
    m_lastShed = Steady::now();
}

void Retention::refuse(const QString &reason)
{
    m_refusal = {u"the journal is full (%1): %2"_s.arg(inWords(m_limits.maxBytes), reason),
                 u"See why the endpoints do not take them, replay or discard failed batches, or "
                 u"let the journal be larger."_s};
}

//! What was shed of blocks that are still needed in part.
bool Retention::emptyBlocks()
{
    if (!refreshNeeded())
        return false;
    for (int i = 0; i < blocksEmptiedPerStep && !m_toEmpty.empty(); ++i) {
        const std::uint64_t first = m_toEmpty.front();
        m_toEmpty.pop_front();
        const auto blocks = blocktable::read(m_connection, {first, first}, 1);
        if (!blocks || blocks->empty())
            continue;
        const StoredBlock &block = blocks->front();
        if (block.first != first || !m_needed->isNeeded({block.first, block.last()}))
            continue; // goes as a whole
        const auto rest = emptied(block, *m_needed);
        if (!rest || !*rest)
            continue;
        std::ignore = write([&](Transaction &transaction) {
            return retentiontable::replaceData(transaction, first, (*rest)->rawBytes,
                                               (*rest)->data);
        });
        m_sinceCheckpoint += (*rest)->data.size();
    }
    if (m_use.log > m_margin / 2)
        truncateLog(); // what was written anew stands there too
    return true;
}

bool Retention::vacuum(qint64 keep)
{
    constexpr qint64 pageBytes = 16384;
    // A page that is moved stands in the log until the next checkpoint, and so does the one that
    // points to it; half of the room is for others.
    const auto pagesInLog = [this] {
        return std::max<qint64>((m_limits.maxBytes - m_use.used()) / 4 / pageBytes, 1);
    };
    if (pagesInLog() < pagesPerStep)
        truncateLog();
    const qint64 pages =
        std::min<qint64>({(m_use.free - keep) / pageBytes, pagesPerStep, pagesInLog()});
    const auto done = pages <= 0 ? Expected<void>() : write([pages](Transaction &transaction) {
        return retentiontable::vacuum(transaction, int(pages));
    });
    m_sinceCheckpoint += std::max<qint64>(pages, 0) * pageBytes;
    m_isVacuuming = done && m_use.free - keep >= pageBytes;
    if (done && !m_isVacuuming)
        truncateLog(); // the file is cut only now
    return m_isVacuuming;
}

void Retention::shrink()
{
    if (refreshNeeded())
        evict();
    std::ignore = vacuum(0);
    truncateLog();
}

} // namespace trace
