// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/level.h"

#include <simdjson.h>

namespace trace::datadog {

//! The level of a `status`, as Datadog's status remapper reads it: a severity of syslog (0 to 7), a
//! name, or a word that begins like one; besides these, a number of Python's logging (10 to 50).
[[nodiscard]] std::optional<Level> levelOfStatus(const simdjson::dom::element &value);

} // namespace trace::datadog
