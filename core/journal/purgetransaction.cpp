// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/purgetransaction.h"

#include "core/journal/discardtable.h"
#include "core/journal/runcounttable.h"
#include "core/journal/runrangetable.h"
#include "core/journal/runtable.h"

#include <algorithm>
#include <limits>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bytesAtOnce = 8 * 1024 * 1024;
constexpr SequenceRange everything{1, std::numeric_limits<std::int64_t>::max()};

} // namespace

Expected<PurgeReport> PurgeTransaction::run()
{
    return readEndpoints()
        .and_then([this] { return purgeBlocks(); })
        .and_then([this] { return purgeDamaged(); })
        .and_then([this] { return purgeFailed(); })
        .and_then([this] { return countDiscarded(); })
        .and_then([this] { return purgeRuns(); })
        .map([this] { return m_report; });
}

Expected<void> PurgeTransaction::readEndpoints()
{
    const auto rows = endpointtable::read(m_connection);
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        auto backlog = endpointtable::backlog(m_connection, row.id);
        if (!backlog)
            return tl::make_unexpected(backlog.error());
        m_endpoints.push_back(
            {.row = row, .backlog = std::move(*backlog), .purged = {.name = row.name}});
    }
    return {};
}

Expected<void> PurgeTransaction::purgeBlocks()
{
    SequenceRange rest = everything;
    while (true) {
        const auto blocks = blocktable::read(m_connection, rest, bytesAtOnce);
        if (!blocks)
            return tl::make_unexpected(blocks.error());
        if (blocks->empty())
            return {};
        for (const StoredBlock &stored : *blocks) {
            if (auto done = purgeBlock(stored); !done)
                return done;
        }
        rest.first = blocks->back().last() + 1;
    }
}

Expected<void> PurgeTransaction::purgeBlock(const StoredBlock &stored)
{
    const auto block =
        RecordBlockReader::open(stored.data, stored.first, RecordBlockReader::Parts::Fields);
    if (!block) {
        m_report.unreadable += stored.count;
        return {};
    }
    std::vector<bool> goes;
    goes.reserve(block->records().size());
    for (const RecordView &record : block->records()) {
        goes.push_back(isMeant(record));
        if (goes.back()) {
            ++m_removed[contextOf(record).runId][std::size_t(record.level)];
            ++m_report.records;
            forget({record.sequence, record.sequence});
        }
    }
    const auto count = std::count(goes.begin(), goes.end(), true);
    if (count == 0)
        return {};
    return count == std::ptrdiff_t(goes.size()) ? deleteBlock(stored.first) : rewrite(stored, goes);
}

//! Each unbroken row of records that stay becomes a block, because a block's records are numbered
//! without gaps.
Expected<void> PurgeTransaction::rewrite(const StoredBlock &stored, const std::vector<bool> &goes)
{
    const auto block = RecordBlockReader::open(stored.data, stored.first);
    const auto accepted = m_connection.value(u"SELECT accepted_ms FROM block WHERE first = ?"_s,
                                             {quint64(stored.first)});
    if (!block || !accepted)
        return tl::make_unexpected(block ? accepted.error() : block.error());
    auto done = deleteBlock(stored.first);
    RecordBlockBuilder builder;
    BlockHead head{.first = 0, .route = stored.route, .acceptedMs = accepted->toLongLong()};
    for (std::size_t i = 0; done && i <= goes.size(); ++i) {
        if (i < goes.size() && !goes[i]) {
            if (builder.isEmpty())
                head.first = stored.first + i;
            builder.append(block->records()[i]);
        } else if (!builder.isEmpty()) {
            done = insertPart(head, builder.finish());
        }
    }
    return done;
}

Expected<void> PurgeTransaction::insertPart(const BlockHead &head, const RecordBlock &part)
{
    return m_connection.execute(
        u"INSERT INTO block(first, count, route, accepted_ms, min_time, max_time, level_mask,"
        u" raw_bytes, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {quint64(head.first), part.count, head.route, head.acceptedMs, qint64(part.minTime),
         qint64(part.maxTime), part.levelMask, qint64(part.rawBytes), part.data});
}

