// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace trace {

//! How long to wait before the same bytes are sent again. No clock, no timer, no dice of its own.
struct RetryPolicy
{
    std::chrono::milliseconds base{1000};
    std::chrono::milliseconds cap{60000};

    //! The wait after \a attempt requests (from 1) without success: base · 2^(attempt-1) up to the
    //! cap, times a jitter in [0.5, 1]; never less than the server's \a hint.
    //! \a dice is in [0, 1), supplied by the caller so that a test can pin it.
    [[nodiscard]] std::chrono::milliseconds
    delayAfter(int attempt, std::optional<std::chrono::milliseconds> hint, double dice) const
    {
        const auto grown = std::min<std::chrono::milliseconds>(
            cap, base * (1LL << std::clamp(attempt - 1, 0, 20)));
        const auto spread = std::chrono::round<std::chrono::milliseconds>(grown * (0.5 + dice / 2));
        return std::max(spread, hint.value_or(spread));
    }
};

} // namespace trace
