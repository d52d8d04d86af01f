// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filternode.h"

#include <algorithm>
#include <numeric>

namespace trace {

namespace {

class Negation final : public FilterNode
{
public:
    explicit Negation(FilterNodePtr part)
        : m_part(std::move(part))
    {}
    bool matches(const RecordView &record) const override { return !m_part->matches(record); }
    bool mayMatch(const BlockFacts &facts) const override { return m_part->mayMiss(facts); }
    bool mayMiss(const BlockFacts &facts) const override { return m_part->mayMatch(facts); }
    int cost() const override { return m_part->cost(); }
    bool readsText() const override { return m_part->readsText(); }

private:
    FilterNodePtr m_part;
};

class Several : public FilterNode
{
public:
    explicit Several(std::vector<FilterNodePtr> parts)
        : m_parts(std::move(parts))
    {
        std::stable_sort(m_parts.begin(), m_parts.end(),
                         [](const auto &a, const auto &b) { return a->cost() < b->cost(); });
    }
    int cost() const override
    {
        return std::accumulate(m_parts.begin(), m_parts.end(), 0,
                               [](int sum, const auto &part) { return sum + part->cost(); });
    }
    bool readsText() const override
    {
        return any([](const FilterNode &part) { return part.readsText(); });
    }

protected:
    template <typename Test>
    bool any(Test &&test) const
    {
        return std::any_of(m_parts.begin(), m_parts.end(),
                           [&](const auto &part) { return test(*part); });
    }
    template <typename Test>
    bool all(Test &&test) const
    {
        return std::all_of(m_parts.begin(), m_parts.end(),
                           [&](const auto &part) { return test(*part); });
    }

private:
    std::vector<FilterNodePtr> m_parts;
};

class All final : public Several
{
public:
    using Several::Several;
    bool matches(const RecordView &record) const override
    {
        return all([&](const FilterNode &part) { return part.matches(record); });
    }
    bool mayMatch(const BlockFacts &facts) const override
    {
        return all([&](const FilterNode &part) { return part.mayMatch(facts); });
    }
    bool mayMiss(const BlockFacts &facts) const override
    {
        return any([&](const FilterNode &part) { return part.mayMiss(facts); });
    }
};

class Any final : public Several
{
public:
    using Several::Several;
    bool matches(const RecordView &record) const override
    {
        return any([&](const FilterNode &part) { return part.matches(record); });
    }
    bool mayMatch(const BlockFacts &facts) const override
    {
        return any([&](const FilterNode &part) { return part.mayMatch(facts); });
    }
    bool mayMiss(const BlockFacts &facts) const override
    {
        return all([&](const FilterNode &part) { return part.mayMiss(facts); });
    }
};

} // namespace

FilterNodePtr allOf(std::vector<FilterNodePtr> parts)
{
    return parts.size() == 1 ? std::move(parts.front()) : std::make_unique<All>(std::move(parts));
}

FilterNodePtr anyOf(std::vector<FilterNodePtr> parts)
{
    return parts.size() == 1 ? std::move(parts.front()) : std::make_unique<Any>(std::move(parts));
}

FilterNodePtr negationOf(FilterNodePtr part)
{
    return std::make_unique<Negation>(std::move(part));
}

} // namespace trace
