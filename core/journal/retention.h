// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/clockwatch.h"
#include "core/journal/journalcondition.h"
#include "core/journal/journallimits.h"
#include "core/journal/needed.h"
#include "core/journal/retentiontable.h"
#include "core/journal/shedding.h"

#include <deque>
#include <functional>

namespace trace {

//! Keeps a journal within its limits, in small steps between commits. Lives on the writer's thread.
//! What endpoints wait for is not removed here but asked for: only its sender knows what is in a
//! request just now.
class Retention final
{
public:
    //! What others are told.
    struct Listeners
    {
        //! Asks for records to be given up; false when nobody is there to do it.
        std::function<bool(const GiveUp &)> giveUp;
        //! The oldest block that is left.
        std::function<void(std::uint64_t first)> evicted;
    };

    Retention(Connection &connection, JournalLimits limits, Listeners listeners);

    //! What a block of so many bytes takes in the file.
    [[nodiscard]] static qint64 costOf(qint64 bytes);
    //! How much may be appended, in costOf().
    [[nodiscard]] qint64 room() const;
    //! Why blocks for which there is no room must not wait for it.
    [[nodiscard]] const std::optional<Error> &refusal() const { return m_refusal; }
    //! Likewise for a block of so many bytes, which may be too large for the whole journal.
    [[nodiscard]] std::optional<Error> refusalOf(qint64 bytes) const;
    [[nodiscard]] JournalCondition condition() const;

    //! After a commit of so many bytes of blocks.
    void committed(qint64 bytes);
    //! A block that costs so much waits for room; 0: none does.
    void setWanted(qint64 bytes) { m_wanted = bytes; }
    //! The last GiveUp was followed, as far as possible.
    void giveUpAnswered();

    //! Does a little. True: there is more to do now.
    [[nodiscard]] bool step(bool isIdle);
    //! With the disk full: gives space back to it.
    void shrink();
    //! When to step again although nothing happened.
    [[nodiscard]] std::chrono::milliseconds pause() const;
    void checkpoint();

private:
    using Steady = std::chrono::steady_clock; // of this process; the limits' clock is for ages

    static constexpr int blocksPerStep = 32;

    [[nodiscard]] bool isOver() const;
    [[nodiscard]] qint64 excess() const;
    void measure();
    void truncateLog();
    [[nodiscard]] Expected<void> write(const std::function<Expected<void>(Transaction &)> &work);
    [[nodiscard]] bool refreshNeeded();

    // These do one step: true, when there may be more to do.
    bool evict();
    [[nodiscard]] bool remove(const std::vector<std::uint64_t> &blocks);
    [[nodiscard]] bool removeSettledBatches(qint64 createdMs);
    [[nodiscard]] bool makeRoom();
    [[nodiscard]] bool emptyBlocks();
    [[nodiscard]] bool expire();
    [[nodiscard]] bool skipYounger(qint64 oldest);
    [[nodiscard]] static std::optional<qint64> knownTime(Connection &connection);
    void rememberTime();
    void hearServers();
    [[nodiscard]] bool vacuum(qint64 keep);

    void shed();
    void refuse(const QString &reason);
    void addNeeded(GiveUp &giveUp, SequenceRange range) const;

    Connection &m_connection;
    JournalLimits m_limits;
    Listeners m_listeners;
    ClockWatch m_clockWatch;
    Shedding m_shedding;

    qint64 m_margin = 0;          // eviction begins so much below the cap, and ends twice as low
    qint64 m_checkpointEvery = 0; // bytes
    qint64 m_sinceCheckpoint = 0;
    qint64 m_wanted = 0;
    JournalUse m_use{};

    std::optional<Needed> m_needed; // while something is under way
    std::uint64_t m_evictedTo = 0;  // blocks up to here were looked at
    std::uint64_t m_expiredTo = 0;  // likewise for their age
    std::uint64_t m_skippedTo = 0;  // in earlier rounds, and nothing was old
    qint64 m_rememberedTime = 0;
    bool m_isAsked = false;       // an answer to a GiveUp is awaited
    bool m_askedToExpire = false; // in this round
    bool m_expiresOnly = false;   // in this round nothing is given up
    bool m_isVacuuming = false;
    std::deque<std::uint64_t> m_toEmpty; // blocks of which something was shed
    Steady::time_point m_tryAgain{};     // no use in looking for room before
    QString m_problem;                   // of the last write
    std::chrono::milliseconds m_nextExpiry{0};
    std::optional<Steady::time_point> m_lastShed;
    std::optional<Error> m_refusal;
};

} // namespace trace
