// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/failedbatchtable.h"

#include "core/journal/sequenceset.h"

#include <QDataStream>
#include <QIODevice>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

const QString rowColumns =
    u"SELECT f.id, f.endpoint, e.name, f.state, f.reason, f.status, f.body_excerpt, f.attempts,"
    u" f.created_ms, f.records, f.first_seq, f.last_seq, f.may_have_arrived, f.origin_batch,"
    u" f.origin"_s;
constexpr int rowColumnCount = 15;
const QString rowTables = u" FROM failed_batch f JOIN endpoint e ON e.id = f.endpoint "_s;

QString attemptsToJson(const QList<Attempt> &attempts)
{
    QJsonArray array;
    for (const Attempt &attempt : attempts) {
        array.append(QJsonObject{{u"time"_s, attempt.time.toUTC().toString(Qt::ISODateWithMs)},
                                 {u"status"_s, attempt.status},
                                 {u"text"_s, attempt.text}});
    }
    return QString::fromUtf8(QJsonDocument(array).toJson(QJsonDocument::Compact));
}

QList<Attempt> attemptsFromJson(const QString &json)
{
    QList<Attempt> attempts;
    const QJsonArray array = QJsonDocument::fromJson(json.toUtf8()).array();
    for (const QJsonValue &value : array) {
        attempts.append({QDateTime::fromString(value[u"time"_s].toString(), Qt::ISODateWithMs),
                         value[u"status"_s].toInt(), value[u"text"_s].toString()});
    }
    return attempts;
}

QByteArray sequencesToBytes(const std::vector<std::uint64_t> &sequences)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    for (const SequenceRange &range : toRanges(sequences))
        stream << quint64(range.first) << quint64(range.last);
    return bytes;
}

std::vector<std::uint64_t> sequencesFromBytes(const QByteArray &bytes, qint64 records)
{
    std::vector<std::uint64_t> sequences;
    QDataStream stream(bytes);
    while (!stream.atEnd()) {
        quint64 first = 0;
        quint64 last = 0;
        stream >> first >> last;
        for (quint64 s = first; s <= last && qint64(sequences.size()) < records; ++s)
            sequences.push_back(s);
    }
    return sequences;
}

FailedBatchRow toRow(const Rows &rows)
{
    return {.id = rows.number(0),
            .endpoint = rows.number(1),
            .endpointName = rows.text(2),
            .state = FailedState(rows.value(3).toInt()),
            .reason = rows.text(4),
            .status = rows.value(5).toInt(),
            .bodyExcerpt = rows.text(6),
            .attempts = attemptsFromJson(rows.text(7)),
            .created = QDateTime::fromMSecsSinceEpoch(rows.number(8), Qt::UTC),
            .records = rows.number(9),
            .firstSequence = rows.value(10).toULongLong(),
            .lastSequence = rows.value(11).toULongLong(),
            .mayHaveArrived = rows.value(12).toBool(),
            .originBatch = rows.number(13),
            .origin = rows.text(14)};
}

QVariantList changingValues(const FailedBatch &batch)
{
    const FailedBatchRow &row = batch.row;
    return {int(row.state),
            row.reason,
            row.status,
            row.bodyExcerpt,
            attemptsToJson(row.attempts),
            row.records,
            quint64(row.firstSequence),
            quint64(row.lastSequence),
            int(row.mayHaveArrived),
            batch.configuration,
            sequencesToBytes(batch.sequences),
            batch.data};
}

} // namespace

