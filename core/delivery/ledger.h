// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/journal/journalreader.h"

namespace trace {

//! The ledger of an endpoint as the journal alone tells it, with nothing in flight. It balances
//! also while another process sends.
[[nodiscard]] Expected<Ledger> readLedger(JournalReader &reader, qint64 endpoint);

//! Where a run's records are that an endpoint was to get.
struct RunLedger
{
    QString runId{};
    EndpointRow endpoint{};
    Ledger ledger{};
    QString failedReason{}; //!< Of the oldest batch with failed ones.
};

[[nodiscard]] Error noSuchRun(const QString &runId);

//! The ledgers of all runs, or of one, as the journal alone tells them, with nothing in flight. An
//! endpoint that nothing of a run was for has none.
[[nodiscard]] Expected<QList<RunLedger>> readRunLedgers(JournalReader &reader,
                                                        const std::optional<QString> &runId = {});

} // namespace trace
