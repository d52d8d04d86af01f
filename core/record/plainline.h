// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/level.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace trace {

//! What a plain line says of itself.
struct PlainFacts
{
    std::optional<Level> level{};
    std::optional<std::int64_t> timestamp{}; //!< In ns since the epoch.
};

//! Finds level and time of \a line where loggers write them by default: the time at the start, in
//! brackets or not, the level behind it, with no more than a thread, a process or a name between;
//! the level first; both as `key=value`; the forms of syslog, klog, Ruby, logcat, Monolog, GitHub
//! Actions, compilers and npm. A word within a sentence is no level. The fields of a time that are
//! missing are taken from \a now: see takeLineTime().
[[nodiscard]] PlainFacts readPlainLine(std::string_view line, std::int64_t now);

} // namespace trace
