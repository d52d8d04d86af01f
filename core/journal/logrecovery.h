// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/endpointtable.h"

#include <optional>

namespace trace {

//! What the end of a log said that could not be recovered.
struct LostEnd
{
    std::uint64_t nextSequence = 0;
    QList<EndpointRow> endpoints{};
};

//! What became of a journal's write-ahead log.
struct LogRecovery
{
    std::optional<Error> finding{}; //!< What a person must know.
    bool isCut = false;             //!< Commits are lost.
    std::optional<LostEnd> lost{};  //!< How many records that is, where it can be told.
};

//! Looks at the log of the journal file \a path before SQLite does: flips back what flipped, keeps
//! what stands behind a damaged frame where the rest bears it, else sets a copy of the log aside.
//! Only for who holds the journal's lock and before anybody opens the file.
[[nodiscard]] Expected<LogRecovery> recoverLog(const QString &path);

//! Refuses a journal of which SQLite's own recovery from a log that was cut made nothing whole.
[[nodiscard]] Expected<void> checkRecovered(const QString &path);

//! Counts what was lost as accepted and discarded (damaged), leaves its numbers out, and completes
//! the finding.
[[nodiscard]] Expected<void> countLost(Transaction &transaction, LogRecovery &recovery);

} // namespace trace
