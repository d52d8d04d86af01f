// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/recordconditions.h"

#include "core/filter/metadatavalue.h"

#include <algorithm>
#include <charconv>

namespace trace {

namespace {

bool anyMatches(const TextMatchers &matchers, std::string_view text)
{
    return std::any_of(matchers.begin(), matchers.end(),
                       [&](const TextMatcher &matcher) { return matcher.matches(text); });
}

bool anyContains(const NumberRanges &ranges, double value)
{
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const NumberRange &range) { return range.contains(value); });
}

bool anyIsRegex(const TextMatchers &matchers)
{
    return std::any_of(matchers.begin(), matchers.end(),
                       [](const TextMatcher &matcher) { return matcher.isRegex(); });
}

bool isLongText(const FilterField &field)
{
    return std::any_of(field.own.begin(), field.own.end(), [](const auto member) {
        return member == &RecordView::message || member == &RecordView::exceptionMessage ||
               member == &RecordView::stackTrace;
    });
}

class LevelCondition final : public FilterNode
{
public:
    explicit LevelCondition(std::uint8_t mask)
        : m_mask(mask)
    {}
    bool matches(const RecordView &record) const override
    {
        return m_mask >> static_cast<unsigned>(record.level) & 1;
    }
    bool mayMatch(const BlockFacts &facts) const override { return m_mask & facts.levelMask; }
    bool mayMiss(const BlockFacts &facts) const override { return ~m_mask & facts.levelMask; }
    int cost() const override { return CostBits; }

private:
    std::uint8_t m_mask;
};

class TimeCondition final : public FilterNode
{
public:
    explicit TimeCondition(std::vector<TimeSpan> spans)
        : m_spans(std::move(spans))
    {}
    bool matches(const RecordView &record) const override
    {
        return any([&](const TimeSpan &span) {
            return record.timestamp >= span.first && record.timestamp <= span.last;
        });
    }
    bool mayMatch(const BlockFacts &facts) const override
    {
        return any([&](const TimeSpan &span) {
            return facts.maxTime >= span.first && facts.minTime <= span.last;
        });
    }
    bool mayMiss(const BlockFacts &facts) const override
    {
        return !any([&](const TimeSpan &span) {
            return facts.minTime >= span.first && facts.maxTime <= span.last;
        });
    }
    int cost() const override { return CostBits; }

private:
    template <typename Test>
    bool any(Test &&test) const
    {
        return std::any_of(m_spans.begin(), m_spans.end(), std::forward<Test>(test));
    }

    std::vector<TimeSpan> m_spans;
};

class NumberCondition final : public FilterNode
{
public:
    NumberCondition(const FilterField &field, NumberRanges ranges, bool isNegated)
        : m_field(field)
        , m_ranges(std::move(ranges))
        , m_isNegated(isNegated)
    {}
    bool matches(const RecordView &record) const override
    {
        const auto value = m_field.numberOf(record);
        return value && anyContains(m_ranges, *value) != m_isNegated;
    }
    int cost() const override { return CostBits + 1; }

private:
    const FilterField &m_field; // of the table
    NumberRanges m_ranges;
    bool m_isNegated;
};

class TextCondition final : public FilterNode
{
public:
    TextCondition(const FilterField &field, TextMatchers matchers, bool isNegated)
        : m_field(field)
        , m_matchers(std::move(matchers))
        , m_isNegated(isNegated)
        , m_isLong(isLongText(field))
        , m_cost((m_isLong ? CostText : CostShort) + (anyIsRegex(m_matchers) ? CostRegex : 0))
    {}
    bool matches(const RecordView &record) const override
    {
        const bool isFound = m_field.anyText(
            record, [&](std::string_view text) { return anyMatches(m_matchers, text); });
        if (!m_isNegated)
            return isFound;
        return !isFound && m_field.anyText(record, [](std::string_view) { return true; });
    }
    int cost() const override { return m_cost; }
    bool readsText() const override { return m_isLong; }

private:
    const FilterField &m_field; // of the table
    TextMatchers m_matchers;
    bool m_isNegated;
    bool m_isLong;
    int m_cost;
};

class AnywhereCondition final : public FilterNode
{
public:
    explicit AnywhereCondition(TextMatcher matcher)
        : m_matcher(std::move(matcher))
    {}
    bool matches(const RecordView &record) const override
    {
        const auto isIn = [&](std::string_view text) {
            return !text.empty() && m_matcher.matches(text);
        };
        return isIn(record.message) || isIn(record.exceptionType) ||
               isIn(record.exceptionMessage) || isIn(record.stackTrace);
    }
    int cost() const override { return m_matcher.isRegex() ? CostText + CostRegex : CostText; }
    bool readsText() const override { return true; }

private:
    TextMatcher m_matcher;
};

