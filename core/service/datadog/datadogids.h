// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trace::datadog {

inline constexpr std::size_t spanIdDigits = 16;
inline constexpr std::size_t traceIdDigits = 32;

//! The low 64 bits of a trace id of 16 or 32 hex digits, or of a UUID: what Datadog links a record
//! to its trace by. Nothing for other ids, and for a number of 0, which means "no trace".
[[nodiscard]] std::optional<std::uint64_t> traceNumber(std::string_view id);

//! The number of a span id of 16 hex digits; nothing for other ids and for 0.
[[nodiscard]] std::optional<std::uint64_t> spanNumber(std::string_view id);

//! A 64-bit id in decimal, as Datadog's libraries write it, as \a digits hex digits; nothing for
//! other ids.
[[nodiscard]] std::optional<std::string> hexOfDecimal(std::string_view id, std::size_t digits);

} // namespace trace::datadog
