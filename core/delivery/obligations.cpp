// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/obligations.h"

#include "core/delivery/ledger.h"
#include "core/journal/shedding.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bytesAtOnce = 4 * 1024 * 1024;

Expected<SequenceRange> rangeOf(JournalReader &reader, const HistoryQuery &query)
{
    if (!query.runId)
        return reader.range();
    const auto runs = reader.runs();
    if (!runs)
        return tl::make_unexpected(runs.error());
    const auto run = std::find_if(runs->begin(), runs->end(),
                                  [&](const RunRow &row) { return row.runId == *query.runId; });
    if (run == runs->end())
        return tl::make_unexpected(noSuchRun(*query.runId));
    return SequenceRange{run->firstSequence, run->lastSequence};
}

} // namespace

ObligationBuilder::ObligationBuilder(QString origin, qint64 originBatch, Sink sink)
    : m_origin(std::move(origin))
    , m_originBatch(originBatch)
    , m_sink(std::move(sink))
{}

void ObligationBuilder::append(const RecordView &record)
{
    m_block.append(record);
    if (record.sequence != 0)
        m_sequences.push_back(record.sequence);
    ++m_records;
    if (m_block.isFull())
        finish();
}

void ObligationBuilder::finish()
{
    if (m_block.isEmpty())
        return;
    RecordBlock block = m_block.finish();
    FailedBatch batch;
    batch.row.reason = m_origin;
    batch.row.origin = m_origin;
    batch.row.originBatch = m_originBatch;
    batch.row.created = QDateTime::currentDateTimeUtc();
    batch.row.records = block.count;
    batch.sequences = std::exchange(m_sequences, {});
    if (!batch.sequences.empty()) {
        batch.row.firstSequence = batch.sequences.front();
        batch.row.lastSequence = batch.sequences.back();
    }
    batch.data = std::move(block.data);
    m_sink(std::move(batch));
}

Expected<void> forEachInHistory(JournalReader &reader, const HistoryQuery &query,
                                const std::function<void(const RecordView &)> &visit,
                                HistoryGaps &gaps)
{
    auto range = rangeOf(reader, query);
    if (!range)
        return tl::make_unexpected(range.error());
    const std::string runId = query.runId.value_or(QString()).toStdString();
    while (range->first != 0 && range->first <= range->last) {
        const auto blocks = reader.blocks(*range, bytesAtOnce);
        if (!blocks)
            return tl::make_unexpected(blocks.error());
        if (blocks->empty())
            break;
        for (const StoredBlock &stored : *blocks) {
            const auto block = RecordBlockReader::open(stored.data, stored.first);
            if (!block) {
                gaps.damaged += stored.count;
                continue;
            }
            for (const RecordView &record : block->records()) {
                const bool isRun = !query.runId || contextOf(record).runId == runId;
                if (!isRun || record.timestamp < query.since || record.timestamp >= query.until)
                    continue;
                if (isRemoved(record))
                    ++gaps.removed;
                else
                    visit(record);
            }
        }
        range->first = blocks->back().last() + 1;
    }
    return {};
}

} // namespace trace