class MetadataCondition final : public FilterNode
{
public:
    MetadataCondition(std::string key, TextMatchers matchers, NumberRanges ranges, bool isNegated)
        : m_key(std::move(key))
        , m_matchers(std::move(matchers))
        , m_ranges(std::move(ranges))
        , m_isNegated(isNegated)
    {}
    bool matches(const RecordView &record) const override
    {
        if (record.metadata.empty())
            return false;
        thread_local std::string buffer; // for the rare string with escapes
        const auto value = findMetadata(record.metadata, m_key, buffer);
        return value && isMeant(*value) != m_isNegated;
    }
    int cost() const override { return CostMetadata + (anyIsRegex(m_matchers) ? CostRegex : 0); }

private:
    [[nodiscard]] bool isMeant(const MetadataValue &value) const
    {
        if (anyMatches(m_matchers, value.text))
            return true;
        if (m_ranges.empty())
            return false;
        double number = 0;
        const char *const end = value.text.data() + value.text.size();
        const auto read = std::from_chars(value.text.data(), end, number);
        return read.ec == std::errc() && read.ptr == end && anyContains(m_ranges, number);
    }

    std::string m_key;
    TextMatchers m_matchers;
    NumberRanges m_ranges;
    bool m_isNegated;
};

class PresenceCondition final : public FilterNode
{
public:
    PresenceCondition(const FilterField &field, std::string key)
        : m_field(field)
        , m_key(std::move(key))
    {}
    bool matches(const RecordView &record) const override
    {
        switch (m_field.kind) {
        case FieldKind::Level:
        case FieldKind::Time:
            return true;
        case FieldKind::Integer:
        case FieldKind::Duration:
        case FieldKind::Size:
        case FieldKind::Percent:
            return m_field.numberOf(record).has_value();
        case FieldKind::Metadata: {
            if (m_key.empty())
                return record.metadata.size() > 2; // {}
            thread_local std::string buffer;
            return findMetadata(record.metadata, m_key, buffer).has_value();
        }
        default:
            return m_field.anyText(record, [](std::string_view) { return true; });
        }
    }
    int cost() const override
    {
        return m_field.kind == FieldKind::Metadata ? CostMetadata : CostShort;
    }
    bool readsText() const override { return isLongText(m_field); }

private:
    const FilterField &m_field; // of the table
    std::string m_key;
};

class StateCondition final : public FilterNode
{
public:
    StateCondition(std::shared_ptr<const FilterLookup> lookup, std::uint32_t mask)
        : m_lookup(std::move(lookup))
        , m_mask(mask)
    {}
    bool matches(const RecordView &record) const override
    {
        return m_lookup->statesOf(record) & m_mask;
    }
    int cost() const override { return CostLookup; }

private:
    std::shared_ptr<const FilterLookup> m_lookup;
    std::uint32_t m_mask;
};

class LookupCondition final : public FilterNode
{
public:
    LookupCondition(std::shared_ptr<const FilterLookup> lookup, FieldKind kind,
                    TextMatchers matchers, bool isNegated)
        : m_lookup(std::move(lookup))
        , m_kind(kind)
        , m_matchers(std::move(matchers))
        , m_isNegated(isNegated)
    {}
    bool matches(const RecordView &record) const override
    {
        const auto texts = m_kind == FieldKind::Destination ? m_lookup->endpointsOf(record)
                           : m_kind == FieldKind::Batch     ? m_lookup->batchesOf(record)
                                                            : m_lookup->runsAbove(record);
        const bool isFound = std::any_of(texts.begin(), texts.end(), [&](const std::string &text) {
            return anyMatches(m_matchers, text);
        });
        return !texts.empty() && isFound != m_isNegated;
    }
    int cost() const override { return CostLookup; }

private:
    std::shared_ptr<const FilterLookup> m_lookup;
    FieldKind m_kind;
    TextMatchers m_matchers;
    bool m_isNegated;
};

} // namespace

FilterNodePtr levelCondition(std::uint8_t mask)
{
    return std::make_unique<LevelCondition>(mask);
}

FilterNodePtr timeCondition(std::vector<TimeSpan> spans)
{
    return std::make_unique<TimeCondition>(std::move(spans));
}

FilterNodePtr numberCondition(const FilterField &field, NumberRanges ranges, bool isNegated)
{
    return std::make_unique<NumberCondition>(field, std::move(ranges), isNegated);
}

FilterNodePtr textCondition(const FilterField &field, TextMatchers matchers, bool isNegated)
{
    return std::make_unique<TextCondition>(field, std::move(matchers), isNegated);
}

FilterNodePtr anywhereCondition(TextMatcher matcher)
{
    return std::make_unique<AnywhereCondition>(std::move(matcher));
}

FilterNodePtr metadataCondition(std::string key, TextMatchers matchers, NumberRanges ranges,
                                bool isNegated)
{
    return std::make_unique<MetadataCondition>(std::move(key), std::move(matchers),
                                               std::move(ranges), isNegated);
}

FilterNodePtr presenceCondition(const FilterField &field, std::string key)
{
    return std::make_unique<PresenceCondition>(field, std::move(key));
}

FilterNodePtr stateCondition(std::shared_ptr<const FilterLookup> lookup, std::uint32_t mask)
{
    return std::make_unique<StateCondition>(std::move(lookup), mask);
}

FilterNodePtr lookupCondition(std::shared_ptr<const FilterLookup> lookup, FieldKind kind,
                              TextMatchers matchers, bool isNegated)
{
    return std::make_unique<LookupCondition>(std::move(lookup), kind, std::move(matchers),
                                             isNegated);
}

} // namespace trace
