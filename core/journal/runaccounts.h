// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/endpointtable.h"

#include <optional>

namespace trace {

//! Where the records of a run are that an endpoint was to get.
struct RunAccount
{
    QString runId{};
    qint64 endpoint = 0; //!< Its number in the journal.
    qint64 accepted = 0;
    qint64 waiting = 0; //!< Or in a request just now: the journal does not know.
    qint64 failed = 0;
    QString failedReason{}; //!< Of the oldest batch with some of them.
    CountChange counts{};   //!< Delivered, and discarded by reason.
};

//! Of all runs, or of one: computed from the run's ranges, the endpoints' backlogs, what was
//! discarded and the failed batches, all as of one moment. Delivered is what remains. Records of
//! before schema 3 are not in it.
[[nodiscard]] Expected<QList<RunAccount>> readRunAccounts(Connection &connection,
                                                          const std::optional<QString> &runId);

} // namespace trace
