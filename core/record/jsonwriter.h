// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <string>

namespace trace {

//! Appends \a text as a JSON string with its quotes. \a text is valid UTF-8.
void appendJsonString(std::string &out, std::string_view text);

//! Appends a number so that it reads back as the same double; null for NaN and infinity.
void appendJsonNumber(std::string &out, double number);

//! Appends the record as one JSON object on one line: time (RFC 3339 in UTC with nanoseconds),
//! level, message, and what else is set; numbers that are not finite are left out. Reading it gives
//! an equal record, but for those and the sequence number.
void appendJson(std::string &out, const RecordView &record);

} // namespace trace
