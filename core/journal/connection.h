// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QHash>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <memory>
#include <unordered_map>

namespace trace {

//! The rows of a running query; ends the query, and with it the read transaction, when it goes.
class Rows final
{
public:
    explicit Rows(QSqlQuery &query) : m_query(&query) {}
    ~Rows()
    {
        if (m_query)
            m_query->finish();
    }
    Rows(Rows &&other) noexcept : m_query(std::exchange(other.m_query, nullptr)) {}
    Rows &operator=(Rows &&) = delete;
    Rows(const Rows &) = delete;
    Rows &operator=(const Rows &) = delete;

    bool next() { return m_query->next(); }
    [[nodiscard]] QVariant value(int column) const { return m_query->value(column); }
    [[nodiscard]] qint64 number(int column) const { return value(column).toLongLong(); }
    [[nodiscard]] QString text(int column) const { return value(column).toString(); }

private:
    QSqlQuery *m_query;
};

//! One SQLite connection with its prepared statements. Belongs to the thread that opened it.
class Connection final
{
public:
    enum class Access { ReadOnly, ReadWrite };

    //! Opens the file \a path; ReadWrite creates it.
    [[nodiscard]] static Expected<Connection> open(const QString &path, Access access);
    ~Connection();
    Connection(Connection &&) noexcept = default;
    Connection &operator=(Connection &&) = delete;
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    //! Runs a statement that gives no rows.
    [[nodiscard]] Expected<void> execute(const QString &sql, const QVariantList &values = {});
    //! Runs a statement that gives rows. One use of the same text at a time.
    [[nodiscard]] Expected<Rows> query(const QString &sql, const QVariantList &values = {});
    //! The first column of the only row, or null when there is no row.
    [[nodiscard]] Expected<QVariant> value(const QString &sql, const QVariantList &values = {});

    //! How many rows the last execute() changed, and the row id that it gave.
    [[nodiscard]] qint64 changes() const { return m_changes; }
    [[nodiscard]] qint64 lastId() const { return m_lastId; }
    //! A statement of the last transaction failed because the disk is full, or a quota is used up.
    [[nodiscard]] bool isOutOfSpace() const;
    [[nodiscard]] QString path() const { return m_path; }

private:
    friend class Transaction;

    Connection(QString path, QString name) : m_path(std::move(path)), m_name(std::move(name)) {}
    Expected<QSqlQuery *> run(const QString &sql, const QVariantList &values);

    QString m_path;
    QString m_name;
    std::unordered_map<QString, std::unique_ptr<QSqlQuery>> m_statements;
    qint64 m_changes = 0;
    qint64 m_lastId = 0;
    int m_lastFailure = 0; // SQLite's extended code
};

//! All or nothing: rolled back when it goes without commit(). Tables write through one of these.
class Transaction final
{
public:
    [[nodiscard]] static Expected<Transaction> begin(Connection &connection);
    //! For several reads that must see the same state; keep it short. Nothing to commit.
    [[nodiscard]] static Expected<Transaction> beginReading(Connection &connection);
    ~Transaction();
    Transaction(Transaction &&other) noexcept
        : m_connection(std::exchange(other.m_connection, nullptr))
    {
    }
    Transaction &operator=(Transaction &&) = delete;
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;

    [[nodiscard]] Expected<void> commit();
    [[nodiscard]] Connection &connection() { return *m_connection; }

private:
    explicit Transaction(Connection &connection) : m_connection(&connection) {}

    Connection *m_connection;
};

} // namespace trace
