// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"

namespace trace {

//! The version of the schema that this program writes (SQLite's user_version).
inline constexpr int schemaVersion = 4;
//! "TrCJ", so that no other program's file is taken for a journal.
inline constexpr int applicationId = 0x5472434a;

//! The schema's version, 0 for a new file. A database of another program and a newer schema are
//! refused with what to do; nothing is written before this said yes.
[[nodiscard]] Expected<int> checkVersion(Connection &connection);

//! Sets the pragmas, creates the tables of a new journal, moves an older one forward. A newer one
//! is refused with what to do.
[[nodiscard]] Expected<void> prepareSchema(Connection &connection);

} // namespace trace
