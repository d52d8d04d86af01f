// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace trace {

//! How fast an endpoint may be sent to. Without limit until the service throttles; then half of
//! what it took, recovering by fixed steps: quick back to just below where it was throttled, slow
//! beyond, until it is without limit again. No clock of its own: times are on a steady clock.
class Pace final
{
public:
    using Time = std::chrono::steady_clock::time_point;

    //! A request of so many bytes was taken.
    void delivered(std::size_t bytes, Time now);
    //! A request was refused as too much; several at once count as one. One of so many \a bytes
    //! is not repeated before they are due, or a second has passed.
    void throttled(Time now, std::size_t bytes = 0);
    //! Whether a request is more than a second's worth, so that its size alone may be the reason
    //! why it is refused.
    [[nodiscard]] bool isTooLarge(std::size_t bytes) const
    {
        return m_rate && double(bytes) > *m_rate;
    }

    //! How long to wait before the next request.
    [[nodiscard]] std::chrono::milliseconds delay(Time now) const;
    //! Bytes per second; nothing while there is no limit.
    [[nodiscard]] std::optional<double> bytesPerSecond() const { return m_rate; }

private:
    [[nodiscard]] double measured(Time now) const;

    std::optional<double> m_rate; // bytes per second
    double m_ceiling = 0;         // the rate at which it was throttled last
    Time m_next{};                // not before
    Time m_lastThrottle{};
    Time m_windowStart{}; // of what is measured while there is no limit
    std::size_t m_windowBytes = 0;
};

} // namespace trace
