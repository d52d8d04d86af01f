// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <vector>

namespace trace {

//! The text by which the sample's one record that a service refuses can be told.
inline constexpr std::string_view sampleRejectedText = "corrupt row";

//! The records of a small data pipeline, in time order: six runs (a parent with children) of three
//! workflows with stages, jobs, all levels, durations, an exception with its stack trace, and one
//! record whose message contains sampleRejectedText. \a start is ns since the epoch; the records
//! spread over the minute before it. Always the same but for the times and run ids.
[[nodiscard]] std::vector<Record> sampleWorkflow(std::int64_t start);

} // namespace trace
