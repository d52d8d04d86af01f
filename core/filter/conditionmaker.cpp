// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/conditionmaker.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostRegexes = 50;

// In the order of the bits of RecordState.
constexpr std::array stateNames{"buffered", "sent",     "failed",     "retrying",
                                "dropped",  "replayed", "bookmarked", "new"};

} // namespace

Parsed<TextMatcher> regexOf(const FilterValue &value, FilterBuild &build)
{
    if (++build.regexes > mostRegexes)
        return refuse(value, u"too many regular expressions"_s,
                      u"Use %1 at most."_s.arg(mostRegexes));
    auto matcher = TextMatcher::regex(utf8(value.text), value.flags.toStdString());
    if (!matcher)
        return refuse(value, u"the regular expression is wrong: %1"_s.arg(matcher.error().text),
                      u"Use RE2's syntax, or quote it to search for the text."_s);
    return *matcher;
}

Parsed<void> ConditionMaker::checkOperator() const
{
    const QString field = m_term.field;
    if (isOrder() && m_term.values.size() > 1)
        return refuse(m_term.values[1], u"a list cannot be compared"_s, u"Use one value."_s);
    switch (m_field.kind) {
    case FieldKind::Level:
    case FieldKind::Metadata:
        return {};
    case FieldKind::Time:
    case FieldKind::Integer:
    case FieldKind::Duration:
    case FieldKind::Size:
    case FieldKind::Percent:
        if (m_term.op == FilterOperator::Matches)
            return refuseTerm(u"%1 is no text"_s.arg(field), u"Use : = != < <= > or >=."_s);
        return {};
    case FieldKind::Since:
    case FieldKind::Until:
    case FieldKind::Presence:
    case FieldKind::State:
        if (m_term.op != FilterOperator::Has && m_term.op != FilterOperator::Is)
            return refuseTerm(u"%1 takes only a value"_s.arg(field),
                              u"Write %1:value, or -%1:value for the opposite."_s.arg(field));
        return {};
    default:
        if (isOrder())
            return refuseTerm(u"%1 has no order"_s.arg(field), u"Use : = != or ~."_s);
        return {};
    }
}

Parsed<FilterNodePtr> ConditionMaker::make()
{
    if (const auto allowed = checkOperator(); !allowed)
        return tl::make_unexpected(allowed.error());
    const bool asksLookup = m_field.kind >= FieldKind::State;
    if (asksLookup && !m_build.options.lookup)
        return refuseTerm(u"%1 is not known here"_s.arg(m_term.field),
                          u"Only the console's views know what became of a record; ask for what "
                          u"the record itself says."_s);
    switch (m_field.kind) {
    case FieldKind::Level:
        return levels();
    case FieldKind::Time:
    case FieldKind::Since:
    case FieldKind::Until:
        return times();
    case FieldKind::Integer:
    case FieldKind::Duration:
    case FieldKind::Size:
    case FieldKind::Percent:
        return numbers();
    case FieldKind::Mode:
        return mode();
    case FieldKind::Metadata:
        return metadata();
    case FieldKind::Presence:
        return presence();
    case FieldKind::State:
        return states();
    default:
        break;
    }
    auto texts = matchers();
    if (!texts)
        return tl::make_unexpected(texts.error());
    if (asksLookup)
        return lookupCondition(m_build.options.lookup, m_field.kind, std::move(*texts),
                               isNegated());
    return textCondition(m_field, std::move(*texts), isNegated());
}

Parsed<TextMatcher> ConditionMaker::matcherOf(const FilterValue &value)
{
    if (value.kind == FilterValue::Kind::Regex || m_term.op == FilterOperator::Matches)
        return regexOf(value, m_build);
    std::string text = utf8(value.text);
    if (m_term.op != FilterOperator::Has)
        return TextMatcher::exact(std::move(text));
    const bool isPart = m_field.kind == FieldKind::Text;
    if (value.kind == FilterValue::Kind::Bare && hasWildcard(value.text))
        return TextMatcher::glob(std::move(text), isPart);
    if (isPart)
        return TextMatcher::containing(std::move(text));
    if (m_field.kind == FieldKind::Identifier || m_field.kind == FieldKind::Root)
        return TextMatcher::identifier(std::move(text));
    return TextMatcher::equal(std::move(text));
}

Parsed<TextMatchers> ConditionMaker::matchers()
{
    TextMatchers matchers;
    for (const FilterValue &value : m_term.values) {
        auto matcher = matcherOf(value);
        if (!matcher)
            return tl::make_unexpected(matcher.error());
        matchers.push_back(std::move(*matcher));
    }
    return matchers;
}

Parsed<FilterNodePtr> ConditionMaker::mode()
{
    auto texts = matchers();
    if (!texts)
        return tl::make_unexpected(texts.error());
    for (std::size_t i = 0; i < texts->size(); ++i) {
        if (!(*texts)[i].matches(modeName(Mode::Stdout)) &&
            !(*texts)[i].matches(modeName(Mode::Stderr)))
            return refuse(m_term.values[i], u"\"%1\" is no mode"_s.arg(m_term.values[i].text),
                          u"Modes are stdout and stderr."_s);
    }
    return textCondition(m_field, std::move(*texts), isNegated());
}

Parsed<FilterNodePtr> ConditionMaker::metadata()
{
    std::string key = metadataKey(m_term.field);
    if (key.empty())
        return refuseTerm(u"the key of the metadata is missing"_s,
                          u"Write meta.key, as in meta.rows>1000."_s);
    const bool isRegex = m_term.op == FilterOperator::Matches;
    auto numeric = isRegex ? NumberRanges() : ranges(FieldKind::Metadata, !isOrder());
    if (!numeric)
        return tl::make_unexpected(numeric.error());
    auto texts = isOrder() ? TextMatchers() : matchers();
    if (!texts)
        return tl::make_unexpected(texts.error());
    return metadataCondition(std::move(key), std::move(*texts), std::move(*numeric), isNegated());
}

Parsed<FilterNodePtr> ConditionMaker::presence()
{
    std::vector<FilterNodePtr> any;
    for (const FilterValue &value : m_term.values) {
        const FilterField *const field = findFilterField(value.text);
        if (!field || field->kind >= FieldKind::Presence || field->kind == FieldKind::Since ||
            field->kind == FieldKind::Until)
            return refuse(value, u"\"%1\" is no field of a record"_s.arg(value.text),
                          u"Use one such as has:trace, has:exc or has:meta.rows."_s);
        any.push_back(presenceCondition(*field, metadataKey(value.text)));
    }
    return anyOf(std::move(any));
}

Parsed<FilterNodePtr> ConditionMaker::states()
{
    std::uint32_t mask = 0;
    for (const FilterValue &value : m_term.values) {
        const auto known =
            std::find_if(stateNames.begin(), stateNames.end(), [&](const char *name) {
                return value.text.compare(QLatin1String(name), Qt::CaseInsensitive) == 0;
            });
        if (known == stateNames.end())
            return refuse(value, u"\"%1\" is no state"_s.arg(value.text),
                          u"States are buffered, sent, failed, retrying, dropped, replayed, "
                          u"bookmarked and new."_s);
        mask |= 1U << (known - stateNames.begin());
    }
    return stateCondition(m_build.options.lookup, mask);
}

} // namespace trace
