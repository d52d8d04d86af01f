// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <string>

namespace trace {

//! Appends \a text as a JSON string with its quotes. \a text is valid UTF-8.
void appendJsonString(std::string &out, std::string_view text);

//! Appends a number so that it reads back as the same double.
void appendJsonNumber(std::string &out, double number);

//! Appends the record as one JSON object on one line, without what is not set, the time as RFC 3339
//! in UTC with nanoseconds. Reading it gives an equal record.
void appendJson(std::string &out, const RecordView &record);

} // namespace trace
