// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"

namespace trace {

//! Where --service and --url name a pair that no journal of the command line has ever had records
//! for: says so, and what waits for others; gives the exit code. Nothing where they are known, or
//! not given.
[[nodiscard]] std::optional<int> refuseUnknownPair(const CommandLine &line);

} // namespace trace
