// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/sequenceset.h"
#include "core/record/recordblock.h"

#include <optional>
#include <vector>

namespace trace {

//! Records of a run that took one route.
struct RunRanges
{
    QString runId{};
    qint64 route = 0;
    std::vector<SequenceRange> ranges{}; //!< Exactly these, ascending.
};

//! Where the records of runs are.
namespace runrangetable {

//! Adds a block's records of a run that the run table knows. \a firstSequence is the block's.
[[nodiscard]] Expected<void> add(Transaction &transaction, const RunSummary &run,
                                 std::uint64_t firstSequence, qint64 route);

//! Of all runs, or of one.
[[nodiscard]] Expected<std::vector<RunRanges>> read(Connection &connection,
                                                    const std::optional<QString> &runId);

//! What lies before \a oldest becomes counts (runcounttable): its blocks are gone. Of all runs
//! whose first record by the run table is older, or of one.
[[nodiscard]] Expected<void> foldBefore(Transaction &transaction, std::uint64_t oldest,
                                        const std::optional<QString> &runId = {});

} // namespace runrangetable

} // namespace trace