Expected<void> PurgeTransaction::deleteBlock(std::uint64_t first)
{
    return m_connection.execute(u"DELETE FROM block WHERE first = ?"_s, {quint64(first)});
}

void PurgeTransaction::forget(SequenceRange range)
{
    for (EndpointState &endpoint : m_endpoints) {
        const std::uint64_t before = endpoint.backlog.count();
        const auto waiting = endpoint.backlog.within(range);
        endpoint.forgotten.insert(endpoint.forgotten.end(), waiting.begin(), waiting.end());
        endpoint.backlog.remove(range);
        endpoint.purged.waiting += qint64(before - endpoint.backlog.count());
    }
}

//! What cannot be read can only be judged by the times of its block.
Expected<void> PurgeTransaction::purgeDamaged()
{
    struct Damaged
    {
        SequenceRange range{};
        bool goes = false;
    };
    std::vector<Damaged> blocks;
    {
        auto rows = m_connection.query(
            u"SELECT first, count, min_time, max_time FROM block WHERE damaged <> 0"_s);
        if (!rows)
            return tl::make_unexpected(rows.error());
        while (rows->next()) {
            const std::uint64_t first = rows->value(0).toULongLong();
            const qint64 count = rows->number(1);
            if (m_order.before && rows->number(2) >= *m_order.before)
                continue;
            const bool goes = !m_order.run && m_order.before && rows->number(3) < *m_order.before;
            blocks.push_back({{first, first + std::uint64_t(count) - 1}, goes});
        }
    }
    for (const Damaged &block : blocks) {
        const auto count = qint64(block.range.count());
        if (!block.goes) {
            m_report.unreadable += count;
            continue;
        }
        m_report.records += count;
        forget(block.range);
        if (auto done = deleteBlock(block.range.first); !done)
            return done;
    }
    return {};
}

Expected<void> PurgeTransaction::purgeFailed()
{
    const auto ids = failedbatchtable::allIds(m_connection);
    if (!ids)
        return tl::make_unexpected(ids.error());
    for (const qint64 id : *ids) {
        auto batch = failedbatchtable::read(m_connection, id);
        if (!batch)
            return tl::make_unexpected(batch.error());
        if (auto done = purgeFailedBatch(std::move(*batch)); !done)
            return done;
    }
    return {};
}

Expected<void> PurgeTransaction::purgeFailedBatch(FailedBatch batch)
{
    const auto block = RecordBlockReader::open(batch.data);
    if (!block) {
        m_report.unreadable += batch.row.records;
        return {};
    }
    RecordBlockBuilder builder;
    std::vector<std::uint64_t> sequences;
    std::map<std::string, qint64> gone; // per run
    const auto &records = block->records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (isMeant(records[i])) {
            ++gone[contextOf(records[i]).runId];
            continue;
        }
        builder.append(records[i]);
        if (i < batch.sequences.size())
            sequences.push_back(batch.sequences[i]);
    }
    const auto removed = qint64(records.size()) - qint64(builder.count());
    if (removed == 0)
        return {};
    ++m_report.failedBatches;
    if (batch.row.state != FailedState::Settled) {
        for (const auto &[run, count] : gone) {
            auto done =
                runcounttable::add(m_transaction, {.runId = QString::fromStdString(run),
                                                   .endpoint = batch.row.endpoint,
                                                   .discarded = {.discardedByOperator = count}});
            if (!done)
                return done;
        }
    }
    for (EndpointState &endpoint : m_endpoints) {
        if (endpoint.row.id == batch.row.endpoint && batch.row.state != FailedState::Settled)
            endpoint.purged.failed += removed;
    }
    if (builder.isEmpty())
        return failedbatchtable::remove(m_transaction, batch.row.id);
    batch.row.records = qint64(builder.count());
    batch.data = builder.finish().data;
    batch.sequences = std::move(sequences);
    if (!batch.sequences.empty()) {
        batch.row.firstSequence = batch.sequences.front();
        batch.row.lastSequence = batch.sequences.back();
    }
    const QString words = u"the service's words went with records that were purged"_s;
    batch.row.reason =
        batch.row.status == 0 ? words : u"HTTP %1; %2"_s.arg(batch.row.status).arg(words);
    batch.row.bodyExcerpt.clear();
    for (Attempt &attempt : batch.row.attempts)
        attempt.text.clear();
    return failedbatchtable::rewrite(m_transaction, batch);
}

