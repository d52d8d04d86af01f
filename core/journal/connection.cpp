// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/connection.h"

#include <QSqlError>

#include <algorithm>
#include <array>
#include <atomic>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Error sqlError(const QString &path, const QSqlError &error)
{
    // Extended codes hold the kind in their lowest byte: https://www.sqlite.org/rescode.html
    const int code = error.nativeErrorCode().toInt();
    const int kind = code & 0xff;
    QString action;
    if (kind == 13) // SQLITE_FULL
        action = u"Free some disk space; nothing that was accepted is lost."_s;
    else if (kind == 11 || kind == 26) // SQLITE_CORRUPT, SQLITE_NOTADB
        action = u"This is no usable journal. Move the folder away and start again; keep it if its "
                 u"records matter."_s;
    else if (kind == 8 || kind == 14) // SQLITE_READONLY, SQLITE_CANTOPEN
        action = u"Check that the folder exists and that you may write to it."_s;
    return {u"journal %1: %2 (SQLite %3)"_s.arg(path, error.databaseText()).arg(code), action};
}

// Qt's driver binds an unsigned number as text, which SQLite then compares and adds as text, and an
// empty text that is null as NULL.
QVariant bindable(const QVariant &value)
{
    switch (value.typeId()) {
    case QMetaType::ULongLong:
    case QMetaType::ULong:
        return value.toLongLong();
    case QMetaType::QString:
        return value.toString().isNull() ? QVariant(u""_s) : value;
    case QMetaType::QByteArray:
        return value.toByteArray().isNull() ? QVariant(""_ba) : value;
    default:
        return value;
    }
}

} // namespace

Expected<Connection> Connection::open(const QString &path, Access access)
{
    static std::atomic<quint64> counter{0};
    Connection connection(path, u"trace-journal-%1"_s.arg(++counter));
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, connection.m_name);
        if (!db.isValid()) {
            return fail(u"Qt has no SQLite driver"_s,
                        u"Install it: apt install libqt6sql6-sqlite"_s);
        }
        db.setDatabaseName(path);
        if (access == Access::ReadOnly)
            db.setConnectOptions(u"QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=2000"_s);
        else
            db.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=2000"_s);
        if (!db.open())
            return tl::make_unexpected(sqlError(path, db.lastError()));
    }
    return connection;
}

Connection::~Connection()
{
    if (m_name.isEmpty()) // moved from
        return;
    m_statements.clear(); // before the database that they point into
    {
        QSqlDatabase db = QSqlDatabase::database(m_name, false);
        db.close();
    }
    QSqlDatabase::removeDatabase(m_name);
}

Expected<QSqlQuery *> Connection::run(const QString &sql, const QVariantList &values)
{
    std::unique_ptr<QSqlQuery> &statement = m_statements[sql];
    if (!statement) {
        auto fresh = std::make_unique<QSqlQuery>(QSqlDatabase::database(m_name, false));
        fresh->setForwardOnly(true);
        if (!fresh->prepare(sql)) {
            const Error error = sqlError(m_path, fresh->lastError());
            m_statements.erase(sql);
            return tl::make_unexpected(error);
        }
        statement = std::move(fresh);
    }
    for (qsizetype i = 0; i < values.size(); ++i)
        statement->bindValue(int(i), bindable(values[i]));
    if (!statement->exec()) {
        m_lastFailure = statement->lastError().nativeErrorCode().toInt();
        const Error error = sqlError(m_path, statement->lastError());
        statement->finish();
        return tl::make_unexpected(error);
    }
    return statement.get();
}

bool Connection::isOutOfSpace() const
{
    // SQLITE_FULL, and SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE and _SHMSIZE: quotas and shared memory.
    constexpr std::array codes{13, 778, 1034, 1546, 4874};
    return std::find(codes.begin(), codes.end(), m_lastFailure) != codes.end();
}

Expected<void> Connection::execute(const QString &sql, const QVariantList &values)
{
    return run(sql, values).map([this](QSqlQuery *query) {
        m_changes = query->numRowsAffected();
        m_lastId = query->lastInsertId().toLongLong();
        query->finish();
    });
}

Expected<Rows> Connection::query(const QString &sql, const QVariantList &values)
{
    return run(sql, values).map([](QSqlQuery *query) { return Rows(*query); });
}

Expected<QVariant> Connection::value(const QString &sql, const QVariantList &values)
{
    return query(sql, values).map([](Rows &&rows) { return rows.next() ? rows.value(0) : QVariant(); });
}

Expected<Transaction> Transaction::begin(Connection &connection)
{
    connection.m_lastFailure = 0;
    return connection.execute(u"BEGIN IMMEDIATE"_s).map([&] { return Transaction(connection); });
}

Expected<Transaction> Transaction::beginReading(Connection &connection)
{
    return connection.execute(u"BEGIN"_s).map([&] { return Transaction(connection); });
}

Transaction::~Transaction()
{
    if (!m_connection)
        return;
    // SQLite may have rolled back by itself, and this then fails.
    const int failure = m_connection->m_lastFailure;
    std::ignore = m_connection->execute(u"ROLLBACK"_s);
    m_connection->m_lastFailure = failure;
}

Expected<void> Transaction::commit()
{
    return m_connection->execute(u"COMMIT"_s).map([this] { m_connection = nullptr; });
}

} // namespace trace
