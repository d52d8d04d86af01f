// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/recordcursor.h"

#include "app/forwarder/output.h"
#include "core/journal/journal.h"
#include "core/record/recordblock.h"
#include "core/record/timestamp.h"

#include <algorithm>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bytesAtOnce = 4 * 1024 * 1024;

} // namespace

bool RecordSelection::isEverything() const
{
    using Limits = std::numeric_limits<std::int64_t>;
    return run.empty() && filter.isEmpty() && since == Limits::min() && until == Limits::max();
}

bool RecordSelection::contains(const RecordView &record) const
{
    return record.timestamp >= since && record.timestamp < until &&
           (run.empty() || contextOf(record).runId == run) && filter.matches(record);
}

RecordCursor::RecordCursor(const QString &folder, std::unique_ptr<JournalReader> reader,
                           RecordSelection selection)
    : m_reader(std::move(reader))
    , m_path(Journal::fileIn(folder))
    , m_file(FileIdentity::of(m_path))
    , m_selection(std::move(selection))
{}

Expected<std::unique_ptr<RecordCursor>> RecordCursor::open(const QString &folder,
                                                           RecordSelection selection, qint64 newest)
{
    auto reader = JournalReader::open(folder);
    const auto range = reader ? (*reader)->range() : tl::make_unexpected(reader.error());
    if (!range)
        return tl::make_unexpected(range.error());
    const bool isTail = newest > 0 && selection.isEverything();
    std::unique_ptr<RecordCursor> cursor(
        new RecordCursor(folder, std::move(*reader), std::move(selection)));
    cursor->m_next = std::max<std::uint64_t>(range->first, 1);
    if (isTail && range->last >= std::uint64_t(newest))
        cursor->m_next = std::max(cursor->m_next, range->last - std::uint64_t(newest) + 1);
    return cursor;
}

Expected<bool> RecordCursor::readOn(const Sink &sink)
{
    if (FileIdentity::of(m_path) != m_file) { // what is written there now would never be seen
        return fail(u"%1 was removed or replaced while it was read"_s.arg(m_path),
                    u"Start the command again, which reads what is there then."_s);
    }
    const auto range = m_reader->range();
    if (!range)
        return tl::make_unexpected(range.error());
    if (range->last < m_next)
        return false;
    const auto blocks = m_reader->blocks({m_next, range->last}, bytesAtOnce);
    if (!blocks)
        return tl::make_unexpected(blocks.error());
    // "The last 15 minutes" of somebody who follows are those before now, not before the start.
    if (m_selection.filter.isRelative())
        m_selection.filter = m_selection.filter.at(nowNs());
    for (const StoredBlock &stored : *blocks)
        read(stored, sink);
    m_next = blocks->empty() ? range->last + 1 : blocks->back().last() + 1;
    return m_next <= range->last;
}

void RecordCursor::read(const StoredBlock &stored, const Sink &sink)
{
    const auto block = RecordBlockReader::open(stored.data, stored.first);
    if (!block) { // the rest is readable
        ++m_damagedBlocks;
        printError({u"records %1 to %2: %3"_s.arg(stored.first).arg(stored.last()).arg(
                        block.error().text),
                    block.error().action});
        return;
    }
    for (const RecordView &record : block->records()) {
        if (record.sequence >= m_next && m_selection.contains(record))
            sink(record);
    }
}

} // namespace trace
