// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/shedding.h"

#include "core/journal/retentiontable.h"

#include <QElapsedTimer>

namespace trace {

namespace {

constexpr qint64 longEnoughMs = 50;
constexpr int blocksAtOnce = 32;
// Each range costs memory and a row. An endpoint with this many loses whole blocks instead, of
// whatever level.
constexpr std::size_t maxFragments = 200'000;
constexpr std::size_t maxRangesAtOnce = 20'000;

constexpr std::string_view removedText = "[removed: the journal was full]";

Expected<StoredBlock> blockAt(Connection &connection, std::uint64_t first)
{
    auto blocks = blocktable::read(connection, {first, first}, 1);
    if (!blocks)
        return tl::make_unexpected(blocks.error());
    return blocks->empty() ? StoredBlock() : std::move(blocks->front());
}

//! What of the set is in the block at levels up to \a level. A block that cannot be read has none:
//! its sender reports it.
Expected<std::vector<SequenceRange>> upToLevel(Connection &connection, std::uint64_t first,
                                               const SequenceSet &set, unsigned level)
{
    const auto stored = blockAt(connection, first);
    if (!stored)
        return tl::make_unexpected(stored.error());
    const auto block =
        RecordBlockReader::open(stored->data, stored->first, RecordBlockReader::Parts::Fields);
    std::vector<std::uint64_t> sequences;
    if (block) {
        for (const RecordView &record : block->records()) {
            if (static_cast<unsigned>(record.level) <= level && set.contains(record.sequence))
                sequences.push_back(record.sequence);
        }
    }
    return toRanges(sequences);
}

} // namespace

Expected<GiveUp> Shedding::choose(Connection &connection, const Needed &needed, qint64 bytes)
{
    m_blocks.clear();
    const Needed::Backlog *const backlog = needed.largest();
    if (!backlog)
        return GiveUp();
    Choice choice{.part = {.endpoint = backlog->endpoint, .ranges = {}}};
    for (unsigned level = 0; level < allLevels.size() && choice.part.ranges.empty(); ++level) {
        if (auto done = scan(connection, needed, level, bytes, choice); !done)
            return tl::make_unexpected(done.error());
    }
    if (choice.part.ranges.empty()) {
        m_scanned.clear(); // what was under way then may wait again
        return GiveUp();
    }
    return GiveUp{.reason = DiscardReason::Shed, .parts = {std::move(choice.part)}};
}

Expected<void> Shedding::scan(Connection &connection, const Needed &needed, unsigned level,
                              qint64 bytes, Choice &choice)
{
    QElapsedTimer clock;
    clock.start();
    const SequenceSet &unsettled = needed.largest()->unsettled;
    const bool byBlock = unsettled.rangeCount() > maxFragments;
    std::uint64_t &scanned = m_scanned[{choice.part.endpoint, level}];
    while (true) {
        const auto blocks = retentiontable::facts(connection, scanned, blocksAtOnce);
        if (!blocks)
            return tl::make_unexpected(blocks.error());
        if (blocks->empty())
            return {};
        for (const BlockFacts &block : *blocks) {
            if (block.range.last > needed.last())
                return {};
            scanned = block.range.first;
            auto ranges = unsettled.within(block.range);
            if (ranges.empty() || (!byBlock && (block.levelMask & ((2U << level) - 1)) == 0))
                continue;
            if (!byBlock && block.levelMask >> (level + 1) != 0) {
                auto some = upToLevel(connection, block.range.first, unsettled, level);
                if (!some)
                    return tl::make_unexpected(some.error());
                ranges = std::move(*some);
            }
            std::uint64_t records = 0;
            for (const SequenceRange &range : ranges)
                records += range.count();
            if (records == 0)
                continue;
            m_blocks.push_back(block.range.first);
            choice.part.ranges.insert(choice.part.ranges.end(), ranges.begin(), ranges.end());
            choice.bytes +=
                qint64(double(block.bytes) * double(records) / double(block.range.count()));
            if (choice.bytes >= bytes || choice.part.ranges.size() >= maxRangesAtOnce ||
                clock.elapsed() >= longEnoughMs)
                return {};
        }
    }
}

Expected<std::optional<RecordBlock>> emptied(const StoredBlock &block, const Needed &needed)
{
    const auto opened = RecordBlockReader::open(block.data, block.first);
    if (!opened)
        return tl::make_unexpected(opened.error());
    RecordBlockBuilder builder;
    for (const RecordView &record : opened->records()) {
        if (needed.isNeeded({record.sequence, record.sequence})) {
            builder.append(record);
            continue;
        }
        RecordView rest;
        rest.timestamp = record.timestamp;
        rest.level = record.level;
        rest.context = record.context;
        rest.message = removedText;
        builder.append(rest);
    }
    std::optional<RecordBlock> result = builder.finish();
    if (result->count != block.count || result->data.size() >= block.data.size())
        result.reset();
    return result;
}

bool isRemoved(const RecordView &record)
{
    return record.message == removedText;
}

} // namespace trace
