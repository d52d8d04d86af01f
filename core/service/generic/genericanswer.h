// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/outcome.h"

namespace trace::generic {

//! What an answer to \a records records means. Beside the status it looks at what servers say in
//! the body of a 2xx: Elasticsearch's `errors` with `items`, and counts of `rejected` records.
[[nodiscard]] Outcome outcomeOf(const HttpReply &reply, std::size_t records);

} // namespace trace::generic
