// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trace {

//! Nanoseconds since the epoch, now. Never a whole microsecond, which would look like the time of a
//! clock that counts no further.
[[nodiscard]] std::int64_t nowNs();
//! The next such time, for records that come together and have none: no two of them have the same.
[[nodiscard]] std::int64_t nextNs(std::int64_t ns);

//! An integer time in seconds, milli-, micro- or nanoseconds, told apart by magnitude.
[[nodiscard]] std::int64_t timestampFromInteger(std::int64_t value);

//! A time in seconds, milli- or microseconds with a fraction, likewise; nothing for NaN, infinity and
//! what no int64 of ns holds.
[[nodiscard]] std::optional<std::int64_t> timestampFromDouble(double number);

//! ISO 8601 / RFC 3339 with any number of fraction digits and any offset, `YYYY-MM-DD HH:MM:SS`
//! (UTC), or a number as text.
[[nodiscard]] std::optional<std::int64_t> timestampFromText(std::string_view text);

//! RFC 3339 in UTC with nine fraction digits: "2026-11-22T15:04:05.123456789Z".
void appendTimestamp(std::string &out, std::int64_t ns);

} // namespace trace
