// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/purge.h"

#include "core/journal/blocktable.h"
#include "core/journal/endpointtable.h"
#include "core/journal/failedbatchtable.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bytesAtOnce = 8 * 1024 * 1024;
constexpr SequenceRange everything{1, std::numeric_limits<std::int64_t>::max()};

using LevelCounts = std::array<qint64, allLevels.size()>;

//! One purge, inside its transaction.
class Purge
{
public:
    Purge(Transaction &transaction, const PurgeOrder &order)
        : m_transaction(transaction)
        , m_connection(transaction.connection())
        , m_order(order)
    {}

    Expected<PurgeReport> run()
    {
        return readEndpoints()
            .and_then([this] { return purgeBlocks(); })
            .and_then([this] { return purgeDamaged(); })
            .and_then([this] { return purgeFailed(); })
            .and_then([this] { return purgeRuns(); })
            .and_then([this] { return countDiscarded(); })
            .map([this] { return m_report; });
    }

private:
    struct EndpointState
    {
        EndpointRow row{};
        SequenceSet backlog{};
        PurgedEndpoint purged{};
    };

    //! What a block without records to be removed is made of.
    struct BlockHead
    {
        std::uint64_t first = 0;
        qint64 route = 0;
        qint64 acceptedMs = 0;
    };

    [[nodiscard]] bool isMeant(const RecordView &record) const
    {
        return (!m_order.run || contextOf(record).runId == *m_order.run) &&
               (!m_order.before || record.timestamp < *m_order.before);
    }

    Expected<void> readEndpoints();
    Expected<void> purgeBlocks();
    Expected<void> purgeBlock(const StoredBlock &stored);
    Expected<void> rewrite(const StoredBlock &stored, const std::vector<bool> &goes);
    Expected<void> insertPart(const BlockHead &head, const RecordBlock &part);
    Expected<void> deleteBlock(std::uint64_t first);
    void forget(SequenceRange range);
    Expected<void> purgeDamaged();
    Expected<void> purgeFailed();
    Expected<void> purgeFailedBatch(FailedBatch batch);
    Expected<void> purgeRuns();
    Expected<void> refold(const std::string &run, const LevelCounts &removed);
    Expected<void> readSurvivors();
    Expected<void> countDiscarded();

    Transaction &m_transaction;
    Connection &m_connection;
    const PurgeOrder &m_order;
    PurgeReport m_report;
    std::vector<EndpointState> m_endpoints;
    std::map<std::string, LevelCounts> m_removed; // per run

    struct Survivors
    {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::int64_t minTime = 0;
        std::int64_t maxTime = 0;
    };
    std::map<std::string, Survivors> m_survivors; // of the runs in m_removed
};

Expected<void> Purge::readEndpoints()
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

Expected<void> Purge::purgeBlocks()
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

Expected<void> Purge::purgeBlock(const StoredBlock &stored)
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
Expected<void> Purge::rewrite(const StoredBlock &stored, const std::vector<bool> &goes)
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

Expected<void> Purge::insertPart(const BlockHead &head, const RecordBlock &part)
{
    return m_connection.execute(
        u"INSERT INTO block(first, count, route, accepted_ms, min_time, max_time, level_mask,"
        u" raw_bytes, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {quint64(head.first), part.count, head.route, head.acceptedMs, qint64(part.minTime),
         qint64(part.maxTime), part.levelMask, qint64(part.rawBytes), part.data});
}

Expected<void> Purge::deleteBlock(std::uint64_t first)
{
    return m_connection.execute(u"DELETE FROM block WHERE first = ?"_s, {quint64(first)});
}

void Purge::forget(SequenceRange range)
{
    for (EndpointState &endpoint : m_endpoints) {
        const std::uint64_t before = endpoint.backlog.count();
        endpoint.backlog.remove(range);
        endpoint.purged.waiting += qint64(before - endpoint.backlog.count());
    }
}

//! What cannot be read can only be judged by the times of its block.
Expected<void> Purge::purgeDamaged()
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

Expected<void> Purge::purgeFailed()
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

Expected<void> Purge::purgeFailedBatch(FailedBatch batch)
{
    const auto block = RecordBlockReader::open(batch.data);
    if (!block) {
        m_report.unreadable += batch.row.records;
        return {};
    }
    RecordBlockBuilder builder;
    std::vector<std::uint64_t> sequences;
    const auto &records = block->records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (isMeant(records[i]))
            continue;
        builder.append(records[i]);
        if (i < batch.sequences.size())
            sequences.push_back(batch.sequences[i]);
    }
    const auto removed = qint64(records.size()) - qint64(builder.count());
    if (removed == 0)
        return {};
    ++m_report.failedBatches;
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

Expected<void> Purge::purgeRuns()
{
    if (m_order.run && !m_order.before) {
        return m_connection
            .execute(u"DELETE FROM run WHERE run_id = ?"_s, {QString::fromStdString(*m_order.run)})
            .map([this] { m_report.runs = m_connection.changes(); });
    }
    auto done = readSurvivors();
    for (const auto &[run, removed] : m_removed) {
        if (done)
            done = refold(run, removed);
    }
    return done;
}

Expected<void> Purge::readSurvivors()
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

Expected<void> Purge::refold(const std::string &run, const LevelCounts &removed)
{
    const QString id = QString::fromStdString(run);
    const auto left = m_survivors.find(run);
    if (left == m_survivors.end()) {
        return m_connection.execute(u"DELETE FROM run WHERE run_id = ?"_s, {id}).map([this] {
            m_report.runs += m_connection.changes();
        });
    }
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

Expected<void> Purge::countDiscarded()
{
    for (const EndpointState &endpoint : m_endpoints) {
        const qint64 discarded = endpoint.purged.waiting + endpoint.purged.failed;
        if (discarded == 0)
            continue;
        m_report.endpoints.append(endpoint.purged);
        if (auto done = endpointtable::count(m_transaction, endpoint.row.id,
                                             {.discardedByOperator = discarded});
            !done)
            return done;
    }
    return {};
}

//! Rewrites the file, so that free pages and the log hold nothing of what was removed.
Expected<void> overwrite(Connection &connection)
{
    const auto incomplete = [](const QString &why) {
        return fail(u"the records are removed, but their bytes are not overwritten yet: "_s + why,
                    u"Close other programs that read the journal, see that its disk has room for a "
                    u"second copy, and purge once more."_s);
    };
    if (const auto done = connection.execute(u"VACUUM"_s); !done)
        return incomplete(done.error().text);
    auto rows = connection.query(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
    if (!rows)
        return incomplete(rows.error().text);
    if (!rows->next() || rows->number(0) != 0)
        return incomplete(u"another program is reading the journal"_s);
    return {};
}

} // namespace

Expected<PurgeReport> purgeRecords(Connection &connection, const PurgeOrder &order)
{
    if (!order.run && !order.before)
        return fail(u"a purge needs a run or a time"_s);
    // Only for what the transaction itself deletes; older remains are VACUUM's.
    if (const auto set = connection.value(u"PRAGMA secure_delete = ON"_s); !set)
        return tl::make_unexpected(set.error());
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    auto report = Purge(*transaction, order).run();
    if (!report || order.isTrial)
        return report; // rolled back
    if (const auto committed = transaction->commit(); !committed)
        return tl::make_unexpected(committed.error());
    if (const auto done = overwrite(connection); !done)
        return tl::make_unexpected(done.error());
    return report;
}

} // namespace trace
