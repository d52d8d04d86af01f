// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"

#include <functional>
#include <optional>
#include <string>

namespace trace {

//! Which records are to go; at least one of the two is set, and both must hold.
struct PurgeOrder
{
    std::optional<std::string> run{};     //!< Of this run.
    std::optional<std::int64_t> before{}; //!< With a time of their own before this, ns.
    bool isTrial = false;                 //!< Only count.
};

//! What a purge took from an endpoint, counted there as discarded by the operator.
struct PurgedEndpoint
{
    QString name{};
    qint64 waiting = 0; //!< Records that were not delivered yet.
    qint64 failed = 0;  //!< Records in failed batches.

    friend bool operator==(const PurgedEndpoint &, const PurgedEndpoint &) = default;
};

struct PurgeReport
{
    qint64 records = 0;                //!< Removed from the journal.
    qint64 runs = 0;                   //!< Of which nothing is left.
    qint64 failedBatches = 0;          //!< Removed or made smaller, those settled long ago too.
    qint64 unreadable = 0;             //!< In damaged blocks, and therefore perhaps not removed.
    QList<PurgedEndpoint> endpoints{}; //!< Only those that lost something.

    friend bool operator==(const PurgeReport &, const PurgeReport &) = default;
};

//! Removes records for good, on the journal's writing connection and outside of any transaction.
//! Other records keep their numbers: a block that loses records becomes several. A failed batch
//! that shrinks loses the service's words, which may quote what was removed. All or nothing up to
//! the last step, which overwrites the bytes; when only that fails, the error says so, and another
//! purge makes up for it.
[[nodiscard]] Expected<PurgeReport> purgeRecords(Connection &connection, const PurgeOrder &order);

} // namespace trace
