// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::loki {

//! Whether Loki's operator has switched structured metadata off (allow_structured_metadata), which
//! its version does not tell.
[[nodiscard]] bool refusesMetadata(const HttpReply &reply);

//! What Loki's answer to a push of \a records records means.
[[nodiscard]] Outcome outcomeOf(const HttpReply &reply, std::size_t records);

} // namespace trace::loki
