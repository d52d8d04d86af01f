// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::otlp {

//! Reads an ExportLogsServiceRequest in protobuf, not compressed; unknown fields are skipped.
//! \a now is in ns since the epoch, for records that have no time.
[[nodiscard]] tl::expected<void, DecodeError> readProtobuf(QByteArrayView body, std::int64_t now,
                                                           const RecordSink &sink);

} // namespace trace::otlp
