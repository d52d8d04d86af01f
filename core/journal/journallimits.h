// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/uptime.h"

#include <QDateTime>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

namespace trace {

//! What servers say of the time, from the threads that hear them to the one that asks: how far
//! their clocks are ahead of our steady one, which does not jump until it is asked.
class ServerClock final
{
public:
    void heard(std::chrono::milliseconds offset) { m_offset = offset.count(); }
    //! What was heard last, once.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take()
    {
        const qint64 offset = m_offset.exchange(nothing);
        return offset == nothing ? std::nullopt : std::optional(std::chrono::milliseconds(offset));
    }

private:
    static constexpr qint64 nothing = std::numeric_limits<qint64>::min();
    std::atomic<qint64> m_offset{nothing};
};

//! What the journal goes by; others in tests only.
struct JournalClock
{
    //! Milliseconds since the epoch; somebody may set it.
    std::function<qint64()> wall = [] { return QDateTime::currentMSecsSinceEpoch(); };
    //! From any beginning; never jumps.
    std::function<std::chrono::milliseconds()> steady = uptime;
    std::shared_ptr<ServerClock> servers = std::make_shared<ServerClock>();
};

//! What happens when the journal is full of records that wait.
enum class WhenFull
{
    Shed,   //!< Give waiting records up, lowest level first, for the endpoint that holds most.
    Refuse, //!< Keep them; new records are not accepted.
};

//! How much a journal may keep.
struct JournalLimits
{
    qint64 maxBytes = qint64(2) * 1024 * 1024 * 1024; //!< On disk: pages in use plus the log.
    std::chrono::milliseconds maxAge = std::chrono::hours(30 * 24); //!< Since acceptance; 0: any.
    WhenFull whenFull = WhenFull::Shed;
    //! Kept free on the disk, so that marks can be written when it is full otherwise.
    qint64 reserveBytes = 8 * 1024 * 1024;
    JournalClock clock{};
};

} // namespace trace
