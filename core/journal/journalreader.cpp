// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journalreader.h"

#include "core/journal/journal.h"
#include "core/journal/journalfiles.h"
#include "core/journal/journaltail.h"
#include "core/journal/runtable.h"
#include "core/journal/schema.h"
#include "core/journal/writeaheadlog.h"
#include "core/platform/logging.h"
#include "core/record/recordblock.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Expected<Connection> openChecked(const QString &folder, int &version)
{
    auto connection = Connection::open(Journal::fileIn(folder), Connection::Access::ReadOnly);
    if (!connection)
        return connection;
    const auto found = checkVersion(*connection);
    if (!found)
        return tl::make_unexpected(found.error());
    version = *found;
    if (version == schemaVersion) {
        if (const auto checked = checkNumbers(*connection); !checked)
            return tl::make_unexpected(checked.error());
    }
    return connection;
}

//! Only who may write can do so.
Expected<void> bringForward(const QString &folder, int version)
{
    if (const auto journal = Journal::open(folder); !journal) {
        return fail(
            u"the journal in %1 is of an older version of this program (schema %2, this one "
            u"knows %3), and cannot be brought forward: %4"_s.arg(folder)
                .arg(version)
                .arg(schemaVersion)
                .arg(journal.error().text),
            journal.error().action);
    }
    return {};
}

//! Nobody may read what SQLite makes of a damaged log, nor keep it from being mended; and what is
//! missing without a trace is to be counted first.
Expected<void> recoverFirst(const QString &folder)
{
    const QString lock = folder + u"/journal.lock"_s;
    if (FileLock::isHeldHere(lock))
        return {}; // seen to when it was opened; a walk through the log takes its time
    const QString path = Journal::fileIn(folder);
    const auto log = WriteAheadLog::read(path + u"-wal"_s);
    if (!log || (log->isSound() && !JournalTail::isAhead(path)) || !FileLock::tryLock(lock))
        return {}; // who holds it has seen to it, and is writing
    return Journal::open(folder).map([](const std::unique_ptr<Journal> &journal) {
        for (const Error &finding : journal->findings())
            qCWarning(logging::journal).noquote() << finding.message();
    });
}

} // namespace

Expected<std::unique_ptr<JournalReader>> JournalReader::open(const QString &folder)
{
    if (journalfiles::areMissing(folder)) {
        return fail(u"there is no journal in %1"_s.arg(folder),
                    u"Name its folder with --journal."_s);
    }
    auto checked = journalfiles::refuseLinks(folder)
                       .and_then([&] { return journalfiles::refuseForeign(folder); })
                       .and_then([&] { return recoverFirst(folder); });
    if (!checked)
        return tl::make_unexpected(checked.error());
    int version = 0;
    auto connection = openChecked(folder, version);
    if (connection && version == 0)
        return fail(u"%1 is an empty database, no journal"_s.arg(Journal::fileIn(folder)),
                    u"Name another folder with --journal."_s);
    if (connection && version < schemaVersion) {
        { // before another opens it for writing
            const Connection closed = std::move(*connection);
        }
        return bringForward(folder, version).and_then([&] { return open(folder); });
    }
    return std::move(connection).map([](Connection &&opened) {
        return std::unique_ptr<JournalReader>(new JournalReader(std::move(opened)));
    });
}

JournalReader::JournalReader(Connection connection)
    : m_connection(std::move(connection))
{}

JournalReader::~JournalReader() = default;

Expected<SequenceRange> JournalReader::range()
{
    return blocktable::range(m_connection);
}

Expected<std::vector<StoredBlock>> JournalReader::blocks(SequenceRange range, qint64 maxRawBytes)
{
    return blocktable::read(m_connection, range, maxRawBytes);
}

Expected<QList<RunRow>> JournalReader::runs(std::uint64_t since)
{
    return runtable::read(m_connection, since);
}

Expected<QList<RunAccount>> JournalReader::runAccounts(const std::optional<QString> &runId)
{
    return readRunAccounts(m_connection, runId);
}

Expected<std::optional<RunRow>> JournalReader::run(const QString &runId)
{
    return runtable::find(m_connection, runId);
}

Expected<QList<FailedBatchRow>> JournalReader::failedBatches()
{
    return failedbatchtable::readOpen(m_connection);
}

Expected<FailedBatchRow> JournalReader::failedBatch(qint64 id)
{
    return failedBatchWithData(id).map([](const FailedBatch &batch) { return batch.row; });
}

Expected<FailedBatch> JournalReader::failedBatchWithData(qint64 id)
{
    return failedbatchtable::read(m_connection, id);
}

Expected<std::vector<Record>> JournalReader::failedRecords(qint64 id)
{
    const auto batch = failedbatchtable::read(m_connection, id);
    if (!batch)
        return tl::make_unexpected(batch.error());
    const auto block = RecordBlockReader::open(batch->data);
    if (!block)
        return tl::make_unexpected(block.error());
    std::vector<Record> records;
    for (std::size_t i = 0; i < block->records().size(); ++i) {
        records.push_back(toRecord(block->records()[i]));
        if (i < batch->sequences.size())
            records.back().sequence = batch->sequences[i];
    }
    return records;
}

Expected<QList<EndpointRow>> JournalReader::endpoints()
{
    return endpointtable::read(m_connection);
}

Expected<EndpointAccount> JournalReader::endpointAccount(qint64 endpoint)
{
    const auto snapshot = Transaction::beginReading(m_connection);
    if (!snapshot)
        return tl::make_unexpected(snapshot.error());
    const auto rows = endpoints();
    auto open = backlog(endpoint);
    const auto failed = failedRecordCount(endpoint);
    const auto all = range();
    if (!rows || !open || !failed || !all)
        return tl::make_unexpected(!rows     ? rows.error()
                                   : !open   ? open.error()
                                   : !failed ? failed.error()
                                             : all.error());
    const auto row = std::find_if(rows->begin(), rows->end(), [endpoint](const EndpointRow &known) {
        return known.id == endpoint;
    });
    if (row == rows->end())
        return fail(u"the journal has no endpoint %1"_s.arg(endpoint));
    return EndpointAccount{
        .row = *row, .backlog = std::move(*open), .failed = *failed, .range = *all};
}

Expected<SequenceSet> JournalReader::backlog(qint64 endpoint)
{
    return endpointtable::backlog(m_connection, endpoint);
}

Expected<QDateTime> JournalReader::acceptedAt(std::uint64_t sequence)
{
    return m_connection
        .value(u"SELECT accepted_ms FROM block WHERE first <= ? ORDER BY first DESC LIMIT 1"_s,
               {quint64(sequence)})
        .map([](const QVariant &ms) {
            return ms.isNull() ? QDateTime()
                               : QDateTime::fromMSecsSinceEpoch(ms.toLongLong(), Qt::UTC);
        });
}

Expected<qint64> JournalReader::failedRecordCount(qint64 endpoint)
{
    return failedbatchtable::openRecords(m_connection, endpoint);
}

Expected<qint64> JournalReader::failedBatchCount()
{
    return failedbatchtable::openBatches(m_connection);
}

} // namespace trace
