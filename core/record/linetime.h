// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

class QTimeZone;

namespace trace {

//! The zone of times in plain lines that name none; this computer's unless it is set. To be set
//! before the first line is read.
void setZoneOfLines(const QTimeZone &zone);

struct LineTime
{
    std::int64_t ns = 0; //!< Since the epoch.
    bool hasDate = true; //!< Else it may as well be a span of time.
};

//! Takes the time at the start of \a text, in the forms that loggers write by default: ISO 8601 in long and short, "30/Nov/2026:09:16:29 +0100", "Nov 30
//! 09:16:29", "Mon, 30 Nov 2026 …", "Nov 30, 2026 9:16:29 AM", "26/11/30 09:16:29", "09:16:29,432"
//! and their kin, with a fraction of a second behind a dot or comma. One without a year or a date is
//! the latest that is not after \a now. Nothing, with \a text as it was, where no such time stands;
//! a date alone is none, and neither is one whose day and month may be either.
[[nodiscard]] std::optional<LineTime> takeLineTime(std::string_view &text, std::int64_t now);

} // namespace trace
