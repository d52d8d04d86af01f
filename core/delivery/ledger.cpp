// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/ledger.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

Expected<Ledger> readLedger(JournalReader &reader, qint64 endpoint)
{
    return reader.endpointAccount(endpoint).map([](const EndpointAccount &account) {
        const EndpointRow &row = account.row;
        return Ledger{.accepted = row.accepted,
                      .delivered = row.delivered,
                      .waiting = qint64(account.backlog.count()),
                      .inFlight = 0,
                      .failed = account.failed,
                      .discardedByOperator = row.discardedByOperator,
                      .discardedByFilter = row.discardedByFilter,
                      .discardedShed = row.discardedShed,
                      .discardedDamaged = row.discardedDamaged,
                      .discardedExpired = row.discardedExpired};
    });
}

Error noSuchRun(const QString &runId)
{
    return {u"the journal has no run \"%1\""_s.arg(runId), u"`runs` lists those that it has."_s};
}

Expected<QList<RunLedger>> readRunLedgers(JournalReader &reader,
                                          const std::optional<QString> &runId)
{
    const auto rows = reader.endpoints();
    const auto accounts = reader.runAccounts(runId);
    if (!rows || !accounts)
        return tl::make_unexpected(rows ? accounts.error() : rows.error());
    QList<RunLedger> ledgers;
    for (const RunAccount &account : *accounts) {
        const auto row = std::find_if(rows->begin(), rows->end(), [&](const EndpointRow &known) {
            return known.id == account.endpoint;
        });
        if (row == rows->end())
            continue;
        const CountChange &counts = account.counts;
        ledgers.append({.runId = account.runId,
                        .endpoint = *row,
                        .ledger = {.accepted = account.accepted,
                                   .delivered = counts.delivered,
                                   .waiting = account.waiting,
                                   .inFlight = 0,
                                   .failed = account.failed,
                                   .discardedByOperator = counts.discardedByOperator,
                                   .discardedByFilter = counts.discardedByFilter,
                                   .discardedShed = counts.discardedShed,
                                   .discardedDamaged = counts.discardedDamaged,
                                   .discardedExpired = counts.discardedExpired},
                        .failedReason = account.failedReason});
    }
    return ledgers;
}

} // namespace trace
