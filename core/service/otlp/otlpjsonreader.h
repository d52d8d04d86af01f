// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::otlp {

//! Reads an ExportLogsServiceRequest in OTLP's JSON, not compressed: ids in hex or base64, 64-bit
//! integers as texts or numbers, enums as numbers or names; unknown fields are skipped. \a now is
//! in ns since the epoch, for records that have no time.
[[nodiscard]] tl::expected<void, DecodeError> readJson(QByteArrayView body, std::int64_t now,
                                                       const RecordSink &sink);

} // namespace trace::otlp
