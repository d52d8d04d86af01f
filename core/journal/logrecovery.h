// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journaltail.h"

#include <optional>

namespace trace {

//! What became of a journal's write-ahead log.
struct LogRecovery
{
    std::optional<Error> finding{}; //!< What a person must know.
    bool isCut = false;             //!< Commits are lost.
    bool isBehind = false;          //!< Nothing is damaged, but the tail knows of more.
    std::optional<JournalEnd> known{}; //!< What had been accepted, as far as it can be told.
    bool isKnownWhole = false;         //!< That is all: the journal's tail told it.
};

//! Looks at the log of the journal file \a path before SQLite does: flips back what flipped, keeps
//! what stands behind a damaged frame where the rest bears it, else sets a copy of the log aside.
//! Only for who holds the journal's lock and before anybody opens the file.
[[nodiscard]] Expected<LogRecovery> recoverLog(const QString &path);

//! Refuses a journal of which SQLite's own recovery from a log that was cut, or is missing, made
//! nothing whole.
[[nodiscard]] Expected<void> checkRecovered(const QString &path, const LogRecovery &recovery);

//! Counts what was lost as accepted and discarded (damaged) and leaves its numbers out. Gives the
//! whole finding. It belongs into the first transaction: with that a new tail is written.
[[nodiscard]] Expected<std::optional<Error>> countLost(Transaction &transaction,
                                                       const LogRecovery &recovery);

} // namespace trace
