// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/endpointtable.h"

#include "core/journal/blocktable.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace trace {

using namespace Qt::StringLiterals;

CountChange &CountChange::operator+=(const CountChange &other)
{
    delivered += other.delivered;
    discardedByOperator += other.discardedByOperator;
    discardedByFilter += other.discardedByFilter;
    discardedShed += other.discardedShed;
    discardedDamaged += other.discardedDamaged;
    discardedExpired += other.discardedExpired;
    return *this;
}

namespace {

// Before version 4, which only a writer brings forward.
const QString formerColumns = u"0, 0, '', '[]', 0, 0"_s;
const QString stateColumns =
    u"paused, trouble, problem, problem_arguments, trouble_ms, success_ms"_s;

QDateTime timeOf(qint64 ms)
{
    return ms == 0 ? QDateTime() : QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC);
}

Trouble troubleOf(const Rows &row, int column)
{
    const auto kind = Trouble::Kind(row.number(column));
    if (kind == Trouble::Kind::None)
        return {};
    QStringList arguments;
    const QJsonArray texts = QJsonDocument::fromJson(row.text(column + 2).toUtf8()).array();
    for (const QJsonValue &text : texts)
        arguments.append(text.toString());
    return {.kind = kind,
            .problem = {problemKindOf(row.text(column + 1)), arguments},
            .since = timeOf(row.number(column + 3))};
}

} // namespace

namespace endpointtable {

Expected<qint64> enrol(Transaction &transaction, const QString &identity, const QString &name,
                       const QString &service, const QUrl &url)
{
    Connection &connection = transaction.connection();
    auto done = connection.execute(
        u"INSERT INTO endpoint(identity, name, service, url, settled) VALUES(?, ?, ?, ?, (SELECT "
        u"next"
        u" - 1 FROM sequence)) ON CONFLICT(identity) DO UPDATE SET name = excluded.name, service ="
        u" excluded.service, url = excluded.url"_s,
        {identity, name, service, url.toString(QUrl::FullyEncoded)});
    if (!done)
        return tl::make_unexpected(done.error());
    return connection.value(u"SELECT id FROM endpoint WHERE identity = ?"_s, {identity})
        .map([](const QVariant &id) { return id.toLongLong(); });
}

Expected<QList<EndpointRow>> read(Connection &connection)
{
    const auto version = connection.value(u"PRAGMA user_version"_s);
    if (!version)
        return tl::make_unexpected(version.error());
    auto rows = connection.query(
        u"SELECT id, identity, name, service, url, settled, accepted, delivered, "
        u"discarded_operator,"
        u" discarded_filter, discarded_shed, discarded_damaged, discarded_expired, %1 FROM endpoint"
        u" ORDER BY id"_s.arg(version->toInt() < 4 ? formerColumns : stateColumns));
    return rows.map([](Rows &row) {
        QList<EndpointRow> endpoints;
        while (row.next()) {
            endpoints.append({.id = row.number(0),
                              .identity = row.text(1),
                              .name = row.text(2),
                              .service = row.text(3),
                              .url = QUrl(row.text(4)),
                              .settled = row.value(5).toULongLong(),
                              .accepted = row.number(6),
                              .delivered = row.number(7),
                              .discardedByOperator = row.number(8),
                              .discardedByFilter = row.number(9),
                              .discardedShed = row.number(10),
                              .discardedDamaged = row.number(11),
                              .discardedExpired = row.number(12),
                              .paused = row.number(13) != 0,
                              .pausedSince = timeOf(row.number(13) == 1 ? 0 : row.number(13)),
                              .trouble = troubleOf(row, 14),
                              .lastSuccess = timeOf(row.number(18))});
        }
        return endpoints;
    });
}

Expected<void> countAccepted(Transaction &transaction, qint64 endpoint, qint64 count)
{
    return transaction.connection().execute(
        u"UPDATE endpoint SET accepted = accepted + ? WHERE id = ?"_s, {count, endpoint});
}

Expected<void> count(Transaction &transaction, qint64 endpoint, const CountChange &change)
{
    return transaction.connection().execute(
        u"UPDATE endpoint SET delivered = delivered + ?, discarded_operator = discarded_operator + "
        u"?,"
        u" discarded_filter = discarded_filter + ?, discarded_shed = discarded_shed + ?,"
        u" discarded_damaged = discarded_damaged + ?, discarded_expired = discarded_expired + ?,"
        u" success_ms = max(success_ms, ?) WHERE id = ?"_s,
        {change.delivered, change.discardedByOperator, change.discardedByFilter,
         change.discardedShed, change.discardedDamaged, change.discardedExpired,
         change.delivered > 0 ? QDateTime::currentMSecsSinceEpoch() : 0, endpoint});
}

Expected<void> setPaused(Transaction &transaction, qint64 endpoint, const QDateTime &since)
{
    return transaction.connection().execute(
        u"UPDATE endpoint SET paused = ? WHERE id = ? AND (paused <> 0) <> ?"_s,
        {since.isValid() ? since.toMSecsSinceEpoch() : 0, endpoint, int(since.isValid())});
}

Expected<void> setTrouble(Transaction &transaction, qint64 endpoint, const Trouble &trouble)
{
    return transaction.connection().execute(
        u"UPDATE endpoint SET trouble = ?, problem = ?, problem_arguments = ?, trouble_ms = ? WHERE"
        u" id = ?"_s,
        {int(trouble.kind), nameOf(trouble.problem.kind),
         QString::fromUtf8(QJsonDocument(QJsonArray::fromStringList(trouble.problem.arguments))
                               .toJson(QJsonDocument::Compact)),
         trouble.since.isValid() ? trouble.since.toMSecsSinceEpoch() : 0, endpoint});
}

Expected<void> settle(Transaction &transaction, qint64 endpoint,
                      const std::vector<SequenceRange> &ranges, std::uint64_t mark)
{
    Connection &connection = transaction.connection();
    auto done = connection.execute(u"UPDATE endpoint SET settled = max(settled, ?) WHERE id = ?"_s,
                                   {quint64(mark), endpoint});
    if (done) {
        done = connection.execute(u"DELETE FROM settled_range WHERE endpoint = ? AND last <= ?"_s,
                                  {endpoint, quint64(mark)});
    }
    for (const SequenceRange &range : ranges) {
        if (!done)
            break;
        if (range.last <= mark)
            continue;
        done = connection.execute(
            u"INSERT OR REPLACE INTO settled_range(endpoint, first, last) VALUES(?, ?, ?)"_s,
            {endpoint, quint64(range.first), quint64(range.last)});
    }
    return done;
}

Expected<SequenceSet> backlog(Connection &connection, qint64 endpoint)
{
    const auto mark = connection.value(u"SELECT settled FROM endpoint WHERE id = ?"_s, {endpoint});
    if (!mark)
        return tl::make_unexpected(mark.error());
    const auto routes = routetable::leadingTo(connection, endpoint);
    if (!routes)
        return tl::make_unexpected(routes.error());
    auto set = blocktable::routedBehind(connection, mark->toULongLong(), *routes);
    if (!set)
        return set;
    auto rows =
        connection.query(u"SELECT first, last FROM settled_range WHERE endpoint = ?"_s, {endpoint});
    if (!rows)
        return tl::make_unexpected(rows.error());
    while (rows->next())
        set->remove({rows->value(0).toULongLong(), rows->value(1).toULongLong()});
    return set;
}

} // namespace endpointtable

} // namespace trace
