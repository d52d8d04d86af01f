// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/recordblock.h"

#include <deque>
#include <unordered_map>

namespace trace {

//! The contexts and runs of a block that is being built.
class ContextTable final
{
public:
    //! 0 for an empty context or none, else its place in contexts() plus 1.
    [[nodiscard]] std::uint32_t idOf(const RunContext *context);

    //! Counts a record of the context \a id.
    void count(std::uint32_t id, std::uint32_t index, const RecordView &record);

    [[nodiscard]] const std::deque<RunContext> &contexts() const { return m_contexts; }
    //! Gives the runs away and starts anew.
    [[nodiscard]] std::vector<RunSummary> takeRuns();

private:
    struct Seen
    {
        const RunContext *address = nullptr;
        std::uint32_t id = 0;
    };
    static constexpr std::size_t seenSlots = 16;

    [[nodiscard]] std::uint32_t findOrAdd(const RunContext &context);

    std::deque<RunContext> m_contexts;
    std::unordered_multimap<std::size_t, std::uint32_t> m_ids; // By hash.
    // Where a context was seen last. Whoever owns that address may have changed it since.
    std::array<Seen, seenSlots> m_seen{};
    std::vector<std::int32_t> m_runOfId; // Place in m_runs; -1 for none yet.
    std::unordered_map<std::string, std::uint32_t> m_runOfName;
    std::vector<RunSummary> m_runs;
};

} // namespace trace
