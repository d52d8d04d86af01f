// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

namespace trace {

//! About how many bytes a record takes, before compression.
[[nodiscard]] inline std::size_t roughSize(const RecordView &record)
{
    return record.message.size() + record.stackTrace.size() + record.metadata.size() +
           record.exceptionMessage.size() + record.exceptionType.size() + record.filename.size() +
           record.traceId.size() + record.spanId.size() + record.parentSpanId.size() +
           record.errorCode.size() + 150;
}

} // namespace trace
