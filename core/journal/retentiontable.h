// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"

#include <vector>

namespace trace {

//! How much space a journal takes, in bytes.
struct JournalUse
{
    qint64 pages = 0; //!< Pages that hold something.
    qint64 free = 0;  //!< Pages in the file that hold nothing.
    qint64 log = 0;   //!< The write-ahead log.

    [[nodiscard]] qint64 used() const { return pages + log; }
};

//! What retention asks of a block; never its bytes.
struct BlockFacts
{
    SequenceRange range{};
    qint64 acceptedMs = 0;
    unsigned levelMask = 0;
    qint64 bytes = 0; //!< As stored.
};

//! What retention does to the tables.
namespace retentiontable {

[[nodiscard]] Expected<JournalUse> use(Connection &connection);

//! The number of the newest record ever.
[[nodiscard]] Expected<std::uint64_t> lastSequence(Connection &connection);

//! The ranges of the oldest \a count blocks that begin behind \a after.
[[nodiscard]] Expected<std::vector<SequenceRange>> ranges(Connection &connection,
                                                          std::uint64_t after, int count);
//! Likewise with all facts; touches the table itself.
[[nodiscard]] Expected<std::vector<BlockFacts>> facts(Connection &connection, std::uint64_t after,
                                                      int count);

//! The first of \a count blocks behind \a after that was accepted before \a acceptedMs, else the
//! last of them; one without a number when there are fewer.
[[nodiscard]] Expected<BlockFacts> nextOlder(Connection &connection, std::uint64_t after,
                                             qint64 acceptedMs, int count);

//! Deletes blocks by their first sequence numbers, and the runs of which nothing is left.
[[nodiscard]] Expected<void> remove(Transaction &transaction,
                                    const std::vector<std::uint64_t> &blocks);

//! Writes the bytes of a block anew.
[[nodiscard]] Expected<void> replaceData(Transaction &transaction, std::uint64_t first,
                                         qint64 rawBytes, const QByteArray &data);

//! Deletes the oldest failed batches that are settled and were made before \a createdMs; up to
//! \a count, and gives how many.
[[nodiscard]] Expected<qint64> removeSettledBatches(Transaction &transaction, qint64 createdMs,
                                                    int count);

//! Gives up to \a pages free pages back to the file system; they count when the log is
//! checkpointed.
[[nodiscard]] Expected<void> vacuum(Transaction &transaction, int pages);

} // namespace retentiontable

} // namespace trace
