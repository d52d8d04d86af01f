// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"
#include "core/record/recordblock.h"

#include <optional>

namespace trace {

//! The table of runs, folded from the blocks as they are appended.
namespace runtable {

//! Adds what a block, whose first record has the number \a firstSequence, says of its runs.
[[nodiscard]] Expected<void> fold(Transaction &transaction, const std::vector<RunSummary> &runs,
                                  std::uint64_t firstSequence);

//! Runs whose last record is at or behind \a since, in the order in which they appeared.
[[nodiscard]] Expected<QList<RunRow>> read(Connection &connection, std::uint64_t since);

//! Nothing when there is no such run.
[[nodiscard]] Expected<std::optional<RunRow>> find(Connection &connection, const QString &runId);

//! Removes runs that ended before \a oldest, with what their ledgers are made of.
[[nodiscard]] Expected<void> removeBefore(Transaction &transaction, std::uint64_t oldest);
//! Likewise one run; tells whether it was there.
[[nodiscard]] Expected<bool> remove(Transaction &transaction, const QString &runId);

} // namespace runtable

} // namespace trace
