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

//! What servers say of our clock, from the threads that hear them to the one that asks.
class ServerClock final
{
public:
    void heard(std::chrono::milliseconds ahead) { m_ahead = ahead.count(); }
    //! What was heard last, once.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take()
    {
        const qint64 ahead = m_ahead.exchange(nothing);
        return ahead == nothing ? std::nullopt : std::optional(std::chrono::milliseconds(ahead));
    }

private:
    static constexpr qint64 nothing = std::numeric_limits<qint64>::min();
    std::atomic<qint64> m_ahead{nothing};
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
