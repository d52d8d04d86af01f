// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/blocktable.h"

#include "core/journal/journalfiles.h"
#include "core/record/blocklayout.h"

#include <QStringList>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Blocks that one read transaction looks at: some ten milliseconds.
constexpr int blocksPerSlice = 50'000;

//! Some blocks in a row, summed up: a journal of single records has millions.
struct Slice
{
    qint64 blocks = 0;
    qint64 foreign = 0;          // blocks of other routes
    std::uint64_t first = 0;     // record
    std::uint64_t last = 0;      // record
    std::uint64_t lastBlock = 0; // its first record
    std::uint64_t records = 0;
    qint64 smallest = 0; // records of a block
    qint64 largest = 0;

    [[nodiscard]] bool isWhole() const { return foreign == 0 && records == last - first + 1; }
};

//! Of the records of a block: who believes more runs out of memory.
bool isPossible(qint64 count)
{
    return count >= 1 && count <= qint64(maxBlockRecords);
}

Expected<Slice> nextSlice(Connection &connection, std::uint64_t from, const QList<qint64> &routes)
{
    QStringList ids;
    for (const qint64 route : routes)
        ids.append(QString::number(route));
    auto rows = connection.query(
        u"SELECT count(*), ifnull(sum(route NOT IN (%1)), 0), min(first), max(first + count - 1),"
        u" max(first), sum(count), min(count), max(count) FROM (SELECT first, count, route FROM "
        u"block INDEXED BY block_backlog"
        u" WHERE first >= ? ORDER BY first LIMIT %2)"_s.arg(ids.join(u','))
            .arg(blocksPerSlice),
        {quint64(from)});
    return rows.map([](Rows &row) {
        row.next();
        return Slice{.blocks = row.number(0),
                     .foreign = row.number(1),
                     .first = row.value(2).toULongLong(),
                     .last = row.value(3).toULongLong(),
                     .lastBlock = row.value(4).toULongLong(),
                     .records = row.value(5).toULongLong(),
                     .smallest = row.number(6),
                     .largest = row.number(7)};
    });
}

Expected<void> addEach(Connection &connection, const Slice &slice, const QList<qint64> &routes,
                       SequenceSet &set)
{
    auto rows = connection.query(u"SELECT first, count, route FROM block INDEXED BY block_backlog "
                                 u"WHERE first BETWEEN ? AND ? ORDER BY first"_s,
                                 {quint64(slice.first), quint64(slice.lastBlock)});
    return rows.map([&](Rows &row) {
        SequenceRange run; // neighbours are joined here, not one by one in the set
        while (row.next()) {
            const std::uint64_t first = row.value(0).toULongLong();
            const std::uint64_t last = first + row.value(1).toULongLong() - 1;
            if (!routes.contains(row.number(2)))
                continue;
            if (run.first != 0 && run.last + 1 == first) {
                run.last = last;
                continue;
            }
            if (run.first != 0)
                set.add(run);
            run = {first, last};
        }
        if (run.first != 0)
            set.add(run);
    });
}

} // namespace

