// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace trace {

//! The most memory that this process ever had in RAM, in bytes; 0 where the system does not tell.
[[nodiscard]] qint64 peakMemoryBytes();

} // namespace trace
