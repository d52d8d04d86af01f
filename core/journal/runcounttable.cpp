// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/runcounttable.h"

#include "core/record/recordblock.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace runcounttable {

Expected<void> add(Transaction &transaction, const RunCounts &counts)
{
    const CountChange &discarded = counts.discarded;
    return transaction.connection().execute(
        u"INSERT INTO run_count(run_id, endpoint, accepted, discarded_operator, discarded_filter,"
        u" discarded_shed, discarded_damaged, discarded_expired) VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON"
        u" CONFLICT(run_id, endpoint) DO UPDATE SET accepted = accepted + excluded.accepted,"
        u" discarded_operator = discarded_operator + excluded.discarded_operator, discarded_filter"
        u" = discarded_filter + excluded.discarded_filter, discarded_shed = discarded_shed +"
        u" excluded.discarded_shed, discarded_damaged = discarded_damaged +"
        u" excluded.discarded_damaged, discarded_expired = discarded_expired +"
        u" excluded.discarded_expired"_s,
        {counts.runId, counts.endpoint, counts.accepted, discarded.discardedByOperator,
         discarded.discardedByFilter, discarded.discardedShed, discarded.discardedDamaged,
         discarded.discardedExpired});
}

Expected<QList<RunCounts>> read(Connection &connection, const std::optional<QString> &runId)
{
    const QString sql =
        u"SELECT run_id, endpoint, accepted, discarded_operator, discarded_filter, discarded_shed,"
        u" discarded_damaged, discarded_expired FROM run_count"_s;
    auto rows =
        runId ? connection.query(sql + u" WHERE run_id = ?"_s, {*runId}) : connection.query(sql);
    return rows.map([](Rows &row) {
        QList<RunCounts> counts;
        while (row.next()) {
            counts.append({.runId = row.text(0),
                           .endpoint = row.number(1),
                           .accepted = row.number(2),
                           .discarded = {.discardedByOperator = row.number(3),
                                         .discardedByFilter = row.number(4),
                                         .discardedShed = row.number(5),
                                         .discardedDamaged = row.number(6),
                                         .discardedExpired = row.number(7)}});
        }
        return counts;
    });
}

} // namespace runcounttable

std::map<QString, qint64> recordsPerRun(const QByteArray &block)
{
    std::map<QString, qint64> counts;
    const auto opened = RecordBlockReader::open(block, 0, RecordBlockReader::Parts::Fields);
    if (!opened)
        return counts;
    std::map<std::string_view, qint64> perRun;
    for (const RecordView &record : opened->records())
        ++perRun[contextOf(record).runId];
    for (const auto &[run, records] : perRun)
        counts.emplace(QString::fromUtf8(run.data(), qsizetype(run.size())), records);
    return counts;
}

} // namespace trace
