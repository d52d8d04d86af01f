// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journalreader.h"

#include "core/journal/journal.h"
#include "core/journal/runtable.h"
#include "core/record/recordblock.h"

#include <QFileInfo>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

Expected<std::unique_ptr<JournalReader>> JournalReader::open(const QString &folder)
{
    const QString path = Journal::fileIn(folder);
    if (!QFileInfo::exists(path)) {
        return fail(u"there is no journal in %1"_s.arg(folder),
                    u"Name its folder with --journal."_s);
    }
    return Connection::open(path, Connection::Access::ReadOnly).map([](Connection &&connection) {
        return std::unique_ptr<JournalReader>(new JournalReader(std::move(connection)));
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
    if (!rows || !open || !failed)
        return tl::make_unexpected(!rows ? rows.error() : !open ? open.error() : failed.error());
    const auto row = std::find_if(rows->begin(), rows->end(), [endpoint](const EndpointRow &known) {
        return known.id == endpoint;
    });
    if (row == rows->end())
        return fail(u"the journal has no endpoint %1"_s.arg(endpoint));
    return EndpointAccount{.row = *row, .backlog = std::move(*open), .failed = *failed};
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
