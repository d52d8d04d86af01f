// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/runrangetable.h"

#include "core/journal/blocktable.h"
#include "core/journal/discardtable.h"
#include "core/journal/runcounttable.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

std::uint64_t countOf(const std::vector<SequenceRange> &ranges)
{
    std::uint64_t count = 0;
    for (const SequenceRange &range : ranges)
        count += range.count();
    return count;
}

std::vector<SequenceRange> rangesOf(const Rows &row, int first, int last, int pieces)
{
    if (!row.value(pieces).isNull())
        return rangesFromBytes(row.value(pieces).toByteArray());
    return {{row.value(first).toULongLong(), row.value(last).toULongLong()}};
}

Expected<void> insert(Transaction &transaction, qint64 run, qint64 route,
                      const std::vector<SequenceRange> &ranges)
{
    const QVariant pieces = ranges.size() == 1 ? QVariant() : QVariant(toBytes(ranges));
    return transaction.connection().execute(
        u"INSERT INTO run_range(run, first, last, records, route, pieces) VALUES(?, ?, ?, ?, ?, ?)"_s,
        {run, quint64(ranges.front().first), quint64(ranges.back().last), quint64(countOf(ranges)),
         route, pieces});
}

//! A row that begins before the oldest block.
struct Old
{
    RunRanges row{};
    qint64 run = 0;
};

Expected<std::vector<Old>> readOld(Connection &connection, std::uint64_t oldest,
                                   const std::optional<QString> &runId)
{
    const QString sql =
        u"SELECT r.run_id, g.run, g.first, g.last, g.route, g.pieces FROM run AS r CROSS JOIN"
        u" run_range AS g ON g.run = r.id WHERE g.first < ? AND "_s;
    auto rows =
        runId ? connection.query(sql + u"r.run_id = ?"_s, {quint64(oldest), *runId})
              : connection.query(sql + u"r.first_seq < ?"_s, {quint64(oldest), quint64(oldest)});
    return rows.map([](Rows &row) {
        std::vector<Old> old;
        while (row.next()) {
            old.push_back({.row = {.runId = row.text(0),
                                   .route = row.number(4),
                                   .ranges = rangesOf(row, 2, 3, 5)},
                           .run = row.number(1)});
        }
        return old;
    });
}

//! Takes what lies before \a oldest out of \a ranges.
std::vector<SequenceRange> takeBefore(std::vector<SequenceRange> &ranges, std::uint64_t oldest)
{
    std::vector<SequenceRange> before;
    std::vector<SequenceRange> rest;
    for (const SequenceRange &range : ranges) {
        if (range.first < oldest)
            before.push_back({range.first, std::min(range.last, oldest - 1)});
        if (range.last >= oldest)
            rest.push_back({std::max(range.first, oldest), range.last});
    }
    ranges = std::move(rest);
    return before;
}

Expected<void> foldRow(Transaction &transaction, Old old, std::uint64_t oldest,
                       const std::vector<qint64> &endpoints, const Discards &discards)
{
    auto done =
        transaction.connection().execute(u"DELETE FROM run_range WHERE run = ? AND first = ?"_s,
                                         {old.run, quint64(old.row.ranges.front().first)});
    const auto before = takeBefore(old.row.ranges, oldest);
    for (const qint64 endpoint : endpoints) {
        RunCounts counts{.runId = old.row.runId,
                         .endpoint = endpoint,
                         .accepted = qint64(countOf(before)),
                         .discarded = {}};
        for (const SequenceRange &range : before)
            discards.countWithin(endpoint, range, counts.discarded);
        if (done)
            done = runcounttable::add(transaction, counts);
    }
    if (done && !old.row.ranges.empty())
        done = insert(transaction, old.run, old.row.route, old.row.ranges);
    return done;
}

} // namespace

namespace runrangetable {

Expected<void> add(Transaction &transaction, const RunSummary &run, std::uint64_t firstSequence,
                   qint64 route)
{
    Connection &connection = transaction.connection();
    const auto id = connection.value(u"SELECT id FROM run WHERE run_id = ?"_s,
                                     {QString::fromStdString(run.context.runId)});
    if (!id)
        return tl::make_unexpected(id.error());
    std::vector<SequenceRange> ranges;
    for (const RunSummary::Piece &piece : run.pieces)
        ranges.push_back({firstSequence + piece.first, firstSequence + piece.last});
    if (ranges.size() == 1) {
        // Most blocks continue the run's last row.
        auto done = connection.execute(
            u"UPDATE run_range SET last = ?, records = records + ? WHERE run = ? AND first = "
            u"(SELECT"
            u" max(first) FROM run_range WHERE run = ?) AND last = ? AND route = ? AND pieces IS"
            u" NULL"_s,
            {quint64(ranges.front().last), quint64(ranges.front().count()), id->toLongLong(),
             id->toLongLong(), quint64(ranges.front().first - 1), route});
        if (!done || connection.changes() > 0)
            return done;
    }
    return insert(transaction, id->toLongLong(), route, ranges);
}

Expected<std::vector<RunRanges>> read(Connection &connection, const std::optional<QString> &runId)
{
    const QString sql = u"SELECT r.run_id, g.first, g.last, g.route, g.pieces FROM run AS r JOIN"
                        u" run_range AS g ON g.run = r.id"_s;
    auto rows =
        runId ? connection.query(sql + u" WHERE r.run_id = ?"_s, {*runId}) : connection.query(sql);
    return rows.map([](Rows &row) {
        std::vector<RunRanges> result;
        while (row.next()) {
            result.push_back(
                {.runId = row.text(0), .route = row.number(3), .ranges = rangesOf(row, 1, 2, 4)});
        }
        return result;
    });
}

Expected<void> foldBefore(Transaction &transaction, std::uint64_t oldest,
                          const std::optional<QString> &runId)
{
    const auto old = readOld(transaction.connection(), oldest, runId);
    if (!old)
        return tl::make_unexpected(old.error());
    if (old->empty())
        return {};
    const auto discards = discardtable::read(transaction.connection(), oldest);
    const auto routes = routetable::read(transaction.connection());
    if (!discards || !routes)
        return tl::make_unexpected(discards ? routes.error() : discards.error());
    for (const Old &row : *old) {
        const auto endpoints = routes->find(row.row.route);
        auto done = foldRow(transaction, row, oldest,
                            endpoints == routes->end() ? std::vector<qint64>() : endpoints->second,
                            *discards);
        if (!done)
            return done;
    }
    return {};
}

} // namespace runrangetable

} // namespace trace
