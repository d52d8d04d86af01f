// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"
#include "core/journal/sequenceset.h"
#include "core/record/recordblock.h"

#include <map>
#include <vector>

namespace trace {

//! A block as it lies in the journal.
struct StoredBlock
{
    std::uint64_t first = 0; //!< Sequence number of its first record.
    std::uint32_t count = 0;
    qint64 route = 0; //!< Which endpoints it is for; see routetable.
    qint64 rawBytes = 0;
    QByteArray data{}; //!< Open with RecordBlockReader.

    [[nodiscard]] std::uint64_t last() const { return first + count - 1; }
};

//! The table of blocks, and the counter that numbers their records.
namespace blocktable {

//! Appends a block, accepted at \a now (ms since the epoch), and gives the sequence number of its
//! first record.
[[nodiscard]] Expected<std::uint64_t> append(Transaction &transaction, const RecordBlock &block,
                                             qint64 route, qint64 now);

//! Sets a block aside whose bytes are damaged: it is not read again.
[[nodiscard]] Expected<void> markDamaged(Transaction &transaction, std::uint64_t first);

//! Blocks that overlap \a range in order, up to \a maxRawBytes but at least one.
[[nodiscard]] Expected<std::vector<StoredBlock>> read(Connection &connection, SequenceRange range,
                                                      qint64 maxRawBytes);

//! Refuses a block of no records or of more than one can hold. Looks at all: 60 ms for a million.
[[nodiscard]] Expected<void> checkCounts(Connection &connection);

//! The oldest and newest record kept; {0, 0} when there is none.
[[nodiscard]] Expected<SequenceRange> range(Connection &connection);

//! The records behind \a mark in blocks of these routes.
[[nodiscard]] Expected<SequenceSet> routedBehind(Connection &connection, std::uint64_t mark,
                                                 const QList<qint64> &routes);

} // namespace blocktable

//! The sets of endpoints that blocks are for.
namespace routetable {

//! The id of the route to exactly these endpoints, made when it is new. Order does not matter.
[[nodiscard]] Expected<qint64> idFor(Transaction &transaction, std::vector<qint64> endpoints);

//! The endpoints of each route.
[[nodiscard]] Expected<std::map<qint64, std::vector<qint64>>> read(Connection &connection);

//! The routes that lead to \a endpoint.
[[nodiscard]] Expected<QList<qint64>> leadingTo(Connection &connection, qint64 endpoint);

} // namespace routetable

} // namespace trace
