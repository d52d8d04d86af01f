// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

namespace trace {

//! Makes a folder and those above it, each for its owner only (0700). What exists stays as it is.
//! The error names the folder that is in the way and why.
[[nodiscard]] Expected<void> makePrivateFolder(const QString &path);

} // namespace trace
