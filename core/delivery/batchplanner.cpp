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

// As if all were of the same size: near enough, and there is no need to look.
std::size_t bytesPerRecord(const StoredBlock &stored)
{
    return std::max<std::size_t>(std::size_t(stored.rawBytes / stored.count), 1);
}

// Takes a part of a block, of which not more than \a room bytes but at least one record; all when
// there is no limit. Gives the last record that is dealt with.
std::uint64_t take(Batch &batch, const StoredBlock &stored, SequenceRange part,
                   std::optional<std::size_t> room, const Filter &filter)
{
    auto block = RecordBlockReader::open(stored.data, stored.first);
    if (!block) {
        batch.damaged.push_back(part);
        batch.damagedBlocks.push_back(stored.first);
        batch.damage = block.error();
        return part.last;
    }
    const std::vector<RecordView> records = block->takeRecords();
    const std::size_t bytes = bytesPerRecord(stored);
    if (room) {
        part.last = std::min<std::uint64_t>(
            part.last, part.first + std::max<std::size_t>(*room / bytes, 1) - 1);
    }
    const std::size_t before = batch.records.size();
    batch.records.insert(batch.records.end(), records.begin() + qint64(part.first - stored.first),
                         records.begin() + qint64(part.last - stored.first + 1));
    if (!filter.isEmpty())
        takeOut(batch, filter, before);
    batch.rawBytes += bytes * (batch.records.size() - before);
    if (batch.records.size() > before)
        batch.blocks.push_back(std::move(*block));
    return part.last;
}

} // namespace

BatchPlanner::BatchPlanner(QString journalFolder)
    : m_folder(std::move(journalFolder))
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
    const TimeWindow window(*order.service, order.now);
    std::vector<RecordView> fit;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        if (auto reason = window.unfitReason(batch.records[i]))
            batch.unfit.push_back({i, std::move(*reason)});
    }
    if (batch.unfit.empty()) {
        Plan plan = order.service->plan(batch.records);
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
    Plan plan = order.service->plan(fit);
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
    const Limits limits = order.service->limits();
    auto batch = std::make_unique<Batch>();
    // A service's encoding may be larger than the packed records; a batch that just exceeds the
    // target would go out as one large and one tiny request.
    std::size_t fillBytes = limits.targetBytes / 4 * 3;
    if (order.maxBytes != 0)
        fillBytes = std::min(fillBytes, order.maxBytes);
    const std::size_t fillRecords = std::max<std::size_t>(limits.targetRecords / 4 * 3, 1);
    // A filter that wants little must not hold up what it wants, nor the other endpoints.
    constexpr std::size_t mostBytesRead = 32 << 20;
    std::size_t bytesRead = 0;
    bool isCut = false; // within a block: the rest of it did not fit
    const auto isFull = [&] {
        return isCut || batch->rawBytes >= fillBytes || batch->records.size() >= fillRecords ||
               bytesRead >= mostBytesRead;
    };
    for (SequenceRange range : order.ranges) {
        while (range.first <= range.last && !isFull()) {
            const auto blocks = m_reader->blocks(range, qint64(fillBytes - batch->rawBytes));
            if (!blocks)
                return tl::make_unexpected(blocks.error());
            const std::uint64_t readable = blocks->empty() ? range.last + 1 : blocks->front().first;
            if (readable > range.first) { // set aside earlier
                batch->damaged.push_back({range.first, std::min(readable - 1, range.last)});
                range.first = readable;
            }
            for (const StoredBlock &stored : *blocks) {
                if (isFull() || stored.first > range.last)
                    break;
                const SequenceRange wanted{std::max(range.first, stored.first),
                                           std::min(range.last, stored.last())};
                if (batch->records.empty()) { // at once: growing takes half as much again
                    batch->records.reserve(
                        std::min<std::size_t>(
                            {fillBytes / bytesPerRecord(stored), fillRecords, range.count()}) +
                        stored.count);
                }
                std::optional<std::size_t> room;
                if (order.maxBytes != 0)
                    room = fillBytes - batch->rawBytes;
                const std::uint64_t last = take(*batch, stored, wanted, room, order.filter);
                bytesRead += std::size_t(stored.rawBytes);
                isCut = last < wanted.last;
                range.first = last + 1;
            }
        }
        if (isFull())
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
