// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/blocktable.h"
#include "core/journal/endpointtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/purge.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace trace {

//! One purge, inside its transaction.
class PurgeTransaction final
{
public:
    PurgeTransaction(Transaction &transaction, const PurgeOrder &order)
        : m_transaction(transaction)
        , m_connection(transaction.connection())
        , m_order(order)
    {}

    [[nodiscard]] Expected<PurgeReport> run();

private:
    using LevelCounts = std::array<qint64, allLevels.size()>;

    struct EndpointState
    {
        EndpointRow row{};
        SequenceSet backlog{};
        std::vector<SequenceRange> forgotten{}; // of the backlog
        PurgedEndpoint purged{};
    };

    //! What a block without records to be removed is made of.
    struct BlockHead
    {
        std::uint64_t first = 0;
        qint64 route = 0;
        qint64 acceptedMs = 0;
    };

    [[nodiscard]] bool isMeant(const RecordView &record) const
    {
        return (!m_order.run || contextOf(record).runId == *m_order.run) &&
               (!m_order.before || record.timestamp < *m_order.before);
    }

    Expected<void> readEndpoints();
    Expected<void> purgeBlocks();
    Expected<void> purgeBlock(const StoredBlock &stored);
    Expected<void> rewrite(const StoredBlock &stored, const std::vector<bool> &goes);
    Expected<void> insertPart(const BlockHead &head, const RecordBlock &part);
    Expected<void> deleteBlock(std::uint64_t first);
    void forget(SequenceRange range);
    Expected<void> purgeDamaged();
    Expected<void> purgeFailed();
    Expected<void> purgeFailedBatch(FailedBatch batch);
    Expected<void> purgeRuns();
    Expected<void> refold(const std::string &run, const LevelCounts &removed);
    Expected<void> readSurvivors();
    Expected<void> countDiscarded();

    Transaction &m_transaction;
    Connection &m_connection;
    const PurgeOrder &m_order;
    PurgeReport m_report;
    std::vector<EndpointState> m_endpoints;
    std::map<std::string, LevelCounts> m_removed; // per run

    struct Survivors
    {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::int64_t minTime = 0;
        std::int64_t maxTime = 0;
    };
    std::map<std::string, Survivors> m_survivors; // of the runs in m_removed
};

} // namespace trace
