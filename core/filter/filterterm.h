// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filter.h"
#include "core/filter/filternode.h"

#include <vector>

namespace trace {

//! A part of a filter, or where and why it cannot be understood.
template <typename T>
using Parsed = tl::expected<T, FilterProblem>;

//! One value as it was written.
struct FilterValue
{
    enum class Kind
    {
        Bare,
        Quoted,
        Regex
    };

    Kind kind = Kind::Bare;
    QString text{};  //!< Without quotes or slashes.
    QString flags{}; //!< Of a regular expression.
    qsizetype position = 0;
    qsizetype length = 0;
};

enum class FilterOperator
{
    Has,
    Is,
    IsNot,
    Matches,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual
};

//! A field, an operator and one or more values: `stage:(load|cleanup)`.
struct FilterTerm
{
    QString field{};
    FilterOperator op = FilterOperator::Has;
    std::vector<FilterValue> values{};
    qsizetype position = 0; //!< Of the field.
};

//! What a filter is parsed with, and what is found out on the way.
struct FilterBuild
{
    const FilterOptions &options;
    std::int64_t now = 0; //!< ns since the epoch.
    bool isRelative = false;
    int regexes = 0;
};

//! The condition of a term.
[[nodiscard]] Parsed<FilterNodePtr> makeCondition(const FilterTerm &term, FilterBuild &build);
//! That of a word, quoted text or regular expression without a field.
[[nodiscard]] Parsed<FilterNodePtr> makeTextCondition(const FilterValue &value, FilterBuild &build);

} // namespace trace
