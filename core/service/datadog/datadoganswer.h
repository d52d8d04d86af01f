// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/outcome.h"

namespace trace::datadog {

//! What an answer of the intake, or of what stands before it, means for a request to \a url.
[[nodiscard]] Outcome outcomeOf(const HttpReply &reply, const QUrl &url);

} // namespace trace::datadog
