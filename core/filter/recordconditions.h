// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filterfields.h"
#include "core/filter/filterlookup.h"
#include "core/filter/filternode.h"
#include "core/filter/filtervalues.h"
#include "core/filter/textmatcher.h"

//! What a filter asks of a record, once it has been understood.
namespace trace {

//! Numbers between two ends, each of which may be excluded.
struct NumberRange
{
    double least;
    double most;
    bool isWithoutLeast = false;
    bool isWithoutMost = false;

    [[nodiscard]] bool contains(double value) const
    {
        return (isWithoutLeast ? value > least : value >= least) &&
               (isWithoutMost ? value < most : value <= most);
    }
};

using TextMatchers = std::vector<TextMatcher>;
using NumberRanges = std::vector<NumberRange>;

//! For those below that are negated, as by `!=`: the field is set and has none of the values.

//! A level whose bit is in \a mask.
[[nodiscard]] FilterNodePtr levelCondition(std::uint8_t mask);
[[nodiscard]] FilterNodePtr timeCondition(std::vector<TimeSpan> spans);
[[nodiscard]] FilterNodePtr numberCondition(const FilterField &field, NumberRanges ranges,
                                            bool isNegated);
[[nodiscard]] FilterNodePtr textCondition(const FilterField &field, TextMatchers matchers,
                                          bool isNegated);
//! Message, exception type, exception message or stack trace.
[[nodiscard]] FilterNodePtr anywhereCondition(TextMatcher matcher);
[[nodiscard]] FilterNodePtr metadataCondition(std::string key, TextMatchers matchers,
                                              NumberRanges ranges, bool isNegated);
//! The field has a value; \a key for metadata, where empty means any.
[[nodiscard]] FilterNodePtr presenceCondition(const FilterField &field, std::string key);
//! Any bit of RecordState.
[[nodiscard]] FilterNodePtr stateCondition(std::shared_ptr<const FilterLookup> lookup,
                                           std::uint32_t mask);
//! One of the fields that a lookup knows: Destination, Batch or Root.
[[nodiscard]] FilterNodePtr lookupCondition(std::shared_ptr<const FilterLookup> lookup,
                                            FieldKind kind, TextMatchers matchers, bool isNegated);

} // namespace trace
