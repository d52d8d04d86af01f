// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/batchprogress.h"
#include "core/journal/journal.h"

//! What the journal is told of a batch's progress.
namespace trace {

//! The endpoint as a failed batch keeps it: secrets themselves stay out of the journal.
[[nodiscard]] QByteArray configurationToKeep(const Endpoint &endpoint);

//! The records at \a indices as delivered.
[[nodiscard]] Settlement deliveredSettlement(const BatchProgress &progress,
                                             const std::vector<std::size_t> &indices);

//! What the batch parked, as failed batches of \a endpoint; nothing of it may be a replay.
[[nodiscard]] Settlement parkedSettlement(const BatchProgress &progress, qint64 journalId,
                                          const Endpoint &endpoint);

//! The end of a replay: what is left goes back into the same failed batch with \a problem.
[[nodiscard]] ReplaySettlement replaySettlement(const BatchProgress &progress, qint64 journalId,
                                                const QString &problem);

} // namespace trace
