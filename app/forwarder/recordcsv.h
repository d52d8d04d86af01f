// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <string>

namespace trace {

//! The names of all fields, as a line of CSV (RFC 4180).
void appendCsvHeader(std::string &out);

//! All fields of the record. Tags and metadata are JSON. A text that a spreadsheet would take for a
//! formula has a ' before it: what other people's programs logged must not run where somebody looks
//! at it. \a isForTerminal: and none that a terminal would obey.
void appendCsv(std::string &out, const RecordView &record, bool isForTerminal);

} // namespace trace
