// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/failedbatchtable.h"
#include "core/record/recordblock.h"
#include "core/service/service.h"

#include <memory>
#include <optional>
#include <vector>

namespace trace {

//! Records on their way to one endpoint, with the requests that carry them.
struct Batch
{
    std::vector<RecordBlockReader> blocks{}; //!< Own what the records point to.
    std::vector<RecordView> records{};       //!< In journal order.
    std::vector<Share> shares{};             //!< Indices are places in `records`.
    std::vector<Unfit> unfit{};              //!< Never sent; indices likewise.
    std::size_t rawBytes = 0;

    std::vector<SequenceRange> filtered{};      //!< Asked for, but not wanted by the filter.
    std::vector<SequenceRange> damaged{};       //!< Asked for, but not readable.
    std::vector<std::uint64_t> damagedBlocks{}; //!< Their blocks' first sequence numbers.
    std::optional<Error> damage{};              //!< The first problem that was found.

    std::shared_ptr<const Service> service{}; //!< Where it is another than the endpoint's own.
    std::optional<FailedBatch> origin{}; //!< For a replay: the failed batch that these come from.
};

} // namespace trace
