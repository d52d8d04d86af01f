// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/ledger.h"

namespace trace {

Expected<Ledger> readLedger(JournalReader &reader, const EndpointRow &row)
{
    const auto backlog = reader.backlog(row.id);
    if (!backlog)
        return tl::make_unexpected(backlog.error());
    return reader.failedRecordCount(row.id).map([&](qint64 failed) {
        return Ledger{.accepted = row.accepted,
                      .delivered = row.delivered,
                      .waiting = qint64(backlog->count()),
                      .inFlight = 0,
                      .failed = failed,
                      .discardedByOperator = row.discardedByOperator,
                      .discardedByFilter = row.discardedByFilter,
                      .discardedShed = row.discardedShed,
                      .discardedDamaged = row.discardedDamaged,
                      .discardedExpired = row.discardedExpired};
    });
}

} // namespace trace
