// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::loki {

//! Reads a push request as Loki does: JSON when the Content-Type says so, else protobuf under
//! snappy; one malformed entry fails the whole request.
[[nodiscard]] tl::expected<void, DecodeError> decodePush(const HttpRequest &request,
                                                         const RecordSink &sink);

} // namespace trace::loki
