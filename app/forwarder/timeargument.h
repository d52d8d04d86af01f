// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <cstdint>
#include <string>

namespace trace {

//! The time that \a option was given, in ns since the epoch: ISO 8601 down to the date alone (UTC
//! where it names no zone), a number since 1970, or "2h" for two hours ago.
[[nodiscard]] Expected<std::int64_t> timeArgument(const QString &option, const std::string &text);

} // namespace trace
