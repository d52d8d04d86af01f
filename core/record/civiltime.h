// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace trace {

inline constexpr std::int64_t nsPerSecond = 1'000'000'000;
inline constexpr std::int64_t secondsPerDay = 86'400;

//! A day of the proleptic Gregorian calendar.
struct Date
{
    std::int64_t year;
    unsigned month;
    unsigned day;
};

//! Days since 1970-01-01.
[[nodiscard]] std::int64_t daysFromCivil(Date date);
[[nodiscard]] Date civilFromDays(std::int64_t days);
[[nodiscard]] unsigned daysInMonth(std::int64_t year, unsigned month);

//! seconds · 1e9 + ns, where an int64 holds it.
[[nodiscard]] std::optional<std::int64_t> joinedNs(std::int64_t seconds, std::int64_t ns);

} // namespace trace
