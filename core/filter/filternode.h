// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <memory>
#include <vector>

namespace trace {

//! What is known of a block of records without opening it.
struct BlockFacts
{
    std::uint8_t levelMask = 0; //!< Bit n is set when a record of Level n is inside.
    std::int64_t minTime = 0;   //!< ns since the epoch.
    std::int64_t maxTime = 0;   //!< Likewise.
};

//! One part of a parsed filter. Immutable, used by many threads.
class FilterNode
{
public:
    virtual ~FilterNode() = default;

    [[nodiscard]] virtual bool matches(const RecordView &record) const = 0;
    //! False when no record of the block can match.
    [[nodiscard]] virtual bool mayMatch(const BlockFacts &) const { return true; }
    //! False when all records of the block match.
    [[nodiscard]] virtual bool mayMiss(const BlockFacts &) const { return true; }
    //! Grows with the time that matches() takes.
    [[nodiscard]] virtual int cost() const = 0;
    //! Whether it looks at message, exception message or stack trace.
    [[nodiscard]] virtual bool readsText() const { return false; }
};

using FilterNodePtr = std::unique_ptr<const FilterNode>;

//! What costs, from nothing but bits to regular expressions over all text.
enum FilterCost
{
    CostBits = 1,
    CostShort = 10,
    CostMetadata = 40,
    CostText = 100,
    CostRegex = 400,
    CostLookup = 2000
};

//! All of \a parts, the cheapest first; one part stands for itself, none matches everything.
[[nodiscard]] FilterNodePtr allOf(std::vector<FilterNodePtr> parts);
//! Any of \a parts, of which there is at least one.
[[nodiscard]] FilterNodePtr anyOf(std::vector<FilterNodePtr> parts);
[[nodiscard]] FilterNodePtr negationOf(FilterNodePtr part);

} // namespace trace
