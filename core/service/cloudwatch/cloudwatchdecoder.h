// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::cloudwatch {

//! Reads what a client of CloudWatch Logs sent. The messages of PutLogEvents become records: JSON
//! objects field by field, other text as the message. Group and stream go to the metadata
//! (`log_group`, `log_stream`), unless the record says the same by its workflow and run; so does
//! the event's time (`event_timestamp`, ms) where the message has another. The operations that
//! create and describe have no records.
[[nodiscard]] tl::expected<void, DecodeError> decodeLogs(const HttpRequest &request,
                                                         const RecordSink &sink);

} // namespace trace::cloudwatch
