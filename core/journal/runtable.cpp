// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/runtable.h"

#include <QElapsedTimer>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longEnoughMs = 50;
const QString columns =
    u"SELECT id, run_id, parent_run_id, workflow_name, first_seq, last_seq, first_time, last_time,"
    u" debug, info, warning, error, critical FROM run"_s;

RunRow rowOf(const Rows &row)
{
    RunRow run{.id = row.number(0),
               .runId = row.text(1),
               .parentRunId = row.text(2),
               .workflowName = row.text(3),
               .firstSequence = row.value(4).toULongLong(),
               .lastSequence = row.value(5).toULongLong(),
               .firstTime = row.number(6),
               .lastTime = row.number(7)};
    for (std::size_t level = 0; level < run.counts.size(); ++level)
        run.counts[level] = row.number(8 + int(level));
    return run;
}

Expected<qint64> removeWhere(Transaction &transaction, const QString &condition,
                             const QVariant &value)
{
    Connection &connection = transaction.connection();
    for (const QString &sql :
         {u"DELETE FROM run_range WHERE run IN (SELECT id FROM run WHERE %1)"_s,
          u"DELETE FROM run_count WHERE run_id IN (SELECT run_id FROM run WHERE %1)"_s,
          u"DELETE FROM run WHERE %1"_s}) {
        if (const auto done = connection.execute(sql.arg(condition), {value}); !done)
            return tl::make_unexpected(done.error());
    }
    return connection.changes();
}

} // namespace

namespace runtable {

Expected<void> fold(Transaction &transaction, const std::vector<RunSummary> &runs,
                    std::uint64_t firstSequence)
{
    for (const RunSummary &run : runs) {
        QVariantList values{QString::fromStdString(run.context.runId),
                            QString::fromStdString(run.context.parentRunId),
                            QString::fromStdString(run.context.workflowName),
                            quint64(firstSequence + run.first),
                            quint64(firstSequence + run.last),
                            qint64(run.minTime),
                            qint64(run.maxTime)};
        for (const std::uint32_t count : run.counts)
            values.append(count);
        // The first name that a run gives is kept; a later record may fill in what was missing.
        auto done = transaction.connection().execute(
            u"INSERT INTO run(run_id, parent_run_id, workflow_name, first_seq, last_seq, first_time,"
            u" last_time, debug, info, warning, error, critical) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            u" ?, ?) ON CONFLICT(run_id) DO UPDATE SET parent_run_id = CASE parent_run_id WHEN '' THEN"
            u" excluded.parent_run_id ELSE parent_run_id END, workflow_name = CASE workflow_name WHEN"
            u" '' THEN excluded.workflow_name ELSE workflow_name END, last_seq = excluded.last_seq,"
            u" first_time = min(first_time, excluded.first_time), last_time = max(last_time,"
            u" excluded.last_time), debug = debug + excluded.debug, info = info + excluded.info,"
            u" warning = warning + excluded.warning, error = error + excluded.error, critical ="
            u" critical + excluded.critical"_s,
            values);
        if (!done)
            return done;
    }
    return {};
}

Expected<QList<RunRow>> read(Connection &connection, std::uint64_t since)
{
    QList<RunRow> runs;
    bool isComplete = false;
    while (!isComplete) { // in several read transactions when it takes long
        auto rows = connection.query(columns + u" WHERE last_seq >= ? AND +id > ? ORDER BY id"_s,
                                     {quint64(since), runs.isEmpty() ? 0 : runs.last().id});
        if (!rows)
            return tl::make_unexpected(rows.error());
        QElapsedTimer clock;
        clock.start();
        isComplete = true;
        while (rows->next()) {
            runs.append(rowOf(*rows));
            if (clock.elapsed() >= longEnoughMs) {
                isComplete = false;
                break;
            }
        }
    }
    return runs;
}

Expected<std::optional<RunRow>> find(Connection &connection, const QString &runId)
{
    auto rows = connection.query(columns + u" WHERE run_id = ?"_s, {runId});
    return rows.map(
        [](Rows &row) { return row.next() ? std::optional(rowOf(row)) : std::nullopt; });
}

Expected<void> removeBefore(Transaction &transaction, std::uint64_t oldest)
{
    return removeWhere(transaction, u"last_seq < ?"_s, quint64(oldest)).map([](qint64) {});
}

Expected<bool> remove(Transaction &transaction, const QString &runId)
{
    return removeWhere(transaction, u"run_id = ?"_s, runId).map([](qint64 runs) {
        return runs > 0;
    });
}

} // namespace runtable

} // namespace trace