namespace failedbatchtable {

Expected<qint64> insert(Transaction &transaction, const FailedBatch &batch)
{
    Connection &connection = transaction.connection();
    return connection
        .execute(u"INSERT INTO failed_batch(state, reason, status, body_excerpt, attempts, records,"
                 u" first_seq, last_seq, may_have_arrived, configuration, sequences, data, endpoint,"
                 u" created_ms, origin_batch, origin)"
                 u" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
                 changingValues(batch)
                     << batch.row.endpoint << batch.row.created.toMSecsSinceEpoch()
                     << batch.row.originBatch << batch.row.origin)
        .map([&] { return connection.lastId(); });
}

Expected<void> update(Transaction &transaction, const FailedBatch &batch)
{
    return transaction.connection().execute(
        u"UPDATE failed_batch SET state = ?, reason = ?, status = ?, body_excerpt = ?, attempts = ?,"
        u" records = ?, first_seq = ?, last_seq = ?, may_have_arrived = ?, configuration = ?,"
        u" sequences = ?, data = ? WHERE id = ? AND state <> ?"_s,
        changingValues(batch) << batch.row.id << int(FailedState::Settled));
}

Expected<void> rewrite(Transaction &transaction, const FailedBatch &batch)
{
    return transaction.connection().execute(
        u"UPDATE failed_batch SET state = ?, reason = ?, status = ?, body_excerpt = ?, attempts = ?,"
        u" records = ?, first_seq = ?, last_seq = ?, may_have_arrived = ?, configuration = ?,"
        u" sequences = ?, data = ? WHERE id = ?"_s,
        changingValues(batch) << batch.row.id);
}

Expected<void> remove(Transaction &transaction, qint64 id)
{
    return transaction.connection().execute(u"DELETE FROM failed_batch WHERE id = ?"_s, {id});
}

Expected<QList<qint64>> allIds(Connection &connection)
{
    auto rows = connection.query(u"SELECT id FROM failed_batch ORDER BY id"_s);
    return rows.map([](Rows &row) {
        QList<qint64> ids;
        while (row.next())
            ids.append(row.number(0));
        return ids;
    });
}

Expected<bool> compareAndSet(Transaction &transaction, qint64 id, FailedState from, FailedState to)
{
    Connection &connection = transaction.connection();
    return connection
        .execute(u"UPDATE failed_batch SET state = ? WHERE id = ? AND state = ?"_s,
                 {int(to), id, int(from)})
        .map([&] { return connection.changes() == 1; });
}

Expected<qint64> releaseClaimed(Transaction &transaction)
{
    Connection &connection = transaction.connection();
    return connection
        .execute(u"UPDATE failed_batch SET state = ?, may_have_arrived = 1 WHERE state = ?"_s,
                 {int(FailedState::Parked), int(FailedState::Claimed)})
        .map([&] { return connection.changes(); });
}

Expected<QList<FailedBatchRow>> readOpen(Connection &connection)
{
    auto rows = connection.query(rowColumns + rowTables + u"WHERE f.state <> ? ORDER BY f.id"_s,
                                 {int(FailedState::Settled)});
    return rows.map([](Rows &row) {
        QList<FailedBatchRow> result;
        while (row.next())
            result.append(toRow(row));
        return result;
    });
}

Expected<FailedBatch> read(Connection &connection, qint64 id)
{
    auto rows = connection.query(rowColumns + u", f.configuration, f.sequences, f.data"_s + rowTables
                                     + u"WHERE f.id = ?"_s,
                                 {id});
    if (!rows)
        return tl::make_unexpected(rows.error());
    if (!rows->next()) {
        return fail(u"there is no failed batch %1"_s.arg(id),
                    u"List them with: trace-forwarder failed list"_s);
    }
    FailedBatch batch{.row = toRow(*rows),
                      .configuration = rows->value(rowColumnCount).toByteArray(),
                      .sequences = {},
                      .data = rows->value(rowColumnCount + 2).toByteArray()};
    batch.sequences = sequencesFromBytes(rows->value(rowColumnCount + 1).toByteArray(), batch.row.records);
    return batch;
}

Expected<qint64> openBatches(Connection &connection)
{
    return connection
        .value(u"SELECT count(*) FROM failed_batch WHERE state <> ?"_s, {int(FailedState::Settled)})
        .map([](const QVariant &count) { return count.toLongLong(); });
}

Expected<qint64> openRecords(Connection &connection, qint64 endpoint)
{
    return connection
        .value(u"SELECT ifnull(sum(records), 0) FROM failed_batch WHERE endpoint = ? AND state <> ?"_s,
               {endpoint, int(FailedState::Settled)})
        .map([](const QVariant &sum) { return sum.toLongLong(); });
}

} // namespace failedbatchtable

} // namespace trace
