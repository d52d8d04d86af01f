// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::datadog {

//! Reads a request to the intake: an object or an array as JSON, text by lines, frames of logplex;
//! identity, gzip, deflate (zlib's) or zstd. An empty body has no records.
[[nodiscard]] tl::expected<void, DecodeError> decodeIntake(const HttpRequest &request,
                                                           const RecordSink &sink);

} // namespace trace::datadog
