// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/jsonrecordreader.h"

#include <QString>

namespace trace {

//! What was not as it should be and what became of it, for a person; empty when nothing was.
[[nodiscard]] QString inputWords(const InputProblems &problems);

} // namespace trace
