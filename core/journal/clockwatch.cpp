// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/clockwatch.h"

#include "core/platform/logging.h"

namespace trace {

using namespace std::chrono_literals;

namespace {

constexpr auto tolerated = 1h;
constexpr auto probation = 24h;

} // namespace

ClockWatch::ClockWatch(JournalClock clock)
    : m_clock(std::move(clock))
    , m_offset(offset())
{}

std::chrono::milliseconds ClockWatch::offset() const
{
    return std::chrono::milliseconds(m_clock.wall()) - m_clock.steady();
}

bool ClockWatch::isTrusted()
{
    const auto now = offset();
    if (std::chrono::abs(now - m_offset) <= tolerated) {
        m_offset = now; // small corrections add up
        m_jump.reset();
        return true;
    }
    if (!m_jump || std::chrono::abs(now - m_jump->offset) > tolerated) {
        m_jump = {now, m_clock.steady()};
        qCWarning(logging::journal)
            << "the clock jumped by" << (now - m_offset).count() / 1000
            << "s: nothing expires until it is back, or has been right for a day";
    }
    if (m_clock.steady() - m_jump->seen < probation)
        return false;
    m_offset = now;
    m_jump.reset();
    return true;
}

} // namespace trace
