// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/recordblock.h"

#include <string>
#include <vector>

namespace trace::bench {

//! NDJSON lines of workflow runs, some 410 bytes each, the same ones each time; in the past
//! minutes, which services ask for.
[[nodiscard]] const std::vector<std::string> &sampleLines();
[[nodiscard]] std::size_t sampleBytes();
//! The same under the names that other loggers give: time, severity, msg, …
[[nodiscard]] const std::vector<std::string> &linesOfOthers();

//! These lines as records in full blocks.
[[nodiscard]] const std::vector<RecordBlock> &sampleBlocks();

} // namespace trace::bench
