// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/batchplanner.h"

#include "core/delivery/timewindow.h"
#include "core/journal/sequenceset.h"

#include <QPointer>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Takes the records that the filter does not want out of those from \a begin on.
void takeOut(Batch &batch, const Filter &filter, std::size_t begin)
{
    std::vector<std::uint64_t> unwanted;
    const auto rest = std::remove_if(batch.records.begin() + qint64(begin), batch.records.end(),
                                     [&](const RecordView &record) {
                                         if (filter.matches(record))
                                             return false;
                                         unwanted.push_back(record.sequence);
                                         return true;
                                     });
    batch.records.erase(rest, batch.records.end());
    const auto ranges = toRanges(unwanted);
    batch.filtered.insert(batch.filtered.end(), ranges.begin(), ranges.end());
}

// Fills a batch with parts of blocks, in order.
class BatchFiller
{
public:
    BatchFiller(const PlanOrder &order, Batch &batch)
        : m_order(order)
        , m_batch(batch)
    {
        const Limits limits = order.service->limits();
        // A service's encoding may be larger than the packed records; a batch that just exceeds the
        // target would go out as one large and one tiny request.
        m_mostBytes = limits.targetBytes / 4 * 3;
        if (order.maxBytes != 0)
            m_mostBytes = std::min(m_mostBytes, order.maxBytes);
        m_mostRecords = std::max<std::size_t>(limits.targetRecords / 4 * 3, 1);
    }

    [[nodiscard]] bool isFull() const
    {
        // A filter that wants little must not hold up what it wants, nor the other endpoints.
        constexpr std::size_t mostBytesRead = 32 << 20;
        return m_isCut || room() == 0 || m_batch.records.size() >= m_mostRecords ||
               m_bytesRead >= mostBytesRead;
    }

    //! Bytes of records that still fit.
    [[nodiscard]] std::size_t room() const
    {
        return m_mostBytes - std::min(m_batch.rawBytes, m_mostBytes);
    }

    //! Takes what \a range asks for out of the block with the records \a all, which takes so many
    //! bytes. Gives the last record that is dealt with.
    std::uint64_t take(RecordBlockReader &&block, SequenceRange all, std::size_t blockBytes,
                       SequenceRange range)
    {
        SequenceRange part{std::max(range.first, all.first), std::min(range.last, all.last)};
        // As if all were of the same size: near enough, and there is no need to look.
        const std::size_t bytes = std::max<std::size_t>(blockBytes / all.count(), 1);
        std::vector<RecordView> &records = m_batch.records;
        if (records.empty()) { // at once: growing takes half as much again
            records.reserve(
                std::min<std::size_t>({m_mostBytes / bytes, m_mostRecords, range.count()}) +
                all.count());
        }
        m_bytesRead += blockBytes;
        if (m_order.maxBytes != 0) {
            const std::uint64_t wanted = part.last;
            part.last = std::min(wanted, part.first + std::max<std::size_t>(room() / bytes, 1) - 1);
            m_isCut = part.last < wanted;
        }
        const std::size_t before = records.size();
        const std::vector<RecordView> read = block.takeRecords();
        records.insert(records.end(), read.begin() + qint64(part.first - all.first),
                       read.begin() + qint64(part.last - all.first + 1));
        if (!m_order.filter.isEmpty())
            takeOut(m_batch, m_order.filter, before);
        m_batch.rawBytes += bytes * (records.size() - before);
        if (records.size() > before)
            m_batch.blocks.push_back(std::move(block));
        return part.last;
    }

private:
    const PlanOrder &m_order;
    Batch &m_batch;
    std::size_t m_mostBytes = 0;
    std::size_t m_mostRecords = 0;
    std::size_t m_bytesRead = 0;
    bool m_isCut = false; // within a block: the rest of it did not fit
};

} // namespace

BatchPlanner::BatchPlanner(QString journalFolder, std::shared_ptr<FreshBlocks> fresh)
    : m_folder(std::move(journalFolder))
    , m_fresh(std::move(fresh))
    , m_mailbox(std::make_unique<QObject>())
{}

