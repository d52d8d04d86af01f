// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/blocktable.h"
#include "core/journal/endpointtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/journalrows.h"
#include "core/journal/runaccounts.h"
#include "core/platform/error.h"

#include <memory>
#include <vector>

namespace trace {

//! Where the records of an endpoint are, all read at one moment.
struct EndpointAccount
{
    EndpointRow row{};
    SequenceSet backlog{}; //!< Not settled.
    qint64 failed = 0;     //!< Records in failed batches.
    SequenceRange range{}; //!< Of the journal at that moment.
};

//! Reads a journal, beside its writer and without waiting for it. Belongs to the thread that made
//! it. Each call is one short read transaction.
class JournalReader final
{
public:
    //! Opens the journal in \a folder for reading only.
    [[nodiscard]] static Expected<std::unique_ptr<JournalReader>> open(const QString &folder);
    ~JournalReader();
    Q_DISABLE_COPY_MOVE(JournalReader)

    //! The oldest and newest record kept; {0, 0} for an empty journal.
    [[nodiscard]] Expected<SequenceRange> range();

    //! Blocks that overlap \a range in order, until \a maxRawBytes are reached; at least one when
    //! there is one. Continue behind the last block's last record.
    [[nodiscard]] Expected<std::vector<StoredBlock>> blocks(SequenceRange range,
                                                            qint64 maxRawBytes);

    //! Runs whose last record is at or behind \a since (0: all), oldest first.
    [[nodiscard]] Expected<QList<RunRow>> runs(std::uint64_t since = 0);

    //! Nothing when the journal does not know the run.
    [[nodiscard]] Expected<std::optional<RunRow>> run(const QString &runId);
    //! Where the records of all runs are, or of one.
    [[nodiscard]] Expected<QList<RunAccount>> runAccounts(const std::optional<QString> &runId = {});

    //! Failed batches that are not settled, oldest first.
    [[nodiscard]] Expected<QList<FailedBatchRow>> failedBatches();
    [[nodiscard]] Expected<FailedBatchRow> failedBatch(qint64 id);
    //! A failed batch's own records, numbered as they were accepted.
    [[nodiscard]] Expected<std::vector<Record>> failedRecords(qint64 id);

    [[nodiscard]] Expected<FailedBatch> failedBatchWithData(qint64 id);

    [[nodiscard]] Expected<QList<EndpointRow>> endpoints();
    //! Also while another process writes to the journal, these figures belong together.
    [[nodiscard]] Expected<EndpointAccount> endpointAccount(qint64 endpoint);
    //! What is routed to the endpoint and not settled.
    [[nodiscard]] Expected<SequenceSet> backlog(qint64 endpoint);
    //! When the record with this number was accepted; invalid when the journal does not say.
    [[nodiscard]] Expected<QDateTime> acceptedAt(std::uint64_t sequence);
    //! Records of the endpoint in failed batches that are not settled.
    [[nodiscard]] Expected<qint64> failedRecordCount(qint64 endpoint);
    //! Failed batches that are not settled.
    [[nodiscard]] Expected<qint64> failedBatchCount();

private:
    explicit JournalReader(Connection connection);

    Connection m_connection;
};

} // namespace trace
