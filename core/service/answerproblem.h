// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/outcome.h"

namespace trace {

//! What of an answer is kept when it stops delivery: kind and the service's own words.
[[nodiscard]] Problem problemOf(const Outcome &outcome, const HttpReply &reply);

} // namespace trace
