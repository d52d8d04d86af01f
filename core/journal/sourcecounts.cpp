// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/sourcecounts.h"

#include "core/record/recordblock.h"

#include <algorithm>

namespace trace {

namespace {

constexpr qint64 readAtOnce = 4 * 1024 * 1024; // bytes of records before compression
constexpr std::string_view serviceTag = "service:";

} // namespace

std::string_view sourceOf(const RunContext &context)
{
    if (!context.workflowName.empty())
        return context.workflowName;
    for (const std::string_view tag : context.tags) {
        if (tag.starts_with(serviceTag) && tag.size() > serviceTag.size())
            return tag.substr(serviceTag.size());
    }
    for (const std::string *name : {&context.jobName, &context.stageName, &context.hostname}) {
        if (!name->empty())
            return *name;
    }
    return {};
}

Expected<bool> SourceCounts::readOn(JournalReader &reader, std::uint64_t last)
{
    // Most journals have none at all, or only in one part.
    const auto all = reader.run({});
    if (!all)
        return tl::make_unexpected(all.error());
    if (!*all)
        return true;
    const SequenceRange range{std::max(m_readTo + 1, (*all)->firstSequence),
                              std::min(last, (*all)->lastSequence)};
    if (range.first > range.last)
        return true;
    const auto blocks = reader.blocks(range, readAtOnce);
    if (!blocks)
        return tl::make_unexpected(blocks.error());
    if (blocks->empty()) {
        m_readTo = range.last; // removed meanwhile
        return true;
    }
    for (const StoredBlock &block : *blocks) {
        // One that cannot be read is told of by who shows its records.
        if (const auto opened =
                RecordBlockReader::open(block.data, block.first, RecordBlockReader::Parts::Fields))
            add(*opened, range);
        m_readTo = std::min(block.last(), range.last);
    }
    return m_readTo >= range.last;
}

void SourceCounts::add(const RecordBlockReader &block, SequenceRange range)
{
    const RunContext *context = nullptr; // neighbours mostly share one
    RunRow *row = nullptr;
    for (const RecordView &record : block.records()) {
        if (record.sequence < range.first || record.sequence > range.last)
            continue;
        if (!row || record.context != context) {
            const RunContext &own = contextOf(record);
            if (!own.runId.empty())
                continue;
            context = record.context;
            row = &rowOf(own, record);
        }
        row->lastSequence = record.sequence;
        row->firstTime = std::min<qint64>(row->firstTime, record.timestamp);
        row->lastTime = std::max<qint64>(row->lastTime, record.timestamp);
        ++row->counts[std::size_t(record.level)];
    }
}

RunRow &SourceCounts::rowOf(const RunContext &context, const RecordView &first)
{
    const std::string_view source = sourceOf(context);
    const auto found = m_rowOfSource.find(source);
    if (found != m_rowOfSource.end())
        return m_rows[found->second];
    m_rowOfSource.emplace(source, m_rows.size());
    RunRow row;
    row.id = -qint64(m_rows.size()) - 1;
    row.workflowName = QString::fromUtf8(source.data(), qsizetype(source.size()));
    row.firstSequence = first.sequence;
    row.firstTime = row.lastTime = first.timestamp;
    m_rows.append(row);
    return m_rows.last();
}

} // namespace trace