void BatchPlanner::plan(PlanOrder order, QObject *context, Done done)
{
    QMetaObject::invokeMethod(
        this,
        [this, order = std::move(order), guard = QPointer<QObject>(context),
         done = std::move(done)] {
            // Shared, because a queued call must be copyable.
            auto result = std::make_shared<Expected<std::unique_ptr<Batch>>>(make(order));
            QMetaObject::invokeMethod(
                m_mailbox.get(),
                [guard, done, result] {
                    if (guard)
                        done(std::move(*result));
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

Expected<std::unique_ptr<Batch>> BatchPlanner::make(const PlanOrder &order)
{
    if (!m_reader) {
        auto reader = JournalReader::open(m_folder);
        if (!reader)
            return tl::make_unexpected(reader.error());
        m_reader = std::move(*reader);
    }
    auto batch = order.failedBatch != 0 ? fromFailed(order.failedBatch) : fromJournal(order);
    if (batch)
        pack(**batch, order);
    return batch;
}

void BatchPlanner::pack(Batch &batch, const PlanOrder &order)
{
    if (batch.origin) {
        QString told = batch.origin->row.reason; // the last one
        for (const Attempt &attempt : batch.origin->row.attempts)
            told += u'\n' + attempt.text;
        batch.service = order.service->forReplay(told);
    }
    const Service &service = batch.service ? *batch.service : *order.service;
    const TimeWindow window(service, order.now);
    std::vector<RecordView> fit;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        if (auto reason = window.unfitReason(batch.records[i]))
            batch.unfit.push_back({i, std::move(*reason)});
    }
    if (batch.unfit.empty()) {
        Plan plan = service.plan(batch.records);
        batch.shares = std::move(plan.shares);
        batch.unfit = std::move(plan.unfit);
        return;
    }
    auto unfit = batch.unfit.begin();
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        if (unfit != batch.unfit.end() && unfit->index == i) {
            ++unfit;
            continue;
        }
        fit.push_back(batch.records[i]);
        places.push_back(i);
    }
    Plan plan = service.plan(fit);
    for (Share &share : plan.shares) {
        for (std::size_t &index : share.indices)
            index = places[index];
        batch.shares.push_back(std::move(share));
    }
    for (const Unfit &record : plan.unfit)
        batch.unfit.push_back({places[record.index], record.reason});
}

Expected<std::unique_ptr<Batch>> BatchPlanner::fromJournal(const PlanOrder &order)
{
    auto batch = std::make_unique<Batch>();
    BatchFiller filler(order, *batch);
    for (SequenceRange range : order.ranges) {
        while (range.first <= range.last && !filler.isFull()) {
            if (auto fresh = m_fresh->take(range.first)) {
                const std::size_t bytes = fresh->frames->size();
                auto block = RecordBlockReader::open(fresh->frames, fresh->count, fresh->first);
                if (block) {
                    range.first = 1 + filler.take(std::move(*block), {fresh->first, fresh->last()},
                                                  bytes, range);
                    continue;
                }
            }
            const std::uint64_t next = m_fresh->nextBehind(range.first);
            const auto blocks = m_reader->blocks({range.first, std::min(range.last, next - 1)},
                                                 qint64(filler.room()));
            if (!blocks)
                return tl::make_unexpected(blocks.error());
            const std::uint64_t readable =
                blocks->empty() ? std::min(range.last + 1, next) : blocks->front().first;
            if (readable > range.first) { // set aside earlier
                batch->damaged.push_back({range.first, std::min(readable - 1, range.last)});
                range.first = readable;
            }
            for (const StoredBlock &stored : *blocks) {
                if (filler.isFull() || stored.first > range.last)
                    break;
                auto block = RecordBlockReader::open(stored.data, stored.first);
                if (block) {
                    range.first = 1 + filler.take(std::move(*block), {stored.first, stored.last()},
                                                  std::size_t(stored.rawBytes), range);
                    continue;
                }
                const std::uint64_t last = std::min(range.last, stored.last());
                batch->damaged.push_back({std::max(range.first, stored.first), last});
                batch->damagedBlocks.push_back(stored.first);
                batch->damage = block.error();
                range.first = last + 1;
            }
        }
        if (filler.isFull())
            break;
    }
    return batch;
}

Expected<std::unique_ptr<Batch>> BatchPlanner::fromFailed(qint64 id)
{
    auto failed = m_reader->failedBatchWithData(id);
    if (!failed)
        return tl::make_unexpected(failed.error());
    return unpack(std::move(*failed));
}

Expected<std::unique_ptr<Batch>> BatchPlanner::unpack(FailedBatch failed)
{
    auto block = RecordBlockReader::open(failed.data);
    if (!block)
        return tl::make_unexpected(block.error());
    auto batch = std::make_unique<Batch>();
    batch->records = block->takeRecords();
    for (std::size_t i = 0; i < batch->records.size() && i < failed.sequences.size(); ++i)
        batch->records[i].sequence = failed.sequences[i];
    batch->rawBytes = block->rawBytes();
    batch->blocks.push_back(std::move(*block));
    batch->origin = std::move(failed);
    return batch;
}

} // namespace trace
