// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/clockwatch.h"

#include "core/platform/logging.h"

namespace trace {

using namespace std::chrono_literals;

namespace {

constexpr auto tolerated = 1h;
constexpr auto probation = 24h;
constexpr auto longestRest = 24h; // of the machine or the program, without a question

} // namespace

ClockWatch::ClockWatch(JournalClock clock, std::optional<qint64> known)
    : m_clock(std::move(clock))
    , m_offset(offset())
{
    if (!known)
        return;
    const std::chrono::milliseconds rest(m_clock.wall() - *known);
    if (rest < -tolerated || rest > longestRest)
        m_offset -= rest; // as if it had jumped just now
}

std::chrono::milliseconds ClockWatch::offset() const
{
    return std::chrono::milliseconds(m_clock.wall()) - m_clock.steady();
}

bool ClockWatch::isTrusted()
{
    const auto now = offset();
    if (m_denied && std::chrono::abs(now - *m_denied) <= tolerated)
        return false;
    m_denied.reset();
    if (std::chrono::abs(now - m_offset) <= tolerated) {
        m_offset = now; // small corrections add up
        m_jump.reset();
        return true;
    }
    if (!m_jump || std::chrono::abs(now - m_jump->offset) > tolerated) {
        m_jump = {now, m_clock.steady()};
        qCWarning(logging::journal)
            << "the clock jumped by" << (now - m_offset).count() / 1000
            << "s: nothing expires until it is back, a server tells the same time, or it has kept "
               "it for a day";
    }
    if (m_clock.steady() - m_jump->seen < probation)
        return false;
    m_offset = now;
    m_jump.reset();
    return true;
}

void ClockWatch::compare(std::chrono::milliseconds servers)
{
    const auto now = offset();
    m_denied.reset();
    if (std::chrono::abs(servers - now) > tolerated) {
        m_denied = now;
        return;
    }
    m_offset = now;
    m_jump.reset();
}

} // namespace trace
