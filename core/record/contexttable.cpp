// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/contexttable.h"

#include <algorithm>
#include <utility>

namespace trace {

namespace {

std::size_t hashOf(const RunContext &context)
{
    std::size_t hash = context.tags.size();
    for (const auto &field : contextFields) {
        const std::string &text = context.*field.member;
        if (!text.empty())
            hash ^= std::hash<std::string_view>()(text) + (hash << 6) + (hash >> 2);
    }
    return hash;
}

} // namespace

std::uint32_t ContextTable::idOf(const RunContext *context)
{
    if (!context)
        return 0;
    const auto address = reinterpret_cast<std::uintptr_t>(context);
    Seen &seen = m_seen[address / sizeof(RunContext) % seenSlots];
    if (seen.address == context && seen.id > 0 && m_contexts[seen.id - 1] == *context)
        return seen.id;
    seen = {context, findOrAdd(*context)};
    return seen.id;
}

std::uint32_t ContextTable::findOrAdd(const RunContext &context)
{
    if (context == RunContext())
        return 0;
    const std::size_t hash = hashOf(context);
    const auto [first, last] = m_ids.equal_range(hash);
    for (auto it = first; it != last; ++it) {
        if (m_contexts[it->second - 1] == context)
            return it->second;
    }
    m_contexts.push_back(context);
    const auto id = static_cast<std::uint32_t>(m_contexts.size());
    m_ids.emplace(hash, id);
    return id;
}

void ContextTable::count(std::uint32_t id, std::uint32_t index, const RecordView &record)
{
    if (id >= m_runOfId.size())
        m_runOfId.resize(id + 1, -1);
    if (m_runOfId[id] < 0) {
        const RunContext &context = contextOf(record);
        const auto next = static_cast<std::uint32_t>(m_runs.size());
        const auto [found, added] = m_runOfName.try_emplace(context.runId, next);
        if (added) {
            RunSummary run;
            run.context = context;
            run.first = index;
            run.minTime = record.timestamp;
            run.maxTime = record.timestamp;
            m_runs.push_back(std::move(run));
        }
        m_runOfId[id] = static_cast<std::int32_t>(found->second);
    }
    RunSummary &run = m_runs[static_cast<std::size_t>(m_runOfId[id])];
    if (!run.pieces.empty() && run.last + 1 == index)
        run.pieces.back().last = index;
    else
        run.pieces.push_back({index, index});
    run.last = index;
    run.minTime = std::min(run.minTime, record.timestamp);
    run.maxTime = std::max(run.maxTime, record.timestamp);
    ++run.counts[static_cast<std::size_t>(record.level)];
}

std::vector<RunSummary> ContextTable::takeRuns()
{
    std::vector<RunSummary> runs = std::move(m_runs);
    *this = ContextTable();
    return runs;
}

} // namespace trace
