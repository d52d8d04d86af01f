// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::loki {

//! Whether Loki's operator has switched structured metadata off (allow_structured_metadata), which
//! its version does not tell.
[[nodiscard]] bool refusesMetadata(const HttpReply &reply);

//! What Loki's answer to \a share means.
[[nodiscard]] Outcome outcomeOf(const HttpReply &reply, const Share &share);

} // namespace trace::loki
