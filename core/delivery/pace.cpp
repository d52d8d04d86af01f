// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/pace.h"

#include <algorithm>

namespace trace {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds measureFor{2};
constexpr Seconds sameThrottle{0.2}; // answers of requests that were under way together
constexpr double slowest = 16 * 1024;
// Up to here it recovers quickly. Closer to the ceiling a service with a burst refuses one in
// seven.
constexpr double quickBelow = 0.8;   // times the ceiling
constexpr double unlimitedAbove = 4; // times the ceiling

} // namespace

double Pace::measured(Time now) const
{
    const double seconds = Seconds(now - m_windowStart).count();
    return double(m_windowBytes) / std::max(seconds, 0.25);
}

void Pace::delivered(std::size_t bytes, Time now)
{
    if (Seconds(now - m_windowStart) > measureFor) {
        m_windowStart = now;
        m_windowBytes = 0;
    }
    m_windowBytes += bytes;
    if (!m_rate)
        return;
    // Per byte and not per request, so that small requests do not recover faster than large ones.
    const double share = std::min(1.0, double(bytes) / *m_rate);
    // When nothing is refused for longer than it takes to reach the ceiling again, the limit is
    // farther away.
    const double calm = std::clamp(Seconds(now - m_lastThrottle).count() - 5, 0.0, 8.0);
    const double step = *m_rate < quickBelow * m_ceiling ? 0.25 : 0.025 * (1 + calm);
    *m_rate += m_ceiling * share * step;
    m_next = std::max(m_next, now - std::chrono::seconds(1)) +
             std::chrono::duration_cast<Time::duration>(Seconds(double(bytes) / *m_rate));
    if (*m_rate > unlimitedAbove * m_ceiling)
        m_rate.reset();
}

void Pace::throttled(Time now, std::size_t bytes)
{
    if (m_rate && Seconds(now - m_lastThrottle) < sameThrottle)
        return;
    m_lastThrottle = now;
    // Nothing may have been taken yet: then the request itself is all that is known.
    m_ceiling = std::max(m_rate ? *m_rate : std::max(measured(now), double(bytes)), slowest);
    m_rate = std::max(m_ceiling / 2, slowest);
    m_next = now + std::chrono::duration_cast<Time::duration>(
                       Seconds(std::min(1.0, double(bytes) / m_ceiling)));
    m_windowStart = now;
    m_windowBytes = 0;
}

std::chrono::milliseconds Pace::delay(Time now) const
{
    if (!m_rate || m_next <= now)
        return std::chrono::milliseconds(0);
    return std::chrono::ceil<std::chrono::milliseconds>(m_next - now);
}

} // namespace trace
