// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <cstdint>
#include <string>
#include <vector>

namespace trace {

//! What became of a record, as `is:` of the filter language names it; bits of a mask.
enum RecordState : std::uint32_t
{
    RecordBuffered = 1 << 0,
    RecordSent = 1 << 1,
    RecordFailed = 1 << 2,
    RecordRetrying = 1 << 3,
    RecordDropped = 1 << 4,
    RecordReplayed = 1 << 5,
    RecordBookmarked = 1 << 6,
    RecordNew = 1 << 7,
};

//! What a filter may ask about a record that the record itself does not know. Called from whichever
//! thread uses the filter.
class FilterLookup
{
public:
    virtual ~FilterLookup() = default;

    //! A mask of RecordState, over all endpoints.
    [[nodiscard]] virtual std::uint32_t statesOf(const RecordView &record) const = 0;
    //! Names of the endpoints that the record is for.
    [[nodiscard]] virtual std::vector<std::string> endpointsOf(const RecordView &record) const = 0;
    //! Numbers of the failed batches that hold the record.
    [[nodiscard]] virtual std::vector<std::string> batchesOf(const RecordView &record) const = 0;
    //! The record's run and the runs above it.
    [[nodiscard]] virtual std::vector<std::string> runsAbove(const RecordView &record) const = 0;
};

} // namespace trace
