// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"

namespace trace {

//! The files of a journal, looked at before SQLite opens them.
namespace journalfiles {

//! There is certainly no journal in \a folder; where it cannot be looked into, there may be one.
[[nodiscard]] bool areMissing(const QString &folder);

//! Refuses links in place of the files, which could lead others' files into our hands, and pipes
//! and the like, at which one would wait.
[[nodiscard]] Expected<void> refuseLinks(const QString &folder);

//! Refuses a file that is there and no SQLite database, or was emptied, or may not be read; in
//! words that say which of these.
[[nodiscard]] Expected<void> refuseForeign(const QString &folder);

//! Likewise links and files for who may make the journal, and a log that lost its journal.
[[nodiscard]] Expected<void> checkForWriting(const QString &folder);

//! What the person whose journal it is should know: that others can read it, or that a damaged log
//! is kept in it.
[[nodiscard]] QList<Error> findings(const QString &folder);

} // namespace journalfiles

//! Refuses numbers that no program wrote: they would be counted up for ever, or make new records
//! pass for settled ones.
[[nodiscard]] Expected<void> checkNumbers(Connection &connection);
[[nodiscard]] tl::unexpected<Error> damagedNumbers(const Connection &connection);

} // namespace trace
