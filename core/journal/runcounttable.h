// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/endpointtable.h"

#include <map>

namespace trace {

//! Of a run and an endpoint, what the run's ranges do not tell, or not any more.
struct RunCounts
{
    QString runId{};
    qint64 endpoint = 0;
    qint64 accepted = 0;
    CountChange discarded{}; //!< Without `delivered`.
};

//! The table of such counts.
namespace runcounttable {

[[nodiscard]] Expected<void> add(Transaction &transaction, const RunCounts &counts);
//! Of all runs, or of one.
[[nodiscard]] Expected<QList<RunCounts>> read(Connection &connection,
                                              const std::optional<QString> &runId);

} // namespace runcounttable

//! How many records of a packed block are of which run; of none that can be read, of no run.
[[nodiscard]] std::map<QString, qint64> recordsPerRun(const QByteArray &block);

} // namespace trace
