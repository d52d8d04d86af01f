// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdio>

namespace trace {

//! Whether a person looks at the stream, and not a file or another program.
[[nodiscard]] bool isTerminal(std::FILE *stream);

} // namespace trace
