// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

namespace trace {

//! The user's home; an error where HOME is not set or no absolute path, as under some services:
//! nothing may be looked for, or written, in "/" instead.
[[nodiscard]] Expected<QString> homeFolder();

//! Where the user's configuration lies: `$XDG_CONFIG_HOME`, or `~/.config`. A path that is not
//! absolute is ignored, as its specification says.
[[nodiscard]] Expected<QString> configHome();

//! Where the user's data lies: `$XDG_DATA_HOME`, or `~/.local/share`; likewise.
[[nodiscard]] Expected<QString> dataHome();

//! Those of the variables above that are set to a path which is not absolute, and so ignored.
[[nodiscard]] QStringList ignoredFolderVariables();

} // namespace trace
