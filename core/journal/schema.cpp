// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/schema.h"

#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Where the records of a run are, and for whom: what a run's ledger is computed from. Neighbouring
// rows of a route are one. `pieces`: the ranges, when records of other runs lie between.
const QString runRangeTable =
    u"CREATE TABLE run_range(run INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    u" records INTEGER NOT NULL, route INTEGER NOT NULL, pieces BLOB, PRIMARY KEY(run, first))"
    u" WITHOUT ROWID"_s;
// Of a run and an endpoint, what ranges do not tell, or not any more: records whose blocks are
// gone, obligations, discarded failed batches.
const QString runCountTable =
    u"CREATE TABLE run_count(run_id TEXT NOT NULL, endpoint INTEGER NOT NULL, accepted INTEGER NOT"
    u" NULL, discarded_operator INTEGER NOT NULL, discarded_filter INTEGER NOT NULL, discarded_shed"
    u" INTEGER NOT NULL, discarded_damaged INTEGER NOT NULL, discarded_expired INTEGER NOT NULL,"
    u" PRIMARY KEY(run_id, endpoint)) WITHOUT ROWID"_s;
// Which settled records were not delivered, and why: one row per settlement and reason.
const QString discardTable =
    u"CREATE TABLE discard(first INTEGER NOT NULL, endpoint INTEGER NOT NULL, reason INTEGER NOT"
    u" NULL, last INTEGER NOT NULL, pieces BLOB NOT NULL, PRIMARY KEY(first, endpoint)) WITHOUT"
    u" ROWID"_s;

// Numbers are INTEGER, times ns or ms since the epoch as the columns say, text UTF-8.
const std::array tables{
    // One row per block. `data` is last: scans of the other columns do not load it.
    u"CREATE TABLE block(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, route INTEGER NOT NULL,"
    u" accepted_ms INTEGER NOT NULL, min_time INTEGER NOT NULL, max_time INTEGER NOT NULL,"
    u" level_mask INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, damaged INTEGER NOT NULL DEFAULT 0,"
    u" data BLOB NOT NULL)"_s,
    // What waits is counted from this at start, without touching the blocks.
    u"CREATE INDEX block_backlog ON block(first, count, route)"_s,
    // The sets of endpoints that blocks are for; ids ascending, joined by commas.
    u"CREATE TABLE route(id INTEGER PRIMARY KEY, endpoints TEXT NOT NULL UNIQUE)"_s,
    u"CREATE TABLE run(id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, parent_run_id TEXT NOT"
    u" NULL, workflow_name TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
    u" first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, debug INTEGER NOT NULL, info "
    u"INTEGER"
    u" NOT NULL, warning INTEGER NOT NULL, error INTEGER NOT NULL, critical INTEGER NOT NULL)"_s,
    u"CREATE INDEX run_last ON run(last_seq)"_s,
    // `settled`: everything up to here is settled for the endpoint, or not routed to it. `paused`:
    // since when, in ms; 1 where an older version did not note it. `problem` and its arguments: why
    // it does not deliver, for another process to word.
    u"CREATE TABLE endpoint(id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, name TEXT NOT "
    u"NULL,"
    u" service TEXT NOT NULL, url TEXT NOT NULL, settled INTEGER NOT NULL, accepted INTEGER NOT "
    u"NULL"
    u" DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0, discarded_operator INTEGER NOT NULL "
    u"DEFAULT 0,"
    u" discarded_filter INTEGER NOT NULL DEFAULT 0, discarded_shed INTEGER NOT NULL DEFAULT 0,"
    u" discarded_damaged INTEGER NOT NULL DEFAULT 0, discarded_expired INTEGER NOT NULL DEFAULT 0,"
    u" paused INTEGER NOT NULL DEFAULT 0, trouble INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL"
    u" DEFAULT '', problem_arguments TEXT NOT NULL DEFAULT '[]', trouble_ms INTEGER NOT NULL DEFAULT"
    u" 0, success_ms INTEGER NOT NULL DEFAULT 0)"_s,
    // What is settled above the mark.
    u"CREATE TABLE settled_range(endpoint INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER "
    u"NOT"
    u" NULL, PRIMARY KEY(endpoint, first)) WITHOUT ROWID"_s,
    u"CREATE TABLE failed_batch(id INTEGER PRIMARY KEY AUTOINCREMENT, endpoint INTEGER NOT NULL,"
    u" state INTEGER NOT NULL, reason TEXT NOT NULL, status INTEGER NOT NULL, body_excerpt TEXT NOT"
    u" NULL, attempts TEXT NOT NULL, created_ms INTEGER NOT NULL, records INTEGER NOT NULL, "
    u"first_seq"
    u" INTEGER NOT NULL, last_seq INTEGER NOT NULL, may_have_arrived INTEGER NOT NULL, "
    u"configuration"
    u" TEXT NOT NULL, sequences BLOB NOT NULL, data BLOB NOT NULL, origin_batch INTEGER NOT NULL"
    u" DEFAULT 0, origin TEXT NOT NULL DEFAULT '')"_s,
    u"CREATE INDEX failed_open ON failed_batch(state, endpoint)"_s,
    // One row: the next record's number, which never falls even when blocks are evicted.
    u"CREATE TABLE sequence(next INTEGER NOT NULL)"_s,
    u"INSERT INTO sequence VALUES(1)"_s,
    runRangeTable,
    runCountTable,
    discardTable,
};

