// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filterterm.h"

#include "core/filter/conditionmaker.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

Parsed<FilterNodePtr> makeCondition(const FilterTerm &term, FilterBuild &build)
{
    const FilterField *const field = findFilterField(term.field);
    if (field)
        return ConditionMaker(term, *field, build).make();
    const QString similar = similarFilterField(term.field);
    const QString advice = similar.isEmpty() ? QString() : u"Did you mean %1? "_s.arg(similar);
    return tl::make_unexpected(
        FilterProblem{term.position, term.field.size(), u"unknown field \"%1\""_s.arg(term.field),
                      advice + u"Fields are %1. To search for the text, put it in quotes."_s.arg(
                                   filterFieldNames().join(u", "_s))});
}

Parsed<FilterNodePtr> makeTextCondition(const FilterValue &value, FilterBuild &build)
{
    if (value.kind == FilterValue::Kind::Regex) {
        auto matcher = regexOf(value, build);
        if (!matcher)
            return tl::make_unexpected(matcher.error());
        return anywhereCondition(std::move(*matcher));
    }
    QStringView text = value.text;
    while (value.kind == FilterValue::Kind::Bare && text.endsWith(u'*'))
        text.chop(1); // a part of a text goes on anyway
    const bool isMeantAsWritten =
        build.options.isSmartCase &&
        std::any_of(text.begin(), text.end(), [](QChar c) { return c.isUpper(); });
    return anywhereCondition(TextMatcher::containing(utf8(text), isMeantAsWritten));
}

} // namespace trace