namespace blocktable {

Expected<std::uint64_t> append(Transaction &transaction, const RecordBlock &block, qint64 route,
                               qint64 now)
{
    Connection &connection = transaction.connection();
    const auto next = connection.value(u"SELECT next FROM sequence"_s);
    if (!next)
        return tl::make_unexpected(next.error());
    const auto first = next->toULongLong();
    if (first < 1 || first >= maxSequence - block.count)
        return damagedNumbers(connection);
    auto done = connection.execute(u"UPDATE sequence SET next = ?"_s, {first + block.count});
    if (done) {
        done = connection.execute(
            u"INSERT INTO block(first, count, route, accepted_ms, min_time, max_time, level_mask,"
            u" raw_bytes, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
            {first, block.count, route, now, qint64(block.minTime), qint64(block.maxTime),
             block.levelMask, qint64(block.rawBytes), block.data});
    }
    return done.map([first] { return std::uint64_t(first); });
}

Expected<void> markDamaged(Transaction &transaction, std::uint64_t first)
{
    return transaction.connection().execute(u"UPDATE block SET damaged = 1 WHERE first = ?"_s,
                                            {quint64(first)});
}

Expected<std::vector<StoredBlock>> read(Connection &connection, SequenceRange range,
                                        qint64 maxRawBytes)
{
    // Blocks do not overlap, so the first one starts at or before the range, the others inside it.
    auto rows = connection.query(
        u"SELECT first, count, route, raw_bytes, data FROM block WHERE first >= ifnull((SELECT"
        u" max(first) FROM block WHERE first <= ?), 0) AND first <= ? AND first + count > ?"
        u" AND damaged = 0 ORDER BY first"_s,
        {quint64(range.first), quint64(range.last), quint64(range.first)});
    if (!rows)
        return tl::make_unexpected(rows.error());
    std::vector<StoredBlock> blocks;
    qint64 bytes = 0;
    while ((blocks.empty() || bytes < maxRawBytes) && rows->next()) {
        if (!isPossible(rows->number(1)))
            return damagedNumbers(connection);
        blocks.push_back({.first = rows->value(0).toULongLong(),
                          .count = rows->value(1).toUInt(),
                          .route = rows->number(2),
                          .rawBytes = rows->number(3),
                          .data = rows->value(4).toByteArray()});
        bytes += blocks.back().rawBytes;
    }
    return blocks;
}

Expected<void> checkCounts(Connection &connection)
{
    const auto wrong = connection.value(
        u"SELECT EXISTS(SELECT 1 FROM block INDEXED BY block_backlog WHERE count NOT BETWEEN 1 AND ?)"_s,
        {quint64(maxBlockRecords)});
    if (!wrong)
        return tl::make_unexpected(wrong.error());
    return wrong->toInt() == 0 ? Expected<void>() : damagedNumbers(connection);
}

Expected<SequenceRange> range(Connection &connection)
{
    auto rows = connection.query(u"SELECT (SELECT min(first) FROM block), (SELECT first + count - 1"
                                 u" FROM block ORDER BY first DESC LIMIT 1)"_s);
    return rows.map([](Rows &row) {
        row.next();
        return SequenceRange{row.value(0).toULongLong(), row.value(1).toULongLong()};
    });
}

Expected<SequenceSet> routedBehind(Connection &connection, std::uint64_t mark,
                                   const QList<qint64> &routes)
{
    // A block that holds the mark in its middle starts before it.
    const auto start = connection.value(
        u"SELECT ifnull((SELECT max(first) FROM block WHERE first <= ?), 0)"_s, {quint64(mark)});
    if (!start)
        return tl::make_unexpected(start.error());
    SequenceSet set;
    std::uint64_t from = start->toULongLong();
    while (true) {
        const auto slice = nextSlice(connection, from, routes);
        if (!slice)
            return tl::make_unexpected(slice.error());
        if (slice->blocks == 0)
            break;
        if (!isPossible(slice->smallest) || !isPossible(slice->largest) ||
            slice->last >= maxSequence)
            return damagedNumbers(connection);
        if (slice->isWhole()) {
            set.add({slice->first, slice->last});
        } else if (slice->foreign < slice->blocks) {
            if (auto done = addEach(connection, *slice, routes, set); !done)
                return tl::make_unexpected(done.error());
        }
        from = slice->lastBlock + 1;
    }
    if (mark > 0)
        set.remove({1, mark});
    return set;
}

} // namespace blocktable

namespace routetable {

Expected<qint64> idFor(Transaction &transaction, std::vector<qint64> endpoints)
{
    std::sort(endpoints.begin(), endpoints.end());
    QStringList ids;
    for (const qint64 id : endpoints)
        ids.append(QString::number(id));
    const QString text = ids.join(u',');
    Connection &connection = transaction.connection();
    const auto known = connection.value(u"SELECT id FROM route WHERE endpoints = ?"_s, {text});
    if (!known)
        return tl::make_unexpected(known.error());
    if (!known->isNull())
        return known->toLongLong();
    return connection.execute(u"INSERT INTO route(endpoints) VALUES(?)"_s, {text}).map([&] {
        return connection.lastId();
    });
}

Expected<std::map<qint64, std::vector<qint64>>> read(Connection &connection)
{
    auto rows = connection.query(u"SELECT id, endpoints FROM route"_s);
    return rows.map([](Rows &row) {
        std::map<qint64, std::vector<qint64>> routes;
        while (row.next()) {
            std::vector<qint64> &endpoints = routes[row.number(0)];
            for (const QString &id : row.text(1).split(u',', Qt::SkipEmptyParts))
                endpoints.push_back(id.toLongLong());
        }
        return routes;
    });
}

Expected<QList<qint64>> leadingTo(Connection &connection, qint64 endpoint)
{
    auto rows = connection.query(u"SELECT id, endpoints FROM route"_s);
    return rows.map([endpoint](Rows &row) {
        QList<qint64> routes;
        while (row.next()) {
            if (row.text(1).split(u',').contains(QString::number(endpoint)))
                routes.append(row.number(0));
        }
        return routes;
    });
}

} // namespace routetable

} // namespace trace