Expected<void> PurgeTransaction::purgeRuns()
{
    if (m_order.run && !m_order.before) {
        return runtable::remove(m_transaction, QString::fromStdString(*m_order.run))
            .map([this](bool was) { m_report.runs = was ? 1 : 0; });
    }
    auto done = readSurvivors();
    for (const auto &[run, removed] : m_removed) {
        if (done)
            done = refold(run, removed);
    }
    return done;
}

Expected<void> PurgeTransaction::readSurvivors()
{
    SequenceRange rest = everything;
    while (!m_removed.empty()) {
        const auto blocks = blocktable::read(m_connection, rest, bytesAtOnce);
        if (!blocks)
            return tl::make_unexpected(blocks.error());
        if (blocks->empty())
            break;
        for (const StoredBlock &stored : *blocks) {
            const auto block = RecordBlockReader::open(stored.data, stored.first,
                                                       RecordBlockReader::Parts::Fields);
            if (!block)
                continue; // counted already
            for (const RecordView &record : block->records()) {
                if (!m_removed.contains(contextOf(record).runId))
                    continue;
                const auto [at, isNew] = m_survivors.try_emplace(
                    contextOf(record).runId, Survivors{record.sequence, record.sequence,
                                                       record.timestamp, record.timestamp});
                at->second.last = record.sequence;
                at->second.minTime = std::min(at->second.minTime, record.timestamp);
                at->second.maxTime = std::max(at->second.maxTime, record.timestamp);
            }
        }
        rest.first = blocks->back().last() + 1;
    }
    return {};
}

Expected<void> PurgeTransaction::refold(const std::string &run, const LevelCounts &removed)
{
    const QString id = QString::fromStdString(run);
    const auto left = m_survivors.find(run);
    if (left == m_survivors.end()) {
        return runtable::remove(m_transaction, id).map([this](bool was) {
            m_report.runs += was ? 1 : 0;
        });
    }
    if (auto done = runrangetable::foldBefore(m_transaction, left->second.first, id); !done)
        return done;
    QVariantList values;
    for (const qint64 count : removed)
        values.append(count);
    values << quint64(left->second.first) << quint64(left->second.last)
           << qint64(left->second.minTime) << qint64(left->second.maxTime) << id;
    return m_connection.execute(u"UPDATE run SET debug = max(debug - ?, 0), info = max(info - ?, "
                                u"0), warning = max(warning -"
                                u" ?, 0), error = max(error - ?, 0), critical = max(critical - ?, "
                                u"0), first_seq = ?, last_seq"
                                u" = ?, first_time = ?, last_time = ? WHERE run_id = ?"_s,
                                values);
}

Expected<void> PurgeTransaction::countDiscarded()
{
    for (const EndpointState &endpoint : m_endpoints) {
        const qint64 discarded = endpoint.purged.waiting + endpoint.purged.failed;
        if (discarded == 0)
            continue;
        m_report.endpoints.append(endpoint.purged);
        auto done = endpointtable::count(m_transaction, endpoint.row.id,
                                         {.discardedByOperator = discarded});
        if (done) {
            done = discardtable::note(m_transaction, endpoint.row.id,
                                      {DiscardReason::Operator, endpoint.forgotten});
        }
        if (!done)
            return done;
    }
    return {};
}

} // namespace trace
