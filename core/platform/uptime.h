// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <chrono>

namespace trace {

//! A clock that nobody sets and that goes on while the machine sleeps, where the system has one.
[[nodiscard]] std::chrono::milliseconds uptime();

} // namespace trace
