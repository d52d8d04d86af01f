// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/level.h"

namespace trace {

//! What the numbers of a level mean: loggers count differently.
enum class LevelScale : std::uint8_t
{
    Python,       //!< 10 debug … 50 critical; 60 and more is critical too.
    Pino,         //!< 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal (pino, bunyan).
    Syslog,       //!< 0 emergency … 7 debug (RFC 5424, journald, GELF).
    OpenTelemetry, //!< 1 to 24, four for each severity.
    Logback,      //!< 5000 trace … 40000 error (`level_value`).
};

//! Nothing for a number that is none of the scale.
[[nodiscard]] std::optional<Level> levelFromNumber(std::int64_t number, LevelScale scale);

} // namespace trace
