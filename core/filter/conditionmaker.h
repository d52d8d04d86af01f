// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filterterm.h"
#include "core/filter/recordconditions.h"

namespace trace {

//! What is wrong with a value.
[[nodiscard]] inline auto refuse(const FilterValue &value, QString text, QString action)
{
    return tl::make_unexpected(
        FilterProblem{value.position, value.length, std::move(text), std::move(action)});
}

[[nodiscard]] inline std::string utf8(QStringView text)
{
    return text.toUtf8().toStdString();
}

[[nodiscard]] inline bool hasWildcard(QStringView text)
{
    return text.contains(u'*') || text.contains(u'?');
}

//! The regular expression that \a value writes.
[[nodiscard]] Parsed<TextMatcher> regexOf(const FilterValue &value, FilterBuild &build);

//! Makes the condition of one term, whose field is known.
class ConditionMaker final
{
public:
    ConditionMaker(const FilterTerm &term, const FilterField &field, FilterBuild &build)
        : m_term(term)
        , m_field(field)
        , m_build(build)
    {}

    Parsed<FilterNodePtr> make();

private:
    [[nodiscard]] bool isNegated() const { return m_term.op == FilterOperator::IsNot; }
    [[nodiscard]] bool isOrder() const { return m_term.op >= FilterOperator::Less; }
    [[nodiscard]] const FilterValue &first() const { return m_term.values.front(); }
    auto refuseTerm(QString text, QString action) const
    {
        return tl::make_unexpected(FilterProblem{m_term.position, m_term.field.size(),
                                                 std::move(text), std::move(action)});
    }

    Parsed<void> checkOperator() const;
    Parsed<FilterNodePtr> levels();
    Parsed<std::uint8_t> levelsOf(const FilterValue &value);
    Parsed<Level> levelOf(const FilterValue &value, QStringView text) const;
    Parsed<FilterNodePtr> times();
    Parsed<TimeSpan> spanOf(const FilterValue &value, QStringView text);
    Parsed<TimeSpan> rangeOf(const FilterValue &value);
    Parsed<FilterNodePtr> numbers();
    Parsed<NumberRanges> ranges(FieldKind kind, bool isOptional) const;
    Parsed<TextMatchers> matchers();
    Parsed<TextMatcher> matcherOf(const FilterValue &value);
    Parsed<FilterNodePtr> mode();
    Parsed<FilterNodePtr> metadata();
    Parsed<FilterNodePtr> presence();
    Parsed<FilterNodePtr> states();

    const FilterTerm &m_term;
    const FilterField &m_field;
    FilterBuild &m_build;
};

} // namespace trace
