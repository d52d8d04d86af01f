// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <optional>

namespace trace {

//! Makes a folder and those above it, each for its owner only (0700). What exists stays as it is.
//! The error names the folder that is in the way and why.
[[nodiscard]] Expected<void> makePrivateFolder(const QString &path);

//! Who else than its owner can get into a folder that is to be private, and what to do; nothing
//! when it is private.
[[nodiscard]] std::optional<Error> exposureOf(const QString &path);

} // namespace trace
