// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"

#include <vector>

namespace trace {

//! A failed batch with its own copy of the records.
struct FailedBatch
{
    FailedBatchRow row;
    QByteArray configuration{}; //!< The endpoint as JSON, as it was configured; without secrets.
    std::vector<std::uint64_t> sequences{}; //!< Of the records, ascending.
    QByteArray data{};                      //!< The records, a RecordBlock.
};

//! The table of failed batches. A batch is parked, then claimed for a replay, then settled.
namespace failedbatchtable {

//! Adds a parked batch and gives its id.
[[nodiscard]] Expected<qint64> insert(Transaction &transaction, const FailedBatch &batch);

//! Writes records, reason, attempts and state of an existing batch anew, except of a settled one.
[[nodiscard]] Expected<void> update(Transaction &transaction, const FailedBatch &batch);

//! Likewise, and of a settled one too, which keeps a copy of its records.
[[nodiscard]] Expected<void> rewrite(Transaction &transaction, const FailedBatch &batch);

//! Takes a batch out as if it had never been.
[[nodiscard]] Expected<void> remove(Transaction &transaction, qint64 id);

//! Of all batches, settled ones too.
[[nodiscard]] Expected<QList<qint64>> allIds(Connection &connection);

//! Moves a batch on when it is in state \a from; false when it is not.
[[nodiscard]] Expected<bool> compareAndSet(Transaction &transaction, qint64 id, FailedState from,
                                           FailedState to);

//! After a crash: what was claimed is parked again, and may have arrived, for nobody knows how far
//! its replay had got. Gives how many.
[[nodiscard]] Expected<qint64> releaseClaimed(Transaction &transaction);

//! What is not settled, oldest first.
[[nodiscard]] Expected<QList<FailedBatchRow>> readOpen(Connection &connection);
[[nodiscard]] Expected<FailedBatch> read(Connection &connection, qint64 id);

//! How many batches are not settled.
[[nodiscard]] Expected<qint64> openBatches(Connection &connection);
//! Records of the endpoint in batches that are not settled.
[[nodiscard]] Expected<qint64> openRecords(Connection &connection, qint64 endpoint);

} // namespace failedbatchtable

} // namespace trace
