// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/conditionmaker.h"

#include <algorithm>
#include <limits>

//! The part of ConditionMaker for fields whose values have an order: levels, times and numbers.
namespace trace {

using namespace Qt::StringLiterals;

Parsed<Level> ConditionMaker::levelOf(const FilterValue &value, QStringView text) const
{
    const std::string name = utf8(text);
    std::optional<Level> found = levelFromName(name);
    for (const Level level : allLevels) {
        if (!found && !name.empty() && startsFolded(levelName(level), name))
            found = level; // no two names begin alike
    }
    if (found)
        return *found;
    return refuse(value, u"\"%1\" is no level"_s.arg(text),
                  u"Levels are debug, info, warning, error and critical; level:warning+ means at "
                  u"least."_s);
}

Parsed<std::uint8_t> ConditionMaker::levelsOf(const FilterValue &value)
{
    constexpr unsigned all = (1U << allLevels.size()) - 1;
    const auto from = [](Level level) { return all & ~((1U << unsigned(level)) - 1); };
    const auto mask = [](unsigned bits) { return static_cast<std::uint8_t>(bits & all); };
    if (value.kind == FilterValue::Kind::Regex || m_term.op == FilterOperator::Matches ||
        hasWildcard(value.text)) {
        const auto matcher = matcherOf(value);
        if (!matcher)
            return tl::make_unexpected(matcher.error());
        unsigned bits = 0;
        for (const Level level : allLevels)
            bits |= matcher->matches(levelName(level)) ? 1U << unsigned(level) : 0U;
        return mask(bits);
    }
    const QStringView text = value.text;
    if (const qsizetype dots = text.indexOf(u".."); dots >= 0) {
        const QStringView least = text.left(dots);
        const QStringView most = text.mid(dots + 2);
        const auto low = least.isEmpty() ? Level::Debug : levelOf(value, least);
        const auto high = most.isEmpty() ? Level::Critical : levelOf(value, most);
        if (!low || !high)
            return tl::make_unexpected(low ? high.error() : low.error());
        return mask(from(*low) & ~(from(*high) << 1));
    }
    const bool isAtLeast = text.endsWith(u'+');
    const auto level = levelOf(value, isAtLeast ? text.chopped(1) : text);
    if (!level)
        return tl::make_unexpected(level.error());
    const unsigned bit = 1U << unsigned(*level);
    switch (m_term.op) {
    case FilterOperator::Less:
        return mask(~from(*level));
    case FilterOperator::LessOrEqual:
        return mask(~from(*level) | bit);
    case FilterOperator::Greater:
        return mask(from(*level) & ~bit);
    case FilterOperator::GreaterOrEqual:
        return mask(from(*level));
    default:
        return mask(isAtLeast ? from(*level) : bit);
    }
}

Parsed<FilterNodePtr> ConditionMaker::levels()
{
    std::uint8_t mask = 0;
    for (const FilterValue &value : m_term.values) {
        const auto more = levelsOf(value);
        if (!more)
            return tl::make_unexpected(more.error());
        mask |= *more;
    }
    return levelCondition(isNegated() ? static_cast<std::uint8_t>(~mask) : mask);
}

Parsed<TimeSpan> ConditionMaker::spanOf(const FilterValue &value, QStringView text)
{
    const bool isSugar = m_field.kind != FieldKind::Time;
    if (const auto ago = isSugar ? durationFromText(text) : std::nullopt) {
        m_build.isRelative = true;
        const double time = std::max(double(m_build.now) - *ago, -9.2e18);
        return TimeSpan{std::int64_t(time), std::int64_t(time)};
    }
    const auto span = timeFromText(text, m_build.options.zone, m_build.now, m_build.isRelative);
    if (span && value.kind != FilterValue::Kind::Regex)
        return *span;
    return refuse(value, u"\"%1\" is no time"_s.arg(text),
                  isSugar ? u"Use 15m, 2h, today, 2024-05-01 or 2024-05-01T12:00."_s
                          : u"Use 2024-05-01, 2024-05-01T12:00, now-15m or today."_s);
}

Parsed<TimeSpan> ConditionMaker::rangeOf(const FilterValue &value)
{
    constexpr TimeSpan ever{std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max()};
    const QStringView text = value.text;
    const qsizetype dots = text.indexOf(u"..");
    if (dots < 0)
        return spanOf(value, text);
    const QStringView least = text.left(dots);
    const QStringView most = text.mid(dots + 2);
    const auto low = least.isEmpty() ? ever : spanOf(value, least);
    const auto high = most.isEmpty() ? ever : spanOf(value, most);
    if (!low || !high)
        return tl::make_unexpected(low ? high.error() : low.error());
    return TimeSpan{low->first, high->last};
}

Parsed<FilterNodePtr> ConditionMaker::times()
{
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    std::vector<TimeSpan> spans;
    for (const FilterValue &value : m_term.values) {
        const auto read = isOrder() ? spanOf(value, value.text) : rangeOf(value);
        if (!read)
            return tl::make_unexpected(read.error());
        TimeSpan span = *read;
        if (m_field.kind == FieldKind::Since || m_term.op == FilterOperator::GreaterOrEqual)
            span.last = most;
        else if (m_field.kind == FieldKind::Until || m_term.op == FilterOperator::LessOrEqual)
            span.first = least;
        else if (m_term.op == FilterOperator::Less)
            span = {least, std::max(span.first, least + 1) - 1};
        else if (m_term.op == FilterOperator::Greater)
            span = {std::min(span.last, most - 1) + 1, most};
        spans.push_back(span);
    }
    auto condition = timeCondition(std::move(spans));
    return isNegated() ? negationOf(std::move(condition)) : std::move(condition);
}

// With isOptional what is no number is passed over: it is a text.
Parsed<NumberRanges> ConditionMaker::ranges(FieldKind kind, bool isOptional) const
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    NumberRanges ranges;
    for (const FilterValue &value : m_term.values) {
        const QStringView text = value.text;
        const qsizetype dots = isOrder() ? -1 : text.indexOf(u"..");
        const QStringView low = dots < 0 ? text : text.left(dots);
        const QStringView high = dots < 0 ? text : text.mid(dots + 2);
        const bool isOpenLow = dots >= 0 && low.isEmpty();
        const bool isOpenHigh = dots >= 0 && high.isEmpty();
        const auto least = isOpenLow ? -infinity : numberFromText(low, kind);
        const auto most = isOpenHigh ? infinity : numberFromText(high, kind);
        if (!least || !most || value.kind == FilterValue::Kind::Regex) {
            if (isOptional)
                continue;
            return refuse(value, u"\"%1\" is no value of %2"_s.arg(value.text, m_term.field),
                          numberAdvice(kind));
        }
        switch (m_term.op) {
        case FilterOperator::Less:
            ranges.push_back({-infinity, *most, false, true});
            break;
        case FilterOperator::LessOrEqual:
            ranges.push_back({-infinity, *most});
            break;
        case FilterOperator::Greater:
            ranges.push_back({*least, infinity, true, false});
            break;
        case FilterOperator::GreaterOrEqual:
            ranges.push_back({*least, infinity});
            break;
        default:
            ranges.push_back({*least, *most});
        }
    }
    return ranges;
}

Parsed<FilterNodePtr> ConditionMaker::numbers()
{
    auto read = ranges(m_field.kind, false);
    if (!read)
        return tl::make_unexpected(read.error());
    return numberCondition(m_field, std::move(*read), isNegated());
}

} // namespace trace