// From each version to the next; the first leads from 1 to 2.
const std::array migrations{
    // Failed batches that are copies know where they come from.
    QStringList{u"ALTER TABLE failed_batch ADD COLUMN origin_batch INTEGER NOT NULL DEFAULT 0"_s,
                u"ALTER TABLE failed_batch ADD COLUMN origin TEXT NOT NULL DEFAULT ''"_s},
    // Runs have ledgers; they begin with the records that are accepted from now on.
    QStringList{runRangeTable, runCountTable, discardTable},
    // Endpoints stay paused, and keep why they do not deliver.
    QStringList{u"ALTER TABLE endpoint ADD COLUMN paused INTEGER NOT NULL DEFAULT 0"_s,
                u"ALTER TABLE endpoint ADD COLUMN trouble INTEGER NOT NULL DEFAULT 0"_s,
                u"ALTER TABLE endpoint ADD COLUMN problem TEXT NOT NULL DEFAULT ''"_s,
                u"ALTER TABLE endpoint ADD COLUMN problem_arguments TEXT NOT NULL DEFAULT '[]'"_s,
                u"ALTER TABLE endpoint ADD COLUMN trouble_ms INTEGER NOT NULL DEFAULT 0"_s,
                u"ALTER TABLE endpoint ADD COLUMN success_ms INTEGER NOT NULL DEFAULT 0"_s},
};
static_assert(migrations.size() == schemaVersion - 1);

Expected<void> migrate(Connection &connection, int version)
{
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    for (auto step = std::size_t(version - 1); step < migrations.size(); ++step) {
        for (const QString &sql : migrations[step]) {
            if (auto done = connection.execute(sql); !done)
                return done;
        }
    }
    if (auto done = connection.execute(u"PRAGMA user_version = %1"_s.arg(schemaVersion)); !done)
        return done;
    return transaction->commit();
}

Expected<void> createTables(Connection &connection)
{
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    for (const QString &sql : tables) {
        if (auto done = connection.execute(sql); !done)
            return done;
    }
    for (const QString &pragma : {u"PRAGMA user_version = %1"_s.arg(schemaVersion),
                                  u"PRAGMA application_id = %1"_s.arg(applicationId)}) {
        if (auto done = connection.execute(pragma); !done)
            return done;
    }
    return transaction->commit();
}

} // namespace

Expected<int> checkVersion(Connection &connection)
{
    const auto version = connection.value(u"PRAGMA user_version"_s);
    const auto application = connection.value(u"PRAGMA application_id"_s);
    const auto found = connection.value(u"SELECT count(*) FROM sqlite_master"_s);
    for (const auto *asked : {&version, &application, &found}) {
        if (!*asked)
            return tl::make_unexpected(asked->error());
    }
    if (found->toInt() == 0)
        return 0;
    if (application->toInt() != applicationId)
        return fail(u"%1 is a database of another program"_s.arg(connection.path()),
                    u"Name another folder with --journal."_s);
    if (version->toInt() > schemaVersion) {
        return fail(u"journal %1 was written by a newer version of this program (schema %2, this one "
                    u"knows %3)"_s.arg(connection.path())
                        .arg(version->toInt())
                        .arg(schemaVersion),
                    u"Use that version, or name another folder with --journal."_s);
    }
    return version->toInt();
}

Expected<void> prepareSchema(Connection &connection)
{
    auto known = checkVersion(connection);
    if (!known)
        return tl::make_unexpected(known.error());
    // Page size and vacuum mode hold only when set before the first table; measured with commits of
    // 4 MB, pages of 16 KiB write 1.7 times as fast as SQLite's default of 4 KiB.
    for (const QString &pragma : {u"PRAGMA page_size = 16384"_s, u"PRAGMA auto_vacuum = INCREMENTAL"_s,
                                  u"PRAGMA journal_mode = WAL"_s, u"PRAGMA synchronous = FULL"_s,
                                  u"PRAGMA wal_autocheckpoint = 0"_s, u"PRAGMA cache_size = -8192"_s}) {
        if (auto done = connection.execute(pragma); !done)
            return done;
    }
    if (*known == 0)
        return createTables(connection);
    return *known < schemaVersion ? migrate(connection, *known) : Expected<void>();
}

} // namespace trace
